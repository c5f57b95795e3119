"""Sorting: the stable order of the lines of an axis, and choices by bisection.

Elements become unsigned keys of the same order: NaNs last, zeros of both signs equal. Short lines
are ranked by comparing each key with all others at once, long ones sorted by the keys' digits.
"""

from math import prod

import numpy as np
from llvmlite import ir

from ...base.dims import has_dims
from ..emit import I32, I64, Specialised, chunks_worth, even, index
from ..halves import computed
from ..lower import native_rule
from .along import Running
from .random import filled

SHORT, DIGITS = 64, 256
MAX_CHUNKS = 16
_INT32, _INT64 = np.dtype(np.int32), np.dtype(np.int64)


def _key_dtype(dtype):
    return np.dtype(np.uint64 if dtype.itemsize == 8 else np.uint32)


def _key(e, dtype, value, descending):
    """An unsigned integer whose order is that of the values."""
    b, key_dtype = e.b, _key_dtype(dtype)
    kind = ir.IntType(8 * key_dtype.itemsize)
    top = ir.Constant(kind, 1 << kind.width - 1)
    if computed(dtype).kind != "f":
        if descending:
            value = b.not_(value)
        if dtype.kind == "i":  # the least number is the key 0
            value = b.xor(value, ir.Constant(value.type, 1 << value.type.width - 1))
        return b.zext(value, kind) if dtype.itemsize < key_dtype.itemsize else value
    if descending:
        value = b.fneg(value)
    value = b.fadd(value, e.constant(dtype, 0.0))  # -0.0 becomes 0.0
    bits = b.bitcast(value, kind)
    negative = b.icmp_signed("<", bits, ir.Constant(kind, 0))
    key = b.select(negative, b.not_(bits), b.or_(bits, top))
    return b.select(b.fcmp_unordered("uno", value, value), ir.Constant(kind, -1), key)


class Argsort:
    """The order of each line of a dense tensor of shape (lines, n).

    Pointers: the tensor; the result, keys and twice as much to sort in, for each chunk.
    """

    def __init__(self, dtype, lines, n, descending):
        self.dtype, self.lines, self.n, self.descending = dtype, lines, n, descending
        self.keys, self.short = _key_dtype(dtype), n <= SHORT
        self.passes = min(self.keys.itemsize, max(2, computed(dtype).itemsize))
        self.cost = lines * n * (n * 0.2 if self.short else 3.0 * self.passes)
        wanted = chunks_worth(self.cost, MAX_CHUNKS)
        self.chunks = even(lines, max(1, wanted))
        self.count = 2 if self.short else 5
        self.key = f"argsort {dtype} {lines} {n} {descending} {self.chunks}"

    def scratch(self):
        """(shape, dtype) of what it writes besides the result."""
        if self.short:
            return []
        both = ((self.chunks, self.n), self.keys)
        return [both, both, ((self.chunks, self.n), _INT32)]

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        source, target, *scratch = e.pointers
        if self.short:
            width = 1 << max(self.n - 1, 3).bit_length()
            memory = [e.memory(self.keys, width)]
            sort = self._rank
        else:
            mine = e.b.mul(e.chunk, index(self.n))
            dtypes = (self.keys, self.keys, _INT32)
            memory = [e.offset(p, d, mine) for p, d in zip(scratch, dtypes)]
            memory.append(e.memory(_INT32, DIGITS))
            sort = self._radix

        def line(i, _):
            start = e.b.mul(i, index(self.n))
            sort(e, e.offset(source, self.dtype, start), e.offset(target, _INT32, start), *memory)

        low, high = e.span(self.lines, self.chunks)
        e.loop(low, high, 1, line, nonempty=False)

    def _read(self, e, source, i):
        value = e.load(e.offset(source, self.dtype, i), self.dtype)
        return _key(e, self.dtype, value, self.descending)

    def _rank(self, e, source, target, keys):
        """An element's place is the number of those that come before it."""
        b, width = e.b, 1 << max(self.n - 1, 3).bit_length()
        for k in range(self.n, width):  # beyond the line: never before an element
            e.store(e.constant(self.keys, -1), e.offset(keys, self.keys, k), self.keys)

        def key(i, _):
            e.store(self._read(e, source, i), e.offset(keys, self.keys, i), self.keys)

        e.loop(0, self.n, 1, key)
        kind = ir.VectorType(I32, width)
        ramp = ir.Constant(kind, list(range(width)))
        every = e.load(keys, self.keys, width)

        def place(i, _):
            mine = e.splat(e.load(e.offset(keys, self.keys, i), self.keys), width)
            number = b.trunc(i, I32)
            earlier = b.icmp_unsigned("<", ramp, e.splat(number, width))
            first = b.icmp_unsigned("<", every, mine)
            first = b.or_(first, b.and_(b.icmp_unsigned("==", every, mine), earlier))
            mask = b.bitcast(first, ir.IntType(width))
            rank = e.intrinsic("ctpop", mask)
            rank = b.zext(rank, I64) if width < 64 else rank
            e.store(number, e.offset(target, _INT32, rank), _INT32)

        e.loop(0, self.n, 1, place)

    def _radix(self, e, source, target, keys, other, numbers, counts):
        """A pass for each digit, the lowest first, from one memory to the other and back."""

        def begin(i, _):
            e.store(self._read(e, source, i), e.offset(keys, self.keys, i), self.keys)
            e.store(e.b.trunc(i, I32), e.offset(target, _INT32, i), _INT32)

        e.loop(0, self.n, 1, begin)
        places = [(keys, target), (other, numbers)]
        for k in range(self.passes):
            self._pass(e, 8 * k, *places[k % 2], *places[1 - k % 2], counts)

    def _pass(self, e, shift, keys, numbers, to_keys, to_numbers, counts):
        b = e.b
        e.clear(counts, _INT32, DIGITS)

        def bucket(key):
            digit = b.lshr(key, ir.Constant(key.type, shift))
            digit = b.and_(digit, ir.Constant(key.type, DIGITS - 1))
            digit = b.zext(digit, I64) if key.type.width < 64 else digit
            return e.offset(counts, _INT32, digit)

        def count(i, _):
            at = bucket(e.load(e.offset(keys, self.keys, i), self.keys))
            e.store(b.add(e.load(at, _INT32), ir.Constant(I32, 1)), at, _INT32)

        def start(i, carry):
            at = e.offset(counts, _INT32, i)
            found = e.load(at, _INT32)
            e.store(carry[0], at, _INT32)
            return [b.add(carry[0], found)]

        def move(i, _):
            key = e.load(e.offset(keys, self.keys, i), self.keys)
            at = bucket(key)
            place = e.load(at, _INT32)
            e.store(b.add(place, ir.Constant(I32, 1)), at, _INT32)
            place = b.zext(place, I64)
            e.store(key, e.offset(to_keys, self.keys, place), self.keys)
            number = e.load(e.offset(numbers, _INT32, i), _INT32)
            e.store(number, e.offset(to_numbers, _INT32, place), _INT32)

        e.loop(0, self.n, 1, count)
        e.loop(0, DIGITS, 1, start, [ir.Constant(I32, 0)])
        e.loop(0, self.n, 1, move)


@native_rule("argsort")
def argsort(lowering, node, views):
    """Lines of the last axis; another axis is moved there and back."""
    (x,), out, axis = views, node.outputs[0], node.attrs["axis"]
    if has_dims(x.shape) or computed(x.dtype).kind not in "fiu" or x.shape[axis] >= 1 << 31:
        return None
    rank = len(x.shape)
    perm = [*range(axis), *range(axis + 1, rank), axis]
    moved = lowering.dense(x.transpose(perm))
    n = moved.shape[-1]
    kernel = Argsort(x.dtype, prod(moved.shape[:-1]), n, node.attrs["descending"])
    result = lowering.kernel(kernel, [moved], [(moved.shape, out.dtype), *kernel.scratch()])[0]
    return [result.transpose([perm.index(i) for i in range(rank)])]


class Bisection(Specialised):
    """For each row of running sums: how many are at most a share of the last, for many shares."""

    count = 3

    def __init__(self, rows, n, samples, out_dtype):
        self.rows, self.n, self.samples, self.out_dtype = rows, n, samples, out_dtype
        self.cost = rows * samples * 5 * max(n, 2).bit_length()
        wanted = chunks_worth(self.cost, MAX_CHUNKS)
        self.chunks = even(rows, max(1, wanted))
        self.key = f"bisection {rows} {n} {samples} {out_dtype} {self.chunks}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        sums, shares, out = e.pointers
        b, real = e.b, np.dtype(np.float64)

        def row(i, _):
            line = e.offset(sums, real, b.mul(i, index(self.n)))
            last = e.load(e.offset(line, real, self.n - 1), real)

            def one(k, _):
                at = b.add(b.mul(i, index(self.samples)), k)
                target = b.fmul(e.load(e.offset(shares, real, at), real), last)

                def halve(low, high):
                    middle = b.lshr(b.add(low, high), index(1))
                    value = e.load(e.offset(line, real, middle), real)
                    # NumPy's order has NaN last
                    after = b.fcmp_ordered("<", target, value)
                    after = b.or_(after, b.fcmp_unordered("uno", value, value))
                    after = b.and_(after, b.fcmp_ordered("ord", target, target))
                    low = b.select(after, low, b.add(middle, index(1)))
                    high = b.select(after, middle, high)
                    return b.icmp_signed("<", low, high), [low, high]

                found = e.repeat([index(0), index(self.n)], halve)[0]
                if self.out_dtype.itemsize < 8:
                    found = b.trunc(found, ir.IntType(8 * self.out_dtype.itemsize))
                e.store(found, e.offset(out, self.out_dtype, at), self.out_dtype)

            e.loop(0, self.samples, 1, one)

        low, high = e.span(self.rows, self.chunks)
        e.loop(low, high, 1, row, nonempty=False)


@native_rule("random_categorical")
def categorical(lowering, node, views):
    """Uniform numbers, looked up in the running sums of exp(logit - maximum)."""
    (state, logits), out = views, node.outputs[0]
    rows, n = logits.shape
    real = np.dtype(np.float64)
    size = rows * node.attrs["samples"]
    shares = filled(lowering, state, "uniform", real, (size,))
    finite = lowering.op("is_finite", [logits], logits.shape, np.dtype(bool))
    values = lowering.op("cast", [logits], logits.shape, real, {"dtype": real})
    low = lowering.op("where", [finite, values, lowering.scalar(-1e308, real)], logits.shape)
    top = lowering.reduce("max", low, (1,), (rows, 1)) if n > 1 else low
    shifted = lowering.op("subtract", [values, top], logits.shape)
    least = lowering.scalar(-np.inf, real)
    weights = lowering.op("exp", [lowering.op("where", [finite, shifted, least], logits.shape)])
    running = Running("cumsum", real, logits.shape, 1, False, False)
    (sums,) = lowering.kernel(running, [lowering.dense(weights)], [(logits.shape, real)])
    kernel = Bisection(rows, n, node.attrs["samples"], out.dtype)
    return lowering.kernel(kernel, [sums, shares], [(out.shape, out.dtype)])
