"""Loop nests: one kernel for a fused group of elementwise operations and reductions.

The iteration space has kept and reduced axes. Its last axis is the vector axis. For each point of
the kept axes (or vector of points, where the vector axis is kept) the kernel runs its stages: a
stage is one pass over the reduced axes, which accumulates reductions and stores elementwise
results. A value that depends on a reduction belongs to a later stage than the reduction, so that
softmax and layer normalisation are one kernel whose row stays in the cache.

    kept loops -> (stage 0: reduced loops) -> (stage 1: reduced loops) ... -> stores of kept values
"""

from contextlib import contextmanager
from math import prod

import numpy as np
from llvmlite import ir

from ..base.dims import Dim, typical
from ..core.op import OPS
from . import scalar
from .emit import Mask, OpenSizes, chunks_worth, even, index, lanes_of
from .target import vector_bytes, vector_registers

MAX_CHUNKS = 64
SCRATCH_BYTES = 1 << 15


class LoopKernel(OpenSizes):
    """A fused loop nest.

    Args:
      sizes, reduced: the axes' lengths, and whether each is reduced.
      code: instructions in order, each a tuple that names earlier ones by number:
        ("load", k) · ("constant", dtype, value) · ("size", dtype, Dim) ·
        ("op", name, operand dtype, attrs, arguments) · ("reduce", kind, dtype, argument).
      loads, stores: (dtype, strides) of what is read, and (number, dtype, strides) of what is
        written. Strides are counted in elements, one an axis.
      split: the reductions are of this chunk's share of the first reduced axis only, and are
        stored one result a chunk.
    """

    def __init__(self, sizes, reduced, code, loads, stores, split=False):
        self.sizes, self.reduced, self.code = sizes, reduced, code
        self.loads, self.stores, self.split = loads, stores, split
        self.vector, self.most = len(sizes) - 1, MAX_CHUNKS
        self.open(list(sizes), [s for _, s in loads], [s for _, _, s in stores], _sizes_in(code))
        self._analyse()
        self._plan_chunks()
        self.key = (
            f"loops {sizes} {reduced} {_text(code)} {_text(loads)} {_text(stores)} "
            f"{self.chunk_axis}/{self.parts}{' split' if split else ''} {sorted(self._scratch_at)}"
        )

    # -- what is known before any code -------------------------------------------------------------

    def _analyse(self):
        """For each instruction: is it of the reduced axes' level, and from which stage is it."""
        self.inner, self.ready = [], []
        for step in self.code:
            if step[0] == "load":
                strides = self.loads[step[1]][1]
                self.inner.append(any(s and r for s, r in zip(strides, self.reduced)))
                self.ready.append(0)
            elif step[0] in ("constant", "size"):
                self.inner.append(False)
                self.ready.append(0)
            elif step[0] == "op":
                self.inner.append(any(self.inner[a] for a in step[4]))
                self.ready.append(max([self.ready[a] for a in step[4]], default=0))
            else:
                self.inner.append(False)
                self.ready.append(self.ready[step[3]] + 1)
        self.stages = max(self.ready, default=0) + 1
        has_reduced = any(self.reduced)
        self._inner_store = [
            has_reduced and any(s and r for s, r in zip(strides, self.reduced))
            for _, _, strides in self.stores
        ]
        heavy = [i for i, s in enumerate(self.code) if s[0] == "op" and OPS[s[1]].heavy]
        self._spilled = [i for i in heavy if self.inner[i] and len(self._stages_using(i)) > 1]
        lanes = vector_bytes() // 4
        wide = lanes * (4 if has_reduced else 2) if not heavy else lanes
        if vector_registers() < 32 and wide > 2 * lanes:
            wide = 2 * lanes
        while wide > lanes and not self.symbols and wide > self.sizes[self.vector]:
            wide //= 2
        while wide > lanes and self._kept_values() * wide > (vector_registers() - 4) * lanes:
            wide //= 2  # sums and what is loaded once for all of them stay in registers
        self.lanes = wide
        self._plan_scratch()
        simple = len(self.code) - len(heavy)
        per_element = 0.03 * simple + 0.6 * len(heavy)
        per_element += 0.1 * (len(self.loads) + len(self.stores))
        per_element += sum(0.5 for _, s in self.loads if typical(s[-1]) not in (-1, 0, 1))
        self.elements, self.each_ns = prod(self.sizes), per_element
        self.cost = typical(self.elements) * per_element

    def _kept_values(self):
        """How many values each element has all through the loops over the reduced axes."""
        if not any(self.reduced) or self.reduced[self.vector]:
            return 0
        pairs = list(zip(self.code, self.inner))
        moving = [s for s, i in pairs if s[0] == "load" and not i and self.loads[s[1]][1][-1]]
        return sum(step[0] == "reduce" for step in self.code) + len(moving)

    def _stages_using(self, number):
        """The stages in which an inner value is computed."""
        used = set()
        for step in self.code:
            if step[0] == "reduce" and self._depends(step[3], number):
                used.add(self.ready[step[3]])
        for (i, _, _), inner in zip(self.stores, self._inner_store):
            if inner and self._depends(i, number):
                used.add(self.ready[i])
        return used

    def _depends(self, i, on):
        if i == on:
            return True
        step = self.code[i]
        return step[0] == "op" and any(self._depends(a, on) for a in step[4] if a >= on)

    def _plan_chunks(self):
        """How the work is cut: by sizes alone, so that results do not depend on the threads."""
        wanted = chunks_worth(self.cost, MAX_CHUNKS)
        self.chunks, self.chunk_axis, self.parts = 1, -1, 1
        axes = [i for i, r in enumerate(self.reduced) if r == self.split]
        if not axes or (wanted < 2 and (self.split or not self.symbols)):
            return
        sizes = typical(self.sizes)
        axis = max(axes, key=lambda i: sizes[i] // (self.lanes if i == self.vector else 1))
        grain = self.lanes if axis == self.vector else 1
        self.chunks = self.parts = even(sizes[axis], max(wanted, 1), grain)
        self.chunk_axis = axis
        if self.symbols and not self.split:
            self.shared, self.parts = (self.sizes[axis], grain), None
        elif self.split:
            self.fixed = self.chunks

    def stored_inside(self, k):
        """True when the k-th result is stored within the loops over reduced axes."""
        return self._inner_store[k]

    @property
    def count(self):
        """How many pointers it takes."""
        return len(self.loads) + len(self.stores)

    # -- code --------------------------------------------------------------------------------------

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        self.e = e
        accesses = [*self.loads, *[(dtype, strides) for _, dtype, strides in self.stores]]
        pointers = list(e.pointers)
        if self.split:
            kept = prod(s for s, r in zip(self.sizes, self.reduced) if not r)
            for k, (_, dtype, _) in enumerate(self.stores):
                if not self._inner_store[k]:
                    at = len(self.loads) + k
                    moved = e.b.mul(e.chunk, e.index(kept))
                    pointers[at] = e.offset(pointers[at], dtype, moved)
        pointers += self._scratch(accesses)
        self.accesses = accesses
        kept = [i for i, r in enumerate(self.reduced) if not r and i != self.vector]
        self._kept_loops(kept, pointers)
        del self.e, self.accesses

    def _plan_scratch(self):
        """Which values that several stages use have memory of the kernel's own, and its strides."""
        inner = [i for i, r in enumerate(self.reduced) if r]
        lanes = self.lanes if not self.reduced[self.vector] else 1
        total = prod(self.sizes[i] for i in inner) * lanes
        self._scratch_at, first = {}, len(self.loads) + len(self.stores)
        for number in self._spilled:
            if total * self._dtype(number).itemsize <= SCRATCH_BYTES:
                self._scratch_at[number] = first + len(self._scratch_at)
        self._scratch_strides, step = [0] * len(self.sizes), lanes
        for i in reversed(inner):
            self._scratch_strides[i] = step
            step *= self.sizes[i]
        self._scratch_size = total

    def _scratch(self, accesses):
        """Pointers to that memory."""
        pointers = []
        for number in self._scratch_at:
            dtype = self._dtype(number)
            open_size = self._scratch_size.__class__ is Dim
            size = SCRATCH_BYTES // dtype.itemsize if open_size else self._scratch_size
            pointers.append(self.e.memory(dtype, size))
            accesses.append((dtype, tuple(self._scratch_strides)))
        return pointers

    def _dtype(self, number):
        step = self.code[number]
        if step[0] == "load":
            return self.loads[step[1]][0]
        if step[0] in ("constant", "size"):
            return step[1]
        if step[0] == "reduce":
            return step[2]
        return OPS[step[1]].out or step[3].get("dtype", step[2])

    def _advance(self, pointers, axis, i):
        """The pointers at index `i` (an int or i64) of an axis."""
        result = []
        for pointer, (dtype, strides) in zip(pointers, self.accesses):
            stride = strides[axis]
            if stride and not (isinstance(i, int) and i == 0):
                if isinstance(i, (int, Dim)):
                    move = i * stride
                else:
                    one = stride.__class__ is int and stride == 1
                    move = i if one else self.e.b.mul(i, self.e.index(stride))
                pointer = self.e.offset(pointer, dtype, move)
            result.append(pointer)
        return result

    def _span(self, axis, grain=1):
        if axis == self.chunk_axis:
            return self.e.span(self.sizes[axis], self.parts, grain)
        return 0, self.sizes[axis]

    def _kept_loops(self, axes, pointers):
        if axes:
            start, stop = self._span(axes[0])
            self.e.loop(
                start,
                stop,
                1,
                lambda i, _: self._kept_loops(axes[1:], self._advance(pointers, axes[0], i)),
                nonempty=not self.symbols or axes[0] != self.chunk_axis,
            )
        elif self.reduced[self.vector]:
            self._block(0, pointers)
        else:
            self._vector_loop(pointers)

    def _vector_loop(self, pointers):
        """The kept vector axis: whole vectors, then one shorter vector for the rest."""
        e, axis = self.e, self.vector
        size, lanes = self.sizes[axis], self.lanes
        if self.symbols and (size.__class__ is Dim or axis == self.chunk_axis):
            last = self._whole_vectors(
                axis, lambda i, c: self._block(lanes, self._advance(pointers, axis, i))
            )
            with self._tail(*last):
                self._block(lanes, self._advance(pointers, axis, last[0]))
            return
        main, rest = size // lanes * lanes, size % lanes
        start, stop = self._span(axis, lanes)
        if main:
            chunked = axis == self.chunk_axis
            end = e.smaller(stop, ir.Constant(stop.type, main)) if chunked else main
            e.loop(
                start,
                end,
                lanes,
                lambda i, _: self._block(lanes, self._advance(pointers, axis, i)),
                nonempty=not (chunked and rest),
            )
        if rest:

            def short():
                self._block(rest if rest > 1 else 0, self._advance(pointers, axis, main))

            if axis == self.chunk_axis:
                e.when(e.b.icmp_signed("==", stop, ir.Constant(stop.type, size)), short)
            else:
                short()

    def _whole_vectors(self, axis, body, carry=None):
        """Loops over whole vectors of an axis of open size: (where the rest begins, its end)."""
        e, lanes = self.e, self.lanes
        start, stop = map(e.index, self._span(axis, lanes))
        length = e.b.sub(stop, start)
        end = e.b.sub(stop, e.b.and_(length, index(lanes - 1)))
        after = e.loop(start, end, lanes, body, carry or (), nonempty=False)
        return (end, stop) if carry is None else (end, stop, after)

    @contextmanager
    def _tail(self, begin, end):
        """Within it, vectors hold the elements from `begin` to `end`, fewer than their lanes."""
        self.e.mask = Mask(self.e, self.lanes, self.e.b.sub(end, begin))
        yield
        self.e.mask = None

    def _block(self, lanes, pointers):
        """All stages at one point (or vector of points) of the kept axes."""
        known = {}
        for stage in range(self.stages):
            reductions = [
                i for i, s in enumerate(self.code) if s[0] == "reduce" and self.ready[s[3]] == stage
            ]
            stores = [
                k
                for k, inner in enumerate(self._inner_store)
                if inner and self.ready[self.stores[k][0]] == stage
            ]
            if reductions or stores:
                for i, value in zip(
                    reductions, self._pass(lanes, pointers, known, reductions, stores, stage)
                ):
                    known[i] = value
        outer = [k for k, inner in enumerate(self._inner_store) if not inner]
        # all loads come before the first store: a result may be written over an operand
        values = [self._value(self.stores[k][0], lanes, pointers, known, known, -1) for k in outer]
        for k, value in zip(outer, values):
            self._store(k, value, lanes, pointers)

    def _store(self, k, value, lanes, pointers):
        _, dtype, strides = self.stores[k]
        stride = strides[self.vector] if lanes else 1
        value = self.e.splat(value, lanes if stride else 0)
        self.e.store(value, pointers[len(self.loads) + k], dtype, stride)

    def _pass(self, lanes, pointers, known, reductions, stores, stage):
        """One pass over the reduced axes; returns the values of its reductions."""
        e = self.e
        self._hoist(reductions, stores, lanes, pointers, known)
        across = self.reduced[self.vector]
        size = self.sizes[self.vector]
        if across and self.symbols and (size.__class__ is Dim or self.chunk_axis == self.vector):
            size = self.lanes  # whole vectors, then a masked one
        main = size // self.lanes if across else 0
        rest = size % self.lanes if across else 0
        short = rest if rest > 1 else 0
        widths = ([self.lanes] if main else []) + ([short] if rest else []) if across else [lanes]
        start = []
        for width in widths:
            for i in reductions:
                kind, dtype = self.code[i][1:3]
                start.append(_identity(e, kind, dtype, width))

        count = len(reductions)

        def body(carry, at, width, which):
            mine = slice(which * count, (which + 1) * count)
            inner = {}
            carry[mine] = self._accumulate(carry[mine], width, at, known, inner, reductions, stage)
            values = [
                self._value(self.stores[k][0], width, at, known, inner, stage) for k in stores
            ]
            for k, value in zip(stores, values):
                self._store(k, value, width, at)
            return carry

        def innermost(carry, at):
            if across:
                return self._along_vector(carry, at, body, main, rest)
            return body(list(carry), at, lanes, 0)

        axes = [i for i, r in enumerate(self.reduced) if r and i != self.vector]

        def nest(axes, carry, at):
            if not axes:
                return innermost(carry, at)
            low, high = self._span(axes[0])
            return e.loop(
                low,
                high,
                1,
                lambda i, c: nest(axes[1:], c, self._advance(at, axes[0], i)),
                carry,
                nonempty=not self.symbols or axes[0] != self.chunk_axis,
            )

        end = nest(axes, start, pointers)
        return self._totals(end, reductions, widths, across)

    def _accumulate(self, carry, width, at, known, inner, reductions, stage):
        """The accumulators after one more vector of elements."""
        updated = []
        for accumulator, i in zip(carry, reductions):
            _, kind, dtype, argument = self.code[i]
            value = self._value(argument, width, at, known, inner, stage)
            value = self.e.splat(value, width)
            total = _combine(self.e, kind, dtype, accumulator, value)
            if self.e.mask is not None and self.reduced[self.vector]:
                total = self.e.b.select(self.e.mask.lanes, total, accumulator)
            updated.append(total)
        return updated

    def _along_vector(self, carry, at, body, main, rest):
        """The reduced vector axis: whole vectors, then one shorter vector for the rest."""
        e, axis, size = self.e, self.vector, self.sizes[self.vector]
        if self.symbols and (size.__class__ is Dim or axis == self.chunk_axis):

            def whole(i, c):
                return body(list(c), self._advance(at, axis, i), self.lanes, 0)

            begin, end, after = self._whole_vectors(axis, whole, carry)
            with self._tail(begin, end):
                return body(list(after), self._advance(at, axis, begin), self.lanes, 0)
        low, high = self._span(axis, self.lanes)
        chunked, last = axis == self.chunk_axis, main * self.lanes
        if main:
            carry = e.loop(
                low,
                e.smaller(high, ir.Constant(high.type, last)) if chunked else last,
                self.lanes,
                lambda i, c: body(list(c), self._advance(at, axis, i), self.lanes, 0),
                carry,
                nonempty=not (chunked and rest),
            )
        if rest:
            width, which = rest if rest > 1 else 0, 1 if main else 0
            after = body(list(carry), self._advance(at, axis, last), width, which)
            if chunked:  # the rest is the last chunk's
                mine = e.b.icmp_signed("==", high, ir.Constant(high.type, size))
                after = [e.b.select(mine, a, c) for a, c in zip(after, carry)]
            carry = after
        return carry

    def _totals(self, end, reductions, widths, across):
        """The accumulators of all widths, and of all lanes where the vector axis is reduced."""
        e, count, totals = self.e, len(reductions), []
        for k, i in enumerate(reductions):
            kind, dtype = self.code[i][1:3]

            def join(x, y, kind=kind, dtype=dtype):
                return _combine(e, kind, dtype, x, y)

            parts = [end[w * count + k] for w in range(len(widths))]
            if across:
                parts = [e.fold(p, join) for p in parts]
            total = parts[0]
            for part in parts[1:]:
                total = join(total, part)
            totals.append(total)
        return totals

    def _hoist(self, reductions, stores, lanes, pointers, known):
        """Computes what a pass needs of the kept level before its loops begin."""
        roots = [self.code[i][3] for i in reductions] + [self.stores[k][0] for k in stores]
        seen = set()

        def visit(i):
            if i in seen:
                return
            seen.add(i)
            if not self.inner[i]:
                self._value(i, lanes, pointers, known, known, -1)
            elif self.code[i][0] == "op":
                for a in self.code[i][4]:
                    visit(a)

        for root in roots:
            visit(root)

    def _value(self, number, lanes, pointers, known, inner, stage):
        """The value of an instruction here: known, loaded from scratch, or computed."""
        if number in known:
            return known[number]
        if number in inner:
            return inner[number]
        e, step = self.e, self.code[number]
        scratch = self._scratch_at.get(number) if stage >= 0 else None
        if scratch is not None and stage > min(self._stages_using(number)):
            value = e.load(pointers[scratch], self._dtype(number), lanes)
        elif step[0] == "load":
            dtype, strides = self.loads[step[1]]
            stride = strides[self.vector] if lanes else 0
            value = e.load(pointers[step[1]], dtype, lanes if stride else 0, stride)
        elif step[0] == "constant":
            value = e.constant(step[1], step[2])
        elif step[0] == "size":
            value = e.size(step[1], step[2])
        else:
            values = [self._value(a, lanes, pointers, known, inner, stage) for a in step[4]]
            width = max(map(lanes_of, values))
            values = [e.splat(v, width) for v in values]
            value = scalar.compute(e, step[1], step[2], step[3], values)
            if scratch is not None:
                e.store(e.splat(value, lanes), pointers[scratch], self._dtype(number))
        target = inner if self.inner[number] else known
        target[number] = value
        return value


def _sizes_in(code):
    return [step[2] for step in code if step[0] == "size"]


def _text(items):
    return ";".join(map(repr, items))


def _identity(e, kind, dtype, lanes):
    """Where a reduction starts."""
    if kind == "sum":
        value = 0
    elif kind == "prod":
        value = 1
    elif kind in ("any", "all"):
        value = kind == "all"
    elif dtype.kind == "f":
        value = -np.inf if kind == "max" else np.inf
    else:
        limits = np.iinfo(dtype)
        value = limits.min if kind == "max" else limits.max
    return e.constant(dtype, value, lanes)


def _combine(e, kind, dtype, x, y):
    if kind in ("any", "all"):
        return e.b.or_(x, y) if kind == "any" else e.b.and_(x, y)
    name = {"sum": "add", "prod": "multiply", "max": "maximum", "min": "minimum"}[kind]
    return scalar.compute(e, name, dtype, {}, (x, y))
