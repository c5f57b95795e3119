"""Random numbers from a state: the bits of ops/_kernels/philox.py.

Gamma, Poisson and binomial numbers, which reject an unknown number of times, fall back.
"""

from math import prod

import numpy as np
from llvmlite import ir

from ..emit import I32, I64, Specialised, chunks_worth, even, index, lanes_of
from ..halves import computed
from ..lower import native_rule
from ..philox import (
    Stream,
    fractions,
    interleaved,
    joined_words,
    normals,
    stream_lanes,
)

MAX_CHUNKS = 32
_NANOSECONDS = {"bits": 0.4, "uniform": 0.5, "normal": 4.0, "uniform_int": 1.5}
_INT64, _UINT32 = np.dtype(np.int64), np.dtype(np.uint32)
_RESERVED = 64  # blocks that each truncated normal number owns


def _values(e, kind, words, dtype):
    """What blocks give for a distribution, as one vector in the order of the stream."""
    if kind == "normal":
        return normals(e, words, computed(dtype))
    if kind == "uniform":
        parts = fractions(e, words, dtype)
    elif dtype.itemsize == 8:
        parts = joined_words(e, words)
    else:
        parts = [e.b.trunc(w, _like(I32, w)) for w in words]
    return interleaved(e, parts)


def _like(element, value):
    return ir.VectorType(element, lanes_of(value)) if lanes_of(value) else element


class Filling(Specialised):
    """Fills an array with numbers of one distribution.

    Args:
      kind: "bits" (integers over the whole range), "uniform", "normal" or "uniform_int".
    """

    def __init__(self, kind, dtype, size):
        self.kind, self.dtype, self.size = kind, dtype, size
        self.count = 4 if kind == "uniform_int" else 2
        self.lanes = stream_lanes()
        if kind == "normal":  # whose logarithms and sines are in double precision
            self.lanes //= 2
        self.each = 16 // computed(dtype).itemsize * self.lanes  # numbers of a round
        self.cost = size * _NANOSECONDS[kind] * dtype.itemsize / 4
        self.rounds = -(-size // self.each)
        wanted = chunks_worth(self.cost, MAX_CHUNKS)
        self.chunks = even(self.rounds, max(1, wanted))
        self.key = f"random {kind} {dtype} {size} {self.chunks}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        state, *bounds, out = e.pointers
        stream, finish = Stream.of(e, state), None
        if bounds:
            least, limit = (e.load(p, self.dtype) for p in bounds)
            e.refuse_if(e.b.icmp_signed(">=", least, limit))
            span = e.b.sub(limit, least)

            def finish(value):
                lanes = lanes_of(value)
                return e.b.add(e.b.urem(value, e.splat(span, lanes)), e.splat(least, lanes))

        def values(i):
            words = stream.blocks(e.b.mul(i, index(self.lanes)), self.lanes)
            value = _values(e, self.kind, words, self.dtype)
            return value if finish is None else finish(value)

        whole, rest = self.size // self.each, self.size % self.each

        def one(i, _):
            value, place = values(i), e.offset(out, self.dtype, e.b.mul(i, index(self.each)))
            if not rest:
                e.store(value, place, self.dtype)
                return
            full = e.b.icmp_signed("<", i, index(whole))
            e.when(full, lambda: e.store(value, place, self.dtype))
            part = e.lanes(value, range(rest))
            e.when(e.b.not_(full), lambda: e.store(part, place, self.dtype))

        low, high = e.span(self.rounds, self.chunks)
        e.loop(low, high, 1, one, nonempty=False)


def filled(lowering, state, kind, dtype, shape, *bounds):
    """An array of numbers of a distribution (see Filling)."""
    kernel = Filling(kind, dtype, prod(shape))
    reads = [lowering.dense(state), *bounds]
    return lowering.kernel(kernel, reads, [(tuple(shape), dtype)])[0]


@native_rule("random_uniform", "random_normal", "random_full_int", "random_uniform_int")
def filling(lowering, node, views):
    """Blocks side by side, one a lane."""
    kind = node.op.name.removeprefix("random_").replace("full_int", "bits")
    out = node.outputs[0]
    if computed(out.dtype).itemsize < 4:
        return None
    return [filled(lowering, views[0], kind, out.dtype, out.shape, *views[1:])]


class Rows(Specialised):
    """Fills each row of an array with the uniform numbers from a place of the stream on."""

    count = 3

    def __init__(self, dtype, rows, size):
        self.dtype, self.size, self.lanes = dtype, size, stream_lanes()
        self.width = 16 // computed(dtype).itemsize  # numbers of a block
        self.each = self.width * self.lanes  # and of a round
        # a row may begin at the last number of its first block
        self.rounds = -(-(size + self.width - 1) // self.each)
        self.cost = rows * size * _NANOSECONDS["uniform"] * dtype.itemsize / 4
        self.all = rows * self.rounds
        self.chunks = even(max(self.all, 1), max(1, chunks_worth(self.cost, MAX_CHUNKS)))
        self.key = f"random rows {dtype} {rows} {size} {self.chunks}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        state, starts, out = e.pointers
        stream, b, held = Stream.of(e, state), e.b, e.memory(self.dtype, self.each)

        def one(i, _):
            row, turn = b.udiv(i, index(self.rounds)), b.urem(i, index(self.rounds))
            start = e.load(e.offset(starts, _INT64, row), _INT64)
            block = b.add(b.udiv(start, index(self.width)), b.mul(turn, index(self.lanes)))
            value = _values(e, "uniform", stream.blocks(block, self.lanes), self.dtype)
            before = b.urem(start, index(self.width))  # numbers of the first block left out
            at = b.sub(b.mul(turn, index(self.each)), before)
            target = e.offset(out, self.dtype, b.add(b.mul(row, index(self.size)), at))
            left = b.sub(index(self.size), at)
            whole = b.and_(
                b.icmp_signed(">=", at, index(0)), b.icmp_signed(">=", left, index(self.each))
            )
            e.when(whole, lambda: e.store(value, target, self.dtype))

            def part():
                e.store(value, held, self.dtype)
                first = b.select(b.icmp_signed("<", at, index(0)), before, index(0))
                e.loop(first, e.smaller(left, index(self.each)), 1, copy, nonempty=False)

            def copy(k, _):
                number = e.load(e.offset(held, self.dtype, k), self.dtype)
                e.store(number, e.offset(target, self.dtype, k), self.dtype)

            e.when(b.not_(whole), part)

        low, high = e.span(self.all, self.chunks)
        e.loop(low, high, 1, one, nonempty=False)


@native_rule("random_uniform_rows")
def uniform_rows(lowering, node, views):
    """Rounds of blocks, of a row after the other."""
    out = node.outputs[0]
    kernel = Rows(out.dtype, *out.shape)
    reads = [lowering.dense(view) for view in views]
    return lowering.kernel(kernel, reads, [(out.shape, out.dtype)])


class TruncatedNormal(Specialised):
    """Normal numbers within (-2, 2): each group of a block's numbers draws until it is full."""

    count = 2

    def __init__(self, dtype, size):
        self.dtype, self.size, self.width = dtype, size, 16 // computed(dtype).itemsize
        self.groups, self.cost = -(-size // self.width), size * 25
        self.chunks = even(self.groups, max(1, chunks_worth(self.cost, MAX_CHUNKS)))
        self.key = f"random truncated {dtype} {size} {self.chunks}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        state, out = e.pointers
        stream, b, width = Stream.of(e, state), e.b, self.width

        def group(i, _):
            first = b.mul(i, index(width * _RESERVED))
            start = b.mul(i, index(width))
            end = e.smaller(b.add(start, index(width)), index(self.size))

            def draw(block, at):
                words = stream.blocks(block, 0)
                drawn = normals(e, words, computed(self.dtype))
                for k in range(width):
                    value = b.extract_element(drawn, ir.Constant(I32, k))
                    fits = b.fcmp_ordered(
                        "<", e.intrinsic("fabs", value), e.constant(self.dtype, 2.0)
                    )
                    kept = b.and_(fits, b.icmp_signed("<", at, end))
                    place = b.select(kept, at, b.sub(end, index(1)))
                    there = e.offset(out, self.dtype, place)
                    held = e.load(there, self.dtype)
                    e.store(b.select(kept, value, held), there, self.dtype)
                    at = b.add(at, b.zext(kept, I64))
                return b.icmp_signed("<", at, end), [b.add(block, index(1)), at]

            e.repeat([first, start], draw)

        low, high = e.span(self.groups, self.chunks)
        e.loop(low, high, 1, group, nonempty=False)


@native_rule("random_truncated_normal")
def truncated_normal(lowering, node, views):
    """A stream for each group."""
    out = node.outputs[0]
    kernel = TruncatedNormal(out.dtype, prod(out.shape))
    return lowering.kernel(kernel, [lowering.dense(views[0])], [(out.shape, out.dtype)])


# -- states ----------------------------------------------------------------------------------------


class Skip:
    """The state some blocks on: an addition of 128 bits."""

    count, chunks, cost = 2, 1, 5

    def __init__(self, blocks):
        self.blocks = blocks % (1 << 128)
        self.key = f"random skip {self.blocks}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        source, target = e.pointers
        low, high, key = (e.load(e.offset(source, _INT64, k), _INT64) for k in range(3))
        by = [ir.Constant(I64, self.blocks >> s & (1 << 64) - 1) for s in (0, 64)]
        moved = e.b.add(low, by[0])
        carry = e.b.zext(e.b.icmp_unsigned("<", moved, low), I64)
        high = e.b.add(e.b.add(high, by[1]), carry)
        for k, value in enumerate((moved, high, key)):
            e.store(value, e.offset(target, _INT64, k), _INT64)


@native_rule("random_skip")
def skip(lowering, node, views):
    """The counter moved on."""
    out = node.outputs[0]
    kernel = Skip(int(node.attrs["count"]))
    return lowering.kernel(kernel, [lowering.dense(views[0])], [(out.shape, out.dtype)])


class Scramble:
    """The state of a pair of seeds: one block under a fixed key."""

    count, chunks, cost = 2, 1, 20
    _KEY = 0x02461E293EC8F720

    def __init__(self, dtype):
        self.dtype = dtype
        self.key = f"random scramble {dtype}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        source, target = e.pointers
        seeds = [e.load(e.offset(source, self.dtype, k), self.dtype) for k in (0, 1)]
        if self.dtype.itemsize < 8:
            seeds = [(e.b.sext if self.dtype.kind == "i" else e.b.zext)(s, I64) for s in seeds]
        words = Stream(e, *seeds, index(self._KEY)).encrypted(*seeds)
        key, high = joined_words(e, words)
        for k, value in enumerate((index(0), high, key)):
            e.store(value, e.offset(target, _INT64, k), _INT64)


@native_rule("random_scramble")
def scramble(lowering, node, views):
    """A stateless function's stream."""
    out, seed = node.outputs[0], lowering.dense(views[0])
    return lowering.kernel(Scramble(seed.dtype), [seed], [(out.shape, out.dtype)])


# -- orders and choices ----------------------------------------------------------------------------


class Order(Specialised):
    """Fisher and Yates from the front, by given words."""

    count, chunks = 2, 1

    def __init__(self, size):
        self.size, self.cost = size, size * 4
        self.key = f"random order {size}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        words, out = e.pointers
        e.loop(0, self.size, 1, lambda i, _: e.store(i, e.offset(out, _INT64, i), _INT64))

        def swap(i, _):
            word = e.b.zext(e.load(e.offset(words, _UINT32, i), _UINT32), I64)
            jump = e.b.urem(word, e.b.sub(index(self.size), i))
            here = e.offset(out, _INT64, i)
            there = e.offset(out, _INT64, e.b.add(i, jump))
            a, b = e.load(here, _INT64), e.load(there, _INT64)
            e.store(b, here, _INT64)
            e.store(a, there, _INT64)

        e.loop(0, self.size - 1, 1, swap, nonempty=False)


@native_rule("random_order")
def order(lowering, node, views):
    """A row of words, then the swaps, one after the other."""
    size, out = node.attrs["size"], node.outputs[0]
    if size < 2:
        return [lowering.constant(np.zeros(out.shape, out.dtype))]
    words = filled(lowering, views[0], "bits", _UINT32, (size - 1,))
    return lowering.kernel(Order(size), [words], [(out.shape, out.dtype)])
