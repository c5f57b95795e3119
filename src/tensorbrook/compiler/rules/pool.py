"""Pooling as elementwise operations over strided views.

Gradients of overlapping windows fall back to NumPy.
"""

from itertools import product
from math import prod

import numpy as np

from ..lower import native_rule
from .conv import padded


def _taps(x, window, strides, out_space):
    """For each place of the window the view of the elements there, in row-major order."""
    for tap in product(*map(range, window)):
        key = [slice(None)]
        key += [slice(t, t + (o - 1) * s + 1, s) for t, o, s in zip(tap, out_space, strides)]
        yield x.slice((*key, slice(None)))


def _is_padded(attrs):
    return any(low or high for low, high in attrs["padding"])


@native_rule("max_pool")
def max_pool(lowering, node, views):
    """The largest of the taps."""
    if _is_padded(node.attrs) or not prod(node.outputs[0].shape):
        return None
    out = node.outputs[0]
    taps = _taps(views[0], node.attrs["window"], node.attrs["strides"], out.shape[1:-1])
    best = next(taps)
    for tap in taps:
        best = lowering.op("maximum", [best, tap], out.shape)
    return [best if best.buffer.place is None else lowering.op("identity", [best], out.shape)]


@native_rule("window_sum")
def window_sum(lowering, node, views):
    """The sum of the taps, among zeros where the window hangs over."""
    attrs, out = node.attrs, node.outputs[0]
    if not prod(out.shape) or not prod(views[0].shape):
        return None
    x = padded(lowering, views[0], *zip(*attrs["padding"]))
    taps = _taps(x, attrs["window"], attrs["strides"], out.shape[1:-1])
    total = next(taps)
    for tap in taps:
        total = lowering.op("add", [total, tap], out.shape)
    return [lowering.op("identity", [total], out.shape)]


@native_rule("max_pool_gradient")
def max_pool_gradient(lowering, node, views):
    """The cotangent at each window's first largest element, for windows that do not overlap."""
    attrs, (x, g) = node.attrs, views
    window, out = attrs["window"], node.outputs[0]
    space = g.shape[1:-1]
    if _is_padded(attrs) or attrs["strides"] != window or len(window) > 2 or not prod(g.shape):
        return None
    if x.dtype.kind != "f":
        return None
    first, best = lowering.scalar(0, np.int32), None
    for number, tap in enumerate(_taps(x, window, window, space)):
        if best is None:
            best = tap
            continue
        # a later NaN wins over numbers, and then no tap equals it: as the NumPy kernel drops it
        better = lowering.op("greater", [tap, best], g.shape)
        first = lowering.op(
            "where", [better, lowering.scalar(number, np.int32), first], g.shape, np.dtype("int32")
        )
        best = lowering.op("maximum", [best, tap], g.shape)
    known = lowering.op("equal", [best, best], g.shape)  # False at NaN
    first = lowering.op("where", [known, first, lowering.scalar(-1, np.int32)], g.shape)
    spread, numbers, covered = [g.shape[0]], [1], [g.shape[0]]
    thin = [g.shape[0]]
    for size, width in zip(space, window):
        spread += [size, width]
        thin += [size, 1]
        numbers += [1, width]
        covered.append(size * width)
    spread, thin, numbers = (*spread, g.shape[-1]), (*thin, g.shape[-1]), (*numbers, 1)
    places = lowering.constant(np.arange(prod(window), dtype=np.int32).reshape(numbers))
    hit = lowering.op("equal", [first.reshape(thin), places], spread)
    zero, g = lowering.scalar(0, g.dtype), lowering.dense(g)
    result = lowering.op("where", [hit, g.reshape(thin), zero], spread)
    result = result.reshape((*covered, g.shape[-1]))
    high = [d - c for d, c in zip(out.shape[1:-1], covered[1:])]
    return [padded(lowering, result, [0] * len(high), high)]
