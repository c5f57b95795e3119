"""float16 and bfloat16: two bytes in memory, float32 in registers.

Widening is exact. Narrowing rounds to the nearest value, ties to the even one, and keeps NaNs; it
gives the bits that NumPy and ml_dtypes give. A value that is known to be a half's carries its dtype
and the two bytes it came from or was rounded to, as its attribute `narrow`: storing it needs no
rounding.
"""

import numpy as np
from llvmlite import ir

from .target import converts_float16

I16, I32, FLOAT, DOUBLE = ir.IntType(16), ir.IntType(32), ir.FloatType(), ir.DoubleType()
FLOAT32, TWO_BYTES = np.dtype(np.float32), np.dtype(np.uint16)


def is_half(dtype):
    """True for float16 and bfloat16."""
    return dtype.itemsize == 2 and dtype.kind in "fV"


def computed(dtype):
    """The dtype that values of `dtype` have in registers."""
    return FLOAT32 if is_half(dtype) else dtype


def kinds(dtype):
    """The letters by which a native rule takes operands of this dtype."""
    return "f" if is_half(dtype) else "fF" if dtype.kind == "f" else dtype.kind


def _kind(element, value):
    shaped = value.type
    return ir.VectorType(element, shaped.count) if isinstance(shaped, ir.VectorType) else element


def _bits(value, number):
    """An integer constant in each lane of a type like that of `value`."""
    kind = value.type
    if isinstance(kind, ir.VectorType):
        return ir.Constant(kind, [number] * kind.count)
    return ir.Constant(kind, number)


def is_known(value, dtype):
    """True where a value carries the two bytes that it is as a half of this dtype."""
    return getattr(value, "narrow", (None,))[0] == dtype


def widened(b, narrow, dtype):
    """float32 from the two bytes (i16) of halves."""
    if dtype == np.float16 and converts_float16():
        result = b.fpext(b.bitcast(narrow, _kind(ir.HalfType(), narrow)), _kind(FLOAT, narrow))
    else:
        bits = b.zext(narrow, _kind(I32, narrow))
        if dtype == np.float16:
            result = _from_float16(b, bits)
        else:
            result = b.bitcast(b.shl(bits, _bits(bits, 16)), _kind(FLOAT, narrow))
    result.narrow = dtype, narrow
    return result


def narrowed(b, value, dtype, exact=False):
    """The two bytes (i16) of float32 values; `exact` says that they need no rounding."""
    if is_known(value, dtype):
        return value.narrow[1]
    small = _kind(I16, value)
    if dtype == np.float16 and converts_float16():
        return b.bitcast(b.fptrunc(value, _kind(ir.HalfType(), value)), small)
    bits = b.bitcast(value, _kind(I32, value))
    if dtype == np.float16:
        return b.trunc(_to_float16(b, value, bits), small)
    if not exact:
        bits = _rounded(b, value, bits)
    return b.trunc(b.lshr(bits, _bits(bits, 16)), small)


def rounded(b, value, dtype, exact=False):
    """float32 values rounded to halves, which know their two bytes."""
    if is_known(value, dtype):
        return value
    if exact:
        value.narrow = dtype, narrowed(b, value, dtype, exact=True)
        return value
    if dtype == np.float16:
        return widened(b, narrowed(b, value, dtype), dtype)
    bits = _rounded(b, value, b.bitcast(value, _kind(I32, value)))
    whole = b.and_(bits, _bits(bits, -1 << 16))
    result = b.bitcast(whole, value.type)
    result.narrow = dtype, b.trunc(b.lshr(bits, _bits(bits, 16)), _kind(I16, value))
    return result


def _rounded(b, value, bits):
    """Bits of which the upper half is the nearest bfloat16; of NaNs it is a quiet NaN."""
    odd = b.and_(b.lshr(bits, _bits(bits, 16)), _bits(bits, 1))
    nearest = b.add(b.add(bits, _bits(bits, 0x7FFF)), odd)
    quiet = b.or_(bits, _bits(bits, 0x400000))
    return b.select(b.fcmp_unordered("uno", value, value), quiet, nearest)


def _from_float16(b, bits):
    """float32 from the bits of float16 (i32), by shifts and one multiplication."""
    size = b.shl(b.and_(bits, _bits(bits, 0x7FFF)), _bits(bits, 13))
    real = _kind(FLOAT, bits)
    scale = b.bitcast(_bits(bits, 0x77800000), real)  # 2 ** 112 moves the exponent
    finite = b.bitcast(b.fmul(b.bitcast(size, real), scale), bits.type)
    special = b.or_(size, _bits(bits, 0x7F800000))
    size = b.select(b.icmp_unsigned("<", size, _bits(bits, 0x0F800000)), finite, special)
    sign = b.shl(b.and_(bits, _bits(bits, 0x8000)), _bits(bits, 16))
    return b.bitcast(b.or_(size, sign), real)


def _to_float16(b, value, bits):
    """The bits (i32) of the nearest float16, by integers and one addition."""
    size = b.and_(bits, _bits(bits, 0x7FFFFFFF))
    odd = b.and_(b.lshr(bits, _bits(bits, 13)), _bits(bits, 1))
    normal = b.add(b.add(b.sub(size, _bits(bits, 112 << 23)), _bits(bits, 0xFFF)), odd)
    normal = b.lshr(normal, _bits(bits, 13))
    half = b.bitcast(
        _bits(bits, 0x3F000000), value.type
    )  # 0.5: its last place is the least float16
    small = b.bitcast(b.fadd(b.bitcast(size, value.type), half), bits.type)
    small = b.sub(small, _bits(bits, 0x3F000000))
    found = b.select(b.icmp_unsigned("<", size, _bits(bits, 113 << 23)), small, normal)
    beyond = b.icmp_unsigned(">=", size, _bits(bits, 0x477FF000))  # rounds to infinity
    found = b.select(beyond, _bits(bits, 0x7C00), found)
    nan = b.and_(b.lshr(size, _bits(bits, 13)), _bits(bits, 0x3FF))
    nan = b.or_(nan, _bits(bits, 0x7E00))
    found = b.select(b.icmp_unsigned(">", size, _bits(bits, 0x7F800000)), nan, found)
    return b.or_(found, b.and_(b.lshr(bits, _bits(bits, 16)), _bits(bits, 0x8000)))


def nearly(b, value):
    """float32 from doubles, to be rounded once more: what is inexact gets an odd last bit."""
    single = b.fptrunc(value, _kind(FLOAT, value))
    back = b.fpext(single, value.type)
    bits = b.bitcast(single, _kind(I32, value))
    # nearer to 0 than the double, with the last bit set: the next rounding sees the right side
    away = b.fcmp_ordered(">", _size(b, back), _size(b, value))
    below = b.sub(bits, b.zext(away, bits.type))
    inexact = b.fcmp_ordered("!=", back, value)
    odd = b.or_(below, b.zext(inexact, bits.type))
    return b.bitcast(odd, single.type)


def _size(b, value):
    bits = b.bitcast(value, _kind(ir.IntType(64), value))
    return b.bitcast(b.and_(bits, _bits(bits, (1 << 63) - 1)), value.type)
