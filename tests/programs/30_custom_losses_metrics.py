"""Losses and metrics of one's own, as functions and as classes."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

keras.utils.set_random_seed(14)
rng = np.random.default_rng(14)
x = rng.normal(size=(80, 5)).astype("float32")
labels = (x[:, 0] - x[:, 1] > 0).astype("int32") + (x[:, 2] > 1).astype("int32")
one_hot = tf.one_hot(labels, 3)


def uncompiled():
    keras.utils.set_random_seed(6)
    return keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(3, "softmax")]
    )


def custom_mean_squared_error(y_true, y_pred):
    return tf.math.reduce_mean(tf.square(y_true - y_pred), axis=-1)


class CustomMSE(keras.losses.Loss):
    def __init__(self, regularization_factor=0.1, name="custom_mse"):
        super().__init__(name=name)
        self.regularization_factor = regularization_factor

    def call(self, y_true, y_pred):
        mse = tf.math.reduce_mean(tf.square(y_true - y_pred), axis=-1)
        reg = tf.math.reduce_mean(tf.square(0.5 - y_pred), axis=-1)
        return mse + reg * self.regularization_factor


class CategoricalTruePositives(keras.metrics.Metric):
    def __init__(self, name="categorical_true_positives", **kwargs):
        super().__init__(name=name, **kwargs)
        self.true_positives = self.add_weight(name="ctp", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        predicted = tf.reshape(tf.argmax(y_pred, axis=1), shape=(-1, 1))
        hits = tf.cast(y_true, "int32") == tf.cast(predicted, "int32")
        hits = tf.cast(hits, "float32")
        if sample_weight is not None:
            hits = tf.multiply(tf.cast(sample_weight, "float32"), hits)
        self.true_positives.assign_add(tf.reduce_sum(hits))

    def result(self):
        return self.true_positives

    def reset_state(self):
        self.true_positives.assign(0.0)


for loss in (
    custom_mean_squared_error,
    CustomMSE(),
    CustomMSE(0.5),
    keras.losses.MeanSquaredError(),
):
    model = uncompiled()
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=loss)
    history = model.fit(x, one_hot, batch_size=20, epochs=2, shuffle=False, verbose=0)
    print([round(v, 5) for v in history.history["loss"]])

model = uncompiled()
model.compile(
    optimizer=keras.optimizers.RMSprop(learning_rate=1e-2),
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=[CategoricalTruePositives(), "accuracy"],
)
history = model.fit(x, labels.reshape(-1, 1), batch_size=16, epochs=3, shuffle=False, verbose=0)
print({k: [round(float(v), 4) for v in vs] for k, vs in sorted(history.history.items())})


def spread(y_true, y_pred):
    return tf.reduce_max(y_pred, axis=-1) - tf.reduce_min(y_pred, axis=-1)


model.compile(
    optimizer="sgd",
    loss="sparse_categorical_crossentropy",
    metrics=[spread, keras.metrics.SparseTopKCategoricalAccuracy(k=2, name="top2")],
)
print(
    {
        k: round(float(v), 4)
        for k, v in sorted(model.evaluate(x, labels, verbose=0, return_dict=True).items())
    }
)
