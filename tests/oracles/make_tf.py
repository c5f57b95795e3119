"""Record what TensorFlow 2.21 computes with the expressions of tf_cases.py: golden/tf.json.

Run with a Python that has it: `python tests/oracles/make_tf.py`.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from tf_cases import EXPRESSIONS, names

GOLDEN = pathlib.Path(__file__).parent / "golden" / "tf.json"


def plain(tensor):
    """[dtype, values], complex numbers as pairs."""
    array = tensor.numpy()
    name = array.dtype.name
    if array.dtype.kind == "c":
        array = np.stack([array.real, array.imag], -1)
    if array.dtype.kind == "f":
        array = np.float64([float(f"{v:.7g}") for v in array.ravel()]).reshape(array.shape)
    return [name, array.tolist()]


def record(expression):
    found = tf.nest.flatten(eval(expression, names(tf, np)))
    return json.dumps([expression, [plain(y) for y in found]], separators=(",", ":"))


GOLDEN.write_text("[\n" + ",\n".join(map(record, EXPRESSIONS)) + "\n]\n")
