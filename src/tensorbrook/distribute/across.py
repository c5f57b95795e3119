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
from .alone import Alone


def _reduce_kernel(*arrays, group, by):
    results = [np.array(a) for a in arrays] if group.size == 1 else group.all_reduce(arrays, by)
    return results[0] if len(results) == 1 else tuple(results)


def _reduce_infer(*specs, group, by):
    return specs[0] if len(specs) == 1 else specs


def _cotangents(g, y):
    """The results' cotangents as tensors."""
    pairs = zip(g, y) if isinstance(g, tuple | list) else [(g, y)]
    return [ops.zeros_like(r) if c is None else ops.convert_to_tensor(c) for c, r in pairs]


def _reduce_gradient(g, y, inputs, attrs, needs):
    if attrs["by"] not in ("SUM", "MEAN"):
        raise LookupError(
            f"[all_reduce] The {attrs['by']} over processes has no gradient; SUM and MEAN have one."
        )
    return all_reduce(attrs["group"], _cotangents(g, y), attrs["by"])


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


def _gather_kernel(*arrays, group, axis):
    if group.size == 1:
        results = [np.array(a) for a in arrays]
    else:
        results = [group.all_gather(a, axis) for a in arrays]
    return results[0] if len(results) == 1 else tuple(results)


def _gather_infer(*specs, group, axis):
    if group.size > 1:
        size = Dim.of_data()
        specs = tuple(Spec((*s.shape[:axis], size, *s.shape[axis + 1 :]), s.dtype) for s in specs)
    return specs[0] if len(specs) == 1 else specs


def _gather_gradient(g, y, inputs, attrs, needs):
    group, axis = attrs["group"], attrs["axis"]
    cotangents = _cotangents(g, y)
    if group.size == 1:
        return cotangents
    size = ops.shape(inputs[0])[axis]
    (sizes,) = all_gather(group, [ops.reshape(size, [1])], 0)
    first = ops.reduce_sum(sizes[: group.rank])
    rows, wanted = first + ops.range(size), [i for i, need in enumerate(needs) if need]
    totals = all_reduce(group, [cotangents[i] for i in wanted])
    found = dict(zip(wanted, totals))
    return [
        ops.gather(found[i], rows, axis=axis) if i in found else None for i in range(len(inputs))
    ]


_gather = Op(
    "all_gather",
    _gather_kernel,
    _gather_infer,
    _gather_gradient,
    samples=lambda rng: [
        ((rng.normal(size=(2, 3)),), {"group": Alone(), "axis": 1}),
        ((rng.normal(size=(2, 3)), rng.normal(size=2)), {"group": Alone(), "axis": 0}),
    ],
    doc="The tensors of the processes of a group, joined along an axis.",
    effect=True,
)


def all_gather(group, tensors, axis):
    """The tensors of all processes, joined along an axis in the order of the ranks.

    Args:
      group: the group.
      tensors: of as many elements along the axis as each other, in each process as many as it has.
      axis: the axis.
    """
    tensors = [convert_to_tensor(t) for t in tensors]
    if group.size == 1:
        return tensors
    axis = axis + len(tensors[0].shape) if axis < 0 else axis
    found = apply(_gather, tuple(tensors), {"group": group, "axis": axis})
    return list(found) if len(tensors) > 1 else [found]
