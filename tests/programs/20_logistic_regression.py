"""Logistic regression on two clouds of points with tf.Module and tf.data."""

import tensorflow as tf

tf.random.set_seed(22)
n = 200
centres = tf.constant([[1.0, 1.0], [-1.0, -0.5]])
labels = tf.cast(tf.range(n) % 2, tf.float32)
points = tf.gather(centres, tf.range(n) % 2) + tf.random.normal((n, 2), seed=8)
train_x, test_x = points[:150], points[150:]
train_y, test_y = labels[:150], labels[150:]
print(train_x.shape, test_x.shape, train_x[:2].numpy().tolist())


class Normalize(tf.Module):
    def __init__(self, x):
        self.mean = tf.math.reduce_mean(x, axis=0)
        self.std = tf.math.reduce_std(x, axis=0)

    def norm(self, x):
        return (x - self.mean) / self.std


norm = Normalize(train_x)
print(norm.mean.numpy(), norm.std.numpy())
train_x, test_x = norm.norm(train_x), norm.norm(test_x)


def log_loss(y_pred, y):
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=y_pred))


class LogisticRegression(tf.Module):
    def __init__(self):
        self.w = tf.Variable(tf.zeros((2, 1)))
        self.b = tf.Variable(0.0)

    @tf.function
    def __call__(self, x, train=True):
        z = tf.squeeze(tf.matmul(x, self.w) + self.b, axis=1)
        return z if train else tf.sigmoid(z)


def accuracy(y_pred, y):
    predicted = tf.cast(y_pred > 0.5, tf.float32)
    return tf.reduce_mean(tf.cast(tf.equal(predicted, y), tf.float32))


model = LogisticRegression()
train_dataset = (
    tf.data.Dataset.from_tensor_slices((train_x, train_y)).shuffle(150, seed=4).batch(32)
)
test_dataset = tf.data.Dataset.from_tensor_slices((test_x, test_y)).batch(32)
for epoch in range(5):
    losses, accuracies = [], []
    for x_batch, y_batch in train_dataset:
        with tf.GradientTape() as tape:
            batch_loss = log_loss(model(x_batch), y_batch)
        grads = tape.gradient(batch_loss, model.variables)
        for g, v in zip(grads, model.variables):
            v.assign_sub(0.5 * g)
        losses.append(batch_loss)
        accuracies.append(accuracy(model(x_batch, train=False), y_batch))
    test_loss = tf.reduce_mean([log_loss(model(x), y) for x, y in test_dataset])
    mean_loss, mean_accuracy = tf.reduce_mean(losses), tf.reduce_mean(accuracies)
    print(f"epoch {epoch}: {mean_loss:.4f} accuracy {mean_accuracy:.3f} test {test_loss:.4f}")
print(tf.reshape(model.w, -1).numpy(), model.b.numpy())
print(f"test accuracy {accuracy(model(test_x, train=False), test_y):.3f}")
