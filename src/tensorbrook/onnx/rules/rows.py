"""Rows of different lengths, sparse tensors, segments, categories, tables."""

import numpy as np

from ..writer import FLOATS, INT64, NUMBERS, REAL, rule
from .movement import windows_of


def _how_many(w, kind, rows, columns):
    """For each row how many columns fulfil a relation to it."""
    fits = w.op(kind, w.unsqueeze(columns, 0), w.unsqueeze(rows, 1))
    return w.op("ReduceSum", w.op("Cast", fits, to=INT64), w.ints(1), keepdims=0)


def _row_ids(w, splits, count):
    return _how_many(w, "LessOrEqual", w.iota(count), w.slice(splits, 0, 1, 2**62))


@rule("row_ids")
def _row_ids_rule(w, node, splits):
    dtype = node.inputs[0].dtype
    return w.cast(_row_ids(w, w.cast(splits, dtype, INT64), node.attrs["count"]), INT64, dtype)


@rule("splits_of_ids")
def _splits_of_ids(w, node, ids):
    dtype = node.inputs[0].dtype
    rows = w.iota(node.attrs["rows"] + 1)
    return w.cast(_how_many(w, "Less", rows, w.cast(ids, dtype, INT64)), INT64, dtype)


def _and_one_more(w, values, value, last):
    """Rows of values and one more after them."""
    inner = w.shape((1, *value.shape[1:]))
    return w.op("Concat", values, w.op("Expand", last, inner), axis=0)


@rule("ragged_to_dense", takes=REAL, beside=(1,))
def _ragged_to_dense(w, node, values, splits, default):
    (_, of_splits, _), out = node.inputs, node.outputs[0].shape
    splits = w.cast(splits, of_splits.dtype, INT64)
    starts, ends = w.slice(splits, 0, 0, -1), w.slice(splits, 0, 1, 2**62)
    if node.attrs["width"] is None:
        width = w.op("ReduceMax", w.op("Sub", ends, starts), keepdims=0)
        width = w.op("Max", width, w.number(0, INT64))
    else:
        width = w.scalar_size(node.attrs["width"])
    if node.attrs["rows"] is not None:  # more rows are empty ones, less are cut off
        more = w.shape((0, out[0] - (of_splits.shape[0] - 1)))
        starts, ends = (w.op("Pad", x, more) for x in (starts, ends))
    places = w.op("Range", w.number(0, INT64), width, w.number(1, INT64))
    places = w.op("Add", w.unsqueeze(starts, 1), w.unsqueeze(places, 0))
    held = w.op("Less", places, w.unsqueeze(ends, 1))
    places = w.where(held, places, w.scalar_size(node.inputs[0].shape[0]))
    return w.op("Gather", _and_one_more(w, values, node.inputs[0], default), places, axis=0)


@rule("ragged_of_dense", takes=REAL, beside=(1,))
def _ragged_of_dense(w, node, dense, splits):
    value, count = node.inputs[0], node.attrs["count"]
    rows, width, *inner = value.shape
    splits = w.cast(splits, node.inputs[1].dtype, INT64)
    ids = _row_ids(w, splits, count)
    places = w.op("Sub", w.iota(count), w.op("Gather", splits, ids, axis=0))
    held = w.op("And", w.op("Less", places, w.scalar_size(width)),
                w.op("Less", ids, w.scalar_size(rows)))  # fmt: skip
    places = w.op("Add", w.op("Mul", ids, w.scalar_size(width)), places)
    places = w.where(held, places, w.scalar_size(rows * width))
    flat = value.__class__(0, (rows * width, *inner), value.dtype)
    values = w.reshape(dense, flat.shape)
    zero = w.number(b"" if value.dtype == object else 0, value.dtype)
    return w.op("Gather", _and_one_more(w, values, flat, zero), places, axis=0)


@rule("sparse_to_dense", takes=REAL, beside=(0,))
def _sparse_to_dense(w, node, indices, values, default):
    out = w.op("Expand", default, w.shape(node.attrs["shape"]))
    return w.op("ScatterND", out, w.cast(indices, node.inputs[0].dtype, INT64), values)


@rule("sparse_matmul", takes=FLOATS, beside=(0, 1))
def _sparse_matmul(w, node, rows, columns, values, b):
    out = node.outputs[0]
    rows, columns = (w.cast(i, v.dtype, INT64) for i, v in zip((rows, columns), node.inputs))
    parts = w.op("Mul", w.unsqueeze(values, -1), w.op("Gather", b, columns, axis=0))
    zeros = w.fill(0, out.shape, out.dtype)
    return w.op("ScatterND", zeros, w.unsqueeze(rows, -1), parts, reduction="add")


@rule("unsorted_segment_prod", takes=NUMBERS, beside=(1,))
def _unsorted_segment_prod(w, node, data, places):
    ones = w.fill(1, node.outputs[0].shape, node.outputs[0].dtype)
    places = w.unsqueeze(w.cast(places, node.inputs[1].dtype, INT64), -1)
    return w.op("ScatterND", ones, places, data, reduction="mul")


@rule("unique", takes={"float32", "float64", "int8", "int64", "object"})
def _unique(w, node, x):
    values, first, inverse, counts = w.op(
        "Unique", x, outputs=4, axis=0, sorted=int(node.attrs["ordered"])
    )
    return values, inverse, counts, first


@rule("category_rows", takes=NUMBERS)
def _category_rows(w, node, x):
    categories = np.arange(node.attrs["depth"], dtype=node.inputs[0].dtype)
    found = w.op("Equal", w.unsqueeze(x, -1), categories)
    kind = "ReduceSum" if node.attrs["counts"] else "ReduceMax"
    rows = w.op(kind, w.op("Cast", found, to=np.dtype(np.int32)), w.ints(-2), keepdims=0)
    return w.cast(rows, np.int32, node.outputs[0].dtype)


@rule("overlap_and_add", takes=FLOATS)
def _overlap_and_add(w, node, x):
    value, out = node.inputs[0], node.outputs[0]
    *lead, count, length = value.shape
    rank, size = len(value.shape), out.shape[-1]
    places = windows_of(w, count, length, node.attrs["step"])
    first = w.transpose(x, (rank - 2, rank - 1, *range(rank - 2)))
    zeros = w.fill(0, (size, *lead), value.dtype)
    total = w.op("ScatterND", zeros, w.unsqueeze(places, -1), first, reduction="add")
    return w.transpose(total, (*range(1, rank - 1), 0))


_KINDS = {"i": "int64", "u": "int64", "O": "string", "f": "float"}


@rule("table_find")
def _table_find(w, node, keys, default):
    """A LabelEncoder with what the table holds when the model is written."""
    entries = node.attrs["entries"]
    fixed = w.known(default)
    if fixed is None or entries.shape:
        raise NotImplementedError(
            "Export to ONNX: a table whose default is no constant, or whose values are vectors, "
            "has no counterpart there. Number the keys with a table, and tf.gather the vectors."
        )
    wide = {"i": INT64, "u": INT64, "f": np.dtype(np.float32), "O": np.dtype(object)}
    before, after = (wide[v.dtype.kind] for v in (node.inputs[0], node.outputs[0]))
    of_keys, of_values = _KINDS[before.kind], _KINDS[after.kind]
    known, values = (tuple(_plain(a)) for a in entries.exported())
    attributes = {
        f"keys_{of_keys}s": known, f"values_{of_values}s": values,
        f"default_{of_values}": _plain(fixed.reshape(1))[0],
    }  # fmt: skip
    found = w.op(
        "LabelEncoder", w.cast(keys, node.inputs[0].dtype, before), domain="ai.onnx.ml",
        **attributes,
    )  # fmt: skip
    return w.cast(found, after, node.outputs[0].dtype)


def _plain(array):
    return [x.decode() if isinstance(x, bytes) else x for x in array.tolist()]


@rule("to_number")
def _to_number(w, node, x):
    return w.op("Cast", x, to=node.outputs[0].dtype)
