"""Elementary functions as LLVM instructions: straight lines, the same for scalars and vectors.

Each function here takes an `llvmlite.ir.IRBuilder` and values of one type, float, double or a
vector of either, and returns a value of that type. It emits no branch and no call of a C library,
so a lane's result depends neither on its neighbours nor on the length of the vector.

    y = mathlib.exp(builder, x)
    y = mathlib.FUNCTIONS["exp"](builder, x, fma=False)   # for a CPU without fused multiply-add

`fma` tells whether to emit fused multiply-add; when not given, the host's CPU decides. Where the
CPU has none, LLVM would call the C library for each.

Results at infinities, NaN, zeros of both signs and subnormal numbers are NumPy's. All finite
numbers are taken. The largest errors are told in the docstrings, in units in the last place.
"""

from functools import wraps

from . import mathlib_erf, mathlib_exp, mathlib_gamma, mathlib_trig
from .mathlib_lanes import Kind
from .target import fused_multiply_add


def _public(function):
    @wraps(function)
    def emit(builder, *values, fma=None):
        fma = fused_multiply_add() if fma is None else fma
        kind = Kind.of(builder, values[0].type, fma)
        return function(*(kind.wrap(value) for value in values)).ir

    return emit


exp = _public(mathlib_exp.exp)
expm1 = _public(mathlib_exp.expm1)
log = _public(mathlib_exp.log_)
log1p = _public(mathlib_exp.log1p)
logaddexp = _public(mathlib_exp.logaddexp)
sigmoid = _public(mathlib_exp.sigmoid)
softplus = _public(mathlib_exp.softplus)
tanh = _public(mathlib_exp.tanh)
sinh = _public(mathlib_exp.sinh)
cosh = _public(mathlib_exp.cosh)
asinh = _public(mathlib_exp.asinh)
acosh = _public(mathlib_exp.acosh)
atanh = _public(mathlib_exp.atanh)
pow = _public(mathlib_exp.pow_)
sin = _public(mathlib_trig.sin)
cos = _public(mathlib_trig.cos)
tan = _public(mathlib_trig.tan)
asin = _public(mathlib_trig.asin)
acos = _public(mathlib_trig.acos)
atan = _public(mathlib_trig.atan)
atan2 = _public(mathlib_trig.atan2)
erf = _public(mathlib_erf.erf)
erfc = _public(mathlib_erf.erfc)
# within a bound of their own, so not among FUNCTIONS
lgamma = _public(mathlib_gamma.lgamma)
digamma = _public(mathlib_gamma.digamma)

UNARY = {
    function.__name__.rstrip("_"): function
    for function in [
        *(exp, expm1, log, log1p, sigmoid, softplus, tanh, sinh, cosh, asinh, acosh, atanh),
        *(sin, cos, tan, asin, acos, atan, erf, erfc),
    ]
}
BINARY = {"pow": pow, "atan2": atan2, "logaddexp": logaddexp}
FUNCTIONS = UNARY | BINARY
