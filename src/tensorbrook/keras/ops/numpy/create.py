"""keras.ops: tensors made from nothing, or from the shape of another."""

import math

from .... import ops
from ....base.config import settings
from ....ops.shape import static_int, static_sizes
from ...promotion import result_type, standardize_dtype
from ..declare import as_tensor, dtype_of, floating, op, promote


def _enter(name, value, doc):
    def call(shape, dtype=None):
        return ops.fill(shape, ops.cast(value, standardize_dtype(dtype)))

    def like(x, dtype=None):
        x = as_tensor(x)
        return ops.fill(x._shape, ops.cast(value, x.dtype if dtype is None else dtype))

    call.__doc__ = (
        f"{doc}\n\n    Args:\n      shape: an integer, or integers.\n      dtype: the default "
        "float dtype if not given.\n    "
    )
    like.__doc__ = (
        f"{doc[:-1]}, of the shape of `x`.\n\n    Args:\n      x: a tensor.\n      dtype: that of "
        "`x` if not given.\n    "
    )
    op(f"numpy.{name}")(call)
    op(f"numpy.{name}_like")(like)


_enter("zeros", 0, "A tensor of zeros.")
_enter("ones", 1, "A tensor of ones.")
_enter("empty", 0, "A tensor whose values do not matter: they are 0.")


@op("numpy.full")
def full(shape, fill_value, dtype=None):
    """A tensor filled with a value, which broadcasts.

    Args:
      shape: an integer, or integers.
      fill_value: a number or tensor.
      dtype: the default float dtype if not given.

    Example:
    >>> tf.keras.ops.full(2, 7).numpy()
    array([7., 7.], dtype=float32)
    """
    return ops.broadcast_to(ops.cast(fill_value, standardize_dtype(dtype)), shape)


@op("numpy.full_like")
def full_like(x, fill_value, dtype=None):
    """A tensor of the shape of `x` filled with a value.

    Example:
    >>> tf.keras.ops.full_like([1, 2], 7).numpy()
    array([7, 7], dtype=int32)
    """
    x = as_tensor(x)
    return ops.broadcast_to(ops.cast(fill_value, x.dtype if dtype is None else dtype), x._shape)


@op("numpy.array")
def array(x, dtype=None):
    """`x` as a tensor.

    Example:
    >>> tf.keras.ops.array([1, 2]).numpy()
    array([1, 2], dtype=int32)
    """
    return as_tensor(x, dtype)


def _offsets(rows, columns, k):
    """How far each place of a matrix lies right of its `k`-th diagonal."""
    rows, columns = (ops.range(static_int(size, "a size")) for size in (rows, columns))
    return ops.expand_dims(columns, 0) - ops.expand_dims(rows, 1) - k


@op("numpy.eye")
def eye(N, M=None, k=0, dtype=None):
    """A matrix with ones on its `k`-th diagonal and zeros elsewhere.

    Args:
      N, M: rows and columns, as many as rows if not given.
      k: which diagonal: those above the main one count up.
      dtype: the default float dtype if not given.

    Example:
    >>> tf.keras.ops.eye(2, k=1).numpy()
    array([[0., 1.],
           [0., 0.]], dtype=float32)
    """
    return ops.cast(ops.equal(_offsets(N, N if M is None else M, k), 0), standardize_dtype(dtype))


@op("numpy.identity")
def identity(n, dtype=None):
    """The matrix with ones on its main diagonal and zeros elsewhere.

    Example:
    >>> tf.keras.ops.identity(2).numpy()
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    return eye(n, dtype=dtype)


@op("numpy.tri")
def tri(N, M=None, k=0, dtype=None):
    """A matrix with ones on and below its `k`-th diagonal and zeros above.

    Example:
    >>> tf.keras.ops.tri(2).numpy()
    array([[1., 0.],
           [1., 1.]], dtype=float32)
    """
    return ops.cast(_offsets(N, N if M is None else M, k) <= 0, standardize_dtype(dtype))


@op("numpy.arange")
def arange(start, stop=None, step=None, dtype=None):
    """The numbers from `start` up to, not including, `stop`, `step` apart.

    Args:
      start: the first number; the end, if it is alone.
      stop: the end.
      step: the distance, 1 by default.
      dtype: that of the numbers given, if not given.

    Example:
    >>> tf.keras.ops.arange(3).numpy(), tf.keras.ops.arange(1, 2, 0.5).numpy()
    (array([0, 1, 2], dtype=int32), array([1. , 1.5], dtype=float32))
    """
    if stop is None:
        start, stop = 0, start
    step = 1 if step is None else step
    given = [
        v.__class__ if v.__class__ in (int, float) else dtype_of(as_tensor(v))
        for v in (start, stop, step)
    ]
    dtype = result_type(*given) if dtype is None else standardize_dtype(dtype)
    precise = {"bool": "int32", "float16": "float32", "bfloat16": "float32"}.get(dtype, dtype)
    return ops.cast(ops.range(start, stop, step, precise), dtype)


@op("numpy.linspace")
def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """Evenly spaced numbers.

    Args:
      start, stop: the first and the last number; tensors of several give as many rows of numbers.
      num: how many.
      endpoint: whether `stop` is the last one, or the one after it.
      retstep: whether to return (numbers, their distance).
      dtype: of the numbers; floats if not given.
      axis: where the axis of numbers stands in the result.

    Example:
    >>> tf.keras.ops.linspace(0, 1, 3).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    (num,) = static_sizes(num, "[linspace] num")
    start, stop = promote(start, stop, also=(float,))
    parts = num - 1 if endpoint else num
    start, stop = start + ops.zeros_like(stop), stop + ops.zeros_like(start)
    distance = stop - start
    step = distance / ops.cast(parts, start.dtype) if parts else distance * math.nan
    axis = axis % (len(start._shape) + 1)
    shape = [1] * (len(start._shape) + 1)
    shape[axis] = num
    places = ops.reshape(ops.cast(ops.range(num), start.dtype), shape)
    first, last = ops.expand_dims(start, axis), ops.expand_dims(stop, axis)
    numbers = first if num == 1 else first + places * ops.expand_dims(step, axis)
    if endpoint and num > 1:
        numbers = ops.where(ops.equal(places, ops.cast(num - 1, places.dtype)), last, numbers)
    if num == 0:
        numbers = numbers + places
    numbers = numbers if dtype is None else ops.cast(numbers, dtype)
    return (numbers, step) if retstep else numbers


@op("numpy.logspace")
def logspace(start, stop, num=50, endpoint=True, base=10, dtype=None, axis=0):
    """Numbers from base^start to base^stop whose exponents are evenly spaced.

    Args:
      start, stop, num, endpoint, axis: of the exponents, as in `linspace`.
      base: what is raised to them.
      dtype: of the numbers; floats if not given.

    Example:
    >>> tf.keras.ops.logspace(0, 2, 3).numpy()
    array([  1.,  10., 100.], dtype=float32)
    """
    exponents = linspace(start, stop, num, endpoint, axis=axis)
    numbers = ops.pow(ops.cast(base, exponents.dtype), exponents)
    return numbers if dtype is None else ops.cast(numbers, dtype)


@op("numpy.geomspace")
def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """Numbers from `start` to `stop`, each the same multiple of the one before.

    Example:
    >>> tf.keras.ops.geomspace(1, 4, 3).numpy()
    array([1., 2., 4.], dtype=float32)
    """
    start, stop = promote(start, stop, also=(float,))
    sign = ops.sign(start) + ops.zeros_like(stop)
    low, high = ops.log(ops.abs(start)), ops.log(ops.abs(stop))
    numbers = ops.exp(linspace(low, high, num, endpoint, axis=axis))
    numbers = numbers * ops.expand_dims(sign, axis % (len(sign._shape) + 1))
    return numbers if dtype is None else ops.cast(numbers, dtype)


@op("numpy.vander")
def vander(x, N=None, increasing=False):
    """The matrix whose columns are powers of a vector.

    Args:
      x: a vector.
      N: how many powers, from 0 on; as many as `x` has elements, if not given.
      increasing: whether the powers go up from left to right, instead of down.

    Example:
    >>> tf.keras.ops.vander([1.0, 2.0, 3.0], 2).numpy()
    array([[1., 1.],
           [2., 1.],
           [3., 1.]], dtype=float32)
    """
    x = as_tensor(x)
    count = x._shape[0] if N is None else N
    powers = ops.range(count) if increasing else ops.range(count - 1, -1, -1)
    return ops.pow(ops.expand_dims(x, -1), ops.cast(powers, x.dtype))


# -- windows ---------------------------------------------------------------------------------------


def _window(name, function, formula):
    """Enters a window of a given length: `function` of the places, counted from -1 to 1."""

    def call(x):
        return _from_places(name, x, function)

    call.__doc__ = (
        f"{formula}\n\n    Args:\n      x: the length N.\n\n    Returns:\n      A vector of N "
        "floats.\n    "
    )
    return op(f"numpy.{name}")(call)


def _from_places(name, length, function):
    whole = float(length) if hasattr(length, "dtype") else length  # windows take 5.0 and True too
    length = static_int(int(whole) if whole == whole // 1 else length, f"[{name}] x")
    if length <= 1:
        return ops.ones([max(length, 0)], settings.floatx)
    places = ops.cast(ops.range(length), settings.floatx)
    return function(places / ops.cast((length - 1) / 2, places.dtype) - 1.0)


def _cosines(*weights):
    """A sum of cosines: its weights are of 0, 1, 2 ... half turns."""

    def function(place):
        turns = [ops.cos(place * (math.pi * k)) * w for k, w in enumerate(weights) if k]
        return sum(turns, weights[0] + ops.zeros_like(place))

    return function


_window("bartlett", lambda t: 1.0 - ops.abs(t), "A triangle: 1 - |t|, for t from -1 to 1.")
_window("hanning", _cosines(0.5, 0.5), "0.5 + 0.5 cos(pi t), for t from -1 to 1.")
_window("hamming", _cosines(0.54, 0.46), "0.54 + 0.46 cos(pi t), for t from -1 to 1.")
_window(
    "blackman",
    _cosines(0.42, 0.5, 0.08),
    "0.42 + 0.5 cos(pi t) + 0.08 cos(2 pi t), for t from -1 to 1.",
)


@op("numpy.kaiser")
def kaiser(x, beta):
    """I0(beta sqrt(1 - t^2)) / I0(beta), for t from -1 to 1.

    Args:
      x: the length N.
      beta: how narrow the window is.

    Returns:
      A vector of N floats.

    Example:
    >>> tf.keras.ops.kaiser(3, 2.0).numpy()
    array([0.43867627, 1.        , 0.43867627], dtype=float32)
    """
    beta = floating(beta)

    def function(place):
        inner = ops.sqrt(ops.maximum(1.0 - ops.square(place), 0.0))
        scale = ops.cast(beta, place.dtype)
        return ops.bessel_i0(scale * inner) / ops.bessel_i0(scale)

    return _from_places("kaiser", x, function)
