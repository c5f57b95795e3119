"""tf.nn: activations, losses and other functions of neural networks."""

from types import SimpleNamespace

from .ops import candidates as _candidates
from .ops import namespace
from .ops import statistics as _statistics
from .ops import windows as _windows

globals().update(namespace("nn"))
experimental = SimpleNamespace(**namespace("nn.experimental"))
