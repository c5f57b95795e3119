"""How often integers occur, as SparseTensors: tf.sparse.bincount, rows of categories."""

from ..base import dtypes
from ..core.dispatch import apply, public, tensor_of
from ..core.tensor import convert_to_tensor
from .cast import cast
from .compare import logical_and
from .create import fill, ones, zeros
from .crossing import equal_rows
from .elementwise import maximum, minimum
from .index import boolean_mask
from .join import concat, stack
from .ragged import RULES as RAGGED_RULES
from .ragged import is_ragged, row_ids
from .reduce import reduce_max
from .scatter import gather_nd
from .segments import unsorted_segment_sum
from .select import where
from .shape import integers, reshape
from .sort import unique_slices
from .sparse import RULES, SparseTensor, is_sparse
from .sparse_functions import flat_places, places_of


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
    splits, values = equal_rows(x)
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
