"""Jacobians, whole and by example."""

import tensorflow as tf

x = tf.linspace(-2.0, 2.0, 5)
delta = tf.Variable(0.0)
with tf.GradientTape() as tape:
    y = tf.nn.sigmoid(x + delta)
print(tape.jacobian(y, delta).numpy())

tf.random.set_seed(11)
inputs = tf.random.normal([3, 4])
weight = tf.Variable(tf.random.normal([4, 2]))
bias = tf.Variable(tf.zeros(2))
with tf.GradientTape(persistent=True) as tape:
    out = tf.nn.relu(inputs @ weight + bias)
j = tape.jacobian(out, weight)
print(out.shape, j.shape)
g = tape.gradient(out, weight)
print(g.numpy().tolist())
print(
    "sum over the targets:", float(tf.reduce_max(tf.abs(g - tf.reduce_sum(j, axis=[0, 1])))) < 1e-5
)
print(tape.jacobian(out, bias).numpy().tolist())

with tf.GradientTape() as tape:
    tape.watch(inputs)
    h = tf.tanh(inputs @ weight)
batch_j = tape.batch_jacobian(h, inputs)
print(batch_j.shape)
print(batch_j[1].numpy().tolist())
closed = (1 - tf.tanh(inputs @ weight) ** 2)[:, :, None] * tf.transpose(weight)[None]
print("closed form:", float(tf.reduce_max(tf.abs(closed - batch_j))) < 1e-5)

with tf.GradientTape() as tape:
    tape.watch(inputs)
    h = tf.tanh(inputs @ weight)
full = tape.jacobian(h, inputs)
print(full.shape, "no example sees another:", float(tf.reduce_max(tf.abs(full[0, :, 1]))))

p = tf.Variable([1.0, 2.0])
q = tf.Variable(3.0)
with tf.GradientTape() as tape:
    z = tf.stack([p[0] * p[1], p[0] ** 2 + q, q * p[1]])
jp, jq = tape.jacobian(z, [p, q])
print(jp.numpy().tolist(), jq.numpy())

with tf.GradientTape() as t2:
    with tf.GradientTape() as t1:
        energy = tf.reduce_sum(p**3) + p[0] * p[1] * q
    grads = t1.gradient(energy, p)
print(t2.jacobian(grads, p).numpy().tolist())
