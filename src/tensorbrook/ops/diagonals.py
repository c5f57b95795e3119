"""Diagonals of matrices, one or a band of them: tf.linalg.diag, diag_part and their kin."""

import numpy as np

from ..base.errors import InvalidArgumentError
from ..core.dispatch import public, tensor_of
from ..core.tensor import wrap
from ._families import pair
from .index import gather
from .select import where
from .shape import reshape, static_ints

_ALIGNMENTS = ("RIGHT_LEFT", "LEFT_RIGHT", "LEFT_LEFT", "RIGHT_RIGHT")


def _band(name, k, align):
    """(lowest, highest) diagonal."""
    if align not in _ALIGNMENTS:
        raise ValueError(f"[{name}] align must be one of {_ALIGNMENTS}, got {align!r}.")
    found = static_ints(k, f"[{name}] k")
    low, high = (found[0], found[-1]) if len(found) in (1, 2) else (1, 0)
    if low > high:
        raise InvalidArgumentError(f"[{name}] k must be one number, or (lowest, highest): {k}.")
    return low, high


def _places(rows, columns, low, high, align):
    """The places of each diagonal in a flat matrix, the highest one first, filled up with -1."""
    longest = min(rows + min(high, 0), columns - max(low, 0))
    places = np.full((high - low + 1, max(longest, 0)), -1)
    above, below = align.split("_")
    for i, d in enumerate(range(high, low - 1, -1)):
        length = max(0, min(rows + min(d, 0), columns - max(d, 0)))
        left = (d >= 0 and above == "LEFT") or (d <= 0 and below == "LEFT")
        start = 0 if left else places.shape[1] - length
        steps = np.arange(length)
        places[i, start : start + length] = (steps - min(d, 0)) * columns + steps + max(d, 0)
    return places


@public("linalg.diag_part")
def diag_part(input, name="diag_part", k=0, padding_value=0, align="RIGHT_LEFT"):
    """Diagonals of matrices.

    Args:
      input: (..., m, n).
      k: which diagonal, 0 the main one, above it positive; or (lowest, highest) of a band, the rows
        of whose matrix are the diagonals from the highest down.
      padding_value: what fills up the shorter ones.
      align: where shorter ones above and below the main one lie in their rows, as "RIGHT_LEFT".

    Raises:
      InvalidArgumentError: `k` is no band.

    Example:
    >>> tf.linalg.diag_part([[1, 2], [3, 4]]).numpy()
    array([1, 4], dtype=int32)
    >>> tf.linalg.diag_part([[1, 2], [3, 4]], k=(0, 1)).numpy()
    array([[0, 2],
           [1, 4]], dtype=int32)
    """
    x, (low, high) = tensor_of(input), _band("diag_part", k, align)
    rows, columns = x._shape[-2:]
    flat = reshape(x, (*x._shape[:-2], rows * columns))
    if low == high == 0:
        return flat[..., : min(rows, columns) * columns : columns + 1]
    places = _places(rows, columns, low, high, align)
    if low == high:
        places = places[0]
    found = gather(flat, np.maximum(places, 0), axis=-1)
    if (places >= 0).all():
        return found
    return where(wrap(places >= 0), found, pair("diag_part", padding_value, x)[0])


def _spread(diagonal, rows, columns, low, high, align):
    """(matrices with the diagonals in their places, where these are)."""
    if low == high:
        diagonal = reshape(diagonal, (*diagonal._shape[:-1], 1, diagonal._shape[-1]))
    places = _places(rows, columns, low, high, align)
    count = int(np.prod(diagonal._shape[-2:]))
    if tuple(diagonal._shape[-2:]) != places.shape:
        raise InvalidArgumentError(
            f"[diag] diagonals {low} to {high} of {rows} by {columns} matrices have the shape "
            f"{places.shape}, got {tuple(diagonal._shape[-2:])}."
        )
    source = np.full(rows * columns, -1)
    source[places[places >= 0]] = np.flatnonzero(places.ravel() >= 0)
    flat = reshape(diagonal, (*diagonal._shape[:-2], count))
    found = gather(flat, np.maximum(source, 0), axis=-1)
    inside = wrap((source >= 0).reshape(rows, columns))
    return reshape(found, (*flat._shape[:-1], rows, columns)), inside


@public("linalg.diag")
def diag(diagonal, name="diag", k=0, num_rows=-1, num_cols=-1, padding_value=0, align="RIGHT_LEFT"):
    """Matrices with diagonals as given, and a value elsewhere.

    Args:
      diagonal: (..., length); for a band (..., number of diagonals, greatest length).
      k, align: as of `tf.linalg.diag_part`.
      num_rows, num_cols: the matrices' size; -1 for the least that has room.
      padding_value: what is elsewhere.

    Raises:
      InvalidArgumentError: diagonals that do not fit the size.

    Example:
    >>> tf.linalg.diag([1, 2]).numpy()
    array([[1, 0],
           [0, 2]], dtype=int32)
    >>> tf.linalg.diag([1], k=-1).numpy()
    array([[0, 0],
           [1, 0]], dtype=int32)
    """
    x, (low, high) = tensor_of(diagonal), _band("diag", k, align)
    rows, columns = static_ints([num_rows, num_cols], "[diag] num_rows, num_cols")
    plain = low == high == 0 and rows == columns == -1
    length = x._shape[-1]
    if plain:
        filler = pair("diag", padding_value, x)[0]
        return where(wrap(np.eye(length, dtype=bool)), reshape(x, (*x._shape, 1)), filler)
    least = length - min(high, 0), length + max(low, 0)
    if rows == columns == -1:
        rows = columns = max(least)
    rows, columns = (least[0] if rows == -1 else rows), (least[1] if columns == -1 else columns)
    found, inside = _spread(x, rows, columns, low, high, align)
    return where(inside, found, pair("diag", padding_value, x)[0])


@public("linalg.set_diag")
def set_diag(input, diagonal, name="set_diag", k=0, align="RIGHT_LEFT"):
    """Matrices with diagonals replaced.

    Args:
      input: (..., m, n).
      diagonal, k, align: as of `tf.linalg.diag`.

    Example:
    >>> tf.linalg.set_diag([[1, 2], [3, 4]], [0, 0]).numpy()
    array([[0, 2],
           [3, 0]], dtype=int32)
    """
    x, (low, high) = tensor_of(input), _band("set_diag", k, align)
    d = pair("set_diag", diagonal, x)[0]
    rows, columns = x._shape[-2:]
    one, batch = low == high, len(x._shape) - 2
    if len(d._shape) != batch + 2 - one or not d.shape[:batch].is_compatible_with(x.shape[:batch]):
        raise InvalidArgumentError(
            f"[set_diag] diagonals {d.shape} for matrices {x.shape}: the first axes must be equal."
        )
    if low == high == 0 and rows == columns and d.shape.is_compatible_with(x.shape[:-1]):
        return where(wrap(np.eye(columns, dtype=bool)), reshape(d, (*d._shape, 1)), x)
    found, inside = _spread(d, rows, columns, low, high, align)
    return where(inside, found, x)


@public("linalg.tensor_diag")
def tensor_diag(diagonal, name=None):
    """A tensor of twice the rank, with `diagonal` where both halves of the indices are equal.

    Example:
    >>> tf.linalg.tensor_diag([1, 2]).numpy()
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    x = tensor_of(diagonal)
    return reshape(diag(reshape(x, [-1])), (*x._shape, *x._shape))


@public("linalg.tensor_diag_part")
def tensor_diag_part(input, name=None):
    """What `tf.linalg.tensor_diag` made a tensor of.

    Raises:
      InvalidArgumentError: the halves of the shape differ.

    Example:
    >>> tf.linalg.tensor_diag_part([[1, 2], [3, 4]]).numpy()
    array([1, 4], dtype=int32)
    """
    x = tensor_of(input)
    half = len(x._shape) // 2
    shape, rest = tuple(x._shape[:half]), tuple(x._shape[half:])
    if shape != rest or not half:
        raise InvalidArgumentError(
            f"[tensor_diag_part] both halves of the shape must be equal, got {x.shape}."
        )
    count = int(np.prod(shape))
    return reshape(diag_part(reshape(x, (count, count))), shape)
