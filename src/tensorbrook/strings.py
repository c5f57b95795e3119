"""tf.strings: texts."""

from .ops import namespace

globals().update(namespace("strings"))
