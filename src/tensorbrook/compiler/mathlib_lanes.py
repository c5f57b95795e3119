"""Arithmetic on LLVM values written as arithmetic: what the elementary functions are spelled in.

A `Kind` is a float type, of one or several lanes, at the place where an `llvmlite.ir.IRBuilder`
writes. `Real`, `Bits` and `Mask` wrap values of it: an operator on them emits one instruction.
Python numbers among the operands become constants.
"""

from functools import partialmethod

# name: bits of the whole and of the fraction, bias of the exponent
FORMATS = {"float": (32, 23, 127), "double": (64, 52, 1023)}


class Kind:
    """A float type at the place where a builder writes.

    Args:
        builder: an `llvmlite.ir.IRBuilder`.
        name: "float" or "double".
        lanes: the length of the vectors; 0 for scalars.
        fma: whether the CPU has fused multiply-add. Without it a multiplication and an addition are
            emitted, as LLVM would otherwise call the C library for each lane.
    """

    def __init__(self, builder, name, lanes, fma):
        from llvmlite import ir

        self.ir, self.builder, self.name, self.lanes, self.fma = ir, builder, name, lanes, fma
        self.width, self.fraction, self.bias = FORMATS[name]
        self.scalar = ir.FloatType() if name == "float" else ir.DoubleType()
        self.real_type, self.bits_type = self.vector(self.scalar), self.vector(self.bit_scalar)
        # for the names of intrinsics
        self.suffix = (f"v{lanes}" if lanes else "") + f"f{self.width}"
        # adding this number rounds to whole numbers, and leaves them in the low bits
        self.rounder = 1.5 * 2.0**self.fraction
        self.rounder_bits = ((self.bias + self.fraction) << self.fraction) | (
            1 << (self.fraction - 1)
        )

    @classmethod
    def of(cls, builder, type, fma=True):
        """The kind of an LLVM type; TypeError where it is not one of float or double."""
        name, lanes = str(getattr(type, "element", type)), getattr(type, "count", 0)
        if name not in FORMATS:
            raise TypeError(f"mathlib knows float and double and vectors of them, not {type}")
        return cls(builder, name, lanes, fma)

    @property
    def bit_scalar(self):
        """The integer type as wide as a number."""
        return self.ir.IntType(self.width)

    def vector(self, scalar):
        """A type of as many lanes."""
        return self.ir.VectorType(scalar, self.lanes) if self.lanes else scalar

    def cast(self, name):
        """The kind of the same lanes with floats of another width."""
        return self if name == self.name else Kind(self.builder, name, self.lanes, self.fma)

    def constant(self, scalar, value):
        """A number in every lane."""
        if not self.lanes:
            return self.ir.Constant(scalar, value)
        text = f"splat ({scalar} {scalar.format_constant(value)})"
        result = self.ir.FormattedConstant(scalar, text)
        result.type = self.vector(scalar)  # given at first, it would take the text for a list
        return result

    def real(self, value):
        """`value`, a Python number or a Real, as a Real."""
        return value if isinstance(value, Real) else Real(self, self.constant(self.scalar, value))

    def wrap(self, value):
        """An LLVM value of this kind as a Real."""
        return Real(self, value)

    def bits(self, value):
        """The same bits as integers."""
        if isinstance(value, Bits):
            return value
        return Bits(self, self.constant(self.bit_scalar, value))

    def intrinsic(self, name, *values):
        """Calls an LLVM intrinsic on values of this kind."""
        function_type = self.ir.FunctionType(self.real_type, [self.real_type] * len(values))
        module = self.builder.module
        function = module.globals.get(f"{name}.{self.suffix}")
        if function is None:
            function = self.ir.Function(module, function_type, f"{name}.{self.suffix}")
        return Real(self, self.builder.call(function, [self.real(v).ir for v in values]))

    def power_of_two(self, exponent):
        """2 to the Bits `exponent`, which must be that of a normal number."""
        return ((exponent + self.bias) << self.fraction).real()


class _Value:
    __slots__ = ("ir", "kind")

    def __init__(self, kind, ir):
        self.kind, self.ir = kind, ir

    def _emit(self, instruction, other, result=None):
        other = self._same(other)
        value = getattr(self.kind.builder, instruction)(self.ir, other.ir)
        return (result or type(self))(self.kind, value)

    def _reflected(self, instruction, other):
        return self._same(other)._emit(instruction, self)


class Real(_Value):
    """Floats: + - * /, comparisons that are false for NaN, abs."""

    __slots__ = ()
    __hash__ = None

    def _same(self, other):
        return self.kind.real(other)

    def _compare(self, sign, other):
        other = self.kind.real(other)
        return Mask(self.kind, self.kind.builder.fcmp_ordered(sign, self.ir, other.ir))

    __add__ = partialmethod(_Value._emit, "fadd")
    __sub__ = partialmethod(_Value._emit, "fsub")
    __mul__ = partialmethod(_Value._emit, "fmul")
    __truediv__ = partialmethod(_Value._emit, "fdiv")
    __radd__, __rmul__ = __add__, __mul__
    __rsub__ = partialmethod(_Value._reflected, "fsub")
    __rtruediv__ = partialmethod(_Value._reflected, "fdiv")
    __lt__ = partialmethod(_compare, "<")
    __le__ = partialmethod(_compare, "<=")
    __gt__ = partialmethod(_compare, ">")
    __ge__ = partialmethod(_compare, ">=")
    __eq__ = partialmethod(_compare, "==")
    __ne__ = partialmethod(_compare, "!=")

    def __neg__(self):
        return Real(self.kind, self.kind.builder.fneg(self.ir))

    def __abs__(self):
        return self.kind.intrinsic("llvm.fabs", self)

    def bits(self):
        """The same bits as integers."""
        return Bits(self.kind, self.kind.builder.bitcast(self.ir, self.kind.bits_type))

    def cast(self, name):
        """The same numbers in the format `name`, "float" or "double"."""
        kind = self.kind.cast(name)
        if kind is self.kind:
            return self
        convert = kind.builder.fpext if name == "double" else kind.builder.fptrunc
        return Real(kind, convert(self.ir, kind.real_type))


class Bits(_Value):
    """Integers as wide as the floats: + - & | ^, shifts (>> keeps the sign)."""

    __slots__ = ()
    __hash__ = None

    def _same(self, other):
        return self.kind.bits(other)

    __add__ = partialmethod(_Value._emit, "add")
    __sub__ = partialmethod(_Value._emit, "sub")
    __rsub__ = partialmethod(_Value._reflected, "sub")
    __and__ = partialmethod(_Value._emit, "and_")
    __or__ = partialmethod(_Value._emit, "or_")
    __xor__ = partialmethod(_Value._emit, "xor")
    __lshift__ = partialmethod(_Value._emit, "shl")
    __rshift__ = partialmethod(_Value._emit, "ashr")
    __radd__ = __add__

    def _compare(self, sign, other):
        other = self.kind.bits(other)
        return Mask(self.kind, self.kind.builder.icmp_signed(sign, self.ir, other.ir))

    __lt__ = partialmethod(_compare, "<")
    __gt__ = partialmethod(_compare, ">")
    __eq__ = partialmethod(_compare, "==")

    def real(self):
        """The float that has these bits."""
        return Real(self.kind, self.kind.builder.bitcast(self.ir, self.kind.real_type))

    def to_real(self):
        """The float of this value."""
        return Real(self.kind, self.kind.builder.sitofp(self.ir, self.kind.real_type))

    def cast(self, kind):
        """The same integers in the width of another kind."""
        if kind.width == self.kind.width:
            return Bits(kind, self.ir)
        convert = kind.builder.sext if kind.width == 64 else kind.builder.trunc
        return Bits(kind, convert(self.ir, kind.bits_type))


class Mask(_Value):
    """Truth values of lanes: & and |."""

    __slots__ = ()

    def _same(self, other):
        return other

    __and__ = partialmethod(_Value._emit, "and_")
    __or__ = partialmethod(_Value._emit, "or_")
    __xor__ = partialmethod(_Value._emit, "xor")


def where(mask, yes, no):
    """`yes` in the lanes where `mask` holds, `no` in the others; one may be a Python number."""
    value = yes if isinstance(yes, _Value) else no
    yes, no = value._same(yes), value._same(no)
    return type(value)(value.kind, value.kind.builder.select(mask.ir, yes.ir, no.ir))


def fma(a, b, c):
    """a * b + c, rounded once where the CPU can."""
    kind = next(v.kind for v in (a, b, c) if isinstance(v, Real))
    a, b = kind.real(a), kind.real(b)
    return kind.intrinsic("llvm.fma", a, b, c) if kind.fma else a * b + c


def sqrt(x):
    """The square root."""
    return x.kind.intrinsic("llvm.sqrt", x)


def rint(x):
    """The nearest whole number, ties to even."""
    return x.kind.intrinsic("llvm.rint", x)


def copysign(x, sign):
    """x with the sign of `sign`."""
    return x.kind.intrinsic("llvm.copysign", x, sign)


def at_most(x, bound):
    """min(x, bound); NaN stays NaN."""
    bound = x.kind.real(bound)
    return where(bound < x, bound, x)


def at_least(x, bound):
    """max(x, bound); NaN stays NaN."""
    bound = x.kind.real(bound)
    return where(bound > x, bound, x)


def poly(x, coefficients):
    """The polynomial with these coefficients, the constant one first."""
    *rest, result = coefficients
    for coefficient in reversed(rest):
        result = fma(result, x, coefficient)
    return result


def two_sum(a, b):
    """(s, e): s = a + b rounded, and s + e exactly a + b."""
    s = a + b
    t = s - a
    return s, (a - (s - t)) + (b - t)


def quick_sum(a, b):
    """two_sum for a = 0 or |a| >= |b|."""
    s = a + b
    return s, b - (s - a)


def halves(x):
    """(high, low): high + low is exactly x, and products of halves are exact."""
    half = x.kind.fraction // 2
    high = ((x.bits() + (1 << half)) & -(2 << half)).real()
    return high, x - high


def two_product(a, b):
    """(p, e): p = a * b rounded, and p + e exactly a * b, but for underflow."""
    kind = a.kind if isinstance(a, Real) else b.kind
    a, b = kind.real(a), kind.real(b)
    p = a * b
    if kind.fma:
        return p, fma(a, b, -p)
    (a1, a0), (b1, b0) = halves(a), halves(b)
    return p, ((a1 * b1 - p) + a1 * b0 + a0 * b1) + a0 * b0
