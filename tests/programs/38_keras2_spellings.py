"""Keras 2's spellings: lr=, input_shape=, positional metrics, generators, metric resets."""

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import Activation, Dense, Dropout
from tensorflow.keras.models import Sequential
from tensorflow.keras.optimizers import SGD

rng = np.random.default_rng(6)
x_train = rng.normal(size=(96, 20)).astype("float32")
y_train = tf.keras.utils.to_categorical(x_train[:, :4].argmax(axis=1), 4)

tf.keras.utils.set_random_seed(100)
model = Sequential()
model.add(Dense(16, activation="relu", input_shape=(20,)))
model.add(Dropout(0.25))
model.add(Dense(16, kernel_initializer="he_normal"))
model.add(Activation("relu"))
model.add(Dense(4, activation="softmax"))
sgd = SGD(lr=0.05, momentum=0.9, nesterov=True)
model.compile(loss="categorical_crossentropy", optimizer=sgd, metrics=["acc"])
history = model.fit(x_train, y_train, epochs=3, batch_size=32, validation_split=0.25, verbose=0)
for key in ("loss", "acc", "val_loss", "val_acc"):
    print(key, [round(v, 4) for v in history.history[key]])
print("built at once:", len(model.weights), model.layers[0].units, round(float(sgd.lr), 4))
classes = model.predict(x_train[:6], verbose=0).argmax(axis=-1)
print(classes.shape, classes.dtype)

tf.keras.utils.set_random_seed(100)
positional = Sequential([Dense(8, activation="tanh", input_dim=20), Dense(4, activation="softmax")])
positional.compile("adam", "categorical_crossentropy", ["accuracy"])
history = positional.fit(x_train, y_train, epochs=2, batch_size=32, shuffle=False, verbose=0)
print(sorted(history.history), [round(v, 4) for v in history.history["accuracy"]])


def batches():
    while True:
        for start in range(0, 96, 32):
            yield x_train[start : start + 32], y_train[start : start + 32]


history = positional.fit_generator(batches(), steps_per_epoch=3, epochs=1, verbose=0)
print([round(v, 4) for v in history.history["loss"]])
mean = tf.keras.metrics.Mean()
mean.update_state([1.0, 2.0, 6.0])
print(float(mean.result()))
mean.reset_states()
mean.update_state(4.0)
print(float(mean.result()))
print(float(tf.reduce_mean(tf.keras.losses.mean_squared_error([0.0, 2.0], [1.0, 4.0]))))
print(tf.keras.metrics.mean_absolute_error([[0.0, 2.0]], [[1.0, 4.0]]).numpy())
