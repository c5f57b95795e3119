"""Rules of slices that together are a whole: what splitting a tensor and its gradient make."""

import numpy as np

from .examples import run
from .match import Example, Rule, node

_CHEAP = ("add", "subtract", "multiply")


def _ranges(shape, key):
    """(start, stop) of each axis, or None where a key holds anything but slices of step 1."""
    found = []
    for size, k in zip(shape, key):
        if k.__class__ is not tuple or k[3] not in (None, 1):
            return None
        whole = k[1:3] == (None, None)  # of any size, an open one too
        found.append((0, size) if whole else slice(*k[1:]).indices(size)[:2])
    return found + [(0, size) for size in shape[len(key) :]]


def _neighbours(shape, keys):
    """(axis, whether the first comes first, joint ranges) of two keys that touch, or None."""
    one, two = (_ranges(shape, key) for key in keys)
    if one is None or two is None:
        return None
    different = [i for i, (a, b) in enumerate(zip(one, two)) if a != b]
    if len(different) != 1:
        return None
    (axis,) = different
    for first, second, in_order in ((one, two, True), (two, one, False)):
        if first[axis][1] == second[axis][0]:
            joint = list(first)
            joint[axis] = first[axis][0], second[axis][1]
            return axis, in_order, joint
    return None


def _joined_transposes(match):
    """Zeros around two neighbours: both joined, zeros around them; 0.0 is added as a sum does."""
    left, right = match["left"], match["right"]
    shape = match.result.shape
    touching = _neighbours(shape, (left.attrs["key"], right.attrs["key"]))
    if touching is None or match.result.dtype.kind not in "iuf":
        return None
    axis, in_order, joint = touching
    both = [match["x"], match["y"]] if in_order else [match["y"], match["x"]]
    parts = [p for x in both for p in _parts_of(match, x, axis)]
    whole = match.make("concat", *parts, axis=axis)
    wholes = [r == (0, size) for r, size in zip(joint, shape)]
    if all(wholes):
        return whole
    ends = [(None, None) if all_of_it else r for r, all_of_it in zip(joint, wholes)]
    key = tuple(("slice", start, stop, None) for start, stop in ends)
    return match.make("slice_transpose", whole, shape=shape, key=key)


def _parts_of(match, x, axis):
    maker = match.node_of(x)
    if maker is not None and maker.op.name == "concat" and maker.attrs["axis"] == axis:
        return [p for part in maker.inputs for p in _parts_of(match, part, axis)]
    if x.dtype.kind != "f" or _is_sum_with_zero(match, maker):
        return [x]
    return [match.make("add", x, match.constant(np.zeros((), x.dtype)))]


def _is_sum_with_zero(match, maker):
    if maker is None or maker.op.name != "add":
        return False
    array = match.array_of(maker.inputs[1])
    return array is not None and not array.any() and not np.signbit(array).any()


def _slices_of_operands(match):
    """Where only parts of a result are used, parts of the operands are enough."""
    inner, key = match["inner"], match.attrs["key"]
    whole = inner.outputs[0]
    if match.readers(whole) != {"strided_slice"}:
        return None
    parts = []
    for x in inner.inputs:
        if x.shape != whole.shape:
            x = match.make("broadcast_to", x, shape=whole.shape)
        parts.append(match.make("strided_slice", x, key=key))
    return match.make(inner.op.name, *parts)


def _column(start, stop):
    return ("slice", None, None, None), ("slice", start, stop, None)


def _pads(*ranges):
    def program(x):
        total = None
        for start, stop in ranges:
            part = run("strided_slice", x, key=_column(start, stop))
            padded = run("slice_transpose", part, shape=tuple(x._shape), key=_column(start, stop))
            total = padded if total is None else run("add", total, padded)
        return total

    return program


def _split(x, y):
    total = run("add", x, y)
    one, two = (run("strided_slice", total, key=_column(*ends)) for ends in ((0, 2), (2, 5)))
    return run("concat", run("multiply", two, two), one, axis=1)


PARTS = (
    Rule(
        "sum of the transposes of slices that touch",
        node(
            "add",
            node("slice_transpose", "x", name="left"),
            node("slice_transpose", "y", name="right"),
        ),
        _joined_transposes,
        tuple(
            Example(((2, 5),), "fi", _pads(*ranges))
            for ranges in (((0, 2), (2, 5)), ((3, 5), (2, 3)), ((3, 5), (1, 3), (0, 1)))
        ),
    ),
    Rule(
        "slices of a sum, difference or product",
        node("strided_slice", node(_CHEAP, ..., name="inner")),
        _slices_of_operands,
        (Example(((2, 5), (5,)), "fi", _split), Example(((2, 5), (2, 1)), "fi", _split)),
    ),
)
