"""Checks of data: kernels that refuse what is wrong, so that NumPy's words are raised."""

from math import prod

from ...base.dims import typical
from ..emit import OpenSizes
from ..lower import native_rule


class CheckIndices(OpenSizes):
    """Copies integers, and refuses when one is outside [0, size)."""

    count, chunks = 2, 1

    def __init__(self, dtype, total, size):
        self.dtype, self.total, self.size = dtype, total, size
        self.open(total, size)
        self.cost = typical(total)
        self.key = f"check {dtype} {total} {size}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        source, target = e.pointers

        def one(i, _):
            value = e.load(e.offset(source, self.dtype, i), self.dtype)
            limit = e.size(self.dtype, self.size)
            e.refuse_if(e.b.icmp_unsigned(">=", value, limit))
            e.store(value, e.offset(target, self.dtype, i), self.dtype)

        e.loop(0, self.total, 1, one)


def checked_indices(lowering, view, size):
    """The view's integers, checked to lie in [0, size); None where that has no native code."""
    if (
        view.dtype.kind not in "iu"
        or not prod(view.shape)
        or size >= 2 ** (8 * view.dtype.itemsize - 1)
    ):
        return None
    kernel = CheckIndices(view.dtype, prod(view.shape), size)
    return lowering.kernel(kernel, [view], [(view.shape, view.dtype)])[0]


class CheckTrue:
    """Refuses when its first operand is False; the others are what the error shows."""

    chunks, cost = 1, 2

    def __init__(self, dtype, count):
        self.dtype, self.count = dtype, count
        self.key = f"check true {count}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        e.refuse_if(e.b.not_(e.load(e.pointers[0], self.dtype)))


@native_rule("assert")
def check_true(lowering, node, views):
    """One look at a truth value."""
    holds = views[0]
    if holds.dtype.kind != "b" or holds.shape:
        return None
    return lowering.kernel(CheckTrue(holds.dtype, len(views)), views, [])
