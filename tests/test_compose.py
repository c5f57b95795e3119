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


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "int64", "uint64", "float32"])
@pytest.mark.parametrize("far", [False, True])
def test_unique_in_the_order_of_appearance(dtype, far):
    rng, count = np.random.default_rng(3), 200
    x = rng.integers(0 if dtype[0] == "u" else -60, 60, count).astype(dtype)
    if far and x.itemsize > 1:
        x[count // 2] = 10**6  # then no table of all values between is worth it
    y, index, counts = tf.unique_with_counts(x)
    first = np.unique(x, return_index=True)[1]
    assert y.dtype == dtype and (y.numpy() == x[np.sort(first)]).all()
    assert (tf.gather(y, index).numpy() == x).all()
    assert (counts.numpy() == [(x == value).sum() for value in y.numpy()]).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_quantiles_against_scipy(dtype):
    special = pytest.importorskip("scipy.special")
    small = 10.0 ** -np.arange(1, 30)
    x = np.r_[np.linspace(-1, 1, 2001), small, -small, 1 - small[:15], small[:15] - 1, 2, np.nan]
    chance = np.r_[np.linspace(0, 1, 2001), small, 1 - small[:15], -1, 2, np.nan]
    for name, places in (("erfinv", x), ("ndtri", chance)):
        places = places.astype(dtype)
        found, wanted = getattr(tf.math, name)(places), getattr(special, name)(places.astype(float))
        tolerance = 8 * np.finfo(dtype).eps
        np.testing.assert_allclose(found, wanted.astype(dtype), tolerance, 0, err_msg=name)


def test_concat_of_one_tensor_is_that_tensor():  # TensorFlow takes what is no list for its only one
    x = tf.reshape(tf.range(6.0), [2, 3])
    for axis in (0, -1):
        np.testing.assert_array_equal(tf.concat(x, axis), x)
        np.testing.assert_array_equal(tf.function(tf.concat)(x, axis), x)
    np.testing.assert_array_equal(tf.keras.ops.concatenate([x, x], 0), np.concatenate([x, x]))
