"""What tf's functions do with RaggedTensors, and tf.ragged.

Functions of elements run on the flat values; joins move rows. `ragged_reduce.py` has the
reductions, `ragged_rows.py` more that moves rows.
"""

import numpy as np

from ..base import dtypes
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, find_override, public, tensor_of
from ..core.op import OPS
from ..core.tensor import Tensor, convert_to_tensor
from ..core.variable import Variable
from .cast import cast
from .compose import add_n
from .create import zeros, zeros_like
from .index import boolean_mask, gather, getitem
from .join import concat, stack
from .ragged import RULES, RaggedTensor, RaggedTensorSpec, is_ragged, leading, ranges, row_ids
from .ragged_reduce import filled, reduce_one
from .reduce import reduce_sum
from .select import where
from .shape import broadcast_to, check_axis, expand_dims, integers, reshape, static_int
from .sort import argsort

ON_VALUES = {  # composed functions of elements, which run on the flat values
    "cast", "clip_by_value", "debugging.check_numerics", "dtypes.saturate_cast", "identity",
    "add_n", "math.divide", "nn.dropout", "io.encode_base64", "io.decode_base64",
    "nn.elu", "nn.gelu", "nn.leaky_relu", "nn.relu", "nn.relu6",
    "nn.selu", "nn.silu", "nn.softplus", "nn.softsign", "nn.swish", "one_hot", "ones_like",
    "stop_gradient", "zeros_like", "nn.experimental.stateless_dropout",
}  # fmt: skip


# -- functions of elements -------------------------------------------------------------------------


def _same_rows(first, other):
    """Raises unless both have the same rows, where these are known."""
    for a, b in zip(first.nested_row_splits, other.nested_row_splits, strict=True):
        known = a is not b and a.is_eager and b.is_eager
        if known and not np.array_equal(a.host(), b.host()):
            raise InvalidArgumentError(
                f"Ragged operands have rows of different lengths: row_splits {a.host().tolist()} "
                f"and {b.host().tolist()}. Bring both to one shape with to_tensor()."
            )


def elements_for(ragged, dense):
    """The elements of a dense operand that go with the flat values of a ragged one."""
    x = tensor_of(dense)
    inner = len(ragged.flat_values._shape) - 1
    if len(x._shape) <= inner:
        return x
    part = ragged
    if part.uniform_row_length is None and x._shape[0] not in (1, part._rows):
        raise InvalidArgumentError(
            f"Shapes {ragged.shape} and {x.shape} do not broadcast: give the dense operand "
            "dimensions of 1 where the other one is ragged."
        )
    for part in ragged._levels():
        x = gather(x, integers((0,), "int32")) if x._shape[0] == 1 != part._rows else x
        lengths = part.row_lengths()
        ids = apply(row_ids, (part.row_splits,), {"count": leading(part.values)})
        if len(x._shape) < 2:
            x = gather(x, ids) if x._shape[0] != 1 else x
            continue
        if x._shape[0] == 1 and part._rows != 1:
            x = broadcast_to(x, (part._rows, *x._shape[1:]))
        if x._shape[1] == 1:
            x = gather(x[:, 0], ids)
        elif not lengths.is_eager or not (lengths.host() == x._shape[1]).all():
            raise InvalidArgumentError(
                f"Shapes {ragged.shape} and {x.shape} do not broadcast: rows have the lengths "
                f"{lengths}, the dense operand {x._shape[1]} columns."
            )
        else:
            x = reshape(x, (-1, *x._shape[2:]))
    return x


def on_values(function, args, kwargs):
    """A function of elements, of the flat values of its ragged arguments."""
    first = find_override((args, kwargs), RaggedTensor)
    dense = {list, np.ndarray} if OPS.get(function.__name__) is not None else set()

    def part(value):
        if is_ragged(value):
            if value is not first:
                if value.ragged_rank != first.ragged_rank:
                    raise InvalidArgumentError(
                        f"Ragged operands of shapes {first.shape} and {value.shape} do not go "
                        "together: they have different ragged dimensions."
                    )
                _same_rows(first, value)
            return value.flat_values
        if isinstance(value, list | tuple) and find_override(value, RaggedTensor) is not None:
            return type(value)(map(part, value))
        if isinstance(value, Tensor | Variable) or value.__class__ in dense:
            return elements_for(first, value)
        return value

    result = function(*map(part, args), **{k: part(v) for k, v in kwargs.items()})
    return first.with_flat_values(result)


def takes_ragged(function):
    """Declares a function of elements: for ragged arguments it runs on their values."""
    RULES[function._public_path] = on_values
    return function


@public("ragged.map_flat_values", composites=True)
def map_flat_values(op, *args, **kwargs):
    """`op` of the flat values of its ragged arguments, with rows as they were.

    Example:
    >>> tf.ragged.map_flat_values(tf.square, tf.ragged.constant([[1, 2], [3]]))
    <tf.RaggedTensor [[1, 4], [9]]>
    """
    first = find_override((args, kwargs), RaggedTensor)
    if first is None:
        return op(*args, **kwargs)

    def part(value):
        if is_ragged(value):
            _same_rows(first, value)
            return value.flat_values
        if isinstance(value, list | tuple) and find_override(value, RaggedTensor) is not None:
            return type(value)(map(part, value))
        return value

    result = op(*map(part, args), **{k: part(v) for k, v in kwargs.items()})
    return first.with_flat_values(result)


# -- rows moved and joined -------------------------------------------------------------------------


def rows_of(x, indices):
    """Rows of a ragged or dense tensor, by a vector of their numbers."""
    if not is_ragged(x):
        return gather(x, indices)
    starts, lengths = gather(x.row_starts(), indices), gather(x.row_lengths(), indices)
    ones = zeros_like(starts) + 1
    places = apply(ranges, (starts, lengths, ones), {})
    return RaggedTensor.from_row_lengths(rows_of(x.values, places), lengths, validate=False)


def row_gather(params, indices):
    """Rows of a ragged or dense tensor by a dense or ragged tensor of their numbers."""
    if is_ragged(indices):
        return indices.with_flat_values(row_gather(params, indices.flat_values))
    if not is_ragged(params):
        return gather(params, indices)
    index = tensor_of(indices)
    if not index._shape:
        return _row(params, index)
    picked = rows_of(params, reshape(index, (-1,)))
    for k in range(len(index._shape) - 1, 0, -1):
        rows = index._shape[0] if k == 1 else int(np.prod(index._shape[:k]))
        picked = RaggedTensor.from_uniform_row_length(picked, index._shape[k], rows)
    return picked


def _embedding_lookup(function, args, kwargs):
    def call(params, ids, max_norm=None, name=None):
        return ids.with_flat_values(function(params, ids.flat_values, max_norm))

    return call(*args, **kwargs)


def _row(x, index):
    """One row of a ragged tensor."""
    if index.__class__ is int or getattr(index, "is_eager", False):
        index, rows = int(index), x._rows
        if rows.__class__ is int and not -rows <= index < rows:
            raise IndexError(f"Row key {index} out of bounds: there are {rows} rows.")
        index = index + rows if index < 0 else index
    ends = x.row_splits
    if ends.is_eager:
        return x.values[int(ends[index]) : int(ends[index + 1])]
    start, length = gather(x.row_starts(), index), gather(x.row_lengths(), index)
    places = apply(
        ranges, (reshape(start, (1,)), reshape(length, (1,)), zeros([1], ends.dtype) + 1), {}
    )
    return rows_of(x.values, places)


def _getitem(x, key):
    keys = key if key.__class__ is tuple else (key,)
    if not keys:
        return x
    if not is_ragged(x):
        return getitem(x, keys)
    first, rest = keys[0], keys[1:]
    if first is Ellipsis:
        count = x.shape.rank - sum(k is not None for k in rest)
        return _getitem(x, (*[slice(None)] * count, *rest))
    if first is None:
        return RaggedTensor.from_uniform_row_length(_getitem(x, rest), x._rows, 1)
    if not isinstance(first, slice):
        return _getitem(_row(x, first), rest)
    if first != slice(None):
        places = _positions(first, reshape(integers(x._rows, x.row_splits.dtype), (1,)))[0]
        x = _as_uniform(rows_of(x, places), x)
    return _inside(x, rest) if rest else x


def _as_uniform(x, like):
    """Rows of a ragged tensor, with the uniform dimensions that it has."""
    if not is_ragged(x):
        return x
    return RaggedTensor._make(_as_uniform(x.values, like.values), x._row_splits, like._uniform)


def _inside(x, keys):
    """x[:, *keys]: the same for every row."""
    first, rest = keys[0], keys[1:]
    if first is None:
        inner = _inside(x, rest) if rest else x
        return RaggedTensor.from_uniform_row_length(inner, 1, x._rows)
    if first is Ellipsis:
        count = x.shape.rank - 1 - sum(k is not None for k in rest)
        return _inside(x, (*[slice(None)] * count, *rest))
    if not isinstance(first, slice):
        if x._uniform is None:
            raise ValueError(
                "Cannot index into an inner ragged dimension: rows may be too short. Use a slice, "
                "or to_tensor()."
            )
        dense = x.values[first :: x._uniform] if not is_ragged(x.values) else None
        if dense is None:
            raise NotImplementedError("Indexing a uniform dimension of ragged rows is not built.")
        return getitem(dense, (slice(None), *rest)) if rest else dense
    if first != slice(None):
        places, lengths = _positions(first, x.row_lengths(), x.row_starts())
        values, size = _as_uniform(rows_of(x.values, places), x.values), x._uniform
        x = RaggedTensor.from_row_lengths(values, lengths, validate=False)
        bounds = (first.start, first.stop, first.step)
        if size.__class__ is int and all([b is None or b.__class__ is int for b in bounds]):
            x._uniform = len(range(size)[first])
    if not rest:
        return x
    values = x.values
    inner = _inside(values, rest) if is_ragged(values) else getitem(values, (slice(None), *rest))
    return x.with_values(inner)


def _positions(key, lengths, starts=None):
    """Where the elements are that a slice takes of rows of these lengths; how many of each row."""
    step = 1 if key.step is None else int(key.step)

    def bound(value, missing):
        if value is None:
            return zeros_like(lengths) + missing
        value = cast(value, lengths.dtype)
        value = where(value < 0, value + lengths, value)
        low = 0 if step > 0 else -1
        return where(value < low, low, where(value > lengths + low, lengths + low, value))

    begin = bound(key.start, 0) if step > 0 else bound(key.start, lengths - 1)
    end = bound(key.stop, lengths) if step > 0 else bound(key.stop, -1)
    count = (end - begin + step - (1 if step > 0 else -1)) // step
    count = where(count < 0, 0, count)
    begin = begin if starts is None else begin + starts
    return apply(ranges, (begin, count, zeros_like(begin) + step), {}), count


def ragged_of(value, rank=1):
    """A dense tensor with so many partitions; a ragged one as it is."""
    if is_ragged(value):
        return value
    return RaggedTensor.from_tensor(tensor_of(value), ragged_rank=rank)


def _concat(values, axis):
    if not any(map(is_ragged, values)):
        return concat(values, axis)
    rank = max(v.ragged_rank for v in values if is_ragged(v))
    values = [ragged_of(v, rank) for v in values]
    if axis > 1:
        return values[0].with_values(_concat([v.values for v in values], axis - 1))
    inner = _concat([v.values for v in values], 0)
    if axis == 0:
        lengths = concat([v.row_lengths() for v in values], 0)
        return RaggedTensor.from_row_lengths(inner, lengths, validate=False)
    order = argsort(concat([v.value_rowids() for v in values], 0), stable=True)
    lengths = add_n([v.row_lengths() for v in values])
    return RaggedTensor.from_row_lengths(rows_of(inner, order), lengths, validate=False)


def _concat_rule(function, args, kwargs):
    def call(values, axis, name=None):
        rank = next(v.shape.rank for v in values if is_ragged(v))
        return _concat(list(values), check_axis("concat", axis, rank))

    return call(*args, **kwargs)


def _stack(values, axis):
    values = [v if is_ragged(v) else tensor_of(v) for v in values]
    if axis:
        return _concat([expand_dims(v, axis) for v in values], axis)
    if not any(map(is_ragged, values)) and not values[0]._shape:
        return stack(values)
    if not any(map(is_ragged, values)):
        counts = stack([integers(v._shape[0], "int64") for v in values])
        return RaggedTensor.from_row_lengths(concat(values, 0), counts)
    rows = stack([v.nrows("int64") if is_ragged(v) else integers(len(v), "int64") for v in values])
    return RaggedTensor.from_row_lengths(_concat(values, 0), rows)


def _stack_rule(function, args, kwargs):
    def call(values, axis=0, name=None):
        rank = next(v.shape.rank for v in values if is_ragged(v)) + 1
        return _stack(list(values), check_axis("stack", axis, rank))

    return call(*args, **kwargs)


@public("ragged.stack", composites=True)
def ragged_stack(values, axis=0, name=None):
    """Tensors, whose first dimensions may differ, as rows of one RaggedTensor.

    Example:
    >>> tf.ragged.stack([[1, 2], [3]])
    <tf.RaggedTensor [[1, 2], [3]]>
    """
    first = values[0] if is_ragged(values[0]) else tensor_of(values[0])
    return _stack(values, check_axis("ragged.stack", axis, first.shape.rank + 1))


RaggedTensorSpec._stacked = staticmethod(ragged_stack)  # what tf.map_fn does with the results


def _expand_dims(function, args, kwargs):
    def call(input, axis, name=None):
        axis = check_axis("expand_dims", axis, input.shape.rank + 1)
        if axis == 0:
            return RaggedTensor.from_uniform_row_length(input, input._rows, 1)
        if axis == 1:
            return RaggedTensor.from_uniform_row_length(input, 1, input._rows)
        return input.with_values(expand_dims(input.values, axis - 1))

    return call(*args, **kwargs)


def _where(function, args, kwargs):
    def call(condition, x=None, y=None, name=None):
        if x is not None:
            return on_values(function, (condition, x, y), {})
        found = function(condition.flat_values)
        parts, ids = [found], found[:, 0]
        for level in reversed(condition._levels()):
            column = gather(level.value_rowids(), ids)
            within = ids - gather(level.row_starts(), column)
            parts[0] = concat([within[:, None], parts[0][:, 1:]], 1)
            parts[0] = concat([column[:, None], parts[0]], 1)
            ids = column
        return parts[0]

    return call(*args, **kwargs)


def _reverse(function, args, kwargs):
    def call(tensor, axis, name=None):
        key = [slice(None)] * tensor.shape.rank
        for a in axis:
            key[check_axis("reverse", a, tensor.shape.rank)] = slice(None, None, -1)
        return tensor[tuple(key)]

    return call(*args, **kwargs)


def _softmax(function, args, kwargs):
    def call(logits, axis=None, name=None):
        if axis not in (None, -1, logits.shape.rank - 1) or is_ragged(logits.values):
            raise NotImplementedError("Softmax of ragged rows is built for the last axis.")
        dense = function(filled(logits, -np.inf), axis=-1)
        return RaggedTensor.from_tensor(dense, logits.row_lengths())

    return call(*args, **kwargs)


@public("ragged.boolean_mask", composites=True)
def ragged_boolean_mask(data, mask, name=None):
    """What of `data` has a True in `mask`, in rows as they were.

    Example:
    >>> tf.ragged.boolean_mask([[1, 2], [3, 4]], [[True, False], [True, True]])
    <tf.RaggedTensor [[1], [3, 4]]>
    """
    mask = mask if is_ragged(mask) else tensor_of(mask)
    if mask.shape.rank == 1:
        if not is_ragged(data):
            return boolean_mask(data, mask)
        return rows_of(data, reshape(where(mask), (-1,)))
    data, mask = ragged_of(data, 1), ragged_of(mask, mask.shape.rank - 1)
    _same_rows(data, mask)
    kept = reduce_one(reduce_sum, mask.with_flat_values(cast(mask.flat_values, "int64")), 1)
    inner = ragged_boolean_mask(data.values, mask.values)
    if is_ragged(mask.values):
        return data.with_values(inner)
    return RaggedTensor.from_row_lengths(inner, kept, validate=False)


@public("ragged.range")
def ragged_range(
    starts, limits=None, deltas=1, dtype=None, name=None, row_splits_dtype=dtypes.int64
):
    """Rows that count from `starts` to before `limits` by `deltas`; with one argument, from 0.

    Example:
    >>> tf.ragged.range([3, 0, 2])
    <tf.RaggedTensor [[0, 1, 2], [], [0, 1]]>
    """
    if limits is None:
        starts, limits = 0, starts
    parts = [convert_to_tensor(p, dtype) for p in (starts, limits)]
    common = next((p.dtype for p in parts if p.dtype.is_floating), parts[1].dtype)
    parts = [cast(p, common) for p in (*parts, convert_to_tensor(deltas))]
    rows = next((p._shape[0] for p in parts if p._shape), 1)
    starts, limits, deltas = (broadcast_to(p, (rows,)) for p in parts)
    whole = limits - starts
    counts = -((-whole) // deltas)
    counts = cast(where(counts < 0, zeros_like(counts), counts), row_splits_dtype)
    values = apply(ranges, (starts, counts, deltas), {})
    return RaggedTensor.from_row_lengths(values, counts, validate=False)


@public("ragged.row_splits_to_segment_ids")
def row_splits_to_segment_ids(splits, name=None, out_type=None):
    """For each value the row that it is in.

    Example:
    >>> tf.ragged.row_splits_to_segment_ids([0, 3, 3, 5]).numpy()
    array([0, 0, 0, 2, 2])
    """
    splits = tensor_of(splits)
    splits = cast(splits, out_type or ("int64" if splits.is_eager else splits.dtype))
    count = static_int(splits[-1], "splits")
    return apply(row_ids, (splits,), {"count": count})


@public("ragged.segment_ids_to_row_splits")
def segment_ids_to_row_splits(segment_ids, num_segments=None, out_type=None, name=None):
    """Where each row begins, of the sorted rows of the values.

    Example:
    >>> tf.ragged.segment_ids_to_row_splits([0, 0, 2]).numpy()
    array([0, 2, 2, 3])
    """
    ids = cast(tensor_of(segment_ids), out_type or "int64")
    return RaggedTensor.from_value_rowids(ids, ids, num_segments).row_splits


@public("ragged.stack_dynamic_partitions", composites=True)
def stack_dynamic_partitions(data, partitions, num_partitions, name=None):
    """Row i has the elements of `data` whose partition is i.

    Example:
    >>> tf.ragged.stack_dynamic_partitions(["a", "b", "c"], [0, 1, 0], 2)
    <tf.RaggedTensor [[b'a', b'c'], [b'b']]>
    """
    partitions = tensor_of(partitions)
    order = argsort(partitions, stable=True)
    sorted_ids = gather(partitions, order)
    return RaggedTensor.from_value_rowids(rows_of(data, order), sorted_ids, num_partitions)


def _rank(function, args, kwargs):
    def call(input, name=None):
        return integers(input.shape.rank, "int32")

    return call(*args, **kwargs)


def _size(function, args, kwargs):
    def call(input, out_type=None, name=None):
        return function(input.flat_values, *(() if out_type is None else (out_type,)))

    return call(*args, **kwargs)


RULES.update(dict.fromkeys(ON_VALUES, on_values))
RULES.update({
    "concat": _concat_rule, "stack": _stack_rule, "where": _where,
    "expand_dims": _expand_dims, "reverse": _reverse, "size": _size,
    "rank": _rank,
    "nn.embedding_lookup": _embedding_lookup, "nn.softmax": _softmax,
})  # fmt: skip


def _iterate(x):
    if x._rows.__class__ is not int:
        raise TypeError("Cannot iterate over a RaggedTensor whose number of rows is unknown.")
    return (x[i] for i in range(x._rows))


RaggedTensor.__getitem__ = _getitem
RaggedTensor.__iter__ = _iterate
