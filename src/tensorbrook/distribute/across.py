"""Collective operations as primitives: in graphs they run on the host, in the order of the trace.

All processes trace the same program, and so come to the same operations in the same order; where
they do not, the group says who is where.
"""

import numpy as np

from .. import ops
from ..base.dims import Dim
from ..core.dispatch import apply
from ..core.op import Op, Spec
from ..core.tensor import convert_to_tensor
from .collectives import Alone


def _reduce_kernel(*arrays, group, by):
    results = [np.array(a) for a in arrays] if group.size == 1 else group.all_reduce(arrays, by)
    return results[0] if len(results) == 1 else tuple(results)


def _reduce_infer(*specs, group, by):
    return specs[0] if len(specs) == 1 else specs


def _reduce_gradient(g, y, inputs, attrs, needs):
    if attrs["by"] not in ("SUM", "MEAN"):
        raise LookupError(
            f"[all_reduce] The {attrs['by']} over processes has no gradient; SUM and MEAN have one."
        )
    cotangents = list(g) if isinstance(g, tuple | list) else [g]
    cotangents = [
        ops.zeros_like(x) if c is None else ops.convert_to_tensor(c)
        for c, x in zip(cotangents, inputs)
    ]
    return all_reduce(attrs["group"], cotangents, attrs["by"])


_reduce = Op(
    "all_reduce",
    _reduce_kernel,
    _reduce_infer,
    _reduce_gradient,
    samples=lambda rng: [
        ((rng.normal(size=(2, 3)),), {"group": Alone(), "by": "SUM"}),
        ((rng.normal(size=3), rng.normal(size=())), {"group": Alone(), "by": "MEAN"}),
    ],
    doc="Sums, means, minima or maxima over the processes of a group.",
    effect=True,
)


def all_reduce(group, tensors, by="SUM"):
    """Tensors' sums over the processes of a group (`by`: SUM, MEAN, MIN or MAX).

    The gradient of a sum is the sum of all processes' gradients.
    """
    tensors = [convert_to_tensor(t) for t in tensors]
    if group.size == 1 or not tensors:
        return tensors
    found = apply(_reduce, tuple(tensors), {"group": group, "by": by})
    return list(found) if len(tensors) > 1 else [found]


def _gather_kernel(x, group, axis):
    return np.array(x) if group.size == 1 else group.all_gather(x, axis)


def _gather_infer(x, group, axis):
    if group.size == 1:
        return x
    return Spec((*x.shape[:axis], Dim.of_data(), *x.shape[axis + 1 :]), x.dtype)


def _gather_gradient(g, y, inputs, attrs, needs):
    (x,), group, axis = inputs, attrs["group"], attrs["axis"]
    if group.size == 1:
        return [g]
    (total,) = all_reduce(group, [g])
    size = ops.shape(x)[axis]
    sizes = all_gather(group, ops.reshape(size, [1]), 0)
    first = ops.reduce_sum(sizes[: group.rank])
    return [ops.gather(total, first + ops.range(size), axis=axis)]


_gather = Op(
    "all_gather",
    _gather_kernel,
    _gather_infer,
    _gather_gradient,
    samples=lambda rng: [((rng.normal(size=(2, 3)),), {"group": Alone(), "axis": 1})],
    doc="The tensors of the processes of a group, joined along an axis.",
    effect=True,
)


def all_gather(group, tensor, axis):
    """The tensors of all processes, joined along an axis in the order of the ranks."""
    tensor = convert_to_tensor(tensor)
    if group.size == 1:
        return tensor
    axis = axis + len(tensor.shape) if axis < 0 else axis
    return apply(_gather, (tensor,), {"group": group, "axis": axis})
