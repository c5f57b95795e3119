"""Elementwise primitives: one operator of ONNX each, or a few of them."""

import numpy as np

from ..writer import FLOATS, INT64, NUMBERS, SINGLE, part_dtype, rule
from .complex import joined, length, part, product, reciprocal

# Those of the same name and meaning: of floats (those that ONNX Runtime has of doubles too, and
# others), of numbers, of truth values.
_FLOAT = {
    "sqrt": "Sqrt", "log": "Log", "sigmoid": "Sigmoid", "sin": "Sin", "cos": "Cos",
    "tanh": "Tanh", "floor": "Floor", "ceil": "Ceil", "rint": "Round",
    "is_nan": "IsNaN", "is_inf": "IsInf",
}  # fmt: skip
_SINGLE = {
    "softplus": "Softplus", "tan": "Tan", "asin": "Asin", "acos": "Acos", "atan": "Atan",
    "sinh": "Sinh", "cosh": "Cosh", "asinh": "Asinh", "acosh": "Acosh", "atanh": "Atanh",
    "erf": "Erf", "elu": "Elu", "selu": "Selu", "softsign": "Softsign",
}  # fmt: skip
_NUMBER = {
    "add": "Add", "subtract": "Sub", "maximum": "Max", "minimum": "Min",
    "negative": "Neg", "less": "Less", "less_equal": "LessOrEqual", "greater": "Greater",
    "greater_equal": "GreaterOrEqual", "pow": "Pow",
    "sign": "Sign",
}  # fmt: skip
_TRUTH = {
    "logical_and": "And", "logical_or": "Or", "logical_xor": "Xor", "logical_not": "Not",
}  # fmt: skip
_BITS = {
    "bitwise_and": "BitwiseAnd", "bitwise_or": "BitwiseOr", "bitwise_xor": "BitwiseXor",
    "invert": "BitwiseNot",
}  # fmt: skip


def _same(kind):
    return lambda w, node, *operands: w.op(kind, *operands)


_TABLES = (_FLOAT, FLOATS), (_SINGLE, SINGLE), (_NUMBER, NUMBERS), (_TRUTH, None), (_BITS, None)
for _table, _takes in _TABLES:
    for _name, _kind in _table.items():
        rule(_name, takes=_takes)(_same(_kind))
for _name in ("add", "subtract", "negative"):
    rule(_name, takes=NUMBERS | {"complex"})(_same(_NUMBER[_name]))


def _like(node, value):
    """A scalar of the dtype of a node's first operand."""
    return np.array(value, node.inputs[0].dtype)


@rule("identity", "stop_gradient", "lay_out")
def _identity(w, node, x):
    return x


@rule("cast")
def _cast(w, node, x):
    before, after = node.inputs[0].dtype, node.outputs[0].dtype
    if before.kind == "c":
        x, before = (x if after.kind == "c" else part(w, x, 0)), part_dtype(before)
    elif after.kind == "c":
        x = w.cast(x, before, part_dtype(after))
        return joined(w, x, w.op("Mul", x, w.number(0, part_dtype(after))))
    after = part_dtype(after) if after.kind == "c" else after
    return w.cast(x, before, after)


@rule("multiply", takes=NUMBERS | {"complex"})
def _multiply(w, node, x, y):
    return product(w, x, y) if node.inputs[0].dtype.kind == "c" else w.op("Mul", x, y)


@rule("abs", takes=NUMBERS | {"complex"})
def _abs(w, node, x):
    return length(w, x) if node.inputs[0].dtype.kind == "c" else w.op("Abs", x)


@rule("equal", takes=NUMBERS | {"bool", "complex"})
def _equal(w, node, x, y):
    same = w.op("Equal", x, y)
    if node.inputs[0].dtype.kind != "c":
        return same
    return w.op("And", part(w, same, 0), part(w, same, 1))


@rule("not_equal", takes=NUMBERS | {"bool", "complex"})
def _not_equal(w, node, x, y):
    return w.op("Not", _equal(w, node, x, y))


@rule("realdiv", takes=FLOATS | {"complex"})
def _realdiv(w, node, x, y):
    if node.inputs[0].dtype.kind == "c":
        return product(w, x, reciprocal(w, y, node.inputs[0].dtype))
    return w.op("Div", x, y)


@rule("reciprocal", takes=FLOATS | {"complex"})
def _reciprocal(w, node, x):
    dtype = node.inputs[0].dtype
    return reciprocal(w, x, dtype) if dtype.kind == "c" else w.op("Reciprocal", x)


@rule("exp", takes=FLOATS | {"complex"})
def _exp(w, node, x):
    if node.inputs[0].dtype.kind != "c":
        return w.op("Exp", x)
    angle = part(w, x, 1)
    turned = joined(w, w.op("Cos", angle), w.op("Sin", angle))
    return w.op("Mul", turned, w.unsqueeze(w.op("Exp", part(w, x, 0)), -1))


@rule("is_finite", takes=FLOATS)
def _is_finite(w, node, x):
    return w.op("Not", w.op("Or", w.op("IsNaN", x), w.op("IsInf", x)))


@rule("square", takes=NUMBERS | {"complex"})
def _square(w, node, x):
    return product(w, x, x) if node.inputs[0].dtype.kind == "c" else w.op("Mul", x, x)


@rule("squared_difference", takes=NUMBERS)
def _squared_difference(w, node, x, y):
    d = w.op("Sub", x, y)
    return w.op("Mul", d, d)


@rule("rsqrt", takes=FLOATS)
def _rsqrt(w, node, x):
    return w.op("Reciprocal", w.op("Sqrt", x))


@rule("round", takes=NUMBERS)
def _round(w, node, x):
    return w.op("Round", x) if node.inputs[0].dtype.kind == "f" else x


@rule("relu", takes=NUMBERS)
def _relu(w, node, x):
    return w.op("Relu", x) if node.inputs[0].dtype.kind == "f" else w.op("Max", x, _like(node, 0))


@rule("relu6", takes=NUMBERS)
def _relu6(w, node, x):
    return w.op("Clip", x, _like(node, 0), _like(node, 6))


@rule("expm1", takes=FLOATS)
def _expm1(w, node, x):
    """tanh(x / 2) (exp(x) + 1), which is exact near 0 too."""
    half = w.op("Tanh", w.op("Mul", x, _like(node, 0.5)))
    return w.op("Mul", half, w.op("Add", w.op("Exp", x), _like(node, 1)))


@rule("log1p", takes=FLOATS)
def _log1p(w, node, x):
    return _log_of_one_and(w, node, x)


def _log_of_one_and(w, node, x):
    """log(u) x / (u - 1) for u = 1 + x, which is exact near 0 too; log(u) for large x."""
    u = w.op("Add", x, _like(node, 1))
    log, rest = w.op("Log", u), w.op("Sub", u, _like(node, 1))
    near = w.where(w.op("Equal", rest, _like(node, 0)), x, w.op("Mul", log, w.op("Div", x, rest)))
    return w.where(w.op("Less", w.op("Abs", x), _like(node, 0.5)), near, log)


@rule("erfc", takes=SINGLE)
def _erfc(w, node, x):
    return w.op("Sub", _like(node, 1), w.op("Erf", x))


def _unless_zero(w, node, tested, value):
    return w.where(w.op("Equal", tested, _like(node, 0)), _like(node, 0), value)


@rule("divide_no_nan", takes=FLOATS)
def _divide_no_nan(w, node, x, y):
    return _unless_zero(w, node, y, w.op("Div", x, y))


@rule("multiply_no_nan", takes=FLOATS)
def _multiply_no_nan(w, node, x, y):
    return _unless_zero(w, node, y, w.op("Mul", x, y))


@rule("xlogy", takes=FLOATS)
def _xlogy(w, node, x, y):
    return _unless_zero(w, node, x, w.op("Mul", x, w.op("Log", y)))


@rule("xlog1py", takes=FLOATS)
def _xlog1py(w, node, x, y):
    return _unless_zero(w, node, x, w.op("Mul", x, _log_of_one_and(w, node, y)))


@rule("xdivy", takes=FLOATS)
def _xdivy(w, node, x, y):
    return _unless_zero(w, node, x, w.op("Div", x, y))


@rule("floordiv", takes=NUMBERS)
def _floordiv(w, node, x, y):
    if node.inputs[0].dtype.kind == "f":
        return w.op("Floor", w.op("Div", x, y))
    return w.op("Div", w.op("Sub", x, w.op("Mod", x, y)), y)


@rule("truncatediv", takes=NUMBERS)
def _truncatediv(w, node, x, y):
    quotient = w.op("Div", x, y)
    if node.inputs[0].dtype.kind != "f":
        return quotient
    return w.op("Mul", w.op("Sign", quotient), w.op("Floor", w.op("Abs", quotient)))


@rule("floormod", takes=NUMBERS)
def _floormod(w, node, x, y):
    if node.inputs[0].dtype.kind != "f":
        return w.op("Mod", x, y)
    rest = w.op("Mod", x, y, fmod=1)
    signs = w.op("Less", w.op("Mul", w.op("Sign", rest), w.op("Sign", y)), _like(node, 0))
    return w.where(signs, w.op("Add", rest, y), rest)


@rule("truncatemod", takes=NUMBERS)
def _truncatemod(w, node, x, y):
    return w.op("Mod", x, y, fmod=1)


@rule("angle", takes=SINGLE | {"complex"})
def _angle(w, node, x):
    if node.inputs[0].dtype.kind == "c":
        return angle(w, part(w, x, 1), part(w, x, 0), node.outputs[0].dtype)
    zero = _like(node, 0)
    return w.where(w.op("Less", x, zero), _like(node, np.pi), zero)


@rule("atan2", takes=SINGLE)
def _atan2(w, node, y, x):
    return angle(w, y, x, node.inputs[0].dtype)


def angle(w, y, x, dtype):
    """atan2, by the arc tangent of y / x."""

    def number(value):
        return w.number(value, dtype)

    half = w.op("Mul", w.op("Sign", y), number(np.pi / 2))
    whole = w.where(w.op("Less", y, number(0)), number(-np.pi), number(np.pi))
    left = w.where(w.op("Less", x, number(0)), whole, number(0))
    angle = w.op("Add", w.op("Atan", w.op("Div", y, x)), left)
    axis = w.op("Equal", x, number(0))
    return w.where(axis, half, angle)


@rule("where", takes=NUMBERS | {"uint8", "object", "complex"}, beside=(0,))
def _where(w, node, condition, x, y):
    if node.inputs[1].dtype.kind == "c":
        condition = w.unsqueeze(condition, -1)
    return w.where(condition, x, y)


@rule("left_shift", "right_shift")
def _shift(w, node, x, y):
    """x 2^y, or x / 2^y rounded downwards: shifts of ONNX know no signs."""
    dtype = node.inputs[0].dtype
    x, y = [w.cast(v, dtype, INT64) for v in (x, y)]
    power = w.op("Pow", w.number(2, INT64), y)
    if node.op.name == "left_shift":
        return w.cast(w.op("Mul", x, power), INT64, dtype)
    return w.cast(w.op("Div", w.op("Sub", x, w.op("Mod", x, power)), power), INT64, dtype)


@rule("erfinv", takes=FLOATS)
def _erfinv(w, node, x):
    return inverse_erf(w, x, node.inputs[0].dtype)


@rule("ndtri", takes=FLOATS)
def _ndtri(w, node, x):
    z = w.op("Sub", w.op("Mul", x, _like(node, 2)), _like(node, 1))
    return w.op("Mul", inverse_erf(w, z, node.inputs[0].dtype), _like(node, np.sqrt(2)))


# M. Giles, "Approximating the erfinv function" (2010): float32's polynomials.
_CENTRE = (
    2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
    -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
)  # fmt: skip
_TAIL = (
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
    -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
)  # fmt: skip


def inverse_erf(w, x, dtype):
    """The inverse of the error function."""
    one = w.number(1, dtype)
    z = w.op("Neg", w.op("Log", w.op("Mul", w.op("Sub", one, x), w.op("Add", one, x))))

    def polynomial(at, factors):
        total = w.number(factors[0], dtype)
        for factor in factors[1:]:
            total = w.op("Add", w.op("Mul", total, at), w.number(factor, dtype))
        return total

    centre = polynomial(w.op("Sub", z, w.number(2.5, dtype)), _CENTRE)
    tail = polynomial(w.op("Sub", w.op("Sqrt", z), w.number(3, dtype)), _TAIL)
    return w.op("Mul", w.where(w.op("Less", z, w.number(5, dtype)), centre, tail), x)


@rule("print", "assert")
def _nothing(w, node, *operands):
    """What is only said or checked has no place there."""
    return ()
