"""keras.ops: sums, means, extremes, quantiles, running sums."""

import numpy as np

from .... import ops
from ....ops.index import picked
from ....ops.reduce import normalize_axes, reduced_shape
from ..declare import as_tensor, dtype_of, floating, op, promote

_AXES = """

    Args:
      x: a tensor.
      axis: the axis or axes to reduce; all by default.
      keepdims: whether reduced axes stay, with length 1.
    """


def summed(x):
    """`x` in the dtype in which Keras adds: small integers in 32 bits."""
    wide = {"b": "int32", "i": "int32", "u": "uint32"}.get(x._dtype.kind)
    return ops.cast(x, wide) if wide and x._dtype.itemsize < 4 else x


def _reduction(name, function, doc):
    """Enters a reduction over axes: `function(x, axis, keepdims)`."""

    def call(x, axis=None, keepdims=False):
        return function(as_tensor(x), axis, keepdims)

    call.__doc__ = doc + _AXES
    return op(f"numpy.{name}")(call)


def _on_floats(function):
    return lambda x, *where: function(floating(x), *where)


def _rounded_once(function):
    """A function of floats, computed in float32 where they are shorter."""

    def call(x, axis, keepdims):
        x = floating(x)
        wide = ops.cast(x, "float32") if dtype_of(x) in ("float16", "bfloat16") else x
        y = function(wide, axis, keepdims)
        return ops.cast(y, x.dtype) if wide is not x else y

    return call


def _extreme(function, of_booleans):
    def call(x, axis, keepdims):
        chosen = of_booleans if x._dtype.kind == "b" else function
        return chosen(x, axis, keepdims)

    return call


_greatest = _extreme(ops.reduce_max, ops.reduce_any)
_least = _extreme(ops.reduce_min, ops.reduce_all)


def _present(x):
    """Where `x` is not NaN; None for integers, of which all are."""
    return ops.logical_not(ops.is_nan(x)) if x._dtype.kind not in "biu" else None


def _filled(x, value):
    """`x` with `value` in place of NaN."""
    known = _present(x)
    return x if known is None else ops.where(known, x, ops.cast(value, x.dtype))


def _ignoring_nan(function, stand_in):
    """A reduction in which `stand_in` is put for NaN."""
    return lambda x, axis, keepdims: function(_filled(x, stand_in), axis, keepdims)


def _nan_extreme(function, stand_in):
    """An extreme of what is not NaN; NaN where all are."""

    def call(x, axis, keepdims):
        found, known = function(_filled(x, stand_in), axis, keepdims), _present(x)
        if known is None:
            return found
        return ops.where(ops.reduce_any(known, axis, keepdims), found, ops.cast(np.nan, x.dtype))

    def of_any(x, axis, keepdims):
        chosen = {np.inf: _least, -np.inf: _greatest}[stand_in] if _present(x) is None else call
        return chosen(x, axis, keepdims)

    return of_any


def _nan_mean(x, axis, keepdims):
    x = floating(x)
    count = ops.reduce_sum(ops.cast(_present(x), x.dtype), axis, keepdims)
    return ops.reduce_sum(_filled(x, 0), axis, keepdims) / count


def _nan_variance(x, axis, keepdims):
    x = floating(x)
    return _nan_mean(ops.square(x - _nan_mean(x, axis, True)), axis, keepdims)


def _sum(x, axis, keepdims):
    return ops.reduce_sum(summed(x), axis, keepdims)


for _name, _function, _doc in (
    ("sum", _sum, "The sum over axes; small integers are added in 32 bits."),
    ("mean", _on_floats(ops.reduce_mean), "The mean over axes; of integers as floats."),
    (
        "var",
        _rounded_once(ops.reduce_variance),
        "The mean squared distance from the mean, over axes.",
    ),
    ("std", _rounded_once(ops.reduce_std), "The standard deviation over axes."),
    ("amax", _greatest, "The greatest element over axes."),
    ("amin", _least, "The least element over axes."),
    (
        "ptp",
        lambda x, *axes: ops.subtract(_greatest(x, *axes), _least(x, *axes)),
        "The distance from the least to the greatest element, over axes.",
    ),
    (
        "all",
        lambda x, *axes: ops.reduce_all(ops.cast(x, "bool"), *axes),
        "Whether all elements over axes are true; 0 counts as False.",
    ),
    (
        "any",
        lambda x, *axes: ops.reduce_any(ops.cast(x, "bool"), *axes),
        "Whether any element over axes is true; 0 counts as False.",
    ),
    ("nansum", _ignoring_nan(_sum, 0), "The sum of what is not NaN."),
    (
        "nanprod",
        _ignoring_nan(lambda x, *axes: ops.reduce_prod(summed(x), *axes), 1),
        "The product of what is not NaN.",
    ),
    (
        "nanmax",
        _nan_extreme(ops.reduce_max, -np.inf),
        "The greatest of what is not NaN; NaN where nothing is left.",
    ),
    (
        "nanmin",
        _nan_extreme(ops.reduce_min, np.inf),
        "The least of what is not NaN; NaN where nothing is left.",
    ),
    ("nanmean", _nan_mean, "The mean of what is not NaN."),
    ("nanvar", _nan_variance, "The variance of what is not NaN."),
    (
        "nanstd",
        lambda x, *axes: ops.sqrt(_nan_variance(x, *axes)),
        "The standard deviation of what is not NaN.",
    ),
):
    _reduction(_name, _function, _doc)


def _with_initial(name, function, meet, of_booleans, doc):
    def call(x, axis=None, keepdims=False, initial=None):
        x = as_tensor(x)
        found = function(x, axis, keepdims)
        joined = of_booleans if x._dtype.kind == "b" else meet
        return found if initial is None else joined(found, ops.cast(initial, x.dtype))

    call.__doc__ = doc + _AXES.rstrip() + "\n      initial: the result of no elements.\n"
    return op(f"numpy.{name}")(call)


_with_initial("max", _greatest, ops.maximum, ops.logical_or, "The greatest element over axes.")
_with_initial("min", _least, ops.minimum, ops.logical_and, "The least element over axes.")


@op("numpy.prod")
def prod(x, axis=None, keepdims=False, dtype=None):
    """The product over axes; small integers are multiplied in 32 bits.

    Args:
      x: a tensor.
      axis: the axis or axes to reduce; all by default.
      keepdims: whether reduced axes stay, with length 1.
      dtype: of the result.

    Example:
    >>> tf.keras.ops.prod([[1, 2], [3, 4]], axis=0).numpy()
    array([3, 8], dtype=int32)
    """
    x = summed(as_tensor(x))
    return ops.reduce_prod(x if dtype is None else ops.cast(x, dtype), axis, keepdims)


@op("numpy.count_nonzero")
def count_nonzero(x, axis=None):
    """How many elements are not 0, over axes, as int32.

    Example:
    >>> tf.keras.ops.count_nonzero([[0, 1], [2, 3]], axis=0).numpy()
    array([1, 2], dtype=int32)
    """
    return ops.count_nonzero(as_tensor(x), axis, False, "int32")


@op("numpy.average")
def average(x, axis=None, weights=None):
    """The weighted mean.

    Args:
      x: a tensor.
      axis: the axis; all by default.
      weights: of the shape of `x`, or one for each place along `axis`; equal ones by default.

    Example:
    >>> tf.keras.ops.average([1.0, 2.0], weights=[3.0, 1.0]).numpy()
    np.float32(1.25)
    """
    if weights is None:
        return ops.reduce_mean(floating(x), axis)
    x, weights = promote(x, weights, also=(float,), weak=False)
    if len(weights._shape) == 1 < len(x._shape):
        (along,) = normalize_axes("average", -1 if axis is None else axis, len(x._shape))
        shape = [1] * len(x._shape)
        shape[along] = weights._shape[0]
        weights = ops.reshape(weights, shape)
    weights = ops.broadcast_to(weights, x._shape)
    return ops.reduce_sum(x * weights, axis) / ops.reduce_sum(weights, axis)


# -- the places of extremes ------------------------------------------------------------------------


def _place(x, function, axis, keepdims):
    """The int32 index of an extreme; with `axis` None, in the flattened tensor."""
    ndim = len(x._shape)
    if axis is None:
        found = function(ops.reshape(x, [-1]), 0, "int32")
        return ops.reshape(found, [1] * ndim) if keepdims else found
    found = function(x, axis, "int32")
    return ops.expand_dims(found, axis) if keepdims else found


def _argument(name, function, doc):
    def call(x, axis=None, keepdims=False):
        return _place(as_tensor(x), function, axis, keepdims)

    call.__doc__ = doc + _AXES.replace("axis or axes to reduce; all", "axis; the flattened tensor")
    return op(f"numpy.{name}")(call)


def _nan_argument(name, function, stand_in, doc):
    def call(x, axis=None, keepdims=False):
        x = as_tensor(x)
        known = _present(x)
        if known is None:
            return _place(x, function, axis, keepdims)
        found = _place(_filled(x, stand_in), function, axis, keepdims)
        return ops.where(ops.reduce_any(known, axis, keepdims), found, -1)

    call.__doc__ = doc + _AXES.replace("axis or axes to reduce; all", "axis; the flattened tensor")
    return op(f"numpy.{name}")(call)


_argument("argmax", ops.argmax, "The index of the greatest element, the first one of equals.")
_argument("argmin", ops.argmin, "The index of the least element, the first one of equals.")
_nan_argument(
    "nanargmax", ops.argmax, -np.inf, "The index of the greatest that is not NaN; -1 without any."
)
_nan_argument(
    "nanargmin", ops.argmin, np.inf, "The index of the least that is not NaN; -1 without any."
)


# -- quantiles -------------------------------------------------------------------------------------

_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _between(ranked, position, method, take):
    """The values at fractional positions of sorted ones."""
    low, high = ops.floor(position), ops.ceil(position)
    if method == "nearest":
        return take(ranked, ops.round(position))
    if method in ("lower", "higher"):
        return take(ranked, low if method == "lower" else high)
    below, above = take(ranked, low), take(ranked, high)
    if method == "midpoint":
        return (below + above) * ops.cast(0.5, below.dtype)
    return below + (above - below) * ops.cast(position - low, below.dtype)


def _quantile(name, x, q, axis, method, keepdims, ignore_nan):
    if method not in _METHODS:
        raise ValueError(f"[{name}] method must be one of {_METHODS}, got {method!r}.")
    x, q = floating(x), as_tensor(q)
    axes = normalize_axes(name, axis, len(x._shape))
    rest = [i for i in range(len(x._shape)) if i not in axes]
    lead = [x._shape[i] for i in rest]
    moved = ops.transpose(x, rest + list(axes))
    rows = ops.reshape(moved, (*lead, *([-1] if axes else [1])))
    ranked = ops.sort(rows, -1)
    precise = "float64" if dtype_of(x) == "float64" else "float32"
    count = ops.cast(ops.shape(rows)[-1], precise)
    levels = ops.reshape(ops.cast(q, precise), [-1])
    if ignore_nan:
        known = ops.reduce_sum(ops.cast(_present(rows), precise), -1, True)
        position = ops.maximum(levels * (known - 1.0), ops.cast(0, precise))
        found = _between(ranked, position, method, _each_row)
    else:
        found = _between(ranked, levels * (count - 1.0), method, _all_rows)
        broken = ops.reduce_any(ops.is_nan(rows), -1, True)
        found = ops.where(broken, ops.cast(np.nan, x.dtype), found)
    ndim = len(lead)
    found = ops.transpose(found, [ndim, *range(ndim)])
    kept = reduced_shape(x._shape, axes, True) if keepdims else lead
    return ops.reshape(found, (*q._shape, *kept))


def _all_rows(ranked, position):
    return picked(ranked, ops.cast(position, "int32"), len(ranked._shape) - 1)


def _each_row(ranked, position):
    last = len(ranked._shape) - 1
    return picked(ranked, ops.cast(position, "int32"), last, last)


_QUANTILE = """

    Args:
      x: a tensor; NaN among its values gives NaN.
      q: one level, or several.
      axis: the axis or axes to reduce; all by default.
      method: what lies between two values: "linear", "lower", "higher", "midpoint", "nearest".
      keepdims: whether reduced axes stay, with length 1.

    Returns:
      A tensor of floats, with the axes of `q` in front.
    """


def _enter_quantile(name, levels, doc, scale=1.0, ignore_nan=False):
    def call(x, q, axis=None, method="linear", keepdims=False):
        q = floating(q)
        if q.is_eager and not np.all((q.host() >= 0) & (q.host() <= scale)):
            raise ValueError(f"[{name}] q must lie {levels}, got {q.numpy()}.")
        return _quantile(name, x, q / ops.cast(scale, q.dtype), axis, method, keepdims, ignore_nan)

    nan = "is left out" if ignore_nan else "among its values gives NaN"
    text = _QUANTILE.replace("NaN among its values gives NaN", f"NaN {nan}")
    call.__doc__ = doc + text.replace("one level", f"one level {levels}")
    return op(f"numpy.{name}")(call)


_enter_quantile("quantile", "between 0 and 1", "The values that parts `q` of all lie below.")
_enter_quantile(
    "percentile", "between 0 and 100", "The values that `q` per cent of all lie below.", 100.0
)
_enter_quantile(
    "nanquantile", "between 0 and 1", "The quantiles of what is not NaN.", ignore_nan=True
)
_enter_quantile(
    "nanpercentile", "between 0 and 100", "The percentiles of what is not NaN.", 100.0, True
)
_reduction(
    "median",
    lambda x, axis, keepdims: _quantile("median", x, 0.5, axis, "midpoint", keepdims, False),
    "The middle one of the sorted values, or the mean of the two in the middle.",
)
_reduction(
    "nanmedian",
    lambda x, axis, keepdims: _quantile("nanmedian", x, 0.5, axis, "midpoint", keepdims, True),
    "The median of what is not NaN.",
)


# -- running sums, differences ---------------------------------------------------------------------


def _running(name, function, doc, stand_in=None):
    def call(x, axis=None, dtype=None):
        x = as_tensor(x)
        if dtype is not None:
            x = ops.cast(x, dtype)
        x = ops.cast(x, "int32") if x._dtype.kind == "b" else x
        x = x if stand_in is None else _filled(x, stand_in)
        return function(ops.reshape(x, [-1]) if axis is None else x, 0 if axis is None else axis)

    call.__doc__ = (
        doc + "\n\n    Args:\n      x: a tensor.\n      axis: the axis; the flattened tensor by "
        "default.\n      dtype: of the result.\n    "
    )
    return op(f"numpy.{name}")(call)


_running("cumsum", ops.cumsum, "Running sums.")
_running("cumprod", ops.cumprod, "Running products.")
_running("nancumsum", ops.cumsum, "Running sums of what is not NaN.", 0)
_running("nancumprod", ops.cumprod, "Running products of what is not NaN.", 1)


def _parts(x, axis):
    """`x` without its first, and without its last, slice along an axis."""
    lead = (slice(None),) * (axis % len(x._shape))
    return x[(*lead, slice(1, None))], x[(*lead, slice(None, -1))]


@op("numpy.diff")
def diff(a, n=1, axis=-1):
    """Differences of neighbours along an axis, `n` times over; whether booleans differ.

    Example:
    >>> tf.keras.ops.diff([1, 4, 9, 16]).numpy()
    array([3, 5, 7], dtype=int32)
    """
    a = as_tensor(a)
    for _ in range(n):
        after, before = _parts(a, axis)
        a = ops.not_equal(after, before) if a._dtype.kind == "b" else after - before
    return a


@op("numpy.trapezoid")
def trapezoid(y, x=None, dx=1.0, axis=-1):
    """The integral along an axis by the trapezoidal rule.

    Args:
      y: values of the function.
      x: where they were taken: of the shape of `y`, or one for each place along `axis`.
      dx: the distance between places, without `x`.

    Example:
    >>> tf.keras.ops.trapezoid([1.0, 2.0, 3.0]).numpy()
    np.float32(4.0)
    """
    y = floating(y)
    after, before = _parts(y, axis)
    if x is None:
        width = ops.cast(dx, y.dtype)
    else:
        x = ops.cast(as_tensor(x), y.dtype)
        width = diff(x, axis=axis if len(x._shape) > 1 else -1)
        if len(x._shape) == 1 < len(y._shape):
            shape = [1] * len(y._shape)
            shape[axis] = width._shape[0]
            width = ops.reshape(width, shape)
    return ops.reduce_sum(width * (after + before) * ops.cast(0.5, y.dtype), axis)
