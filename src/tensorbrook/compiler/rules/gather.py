"""Slices at indices from data, and their transposes: see slices.py."""

from math import prod

from ..lower import native_rule
from ..slices import Slices
from ..views import contiguous


def _along_axis(table, of_table, indices, dense, attrs):
    """(loops, coordinates, tail) of a gather: shapes and strides are those of views."""
    axis, batch = attrs["axis"], attrs["batch_dims"]
    rank = len(indices.shape) - batch
    loops = []
    for i in range(axis):
        of_index = indices.strides[i] if i < batch else 0
        loops.append((table[i], of_table[i], of_index, dense[i]))
    for j in range(rank):
        loops.append((indices.shape[batch + j], 0, indices.strides[batch + j], dense[axis + j]))
    coordinates = [(table[axis], of_table[axis], 0)]
    tail = list(zip(table[axis + 1 :], of_table[axis + 1 :], dense[axis + rank :]))
    return loops, coordinates, tail


def _at_rows(table, of_table, indices, dense):
    """The same for coordinates in the last axis of `indices`."""
    count = indices.shape[-1]
    lead = len(indices.shape) - 1
    loops = [(n, 0, s, d) for n, s, d in zip(indices.shape[:-1], indices.strides, dense)]
    coordinates = [(table[k], of_table[k], k * indices.strides[-1]) for k in range(count)]
    return loops, coordinates, list(zip(table[count:], of_table[count:], dense[lead:]))


@native_rule("gather")
def gather(lowering, node, views):
    """Slices along an axis."""
    (table, indices), out = views, node.outputs[0]
    parts = _along_axis(table.shape, table.strides, indices, contiguous(out.shape), node.attrs)
    kernel = Slices("read", out.dtype, indices.dtype, *parts)
    return lowering.kernel(kernel, [table, indices], [(out.shape, out.dtype)])


@native_rule("gather_transpose")
def gather_transpose(lowering, node, views):
    """Slices added up at the places they were gathered from, in order."""
    (g, indices), out = views, node.outputs[0]
    if not prod(g.shape) or out.dtype.kind == "b":
        return None
    parts = _along_axis(out.shape, contiguous(out.shape), indices, g.strides, node.attrs)
    kernel = Slices("add", out.dtype, indices.dtype, *parts, prod(out.shape))
    return lowering.kernel(kernel, [g, indices], [(out.shape, out.dtype)])


@native_rule("gather_nd")
def gather_nd(lowering, node, views):
    """Slices at rows of coordinates."""
    (table, indices), out = views, node.outputs[0]
    parts = _at_rows(table.shape, table.strides, indices, contiguous(out.shape))
    kernel = Slices("read", out.dtype, indices.dtype, *parts)
    return lowering.kernel(kernel, [table, indices], [(out.shape, out.dtype)])


@native_rule("scatter_nd")
def scatter_nd(lowering, node, views):
    """Zeros with updates added at rows of coordinates."""
    (indices, updates), out = views, node.outputs[0]
    if not prod(updates.shape) or not indices.shape[-1] or out.dtype.kind == "b":
        return None
    parts = _at_rows(out.shape, contiguous(out.shape), indices, updates.strides)
    kernel = Slices("add", out.dtype, indices.dtype, *parts, prod(out.shape))
    return lowering.kernel(kernel, [updates, indices], [(out.shape, out.dtype)])


@native_rule("sparse_matmul")
def sparse_matmul(lowering, node, views):
    """Rows of the dense matrix, times the values, added up at the rows of the result."""
    (rows, columns, values, b), out = views, node.outputs[0]
    count, width = values.shape[0], b.shape[1]
    if not count or not width or out.dtype.kind not in "fiu":
        return None
    attrs, shape = {"axis": 0, "batch_dims": 0}, (count, width)
    parts = _along_axis(b.shape, b.strides, columns, contiguous(shape), attrs)
    kernel = Slices("read", out.dtype, columns.dtype, *parts)
    (taken,) = lowering.kernel(kernel, [b, columns], [(shape, out.dtype)])
    terms = lowering.dense(lowering.op("multiply", [values.reshape((count, 1)), taken], shape))
    parts = _along_axis(out.shape, contiguous(out.shape), rows, terms.strides, attrs)
    kernel = Slices("add", out.dtype, rows.dtype, *parts, prod(out.shape))
    return lowering.kernel(kernel, [terms, rows], [(out.shape, out.dtype)])


def _scatter_into(name, mode):
    def scatter(lowering, node, views):
        (x, indices, updates), out = views, node.outputs[0]
        if not prod(updates.shape) or not indices.shape[-1] or indices.buffer is x.buffer:
            return None
        if updates.buffer is x.buffer:  # slices must not change while they are read
            updates = lowering.op("identity", [updates], updates.shape)
        x = lowering.dense(x)
        parts = _at_rows(out.shape, contiguous(out.shape), indices, updates.strides)
        kernel = Slices(mode, out.dtype, indices.dtype, *parts, prod(out.shape), copied=True)
        return lowering.kernel(kernel, [x, updates, indices], [(out.shape, out.dtype)])

    native_rule(name)(scatter)


for _name, _mode in (
    ("tensor_scatter_update", "set"),
    ("tensor_scatter_add", "add"),
    ("tensor_scatter_sub", "sub"),
    ("tensor_scatter_max", "max"),
    ("tensor_scatter_min", "min"),
):
    _scatter_into(_name, _mode)
