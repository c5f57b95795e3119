"""The error function, the gamma function's logarithm with its derivatives, Bessel functions."""

import math

import numpy as np

from ..base.dtypes import FLOATS
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, check_dtype, per_input
from ._families import draw, unary
from .compare import equal
from .create import zeros_like
from .elementwise import absolute, exp, sign
from .select import where


def _by_element(function):
    ufunc = np.frompyfunc(function, 1, 1)

    def kernel(x):
        return np.asarray(ufunc(x)).astype(x.dtype)

    return kernel


def _lgamma(value):
    try:
        return math.lgamma(value)
    except ValueError:  # a pole: 0 or a negative integer
        return math.inf


_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
erf = unary(
    "math.erf",
    _by_element(math.erf),
    FLOATS,
    lambda g, y, x: g * _TWO_OVER_ROOT_PI * exp(-x * x),
    tolerance=4,
    doc="The error function.",
)
erfc = unary(
    "math.erfc",
    _by_element(math.erfc),
    FLOATS,
    lambda g, y, x: -g * _TWO_OVER_ROOT_PI * exp(-x * x),
    tolerance=4,
    doc="1 - erf(x), exact for large x.",
)


def _lower_quantile(chance):
    """The quantile of the standard normal distribution of a chance up to 1/2: Abramowitz-Stegun
    26.2.23, and Halley's steps from there."""
    t = math.sqrt(-2 * math.log(chance))
    found = (2.515517 + t * (0.802853 + t * 0.010328)) / (
        1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
    ) - t
    for _ in range(3):
        error = 0.5 * math.erfc(-found / _ROOT_2) - chance
        step = error * math.sqrt(2 * math.pi) * math.exp(found * found / 2)
        found -= step / (1 + found * step / 2)
    return found


def _ndtri(value):
    if not 0 < value < 1:
        return {0: -math.inf, 1: math.inf}.get(value, math.nan)
    return _lower_quantile(value) if value <= 0.5 else -_lower_quantile(1 - value)


def _erfinv(value):
    if not -1 < value < 1:
        return math.copysign(math.inf, value) if abs(value) == 1 else math.nan
    found = math.copysign(_lower_quantile((1 - abs(value)) / 2) / _ROOT_2, value)
    if abs(value) < 0.5:  # there the difference from 1 has lost digits
        for _ in range(2):
            error = math.erf(found) - value
            found -= error / (_TWO_OVER_ROOT_PI * math.exp(-found * found))
    return found


_ROOT_2 = math.sqrt(2)
erfinv = unary(
    "math.erfinv",
    _by_element(_erfinv),
    FLOATS,
    lambda g, y, x: g * (0.5 * math.sqrt(math.pi)) * exp(y * y),
    doc="The inverse of the error function.",
    domain=(-0.9, 0.9),
)
lgamma = unary(
    "math.lgamma",
    _by_element(_lgamma),
    FLOATS,
    lambda g, y, x: g * digamma(x),
    tolerance="scale",
    doc="The logarithm of |gamma(x)|.",
    domain=(0.5, 4.0),
)


def _digamma(x):
    """Recurrence to x >= 10, reflection below 0, then Abramowitz-Stegun 6.3.18."""
    dtype, x = x.dtype, np.asarray(x, np.float64)
    reflect = x <= 0
    pole = reflect & (x == np.floor(x))
    z = np.where(reflect, 1 - x, x)
    total = np.zeros_like(z)
    for _ in range(10):
        total -= 1 / z
        z = z + 1
    i2 = 1 / (z * z)
    series = i2 * (1 / 12 - i2 * (1 / 120 - i2 * (1 / 252 - i2 * (1 / 240 - i2 / 132))))
    total += np.log(z) - 0.5 / z - series
    total = np.where(reflect, total - np.pi / np.tan(np.pi * np.where(pole, 0.5, x)), total)
    return np.where(pole, np.nan, total).astype(dtype)


digamma = unary(
    "math.digamma",
    _digamma,
    FLOATS,
    lambda g, y, x: g * polygamma_of_order(1, x),
    tolerance="scale",
    doc="The derivative of lgamma.",
    domain=(0.5, 4.0),
)

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)  # B2, B4 ... B14


def _polygamma_kernel(x, order):
    """Recurrence to x >= 10, then the series of Abramowitz-Stegun 6.4.11; NaN below -1000."""
    dtype, pole = x.dtype, (x <= 0) & (x == np.floor(x))
    x = np.where(x < -1000, np.nan, x).astype(np.float64)
    lowest = np.nanmin(x, initial=10.0)
    total, power = np.zeros_like(x), order + 1
    for _ in range(int(np.ceil(10 - lowest))):
        total += math.factorial(order) / x**power
        x = x + 1
    total += math.factorial(order - 1) / x**order + math.factorial(order) / (2 * x**power)
    for k, b in enumerate(_BERNOULLI, 1):
        ratio = math.factorial(2 * k + order - 1) / math.factorial(2 * k)
        total += b * ratio / x ** (2 * k + order)
    total = np.where(pole, np.inf, total)
    return (total if order % 2 else -total).astype(dtype)


def _polygamma_infer(x, order):
    check_dtype("polygamma", x, FLOATS)
    return x


_polygamma = Op(
    "polygamma",
    _polygamma_kernel,
    _polygamma_infer,
    per_input(lambda g, y, x, order: g * polygamma_of_order(order + 1, x)),
    samples=lambda rng: [((draw(rng, (3,), (0.5, 4)),), {"order": n}) for n in (1, 2, 3)],
    doc="A derivative of digamma, of a given order.",
)


def polygamma_of_order(order, x):
    """The derivative of digamma of the order of a Python int, 0 or more."""
    return apply(_polygamma, (x,), {"order": order}) if order else digamma(x)


ndtri = unary(
    "math.ndtri",
    _by_element(_ndtri),
    FLOATS,
    lambda g, y, x: g * math.sqrt(2 * math.pi) * exp(0.5 * y * y),
    doc="The quantiles of the standard normal distribution.",
    domain=(0.05, 0.95),
)


@public("math.erfcinv")
def erfcinv(x, name=None):
    """The inverse of erfc.

    Example:
    >>> tf.math.erfcinv([0.0]).numpy()
    array([inf], dtype=float32)
    """
    return ndtri(tensor_of(x) * 0.5) * -(0.5**0.5)


# -- Bessel functions ------------------------------------------------------------------------------

_TURN = np.cos(np.linspace(0, np.pi, 193))  # from 1 to -1; the ends count half
_WEIGHTS = np.r_[0.5, np.ones(191), 0.5] / 192


def _bessel(order):
    """exp(-|x|) times the modified Bessel function of the first kind, of order 0 or 1.

    Its integral over half a turn is periodic, so that sums converge faster than any power; the far
    end, where a peak is narrower than the places of the sum, has the series in 1/x.
    """

    def kernel(x):
        dtype, y = x.dtype, np.abs(np.asarray(x, np.float64))
        near = np.minimum(y, 300.0)
        total = np.exp(near[..., None] * (_TURN - 1)) @ (_WEIGHTS * _TURN**order)
        far, term, series = np.maximum(y, 300.0), 1.0, 1.0
        for k in range(1, 9):
            term = term * ((2 * k - 1) ** 2 - 4 * order) / (8 * k * far)
            series = series + term
        total = np.where(y > 300, series / np.sqrt(2 * np.pi * far), total)
        return np.asarray(total * np.sign(x) ** order).astype(dtype)

    return kernel


bessel_i0e = unary(
    "math.bessel_i0e",
    _bessel(0),
    FLOATS,
    lambda g, y, x: g * (bessel_i1e(x) - sign(x) * y),
    tolerance=4,
    doc="exp(-|x|) times the modified Bessel function of the first kind of order 0.",
    also=("math.special.bessel_i0e",),
)
bessel_i1e = unary(
    "math.bessel_i1e",
    _bessel(1),
    FLOATS,
    lambda g, y, x: g * (bessel_i0e(x) - sign(x) * y - _over(y, x)),
    tolerance=4,
    doc="exp(-|x|) times the modified Bessel function of the first kind of order 1.",
    also=("math.special.bessel_i1e",),
)


def _over(y, x):
    """y / x of a Bessel function of order 1: 1/2 at 0."""
    zero = equal(x, zeros_like(x))
    return where(zero, 0.5, y / where(zero, 1.0, x))


@public("math.bessel_i0", "math.special.bessel_i0")
def bessel_i0(x, name=None):
    """The modified Bessel function of the first kind of order 0.

    Example:
    >>> tf.math.bessel_i0([0.0, 1.0]).numpy().round(4)
    array([1.    , 1.2661], dtype=float32)
    """
    x = tensor_of(x)
    return exp(absolute(x)) * bessel_i0e(x)


@public("math.bessel_i1", "math.special.bessel_i1")
def bessel_i1(x, name=None):
    """The modified Bessel function of the first kind of order 1.

    Example:
    >>> tf.math.bessel_i1([0.0, 1.0]).numpy().round(4)
    array([0.    , 0.5652], dtype=float32)
    """
    x = tensor_of(x)
    return exp(absolute(x)) * bessel_i1e(x)
