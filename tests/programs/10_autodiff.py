"""Automatic differentiation: the tape."""

import tensorflow as tf

x = tf.Variable(3.0)
with tf.GradientTape() as tape:
    y = x**2
print(tape.gradient(y, x).numpy())

tf.random.set_seed(0)
w = tf.Variable(tf.random.normal((3, 2)), name="w")
b = tf.Variable(tf.zeros(2, dtype=tf.float32), name="b")
inputs = [[1.0, 2.0, 3.0]]
with tf.GradientTape(persistent=True) as tape:
    y = inputs @ w + b
    loss = tf.reduce_mean(y**2)
dl_dw, dl_db = tape.gradient(loss, [w, b])
print(w.shape, dl_dw.shape)
print(dl_dw.numpy().tolist(), dl_db.numpy().tolist())
grads = tape.gradient(loss, {"w": w, "b": b})
print(sorted(grads), grads["b"].numpy())

x0 = tf.Variable(3.0, name="x0")
x1 = tf.Variable(3.0, name="x1", trainable=False)
x2 = tf.Variable(2.0, name="x2") + 1.0
x3 = tf.constant(3.0, name="x3")
with tf.GradientTape() as tape:
    y = (x0**2) + (x1**2) + (x2**2) + x3**2
print([None if g is None else float(g) for g in tape.gradient(y, [x0, x1, x2, x3])])
print([v.name for v in tape.watched_variables()])

x = tf.constant([1.0, 3.0])
with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    y = x * x
    z = y * y
print(tape.gradient(z, x).numpy(), tape.gradient(y, x).numpy(), tape.gradient(z, y).numpy())

x = tf.linspace(-4.0, 4.0, 9)
with tf.GradientTape() as tape:
    tape.watch(x)
    y = tf.nn.sigmoid(x)
print(tape.gradient(y, x).numpy())

x = tf.Variable(2.0)
with tf.GradientTape(persistent=True) as tape:
    y0 = x**2
    y1 = 1 / x
print(tape.gradient({"y0": y0, "y1": y1}, x).numpy(), tape.gradient(y1, x).numpy())
with tf.GradientTape() as tape:
    y = x * [3.0, 4.0]
print(tape.gradient(y, x).numpy())
with tf.GradientTape() as tape:
    y = x * [3.0, 4.0]
print(tape.gradient(y, x, output_gradients=tf.constant([1.0, 10.0])).numpy())

v0, v1 = tf.Variable(2.0), tf.Variable(2.0)
for flag in (tf.constant(1.0), tf.constant(-1.0)):
    with tf.GradientTape() as tape:
        result = v0 if flag > 0.0 else v1**2
    print([None if g is None else float(g) for g in tape.gradient(result, [v0, v1])])
