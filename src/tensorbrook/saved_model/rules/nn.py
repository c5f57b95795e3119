"""Rules of networks: softmax and losses, convolutions, pooling, segments, counts, sampling."""

from math import prod

import numpy as np

from ...base.dims import Dim
from ...xla.attention import graph_of
from ..graphs import graph_rule, write_nodes
from ..nodes import type_of
from .move import paddings_of, permuted, reshaped, sliced_by, transposed


@graph_rule("softmax", "log_softmax")
def _softmax(body, node, inputs):
    ndim = len(node.inputs[0].shape)
    x, back = permuted(body, *inputs, ndim, [node.attrs["axis"]])
    op = {"softmax": "Softmax", "log_softmax": "LogSoftmax"}[node.op.name]
    return transposed(body, body.add(op, x), back)


@graph_rule("flash_attention", "flash_attention_gradient")
def _attention(body, node, inputs):
    return write_nodes(body, graph_of(node.op.name, node.inputs, node.attrs), inputs)


def _rows(body, ref, shape):
    """A tensor as rows of its last axis."""
    return ref if len(shape) == 2 else reshaped(body, ref, (-1, shape[-1]))


@graph_rule("softmax_cross_entropy")
def _cross_entropy(body, node, inputs):
    logits, labels = (_rows(body, x, v.shape) for x, v in zip(inputs, node.inputs))
    loss, _ = body.add("SoftmaxCrossEntropyWithLogits", logits, labels)
    return reshaped(body, loss, node.outputs[0].shape)


def _sparse(body, logits, labels, shape):
    logits = _rows(body, logits, shape)
    labels = reshaped(body, labels, (-1,))
    if labels.dtype not in (type_of(np.int32), type_of(np.int64)):
        labels = body.cast(labels, np.int64)
    return body.add("SparseSoftmaxCrossEntropyWithLogits", logits, labels)


@graph_rule("sparse_softmax_cross_entropy")
def _sparse_cross_entropy(body, node, inputs):
    loss, _ = _sparse(body, *inputs, node.inputs[0].shape)
    return reshaped(body, loss, node.outputs[0].shape)


@graph_rule("sparse_softmax_cross_entropy_gradient")
def _sparse_gradient(body, node, inputs):
    g, logits, labels = inputs
    shape = node.inputs[1].shape
    _, slope = _sparse(body, logits, labels, shape)
    g = reshaped(body, g, (*node.inputs[0].shape, 1))
    return body.add("Mul", g, reshaped(body, slope, shape))


@graph_rule("unsorted_segment_prod")
def _segment_prod(body, node, inputs):
    return body.add("UnsortedSegmentProd", *inputs, body.size(node.attrs["count"]))


# -- convolutions ----------------------------------------------------------------------------------


class _Windows:
    """The windows of a convolution or of pooling, with one axis more where there is but one."""

    def __init__(self, body, node, ndim):
        attrs = node.attrs
        self.body, self.lifted = body, ndim == 1
        one = ((0, 0),) if self.lifted else ()
        unit = (1,) if self.lifted else ()
        self.strides = (*unit, *attrs["strides"])
        self.dilations = (*unit, *attrs.get("dilations", (1,) * ndim))
        self.padding = (*one, *attrs["padding"])
        self.ndim = len(self.strides)
        self.solid = "3D" if self.ndim == 3 else "2D"
        self.attrs = {"strides": [1, *self.strides, 1], "padding": "VALID"}

    def lift(self, ref, axis):
        """A tensor with the axis more."""
        return self.body.add("ExpandDims", ref, self.body.size(axis)) if self.lifted else ref

    def lower(self, ref, axis):
        """A tensor without it."""
        return self.body.add("Squeeze", ref, squeeze_dims=[axis]) if self.lifted else ref

    def shape(self, shape, axis):
        """A shape with the axis more."""
        return (*shape[:axis], 1, *shape[axis:]) if self.lifted else tuple(shape)

    @property
    def pads(self):
        """Whether anything is put around."""
        return any(d.__class__ is Dim or d for pair in self.padding for d in pair)

    def padded(self, ref, value=None, dtype=None):
        """A tensor of pictures with its padding around."""
        if not self.pads:
            return ref
        paddings = paddings_of(self.body, ((0, 0), *self.padding, (0, 0)))
        if value is None:
            return self.body.add("Pad", ref, paddings)
        return self.body.add("PadV2", ref, paddings, self.body.constant(value, dtype))

    def padded_shape(self, shape):
        """The shape (lifted) of what is padded."""
        inner = [d + low + high for d, (low, high) in zip(shape[1:-1], self.padding)]
        return (shape[0], *inner, shape[-1])

    def cut(self, ref, shape):
        """What lies within the padding, of the (lifted) shape."""
        if not self.pads:
            return ref
        key = [("slice", low, low + d, None) for d, (low, _) in zip(shape[1:-1], self.padding)]
        return sliced_by(self.body, ref, (("slice", None, None, None), *key))

    def spread(self, shape):
        """The shape of a filter with zeros between its elements."""
        sizes = [(k - 1) * d + 1 for k, d in zip(shape, self.dilations)]
        return (*sizes, *shape[self.ndim :])

    def spread_key(self):
        """Where a filter's elements are among those zeros."""
        return tuple(("slice", None, None, d) for d in self.dilations)

    def dilated(self, ref, shape):
        """A filter with zeros between its elements."""
        if set(self.dilations) == {1}:
            return ref
        shape = self.body.dims(self.spread(shape))
        return sliced_by(self.body, ref, self.spread_key(), "StridedSliceGrad", [shape])


def _parts(body, ref, groups, axis=-1):
    if groups == 1:
        return [ref]
    return body.add("Split", body.constant(axis, np.int32), ref, num_split=groups)


def _whole(body, parts, axis=-1):
    if len(parts) == 1:
        return parts[0]
    return body.add("ConcatV2", list(parts), body.constant(axis, np.int32))


@graph_rule("conv_general")
def _conv(body, node, inputs):
    (x, w), groups = inputs, node.attrs["groups"]
    windows = _Windows(body, node, len(node.attrs["strides"]))
    x, w = windows.lift(x, 1), windows.lift(w, 0)
    shape = windows.shape(node.inputs[1].shape, 0)
    attrs = windows.attrs
    depthwise = groups > 1 and shape[-2] == 1 and windows.solid == "2D"
    if depthwise and len(set(windows.strides)) == 1:
        w = windows.dilated(w, shape)
        spread = windows.spread(shape)
        w = reshaped(body, w, (*spread[:2], groups, shape[-1] // groups))
        found = body.add("DepthwiseConv2dNative", windows.padded(x), w, **attrs)
        return windows.lower(found, 1)
    if windows.solid == "3D":
        w = windows.dilated(w, shape)
    else:
        attrs = attrs | {"dilations": [1, *windows.dilations, 1]}
        if windows.pads and not any(d.__class__ is Dim for p in windows.padding for d in p):
            around = [d for p in ((0, 0), *windows.padding, (0, 0)) for d in p]
            attrs |= {"padding": "EXPLICIT", "explicit_paddings": around}
    if attrs["padding"] == "VALID":
        x = windows.padded(x)
    parts = zip(_parts(body, x, groups), _parts(body, w, groups))
    found = [body.add("Conv" + windows.solid, *pair, **attrs) for pair in parts]
    return windows.lower(_whole(body, found), 1)


@graph_rule("conv_input_gradient")
def _conv_input_gradient(body, node, inputs):
    (g, w), groups = inputs, node.attrs["groups"]
    windows = _Windows(body, node, len(node.attrs["strides"]))
    shape = windows.shape(node.attrs["input_shape"], 1)
    w = windows.dilated(windows.lift(w, 0), windows.shape(node.inputs[1].shape, 0))
    padded = windows.padded_shape(shape)
    sizes = body.dims((*padded[:-1], padded[-1] // groups))
    version = "V2" if windows.solid == "3D" else ""
    op = f"Conv{windows.solid}BackpropInput{version}"
    parts = zip(_parts(body, w, groups), _parts(body, windows.lift(g, 1), groups))
    found = [body.add(op, sizes, *pair, **windows.attrs) for pair in parts]
    return windows.lower(windows.cut(_whole(body, found), shape), 1)


@graph_rule("conv_filter_gradient")
def _conv_filter_gradient(body, node, inputs):
    (x, g), groups = inputs, node.attrs["groups"]
    windows = _Windows(body, node, len(node.attrs["strides"]))
    shape = windows.spread(windows.shape(node.attrs["filter_shape"], 0))
    x, g = windows.padded(windows.lift(x, 1)), windows.lift(g, 1)
    sizes = body.dims((*shape[:-1], shape[-1] // groups))
    version = "V2" if windows.solid == "3D" else ""
    op = f"Conv{windows.solid}BackpropFilter{version}"
    parts = zip(_parts(body, x, groups), _parts(body, g, groups))
    found = _whole(body, [body.add(op, a, sizes, b, **windows.attrs) for a, b in parts])
    if set(windows.dilations) != {1}:
        found = sliced_by(body, found, windows.spread_key())
    return windows.lower(found, 0)


# -- pooling ---------------------------------------------------------------------------------------


def _pooling(body, node):
    window = node.attrs["window"]
    windows = _Windows(body, node, len(window))
    windows.attrs["ksize"] = [1, *windows.shape(window, 0), 1]
    return windows


def _computed(body, windows, ref, dtype):
    """A tensor in a dtype that windows of three axes are built for."""
    return body.cast(ref, np.float32) if _narrow(windows, dtype) else ref


def _narrow(windows, dtype):
    return windows.solid == "3D" and dtype == np.float64


def _lowest(dtype):
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


def _maxima(body, node, x):
    """(the windows, the padded pictures, their maxima)."""
    windows, dtype = _pooling(body, node), node.inputs[0].dtype
    x = windows.padded(windows.lift(x, 1), _lowest(dtype), dtype)
    x = _computed(body, windows, x, dtype)
    op = "MaxPool3D" if windows.solid == "3D" else "MaxPool"
    return windows, x, body.add(op, x, **windows.attrs)


@graph_rule("max_pool")
def _max_pool(body, node, inputs):
    windows, _, found = _maxima(body, node, *inputs)
    return windows.lower(body.cast(found, node.outputs[0].dtype), 1)


@graph_rule("max_pool_gradient", "max_pool_gather")
def _max_pool_gradient(body, node, inputs):
    x, g = inputs
    windows, x, found = _maxima(body, node, x)
    gathers, dtype = node.op.name == "max_pool_gather", node.inputs[0].dtype
    g = windows.lift(g, 1)
    g = _computed(body, windows, windows.padded(g) if gathers else g, dtype)
    op = {"2D": "MaxPoolGrad", "3D": "MaxPool3DGrad"}[windows.solid] + "Grad" * gathers
    found = body.cast(body.add(op, x, found, g, **windows.attrs), dtype)
    if not gathers:
        found = windows.cut(found, windows.shape(node.inputs[0].shape, 1))
    return windows.lower(found, 1)


def _times(body, ref, windows, dtype):
    return body.add("Mul", ref, body.constant(prod(windows.attrs["ksize"]), dtype))


@graph_rule("window_sum")
def _window_sum(body, node, inputs):
    windows, dtype = _pooling(body, node), node.inputs[0].dtype
    x = _computed(body, windows, windows.padded(windows.lift(*inputs, 1)), dtype)
    found = body.add("AvgPool3D" if windows.solid == "3D" else "AvgPool", x, **windows.attrs)
    return windows.lower(_times(body, body.cast(found, dtype), windows, dtype), 1)


@graph_rule("window_sum_gradient")
def _window_sum_gradient(body, node, inputs):
    windows, dtype = _pooling(body, node), node.inputs[0].dtype
    shape = windows.shape(node.attrs["input_shape"], 1)
    sizes = body.dims(windows.padded_shape(shape))
    op = "AvgPool3DGrad" if windows.solid == "3D" else "AvgPoolGrad"
    g = _computed(body, windows, windows.lift(*inputs, 1), dtype)
    found = body.cast(body.add(op, sizes, g, **windows.attrs), dtype)
    found = _times(body, found, windows, dtype)
    return windows.lower(windows.cut(found, shape), 1)


# -- counts, hashes, sampled pictures --------------------------------------------------------------


@graph_rule("category_rows")
def _category_rows(body, node, inputs):
    (x,), depth, dtype = inputs, node.attrs["depth"], node.attrs["dtype"]
    on, off = body.constant(1, dtype), body.constant(0, dtype)
    if x.dtype not in (type_of(np.int32), type_of(np.int64)):
        x = body.cast(x, np.int64)
    found = body.add("OneHot", x, body.size(depth), on, off)
    axes = body.constant([len(node.inputs[0].shape) - 1], np.int32)
    if node.attrs["counts"]:
        return body.add("Sum", found, axes)
    # of no element the maximum is the lowest number
    return body.add("Maximum", body.add("Max", found, axes), off)


@graph_rule("fingerprint")
def _fingerprint(body, node, inputs):
    method = body.constant(np.array(b"farmhash64", object))
    return body.add("Fingerprint", *inputs, method)


def _clipped(body, place, size, dtype):
    """Places within an axis; what is no number at its beginning."""
    zero = body.constant(0, dtype)
    place = body.add("SelectV2", body.add("GreaterEqual", place, zero), place, zero)
    return body.add("Minimum", place, body.cast(body.size(size - 1), dtype))


def _corners(body, rows, columns, shape, nearest, dtype):
    """(weights, place in the flat picture, whether it is in it) of each pixel that is read."""
    half, one, zero = (body.constant(v, dtype) for v in (0.5, 1, 0))
    parts = []
    for place, size in zip((rows, columns), shape):
        if nearest:
            far = body.add("Floor", body.add("AddV2", body.add("Abs", place), half))
            ends = [(None, body.add("Mul", body.add("Sign", place), far))]
        else:
            low = body.add("Floor", place)
            part = body.add("Sub", place, low)
            high = body.add("AddV2", low, one)
            ends = [(body.add("Sub", one, part), low), (part, high)]
        last = body.cast(body.size(size - 1), dtype)
        parts.append([])
        for weight, at in ends:
            above = body.add("GreaterEqual", at, zero)
            inside = body.add("LogicalAnd", above, body.add("LessEqual", at, last))
            at = body.cast(_clipped(body, at, size, dtype), np.int32)
            parts[-1].append((weight, at, inside))
    width = body.size(shape[1])
    for down, row, row_inside in parts[0]:
        for across, column, column_inside in parts[1]:
            inside = body.add("LogicalAnd", row_inside, column_inside)
            place = body.add("AddV2", body.add("Mul", row, width), column)
            yield (down, across), place, inside


def _last(body, ref):
    return body.add("ExpandDims", ref, body.constant(-1, np.int32))


def _weight(body, pair, work):
    """The product of two weights, over all channels; None where the nearest pixel is taken."""
    if pair[0] is None:
        return None
    return _last(body, body.add("Mul", *[body.cast(w, work) for w in pair]))


@graph_rule("sample_pictures")
def _sample_pictures(body, node, inputs):
    images, rows, columns = inputs
    batch, height, width, channels = node.inputs[0].shape
    nearest, constant, fill = (node.attrs[k] for k in ("nearest", "constant", "fill"))
    dtype = node.inputs[0].dtype
    work = np.float64 if dtype == np.float64 else np.float32
    flat = body.cast(reshaped(body, images, (batch, height * width, channels)), work)
    total, axis = None, body.size(1)
    places = _corners(body, rows, columns, (height, width), nearest, node.inputs[1].dtype)
    for pair, at, inside in places:
        pixels = body.add("GatherV2", flat, at, axis, batch_dims=1)
        if constant:
            pixels = body.add("SelectV2", _last(body, inside), pixels, body.constant(fill, work))
        weight = _weight(body, pair, work)
        if weight is not None:
            pixels = body.add("Mul", pixels, weight)
        total = pixels if total is None else body.add("AddV2", total, pixels)
    return body.cast(total, dtype)


@graph_rule("sample_pictures_transpose")
def _sample_pictures_transpose(body, node, inputs):
    g, rows, columns = inputs
    batch, height, width, channels = node.attrs["shape"]
    dtype = node.inputs[0].dtype
    work = np.float64 if dtype == np.float64 else np.float32
    count, total = batch * height * width, None
    lead = body.add("Range", *[body.size(d) for d in (0, count, height * width)])
    lead = reshaped(body, lead, (batch, 1, 1))
    attrs = (height, width), node.attrs["nearest"], node.inputs[1].dtype
    g = body.cast(g, work)
    for pair, at, inside in _corners(body, rows, columns, *attrs):
        weight, part = _weight(body, pair, work), g
        if weight is not None:
            part = body.add("Mul", part, weight)
        if node.attrs["constant"]:
            zeros = body.add("ZerosLike", part)
            part = body.add("SelectV2", _last(body, inside), part, zeros)
        places = reshaped(body, body.add("AddV2", at, lead), (-1,))
        rows_of_g = reshaped(body, part, (-1, channels))
        part = body.add("UnsortedSegmentSum", rows_of_g, places, body.size(count))
        total = part if total is None else body.add("AddV2", total, part)
    return body.cast(reshaped(body, total, node.attrs["shape"]), dtype)
