"""Record what Keras computes with its basic layers.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1:

    python tests/oracles/make_layers.py

It writes golden/layers.json beside itself. The tests read that file only.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

GOLDEN = pathlib.Path(__file__).parent / "golden" / "layers.json"
rng = np.random.default_rng(7)
IDS = np.array([[1, 2, 0], [3, 0, 0]], "int32")
MASK = [[True, True, False], [True, False, False]]
OTHER_MASK = [[True, False, True], [True, True, False]]
TWO, THREE, FOUR = (4, 3), (2, 3, 4), (2, 3, 2, 4)
TRAINING = {"training": True}


def case(layer, config, *inputs, call=None, masks=None, calls=1):
    """A row of the table: inputs are shapes of normal numbers, or arrays."""
    arrays = [
        x if isinstance(x, np.ndarray) else rng.normal(size=x).astype("float32") for x in inputs
    ]
    return {
        "layer": layer,
        "config": config,
        "inputs": arrays,
        "call": call or {},
        "masks": masks,
        "calls": calls,
    }


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


def stored(array):
    """An array as plain data; floats in the fewest digits that give them back."""
    array = np.asarray(array)
    data = array.ravel().tolist()
    if array.dtype == np.float32:
        data = [float(str(v)) for v in array.ravel()]
    return {"dtype": str(array.dtype), "shape": array.shape, "data": data}


def record(row):
    """Keras's results, beside what was put in."""
    layer = getattr(keras.layers, row["layer"])(**row["config"])
    tensors = [tf.constant(x) for x in row["inputs"]]
    for tensor, mask in zip(tensors, row["masks"] or []):
        if mask is not None:
            tensor._keras_mask = tf.constant(mask)
    inputs = tensors if len(tensors) > 1 or isinstance(layer, keras.layers.Add) else tensors[0]
    symbolic = [keras.KerasTensor((None, *t.shape[1:]), dtype=t.dtype) for t in tensors]
    shape = layer(symbolic if isinstance(inputs, list) else symbolic[0]).shape
    weights = [rng.uniform(0.2, 1.5, size=w.shape).astype(w.dtype) for w in layer.weights]
    layer.set_weights(weights)
    outputs = [layer(inputs, **row["call"]) for _ in range(row["calls"])]
    mask = getattr(outputs[-1], "_keras_mask", None)
    config = layer.get_config()
    return {
        "layer": row["layer"],
        "config": row["config"],
        "call": row["call"],
        "inputs": [stored(x) for x in row["inputs"]],
        "masks": row["masks"],
        "weights": [stored(w) for w in weights],
        "names": [w.name for w in layer.weights],
        "trainable": [w.name for w in layer.trainable_weights],
        "outputs": [stored(y) for y in outputs],
        "output_mask": None if mask is None else mask.numpy().tolist(),
        "output_shape": shape,
        "weights_after": [stored(w) for w in layer.get_weights()],
        "losses": [float(loss) for loss in layer.losses],
        "full_config": {k: v for k, v in config.items() if k not in ("name", "dtype")},
    }


def adaptations():
    """What Normalization learns from data of several kinds."""
    data = rng.normal(3, 2, size=(7, 3)).astype("float32")
    rows = []
    for axis in (-1, None, [0], 1):
        for kind in ("array", "float64", "tensor", "dataset", "pairs", "list"):
            if axis == [0] and kind in ("dataset", "pairs", "list"):
                continue
            given = {
                "array": data,
                "float64": data.astype("float64"),
                "tensor": tf.constant(data),
                "dataset": tf.data.Dataset.from_tensor_slices(data).batch(3),
                "pairs": tf.data.Dataset.from_tensor_slices((data, data[:, 0])).batch(4),
                "list": [data[:2], data[2:]],
            }[kind]
            layer = keras.layers.Normalization(axis=axis)
            layer.adapt(given)
            weights = [stored(w) for w in layer.get_weights()]
            names = [w.name for w in layer.weights]
            y = stored(layer(data))
            rows.append({"axis": axis, "kind": kind, "weights": weights, "names": names, "y": y})
    return {"data": stored(data), "rows": rows}


def main():
    table = [*others(), *activations(), *merges(), *normalizations(), *randoms()]
    rows = ",\n".join(json.dumps(record(row), separators=(",", ":")) for row in table)
    made_with = f"keras {keras.__version__}, tensorflow {tf.__version__}"
    text = f'{{"made_with": {json.dumps(made_with)},\n"cases": [\n{rows}\n],\n'
    GOLDEN.write_text(text + f'"adapt": {json.dumps(adaptations())}}}\n')
    print(len(table), "cases,", GOLDEN.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
