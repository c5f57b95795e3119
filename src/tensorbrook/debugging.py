"""tf.debugging: checks that raise."""

from .ops import namespace

globals().update(namespace("debugging"))
