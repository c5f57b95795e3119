"""Initializers with seeds, regularizers that add to the loss, constraints on weights."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

init = keras.initializers
for initializer in (
    init.Zeros(),
    init.Ones(),
    init.Constant(3.0),
    init.RandomNormal(mean=0.0, stddev=0.05, seed=1),
    init.RandomUniform(-0.1, 0.1, seed=2),
    init.TruncatedNormal(seed=3),
    init.GlorotUniform(seed=4),
    init.GlorotNormal(seed=5),
    init.HeNormal(seed=6),
    init.HeUniform(seed=7),
    init.LecunNormal(seed=8),
    init.LecunUniform(seed=9),
    init.VarianceScaling(2.0, "fan_avg", "uniform", seed=10),
):
    values = np.array(initializer(shape=(2, 3)))
    print(type(initializer).__name__, values.tolist())
print(
    np.array(init.Identity(2.0)(shape=(2, 2))).tolist(), np.array(init.get("he_normal")((2,))).shape
)

layer = keras.layers.Dense(
    3,
    kernel_initializer=init.GlorotUniform(seed=42),
    bias_initializer="ones",
    kernel_regularizer=keras.regularizers.L2(0.01),
    bias_regularizer=keras.regularizers.L1(0.1),
    activity_regularizer=keras.regularizers.L2(0.02),
)
out = layer(tf.ones((2, 4)))
print(out.numpy().tolist())
print([round(float(loss), 5) for loss in layer.losses], "total", round(float(sum(layer.losses)), 5))
for regularizer in (
    keras.regularizers.L1(0.3),
    keras.regularizers.L2(0.1),
    keras.regularizers.L1L2(0.1, 0.2),
    keras.regularizers.get("l2"),
):
    print(type(regularizer).__name__, float(regularizer(tf.constant([1.0, -2.0]))))

w = tf.constant([[3.0, -1.0], [4.0, 0.5]])
for constraint in (
    keras.constraints.MaxNorm(2.0),
    keras.constraints.NonNeg(),
    keras.constraints.UnitNorm(axis=0),
    keras.constraints.MinMaxNorm(1.0, 2.0),
):
    print(type(constraint).__name__, np.array(constraint(w)).tolist())

keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(32, 4)).astype("float32")
y = x[:, :1] - 2 * x[:, 1:2]
model = keras.Sequential(
    [
        keras.Input((4,)),
        keras.layers.Dense(4, activation="relu", kernel_regularizer="l2"),
        keras.layers.Dense(
            1,
            kernel_constraint=keras.constraints.NonNeg(),
            kernel_regularizer=lambda k: 0.01 * tf.reduce_sum(tf.abs(k)),
        ),
    ]
)
model.compile("sgd", "mse")
history = model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0)
print([round(v, 4) for v in history.history["loss"]], bool((model.get_weights()[2] >= 0).all()))
print(len(model.losses), [round(float(loss), 4) for loss in model.losses])
