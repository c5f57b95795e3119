"""Products onto what they are added to: the sums of `a @ b + c` begin at c, in one pass.

c has the product's shape, or is one row for all rows of it (a bias).
"""

from collections import Counter

from ..base.dims import same, same_shape
from .contract import Contraction
from .loops import LoopKernel


def summed_onto(steps, kept):
    """The steps, where a contraction and the addition right behind it are one.

    Args:
      kept: buffers of results, which have to be there in the end.
    """
    found, reads = [], Counter(v.buffer for step in steps for v in step.reads)
    for step in steps:
        before = found[-1] if found else None
        if getattr(before, "kernel", None).__class__ is Contraction:
            made = before.writes[0].buffer
            if reads[made] == 1 and made not in kept and _join(before, step):
                found.pop()
        found.append(step)
    return found


def _join(product, addition):
    """Makes the addition one step with the product before it; False where that cannot be."""
    kernel, sum_of = product.kernel, addition.kernel
    if sum_of.__class__ is not LoopKernel or kernel.shares > 1 or kernel.result != kernel.dtype:
        return False
    dtype, (target, *others) = kernel.dtype, addition.writes
    if others or sum_of.code not in _additions(dtype) or target.buffer.window is not None:
        return False
    ((_, _, stored),) = sum_of.stores
    (made,) = product.writes
    at = next((k for k, v in enumerate(addition.reads) if v.buffer is made.buffer), None)
    if at is None or not addition.reads[at].is_whole() or not target.is_whole():
        return False
    other, (of_other, strides) = addition.reads[1 - at], sum_of.loads[1 - at]
    if made.buffer.place is not None or not same_shape(sum_of.loads[at][1], stored):
        return False
    if of_other != dtype or other.buffer is made.buffer:
        return False
    if same_shape(strides, stored):
        onto = "all"
    elif len(strides) == 2 and same_shape(strides, (0, 1)) and same(sum_of.sizes[1], kernel.n):
        onto = "row"
    else:
        return False
    addition.kernel, addition.reads = kernel.beginning(onto), [*product.reads, other]
    addition.node, addition.inputs = product.node, product.inputs
    return True


def _additions(dtype):
    loads = [("load", 0), ("load", 1)]
    return [[*loads, ("op", "add", dtype, {}, pair)] for pair in ((0, 1), (1, 0))]
