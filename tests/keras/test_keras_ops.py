"""keras.ops against Keras's figures (oracles/make_keras_ops.py): all names, values, dtypes."""

import inspect
import json
import pathlib
import re
import sys

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parents[1] / "oracles"
sys.path.insert(0, str(ORACLES))
from finite import check_gradients  # noqa: E402
from ops_cases import SHORT  # noqa: E402

ops = tf.keras.ops
NAMES = {"np": np, **{name: getattr(ops, name) for name in dir(ops) if name[0] != "_"}}
DTYPES = list(SHORT.values())
REAL = DTYPES[:13]
ROUNDING = {"bfloat16": 1e-2, "float16": 1e-3}  # how far results may be from Keras's
KNOWN = json.loads((ORACLES / "golden" / "ops_names.json").read_text())
GOLDEN = {
    path.stem: json.loads(path.read_text())
    for path in sorted((ORACLES / "golden" / "ops").glob("*.json"))
}


def array(stored):
    """The array of plain data."""
    name, shape, data = stored
    if name.startswith("complex"):
        data = np.array(data).reshape(-1, 2) @ [1, 1j]
    return np.array(data, tf.as_dtype(name).as_numpy_dtype).reshape(shape)


def read():
    """All cases, with their inputs."""
    for family, golden in GOLDEN.items():
        shared = dict(golden["inputs"])
        for case in golden["cases"]:
            stored = {**shared, **case["inputs"]}
            case["arrays"] = {name: array(stored[name]) for name in case["uses"]}
            case["name"] = f"{family}: {case['expression']}"
            yield case


ALL = list(read())


def those(holds):
    """Calls a test with each case that a condition holds for."""
    return pytest.mark.parametrize("case", list(filter(holds, ALL)), ids=lambda case: case["name"])


def results(case, inputs):
    """What a case's expression gives for inputs, as a list."""
    return tf.nest.flatten(eval(case["expression"], {**NAMES, **inputs}))


def close(found, wanted, tolerance):
    """Asserts that numbers are equal up to a tolerance."""
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.shape == wanted.shape
    if found.dtype.kind not in "biuf":
        kind = complex if found.dtype.kind == "c" else float
        found, wanted = found.astype(kind), wanted.astype(kind)
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


# -- values ----------------------------------------------------------------------------------------


@those(lambda case: True)
def test_values_equal_keras_s_eager_and_compiled(case):
    tensors = {name: tf.constant(x) for name, x in case["arrays"].items()}
    eager = results(case, tensors)
    for found, stored in zip(eager, case["results"], strict=True):
        dtype = found.dtype.name if hasattr(found, "dtype") else np.asarray(found).dtype.name
        assert dtype == stored[0]
        close(found, array(stored), ROUNDING.get(dtype, 3e-6))
    compiled = tf.function(lambda given: results(case, given))
    for found, wanted in zip(compiled(tensors), eager, strict=True):
        assert tf.as_dtype(found.dtype) == np.asarray(wanted).dtype
        close(found, wanted, ROUNDING.get(found.dtype.name, 1e-6))


# -- Keras inputs ----------------------------------------------------------------------------------


@those(lambda case: case["shapes"] or case["open"])
def test_symbolic_shapes_equal_keras_s(case):
    for sizes, batch in (("shapes", []), ("open", case["batch"])):
        if case[sizes]:
            check_symbolic(case, case[sizes], batch)


def check_symbolic(case, shapes, batch):
    """Compares a case on Keras inputs, of which those in `batch` have an unknown dimension."""
    inputs = {
        name: tf.keras.Input(
            batch_shape=(None if name in batch else x.shape[0], *x.shape[1:]) if x.ndim else (),
            dtype=x.dtype.name,
        )
        for name, x in case["arrays"].items()
    }
    symbolic = results(case, inputs)
    for found, shape, stored in zip(symbolic, shapes, case["results"], strict=True):
        assert list(found.shape) == shape
        assert found.dtype == stored[0]
    assert re.sub(r"_\d+$", "", symbolic[0]._keras_history.operation.name) == case["layer"]
    model = tf.keras.Model(inputs, symbolic)
    outputs = tf.nest.flatten(model(case["arrays"]))
    for found, wanted in zip(outputs, results(case, case["arrays"]), strict=True):
        close(found, wanted, 1e-6)


# -- gradients -------------------------------------------------------------------------------------


@those(lambda case: case["smooth"] and any(x.dtype.kind in "fV" for x in case["arrays"].values()))
def test_gradients_equal_finite_differences(case):
    arrays = [x.astype("float64") if x.dtype.kind in "fV" else x for x in case["arrays"].values()]

    def function(*tensors):
        given = dict(zip(case["arrays"], tensors))
        return [tf.convert_to_tensor(y) for y in results(case, given)]

    active = [index for index, x in enumerate(arrays) if x.dtype == np.float64]
    check_gradients(function, arrays, active, np.random.default_rng(3), tolerance=1e-6)


# -- dtypes ----------------------------------------------------------------------------------------


def dtypes_of(name, *arguments):
    """The dtypes of what a function gives."""
    return [y.dtype.name for y in tf.nest.flatten(NAMES[name](*arguments))]


def compare(name, rows, arguments):
    """Asserts that a function gives the dtypes of a table; "--": Keras's backend has no kernel."""
    wrong = [
        (given, short, found)
        for given, short in zip(arguments, rows, strict=True)
        if short != "--"
        and (found := dtypes_of(name, *given)) != [SHORT[part] for part in short.split(",")]
    ]
    assert not wrong, wrong


UNARY, BINARY = (
    [(name, row) for golden in GOLDEN.values() for names, row in golden[kind] for name in names]
    for kind in ("unary", "binary")
)


@pytest.mark.parametrize(("name", "row"), UNARY, ids=[name for name, _ in UNARY])
def test_dtypes_of_one_operand(name, row):
    given = [(tf.cast([[1.0, 1.0], [0.0, 1.0]], dtype),) for dtype in REAL]
    compare(name, row.split(), given)


@pytest.mark.parametrize(("name", "table"), BINARY, ids=[name for name, _ in BINARY])
def test_dtypes_of_two_operands(name, table):
    ones = [tf.ones([2, 2], dtype) for dtype in REAL]
    given = [(x, y) for x in ones for y in (*ones, True, 1, 1.0)]
    compare(name, " ".join(table).split(), given)


def test_result_types_are_keras_s():
    given = (*DTYPES, bool, int, float, None)
    found = [tf.keras.backend.result_type(x, y) for x in given for y in given]
    assert found == [SHORT[name] for name in " ".join(KNOWN["result_type"]).split()]


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", sorted({row[2] for row in KNOWN["names"]}))
def test_names_and_signatures_are_keras_s(module):
    wrong = []
    for name, signature, defined_in, spaces in KNOWN["names"]:
        if defined_in != module:
            continue
        for space in ("", *spaces):
            found = ops
            for part in [*filter(None, [space]), *name.split(".")]:
                found = getattr(found, part, None)
            if found is None:
                wrong.append(f"{space} {name} is missing")
            elif str(inspect.signature(found)) != signature:
                wrong.append(f"{space} {name}{inspect.signature(found)}, Keras: {signature}")
    assert not wrong, "\n".join(wrong)
