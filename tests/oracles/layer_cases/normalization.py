"""Batch normalization's rarer arguments, group and spectral normalization."""

from . import TRAINING, case

TWO, THREE, PICTURE = (4, 3), (2, 3, 4), (2, 3, 2, 4)


def cases():
    for family in (batch, group, spectral):
        yield from family()


def batch():
    limits = {"renorm_clipping": {"rmax": 1.2, "rmin": 0.9, "dmax": 0.3}}
    for more in ({}, limits, {"scale": False}, {"center": False, "renorm_momentum": 0.5}):
        config = {"renorm": True, "momentum": 0.9, **more}
        yield case("BatchNormalization", config, TWO, call=TRAINING, calls=3)
    yield case("BatchNormalization", {"renorm": True, **limits}, TWO)
    mask = [[True, True, False], [True, False, False]]
    yield case("BatchNormalization", {"renorm": True}, THREE, call=TRAINING, masks=[mask])
    yield case("BatchNormalization", {"synchronized": True}, TWO, call=TRAINING)
    penalties = {"gamma_regularizer": "l2", "beta_regularizer": "l1", "beta_initializer": "ones"}
    yield case("BatchNormalization", {**penalties, "gamma_constraint": "non_neg"}, PICTURE)


def group():
    yield case("GroupNormalization", {"groups": 2}, (3, 4))
    yield case("GroupNormalization", {"groups": 2}, THREE)
    yield case("GroupNormalization", {"groups": 1, "epsilon": 0.1}, PICTURE)
    yield case("GroupNormalization", {"groups": -1, "scale": False}, PICTURE)
    yield case("GroupNormalization", {"groups": 2, "axis": 1}, (2, 4, 3))
    yield case("GroupNormalization", {"groups": 2, "axis": -2, "center": False}, (2, 3, 4, 2))
    yield case("GroupNormalization", {"groups": 4, "gamma_regularizer": "l2"}, PICTURE)


def spectral():
    def around(name, config):
        return {"layer": {"class_name": name, "config": config}}

    dense = around("Dense", {"units": 2})
    yield case("SpectralNormalization", dense, TWO, call=TRAINING, calls=2)
    yield case("SpectralNormalization", dense, TWO)
    conv = around("Conv2D", {"filters": 2, "kernel_size": 2})
    more = {"power_iterations": 3}
    yield case("SpectralNormalization", {**conv, **more}, PICTURE, call=TRAINING)
