"""Movement of elements: shapes, slices, joins, gathering and scattering."""

from math import prod

import numpy as np

from ...base.dims import Dim, same
from ..writer import END, INT64, NUMBERS, REAL, part_dtype, rule


@rule("reshape")
def _reshape(w, node, x):
    if node.inputs[0].dtype.kind == "c":
        return w.op("Reshape", x, w.shape((*node.attrs["shape"], 2)), allowzero=1)
    return w.reshape(x, node.attrs["shape"], node.inputs[0].shape)


@rule("broadcast_to", takes=REAL - {"bfloat16"} | {"complex"})
def _broadcast_to(w, node, x):
    parts = (2,) if node.inputs[0].dtype.kind == "c" else ()
    return w.op("Expand", x, w.shape((*node.attrs["shape"], *parts)))


@rule("transpose")
def _transpose(w, node, x):
    perm = node.attrs["perm"]
    return w.transpose(x, perm if node.inputs[0].dtype.kind != "c" else (*perm, len(perm)))


@rule("reverse")
def _reverse(w, node, x):
    return reversed_along(w, x, node.attrs["axis"])


def reversed_along(w, x, axes):
    """`x` backwards along some axes."""
    axes = tuple(axes)
    if not axes:
        return x
    n = len(axes)
    backwards = w.ints(*(-1,) * n)
    return w.op("Slice", x, backwards, w.ints(*(-END,) * n), w.ints(*axes), backwards)


@rule("sizes")
def _sizes(w, node):
    dims, shape = node.attrs["dims"], node.attrs["shape"]
    flat = w.cast(w.shape(dims), INT64, node.outputs[0].dtype)
    return flat if len(shape) == 1 else w.op("Reshape", flat, w.ints(*shape))


@rule("pad", takes=NUMBERS | {"int8", "uint8", "uint32", "uint64", "bool", "complex"})
def _pad(w, node, x):
    paddings, mode = node.attrs["paddings"], node.attrs["mode"]
    axes = [i for i, pair in enumerate(paddings) if not _is_zero(pair)]
    if not axes:
        return x
    if mode != "symmetric":
        value = node.attrs["value"] if mode == "constant" else 0
        return padded(w, x, paddings, value, node.inputs[0].dtype, mode)
    for axis in axes:
        low, high = paddings[axis]
        parts = [
            reversed_along(w, w.slice(x, axis, 0, low), (axis,)),
            x,
            reversed_along(w, w.slice(x, axis, -high, END), (axis,)),
        ]
        x = w.op("Concat", *[p for p, n in zip(parts, (low, 1, high)) if not same(n, 0)], axis=axis)
    return x


def _is_zero(pair):
    return all(p.__class__ is not Dim and p == 0 for p in pair)


def padded(w, x, paddings, value, dtype, mode="constant"):
    """`x` with elements before and after its axes: a pair of ints or Dims for each."""
    # not for some axes alone, which ONNX Runtime 1.32 gets wrong beside a transposition
    lows, highs = zip(*paddings)
    if dtype.kind == "c":
        lows, highs, dtype = (*lows, 0), (*highs, 0), part_dtype(dtype)
    return w.op("Pad", x, w.shape(lows + highs), w.number(value, dtype), mode=mode)


@rule("concat")
def _concat(w, node, *operands):
    return w.op("Concat", *operands, axis=node.attrs["axis"])


@rule("range", takes=NUMBERS)
def _range(w, node, start, limit, delta):
    return w.op("Range", start, limit, delta)


@rule("strided_slice")
def _strided_slice(w, node, x):
    return _sliced(w, x, node.inputs[0].shape, node.attrs["key"])


@rule("slice_transpose", takes=REAL)
def _slice_transpose(w, node, g):
    shape, dtype = node.attrs["shape"], node.inputs[0].dtype
    places = _sliced(w, _places(w, shape), shape, node.attrs["key"])
    return _at_places(w, places, g, shape, dtype)


def _places(w, shape):
    """A tensor of a shape whose elements say where they are: 0, 1, 2, ..."""
    return w.op("Reshape", w.iota(prod(shape)), w.shape(shape))


def _at_places(w, places, g, shape, dtype):
    """Zeros of a shape to which elements are added, by the numbers of their places."""
    flat = w.op("Reshape", g, w.ints(-1))
    places = w.op("Reshape", places, w.ints(-1, 1))
    zeros = w.fill(0, (prod(shape),), dtype)
    return w.op("Reshape", w.op("ScatterND", zeros, places, flat, reduction="add"), w.shape(shape))


def _sliced(w, x, shape, key):
    starts, stops, axes, steps, gone, new = [], [], [], [], [], []
    given = sum(1 for k in key if k is not None and k is not Ellipsis)
    axis = place = 0  # in the operand, in the result
    for k in key if Ellipsis in key else (*key, Ellipsis):
        if k is None:
            new.append(place)
            place += 1
        elif k is Ellipsis:
            axis, place = axis + len(shape) - given, place + len(shape) - given
        else:
            if k.__class__ is tuple:
                _, start, stop, step = k
                step = 1 if step is None else step
                first, last = (0, END) if step > 0 else (-1, -END)
                part = (first if start is None else start, last if stop is None else stop, step)
                place += 1
            else:
                part = (k, END if same(k, -1) else k + 1, 1)
                gone.append(axis)
            if not all(map(same, part, (0, END, 1))):
                for numbers, number in zip((starts, stops, steps), part):
                    numbers.append(number)
                axes.append(axis)
            axis += 1
    if axes:
        bounds = w.shape(starts), w.shape(stops)
        x = w.op("Slice", x, *bounds, w.ints(*axes), w.ints(*steps))
    return w.unsqueeze(w.squeeze(x, *gone), *new)


@rule("update_row")
def _update_row(w, node, x, index, row):
    at = w.reshape(w.cast(index, node.inputs[1].dtype, INT64), (1, 1))
    return w.op("ScatterND", x, at, w.unsqueeze(row, 0))


@rule("nonzero")
def _nonzero(w, node, x):
    dtype = node.inputs[0].dtype
    if dtype != bool:
        x = w.op("Cast", x, to=np.dtype(bool))
    return w.cast(w.transpose(w.op("NonZero", x), (1, 0)), INT64, node.outputs[0].dtype)


@rule("gather")
def _gather(w, node, x, indices):
    return _gathered(w, x, indices, *node.inputs, node.attrs["axis"], node.attrs["batch_dims"])


def _gathered(w, x, indices, x_value, value, axis, batch):
    x_rank, rank = len(x_value.shape), len(value.shape)
    if not batch:
        return w.op("Gather", x, _indices(w, value, indices), axis=axis)
    moved = [*range(batch), axis, *[i for i in range(batch, x_rank) if i != axis]]
    indices = w.unsqueeze(w.cast(indices, value.dtype, INT64), rank)
    found = w.op("GatherND", w.transpose(x, moved), indices, batch_dims=batch)
    outer, own = axis - batch, rank - batch
    order = [*range(batch), *range(rank, rank + outer), *range(batch, batch + own)]
    return w.transpose(found, [*order, *range(rank + outer, x_rank - 1 + own)])


def _indices(w, value, name):
    """Indices as a dtype that Gather takes."""
    return name if value.dtype.name in ("int32", "int64") else w.cast(name, value.dtype, INT64)


@rule("gather_transpose", takes=REAL | {"complex"}, beside=(1,))
def _gather_transpose(w, node, g, indices):
    """Zeros of the operand's shape, to which rows are added."""
    axis, batch, size = (node.attrs[k] for k in ("axis", "batch_dims", "size"))
    if batch:
        g_shape, value = node.inputs[0].shape, node.inputs[1]
        shape = (*g_shape[:axis], size, *g_shape[axis + len(value.shape) - batch :])
        spec = value.__class__(0, shape, INT64)
        places = _gathered(w, _places(w, shape), indices, spec, value, axis, batch)
        return _at_places(w, places, g, shape, node.inputs[0].dtype)
    (g_shape, dtype), rank = (node.inputs[0].shape, node.inputs[0].dtype), len(node.inputs[1].shape)
    own = list(range(axis, axis + rank))
    rest = [i for i in range(len(g_shape)) if i not in own]
    indices = w.unsqueeze(w.cast(indices, node.inputs[1].dtype, INT64), rank)
    zeros = w.fill(0, (size, *[g_shape[i] for i in rest]), dtype)
    rows = w.op("ScatterND", zeros, indices, w.transpose(g, own + rest), reduction="add")
    return w.transpose(rows, [*range(1, axis + 1), 0, *range(axis + 1, len(rest) + 1)])


@rule("gather_nd")
def _gather_nd(w, node, x, indices):
    indices = w.cast(indices, node.inputs[1].dtype, INT64)
    return w.op("GatherND", x, indices, batch_dims=node.attrs["batch_dims"])


@rule("scatter_nd")
def _scatter_nd(w, node, indices, updates):
    zeros = w.fill(0, node.attrs["shape"], node.outputs[0].dtype)
    indices = w.cast(indices, node.inputs[0].dtype, INT64)
    return w.op("ScatterND", zeros, indices, updates, reduction="add")


_SCATTERS = {
    **{"tensor_scatter_update": "none", "tensor_scatter_add": "add", "tensor_scatter_sub": "add"},
    **{"tensor_scatter_max": "max", "tensor_scatter_min": "min"},
}


@rule(*_SCATTERS, takes=NUMBERS | {"int8", "uint8", "bool", "complex"}, beside=(1,))
def _tensor_scatter(w, node, x, indices, updates):
    if node.op.name == "tensor_scatter_sub":
        dtype = node.inputs[2].dtype
        updates = w.op(
            "Sub", w.number(0, part_dtype(dtype) if dtype.kind == "c" else dtype), updates
        )
    indices = w.cast(indices, node.inputs[1].dtype, INT64)
    return w.op("ScatterND", x, indices, updates, reduction=_SCATTERS[node.op.name])


def windows_of(w, count, length, step):
    """The places of windows, (count, length), of an axis."""
    first = w.op("Range", w.number(0, INT64), w.scalar_size(count * step), w.number(step, INT64))
    return w.op("Add", w.unsqueeze(first, 1), w.constant(np.arange(length)))


@rule("frame")
def _frame(w, node, x):
    length, step = node.attrs["length"], node.attrs["step"]
    places = windows_of(w, node.outputs[0].shape[-2], length, step)
    return w.op("Gather", x, places, axis=len(node.inputs[0].shape) - 1)
