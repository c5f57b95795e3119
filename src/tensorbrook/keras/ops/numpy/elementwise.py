"""keras.ops: functions of each element."""

import math

import numpy as np

from .... import ops
from ....base import dtypes
from ..declare import as_tensor, binary, dtype_of, floating, op, promote, unary

# -- floats of one operand -------------------------------------------------------------------------


def wide(x):
    """`x` as floats: float64 of int64, where Keras does not promote as elsewhere."""
    x = as_tensor(x)
    return ops.cast(x, "float64") if x._dtype == np.int64 else floating(x)


def _scaled(factor):
    return lambda x: (lambda y: y * ops.convert_to_tensor(factor, y.dtype))(wide(x))


def _cube_root(x):
    x = wide(x)
    return ops.sign(x) * ops.pow(ops.abs(x), ops.convert_to_tensor(1 / 3, x.dtype))


def _sinc(x):
    zero = ops.equal(x, ops.zeros_like(x))
    scaled = ops.where(zero, ops.ones_like(x), x * ops.convert_to_tensor(math.pi, x.dtype))
    return ops.where(zero, ops.ones_like(x), ops.sin(scaled) / scaled)


def _logarithm(base):
    return lambda x: ops.log(x) / ops.convert_to_tensor(math.log(base), x.dtype)


for _name, _function, _doc in (
    ("arccos", ops.acos, "The angle whose cosine is x."),
    ("arccosh", ops.acosh, "The inverse of cosh."),
    ("arcsin", ops.asin, "The angle whose sine is x."),
    ("arcsinh", ops.asinh, "The inverse of sinh."),
    ("arctan", ops.atan, "The angle whose tangent is x."),
    ("arctanh", ops.atanh, "The inverse of tanh."),
    ("ceil", ops.ceil, "The smallest whole number that is not below x, as a float."),
    ("cos", ops.cos, "The cosine of an angle in radians."),
    ("cosh", ops.cosh, "(e^x + e^-x) / 2."),
    ("exp", ops.exp, "e to the x."),
    ("exp2", lambda x: ops.pow(ops.cast(2, x.dtype), x), "2 to the x."),
    ("expm1", ops.expm1, "e to the x minus 1, exact for small x."),
    ("fabs", ops.abs, "The absolute value, as a float."),
    ("floor", ops.floor, "The greatest whole number that is not above x, as a float."),
    ("log", ops.log, "The natural logarithm."),
    ("log10", _logarithm(10), "The logarithm to base 10."),
    ("log1p", ops.log1p, "log(1 + x), exact for small x."),
    ("log2", _logarithm(2), "The logarithm to base 2."),
    ("reciprocal", ops.reciprocal, "1 / x."),
    ("sin", ops.sin, "The sine of an angle in radians."),
    ("sinc", _sinc, "sin(pi x) / (pi x), and 1 at 0."),
    ("sinh", ops.sinh, "(e^x - e^-x) / 2."),
    ("sqrt", ops.sqrt, "The square root."),
    ("tan", ops.tan, "The tangent of an angle in radians."),
    ("tanh", ops.tanh, "sinh(x) / cosh(x)."),
):
    unary(f"numpy.{_name}", _function, _doc, floats=True)

cbrt = unary("numpy.cbrt", _cube_root, "The cube root, negative for negative x.")
deg2rad = unary("numpy.deg2rad", _scaled(math.pi / 180), "Degrees as radians.")
rad2deg = unary("numpy.rad2deg", _scaled(180 / math.pi), "Radians as degrees.")
i0 = unary(
    "numpy.i0",
    lambda x: ops.bessel_i0(wide(x)),
    "The modified Bessel function of the first kind of order 0.",
)

# -- of the operand's own dtype --------------------------------------------------------------------


def _floats_only(function):
    """A function of floats that leaves integers as they are."""
    return lambda x: x if x._dtype.kind in "biu" else function(x)


def _real_test(test, of_integers=False):
    """A test of floats, which all integers pass or fail alike."""

    def function(x):
        if x._dtype.kind in "biu":
            return ops.fill(x._shape, of_integers)
        return test(x)

    return function


def _infinite(sign):
    return _real_test(lambda x: ops.equal(x, ops.cast(sign * np.inf, x.dtype)))


def _sign_bit(x):
    x = ops.real(x)
    if x._dtype.kind in "bu":
        return ops.zeros_like(x, "bool")
    if x._dtype.kind == "i":
        return x < ops.zeros_like(x)
    bits = ops.bitcast(x, f"int{8 * x._dtype.itemsize}")
    return bits < ops.zeros_like(bits)


def _angle(x):
    if x._dtype.kind == "c":
        return ops.angle(x)
    x = floating(x)
    return ops.where(
        x < ops.zeros_like(x), ops.convert_to_tensor(math.pi, x.dtype), ops.zeros_like(x)
    )


def _unsigned_too(function):
    """A function of signed numbers, on unsigned ones as well."""

    def call(x):
        if x._dtype.kind != "u":
            return function(x)
        return ops.cast(function(ops.cast(x, "int64")), x.dtype)

    return call


for _names, _function, _doc in (
    ("absolute abs", lambda x: x if x._dtype.kind in "bu" else ops.abs(x), "The modulus."),
    ("conjugate conj", ops.conj, "The complex conjugate."),
    ("imag", ops.imag, "The imaginary part."),
    ("real", ops.real, "The real part."),
    ("negative", _unsigned_too(ops.negative), "The numbers with the other sign, -x."),
    ("sign", ops.sign, "-1, 0 or 1 as x is negative, 0 or positive."),
    (
        "trunc",
        _floats_only(lambda x: ops.where(x < ops.zeros_like(x), ops.ceil(x), ops.floor(x))),
        "The whole number next to x towards 0.",
    ),
    ("angle", _angle, "The angle of complex numbers: 0 or pi of real ones."),
    ("isfinite", _real_test(ops.is_finite, True), "Whether x is neither infinite nor NaN."),
    ("isinf", _real_test(ops.is_inf), "Whether x is infinite."),
    ("isnan", _real_test(ops.is_nan), "Whether x is NaN."),
    ("isneginf", _infinite(-1), "Whether x is -inf."),
    ("isposinf", _infinite(1), "Whether x is inf."),
    (
        "isreal",
        lambda x: ops.equal(ops.imag(x), ops.zeros_like(ops.imag(x))),
        "Whether the imaginary part is 0.",
    ),
    ("signbit", _sign_bit, "Whether the sign is minus, that of -0.0 included."),
    ("logical_not", lambda x: ops.logical_not(ops.cast(x, "bool")), "Whether x is 0 or False."),
    ("bitwise_not", ops.invert, "All bits of integers turned over."),
    ("bitwise_invert", ops.invert, "All bits of integers turned over."),
    ("copy", ops.identity, "The same value, as a new tensor."),
):
    _first, *_more = _names.split()
    unary(f"numpy.{_first}", _function, _doc, also=[f"numpy.{name}" for name in _more])


@op("numpy.square")
def square(x):
    """x times x; of booleans as int32.

    Example:
    >>> tf.keras.ops.square([2.0, -3.0]).numpy()
    array([4., 9.], dtype=float32)
    """
    x = as_tensor(x)
    return ops.square(ops.cast(x, "int32") if x._dtype.kind == "b" else x)


@op("numpy.round")
def round_(x, decimals=0):
    """The nearest number of so many decimals, halves to the even one.

    Args:
      x: a tensor; booleans count as integers.
      decimals: how many places behind the point; negative ones round to tens, hundreds ...

    Example:
    >>> tf.keras.ops.round([2.5, 1.26], 1).numpy()
    array([2.5, 1.3], dtype=float32)
    """
    x = as_tensor(x)
    whole = x._dtype.kind in "iu"
    if decimals == 0 or (whole and decimals > 0):
        return ops.round(x)
    factor = 10.0**decimals
    scaled = floating(x) * ops.cast(factor, floating(x).dtype)
    return ops.cast(ops.round(scaled) / ops.cast(factor, scaled.dtype), x.dtype)


@op("numpy.nan_to_num")
def nan_to_num(x, nan=0.0, posinf=None, neginf=None):
    """`x` with numbers in place of NaN, inf and -inf.

    Args:
      x: a tensor; integers stay as they are.
      nan: what stands for NaN.
      posinf, neginf: what stands for inf and -inf; the greatest and least number of the dtype.

    Example:
    >>> tf.keras.ops.nan_to_num([float("nan"), float("inf")], posinf=9.0).numpy()
    array([0., 9.], dtype=float32)
    """
    x = as_tensor(x)
    if x._dtype.kind in "biu":
        return x
    limits = dtypes.as_dtype(x.dtype)
    for test, value in (
        (ops.is_nan(x), nan),
        (_infinite(1)(x), limits.max if posinf is None else posinf),
        (_infinite(-1)(x), limits.min if neginf is None else neginf),
    ):
        x = ops.where(test, ops.cast(value, x.dtype), x)
    return x


@op("numpy.view")
def view(x, dtype=None):
    """The bits of `x` read as another dtype.

    Args:
      x: a tensor.
      dtype: a wider one takes the last axis together, a narrower one makes it longer.

    Example:
    >>> tf.keras.ops.view([1.0, 2.0], "int32").numpy()
    array([1065353216, 1073741824], dtype=int32)
    """
    x = as_tensor(x)
    dtype = dtypes.as_dtype(x.dtype if dtype is None else dtype)
    old, new = x._dtype.itemsize, dtype.numpy_dtype.itemsize
    if new == old:
        return ops.bitcast(x, dtype)
    if new < old:
        read = ops.bitcast(x, dtype)
        return ops.reshape(read, (*x._shape[:-1], x._shape[-1] * (old // new)))
    parts = new // old
    return ops.bitcast(ops.reshape(x, (*x._shape[:-1], x._shape[-1] // parts, parts)), dtype)


# -- of two operands -------------------------------------------------------------------------------


def _ignoring_nan(function):
    def call(x, y):
        if x._dtype.kind in "biu":
            return function(x, y)
        return ops.where(ops.is_nan(x), y, ops.where(ops.is_nan(y), x, function(x, y)))

    return call


def _log_sum(power, logarithm):
    """log(base^x + base^y) without overflow."""

    def call(x, y):
        top = ops.maximum(x, y)
        low = power(-ops.abs(x - y))
        return ops.where(ops.equal(x, y), x + logarithm(ops.ones_like(top)), top + logarithm(low))

    return call


def _step(x, at_zero):
    zero, one = ops.zeros_like(x), ops.ones_like(x)
    return ops.where(x < zero, zero, ops.where(x > zero, one, at_zero))


def _hypotenuse(x, y):
    x, y = ops.abs(x), ops.abs(y)
    top, low = ops.maximum(x, y), ops.minimum(x, y)
    ratio = ops.divide_no_nan(low, top)
    return top * ops.sqrt(ops.square(ratio) + ops.ones_like(ratio))


def _as_int32(function):
    """A function of integers, of booleans as int32."""

    def call(x, y):
        return function(*(ops.cast(v, "int32") if v._dtype.kind == "b" else v for v in (x, y)))

    return call


def _floats_of_int64(function):
    """A function of floats, of int64 in float64."""
    return lambda x, y: function(*map(wide, (x, y)))


for _names, _function, _doc in (
    ("add", ops.add, "x1 + x2."),
    ("subtract", ops.subtract, "x1 - x2."),
    ("multiply", ops.multiply, "x1 * x2."),
    ("power", ops.pow, "x1 to the x2."),
    ("floor_divide", ops.floordiv, "x1 / x2, rounded down."),
    ("maximum", ops.maximum, "The greater of x1 and x2; NaN where one of them is NaN."),
    ("minimum", ops.minimum, "The lesser of x1 and x2; NaN where one of them is NaN."),
    ("fmax", _ignoring_nan(ops.maximum), "The greater of x1 and x2, or the one that is not NaN."),
    ("fmin", _ignoring_nan(ops.minimum), "The lesser of x1 and x2, or the one that is not NaN."),
):
    binary(f"numpy.{_names}", _function, _doc)

for _name, _function, _doc in (
    ("mod", _as_int32(ops.floormod), "The rest of x1 / x2, with the sign of x2."),
    ("fmod", _as_int32(ops.truncatemod), "The rest of x1 / x2, with the sign of x1."),
    ("gcd", ops.numpy_gcd, "The greatest common divisor of integers."),
    ("lcm", ops.numpy_lcm, "The least common multiple of integers."),
    ("heaviside", _floats_of_int64(_step), "0 where x1 < 0, x2 where x1 is 0, 1 where x1 > 0."),
    ("hypot", _floats_of_int64(_hypotenuse), "The square root of x1^2 + x2^2."),
    ("equal", ops.equal, "Whether x1 equals x2."),
    ("not_equal", ops.not_equal, "Whether x1 differs from x2."),
    ("greater", _as_int32(ops.greater), "Whether x1 > x2."),
    ("greater_equal", _as_int32(ops.greater_equal), "Whether x1 >= x2."),
    ("less", _as_int32(ops.less), "Whether x1 < x2."),
    ("less_equal", _as_int32(ops.less_equal), "Whether x1 <= x2."),
):
    binary(f"numpy.{_name}", _function, _doc, weak=False)

divide = binary("numpy.divide", ops.divide, "x1 / x2.", floats=True)
true_divide = binary("numpy.true_divide", ops.divide, "x1 / x2.", floats=True)
divide_no_nan = binary(
    "numpy.divide_no_nan", ops.divide_no_nan, "x1 / x2, and 0 where x2 is 0.", floats=True
)
for _name, _function, _doc in (
    ("arctan2", ops.atan2, "The angle of the point (x2, x1), between -pi and pi."),
    ("logaddexp", _log_sum(ops.exp, ops.log1p), "log(e^x1 + e^x2), without overflow."),
    (
        "logaddexp2",
        _log_sum(
            lambda x: ops.pow(ops.cast(2, x.dtype), x),
            lambda x: ops.log1p(x) / ops.convert_to_tensor(math.log(2), x.dtype),
        ),
        "log2(2^x1 + 2^x2), without overflow.",
    ),
    ("nextafter", ops.nextafter, "The float after x1 on the way to x2."),
):
    binary(f"numpy.{_name}", _function, _doc, floats=True, weak=False)


def _logical(name, function, doc):
    def call(x1, x2):
        return function(ops.cast(as_tensor(x1), "bool"), ops.cast(as_tensor(x2), "bool"))

    call.__doc__ = doc + "\n\n    Args:\n      x1, x2: tensors that broadcast; 0 counts as False.\n"
    return op(f"numpy.{name}")(call)


_logical("logical_and", ops.logical_and, "Whether both are true.")
_logical("logical_or", ops.logical_or, "Whether at least one is true.")
_logical("logical_xor", ops.logical_xor, "Whether just one is true.")


def _bitwise(name, function, doc):
    def call(x, y):
        return function(x, y)

    call.__doc__ = doc + "\n\n    Args:\n      x, y: integers that broadcast.\n"
    return op(f"numpy.{name}")(call)


def _promoted(function):
    return lambda x, y: function(*promote(x, y, weak=False))


def _shift(function):
    """A shift of bits: by a Python number in the dtype of `x`."""

    def call(x, y):
        if isinstance(y, int):
            x = as_tensor(x)
            return function(x, as_tensor(y, x.dtype))
        return function(*promote(x, y, weak=False))

    return call


_bitwise("bitwise_and", _promoted(ops.bitwise_and), "The bits that both have.")
_bitwise("bitwise_or", _promoted(ops.bitwise_or), "The bits that at least one has.")
_bitwise("bitwise_xor", _promoted(ops.bitwise_xor), "The bits that just one has.")
for _name in ("left_shift", "bitwise_left_shift"):
    _bitwise(_name, _shift(ops.left_shift), "x times 2 to the y.")
for _name in ("right_shift", "bitwise_right_shift"):
    _bitwise(_name, _shift(ops.right_shift), "x over 2 to the y.")


@op("numpy.ldexp")
def ldexp(x1, x2):
    """x1 times 2 to the x2.

    Args:
      x1: a tensor of floats.
      x2: a tensor of integers.

    Example:
    >>> tf.keras.ops.ldexp([0.75, 1.5], [1, 2]).numpy()
    array([1.5, 6. ], dtype=float32)
    """
    x1, x2 = floating(x1), as_tensor(x2)
    if x2._dtype.kind not in "iu":
        raise TypeError(f"[ldexp] x2 must be integers, got dtype {dtype_of(x2)}.")
    return x1 * ops.pow(ops.cast(2, x1.dtype), ops.cast(x2, x1.dtype))


# -- of three --------------------------------------------------------------------------------------


@op("numpy.clip")
def clip(x, x_min, x_max):
    """`x` with values outside of [x_min, x_max] moved to the nearer end.

    Example:
    >>> tf.keras.ops.clip([-1.0, 0.5, 3.0], 0, 1).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    x = as_tensor(x)
    if x._dtype.kind == "b":
        x = ops.cast(x, "int32")
    low, high = (ops.cast(as_tensor(bound), x.dtype) for bound in (x_min, x_max))
    return ops.clip_by_value(x, low, high)


@op("numpy.isclose")
def isclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether |x1 - x2| <= atol + rtol |x2|.

    Args:
      x1, x2: tensors that broadcast.
      rtol, atol: the tolerances, relative to x2 and absolute.
      equal_nan: whether NaN is close to NaN.

    Example:
    >>> tf.keras.ops.isclose([1.0, 2.0], [1.0, 2.1]).numpy()
    array([ True, False])
    """
    x1, x2 = promote(x1, x2, also=(float,), weak=False)
    rtol, atol = (ops.cast(tolerance, x2.dtype) for tolerance in (rtol, atol))
    near = ops.less_equal(ops.abs(x1 - x2), atol + rtol * ops.abs(x2))
    close = ops.logical_or(
        ops.logical_and(near, ops.logical_and(ops.is_finite(x1), ops.is_finite(x2))),
        ops.equal(x1, x2),
    )
    if equal_nan:
        close = ops.logical_or(close, ops.logical_and(ops.is_nan(x1), ops.is_nan(x2)))
    return close


@op("numpy.allclose", layer="AllClose")
def allclose(x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False):
    """Whether all elements are close to each other, as `isclose` says.

    Example:
    >>> bool(tf.keras.ops.allclose([1.0, 2.0], [1.0, 2.1]))
    False
    """
    return ops.reduce_all(isclose(x1, x2, rtol, atol, equal_nan))
