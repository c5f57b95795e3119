"""tf.experimental.numpy: NumPy's functions on tensors, with NumPy's dtypes."""

from types import SimpleNamespace

import numpy as np

from ..core.tensor import Tensor as ndarray
from ..numpy_api import functions as _functions
from ..numpy_api.behavior import (
    experimental_enable_numpy_behavior as experimental_enable_numpy_behavior,
)
from ..ops import namespace

globals().update(namespace("experimental.numpy"))
random = SimpleNamespace(**namespace("experimental.numpy.random"))
newaxis, e, pi, inf = None, np.e, np.pi, np.inf
_NAMES = """complex64 complex128 float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32
uint64 bool_ object_ inexact iinfo finfo issubdtype"""
for _name in _NAMES.split():
    globals()[_name] = getattr(np, _name)
float_, int_, complex_, string_, unicode_ = np.float64, np.int64, np.complex128, np.bytes_, np.str_
