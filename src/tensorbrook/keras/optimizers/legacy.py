"""Keras 2's `optimizers.legacy`: those of 2.10 and before, where they had other rules."""

from ... import ops
from . import adagrad, adam
from .adafactor import Adafactor
from .adagrad import Adadelta
from .adam import Adam, Adamax, AdamW, Lamb, Lion
from .base import Optimizer
from .ftrl import Ftrl
from .sgd import SGD

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
]


class Adagrad(adagrad.Adagrad):
    """Adagrad that divides by sqrt(a) + epsilon."""

    _config_module = __name__.partition(".")[2]

    def _root(self, square):
        return ops.sqrt(square) + self.epsilon


class Nadam(adam.Nadam):
    """Nadam whose momentum grows more slowly, by `schedule_decay`."""

    _config_module = __name__.partition(".")[2]
    _schedule_decay = 0.004


class RMSprop(adagrad.RMSprop):
    """RMSprop that without momentum divides by sqrt(v - a**2) + epsilon."""

    _config_module = __name__.partition(".")[2]

    def _root(self, square):
        return super()._root(square) if self.momentum > 0 else ops.sqrt(square) + self.epsilon
