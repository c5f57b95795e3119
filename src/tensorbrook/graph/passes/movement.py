"""Rules of movements of elements: reshape, transpose, broadcast, slices, reductions of nothing."""

from math import prod

import numpy as np

from ...base.dims import same
from ...core.op import OPS
from ...ops.reduce import reduced_shape
from .examples import moves, run
from .match import Example, Rule, node, operand


def _reshaped(match, x):
    shape = match.result.shape
    return x if x.shape == shape else match.make("reshape", x, shape=shape)


def _moves_only_ones(match):
    """A transposition that leaves the order of axes longer than 1 is a reshape."""
    x, perm = match["x"], match.attrs["perm"]
    long_axes = [p for p in perm if x.shape[p] != 1]
    return _reshaped(match, x) if long_axes == sorted(long_axes) else None


def _transpose_twice(match):
    inner = match["inner"].attrs["perm"]
    return match.make("transpose", match["x"], perm=tuple(inner[p] for p in match.attrs["perm"]))


def _reduction_keeps_axes(match):
    """A reshape that only puts back, or takes away, the axes that a reduction made 1."""
    inner = match["inner"]
    axis, keepdims = inner.attrs["axis"], not inner.attrs["keepdims"]
    x = inner.inputs[0]
    if match.result.shape != reduced_shape(x.shape, axis, keepdims):
        return None
    if not match.only_here("inner"):
        return None
    return match.make(inner.op.name, x, axis=axis, keepdims=keepdims)


def _pads_nothing(attrs):
    return all(same(size, 0) for both in attrs["paddings"] for size in both)


def _reverse_twice(match):
    axes = set(match.attrs["axis"]) ^ set(match["inner"].attrs["axis"])
    return match.make("reverse", match["x"], axis=tuple(sorted(axes))) if axes else match["x"]


def _reverses_nothing(match):
    x = match["x"]
    return x if all(x.shape[a] <= 1 for a in match.attrs["axis"]) else None


def _slice_keeps_all(match):
    """A slice that leaves no element out and turns no axis around."""
    x, key = match["x"], match.attrs["key"]
    if prod(x.shape) != prod(match.result.shape):
        return None
    backwards = any(k.__class__ is tuple and (k[3] or 1) < 0 for k in key)
    return None if backwards and prod(x.shape) > 1 else _reshaped(match, x)


_REDUCTIONS = tuple(op.name for op in OPS.all().values() if op.reduces)
_NUMERIC = tuple(name for name in _REDUCTIONS if name not in ("reduce_any", "reduce_all"))


def _reduces_nothing(match):
    """Over axes of length 1 the extremes and products are the elements; sums add them to 0.0."""
    x, name = match["x"], match.root.op.name
    if any(x.shape[a] != 1 for a in match.attrs["axis"]) or x.dtype.kind not in "iuf":
        return None
    if x.dtype.kind == "f" and name in ("reduce_sum", "reduce_mean"):
        if x.dtype.itemsize == 2:
            return None
        x = match.make("add", x, match.constant(np.zeros((), x.dtype)))
    return _reshaped(match, x)


def _reduction(name, shape, axis, keepdims=False):
    return Example((shape,), "fiu", lambda x: run(name, x, axis=axis, keepdims=keepdims))


def _reshape_of_reduction(name, shape, axis, keepdims):
    after = reduced_shape(shape, axis, not keepdims)
    return Example(
        (shape,),
        "fi",
        lambda x: run("reshape", run(name, x, axis=axis, keepdims=keepdims), shape=after),
    )


def _slices(key, shape=(2, 1, 3)):
    return Example((shape,), "fb", moves(("strided_slice", {"key": key})))


_ALL = ("slice", None, None, None)

MOVEMENTS = (
    Rule(
        "reshape to the same shape",
        node("reshape", "x"),
        operand,
        tuple(Example((s,), "fib", moves(("reshape", {"shape": s}))) for s in ((2, 3), (), (0, 2))),
    ),
    Rule(
        "reshape of a reshape",
        node("reshape", node("reshape", "x")),
        lambda m: _reshaped(m, m["x"]),
        (
            Example(
                ((2, 3),), "fb", moves(("reshape", {"shape": (6,)}), ("reshape", {"shape": (3, 2)}))
            ),
            Example(
                ((2, 3),), "i", moves(("reshape", {"shape": (6,)}), ("reshape", {"shape": (2, 3)}))
            ),
        ),
    ),
    Rule(
        "reshape of a reduction that adds or drops its axes",
        node("reshape", node(_REDUCTIONS, "x", name="inner")),
        _reduction_keeps_axes,
        tuple(
            _reshape_of_reduction(name, shape, axis, keepdims)
            for name in _NUMERIC
            for shape, axis in (((5, 9), (0,)), ((3, 4, 5), (0, 2)), ((0, 3), (1,)))
            for keepdims in (False, True)
        ),
    ),
    Rule(
        "transpose that moves only axes of length 1",
        node("transpose", "x"),
        _moves_only_ones,
        (
            Example(((2, 1, 3),), "fib", moves(("transpose", {"perm": (1, 0, 2)}))),
            Example(((2, 3),), "fib", moves(("transpose", {"perm": (0, 1)}))),
            Example(((),), "f", moves(("transpose", {"perm": ()}))),
        ),
    ),
    Rule(
        "transpose of a transpose",
        node("transpose", node("transpose", "x", name="inner")),
        _transpose_twice,
        tuple(
            Example(
                ((2, 3, 4),), "fb", moves(("transpose", {"perm": p}), ("transpose", {"perm": q}))
            )
            for p, q in (((1, 2, 0), (2, 0, 1)), ((1, 2, 0), (0, 2, 1)))
        ),
    ),
    Rule(
        "broadcast to the same shape",
        node("broadcast_to", "x"),
        operand,
        tuple(Example((s,), "fb", moves(("broadcast_to", {"shape": s}))) for s in ((2, 3), ())),
    ),
    Rule(
        "broadcast of a broadcast",
        node("broadcast_to", node("broadcast_to", "x")),
        lambda m: m.make("broadcast_to", m["x"], shape=m.attrs["shape"]),
        (
            Example(
                ((3, 1),),
                "fb",
                moves(("broadcast_to", {"shape": (3, 2)}), ("broadcast_to", {"shape": (4, 3, 2)})),
            ),
        ),
    ),
    Rule(
        "reverse of a reverse",
        node("reverse", node("reverse", "x", name="inner")),
        _reverse_twice,
        tuple(
            Example(((2, 3),), "fb", moves(("reverse", {"axis": a}), ("reverse", {"axis": b})))
            for a, b in (((0, 1), (0, 1)), ((0,), (0, 1)))
        ),
    ),
    Rule(
        "reverse of axes of length 1",
        node("reverse", "x"),
        _reverses_nothing,
        (
            Example(((1, 3),), "fb", moves(("reverse", {"axis": (0,)}))),
            Example(((2, 3),), "fb", moves(("reverse", {"axis": ()}))),
        ),
    ),
    Rule(
        "slice of everything",
        node("strided_slice", "x"),
        _slice_keeps_all,
        (
            _slices((_ALL, _ALL)),
            _slices((Ellipsis, ("slice", 0, 3, 1))),
            _slices((_ALL, 0)),
            _slices((None, Ellipsis)),
            _slices((("slice", 0, 0, None),), (0, 3)),
        ),
    ),
    Rule(
        "pad by nothing",
        node("pad", "x", when=_pads_nothing),
        operand,
        (
            Example(
                ((2, 3),),
                "fi",
                moves(("pad", {"paddings": ((0, 0), (0, 0)), "mode": "constant", "value": 1})),
            ),
        ),
    ),
    Rule(
        "concatenation of one",
        node("concat", "x"),
        operand,
        (Example(((2, 3),), "fib", moves(("concat", {"axis": 1}))),),
    ),
    Rule(
        "reduction over axes of length 1",
        node(_NUMERIC, "x"),
        _reduces_nothing,
        tuple(
            _reduction(name, shape, axis, keepdims)
            for name in _NUMERIC
            for shape, axis in (((2, 3), ()), ((2, 1, 3), (1,)), ((), ()), ((0, 1), (1,)))
            for keepdims in (False, True)
        ),
    ),
)
