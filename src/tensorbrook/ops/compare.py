"""Relations, logic, bits, divisors, tests of floats: primitives of truth values and integers."""

import numpy as np

from ..base.dtypes import BOOL, INTS
from ._families import ANY, FLOAT, REAL, binary, unary

_TRUTH = "its result is a truth value"
_BITS = "it works on bits"
_BOOLEAN = np.dtype(bool)


def _relation(path, ufunc, allowed, doc):
    return binary(
        path,
        ufunc,
        allowed,
        doc=doc,
        out=_BOOLEAN,
        why=_TRUTH,
        also=(path.removeprefix("math."),),
    )


equal = _relation(
    "math.equal",
    lambda x, y: np.equal(x, y).astype(bool),
    ANY,
    "True where x equals y, element by element.",
)
not_equal = _relation(
    "math.not_equal",
    lambda x, y: np.not_equal(x, y).astype(bool),
    ANY,
    "True where x differs from y, element by element.",
)
less = _relation("math.less", np.less, REAL, "True where x < y.")
less_equal = _relation("math.less_equal", np.less_equal, REAL, "True where x <= y.")
greater = _relation("math.greater", np.greater, REAL, "True where x > y.")
greater_equal = _relation("math.greater_equal", np.greater_equal, REAL, "True where x >= y.")


def _logic(path, ufunc, doc, also=()):
    return binary(path, ufunc, BOOL, doc=doc, out=_BOOLEAN, why=_TRUTH, also=also)


logical_and = _logic("math.logical_and", np.logical_and, "True where both are.", ("logical_and",))
logical_or = _logic("math.logical_or", np.logical_or, "True where either is.", ("logical_or",))
logical_xor = _logic("math.logical_xor", np.logical_xor, "True where exactly one is.")
logical_not = unary(
    "math.logical_not",
    np.logical_not,
    BOOL,
    doc="True where x is False.",
    why=_TRUTH,
    also=("logical_not",),
)


def _test(path, ufunc, doc):
    return unary(path, ufunc, FLOAT, doc=doc, out=_BOOLEAN, why=_TRUTH)


is_nan = _test("math.is_nan", np.isnan, "True where x is NaN.")
is_inf = _test("math.is_inf", np.isinf, "True where x is infinite.")
is_finite = _test("math.is_finite", np.isfinite, "True where x is neither infinite nor NaN.")

bitwise_and = binary("bitwise.bitwise_and", np.bitwise_and, INTS, doc="x & y.", why=_BITS)
bitwise_or = binary("bitwise.bitwise_or", np.bitwise_or, INTS, doc="x | y.", why=_BITS)
bitwise_xor = binary("bitwise.bitwise_xor", np.bitwise_xor, INTS, doc="x ^ y.", why=_BITS)
left_shift = binary(
    "bitwise.left_shift", np.left_shift, INTS, doc="x << y.", domain2=(0, 4), why=_BITS
)
right_shift = binary(
    "bitwise.right_shift", np.right_shift, INTS, doc="x >> y.", domain2=(0, 4), why=_BITS
)
invert = unary("bitwise.invert", np.invert, INTS, doc="All bits flipped.", why=_BITS)

_DIVISORS = "it works on whole numbers"
gcd = binary("numpy.gcd", np.gcd, INTS, doc="The greatest common divisor.", why=_DIVISORS)
lcm = binary("numpy.lcm", np.lcm, INTS, doc="The least common multiple.", why=_DIVISORS)
