"""Record what tf.keras.backend computes: golden/backend.json.

Run with a Python that has TensorFlow 2.21: `python tests/oracles/make_backend.py`. Each row is an
expression with its results, (dtype, values) each; None where TensorFlow fails.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from backend_cases import EXPRESSIONS, names

GOLDEN = pathlib.Path(__file__).parent / "golden" / "backend.json"


def shown(value):
    array = np.asarray(value)
    data = array.tolist()
    if array.dtype == np.float32:
        data = json.loads(json.dumps(np.float64(array).round(6).tolist()))
    return [array.dtype.name, data]


def record(expression):
    tf.random.set_seed(5)
    try:
        found = eval(expression, names(tf, tf.keras.backend, np))
    except Exception as fault:
        print(expression, type(fault).__name__, str(fault)[:80])
        return [expression, None]
    return [expression, [shown(leaf) for leaf in tf.nest.flatten(found)]]


rows = [json.dumps(record(e), separators=(",", ":")) for e in EXPRESSIONS]
GOLDEN.write_text("[\n" + ",\n".join(rows) + "\n]\n")
