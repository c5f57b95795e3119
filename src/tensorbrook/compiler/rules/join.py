"""Joining, padding and writing into parts: lists of boxes."""

from itertools import product
from math import prod

import numpy as np

from ...base.dims import same, same_shape, sliced, typical
from ...ops.index import slice_key
from ..boxes import Box, Boxes, bits_of, move
from ..emit import I64, OpenSizes, Specialised
from ..lower import KernelUnit, Step, native_rule
from ..slices import number_at
from ..views import Buffer, View, contiguous

_MOST_MIRRORS = 27  # boxes of a mirrored padding: three an axis


def _axes(view, target):
    """The axes of a box that is a whole view."""
    return list(zip(view.shape, view.strides, target))


@native_rule("concat")
def concat(lowering, node, views):
    """Written by those who compute the tensors where that can be, else a box for each of them."""
    axis, out = node.attrs["axis"], node.outputs[0]
    strides, at, boxes, reads = contiguous(out.shape), 0, [], []
    for view in views:
        if view.shape == out.shape:
            return [view]
        if view.shape[axis]:
            boxes.append(Box(len(reads), _axes(view, strides), at * strides[axis]))
            reads.append(view)
            at += view.shape[axis]
    buffer = Buffer(out.shape, out.dtype)
    windows = [View(buffer, v.shape, strides, box.to) for v, box in zip(reads, boxes, strict=True)]
    found = lowering.joined(reads, windows, buffer)
    if found is not None:
        return [found]
    return lowering.kernel(Boxes(out.dtype, len(reads), boxes), reads, [(out.shape, out.dtype)])


# -- padding ---------------------------------------------------------------------------------------


def fill(shape, strides, to, value):
    """A box of one value; a NumPy scalar."""
    value = int.from_bytes(value.tobytes(), "little")
    return Box(None, [(d, 0, s) for d, s in zip(shape, strides)], to, 0, value)


def surrounded(shape, strides, low, inner, value, steps=None):
    """(boxes of `value` around a part of a tensor, where the part begins).

    Args:
      shape, strides: of the tensor.
      low, inner: where the part begins on each axis, and how many elements it has there.
      value: a NumPy scalar.
      steps: how far apart the part's elements are; what is between them is filled as well.
    """
    boxes, before, to = [], [], 0
    value = int.from_bytes(value.tobytes(), "little")
    for a, (size, start, count, step) in enumerate(
        zip(shape, low, inner, steps or (1,) * len(low))
    ):
        stride, rest = strides[a], [(d, 0, s) for d, s in zip(shape[a + 1 :], strides[a + 1 :])]
        end = start + (count - 1) * step + 1
        for begin, axes in (
            (0, [(start, 0, stride)]),
            (start + 1, [(count - 1, 0, step * stride), (step - 1, 0, stride)]),
            (end, [(size - end, 0, stride)]),
        ):
            if not any(same(d, 0) for d, *_ in axes):
                boxes.append(Box(None, [*before, *axes, *rest], to + begin * stride, 0, value))
        before.append((count, 0, step * stride))
        to += start * stride
    return boxes, to


def among(lowering, x, shape, low, value, steps=None):
    """x in a tensor of a value, which those who compute x write between it where that can be.

    Args:
      low: where x begins on each axis.
      value: a NumPy scalar.
      steps: how far apart the elements of x are.
    """
    key = x.key(), tuple(low), shape, steps, value.tobytes()
    if key not in lowering.turned:
        lowering.turned[key] = _among(lowering, x, shape, low, value, steps)
    return lowering.turned[key]


def _among(lowering, x, shape, low, value, steps):
    buffer, strides = Buffer(shape, x.dtype), contiguous(shape)
    apart = tuple(s * step for s, step in zip(strides, steps or (1,) * len(shape)))
    around, begin = surrounded(shape, strides, low, x.shape, value, steps)
    inner = View(buffer, x.shape, apart, begin)
    found = lowering.joined([x], [inner], buffer)
    if found is None:
        boxes = [*around, Box(0, zip(x.shape, x.strides, apart), inner.offset)]
        return lowering.kernel(Boxes(x.dtype, 1, boxes), [x], [(shape, x.dtype)])[0]
    unit = lowering.fusion.unit(KernelUnit, Step(Boxes(x.dtype, 1, around), [found], [found]))
    lowering.fusion.waits(unit, [found])
    buffer.group = unit
    lowering.turned["inner", *x.key()] = inner
    return found


@native_rule("pad")
def pad(lowering, node, views):
    """The tensor's box, and boxes of the constant or of mirrored parts around it."""
    (x,), out, attrs = views, node.outputs[0], node.attrs
    if not prod(x.shape):
        return None
    if same_shape(x.shape, out.shape):
        return [x]
    strides = contiguous(out.shape)
    if attrs["mode"] == "constant":
        value = np.asarray(attrs["value"]).astype(out.dtype)[()]
        low = [before for before, _ in attrs["paddings"]]
        return [among(lowering, x, out.shape, low, value)]
    boxes = _mirrored(x, attrs["paddings"], strides, attrs["mode"] == "reflect")
    if boxes is None:
        return None
    return lowering.kernel(Boxes(out.dtype, 1, boxes), [x], [(out.shape, out.dtype)])


def _mirrored(x, paddings, strides, without_edge):
    """A box for each combination of parts before, within and after; None: too many."""
    parts = []  # of each axis: (size, first element, direction, place)
    for size, (before, after) in zip(x.shape, paddings):
        skip = 1 if without_edge else 0
        found = [(before, before - 1 + skip, -1, 0), (size, 0, 1, before)]
        found.append((after, size - 1 - skip, -1, before + size))
        parts.append([p for p in found if p[0]])
    if prod(map(len, parts)) > _MOST_MIRRORS:
        return None
    boxes = []
    for chosen in product(*parts):
        axes = [(n, d * sx, so) for (n, _, d, _), sx, so in zip(chosen, x.strides, strides)]
        of = sum(first * sx for (_, first, _, _), sx in zip(chosen, x.strides))
        to = sum(place * so for (_, _, _, place), so in zip(chosen, strides))
        boxes.append(Box(0, axes, to, of))
    return boxes


class Cleared(Specialised):
    """Zeros, then a box into them: for steps that leave gaps. Chunks are of the first axis."""

    count = 2

    def __init__(self, dtype, size, box):
        self.bits, self.size, self.box, self.chunks = bits_of(dtype), size, box, 1
        self.cost = size * 0.1
        self.key = f"cleared {self.bits} {size} {box.key()}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        move(e, self.bits, Box(None, [(self.size, 0, 1)]), None, e.pointers[1])
        move(e, self.bits, self.box, *e.pointers)


@native_rule("slice_transpose")
def slice_transpose(lowering, node, views):
    """The box of the slice, and zeros around it."""
    (g,), out = views, node.outputs[0]
    if not prod(g.shape):
        return [lowering.constant(np.zeros(out.shape, out.dtype))]
    part = Buffer(out.shape, out.dtype).view().slice(slice_key(node.attrs["key"]))
    box = Box(0, list(zip(g.shape, g.strides, part.strides)), part.offset)
    spec = [(out.shape, out.dtype)]
    if not _without_gaps(node.attrs["key"]):
        return lowering.kernel(Cleared(out.dtype, prod(out.shape), box), [g], spec)
    low, inner = _extent(out.shape, slice_key(node.attrs["key"]))
    boxes, _ = surrounded(out.shape, contiguous(out.shape), low, inner, out.dtype.type(0))
    return lowering.kernel(Boxes(out.dtype, 1, [*boxes, box]), [g], spec)


def _without_gaps(key):
    return all(k[3] in (None, 1, -1) for k in key if k.__class__ is tuple)


def _extent(shape, key):
    """Where a slice without gaps begins, and how long it is, on each axis of `shape`."""
    used = sum(1 for k in key if k is not None and k is not Ellipsis)
    low, inner = [], []
    for k in (*key, *([] if Ellipsis in key else [Ellipsis])):
        sizes = shape[len(low) :]
        if k is Ellipsis:
            count = len(shape) - used
            low += [0] * count
            inner += sizes[:count]
        elif k == slice(None):  # of any size, an open one too
            low.append(0)
            inner.append(sizes[0])
        elif k is not None and isinstance(k, slice):
            first, count = sliced(sizes[0], k)
            low.append(first - count + 1 if k.step == -1 else first)
            inner.append(count)
        elif k is not None:
            low.append(k % sizes[0])
            inner.append(1)
    return low, inner


# -- one row ---------------------------------------------------------------------------------------


class UpdateRow(OpenSizes):
    """Copies a tensor and writes a row over one of its rows.

    Attributes:
      in_place: where the result lies in the memory of this read, nothing but the row is written.
    """

    count, chunks, in_place = 4, 1, 0

    def __init__(self, x, at, row):
        self.bits, self.index_dtype, self.rows = bits_of(x.dtype), at.dtype, x.shape[0]
        self.width = prod(x.shape[1:])
        self.copy = Box(0, list(zip(x.shape, x.strides, contiguous(x.shape))))
        self.row = Box(2, list(zip(row.shape, row.strides, contiguous(row.shape))))
        self.open(list(self.copy.axes), list(self.row.axes), self.width, self.rows)
        self.cost = typical(self.width) * 0.1 + 5
        self.key = f"update row {self.bits} {at.dtype} {x.shape} {self.copy.key()} {self.row.key()}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        x, at, row, out = e.pointers
        number = number_at(e, at, self.index_dtype, self.rows)
        apart = e.b.icmp_unsigned("!=", e.b.ptrtoint(x, I64), e.b.ptrtoint(out, I64))
        e.when(apart, lambda: move(e, self.bits, self.copy, x, out))
        target = e.offset(out, self.bits, e.b.mul(number, e.index(self.width)))
        move(e, self.bits, self.row, row, target)


@native_rule("update_row")
def update_row(lowering, node, views):
    """One kernel, whose result may lie where the tensor lay."""
    x, at, row = views
    if not prod(row.shape):
        return None
    if row.buffer is x.buffer:  # rows must not change while they are read
        row = lowering.op("identity", [row], row.shape)
    return lowering.kernel(UpdateRow(x, at, row), [x, at, row], [(x.shape, x.dtype)])
