"""Slices at coordinates from data: reading them, and writing or adding them up.

gather, gather_nd, scatter_nd and tensor_scatter_* are one kernel: loops over the places of the
coordinates, at each a slice of the table and a slice of a dense tensor that has one a place.
"""

from math import prod

from ..base.dims import same, typical
from . import scalar
from .boxes import LINE, bits_of, moved, nest
from .emit import I64, OpenSizes, chunks_worth, even, index
from .views import joined

MAX_CHUNKS = 16
NEAR = 1 << 20  # bytes of a table that stays in the second cache
AHEAD = 16  # places whose slices are on their way from memory at a time
MOST_AHEAD = 1024  # bytes of a slice that are asked for: the processor sees the rest coming
_COMBINE = {"add": "add", "sub": "subtract", "max": "maximum", "min": "minimum"}


class Slices(OpenSizes):
    """Reads or writes slices of a table.

    Writing is cut into chunks that own a part of the table's first axis and do what concerns it in
    the order of the places, so that sums are the same bits however many threads there are.

    Args:
      mode: "read", "set", "add", "sub", "max" or "min".
      dtype, index_dtype: of the slices and of the coordinates.
      loops: (size, table stride, index stride, dense stride) of axes that are walked.
      coordinates: (limit, table stride, index offset) of each coordinate of a place.
      tail: (size, table stride, dense stride) of a slice's axes.
      total: the size of the table that is written.
      copied: what is written begins as a copy of a tensor, otherwise as zeros.

    Its pointers are: reading, those of the table, the coordinates and the result; writing, the
    tensor to copy, if any, the dense tensor, the coordinates and the result.
    """

    def __init__(self, mode, dtype, index_dtype, loops, coordinates, tail, total=0, copied=False):
        self.mode, self.index_dtype, self.copied, self.total = mode, index_dtype, copied, total
        self.dtype = bits_of(dtype) if mode in ("read", "set") else dtype
        self.loops, self.coordinates, self.tail = joined(loops), tuple(coordinates), joined(tail)
        self.count, self.chunks, self.owner = (4 if copied else 3), 1, None
        if copied:
            self.in_place = 0
        self.open(self.loops, self.coordinates, self.tail, total)
        places, width = (typical(prod(a[0] for a in axes)) for axes in (self.loops, self.tail))
        size = max((typical(limit * stride) for limit, stride, _ in self.coordinates), default=0)
        walked = bool(self.loops) and not same(self.loops[-1][2], 0)
        self.scattered = walked and size * self.dtype.itemsize > NEAR
        self.cost = places * (2 + 0.04 * width * dtype.itemsize)
        if mode == "read":
            self._share_reading()
        else:
            self.cost += 0 if copied else typical(total) * dtype.itemsize * 0.04
            self._share_writing(places)
        if self.symbols:
            self.fixed = self.chunks
        self.key = (
            f"slices {mode} {self.dtype} {index_dtype} {self.loops} {self.coordinates} {self.tail} "
            f"{total} {copied} {self.chunks}"
        )

    def _share_reading(self):
        wanted = chunks_worth(self.cost, MAX_CHUNKS)
        if self.loops and wanted > 1:
            longest = max(range(len(self.loops)), key=lambda i: typical(self.loops[i][0]))
            self.loops.insert(0, self.loops.pop(longest))
            self.owner, self.chunks = "loop", even(typical(self.loops[0][0]), wanted)

    def _share_writing(self, places):
        """The owner is the loop or the coordinate that walks the table's first axis."""
        wanted = chunks_worth(self.cost, MAX_CHUNKS)
        if self.loops and self.loops[0][1]:
            owner, (size, stride) = "loop", self.loops[0][:2]
        else:
            owner, (size, stride) = "coordinate", self.coordinates[0][:2]
            wanted = min(wanted, int(self.cost // (2 * places + 1)))  # each looks at all places
        if wanted > 1 and same(size * stride, self.total):
            self.owner, self.stride, self.chunks = owner, stride, even(typical(size), wanted)

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        if self.mode == "read":
            table, indices, dense = e.pointers
            base = None
        else:
            *base, dense, indices, table = e.pointers
        low = high = None
        if self.chunks > 1:
            size = self.loops[0][0] if self.owner == "loop" else self.coordinates[0][0]
            low, high = e.span(size, self.chunks)
        if self.mode != "read":
            self._begin(e, base, table, low, high)
        self.span = low, high
        self._walk(e, self.loops, table, indices, dense)

    def _begin(self, e, base, table, low, high):
        """Zeros, or a copy where the result does not lie where the tensor does."""
        if low is None:
            low, high = index(0), e.index(self.total)
        else:
            low, high = (e.b.mul(v, e.index(self.stride)) for v in (low, high))
        if not base:
            flat(e, self.dtype, None, table, low, high)
            return
        apart = e.b.icmp_unsigned("!=", e.b.ptrtoint(base[0], I64), e.b.ptrtoint(table, I64))
        e.when(apart, lambda: flat(e, self.dtype, base[0], table, low, high))

    def _walk(self, e, loops, table, indices, dense):
        if not loops:
            self._place(e, table, indices, dense)
            return
        size, of_table, of_index, of_dense = loops[0]
        mine = self.owner == "loop" and loops is self.loops
        low, high = self.span if mine else (0, size)
        far = len(loops) == 1 and self.scattered
        last = far and e.b.sub(e.index(high), index(1))

        def one(i, _):
            if far:
                ahead = e.smaller(e.b.add(i, index(AHEAD)), last)
                self._prefetch(e, table, moved(e, self.index_dtype, indices, ahead, of_index))
            self._walk(
                e,
                loops[1:],
                moved(e, self.dtype, table, i, of_table),
                moved(e, self.index_dtype, indices, i, of_index),
                moved(e, self.dtype, dense, i, of_dense),
            )

        e.loop(low, high, 1, one, nonempty=not mine)

    def _prefetch(self, e, table, indices):
        """Asks for the slice at the coordinates that `indices` points to, whatever they are."""
        for _, stride, offset in self.coordinates:
            number = number_from(e, e.offset(indices, self.index_dtype, offset), self.index_dtype)
            table = moved(e, self.dtype, table, number, stride)
        size, line = self.tail[-1][0] if self.tail else 1, LINE // self.dtype.itemsize
        for at in range(0, min(typical(size), MOST_AHEAD // self.dtype.itemsize), line):
            e.prefetch(e.offset(table, self.dtype, at))

    def _place(self, e, table, indices, dense):
        """One slice, at the coordinates that `indices` points to."""
        numbers = []
        for limit, stride, offset in self.coordinates:
            at = e.offset(indices, self.index_dtype, offset)
            numbers.append(number_at(e, at, self.index_dtype, limit))
            table = moved(e, self.dtype, table, numbers[-1], stride)
        if self.mode == "read":
            nest(e, self.dtype, self.tail, table, dense)
            return
        axes, combine = [(n, d, t) for n, t, d in self.tail], None
        if self.mode != "set":
            name = _COMBINE[self.mode]
            combine = lambda *pair: scalar.compute(e, name, self.dtype, {}, pair)  # noqa: E731

        def write():
            nest(e, self.dtype, axes, dense, table, combine=combine)

        if self.owner == "coordinate":
            low, high = self.span
            inside = e.b.and_(
                e.b.icmp_signed(">=", numbers[0], low), e.b.icmp_signed("<", numbers[0], high)
            )
            e.when(inside, write)
        else:
            write()


def number_from(e, pointer, dtype):
    """The index at a pointer as an i64."""
    number = e.load(pointer, dtype)
    if dtype.itemsize < 8:
        number = (e.b.sext if dtype.kind == "i" else e.b.zext)(number, I64)
    return number


def number_at(e, pointer, dtype, size):
    """The index at a pointer as an i64; the kernel refuses it outside [0, size)."""
    number = number_from(e, pointer, dtype)
    e.refuse_if(e.b.icmp_unsigned(">=", number, e.index(size)))
    return number


def flat(e, dtype, source, target, low, high):
    """Copies the elements from `low` to `high`, or zeros where there is no source."""
    lanes = 64 // dtype.itemsize

    def run(i, width):
        if source is None:
            value = e.constant(dtype, 0, width)
        else:
            value = e.load(e.offset(source, dtype, i), dtype, width)
        e.store(value, e.offset(target, dtype, i), dtype)

    whole = e.b.sub(high, e.b.srem(e.b.sub(high, low), index(lanes)))
    e.loop(low, whole, lanes, lambda i, _: run(i, lanes), nonempty=False)
    e.loop(whole, high, 1, lambda i, _: run(i, 0), nonempty=False)
