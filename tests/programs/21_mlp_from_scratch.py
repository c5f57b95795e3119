"""A multilayer perceptron from tf.Module, trained with a Keras optimizer on XOR-like data."""

import tensorflow as tf


def xavier_init(shape):
    in_dim, out_dim = shape
    limit = tf.sqrt(6.0) / tf.sqrt(tf.cast(in_dim + out_dim, tf.float32))
    return tf.random.uniform(shape=(in_dim, out_dim), minval=-limit, maxval=limit, seed=22)


class DenseLayer(tf.Module):
    def __init__(self, units, activation=tf.identity):
        super().__init__()
        self.units, self.activation, self.built = units, activation, False

    def __call__(self, x):
        if not self.built:
            self.w = tf.Variable(xavier_init((x.shape[-1], self.units)))
            self.b = tf.Variable(tf.zeros(self.units))
            self.built = True
        return self.activation(tf.add(tf.matmul(x, self.w), self.b))


class MLP(tf.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    @tf.function
    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


tf.random.set_seed(22)
x = tf.random.uniform((256, 2), -1.0, 1.0, seed=3)
y = tf.cast(x[:, 0] * x[:, 1] > 0, tf.int32)
print(int(tf.reduce_sum(y)), "positive of", x.shape[0])
model = MLP([DenseLayer(16, tf.nn.relu), DenseLayer(16, tf.nn.relu), DenseLayer(2)])


def cross_entropy(logits, labels):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


optimizer = tf.keras.optimizers.Adam(learning_rate=0.01)
mean_loss = tf.keras.metrics.Mean(name="loss")
accuracy = tf.keras.metrics.SparseCategoricalAccuracy()


@tf.function
def train_step(x_batch, y_batch):
    with tf.GradientTape() as tape:
        logits = model(x_batch)
        loss = cross_entropy(logits, y_batch)
    grads = tape.gradient(loss, model.variables)
    optimizer.apply_gradients(zip(grads, model.variables))
    mean_loss.update_state(loss)
    accuracy.update_state(y_batch, logits)
    return loss


model(x[:2])
print(len(model.variables), [tuple(v.shape) for v in model.variables])
for epoch in range(12):
    mean_loss.reset_state()
    accuracy.reset_state()
    for start in range(0, 256, 64):
        train_step(x[start : start + 64], y[start : start + 64])
    if epoch % 3 == 2:
        print(f"epoch {epoch}: loss {mean_loss.result():.4f} accuracy {accuracy.result():.3f}")
print("steps taken:", int(optimizer.iterations))
predicted = tf.argmax(model(x), axis=1, output_type=tf.int32)
print(
    tf.math.confusion_matrix(y, predicted).shape,
    float(tf.reduce_mean(tf.cast(predicted == y, tf.float32))) > 0.9,
)
