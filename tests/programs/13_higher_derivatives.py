"""Second derivatives, Hessians and Newton's method."""

import tensorflow as tf

x = tf.Variable(1.0)
with tf.GradientTape() as t2:
    with tf.GradientTape() as t1:
        y = x * x * x
    dy_dx = t1.gradient(y, x)
d2y_dx2 = t2.gradient(dy_dx, x)
print("dy_dx:", dy_dx.numpy(), "d2y_dx2:", d2y_dx2.numpy())


def derivatives(function, point, order):
    """The first `order` derivatives of a function of one number."""
    if order == 0:
        return [function(point)]
    with tf.GradientTape() as tape:
        tape.watch(point)
        lower = derivatives(function, point, order - 1)
    return [*lower, tape.gradient(lower[-1], point)]


print([round(float(d), 4) for d in derivatives(tf.sin, tf.constant(0.5), 4)])
print([round(float(d), 4) for d in derivatives(tf.math.tanh, tf.constant(0.3), 3)])
print([round(float(d), 3) for d in derivatives(lambda z: tf.exp(-(z**2)), tf.constant(1.0), 3)])

# The penalty on an input's gradient needs the gradient of a gradient.
tf.random.set_seed(3)
data = tf.random.normal([7, 5])
kernel = tf.Variable(tf.random.normal([5, 10], stddev=0.3))
with tf.GradientTape() as t2:
    with tf.GradientTape(watch_accessed_variables=False) as t1:
        t1.watch(data)
        out = tf.reduce_sum(tf.nn.tanh(data @ kernel) ** 2)
    g1 = t1.gradient(out, data)
    magnitude = tf.norm(g1)
g2 = t2.gradient(magnitude, kernel)
print(f"{magnitude.numpy():.4f}", g2.shape, f"{tf.reduce_sum(g2).numpy():.4f}")

# A Hessian as the jacobian of a gradient, and one of Newton's steps a time.
p = tf.Variable([-1.2, 1.0])


def rosenbrock(v):
    return (1.0 - v[0]) ** 2 + 10.0 * (v[1] - v[0] ** 2) ** 2


for step in range(6):
    with tf.GradientTape() as t2:
        with tf.GradientTape() as t1:
            loss = rosenbrock(p)
        gradient = t1.gradient(loss, p)
    hessian = t2.jacobian(gradient, p)
    (h00, h01), (h10, h11) = hessian.numpy().tolist()
    determinant = h00 * h11 - h01 * h10
    inverse = tf.constant([[h11, -h01], [-h10, h00]]) / determinant
    p.assign_sub(tf.linalg.matvec(inverse, gradient))
    print(step, f"loss {float(loss):.3f}", p.numpy().tolist())
