"""keras.ops.numpy: NumPy's functions on tensors."""

from ..declare import functions
from . import elementwise as _elementwise

globals().update(functions("ops.numpy"))
