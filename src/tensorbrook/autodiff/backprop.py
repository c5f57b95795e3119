"""The one backward walk: from cotangents of results to cotangents of sources."""

from ..base.dims import same
from ..base.shapes import differs
from ..core.composite import CompositeTensor
from ..core.dispatch import apply, tensor_of
from ..core.op import OPS
from ..core.tensor import Tensor, convert_to_tensor, wrap
from ..ops.elementwise import add
from ..ops.shape import filled, unbroadcast


def ones_like(tensor):
    """A constant of ones with a tensor's shape and dtype."""
    if not tensor._shape:
        return wrap(tensor._dtype.type(1))
    return filled(tensor._shape, 1, tensor._dtype)


def zeros_like(tensor):
    """A constant of zeros with a tensor's shape and dtype."""
    return filled(tensor._shape, 0, tensor._dtype)


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


def added(a, b):
    """The sum of two cotangents of one tensor."""
    if isinstance(a, CompositeTensor) and type(a) is type(b):
        return b._plus(a)  # what ran first comes first
    return add(a, b)


def _for_rules(op, g):
    """A composite cotangent as the rules of a primitive take it."""
    keeps = op.gradients and all(getattr(r, "keeps_composites", False) for r in op.gradients)
    return g if keeps else convert_to_tensor(g)


def backprop(records, cotangents, sources, reach=None):
    """Walks the records backwards.

    A complex cotangent is the conjugate here of what TensorFlow calls the gradient: so the rules of
    holomorphic functions are the same for real and for complex numbers.

    Args:
      records: (op, inputs, outputs, attrs) in the order they ran.
      cotangents: dict from ids of results to their cotangents; changed in place.
      sources: ids of the tensors whose cotangents are wanted.
      reach: `reachable(records, sources)`, where the caller knows it.

    Returns:
      `cotangents`, now with those of the sources that the results depend on.
    """
    if reach is None:
        reach = reachable(records, sources)
    for op, inputs, outputs, attrs in reversed(records):
        if len(outputs) > 1:
            if any(id(y) in cotangents for y in outputs):
                given = [cotangents.get(id(y)) for y in outputs]
                g = tuple(
                    [zeros_like(y) if v is None else tensor_of(v) for v, y in zip(given, outputs)]
                )
                _general(op, g, outputs, inputs, attrs, reach, cotangents)
            continue
        y = outputs[0]
        g = cotangents.get(id(y))
        if g is None:
            continue
        if g.__class__ is not Tensor and isinstance(g, CompositeTensor):
            g = _for_rules(op, g)
        rules = op.gradients
        if rules is None:
            _general(op, g, y, inputs, attrs, reach, cotangents)
            continue
        for x, rule in zip(inputs, rules):
            if rule is not None and id(x) in reach:
                grad = rule(g, y, *inputs, **attrs)
                if grad is not None:
                    if op.broadcasts and differs(grad._shape, x._shape):
                        grad = _fit(op, grad, x)
                    key = id(x)
                    before = cotangents.get(key)
                    cotangents[key] = grad if before is None else added(before, grad)
    return cotangents


def _general(op, g, y, inputs, attrs, reach, cotangents):
    """Adds the cotangents of one primitive's inputs, all computed together by its `vjp`."""
    needs = [id(x) in reach for x in inputs]
    if True not in needs:
        return
    for x, grad, need in zip(inputs, op.vjp(g, y, inputs, attrs, needs), needs):
        if need and grad is not None:
            if op.broadcasts and differs(grad._shape, x._shape):
                grad = _fit(op, grad, x)
            before = cotangents.get(id(x))
            cotangents[id(x)] = grad if before is None else added(before, grad)


def _fit(op, grad, x):
    """The cotangent in its operand's own shape."""
    if not op.elementwise:  # of a matmul only the batch axes broadcast
        return unbroadcast(grad, x._shape)
    pairs = zip(grad._shape[::-1], x._shape[::-1])
    if len(grad._shape) < len(x._shape) or any(
        [a is not b and same(a, 1) and not same(b, 1) for a, b in pairs]
    ):
        grad = apply(OPS["broadcast_to"], (grad,), {"shape": tuple(x._shape)})
    return unbroadcast(grad, x._shape)
