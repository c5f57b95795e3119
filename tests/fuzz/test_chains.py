"""Random chains of operations: traced equals eager, gradients equal finite differences."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import tensorbrook as tf

UNARY = [tf.tanh, tf.sin, tf.sigmoid, tf.square, tf.exp, tf.math.softplus, tf.nn.softmax]
BINARY = [tf.add, tf.subtract, tf.multiply, tf.math.squared_difference]
SHAPES = [
    lambda x: tf.transpose(x),
    lambda x: tf.reshape(x, (-1, x.shape[0])),
    lambda x: tf.concat([x, x * 0.5], 0),
    lambda x: x[::-1],
    lambda x: tf.reduce_mean(x, axis=1, keepdims=True) + x,
    lambda x: tf.matmul(x, x, transpose_b=True) * 0.1,
    lambda x: tf.cumsum(x, axis=1),
    lambda x: tf.gather(x, [0, 0], axis=0),
]
STEP = st.one_of(
    st.tuples(st.just("unary"), st.integers(0, len(UNARY) - 1)),
    st.tuples(st.just("binary"), st.integers(0, len(BINARY) - 1)),
    st.tuples(st.just("shape"), st.integers(0, len(SHAPES) - 1)),
)


def program(steps):
    def run(x):
        start = x
        for kind, i in steps:
            if kind == "unary":
                x = UNARY[i](x)
            elif kind == "shape":
                x = SHAPES[i](x)
            else:
                x = BINARY[i](x, tf.reduce_mean(start))
            x = tf.tanh(x)  # keeps the values of long chains where differences are exact
        return x

    return run


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(STEP, min_size=1, max_size=6), st.integers(0, 2**31))
def test_traced_is_eager_and_gradients_are_derivatives(steps, seed):
    rng = np.random.default_rng(seed)
    run = program(steps)
    x = tf.constant(rng.uniform(-1, 1, (2, 3)))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = run(x)
        cotangent = rng.normal(size=y.shape)
        value = tf.reduce_sum(y * cotangent)
    gradient = tf.convert_to_tensor(tape.gradient(value, x)).numpy()
    np.testing.assert_allclose(tf.function(run)(x), y, rtol=1e-13, atol=1e-14)
    direction = rng.normal(size=x.shape)
    step = 1e-6
    ends = [np.sum(run(x + s * step * direction).numpy() * cotangent) for s in (1, -1)]
    slope = (ends[0] - ends[1]) / (2 * step)
    np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=1e-5, atol=1e-7)
