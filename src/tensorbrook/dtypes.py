"""tf.dtypes: the types of tensors' elements."""

from types import SimpleNamespace as _SimpleNamespace

from .base import dtypes as _dtypes
from .base.dtypes import DType, as_dtype
from .ops import namespace

globals().update({n: v for n, v in vars(_dtypes).items() if isinstance(v, DType)})
globals().update(namespace("dtypes"), **{n: namespace("")[n] for n in ("cast", "saturate_cast")})
bool = _dtypes.bool_
_names = [name for name, _ in _dtypes._SMALL if name.startswith("float")]
experimental = _SimpleNamespace(**{name: as_dtype(name) for name in _names})
