"""tf.bitwise: bits of integers."""

from .ops import namespace

globals().update(namespace("bitwise"))
