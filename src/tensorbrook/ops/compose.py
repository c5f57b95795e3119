"""Functions of tensors made of other functions: repeat, segments, counts, norms."""

import numpy as np

from ..base.dtypes import as_dtype
from ..base.errors import InvalidArgumentError
from ..core.composite import differentiable, with_gradients
from ..core.dispatch import public, register_public, tensor_of
from ..core.tensor import Overrides, Tensor
from ..core.variable import Variable
from .cast import cast, real
from .compare import equal, greater, less
from .create import convert_to_tensor, ones, range_
from .elementwise import maximum, minimum, multiply, reciprocal, sqrt, square
from .index import picked
from .join import concat, stack
from .reduce import reduce_max, reduce_sum
from .scatter import scatter_nd
from .select import clip_by_value, where
from .shape import (
    broadcast_to,
    check_axis,
    expand_dims,
    reshape,
    static_int,
    static_sizes,
)


def is_tensor(x):
    """Whether `x` is a tensor, a variable, a composite or a symbolic tensor.

    Example:
    >>> tf.is_tensor(tf.constant(1)), tf.is_tensor([1])
    (True, False)
    """
    return isinstance(x, Tensor | Variable | Overrides)


register_public(is_tensor, "is_tensor")


@public("add_n", "math.add_n")
def add_n(inputs, name=None):
    """The sum of a list of tensors of one shape.

    Raises:
      ValueError: an empty list.

    Example:
    >>> tf.add_n([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).numpy()
    array([ 9., 12.], dtype=float32)
    """
    tensors = [tensor_of(x) for x in (inputs if isinstance(inputs, list | tuple) else [inputs])]
    if not tensors:
        raise ValueError("[add_n] inputs is empty: give one tensor at least.")
    shapes = {tuple(x._shape) for x in tensors}
    if len(shapes) > 1:
        raise InvalidArgumentError(f"[add_n] the shapes must be equal, got {sorted(shapes)}.")
    total = tensors[0]
    for x in tensors[1:]:
        total = total + x
    return total


@public("scalar_mul", "math.scalar_mul")
def scalar_mul(scalar, x, name=None):
    """`scalar * x`.

    Example:
    >>> tf.math.scalar_mul(2.0, [1.0, 3.0]).numpy()
    array([2., 6.], dtype=float32)
    """
    scalar = tensor_of(scalar)
    if scalar._shape:
        raise ValueError(f"[scalar_mul] Only scalar multiply works, got shape {scalar.shape}.")
    return multiply(scalar, x)


@public("math.reciprocal_no_nan")
def reciprocal_no_nan(x, name=None):
    """1 / x, and 0 where x is 0.

    Example:
    >>> tf.math.reciprocal_no_nan([2.0, 0.0]).numpy()
    array([0.5, 0. ], dtype=float32)
    """
    x = tensor_of(x)
    zero = equal(x, 0)
    return where(zero, 0, reciprocal(where(zero, 1, x)))


@public("saturate_cast")
def saturate_cast(value, dtype, name=None):
    """Cast with values clipped to what the dtype holds.

    Example:
    >>> tf.saturate_cast([300.0, -5.0], tf.uint8).numpy()
    array([255,   0], dtype=uint8)
    """
    value, dtype = tensor_of(value), as_dtype(dtype)
    if dtype.is_integer or dtype.is_floating:
        own = value.dtype
        if own.is_complex:
            return saturate_cast(real(value), dtype)
        low, high = max(own.min, dtype.min), min(own.max, dtype.max)
        if own.is_floating and dtype.is_integer:
            # The greatest integer may round up to a float that the integers do not hold.
            kind = own.numpy_dtype
            if int(kind.type(high)) > high:
                high = np.nextafter(kind.type(high), kind.type(0))
        value = clip_by_value(value, convert_to_tensor(low, own), convert_to_tensor(high, own))
    return cast(value, dtype)


@public("repeat")
def repeat(input, repeats, axis=None, name=None):
    """Each element (or slice along `axis`) several times.

    Args:
      input: a tensor.
      repeats: how often: one number, or one for each element.
      axis: the axis; the flattened tensor by default.

    Example:
    >>> tf.repeat([1, 2, 3], [1, 0, 2]).numpy()
    array([1, 3, 3], dtype=int32)
    """
    x = tensor_of(input)
    if axis is None:
        x, axis = reshape(x, [-1]), 0
    axis = check_axis("repeat", axis, len(x._shape))
    counts, size = static_sizes(repeats, "[repeat] repeats"), x._shape[axis]
    if len(counts) not in (1, size):
        raise ValueError(
            f"[repeat] repeats has {len(counts)} numbers, axis {axis} of shape {x.shape} {size}."
        )
    if len(counts) == 1:
        lead, tail = x._shape[: axis + 1], x._shape[axis + 1 :]
        apart = broadcast_to(expand_dims(x, axis + 1), (*lead, *counts, *tail))
        return reshape(apart, (*lead[:-1], size * counts[0], *tail))
    return picked(x, np.repeat(np.arange(len(counts), dtype=np.int32), counts), axis)


@public("sequence_mask")
def sequence_mask(lengths, maxlen=None, dtype="bool", name=None):
    """Rows that are true up to each length: shape of `lengths` + (maxlen,).

    Example:
    >>> tf.sequence_mask([1, 3], dtype="int32").numpy()
    array([[1, 0, 0],
           [1, 1, 1]], dtype=int32)
    """
    lengths = tensor_of(lengths)
    if maxlen is None:
        maxlen = maximum(reduce_max(lengths), 0) if np.prod(lengths._shape) else 0
    what = "[sequence_mask] maxlen"
    length = static_int(static_sizes(maxlen, what), what)
    positions = range_(length, dtype=lengths.dtype)
    return cast(less(positions, expand_dims(lengths, -1)), dtype)


# -- counts ----------------------------------------------------------------------------------------


@public("math.bincount")
def bincount(
    arr,
    weights=None,
    minlength=None,
    maxlength=None,
    dtype="int32",
    name=None,
    axis=None,
    binary_output=False,
):
    """How often each of 0, 1, 2 ... occurs, or the sums of the weights where it does.

    Args:
      arr: non-negative integers.
      weights: of the shape of `arr`; ones by default.
      minlength, maxlength: at least and at most so many bins; what lies beyond is left out.
      dtype: of the counts, without weights.
      axis: None counts all of `arr`, -1 each row of a matrix.
      binary_output: 1 for what occurs at all, instead of counts.

    Example:
    >>> tf.math.bincount([1, 1, 3, 0]).numpy()
    array([1, 2, 0, 1], dtype=int32)
    """
    arr = cast(arr, "int64")
    rows = arr if axis in (-1, 1) and len(arr._shape) == 2 else reshape(arr, [1, -1])
    if axis not in (None, 0, -1) and rows is not arr:
        raise ValueError(f"[bincount] axis must be None, 0 or -1 of a matrix, got {axis}.")
    least = convert_to_tensor(0 if minlength is None else minlength, "int64")
    empty = arr._shape[0].__class__ is int and 0 in arr._shape
    # as long as the data say: in a trace, a size of its own
    bins = range_(least if empty else maximum(reduce_max(arr) + 1, least))._shape[0]
    kept = None if maxlength is None else static_int(maxlength, "maxlength")
    amounts = ones(rows._shape, dtype) if weights is None else reshape(weights, rows._shape)
    count = rows._shape[0]
    offsets = expand_dims(range_(count, dtype="int64"), 1) * bins
    places = reshape(rows + offsets, [-1, 1])
    table = reshape(scatter_nd(places, reshape(amounts, [-1]), [count * bins]), [count, bins])
    table = table if kept is None else table[:, :kept]
    if binary_output:
        table = cast(table > 0, table.dtype)
    return table if rows is arr else table[0]


@public("math.confusion_matrix")
def confusion_matrix(labels, predictions, num_classes=None, weights=None, dtype="int32", name=None):
    """How often class i (row) was predicted as class j (column).

    Args:
      labels, predictions: integers of one shape, (n,) or (n, 1).
      num_classes: size of the matrix; the greatest class and one by default.
      weights: what each example counts; 1 by default.
      dtype: of the matrix.

    Raises:
      InvalidArgumentError: a class that is negative or not below `num_classes`.

    Example:
    >>> tf.math.confusion_matrix([0, 1, 1], [0, 1, 0]).numpy()
    array([[1, 0],
           [1, 1]], dtype=int32)
    """
    rows, columns = (reshape(cast(x, "int64"), [-1]) for x in (labels, predictions))
    if num_classes is None:
        num_classes = reduce_max(concat([rows, columns], 0)) + 1
    size = static_int(num_classes, "num_classes")
    amounts = ones(rows._shape, dtype) if weights is None else cast(weights, dtype)
    return scatter_nd(stack([rows, columns], 1), reshape(amounts, [-1]), [size, size])


@public("clip_by_norm")
def clip_by_norm(t, clip_norm, axes=None, name=None):
    """`t` scaled down to Euclidean norm `clip_norm` over `axes` where its norm is larger.

    Example:
    >>> tf.clip_by_norm([3.0, 4.0], 1.0).numpy()
    array([0.6, 0.8], dtype=float32)
    """
    x = tensor_of(t)
    total = reduce_sum(square(x), axes, True)
    positive = greater(total, 0)
    norm = where(positive, sqrt(where(positive, total, 1)), total)
    return x * clip_norm / maximum(norm, clip_norm)


@public("linalg.global_norm", composites=True)
def global_norm(t_list, name=None):
    """The Euclidean norm of all elements of a list of tensors; Nones are left out.

    Example:
    >>> tf.linalg.global_norm([[3.0], [4.0]]).numpy()
    np.float32(5.0)
    """
    squares = [reduce_sum(square(tensor_of(x))) for x in differentiable(t_list) if x is not None]
    return sqrt(sum(squares[1:], squares[0])) if squares else tensor_of(0.0)


@public("clip_by_global_norm", composites=True)
def clip_by_global_norm(t_list, clip_norm, use_norm=None, name=None):
    """(tensors scaled down together to norm `clip_norm`, their norm), NaN where that is not finite.

    Example:
    >>> clipped, norm = tf.clip_by_global_norm([[3.0], [4.0]], 1.0)
    >>> clipped[0].numpy(), norm.numpy()
    (array([0.6], dtype=float32), np.float32(5.0))
    """
    norm = global_norm(t_list) if use_norm is None else tensor_of(use_norm)
    scale = clip_norm * minimum(1.0 / norm, tensor_of(1.0 / clip_norm)) + (norm - norm)
    given = [t for t in t_list if t is not None]
    scaled = with_gradients(given, [tensor_of(x) * scale for x in differentiable(given)])
    return [None if t is None else scaled.pop(0) for t in t_list], norm
