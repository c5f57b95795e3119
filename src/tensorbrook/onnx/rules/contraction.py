"""Matrix products, convolutions and pooling. ONNX has the channels on axis 1."""

from math import prod

import numpy as np

from ...base.dims import Dim
from ...xla.attention import graph_of
from ..writer import FLOATS, NUMBERS, SINGLE, rule
from .complex import joined, part
from .movement import padded


@rule("matmul", takes=NUMBERS | {"complex"})
def _matmul(w, node, a, b):
    def turned(x, value, turn):
        n = len(value.shape)
        return w.transpose(x, [*range(n - 2), n - 1, n - 2]) if turn else x

    turns = node.attrs["transpose_a"], node.attrs["transpose_b"]
    if node.inputs[0].dtype.kind != "c":
        return w.op("MatMul", *map(turned, (a, b), node.inputs, turns))
    (ar, br), (ai, bi) = (
        map(turned, (part(w, a, i), part(w, b, i)), node.inputs, turns) for i in (0, 1)
    )
    real = w.op("Sub", w.op("MatMul", ar, br), w.op("MatMul", ai, bi))
    return joined(w, real, w.op("Add", w.op("MatMul", ar, bi), w.op("MatMul", ai, br)))


@rule("flash_attention", "flash_attention_gradient")
def _attention(w, node, *operands):
    return w.inline(graph_of(node.op.name, node.inputs, node.attrs), operands)


def _channels_first(w, x, rank):
    return w.transpose(x, (0, rank - 1, *range(1, rank - 1)))


def _channels_last(w, x, rank):
    return w.transpose(x, (0, *range(2, rank), 1))


def _split(padding):
    """(pads as ONNX has them, None), or (zeros, padding) where sizes have a part in them."""
    lows, highs = zip(*padding)
    if any(p.__class__ is Dim for p in lows + highs):
        return (0,) * 2 * len(padding), ((0, 0), (0, 0), *padding)
    return lows + highs, None


@rule("conv_general", takes=SINGLE)
def _conv(w, node, x, filters):
    rank, attrs = len(node.inputs[0].shape), node.attrs
    pads, before = _split(attrs["padding"])
    x = _channels_first(w, x, rank)
    if before:
        x = padded(w, x, before, 0, node.inputs[0].dtype)
    filters = w.transpose(filters, (rank - 1, rank - 2, *range(rank - 2)))
    channels, depth = node.inputs[0].shape[-1], node.inputs[1].shape[-2]
    found = w.op(
        "Conv", x, filters, strides=attrs["strides"], dilations=attrs["dilations"], pads=pads,
        group=attrs["groups"] or channels // depth, kernel_shape=node.inputs[1].shape[:-2],
    )  # fmt: skip
    return _channels_last(w, found, rank)


@rule("conv_input_gradient", takes=SINGLE)
def _conv_transposed(w, node, g, filters):
    """ConvTranspose; what its size cannot say is a larger one, cut to size."""
    shape, attrs = node.attrs["input_shape"], node.attrs
    rank, window = len(shape), node.inputs[1].shape[:-2]
    parts = zip(shape[1:-1], node.inputs[0].shape[1:-1], window, attrs["strides"],
                attrs["dilations"], attrs["padding"])  # fmt: skip
    more = [size - (s * (n - 1) + (k - 1) * d + 1 - sum(pads)) for size, n, k, s, d, pads in parts]
    pads, cut = _split(attrs["padding"])
    if cut or any(m.__class__ is Dim or m < 0 for m in more):
        pads, more, cut = (0,) * len(pads), [s - 1 for s in attrs["strides"]], True
    channels, depth = shape[-1], node.inputs[1].shape[-2]
    found = w.op(
        "ConvTranspose",
        _channels_first(w, g, rank),
        w.transpose(filters, (rank - 1, rank - 2, *range(rank - 2))),
        strides=attrs["strides"], dilations=attrs["dilations"], pads=pads, kernel_shape=window,
        output_padding=tuple(more), group=attrs["groups"] or channels // depth,
    )  # fmt: skip
    for axis, (low, _) in enumerate(attrs["padding"], 2) if cut else ():
        found = w.slice(found, axis, low, low + shape[axis - 1])
    return _channels_last(w, found, rank)


def _pool(w, node, x, kind, value, **more):
    rank, attrs = len(node.inputs[0].shape), node.attrs
    pads, before = _split(attrs["padding"])
    x = _channels_first(w, x, rank)
    if before:
        x = padded(w, x, before, value, node.inputs[0].dtype)
    window = {"kernel_shape": attrs["window"], "strides": attrs["strides"], "pads": pads}
    return _channels_last(w, w.op(kind, x, **window, **more), rank)


@rule("max_pool", takes=FLOATS | {"int8", "uint8"})
def _max_pool(w, node, x):
    dtype = node.inputs[0].dtype
    least = np.finfo(dtype).min if dtype.kind == "f" else np.iinfo(dtype).min
    return _pool(w, node, x, "MaxPool", least)


@rule("window_sum", takes=SINGLE)
def _window_sum(w, node, x):
    mean = _pool(w, node, x, "AveragePool", 0, count_include_pad=1)
    return w.op("Mul", mean, np.array(prod(node.attrs["window"]), node.inputs[0].dtype))


@rule("det", takes={"float32"})
def _det(w, node, x):
    return w.op("Det", x)
