"""Layers of pictures: sizes, and what is drawn for a seed."""

import numpy as np

from . import TRAINING, case, rng

FIRST = {"data_format": "channels_first"}


def pixels(*shape, high=255):
    """Pictures with one digit after the point, which are short to store."""
    return (rng.integers(0, high * 10, shape) / 10).astype("float32")


X = pixels(2, 3, 4, 3)
ONE = pixels(3, 4, 3)
GRAY = pixels(2, 6, 5, 1)
SMALL = (pixels(2, 4, 3, 3) / 255).round(3)


def cases():
    yield from sizes()
    yield from warps()
    yield from colours()
    yield from mixes()


def sizes():
    for method in ("bilinear", "nearest", "bicubic", "lanczos3"):
        yield case("Resizing", {"height": 3, "width": 6, "interpolation": method}, GRAY)
    yield case("Resizing", {"height": 2, "width": 2, "antialias": True}, GRAY)
    yield case("Resizing", {"height": 8, "width": 4, "crop_to_aspect_ratio": True}, GRAY)
    pad = {"pad_to_aspect_ratio": True, "fill_value": 7.0}
    yield case("Resizing", {"height": 8, "width": 4, **pad}, GRAY)
    yield case("Resizing", {"height": 3, "width": 8, **pad}, GRAY)
    yield case("Resizing", {"height": 2, "width": 3, **FIRST}, GRAY.transpose(0, 3, 1, 2))
    yield case(
        "Resizing", {"height": 2, "width": 3}, np.arange(24, dtype="uint8").reshape(2, 4, 3, 1)
    )
    for size in ((3, 2), (4, 4), (8, 3)):
        config = {"height": size[0], "width": size[1]}
        yield case("CenterCrop", config, GRAY)
        for call in ({}, TRAINING, {"training": False}):
            yield case("RandomCrop", {**config, "seed": 3}, GRAY, call=call, calls=2)
    yield case("CenterCrop", {"height": 2, "width": 3, **FIRST}, GRAY.transpose(0, 3, 1, 2))
    yield case(
        "RandomCrop", {"height": 2, "width": 3, "seed": 3, **FIRST}, GRAY.transpose(0, 3, 1, 2)
    )


def random(name, config, *inputs, calls=1):
    for x in inputs or (X,):
        yield case(name, {**config, "seed": 3}, x, call=TRAINING, calls=calls)


def warps():
    yield case("RandomFlip", {}, X, call={"training": False})
    for mode in ("horizontal", "vertical", "horizontal_and_vertical"):
        yield from random("RandomFlip", {"mode": mode}, GRAY, calls=3)
    yield from random("RandomFlip", FIRST, X.transpose(0, 3, 1, 2))
    for fill in ("reflect", "wrap", "nearest", "constant"):
        for kind in ("bilinear", "nearest"):
            config = {"fill_mode": fill, "interpolation": kind, "fill_value": 3.0}
            yield from random("RandomRotation", {"factor": 0.3, **config}, GRAY)
    yield from random("RandomRotation", {"factor": (-0.1, 0.4)}, ONE)
    yield from random("RandomRotation", {"factor": 0.2, **FIRST}, X.transpose(0, 3, 1, 2))
    for config in ({"height_factor": 0.3}, {"height_factor": (-0.4, -0.1), "width_factor": 0.2}):
        yield from random("RandomZoom", config, X)
    config = {"height_factor": (0.2, 0.5), "width_factor": 0.3}
    yield from random("RandomTranslation", config, X)
    yield from random("RandomTranslation", {**config, "fill_mode": "constant"}, GRAY)
    for config in ({"x_factor": 0.3}, {"y_factor": (0.1, 0.4)}, {"x_factor": 0.2, "y_factor": 0.5}):
        yield from random("RandomShear", config, GRAY)
    yield from random("RandomPerspective", {}, GRAY, ONE)
    yield from random("RandomPerspective", {"factor": 0.5, "scale": 0.3, "fill_value": 9.0}, GRAY)
    yield from random("RandomElasticTransform", {"fill_mode": "nearest"}, GRAY, ONE)
    config = {"factor": (0.2, 0.7), "scale": (0.3, 0.9), "fill_mode": "constant"}
    yield from random("RandomElasticTransform", config, pixels(3, 9, 8, 1))


def colours():
    for name in ("RandomBrightness", "RandomHue", "RandomSaturation", "RandomColorDegeneration",
                 "RandomContrast", "RandomSharpness"):  # fmt: skip
        for factor in (0.4, (0.1, 0.3)):
            yield from random(name, {"factor": factor}, X)
        yield from random(name, {"factor": 0.4, "value_range": (0, 1)}, SMALL)
        yield case(name, {"factor": 0.4}, ONE, call={"training": False})
    for name in ("RandomHue", "RandomSaturation", "RandomSharpness"):
        yield from random(name, {"factor": 0.4, **FIRST}, ONE.transpose(2, 0, 1))
    for factor in (4, (3, 6)):
        yield from random("RandomPosterization", {"factor": factor}, X)
    yield from random("RandomPosterization", {"factor": 4, "value_range": (0, 1)}, SMALL)
    yield from random("RandomInvert", {"factor": 0.7}, X)
    yield from random("RandomInvert", {"value_range": (0, 1)}, SMALL)
    yield from random("RandomGrayscale", {"factor": 0.6}, X)
    yield from random("RandomGaussianBlur", {}, X)
    yield from random("RandomGaussianBlur", {"kernel_size": 5, "sigma": (1.0, 2.0)}, GRAY)
    yield from random("Solarization", {"addition_factor": 0.3, "threshold_factor": 0.5}, X)
    config = {"addition_factor": 0.3, "threshold_factor": 0.5, "value_range": (0, 1)}
    yield from random("Solarization", config, SMALL)
    config = {"brightness_factor": 0.2, "contrast_factor": 0.2, "saturation_factor": 0.3}
    yield from random("RandomColorJitter", {**config, "hue_factor": 0.1}, X)
    for name in ("AutoContrast", "Equalization"):
        yield case(name, {}, X)
        yield case(name, {"value_range": (0, 1)}, SMALL)
        yield case(name, {}, ONE)
    yield case("Equalization", {"bins": 16}, pixels(2, 8, 8, 1))
    for config in ({"tile_grid_size": (2, 2)}, {"tile_grid_size": (1, 2), "clip_limit": 1.5}):
        yield case("ContrastLimitedAdaptiveHistogramEqualization", config, pixels(2, 7, 8, 1))


def mixes():
    yield from random("RandomErasing", {}, pixels(2, 7, 8, 1))
    config = {"scale": (0.3, 0.6), "fill_value": 9.0, "factor": 0.7}
    yield from random("RandomErasing", config, pixels(3, 7, 8, 1))
    yield from random("MixUp", {"alpha": 0.5}, GRAY)
    yield from random("CutMix", {}, GRAY)
    for depth in (1, 2, 3):
        yield from random("RandAugment", {"num_ops": depth}, X, calls=2)
