"""The one backward walk: from cotangents of results to cotangents of sources."""

import numpy as np

from ..core.dispatch import apply
from ..core.op import OPS
from ..core.tensor import wrap
from ..ops.elementwise import add
from ..ops.shape import unbroadcast


def ones_like(tensor):
    """A constant of ones with a tensor's shape and dtype."""
    if not tensor._shape:
        return wrap(tensor._dtype.type(1))
    return wrap(np.ones(tensor._shape, tensor._dtype))


def zeros_like(tensor):
    """A constant of zeros with a tensor's shape and dtype."""
    return wrap(np.zeros(tensor._shape, tensor._dtype))


def reachable(records, sources):
    """The ids of `sources` and of all recorded results that depend on them."""
    reach = set(sources)
    for _, inputs, outputs, _ in records:
        for x in inputs:
            if id(x) in reach:
                for y in outputs:
                    reach.add(id(y))
                break
    return reach


def backprop(records, cotangents, sources):
    """Walks the records backwards.

    Args:
      records: (op, inputs, outputs, attrs) in the order they ran.
      cotangents: dict from ids of results to their cotangents; changed in place.
      sources: ids of the tensors whose cotangents are wanted.

    Returns:
      `cotangents`, now with those of the sources that the results depend on.
    """
    reach = reachable(records, sources)
    for op, inputs, outputs, attrs in reversed(records):
        if len(outputs) == 1:
            g = cotangents.get(id(outputs[0]))
            if g is None:
                continue
        elif not any(id(y) in cotangents for y in outputs):
            continue
        needs = [id(x) in reach for x in inputs]
        if True not in needs:
            continue
        if len(outputs) == 1:
            grads = op.vjp(g, outputs[0], inputs, attrs, needs)
        else:
            g = tuple(cotangents[id(y)] if id(y) in cotangents else zeros_like(y) for y in outputs)
            grads = op.vjp(g, outputs, inputs, attrs, needs)
        for x, grad, need in zip(inputs, grads, needs):
            if grad is None or not need:
                continue
            if op.broadcasts and grad._shape != x._shape:
                grad = _fit(op, grad, x)
            key = id(x)
            before = cotangents.get(key)
            cotangents[key] = grad if before is None else add(before, grad)
    return cotangents


def _fit(op, grad, x):
    """The cotangent in its operand's own shape."""
    if op.name == "matmul":  # only its batch axes broadcast
        return unbroadcast(grad, x._shape)
    if len(grad._shape) < len(x._shape) or any(
        a == 1 and b != 1 for a, b in zip(grad._shape[::-1], x._shape[::-1])
    ):
        grad = apply(OPS["broadcast_to"], (grad,), {"shape": tuple(x._shape)})
    return unbroadcast(grad, x._shape)
