"""Rules of arithmetic, signs, powers and dtypes.

Beware of zeros: x + 0 is not x, for -0.0 + 0 is 0.0.
"""

import numpy as np

from .examples import everywhere, number, run
from .match import Example, Rule, constant_of, node, operand

# -- identities ------------------------------------------------------------------------------------


def _neutral(op_name, neutral, kinds, commutes=False):
    """x op neutral -> x, for the kinds of dtypes for which it is."""

    def replace(match):
        return operand(match) if match["x"].dtype.kind in kinds else None

    def program(x):
        return run(op_name, x, number(neutral, x))

    def other(x):
        return run(op_name, number(neutral, x), x)

    return Rule(
        f"{op_name} with {neutral!r}",
        node(op_name, "x", constant_of(neutral), commutes=commutes),
        replace,
        everywhere(program, *((other,) if commutes else ()), kinds=kinds),
    )


def _involution(op_name, kinds):
    return Rule(
        f"{op_name} twice",
        node(op_name, node(op_name, "x")),
        operand,
        everywhere(lambda x: run(op_name, run(op_name, x)), kinds=kinds),
    )


def _idempotent(op_name, kinds):
    return Rule(
        f"{op_name} of equal operands",
        node(op_name, "x", "x"),
        operand,
        everywhere(lambda x: run(op_name, x, x), kinds=kinds),
    )


def _same_value(op_name):
    return Rule(
        f"{op_name} is its operand",
        node(op_name, "x"),
        operand,
        everywhere(lambda x: run(op_name, x), kinds="fib"),
    )


IDENTITIES = (
    _same_value("identity"),
    _same_value("stop_gradient"),
    _neutral("multiply", 1, "fiu", commutes=True),
    _neutral("realdiv", 1, "f"),
    _neutral("floordiv", 1, "iu"),
    _neutral("subtract", 0.0, "fiu"),
    _neutral("add", -0.0, "f", commutes=True),
    _neutral("add", 0, "iu", commutes=True),
    _neutral("logical_and", True, "b", commutes=True),
    _neutral("logical_or", False, "b", commutes=True),
    _involution("negative", "fi"),
    _involution("logical_not", "b"),
    _involution("invert", "iu"),
    _idempotent("maximum", "fiu"),
    _idempotent("minimum", "fiu"),
    _idempotent("logical_and", "b"),
    _idempotent("logical_or", "b"),
    _idempotent("bitwise_and", "iu"),
    _idempotent("bitwise_or", "iu"),
)

# -- signs and powers ------------------------------------------------------------------------------


def _real(value):
    """True but for complex numbers, whose zeros and infinities do not follow these rules."""
    return value.dtype.kind != "c"


def _even(op_name):
    """abs and square do not see the sign."""
    return Rule(
        f"{op_name} of a negative",
        node(op_name, node("negative", "x")),
        lambda m: m.make(op_name, m["x"]) if _real(m["x"]) else None,
        everywhere(lambda x: run(op_name, run("negative", x))),
    )


def _power(exponent, op_name, kinds):
    """x ** exponent -> op(x); for a scalar exponent, where NumPy's own loop does so too."""

    def replace(match):
        right = match.root.inputs[1]
        if right.shape or match["x"].dtype.kind not in kinds or right.dtype == np.float16:
            return None
        return match.make(op_name, match["x"])

    return Rule(
        f"pow by {exponent} is {op_name}",
        node("pow", "x", constant_of(exponent)),
        replace,
        everywhere(
            lambda x: run("pow", x, number(exponent, x)), kinds=kinds, shapes=((2, 3), (70,))
        ),
    )


def _divide_by_power_of_two(match):
    """x / c -> x * (1 / c), both exact or rounded alike when 1 / c is a power of two too."""
    array = match.array_of(match["c"])
    if array is None or array.dtype.kind != "f" or array.dtype.itemsize < 4 or array.size > 4096:
        return None
    mantissa, exponent = np.frexp(array)
    limit = np.finfo(array.dtype).maxexp - 2
    if not np.all((np.abs(mantissa) == 0.5) & (np.abs(exponent) < limit)):
        return None
    return match.make("multiply", match["x"], match.constant(np.asarray(1 / array)))


def _divide_by_constant(match):
    array = match.array_of(match["c"])
    if array is None or array.dtype.kind != "f" or array.size > 4096:
        return None
    with np.errstate(all="ignore"):
        inverse = np.asarray(1 / array)
    return match.make("multiply", match["x"], match.constant(inverse))


def _negated_product(op_name, opposite):
    """x + (-a) * b -> x - a * b: rounding is symmetric."""

    def replace(match):
        if not match.only_here("product") or not _real(match["x"]):
            return None
        return match.make(opposite, match["x"], match.make("multiply", match["a"], match["b"]))

    def program(x, a, b):
        return run(op_name, x, run("multiply", run("negative", a), b))

    product = node("multiply", node("negative", "a"), "b", name="product", commutes=True)
    commutes = op_name == "add"
    shapes = (((2, 3),) * 3, ((), (3,), (2, 1)), ((0,),) * 3)
    return Rule(
        f"{op_name} of a product with a negative",
        node(op_name, "x", product, commutes=commutes),
        replace,
        tuple(Example(s, "fi", program) for s in shapes),
    )


def _negated(op_name, opposite):
    shapes = (((2, 3), (2, 3)), ((3,), (2, 1)), ((), ()))
    return Rule(
        f"{op_name} of a negative",
        node(op_name, "x", node("negative", "y"), commutes=op_name == "add"),
        lambda m: m.make(opposite, m["x"], m["y"]) if _real(m["x"]) else None,
        tuple(Example(s, "fi", lambda x, y: run(op_name, x, run("negative", y))) for s in shapes),
    )


SIGNS = (
    _even("abs"),
    _even("square"),
    _power(2, "square", "fiu"),
    _power(0.5, "sqrt", "f"),
    _negated("add", "subtract"),
    _negated("subtract", "add"),
    _negated_product("add", "subtract"),
    _negated_product("subtract", "add"),
    Rule(
        "product of negatives",
        node("multiply", node("negative", "x"), node("negative", "y")),
        lambda m: m.make("multiply", m["x"], m["y"]) if _real(m["x"]) else None,
        tuple(
            Example(s, "fi", lambda x, y: run("multiply", run("negative", x), run("negative", y)))
            for s in (((2, 3), (2, 3)), ((3,), (2, 1)))
        ),
    ),
    Rule(
        "division by a power of two",
        node("realdiv", "x", "c"),
        _divide_by_power_of_two,
        everywhere(
            *[
                lambda x, c=c: run("realdiv", x, number(c, x))
                for c in (2.0, -16.0, 2.0**-20, 2.0**120)
            ],
            kinds="f",
            shapes=((9, 9),),
        ),
    ),
)

FAST = (
    Rule(
        "division by a constant",
        node("realdiv", "x", "c"),
        _divide_by_constant,
        everywhere(lambda x: run("realdiv", x, number(3.0, x)), kinds="f"),
        exact=False,
    ),
)

# -- dtypes ----------------------------------------------------------------------------------------


def _keeps_values(source, target):
    """True when each number of dtype `source` is one of dtype `target`."""
    if "c" in source.kind + target.kind or not {source.kind, target.kind} <= set("biuf"):
        return False
    if source.kind in "iu" and target.kind == "f":
        return 8 * source.itemsize <= np.finfo(target).nmant + 1
    return np.can_cast(source, target, "safe")


def _cast_twice(match):
    """x -> middle -> end, where the middle loses nothing and the end rounds or wraps alike."""
    x, middle, end = match["x"], match["inner"].attrs["dtype"], match.attrs["dtype"]
    if not _keeps_values(x.dtype, middle) or end.kind not in "biuf" or end == np.float16:
        return None
    if middle.kind == "f" and end.kind in "iu" and not _keeps_values(x.dtype, end):
        return None  # what a float out of an integer's range becomes is nowhere written
    return match.make("cast", x, dtype=end)


def _casts(kinds, *dtypes):
    def program(x):
        for d in dtypes:
            x = run("cast", x, dtype=np.dtype(d))
        return x

    return everywhere(program, kinds=kinds)


CASTS = (
    Rule(
        "cast to the same dtype",
        node("cast", "x", name="cast"),
        lambda m: m["x"] if m["x"].dtype == m.attrs["dtype"] else None,
        tuple(
            Example(((2, 3),), kind, lambda x: run("cast", x, dtype=x._dtype)) for kind in "fiub"
        ),
    ),
    Rule(
        "cast through a dtype that keeps all values",
        node("cast", node("cast", "x", name="inner")),
        _cast_twice,
        _casts("b", "float32", "int64")
        + _casts("iu", "int64", "float32")
        + _casts("iu", "int64", "int16")
        + _casts("b", "int32", "float64"),
    ),
)
