"""Subclassing: layers within layers, a model with losses of its own in `call`, a metric."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(46)


class Residual(layers.Layer):
    def __init__(self, units, count=2, activation="relu", **kwargs):
        super().__init__(**kwargs)
        self.hidden = [layers.Dense(units, activation=activation) for _ in range(count)]
        self.units, self.count, self.activation = units, count, keras.activations.get(activation)

    def call(self, inputs):
        x = inputs
        for layer in self.hidden:
            x = layer(x)
        return inputs + x

    def get_config(self):
        name = keras.activations.serialize(self.activation)
        return {
            **super().get_config(),
            "units": self.units,
            "count": self.count,
            "activation": name,
        }


class Sparse(layers.Layer):
    """Penalizes large activations, and counts its calls."""

    def __init__(self, rate=1e-2, **kwargs):
        super().__init__(**kwargs)
        self.rate = rate

    def build(self, input_shape):
        self.gain = self.add_weight(shape=input_shape[-1:], initializer="ones", name="gain")
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")
        super().build(input_shape)

    def call(self, inputs, training=None):
        self.add_loss(self.rate * tf.reduce_mean(tf.abs(inputs)))
        if training:
            self.calls.assign_add(1.0)
        return inputs * self.gain


class Regressor(keras.Model):
    def __init__(self, units=6, **kwargs):
        super().__init__(**kwargs)
        self.start = layers.Dense(units, activation="swish")
        self.middle, self.sparse = Residual(units), Sparse()
        self.end, self.auxiliary = layers.Dense(1), layers.Dense(3)

    def call(self, inputs, training=False):
        x = self.sparse(self.middle(self.start(inputs)), training=training)
        if training:
            self.add_loss(0.05 * tf.reduce_mean(tf.square(self.auxiliary(x) - inputs)))
        return self.end(x)


class Within(keras.metrics.Metric):
    def __init__(self, distance=1.0, name="within", **kwargs):
        super().__init__(name=name, **kwargs)
        self.distance = distance
        self.hits = self.add_weight(name="hits", initializer="zeros")
        self.total = self.add_weight(name="total", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        near = tf.cast(tf.abs(y_true - y_pred) < self.distance, "float32")
        self.hits.assign_add(tf.reduce_sum(near))
        self.total.assign_add(tf.cast(tf.size(near), "float32"))

    def result(self):
        return self.hits / self.total


def pinball(y_true, y_pred):
    difference = y_true - y_pred
    return tf.reduce_mean(tf.maximum(0.7 * difference, -0.3 * difference), axis=-1)


rng = np.random.default_rng(46)
x = rng.normal(size=(64, 3)).astype("float32")
y = (x.sum(1, keepdims=True) + np.sin(3 * x[:, :1])).astype("float32")
model = Regressor(name="regressor")
model.compile(
    keras.optimizers.AdamW(0.01, weight_decay=0.01), loss=pinball, metrics=[Within(0.8), "mae"]
)
history = model.fit(x, y, batch_size=16, epochs=3, verbose=0, validation_data=(x[:8], y[:8]))
for key, values in sorted(history.history.items()):
    print(key, [round(float(v), 4) for v in values])
print(model.sparse.calls.numpy(), model.count_params())
print([layer.name for layer in model.layers])
print(Residual.from_config(Residual(4, activation="tanh").get_config()).get_config()["activation"])
print({k: round(float(v), 4) for k, v in model.evaluate(x, y, verbose=0, return_dict=True).items()})
