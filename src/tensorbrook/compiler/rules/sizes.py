"""Integers that follow from sizes: they are written when a program is told its sizes."""

import numpy as np

from ..emit import OpenSizes, index, scalar_type
from ..lower import native_rule
from ..views import Buffer


@native_rule("sizes")
def sizes(lowering, node, views):
    """A constant, once the sizes are known."""
    attrs = node.attrs
    return [Buffer(attrs["shape"], attrs["dtype"], ("size", attrs["dims"])).view()]


class Numbers(OpenSizes):
    """start, start + delta, ...; pointers: start, limit, delta, the result."""

    count, chunks = 4, 1

    def __init__(self, dtype, size):
        self.dtype, self.size, self.cost = dtype, size, 100
        self.open(size)
        self.key = f"numbers {dtype} {size}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        start, delta = (e.load(e.pointers[k], self.dtype) for k in (0, 2))
        kind = scalar_type(self.dtype)

        def one(i, _):
            number = i if kind.width == 64 else e.b.trunc(i, kind)
            value = e.b.add(start, e.b.mul(number, delta))
            e.store(value, e.offset(e.pointers[3], self.dtype, i), self.dtype)

        e.loop(index(0), e.index(self.size), 1, one, nonempty=False)


def numbers(lowering, dtype, size):
    """0, 1, ... of a dtype, `size` of them."""
    if size.__class__ is int:
        return lowering.constant(np.arange(size, dtype=dtype))
    zero, one = (lowering.scalar(n, dtype) for n in (0, 1))
    return lowering.kernel(Numbers(dtype, size), [zero, one, one], [((size,), dtype)])[0]


@native_rule("range")
def range_(lowering, node, views):
    """Integers a step apart, as many as the sizes say."""
    (out,) = node.outputs
    if out.dtype.kind != "i" or node.attrs["size"] is None:
        return None
    return lowering.kernel(Numbers(out.dtype, out.shape[0]), views, [(out.shape, out.dtype)])
