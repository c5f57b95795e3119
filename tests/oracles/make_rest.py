"""Record what TensorFlow 2.21 computes with the expressions of rest_cases.py: golden/rest.json.

It also records the argument names of the raw ops that tf.raw_ops has here.
Run with a Python that has it: `python tests/oracles/make_rest.py`.
"""

import inspect
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from rest_cases import EXPRESSIONS, GRADIENTS, names

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE / "golden" / "rest.json"


def plain(tensor):
    """[dtype, shape, values]."""
    array = np.asarray(tensor)
    name = "string" if array.dtype == object else array.dtype.name
    flat = array.ravel()
    if array.dtype.kind == "f":
        flat = np.float64([float(f"{v:.7g}") for v in flat])
    if array.dtype == object:
        return [name, list(array.shape), [value.decode() for value in flat]]
    return [name, list(array.shape), flat.tolist()]


def value(expression):
    tf.random.set_seed(5)
    return [plain(y) for y in tf.nest.flatten(eval(expression, names(tf, np)))]


def gradient(expression):
    given = names(tf, np)
    x = given["a"]
    tf.random.set_seed(5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = eval(expression, {**given, "x": x})
    return [plain(y), plain(tf.convert_to_tensor(tape.gradient(y, x)))]


def arguments(name):
    return list(inspect.signature(getattr(tf.raw_ops, name)).parameters)


rows = [[expression, value(expression)] for expression in EXPRESSIONS]
gradients = [[expression, gradient(expression)] for expression in GRADIENTS]
raw = [[name, arguments(name)] for name, _ in json.loads(GOLDEN.read_text())["raw_ops"]]


def lines(entries):
    return ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in entries)


GOLDEN.write_text(
    f'{{"values":[\n{lines(rows)}\n],\n"gradients":[\n{lines(gradients)}\n],\n'
    f'"raw_ops":[\n{lines(raw)}\n]}}\n'
)
