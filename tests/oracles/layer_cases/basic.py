"""Core, activation, merging, normalization, reshaping and regularization layers."""

import numpy as np

from . import TRAINING, case

IDS = np.array([[1, 2, 0], [3, 0, 0]], "int32")
MASK = [[True, True, False], [True, False, False]]
OTHER_MASK = [[True, False, True], [True, True, False]]
TWO, THREE, FOUR = (4, 3), (2, 3, 4), (2, 3, 2, 4)


def cases():
    for family in (others, activations, merges, normalizations, randoms):
        yield from family()


def merges():
    for name in ("Add", "Average", "Multiply", "Maximum", "Minimum"):
        yield case(name, {}, THREE, THREE, THREE)
        yield case(name, {}, (2, 1, 4), THREE)
        yield case(name, {}, (2, 4), THREE)
        yield case(name, {}, THREE, THREE, masks=[MASK, OTHER_MASK])
        yield case(name, {}, THREE, THREE, masks=[MASK, None])
    yield case("Subtract", {}, THREE, THREE)
    yield case("Concatenate", {}, TWO, (4, 2), (4, 1))
    yield case("Concatenate", {"axis": 1}, THREE, (2, 1, 4))
    yield case("Concatenate", {"axis": 1}, THREE, THREE, masks=[MASK, None])
    yield case("Concatenate", {}, THREE, THREE, masks=[MASK, OTHER_MASK])
    yield case("Dot", {"axes": 1}, TWO, TWO)
    yield case("Dot", {"axes": -1, "normalize": True}, TWO, TWO)
    yield case("Dot", {"axes": [2, 1]}, THREE, (2, 4, 5))
    yield case("Dot", {"axes": 2}, THREE, (2, 5, 4))
    yield case("Dot", {"axes": [1, 2]}, (2, 4), THREE)
    yield case("Dot", {"axes": [3, 1]}, FOUR, (2, 4, 3))


def normalizations():
    for training in ({}, TRAINING):
        yield case("BatchNormalization", {}, TWO, call=training, calls=2)
        yield case("BatchNormalization", {"axis": 1}, FOUR, call=training)
        yield case("BatchNormalization", {}, THREE, call=training, masks=[MASK])
    config = {"momentum": 0.5, "epsilon": 0.1, "center": False, "scale": False}
    yield case("BatchNormalization", config, FOUR, call=TRAINING, calls=3)
    yield case("BatchNormalization", {"trainable": False}, TWO, call=TRAINING)
    yield case("LayerNormalization", {}, TWO)
    yield case("LayerNormalization", {"axis": [1, 2], "epsilon": 0.1}, FOUR)
    yield case("LayerNormalization", {"axis": 1, "center": False}, THREE)
    yield case("LayerNormalization", {"axis": [-1, -2], "scale": False}, THREE)
    yield case("RMSNormalization", {}, TWO)
    yield case("RMSNormalization", {"axis": [1, 2], "epsilon": 0.1}, THREE)
    yield case("UnitNormalization", {}, TWO)
    yield case("UnitNormalization", {"axis": [1, 2]}, THREE)
    yield case("Normalization", {"mean": 2.0, "variance": 4.0}, TWO)
    vector = {"mean": [1.0, 2.0, 3.0], "variance": [1.0, 4.0, 9.0]}
    yield case("Normalization", vector, TWO)
    yield case("Normalization", {**vector, "invert": True}, TWO)
    yield case("Normalization", {**vector, "axis": 1}, THREE)
    yield case("Rescaling", {"scale": 0.5}, TWO)
    yield case("Rescaling", {"scale": 1 / 255, "offset": -1}, np.array([[0, 7, 255]], "uint8"))
    yield case("Rescaling", {"scale": [1.0, 2.0, 3.0], "offset": [0.0, 1.0, 2.0]}, TWO)


def activations():
    for config in (
        {},
        {"max_value": 0.5},
        {"negative_slope": 0.25},
        {"threshold": 0.5},
        {"max_value": 0.75, "negative_slope": 0.25, "threshold": 0.5},
    ):
        yield case("ReLU", config, TWO)
    yield case("LeakyReLU", {}, TWO)
    yield case("LeakyReLU", {"negative_slope": 0.1}, TWO)
    yield case("PReLU", {}, THREE)
    yield case("PReLU", {"shared_axes": [1]}, THREE)
    yield case("ELU", {}, TWO)
    yield case("ELU", {"alpha": 0.5}, TWO)
    yield case("Softmax", {}, TWO)
    yield case("Softmax", {"axis": 1}, THREE)
    yield case("Softmax", {"axis": [1, 2]}, THREE)
    yield case("Softmax", {}, (2, 3), masks=[MASK])
    for name in ("relu", "tanh", "softmax", "linear"):
        yield case("Activation", {"activation": name}, TWO)


def others():
    yield case("Dense", {"units": 2}, TWO)
    yield case("Dense", {"units": 5, "activation": "relu", "use_bias": False}, THREE)
    yield case("Dense", {"units": 3, "activation": "softmax"}, FOUR)
    yield case("Dense", {"units": 2}, np.array([[1, 2], [3, 4]], "int32"))
    penalties = {
        "kernel_regularizer": "l2",
        "bias_regularizer": "l1",
        "activity_regularizer": "l2",
        "kernel_constraint": "non_neg",
        "bias_initializer": "ones",
    }
    yield case("Dense", {"units": 2, "activation": "tanh", **penalties}, TWO)
    yield case("Dense", {"units": 2}, THREE, masks=[MASK])
    yield case("Identity", {}, TWO)
    yield case("Flatten", {}, FOUR)
    yield case("Flatten", {}, (3,))
    yield case("Flatten", {"data_format": "channels_first"}, FOUR)
    yield case("Reshape", {"target_shape": [2, 6]}, THREE)
    yield case("Reshape", {"target_shape": [2, -1, 2]}, THREE)
    yield case("Reshape", {"target_shape": []}, (4, 1))
    yield case("Permute", {"dims": [2, 1]}, THREE)
    yield case("Permute", {"dims": [3, 1, 2]}, FOUR)
    yield case("RepeatVector", {"n": 3}, TWO)
    yield case("Embedding", {"input_dim": 4, "output_dim": 3}, IDS)
    yield case("Embedding", {"input_dim": 4, "output_dim": 2, "mask_zero": True}, IDS)
    yield case("Embedding", {"input_dim": 4, "output_dim": 2}, np.array([[-1.0, 2.0]], "float32"))
    steps = np.array([[[1, 2], [9, 9], [9, 1]], [[9, 9], [0, 0], [3, 9]]], "float32")
    yield case("Masking", {}, steps)
    yield case("Masking", {"mask_value": 9.0}, steps)
    yield case("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, TWO)


def randoms():
    for calls in (1, 3):
        yield case("Dropout", {"rate": 0.4, "seed": 3}, (5, 40), call=TRAINING, calls=calls)
    yield case("Dropout", {"rate": 0.4, "seed": 3}, TWO)
    yield case("Dropout", {"rate": 0.0}, TWO, call=TRAINING)
    yield case("Dropout", {"rate": 1.0, "seed": 3}, TWO, call=TRAINING)
    shape = {"noise_shape": [None, 1, 4]}
    yield case("Dropout", {"rate": 0.5, "seed": 1, **shape}, THREE, call=TRAINING)
    yield case("SpatialDropout1D", {"rate": 0.5, "seed": 1}, THREE, call=TRAINING)
    yield case("SpatialDropout2D", {"rate": 0.5, "seed": 1}, FOUR, call=TRAINING)
    first = {"data_format": "channels_first"}
    yield case("SpatialDropout2D", {"rate": 0.5, "seed": 1, **first}, FOUR, call=TRAINING)
    yield case("SpatialDropout3D", {"rate": 0.5, "seed": 1}, (2, 2, 1, 3, 4), call=TRAINING)
    for shape in ({}, {"noise_shape": [4, 1]}):
        yield case("AlphaDropout", {"rate": 0.4, "seed": 3, **shape}, TWO, call=TRAINING, calls=2)
    yield case("GaussianDropout", {"rate": 0.4, "seed": 3}, TWO, call=TRAINING, calls=2)
    yield case("GaussianNoise", {"stddev": 0.4, "seed": 3}, TWO, call=TRAINING, calls=2)
    for name in ("AlphaDropout", "GaussianDropout"):
        yield case(name, {"rate": 0.4, "seed": 3}, TWO)
