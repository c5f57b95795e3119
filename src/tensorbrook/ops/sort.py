"""Order: sort, argsort, top_k, searchsorted, unique."""

import math
from collections import namedtuple

import numpy as np

from ..base.dims import Dim
from ..base.dtypes import as_dtype
from ..base.errors import InvalidArgumentError
from ..base.shapes import differs
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, check_dtype, fail, same_dtype
from ._families import REAL, draw, pair
from .cast import cast
from .compare import is_finite, logical_and
from .index import gather, picked
from .reduce import reduce_all, reduce_sum
from .select import where
from .shape import check_axis, expand_dims, reshape, static_sizes, transpose

_POSITIONS = "its result is positions"


def _argsort_kernel(x, axis, descending):
    key = x if x.dtype.kind != "V" else x.astype(np.float32)  # bfloat16 has no place for NaN
    if descending:
        # ~x is -1 - x of signed and max - x of unsigned integers: neither overflows
        key = np.invert(key) if x.dtype.kind in "iu" else -key
    return np.argsort(key, axis=axis, kind="stable").astype(np.int32)


def _argsort_infer(x, axis, descending):
    check_dtype("argsort", x, REAL, "values")
    return Spec(x.shape, np.dtype("int32"))


_argsort = Op(
    "argsort",
    _argsort_kernel,
    _argsort_infer,
    samples=lambda rng: [
        ((draw(rng, (2, 5), (-2, 2)),), {"axis": a, "descending": d})
        for a in (0, 1)
        for d in (False, True)
    ],
    compiled_from=1 << 15,
    doc="The indices that sort an axis, equal elements in their order.",
    why_no_gradient=_POSITIONS,
)


def _direction(direction):
    if direction not in ("ASCENDING", "DESCENDING"):
        raise ValueError(f"direction must be 'ASCENDING' or 'DESCENDING', got {direction!r}.")
    return direction == "DESCENDING"


@public("argsort")
def argsort(values, axis=-1, direction="ASCENDING", stable=False, name=None):
    """The int32 indices that sort `values` along `axis`; equal ones keep their order.

    Example:
    >>> tf.argsort([3.0, 1.0, 2.0]).numpy()
    array([1, 2, 0], dtype=int32)
    """
    x = tensor_of(values)
    check_dtype("argsort", Spec(x._shape, x._dtype), REAL, "values")
    axis = check_axis("argsort", axis, len(x._shape))
    return apply(_argsort, (x,), {"axis": axis, "descending": _direction(direction)})


@public("sort")
def sort(values, axis=-1, direction="ASCENDING", name=None):
    """`values` sorted along `axis`.

    Example:
    >>> tf.sort([3, 1, 2], direction="DESCENDING").numpy()
    array([3, 2, 1], dtype=int32)
    """
    x = tensor_of(values)
    axis = check_axis("sort", axis, len(x._shape))
    return _take_along(x, argsort(x, axis, direction), axis)


def _take_along(x, indices, axis):
    """x[..., indices[..., i, ...], ...]: gather with all other axes as batch axes."""
    from_back = len(x._shape) - 1
    if axis != from_back:
        order = [i for i in range(len(x._shape)) if i != axis] + [axis]
        moved = _take_along(transpose(x, order), transpose(indices, order), from_back)
        return transpose(moved, [order.index(i) for i in range(len(order))])
    return picked(x, indices, axis, axis)


TopK = namedtuple("TopKV2", ["values", "indices"])


@public("math.top_k", "nn.top_k")
def top_k(input, k=1, sorted=True, index_type="int32", name=None):
    """The `k` largest elements of the last axis and their indices, the largest first.

    Raises:
      InvalidArgumentError: the last axis has fewer than `k` elements.

    Example:
    >>> values, indices = tf.math.top_k([1, 5, 3], k=2)
    >>> values.numpy(), indices.numpy()
    (array([5, 3], dtype=int32), array([1, 2], dtype=int32))
    """
    x, (k,) = tensor_of(input), static_sizes(k, "[top_k] k")
    if not x._shape or (k.__class__ is not Dim and x._shape[-1] < k):
        raise InvalidArgumentError(
            f"[top_k] input must have at least k = {k} columns, its shape is {list(x._shape)}."
        )
    indices = argsort(x, -1, "DESCENDING")[..., :k]
    if k.__class__ is Dim:  # whether there are as many shows when it runs
        indices = reshape(indices, (*x._shape[:-1], k))
    return TopK(_take_along(x, indices, len(x._shape) - 1), cast(indices, index_type))


@public("math.in_top_k", "nn.in_top_k")
def in_top_k(targets, predictions, k, name=None):
    """For each row, whether the target's prediction is among the `k` largest.

    It is not where a prediction of the row is infinite or NaN, or the target no column.

    Example:
    >>> tf.math.in_top_k([1, 0], [[0.1, 0.9], [0.2, 0.8]], k=1).numpy()
    array([ True, False])
    """
    targets, predictions = tensor_of(targets), tensor_of(predictions)
    columns = cast(predictions._shape[1], targets.dtype)
    known = logical_and(targets >= 0, targets < columns)
    chosen = gather(predictions, where(known, targets, 0), axis=1, batch_dims=1)
    larger = cast(predictions > expand_dims(chosen, 1), "int32")
    known = logical_and(known, reduce_all(is_finite(predictions), axis=1))
    return logical_and(known, reduce_sum(larger, axis=1) < k)


def _search_kernel(x, values, side, dtype):
    rows = x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
    wanted = values.reshape(len(rows), values.shape[-1])
    found = [np.searchsorted(row, v, side) for row, v in zip(rows, wanted)]
    return np.array(found, dtype).reshape(values.shape)


def _search_infer(x, values, side, dtype):
    same_dtype("searchsorted", (x, values), ("sorted_sequence", "values"))
    check_dtype("searchsorted", x, REAL, "sorted_sequence")
    if not x.shape or len(x.shape) != len(values.shape) or differs(x.shape[:-1], values.shape[:-1]):
        fail(
            "searchsorted",
            "All axes but the last must be the same",
            (x, values),
            "Reshape values.",
            ("sorted_sequence", "values"),
        )
    return Spec(values.shape, dtype)


_search = Op(
    "searchsorted",
    _search_kernel,
    _search_infer,
    samples=lambda rng: [
        (
            (np.sort(draw(rng, (2, 5), (-2, 2))), draw(rng, (2, 3), (-2, 2))),
            {"side": side, "dtype": np.dtype("int32")},
        )
        for side in ("left", "right")
    ],
    doc="Where values belong in sorted rows.",
    why_no_gradient=_POSITIONS,
)


@public("searchsorted")
def searchsorted(sorted_sequence, values, side="left", out_type="int32", name=None):
    """For each value the index at which it belongs in the sorted last axis.

    Args:
      sorted_sequence: a tensor sorted along its last axis.
      values: a tensor of its dtype, and of its other axes.
      side: "left": before those that equal it; "right": behind them.
      out_type: dtype of the indices.

    Raises:
      InvalidArgumentError: shapes or dtypes that do not fit.

    Example:
    >>> tf.searchsorted([1, 3, 5], [0, 3, 6]).numpy()
    array([0, 1, 3], dtype=int32)
    """
    if side not in ("left", "right"):
        raise ValueError(f"side must be either 'right' or 'left'. Saw: {side}.")
    x, values = pair("searchsorted", sorted_sequence, values)
    attrs = {"side": side, "dtype": as_dtype(out_type).numpy_dtype}
    _search_infer(Spec(x._shape, x._dtype), Spec(values._shape, values._dtype), **attrs)
    return apply(_search, (x, values), attrs)


Unique = namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = namedtuple("UniqueWithCounts", ["y", "idx", "count"])


def _unique_kernel(x, ordered):
    if x.ndim == 1 and x.size and x.dtype.kind in "iu" and x.dtype != np.uint64:
        low, high = int(x.min()), int(x.max())
        if high - low <= 4 * x.size:
            return _unique_near(x.astype(np.int64) - low, low, high, x.dtype, ordered)
    values, first, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True, axis=0
    )
    inverse = inverse.reshape(-1)
    if ordered:
        return values, inverse, counts, first
    order = np.argsort(first, kind="stable")
    return values[order], np.argsort(order)[inverse], counts[order], first[order]


def _unique_near(x, low, high, dtype, ordered):
    """The same of integers that lie near each other, less the lowest: by a table of them all."""
    first = np.full(high - low + 1, -1)
    first[x[::-1]] = np.arange(x.size - 1, -1, -1)  # the earliest place is written last
    values = np.flatnonzero(first >= 0)
    if not ordered:
        values = values[np.argsort(first[values])]
    index = np.empty_like(first)
    index[values] = np.arange(values.size)
    inverse = index[x]
    return (values + low).astype(dtype), inverse, np.bincount(inverse), first[values]


def _unique_infer(x, ordered):
    found, index = Dim.of_data(), np.dtype(np.int64)
    places = Spec((found,), index)
    return Spec((found, *x.shape[1:]), x.dtype), Spec(x.shape[:1], index), places, places


_unique = Op(
    "unique",
    _unique_kernel,
    _unique_infer,
    samples=lambda rng: [
        ((rng.integers(0, 3, (5,)),), {"ordered": False}),
        ((rng.integers(0, 2, (5, 2)),), {"ordered": True}),
    ],
    doc="The different slices along the first axis, where each is, how often, where first.",
    why_no_gradient="its results are indices, counts, and values found by comparison",
)


def unique_slices(x, ordered):
    """The different slices along the first axis: (slices, each slice's index there, counts, first).

    Args:
      x: a tensor.
      ordered: sorted, or in the order in which they appear.
    """
    return apply(_unique, (tensor_of(x),), {"ordered": ordered})


@public("unique")
def unique(x, out_idx="int32", name=None):
    """The different values of a vector, in the order they appear, and each element's index there.

    Example:
    >>> tf.unique([7, 3, 7]).y.numpy()
    array([7, 3], dtype=int32)
    """
    values, index, _, _ = unique_slices(x, False)
    return Unique(values, cast(index, out_idx))


@public("unique_with_counts")
def unique_with_counts(x, out_idx="int32", name=None):
    """As `tf.unique`, and how often each value occurs.

    Example:
    >>> tf.unique_with_counts([7, 3, 7]).count.numpy()
    array([2, 1], dtype=int32)
    """
    values, index, count, _ = unique_slices(x, False)
    return UniqueWithCounts(values, cast(index, out_idx), cast(count, out_idx))
