"""Adafactor: Adam's idea in little memory."""

import numpy as np

from ... import ops
from ...core.tensor import convert_to_tensor
from .base import Optimizer


class Adafactor(Optimizer):
    """Adafactor: of the mean squares of a matrix only those of rows and of columns are kept.

        b  = 1 - t**beta_2_decay;  s = g**2 + epsilon_1                  in step t = 1, 2, ...
        r <- b * r + (1 - b) * mean(s, -1);  c <- b * c + (1 - b) * mean(s, -2)
        v  = r * c / mean(r)                            for matrices; v <- b * v + (1 - b) * s else
        d  = g / sqrt(v);  d <- d / max(1, rms(d) / clip_threshold)
        w <- w - max(epsilon_2, rms(w)) * min(rate, 1 / sqrt(t)) * d

    Source: Shazeer and Stern, 2018.

    Args:
      learning_rate: the rate.
      beta_2_decay: the decay of b.
      epsilon_1: keeps the divisor from 0.
      epsilon_2: the least scale of a step.
      clip_threshold: the largest root mean square of a step.
      relative_step: kept for Keras's sake: the rate is at most 1 / sqrt(t) either way, as there.
      **kwargs: the arguments of `Optimizer`.

    Example:
    >>> v = tf.Variable([[3.0, 4.0]])
    >>> optimizer = tf.keras.optimizers.Adafactor(0.5)
    >>> _ = optimizer.apply_gradients([(tf.constant([[5.0, -5.0]]), v)])
    >>> v.numpy().round(3)
    array([[1.232, 5.768]], dtype=float32)
    """

    keras_names = {"row": "_r", "column": "_c", "velocity": "_v"}  # noqa: RUF012

    def __init__(
        self,
        learning_rate=0.001,
        beta_2_decay=-0.8,
        epsilon_1=1e-30,
        epsilon_2=0.001,
        clip_threshold=1.0,
        relative_step=True,
        **kwargs,
    ):
        super().__init__(learning_rate, **kwargs)
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def slots(self, variable):
        shape, dtype = tuple(variable.shape), variable.dtype.as_numpy_dtype
        matrix = len(shape) > 1
        return {
            # of vectors Keras keeps a whole number in their place
            "row": np.zeros(shape[:-1], dtype) if matrix else np.int32(0),
            "column": np.zeros(shape[:-2] + shape[-1:], dtype) if matrix else np.int32(0),
            "velocity": 0.0,
        }

    def slot_name(self, variable, slot):
        """The name of a slot's variable; rows and columns have the variable's own, as in Keras."""
        return variable.name if slot != "velocity" else super().slot_name(variable, slot)

    def step_values(self, rate, step):
        rate = ops.minimum(rate, 1.0 / ops.sqrt(step))
        return rate, 1.0 - ops.pow(step, convert_to_tensor(self.beta_2_decay, step.dtype))

    def update(self, gradient, variable, values, row, column, velocity):
        rate, beta = values
        square = ops.square(gradient) + self.epsilon_1
        if len(variable.shape) > 1:
            row = beta * row + (1.0 - beta) * ops.reduce_mean(square, axis=-1)
            column = beta * column + (1.0 - beta) * ops.reduce_mean(square, axis=-2)
            share = row / ops.reduce_mean(row, axis=-1, keepdims=True)
            velocity = ops.expand_dims(share, -1) * ops.expand_dims(column, -2)
        else:
            velocity = beta * velocity + (1.0 - beta) * square
        step = gradient / ops.sqrt(velocity)
        step = step / ops.maximum(_rms(step) / self.clip_threshold, 1.0)
        scale = (
            ops.maximum(_rms(variable), convert_to_tensor(self.epsilon_2, variable.dtype)) * rate
        )
        return variable - scale * step, row, column, velocity


def _rms(x):
    return ops.sqrt(ops.reduce_mean(ops.square(x)))
