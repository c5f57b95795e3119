"""Element by element."""

from functools import partial
from types import SimpleNamespace

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from ..lower import in_single, rule, table

table(
    jnp,
    "equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor "
    "logical_not is_nan=isnan is_inf=isinf is_finite=isfinite bitwise_and bitwise_or bitwise_xor "
    "invert gcd lcm pow=power add subtract multiply realdiv=divide maximum minimum atan2=arctan2 "
    "nextafter negative abs square sqrt sign exp expm1 log log1p sin cos tan asin=arcsin "
    "acos=arccos atan=arctan sinh cosh tanh asinh=arcsinh acosh=arccosh "
    "atanh=arctanh floor ceil rint where real imag angle conj reciprocal identity=asarray",
)
table(jax.nn, "sigmoid softplus relu elu selu softsign=soft_sign")
table(
    special,
    "erf erfc erfinv lgamma=gammaln bessel_i0e=i0e bessel_i1e=i1e igamma=gammainc "
    "igammac=gammaincc zeta betainc xlogy xlog1py",
)
in_single(special, "ndtri spence")
table(lax, "stop_gradient=stop_gradient rsqrt")


@rule("cast")
def cast(x, dtype):
    """Another dtype: complex numbers lose their imaginary part, truth values are 0 and 1."""
    return (jnp.real(x) if x.dtype.kind == "c" and dtype.kind != "c" else x).astype(dtype)


@rule("round")
def round_(x):
    """The nearest whole number, halves to even."""
    return jnp.rint(x).astype(x.dtype)


@rule("relu6")
def relu6(x):
    """x between 0 and 6."""
    return jnp.clip(x, 0, 6)


@rule("complex", kinds="fc")
def complex_(x, y):
    """A complex number of its parts."""
    wide = jnp.float64 if x.dtype.itemsize > 4 or x.dtype == jnp.bfloat16 else jnp.float32
    return lax.complex(x.astype(wide), y.astype(wide))


@rule("digamma")
def digamma(x):
    """The derivative of lgamma; newer versions of JAX are infinite at 0.0 and -inf."""
    return jnp.where((x == 0) | (x == -jnp.inf), jnp.nan, special.digamma(x))


def _divided(function, x, y, by_zero):
    """A quotient or remainder of integers. XLA, which folds constants, dies of one by zero."""
    zero = y == 0
    return jnp.where(zero, by_zero, function(x, jnp.where(zero, jnp.ones((), y.dtype), y)))


@rule("floordiv")
def floordiv(x, y):
    """The floor of the quotient; by an integer 0 it is what XLA gives TensorFlow."""
    if x.dtype.kind not in "iu":
        return jnp.floor(x / y)
    return _divided(jnp.floor_divide, x, y, jnp.invert((x < 0).astype(x.dtype)))


@rule("truncatediv")
def truncatediv(x, y):
    """x / y without its fraction."""
    if x.dtype.kind not in "iu":
        return jnp.trunc(x / y)
    return _divided(lax.div, *jnp.broadcast_arrays(x, y), jnp.invert(jnp.zeros((), x.dtype)))


def _remainder(function, x, y):
    return _divided(function, x, y, x) if x.dtype.kind in "iu" else function(x, y)


rule("floormod")(partial(_remainder, jnp.mod))
rule("truncatemod")(partial(_remainder, jnp.fmod))


def _expint(x):
    """XLA's own has NaN for 0.0 and where the result overflows."""
    found = special.expi(x)
    ends = jnp.where(x > 0, jnp.inf, jnp.where(x < 0, -0.0, -jnp.inf)).astype(x.dtype)
    return jnp.where(jnp.isnan(found) & ~jnp.isnan(x), ends, found)


in_single(SimpleNamespace(expint=_expint), "expint")


@rule("igamma_grad_a", tolerance=4e4)  # the kernel has 12 digits in float64
def igamma_grad_a(a, x):
    """The derivative of igamma by its first argument."""
    return lax.igamma_grad_a(*jnp.broadcast_arrays(a, x))


@rule("bitcast", kinds="iuf")
def bitcast(x, dtype):
    """The same bytes as another dtype."""
    return lax.bitcast_convert_type(x, dtype)


@rule("divide_no_nan")
def divide_no_nan(x, y):
    """x / y, and 0 where y is 0."""
    none = y == 0
    return jnp.where(none, jnp.zeros((), x.dtype), x / jnp.where(none, jnp.ones((), y.dtype), y))


@rule("multiply_no_nan")
def multiply_no_nan(x, y):
    """x * y, and 0 where y is 0."""
    return jnp.where(y == 0, jnp.zeros((), x.dtype), x * y)


@rule("xdivy")
def xdivy(x, y):
    """x / y, and 0 where x is 0."""
    return jnp.where(x == 0, jnp.zeros((), x.dtype), x / y)


@rule("squared_difference")
def squared_difference(x, y):
    """The square of the difference; of complex numbers times its conjugate."""
    d = x - y
    return d * jnp.conj(d)


@rule("left_shift")
def left_shift(x, y):
    """Bits moved up."""
    return lax.shift_left(*jnp.broadcast_arrays(x, y))


@rule("right_shift")
def right_shift(x, y):
    """Bits moved down, the sign kept."""
    move = lax.shift_right_arithmetic if x.dtype.kind == "i" else lax.shift_right_logical
    return move(*jnp.broadcast_arrays(x, y))


@rule("polygamma")
def polygamma(x, order):
    """A derivative of the digamma function."""
    found = special.polygamma(order, x)
    return jnp.where(x == jnp.inf, jnp.zeros_like(x), found) if order else found


@rule("lay_out")
def lay_out(x, sharding):
    """The same value, whose place on a mesh of devices XLA's partitioner then keeps to."""
    return x if sharding is None else lax.with_sharding_constraint(x, sharding.of(x.shape))
