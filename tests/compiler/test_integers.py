"""Native integer arithmetic at the ends of each dtype's range; remainders; checks of data."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available, fused_multiply_add

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from test_moves import run

DTYPES = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]


def pairs(dtype):
    """All pairs of small numbers and of those at the ends of the range, without divisors of 0."""
    limits = np.iinfo(dtype)
    some = {*range(-7, 8), limits.min, limits.min + 1, limits.max, limits.max - 1, limits.max // 3}
    some = np.array([v for v in sorted(some) if limits.min <= v <= limits.max], dtype)
    x, y = (v.ravel() for v in np.meshgrid(some, some))
    return x[y != 0], y[y != 0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["floordiv", "floormod", "truncatediv", "truncatemod"])
def test_division(name, dtype):
    x, y = pairs(dtype)
    function = getattr(tf.math, name, None) or getattr(tf, name)
    with np.errstate(all="ignore"):
        quotient, rest = np.floor_divide(x, y), np.mod(x, y)
        exact = {"floordiv": quotient, "floormod": rest, "truncatemod": np.fmod(x, y)}
        back = (x - np.fmod(x, y)).astype(dtype)  # divides without a rest
        exact["truncatediv"] = np.floor_divide(back, y)
    np.testing.assert_array_equal(run(function, x, y), exact[name])
    by = y[3]
    with np.errstate(all="ignore"):
        got = run(lambda x: tf.math.floordiv(x, tf.constant(by)), x)
        np.testing.assert_array_equal(got, np.floor_divide(x, by))


def test_a_divisor_of_zero_raises_the_kernels_error():
    f = tf.function(lambda x, y: x // y)
    assert f(tf.constant([7, -7]), tf.constant([2, 2])).numpy().tolist() == [3, -4]
    with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
        f(tf.constant([7, -7]), tf.constant([2, 0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
        tf.function(lambda x: x // 0)(tf.constant([7, -7]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_shifts(dtype):
    x, y = pairs(dtype)
    width = 8 * np.dtype(dtype).itemsize
    x, by = x[y > 0], np.minimum(y[y > 0], width + 1).astype(dtype)
    np.testing.assert_array_equal(run(tf.bitwise.left_shift, x, by), np.left_shift(x, by))
    np.testing.assert_array_equal(run(tf.bitwise.right_shift, x, by), np.right_shift(x, by))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("exponent", [0, 1, 2, 7, 13])
def test_powers(dtype, exponent):
    x = pairs(dtype)[0]
    got = run(lambda x: tf.pow(x, tf.constant(exponent, x.dtype)) + x, x)
    np.testing.assert_array_equal(got, np.power(x, exponent, dtype=dtype) + x)


def test_means_of_integers_drop_the_fraction():
    x = np.random.default_rng(0).integers(-99, 99, (40, 50)).astype(np.int32)
    total = x.sum(1)
    want = np.sign(total) * (np.abs(total) // 50)
    np.testing.assert_array_equal(run(lambda x: tf.reduce_mean(x, 1), x), want)


def test_bits_read_anew():
    x = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    np.testing.assert_array_equal(run(lambda x: tf.bitcast(x, tf.int32), x), x.view(np.int32))
    for dtype, numpy_dtype in ((tf.uint8, np.uint8), (tf.uint16, np.uint16)):
        got = run(lambda x, dtype=dtype: tf.bitcast(x, dtype), x)
        np.testing.assert_array_equal(got, x.view(numpy_dtype).reshape(30, 4, -1))
    got = run(lambda x: tf.bitcast(tf.reshape(x, [60, 2]), tf.float64), x)
    np.testing.assert_array_equal(got, x.reshape(60, 2).view(np.float64)[:, 0])


def test_an_assertion_is_a_look_at_a_truth_value():
    def f(x):
        tf.debugging.assert_less(x, 5.0, "too large")
        return x * 2

    x = np.array([1, 2, 3], np.float32)
    np.testing.assert_array_equal(run(f, x), 2 * x)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"too large.*\[1. 7.\]"):
        tf.function(f)(tf.constant([1.0, 7.0]))


@pytest.mark.skipif(not fused_multiply_add(), reason="falls back without fused multiply-add")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_remainders_of_floats_are_exact_for_any_bits(dtype):
    info, rng = np.finfo(dtype), np.random.default_rng(0)
    bits = rng.integers(0, 1 << 63, (2, 20_000), np.uint64) * 2 + 1
    x, y = (bits >> np.uint64(64 - info.bits)).astype(f"u{info.bits // 8}").view(dtype)
    special = [0, -0.0, 1, -1, np.inf, -np.inf, np.nan, info.tiny, info.max, -info.max, 2.5, 6]
    special = np.array([*special, info.smallest_subnormal, -info.smallest_subnormal], dtype)
    a, b = np.meshgrid(special, special)
    usual = rng.normal(size=1001).astype(dtype) * 1000
    x = np.concatenate([x, a.ravel(), usual, np.rint(usual)])
    y = np.concatenate([y, b.ravel(), usual[::-1] / 77, np.full(1001, -7, dtype)])
    for function, exact in ((tf.math.floormod, np.mod), (tf.truncatemod, np.fmod)):
        with np.errstate(all="ignore"):
            want = exact(x, y)
        got, number = run(function, x, y), ~np.isnan(want)
        np.testing.assert_array_equal(got, want)
        np.testing.assert_array_equal(np.signbit(got)[number], np.signbit(want)[number])


@pytest.mark.parametrize("dtype", [np.int32, np.int8, np.uint16, np.int64])
@pytest.mark.parametrize(
    ("left", "right", "transposed"),
    [
        ((7, 9), (9, 33), {}),
        ((5, 4, 6), (6, 3), {}),
        ((2, 3, 1), (1, 4), {}),
        ((6, 5), (6, 8), {"transpose_a": True}),
        ((1, 5, 6), (4, 8, 6), {"transpose_b": True}),
    ],
)
def test_products_of_integers(left, right, transposed, dtype):
    rng = np.random.default_rng(0)
    a, b = (rng.integers(0, 100, s).astype(dtype) for s in (left, right))
    x = np.swapaxes(a, -1, -2) if "transpose_a" in transposed else a
    y = np.swapaxes(b, -1, -2) if "transpose_b" in transposed else b
    got = run(lambda a, b: tf.matmul(a, b, **transposed), a, b)
    np.testing.assert_array_equal(got, np.matmul(x, y))
