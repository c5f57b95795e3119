"""What elementwise primitives compute, written for one element or one vector of them.

A rule gets the emitter, the NumPy dtype of the operands and their values, and returns the result.
It gives the same bits as the NumPy kernel for arithmetic, comparison and choice (no fused
multiply-add, no fast-math), and stays within mathlib's bounds elsewhere.
"""

import numpy as np
from llvmlite import ir

from ..core.op import OPS
from ..ops.nn import SELU_SCALE, SELU_SCALE_ALPHA
from . import mathlib
from .emit import lanes_of, scalar_type, vector_type
from .halves import computed, is_half, narrowed, nearly, widened
from .remainder import remainder


def rule(*names, kinds="f", exact=False):
    """Enters how primitives compute one element, for operand dtypes of the given kinds.

    It is `exact` where the result for float16 and bfloat16 needs no rounding.
    """

    def enter(function):
        for name in names:
            found = OPS[name].rule("native")
            found.emit, found.kinds, found.exact = function, kinds, exact
        return function

    return enter


def like(e, t, x, value):
    """A constant in the type of x."""
    return e.constant(t, value, lanes_of(x))


# -- arithmetic ------------------------------------------------------------------------------------


def _arithmetic(name, floats, ints):
    def compute(e, t, x, y):
        return getattr(e.b, floats if t.kind == "f" else ints)(x, y)

    rule(name, kinds="fiu")(compute)
    return compute


_add = _arithmetic("add", "fadd", "add")
_subtract = _arithmetic("subtract", "fsub", "sub")
_multiply = _arithmetic("multiply", "fmul", "mul")


@rule("realdiv")
def _realdiv(e, t, x, y):
    return e.b.fdiv(x, y)


@rule("negative", kinds="fi", exact=True)
def _negative(e, t, x):
    return e.b.fneg(x) if t.kind == "f" else e.b.neg(x)


@rule("abs", kinds="fiu", exact=True)
def _abs(e, t, x):
    if t.kind == "u":
        return x
    if t.kind == "f":
        return e.intrinsic("fabs", x)
    return e.b.select(e.b.icmp_signed("<", x, like(e, t, x, 0)), e.b.neg(x), x)


@rule("square", kinds="fiu")
def _square(e, t, x):
    return _multiply(e, t, x, x)


@rule("squared_difference", kinds="fiu")
def _squared_difference(e, t, x, y):
    return _square(e, t, _subtract(e, t, x, y))


@rule("reciprocal")
def _reciprocal(e, t, x):
    return e.b.fdiv(like(e, t, x, 1), x)


@rule("sqrt")
def _sqrt(e, t, x):
    return e.intrinsic("sqrt", x)


@rule("rsqrt")
def _rsqrt(e, t, x):
    return _reciprocal(e, t, _sqrt(e, t, x))


@rule("sign", kinds="fiu", exact=True)
def _sign(e, t, x):
    zero, one = like(e, t, x, 0), like(e, t, x, 1)
    if t.kind == "u":
        return e.b.select(compare(e, t, ">", x, zero), one, zero)
    above, below = compare(e, t, ">", x, zero), compare(e, t, "<", x, zero)
    minus = like(e, t, x, -1)
    rest = zero if t.kind == "i" else e.b.select(compare(e, t, "==", x, zero), zero, x)  # NaN
    return e.b.select(above, one, e.b.select(below, minus, rest))


@rule("maximum", kinds="fiu", exact=True)
def maximum(e, t, x, y):
    """The larger; NaN when either is."""
    return _extreme(e, t, x, y, ">")


@rule("minimum", kinds="fiu", exact=True)
def minimum(e, t, x, y):
    """The smaller; NaN when either is."""
    return _extreme(e, t, x, y, "<")


def _extreme(e, t, x, y, relation):
    first = compare(e, t, relation, x, y)
    if t.kind == "f":
        first = e.b.or_(first, e.b.fcmp_unordered("uno", x, x))
    return e.b.select(first, x, y)


@rule("divide_no_nan")
def _divide_no_nan(e, t, x, y):
    zero = compare(e, t, "==", y, like(e, t, y, 0))
    safe = e.b.select(zero, like(e, t, y, 1), y)
    return e.b.select(zero, like(e, t, x, 0), e.b.fdiv(x, safe))


@rule("multiply_no_nan")
def _multiply_no_nan(e, t, x, y):
    zero = compare(e, t, "==", y, like(e, t, y, 0))
    return e.b.select(zero, like(e, t, x, 0), e.b.fmul(x, y))


def _zero_at_zero(function):
    def compute(e, t, x, y):
        zero = compare(e, t, "==", x, like(e, t, x, 0))
        safe = e.b.select(zero, like(e, t, y, 1), y)
        return e.b.select(zero, like(e, t, x, 0), function(e, t, x, safe))

    return compute


rule("xdivy")(_zero_at_zero(_realdiv))
rule("xlogy")(
    _zero_at_zero(lambda e, t, x, y: e.b.fmul(x, mathlib.log(e.b, y))),
)
rule("xlog1py")(
    _zero_at_zero(lambda e, t, x, y: e.b.fmul(x, mathlib.log1p(e.b, y))),
)


# Of integers only with divisors that were checked, of floats only where there is fused
# multiply-add: see rules/integers.py.


@rule("floordiv")
def _floordiv(e, t, x, y):
    if t.kind == "f":
        return e.intrinsic("floor", e.b.fdiv(x, y))
    return _integer_division(e, t, x, y, floor=True)[0]


@rule("truncatediv")
def _truncatediv(e, t, x, y):
    if t.kind == "f":
        return e.intrinsic("trunc", e.b.fdiv(x, y))
    return _integer_division(e, t, x, y, floor=False)[0]


@rule("floormod", kinds="")
def _floormod(e, t, x, y):
    if t.kind != "f":
        return _integer_division(e, t, x, y, floor=True)[1]
    zero, rest = like(e, t, x, 0), remainder(e, t, x, y)
    apart = e.b.xor(compare(e, t, "<", y, zero), compare(e, t, "<", rest, zero))
    moved = e.b.select(apart, e.b.fadd(rest, y), rest)
    return e.b.select(compare(e, t, "==", rest, zero), e.intrinsic("copysign", zero, y), moved)


@rule("truncatemod", kinds="")
def _truncatemod(e, t, x, y):
    if t.kind == "f":
        return remainder(e, t, x, y)
    return _integer_division(e, t, x, y, floor=False)[1]


def _integer_division(e, t, x, y, floor):
    """(quotient, remainder); the least number by -1 is itself, as it wraps in NumPy."""
    if t.kind == "u":
        return e.b.udiv(x, y), e.b.urem(x, y)
    b, zero = e.b, like(e, t, x, 0)
    minus = b.icmp_signed("==", y, like(e, t, y, -1))
    safe = b.select(minus, like(e, t, y, 1), y)
    quotient = b.select(minus, b.neg(x), b.sdiv(x, safe))
    rest = b.sub(x, b.mul(quotient, y))
    if not floor:
        return quotient, rest
    apart = b.xor(b.icmp_signed("<", rest, zero), b.icmp_signed("<", y, zero))
    apart = b.and_(apart, b.icmp_signed("!=", rest, zero))
    below = b.sub(quotient, like(e, t, x, 1))
    return b.select(apart, below, quotient), b.select(apart, b.add(rest, y), rest)


def _shift(name, signed, unsigned):
    def compute(e, t, x, y):
        inside = e.b.icmp_unsigned("<", y, like(e, t, y, 8 * t.itemsize))
        by = e.b.select(inside, y, like(e, t, y, 0))
        shifted = getattr(e.b, signed if t.kind == "i" else unsigned)(x, by)
        beyond = like(e, t, x, 0)
        if t.kind == "i" and signed == "ashr":
            beyond = e.b.ashr(x, like(e, t, x, 8 * t.itemsize - 1))
        return e.b.select(inside, shifted, beyond)

    rule(name, kinds="iu")(compute)


_shift("left_shift", "shl", "shl")
_shift("right_shift", "ashr", "lshr")


@rule("nextafter", kinds="F")
def _nextafter(e, t, x, y):
    b, kind = e.b, vector_type(ir.IntType(8 * t.itemsize), lanes_of(x))
    zero, bits = like(e, t, x, 0), b.bitcast(x, kind)
    one = e.splat(ir.Constant(ir.IntType(8 * t.itemsize), 1), lanes_of(x))
    outwards = b.xor(compare(e, t, "<", x, y), compare(e, t, "<", x, zero))
    moved = b.bitcast(b.select(outwards, b.add(bits, one), b.sub(bits, one)), x.type)
    least = e.intrinsic("copysign", b.bitcast(one, x.type), y)
    moved = b.select(compare(e, t, "==", x, zero), least, moved)
    moved = b.select(compare(e, t, "==", x, y), y, moved)
    return b.select(b.fcmp_unordered("uno", x, y), b.fadd(x, y), moved)


# -- comparison, logic, choice ---------------------------------------------------------------------


def compare(e, t, relation, x, y):
    """An i1 for each element; NaN compares unequal to everything."""
    if t.kind == "f":
        if relation == "!=":
            return e.b.fcmp_unordered("!=", x, y)
        return e.b.fcmp_ordered(relation, x, y)
    if t.kind == "i":
        return e.b.icmp_signed(relation, x, y)
    return e.b.icmp_unsigned(relation, x, y)


for _name, _relation in (
    ("equal", "=="),
    ("not_equal", "!="),
    ("less", "<"),
    ("less_equal", "<="),
    ("greater", ">"),
    ("greater_equal", ">="),
):
    rule(_name, kinds="fiu" if "<" in _relation or ">" in _relation else "fiub")(
        lambda e, t, x, y, relation=_relation: compare(e, t, relation, x, y)
    )
for _name, _builder in (("and", "and_"), ("or", "or_"), ("xor", "xor")):
    _compute = lambda e, t, x, y, method=_builder: getattr(e.b, method)(x, y)  # noqa: E731
    rule(f"logical_{_name}", kinds="b")(_compute)
    rule(f"bitwise_{_name}", kinds="iub")(_compute)


@rule("logical_not", kinds="b")
def _logical_not(e, t, x):
    return e.b.not_(x)


@rule("invert", kinds="iub")
def _invert(e, t, x):
    return e.b.not_(x)


@rule("where", kinds="fiub", exact=True)
def _where(e, t, condition, x, y):
    return e.b.select(condition, x, y)


@rule("is_nan")
def _is_nan(e, t, x):
    return e.b.fcmp_unordered("uno", x, x)


@rule("is_inf")
def _is_inf(e, t, x):
    return compare(e, t, "==", e.intrinsic("fabs", x), like(e, t, x, np.inf))


@rule("is_finite")
def _is_finite(e, t, x):
    return compare(e, t, "<", e.intrinsic("fabs", x), like(e, t, x, np.inf))


# -- rounding --------------------------------------------------------------------------------------

for _name, _intrinsic in (("floor", "floor"), ("ceil", "ceil"), ("rint", "rint")):
    rule(_name, exact=True)(lambda e, t, x, name=_intrinsic: e.intrinsic(name, x))


@rule("round", kinds="fiu", exact=True)
def _round(e, t, x):
    return e.intrinsic("rint", x) if t.kind == "f" else x


@rule("identity", "stop_gradient", "real", "conj", kinds="fiub", exact=True)
def _same(e, t, x):
    return x


# -- elementary functions --------------------------------------------------------------------------


def _elementary(name, function):
    rule(name)(lambda e, t, *values: function(e.b, *values))


for _name, _function in mathlib.FUNCTIONS.items():
    if _name != "logaddexp":  # no primitive of its own
        _elementary(_name, _function)
_elementary("lgamma", mathlib.lgamma)
_elementary("digamma", mathlib.digamma)


# -- activations -----------------------------------------------------------------------------------


@rule("relu", kinds="fiu", exact=True)
def _relu(e, t, x):
    return maximum(e, t, x, like(e, t, x, 0))


@rule("relu6", kinds="fiu", exact=True)
def _relu6(e, t, x):
    return minimum(e, t, _relu(e, t, x), like(e, t, x, 6))


@rule("softsign")
def _softsign(e, t, x):
    return e.b.fdiv(x, e.b.fadd(like(e, t, x, 1), e.intrinsic("fabs", x)))


@rule("elu")
def _elu(e, t, x):
    zero = like(e, t, x, 0)
    below = mathlib.expm1(e.b, minimum(e, t, x, zero))
    return e.b.select(compare(e, t, ">", x, zero), x, below)


@rule("selu")
def _selu(e, t, x):
    zero = like(e, t, x, 0)
    below = mathlib.expm1(e.b, minimum(e, t, x, zero))
    below = e.b.fmul(below, like(e, t, x, t.type(SELU_SCALE_ALPHA)))
    above = e.b.fmul(x, like(e, t, x, t.type(SELU_SCALE)))
    return e.b.select(compare(e, t, ">", x, zero), above, below)


# -- casts -----------------------------------------------------------------------------------------


def cast(e, source, target, x):
    """Converts as NumPy does, floats to integers by dropping the fraction."""
    b, kind = e.b, vector_type(scalar_type(target), lanes_of(x))
    if source == target:
        return x
    if is_half(target):
        if source == np.float64 and target == np.float16:
            return e.rounded(nearly(b, x), target)
        single = cast(e, source, computed(target), x)  # what NumPy and ml_dtypes round as well
        return e.rounded(single, target, exact=source.kind == "b")
    source = computed(source)
    if source == target:
        return x
    if target.kind == "b":
        if source.kind == "f":
            return b.fcmp_unordered("!=", x, e.zero(x.type))
        return b.icmp_unsigned("!=", x, e.zero(x.type))
    if source.kind == "f":
        if target.kind == "f":
            return b.fpext(x, kind) if target.itemsize > source.itemsize else b.fptrunc(x, kind)
        return b.fptosi(x, kind) if target.kind == "i" else b.fptoui(x, kind)
    if target.kind == "f":
        return b.sitofp(x, kind) if source.kind == "i" else b.uitofp(x, kind)
    if source.kind == "b" or target.itemsize > source.itemsize:
        return b.sext(x, kind) if source.kind == "i" else b.zext(x, kind)
    return x if target.itemsize == source.itemsize else b.trunc(x, kind)


def castable(source, target):
    """True for casts whose result LLVM defines as NumPy does on this machine.

    Floats out of an integer's range are undefined in C too; int32 and int64 give the hardware's
    value in both.
    """
    if computed(source).kind == "f" and target.kind in "iu":
        return target.itemsize >= 4 and target.kind == "i"
    return True


def compute(e, name, t, attrs, values):
    """The result of one instruction on values of one lane count."""
    op = OPS[name]
    rule = op.rules["native"]
    if "dtype" in attrs:  # conversions, which know float16 and bfloat16 themselves
        return rule.emit(e, t, *values, **attrs)
    result = rule.emit(e, computed(t), *values)
    return result if op.out else e.rounded(result, t, rule.exact)


@rule("bitcast", kinds="")
def _bitcast(e, t, x, dtype):
    if is_half(t):
        x = narrowed(e.b, x, t)
    if is_half(dtype):
        return widened(e.b, x, dtype)
    return e.b.bitcast(x, vector_type(scalar_type(dtype), lanes_of(x)))


@rule("cast", kinds="")
def _cast(e, t, x, dtype):
    return cast(e, t, dtype, x)
