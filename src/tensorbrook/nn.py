"""tf.nn: activations, losses and other functions of neural networks."""

from .ops import namespace

globals().update(namespace("nn"))
