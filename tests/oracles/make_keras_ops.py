"""Record what Keras computes with keras.ops, in the cases of ops_cases/; and what names there are.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1:

    python tests/oracles/make_keras_ops.py [FAMILY...]

It writes golden/ops/FAMILY.json, for each file in ops_cases/ if none is named, and then the names
of keras.ops with their signatures. The tests read these files only.
"""

import importlib
import inspect
import json
import os
import pathlib
import re
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from ops_cases import INPUTS, SHORT

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE / "golden" / "ops"
FAMILIES = sorted(p.stem for p in (HERE / "ops_cases").glob("[a-z]*.py"))
DTYPES = list(SHORT.values())
REAL = DTYPES[:13]
SHORTER = {name: short for short, name in SHORT.items()}
SPACES = {"linalg": keras.ops.linalg, "nn": keras.ops.nn, "numpy": keras.ops.numpy}
SPACES |= {"image": keras.ops.image}
NAMES = {"np": np, **{n: getattr(keras.ops, n) for n in dir(keras.ops) if n[0] != "_"}}


def plain(array):
    """An array as plain data; floats in the fewest digits that give them back."""
    array = array if hasattr(array, "dtype") else np.asarray(array)
    name = keras.backend.standardize_dtype(array.dtype)
    if name == "bfloat16":  # of which TensorFlow makes no NumPy scalars
        array = tf.cast(array, "float32")
    array = np.asarray(array)
    if array.dtype.kind == "c":
        array = np.stack([array.real, array.imag], -1)
    data = array.ravel().tolist()
    if array.dtype.itemsize < 8 and array.dtype.kind == "f":
        data = [float(str(v)) for v in array.ravel()]
    if array.dtype.kind == "b":
        data = array.ravel().astype(int).tolist()
    shape = list(array.shape[:-1] if name.startswith("complex") else array.shape)
    return [name, shape, data]


def leaves(result):
    """The tensors and numbers of a result, as a list."""
    return [y for y in tf.nest.flatten(result)]


def symbolic(expression, inputs, batch):
    """Keras's results for symbolic inputs; None where it gives none."""
    if not inputs:
        return None
    values = {
        name: keras.KerasTensor(
            (None if name in batch else x.shape[0], *x.shape[1:]) if x.ndim else (), str(x.dtype)
        )
        for name, x in inputs.items()
    }
    try:
        found = leaves(eval(expression, {**NAMES, **values}))
        return found if all(hasattr(y, "shape") for y in found) else None
    except Exception:
        return None


def shapes_of(found):
    """The shapes of symbolic results, or None."""
    return found and [list(y.shape) for y in found]


def layer_of(found):
    """The name that Keras gives to the layer whose result they are, without its number."""
    history = found and getattr(found[0], "_keras_history", None)
    return history and re.sub(r"_\d+$", "", history.operation.name)


def record(row):
    """Keras's results, beside what was put in."""
    expression, own = row["expression"], row["inputs"]
    words = set(re.findall(r"\b\w+\b(?!\s*=[^=])", expression))  # no keywords
    inputs = {n: np.asarray(x) for n, x in {**INPUTS, **own}.items() if n in words}
    found = eval(expression, {**NAMES, **{n: tf.constant(x) for n, x in inputs.items()}})
    batch = [n for n, x in inputs.items() if x.ndim] if row["batch"] is None else row["batch"]
    known = symbolic(expression, inputs, []) if row["symbolic"] else None
    opened = symbolic(expression, inputs, batch) if batch and row["symbolic"] else None
    return {
        "expression": expression,
        "inputs": {n: plain(x) for n, x in own.items()},
        "uses": sorted(inputs),
        "smooth": row["smooth"],
        "batch": batch,
        "results": [plain(y) for y in leaves(found)],
        "shapes": shapes_of(known),
        "open": shapes_of(opened),
        "layer": layer_of(known),
    }


def short(result):
    """The dtypes of a result, in short."""
    found = [SHORTER[keras.backend.standardize_dtype(y.dtype)] for y in leaves(result)]
    return ",".join(found)


def dtypes_of(function, *arguments):
    """What dtypes Keras gives; "--" where TensorFlow has no kernel."""
    try:
        return short(function(*arguments))
    except Exception:
        return "--"


def dtype_tables(family):
    """Functions by their tables of dtypes, a row of the table a string."""
    ones = {d: tf.cast(tf.constant([[1.0, 1.0], [0.0, 1.0]]), d) for d in REAL}
    full = {d: tf.cast(tf.ones([2, 2]), d) for d in REAL}
    unary, binary = {}, {}
    for name in family.UNARY:
        row = " ".join(dtypes_of(NAMES[name], x) for x in ones.values())
        unary.setdefault(row, []).append(name)
    for name in family.BINARY:
        rows = [
            " ".join(dtypes_of(NAMES[name], x, y) for y in (*full.values(), True, 1, 1.0))
            for x in full.values()
        ]
        binary.setdefault("\n".join(rows), []).append(name)
    return {
        "unary": [[names, row] for row, names in unary.items()],
        "binary": [[names, rows.split("\n")] for rows, names in binary.items()],
    }


def result_types():
    """keras.backend.result_type of each pair, Python's types among them."""
    given = (*DTYPES, bool, int, float, None)
    table = [[keras.backend.result_type(x, y) for y in given] for x in given]
    return [" ".join(SHORTER[name] for name in row) for row in table]


def names():
    """All names of keras.ops: signature, the module that defines it, namespaces that have it."""
    rows = []
    for name, value in NAMES.items():
        if inspect.isfunction(value):
            module = value.__module__.removeprefix("keras.src.ops.")
            spaces = [s for s, space in SPACES.items() if hasattr(space, name)]
            rows.append([name, str(inspect.signature(value)), module, spaces])
    for space, module in SPACES.items():
        for name in dir(module):
            if name[0] != "_" and name not in NAMES:
                signature = str(inspect.signature(getattr(module, name)))
                rows.append([f"{space}.{name}", signature, space, []])
    return rows


def write(path, made, **parts):
    """Writes a JSON file whose lists have a row a line."""
    text = [
        f"{json.dumps(key)}: [\n"
        + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows)
        + "\n]"
        for key, rows in parts.items()
    ]
    path.write_text(f'{{"made_with": {json.dumps(made)},\n' + ",\n".join(text) + "\n}\n")
    print(path.name, {k: len(v) for k, v in parts.items()}, path.stat().st_size, "bytes")


def main(families):
    made = f"keras {keras.__version__}, tensorflow {tf.__version__}"
    GOLDEN.mkdir(exist_ok=True)
    for name in families or FAMILIES:
        family = importlib.import_module(f"ops_cases.{name}")
        rows = [record(row) for row in family.cases()]
        used = {n for row in rows for n in row["uses"]}
        inputs = [[n, plain(x)] for n, x in INPUTS.items() if n in used]
        write(GOLDEN / f"{name}.json", made, inputs=inputs, cases=rows, **dtype_tables(family))
    write(HERE / "golden" / "ops_names.json", made, names=names(), result_type=result_types())


if __name__ == "__main__":
    main(sys.argv[1:])
