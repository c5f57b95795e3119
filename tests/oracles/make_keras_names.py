"""Record the names of Keras's small namespaces with their signatures: golden/keras_names.json.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1: `python tests/oracles/make_keras_names.py`.
"""

import inspect
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tensorflow as tf

GOLDEN = pathlib.Path(__file__).parent / "golden" / "keras_names.json"
SPACES = {
    **{name: getattr(keras, name) for name in ("config", "distribution", "mixed_precision")},
    **{name: getattr(keras, name) for name in ("random", "saving", "tree", "wrappers")},
    "backend": tf.keras.backend,
    "": keras,
}
OWN = (
    *("Function", "KerasTensor", "Operation", "RematScope", "StatelessScope", "SymbolicScope"),
    *("Variable", "device", "name_scope", "remat"),
)


def signature(value):
    try:
        return str(inspect.signature(value))
    except ValueError:
        return None


rows = [
    json.dumps([space, name, signature(getattr(module, name))])
    for space, module in SPACES.items()
    for name in sorted(dir(module) if space else OWN)
    if name[0] != "_" and not inspect.ismodule(getattr(module, name))
]
GOLDEN.write_text("[\n" + ",\n".join(rows) + "\n]\n")
