"""tf.debugging: checks that raise."""

from types import SimpleNamespace

from .ops import namespace

globals().update(namespace("debugging"))
experimental = SimpleNamespace(**namespace("debugging.experimental"))
