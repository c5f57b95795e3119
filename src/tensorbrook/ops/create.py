"""Tensors made from nothing: constant, zeros, ones, fill, eye, range, linspace."""

import numpy as np

from ..base.dims import Dim, maximum
from ..base.dtypes import as_dtype
from ..base.errors import InvalidArgumentError
from ..core.dispatch import PUBLIC, apply, public, register_public, tensor_of
from ..core.op import Op, Spec
from ..core.tensor import convert_to_tensor, placed, register_converter, wrap
from ._families import pair
from .cast import cast
from .join import concat
from .select import where
from .shape import (
    broadcast_to,
    expand_dims,
    filled,
    reshape,
    static_int,
    static_ints,
    static_sizes,
)

PUBLIC["convert_to_tensor"] = convert_to_tensor


def register_tensor_conversion_function(base_type, conversion_func, priority=100):
    """Lets instances of a class stand where tensors do.

    Args:
      base_type: the class; one class, known by no conversion yet.
      conversion_func: called as `conversion_func(value, dtype=None, name=None, as_ref=False)`; it
        returns a tensor.
      priority: ignored: the nearest class in the order of inheritance decides.

    Example:
    >>> class Money:
    ...     cents = 250
    >>> def to_tensor(value, dtype=None, name=None, as_ref=False):
    ...     return tf.constant(value.cents / 100)
    >>> tf.register_tensor_conversion_function(Money, to_tensor)
    >>> (tf.constant(1.0) + Money()).numpy()
    np.float32(3.5)
    """
    register_converter(
        base_type, lambda value: conversion_func(value, dtype=None, name=None, as_ref=False)
    )


register_public(register_tensor_conversion_function, "register_tensor_conversion_function")


@public("constant")
def constant(value, dtype=None, shape=None, name="Const"):
    """A tensor with the value of a number, nested list, array or tensor.

    Args:
      value: what to convert; Python floats become float32, ints int32.
      dtype: the dtype wanted.
      shape: the shape wanted: a single value fills it.

    Raises:
      TypeError: a value that `dtype` cannot hold, or of another size than `shape`.
      ValueError: a ragged list, or something that is no tensor.

    Example:
    >>> tf.constant([1, 2, 3, 4], shape=(2, 2)).numpy()
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    try:
        tensor = convert_to_tensor(value, dtype)
    except ValueError as fault:
        if hasattr(value, "_dtype"):
            raise TypeError(f"[constant] {fault}") from None
        raise
    if shape is None:
        return tensor
    shape = static_sizes(shape, "[constant] shape")
    size = int(np.prod(shape))
    if tensor._shape == shape:
        return tensor
    count = int(np.prod(tensor._shape))
    if count == size:
        return reshape(tensor, shape)
    if count == 1:
        return broadcast_to(reshape(tensor, ()), shape)
    raise TypeError(
        f"[constant] {value!r} has {count} elements, but shape {shape} takes {size}: give one "
        f"value, "
        "or as many as the shape holds."
    )


def _filled(name, shape, value, dtype):
    dtype = as_dtype(dtype)
    shape = static_sizes(shape, f"[{name}] shape")
    return filled(shape, b"" if dtype.name == "string" else value, dtype.numpy_dtype)


@public("zeros")
def zeros(shape, dtype="float32", name=None, layout=None):
    """A tensor of zeros (False, or empty strings).

    Example:
    >>> tf.zeros([2], tf.int32).numpy()
    array([0, 0], dtype=int32)
    """
    return _filled("zeros", shape, 0, dtype)


@public("ones")
def ones(shape, dtype="float32", name=None, layout=None):
    """A tensor of ones.

    Example:
    >>> tf.ones([2]).numpy()
    array([1., 1.], dtype=float32)
    """
    return _filled("ones", shape, 1, dtype)


def _like(input, value, dtype):
    x = tensor_of(input)
    return x._shape, value, x._dtype if dtype is None else dtype


@public("zeros_like")
def zeros_like(input, dtype=None, name=None, layout=None):
    """Zeros of the shape, and by default the dtype, of `input`.

    Example:
    >>> tf.zeros_like([1, 2]).numpy()
    array([0, 0], dtype=int32)
    """
    return _filled("zeros_like", *_like(input, 0, dtype))


@public("ones_like")
def ones_like(input, dtype=None, name=None, layout=None):
    """Ones of the shape, and by default the dtype, of `input`.

    Example:
    >>> tf.ones_like([1, 2]).numpy()
    array([1, 1], dtype=int32)
    """
    return _filled("ones_like", *_like(input, 1, dtype))


@public("fill")
def fill(dims, value, name=None, layout=None):
    """A tensor of shape `dims` in which every element is `value`.

    Example:
    >>> tf.fill([2], 7).numpy()
    array([7, 7], dtype=int32)
    """
    value = tensor_of(value)
    if value._shape:
        raise InvalidArgumentError(
            f"[fill] value must be a scalar, got shape {list(value._shape)}: use tf.broadcast_to."
        )
    return broadcast_to(value, static_sizes(dims, "[fill] dims"))


@public("eye", "linalg.eye")
def eye(num_rows, num_columns=None, batch_shape=None, dtype="float32", name=None):
    """Matrices with ones on the diagonal and zeros elsewhere.

    Example:
    >>> tf.eye(2).numpy()
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    (rows,) = static_sizes(num_rows, "[eye] num_rows")
    (columns,) = (rows,) if num_columns is None else static_sizes(num_columns, "[eye] num_columns")
    if Dim in (rows.__class__, columns.__class__):
        matrix = cast(expand_dims(range_(rows), 1) == range_(columns), dtype)
    else:
        matrix = placed(wrap(np.eye(rows, columns, dtype=as_dtype(dtype).numpy_dtype)))
    if batch_shape is None:
        return matrix
    return broadcast_to(matrix, (*static_sizes(batch_shape, "[eye] batch_shape"), rows, columns))


_range = Op(
    "range",
    lambda start, limit, delta, size: _numbers(start.item(), limit.item(), delta.item(), start),
    lambda start, limit, delta, size: Spec((Dim.of_data() if size is None else size,), start.dtype),
    samples=lambda rng: [(tuple(np.array(v, np.int32) for v in (1, 7, 2)), {"size": 3})],
    doc="Numbers a step apart.",
    why_no_gradient="its length depends on its operands",
)


def _numbers(begin, end, step, like):
    if step == 0 or (end - begin) * step < 0:
        raise InvalidArgumentError(
            f"[range] Requires start <= limit when delta > 0 and start >= limit when delta < 0, "
            f"and "
            f"delta not 0: got start {begin}, limit {end}, delta {step}."
        )
    if like.dtype.kind in "iu":
        return np.arange(begin, end, step).astype(like.dtype)
    begin, end, step = np.array([begin, end, step]).astype(like.dtype)
    size = int(np.ceil(np.abs((end - begin) / step)))  # in this very precision, as TensorFlow
    return begin + np.arange(size).astype(like.dtype) * step


def _length(parts):
    """How many numbers are between tensors, as an int or Dim; None where only the data tells."""
    if any(p._dtype.kind not in "iu" or not (p.is_eager or hasattr(p, "dims")) for p in parts):
        return None
    (start,), (limit,), (delta,) = (static_ints(p, "a range's parts") for p in parts)
    if delta.__class__ is Dim or delta < 1:
        return None
    return maximum((limit - start + delta - 1) // delta, 0)


@public("range")
def range_(start, limit=None, delta=1, dtype=None, name="range"):
    """The numbers from `start` up to, not including, `limit`, `delta` apart.

    Raises:
      InvalidArgumentError: `delta` is 0, or leads away from `limit`.

    Example:
    >>> tf.range(3).numpy(), tf.range(1, 6, 2).numpy()
    (array([0, 1, 2], dtype=int32), array([1, 3, 5], dtype=int32))
    """
    if limit is None:
        start, limit = 0, start
    parts = [
        wrap(np.asarray(v, as_dtype(dtype).numpy_dtype))
        if dtype is not None and v.__class__ in (int, float)
        else tensor_of(v)
        for v in (start, limit, delta)
    ]
    if dtype is None:
        order = ("int32", "int64", "float32", "float64")
        names = [p._dtype.name for p in parts]
        if any(n not in order for n in names):
            dtype = parts[1]._dtype
        else:
            dtype = max(names, key=order.index)
    target = as_dtype(dtype).numpy_dtype
    if all(p.is_eager for p in parts):
        begin, end, step = (p._array.item() for p in parts)
        return placed(wrap(_numbers(begin, end, step, np.empty(0, target))))
    size = _length(parts)
    return apply(_range, tuple([cast(p, target) for p in parts]), {"size": size})


def size_of(tensor):
    """A scalar tensor of an integer as an int or Dim: what only the data tells is a new size."""
    if tensor.is_eager or hasattr(tensor, "dims"):
        return static_int(tensor, "a size")
    return range_(tensor)._shape[0]


@public("linspace", "linalg.linspace")
def linspace(start, stop, num, name=None, axis=0):
    """`num` evenly spaced values from `start` to `stop`, both included.

    Example:
    >>> tf.linspace(0.0, 1.0, 3).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    (num,) = static_sizes(num, "[linspace] num")
    if tensor_of(start)._dtype.kind in "iu":
        small = tensor_of(start)._dtype.itemsize < 4
        start, stop = (cast(x, "float32" if small else "float64") for x in (start, stop))
    start, stop = pair("linspace", start, stop)
    axis = axis % (len(start._shape) + 1)
    start, stop = expand_dims(start, axis), expand_dims(stop, axis)
    if num.__class__ is Dim:
        steps = cast(
            reshape(range_(num), (-1,) + (1,) * (len(start._shape) - 1 - axis)), start.dtype
        )
        last = cast(maximum(num - 1, 1), start.dtype)
        return where(steps < last, start + (stop - start) / last * steps, stop)
    if num < 3:
        ends = concat([start, stop], axis)
        return ends[(slice(None),) * axis + (slice(num),)]
    steps = np.arange(1, num - 1).reshape((-1,) + (1,) * (len(start._shape) - 1 - axis))
    inner = start + (stop - start) / (num - 1) * wrap(steps.astype(start._dtype))
    return concat([start, inner, stop], axis)


@public("meshgrid")
def meshgrid(*args, **kwargs):
    """Coordinate matrices of vectors, as `np.meshgrid` (indexing "xy" by default).

    Example:
    >>> a, b = tf.meshgrid([1, 2], [3, 4])
    >>> a.numpy().tolist(), b.numpy().tolist()
    ([[1, 2], [1, 2]], [[3, 3], [4, 4]])
    """
    indexing = kwargs.pop("indexing", "xy")
    kwargs.pop("name", None)
    if kwargs or indexing not in ("xy", "ij"):
        raise ValueError(f"[meshgrid] indexing must be 'xy' or 'ij'; unknown arguments {kwargs}.")
    tensors = [reshape(a, (-1,)) for a in map(tensor_of, args)]
    order = list(range(len(tensors)))
    if indexing == "xy" and len(order) > 1:
        order[:2] = 1, 0
    sizes = [tensors[i]._shape[0] for i in order]
    out = []
    for i, t in enumerate(tensors):
        shape = [1] * len(tensors)
        shape[order.index(i)] = -1
        out.append(broadcast_to(reshape(t, tuple(shape)), tuple(sizes)))
    return out
