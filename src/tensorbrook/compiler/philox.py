"""Philox4x32-10 and the distributions made of its words, as LLVM instructions.

The twin of ops/_kernels/philox.py, whose bits it gives: integers and uniform numbers to the last
one, normal numbers but where the double-precision logarithm or sine rounds to another float. A
vector's lanes are blocks of the stream; a word is 64 bits wide, its upper half zero.
"""

import numpy as np
from llvmlite import ir

from . import mathlib
from .emit import DOUBLE, FLOAT, I32, I64, index, repeated, vector_type
from .halves import is_half
from .target import vector_bytes

MULTIPLIERS, WEYL = (0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85)
LOW, ROUNDS = (1 << 32) - 1, 10
_WORD = np.dtype(np.int64)


def stream_lanes():
    """How many blocks are encrypted together: two registers of words, as each step waits."""
    return vector_bytes() // 4


class Stream:
    """A stream of blocks: the state's words in scalars, the keys of all rounds in memory.

    It is to be made before any loop begins.
    """

    def __init__(self, e, low, high, key):
        b = e.b
        self.e, self.low, self.high = e, low, high
        self.keys = e.memory(_WORD, 2 * ROUNDS)
        pair = [b.and_(key, index(LOW)), b.lshr(key, index(32))]
        for k in range(ROUNDS):
            for half, value in enumerate(pair):
                e.store(value, e.offset(self.keys, _WORD, 2 * k + half), _WORD)
            pair = [b.and_(b.add(v, index(step)), index(LOW)) for v, step in zip(pair, WEYL)]

    @classmethod
    def of(cls, e, state):
        """The stream of a state in memory."""
        return cls(e, *[e.load(e.offset(state, _WORD, k), _WORD) for k in range(3)])

    def blocks(self, first, lanes):
        """Four vectors of words (I64): the blocks from the i64 `first` on; 0 lanes: one block."""
        e, b = self.e, self.e.b
        if lanes:
            kind = ir.VectorType(I64, lanes)
            first = b.add(e.splat(first, lanes), ir.Constant(kind, list(range(lanes))))
        base = e.splat(self.low, lanes)
        low = b.add(first, base)
        carry = b.zext(b.icmp_unsigned("<", low, base), low.type)
        return self.encrypted(low, b.add(e.splat(self.high, lanes), carry), lanes)

    def encrypted(self, low, high, lanes=0):
        """The words of the blocks with these counters."""
        e, b = self.e, self.e.b
        mask, half = repeated(index(LOW), lanes), repeated(index(32), lanes)
        first, second = (repeated(index(m), lanes) for m in MULTIPLIERS)

        def key(i, which):
            at = e.offset(self.keys, _WORD, b.add(b.mul(i, index(2)), index(which)))
            return e.splat(e.load(at, _WORD), lanes)

        def one(i, words):
            w0, w1, w2, w3 = words
            p, q = b.mul(w0, first), b.mul(w2, second)
            w0 = b.xor(b.xor(b.lshr(q, half), w1), key(i, 0))
            w2 = b.xor(b.xor(b.lshr(p, half), w3), key(i, 1))
            return [w0, b.and_(q, mask), w2, b.and_(p, mask)]

        words = [b.and_(low, mask), b.lshr(low, half), b.and_(high, mask), b.lshr(high, half)]
        return e.loop(0, ROUNDS, 1, one, words)


def interleaved(e, vectors):
    """2 or 4 vectors as one, their first lanes first; scalars as a vector."""
    if not isinstance(vectors[0].type, ir.VectorType):
        value = ir.Constant(ir.VectorType(vectors[0].type, len(vectors)), ir.Undefined)
        for k, one in enumerate(vectors):
            value = e.b.insert_element(value, one, ir.Constant(I32, k))
        return value
    if len(vectors) == 4:
        vectors = [interleaved(e, vectors[0::2]), interleaved(e, vectors[1::2])]
    count = vectors[0].type.count
    picks = [k + half for k in range(count) for half in (0, count)]
    mask = ir.Constant(ir.VectorType(I32, 2 * count), picks)
    return e.b.shuffle_vector(vectors[0], vectors[1], mask)


def joined_words(e, words):
    """Pairs of words as 64-bit integers, the first word in the low half."""
    b = e.b

    def join(low, high):
        half = repeated(index(32), _lanes(low))
        return b.or_(low, b.shl(high, half))

    return [join(words[0], words[1]), join(words[2], words[3])]


def fractions(e, words, dtype):
    """Numbers in [0, 1): four float or two double values of a block's words."""
    b, lanes = e.b, _lanes(words[0])
    if dtype.itemsize <= 4:
        ones, mask, one, kind = 0x3F800000, (1 << 23) - 1, FLOAT, I32
        parts = [b.trunc(w, vector_type(I32, lanes)) for w in words]
        if is_half(dtype):  # the lowest bits, as many as its mantissa has
            moved = repeated(ir.Constant(I32, 13 if dtype == np.float16 else 16), lanes)
            parts = [b.shl(bits, moved) for bits in parts]
    else:
        ones, mask, one, kind = 0x3FF << 52, (1 << 52) - 1, DOUBLE, I64
        parts = joined_words(e, [words[1], words[0], words[3], words[2]])
    result = []
    for bits in parts:  # mantissas of numbers in [1, 2), less 1: exact
        bits = b.and_(bits, repeated(ir.Constant(kind, mask), lanes))
        bits = b.or_(bits, repeated(ir.Constant(kind, ones), lanes))
        value = b.bitcast(bits, vector_type(one, lanes))
        result.append(b.fsub(value, repeated(ir.Constant(one, 1.0), lanes)))
    return result


def normals(e, words, dtype):
    """Standard normal numbers (Box and Muller), as one vector: four float or two double a block."""
    uniform = fractions(e, words, dtype)
    if dtype.itemsize == 4:
        uniform = [interleaved(e, uniform[0::2]), interleaved(e, uniform[1::2])]
    return interleaved(e, _pair(e, *uniform, dtype))


def _pair(e, first, second, dtype):
    """r sin(t), r cos(t); logarithm, sine and cosine in double precision, then rounded."""
    b, lanes, single = e.b, _lanes(first), dtype.itemsize == 4
    wide, own = vector_type(DOUBLE, lanes), first.type

    def widen(x):
        return b.fpext(x, wide) if single else x

    def rounded(x):
        return b.fptrunc(x, own) if single else x

    least = e.constant(dtype, dtype.type(1e-7), lanes)
    first = b.select(b.fcmp_ordered("<", first, least), least, first)
    square = b.fmul(e.constant(dtype, -2.0, lanes), rounded(mathlib.log(b, widen(first))))
    radius = e.intrinsic("sqrt", square)
    turn = e.constant(np.dtype(np.float64), 2 * np.pi, lanes)
    angle = widen(rounded(b.fmul(turn, widen(second))))
    sine, cosine = rounded(mathlib.sin(b, angle)), rounded(mathlib.cos(b, angle))
    return b.fmul(sine, radius), b.fmul(cosine, radius)


def _lanes(value):
    return value.type.count if isinstance(value.type, ir.VectorType) else 0
