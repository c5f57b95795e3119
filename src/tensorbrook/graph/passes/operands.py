"""Rules that give a primitive simpler operands: what broadcasts by itself, views, known choices."""

import numpy as np

from ...base.shapes import broadcast
from ...core.op import OPS
from ...core.tensor import wrap
from .examples import moves, number, run
from .match import Example, Rule, constant_of, node

# -- operands that broadcast by themselves ---------------------------------------------------------

# pow is left out: NumPy takes another loop for a scalar exponent
_BROADCASTING = tuple(
    op.name for op in OPS.all().values() if op.broadcasts and op.elementwise and op.name != "pow"
)


def _bare(match, value):
    """What `value` is made of, where reading that instead yields the same elements; or itself."""
    array = match.array_of(value)
    if array is not None:
        if array.ndim and 0 < array.size <= 65536 and array.dtype.kind in "biuf":
            first = array.flat[0]
            if first == first and bool(constant_of(first).holds(array)):
                return match.constant(np.asarray(first, array.dtype))
        return value
    maker = match.node_of(value)
    if maker is None or maker.op.name not in ("broadcast_to", "reshape"):
        return value
    (inner,) = maker.inputs
    if maker.op.name == "reshape" and _without_ones(inner.shape) != _without_ones(value.shape):
        return value
    return inner


def _without_ones(shape):
    """The shape without its leading 1s, which broadcasting adds by itself."""
    i = 0
    while i < len(shape) and shape[i] == 1:
        i += 1
    return shape[i:]


def _bare_operands(match):
    operands, changed = list(match.root.inputs), False
    for i, value in enumerate(operands):
        bare = _bare(match, value)
        if bare is value:
            continue
        tried = [*operands[:i], bare, *operands[i + 1 :]]
        if broadcast(*[v.shape for v in tried]) == match.result.shape:
            operands, changed = tried, True
    return match.make(match.root.op.name, *operands, **match.attrs) if changed else None


def _broadcast_examples(op_name):
    """Programs with one operand that is broadcast or reshaped, or a constant all of one number."""

    def program(change, place):
        def binary(x, y):
            operands = [x, x] if op_name == "where" else [x]
            operands.insert(place, change(y))
            if op_name == "where":
                operands[0] = run("not_equal", operands[0], number(0, x))
            return run(op_name, *operands)

        return binary

    kinds = "b" if op_name.startswith("logical") else ""
    places = (1, 2) if op_name == "where" else (0, 1)
    return [
        Example(((2, 3), (3,)), kinds, program(change, place))
        for change in _CHANGES
        for place in places
    ]


_CHANGES = (
    moves(("broadcast_to", {"shape": (2, 3)})),
    moves(("reshape", {"shape": (1, 3)})),
    lambda y: wrap(np.full((2, 3), 1, y._dtype)),
)

# -- choices and products --------------------------------------------------------------------------


def _choice(match, value):
    shape = match.result.shape
    return value if value.shape == shape else match.make("broadcast_to", value, shape=shape)


def _where_examples(truth):
    def program(x, y):
        return run("where", wrap(np.full((2, 1), truth)), x, y)

    return tuple(Example(s, "fi", program) for s in (((2, 3), (3,)), ((3,), (2, 3)), ((), ())))


def _flags(side, other):
    """matmul of a matrix transposed -> its flag turned: NumPy is then given the same view."""

    def replace(match):
        inner = match["inner"]
        perm, n = inner.attrs["perm"], len(inner.attrs["perm"])
        if perm != (*range(n - 2), n - 1, n - 2):
            return None
        operands = list(match.root.inputs)
        operands[side == "b"] = inner.inputs[0]
        key = f"transpose_{side}"
        return match.make("matmul", *operands, **{**match.attrs, key: not match.attrs[key]})

    def program(flag, perm):
        def product(x, y):
            flags = {f"transpose_{side}": flag, f"transpose_{other}": False}
            x = run("transpose", x, perm=perm)
            return run("matmul", *((x, y) if side == "a" else (y, x)), **flags)

        return product

    moved = node("transpose", "x", name="inner")
    flat = (
        [((4, 3), (4, 5)), ((3, 4), (4, 5))]
        if side == "a"
        else [((3, 4), (5, 4)), ((4, 3), (5, 4))]
    )
    examples = [Example(flat[flag], "fi", program(flag, (1, 0))) for flag in (False, True)]
    batch = [(2, *shape) for shape in flat[0]]
    examples.append(Example(tuple(batch), "f", program(False, (0, 2, 1))))
    pattern = node("matmul", *((moved, "y") if side == "a" else ("y", moved)))
    return Rule(f"matmul of a transposed {side}", pattern, replace, tuple(examples))


OPERANDS = (
    Rule(
        "where of a condition that is always true",
        node("where", constant_of(True), "x", "y"),
        lambda m: _choice(m, m["x"]),
        _where_examples(True),
    ),
    Rule(
        "where of a condition that is never true",
        node("where", constant_of(False), "x", "y"),
        lambda m: _choice(m, m["y"]),
        _where_examples(False),
    ),
    Rule(
        "where of equal choices",
        node("where", "c", "x", "x"),
        lambda m: _choice(m, m["x"]),
        (Example(((2, 3),), "f", lambda x: run("where", run("greater", x, number(0, x)), x, x)),),
    ),
    Rule(
        "where of a negated condition",
        node("where", node("logical_not", "c"), "x", "y"),
        lambda m: m.make("where", m["c"], m["y"], m["x"]),
        (
            Example(
                ((2, 3), (3,)),
                "fi",
                lambda x, y: run(
                    "where", run("logical_not", run("greater", x, number(0, x))), x, y
                ),
            ),
        ),
    ),
    _flags("a", "b"),
    _flags("b", "a"),
    Rule(
        "operand that broadcasts by itself",
        node(_BROADCASTING, ...),
        _bare_operands,
        tuple(example for name in _BROADCASTING for example in _broadcast_examples(name)),
    ),
)
