"""Augmentation: layers that change pictures in training alone, in models and data sets."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(49)
rng = np.random.default_rng(49)
pictures = rng.uniform(0, 1, (6, 12, 12, 3)).astype("float32")

augment = keras.Sequential(
    [
        layers.RandomFlip("horizontal", seed=1),
        layers.RandomRotation(0.1, seed=2),
        layers.RandomZoom(0.2, seed=3),
        layers.RandomTranslation(0.1, 0.1, seed=4),
    ]
)
same = augment(pictures, training=False)
print(np.array_equal(same, pictures))
changed = augment(pictures, training=True)
print(changed.shape, changed.dtype.name, not np.allclose(changed, pictures))
print(np.asarray(tf.reduce_mean(changed, axis=(1, 2, 3))).round(3))

for layer in (
    layers.RandomContrast(0.3, seed=5),
    layers.RandomBrightness(0.2, value_range=(0, 1), seed=6),
    layers.RandomCrop(8, 8, seed=7),
):
    out = layer(pictures, training=True)
    print(type(layer).__name__, out.shape, np.asarray(tf.reduce_mean(out)).round(4))
for layer in (layers.Resizing(6, 9), layers.CenterCrop(7, 5), layers.Rescaling(255.0)):
    out = layer(pictures)
    print(type(layer).__name__, out.shape, np.asarray(out[0, 2, 3]).round(4))

small = tf.image.resize(pictures, (5, 7))
flipped = tf.image.flip_left_right(small)
grey = tf.image.rgb_to_grayscale(flipped)
print(small.shape, np.asarray(grey[0, 1, :3, 0]).round(4))
print(np.asarray(tf.image.adjust_brightness(grey, 0.1)[0, 0, 0]).round(4))
print(
    np.asarray(tf.image.central_crop(small, 0.6)).shape,
    float(tf.image.total_variation(small)[0].numpy().round(3)),
)
brighter = tf.image.stateless_random_brightness(pictures[0], 0.3, seed=(1, 2))
print(np.asarray(tf.reduce_mean(brighter)).round(4))

labels = np.arange(6) % 2
dataset = tf.data.Dataset.from_tensor_slices((pictures, labels)).batch(3)
dataset = dataset.map(lambda image, label: (augment(image, training=True), label))
print([image.shape for image, _ in dataset])
model = keras.Sequential(
    [
        keras.Input((12, 12, 3)),
        layers.RandomFlip("horizontal_and_vertical", seed=8),
        layers.Conv2D(4, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile("sgd", "binary_crossentropy")
print(round(model.evaluate(pictures, labels, verbose=0), 4))
print(
    [
        round(v, 4)
        for v in model.fit(pictures, labels, epochs=2, batch_size=3, verbose=0).history["loss"]
    ]
)
