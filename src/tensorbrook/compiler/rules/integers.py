"""Arithmetic that needs a check or a choice before it can be fused; and bits read as other dtypes.

Divisors and exponents of integers that are constants are checked once, others by a kernel.
"""

from math import prod

import numpy as np

from ..boxes import Box, Boxes
from ..emit import Specialised, index
from ..halves import computed, is_half
from ..lower import native_rule
from ..scalar import castable
from ..target import fused_multiply_add
from . import matmul

_MOST_FACTORS = 64
_ALL = (slice(None),)


class CheckDivisors(Specialised):
    """Copies integers, and refuses when one is 0."""

    count, chunks = 2, 1

    def __init__(self, dtype, total):
        self.dtype, self.total, self.cost = dtype, total, total
        self.key = f"check divisors {dtype} {total}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        source, target = e.pointers

        def one(i, _):
            value = e.load(e.offset(source, self.dtype, i), self.dtype)
            e.refuse_if(e.b.icmp_unsigned("==", value, e.zero(value.type)))
            e.store(value, e.offset(target, self.dtype, i), self.dtype)

        e.loop(0, index(self.total), 1, one)


def constant_values(view):
    """The elements of a constant's buffer, or None for what is computed."""
    place = view.buffer.place
    return place[1] if place is not None and place[0] == "constant" else None


@native_rule("floordiv", "floormod", "truncatediv", "truncatemod")
def division(lowering, node, views):
    """Divisors of integers are checked; remainders of floats need fused multiply-add."""
    (x, y), out = views, node.outputs[0]
    if is_half(out.dtype) and node.op.name == "floordiv":  # of the quotient that a half can be
        return [lowering.op("floor", [lowering.op("realdiv", views, out.shape)])]
    if computed(out.dtype).kind == "f":
        return [lowering.op(node.op.name, views, out.shape)] if fused_multiply_add() else None
    known = constant_values(y)
    if known is not None:
        if not known.all():
            return None
    else:
        y = lowering.dense(y)
        (y,) = lowering.kernel(CheckDivisors(y.dtype, prod(y.shape)), [y], [(y.shape, y.dtype)])
    return [lowering.op(node.op.name, [x, y], out.shape)]


@native_rule("pow")
def integer_power(lowering, node, views):
    """Products, where the exponent is one small constant."""
    (x, y), out = views, node.outputs[0]
    known = constant_values(y)
    if computed(out.dtype).kind == "f":
        return [lowering.op("pow", views, out.shape)]
    if known is None or known.size != 1:
        return None
    exponent = int(known.reshape(-1)[0])
    if not 0 <= exponent <= _MOST_FACTORS:
        return None
    result, square = None, x
    while exponent:
        if exponent & 1:
            result = square if result is None else lowering.op("multiply", [result, square])
        exponent >>= 1
        if exponent:
            square = lowering.op("multiply", [square, square])
    if result is None:
        result = lowering.scalar(1, out.dtype)
    return [result.broadcast(out.shape)]


@native_rule("matmul")
def integer_matmul(lowering, node, views):
    """Products added up, as fused operations; those of floats are matmul.py's."""
    (a, b), out = views, node.outputs[0]
    if computed(out.dtype).kind == "f":
        return matmul.matmul(lowering, node, views)
    rank = len(out.shape)
    turned = (*range(rank - 2), rank - 1, rank - 2)
    a, b = (v.broadcast((1,) * (rank - len(v.shape)) + v.shape) for v in (a, b))
    a = a.transpose(turned) if node.attrs["transpose_a"] else a
    b = b.transpose(turned) if node.attrs["transpose_b"] else b
    depth = a.shape[-1]
    if not depth or out.dtype.kind == "b":
        return None
    whole = (*out.shape[:-1], depth, out.shape[-1])
    a = a.broadcast((*out.shape[:-1], depth)).reshape((*whole[:-1], 1))
    b = b.broadcast((*out.shape[:-2], *b.shape[-2:])).slice((Ellipsis, None, *_ALL, *_ALL))
    product = lowering.op("multiply", [a, b], whole)
    if depth == 1:
        return [product.reshape(out.shape)]
    return [lowering.reduce("sum", product, (rank - 1,), out.shape)]


@native_rule("cast")
def cast(lowering, node, views):
    """Conversions that LLVM defines as NumPy does on this machine."""
    (x,), out = views, node.outputs[0]
    if not castable(x.dtype, out.dtype):
        return None
    return [lowering.op("cast", [x], out.shape, out.dtype, {"dtype": out.dtype})]


@native_rule("bitcast")
def bitcast(lowering, node, views):
    """Elements as wide are read anew where they are used; others are copied byte by byte."""
    (x,), out = views, node.outputs[0]
    if "b" in (x.dtype.kind, out.dtype.kind):
        return None
    if x.dtype.itemsize == out.dtype.itemsize:
        return [lowering.op("bitcast", [x], out.shape, out.dtype, {"dtype": out.dtype})]
    size = prod(x.shape) * x.dtype.itemsize
    kernel = Boxes(np.dtype(np.uint8), 1, [Box(0, [(size, 1, 1)])])
    return lowering.kernel(kernel, [lowering.dense(x)], [(out.shape, out.dtype)])
