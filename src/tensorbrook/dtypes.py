"""tf.dtypes: the types of tensors' elements."""

from .base import dtypes as _dtypes
from .base.dtypes import DType, as_dtype
from .ops import namespace

globals().update({n: v for n, v in vars(_dtypes).items() if isinstance(v, DType)})
globals().update(namespace("dtypes"), cast=namespace("")["cast"])
bool = _dtypes.bool_
