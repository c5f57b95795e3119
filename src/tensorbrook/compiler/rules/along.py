"""Along an axis: running sums and products, and the places of extremes."""

from math import prod

import numpy as np
from llvmlite import ir

from ...base.dims import Dim, same, typical
from .. import scalar
from ..emit import I32, OpenSizes, chunks_worth, even, index, lanes_of
from ..halves import computed
from ..lower import native_rule

MAX_CHUNKS = 32
_INT32 = np.dtype(np.int32)


class Rows(OpenSizes):
    """Work along one axis of a dense tensor of shape (lead, n, tail).

    Chunks are of the lead, or where that is too short of the tail.
    """

    def __init__(self, shape, axis, dtype, cost):
        self.lead, self.n, self.tail = prod(shape[:axis]), shape[axis], prod(shape[axis + 1 :])
        self.open(list(shape))
        self.elements, self.each_ns, self.most = prod(shape), cost, MAX_CHUNKS
        self.dtype, self.cost = dtype, cost * typical(self.elements)
        self.lanes = 64 // dtype.itemsize
        wanted = chunks_worth(self.cost, MAX_CHUNKS)
        self.chunks, self.by_lead = 1, True
        lead, blocks = typical((self.lead, -(-self.tail // self.lanes)))
        if wanted > 1:
            self.by_lead = lead >= min(wanted, blocks)
            self.chunks = even(lead if self.by_lead else blocks, wanted)
        self.parts = self.chunks
        if self.symbols:
            self.shared = (self.lead, 1) if self.by_lead else (self.tail, self.lanes)
            self.parts = None

    def text(self):
        """What code depends on."""
        return f"{self.lead} {self.n} {self.tail} {self.dtype} {self.parts} {self.by_lead}"

    def each_line(self, e, body):
        """Calls `body(start, line, lanes)` for each line, or `lanes` of them beside each other.

        `start` is the place of its first element, `line` its own among the lines.
        """

        def row(i, _):
            if self.by_lead or self.parts == 1:
                low, high = index(0), e.index(self.tail)
            else:
                low, high = e.span(self.tail, self.parts, self.lanes)
            start, line = e.b.mul(i, e.index(self.n * self.tail)), e.b.mul(i, e.index(self.tail))

            def lines(t, lanes):
                body(e.b.add(start, t), e.b.add(line, t), lanes)

            if self.tail.__class__ is Dim:
                end = e.b.sub(high, e.b.srem(e.b.sub(high, low), index(self.lanes)))
                step = self.lanes
                e.loop(low, end, step, lambda t, _: lines(t, step), nonempty=False)
                e.loop(end, high, 1, lambda t, _: lines(t, 0), nonempty=False)
                return
            whole = self.tail // self.lanes * self.lanes
            if whole:
                end = e.smaller(high, index(whole))
                step = self.lanes
                e.loop(low, end, step, lambda t, _: lines(t, step), nonempty=False)
            rest = self.tail - whole
            if rest:

                def last():
                    lines(index(whole), rest if rest > 1 else 0)

                e.when(e.b.icmp_signed(">", high, index(whole)), last)

        if self.by_lead:
            low, high = e.span(self.lead, self.parts)
        else:
            low, high = index(0), e.index(self.lead)
        e.loop(low, high, 1, row, nonempty=False)


def _is_below(begin, n):
    return n.__class__ is int and begin < n


class Running(Rows):
    """Sums or products of what came before, element by element."""

    count = 2

    def __init__(self, name, dtype, shape, axis, exclusive, reverse):
        super().__init__(shape, axis, dtype, 1.2 if axis == len(shape) - 1 else 0.3)
        self.name, self.exclusive, self.reverse = name, exclusive, reverse
        self.key = f"running {name} {self.text()} {exclusive} {reverse}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        source, target = e.pointers
        combine = "add" if self.name == "cumsum" else "multiply"
        step = -self.tail if self.reverse else self.tail
        first = (self.n - 1) * self.tail if self.reverse else 0

        def place(start, k):
            return e.b.add(start, e.b.add(e.b.mul(k, e.index(step)), e.index(first)))

        def read(at, lanes):
            return e.load(e.offset(source, self.dtype, at), self.dtype, lanes)

        def along(start, line, lanes):
            if self.exclusive:
                total, begin = e.constant(self.dtype, int(self.name == "cumprod"), lanes), 0
            else:  # the first element itself, not its sum with 0: zeros keep their sign
                total, begin = read(place(start, index(0)), lanes), 1
                there = e.offset(target, self.dtype, place(start, index(0)))
                e.store(total, there, self.dtype)

            def one(k, carry):
                at = place(start, k)
                there = e.offset(target, self.dtype, at)
                value = read(at, lanes)
                if self.exclusive:
                    e.store(carry[0], there, self.dtype)
                after = scalar.compute(e, combine, self.dtype, {}, (carry[0], value))
                if not self.exclusive:
                    e.store(after, there, self.dtype)
                return [after]

            e.loop(begin, self.n, 1, one, [total], nonempty=_is_below(begin, self.n))

        self.each_line(e, along)


@native_rule("cumsum", "cumprod")
def running(lowering, node, views):
    """One accumulator for each line."""
    (x,), out, attrs = views, node.outputs[0], node.attrs
    if not x.shape:
        return [x]
    if x.dtype.kind == "b":
        return None
    axis = attrs["axis"]
    kernel = Running(node.op.name, x.dtype, x.shape, axis, attrs["exclusive"], attrs["reverse"])
    return lowering.kernel(kernel, [lowering.dense(x)], [(out.shape, out.dtype)])


class ArgExtreme(Rows):
    """The place of the first largest or smallest element; a NaN is both."""

    count = 2

    def __init__(self, largest, dtype, out_dtype, shape, axis):
        dtype = np.dtype(np.uint8) if dtype.kind == "b" else dtype
        super().__init__(shape, axis, dtype, 1.0 if axis == len(shape) - 1 else 0.2)
        self.largest, self.out_dtype = largest, out_dtype
        self.key = f"arg {largest} {out_dtype} {self.text()}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        source, target = e.pointers
        wide = self.n.__class__ is int and same(self.tail, 1) and self.n >= 4 * self.lanes

        def at(start, k, lanes):
            place = e.b.add(start, e.b.mul(k, e.index(self.tail)))
            return e.load(e.offset(source, self.dtype, place), self.dtype, lanes)

        def along(start, line, lanes):
            begin, best, number = 1, at(start, index(0), lanes), self._number(e, index(0), lanes)
            if wide:
                begin, best, number = self._side_by_side(e, start, at)

            def one(k, carry):
                value = at(start, k, lanes)
                better = self._better(e, value, carry[0])
                here = self._number(e, k, lanes)
                return [e.b.select(better, value, carry[0]), e.b.select(better, here, carry[1])]

            more = _is_below(begin, self.n)
            best, number = e.loop(begin, self.n, 1, one, [best, number], nonempty=more)
            there = e.offset(target, self.out_dtype, line)
            e.store(scalar.cast(e, _INT32, self.out_dtype, number), there, self.out_dtype)

        self.each_line(e, along)

    def _side_by_side(self, e, start, at):
        """One line by vectors: the best of each lane, then of all."""
        lanes = self.lanes
        main = self.n // lanes * lanes
        ramp = ir.Constant(ir.VectorType(I32, lanes), list(range(lanes)))

        def one(k, carry):
            value = at(start, k, lanes)
            better = self._better(e, value, carry[0])
            here = e.b.add(self._number(e, k, lanes), ramp)
            return [e.b.select(better, value, carry[0]), e.b.select(better, here, carry[1])]

        first = at(start, index(0), lanes)
        best, number = e.loop(lanes, main, lanes, one, [first, ramp])
        while lanes_of(best) > 1:
            half = lanes_of(best) // 2
            low, high = range(half), range(half, 2 * half)
            a, b = e.lanes(best, low), e.lanes(best, high)
            i, j = e.lanes(number, low), e.lanes(number, high)
            worse = self._better(e, a, b)
            tie = e.b.not_(e.b.or_(worse, self._better(e, b, a)))
            second = e.b.or_(self._better(e, b, a), e.b.and_(tie, e.b.icmp_signed("<", j, i)))
            best, number = e.b.select(second, b, a), e.b.select(second, j, i)
        zero = ir.Constant(I32, 0)
        best, number = e.b.extract_element(best, zero), e.b.extract_element(number, zero)
        return main, best, number

    def _better(self, e, value, best):
        relation = ">" if self.largest else "<"
        dtype = computed(self.dtype)
        result = scalar.compare(e, dtype, relation, value, best)
        if dtype.kind == "f":
            nan = e.b.fcmp_unordered("uno", value, value)
            result = e.b.or_(result, e.b.and_(nan, e.b.fcmp_ordered("ord", best, best)))
        return result

    def _number(self, e, k, lanes):
        return e.splat(e.b.trunc(k, I32), lanes)


@native_rule("argmax", "argmin")
def arg_extreme(lowering, node, views):
    """Compared element by element, or by vectors along a long last axis."""
    (x,), out = views, node.outputs[0]
    if out.dtype.kind not in "iu" or x.shape[node.attrs["axis"]] >= 1 << 31:
        return None
    largest = node.op.name == "argmax"
    kernel = ArgExtreme(largest, x.dtype, out.dtype, x.shape, node.attrs["axis"])
    return lowering.kernel(kernel, [lowering.dense(x)], [(out.shape, out.dtype)])
