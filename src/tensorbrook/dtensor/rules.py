"""How results of primitives are divided over a mesh, told by how their operands are.

A rule takes the operands' `Part`s, the attrs and the results' shapes, and returns for each result
the dimension of the mesh along which each axis is divided, None for an axis that is whole.
"""

from typing import NamedTuple

from ..base.errors import UnknownError
from ..ops.index import slice_key

RULES = {}


class Part(NamedTuple):
    """An operand: its shape, and for each axis a dimension of the mesh or None."""

    shape: tuple
    axes: tuple


def rule(*names):
    """Enters a function as the rule of some primitives: (shape of the result, *parts, **attrs)."""

    def enter(function):
        RULES.update(dict.fromkeys(names, function))
        return function

    return enter


def axes_of(op, parts, attrs, shapes):
    """For each result of a primitive its axes; whole where no rule says more."""
    divides = op.name == "lay_out" and attrs["sharding"] is not None
    if not divides and all(axis is None for part in parts for axis in part.axes):
        return [(None,) * len(shape) for shape in shapes]
    found = RULES.get(op.name)
    if found is None and op.elementwise:
        found = _element_by_element
    if found is None and op.reduces:
        found = _reduced
    if found is None:
        return [(None,) * len(shape) for shape in shapes]
    return [_once(found(shape, *parts, **attrs)) for shape in shapes]


def _once(axes):
    """The same, but axes that claim one dimension of the mesh are all whole."""
    axes = tuple(axes)
    return tuple([None if axis is None or axes.count(axis) > 1 else axis for axis in axes])


def _element_by_element(out, *parts, **attrs):
    return _merged(out, parts)


def _merged(shape, parts):
    """The axes that operands of broadcast shapes agree on."""
    found = []
    for i in range(1, len(shape) + 1):
        claims = {
            part.axes[-i] for part in parts if i <= len(part.axes) and part.shape[-i] == shape[-i]
        } - {None}
        found.append(claims.pop() if len(claims) == 1 else None)
    return found[::-1]


@rule("identity", "stop_gradient", "softmax", "log_softmax", "reverse", "real", "imag", "conj")
def _same(out, x, **attrs):
    return x.axes


@rule("cumsum", "cumprod", "cumulative_logsumexp", "argsort")
def _along(out, x, axis=-1, **attrs):
    return [None if i == axis % len(out) else a for i, a in enumerate(x.axes)]


@rule("lay_out")
def _laid_out(out, x, sharding):
    return x.axes if sharding is None else sharding.axes


def _reduced(out, x, axis, keepdims=False, **attrs):
    axis = {axis} if isinstance(axis, int) else set(axis)
    axis = {a % len(x.axes) for a in axis}
    if keepdims:
        return [None if i in axis else a for i, a in enumerate(x.axes)]
    return [a for i, a in enumerate(x.axes) if i not in axis]


rule("argmax", "argmin")(_reduced)


@rule("softmax_cross_entropy", "sparse_softmax_cross_entropy")
def _rows(out, logits, labels, **attrs):
    return _merged((*out, 0), [Part((*logits.shape[:-1], 0), logits.axes)])[:-1]


@rule("matmul")
def _matmul(out, x, y, transpose_a=False, transpose_b=False, **attrs):
    rows, inner = x.axes[-2:][::-1] if transpose_a else x.axes[-2:]
    other, columns = y.axes[-2:][::-1] if transpose_b else y.axes[-2:]
    if inner is not None and other is not None and inner != other:
        raise UnknownError(
            f"Contracting dimension for matmul has sharding dimension {inner} for the left input "
            f"and {other} for the right input which are not equal: relayout one of them."
        )
    outer = _merged(out[:-2], [Part(p.shape[:-2], p.axes[:-2]) for p in (x, y)])
    return [*outer, rows, columns]


@rule("transpose")
def _transpose(out, x, perm):
    return [x.axes[i] for i in perm]


@rule("reshape")
def _reshape(out, x, **attrs):
    """An axis stays divided where it begins a run of axes that hold the same elements."""
    found, i, j = [None] * len(out), 0, 0
    while i < len(x.shape) and j < len(out):
        first, target = i, j
        before, after = x.shape[i], out[j]
        i, j = i + 1, j + 1
        while before != after:
            if before < after and i < len(x.shape):
                before, i = before * x.shape[i], i + 1
            elif j < len(out):
                after, j = after * out[j], j + 1
            else:
                return found
        while first < i - 1 and x.shape[first] == 1:
            first += 1
        while target < j - 1 and out[target] == 1:
            target += 1
        found[target] = x.axes[first]
    return found


@rule("broadcast_to")
def _broadcast_to(out, x, **attrs):
    return _merged(out, [x])


@rule("concat")
def _concat(out, *parts, axis):
    merged = _merged(out, parts)
    return [None if i == axis % len(out) else a for i, a in enumerate(merged)]


@rule("strided_slice")
def _sliced(out, x, key):
    found, axis, rest = [], 0, list(slice_key(key))
    taken = sum(k is not None and k is not Ellipsis for k in rest)
    if Ellipsis not in rest:
        rest.append(Ellipsis)
    for k in rest:
        if k is None:
            found.append(None)
        elif k is Ellipsis:
            found += x.axes[axis : axis + len(x.axes) - taken]
            axis += len(x.axes) - taken
        else:
            if isinstance(k, slice):
                found.append(x.axes[axis] if k == slice(None) else None)
            axis += 1
    return found


@rule("gather")
def _gather(out, x, indices, axis=0, batch_dims=0):
    return [*x.axes[:axis], *indices.axes[batch_dims:], *x.axes[axis + 1 :]]


@rule("pad")
def _pad(out, x, paddings, **attrs):
    return [a if tuple(p) == (0, 0) else None for a, p in zip(x.axes, paddings)]


@rule("one_hot")
def _one_hot(out, x, **attrs):
    return [*x.axes, None][: len(out)]


@rule("conv_general")
def _convolution(out, x, filters, **attrs):
    return [x.axes[0], *[None] * (len(out) - 2), filters.axes[-1]]


@rule("max_pool", "window_sum")
def _pool(out, x, **attrs):
    return [x.axes[0], *[None] * (len(out) - 2), x.axes[-1]]
