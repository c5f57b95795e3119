"""Rules of primitives that move elements: shapes, slices, gather and scatter."""

import numpy as np

from ..graphs import graph_rule
from ..nodes import type_of


def reshaped(body, ref, shape):
    """A tensor in a shape of ints and Dims."""
    return body.add("Reshape", ref, body.dims(shape, guess=True))


def transposed(body, ref, perm):
    """A tensor with its axes permuted."""
    if tuple(perm) == tuple(range(len(perm))):
        return ref
    return body.add("Transpose", ref, body.constant(list(perm), np.int32))


def permuted(body, ref, ndim, axes):
    """(a tensor with some axes last, the permutation that undoes that)."""
    perm = [a for a in range(ndim) if a not in axes] + list(axes)
    return transposed(body, ref, perm), [perm.index(a) for a in range(ndim)]


def sliced_by(body, ref, key, op="StridedSlice", before=()):
    """Basic indexing by a frozen key, as the primitive strided_slice has it."""
    begin, end, step, masks = [], [], [], dict.fromkeys(_MASKS, 0)
    for place, k in enumerate(key):
        at, to, by = 0, 0, 1
        if k is None or k is Ellipsis:
            masks["new_axis_mask" if k is None else "ellipsis_mask"] |= 1 << place
        elif k.__class__ is tuple:
            _, start, stop, stride = k
            by = 1 if stride is None else stride
            at, to = 0 if start is None else start, 0 if stop is None else stop
            masks["begin_mask"] |= (start is None) << place
            masks["end_mask"] |= (stop is None) << place
        else:
            at, to = k, k + 1
            masks["shrink_axis_mask"] |= 1 << place
            masks["end_mask"] |= (k.__class__ is int and k == -1) << place
        for values, value in ((begin, at), (end, to), (step, by)):
            values.append(value)
    places = [body.dims(values) for values in (begin, end, step)]
    if op == "StridedSliceGrad":
        return body.add(op, *before, *places, ref, **masks)
    return body.add(op, ref, *places, **masks)


_MASKS = ("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask")


@graph_rule("reshape")
def _reshape(body, node, inputs):
    return reshaped(body, *inputs, node.attrs["shape"])


@graph_rule("broadcast_to")
def _broadcast_to(body, node, inputs):
    return body.add("BroadcastTo", *inputs, body.dims(node.attrs["shape"]))


@graph_rule("transpose")
def _transpose(body, node, inputs):
    return body.add("Transpose", *inputs, body.constant(list(node.attrs["perm"]), np.int32))


@graph_rule("reverse")
def _reverse(body, node, inputs):
    return body.add("ReverseV2", *inputs, body.constant(list(node.attrs["axis"]), np.int32))


@graph_rule("sizes")
def _sizes(body, node, inputs):
    dims, shape, dtype = (node.attrs[k] for k in ("dims", "shape", "dtype"))
    if shape == ():
        return body.cast(body.size(dims[0]), dtype)
    found = body.dims(dims, dtype)
    return found if len(shape) == 1 else reshaped(body, found, shape)


def paddings_of(body, paddings):
    """Pairs of ints and Dims as a matrix."""
    return reshaped(body, body.dims([d for pair in paddings for d in pair]), (len(paddings), 2))


@graph_rule("pad")
def _pad(body, node, inputs):
    mode, value = node.attrs["mode"], node.attrs["value"]
    paddings = paddings_of(body, node.attrs["paddings"])
    if mode != "constant":
        return body.add("MirrorPad", *inputs, paddings, mode=mode.upper())
    return body.add("PadV2", *inputs, paddings, body.constant(_of(value, node.inputs[0].dtype)))


def _of(value, dtype):
    made = np.empty((), dtype)
    made[()] = value
    return made


@graph_rule("concat")
def _concat(body, node, inputs):
    return body.add("ConcatV2", list(inputs), body.constant(node.attrs["axis"], np.int32))


@graph_rule("range")
def _range(body, node, inputs):
    return body.add("Range", *inputs)


@graph_rule("strided_slice")
def _strided_slice(body, node, inputs):
    return sliced_by(body, *inputs, node.attrs["key"])


@graph_rule("slice_transpose")
def _slice_transpose(body, node, inputs):
    shape = body.dims(node.attrs["shape"])
    return sliced_by(body, *inputs, node.attrs["key"], "StridedSliceGrad", [shape])


@graph_rule("gather")
def _gather(body, node, inputs):
    axis = body.constant(node.attrs["axis"], np.int32)
    return body.add("GatherV2", *_indexed(body, inputs), axis, batch_dims=node.attrs["batch_dims"])


def _indexed(body, inputs):
    """Operands with indices of a dtype that TensorFlow takes."""
    x, indices, *rest = inputs
    if indices.dtype not in (type_of(np.int32), type_of(np.int64)):
        indices = body.cast(indices, np.int64)
    return [x, indices, *rest]


@graph_rule("gather_transpose")
def _gather_transpose(body, node, inputs):
    """Sums rows by their place: the rows lie behind the batch axes and the indices' own."""
    g, indices = _indexed(body, inputs)
    axis, batch, size = (node.attrs[k] for k in ("axis", "batch_dims", "size"))
    of_g, of_indices = node.inputs[0].shape, node.inputs[1].shape
    depth = len(of_indices) - batch
    first = list(range(axis, axis + depth))
    lead, before = list(range(batch)), list(range(batch, axis))
    after = list(range(axis + depth, len(of_g)))
    perm = lead + first + before + after
    rows = reshaped(body, transposed(body, g, perm), (-1, *[of_g[a] for a in before + after]))
    batches = 1
    for a in lead:
        batches = batches * of_g[a]
    flat = reshaped(body, indices, (-1,))
    if batch:
        # each batch has places of its own
        count = 1
        for d in of_indices[batch:]:
            count = count * d
        kind = np.int64 if indices.dtype == type_of(np.int64) else np.int32
        number = body.add("Range", *[body.size(d) for d in (0, batches, 1)])
        number = body.add("Mul", number, body.size(size))
        number = reshaped(body, number, (batches, 1))
        wide = body.add("BroadcastTo", number, body.dims((batches, count)))
        flat = body.add("AddV2", flat, body.cast(reshaped(body, wide, (-1,)), kind))
    summed = body.add("UnsortedSegmentSum", rows, flat, body.size(batches * size))
    shape = [of_g[a] for a in lead] + [size] + [of_g[a] for a in before + after]
    summed = reshaped(body, summed, shape)
    order = lead + [batch + 1 + i for i in range(len(before))] + [batch]
    order += range(len(order), len(shape))
    return transposed(body, summed, order)


@graph_rule("update_row")
def _update_row(body, node, inputs):
    x, index, row = inputs
    if 0 in node.outputs[0].shape:
        return body.add("Identity", x)
    index = reshaped(body, index, (1, 1))
    return body.add("TensorScatterUpdate", x, index, body.add("ExpandDims", row, body.size(0)))


@graph_rule("gather_nd")
def _gather_nd(body, node, inputs):
    x, indices = _indexed(body, inputs)
    batch = node.attrs["batch_dims"]
    shape = node.inputs[1].shape
    kind = np.int64 if indices.dtype == type_of(np.int64) else np.int32
    parts = []
    for axis in range(batch):  # the number of the batch as a further index
        number = body.add("Range", *[body.size(d) for d in (0, shape[axis], 1)])
        wide = [1] * len(shape)
        wide[axis] = shape[axis]
        number = reshaped(body, body.cast(number, kind), wide)
        parts.append(body.add("BroadcastTo", number, body.dims((*shape[:-1], 1))))
    if parts:
        last = body.constant(len(shape) - 1, np.int32)
        indices = body.add("ConcatV2", [*parts, indices], last)
    return body.add("GatherNd", x, indices)


@graph_rule("scatter_nd")
def _scatter_nd(body, node, inputs):
    indices, updates = inputs
    kind = np.int64 if indices.dtype == type_of(np.int64) else np.int32
    return body.add("ScatterNd", indices, updates, body.dims(node.attrs["shape"], kind))


@graph_rule(*[f"tensor_scatter_{how}" for how in ("update", "add", "sub", "max", "min")])
def _tensor_scatter(body, node, inputs):
    return body.add("TensorScatter" + node.op.name.split("_")[-1].capitalize(), *inputs)


@graph_rule("nonzero")
def _nonzero(body, node, inputs):
    return body.add("Where", *inputs)
