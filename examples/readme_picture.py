"""Draws docs/picture.svg: python examples/readme_picture.py docs/picture.svg"""

import sys

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import tensorbrook as tf

digits = load_digits()
x, x_test, y, y_test = train_test_split(
    (digits.data / 16).astype("float32"), digits.target, test_size=0.25, random_state=0
)
tf.keras.utils.set_random_seed(0)
model = tf.keras.Sequential(
    [
        tf.keras.Input((64,)),
        tf.keras.layers.Dense(64, activation="relu"),
        tf.keras.layers.Dense(10, activation="softmax"),
    ]
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(x, y, epochs=15, validation_data=(x_test, y_test), verbose=0)
history.plot().save(sys.argv[1])
