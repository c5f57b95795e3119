"""Record what Keras computes with its layers, in the cases of layer_cases/.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1:

    python tests/oracles/make_layers.py [FAMILY...]

It writes golden/layers/FAMILY.json, for each file in layer_cases/ if none is named. The tests read
these files only.
"""

import importlib
import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from layer_cases import rng

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE / "golden" / "layers"
FAMILIES = sorted(p.stem for p in (HERE / "layer_cases").glob("[a-z]*.py"))


def stored(array):
    """An array as plain data; floats in the fewest digits that give them back."""
    array = np.asarray(array)
    data = array.ravel().tolist()
    if array.dtype == np.float32:
        data = [float(str(v)) for v in array.ravel()]
    return {"dtype": str(array.dtype), "shape": array.shape, "data": data}


def layers_within(value):
    """Plain data with the layers that it describes (of wrappers, cells) made."""

    def named(value):
        if isinstance(value, list):
            return [named(v) for v in value]
        if not isinstance(value, dict):
            return value
        value = {k: named(v) for k, v in value.items()}
        where = {"module": "keras.layers", "registered_name": None}
        return where | value if "class_name" in value else value

    return keras.saving.deserialize_keras_object(named(value))


NOT_COMPARED = ("name", "dtype", "module", "registered_name", "build_config")


def compared(config):
    """What the tests compare of a configuration."""
    if isinstance(config, list):
        return [compared(v) for v in config]
    if not isinstance(config, dict):
        return config
    return {k: compared(v) for k, v in config.items() if k not in NOT_COMPARED}


def record(row):
    """Keras's results, beside what was put in."""
    arguments = {name: layers_within(value) for name, value in row["config"].items()}
    layer = getattr(keras.layers, row["layer"])(**arguments)
    tensors = [tf.constant(x) for x in row["inputs"]]
    for tensor, mask in zip(tensors, row["masks"] or []):
        if mask is not None:
            tensor._keras_mask = tf.constant(mask)
    symbolic = [keras.KerasTensor((None, *t.shape[1:]), dtype=t.dtype) for t in tensors]
    in_a_list = len(tensors) > 1 or isinstance(layer, keras.layers.Add)

    def call(values, **arguments):
        values = values if row["apart"] else [values if in_a_list else values[0]]
        return tf.nest.flatten(layer(*values, **arguments))

    shapes = [y.shape for y in call(symbolic)]
    weights = [rng.uniform(*row["range"], w.shape).round(3).astype(w.dtype) for w in layer.weights]
    layer.set_weights(weights)
    outputs = [call(tensors, **row["call"]) for _ in range(row["calls"])]
    masks = [getattr(y, "_keras_mask", None) for y in outputs[-1]]
    config = layer.get_config()
    after = [stored(w) for w in layer.get_weights()]
    return {
        "layer": row["layer"],
        "config": row["config"],
        "call": row["call"],
        "apart": row["apart"],
        "inputs": [stored(x) for x in row["inputs"]],
        "masks": row["masks"],
        "weights": [stored(w) for w in weights],
        "names": [w.name for w in layer.weights],
        "trainable": [w.name for w in layer.trainable_weights],
        "outputs": [[stored(y) for y in results] for results in outputs],
        "output_masks": [None if m is None else m.numpy().tolist() for m in masks],
        "output_shapes": shapes,
        "weights_after": None if after == [stored(w) for w in weights] else after,
        "losses": [float(loss) for loss in layer.losses],
        "full_config": compared(config),
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


def main(families):
    made_with = f"keras {keras.__version__}, tensorflow {tf.__version__}"
    for family in families or FAMILIES:
        table = importlib.import_module(f"layer_cases.{family}").cases()
        rows = [json.dumps(record(row), separators=(",", ":"), default=str) for row in table]
        path = GOLDEN / f"{family}.json"
        text = ",\n".join(rows)
        path.write_text(f'{{"made_with": {json.dumps(made_with)},\n"cases": [\n{text}\n]}}\n')
        print(family, len(rows), "cases,", path.stat().st_size, "bytes")
    if not families:
        (HERE / "golden" / "adapt.json").write_text(json.dumps(adaptations()) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
