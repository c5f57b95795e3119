"""Hashes of texts as TensorFlow computes them: FarmHash's fingerprint, SipHash-2-4, MurmurHash.

Each is written for texts of one length, on columns of uint64, whose arithmetic wraps around.
"""

import numpy as np

_U = np.uint64
K0, K1, K2 = _U(0xC3A5C85C97CB3127), _U(0xB492B66FBE98F273), _U(0x9AE16A3B2F90404F)
_MURMUR, _MURMUR_SEED = _U(0xC6A4A7935BD1E995), _U(0xDECAFCAFFE)


def hash_all(texts, of_one_length):
    """uint64 hashes of a list of bytes; `of_one_length(columns, length)` hashes rows of bytes."""
    out = np.empty(len(texts), np.uint64)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    order = np.argsort(lengths, kind="stable")
    block = np.frombuffer(b"".join([texts[i] for i in order.tolist()]), np.uint8)
    at = row = 0
    for length, count in zip(*(a.tolist() for a in np.unique(lengths, return_counts=True))):
        data = block[at : at + length * count].reshape(count, length)
        with np.errstate(over="ignore"):
            out[order[row : row + count]] = of_one_length(_Columns(data), length)
        at, row = at + length * count, row + count
    return out


class _Columns:
    """The bytes of many texts of one length, read as integers at an offset."""

    def __init__(self, data):
        self.data = data

    def __len__(self):
        return len(self.data)

    def _read(self, offset, size, dtype):
        part = np.ascontiguousarray(self.data[:, offset : offset + size])
        return part.view(dtype).reshape(len(part)).astype(np.uint64)

    def byte(self, offset):
        return self.data[:, offset].astype(np.uint64)

    def four(self, offset):
        return self._read(offset, 4, "<u4")

    def eight(self, offset):
        return self._read(offset, 8, "<u8")

    def rest(self, offset):
        """The last bytes, fewer than eight, as one integer."""
        total = np.zeros(len(self), np.uint64)
        for k in range(offset, self.data.shape[1]):
            total |= self.byte(k) << _U(8 * (k - offset))
        return total


# -- FarmHash: Fingerprint64 -----------------------------------------------------------------------


def _rotated(x, right):
    return (x >> _U(right)) | (x << _U(64 - right))


def _mixed(x):
    return x ^ (x >> _U(47))


def _merged(u, v, factor):
    a = _mixed((u ^ v) * factor)
    return _mixed((v ^ a) * factor) * factor


def _weak(s, at, a, b):
    w, x, y, z = (s.eight(at + k) for k in (0, 8, 16, 24))
    a = a + w
    b = _rotated(b + a + z, 21)
    return a + x + y + z, b + _rotated(a + x + y, 44) + a


def fingerprint(s, length):
    """FarmHash's Fingerprint64 (Google, 2014) of rows of bytes."""
    if length <= 16:
        return _farm_up_to_16(s, length)
    factor = K2 + _U(length * 2)
    if length <= 32:
        a, b = s.eight(0) * K1, s.eight(8)
        c, d = s.eight(length - 8) * factor, s.eight(length - 16) * K2
        u = _rotated(a + b, 43) + _rotated(c, 30) + d
        return _merged(u, a + _rotated(b + K2, 18) + c, factor)
    if length <= 64:
        a, b = s.eight(0) * K2, s.eight(8)
        c, d = s.eight(length - 8) * factor, s.eight(length - 16) * K2
        y = _rotated(a + b, 43) + _rotated(c, 30) + d
        z = _merged(y, a + _rotated(b + K2, 18) + c, factor)
        e, f = s.eight(16) * factor, s.eight(24)
        g, h = (y + s.eight(length - 32)) * factor, (z + s.eight(length - 24)) * factor
        u = _rotated(e + f, 43) + _rotated(g, 30) + h
        return _merged(u, e + _rotated(f + a, 18) + g, factor)
    return _farm_beyond_64(s, length)


def _farm_up_to_16(s, length):
    factor = K2 + _U(length * 2)
    if length >= 8:
        a, b = s.eight(0) + K2, s.eight(length - 8)
        return _merged(_rotated(b, 37) * factor + a, (_rotated(a, 25) + b) * factor, factor)
    if length >= 4:
        return _merged(_U(length) + (s.four(0) << _U(3)), s.four(length - 4), factor)
    if length:
        y = s.byte(0) + (s.byte(length >> 1) << _U(8))
        z = _U(length) + (s.byte(length - 1) << _U(2))
        return _mixed((y * K2) ^ (z * K0)) * K2
    return np.full(len(s), K2)


def _farm_beyond_64(s, length):
    zero, seed = np.zeros(len(s), np.uint64), _U(81)
    y = zero + seed * K1 + _U(113)
    z = _mixed(y * K2 + _U(113)) * K2
    x = seed * K2 + s.eight(0)
    v, w = (zero, zero), (zero, zero)

    def turn(at, x, y, z, v, w, factor, weight):
        x = _rotated(x + y + v[0] + s.eight(at + 8), 37) * factor
        y = _rotated(y + v[1] + s.eight(at + 48), 42) * factor
        x = x ^ (w[1] * weight)
        y = y + v[0] * weight + s.eight(at + 40)
        z = _rotated(z + w[0], 33) * factor
        v = _weak(s, at, v[1] * factor, x + w[0])
        w = _weak(s, at + 32, z + w[1], y + s.eight(at + 16))
        return z, y, x, v, w

    for at in range(0, (length - 1) // 64 * 64, 64):
        x, y, z, v, w = turn(at, x, y, z, v, w, K1, _U(1))
    factor = K1 + ((z & _U(0xFF)) << _U(1))
    w = (w[0] + _U((length - 1) & 63), w[1])
    v = (v[0] + w[0], v[1])
    w = (w[0] + v[0], w[1])
    x, y, z, v, w = turn(length - 64, x, y, z, v, w, factor, _U(9))
    one = _merged(v[0], w[0], factor) + _mixed(y) * K0 + z
    return _merged(one, _merged(v[1], w[1], factor) + x, factor)


def joined_fingerprints(first, second):
    """The fingerprint of two, as crossed columns have it."""
    with np.errstate(over="ignore"):
        result = first ^ _MURMUR
        result = (result ^ (_mixed(second * _MURMUR) * _MURMUR)) * _MURMUR
        return _mixed(_mixed(result) * _MURMUR)


# -- SipHash ---------------------------------------------------------------------------------------


def siphash(key):
    """SipHash-2-4 (Aumasson and Bernstein, 2012) under a key of two integers."""
    key = [_U(k % 2**64) for k in key]
    start = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)

    def of_one_length(s, length):
        state = [np.full(len(s), _U(c) ^ key[i % 2]) for i, c in enumerate(start)]

        def rounds(count):
            a, b, c, d = state
            for _ in range(count):
                a, c = a + b, c + d
                b, d = _rotated(b, 51) ^ a, _rotated(d, 48) ^ c
                a = _rotated(a, 32)
                c, a = c + b, a + d
                b, d = _rotated(b, 47) ^ c, _rotated(d, 43) ^ a
                c = _rotated(c, 32)
            state[:] = a, b, c, d

        def absorb(word):
            state[3] = state[3] ^ word
            rounds(2)
            state[0] = state[0] ^ word

        whole = length // 8 * 8
        for at in range(0, whole, 8):
            absorb(s.eight(at))
        absorb(s.rest(whole) | (_U(length % 256) << _U(56)))
        state[2] = state[2] ^ _U(0xFF)
        rounds(4)
        return state[0] ^ state[1] ^ state[2] ^ state[3]

    return of_one_length


# -- MurmurHash ------------------------------------------------------------------------------------


def murmur(s, length):
    """MurmurHash64A (Appleby) of rows of bytes, under TensorFlow's seed."""
    h = np.full(len(s), _MURMUR_SEED ^ (_U(length) * _MURMUR))
    whole = length // 8 * 8
    for at in range(0, whole, 8):
        k = _mixed(s.eight(at) * _MURMUR) * _MURMUR
        h = (h ^ k) * _MURMUR
    if length % 8:
        h = (h ^ s.rest(whole)) * _MURMUR
    return _mixed(_mixed(h) * _MURMUR)
