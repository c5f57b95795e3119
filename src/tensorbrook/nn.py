"""tf.nn: activations, losses and other functions of neural networks."""

from types import SimpleNamespace

from .ops import namespace

globals().update(namespace("nn"))
experimental = SimpleNamespace(**namespace("nn.experimental"))
