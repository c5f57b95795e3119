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
    compiled_from=1 << 12,
    doc="The error function.",
)
erfc = unary(
    "math.erfc",
    _by_element(math.erfc),
    FLOATS,
    lambda g, y, x: -g * _TWO_OVER_ROOT_PI * exp(-x * x),
    tolerance=4,
    compiled_from=1 << 12,
    doc="1 - erf(x), exact for large x.",
)


# Wichura's rational approximations (1988, AS 241), highest powers first: of the centre, where the
# chance is within 0.425 of 1/2; of the tails; and of their far ends, sqrt(-log(chance)) above 5.
_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_TAIL = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177,
     1.27045825245236838258, 3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959,
     1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966,
     0.14810397642748007459, 0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187,
     1.0),
)  # fmt: skip
_FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386,
     0.026532189526576123093, 0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699,
     6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5,
     7.868691311456132591e-4, 0.0148753612908506148525, 0.13692988092273580531,
     0.59983220655588793769, 1.0),
)  # fmt: skip


def _ratio(tables, r):
    above, below = (np.polyval(table, r) for table in tables)
    return above / below


def _quantile(q, chance):
    """The quantile of the standard normal distribution of 1/2 + q, in float64.

    Args:
      chance: 1/2 - |q|, of which digits are lost where it is made of q.
    """
    with np.errstate(all="ignore"):
        r = np.sqrt(-np.log(chance))
        tail = np.where(r <= 5, _ratio(_TAIL, r - 1.6), _ratio(_FAR, r - 5))
        tail = np.where(chance == 0, np.inf, tail)  # and NaN where the chance is below 0
        centre = q * _ratio(_CENTRE, 0.180625 - q * q)
        return np.where(np.abs(q) <= 0.425, centre, np.copysign(tail, q))


def _ndtri(x):
    y = np.asarray(x, np.float64)
    return np.asarray(_quantile(y - 0.5, np.minimum(y, 1 - y))).astype(x.dtype)


def _erfinv(x):
    y = np.asarray(x, np.float64)
    return np.asarray(_quantile(y / 2, (1 - np.abs(y)) / 2) / _ROOT_2).astype(x.dtype)


_ROOT_2 = math.sqrt(2)
erfinv = unary(
    "math.erfinv",
    _erfinv,
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
    compiled_from=1 << 12,
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
    compiled_from=1 << 12,
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
    _ndtri,
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
