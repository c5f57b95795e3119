"""tf.math: arithmetic, reductions and special functions."""

from types import SimpleNamespace

from .ops import namespace

globals().update(namespace("math"))
special = SimpleNamespace(**namespace("math.special"))
