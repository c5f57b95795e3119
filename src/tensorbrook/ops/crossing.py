"""Crossed features and sets: combinations of the values in each row, tf.sets, counts of values.

Rows may be dense, ragged or sparse: all of them are values and where each row begins.
"""

from math import prod

import numpy as np

from ..base import dtypes
from ..base.dims import Dim
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import OPS, Op, Spec, fail
from ..core.tensor import Tensor, convert_to_tensor
from ..core.variable import Variable
from ._kernels import hashes
from ._kernels.texts import array_of, flat
from .cast import cast
from .compare import logical_and
from .create import fill, ones, range_, zeros
from .elementwise import maximum, minimum
from .index import boolean_mask
from .join import concat, stack
from .ragged import RULES as RAGGED_RULES
from .ragged import RaggedTensor, is_ragged, row_ids
from .reduce import reduce_max
from .scatter import gather_nd
from .segments import unsorted_segment_sum
from .select import where
from .shape import integers, reshape
from .sort import unique_slices
from .sparse import RULES, SparseTensor, is_sparse
from .sparse_functions import flat_places, places_of
from .strings import HASH_KEY, OBJECT, hashed, sample, text_op

# -- combinations ----------------------------------------------------------------------------------


def _combinations(splits):
    """(for each input which of its values are taken, how many combinations each row has)."""
    lengths = np.stack([np.diff(s) for s in splits])
    counts = lengths.prod(0)
    ends = np.cumsum(counts)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)
    taken, after = [], np.ones_like(counts)
    for s, length in zip(splits[::-1], lengths[::-1]):  # the last input changes fastest
        place = within // np.repeat(np.maximum(after, 1), counts) % np.repeat(length, counts)
        taken.append(np.repeat(s[:-1], counts) + place)
        after = after * length
    return taken[::-1], counts.astype(np.int64)


def _cross_kernel(*parts, separator, buckets, key):
    taken, counts = _combinations(parts[::2])
    columns = parts[1::2]
    if separator is not None:
        texts = [flat(c) if c.dtype == object else [b"%d" % v for v in c.tolist()] for c in columns]
        rows = zip(*([t[k] for k in at.tolist()] for t, at in zip(texts, taken)))
        return array_of([separator.join(row) for row in rows]), counts
    total = np.full(len(taken[0]), key, np.uint64)
    for column, at in zip(columns, taken):
        total = hashes.joined_fingerprints(total, hashed(column)[at])
    return (total % np.uint64(buckets or np.iinfo(np.int64).max)).astype(np.int64), counts


def _cross_infer(*parts, separator, buckets, key):
    rows = parts[0].shape[0] - 1
    out = np.dtype("int64") if separator is None else OBJECT
    return Spec((Dim.of_data(),), out), Spec((rows,), np.dtype("int64"))


_cross = text_op(
    "cross",
    _cross_kernel,
    _cross_infer,
    sample(
        np.array([0, 2, 3]),
        np.array([b"a", b"b", b"c"], object),
        np.array([0, 1, 2]),
        np.array([7, 8]),
        separator=None,
        buckets=9,
        key=HASH_KEY,
    ),
    "All combinations of values of the same row, one of each input.",
)


def _row_parts(value, where):
    """(where rows begin, values) of a matrix, a ragged or a sparse tensor: texts, or int64s."""
    if is_sparse(value):
        attrs = {"rows": value._sizes[0]}
        splits = apply(OPS["splits_of_ids"], (value.indices[:, 0],), attrs)
        values = value.values
    elif is_ragged(value):
        splits, values = cast(value.row_splits, "int64"), value.values
    elif isinstance(value, Tensor | Variable):
        splits, values = _equal_rows(tensor_of(value))
    else:
        raise TypeError(f"{where}: All inputs must be Tensor or SparseTensor.")
    if values._dtype != object and values._dtype.kind not in "iub":
        raise ValueError(
            f"{where}: unexpected dtype {values.dtype.name} of an input, expected string or "
            "integers."
        )
    return splits, values if values._dtype == object else cast(values, "int64")


def _equal_rows(x):
    """(where rows begin, values) of a matrix."""
    rows, width = x._shape
    return range_(integers(rows + 1, "int64")) * integers(width, "int64"), reshape(x, (-1,))


def _crossed(where, inputs, **attrs):
    if not isinstance(inputs, list):
        raise TypeError(f"{where}: Inputs must be a list.")
    parts = [part for value in inputs for part in _row_parts(value, where)]
    values, counts = apply(_cross, tuple(parts), attrs)
    return RaggedTensor.from_row_lengths(values, counts, validate=False)


def _joining(separator):
    return {"separator": separator, "buckets": 0, "key": 0}


def _hashing(where, num_buckets, hash_key):
    if num_buckets < 0:
        raise ValueError(f"{where}: num_buckets must be >= 0, got {num_buckets}.")
    key = HASH_KEY if hash_key is None else int(hash_key)
    return {"separator": None, "buckets": int(num_buckets), "key": key}


@public("ragged.cross", composites=True)
def ragged_cross(inputs, name=None):
    """All combinations of the values in each row, one of each input, joined by "_X_".

    Args:
      inputs: a list of matrices, ragged or sparse tensors of texts or integers.

    Example:
    >>> tf.ragged.cross([tf.ragged.constant([["a"], ["b", "c"]]), tf.constant([[1], [2]])])
    <tf.RaggedTensor [[b'a_X_1'], [b'b_X_2', b'c_X_2']]>
    """
    return _crossed("ragged.cross", inputs, **_joining(b"_X_"))


@public("ragged.cross_hashed", composites=True)
def ragged_cross_hashed(inputs, num_buckets=0, hash_key=None, name=None):
    """All combinations of the values in each row as numbers of buckets.

    Args:
      inputs: a list of matrices, ragged or sparse tensors of texts or integers.
      num_buckets: how many buckets there are; 0 for the hash itself.
      hash_key: what the hash begins with.

    Example:
    >>> tf.ragged.cross_hashed([tf.ragged.constant([["a"], ["b"]]), tf.constant([[1], [2]])], 9)
    <tf.RaggedTensor [[7], [1]]>
    """
    where = "ragged.cross_hashed"
    return _crossed(where, inputs, **_hashing(where, num_buckets, hash_key))


@public("sparse.cross", composites=True)
def sparse_cross(inputs, name=None, separator=None):
    """All combinations of the values in each row, one of each input, as texts.

    Args:
      inputs: a list of matrices and sparse tensors of texts or integers.
      separator: what stands between the parts; "_X_" by default.

    Example:
    >>> pairs = tf.sparse.cross([tf.constant([["a"], ["b"]]), tf.constant([["x"], ["y"]])])
    >>> pairs.values.numpy()
    array([b'a_X_x', b'b_X_y'], dtype=object)
    """
    separator = "_X_" if separator is None else separator
    given = _joining(separator.encode() if isinstance(separator, str) else separator)
    return _crossed("sparse.cross", inputs, **given).to_sparse()


@public("sparse.cross_hashed", composites=True)
def sparse_cross_hashed(inputs, num_buckets=0, hash_key=None, name=None):
    """All combinations of the values in each row as numbers of buckets.

    Args:
      inputs: a list of matrices and sparse tensors of texts or integers.
      num_buckets: how many buckets there are; 0 for the hash itself.
      hash_key: what the hash begins with.

    Example:
    >>> pairs = tf.sparse.cross_hashed([tf.constant([["a"], ["b"]]), tf.constant([[1], [2]])], 9)
    >>> pairs.values.numpy()
    array([7, 1])
    """
    where = "sparse.cross_hashed"
    return _crossed(where, inputs, **_hashing(where, num_buckets, hash_key)).to_sparse()


# -- sets ------------------------------------------------------------------------------------------


def _set_kernel(rows_a, a, rows_b, b, kind):
    both = np.concatenate([a, b])
    values, codes = np.unique(both, return_inverse=True)
    codes = codes.reshape(-1) + np.concatenate([rows_a, rows_b]) * len(values)
    of_a, of_b = codes[: len(a)], codes[len(a) :]
    kept = {"and": np.intersect1d, "or": np.union1d, "minus": np.setdiff1d}[kind](of_a, of_b)
    rows, places = np.divmod(kept.astype(np.int64), max(len(values), 1))
    return rows, values[places]


def _set_infer(rows_a, a, rows_b, b, kind):
    if a.dtype != b.dtype:
        fail("sets", "Sets of two dtypes", (a, b), "", ("a", "b"))
    count = Dim.of_data()
    return Spec((count,), np.dtype("int64")), Spec((count,), a.dtype)


_set_operation = Op(
    "set_operation",
    _set_kernel,
    _set_infer,
    samples=lambda rng: [
        (
            (np.array([0, 0, 1]), np.array([3, 1, 3]), np.array([0, 1]), np.array([1, 2])),
            {"kind": k},
        )
        for k in ("and", "or", "minus")
    ],
    doc="Of two sets a row what is in both, in either, or in the first alone.",
    why_no_gradient="its result is found by comparison",
)


def _set_parts(value, where):
    """(dense shape without the last axis, row of each value, values)."""
    if is_sparse(value):
        lead = value._sizes[:-1]
        rows, values = flat_places(value.indices[:, :-1], lead), value.values
    else:
        x = tensor_of(value)
        if len(x._shape) < 2:
            raise InvalidArgumentError(f"[{where}] Shape {x.shape} has rank {len(x._shape)} < 2.")
        lead, width = x._shape[:-1], x._shape[-1]
        values = reshape(x, (-1,))
        rows = range_(integers(values._shape[0], "int64")) // maximum(integers(width, "int64"), 1)
    if len(lead) < 1:
        raise InvalidArgumentError(f"[{where}] Sets are rows: a vector has none.")
    return lead, rows, values


def _sets(where, a, b, kind):
    lead, rows_a, a = _set_parts(a, where)
    other, rows_b, b = _set_parts(b, where)
    if a.dtype != b.dtype:
        raise TypeError(f"{where}: Types don't match, {a.dtype!r} vs {b.dtype!r}.")
    known = [(m, n) for m, n in zip(lead, other) if m.__class__ is n.__class__ is int]
    if len(lead) != len(other) or any(m != n for m, n in known):
        raise InvalidArgumentError(f"[{where}] Mismatched group shapes {lead} and {other}.")
    rows, values = apply(_set_operation, (rows_a, a, rows_b, b), {"kind": kind})
    lengths = unsorted_segment_sum(ones(rows._shape, "int64"), rows, prod(lead))
    found = RaggedTensor.from_row_lengths(values, lengths, validate=False).to_sparse()
    if len(lead) == 1:
        return found
    indices = concat([places_of(rows, lead), found.indices[:, 1:]], 1)
    return SparseTensor(
        indices, values, concat([integers(lead, "int64"), found.dense_shape[1:]], 0)
    )


@public("sets.intersection", composites=True)
def set_intersection(a, b, validate_indices=True):
    """What both of two sets hold, for each row, as a SparseTensor.

    Args:
      a, b: tensors or SparseTensors of one shape but for the last axis, whose rows are the sets.
      validate_indices: accepted; places of sparse tensors may have any order.

    Example:
    >>> tf.sets.intersection([[1, 2, 3]], [[3, 1, 4]]).values.numpy()
    array([1, 3], dtype=int32)
    """
    return _sets("sets.intersection", a, b, "and")


@public("sets.union", composites=True)
def set_union(a, b, validate_indices=True):
    """What either of two sets holds, for each row, as a SparseTensor.

    Args:
      a, b: tensors or SparseTensors of one shape but for the last axis, whose rows are the sets.
      validate_indices: accepted; places of sparse tensors may have any order.

    Example:
    >>> tf.sets.union([[1, 2, 3]], [[3, 1, 4]]).values.numpy()
    array([1, 2, 3, 4], dtype=int32)
    """
    return _sets("sets.union", a, b, "or")


@public("sets.difference", composites=True)
def set_difference(a, b, aminusb=True, validate_indices=True):
    """What the first of two sets holds and the second does not, for each row, as a SparseTensor.

    Args:
      a, b: tensors or SparseTensors of one shape but for the last axis, whose rows are the sets.
      aminusb: False for what `b` holds and `a` does not.
      validate_indices: accepted; places of sparse tensors may have any order.

    Example:
    >>> tf.sets.difference([[1, 2, 3]], [[3, 1, 4]]).values.numpy()
    array([2], dtype=int32)
    """
    first, second = (a, b) if aminusb else (b, a)
    return _sets("sets.difference", first, second, "minus")


@public("sets.size", composites=True)
def set_size(a, validate_indices=True):
    """How many different values each row holds.

    Example:
    >>> tf.sets.size(tf.sparse.from_dense([[1, 2, 2], [0, 0, 5]])).numpy()
    array([2, 1], dtype=int32)
    """
    if not is_sparse(a):
        raise TypeError(f"Expected `SparseTensor`, got {a}.")
    lead, rows, values = _set_parts(a, "sets.size")
    rows, _ = apply(_set_operation, (rows, values, rows, values), {"kind": "or"})
    return reshape(unsorted_segment_sum(ones(rows._shape, "int32"), rows, prod(lead)), lead)


# -- counts ----------------------------------------------------------------------------------------


def _counted(value, by_rows):
    """(values, the row of each or None, how many rows) of a dense, ragged or sparse tensor."""
    if is_sparse(value):
        return value.values, value.indices[:, 0] if by_rows else None, value._sizes[0]
    if is_ragged(value):
        return value.flat_values, value.value_rowids() if by_rows else None, value._rows
    x = tensor_of(value)
    if len(x._shape) > 2:
        raise ValueError(f"sparse.bincount: values must have 1 or 2 dimensions, got {x.shape}.")
    if len(x._shape) < 2 or not by_rows:
        return reshape(x, (-1,)), None, None
    splits, values = _equal_rows(x)
    return values, apply(row_ids, (splits,), {"count": values._shape[0]}), x._shape[0]


@public("sparse.bincount", composites=True)
def sparse_bincount(
    values, weights=None, axis=0, minlength=None, maxlength=None, binary_output=False, name=None
):
    """How often each integer occurs, as a SparseTensor.

    Args:
      values: integers >= 0, of up to two dimensions, dense, ragged or sparse.
      weights: how much each counts; of the kind and shape of `values`.
      axis: 0 counts all values together, -1 those of each row.
      minlength: the least size of the result's last axis.
      maxlength: the largest; larger values are left out.
      binary_output: whether to give 1 for what occurs, in place of how often.

    Raises:
      ValueError: another axis.

    Example:
    >>> tf.sparse.bincount(tf.constant([[1, 1, 3], [0, 2, 2]]), axis=-1).values.numpy()
    array([2, 1, 1, 2], dtype=int32)
    """
    if axis not in (0, -1):
        raise ValueError(
            f"Unsupported value for argument axis={axis}. Only 0 and -1 are supported."
        )
    if binary_output and weights is not None:
        raise ValueError("Arguments `binary_output` and `weights` are mutually exclusive.")
    values, rows, count = _counted(values, axis == -1)
    out = values.dtype if weights is None else None
    amounts = None if weights is None else _counted(weights, False)[0]
    values = cast(values, "int64")
    if maxlength is not None:
        kept = values < convert_to_tensor(maxlength, "int64")
        rows, amounts = (None if p is None else boolean_mask(p, kept) for p in (rows, amounts))
        values = boolean_mask(values, kept)
    if amounts is None:
        amounts = ones(values._shape, out)
    width = reduce_max(concat([values, zeros((1,), "int64") - 1], 0)) + 1
    if minlength is not None:
        width = maximum(width, convert_to_tensor(minlength, "int64"))
    if maxlength is not None:
        width = minimum(width, convert_to_tensor(maxlength, "int64"))
    places = values if rows is None else cast(rows, "int64") * width + values
    found, numbers, _, _ = unique_slices(places, True)
    total = unsorted_segment_sum(amounts, numbers, found._shape[0])
    if binary_output:
        total = fill(total._shape, convert_to_tensor(1, total.dtype))
    if rows is None:
        return SparseTensor(found[:, None], total, reshape(width, (1,)))
    shape = stack([integers(count, "int64"), width])
    return SparseTensor(stack([found // width, found % width], 1), total, shape)


def sparse_category_rows(x, depth, mode, dtype, weights=None):
    """For each row of integers a row of `depth` numbers, as a SparseTensor of what occurs there.

    Args:
      x: integers; those outside of [0, depth) stand for nothing.
      depth: the size of the result's last axis.
      mode: "count" tells how often each occurs, or the sum of its weights; others give 1.
      dtype: of the result.
      weights: of the shape of `x`.
    """
    x = cast(x, "int64")
    places = where(logical_and(x >= 0, x < depth))
    sizes = (*x._shape[:-1], depth)
    columns = concat([places[:, :-1], gather_nd(x, places)[:, None]], 1)
    found, numbers, _, _ = unique_slices(flat_places(columns, sizes), True)
    count = found._shape[0]
    if mode != "count":
        return SparseTensor._make(places_of(found, sizes), ones((count,), dtype), sizes)
    amounts = ones(numbers._shape, dtype)
    if weights is not None:
        amounts = cast(gather_nd(tensor_of(weights), places), dtype)
    total = unsorted_segment_sum(amounts, numbers, count)
    return SparseTensor._make(places_of(found, sizes), total, sizes)


def _bincount(function, args, kwargs):
    def call(
        arr,
        weights=None,
        minlength=None,
        maxlength=None,
        dtype=dtypes.int32,
        name=None,
        axis=None,
        binary_output=False,
    ):
        if axis is None:
            values, weights = (None if v is None else _counted(v, False)[0] for v in (arr, weights))
            return function(values, weights, minlength, maxlength, dtype, None, None, binary_output)
        rows = sparse_bincount(arr, weights, axis, minlength, maxlength, binary_output)
        return rows._densified() if weights is not None else cast(rows._densified(), dtype)

    return call(*args, **kwargs)


RULES["math.bincount"] = RAGGED_RULES["math.bincount"] = _bincount
