"""Record values of composed functions and control flow: repeat, segments, bincount, scan ...

Usage: `python tests/oracles/make_compose.py` in an environment with tensorflow 2.21; writes
`tests/oracles/golden/compose.json`: (path, arguments, keywords, result, its dtype) each.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden" / "compose.json"
X = [[1.5, -2.0], [0.0, 4.0], [3.0, 0.25]]
CALLS = [
    ("add_n", [[X, X, X]], {}),
    ("math.reciprocal_no_nan", [X], {}),
    ("saturate_cast", [[300.7, -5.0, 12.5, 2e9], "uint8"], {}),
    ("saturate_cast", [[3e9, -3e9, 7.9], "int32"], {}),
    ("saturate_cast", [[300, -300, 5], "int8"], {}),
    ("repeat", [X, 2], {}),
    ("repeat", [X, [2, 0, 1]], {"axis": 0}),
    ("repeat", [X, [3]], {"axis": -1}),
    ("sequence_mask", [[1, 3, 0]], {}),
    ("sequence_mask", [[[1], [2]]], {"maxlen": 4, "dtype": "int32"}),
    ("math.bincount", [[1, 1, 5, 0]], {}),
    ("math.bincount", [[1, 1, 5, 0]], {"minlength": 8, "dtype": "int64"}),
    ("math.bincount", [[1, 1, 5, 0]], {"maxlength": 3}),
    ("math.bincount", [[1, 1, 5, 0]], {"weights": [0.5, 1.0, 2.0, 4.0]}),
    ("math.bincount", [[[1, 1], [2, 0]]], {"axis": -1}),
    ("math.bincount", [[[1, 1], [2, 0]]], {"axis": -1, "binary_output": True}),
    ("math.confusion_matrix", [[0, 1, 2, 2], [0, 2, 2, 1]], {}),
    ("math.confusion_matrix", [[0, 1], [1, 1]], {"num_classes": 3, "weights": [2, 5]}),
    ("math.confusion_matrix", [[0, 1], [1, 1]], {"weights": [0.5, 1.5], "dtype": "float32"}),
    ("math.unsorted_segment_sum", [X, [1, -1, 1], 3], {}),
    ("math.unsorted_segment_sum", [X, [[1, 0], [0, 0], [1, 1]], 2], {}),
    ("math.unsorted_segment_mean", [X, [1, 0, 1], 3], {}),
    ("math.unsorted_segment_max", [X, [1, 0, 1], 2], {}),
    ("math.unsorted_segment_min", [X, [1, 0, 1], 2], {}),
    ("math.segment_sum", [X, [0, 0, 2]], {}),
    ("math.segment_mean", [X, [0, 0, 2]], {}),
    ("math.segment_max", [X, [0, 0, 2]], {}),
    ("math.segment_min", [X, [0, 0, 2]], {}),
]
FUNCTIONS = {
    "map_fn": lambda tf: tf.map_fn(lambda r: r * 2.0 + 1.0, tf.constant(X)),
    "map_fn of two": lambda tf: tf.map_fn(
        lambda p: p[0] * p[1], (tf.constant([1, 2]), tf.constant([3, 4])), dtype=tf.int32
    ),
    "foldl": lambda tf: tf.foldl(lambda a, x: a * 2.0 + x, tf.constant(X)),
    "foldr": lambda tf: tf.foldr(lambda a, x: a * 2.0 + x, tf.constant(X), initializer=1.0),
    "scan": lambda tf: tf.scan(lambda a, x: a * 2.0 + x, tf.constant(X)),
    "scan from one": lambda tf: tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3]), 10),
    "scan reversed": lambda tf: tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3]), reverse=True),
    "vectorized_map": lambda tf: tf.vectorized_map(lambda r: tf.reduce_sum(r), tf.constant(X)),
    "while_loop": lambda tf: tf.while_loop(
        lambda i, s: i < 10, lambda i, s: (i + 1, s + i), (0, 0), maximum_iterations=4
    )[1],
    "while_loop of one": lambda tf: tf.while_loop(lambda i: i < 3, lambda i: [i + 1], [0])[0],
    "cond": lambda tf: tf.cond(
        tf.constant(False), lambda: tf.constant(1.0), lambda: tf.constant(2.0)
    ),
    "case": lambda tf: tf.case([(tf.constant(i > 2), lambda i=i: tf.constant(i)) for i in (1, 3)]),
    "switch_case": lambda tf: tf.switch_case(
        tf.constant(9), [lambda: tf.constant(1), lambda: tf.constant(2)]
    ),
    "gradient through a loop": lambda tf: gradient_of_loop(tf),
}


def gradient_of_loop(tf):
    x = tf.constant(1.5)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.while_loop(lambda i, p: i < 4, lambda i, p: (i + 1, p * x), [0, 1.0])[1]
    return tape.gradient(y, x)


def find(root, path):
    for name in path.split("."):
        root = getattr(root, name)
    return root


def shown(value):
    array = np.asarray(value)
    return array.tolist(), array.dtype.name


if __name__ == "__main__":
    calls = [
        [path, args, kwargs, *shown(find(tf, path)(*args, **kwargs))]
        for path, args, kwargs in CALLS
    ]
    functions = {name: shown(function(tf)) for name, function in FUNCTIONS.items()}
    golden = {"calls": calls, "functions": functions}
    GOLDEN.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
