"""Smaller functions of tf.math: polynomials, histograms of fixed width, running logarithms of sums,
the k largest, permutations."""

import numpy as np

from ..base.dtypes import FLOATS, as_dtype
from ..base.errors import InvalidArgumentError
from ..core.dispatch import public, tensor_of
from ..core.op import Op, per_input
from ..core.tensor import convert_to_tensor
from ._families import draw, pair
from .cast import cast
from .compare import equal, greater, less, less_equal
from .compose import add_n
from .create import ones, zeros_like
from .elementwise import exp, floor, log, maximum, sqrt
from .reduce import cumulative_call, cumulative_infer, cumulative_kernel, reduce_all, reduce_sum
from .scatter import scatter_nd
from .scipy_functions import zeta
from .segments import slices_each, unsorted_segment_sum
from .select import clip_by_value, where
from .shape import check_axis, reshape, static_int, transpose
from .sort import argsort, top_k
from .special import digamma, lgamma, polygamma_of_order

# -- sums and polynomials --------------------------------------------------------------------------


@public("math.accumulate_n")
def accumulate_n(inputs, shape=None, tensor_dtype=None, name=None):
    """`tf.add_n`.

    Args:
      inputs: tensors of one shape and dtype.
      shape, tensor_dtype: what these are; they are checked.

    Raises:
      ValueError: no inputs, or other ones than `shape` and `tensor_dtype` say.

    Example:
    >>> tf.math.accumulate_n([[1.0, 2.0], [3.0, 4.0]]).numpy()
    array([4., 6.], dtype=float32)
    """
    total = add_n(list(inputs))
    if tensor_dtype is not None and as_dtype(tensor_dtype) != total.dtype:
        raise ValueError(f"[accumulate_n] inputs are {total.dtype.name}, not {tensor_dtype!r}.")
    if shape is not None and not total.shape.is_compatible_with(shape):
        raise ValueError(f"[accumulate_n] inputs have shape {total.shape}, not {shape}.")
    return total


@public("math.polyval")
def polyval(coeffs, x, name=None):
    """The values of a polynomial, by Horner's scheme.

    Args:
      coeffs: list of coefficients, that of the highest power first.
      x: where to evaluate it.

    Raises:
      ValueError: `coeffs` is no list.

    Example:
    >>> tf.math.polyval([1.0, 0.0, 2.0], tf.constant([2.0, 3.0])).numpy()
    array([ 6., 11.], dtype=float32)
    """
    if not isinstance(coeffs, list):
        raise ValueError(f"[polyval] coeffs must be a list, got {type(coeffs).__name__}.")
    x = tensor_of(x)
    total = zeros_like(x)
    for number, coefficient in enumerate(coeffs):
        term = pair("polyval", coefficient, x)[0]
        total = total * x + term if number else total + term
    return total


@public("math.lbeta")
def lbeta(x, name=None):
    """The logarithm of the beta function of the vectors of the last axis.

    Example:
    >>> tf.math.lbeta([1.0, 1.0]).numpy().round(6) + 0.0
    np.float32(0.0)
    """
    x = tensor_of(x)
    total = reduce_sum(lgamma(x), -1) - lgamma(reduce_sum(x, -1))
    return total if x._shape[-1] != 0 else total * np.inf


@public("math.polygamma")
def polygamma(a, x, name=None):
    """The `a`-th derivative of digamma.

    Args:
      a: whole numbers 0, 1, 2 ..., of the shape of `x` or one for all; other numbers give nan.
      x: floats, by which alone it has a gradient.

    Example:
    >>> tf.math.polygamma(1.0, [1.0]).numpy()
    array([1.644934], dtype=float32)
    """
    a, x = pair("polygamma", a, x)
    if a.is_eager and not a._shape:
        order = float(a)
        if order >= 0 and order == int(order):
            return polygamma_of_order(int(order), x)
    whole = equal(a, floor(a)) & (a >= 0)
    order = maximum(a, 1)
    even = equal(order, 2 * floor(order / 2))
    value = exp(lgamma(order + 1)) * zeta(order + 1, x)
    value = where(equal(a, 0), digamma(x), where(even, -value, value))
    return where(whole, value, np.nan)


# -- running logarithms of sums --------------------------------------------------------------------


def _cumulative_rule(g, y, x, axis, exclusive, reverse):
    """By logarithms of positive and of negative cotangents, so that nothing overflows."""

    def part(h):
        low = convert_to_tensor(-np.inf, h.dtype)
        logarithm = where(h > 0, log(where(h > 0, h, 1)), low)
        known = greater(y, low)  # y is -inf where nothing was summed
        above = where(known, logarithm - where(known, y, 0), low)
        return exp(cumulative_logsumexp(above, axis, exclusive, not reverse) + x)

    return part(g) - part(-g)


_cumulative_logsumexp = Op(
    "cumulative_logsumexp",
    cumulative_kernel(np.logaddexp, -np.inf),
    cumulative_infer("cumulative_logsumexp", FLOATS),
    per_input(_cumulative_rule),
    samples=lambda rng: [
        ((draw(rng, (2, 3), (-2, 2)),), {"axis": a, "exclusive": e, "reverse": r})
        for a, e, r in (
            (0, False, False),
            (1, False, True),
        )  # of exclusive ones some results are -inf
    ],
    tolerance="scale",
    doc="Running logarithms of sums of exponentials along an axis.",
)


@public("math.cumulative_logsumexp")
def cumulative_logsumexp(x, axis=0, exclusive=False, reverse=False, name=None):
    """log(cumsum(exp(x))) along `axis`, without overflow.

    Args:
      x: floats.
      axis: along which.
      exclusive: leave each element itself out.
      reverse: run from the end.

    Example:
    >>> tf.math.cumulative_logsumexp([0.0, 0.0]).numpy().round(4)
    array([0.    , 0.6931], dtype=float32)
    """
    return cumulative_call(_cumulative_logsumexp, x, axis, exclusive, reverse)


# -- the largest, orders ---------------------------------------------------------------------------


def _approximate(operand, k, axis, sign):
    x = tensor_of(operand)
    axis, swapped = check_axis("approx_top_k", axis, len(x._shape)), list(range(len(x._shape)))
    swapped[axis], swapped[-1] = swapped[-1], swapped[axis]
    values, indices = top_k(transpose(x if sign > 0 else -x, swapped), k)
    values = values if sign > 0 else -values
    return transpose(values, swapped), transpose(indices, swapped)


@public("math.approx_max_k", "nn.approx_max_k")
def approx_max_k(
    operand,
    k,
    reduction_dimension=-1,
    recall_target=0.95,
    reduction_input_size_override=-1,
    aggregate_to_topk=True,
    name=None,
):
    """The `k` largest elements of an axis and their indices: exact, so that any recall is met.

    Args:
      operand: floats.
      k: how many.
      reduction_dimension: the axis.
      recall_target, reduction_input_size_override, aggregate_to_topk: change nothing here.

    Returns:
      (values, indices), the largest first.

    Example:
    >>> tf.math.approx_max_k([1.0, 5.0, 3.0], 1)[1].numpy()
    array([1], dtype=int32)
    """
    return _approximate(operand, static_int(k, "k"), reduction_dimension, 1)


@public("math.approx_min_k", "nn.approx_min_k")
def approx_min_k(
    operand,
    k,
    reduction_dimension=-1,
    recall_target=0.95,
    reduction_input_size_override=-1,
    aggregate_to_topk=True,
    name=None,
):
    """The `k` smallest elements of an axis and their indices, as `tf.math.approx_max_k`.

    Example:
    >>> tf.math.approx_min_k([1.0, 5.0, 3.0], 1)[1].numpy()
    array([0], dtype=int32)
    """
    return _approximate(operand, static_int(k, "k"), reduction_dimension, -1)


@public("math.invert_permutation")
def invert_permutation(x, name=None):
    """y with y[x[i]] = i.

    Args:
      x: a permutation of 0 to n - 1, as a vector of integers.

    Raises:
      InvalidArgumentError: not a vector; eagerly also, not a permutation.

    Example:
    >>> tf.math.invert_permutation([2, 0, 1]).numpy()
    array([1, 2, 0], dtype=int32)
    """
    x = tensor_of(x)
    if len(x._shape) != 1:
        raise InvalidArgumentError(
            f"[invert_permutation] takes a vector, got one of shape {x.shape}."
        )
    if x.is_eager and not np.array_equal(np.sort(x.numpy()), np.arange(x._shape[0])):
        raise InvalidArgumentError(
            f"[invert_permutation] {x.numpy()} does not hold each of 0 to {x._shape[0] - 1} once."
        )
    return cast(argsort(x), x.dtype)


def _neighbours(x, relation):
    flat = reshape(tensor_of(x), [-1])
    return reduce_all(relation(flat[:-1], flat[1:]))


@public("math.is_non_decreasing")
def is_non_decreasing(x, name=None):
    """Whether no element is less than the one before it, in row-major order.

    Example:
    >>> tf.math.is_non_decreasing([1, 1, 2]).numpy()
    np.True_
    """
    return _neighbours(x, less_equal)


@public("math.is_strictly_increasing")
def is_strictly_increasing(x, name=None):
    """Whether each element is greater than the one before it, in row-major order.

    Example:
    >>> tf.math.is_strictly_increasing([1, 1, 2]).numpy()
    np.False_
    """
    return _neighbours(x, less)


@public("math.unsorted_segment_sqrt_n")
def unsorted_segment_sqrt_n(data, segment_ids, num_segments, name=None):
    """Sums of the slices of `data` with one id, divided by the root of how many they are.

    Example:
    >>> tf.math.unsorted_segment_sqrt_n([1.0, 2.0, 3.0, 4.0, 5.0], [0, 0, 0, 0, 1], 2).numpy()
    array([5., 5.], dtype=float32)
    """
    data = tensor_of(data)
    total = unsorted_segment_sum(data, segment_ids, num_segments)
    return total / sqrt(slices_each(data, segment_ids, num_segments))


# -- histograms ------------------------------------------------------------------------------------


@public("histogram_fixed_width_bins")
def histogram_fixed_width_bins(values, value_range, nbins=100, dtype="int32", name=None):
    """The bin of each value, of `nbins` bins of one width; values beyond are in the outer bins.

    Args:
      values: numbers.
      value_range: (lowest, highest), of their dtype.
      nbins: how many bins.
      dtype: of the result.

    Raises:
      InvalidArgumentError: an empty range, or no bins.

    Example:
    >>> tf.histogram_fixed_width_bins([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], [0.0, 5.0], 5).numpy()
    array([0, 0, 1, 2, 4, 4], dtype=int32)
    """
    values, nbins = tensor_of(values), static_int(nbins, "nbins")
    limits = pair("histogram_fixed_width_bins", value_range, values)[0]
    if nbins <= 0:
        raise InvalidArgumentError(f"[histogram_fixed_width] nbins must be above 0, got {nbins}.")
    if limits.is_eager and not limits.numpy()[0] < limits.numpy()[1]:
        raise InvalidArgumentError(
            f"[histogram_fixed_width] value_range must rise, got {limits.numpy().tolist()}."
        )
    values, limits = cast(values, "float64"), cast(limits, "float64")
    place = floor((values - limits[0]) / (limits[1] - limits[0]) * nbins)
    return cast(clip_by_value(place, 0.0, nbins - 1.0), dtype)


@public("histogram_fixed_width")
def histogram_fixed_width(values, value_range, nbins=100, dtype="int32", name=None):
    """How many values are in each of `nbins` bins of one width.

    Args:
      values, value_range, nbins: as of `tf.histogram_fixed_width_bins`.
      dtype: of the counts.

    Example:
    >>> tf.histogram_fixed_width([-1.0, 0.0, 1.5, 2.0, 5.0, 15.0], [0.0, 5.0], 5).numpy()
    array([2, 1, 1, 0, 2], dtype=int32)
    """
    places = reshape(histogram_fixed_width_bins(values, value_range, nbins), [-1, 1])
    return scatter_nd(places, ones(places._shape[:1], dtype), [static_int(nbins, "nbins")])
