"""Lookups of several rows each, joined: embeddings of sparse ids."""

from math import prod

import numpy as np

from ..core.dispatch import public, tensor_of
from .cast import cast
from .compare import logical_and
from .create import ones_like, range_
from .elementwise import divide_no_nan, minimum, rsqrt, sqrt, square
from .index import boolean_mask, gather
from .join import concat
from .reduce import reduce_sum
from .segments import segment_sum, unsorted_segment_sum
from .select import where
from .shape import expand_dims, reshape, static_ints

_COMBINERS = ("mean", "sqrtn", "sum")


def _table(params):
    """A table that may be given in parts, one after another."""
    parts = [tensor_of(p) for p in params] if isinstance(params, list | tuple) else [params]
    return tensor_of(parts[0]) if len(parts) == 1 else concat(parts, 0)


def _read(name, ids, weights, combiner):
    """(row of each id, ids, weights or None) of sparse or ragged ids."""
    if combiner not in _COMBINERS:
        raise ValueError(f"[{name}] combiner must be one of {_COMBINERS}, got {combiner!r}.")
    for given, what in ((ids, "ids"), (weights, "weights")):
        if given is not None and not hasattr(given, "values"):
            raise TypeError(
                f"[{name}] the {what} must be a tf.SparseTensor or tf.RaggedTensor, got {given!r}."
            )
    sparse = hasattr(ids, "indices")
    rows = ids.indices[:, 0] if sparse else cast(ids.value_rowids(), "int64")
    numbers = tensor_of(ids.values)
    weights = None if weights is None else _as_many(tensor_of(weights.values), numbers)
    return _as_many(rows, numbers), numbers, weights


def _as_many(x, numbers):
    """`x`, of whose size a trace does not know that it is that of the numbers, with their size."""
    if isinstance(numbers._shape[0], int):
        return x
    return gather(x, range_(numbers._shape[0]))


def _joined(table, rows, ids, weights, combiner, max_norm, total):
    """The rows of a table by ids, joined for each row of these; `total` sums by rows."""
    found = gather(table, ids)
    ones = [1] * (len(found._shape) - 1)
    if max_norm is not None:
        flat = reshape(found, (found._shape[0], prod(found._shape[1:])))
        scale = minimum(max_norm * rsqrt(reduce_sum(square(flat), 1)), 1.0)
        found = found * reshape(scale, (-1, *ones))
    if weights is None:
        weights = ones_like(ids, found.dtype)
    weights = cast(weights, found.dtype)
    sums = total(found * reshape(weights, (-1, *ones)), rows)
    if combiner == "sum":
        return sums
    by = total(weights, rows) if combiner == "mean" else sqrt(total(square(weights), rows))
    return divide_no_nan(sums, reshape(by, (-1, *ones)))


@public("nn.embedding_lookup_sparse", composites=True)
def embedding_lookup_sparse(
    params, sp_ids, sp_weights, combiner=None, max_norm=None, name=None, allow_fast_lookup=False
):
    """For each row of sparse ids the rows of a table, joined.

    Args:
      params: the table, or a list of its parts.
      sp_ids: a SparseTensor of rank 2 or a RaggedTensor of integers, without empty last rows.
      sp_weights: the same with weights, or None.
      combiner: "sum", "mean" (the default: by the sum of weights), "sqrtn" (by the root of the sum
        of their squares).
      max_norm: rows of the table that are longer are made that long first.
      allow_fast_lookup: of no effect.

    Raises:
      ValueError: another combiner. TypeError: dense ids.

    Example:
    >>> ids = tf.ragged.constant([[0, 1], [2]])
    >>> tf.nn.embedding_lookup_sparse(tf.constant([[1.0], [2.0], [3.0]]), ids, None).numpy()
    array([[1.5],
           [3. ]], dtype=float32)
    """
    combiner = combiner or "mean"
    rows, ids, weights = _read("embedding_lookup_sparse", sp_ids, sp_weights, combiner)
    return _joined(_table(params), rows, ids, weights, combiner, max_norm, segment_sum)


@public("nn.safe_embedding_lookup_sparse", composites=True)
def safe_embedding_lookup_sparse(
    embedding_weights,
    sparse_ids,
    sparse_weights=None,
    combiner="mean",
    default_id=None,
    max_norm=None,
    name=None,
    allow_fast_lookup=False,
):
    """`embedding_lookup_sparse` that leaves out ids below 0 and weights that are not above 0.

    Args:
      sparse_ids: of rank 2 or more; the last axis is joined.
      default_id: whose row of the table a row without ids gets; zeros by default.

    Example:
    >>> ids = tf.ragged.constant([[0, -1], []], dtype=tf.int64)
    >>> tf.nn.safe_embedding_lookup_sparse(tf.constant([[1.0], [2.0]]), ids).numpy()
    array([[1.],
           [0.]], dtype=float32)
    """
    table, name = _table(embedding_weights), "safe_embedding_lookup_sparse"
    rows, ids, weights = _read(name, sparse_ids, sparse_weights, combiner)
    if hasattr(sparse_ids, "indices"):
        outer = static_ints(sparse_ids.dense_shape, "dense_shape")[:-1]
        steps = np.int64([prod(outer[k + 1 :]) for k in range(len(outer))])
        rows = reduce_sum(sparse_ids.indices[:, :-1] * steps, 1)
    else:
        outer = (sparse_ids.shape[0],)
    kept = ids >= 0
    if weights is not None and combiner != "sum":
        kept = logical_and(kept, weights > 0)
    rows, ids = boolean_mask(rows, kept), boolean_mask(ids, kept)
    weights = None if weights is None else boolean_mask(weights, kept)
    count = prod(outer)

    def total(values, rows):
        return unsorted_segment_sum(values, rows, count)

    found = _joined(table, rows, ids, weights, combiner, max_norm, total)
    if default_id is not None:
        number = expand_dims(total(ones_like(rows, "int32"), rows), 1)
        found = where(number > 0, found, gather(table, default_id))
    return reshape(found, (*outer, *table._shape[1:]))
