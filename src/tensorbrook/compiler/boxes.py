"""Boxes: elements moved as they are, from strided boxes of sources to strided boxes of a target.

Joining, padding, mirroring, writing into a slice and transposing are all lists of boxes. A box
whose rows are contiguous on both sides moves by vectors; one whose source runs along another axis
moves by square blocks that are turned around in registers.
"""

from math import prod

import numpy as np
from llvmlite import ir

from ..base.dims import Dim, evaluate, has_dims, same, typical
from .emit import POINTER, OpenSizes, chunks_worth, index
from .views import contiguous, joined

LINE = 64  # bytes of a round of copying, and of a cache line
LEAST, MOST = 4, 8  # rows and lanes of a block that is turned around in registers
STRIP = 64  # columns of the source that are read together when it is turned around
MAX_CHUNKS = 16
WORTHWHILE = 1024  # elements of a view that is turned around before it is used


def bits_of(dtype):
    """The unsigned dtype of the same size: moving looks at no value."""
    return np.dtype(f"u{dtype.itemsize}")


class Box:
    """One box to move.

    Attributes:
      source: the number of the pointer read, or None: `value`, the bits of one element, is written.
      axes: (size, source stride, target stride) from the outside in, in elements.
      of, to: offsets in the source and the target.
    """

    __slots__ = ("axes", "of", "source", "to", "value")

    def __init__(self, source, axes, to=0, of=0, value=0):
        self.source, self.axes, self.to, self.of = source, joined(axes), to, of
        self.value = value

    @property
    def open_sizes(self):
        """True when it leaves sizes open."""
        return has_dims((*self.axes, self.to, self.of))

    def at_sizes(self, sizes):
        """The box for sizes by name."""
        axes, to, of = evaluate((tuple(self.axes), self.to, self.of), sizes)
        return Box(self.source, axes, to, of, self.value)

    def key(self):
        """What code depends on."""
        return self.source, tuple(self.axes), self.to, self.of, self.value

    def size(self):
        """The number of elements."""
        return prod(a[0] for a in self.axes)

    def runs_along(self, start=0):
        """The axis (`start` or later) along which the source lies together, if it is not the last.

        None where it is the last, or where blocks would be too small.
        """
        if len(self.axes) < 2 or _is_step(self.axes[-1][1]) or not same(self.axes[-1][2], 1):
            return None
        for i, (size, of, _) in enumerate(self.axes[:-1]):
            if i >= start and same(of, 1) and min(typical((size, self.axes[-1][0]))) >= LEAST:
                return i
        return None

    def cut(self, axis, length):
        """Boxes with an axis cut into blocks of a length, which lie on its outside, and the rest.

        Returns:
          (the box of whole blocks with the blocks' axis first, the box of the rest); or None.
        """
        size, of, to = self.axes[axis]
        blocks, rest = divmod(size, length)
        before, after = self.axes[:axis], self.axes[axis + 1 :]
        first = second = None
        if has_dims(blocks) or blocks:
            first = Box(self.source, (), self.to, self.of, self.value)
            first.axes = [(blocks, of * length, to * length), *before, (length, of, to), *after]
        if has_dims(rest) or rest:
            done = blocks * length
            second = Box(self.source, (), self.to + done * to, self.of + done * of, self.value)
            second.axes = [*before, (rest, of, to), *after]
        return first, second


def _is_step(stride):
    """True for the strides of elements beside each other, and of one element that is repeated."""
    return stride.__class__ is int and stride in (-1, 0, 1)


class Boxes(OpenSizes):
    """A kernel that moves boxes; its pointers are the sources', then the target's.

    Args:
      dtype: of the elements.
      sources: how many pointers are read.
      boxes: disjoint in the target.
    """

    def __init__(self, dtype, sources, boxes):
        self.bits, self.count = bits_of(dtype), sources + 1
        boxes = [b for b in boxes if has_dims(b.size()) or b.size()]
        self.cost = sum(_cost(b, self.bits) for b in boxes)
        self.chunks = max(1, chunks_worth(self.cost, MAX_CHUNKS))
        self.boxes = boxes
        self.open([(*b.axes, b.to, b.of) for b in boxes])
        if self.symbols:
            self.fixed = self.chunks
        text = ";".join(repr(b.key()) for b in boxes)
        self.key = f"boxes {self.bits} {sources} {text} {self.chunks}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        target = e.pointers[-1]
        whole, shared = self.boxes, []
        if self.chunks > 1:
            whole, shared = _parts(self.boxes, self.bits, self.chunks)
        for box in shared:
            low, high = e.span(box.axes[0][0], self.chunks)
            source = None if box.source is None else e.pointers[box.source]
            move(e, self.bits, box, source, target, (low, high))

        def small():
            for run in _alike(whole):
                self._run(e, run, target)

        if whole and self.chunks > 1:
            e.when(e.b.icmp_signed("==", e.chunk, index(0)), small)
        elif whole:
            small()

    def _run(self, e, run, target):
        """Boxes alike, of sources in a row: a loop over their pointers."""
        box = run[0]
        if len(run) == 1:
            source = None if box.source is None else e.pointers[box.source]
            move(e, self.bits, box, source, target)
            return
        step = run[1].to - box.to
        arguments = e.function.args[0]

        def one(i, _):
            at = e.b.add(i, index(box.source))
            source = e.b.load(e.b.gep(arguments, [at], source_etype=POINTER), typ=POINTER)
            move(e, self.bits, box, source, e.offset(target, self.bits, e.b.mul(i, e.index(step))))

        e.loop(0, len(run), 1, one)


def _cost(box, bits):
    size = typical(box.size())
    strided = box.axes and not _is_step(box.axes[-1][1]) and box.runs_along() is None
    return size * (0.5 if strided else 0.04 * bits.itemsize)


def _alike(boxes):
    """Runs of boxes of equal axes whose sources are numbered in a row and targets evenly spaced."""
    runs = []
    for box in boxes:
        run = runs[-1] if runs else None
        last = run[-1] if run else None
        if (
            last is not None
            and box.source is not None
            and last.source is not None
            and box.source == last.source + 1
            and (box.axes, box.of) == (last.axes, last.of)
            and (len(run) == 1 or box.to - last.to == run[1].to - run[0].to)
        ):
            run.append(box)
        else:
            runs.append([box])
    return runs


def _parts(boxes, bits, chunks):
    """(boxes for one chunk to move, boxes whose first axis all chunks share)."""
    whole, shared = [], []
    for box in boxes:
        if typical(box.size()) * bits.itemsize < LINE * chunks:
            whole.append(box)
            continue
        along, inner = box.runs_along(), len(box.axes) - 1
        sizes = typical([size for size, *_ in box.axes])
        others = [i for i in range(inner) if i != along]
        outer = max(others, key=lambda i: sizes[i], default=None)
        if outer is not None and (sizes[outer] >= chunks or sizes[inner] < LINE):
            cut = box.cut(outer, 1)
        elif along is not None:
            length = STRIP
            while length > MOST and sizes[along] < length * chunks:
                length //= 2
            cut = box.cut(along, length)
        else:
            cut = box.cut(inner, LINE)
        shared += [cut[0]] if cut[0] is not None else []
        whole += [cut[1]] if cut[1] is not None else []
    return whole, shared


def move(e, bits, box, source, target, span=None):
    """Moves one box; `span` is the part (i64, i64) of its first axis to be moved."""
    target = e.offset(target, bits, box.to)
    source = None if source is None else e.offset(source, bits, box.of)
    value, axes = ir.Constant(ir.IntType(8 * bits.itemsize), box.value), list(box.axes)
    along = box.runs_along(start=0 if span is None else 1)
    if along is not None:
        axes.insert(len(axes) - 2, axes.pop(along))
    nest(e, bits, axes, source, target, span, value)


def nest(e, dtype, axes, source, target, span=None, value=None, combine=None, turn=True):
    """The loops of a box: axes (size, source stride, target stride), without a source `value`.

    Args:
      combine: what is stored of (what the target holds, what is read); what is read by default.
      turn: whether blocks may be turned around.
    """
    ends = 2 if turn and _turned(axes) and combine is None and source is not None else 1
    if span is not None or len(axes) > ends:
        size, of, to = axes[0]
        low, high = span or (0, size)

        def one(i, _):
            there = None if source is None else moved(e, dtype, source, i, of)
            into = moved(e, dtype, target, i, to)
            nest(e, dtype, axes[1:], there, into, None, value, combine, turn)

        e.loop(low, high, 1, one, nonempty=span is None)
    elif len(axes) == 2:
        _turn(e, dtype, axes, source, target)
    else:
        _row(e, dtype, axes[0] if axes else (1, 1, 1), source, target, value, combine)


def moved(e, dtype, pointer, i, stride):
    """A pointer moved by `i` (an i64) strides."""
    if not stride:
        return pointer
    return e.offset(pointer, dtype, i if same(stride, 1) else e.b.mul(i, e.index(stride)))


def _turned(axes):
    """True when a nest ends in axes to be moved by blocks that are turned around."""
    return (
        len(axes) >= 2
        and same(axes[-1][2], 1)
        and same(axes[-2][1], 1)
        and not _is_step(axes[-1][1])
        and min(typical((axes[-1][0], axes[-2][0]))) >= LEAST
    )


def _row(e, dtype, axis, source, target, value, combine):
    size, of, to = axis
    lanes = LINE // dtype.itemsize
    if not _is_step(of) or not same(to, 1):
        lanes = 4

    def run(i, width):
        there = moved(e, dtype, target, i, to)
        if source is None:
            found = e.splat(value, width)
        else:
            found = e.load(moved(e, dtype, source, i, of), dtype, width, of if width else 1)
        if combine is not None:
            found = combine(e.load(there, dtype, width, to if width else 1), found)
        e.store(found, there, dtype, to if width else 1)

    if size.__class__ is Dim:
        main = e.index(size // lanes * lanes)
        e.loop(index(0), main, lanes, lambda i, _: run(i, lanes), nonempty=False)
        e.loop(main, e.index(size), 1, lambda i, _: run(i, 0), nonempty=False)
        return
    main, rest = size // lanes * lanes, size % lanes
    if main == lanes:
        run(index(0), lanes)
    elif main:
        e.loop(0, main, lanes, lambda i, _: run(i, lanes))
    while rest:  # powers of two: each is one move of a register
        width = 1 << rest.bit_length() - 1
        run(index(main), width if width > 1 else 0)
        main, rest = main + width, rest - width


def _turn(e, bits, axes, source, target):
    """Two axes of which the source lies along the first, the target along the second."""
    (columns, _, to), (rows, of, _) = axes
    size = min(MOST, LINE // bits.itemsize)
    while size > min(typical((rows, columns))):
        size //= 2
    main_rows, main_columns = rows // size * size, columns // size * size

    def block(i, j):
        at = e.b.add(j, e.b.mul(i, e.index(of)))
        lines = [
            e.load(e.offset(source, bits, e.b.add(at, e.index(k * of))), bits, size)
            for k in range(size)
        ]
        at = e.b.add(i, e.b.mul(j, e.index(to)))
        for k, line in enumerate(turned(e, lines)):
            e.store(line, e.offset(target, bits, e.b.add(at, e.index(k * to))), bits)

    def strip(i, _):
        e.loop(0, main_columns, size, lambda j, _: block(i, j))

    e.loop(0, main_rows, size, strip)
    for left, read, written in (
        ([(main_columns, 1, to), (rows - main_rows, of, 1)], main_rows * of, main_rows),
        ([(columns - main_columns, 1, to), (rows, of, 1)], main_columns, main_columns * to),
    ):
        is_open = has_dims(left)  # how much is left, or whether anything is, shows when it runs
        if is_open or (left[0][0] and left[1][0]):
            there, into = e.offset(source, bits, read), e.offset(target, bits, written)
            nest(e, bits, left, there, into, turn=not is_open)


def turned(e, lines):
    """The columns of as many vectors as they have lanes, a power of two."""
    count, step = len(lines), 1
    while step < count:
        after = list(lines)
        for i in range(count):
            if not i & step:
                a, b = lines[i], lines[i + step]
                low = [j if not j & step else count + j - step for j in range(count)]
                high = [j + step if not j & step else count + j for j in range(count)]
                after[i], after[i + step] = _picked(e, a, b, low), _picked(e, a, b, high)
        lines, step = after, step * 2
    return lines


def _picked(e, a, b, picks):
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(picks)), picks)
    return e.b.shuffle_vector(a, b, mask)


# -- views that run across their buffer ------------------------------------------------------------


def whole_box(view):
    """The kernel that copies a view."""
    return Boxes(view.dtype, 1, [Box(0, zip(view.shape, view.strides, contiguous(view.shape)))])


def runs_across(view):
    """True for a view of some size whose last axis is not the one that lies together."""
    if typical(prod(view.shape)) < WORTHWHILE or _is_step(view.strides[-1]):
        return False
    axes = zip(view.shape, view.strides, contiguous(view.shape))
    return Box(0, axes).runs_along() is not None


def turned_copy(lowering, view):
    """A copy of a view that runs across its buffer, which loops would read slowly; or the view."""
    if not runs_across(view):
        return view
    key = view.key()
    found = lowering.turned.get(key)
    if found is None:
        spec = view.shape, view.dtype
        (found,) = lowering.kernel(whole_box(view), [view], [spec])
        lowering.turned[key] = found
    return found
