"""Dims against integers: an expression of sizes is, for any sizes, what integers give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorbrook.base.dims import (
    Dim,
    Undecided,
    bind,
    evaluate,
    evaluator,
    least,
    maximum,
    minimum,
    same,
    sliced,
    symbols_of,
)

NAMES = ("b", "t", "u1")


@st.composite
def expressions(draw, depth=3):
    """(a Dim or int, a function of sizes that computes the same with integers alone)."""
    kind = draw(st.integers(0, 7 if depth else 1))
    if kind == 0:
        number = draw(st.integers(-4, 9))
        return number, lambda sizes: number
    if kind == 1 or not depth:
        name = draw(st.sampled_from(NAMES))
        return Dim.symbol(name), lambda sizes: sizes[name]
    (x, fx), (y, fy) = draw(expressions(depth - 1)), draw(expressions(depth - 1))
    divisor = draw(st.integers(1, 5))
    return {
        2: (x + y, lambda s: fx(s) + fy(s)),
        3: (x - y, lambda s: fx(s) - fy(s)),
        4: (x * y, lambda s: fx(s) * fy(s)),
        5: (x // divisor, lambda s: fx(s) // divisor),
        6: (x % divisor, lambda s: fx(s) % divisor),
        7: (maximum(x, y), lambda s: max(fx(s), fy(s))) if _decided(x, y) else (x, fx),
    }[kind]


def _decided(x, y):
    try:
        maximum(x, y)
    except Undecided:
        return False
    return True


SIZES = [{"b": b, "t": t, "u1": u} for b, t, u in ((1, 1, 0), (2, 3, 5), (7, 4, 1), (16, 31, 8))]


@settings(max_examples=300, deadline=None)
@given(expressions(), expressions())
def test_expressions_are_what_integers_give(one, two):
    (x, fx), (y, fy) = one, two
    for sizes in SIZES:
        assert evaluate(x, sizes) == fx(sizes)
        assert evaluator([x, y])(sizes) == [fx(sizes), fy(sizes)]
        assert least(x) is None or least(x) <= fx(sizes)
        if same(x, y):
            assert fx(sizes) == fy(sizes)
    for ask, right in ((lambda: x == y, lambda a, b: a == b), (lambda: x < y, lambda a, b: a < b)):
        try:
            answer = ask()
        except Undecided:
            continue
        assert all(right(fx(s), fy(s)) == answer for s in SIZES)


def test_equal_expressions_are_one():
    b, t = Dim.symbol("b"), Dim.symbol("t")
    assert same((b * t * 4) // t, 4 * b) and same((b + t) * (b - t), b * b - t * t)
    assert same((2 * b + 6) // 2, b + 3) and (8 * b) % 4 == 0 and b - b == 0
    assert hash(b * t) == hash(t * b) and repr(3 * b - t + 1) == repr(1 - t + 3 * b)
    assert symbols_of([(b, 3), {"k": t}]).keys() == {"b", "t"}


def test_a_multiple_above_a_size_is_no_smaller():
    t = Dim.symbol("t")
    padded = 32 * ((t + 31) // 32)
    assert least(padded - t) == 0 and same(maximum(padded, t), padded)
    assert same(minimum(32 * (t // 32), t), 32 * (t // 32)) and least(t // 32 * 32 - t) == -31


def test_what_depends_on_sizes_is_not_decided():
    b, t = Dim.symbol("b"), Dim.symbol("t")
    assert b >= 1 and b != 0 and b + t > 1 and 2 * b != 3  # true of all sizes
    for ask in (lambda: b == 3, lambda: b == t, lambda: b < 5, lambda: bool(b - 1)):
        with pytest.raises(Undecided, match="depends on sizes"):
            ask()
    with pytest.raises(Undecided, match="needed as a number"):
        np.zeros((b, 2))


@pytest.mark.parametrize("size", range(1, 9))
def test_slices_are_those_of_python(size):
    n = Dim.symbol("n")
    bounds = (None, 0, 1, 3, -1, -3)
    keys = [slice(a, b, c) for a in bounds for b in bounds for c in (None, 1, 2, 3)]
    for key in [*keys, slice(None, None, -1), slice(None, None, -2)]:
        first, count = evaluate(sliced(n, key), {"n": size})
        want = range(size)[key]
        assert count == len(want), key
        assert not count or first == want[0], key


def test_binding_reads_single_sizes_from_shapes():
    b, t = Dim.symbol("b"), Dim.symbol("t")
    sizes = {}
    bind((b, 2 * t, t, 4), (3, 10, 5, 4), sizes)
    assert sizes == {"b": 3, "t": 5}
    assert minimum(evaluate(b, sizes), 2) == 2


def test_what_is_rounded_upwards_is_an_expression_of_positive_numbers():
    b = Dim.symbol("b")
    assert repr(-(-b // 2)) == "(b + 1) // 2" and least(-(-b // 2) // 2) == 0
    assert same(-(-b // 2), (b + 1) // 2) and least(-(-b // 2)) == 1
