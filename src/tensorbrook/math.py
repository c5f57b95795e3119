"""tf.math: arithmetic, reductions and special functions."""

from .ops import namespace

globals().update(namespace("math"))
