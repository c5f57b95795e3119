"""Loss scaling that begins within a tf.function; figures of TensorFlow 2.21."""

import numpy as np

import tensorbrook as tf
from tensorbrook.keras import optimizers


def test_a_trace_follows_the_loss_scale_from_its_first_step():
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(0.01))
    variable = tf.Variable(1.0)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            scaled = optimizer.scale_loss(variable * 4.0)
        gradient = tf.cast(tf.cast(tape.gradient(scaled, variable), tf.float16), tf.float32)
        optimizer.apply_gradients([(gradient, variable)])
        return gradient

    assert [float(step()) for _ in range(3)] == [np.inf, np.inf, 32768.0]
    assert float(optimizer.dynamic_scale) == 8192.0


def test_loss_scaling_that_begins_within_a_function():
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(0.5), 4.0, dynamic_growth_steps=2)
    variable = tf.Variable(1.0)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            scaled = optimizer.scale_loss(variable * x)
        optimizer.apply_gradients([(tape.gradient(scaled, variable), variable)])

    # TensorFlow's figures: value, scale and iterations after each step
    expected = [(0.5, 4.0, 1), (0.0, 8.0, 2), (0.0, 4.0, 2), (-0.5, 4.0, 3)]
    for x, figures in zip((1.0, 1.0, np.inf, 1.0), expected):
        step(tf.constant(x))
        found = variable, optimizer.dynamic_scale, optimizer.iterations
        assert tuple(map(float, found)) == figures


def test_a_gradient_that_is_a_value_is_not_divided_by_the_scale():
    optimizer = optimizers.LossScaleOptimizer(optimizers.SGD(0.5), 4.0)
    plain, value = tf.keras.Variable(1.0), tf.keras.Variable(1.0)
    value.overwrite_with_gradient = True
    optimizer.apply([tf.constant(8.0), tf.constant(8.0)], [plain, value])
    assert float(plain) == 0.0 and float(value) == 8.0  # as in Keras's test of it
