"""Muon: momentum made orthogonal, for matrices."""

import math
import re

from ... import ops
from .adam import adam_rate, move
from .base import Optimizer, epsilon_or_default


class Muon(Optimizer):
    """Muon: matrices step along the orthogonal matrix nearest to their momentum; AdamW the rest.

        m <- momentum * m + g
        d  = orthogonal(g + momentum * m if nesterov else m)
        w <- w - rate * rms_rate * sqrt(max(rows, columns)) * d

    `orthogonal(x)` starts from x / |x| and repeats, with rows no more than columns,
    x <- a * x + (b * y + c * y @ y) @ x, y = x @ x^T. Source: Jordan et al., 2024.

    Args:
      learning_rate: the rate.
      adam_beta_1, adam_beta_2, epsilon: Adam's, for what is no matrix.
      adam_weight_decay: the weight decay of what Adam updates.
      weight_decay: the weight decay of matrices.
      exclude_layers: regular expressions; variables whose path contains one are left to Adam.
      exclude_embeddings: whether paths with "embedding" are left to Adam.
      muon_a, muon_b, muon_c: a, b, c.
      adam_lr_ratio: Adam's rate over Muon's.
      momentum: how much of the past stays in m.
      ns_steps: how often to repeat.
      nesterov: whether to look ahead.
      rms_rate: the root mean square of steps, or None to leave out the factor with it.
      **kwargs: the arguments of `Optimizer`.

    Example:
    >>> v = tf.Variable(tf.zeros((2, 2)), name="kernel")
    >>> optimizer = tf.keras.optimizers.Muon(1.0, weight_decay=None, rms_rate=None)
    >>> _ = optimizer.apply_gradients([(tf.constant([[1.0, 2.0], [3.0, 4.0]]), v)])
    >>> np.linalg.svd(v.numpy())[1].round(1)
    array([1.1, 0.7], dtype=float32)
    """

    def __init__(
        self,
        learning_rate=0.001,
        adam_beta_1=0.9,
        adam_beta_2=0.999,
        adam_weight_decay=0.004,
        epsilon=1e-7,
        weight_decay=0.004,
        exclude_layers=None,
        exclude_embeddings=True,
        muon_a=3.4445,
        muon_b=-4.775,
        muon_c=2.0315,
        adam_lr_ratio=1,
        momentum=0.95,
        ns_steps=5,
        nesterov=True,
        rms_rate=0.2,
        **kwargs,
    ):
        super().__init__(learning_rate, weight_decay=weight_decay, **kwargs)
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = epsilon_or_default(epsilon)
        self.exclude_layers = exclude_layers or []
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def _left_to_adam(self, variable):
        path = variable.path or variable.name
        return (
            len(variable.shape) != 2
            or (self.exclude_embeddings and "embedding" in path.lower())
            or any(re.search(keyword, path) for keyword in self.exclude_layers)
        )

    def _weight_decay_of(self, variable):
        return self.adam_weight_decay if self._left_to_adam(variable) else self.weight_decay

    def slots(self, variable):
        velocity = {"velocity": 0.0} if self._left_to_adam(variable) else {}
        return {"momentum": 0.0, **velocity}

    def step_values(self, rate, step):
        adam = adam_rate(rate * self.adam_lr_ratio, step, self.adam_beta_1, self.adam_beta_2)
        return rate, adam

    def update(self, gradient, variable, values, momentum, velocity=None):
        rate, alpha = values
        if velocity is not None:
            momentum = move(momentum, gradient, 1 - self.adam_beta_1)
            velocity = move(velocity, ops.square(gradient), 1 - self.adam_beta_2)
            step = momentum * alpha / (ops.sqrt(velocity) + self.epsilon)
            return variable - step, momentum, velocity
        momentum = momentum + (gradient + momentum * (self.momentum - 1))
        ahead = gradient + self.momentum * momentum if self.nesterov else momentum
        step = rate * self._orthogonal(ahead)
        if self.rms_rate is not None:
            step = step * math.sqrt(max(variable.shape)) * self.rms_rate
        return variable - step, momentum

    def _orthogonal(self, x):
        tall = x.shape[0] > x.shape[1]
        x = ops.transpose(x) if tall else x
        x = x / (ops.sqrt(ops.reduce_sum(ops.square(x))) + 1e-7)
        for _ in range(self.ns_steps):
            y = ops.matmul(x, x, transpose_b=True)
            polynomial = self.muon_b * y + ops.matmul(self.muon_c * y, y)
            x = self.muon_a * x + ops.matmul(polynomial, x)
        return ops.transpose(x) if tall else x
