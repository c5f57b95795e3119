"""Keras 2's `optimizers.legacy`: those of 2.10 and before, where they had other rules."""

from ... import ops
from . import adagrad, adam
from .adafactor import Adafactor
from .adagrad import Adadelta
from .adam import Adamax, AdamW, Lamb, Lion
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


class _Summed:
    """Gradients of a row that is named several times are summed, before they are squared."""

    _config_module, _sums_rows = __name__.partition(".")[2], True


class Adam(_Summed, adam.Adam):
    """Adam, where rows of embeddings have the sums of their gradients."""


class Adagrad(_Summed, adagrad.Adagrad):
    """Adagrad that divides by sqrt(a) + epsilon."""

    def _root(self, square):
        return ops.sqrt(square) + self.epsilon


class Nadam(_Summed, adam.Nadam):
    """Nadam whose momentum grows more slowly, by `schedule_decay`."""

    _schedule_decay = 0.004


class RMSprop(_Summed, adagrad.RMSprop):
    """RMSprop that without momentum divides by sqrt(v - a**2) + epsilon."""

    def _root(self, square):
        return super()._root(square) if self.momentum > 0 else ops.sqrt(square) + self.epsilon
