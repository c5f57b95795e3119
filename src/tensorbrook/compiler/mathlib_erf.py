"""The error function and its complement of `Real` lanes. Errors are told as in mathlib_exp."""

from .mathlib_exp import exp_falling, exp_fraction, reduce_exp, scale
from .mathlib_lanes import at_most, copysign, fma, halves, poly, where
from .mathlib_tables import COEFFICIENTS

# erf rounds to 1 from here on
ERF_END = {"float": 4.0, "double": 6.0}
# erfc is 0 from here on
ERFC_END = 27.5


def erf_small(x):
    """erf(x) for |x| <= 1."""
    return fma(x, poly(x * x, COEFFICIENTS[x.kind.name]["erf"]), x)


def erfc_large(x):
    """erfc(x) for x >= 1/2, double: exp(-x**2), with the square in two parts, times a fraction."""
    high, rest = halves(at_most(x, ERFC_END))
    low = rest * (high + high + rest)
    square = high * high
    n, r = reduce_exp(-square, -low)
    size = high + rest
    t = (size - 4.0) / (size + 4.0)
    factor = poly(t, COEFFICIENTS["double"]["erfc_scaled"]) / fma(size, 2.0, 1.0)
    return scale(exp_fraction(r) * factor, n)


def erf(x):
    """The error function: an odd polynomial up to 1, beyond it 1 - erfc(|x|).

    Error: float 1.2 ulp, double 1.4 ulp.
    """
    name = x.kind.name
    size = at_most(abs(x), ERF_END[name])
    if name == "float":
        beyond = exp_falling(poly(size, COEFFICIENTS[name]["log_erfc"]))
    else:
        beyond = erfc_large(size)
    return copysign(where(size < 1.0, erf_small(size), 1.0 - beyond), x)


def erfc(x):
    """1 - erf(x), as exact for large x as elsewhere; float is computed in double.

    Error: float 0.51 ulp, double 3 ulp.
    """
    name, x = x.kind.name, x.cast("double")
    size = abs(x)
    beyond = erfc_large(size)
    beyond = where(x < 0.0, 2.0 - beyond, beyond)
    return where(size < 0.5, 1.0 - erf_small(x), beyond).cast(name)
