"""tf.sets: the rows of tensors as sets."""

from math import prod

import numpy as np

from ..base.dims import Dim
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, fail
from .create import ones, range_
from .elementwise import maximum
from .join import concat
from .ragged import RaggedTensor
from .segments import unsorted_segment_sum
from .shape import integers, reshape
from .sparse import SparseTensor, is_sparse
from .sparse_functions import flat_places, places_of


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
