"""A program of the usual kind, for type checkers: tests/test_types.py has pyright read it."""

import numpy as np

import tensorbrook as tf
from tensorbrook import keras
from tensorbrook.keras import layers

x = tf.constant([[1.0, 2.0], [3.0, 4.0]], dtype=tf.float32)
y = tf.nn.relu(tf.matmul(x, tf.transpose(x)) + 1.0 - 2 * x)
total = tf.reduce_mean(tf.square(y), axis=-1, keepdims=True)
parts = tf.split(x, 2, axis=1)
values, indices = tf.math.top_k(x, k=1)
first = tf.strings.split(tf.constant(["to be", "or not"])).row_lengths()
weight = tf.Variable(tf.random.normal([2, 3], seed=1), name="weight")
weight.assign_add(tf.ones_like(weight))

with tf.GradientTape(persistent=True) as tape:
    loss = tf.reduce_sum(tf.matmul(x, weight) ** 2)
gradient = tape.gradient(loss, weight)
gradients = tape.gradient(loss, [weight])
optimizer = keras.optimizers.Adam(learning_rate=1e-3, clipnorm=1.0)
optimizer.apply_gradients(zip(gradients, [weight]))

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
images = x_train.astype("float32")[..., np.newaxis] / 255.0


def scaled(image: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    return tf.cast(image, tf.float32) / 255.0, tf.one_hot(label, 10)


data = tf.data.Dataset.from_tensor_slices((images, y_train))
data = data.shuffle(1000).batch(32, drop_remainder=True).map(scaled)
data = data.prefetch(tf.data.AUTOTUNE)

inputs = keras.Input(shape=(28, 28, 1))
hidden = layers.Conv2D(32, 3, padding="same", activation="relu")(inputs)
hidden = layers.BatchNormalization(momentum=0.9)(layers.MaxPooling2D(2)(hidden))
outputs = layers.Dense(10, activation=tf.nn.softmax)(layers.Flatten()(hidden))
model = keras.Model(inputs, outputs, name="digits")
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(data, epochs=2, validation_data=(x_test, y_test), verbose=0)
best = max(history.history["accuracy"])
predicted = model.predict(x_test[:10]).argmax(axis=-1)


class Block(layers.Layer):
    def __init__(self, units: int, **kwargs: object) -> None:
        super().__init__(name="block")
        self.dense = layers.Dense(units, kernel_initializer=keras.initializers.HeNormal(seed=0))

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        return self.dense(inputs) if training else inputs


@tf.function
def train_step(batch: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    with tf.GradientTape() as tape:
        error = keras.losses.MeanSquaredError()(labels, Block(3)(batch, training=True))
    return tf.reduce_sum(tape.gradient(error, batch)) + error


step = train_step(x, tf.zeros([2, 3]))
tf.keras.utils.to_categorical([0, 1], num_classes=2).sum()
model.save_weights("weights.weights.h5")


features = {"age": tf.io.FixedLenFeature([], tf.float32), "words": tf.io.VarLenFeature(tf.string)}
alone = tf.config.LogicalDeviceConfiguration()
