"""Embeddings of several ids a row, added or averaged: tf.nn.embedding_lookup_sparse and its kin."""

from collections import namedtuple

from ..core.dispatch import public, tensor_of
from ..core.tensor import Tensor, convert_to_tensor
from ..core.variable import Variable
from .cast import cast
from .compose import clip_by_norm
from .create import ones, size_of, zeros, zeros_like
from .elementwise import divide_no_nan, sqrt
from .index import gather, picked
from .join import concat
from .ragged import is_ragged
from .reduce import reduce_sum
from .segments import occupied, segment_count, unsorted_segment_sum
from .select import where
from .shape import reshape
from .sort import argsort
from .sparse import sparse_of
from .sparse_functions import filling, rows_of, sparse_reshape

_COMBINERS = ("mean", "sqrtn", "sum")


def _row_ids(ids):
    """(the ids, the row of each) of a sparse or ragged tensor."""
    if is_ragged(ids):
        return ids.flat_values, ids.value_rowids()
    x = sparse_of(ids, "nn.embedding_lookup_sparse")
    return x.values, x.indices[:, 0]


def _table(params):
    if isinstance(params, list | tuple):
        return params[0] if len(params) == 1 else concat(list(params), 0)
    return params if isinstance(params, Variable) else tensor_of(params)


@public("nn.embedding_lookup")
def embedding_lookup(params, ids, max_norm=None, name=None):
    """Rows of `params` at `ids`, scaled down to norm `max_norm` when it is given.

    Args:
      params: a table; or a list of tensors or variables, which are its parts one after the other.

    Example:
    >>> tf.nn.embedding_lookup(tf.constant([[1.0, 2.0], [3.0, 4.0]]), [1], max_norm=1.0).numpy()
    array([[0.6, 0.8]], dtype=float32)
    """
    if isinstance(params, list | tuple) and isinstance(params[0], Tensor | Variable):
        params = params[0] if len(params) == 1 else concat(list(params), 0)
    ids = tensor_of(ids)
    found = gather(params, ids)
    inner = range(len(ids._shape), len(found._shape))
    return found if max_norm is None else clip_by_norm(found, max_norm, axes=list(inner))


@public("nn.embedding_lookup_sparse", composites=True)
def embedding_lookup_sparse(
    params,
    sp_ids,
    sp_weights,
    combiner=None,
    max_norm=None,
    name=None,
    allow_fast_lookup=False,
):
    """For each row of ids the mean or sum of their embeddings.

    Args:
      params: the table, a row an id; or a list of tables, one after the other.
      sp_ids: a SparseTensor or RaggedTensor of ids, at most one row empty at the end.
      sp_weights: how much each counts, at the same places; None for 1.
      combiner: "mean" (the default), "sum", or "sqrtn": the sum over the root of the sum of squares
        of the weights.
      max_norm: embeddings of a larger norm are scaled down to it.
      allow_fast_lookup: accepted; lookups are as fast as they are.

    Raises:
      ValueError: another combiner.

    Example:
    >>> ids = tf.sparse.from_dense(tf.constant([[1, 2], [2, 0]], tf.int64))
    >>> table = tf.constant([[0.0], [10.0], [20.0]])
    >>> tf.nn.embedding_lookup_sparse(table, ids, None).numpy()
    array([[15.],
           [20.]], dtype=float32)
    """
    combiner = combiner or "mean"
    if combiner not in _COMBINERS:
        raise ValueError(f"combiner must be one of 'mean', 'sqrtn' or 'sum', got {combiner!r}.")
    ids, rows = _row_ids(sp_ids)
    found = gather(_table(params), ids)
    inner = tuple(range(1, len(found._shape)))
    if max_norm is not None:
        found = clip_by_norm(found, max_norm, axes=list(inner))
    if sp_weights is None:
        weights = ones(ids._shape, found.dtype)
    else:
        weights = cast(_row_ids(sp_weights)[0], found.dtype)
    count, column = segment_count(rows), (-1, *[1] * len(inner))
    weighted = found if sp_weights is None else found * reshape(weights, column)
    total = unsorted_segment_sum(weighted, rows, count)
    if combiner == "sum":
        return total
    squares = weights if combiner == "mean" else weights * weights
    amount = unsorted_segment_sum(squares, rows, count)
    amount = amount if combiner == "mean" else sqrt(amount)
    return divide_no_nan(total, reshape(amount, column))


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
    """`embedding_lookup_sparse` that leaves out negative ids, and has a result for each empty row.

    Args:
      embedding_weights: the table, or a list of tables.
      sparse_ids: a SparseTensor or RaggedTensor of ids, of two dimensions or more.
      sparse_weights: how much each counts; what is not positive is left out unless it is summed.
      combiner: "mean", "sum" or "sqrtn".
      default_id: the id of rows without one; None gives zeros there.
      max_norm: embeddings of a larger norm are scaled down to it.
      allow_fast_lookup: accepted; lookups are as fast as they are.

    Example:
    >>> ids = tf.SparseTensor([[0, 0], [0, 1]], tf.constant([1, -1], tf.int64), [2, 2])
    >>> tf.nn.safe_embedding_lookup_sparse(tf.constant([[1.0], [5.0]]), ids).numpy()
    array([[5.],
           [0.]], dtype=float32)
    """
    if is_ragged(sparse_ids):
        sparse_ids = sparse_ids.to_sparse()
    if is_ragged(sparse_weights):
        sparse_weights = sparse_weights.to_sparse()
    x = sparse_of(sparse_ids, "nn.safe_embedding_lookup_sparse")
    lead, width = x._sizes[:-1], x._sizes[-1]
    flat = x if len(lead) == 1 else sparse_reshape(x, (-1, width))
    weights = None if sparse_weights is None else sparse_weights.values
    kept = flat.values >= 0
    if weights is not None and combiner != "sum":
        kept = kept & (weights > 0)
    places = reshape(where(kept), (-1,))
    empty, fill_rows = filling(rows_of(flat, places))
    ids = fill_rows(convert_to_tensor(0 if default_id is None else default_id, flat.dtype))
    if weights is not None:
        one = convert_to_tensor(1, weights.dtype)
        weights = fill_rows(one, picked(weights, places, 0))
    table = embedding_weights
    found = embedding_lookup_sparse(table, ids, weights, combiner, max_norm)
    if default_id is None:
        column = reshape(empty, (-1, *[1] * (len(found._shape) - 1)))
        found = where(column, zeros_like(found), found)
    return found if len(lead) == 1 else reshape(found, (*lead, *found._shape[1:]))


Filled = namedtuple(
    "RaggedFillEmptyRows",
    ["output_value_rowids", "output_values", "empty_row_indicator", "reverse_index_map"],
)
FilledGradient = namedtuple("RaggedFillEmptyRowsGrad", ["d_values", "d_default_value"])


@public("ragged_fill_empty_rows")
def ragged_fill_empty_rows(value_rowids, values, nrows, default_value, name=None):
    """Rows of values with a default value in each row without one.

    Returns:
      The new values' rows, the new values, which rows were empty, and where the values went.

    Example:
    >>> tf.ragged_fill_empty_rows([0, 2], [5, 6], 3, -1).output_values.numpy()
    array([ 5, -1,  6], dtype=int32)
    """
    rows, values = cast(value_rowids, "int64"), tensor_of(values)
    empty = ~occupied(rows, size_of(tensor_of(nrows)))
    missing = reshape(where(empty), (-1,))
    default = convert_to_tensor(default_value, values.dtype)
    all_rows = concat([rows, missing], 0)
    everything = concat([values, zeros(missing._shape, values.dtype) + default], 0)
    order = argsort(all_rows, stable=True)
    back = argsort(order, stable=True)[: rows._shape[0]]
    parts = picked(all_rows, order, 0), picked(everything, order, 0)
    return Filled(*parts, empty, cast(back, "int64"))


@public("ragged_fill_empty_rows_grad")
def ragged_fill_empty_rows_grad(reverse_index_map, grad_values, name=None):
    """The gradient of `ragged_fill_empty_rows` by its values and by its default value.

    Example:
    >>> found = tf.ragged_fill_empty_rows_grad([0, 2], [1.0, 2.0, 3.0])
    >>> found.d_values.numpy(), found.d_default_value.numpy()
    (array([1., 3.], dtype=float32), np.float32(2.0))
    """
    g = tensor_of(grad_values)
    of_values = picked(g, tensor_of(reverse_index_map), 0)
    return FilledGradient(of_values, reduce_sum(g) - reduce_sum(of_values))
