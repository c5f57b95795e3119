"""Layers of one's own: weights in build, training argument, losses, config."""

import numpy as np
import tensorflow as tf
from tensorflow import keras


class Linear(keras.layers.Layer):
    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.w = self.add_weight(
            shape=(input_shape[-1], self.units), initializer="random_normal", trainable=True
        )
        self.b = self.add_weight(shape=(self.units,), initializer="zeros", trainable=True)

    def call(self, inputs):
        return tf.matmul(inputs, self.w) + self.b

    def get_config(self):
        config = super().get_config()
        config.update({"units": self.units})
        return config


keras.utils.set_random_seed(3)
linear = Linear(4)
print(linear.built, len(linear.weights))
y = linear(tf.ones((2, 2)))
print(y.numpy().tolist(), linear.built, [tuple(w.shape) for w in linear.weights])


class ComputeSum(keras.layers.Layer):
    def __init__(self, dim):
        super().__init__()
        self.total = self.add_weight(initializer="zeros", shape=(dim,), trainable=False)

    def call(self, inputs):
        self.total.assign_add(tf.reduce_sum(inputs, axis=0))
        return self.total


my_sum = ComputeSum(2)
my_sum(tf.ones((2, 2)))
print(np.array(my_sum(tf.ones((2, 2)))), len(my_sum.weights), len(my_sum.trainable_weights))


class MLPBlock(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.linear_1 = Linear(8)
        self.linear_2 = Linear(1)

    def call(self, inputs):
        return self.linear_2(tf.nn.relu(self.linear_1(inputs)))


mlp = MLPBlock()
y = mlp(tf.ones(shape=(3, 16)))
print("weights:", len(mlp.weights), "trainable:", len(mlp.trainable_weights), y.shape)


class ActivityRegularization(keras.layers.Layer):
    def __init__(self, rate=1e-2):
        super().__init__()
        self.rate = rate

    def call(self, inputs, training=None):
        self.add_loss(self.rate * tf.reduce_mean(inputs))
        return inputs * 2.0 if training else inputs


layer = ActivityRegularization()
print(layer(tf.ones((2, 3)))[0].numpy(), layer(tf.ones((2, 3)), training=True)[0].numpy())
print(len(layer.losses), float(layer.losses[0]))

config = Linear(7, name="my_linear").get_config()
print(config["units"], config["name"], config["trainable"])
again = Linear.from_config(config)
print(again.units, again.name)
inputs = keras.Input((5,))
model = keras.Model(inputs, keras.layers.Dense(2)(ActivityRegularization()(Linear(6)(inputs))))
model.compile("sgd", "mse")
history = model.fit(
    np.ones((8, 5), "float32"), np.zeros((8, 2), "float32"), epochs=2, verbose=0, shuffle=False
)
print([round(v, 5) for v in history.history["loss"]], model.output_shape)
