"""Arithmetic, exponentials, trigonometry, rounding: primitives of the elementwise families."""

import numpy as np

from ..base.dtypes import BOOL, FLOATS
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, find_override, register_public
from ..core.op import OPS, keeps_composites
from ..core.tensor import Tensor, wrap
from ._families import ANY, FLOAT, NUMBER, REAL, binary, int_division_check, pair, unary
from ._kernels.halves import rounded_once
from .cast import cast, conj, real_dtype
from .compare import greater, greater_equal, less_equal, not_equal

STEP = "it is piecewise constant: its derivative is 0 wherever it exists"

# -- arithmetic ------------------------------------------------------------------------------------


def _pow_kernel(x, y):
    if x.dtype.kind in "iu" and np.any(np.asarray(y) < 0):
        raise InvalidArgumentError(
            "[pow] Integers to negative integer powers are not allowed: cast the base to a float."
        )
    return np.power(x, y)


def _floordiv_kernel(x, y):
    int_division_check(y)
    # floor_divide makes NaN of inf / y, where TensorFlow keeps the infinity
    return np.floor_divide(x, y) if x.dtype.kind in "iuO" else np.floor(np.divide(x, y))


def _floormod_kernel(x, y):
    int_division_check(y)
    return np.mod(x, y)


def _no_nan(ufunc):
    def kernel(x, y):
        zero = np.equal(y, 0)
        return np.where(zero, x.dtype.type(0), ufunc(x, np.where(zero, y.dtype.type(1), y)))

    return kernel


def _x_zero(ufunc):
    """x * f(y), 0 where x is 0 whatever y is."""

    @rounded_once
    def kernel(x, y):
        zero = np.equal(x, 0)
        return np.where(zero, x.dtype.type(0), ufunc(x, np.where(zero, y.dtype.type(1), y)))

    return kernel


@rounded_once
def _squared_difference_kernel(x, y):
    d = np.subtract(x, y)
    return d * np.conj(d) if d.dtype.kind == "c" else np.square(d)


add = binary(
    "math.add",
    np.add,
    ANY - BOOL,
    (lambda g, z, x, y: g, lambda g, z, x, y: g),
    takes_dims=True,
    doc="x + y, element by element; strings are joined.",
    also=("add",),
)
subtract = binary(
    "math.subtract",
    np.subtract,
    NUMBER,
    (lambda g, z, x, y: g, lambda g, z, x, y: -g),
    takes_dims=True,
    doc="x - y, element by element.",
    also=("subtract",),
)
multiply = binary(
    "math.multiply",
    np.multiply,
    NUMBER,
    (lambda g, z, x, y: g * y, lambda g, z, x, y: g * x),
    takes_dims=True,
    doc="x * y, element by element.",
    also=("multiply",),
)
realdiv = binary(
    "realdiv",
    np.divide,
    FLOAT,
    (lambda g, z, x, y: g / y, lambda g, z, x, y: -g * z / y),
    heavy=True,
    doc="x / y for floats, element by element.",
    domain2=(0.5, 2.0),
)
divide_no_nan = binary(
    "math.divide_no_nan",
    _no_nan(np.divide),
    FLOAT,
    (
        lambda g, z, x, y: divide_no_nan(g, y),
        lambda g, z, x, y: -divide_no_nan(g * z, y),
    ),
    heavy=True,
    doc="x / y, 0 where y is 0.",
    domain2=(0.5, 2.0),
)
multiply_no_nan = binary(
    "math.multiply_no_nan",
    lambda x, y: np.where(np.equal(y, 0), x.dtype.type(0), np.multiply(x, y)),
    FLOAT,
    (
        lambda g, z, x, y: multiply_no_nan(g, y),
        lambda g, z, x, y: multiply_no_nan(x, g),
    ),
    doc="x * y, 0 where y is 0, even for x infinite or NaN.",
)
floordiv = binary(
    "math.floordiv",
    _floordiv_kernel,
    REAL,
    heavy=True,
    takes_dims=True,
    doc="x / y rounded towards minus infinity.",
    domain2=(1.0, 3.0),
    why=STEP,
    also=("floordiv",),
)
floormod = binary(
    "math.floormod",
    _floormod_kernel,
    REAL,
    (lambda g, z, x, y: g, lambda g, z, x, y: -g * _floor_quotient(x, y)),
    heavy=True,
    takes_dims=True,
    doc="x - floor(x / y) * y: the remainder with the sign of y.",
    domain=(5.1, 5.9),
    domain2=(1.1, 1.25),
    also=("math.mod", "mod"),
)
truncatediv = binary(
    "truncatediv",
    rounded_once(lambda x, y: (int_division_check(y), np.trunc(x / y).astype(x.dtype))[1]),
    REAL,
    heavy=True,
    doc="x / y rounded towards zero.",
    domain2=(1.0, 3.0),
    why=STEP,
)
truncatemod = binary(
    "truncatemod",
    lambda x, y: (int_division_check(y), np.fmod(x, y))[1],
    REAL,
    (lambda g, z, x, y: g, lambda g, z, x, y: -g * truncatediv(x, y)),
    heavy=True,
    doc="The remainder with the sign of x.",
    domain=(5.1, 5.9),
    domain2=(1.1, 1.25),
)
power = binary(
    "math.pow",
    _pow_kernel,
    NUMBER,
    (
        lambda g, z, x, y: g * y * power(x, y - 1),
        lambda g, z, x, y: g * z * log(_positive(x)),
    ),
    tolerance=4,
    doc="x to the power y.",
    domain=(0.2, 2.0),
    also=("pow",),
)
maximum = binary(
    "math.maximum",
    np.maximum,
    REAL,
    (
        lambda g, z, x, y: g * _mask(greater_equal, x, y),
        lambda g, z, x, y: g * (1 - _mask(greater_equal, x, y)),
    ),
    doc="The larger of x and y; at a tie the gradient goes to x.",
    also=("maximum",),
)
minimum = binary(
    "math.minimum",
    np.minimum,
    REAL,
    (
        lambda g, z, x, y: g * _mask(less_equal, x, y),
        lambda g, z, x, y: g * (1 - _mask(less_equal, x, y)),
    ),
    doc="The smaller of x and y; at a tie the gradient goes to x.",
    also=("minimum",),
)
squared_difference = binary(
    "math.squared_difference",
    _squared_difference_kernel,
    NUMBER,
    (lambda g, z, x, y: g * 2 * conj(x - y), lambda g, z, x, y: g * 2 * conj(y - x)),
    doc="(x - y) squared.",
)
atan2 = binary(
    "math.atan2",
    np.arctan2,
    FLOATS,
    (
        lambda g, z, y, x: g * y_over_norm(x, y),
        lambda g, z, y, x: -g * y_over_norm(y, x),
    ),
    tolerance=4,
    doc="The angle of the point (y, x), in [-pi, pi]; arguments in the order (y, x).",
    domain=(0.5, 2.0),
    also=("atan2",),
)
xlogy = binary(
    "math.xlogy",
    _x_zero(lambda x, y: x * np.log(y)),
    FLOAT,
    (lambda g, z, x, y: g * xlogy(_nonzero(x), y), lambda g, z, x, y: g * xdivy(x, y)),
    tolerance=5,
    doc="x * log(y), 0 where x is 0.",
    domain=(0.5, 2.0),
)
xlog1py = binary(
    "math.xlog1py",
    _x_zero(lambda x, y: x * np.log1p(y)),
    FLOAT,
    (
        lambda g, z, x, y: g * xlog1py(_nonzero(x), y),
        lambda g, z, x, y: g * xdivy(x, y + 1),
    ),
    tolerance=5,
    doc="x * log(1 + y), 0 where x is 0.",
    domain=(0.5, 2.0),
)
xdivy = binary(
    "math.xdivy",
    _x_zero(np.divide),
    FLOAT,
    (
        lambda g, z, x, y: g * xdivy(_nonzero(x), y),
        lambda g, z, x, y: -g * xdivy(z, y),
    ),
    heavy=True,
    doc="x / y, 0 where x is 0.",
    domain=(0.5, 2.0),
)
nextafter = binary(
    "math.nextafter",
    np.nextafter,
    FLOATS,
    (lambda g, z, x, y: g, None),
    doc="The float next to x1 in the direction of x2.",
    arguments=("x1", "x2"),
)
negative = unary(
    "math.negative",
    np.negative,
    NUMBER - {np.dtype("uint8"), np.dtype("uint16"), np.dtype("uint32"), np.dtype("uint64")},
    keeps_composites(lambda g, y, x: -g),
    takes_dims=True,
    doc="-x, element by element.",
    also=("negative",),
)
absolute = unary(
    "math.abs",
    np.abs,
    NUMBER,
    lambda g, y, x: cast(g, x._dtype) * conj(sign(x)),
    doc="The absolute value.",
    domain=(0.2, 2.0),
    out=real_dtype,
    also=("abs",),
)
square = unary(
    "math.square",
    np.square,
    NUMBER,
    lambda g, y, x: g * (x + x),
    doc="x squared.",
    also=("square",),
)
reciprocal = unary(
    "math.reciprocal",
    np.reciprocal,
    FLOAT,
    lambda g, y, x: multiply_no_nan(-y * y, g),
    heavy=True,
    doc="1 / x.",
    domain=(0.5, 2.0),
)
sqrt = unary(
    "math.sqrt",
    np.sqrt,
    FLOAT,
    lambda g, y, x: multiply_no_nan(0.5 / y, g),  # as TensorFlow's: 0 for a cotangent of 0
    heavy=True,
    doc="The square root.",
    domain=(0.2, 4.0),
    also=("sqrt",),
)
rsqrt = unary(
    "math.rsqrt",
    rounded_once(lambda x: np.reciprocal(np.sqrt(x))),
    FLOAT,
    lambda g, y, x: multiply_no_nan(-0.5 * y * y * y, g),
    heavy=True,
    doc="1 / sqrt(x).",
    domain=(0.3, 4.0),
)
sign = unary(
    "math.sign",
    np.sign,
    NUMBER,
    lambda g, y, x: _sign_rule(g, y, x),
    doc="-1, 0 or 1: the sign of x; for complex numbers x / |x|.",
    domain=(0.2, 2.0),
    also=("sign",),
)

# -- exponentials and logarithms -------------------------------------------------------------------

exp = unary(
    "math.exp", np.exp, FLOAT, lambda g, y, x: g * y, tolerance=4, doc="e to the x.", also=("exp",)
)
expm1 = unary(
    "math.expm1",
    np.expm1,
    FLOAT,
    lambda g, y, x: g * (y + 1),
    tolerance=4,
    doc="exp(x) - 1, exact near 0.",
)
log = unary(
    "math.log",
    np.log,
    FLOAT,
    lambda g, y, x: g / x,
    tolerance=4,
    doc="The natural logarithm.",
    domain=(0.2, 4.0),
)
log1p = unary(
    "math.log1p",
    np.log1p,
    FLOAT,
    lambda g, y, x: g / (x + 1),
    tolerance=4,
    doc="log(1 + x), exact near 0.",
    domain=(-0.5, 2.0),
)
sigmoid = unary(
    "math.sigmoid",
    rounded_once(lambda x: _sigmoid(x)),
    FLOAT,
    lambda g, y, x: g * y * (1 - y),
    tolerance=4,
    doc="1 / (1 + exp(-x)).",
    also=("sigmoid", "nn.sigmoid"),
)
softplus = unary(
    "math.softplus",
    lambda x: np.maximum(x, x.dtype.type(0)) + np.log1p(np.exp(-np.abs(x))),
    FLOATS,
    lambda g, y, x: g * sigmoid(x),
    tolerance=4,
    doc="log(1 + exp(x)).",
    arguments=("features",),
    also=("nn.softplus",),
)


def _sigmoid(x):
    if x.dtype.kind == "c":
        return np.reciprocal(np.exp(-x) + 1)
    # exp of -|x| never overflows, and 1 / (1 + e) or e / (1 + e) keeps the small tail exact; to
    # choose between them for each element would take longer than another exp
    return np.exp(np.minimum(x, x.dtype.type(0))) / (np.exp(-np.abs(x)) + x.dtype.type(1))


# -- trigonometry ----------------------------------------------------------------------------------

sin = unary(
    "math.sin", np.sin, FLOAT, lambda g, y, x: g * cos(x), tolerance=4, doc="Sine.", also=("sin",)
)
cos = unary(
    "math.cos",
    np.cos,
    FLOAT,
    lambda g, y, x: -g * sin(x),
    tolerance=4,
    doc="Cosine.",
    also=("cos",),
)
tan = unary(
    "math.tan",
    np.tan,
    FLOAT,
    lambda g, y, x: g * (y * y + 1),
    tolerance=4,
    doc="Tangent.",
    domain=(-1.0, 1.0),
    also=("tan",),
)
asin = unary(
    "math.asin",
    np.arcsin,
    FLOAT,
    lambda g, y, x: g * rsqrt(1 - x * x),
    tolerance=4,
    doc="Arc sine.",
    domain=(-0.9, 0.9),
    also=("asin",),
)
acos = unary(
    "math.acos",
    np.arccos,
    FLOAT,
    lambda g, y, x: -g * rsqrt(1 - x * x),
    tolerance=4,
    doc="Arc cosine.",
    domain=(-0.9, 0.9),
    also=("acos",),
)
atan = unary(
    "math.atan",
    np.arctan,
    FLOAT,
    lambda g, y, x: g / (x * x + 1),
    tolerance=4,
    doc="Arc tangent.",
    also=("atan",),
)
sinh = unary(
    "math.sinh",
    np.sinh,
    FLOAT,
    lambda g, y, x: g * cosh(x),
    tolerance=4,
    doc="Hyperbolic sine.",
    also=("sinh",),
)
cosh = unary(
    "math.cosh",
    np.cosh,
    FLOAT,
    lambda g, y, x: g * sinh(x),
    tolerance=4,
    doc="Hyperbolic cosine.",
    also=("cosh",),
)
tanh = unary(
    "math.tanh",
    np.tanh,
    FLOAT,
    lambda g, y, x: g * (1 - y * y),
    tolerance=4,
    doc="Hyperbolic tangent.",
    also=("tanh", "nn.tanh"),
)
asinh = unary(
    "math.asinh",
    np.arcsinh,
    FLOAT,
    lambda g, y, x: g * rsqrt(x * x + 1),
    tolerance=4,
    doc="Inverse hyperbolic sine.",
    also=("asinh",),
)
acosh = unary(
    "math.acosh",
    np.arccosh,
    FLOAT,
    lambda g, y, x: g / sinh(y),
    tolerance=4,
    doc="Inverse hyperbolic cosine.",
    domain=(1.2, 4.0),
    also=("acosh",),
)
atanh = unary(
    "math.atanh",
    np.arctanh,
    FLOAT,
    lambda g, y, x: g / (1 - x * x),
    tolerance=4,
    doc="Inverse hyperbolic tangent.",
    domain=(-0.9, 0.9),
    also=("atanh",),
)

# -- rounding --------------------------------------------------------------------------------------


def _keeping_ints(ufunc):
    return lambda x: ufunc(x) if x.dtype.kind not in "iu" else x


floor = unary("math.floor", np.floor, FLOATS, doc="Rounds down.", why=STEP, also=("floor",))
ceil = unary("math.ceil", np.ceil, FLOATS, doc="Rounds up.", why=STEP)
rint = unary("math.rint", np.rint, FLOATS, doc="Rounds to the nearest, halves to even.", why=STEP)
round_ = unary(
    "math.round",
    _keeping_ints(np.rint),
    REAL,
    doc="Rounds to the nearest, halves to even.",
    why=STEP,
    also=("round",),
)

# -- helpers of the gradients ----------------------------------------------------------------------


def _floor_quotient(x, y):
    return floor(x / y)


def _sign_rule(g, y, x):
    if x._dtype.kind != "c":
        return wrap(np.zeros(x._shape, x._dtype))
    along = cast(cast(g * y, real_dtype(x._dtype)), x._dtype)
    return (g - conj(y) * along) / cast(absolute(x), x._dtype)


def y_over_norm(y, x):
    """y / (x^2 + y^2)."""
    return y / (x * x + y * y)


def _mask(relation, x, y):
    """1 where the relation holds, 0 elsewhere, in x's dtype: no gradient flows through."""
    return cast(relation(x, y), x._dtype)


def _positive(x):
    """x where it is above 0 (or complex and not 0), else 1, whose logarithm is 0."""
    holds = not_equal(x, 0) if x._dtype.kind == "c" else greater(x, 0)
    return apply(OPS["where"], (holds, x, wrap(x._dtype.type(1))), {})


def _nonzero(x):
    return _mask(not_equal, x, 0)


def divide(x, y, name=None):
    """x / y, element by element: integers are divided as float64 (8- and 16-bit as float32).

    Raises:
      InvalidArgumentError: dtypes or shapes that do not fit; it says which.

    Example:
    >>> tf.divide(tf.constant([1, 2]), 2).numpy()
    array([0.5, 1. ])
    """
    if x.__class__ is Tensor and x._array.dtype in FLOATS:
        return realdiv(x, y)
    found = find_override(x)
    if found is None:
        found = find_override(y)
    if found is not None:
        return found._call(divide, (x, y), {})
    x, y = pair("divide", x, y)
    if x._dtype.kind in "iu" and x._dtype == y._dtype:
        wide = np.float32 if x._dtype.itemsize <= 2 else np.float64
        x, y = cast(x, wide), cast(y, wide)
    return realdiv(x, y)


register_public(divide, "math.divide", "divide", "math.truediv", "truediv")
