"""Exponentials and logarithms, hyperbolic functions and powers of `Real` lanes.

All exponentials write x = n log(2) + r with |r| <= log(2) / 2; all logarithms x = 2**k (1 + f) with
1 + f between sqrt(1/2) and sqrt(2). The errors told are measured, in units in the last place
(ulp): float over all numbers, double (and functions of two numbers) over a sample; without fused
multiply-add they are within 0.3 of these.
"""

from math import inf, log, nan, sqrt

from .mathlib_lanes import (
    at_least,
    at_most,
    copysign,
    fma,
    poly,
    quick_sum,
    rint,
    two_product,
    two_sum,
    where,
)
from .mathlib_lanes import sqrt as square_root
from .mathlib_tables import COEFFICIENTS

LOG2 = log(2)
# log(2) in two parts; the first has so few digits that its product with any exponent is exact
LOG2_PARTS = {
    "float": (0.693359375, -2.12194440054690583e-4),
    "double": (6.93147180369123816490e-01, 1.90821492927058770002e-10),
}
# below the first exp is 0, above the second it is infinite, and a little further it may go
EXP_RANGE = {"float": (-104.5, 89.0), "double": (-746.0, 710.0)}
# from here on exp(-x) is nothing to 1
NEGLIGIBLE = {"float": 20.0, "double": 40.0}
# above, x and x + 1 are one to the logarithm, and squares still far from overflow
LARGE = {"float": 2.0**28, "double": 2.0**60}
ROOT_HALF_BITS = {"float": 0x3F3504F3, "double": 0x3FE6A09E667F3BCD}


def table(x, name):
    """A row of the coefficients for the lanes of x."""
    return COEFFICIENTS[x.kind.name][name]


def reduce_exp(x, low=None):
    """(n, r): x + low = n log(2) + r, whole n as Bits, for x within EXP_RANGE or NaN."""
    kind = x.kind
    high_part, low_part = LOG2_PARTS[kind.name]
    shifted = fma(x, 1 / LOG2, kind.rounder)
    n = shifted - kind.rounder
    r = fma(n, -low_part, fma(n, -high_part, x))
    return shifted.bits() - kind.rounder_bits, r if low is None else r + low


def exp_fraction(r):
    """exp(r) for |r| <= log(2) / 2."""
    return fma(r * r, poly(r, table(r, "exp")), r) + 1.0


def scale(x, n):
    """x * 2**n for |n| up to twice the largest exponent: in two steps, so that 2**n is a number."""
    half = n >> 1
    return x * x.kind.power_of_two(half) * x.kind.power_of_two(n - half)


def exp(x):
    """e to the x, by a polynomial of r and two multiplications by powers of two.

    Error: float 1.1 ulp, double 1.0 ulp; subnormal results are rounded once.
    """
    low, high = EXP_RANGE[x.kind.name]
    n, r = reduce_exp(at_least(at_most(x, high), low))
    return scale(exp_fraction(r), n)


def exp_falling(x):
    """exp(x) for x <= 0 (or NaN)."""
    n, r = reduce_exp(at_least(x, EXP_RANGE[x.kind.name][0]))
    return scale(exp_fraction(r), n)


def half_expm1(x):
    """(exp(x) - 1) / 2 for x from -NEGLIGIBLE to the upper end of EXP_RANGE."""
    n, r = reduce_exp(x)
    power = x.kind.power_of_two(n - 1)
    return fma(fma(r * r, poly(r, table(x, "expm1")), r), power, power - 0.5)


def expm1(x):
    """exp(x) - 1, by a polynomial that is r near 0, scaled together with the 1.

    Error: float 1.5 ulp, double 1.8 ulp.
    """
    low, high = -NEGLIGIBLE[x.kind.name], EXP_RANGE[x.kind.name][1]
    y = half_expm1(at_least(at_most(x, high), low)) * 2.0
    # the smallest subnormal has no half, and -0.0 would be 0.0
    return where(abs(x) < 2.0 ** (-2 - x.kind.fraction), x, y)


def tanh(x):
    """Hyperbolic tangent, e / (e + 2) with e = exp(2 |x|) - 1.

    Error: float 2.5 ulp, double 2.2 ulp.
    """
    e = half_expm1(at_most(abs(x) * 2.0, NEGLIGIBLE[x.kind.name]))
    return copysign(e / (e + 1.0), x)


def sigmoid(x):
    """1 / (1 + exp(-x)), or with e = exp(x) for negative x, e / (1 + e): exact in the small tail.

    Error: float 2.5 ulp, double 1.8 ulp.
    """
    e = exp_falling(-abs(x))
    return where(x < 0.0, e, 1.0) / (e + 1.0)


def half_exp(x):
    """exp(x) / 2 for x >= 0; infinite only where that is too large."""
    n, r = reduce_exp(at_most(x, EXP_RANGE[x.kind.name][1] + 1))
    return scale(exp_fraction(r), n - 1)


def sinh(x):
    """Hyperbolic sine: an odd polynomial up to 1, else from exp(|x|) / 2.

    Error: float 1.7 ulp, double 1.6 ulp.
    """
    size = abs(x)
    e = half_exp(size)
    z = size * size
    small = fma(size * z, poly(z, table(x, "sinh")), size)
    return copysign(where(size < 1.0, small, e - 0.25 / e), x)


def cosh(x):
    """Hyperbolic cosine from exp(|x|) / 2. Error: float 1.6 ulp, double 1.5 ulp."""
    e = half_exp(abs(x))
    return e + 0.25 / e


def log_fraction(k, f):
    """k log(2) + log(1 + f) for whole k and 1 + f from sqrt(1/2) to sqrt(2)."""
    high, low = LOG2_PARTS[f.kind.name]
    square = f * f
    tail = fma(f * square, poly(f, table(f, "log")), k * low)
    return fma(k, high, f + fma(square, -0.5, tail))


def split_exponent(x):
    """(k, m): x = m * 2**k, m from sqrt(1/2) to sqrt(2), k as Bits. x: positive and normal."""
    kind = x.kind
    bits = x.bits()
    k = (bits - ROOT_HALF_BITS[kind.name]) >> kind.fraction
    return k, (bits - (k << kind.fraction)).real()


def normal(x):
    """(x, 0), or (x times a power of two, the power's exponent) if positive x is subnormal."""
    kind = x.kind
    subnormal = x < 2.0 ** (1 - kind.bias)
    lift = float(kind.fraction + 1)
    return where(subnormal, x * 2.0**lift, x), where(subnormal, kind.real(lift), 0.0)


def log_specials(x, y, zero=0.0):
    """y; but -inf where x is `zero`, NaN below it, inf for inf and NaN for NaN."""
    y = where(x > zero, where(x < inf, y, inf), nan)
    y = where(x == zero, -inf, y)
    return y


def log_(x):
    """The natural logarithm: k log(2) + f - f**2 / 2 + f**3 p(f).

    Error: float 0.9 ulp, double 0.8 ulp, near 1 as elsewhere.
    """
    lifted, lift = normal(x)
    k, m = split_exponent(lifted)
    return log_specials(x, log_fraction(k.to_real() - lift, m - 1.0))


def log1p_inside(x):
    """log(1 + x) for -1 < x < inf: k is that of 1 + x, and f keeps what its rounding lost."""
    kind = x.kind
    u = x + 1.0
    lost = where(x < 1.0, x - (u - 1.0), 1.0 - (u - x))
    k, m = split_exponent(u)
    # the largest k's own power would not be a number; what it should scale is nothing by then
    factor = kind.power_of_two(0 - where(k > kind.bias - 1, kind.bias - 1, k))
    return log_fraction(k.to_real(), fma(lost, factor, m - 1.0))


def log1p(x):
    """log(1 + x). Error: float 1.4 ulp, double 1.2 ulp."""
    return copysign_log(log_specials(x, log1p_inside(x), -1.0), x)


def copysign_log(y, x):
    """y, or x itself where that is a zero: its sign is kept."""
    # 1 + -0.0 has forgotten the sign
    return where(x == 0.0, x, y)


def softplus(x):
    """log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)). Error: float 1.7 ulp, double 1.5 ulp."""
    return at_least(x, 0.0) + log1p_unit(exp_falling(-abs(x)))


def log1p_unit(x):
    """log1p for 0 <= x <= 1: the exponent of 1 + x is 0 or 1."""
    kind = x.kind
    upper = x > sqrt(2.0) - 1
    f = where(upper, fma(x, 0.5, -0.5), x)
    return log_fraction(where(upper, kind.real(1.0), 0.0), f)


def logaddexp(x, y):
    """log(exp(x) + exp(y)) = max(x, y) + log1p(exp(-|x - y|)).

    Error: 2 ulp of the larger of result, |x| and |y|: the sum may cancel, as NumPy's does.
    """
    # equal infinities have no difference
    distance = where(x == y, 0.0, abs(x - y))
    return where(x > y, x, y) + log1p_unit(exp_falling(-distance))


def asinh(x):
    """log1p(|x| + x**2 / (1 + sqrt(x**2 + 1))) with the sign of x.

    Error: float 1.8 ulp, double 1.7 ulp.
    """
    size = abs(x)
    large = size > LARGE[x.kind.name]
    square = size * size
    inside = size + square / (square_root(square + 1.0) + 1.0)
    y = log1p_inside(where(large, size, inside)) + where(large, x.kind.real(LOG2), 0.0)
    return copysign(where(size < inf, y, size), x)


def acosh(x):
    """log1p(t + sqrt(2t + t**2)) with t = x - 1. Error: float 2.1 ulp, double 1.9 ulp."""
    large = x > LARGE[x.kind.name]
    t = x - 1.0
    inside = t + square_root(fma(t, t, t * 2.0))
    y = log1p_inside(where(large, x, inside)) + where(large, x.kind.real(LOG2), 0.0)
    return where(x >= 1.0, where(x < inf, y, inf), nan)


def atanh(x):
    """log1p(2x / (1 - x)) / 2 of |x|, with the sign of x. Error: float 2.1 ulp, double 1.8 ulp."""
    size = abs(x)
    y = log1p_inside(size * 2.0 / (1.0 - size)) * 0.5
    y = where(size < 1.0, y, where(size == 1.0, x.kind.real(inf), nan))
    return copysign(y, x)


def log_pair(x):
    """log(x) as (high, low) to some 66 bits, for finite x > 0: k log(2) + 2 atanh(f / (2 + f))."""
    lifted, lift = normal(x)
    k, m = split_exponent(lifted)
    k = k.to_real() - lift
    f = m - 1.0
    # s = f / (f + 2), z = s**2 and s**3 as pairs; what follows is below 2**-12 of the whole
    d, d_low = quick_sum(x.kind.real(2.0), f)
    s = f / d
    p, p_low = two_product(s, d)
    s_low = (((f - p) - p_low) - s * d_low) / d
    z, z_low = two_product(s, s)
    z_low = fma(s * 2.0, s_low, z_low)
    c, c_low = two_product(s, z)
    c_low = c_low + fma(s, z_low, s_low * z)
    t, t_low = two_product(c, 2.0 / 3)
    # 2 / 3 is not a double: 3.7e-17 is missing
    t_low = t_low + fma(c_low, 2.0 / 3, c * 3.7007434154171886e-17)
    tail = c * z * poly(z, table(x, "pow"))
    high, low = LOG2_PARTS["double"]
    total, rest = two_sum(k * high, s * 2.0)
    total, more = two_sum(total, t)
    k_low, k_lower = two_product(k, low)
    total, again = two_sum(total, k_low)
    return quick_sum(total, rest + more + again + (fma(s_low, 2.0, t_low) + (tail + k_lower)))


def pow_(x, y):
    """x to the y, as exp(y log|x|) with the logarithm as a pair of doubles, and C's special values.

    Error: double 1.3 ulp; float, computed in double, 0.51 ulp.
    """
    name = x.kind.name
    x, y = x.cast("double"), y.cast("double")
    size = abs(x)
    high, low = log_pair(size)
    e, e_low = two_product(y, high)
    e_low = fma(y, low, e_low)
    bottom, top = EXP_RANGE["double"]
    inside = abs(e) < -bottom
    n, r = reduce_exp(at_least(at_most(e, top), bottom), where(inside, e_low, 0.0))
    power = scale(exp_fraction(r), n)
    # 0 and inf have no logarithm here, and infinite powers no product with it
    rising = (size > 1.0) ^ (y < 0.0)
    edge = (size == 0.0) | (size == inf) | (abs(y) == inf)
    power = where(edge, where(rising, x.kind.real(inf), 0.0), power)
    power = where(size == 1.0, 1.0, power)
    half = y * 0.5
    odd = (rint(y) == y) & (rint(half) != half)
    power = where((x.bits() < 0) & odd, -power, power)
    power = where((x < 0.0) & (size < inf) & (rint(y) != y), nan, power)
    power = where((x == x) & (y == y), power, nan)
    return where((x == 1.0) | (y == 0.0), 1.0, power).cast(name)
