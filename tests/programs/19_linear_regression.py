"""A line through noisy points, the loop written by hand."""

import tensorflow as tf

TRUE_W, TRUE_B = 3.0, 2.0
tf.random.set_seed(20)
x = tf.linspace(-2.0, 2.0, 201)
noise = tf.random.normal(shape=[201])
y = x * TRUE_W + TRUE_B + noise


class MyModel(tf.Module):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.w = tf.Variable(5.0)
        self.b = tf.Variable(0.0)

    def __call__(self, x):
        return self.w * x + self.b


def loss(target_y, predicted_y):
    return tf.reduce_mean(tf.square(target_y - predicted_y))


def train(model, x, y, learning_rate):
    with tf.GradientTape() as t:
        current_loss = loss(y, model(x))
    dw, db = t.gradient(current_loss, [model.w, model.b])
    model.w.assign_sub(learning_rate * dw)
    model.b.assign_sub(learning_rate * db)


model = MyModel()
print("variables:", [v.numpy() for v in model.variables])
print(f"current loss: {loss(y, model(x)).numpy():.4f}")


def report(epoch):
    current = loss(y, model(x))
    w, b = model.w.numpy(), model.b.numpy()
    print(f"epoch {epoch:2d}: W = {w:1.3f}, b = {b:1.3f}, loss = {current:2.4f}")


report(0)
for epoch in range(1, 11):
    train(model, x, y, learning_rate=0.1)
    report(epoch)

# The closed form of least squares, for the same points.
design = tf.stack([x, tf.ones_like(x)], axis=1)
gram = tf.matmul(design, design, transpose_a=True)
moment = tf.linalg.matvec(design, y, transpose_a=True)
determinant = gram[0, 0] * gram[1, 1] - gram[0, 1] * gram[1, 0]
w = (gram[1, 1] * moment[0] - gram[0, 1] * moment[1]) / determinant
b = (gram[0, 0] * moment[1] - gram[1, 0] * moment[0]) / determinant
print(f"least squares: W = {w:.3f}, b = {b:.3f}, error left {abs(float(w) - float(model.w)) < 0.2}")
