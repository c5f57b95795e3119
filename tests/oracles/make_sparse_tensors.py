"""Record what TensorFlow 2.21 gives for the expressions of sparse_cases.py: golden/sparse.json.

Run with a Python that has it: `python tests/oracles/make_sparse_tensors.py`.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from sparse_cases import EXPRESSIONS, GRADIENTS, gradients, names, plain

GOLDEN = pathlib.Path(__file__).parent / "golden" / "sparse.json"


def record(expression):
    try:
        return [expression, plain(eval(expression, names(tf, np)))]
    except Exception as fault:
        return [expression, type(fault).__name__]


rows = {
    "values": [record(e) for e in EXPRESSIONS],
    "gradients": [[e, plain(gradients(tf, np, e))] for e in GRADIENTS],
}
lines = (
    f"{json.dumps(kind)}:[\n"
    + ",\n".join(json.dumps(row, separators=(",", ":")) for row in found)
    + "\n]"
    for kind, found in rows.items()
)
GOLDEN.write_text("{" + ",\n".join(lines) + "}\n")
