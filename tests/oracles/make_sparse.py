"""Records what Keras's optimizers make of IndexedSlices into golden/sparse_optimizers.json.

Run with TensorFlow's Python:
`python tests/oracles/make_sparse.py > tests/oracles/golden/sparse_optimizers.json`.
One row is named twice in each gradient: Keras squares the parts, not their sum.
"""

import json
import os

import numpy as np

ROWS, SHAPE, STEPS = [1, 3, 1], (5, 2), 3

CASES = [
    ("SGD", {}), ("SGD", {"momentum": 0.9}), ("SGD", {"momentum": 0.9, "nesterov": True}),
    ("SGD", {"clipnorm": 0.5}), ("SGD", {"global_clipnorm": 0.5}), ("SGD", {"clipvalue": 0.5}),
    ("SGD", {"weight_decay": 0.01}), ("SGD", {"use_ema": True}),
    ("SGD", {"gradient_accumulation_steps": 2}), ("Adam", {}), ("Adam", {"amsgrad": True}),
    ("AdamW", {}), ("RMSprop", {}), ("RMSprop", {"centered": True}), ("RMSprop", {"momentum": 0.9}),
    ("Adagrad", {}), ("Adagrad", {"clipnorm": 0.5}), ("Adadelta", {}), ("Adamax", {}),
    ("Nadam", {}), ("Ftrl", {}), ("Lion", {}), ("Lamb", {}), ("Adafactor", {}), ("Muon", {}),
]  # fmt: skip


def start():
    """The variable's value at the beginning."""
    return np.linspace(-1, 1, 10).reshape(SHAPE).astype("float32")


def values(step):
    """The gradient's values in a step."""
    return (np.arange(6).reshape(3, 2) + 1 + step).astype("float32") / 4


def main():
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    found = []
    for name, arguments in CASES:
        variable = tf.keras.Variable(start())
        optimizer = getattr(tf.keras.optimizers, name)(learning_rate=0.1, **arguments)
        for step in range(STEPS):
            slices = tf.IndexedSlices(values(step), tf.constant(ROWS), tf.constant(SHAPE))
            optimizer.apply([slices], [variable])
        weights = [float(f"{x:.7g}") for x in variable.numpy().ravel()]
        found.append({"class_name": name, "arguments": arguments, "weights": weights})
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
