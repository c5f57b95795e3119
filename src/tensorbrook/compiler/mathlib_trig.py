"""Sines and arc functions of `Real` lanes. Errors are told as in mathlib_exp.

Angles of any size are reduced: |x| is m * 2**j with j > 0 only for whole m, and a table holds the
bits of 2**j * 2 / pi below 4, so that m times them is |x| in quarter turns, whole turns left out.
"""

from functools import cache
from math import inf, nan, pi

from .mathlib_lanes import (
    Real,
    at_least,
    copysign,
    fma,
    poly,
    quick_sum,
    rint,
    sqrt,
    two_product,
    two_sum,
    where,
)
from .mathlib_tables import COEFFICIENTS, TWO_OVER_PI

HALF_PI = pi / 2
# what the double HALF_PI lacks
HALF_PI_LOW = 6.123233995736766e-17
PLACES = 1248  # the binary places of TWO_OVER_PI
# the last binary place of each part of a table entry, but of the last part
CUTS = {"float": (27,), "double": (51, 104, 157)}


@cache
def turn_tables(name):
    """For each part of 2**j * 2 / pi (mod 4), the doubles of all j; NaN for infinity's exponent."""
    count = {"float": 255 - 150, "double": 2047 - 1075}[name]
    tables = [[] for _ in range(len(CUTS[name]) + 1)]
    for j in range(count):
        rest = (TWO_OVER_PI << j) % (1 << (PLACES + 2))
        for table, cut in zip(tables, CUTS[name]):
            part = rest >> (PLACES - cut)
            table.append(part / (1 << cut))
            rest -= part << (PLACES - cut)
        tables[-1].append(rest / (1 << PLACES))
    for table in tables:
        table.append(nan)
    return tables


def look_up(table, name, index):
    """The doubles of `table` at Bits `index`; `name` is the module's for it."""
    kind = index.kind.cast("double")
    ir, builder, module = kind.ir, kind.builder, kind.builder.module
    array = module.globals.get(name)
    if array is None:
        array = ir.GlobalVariable(module, ir.ArrayType(kind.scalar, len(table)), name)
        array.initializer = ir.Constant(array.type.pointee, table)
        array.global_constant, array.linkage = True, "internal"
    # lane by lane: LLVM's gather is written differently from version to version
    zero = ir.Constant(ir.IntType(32), 0)
    lanes = range(kind.lanes) if kind.lanes else [None]
    result = ir.Constant(kind.real_type, ir.Undefined)
    for lane in lanes:
        at = index.ir if lane is None else builder.extract_element(index.ir, zero.type(lane))
        item = builder.load(builder.gep(array, [zero, at], inbounds=True))
        result = item if lane is None else builder.insert_element(result, item, zero.type(lane))
    return Real(kind, result)


def reduce_angle(x):
    """(q, r, low): |x| = q quarter turns + r + low, |r| <= pi / 4; q, as Bits, modulo 4."""
    kind = x.kind
    bits = abs(x).bits()
    j = (bits >> kind.fraction) - (kind.bias + kind.fraction)
    j = where(j > 0, j, 0)
    m = (bits - (j << kind.fraction)).real().cast("double")
    parts = [
        look_up(table, f"tensorbrook.turns.{kind.name}.{k}", j)
        for k, table in enumerate(turn_tables(kind.name))
    ]
    if kind.name == "double":
        return reduce_double(abs(x), m, parts)
    # 24 by 29 bits: exact
    turns = m * parts[0]
    shifted = fma(m, parts[1], turns) + m.kind.rounder
    fraction = fma(m, parts[1], turns - (shifted - m.kind.rounder))
    return shifted.bits().cast(kind), (fraction * HALF_PI).cast("float"), None


def reduce_double(size, m, parts):
    """reduce_angle for double: products as pairs, added from the largest down, all rests kept."""
    p0, l0 = two_product(m, parts[0])
    p1, l1 = two_product(m, parts[1])
    p2, l2 = two_product(m, parts[2])
    p0 = p0 - rint(p0 * 0.25) * 4.0
    high, e0 = two_sum(p0, l0)
    high, e1 = two_sum(high, p1)
    shifted = high + m.kind.rounder
    high = high - (shifted - m.kind.rounder)
    rest, f0 = two_sum(e1, l1)
    rest, f1 = two_sum(rest, p2)
    rest, f2 = two_sum(rest, e0)
    last = fma(m, parts[3], l2) + f0 + f1 + f2
    high, rest = two_sum(high, rest)
    high, rest = quick_sum(high, rest + last)
    r, low = two_product(high, HALF_PI)
    low = low + fma(high, HALF_PI_LOW, rest * HALF_PI)
    # so small an angle stays as it is, subnormal or not
    small = size < 2.0**-30
    return shifted.bits(), where(small, size, r), where(small, 0.0, low)


def sine(r, low):
    """sin(r + low) for r within a quarter turn around 0."""
    z = r * r
    tail = z * r * poly(z, COEFFICIENTS[r.kind.name]["sin"])
    return r + (tail if low is None else tail + fma(z * -0.5, low, low))


def cosine(r, low):
    """cos(r + low) for r within a quarter turn around 0."""
    z = r * r
    tail = z * z * poly(z, COEFFICIENTS[r.kind.name]["cos"])
    one, rest = quick_sum(r.kind.real(1.0), z * -0.5)
    return one + (rest + (tail if low is None else fma(-r, low, tail)))


def turned(q, r, low):
    """The sine q quarter turns further on."""
    sign = (q & 2) << (r.kind.width - 2)
    value = where((q & 1) == 0, sine(r, low), cosine(r, low))
    return (value.bits() ^ sign).real()


def sin(x):
    """Sine, of any finite angle. Error: float 1.6 ulp, double 0.9 ulp."""
    y = turned(*reduce_angle(x))
    return (y.bits() ^ (x.bits() & sign_bit(x.kind))).real()


def cos(x):
    """Cosine, of any finite angle. Error: float 1.6 ulp, double 0.9 ulp."""
    q, r, low = reduce_angle(x)
    return turned(q + 1, r, low)


def tan(x):
    """Tangent, the quotient of sine and cosine. Error: float 3.3 ulp, double 2.0 ulp."""
    q, r, low = reduce_angle(x)
    s, c = sine(r, low), cosine(r, low)
    even = (q & 1) == 0
    y = where(even, s, -c) / where(even, c, s)
    return (y.bits() ^ (x.bits() & sign_bit(x.kind))).real()


def sign_bit(kind):
    """The integer whose only bit is the sign."""
    return -(1 << (kind.width - 1))


def asin_parts(x):
    """(inner, p): asin |x| is p where |x| < 1/2 (inner), else pi / 2 - 2 p.

    There p is the arc sine of sqrt((1 - |x|) / 2).
    """
    size = abs(x)
    inner = size < 0.5
    z = where(inner, size * size, fma(size, -0.5, 0.5))
    t = where(inner, size, sqrt(z))
    return inner, fma(t * z, poly(z, COEFFICIENTS[x.kind.name]["asin"]), t)


def asin(x):
    """Arc sine. Error: float 2.4 ulp, double 2.0 ulp; NaN outside -1 to 1."""
    inner, p = asin_parts(x)
    return copysign(where(inner, p, fma(p, -2.0, HALF_PI)), x)


def acos(x):
    """Arc cosine. Error: float 1.3 ulp, double 1.2 ulp; NaN outside -1 to 1."""
    inner, p = asin_parts(x)
    signed = copysign(p, x)
    outer = where(x < 0.0, fma(p, -2.0, pi) + HALF_PI_LOW * 2, p * 2.0)
    return where(inner, HALF_PI - (signed - HALF_PI_LOW), outer)


def atan_unit(t):
    """Arc tangent for 0 <= t <= 1."""
    z = t * t
    return fma(t * z, poly(z, COEFFICIENTS[t.kind.name]["atan"]), t)


def atan(x):
    """Arc tangent, of 1 / |x| where |x| > 1. Error: float 1.8 ulp, double 1.8 ulp."""
    size = abs(x)
    large = size > 1.0
    p = atan_unit(where(large, 1.0 / size, size))
    return copysign(where(large, HALF_PI - (p - HALF_PI_LOW), p), x)


def atan2(y, x):
    """The angle of the point (x, y), as C has it, signed zeros and infinities included.

    Error: float 1.8 ulp, double 1.8 ulp.
    """
    a, b = abs(y), abs(x)
    steep = a > b
    low, high = where(steep, b, a), where(steep, a, b)
    t = low / at_least(high, 2.0 ** (1 - x.kind.bias - x.kind.fraction))
    p = atan_unit(where((low == inf), 1.0, t))
    p = where(steep, HALF_PI - (p - HALF_PI_LOW), p)
    p = where(x.bits() < 0, pi - (p - HALF_PI_LOW * 2), p)
    return where((x == x) & (y == y), copysign(p, y), nan)
