"""Python's operators on Tensor, Variable and Keras's symbolic tensors: one table for all."""

import numpy as np

from ..base.shapes import broadcast
from ..core.dispatch import find_override, tensor_of
from ..core.tensor import Tensor, wrap
from ..core.variable import Variable
from . import compare, elementwise
from .index import getitem
from .join import unstack
from .matmul import matmul


def _reflected(function):
    def operator(y, x):
        return function(x, y)

    return operator


def _logical(on_bool, on_int):
    def operator(x, y):
        kind = getattr(tensor_of(x) if find_override(x) is None else x, "_dtype", None)
        if kind is not None and kind.kind in "iu":
            return on_int(x, y)
        return on_bool(x, y)

    return operator


def _invert(x):
    kind = getattr(tensor_of(x) if find_override(x) is None else x, "_dtype", None)
    return compare.invert(x) if kind is not None and kind.kind in "iu" else compare.logical_not(x)


def _equality(function, otherwise):
    """== and !=: shapes that do not broadcast are simply unequal, and so is None."""

    def operator(x, y):
        if y is None:
            return otherwise
        if y.__class__ is not Tensor and find_override(y) is None:
            y = elementwise.pair("equal", x, y)[1] if find_override(x) is None else y
        known = hasattr(x, "_shape") and hasattr(y, "_shape") and x._dtype == y._dtype
        if known and broadcast(x._shape, y._shape) is None:
            return wrap_bool(otherwise)
        return function(x, y)

    return operator


def wrap_bool(value):
    """A boolean scalar tensor."""
    return wrap(np.bool_(value))


def _iterate(x):
    x = tensor_of(x)
    if not x._shape:
        raise TypeError("Cannot iterate over a scalar tensor: its shape is ().")
    return iter(unstack(x))


def _rounded(x, digits):
    if not digits:
        return elementwise.round_(x)
    return elementwise.round_(x * 10.0**digits) / 10.0**digits


_and = _logical(compare.logical_and, compare.bitwise_and)
_or = _logical(compare.logical_or, compare.bitwise_or)
_xor = _logical(compare.logical_xor, compare.bitwise_xor)
e = elementwise
OPERATORS = {
    "__add__": e.add,
    "__sub__": e.subtract,
    "__mul__": e.multiply,
    "__truediv__": e.divide,
    "__floordiv__": e.floordiv,
    "__mod__": e.floormod,
    "__pow__": e.power,
    "__matmul__": matmul,
    "__and__": _and,
    "__or__": _or,
    "__xor__": _xor,
}
OPERATORS.update({"__r" + name[2:]: _reflected(f) for name, f in list(OPERATORS.items())})
OPERATORS.update(
    __neg__=lambda x: e.negative(x),
    __pos__=lambda x: tensor_of(x),
    __abs__=lambda x: e.absolute(x),
    __invert__=_invert,
    __lt__=compare.less,
    __le__=compare.less_equal,
    __gt__=compare.greater,
    __ge__=compare.greater_equal,
    __eq__=_equality(compare.equal, False),
    __ne__=_equality(compare.not_equal, True),
    __getitem__=getitem,
    __iter__=_iterate,
    __round__=lambda x, digits=None: _rounded(x, digits or 0),
)


def attach(cls):
    """Gives a class all operators of the table."""
    for name, function in OPERATORS.items():
        setattr(cls, name, function)


attach(Tensor)
attach(Variable)
