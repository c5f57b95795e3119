"""Convolutions in groups of channels: contractions with the group as a batch axis.

Where each group is one channel (depthwise) nothing is contracted: they are fused products of the
filters' taps and strided views of the input, added up. One group alone is conv.py's.
"""

from itertools import product
from math import prod

from ..boxes import Box, Boxes
from ..contract import Contraction
from ..emit import even
from ..lower import native_rule
from ..views import contiguous
from . import conv
from .conv import padded
from .pool import from_windows

_IMAGES, _MOST_SHARES = 4, 16


def _with_groups(name, of_one):
    """Enters a rule of convolutions in groups beside conv.py's of one group."""

    def enter(function):
        def rule(lowering, node, views):
            attrs = node.attrs
            if attrs["groups"] == 1:
                return of_one(lowering, node, views)
            empty = any(not prod(v.shape) for v in (*views, node.outputs[0]))
            if views[0].dtype.kind != "f" or empty:
                return None
            return function(lowering, node, views)

        native_rule(name)(rule)
        return function

    return enter


def _taps(x, window, out_space, strides, dilations):
    """For each tap the view of the elements that the windows have there."""
    for tap in product(*map(range, window)):
        key = [slice(None)]
        for t, o, s, d in zip(tap, out_space, strides, dilations):
            key.append(slice(t * d, t * d + (o - 1) * s + 1, s))
        yield tap, x.slice((*key, slice(None)))


def _total(lowering, views):
    total = None
    for view in views:
        total = view if total is None else lowering.op("add", [total, view])
    return total


@_with_groups("conv_general", conv.conv_general)
def forward(lowering, node, views):
    """Each group's channels with its own filters."""
    attrs, (x, w), out = node.attrs, views, node.outputs[0]
    x = padded(lowering, x, *zip(*attrs["padding"]))
    if w.shape[-2] == 1:
        return [_depthwise(lowering, x, w, out, attrs["strides"], attrs["dilations"])]
    w = lowering.dense(w)
    kernel = _correlation(x, w, out, attrs["strides"], attrs["dilations"], attrs["groups"])
    return lowering.kernel(kernel, [x, w], [(out.shape, out.dtype)])


def _correlation(x, w, out, strides, dilations, groups):
    """The contraction of x (batch, *space, channels) with w (*window, channels, filters)."""
    filters, width = w.shape[-1], w.shape[-2]
    own = filters // groups
    of_x, of_out, of_w = contiguous(x.shape), contiguous(out.shape), contiguous(w.shape)
    batch = [(groups, width, own, own), (out.shape[0], of_x[0], 0, of_out[0])]
    m = [
        (d, s * sx, 0, so)
        for d, s, sx, so in zip(out.shape[1:-1], strides, of_x[1:-1], of_out[1:-1])
    ]
    k = [(t, d * sx, sw, 0) for t, d, sx, sw in zip(w.shape[:-2], dilations, of_x[1:-1], of_w)]
    k.append((width, 1, filters, 0))
    return Contraction(out.dtype, batch, m, k, own)


def _depthwise(lowering, x, w, out, strides, dilations):
    channels, several = x.shape[-1], out.shape[-1] // x.shape[-1]
    wide = (*out.shape[:-1], channels, several)
    w = lowering.dense(w).reshape((*w.shape[:-2], channels, several))
    parts = []
    for tap, seen in _taps(x, w.shape[:-2], out.shape[1:-1], strides, dilations):
        seen = seen.reshape((*seen.shape, 1)).broadcast(wide)
        parts.append(lowering.op("multiply", [seen, w.slice(tap)], wide))
    return _total(lowering, parts).reshape(out.shape)


@_with_groups("conv_input_gradient", conv.conv_input_gradient)
def input_gradient(lowering, node, views):
    """A convolution of the cotangent, spread by the strides, with the filters turned around."""
    attrs, (g, w), out = node.attrs, views, node.outputs[0]
    strides, dilations, groups = attrs["strides"], attrs["dilations"], attrs["groups"]
    if w.shape[-2:] == (1, groups) and max(strides) > 1 and set(dilations) == {1}:
        return [_depthwise_input_gradient(lowering, g, w, out, attrs)]
    spatial = tuple(range(len(strides)))
    reach = [(w.shape[a] - 1) * dilations[a] for a in spatial]
    low = [reach[a] - attrs["padding"][a][0] for a in spatial]
    spread = [(g.shape[a + 1] - 1) * strides[a] + 1 for a in spatial]
    high = [out.shape[a + 1] + reach[a] - low[a] - spread[a] for a in spatial]
    if min(*low, *high) < 0:
        return None
    g, window, once = padded(lowering, g, low, high, strides), w.shape[:-2], (1,) * len(strides)
    width, own = w.shape[-2], w.shape[-1] // groups
    turned = lowering.dense(w).reshape((*window, width, groups, own)).reverse(spatial)
    if width > 1:
        last = len(spatial)
        turned = turned.transpose((*spatial, last + 2, last + 1, last))
        turned = lowering.op("identity", [turned], turned.shape)
        turned = turned.reshape((*window, own, groups * width))
        kernel = _correlation(g, turned, out, once, dilations, groups)
        return lowering.kernel(kernel, [g, turned], [(out.shape, out.dtype)])
    turned = turned.reshape((*window, groups, own))
    wide, parts = (*out.shape, own), []
    for tap, seen in _taps(g, window, out.shape[1:-1], once, dilations):
        seen = seen.reshape((*seen.shape[:-1], groups, own))
        parts.append(lowering.op("multiply", [seen, turned.slice(tap)], wide))
    total = _total(lowering, parts)
    if own == 1:
        return [total.reshape(out.shape)]
    return [lowering.reduce("sum", total, (len(wide) - 1,), out.shape)]


def _depthwise_input_gradient(lowering, g, w, out, attrs):
    """With strides, and one filter a channel: no zeros are put between the windows."""
    window = w.shape[:-2]
    w = lowering.dense(w).reshape((*window, w.shape[-1]))

    def summed(seen, _):
        return _total(
            lowering, [lowering.op("multiply", [g, w.slice(tap)], g.shape) for tap, (g,) in seen]
        )

    return from_windows(lowering, {"window": window, **attrs}, [(g, 0)], out, summed)


@_with_groups("conv_filter_gradient", conv.conv_filter_gradient)
def filter_gradient(lowering, node, views):
    """For each group, k are the images' places; shares of the images are added up."""
    attrs, (x, g), out = node.attrs, views, node.outputs[0]
    x, g = padded(lowering, x, *zip(*attrs["padding"])), lowering.dense(g)
    width, filters = out.shape[-2:]
    own = filters // attrs["groups"]
    if width == 1:
        return _depthwise_filter_gradient(lowering, x, g, out, attrs, own)
    of_x, of_g, of_out = contiguous(x.shape), contiguous(g.shape), contiguous(out.shape)
    m = [
        (t, d * sx, 0, so)
        for t, d, sx, so in zip(out.shape[:-2], attrs["dilations"], of_x[1:-1], of_out)
    ]
    m.append((width, 1, 0, filters))
    k = [
        (d, s * sx, sg, 0)
        for d, s, sx, sg in zip(g.shape[1:-1], attrs["strides"], of_x[1:-1], of_g[1:-1])
    ]
    images = x.shape[0]
    shares = even(images, max(1, min(_MOST_SHARES, images // _IMAGES)))
    k = [(images, of_x[0], of_g[0], 0), *k]
    batch = [(attrs["groups"], width, own, own)]
    kernel = Contraction(out.dtype, batch, m, k, own, shares)
    if shares == 1:
        return lowering.kernel(kernel, [x, g], [(out.shape, out.dtype)])
    (parts,) = lowering.kernel(kernel, [x, g], [((shares, *out.shape), out.dtype)])
    return [lowering.reduce("sum", parts, (0,), out.shape)]


def _depthwise_filter_gradient(lowering, x, g, out, attrs, own):
    """A reduction for each tap, all in one pass, joined."""
    channels, window = x.shape[-1], out.shape[:-2]
    wide = (*g.shape[:-1], channels, own)
    g, axes = g.reshape(wide), tuple(range(len(wide) - 2))
    rows = []
    for _, seen in _taps(x, window, wide[1:-2], attrs["strides"], attrs["dilations"]):
        seen = seen.reshape((*seen.shape, 1)).broadcast(wide)
        product_ = lowering.op("multiply", [seen, g], wide)
        if prod(wide[:-2]) > 1:
            product_ = lowering.reduce("sum", product_, axes, (channels, own))
        rows.append(product_.reshape((1, channels * own)))
    (joined,) = joined_rows(lowering, rows)
    return [joined.reshape(out.shape)]


def joined_rows(lowering, rows):
    """Views of shape (1, n) as one of shape (rows, n)."""
    n, count = rows[0].shape[1], len(rows)
    boxes = [Box(i, [(n, row.strides[1], 1)], i * n) for i, row in enumerate(rows)]
    kernel = Boxes(rows[0].dtype, count, boxes)
    return lowering.kernel(kernel, rows, [((count, n), rows[0].dtype)])
