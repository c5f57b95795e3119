"""Rows of RaggedTensors repeated, cut and picked: more of tf's functions on them."""

import itertools

from ..base import nest
from ..core.dispatch import apply, tensor_of
from .cast import cast
from .control import stacked
from .create import range_, zeros_like
from .index import gather
from .join import concat, part_sizes, tile
from .partition import check_parts
from .ragged import RULES, RaggedTensor, is_ragged, ranges
from .ragged_functions import (
    on_values,
    ragged_of,
    row_gather,
    rows_of,
)
from .scatter import gather_nd
from .select import where
from .shape import check_axis, reshape, static_int, static_ints
from .tensor_array import leaf_tensors

# -- picked, repeated, cut -------------------------------------------------------------------------


def _gather(function, args, kwargs):
    def call(params, indices, validate_indices=None, axis=None, batch_dims=0, name=None):
        if batch_dims == 0 and axis in (None, 0):
            return row_gather(params, indices)
        if batch_dims != 1 or axis not in (None, 1):
            raise NotImplementedError(
                "tf.gather of ragged tensors is built for axis 0, and for batch_dims=1 with axis 1."
            )
        params = ragged_of(params)
        picked = indices if is_ragged(indices) else ragged_of(tensor_of(indices))
        starts = gather(cast(params.row_starts(), "int64"), picked.value_rowids())
        found = rows_of(params.values, starts + cast(picked.values, "int64"))
        if is_ragged(indices) or is_ragged(found):
            return picked.with_values(found)
        return reshape(found, (*tensor_of(indices)._shape, *found._shape[1:]))

    return call(*args, **kwargs)


def _gather_nd(function, args, kwargs):
    def call(params, indices, batch_dims=0, name=None):
        if batch_dims or is_ragged(indices):
            raise NotImplementedError("gather_nd of ragged tensors is built for dense indices.")
        index = cast(tensor_of(indices), "int64")
        while is_ragged(params) and index._shape[-1] > 1:
            place = gather(cast(params.row_starts(), "int64"), index[..., 0]) + index[..., 1]
            index, params = concat([place[..., None], index[..., 2:]], -1), params.values
        return row_gather(params, index[..., 0]) if is_ragged(params) else gather_nd(params, index)

    return call(*args, **kwargs)


def _repeated_rows(x, count):
    """Each row so many times behind itself."""

    def each(v):
        return reshape(tile(v[:, None], [1, count]), (-1,))

    starts, lengths = x.row_starts(), x.row_lengths()
    places = apply(ranges, (each(starts), each(lengths), zeros_like(each(starts)) + 1), {})
    values = rows_of(x.values, places)
    return RaggedTensor.from_row_lengths(values, lengths * count, validate=False)


def _tile(function, args, kwargs):
    def call(input, multiples, name=None):
        first, second, *inner = static_ints(multiples, "multiples")
        x = input
        if any(n != 1 for n in inner):
            x = x.with_values(function(x.values, [1, *inner]))
        x = x if second == 1 else _repeated_rows(x, second)
        return x if first == 1 else rows_of(x, tile(range_(x._rows), [first]))

    return call(*args, **kwargs)


def _squeeze(function, args, kwargs):
    def call(input, axis=None, name=None):
        axis = check_axis("squeeze", static_int(axis, "axis"), input.shape.rank)
        if axis > 1:
            return input.with_values(function(input.values, axis - 1))
        if (input._rows if axis == 0 else input._uniform) != 1:
            raise ValueError(f"[squeeze] Axis {axis} of {input.shape} is not of size 1.")
        return input.values

    return call(*args, **kwargs)


def _split(function, args, kwargs):
    def call(value, num_or_size_splits, axis=0, num=None, name=None):
        if axis != 0:
            raise NotImplementedError("tf.split of ragged tensors is built for axis 0.")
        sizes = part_sizes(num_or_size_splits, [value._rows, *value.shape[1:]], 0)
        return [value[end - n : end] for end, n in zip(itertools.accumulate(sizes), sizes)]

    return call(*args, **kwargs)


def _dynamic_partition(function, args, kwargs):
    def call(data, partitions, num_partitions, name=None):
        ids = tensor_of(partitions)
        count = static_int(num_partitions, "num_partitions")
        check_parts(ids, count)
        return [rows_of(data, reshape(where(ids == k), (-1,))) for k in range(count)]

    return call(*args, **kwargs)


def _cumsum(function, args, kwargs):
    def call(x, axis=0, exclusive=False, reverse=False, name=None):
        if check_axis("cumsum", axis, x.shape.rank) != 1 or is_ragged(x.values):
            raise NotImplementedError("cumsum of ragged tensors is built for axis 1 of rows.")
        dense = function(x.to_tensor(), 1, exclusive, reverse)
        return RaggedTensor.from_tensor(dense, x.row_lengths())

    return call(*args, **kwargs)


def _map_fn(function, args, kwargs):
    """Row by row, in Python; rows of results of different lengths are ragged again."""

    def call(fn, elems, dtype=None, *more, fn_output_signature=None, **others):
        leaves = [v if is_ragged(v) else tensor_of(v) for v in nest.flatten(elems)]
        rows = [fn(nest.pack_sequence_as(elems, list(row))) for row in zip(*leaves, strict=True)]
        signature = dtype if fn_output_signature is None else fn_output_signature
        if signature is None:  # that of elems
            signature = nest.map_structure(lambda v: getattr(v, "_type_spec", None), elems)
        return stacked(leaf_tensors(rows), signature)

    return call(*args, **kwargs)


RULES.update({
    "gather": _gather, "gather_nd": _gather_nd, "tile": _tile, "squeeze": _squeeze,
    "split": _split, "dynamic_partition": _dynamic_partition, "cumsum": _cumsum,
    "map_fn": _map_fn, "bitcast": on_values,
})  # fmt: skip
