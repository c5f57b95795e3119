"""Subclassed models: call with training, compile and fit, weights moved between models."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import Model
from tensorflow.keras.layers import Dense, Dropout, Flatten


class MyModel(Model):
    def __init__(self):
        super().__init__()
        self.flatten = Flatten()
        self.d1 = Dense(16, activation="relu")
        self.drop = Dropout(0.4)
        self.d2 = Dense(3)

    def call(self, x, training=False):
        x = self.flatten(x)
        x = self.d1(x)
        x = self.drop(x, training=training)
        return self.d2(x)


tf.keras.utils.set_random_seed(31)
rng = np.random.default_rng(5)
images = rng.normal(size=(90, 4, 4)).astype("float32")
labels = images.reshape(90, 16)[:, :3].argmax(axis=1)
train_ds = tf.data.Dataset.from_tensor_slices((images[:60], labels[:60])).batch(20)
test_ds = tf.data.Dataset.from_tensor_slices((images[60:], labels[60:])).batch(15)

model = MyModel()
loss_object = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
optimizer = tf.keras.optimizers.Adam(0.02)
train_loss = tf.keras.metrics.Mean(name="train_loss")
train_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="train_accuracy")
test_loss = tf.keras.metrics.Mean(name="test_loss")
test_accuracy = tf.keras.metrics.SparseCategoricalAccuracy(name="test_accuracy")


@tf.function
def train_step(images, labels):
    with tf.GradientTape() as tape:
        predictions = model(images, training=True)
        loss = loss_object(labels, predictions)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    train_loss(loss)
    train_accuracy(labels, predictions)


@tf.function
def test_step(images, labels):
    predictions = model(images, training=False)
    test_loss(loss_object(labels, predictions))
    test_accuracy(labels, predictions)


for epoch in range(3):
    for metric in (train_loss, train_accuracy, test_loss, test_accuracy):
        metric.reset_state()
    for x, y in train_ds:
        train_step(x, y)
    for x, y in test_ds:
        test_step(x, y)
    print(
        f"Epoch {epoch + 1}, Loss: {train_loss.result():0.4f}, "
        f"Accuracy: {train_accuracy.result() * 100:0.2f}, "
        f"Test Loss: {test_loss.result():0.4f}, Test Accuracy: {test_accuracy.result() * 100:0.2f}"
    )

tf.keras.utils.set_random_seed(8)
fitted = MyModel()
fitted.compile(optimizer="adam", loss=loss_object, metrics=["accuracy"])
history = fitted.fit(train_ds, epochs=2, validation_data=test_ds, verbose=0)
for key in sorted(history.history):
    print(key, [round(v, 4) for v in history.history[key]])
print(len(model.layers), [layer.name for layer in model.layers][:2], len(model.weights))
fitted.set_weights(model.get_weights())
print(
    "moved:",
    np.allclose(fitted(images[:3]), model(images[:3])),
    fitted.predict(images[:2], verbose=0).shape,
)
