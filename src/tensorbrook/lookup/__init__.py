"""tf.lookup: tables from keys to values."""

from ..ops import namespace
from . import experimental

__all__ = ["experimental"]
globals().update(namespace("lookup"))
