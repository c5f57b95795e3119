"""Cases of keras.ops, a file for each of its modules; make_keras_ops.py records what Keras gives.

A case is an expression over the names of keras.ops, NumPy as `np` and the inputs below, as in
`case("sum(a, axis=1)")`. A file has

- `cases()`, which yields cases;
- UNARY and BINARY, names of functions of one and of two tensors: what dtype each gives for each
  dtype, and for each pair of dtypes, Python numbers among them.
"""

import numpy as np

SHORT = {  # how tables of dtypes name them
    **{"b1": "bool", "u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64"},
    **{"i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64"},
    **{"bf": "bfloat16", "f2": "float16", "f4": "float32", "f8": "float64"},
    **{"c8": "complex64", "c16": "complex128"},
}
rng = np.random.default_rng(7)


def _normal(*shape):
    return rng.normal(size=shape).astype("float32").round(3)


INPUTS = {
    "a": _normal(2, 3),
    "b": _normal(2, 3),
    "c": _normal(2, 3, 4),
    "u": rng.uniform(-0.9, 0.9, (2, 3)).astype("float32").round(3),  # between -1 and 1
    "p": rng.uniform(0.2, 2.0, (2, 3)).astype("float32").round(3),  # positive
    "v": _normal(3),
    "w": _normal(3),
    "s": np.float32(0.7),
    "m": _normal(3, 3),
    "i": np.array([[3, 0, 7], [5, 2, 6]], "int32"),
    "j": np.array([[1, 4, 2], [3, 8, 5]], "int32"),
    "k": np.array([2, 0, 1, 2, 2], "int32"),
    "t": np.array([[True, False, True], [False, False, True]]),
    "r": np.array([[False, False, True], [True, False, True]]),
    "n": np.array([[1, np.nan, -2.5], [np.nan, np.inf, 0]], "float32"),
    "z": (_normal(2, 3) + 1j * _normal(2, 3)).astype("complex64"),
}


def words(text):
    """Names in a line."""
    return text.split()


def case(expression, smooth=True, batch=None, symbolic=True, **inputs):
    """A row of the table.

    Args:
      expression: what to compute: functions of keras.ops, `np`, names of INPUTS and of `inputs`.
      smooth: whether its gradient is compared with finite differences, where it has one.
      batch: names of the inputs whose first dimension is unknown in a further call on Keras
        inputs; all by default.
      symbolic: False where Keras's shape for Keras inputs is not the one of its results.
      inputs: further inputs by name, arrays. Keep them small: they are stored.
    """
    return {
        "expression": expression,
        "smooth": smooth,
        "batch": batch,
        "symbolic": symbolic,
        "inputs": inputs,
    }
