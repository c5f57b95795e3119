"""Keras 2's `optimizers.experimental`: the same optimizers under their old address."""

from .legacy import *  # noqa: F403
from .legacy import __all__ as __all__
