"""Gradients of one's own, and gradients that are clipped on the way."""

import tensorflow as tf


@tf.custom_gradient
def log1pexp(x):
    e = tf.exp(x)

    def grad(upstream):
        return upstream * (1 - 1 / (1 + e))

    return tf.math.log(1 + e), grad


for value in (0.0, 2.0, 100.0):
    x = tf.constant(value)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = log1pexp(x)
    print(value, tape.gradient(y, x).numpy())


@tf.custom_gradient
def clip_gradients(y):
    def backward(dy):
        return tf.clip_by_norm(dy, 0.5)

    return y, backward


v = tf.Variable(2.0)
with tf.GradientTape() as t:
    output = clip_gradients(v * v)
print(t.gradient(output, v).numpy())


@tf.custom_gradient
def product(a, b):
    def backward(upstream):
        return upstream * b * 10.0, upstream * a * 100.0

    return a * b, backward


a, b = tf.Variable(2.0), tf.Variable(5.0)
with tf.GradientTape() as tape:
    z = 3.0 * product(a, b)
print([float(g) for g in tape.gradient(z, [a, b])])


@tf.custom_gradient
def straight_through(x):
    return tf.round(x), lambda upstream: upstream


x = tf.Variable([0.2, 0.7, 1.6])
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(straight_through(x) ** 2)
print(tape.gradient(loss, x).numpy())

grads = [tf.constant([3.0, 4.0]), tf.constant([12.0])]
clipped, norm = tf.clip_by_global_norm(grads, 6.5)
print(float(norm), [g.numpy().tolist() for g in clipped])
print(tf.clip_by_norm([3.0, 4.0], 1.0).numpy(), tf.linalg.global_norm(grads).numpy())


@tf.custom_gradient
def scaled(x, scale):
    return x * scale, lambda dy: (dy * scale, None)


with tf.GradientTape() as tape:
    y = scaled(v, tf.constant(4.0))
print(tape.gradient(y, v).numpy())
