"""The gamma function's logarithm and its derivative, of `Real` lanes; float computed in double.

Both walk up to where Stirling's series is exact, and come from below 0 by reflection.
"""

from math import inf, log, nan, pi

from .mathlib_exp import log_
from .mathlib_lanes import at_most, poly, rint, where
from .mathlib_trig import sin, tan

_LGAMMA_STEPS, _DIGAMMA_STEPS = 7, 10
# Abramowitz and Stegun 6.1.40 and 6.3.18: B(2n) / (2n (2n - 1)) and B(2n) / 2n
_LGAMMA_SERIES = (
    *(1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360),
    *(1 / 156, -3617 / 122400, 43867 / 244188),
)
_DIGAMMA_SERIES = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132)


def _above(x):
    """lgamma(x) for x >= 0."""
    low, few = at_most(x, float(_LGAMMA_STEPS)), x < float(_LGAMMA_STEPS)
    z = where(few, x + float(_LGAMMA_STEPS), x)
    # what was walked over, as a ratio near 1: large logarithms would cancel with a loss
    ratio = None
    for k in range(1, _LGAMMA_STEPS):
        step = (low + float(k)) / at_most(z, 2.0 * _LGAMMA_STEPS)
        ratio = step if ratio is None else ratio * step
    r = 1.0 / z
    power = where(few, x + 0.5, x - 0.5)
    stirling = power * log_(z) - z + log(2 * pi) / 2 + r * poly(r * r, _LGAMMA_SERIES)
    return where(few, stirling - log_(ratio) - log_(low), stirling)


def lgamma(x):
    """log |gamma(x)|, infinite at 0 and the negative whole numbers.

    Error: float 0.51 ulp of a result that is not near a zero, double 4e-15 or 4 ulp.
    """
    name, x = x.kind.name, x.cast("double")
    size = abs(x)
    positive = _above(size)
    sine = abs(sin((x - rint(x)) * pi))
    reflected = log_(pi / (size * sine)) - positive
    result = where(x < 0.0, reflected, positive)
    result = where(size == inf, inf, result)
    return result.cast(name)


def digamma(x):
    """The derivative of lgamma, NaN at 0 and the negative whole numbers.

    Error: float 0.51 ulp of a result that is not near a zero, double 4e-15 or 4 ulp.
    """
    name, x = x.kind.name, x.cast("double")
    z = where(x > 0.0, x, 1.0 - x)
    few = at_most(z, 1e150)  # steps are nothing beyond, and their products must be finite
    total = 0.0
    for k in range(0, _DIGAMMA_STEPS, 2):
        a = few + float(k)
        total = (a + a + 1.0) / (a * (a + 1.0)) + total
    w = z + float(_DIGAMMA_STEPS)
    r = 1.0 / w
    result = log_(w) - 0.5 * r - r * r * poly(r * r, _DIGAMMA_SERIES) - total
    fraction = x - rint(x)
    reflected = where(fraction == 0.0, nan, result - pi / tan(fraction * pi))
    return where(x > 0.0, result, reflected).cast(name)
