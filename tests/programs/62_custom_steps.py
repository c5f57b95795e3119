"""Training written by hand: steps, losses, metrics, overwritten weights, averages."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x = np.linspace(0, 1, 24).reshape(8, 3).astype("float32")
y = 2 * x[:, :1]


def logs(history):
    return {k: np.round(v, 4).tolist() for k, v in sorted(history.history.items())}


def dense():
    return layers.Dense(1, kernel_initializer="ones")


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense, self.own = dense(), keras.metrics.Mean(name="own")

    def call(self, inputs):
        return self.dense(inputs)

    def train_step(self, data):
        inputs, targets = data
        with tf.GradientTape() as tape:
            outputs = self(inputs, training=True)
            loss = self.compute_loss(y=targets, y_pred=outputs)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        self.own.update_state(loss)
        return {"own": self.own.result()}

    def test_step(self, data):
        inputs, targets = data
        return {"distance": tf.reduce_mean(tf.abs(targets - self(inputs)))}

    def predict_step(self, data):
        return -self(data[0] if isinstance(data, tuple) else data)


own = Own()
own.compile("sgd", "mse")
print(logs(own.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)))
print({k: round(v, 4) for k, v in own.evaluate(x, y, verbose=0, return_dict=True).items()})
print(np.round(own.predict(x[:2], verbose=0), 4).tolist())


class Losses(keras.Model):
    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None):
        return tf.reduce_mean(y_pred - y)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        found = super().compute_metrics(x, y, y_pred, sample_weight)
        return {**found, "one": 1.0}


start = keras.Input((3,))
model = Losses(start, dense()(start))
model.compile("sgd", metrics=["mae"])
print(logs(model.fit(x, y, shuffle=False, verbose=0)))
print({k: round(v, 4) for k, v in model.evaluate(x, y, verbose=0, return_dict=True).items()})


class Activity(layers.Layer):
    def call(self, inputs):
        self.add_loss(0.1 * tf.reduce_sum(inputs))
        return inputs


model = keras.Sequential([keras.Input((3,)), Activity(), dense()])
model.compile("sgd", "mse")
print(logs(model.fit(x, y, shuffle=False, verbose=0)), round(model.evaluate(x, y, verbose=0), 4))


class Overwritten(layers.Layer):
    def build(self, shape):
        options = {"shape": (), "initializer": "ones"}
        self.scale = self.add_weight(overwrite_with_gradient=True, **options)
        self.gain = self.add_weight(**options)

    def call(self, inputs):
        return inputs * self.scale * self.gain


for steps in (None, 2):
    model = keras.Sequential([keras.Input((3,)), Overwritten()])
    rate = keras.optimizers.SGD(0.1, gradient_accumulation_steps=steps)
    model.compile(rate, "mse")
    model.fit(x, 2 * x, batch_size=2, verbose=0, shuffle=False)
    print([round(float(w), 4) for w in model.get_weights()])
for options in (
    {"gradient_accumulation_steps": 2},
    {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 3, "clipnorm": 0.5},
    {"global_clipnorm": 0.1},
):
    model = keras.Sequential([keras.Input((3,)), dense()])
    model.compile(keras.optimizers.SGD(0.1, **options), "mse")
    print(logs(model.fit(x, y, batch_size=2, epochs=2, verbose=0, shuffle=False)))
