"""Emitter: one native function in the making, with loops, vectors and typed memory.

A kernel is a function `i32 kernel(ptr *arguments, i64 chunk)`: it does one chunk of its work on the
buffers that the arguments point to, and returns 0, or 1 when the operation has to be refused.
Loops carry values as phi nodes, so the code needs no pass to become registers.

A kernel whose sizes are open (base/dims.py) reads them when it runs: its last pointer is to i64
numbers, first into how many chunks the work is cut, then the sizes of its `symbols`. Wherever a
number of elements is wanted, a Dim does as well as an int.
"""

from contextlib import contextmanager
from functools import cache

from llvmlite import ir

from ..base.context import context
from ..base.dims import Dim, Symbol, evaluate, has_dims, least, same, symbols_of
from .halves import TWO_BYTES, computed, is_half, narrowed, rounded, widened

I1, I8, I32, I64 = ir.IntType(1), ir.IntType(8), ir.IntType(32), ir.IntType(64)
POINTER, FLOAT, DOUBLE = ir.PointerType(), ir.FloatType(), ir.DoubleType()
SIGNATURE = ir.FunctionType(I32, [POINTER, I64])
CHUNK_NANOSECONDS = 5_000  # work worth the handing over to another thread
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


class OpenSizes:
    """What kernels whose sizes are open have in common.

    Attributes:
      symbols: the names of the sizes that the code reads, in order; none where all is known.
      each_ns: nanoseconds for one of `elements`, of which all of the work consists.
      shared: (size of the axis that chunks are cut from, grain), or None for one chunk.
      most: chunks at most.
      fixed: how many chunks there are whatever the sizes; None where they follow the work.
    """

    symbols, shared, fixed, each_ns, elements, most = (), None, None, 0.0, 1, 1

    def open(self, *parts):
        """Notes the sizes in what the code depends on."""
        self.symbols = tuple(symbols_of(list(parts)))

    def chunks_for(self, sizes):
        """(chunks, parts) for sizes by name; parts are what the code cuts its axis into."""
        if self.fixed is not None:
            return self.fixed, self.fixed
        if self.shared is None:
            return 1, 1
        size, grain = self.shared
        wanted = chunks_worth(self.each_ns * evaluate(self.elements, sizes), self.most)
        parts = even(evaluate(size, sizes), wanted, grain) if wanted > 1 else 1
        return parts, parts


class Specialised:
    """A kernel that is made for given sizes: where they are open, for each of them when it runs."""

    symbols = ()

    def __new__(cls, *arguments):
        """The kernel, or a Template of it where sizes among the arguments are open."""
        return Template(cls, arguments) if has_dims(arguments) else super().__new__(cls)


class Template:
    """Kernels of one kind for all sizes, each made when it is wanted; the latest are kept."""

    symbols, most = (), 32

    def __init__(self, kind, arguments):
        self._kind, self._arguments, self._made = kind, arguments, {}
        self._typical = kind(*evaluate(arguments, context.typical_sizes))

    def __getattr__(self, name):
        return getattr(self._typical, name)

    def at(self, sizes):
        """The kernel for sizes by name."""
        arguments = evaluate(self._arguments, sizes)
        key = repr(arguments)
        found = self._made.pop(key, None)
        self._made[key] = found = self._kind(*arguments) if found is None else found
        if len(self._made) > self.most:
            del self._made[next(iter(self._made))]
        return found


class Emitter:
    """Writes one kernel.

    Attributes:
      b: llvmlite's IRBuilder at the current place.
      chunk: the i64 number of the chunk to do.
      pointers: the argument pointers.
    """

    def __init__(self, module, name, count, symbols=()):
        self.module = module
        self.function = ir.Function(module, SIGNATURE, name)
        self.b = ir.IRBuilder(self.function.append_basic_block("entry"))
        arguments, self.chunk = self.function.args
        self.pointers = [
            self.b.load(self.b.gep(arguments, [index(i)], source_etype=POINTER), typ=POINTER)
            for i in range(count + bool(symbols))
        ]
        self.mask, self._numbers, self.sizes = None, {}, {}
        self.parts = None  # of open kernels: how many chunks the shared axis is cut into
        if symbols:
            numbers = self.pointers.pop()
            values = [
                self.b.load(self.b.gep(numbers, [index(i)], source_etype=I64), typ=I64)
                for i in range(1 + len(symbols))
            ]
            self.parts, self.sizes = values[0], dict(zip(symbols, values[1:]))
        self.entry, self._entering = self.b.block, False

    def index(self, value):
        """An int, a Dim or an i64 as an i64; a Dim is worked out once, when the kernel begins."""
        if value.__class__ is not Dim:
            return index(value) if isinstance(value, int) else value
        found = self._numbers.get(value)
        if found is None:
            with self._at_entry():
                found = self._numbers[value] = self._worked_out(value)
        return found

    @contextmanager
    def _at_entry(self):
        """Within it, code goes to where the kernel begins."""
        if self._entering:
            yield
            return
        self._entering = True
        with self.b.goto_block(self.entry):
            yield
        self._entering = False

    def _worked_out(self, value):
        total = None
        for atoms, n in value.terms:
            product = index(n)
            for atom in atoms:
                size = self._atom(atom)
                one = isinstance(product, ir.Constant) and product.constant == 1
                product = size if one else self.b.mul(product, size)
            total = product if total is None else self.b.add(total, product)
        return total

    def _atom(self, atom):
        if atom.__class__ is Symbol:
            return self.sizes[atom.name]
        x, y = self.index(atom.x), self.index(atom.y)
        if atom.kind == "max":
            return self.b.select(self.b.icmp_signed("<", x, y), y, x)
        quotient = self.b.sdiv(x, y)  # towards zero: one too large where the rest is negative
        below = self.b.icmp_signed("<", self.b.sub(x, self.b.mul(quotient, y)), index(0))
        return self.b.sub(quotient, self.b.zext(below, I64))

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
        if nonempty and has_dims((start, stop)):
            nonempty = isinstance(start, (int, Dim)) and (least(stop - start) or 0) > 0
        start, stop = self.index(start), self.index(stop)
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

    def vectors(self, count, body, run=RUN):
        """Calls `body(i, lanes)` for runs of range(count): whole vectors, then one for the rest."""
        main, rest = count // run * run, count % run
        if main:
            self.loop(0, main, run, lambda i, _: body(i, run))
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
        """(start, stop) of a chunk's part of range(size), of as many chunks as `even` gave.

        Where sizes are open, `chunks` of None stands for the number that the kernel is given.
        """
        if chunks == 1:
            return index(0), self.index(size)
        length = self._length(size, chunks, grain)
        start = self.b.mul(self.chunk if chunk is None else chunk, length)
        if self.sizes:  # the last chunks may be empty
            start = self.smaller(start, self.index(size))
        return start, self.smaller(self.b.add(start, length), self.index(size))

    def _length(self, size, chunks, grain):
        if chunks is not None:
            return self.index(-(-size // (chunks * grain)) * grain)
        key = "length", size, grain
        if key not in self._numbers:
            with self._at_entry():
                by = self.b.mul(self.parts, index(grain))
                above = self.b.add(self.index(size), self.b.sub(by, index(1)))
                self._numbers[key] = self.b.mul(self.b.udiv(above, by), index(grain))
        return self._numbers[key]

    def smaller(self, x, y):
        """The smaller of two signed integers."""
        return self.b.select(self.b.icmp_signed("<", x, y), x, y)

    # -- values ------------------------------------------------------------------------------------

    def constant(self, dtype, value, lanes=0):
        """A constant of a NumPy dtype."""
        kind = scalar_type(dtype)
        value = float(value) if computed(dtype).kind == "f" else int(value)
        return repeated(ir.Constant(kind, value), lanes)

    def size(self, dtype, dim):
        """A Dim as a number of a NumPy dtype."""
        value, kind = self.index(dim), scalar_type(dtype)
        if kind in (FLOAT, DOUBLE):
            return self.b.sitofp(value, kind)
        return value if kind.width == 64 else self.b.trunc(value, kind)

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
        if isinstance(elements, (int, Dim)):
            if elements.__class__ is int and not elements:
                return pointer
            elements = self.index(elements)
        element = memory_type(dtype)
        return self.b.gep(pointer, [elements], source_etype=element)

    def load(self, pointer, dtype, lanes=0, stride=1):
        """Elements from memory: one, or `lanes` of them `stride` elements apart."""
        b = self.b
        if is_half(dtype):
            return widened(b, self.load(pointer, TWO_BYTES, lanes, stride), dtype)
        if lanes and same(stride, 0):
            return self.splat(self.load(pointer, dtype), lanes)
        element = memory_type(dtype)
        if lanes and self.mask is not None and lanes == lanes_of(self.mask.lanes):
            value = self.mask.load(pointer, dtype, element, stride)
        elif lanes and same(stride, -1):
            low = self.offset(pointer, dtype, 1 - lanes)
            return self.lanes(self.load(low, dtype, lanes), range(lanes)[::-1])
        elif lanes and not same(stride, 1):
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
        if lanes and self.mask is not None and lanes == lanes_of(self.mask.lanes):
            self.mask.store(value, pointer, dtype, stride)
        elif lanes and not same(stride, 1):
            for k in range(lanes):
                one = self.b.extract_element(value, ir.Constant(I32, k))
                self.b.store(one, self.offset(pointer, dtype, k * stride), align=dtype.itemsize)
        else:
            self.b.store(value, pointer, align=dtype.itemsize)


def native_dtype(dtype):
    """True for the dtypes that native code handles; the others fall back to NumPy."""
    real = dtype.kind == "f" and dtype.itemsize in (4, 8)  # float8 is one of "f", too
    return dtype.kind in "biu" or real or is_half(dtype)


class Mask:
    """The lanes of a vector that lie within an axis: those up to `count`, an i64 that may be 0.

    Memory is neither read nor written for the others, which hold ones when they are read: what is
    computed of them is dropped, but has to be computable.
    """

    def __init__(self, e, lanes, count):
        self.e, self.count = e, count
        numbers = ir.Constant(ir.VectorType(I64, lanes), list(range(lanes)))
        self.lanes = e.b.icmp_signed("<", numbers, e.splat(count, lanes))

    def _call(self, name, result, pointer, dtype, value):
        e = self.e
        bits = value.type.element
        text = {FLOAT: "f32", DOUBLE: "f64"}.get(bits) or f"i{bits.width}"
        full = f"llvm.masked.{name}.v{value.type.count}{text}.p0"
        callee = e.module.globals.get(full)
        align = ir.Constant(I32, dtype.itemsize)
        arguments = [pointer, align, self.lanes, value]
        if name == "store":
            arguments = [value, pointer, align, self.lanes]
        if callee is None:
            kind = ir.FunctionType(result, [a.type for a in arguments])
            callee = ir.Function(e.module, kind, full)
        return e.b.call(callee, arguments)

    def load(self, pointer, dtype, element, stride):
        """The lanes `stride` elements apart, ones in the others."""
        e, lanes = self.e, self.lanes.type.count
        kind = ir.VectorType(element, lanes)
        if same(stride, 1):
            number = ir.Constant(element, 1.0 if element in (FLOAT, DOUBLE) else 1)
            ones = repeated(number, lanes)
            return self._call("load", kind, pointer, dtype, ones)
        value = ir.Constant(kind, ir.Undefined)
        for k in range(lanes):
            at = e.offset(pointer, dtype, e.b.mul(self._inside(k), e.index(stride)))
            one = e.b.load(at, typ=element, align=dtype.itemsize)
            value = e.b.insert_element(value, one, ir.Constant(I32, k))
        return value

    def _inside(self, k):
        """The number of a lane, or of the last one that counts (-1 where there is none)."""
        return self.e.smaller(index(k), self.e.b.sub(self.count, index(1)))

    def store(self, value, pointer, dtype, stride):
        """Writes the lanes that count."""
        e, lanes = self.e, self.lanes.type.count
        if same(stride, 1):
            self._call("store", ir.VoidType(), pointer, dtype, value)
            return
        for k in range(lanes):
            one = e.b.extract_element(value, ir.Constant(I32, k))
            inside = e.b.extract_element(self.lanes, ir.Constant(I32, k))
            at = e.offset(pointer, dtype, e.b.mul(index(k), e.index(stride)))
            e.when(inside, lambda one=one, at=at: e.b.store(one, at, align=dtype.itemsize))
