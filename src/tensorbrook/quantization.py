"""tf.quantization: floats rounded to the values of integers of few bits."""

from .ops import namespace

globals().update(namespace("quantization"))
