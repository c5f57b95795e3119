"""What a tape sees: watching, stopping, resetting, and gradients that are None."""

import tensorflow as tf

x0 = tf.Variable(0.0)
x1 = tf.Variable(10.0)
with tf.GradientTape(watch_accessed_variables=False) as tape:
    tape.watch(x1)
    y = tf.reduce_sum(tf.math.sin(x0) + tf.nn.softplus(x1))
grad = tape.gradient(y, {"x0": x0, "x1": x1})
print(grad["x0"], float(grad["x1"]))

x, y = tf.Variable(2.0), tf.Variable(3.0)
with tf.GradientTape() as t:
    x_sq = x * x
    with t.stop_recording():
        y_sq = y * y
    z = x_sq + y_sq
grad = t.gradient(z, {"x": x, "y": y})
print(float(grad["x"]), grad["y"])

reset = True
with tf.GradientTape() as t:
    y_sq = y * y
    if reset:
        t.reset()
    z = x * x + y_sq
print([g if g is None else float(g) for g in t.gradient(z, [x, y])])

with tf.GradientTape() as t:
    y_sq = y**2
    z = x**2 + tf.stop_gradient(y_sq)
print([g if g is None else float(g) for g in t.gradient(z, [x, y])])

target = tf.Variable(2.0)
other = tf.Variable([[1.0, 2.0]])
with tf.GradientTape(persistent=True) as tape:
    z = target * target
print(tape.gradient(z, other))
print(tape.gradient(z, other, unconnected_gradients=tf.UnconnectedGradients.ZERO).numpy())

count = tf.Variable(10)
with tf.GradientTape() as tape:
    z = tf.cast(count, tf.float32) * 2.0
print("an integer source:", tape.gradient(z, count))
state = tf.Variable(0.0)
with tf.GradientTape() as tape:
    state.assign_add(x0 + 1.0)
    out = state**2
print("through an assignment:", tape.gradient(out, x0))

with tf.GradientTape() as tape:
    y = x * x
tape.gradient(y, x)
try:
    tape.gradient(y, x)
except RuntimeError as error:
    print("a used tape:", type(error).__name__)

with tf.GradientTape() as outer, tf.GradientTape() as inner:
    inner.watch(x0)
    cube = x**3 + x0
first, second = outer.gradient(cube, x), inner.gradient(cube, x)
print(float(first), float(second))


@tf.function
def slope(value):
    with tf.GradientTape() as tape:
        tape.watch(value)
        total = tf.reduce_sum(tf.tanh(value) * value)
    return tape.gradient(total, value)


print(slope(tf.constant([0.5, -1.0])).numpy())
