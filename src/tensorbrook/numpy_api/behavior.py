"""experimental_enable_numpy_behavior: NumPy's methods and promotion for all tensors."""

import functools
import math

import numpy as np

from .. import ops
from ..base.dtypes import as_dtype
from ..core.dispatch import PUBLIC, find_deferred
from ..core.tensor import Tensor
from ..core.variable import Variable
from ..ops.index import getitem
from ..ops.operators import attach
from .functions import reshape
from .rules import Behavior, asarray, together

_OPERATORS = [
    f"__{side}{name}__"
    for name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")
    for side in ("", "r")
] + ["__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"]


def _promoting(operator):
    """An operator whose operands are first given the dtype that they have together."""

    @functools.wraps(operator)
    def call(x, y):
        alike = isinstance(y, Tensor) and isinstance(x, Tensor) and x._dtype == y._dtype
        if not alike and y is not None and find_deferred((x, y)) is None:
            x, y = together(x, y)
        return operator(x, y)

    return call


def _reshape(self, *newshape, order="C"):
    nested = len(newshape) == 1 and not isinstance(newshape[0], int)
    return reshape(self, newshape[0] if nested else newshape, order)


def _transpose(self, *axes):
    nested = len(axes) == 1 and not isinstance(axes[0], int)
    return ops.transpose(self, (axes[0] if nested else axes) or None)


def _getitem(self, key):
    """As NumPy's arrays, with lists, arrays and tensors of places or truth values in the key."""
    read = key if isinstance(key, tuple) else (key,)
    read = [k.numpy() if isinstance(k, Tensor) and k.is_eager and k._shape else k for k in read]
    plain = not any(isinstance(k, (list, np.ndarray)) for k in read)
    if plain or not self.shape.is_fully_defined():
        return getitem(self, key)
    places = np.arange(math.prod(self.shape)).reshape(self.shape)[tuple(read)]
    return ops.gather(ops.reshape(self, [-1]), places)


_METHODS = {
    "T": property(ops.transpose, doc="The tensor with its axes in reverse order."),
    "data": property(lambda self: self, doc="The tensor itself."),
    "size": property(lambda self: PUBLIC["experimental.numpy.size"](self), doc="How many."),
    "astype": lambda self, dtype: asarray(self, as_dtype(dtype)),
    "clip": lambda self, a_min, a_max: PUBLIC["experimental.numpy.clip"](self, a_min, a_max),
    "flatten": lambda self, order="C": PUBLIC["experimental.numpy.flatten"](self, order),
    "max": lambda self, axis=None, keepdims=None: ops.reduce_max(self, axis, bool(keepdims)),
    "mean": lambda self, axis=None, dtype=None, out=None, keepdims=None: PUBLIC[
        "experimental.numpy.mean"
    ](self, axis, dtype, out, keepdims),
    "min": lambda self, axis=None, keepdims=None: ops.reduce_min(self, axis, bool(keepdims)),
    "ravel": lambda self: ops.reshape(self, [-1]),
    "reshape": _reshape,
    "tolist": lambda self: self.numpy().tolist(),
    "transpose": _transpose,
}


def experimental_enable_numpy_behavior(prefer_float32=False, dtype_conversion_mode="legacy"):
    """Gives all tensors NumPy's methods, and their operators NumPy's promotion of dtypes.

    Methods are `astype`, `reshape`, `ravel`, `flatten`, `transpose`, `clip`, `max`, `min`, `mean`,
    `tolist`, attributes `T`, `data`, `size`; indices may be lists and arrays. It holds for the
    process, and is not undone.

    Args:
      prefer_float32: make Python's floats float32 instead of float64.
      dtype_conversion_mode: "legacy" for NumPy's rules; "off" for methods alone, with operators as
        they were.

    Raises:
      NotImplementedError: the modes "all" and "safe".
    """
    if dtype_conversion_mode not in ("legacy", "all", "safe", "off"):
        raise ValueError(
            f"[experimental_enable_numpy_behavior] dtype_conversion_mode is 'legacy', 'all', "
            f"'safe' or 'off', got {dtype_conversion_mode!r}."
        )
    if dtype_conversion_mode in ("all", "safe"):
        raise NotImplementedError(
            f"[experimental_enable_numpy_behavior] dtype_conversion_mode={dtype_conversion_mode!r} "
            "is not built: use 'legacy', NumPy's own rules."
        )
    Behavior.prefer_float32 = bool(prefer_float32)
    for cls in (Tensor, Variable):
        attach(cls)
        if dtype_conversion_mode == "legacy":
            for name in _OPERATORS:
                setattr(cls, name, _promoting(getattr(cls, name)))
            cls.__matmul__ = lambda x, y: PUBLIC["experimental.numpy.matmul"](x, y)  # vectors too
            cls.__rmatmul__ = lambda x, y: PUBLIC["experimental.numpy.matmul"](y, x)
        for name, method in _METHODS.items():
            setattr(cls, name, method)
    Tensor.__getitem__ = _getitem
