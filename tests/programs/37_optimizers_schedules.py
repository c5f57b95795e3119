"""Optimizers side by side, learning-rate schedules, clipping and decay."""

import numpy as np
import tensorflow as tf
from tensorflow.keras import optimizers

start = [1.0, -2.0, 0.5]


def bowl(w):
    return tf.reduce_sum(tf.constant([1.0, 5.0, 0.2]) * w**2) + tf.reduce_sum(tf.sin(w))


def descend(optimizer, steps=6):
    w = tf.Variable(start)
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = bowl(w)
        optimizer.apply_gradients([(tape.gradient(loss, w), w)])
    return w.numpy().tolist()


for optimizer in (
    optimizers.SGD(0.05),
    optimizers.SGD(0.05, momentum=0.9),
    optimizers.SGD(0.05, momentum=0.9, nesterov=True),
    optimizers.RMSprop(0.02),
    optimizers.RMSprop(0.02, momentum=0.5, centered=True),
    optimizers.Adam(0.1),
    optimizers.Adam(0.1, amsgrad=True),
    optimizers.AdamW(0.1, weight_decay=0.1),
    optimizers.Adamax(0.1),
    optimizers.Nadam(0.1),
    optimizers.Adagrad(0.3),
    optimizers.Adadelta(1.0),
    optimizers.Ftrl(0.1),
    optimizers.Lion(0.05),
    optimizers.SGD(0.05, clipnorm=1.0),
    optimizers.SGD(0.05, clipvalue=0.5),
    optimizers.SGD(0.05, weight_decay=0.01, use_ema=True, ema_momentum=0.9),
):
    print(f"{type(optimizer).__name__:9s}", descend(optimizer))

s = optimizers.schedules
for schedule in (
    s.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5),
    s.ExponentialDecay(0.1, 10, 0.5, staircase=True),
    s.PiecewiseConstantDecay([5, 15], [1.0, 0.5, 0.1]),
    s.PolynomialDecay(0.1, 20, end_learning_rate=0.01, power=2.0),
    s.InverseTimeDecay(0.1, 10, 0.5),
    s.CosineDecay(0.1, 20, warmup_target=0.2, warmup_steps=5),
    s.CosineDecayRestarts(0.1, 10),
):
    print(type(schedule).__name__, [round(float(schedule(step)), 5) for step in (0, 4, 10, 16, 30)])
scheduled = optimizers.SGD(s.ExponentialDecay(0.1, 2, 0.9))
print(descend(scheduled), int(scheduled.iterations), round(float(scheduled.learning_rate), 5))
adam = optimizers.get("adam")
print(type(adam).__name__, adam.get_config()["beta_1"], round(float(adam.learning_rate), 6))
adam.learning_rate = 0.5
adam.learning_rate.assign(0.25)
print(float(adam.learning_rate), descend(adam, 2), np.isscalar(adam.get_config()["learning_rate"]))
