"""Images, in the manner of the books: a convolutional network, its maps, what it looks at."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(41)
rng = np.random.default_rng(41)
labels = rng.integers(0, 3, 60)
images = rng.normal(0, 0.2, (60, 16, 16, 3)).astype("float32")
for image, label in zip(images, labels):
    row = 4 * label + 2
    image[row : row + 3, 3:13] += 1.0

inputs = keras.Input(shape=(16, 16, 3))
x = layers.Rescaling(2.0, offset=-0.5)(inputs)
x = layers.Conv2D(8, 3, padding="same", activation="relu", name="first")(x)
x = layers.MaxPooling2D(2)(x)
for filters in (16, 24):
    residual = x
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.Activation("relu")(x)
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    residual = layers.Conv2D(filters, 1, strides=2, padding="same", use_bias=False)(residual)
    x = layers.add([x, residual])
maps = x
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dropout(0.25)(x)
outputs = layers.Dense(3, activation="softmax")(x)
model = keras.Model(inputs, outputs, name="mini_xception")
model.summary()

model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(images, labels, epochs=3, batch_size=20, validation_split=0.2, verbose=0)
for key, values in sorted(history.history.items()):
    print(key, [round(float(v), 3) for v in values])

activations = keras.Model(model.input, model.get_layer("first").output).predict(
    images[:2], verbose=0
)
print(activations.shape, activations.mean(axis=(1, 2))[0].round(3))

gradients_model = keras.Model(model.input, [maps, model.output])
with tf.GradientTape() as tape:
    last, predictions = gradients_model(images[:1])
    best = predictions[:, int(labels[0])]
gradients = tape.gradient(best, last)
weights = tf.reduce_mean(gradients, axis=(0, 1, 2))
heatmap = tf.reduce_sum(last[0] * weights, axis=-1)
print(heatmap.shape, np.round(heatmap.numpy() * 1e3, 2))
kernel = model.get_layer("first").kernel
print(
    kernel.shape,
    model.count_params(),
    len(model.trainable_weights),
    len(model.non_trainable_weights),
)
