"""Crossed features: combinations of the values in each row.

Rows may be dense, ragged or sparse: all of them are values and where each row begins.
"""

import numpy as np

from ..base.dims import Dim
from ..core.dispatch import apply, public, tensor_of
from ..core.op import OPS, Spec
from ..core.tensor import Tensor
from ..core.variable import Variable
from ._kernels import hashes
from ._kernels.texts import array_of, flat
from .cast import cast
from .create import range_
from .ragged import RaggedTensor, is_ragged
from .shape import integers, reshape
from .sparse import is_sparse
from .strings import HASH_KEY, OBJECT, hashed, sample, text_op


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
    elif isinstance(value, Tensor | Variable) or where.startswith("ragged"):
        splits, values = equal_rows(tensor_of(value))
    else:
        raise TypeError(f"{where}: All inputs must be Tensor or SparseTensor.")
    if values._dtype != object and values._dtype.kind not in "iub":
        raise ValueError(
            f"{where}: unexpected dtype {values.dtype.name} of an input, expected string or "
            "integers."
        )
    return splits, values if values._dtype == object else cast(values, "int64")


def equal_rows(x):
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
