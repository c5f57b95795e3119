"""Convolutions as contractions over the input as it lies: see contract.py."""

from itertools import product
from math import gcd, prod

from ...base.dims import same_shape, typical
from ..boxes import Box, Boxes
from ..contract import Contraction
from ..emit import even
from ..halves import computed
from ..lower import KernelUnit, Step, native_rule
from ..views import Buffer, View, contiguous
from ..winograd import POSITIONS, STEP, Transformed, Winograd, WinogradFilter, blocks
from .join import among
from .matmul import contracted

_IMAGES = 4  # a share of the filter gradient is of at least so many images
_MOST_SHARES = 32
_WORTH_PARTS = 1 << 22  # multiplications from which zeros between elements are worth avoiding
_WINOGRAD = 16  # channels and filters from which on Winograd's algorithm pays
_MOST_MORE = 1.35  # as many results, where an odd number of rows or columns is made even
_MOST_TAPS = 25  # of filters for single channels that become one fused operation each


def padded(lowering, x, low, high, steps=None):
    """x (batch, *space, channels) among zeros, its elements `steps` apart along space."""
    space = x.shape[1:-1]
    steps = (1, *(steps or (1,) * len(space)), 1)
    sizes = [lo + (d - 1) * s + 1 + hi for lo, d, s, hi in zip(low, space, steps[1:], high)]
    shape = (x.shape[0], *sizes, x.shape[-1])
    if same_shape(shape, x.shape):
        return lowering.dense(x)
    return among(lowering, x, shape, (0, *low, 0), x.dtype.type(0), steps)


def _falls_back(views):
    return computed(views[0].dtype).kind != "f" or any(not prod(v.shape) for v in views)


@native_rule("conv_general")
def conv_general(lowering, node, views):
    """Rows are the outputs' places, k the filter's taps and channels, n the filters."""
    attrs, (x, w) = node.attrs, map(lowering.wide, views)
    if _falls_back(views):
        return None
    room = (*zip(*attrs["padding"]), None)
    steps = attrs["strides"], attrs["dilations"]
    return correlate(lowering, x, lowering.dense(w), node.outputs[0], room, *steps, attrs["groups"])


def correlate(lowering, x, w, out, room, strides, dilations, groups):
    """out[b, o, f] = sum over t, c of x[b, o * stride + t * dilation, c] w[t, c, f].

    Args:
      room: how x is to be `padded` first.
    """
    plan = _winograd_plan(x.dtype, out.shape[1:-1], w.shape, strides, dilations, groups)
    if plan:
        return [_winograd(lowering, x, w, out, room, *plan)]
    x, depth, filters = padded(lowering, x, *room), *w.shape[-2:]
    each = filters // groups
    if depth == 1 and groups > 1 and prod(w.shape[:-2]) <= _MOST_TAPS:
        return [lowering.cast(_depthwise(lowering, x, w, out, strides, dilations), out.dtype)]
    of_x, of_out = contiguous(x.shape), contiguous(out.shape)
    of_w = contiguous(w.shape)
    batch = [(out.shape[0], of_x[0], 0, of_out[0]), (groups, depth, each, each)]
    m = [
        (d, s * sx, 0, so)
        for d, s, sx, so in zip(out.shape[1:-1], strides, of_x[1:-1], of_out[1:-1])
    ]
    k = [(t, d * sx, sw, 0) for t, d, sx, sw in zip(w.shape[:-2], dilations, of_x[1:-1], of_w)]
    k.append((depth, 1, filters, 0))
    kernel = Contraction(x.dtype, batch, m, k, each, result=out.dtype)
    return lowering.kernel(kernel, [x, w], [(out.shape, out.dtype)])


def _winograd_plan(dtype, space, window, strides, dilations, groups):
    """(the results' sizes, made even, the tiles of a block) where Winograd's algorithm pays
    (winograd.py), or None."""
    *taps, channels, filters = window
    if taps != [3, 3] or max(groups, *strides, *dilations) > 1 or dtype.itemsize != 4:
        return None
    if min(channels, filters) < _WINOGRAD or any(d.__class__ is not int for d in space):
        return None
    wider = tuple(d + d % STEP for d in space)
    block = blocks(wider, channels, filters, dtype.itemsize)
    return (wider, block) if block and prod(wider) <= _MOST_MORE * prod(space) else None


def _with_more(room, space, more_space):
    """How what a convolution reads is padded for a result with more rows and columns."""
    low, high, *steps = room
    return low, [h + more - d for h, more, d in zip(high, more_space, space)], *steps


def _winograd(lowering, x, w, out, room, wider, block):
    sizes, spec = w.shape[2:], ((POSITIONS, *w.shape[2:]), w.dtype)
    (w,) = lowering.kernel(Transformed(w.dtype, prod(sizes)), [w], [spec])
    x = padded(lowering, x, *_with_more(room, out.shape[1:-1], wider))
    shape = (out.shape[0], *wider, sizes[1])
    of_x, of_out = contiguous(x.shape)[:3], contiguous(shape)[:3]
    kernel = Winograd(x.dtype, x.shape[0], of_x, of_out, wider, *sizes, block, out.dtype)
    (found,) = lowering.kernel(kernel, [x, w], [(shape, out.dtype)])
    return found.slice((slice(None), *map(slice, out.shape[1:-1]), slice(None)))


def _taps(x, window, space, strides, dilations, each):
    """For each tap, in order, the elements there as (batch, *space, channels, each)."""
    for tap in product(*map(range, window)):
        key = [slice(None)]
        for t, o, s, d in zip(tap, space, strides, dilations):
            key.append(slice(t * d, t * d + (o - 1) * s + 1, s))
        view = x.slice((*key, slice(None), None))
        yield view.broadcast((*view.shape[:-1], each))


def _depthwise(lowering, x, w, out, strides, dilations):
    """A channel's own filters: elementwise, with as many channels at once as a vector holds."""
    channels, window, total = x.shape[-1], w.shape[:-2], None
    each = w.shape[-1] // channels
    filters = w.reshape((prod(window), channels, each))
    for number, tap in enumerate(_taps(x, window, out.shape[1:-1], strides, dilations, each)):
        product_ = lowering.op("multiply", [tap, filters.slice((number,))], tap.shape)
        total = product_ if total is None else lowering.op("add", [total, product_], tap.shape)
    return total.reshape(out.shape)


@native_rule("conv_input_gradient")
def conv_input_gradient(lowering, node, views):
    """A convolution of the cotangent, spread by the strides, with the filter turned around."""
    attrs, (g, w) = node.attrs, map(lowering.wide, views)
    if _falls_back(views):
        return None
    out, strides, dilations = node.outputs[0], attrs["strides"], attrs["dilations"]
    spatial, groups, rank = range(len(strides)), attrs["groups"], len(strides)
    window, each = w.shape[:-2], w.shape[-1] // groups
    turned = lowering.dense(w).reshape((*window, w.shape[-2], groups, each))
    turned = turned.transpose((*spatial, rank + 2, rank + 1, rank))
    if max(strides) > 1 and each > 1 and typical(g.buffer.size) * prod(w.shape[:-1]) > _WORTH_PARTS:
        return [_in_parts(lowering, g, turned, out, attrs)]
    reach = [(w.shape[a] - 1) * dilations[a] for a in spatial]
    low = [reach[a] - attrs["padding"][a][0] for a in spatial]
    spread = [(g.shape[a + 1] - 1) * strides[a] + 1 for a in spatial]
    high = [out.shape[a + 1] + reach[a] - low[a] - spread[a] for a in spatial]
    if min(*low, *high) < 0:
        return None
    turned = lowering.op("identity", [turned.reverse(tuple(spatial))], turned.shape)
    turned = turned.reshape((*window, each, out.shape[-1]))
    room = low, high, strides
    return correlate(lowering, g, turned, out, room, (1,) * rank, dilations, groups)


def _parts(size, window, stride, dilation, before):
    """What the places of each remainder by the stride are computed from, along one axis.

    Yields:
      (first place, places, first tap, taps, taps apart, the place in the cotangent that belongs to
      the first place and tap, how much before it that of the following tap is).
    """
    apart = stride // gcd(stride, dilation)
    for place in range(min(stride, size)):
        taps = [t for t in range(window) if (place + before - t * dilation) % stride == 0]
        first = taps[0] if taps else 0
        start = (place + before - first * dilation) // stride
        places = len(range(place, size, stride))
        yield place, places, first, len(taps), apart, start, apart * dilation // stride


def _in_parts(lowering, g, w, out, attrs):
    """A contraction for each combination of remainders, which has no zeros between to multiply."""
    strides, (groups, depth) = attrs["strides"], w.shape[-2:]
    each, rank = w.shape[-3], len(strides)
    axes = [
        list(_parts(out.shape[a + 1], w.shape[a], s, attrs["dilations"][a], attrs["padding"][a][0]))
        for a, s in enumerate(strides)
    ]
    low = [max(0, *((p[3] - 1) * p[6] - p[5] for p in axis if p[3])) for axis in axes]
    high = [
        max(0, *(p[5] + p[1] - size for p in axis if p[3])) for axis, size in zip(axes, g.shape[1:])
    ]
    g = padded(lowering, g, low, high)
    w = lowering.op("identity", [w], w.shape)
    of_g, of_w, of_out = contiguous(g.shape), w.strides, contiguous(out.shape)
    buffer, makers = Buffer(out.shape, out.dtype), []
    for part in product(*axes):
        place, places, first, taps, apart, start, back = zip(*part)
        target = buffer.view().slice(
            (slice(None), *map(slice, place, [None] * rank, strides), slice(None))
        )
        reads, kernel = [], Boxes(out.dtype, 0, [_zeros_of(target)])
        if min(taps):
            at = sum((lo + s) * by for lo, s, by in zip(low, start, of_g[1:]))
            reads.append(View(g.buffer, g.shape, g.strides, g.offset + at))
            at = sum(t * by for t, by in zip(first, of_w))
            reads.append(View(w.buffer, w.shape, w.strides, w.offset + at))
            batch = [(g.shape[0], of_g[0], 0, of_out[0]), (groups, each, depth, depth)]
            m = list(zip(places, of_g[1:-1], (0,) * rank, target.strides[1:-1]))
            k = [
                (n, -b * by, t * tap, 0)
                for n, b, by, t, tap in zip(taps, back, of_g[1:], apart, of_w)
            ]
            k.append((each, 1, out.shape[-1], 0))
            kernel = Contraction(g.dtype, batch, m, k, depth, result=out.dtype)
        makers.append(Step(kernel, reads, [target], lowering.node, lowering.inputs))
    return _made_by(lowering, makers, buffer)


def _zeros_of(view):
    return Box(None, [(n, 0, s) for n, s in zip(view.shape, view.strides)])


def _made_by(lowering, steps, buffer):
    """The view of a buffer of which each step writes a part."""
    units = [lowering.fusion.unit(KernelUnit, step) for step in steps]
    buffer.group, buffer.stored = lowering.fusion.unit(), True
    for unit in units:
        lowering.fusion.waits(unit, unit.step.reads)
        buffer.group.deps |= unit.deps | 1 << unit.number
    return buffer.view()


@native_rule("conv_filter_gradient")
def conv_filter_gradient(lowering, node, views):
    """Rows are taps and channels, k the images' places; shares of the images are added up."""
    attrs, (x, g) = node.attrs, map(lowering.wide, views)
    if _falls_back(views):
        return None
    out, groups = node.outputs[0], attrs["groups"]
    steps, room = (attrs["strides"], attrs["dilations"]), zip(*attrs["padding"])
    space = g.shape[1:-1]
    plan = _winograd_plan(x.dtype, space, out.shape, *steps, groups)
    if plan:
        wider, block = plan
        x = padded(lowering, x, *_with_more(room, space, wider))
        g = padded(lowering, g, *_with_more(((0, 0), (0, 0)), space, wider))
        return _winograd_filter_gradient(lowering, x, g, out, block)
    x = padded(lowering, x, *room)
    g = lowering.turned.get(("inner", *g.key())) or lowering.dense(g)
    if out.shape[-2] == 1 and groups > 1 and prod(out.shape[:-2]) <= _MOST_TAPS:
        return _depthwise_filter_gradient(lowering, x, g, out, attrs)
    of_x, of_g = contiguous(x.shape), g.strides
    of_out, (depth, filters) = contiguous(out.shape), out.shape[-2:]
    each = filters // groups
    m = [
        (t, d * sx, 0, so)
        for t, d, sx, so in zip(out.shape[:-2], attrs["dilations"], of_x[1:-1], of_out)
    ]
    m.append((depth, 1, 0, filters))
    k = [
        (d, s * sx, sg, 0)
        for d, s, sx, sg in zip(g.shape[1:-1], attrs["strides"], of_x[1:-1], of_g[1:-1])
    ]
    images = x.shape[0]
    shares = even(typical(images), max(1, min(_MOST_SHARES, typical(images) // _IMAGES)))
    k = [(images, of_x[0], of_g[0], 0), *k]
    batch = [(groups, depth, each, each)]
    kernel = Contraction(x.dtype, batch, m, k, each, shares, out.dtype)
    return contracted(lowering, kernel, [x, g], out.shape, out.dtype)


def _winograd_filter_gradient(lowering, x, g, out, block):
    """Shares of the images are added up as Winograd's filters, then transformed back."""
    images, sizes, strides = x.shape[0], out.shape[2:], contiguous(x.shape)
    shares = max(1, min(_MOST_SHARES, typical(images) // _IMAGES))
    kernel = WinogradFilter(
        shares, x.dtype, images, strides[:3], g.strides[:3], g.shape[1:-1], *sizes, block, x.dtype
    )
    shape = (kernel.shares, POSITIONS, *sizes)
    (parts,) = lowering.kernel(kernel, [x, g], [(shape, x.dtype)])
    total = lowering.dense(lowering.reduce("sum", parts, (0,), shape[1:]))
    kernel = Transformed(x.dtype, prod(sizes), back=True)
    (found,) = lowering.kernel(kernel, [total], [(out.shape, x.dtype)])
    return [lowering.cast(found, out.dtype)]


def _depthwise_filter_gradient(lowering, x, g, out, attrs):
    """A sum for each tap, all of one pass over the images."""
    channels, window = x.shape[-1], out.shape[:-2]
    each = out.shape[-1] // channels
    steps = attrs["strides"], attrs["dilations"]
    g, parts = g.reshape((*g.shape[:-1], channels, each)), []
    for tap in _taps(x, window, g.shape[1:-2], *steps, each):
        both = lowering.op("multiply", [tap, g], g.shape)
        axes = tuple(range(len(g.shape) - 2))
        parts.append(lowering.reduce("sum", both, axes, (channels, each)))
    size = channels * each
    parts = [lowering.dense(lowering.cast(part, out.dtype)) for part in parts]
    boxes = [Box(i, [(size, 1, 1)], i * size) for i in range(len(parts))]
    return lowering.kernel(Boxes(out.dtype, len(parts), boxes), parts, [(out.shape, out.dtype)])
