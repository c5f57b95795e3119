"""Native pooling and grouped convolutions against the NumPy kernels, at sizes of networks."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from test_moves import numbers, run

from tensorbrook.core.dispatch import apply
from tensorbrook.core.op import OPS
from tensorbrook.ops._kernels.windows import output_shape

CASES = [  # (input, window, strides, padding)
    ((3, 20, 21, 16), (2, 2), (2, 2), ((0, 0), (0, 0))),
    ((3, 20, 21, 16), (3, 3), (2, 2), ((0, 1), (1, 1))),
    ((2, 15, 14, 8), (3, 3), (1, 1), ((1, 1), (1, 1))),
    ((2, 15, 14, 3), (2, 5), (3, 1), ((0, 0), (2, 2))),
    ((2, 9, 9, 3), (2, 2), (3, 4), ((0, 0), (1, 0))),
    ((4, 50, 7), (5,), (2,), ((2, 2),)),
    ((2, 6, 12, 12, 4), (2, 2, 2), (2, 2, 1), ((0, 0), (0, 1), (1, 1))),
]


def of(name, **attrs):
    return lambda *tensors: apply(OPS[name], tensors, attrs)


def ties(shape):
    """Small whole numbers, so that windows have several largest elements, and some NaNs."""
    x = np.random.default_rng(3).integers(-3, 3, shape).astype(np.float32)
    x.reshape(-1)[:: x.size // 7] = np.nan
    return x


@pytest.mark.parametrize(("shape", "window", "strides", "padding"), CASES)
def test_pooling_and_its_gradients(shape, window, strides, padding):
    attrs = {"window": window, "strides": strides, "padding": padding}
    out = (shape[0], *output_shape(shape[1:-1], window, strides, padding), shape[-1])
    g, h = numbers(out, seed=1), numbers(shape, seed=2)
    for x in (numbers(shape), ties(shape), np.full(shape, -np.inf, np.float32)):
        np.testing.assert_array_equal(
            run(of("max_pool", **attrs), x), OPS["max_pool"].kernel(x, **attrs)
        )
        for name, other in (("max_pool_gradient", g), ("max_pool_gather", h)):
            want = OPS[name].kernel(x, other, **attrs)
            np.testing.assert_array_equal(run(of(name, **attrs), x, other), want)
    x, back = numbers(shape), {"input_shape": shape, **attrs}
    np.testing.assert_array_equal(
        run(of("window_sum", **attrs), x), OPS["window_sum"].kernel(x, **attrs)
    )
    want = OPS["window_sum_gradient"].kernel(g, **back)
    np.testing.assert_array_equal(run(of("window_sum_gradient", **back), g), want)


GROUPED = [  # (input, filter, strides, padding, dilations, groups)
    ((5, 12, 13, 24), (3, 3, 1, 24), (1, 1), ((1, 1), (1, 1)), (1, 1), 24),
    ((5, 12, 13, 24), (3, 3, 1, 48), (2, 2), ((0, 1), (1, 1)), (1, 1), 24),
    ((5, 12, 13, 24), (3, 3, 1, 24), (2, 2), ((0, 1), (1, 1)), (1, 1), 24),
    ((9, 12, 13, 24), (3, 2, 6, 32), (1, 1), ((2, 1), (0, 1)), (2, 1), 4),
    ((5, 12, 13, 24), (3, 3, 12, 40), (2, 1), ((1, 1), (1, 1)), (1, 1), 2),
    ((4, 40, 6), (5, 1, 6), (1,), ((4, 0),), (1,), 6),
    ((1, 3, 3, 2), (3, 3, 1, 2), (1, 1), ((0, 0), (0, 0)), (1, 1), 2),
]


@pytest.mark.parametrize(("shape", "filters", "strides", "padding", "dilations", "groups"), GROUPED)
def test_convolutions_in_groups(shape, filters, strides, padding, dilations, groups):
    attrs = {"strides": strides, "padding": padding, "dilations": dilations, "groups": groups}
    x, w = numbers(shape) / 100, numbers(filters, seed=1) / 100
    y = OPS["conv_general"].kernel(x, w, **attrs)
    g = numbers(y.shape, seed=2) / 100
    for name, inputs, more in (
        ("conv_general", (x, w), {}),
        ("conv_input_gradient", (g, w), {"input_shape": shape}),
        ("conv_filter_gradient", (x, g), {"filter_shape": filters}),
    ):
        want = OPS[name].kernel(*[a.astype(np.float64) for a in inputs], **more, **attrs)
        got = run(of(name, **more, **attrs), *inputs)
        np.testing.assert_allclose(got, want, rtol=1e-4, atol=1e-5 * np.abs(want).max())


def test_a_depthwise_layer_learns_natively():
    x, w = numbers((4, 10, 10, 8)) / 100, numbers((3, 3, 8, 2), seed=1) / 100

    def step(x, w):
        with tf.GradientTape() as tape:
            tape.watch(w)
            y = tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "SAME")
            loss = tf.reduce_mean(tf.square(tf.nn.max_pool2d(y, 3, 2, "SAME")))
        return tape.gradient(loss, w)

    np.testing.assert_allclose(
        run(step, x, w), step(tf.constant(x), tf.constant(w)), rtol=1e-4, atol=1e-6
    )
