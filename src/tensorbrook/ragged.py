"""tf.ragged: rows of different lengths."""

from .ops import namespace

globals().update(namespace("ragged"))
