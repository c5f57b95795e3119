"""keras.ops.nn: what neural networks are made of."""

from ..declare import functions
from . import activations as _activations
from . import losses as _losses
from . import normalization as _normalization
from . import windows as _windows

globals().update(functions("ops.nn"))
