"""Keras 2's `optimizers.experimental`: today's optimizers under an older address."""

from . import adagrad, adam
from .legacy import *  # noqa: F403
from .legacy import __all__ as __all__

Adagrad, RMSprop, Adam, Nadam = adagrad.Adagrad, adagrad.RMSprop, adam.Adam, adam.Nadam
