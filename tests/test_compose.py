"""Composed functions and control flow, against values recorded from TensorFlow."""

import importlib.util
import json
import pathlib
import sys
import types

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parent / "oracles"
GOLDEN = json.loads((ORACLES / "golden" / "compose.json").read_text())


@pytest.mark.parametrize(("path", "args", "kwargs", "expected", "dtype"), GOLDEN["calls"])
def test_composed_functions(path, args, kwargs, expected, dtype):
    function = tf
    for name in path.split("."):
        function = getattr(function, name)
    result = function(*args, **kwargs)
    assert result.dtype.name == dtype
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-6)


def recorded_functions():
    """FUNCTIONS of the oracle's script, which takes the module it is to use as an argument."""
    spec = importlib.util.spec_from_file_location("make_compose", ORACLES / "make_compose.py")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get("tensorflow")
    sys.modules["tensorflow"] = types.ModuleType("tensorflow")
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["tensorflow"]
        if before is not None:
            sys.modules["tensorflow"] = before
    return module.FUNCTIONS


@pytest.mark.parametrize("name", GOLDEN["functions"])
@pytest.mark.filterwarnings("ignore:tf.function")
def test_control_flow(name):
    expected, dtype = GOLDEN["functions"][name]
    function = recorded_functions()[name]
    for result in (function(tf), tf.function(lambda: function(tf))()):
        assert result.dtype.name == dtype
        np.testing.assert_allclose(result.numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda: tf.add_n([]), ValueError, "inputs is empty"),
        (lambda: tf.add_n([[1.0], [1.0, 2.0]]), ValueError, "shapes must be equal"),
        (lambda: tf.repeat([1, 2, 3], [1, 2]), ValueError, "repeats has 2 numbers"),
        (lambda: tf.cond(True, 1, 2), TypeError, "true_fn must be a function"),
        (lambda: tf.case([(False, lambda: 1)]), ValueError, "no condition is true"),
        (lambda: tf.while_loop(1, 2, [0]), TypeError, "must be functions"),
        (lambda: tf.math.confusion_matrix([3], [0], num_classes=2), ValueError, "is not in"),
        (
            lambda: tf.map_fn(lambda x: x, (tf.constant([1]), tf.constant([1, 2]))),
            ValueError,
            "first dimensions",
        ),
        (
            lambda: tf.map_fn(lambda x: x, tf.constant([1]), dtype=tf.float32),
            TypeError,
            "the signature says",
        ),
    ],
)
def test_wrong_use(function, error, message):
    with pytest.raises(error, match=message):
        function()
