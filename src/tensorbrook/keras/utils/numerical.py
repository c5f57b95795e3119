"""Arrays made ready for a model: classes as rows of ones, rows of length 1, sequences padded."""

from __future__ import annotations

import numpy as np

from ... import ops
from ...base.config import settings
from ...core.tensor import Tensor, convert_to_tensor


def without_last_one(shape) -> tuple[int, ...]:
    """A shape less its last dimension where that is 1 and not the only one."""
    sizes = tuple(shape)
    return sizes[:-1] if len(sizes) > 1 and sizes[-1] == 1 else sizes


def to_categorical(x=None, num_classes=None, dtype=None, y=None):
    """Turn class numbers into rows with a one in the place of the class.

    Args:
        x: integers from 0 to `num_classes - 1`; a last dimension of 1 is dropped.
        num_classes: length of the rows; by default the greatest class and one.
        dtype: another dtype of the result, as in Keras 2.
        y: Keras 2's name of `x`.

    Returns:
        For a Tensor a float32 Tensor, for anything else a float64 NumPy array: `x`'s shape and
        the classes as last dimension.

    Raises:
        ValueError: a class number is negative or not below `num_classes` (in arrays; rows of
            zeros stand for such numbers in tensors, as in `tf.one_hot`).

    Example:
        >>> tf.keras.utils.to_categorical([0, 2, 1])
        array([[1., 0., 0.],
               [0., 0., 1.],
               [0., 1., 0.]])
        >>> tf.keras.utils.to_categorical([0, 3], num_classes=2)
        Traceback (most recent call last):
        ...
        ValueError: to_categorical: classes must be from 0 to 1 (num_classes=2), got 3.
    """
    x = y if x is None else x
    if isinstance(x, Tensor):
        classes = ops.cast(ops.reshape(x, without_last_one(x.shape)), "int64")
        depth = num_classes or int(ops.reduce_max(classes)) + 1
        return ops.one_hot(classes, depth, dtype=dtype)
    classes = np.array(x, dtype="int64")
    classes = classes.reshape(without_last_one(classes.shape))
    depth = int(num_classes or np.max(classes) + 1)
    wrong = classes[(classes < 0) | (classes >= depth)]
    if wrong.size:
        raise ValueError(
            f"to_categorical: classes must be from 0 to {depth - 1} (num_classes={num_classes}), "
            f"got {wrong.flat[0]}."
        )
    return np.eye(depth, dtype=dtype)[classes]


def normalize(x, axis=-1, order=2):
    """Divide by the norm along an axis; what is all zero stays so.

    Args:
        x: NumPy array, or Tensor or nested list.
        axis: the axis along which the norms become 1.
        order: of the norm: 2 Euclidean, 1 sum of magnitudes.

    Returns:
        A NumPy array for an array, else a Tensor.

    Example:
        >>> tf.keras.utils.normalize(np.array([[3.0, 4.0], [0.0, 0.0]]))
        array([[0.6, 0.8],
               [0. , 0. ]])
    """
    if isinstance(x, np.ndarray):
        norm = np.linalg.norm(x, order, axis, keepdims=True)
        return x / np.where(norm == 0, 1, norm)
    x = convert_to_tensor(x)
    norm = ops.norm(x, ord=order, axis=axis, keepdims=True)
    return x / ops.maximum(norm, ops.cast(settings.epsilon, x.dtype))


def pad_sequences(
    sequences,
    maxlen=None,
    dtype="int32",
    padding="pre",
    truncating="pre",
    value=0.0,
):
    """Put sequences of many lengths into one array, padded and cut to one length.

    Args:
        sequences: list of sequences, of numbers or of arrays of one shape.
        maxlen: length of the rows; by default that of the longest sequence.
        dtype: of the array; `object` for strings of any length.
        padding: "pre" or "post": where `value` fills a shorter sequence.
        truncating: "pre" or "post": where a longer sequence loses elements.
        value: what fills.

    Returns:
        NumPy array of shape (number of sequences, maxlen, ...).

    Raises:
        ValueError: no sequences, elements of different shapes, or a string for numbers.

    Example:
        >>> tf.keras.utils.pad_sequences([[1], [2, 3, 4]], maxlen=2)
        array([[0, 1],
               [3, 4]], dtype=int32)
        >>> tf.keras.utils.pad_sequences([[1], [2, 3]], padding="post", value=-1)
        array([[ 1, -1],
               [ 2,  3]], dtype=int32)
    """
    for name, choice in (("padding", padding), ("truncating", truncating)):
        if choice not in ("pre", "post"):
            raise ValueError(f'pad_sequences: {name} must be "pre" or "post", got {choice!r}.')
    if not all(hasattr(part, "__len__") for part in (sequences, *iter_or_nothing(sequences))):
        raise ValueError(
            f"pad_sequences: sequences must be a list of sequences, got {sequences!r}."
        )
    is_text = dtype is object or np.dtype(dtype).kind in "SUO"
    if isinstance(value, str) and not is_text:
        raise ValueError(
            f"pad_sequences: `dtype` {dtype} is not compatible with value={value!r}; use "
            "dtype=object."
        )
    length = max(map(len, sequences), default=0) if maxlen is None else maxlen
    shapes = [np.shape(sequence)[1:] for sequence in sequences if len(sequence)]
    if len(set(shapes)) > 1:
        raise ValueError(f"pad_sequences: the elements' shapes differ: {sorted(set(shapes))}.")
    padded = np.full((len(sequences), length, *(shapes[0] if shapes else ())), value, dtype)
    for row, sequence in zip(padded, sequences):
        kept = sequence[max(len(sequence) - length, 0) :] if truncating == "pre" else sequence
        kept = kept[:length]
        start = length - len(kept) if padding == "pre" else 0
        if len(kept):
            row[start : start + len(kept)] = kept
    return padded


def iter_or_nothing(value):
    """A sequence's elements; none for what is no sequence."""
    return value if hasattr(value, "__len__") else ()
