"""Emitter: one native function in the making, with loops, vectors and typed memory.

A kernel is a function `i32 kernel(ptr *arguments, i64 chunk)`: it does one chunk of its work on the
buffers that the arguments point to, and returns 0, or 1 when the operation has to be refused.
Loops carry values as phi nodes, so the code needs no pass to become registers.
"""

from functools import cache

from llvmlite import ir

from .halves import TWO_BYTES, computed, is_half, narrowed, rounded, widened

I1, I8, I32, I64 = ir.IntType(1), ir.IntType(8), ir.IntType(32), ir.IntType(64)
POINTER, FLOAT, DOUBLE = ir.PointerType(), ir.FloatType(), ir.DoubleType()
SIGNATURE = ir.FunctionType(I32, [POINTER, I64])
CHUNK_NANOSECONDS = 15_000  # work worth the handing over to another thread
RUN = 16  # elements a round where a kernel only copies or adds


def scalar_type(dtype):
    """The LLVM type of a NumPy dtype in a register: bool is i1, halves are float."""
    dtype = computed(dtype)
    if dtype.kind == "f":
        return FLOAT if dtype.itemsize == 4 else DOUBLE
    return I1 if dtype.kind == "b" else ir.IntType(8 * dtype.itemsize)


def memory_type(dtype):
    """The LLVM type of a NumPy dtype in memory."""
    if dtype.kind == "b" or is_half(dtype):
        return ir.IntType(8 * dtype.itemsize)
    return scalar_type(dtype)


def vector_type(element, lanes):
    """A vector, or the element itself for one lane (0 stands for a scalar)."""
    return ir.VectorType(element, lanes) if lanes else element


def lanes_of(value):
    """How many lanes a value has; 0 for scalars."""
    return value.type.count if isinstance(value.type, ir.VectorType) else 0


@cache
def index(value):
    """An i64 constant."""
    return ir.Constant(I64, value)


def repeated(constant, lanes):
    """A scalar constant in so many lanes (0: itself), as a short text."""
    if not lanes:
        return constant
    text = f"splat ({constant.type} {constant.get_reference()})"
    result = ir.FormattedConstant(constant.type, text)
    result.type = ir.VectorType(constant.type, lanes)  # given at first, it would expect a list
    return result


def chunks_worth(cost, most):
    """How many chunks pay for work of so many nanoseconds: by size alone, whatever the threads."""
    return int(min(most, cost // CHUNK_NANOSECONDS))


def even(size, wanted, grain=1):
    """How many chunks, at most `wanted`, of equal length in multiples of `grain` fill `size`."""
    length = -(-size // (wanted * grain)) * grain
    return -(-size // length)


class Emitter:
    """Writes one kernel.

    Attributes:
      b: llvmlite's IRBuilder at the current place.
      chunk: the i64 number of the chunk to do.
      pointers: the argument pointers.
    """

    def __init__(self, module, name, count):
        self.module = module
        self.function = ir.Function(module, SIGNATURE, name)
        self.b = ir.IRBuilder(self.function.append_basic_block("entry"))
        arguments, self.chunk = self.function.args
        self.pointers = [
            self.b.load(self.b.gep(arguments, [index(i)], source_etype=POINTER), typ=POINTER)
            for i in range(count)
        ]

    def finish(self):
        """Returns success."""
        self.b.ret(ir.Constant(I32, 0))

    def refuse_if(self, condition):
        """Ends the kernel with status 1 where the i1 `condition` holds."""
        bad = self.function.append_basic_block("refuse")
        good = self.function.append_basic_block("go")
        self.b.cbranch(condition, bad, good)
        self.b.position_at_end(bad)
        self.b.ret(ir.Constant(I32, 1))
        self.b.position_at_end(good)

    # -- control -----------------------------------------------------------------------------------

    def loop(self, start, stop, step, body, carry=(), nonempty=True):
        """for i in range(start, stop, step): carry = body(i, carry).

        Args:
          start, stop: ints or i64 values; `nonempty` says that the first round is sure.
          body: gets the i64 index and the list of carried values; returns their next values.

        Returns:
          The carried values at the end.
        """
        b = self.b
        start, stop = (index(v) if isinstance(v, int) else v for v in (start, stop))
        done = self.function.append_basic_block("done")
        before = b.block
        head = self.function.append_basic_block("loop")
        if nonempty:
            b.branch(head)
        else:
            b.cbranch(b.icmp_signed("<", start, stop), head, done)
        b.position_at_end(head)
        i = b.phi(I64)
        i.add_incoming(start, before)
        phis = [b.phi(v.type) for v in carry]
        for phi, value in zip(phis, carry):
            phi.add_incoming(value, before)
        after = list(body(i, phis) or ())
        following = b.add(i, index(step))
        i.add_incoming(following, b.block)
        for phi, value in zip(phis, after):
            phi.add_incoming(value, b.block)
        last = b.block
        b.cbranch(b.icmp_signed("<", following, stop), head, done)
        b.position_at_end(done)
        if nonempty or not carry:
            return after
        merged = []
        for value, first in zip(after, carry):
            phi = b.phi(value.type)
            phi.add_incoming(value, last)
            phi.add_incoming(first, before)
            merged.append(phi)
        return merged

    def repeat(self, carry, body):
        """Runs `body(*carry) -> (i1: once more, the next values)`; returns the last values."""
        b, before = self.b, self.b.block
        head = self.function.append_basic_block("again")
        done = self.function.append_basic_block("enough")
        b.branch(head)
        b.position_at_end(head)
        phis = [b.phi(v.type) for v in carry]
        for phi, value in zip(phis, carry):
            phi.add_incoming(value, before)
        again, following = body(*phis)
        for phi, value in zip(phis, following):
            phi.add_incoming(value, b.block)
        b.cbranch(again, head, done)
        b.position_at_end(done)
        return following

    def memory(self, dtype, count):
        """A pointer to `count` elements of the kernel's own; to be asked for before any loop."""
        element = memory_type(dtype)
        memory = self.b.alloca(ir.ArrayType(element, count))
        memory.align = 64
        memory.type = POINTER  # llvmlite's own is a typed pointer
        return memory

    def vectors(self, count, body):
        """Calls `body(i, lanes)` for runs of range(count): whole vectors, then one for the rest."""
        main, rest = count // RUN * RUN, count % RUN
        if main:
            self.loop(0, main, RUN, lambda i, _: body(i, RUN))
        if rest:
            body(index(main), rest if rest > 1 else 0)

    def clear(self, pointer, dtype, count):
        """Zeros to `count` elements."""
        self.vectors(
            count,
            lambda i, lanes: self.store(
                self.constant(dtype, 0, lanes), self.offset(pointer, dtype, i), dtype
            ),
        )

    def when(self, condition, body):
        """if condition: body()."""
        inside = self.function.append_basic_block("then")
        after = self.function.append_basic_block("endif")
        self.b.cbranch(condition, inside, after)
        self.b.position_at_end(inside)
        body()
        self.b.branch(after)
        self.b.position_at_end(after)

    def span(self, size, chunks, grain=1, chunk=None):
        """(start, stop) of a chunk's part of range(size), of as many chunks as `even` gave."""
        if chunks == 1:
            return index(0), index(size)
        length = index(-(-size // (chunks * grain)) * grain)
        start = self.b.mul(self.chunk if chunk is None else chunk, length)
        return start, self.smaller(self.b.add(start, length), index(size))

    def smaller(self, x, y):
        """The smaller of two signed integers."""
        return self.b.select(self.b.icmp_signed("<", x, y), x, y)

    # -- values ------------------------------------------------------------------------------------

    def constant(self, dtype, value, lanes=0):
        """A constant of a NumPy dtype."""
        kind = scalar_type(dtype)
        value = float(value) if computed(dtype).kind == "f" else int(value)
        return repeated(ir.Constant(kind, value), lanes)

    def zero(self, value_type):
        """All bits zero."""
        return ir.Constant(value_type, None)

    def splat(self, value, lanes):
        """A scalar in every lane; vectors stay."""
        if not lanes or lanes_of(value):
            return value
        kind = ir.VectorType(value.type, lanes)
        one = self.b.insert_element(ir.Constant(kind, ir.Undefined), value, ir.Constant(I32, 0))
        mask = ir.Constant(ir.VectorType(I32, lanes), None)
        return self.b.shuffle_vector(one, ir.Constant(kind, ir.Undefined), mask)

    def lanes(self, vector, picks):
        """A shuffle: the lanes of `vector` with these numbers."""
        undefined = ir.Constant(vector.type, ir.Undefined)
        mask = ir.Constant(ir.VectorType(I32, len(picks)), list(picks))
        return self.b.shuffle_vector(vector, undefined, mask)

    def fold(self, vector, combine):
        """All lanes of a vector combined, halves first."""
        count = lanes_of(vector)
        if not count:
            return vector
        while count > 1:
            half = count // 2
            low, high = self.lanes(vector, range(half)), self.lanes(vector, range(half, 2 * half))
            folded = combine(low, high)
            if count % 2:
                last = self.lanes(vector, [count - 1])
                first = combine(self.lanes(folded, [0]), last)
                folded = self._with_first(folded, first)
            vector, count = folded, half
        return self.b.extract_element(vector, ir.Constant(I32, 0))

    def _with_first(self, vector, first):
        value = self.b.extract_element(first, ir.Constant(I32, 0))
        return self.b.insert_element(vector, value, ir.Constant(I32, 0))

    def intrinsic(self, name, *values):
        """Calls an LLVM intrinsic on values of one type: `intrinsic("sqrt", x)`."""
        kind = values[0].type
        element, lanes = (kind.element, kind.count) if lanes_of(values[0]) else (kind, 0)
        bits = {FLOAT: "f32", DOUBLE: "f64"}.get(element) or f"i{element.width}"
        full = f"llvm.{name}.{f'v{lanes}' if lanes else ''}{bits}"
        callee = self.module.globals.get(full)
        if callee is None:
            signature = ir.FunctionType(kind, [kind] * len(values))
            callee = ir.Function(self.module, signature, full)
        return self.b.call(callee, list(values))

    # -- memory ------------------------------------------------------------------------------------

    def offset(self, pointer, dtype, elements):
        """`pointer` moved by a number of elements (an int or an i64)."""
        if isinstance(elements, int):
            if not elements:
                return pointer
            elements = index(elements)
        element = memory_type(dtype)
        return self.b.gep(pointer, [elements], source_etype=element)

    def load(self, pointer, dtype, lanes=0, stride=1):
        """Elements from memory: one, or `lanes` of them `stride` elements apart."""
        b = self.b
        if is_half(dtype):
            return widened(b, self.load(pointer, TWO_BYTES, lanes, stride), dtype)
        if lanes and stride == 0:
            return self.splat(self.load(pointer, dtype), lanes)
        element = memory_type(dtype)
        if lanes and stride == -1:
            low = self.offset(pointer, dtype, 1 - lanes)
            return self.lanes(self.load(low, dtype, lanes), range(lanes)[::-1])
        if lanes and stride != 1:
            value = ir.Constant(ir.VectorType(element, lanes), ir.Undefined)
            for k in range(lanes):
                at = self.offset(pointer, dtype, k * stride)
                one = b.load(at, typ=element, align=dtype.itemsize)
                value = b.insert_element(value, one, ir.Constant(I32, k))
        else:
            value = b.load(pointer, typ=vector_type(element, lanes), align=dtype.itemsize)
        if dtype.kind == "b":
            value = b.icmp_unsigned("!=", value, self.zero(value.type))
        return value

    def rounded(self, value, dtype, exact=False):
        """A computed value as one of its dtype: a half's is rounded, unless it is `exact`."""
        return rounded(self.b, value, dtype, exact) if is_half(dtype) else value

    def prefetch(self, pointer):
        """Asks for memory that will be read soon; any address is allowed."""
        name = "llvm.prefetch.p0"
        callee = self.module.globals.get(name)
        if callee is None:
            kind = ir.FunctionType(ir.VoidType(), [POINTER, I32, I32, I32])
            callee = ir.Function(self.module, kind, name)
        numbers = [ir.Constant(I32, n) for n in (0, 3, 1)]  # to read, often, data
        self.b.call(callee, [pointer, *numbers])

    def store(self, value, pointer, dtype, stride=1):
        """Writes a scalar, or a vector's lanes `stride` elements apart."""
        lanes = lanes_of(value)
        if dtype.kind == "b":
            value = self.b.zext(value, vector_type(I8, lanes))
        elif is_half(dtype):
            value, dtype = narrowed(self.b, value, dtype), TWO_BYTES
        if lanes and stride != 1:
            for k in range(lanes):
                one = self.b.extract_element(value, ir.Constant(I32, k))
                self.b.store(one, self.offset(pointer, dtype, k * stride), align=dtype.itemsize)
        else:
            self.b.store(value, pointer, align=dtype.itemsize)


def native_dtype(dtype):
    """True for the dtypes that native code handles; the others fall back to NumPy."""
    return dtype.kind in "biu" or (dtype.kind == "f" and dtype.itemsize <= 8) or is_half(dtype)
