"""Convolutions as contractions over the input as it lies: see contract.py.

Groups fall back to NumPy.
"""

from math import prod

from ..contract import Contraction
from ..emit import even, index
from ..lower import native_rule
from ..views import contiguous

_IMAGES = 4  # a share of the filter gradient is of at least so many images
_MOST_SHARES = 32


def padded(lowering, x, low, high, steps=None):
    """x (batch, *space, channels) among zeros, its elements `steps` apart along space."""
    steps = steps or (1,) * len(low)
    space = x.shape[1:-1]
    sizes = [lo + (d - 1) * s + 1 + hi for lo, d, s, hi in zip(low, space, steps, high)]
    shape = (x.shape[0], *sizes, x.shape[-1])
    if shape == x.shape:
        return lowering.dense(x)
    kernel = Padding(x.dtype, x.shape, shape, tuple(low), tuple(steps))
    return lowering.kernel(kernel, [lowering.dense(x)], [(shape, x.dtype)])[0]


class Padding:
    """Copies rows of channels into a larger tensor of zeros."""

    count = 2

    def __init__(self, dtype, source, target, low, steps):
        self.dtype, self.source, self.target = dtype, source, target
        self.low, self.steps = low, steps
        self.chunks = even(source[0], min(source[0], 16)) if prod(target) > 1 << 15 else 1
        self.cost = prod(target) * 0.1
        self.key = f"padding {dtype} {source} {target} {low} {steps} {self.chunks}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        source, target = e.pointers
        start, stop = e.span(self.source[0], self.chunks)
        whole = prod(self.target[1:])

        def image(i, _):
            into = e.offset(target, self.dtype, e.b.mul(i, index(whole)))
            e.clear(into, self.dtype, whole)
            of = e.offset(source, self.dtype, e.b.mul(i, index(prod(self.source[1:]))))
            rows(self.source[1:-1], of, into, 0)

        def rows(sizes, of, into, axis):
            inner_source = prod(self.source[axis + 2 :])
            inner_target = prod(self.target[axis + 2 :])
            into = e.offset(into, self.dtype, self.low[axis] * inner_target)
            if len(sizes) == 1 and self.steps[axis] == 1:  # whole rows lie together
                e.vectors(sizes[0] * inner_source, lambda i, w: copy(of, into, i, w))
                return

            def one(i, _):
                at = e.offset(of, self.dtype, e.b.mul(i, index(inner_source)))
                to = e.offset(into, self.dtype, e.b.mul(i, index(inner_target * self.steps[axis])))
                if len(sizes) == 1:
                    e.vectors(inner_source, lambda k, w: copy(at, to, k, w))
                else:
                    rows(sizes[1:], at, to, axis + 1)

            e.loop(0, sizes[0], 1, one)

        def copy(of, into, i, width):
            value = e.load(e.offset(of, self.dtype, i), self.dtype, width)
            e.store(value, e.offset(into, self.dtype, i), self.dtype)

        e.loop(start, stop, 1, image)


def _falls_back(attrs, views):
    empty = any(not prod(v.shape) for v in views)
    return attrs["groups"] != 1 or views[0].dtype.kind != "f" or empty


@native_rule("conv_general")
def conv_general(lowering, node, views):
    """Rows are the outputs' places, k the filter's taps and channels, n the filters."""
    attrs, (x, w) = node.attrs, views
    if _falls_back(attrs, views):
        return None
    out = node.outputs[0]
    low, high = zip(*attrs["padding"])
    x, w = padded(lowering, x, low, high), lowering.dense(w)
    return correlate(lowering, x, w, out, attrs["strides"], attrs["dilations"])


def correlate(lowering, x, w, out, strides, dilations):
    """out[b, o, f] = sum over t, c of x[b, o * stride + t * dilation, c] w[t, c, f]."""
    filters = w.shape[-1]
    of_x, of_out = contiguous(x.shape), contiguous(out.shape)
    of_w = contiguous(w.shape)
    m = [(out.shape[0], of_x[0], 0, of_out[0])]
    m += [
        (d, s * sx, 0, so)
        for d, s, sx, so in zip(out.shape[1:-1], strides, of_x[1:-1], of_out[1:-1])
    ]
    k = [(t, d * sx, sw, 0) for t, d, sx, sw in zip(w.shape[:-2], dilations, of_x[1:-1], of_w)]
    k.append((w.shape[-2], 1, filters, 0))
    kernel = Contraction(out.dtype, [m[0]], m[1:], k, filters)
    return lowering.kernel(kernel, [x, w], [(out.shape, out.dtype)])


@native_rule("conv_input_gradient")
def conv_input_gradient(lowering, node, views):
    """A convolution of the cotangent, spread by the strides, with the filter turned around."""
    attrs, (g, w) = node.attrs, views
    if _falls_back(attrs, views):
        return None
    out, strides, dilations = node.outputs[0], attrs["strides"], attrs["dilations"]
    spatial = range(len(strides))
    reach = [(w.shape[a] - 1) * dilations[a] for a in spatial]
    low = [reach[a] - attrs["padding"][a][0] for a in spatial]
    spread = [(g.shape[a + 1] - 1) * strides[a] + 1 for a in spatial]
    high = [out.shape[a + 1] + reach[a] - low[a] - spread[a] for a in spatial]
    if min(*low, *high) < 0:
        return None
    g = padded(lowering, g, low, high, strides)
    order = (*spatial, len(strides) + 1, len(strides))
    turned = w.reverse(tuple(spatial)).transpose(order)
    turned = lowering.op("identity", [turned], turned.shape)
    return correlate(lowering, g, turned, out, (1,) * len(strides), dilations)


@native_rule("conv_filter_gradient")
def conv_filter_gradient(lowering, node, views):
    """Rows are taps and channels, k the images' places; shares of the images are added up."""
    attrs, (x, g) = node.attrs, views
    if _falls_back(attrs, views):
        return None
    out = node.outputs[0]
    low, high = zip(*attrs["padding"])
    x, g = padded(lowering, x, low, high), lowering.dense(g)
    of_x, of_g, filters = contiguous(x.shape), contiguous(g.shape), out.shape[-1]
    of_out = contiguous(out.shape)
    m = [
        (t, d * sx, 0, so)
        for t, d, sx, so in zip(out.shape[:-2], attrs["dilations"], of_x[1:-1], of_out)
    ]
    m.append((out.shape[-2], 1, 0, filters))
    k = [
        (d, s * sx, sg, 0)
        for d, s, sx, sg in zip(g.shape[1:-1], attrs["strides"], of_x[1:-1], of_g[1:-1])
    ]
    images = x.shape[0]
    shares = even(images, max(1, min(_MOST_SHARES, images // _IMAGES)))
    k = [(images, of_x[0], of_g[0], 0), *k]
    kernel = Contraction(out.dtype, [], m, k, filters, shares)
    if shares == 1:
        return lowering.kernel(kernel, [x, g], [(out.shape, out.dtype)])
    (parts,) = lowering.kernel(kernel, [x, g], [((shares, *out.shape), out.dtype)])
    return [lowering.reduce("sum", parts, (0,), out.shape)]
