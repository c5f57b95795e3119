"""tf.linalg: matrices."""

from .ops import namespace

globals().update(namespace("linalg"))
