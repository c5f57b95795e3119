"""Order: sort, argsort, top_k, unique."""

from collections import namedtuple

import numpy as np

from ..base.dims import Dim
from ..base.dtypes import as_dtype
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, check_dtype
from ..core.tensor import wrap
from ._families import REAL, draw
from .cast import cast
from .index import gather, picked
from .reduce import reduce_sum
from .shape import check_axis, expand_dims, static_int, static_sizes, transpose

_POSITIONS = "its result is positions"


def _argsort_kernel(x, axis, descending):
    key = x
    if descending:
        # ~x is -1 - x of signed and max - x of unsigned integers: neither overflows
        key = np.invert(x) if x.dtype.kind in "iu" else -x
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
    if not x._shape or x._shape[-1] < k:
        raise InvalidArgumentError(
            f"[top_k] input must have at least k = {k} columns, its shape is {list(x._shape)}."
        )
    indices = argsort(x, -1, "DESCENDING")[..., :k]
    return TopK(_take_along(x, indices, len(x._shape) - 1), cast(indices, index_type))


@public("math.in_top_k", "nn.in_top_k")
def in_top_k(targets, predictions, k, name=None):
    """For each row, whether the target's prediction is among the `k` largest.

    Example:
    >>> tf.math.in_top_k([1, 0], [[0.1, 0.9], [0.2, 0.8]], k=1).numpy()
    array([ True, False])
    """
    targets, predictions = tensor_of(targets), tensor_of(predictions)
    chosen = gather(predictions, targets, axis=1, batch_dims=1)
    larger = cast(predictions > expand_dims(chosen, 1), "int32")
    return reduce_sum(larger, axis=1) < k


Unique = namedtuple("Unique", ["y", "idx"])
UniqueWithCounts = namedtuple("UniqueWithCounts", ["y", "idx", "count"])


def _unique_kernel(x):
    values, first, inverse, counts = np.unique(
        x, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first, kind="stable")
    return values[order], np.argsort(order)[inverse], counts[order]


def _unique_infer(x):
    found, index = Dim.of_data(), np.dtype(np.int64)
    return Spec((found,), x.dtype), Spec(x.shape, index), Spec((found,), index)


_unique = Op(
    "unique",
    _unique_kernel,
    _unique_infer,
    samples=lambda rng: [((rng.integers(0, 3, (5,)),), {})],
    doc="The different values of a vector in order of appearance, where each is, how often.",
    why_no_gradient="its results are indices, counts, and values found by comparison",
)


@public("unique")
def unique(x, out_idx="int32", name=None):
    """The different values of a vector, in the order they appear, and each element's index there.

    Example:
    >>> tf.unique([7, 3, 7]).y.numpy()
    array([7, 3], dtype=int32)
    """
    values, index, _ = apply(_unique, (tensor_of(x),), {})
    return Unique(values, cast(index, out_idx))


@public("unique_with_counts")
def unique_with_counts(x, out_idx="int32", name=None):
    """As `tf.unique`, and how often each value occurs.

    Example:
    >>> tf.unique_with_counts([7, 3, 7]).count.numpy()
    array([2, 1], dtype=int32)
    """
    values, index, count = apply(_unique, (tensor_of(x),), {})
    return UniqueWithCounts(values, cast(index, out_idx), cast(count, out_idx))
