"""Rules of reductions, running sums, orders and products of matrices."""

import numpy as np

from ..graphs import graph_rule
from .move import permuted, reshaped, transposed

_REDUCTIONS = {
    **{f"reduce_{name}": name.capitalize() for name in ("sum", "mean", "max", "min", "prod")},
    **{"reduce_any": "Any", "reduce_all": "All"},
}


@graph_rule(*_REDUCTIONS)
def _reduction(body, node, inputs):
    axes = body.constant(np.array(node.attrs["axis"], np.int32))
    keep = node.attrs["keepdims"]
    return body.add(_REDUCTIONS[node.op.name], *inputs, axes, keep_dims=keep)


@graph_rule("argmax", "argmin")
def _arg(body, node, inputs):
    axis = body.constant(node.attrs["axis"], np.int32)
    dtype = node.attrs["dtype"]
    kind = dtype if dtype in (np.int32, np.int64) else np.dtype(np.int64)
    name = {"argmax": "ArgMax", "argmin": "ArgMin"}[node.op.name]
    return body.cast(body.add(name, *inputs, axis, output_type=kind), dtype)


@graph_rule("cumsum", "cumprod", "cumulative_logsumexp")
def _running(body, node, inputs):
    name = "".join(part.capitalize() for part in node.op.name.split("_"))
    attrs = {k: node.attrs[k] for k in ("exclusive", "reverse")}
    return body.add(name, *inputs, body.constant(node.attrs["axis"], np.int32), **attrs)


@graph_rule("matmul")
def _matmul(body, node, inputs):
    attrs, ndims = node.attrs, [len(v.shape) for v in node.inputs]
    if ndims == [2, 2]:
        return body.add("MatMul", *inputs, **attrs)
    flags = [attrs["transpose_a"], attrs["transpose_b"]]
    if node.inputs[0].dtype.kind == "c":  # the op's own flags would conjugate
        for i, ndim in enumerate(ndims):
            if flags[i]:
                inputs[i] = transposed(body, inputs[i], [*range(ndim - 2), ndim - 1, ndim - 2])
        flags = [False, False]
    return body.add("BatchMatMulV2", *inputs, adj_x=flags[0], adj_y=flags[1])


@graph_rule("argsort")
def _argsort(body, node, inputs):
    (x,), value = inputs, node.inputs[0]
    ndim, axis = len(value.shape), node.attrs["axis"]
    x, back = permuted(body, x, ndim, [axis])
    if not node.attrs["descending"]:
        if value.dtype.kind in "iu":  # -1 - x of signed, max - x of unsigned integers
            x = body.add("Invert", x)
        else:
            x = body.add("Neg", x)
    found = body.add("TopKV2", x, body.size(value.shape[axis]))[1]
    return transposed(body, found, back)


@graph_rule("searchsorted")
def _searchsorted(body, node, inputs):
    name = "LowerBound" if node.attrs["side"] == "left" else "UpperBound"
    dtype = node.attrs["dtype"]
    flat = [
        reshaped(body, x, (-1, v.shape[-1])) if len(v.shape) != 2 else x
        for x, v in zip(inputs, node.inputs)
    ]
    return reshaped(body, body.add(name, *flat, out_type=dtype), node.outputs[0].shape)


def _sorting(body, ref, dtype):
    """The places that sort a vector, equal elements in their order."""
    x = body.add("Invert" if dtype.kind in "iu" else "Neg", ref)
    return body.add("TopKV2", x, body.part(body.add("Shape", x), 0))[1]


@graph_rule("unique")
def _unique(body, node, inputs):
    """In order of appearance; or sorted, by the last column first."""
    (x,), value = inputs, node.inputs[0]
    y, places, counts = body.add("UniqueWithCountsV2", x, body.constant([0], np.int64))
    number = body.part(body.add("Shape", y), 0)
    rows = body.part(body.add("Shape", x), 0)
    order = body.add("Range", body.size(0), rows, body.size(1))
    first = body.add("UnsortedSegmentMin", order, places, number)
    if node.attrs["ordered"]:
        zero = body.size(0)
        columns = reshaped(body, y, (number_of(value.shape[1:]), -1)[::-1])
        order = body.add("Range", zero, number, body.size(1))
        for column in reversed(range(number_of(value.shape[1:]))):
            key = body.add("GatherV2", columns, body.size(column), body.size(1))
            key = body.add("GatherV2", key, order, zero)
            order = body.add("GatherV2", order, _sorting(body, key, value.dtype), zero)
        y, counts, first = (body.add("GatherV2", t, order, zero) for t in (y, counts, first))
        places = body.add("GatherV2", body.add("InvertPermutation", order), places, zero)
    return [y, *[body.cast(t, np.int64) for t in (places, counts, first)]]


def number_of(shape):
    """How many elements a shape has."""
    total = 1
    for d in shape:
        total = total * d
    return total
