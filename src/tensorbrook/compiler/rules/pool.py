"""Pooling as elementwise operations over strided views.

Gradients gather instead of scattering: with strides s and windows of k, element s q + r of an axis
is seen by the windows q - j at their taps r + s j, so each r is a sum over j of shifted views.
"""

from itertools import groupby, product
from math import prod

import numpy as np

from ...base.dims import same_shape
from ..boxes import Box, Boxes
from ..halves import computed
from ..lower import native_rule
from ..views import contiguous
from .conv import padded
from .join import fill, surrounded


def _taps(x, window, strides, space, turned=False):
    """For each tap of the window, in order, the view of the elements there.

    Args:
      turned: the taps come from a window with its axes in reverse order.
    """
    for tap in product(*map(range, window)):
        tap = tap[::-1] if turned else tap
        along = zip(tap, space, strides)
        key = [slice(t, t + (o - 1) * s + 1, s) for t, o, s in along]
        yield x.slice((slice(None), *key, slice(None)))


def surround(lowering, x, low, high, value):
    """x (batch, *space, channels) with a number around its space."""
    low, high = (0, *low, 0), (0, *high, 0)
    shape = tuple(a + d + b for a, d, b in zip(low, x.shape, high))
    if same_shape(shape, x.shape):
        return x
    key = x.key(), low, shape, value
    if key not in lowering.turned:  # a maximum and its gradient see the same
        strides = contiguous(shape)
        boxes, to = surrounded(shape, strides, low, x.shape, x.dtype.type(value))
        boxes.append(Box(0, zip(x.shape, x.strides, strides), to))
        kernel = Boxes(x.dtype, 1, boxes)
        lowering.turned[key] = lowering.kernel(kernel, [x], [(shape, x.dtype)])[0]
    return lowering.turned[key]


def _lowest(dtype):
    return -np.inf if computed(dtype).kind == "f" else np.iinfo(dtype).min


def _source(lowering, x, attrs):
    """x as the windows see it, for a maximum."""
    return surround(lowering, x, *zip(*attrs["padding"]), _lowest(x.dtype))


@native_rule("max_pool")
def max_pool(lowering, node, views):
    """The largest of the taps."""
    out, attrs = node.outputs[0], node.attrs
    if not prod(out.shape) or not prod(views[0].shape):
        return None
    x = _source(lowering, views[0], attrs)
    best = _windows(lowering, "maximum", x, attrs, out.shape)
    return [best if best.buffer.place is None else lowering.op("identity", [best], out.shape)]


@native_rule("window_sum", wide=True)
def window_sum(lowering, node, views):
    """The sum of the taps, among zeros where the window hangs over."""
    attrs, out = node.attrs, node.outputs[0]
    if not prod(out.shape) or not prod(views[0].shape):
        return None
    x = padded(lowering, views[0], *zip(*attrs["padding"]))
    total = _windows(lowering, "add", x, attrs, out.shape)
    return [lowering.op("identity", [total], out.shape)]


def _windows(lowering, name, x, attrs, shape):
    """An operation over all taps, one axis after the other, as the NumPy kernels have it."""
    taps = iter(_taps(x, attrs["window"][::-1], attrs["strides"], shape[1:-1], turned=True))

    def along(sizes):
        if not sizes:
            return next(taps)
        total = along(sizes[1:])
        for _ in range(sizes[0] - 1):
            total = lowering.op(name, [total, along(sizes[1:])], shape)
        return total

    return along(attrs["window"][::-1])


@native_rule("window_sum_gradient", wide=True)
def window_sum_gradient(lowering, node, views):
    """The sum of the cotangents of all windows that see an element."""
    attrs, (g,), out = node.attrs, views, node.outputs[0]
    if not prod(g.shape):
        return None

    def summed(seen, _=None):
        """One axis after the other, as the NumPy kernel."""
        if len(seen) == 1 and not seen[0][0]:
            return seen[0][1][0]
        parts = groupby(seen, key=lambda one: one[0][0])
        rest = [[(tap[1:], views) for tap, views in part] for _, part in parts]
        return _total(lowering, [summed(part) for part in rest])

    return [from_windows(lowering, attrs, [(g, 0)], out, summed)]


@native_rule("max_pool_gradient", wide=True)
def max_pool_gradient(lowering, node, views):
    """The cotangent at each window's first largest element."""
    attrs, (x, g), out = node.attrs, views, node.outputs[0]
    window = attrs["window"]
    if not prod(g.shape):
        return None
    if len(window) > 2:
        return [_shared_gradient(lowering, x, g, attrs, out)]
    chosen = _chosen_tap(lowering, x, attrs, g.shape)
    is_padded = any(low or high for low, high in attrs["padding"])
    if not is_padded and attrs["strides"] == window:
        return [_side_by_side(lowering, chosen, g, window, out)]

    def summed(seen, _):
        zero, shares = lowering.scalar(0, g.dtype), []
        for place, (tap, share) in seen:
            number = lowering.scalar(np.ravel_multi_index(place, window), chosen.dtype)
            hit = lowering.op("equal", [tap, number])
            shares.append(lowering.op("where", [hit, share, zero]))
        return _total(lowering, shares)

    return [from_windows(lowering, attrs, [(chosen, -1), (g, 0)], out, summed)]


@native_rule("max_pool_gather")
def max_pool_gather(lowering, node, views):
    """The element of another tensor where each window's first largest element is."""
    attrs, (x, h), out = node.attrs, views, node.outputs[0]
    if not prod(out.shape) or not prod(x.shape):
        return None
    h = surround(lowering, h, *zip(*attrs["padding"]), 0)
    picked = lowering.scalar(0, h.dtype)
    taps = _taps(h, attrs["window"], attrs["strides"], out.shape[1:-1])
    if len(attrs["window"]) > 2:
        x = _source(lowering, x, attrs)
        best = _windows(lowering, "maximum", x, attrs, out.shape)
        sources = _taps(x, attrs["window"], attrs["strides"], out.shape[1:-1])
        for source, tap in zip(sources, taps):
            hit = lowering.op("equal", [source, best])
            share = lowering.op("where", [hit, tap, lowering.scalar(0, h.dtype)])
            picked = lowering.op("add", [picked, share], out.shape)
        return [picked]
    chosen = _chosen_tap(lowering, x, attrs, out.shape)
    for number, tap in enumerate(taps):
        hit = lowering.op("equal", [chosen, lowering.scalar(number, chosen.dtype)])
        picked = lowering.op("where", [hit, tap, picked], out.shape)
    return [picked]


def _shared_gradient(lowering, x, g, attrs, out):
    """Over three axes: the cotangent of each window at all its largest elements."""
    best = _windows(lowering, "maximum", _source(lowering, x, attrs), attrs, g.shape)
    along = list(zip(attrs["strides"], attrs["padding"], x.shape[1:-1]))
    low = [before for _, (before, _), _ in along]
    high = [-(before + size) % stride for stride, (before, _), size in along]
    source = surround(lowering, x, low, high, _lowest(x.dtype))

    def summed(seen, rest):
        zero, shares = lowering.scalar(0, g.dtype), []
        key = [slice(r, None, stride) for r, (stride, _, _) in zip(rest, along)]
        mine = source.slice((slice(None), *key, slice(None)))
        for _, (largest, share) in seen:
            hit = lowering.op("equal", [mine, largest])
            shares.append(lowering.op("where", [hit, share, zero]))
        return _total(lowering, shares)

    return from_windows(lowering, attrs, [(best, 0), (g, 0)], out, summed)


def _total(lowering, views):
    """The sum, begun at 0 as the NumPy kernel's: that of zeros is never negative."""
    total = lowering.scalar(0, views[0].dtype)
    for view in views:
        total = lowering.op("add", [total, view])
    return total


def _chosen_tap(lowering, x, attrs, shape):
    """The number of the tap of each window's first largest element; -1 where there is a NaN."""
    few = np.dtype(np.int8 if prod(attrs["window"]) <= 127 else np.int32)
    none, best = lowering.scalar(-1, few), lowering.scalar(_lowest(x.dtype), x.dtype)
    chosen, sure = none, False
    taps = _taps(_source(lowering, x, attrs), attrs["window"], attrs["strides"], shape[1:-1])
    for number, tap in enumerate(taps):
        place = np.unravel_index(number, attrs["window"])
        inside = _inside(place, x.shape[1:-1], shape[1:-1], attrs)
        here = lowering.scalar(number, few)
        if chosen is none and inside.all():
            chosen, best, sure = here, tap, True
            continue
        # a later NaN wins over numbers, and then no tap equals it: as the NumPy kernel drops it
        better = lowering.op("greater", [tap, best], shape)
        if not sure:
            new = lowering.op("less", [chosen, lowering.scalar(0, few)], shape)
            better = lowering.op("logical_or", [better, new], shape)
        if not inside.all():
            better = lowering.op("logical_and", [better, lowering.constant(inside)], shape)
        sure = sure or inside.all()
        chosen = lowering.op("where", [better, here, chosen], shape, few)
        best = lowering.op("maximum", [best, tap], shape)
    if computed(x.dtype).kind == "f":
        known = lowering.op("equal", [best, best], shape)  # False at NaN
        chosen = lowering.op("where", [known, chosen, none], shape)
    return chosen.broadcast(shape)


def _inside(tap, sizes, space, attrs):
    """Which windows see an element at a tap, not padding; it broadcasts to the result."""
    inside = np.ones((1,) * (len(space) + 2), bool)
    along = zip(tap, sizes, space, attrs["strides"], attrs["padding"])
    for axis, (t, size, count, stride, (low, _)) in enumerate(along, start=1):
        at = np.arange(count) * stride + t - low
        shape = [-1 if i == axis else 1 for i in range(len(space) + 2)]
        inside = inside & ((at >= 0) & (at < size)).reshape(shape)
    return inside


def _side_by_side(lowering, chosen, g, window, out):
    """What windows that do not overlap give to their elements: each tap is another place."""
    space = g.shape[1:-1]
    spread, numbers, covered = [g.shape[0]], [1], [g.shape[0]]
    thin = [g.shape[0]]
    for size, width in zip(space, window):
        spread += [size, width]
        thin += [size, 1]
        numbers += [1, width]
        covered.append(size * width)
    spread, thin, numbers = (*spread, g.shape[-1]), (*thin, g.shape[-1]), (*numbers, 1)
    places = lowering.constant(np.arange(prod(window), dtype=chosen.dtype).reshape(numbers))
    hit = lowering.op("equal", [lowering.dense(chosen).reshape(thin), places], spread)
    zero, g = lowering.scalar(0, g.dtype), lowering.dense(g)
    result = lowering.op("where", [hit, g.reshape(thin), zero], spread)
    result = result.reshape((*covered, g.shape[-1]))
    high = [d - c for d, c in zip(out.shape[1:-1], covered[1:])]
    return padded(lowering, result, [0] * len(high), high)


def from_windows(lowering, attrs, sources, out, combine):
    """A value for each element of the input from all the windows that see it.

    Args:
      sources: (view with an element for each window, what stands for windows that are not there).
      combine: gets [(a tap, the views of what is seen at it)] and the r of each axis, makes one
        view of them.
    """
    axes = []  # of space: (window, stride, padding before, size, how far back, how many)
    before, after = [], []
    along = zip(attrs["window"], attrs["strides"], attrs["padding"], out.shape[1:-1])
    for (window, stride, (low, _), size), count in zip(along, sources[0][0].shape[1:-1]):
        back, many = -(-window // stride) - 1, -(-(low + size) // stride)
        axes.append((window, stride, low, size, back, many))
        before.append(back)
        after.append(max(0, many - count))
    sources = [surround(lowering, view, before, after, fill_) for view, fill_ in sources]
    strides, boxes, reads = contiguous(out.shape), [], []
    for rest in product(*[range(axis[1]) for axis in axes]):
        kept, moved, to = [slice(None)], [], 0
        for r, (_, stride, low, size, _, _), along_out in zip(rest, axes, strides[1:]):
            first = max(0, -(-(low - r) // stride))
            last = -(-(low + size - r) // stride)
            kept.append(slice(first, max(first, last)))
            moved.append(stride * along_out)
            to += (stride * first + r - low) * along_out
        shape = (out.shape[0], *[k.stop - k.start for k in kept[1:]], out.shape[-1])
        target = (strides[0], *moved, strides[-1])
        seen = list(_seen(axes, rest, sources))
        if not seen:
            boxes.append(fill(shape, target, to, out.dtype.type(0)))
            continue
        part = combine(seen, rest).slice((*kept, slice(None)))
        if part.shape == out.shape and target == strides:
            return lowering.op("identity", [part]) if part.buffer.place is not None else part
        boxes.append(Box(len(reads), zip(shape, part.strides, target), to))
        reads.append(part)
    kernel = Boxes(out.dtype, len(reads), boxes)
    return lowering.kernel(kernel, reads, [(out.shape, out.dtype)])[0]


def _seen(axes, rest, sources):
    """(a tap, views of the sources) of the windows that see elements s q + rest."""
    choices = []
    for r, (size, stride, _, _, back, many) in zip(rest, axes):
        found = []
        for j in range(back + 1):
            if r + stride * j < size:
                found.append((r + stride * j, slice(back - j, back - j + many)))
        choices.append(found)
    for chosen in product(*choices):
        key = (slice(None), *[part for _, part in chosen], slice(None))
        yield tuple(tap for tap, _ in chosen), [view.slice(key) for view in sources]
