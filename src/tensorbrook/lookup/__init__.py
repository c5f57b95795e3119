"""tf.lookup: tables from keys to values."""

from ..ops import namespace as _namespace
from . import experimental

__all__ = ["experimental"]
globals().update(_namespace("lookup"))
