"""Native random numbers against the NumPy kernels, at sizes that several chunks share."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from test_moves import run

from tensorbrook.ops._kernels import philox

KEY, COUNTER = 0x123456789ABCDEF1, (1 << 128) - 5  # the counter runs over within the test
STATE = philox.to_state(KEY, COUNTER)
SIZES = [1, 3, 63, 64, 65, 5000, 300_001]


def filling(name, **attrs):
    from tensorbrook.core.dispatch import apply
    from tensorbrook.core.op import OPS

    return lambda *inputs: apply(OPS["random_" + name], inputs, attrs)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_uniform_numbers_are_equal_to_the_bit(size, dtype):
    dtype = np.dtype(dtype)
    got = run(filling("uniform", shape=(size,), dtype=dtype), STATE)
    np.testing.assert_array_equal(got, philox.uniform(KEY, COUNTER, size, dtype))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["normal", "truncated_normal"])
def test_normal_numbers(size, dtype, name):
    dtype = np.dtype(dtype)
    got = run(filling(name, shape=(size,), dtype=dtype), STATE)
    want = getattr(philox, name)(KEY, COUNTER, size, dtype)
    np.testing.assert_allclose(got, want, rtol=8 * np.finfo(dtype).eps, atol=0)
    if dtype == np.float32:
        assert np.mean(got != want) < 1e-5


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", [np.int32, np.uint32, np.int64, np.uint64])
def test_integers(size, dtype):
    dtype = np.dtype(dtype)
    got = run(filling("full_int", shape=(size,), dtype=dtype), STATE)
    np.testing.assert_array_equal(got, philox.full_int(KEY, COUNTER, size, dtype))


@pytest.mark.parametrize(("low", "high"), [(0, 7), (-5, 1 << 30), (-(1 << 31), (1 << 31) - 1)])
@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_integers_of_a_range(low, high, dtype):
    bounds = np.array(low, dtype), np.array(high, dtype)
    got = run(filling("uniform_int", shape=(1000,)), STATE, *bounds)
    want = philox.uniform_int(KEY, COUNTER, 1000, bounds[0][()], bounds[1][()])
    np.testing.assert_array_equal(got, want)


def test_an_empty_range_raises_the_kernels_error():
    f = tf.function(lambda high: tf.random.uniform([3], 5, high, tf.int32, seed=1))
    with pytest.raises(tf.errors.InvalidArgumentError, match="Need minval < maxval"):
        f(tf.constant(5))


@pytest.mark.parametrize("size", [2, 3, 1000])
def test_orders(size):
    got = run(filling("order", size=size), STATE)
    np.testing.assert_array_equal(got, philox.shuffle_order(KEY, COUNTER, size))


@pytest.mark.parametrize("count", [0, 1, 1 << 70, (1 << 64) - 1])
def test_a_state_moved_on(count):
    got = run(filling("skip", count=count), STATE)
    np.testing.assert_array_equal(got, philox.skip(STATE, count))


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_the_state_of_a_seed(dtype):
    seed = np.array([3, -9], dtype)
    np.testing.assert_array_equal(
        run(filling("scramble"), seed), philox.to_state(*philox.scramble(*seed.tolist()))
    )


def test_dropout_drops_what_it_drops_eagerly():
    x = tf.ones([64, 100])

    def f(x):
        return tf.nn.experimental.stateless_dropout(x, 0.4, seed=[1, 2])

    np.testing.assert_array_equal(tf.function(f)(x), f(x))
