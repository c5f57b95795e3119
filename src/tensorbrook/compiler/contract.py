"""Contractions: matrix products and convolutions, as one register-blocked kernel.

    C[batch, m, n] = sum over k of A[batch, m, k] * B[batch, k, n]

m, k and batch are each one or several axes with strides of their own, so that a convolution is a
contraction over its input as it lies: no columns are gathered. Only n must be contiguous in B and
C. A block of rows by a few vectors of n stays in registers while k runs; each step broadcasts a
row's element of A and multiplies it into the vectors of B.
"""

from copy import copy
from math import prod

from llvmlite import ir

from ..base.dims import Dim, same, typical
from .emit import Mask, OpenSizes, chunks_worth, even, index, scalar_type, vector_type
from .loops import MAX_CHUNKS
from .target import fused_multiply_add, vector_bytes, vector_registers
from .views import joined

LINE = 64  # bytes of a cache line
RUN = 1 << 15  # bytes of B that blocks of rows share while they are in the nearest cache
LONG = 1 << 18  # bytes of B from which on k is cut into such runs
SHORT = 1 << 9  # bytes of a row of A, up to which a block asks for the next one's
STREAM = 1 << 18  # elements of A from which on that pays: less stays in the cache
LARGE, FEW = 1 << 20, 16  # bytes of packed B from which on at most so many chunks read it
AHEAD = 16  # steps of k between asking for a line of A and reading it


def panel_width(dtype):
    """How many columns of B stand in registers together."""
    return (4 if vector_registers() >= 32 else 2) * vector_bytes() // dtype.itemsize


class Contraction(OpenSizes):
    """The kernel of one contraction; its pointers are A, B, what it begins at if so, and C.

    Args:
      dtype: float32 or float64, of A and B.
      batch, m, k: tuples of (size, stride in A, stride in B, stride in C), outermost first; m has
        no stride in B, k none in C.
      n: the size of the contiguous axis.
      shares: the first axis of k is cut into so many shares, whose results lie one after another
        in C, to be added up.
      result: the dtype of C, where that is another: float16 or bfloat16. Shares stay float32.
      panel: from one panel of B (`panel_width` columns) to the next, where they lie apart.

    Attributes:
      onto: what the sums begin at: None (zeros), "all" (an array like C), "row" (n for all rows).
      in_place: the number of the read in whose memory C may lie.
    """

    count, onto, in_place = 3, None, None

    def __init__(self, dtype, batch, m, k, n, shares=1, result=None, panel=None):
        self.dtype, self.n, self.shares, self.panel = dtype, n, shares, panel
        self.result = dtype if result is None or shares > 1 else result
        self.batch, self.m, self.k = joined(batch), joined(m), joined(k)
        self.batch, self.m, self.k = self.batch or [_ONE], self.m or [_ONE], self.k or [_ONE]
        # a block's rows lie as near each other as can be: rows far apart evict each other
        self.m.sort(key=lambda axis: -abs(typical(axis[1])))
        if shares > 1:
            self.k = list(k)
        self.open(self.batch, self.m, self.k, n)
        lanes = vector_bytes() // dtype.itemsize
        total = -(-typical(n) // lanes)
        vectors = _vectors(total) if panel is None else min(panel_width(dtype) // lanes, total)
        free = vector_registers() - vectors - 2
        self.rows, self.lanes, self.vectors = min(free // vectors, 14), lanes, vectors
        rows = prod(s for s, *_ in self.m)
        self.elements = 2 * prod(s for s, *_ in (*self.batch, *self.k)) * rows * n
        self.each_ns, self.most = 1 / 60, MAX_CHUNKS
        self.flops = typical(self.elements)
        self.cost = self.flops / 60
        self._plan(chunks_worth(self.cost, MAX_CHUNKS))
        self._plan_runs()
        depth, along = self.k[-1][:2]
        short = len(self.k) == 1 and depth.__class__ is int and depth * dtype.itemsize <= SHORT
        large = typical(depth * rows * prod(s for s, *_ in self.batch)) >= STREAM
        self.streams = short and large and same(along, 1)
        self.key = (
            f"contract {dtype} {self.result} {self.batch} {self.m} {self.k} {n} "
            f"{self.cut}/{self.parts} shares {shares} vectors {self.vectors} runs {self.run}"
            f"{' streams' * self.streams}"
        )
        if panel is not None:
            self.key += f" panels {panel}"

    def beginning(self, onto):
        """The same, with sums that begin at another array."""
        made = copy(self)
        made.onto, made.count, made.key = onto, 4, f"{self.key} onto {onto}"
        made.in_place = 2 if onto == "all" else None
        return made

    def _plan(self, wanted):
        """Cuts each share into `parts` along one axis: a chunk each."""
        panels = -(-self.n // (self.lanes * self.vectors))
        choices = {
            "batch": (self.batch[0][0], 1),
            "m": (self.m[0][0], self.rows if len(self.m) == 1 else 1),
            "n": (panels, 1),
        }
        if self.panel is not None and self.symbols:
            del choices["n"]  # columns one by one would not be beside each other
        # a large B does not stay in a core's own cache from chunk to chunk
        of_b = typical(prod(axis[0] for axis in self.k) * self.n) * self.dtype.itemsize
        large = self.panel is not None and of_b > LARGE
        wanted = max(1, (min(wanted, FEW) if large else wanted) // self.shares)
        if self.symbols:  # however much work there will be
            wanted = max(wanted, MAX_CHUNKS // self.shares)
        parts = {c: min(typical(size) // grain, wanted) for c, (size, grain) in choices.items()}
        self.cut = max(parts, key=parts.get)
        columns = "n" if typical(self.n) >= typical(prod(axis[0] for axis in self.m)) else "m"
        if large and self.cut != "batch" and parts.get(columns) == parts[self.cut]:
            self.cut = columns  # each chunk reads all of the other operand
        size, grain = choices[self.cut]
        self.parts = even(typical(size), wanted, grain)
        if self.symbols:
            self.shared, self.parts = (size, grain), None
            self.chunks = self.shares
        else:
            if self.parts < 2:
                self.cut, self.parts = None, 1
            self.chunks = self.shares * self.parts

    def _plan_runs(self):
        """Where k is long, blocks stop after each run of it: (axis of k, how many of it a run has).

        A run's part of B stays in the nearest cache while all rows are done; the sums wait in C.
        """
        self.run, width, inner = None, self.lanes * self.vectors * self.dtype.itemsize, 1
        total = typical(prod(size for size, *_ in self.k))
        if self.result != self.dtype or total * width < LONG:
            return
        for number in reversed(range(len(self.k))):
            size = self.k[number][0]
            if size.__class__ is Dim:
                return
            if inner * size * width > RUN:
                step = max(1, RUN // (inner * width))
                self.run = number, -(-size // -(-size // step))
                return
            inner *= size

    def chunks_for(self, sizes):
        """(chunks, parts of each share) for sizes by name."""
        parts = super().chunks_for(sizes)[1]
        parts = max(1, parts // self.shares) if self.shares > 1 else parts
        return self.shares * parts, parts

    def space(self):
        """The iteration space, in words; k in brackets."""
        batch, m, k = (prod(s for s, *_ in axes) for axes in (self.batch, self.m, self.k))
        return f"{batch} x {m} x {self.n} x [{k}]"

    # -- code --------------------------------------------------------------------------------------

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        self.e = e
        a, b, *begin, c = e.pointers
        if self.shares > 1:
            size = prod(s for s, *_ in (*self.batch, *self.m)) * self.n
            parts = e.parts if self.parts is None else index(self.parts)
            self.share = e.b.udiv(e.chunk, parts)
            e.chunk = e.b.urem(e.chunk, parts)
            c = e.offset(c, self.result, e.b.mul(self.share, e.index(size)))
        self._nest(self.batch, "batch", (a, b, c, *begin), self._panels)
        del self.e

    def within(self, e, *pointers):
        """Writes all of it into another kernel."""
        self.e, self.cut, self.run = e, None, None
        self._nest(self.batch, "batch", pointers, self._panels)
        del self.e

    def _move(self, pointers, axis, i):
        moved, strides = [], axis[1:]
        dtypes = self.dtype, self.dtype, self.result, self.dtype
        if self.onto is not None:  # along n always as C
            strides = *strides, axis[3] if self.onto == "all" or axis[0] is _COLUMNS else 0
        for pointer, dtype, stride in zip(pointers, dtypes, strides):
            if stride:
                by = i * stride if isinstance(i, int) else self.e.b.mul(i, self.e.index(stride))
                pointer = self.e.offset(pointer, dtype, by)
            moved.append(pointer)
        return tuple(moved)

    def _nest(self, axes, name, pointers, body, first=True):
        """Loops over axes but for the last of m; `body` gets the pointers."""
        if not axes:
            body(pointers)
            return
        size, cut = axes[0][0], first and self.cut == name
        start, stop = self.e.span(size, self.parts) if cut else (0, size)
        self.e.loop(
            start,
            stop,
            1,
            lambda i, _: self._nest(axes[1:], name, self._move(pointers, axes[0], i), body, False),
            nonempty=not (cut and self.symbols),
        )

    def _panels(self, pointers):
        """Panels of n: whole ones in a loop, then the rest."""
        e, width = self.e, self.lanes * self.vectors
        if self.n.__class__ is Dim or (self.cut == "n" and self.symbols):
            self._open_panels(pointers)
            return
        whole, rest = divmod(self.n, width)
        full = [self.lanes] * self.vectors
        short = [self.lanes] * (rest // self.lanes)
        short += [rest % self.lanes] if rest % self.lanes else []
        panels = whole + bool(rest)
        start, stop = e.span(panels, self.parts) if self.cut == "n" else (0, panels)

        def at(i, widths):
            axis = _COLUMNS, 0, width if self.panel is None else self.panel, width
            self._rows_of(self._move(pointers, axis, i), widths)

        if whole:
            end = stop
            if rest:
                end = e.smaller(stop, index(whole)) if self.cut == "n" else whole
            e.loop(start, end, 1, lambda i, _: at(i, full), nonempty=not (self.cut == "n" and rest))
        if rest and self.cut == "n":
            e.when(e.b.icmp_signed("==", stop, index(panels)), lambda: at(whole, short))
        elif rest:
            at(whole, short)

    def _open_panels(self, pointers):
        """Panels of an open number of columns: whole ones, then one masked vector after another."""
        e, width = self.e, self.lanes * self.vectors
        start, stop = 0, self.n
        if self.cut == "n":
            first, last = e.span(-(-self.n // width), self.parts)
            start = e.b.mul(first, index(width))
            stop = e.smaller(e.b.mul(last, index(width)), e.index(self.n))
        start, stop = e.index(start), e.index(stop)
        end = e.b.sub(stop, e.b.srem(e.b.sub(stop, start), index(width)))
        column = _COLUMNS, 0, 1, 1
        full = [self.lanes] * self.vectors
        e.loop(
            start,
            end,
            width,
            lambda i, _: self._rows_of(self._move(pointers, column, i), full),
            nonempty=False,
        )

        def masked(i, _):
            e.mask = Mask(e, self.lanes, e.b.sub(stop, i))
            self._rows_of(self._move(pointers, column, i), [self.lanes])
            e.mask = None

        e.loop(end, stop, self.lanes, masked, nonempty=False)

    def _rows_of(self, pointers, widths):
        e = self.e

        def all_rows():
            self._nest(self.m[:-1], "m", self._from, lambda p: self._blocks(p, widths))

        self._first, self._from, self._within = None, pointers, None
        if self.run is None:
            all_rows()
            return
        number, step = self.run

        def runs(axes, first, at):
            axis = axes[0]
            shared = self.shares > 1 and axes is self.k
            low, high = e.span(axis[0], self.shares, 1, self.share) if shared else (0, axis[0])
            low, high = e.index(low), e.index(high)
            last = len(self.k) - len(axes) == number

            def one(i, _):
                start = e.b.icmp_signed("==", i, low)
                start = start if first is None else e.b.and_(first, start)
                if not last:
                    runs(axes[1:], start, self._move(at, axis, i))
                    return
                self._first, self._from = start, at
                self._within = i, e.smaller(e.b.add(i, index(step)), high)
                all_rows()

            e.loop(low, high, step if last else 1, one, nonempty=not (shared and self.symbols))

        runs(self.k, None, pointers)

    def _blocks(self, pointers, widths):
        """Blocks of rows along the last axis of m."""
        e, axis = self.e, self.m[-1]
        size, cut = axis[0], self.cut == "m" and len(self.m) == 1
        if size.__class__ is Dim or (cut and self.symbols):
            self._open_blocks(pointers, widths, cut)
            return
        rows = min(self.rows, size)
        if not cut:  # as even as can be, so that the last block is not much lower than the others
            rows = -(-size // -(-size // rows))
        start, stop = e.span(size, self.parts, self.rows) if cut else (0, size)
        rest = size % rows

        def at(i, height):
            self._block(self._move(pointers, axis, i), height, widths)

        end = size - rest
        if cut and rest:
            end = e.smaller(stop, index(end))
        e.loop(
            start,
            end if rest else stop,
            rows,
            lambda i, _: at(i, rows),
            nonempty=not (cut and rest),
        )
        if rest and cut:
            e.when(e.b.icmp_signed("==", stop, index(size)), lambda: at(size - rest, rest))
        elif rest:
            at(size - rest, rest)

    def _open_blocks(self, pointers, widths, cut):
        """Blocks of an open number of rows: whole ones, then lower and lower ones."""
        e, axis = self.e, self.m[-1]
        start, stop = e.span(axis[0], self.parts, self.rows) if cut else (0, axis[0])
        start, stop = e.index(start), e.index(stop)
        for rows in (self.rows, *(r for r in _LOWER if r < self.rows)):
            end = e.b.sub(stop, e.b.srem(e.b.sub(stop, start), index(rows)))

            def at(i, _, rows=rows):
                self._block(self._move(pointers, axis, i), rows, widths)

            e.loop(start, end, rows, at, nonempty=False)
            start = end

    def _block(self, pointers, rows, widths):
        """One block of results: k runs with the sums in registers."""
        e = self.e
        kinds = [vector_type(scalar_type(self.dtype), w if w > 1 else 0) for w in widths]
        start = [ir.Constant(kind, None) for _ in range(rows) for kind in kinds]

        def places(pointer, down):
            return [
                e.offset(pointer, self.result, r * down + sum(widths[:j]))
                for r in range(rows)
                for j in range(len(widths))
            ]

        targets = places(pointers[2], self.m[-1][3])
        row_stride, axes_left = self.m[-1][1], self.k
        self._ask_for_next(pointers[0], rows)
        if self.onto is not None:
            begin = places(pointers[3], self.m[-1][3] if self.onto == "all" else 0)
            start = [
                e.load(place, self.result, width if width > 1 else 0)
                for place, width in zip(begin, widths * rows)
            ]
        if self.run is not None:
            axes_left = self.k[self.run[0] :]
            start = [
                e.b.select(
                    self._first, zero, e.load(target, self.result, width if width > 1 else 0)
                )
                for zero, target, width in zip(start, targets, widths * rows)
            ]

        def nest(axes, carry, at):
            if not axes:
                return self._step(carry, at, rows, widths, row_stride)
            size = axes[0][0]
            shared = self.shares > 1 and axes is self.k
            low, high = e.span(size, self.shares, 1, self.share) if shared else (0, size)
            if self.run is not None and axes is axes_left:
                low, high = self._within
            return e.loop(
                low,
                high,
                1,
                lambda i, c: nest(axes[1:], c, self._move(at, axes[0], i)),
                carry,
                nonempty=not (shared and self.symbols),
            )

        for total, target in zip(nest(axes_left, start, pointers), targets):
            e.store(total, target, self.result)

    def _ask_for_next(self, a, rows):
        """Asks for the rows of A that the next block reads, where a row is soon done."""
        if self.streams:
            depth, stride, line = self.k[0][0], self.m[-1][1], LINE // self.dtype.itemsize
            lines = range(0, depth, line)
            starts = [r * stride + at for r in range(rows, 2 * rows) for at in lines]
            if same(stride, depth):
                starts = range(rows * depth, 2 * rows * depth, line)
            for start in starts:
                self.e.prefetch(self.e.offset(a, self.dtype, start))

    def _step(self, sums, pointers, rows, widths, row_stride):
        e, at, vectors = self.e, 0, []
        along_k = self.k[-1][1]
        if abs(typical(along_k)) * self.dtype.itemsize >= LINE:  # each step reads another line
            e.prefetch(e.offset(pointers[0], self.dtype, AHEAD * along_k))
        for width in widths:
            where = e.offset(pointers[1], self.dtype, at)
            vectors.append(e.load(where, self.dtype, width if width > 1 else 0))
            at += width
        after = []
        for r in range(rows):
            one = e.load(e.offset(pointers[0], self.dtype, r * row_stride), self.dtype)
            for j, width in enumerate(widths):
                x = e.splat(one, width if width > 1 else 0)
                total = sums[r * len(widths) + j]
                if fused_multiply_add():
                    after.append(e.intrinsic("fma", x, vectors[j], total))
                else:
                    after.append(e.b.fadd(e.b.fmul(x, vectors[j]), total))
        return after


def _vectors(total):
    """How many vectors wide a panel is: with as little left over as can be."""
    if vector_registers() < 32:
        return min(2, total)
    return total if total <= 4 else next((v for v in (4, 3, 5) if total % v == 0), 4)


_COLUMNS = None  # the size in a step along n, which is no axis of its own
_LOWER = (4, 1)  # rows of the blocks for what is left of an open number of rows
_ONE = (1, 0, 0, 0)
