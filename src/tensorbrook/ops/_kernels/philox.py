"""Random numbers from Philox4x32-10, in the order and with the arithmetic TensorFlow uses.

A stream is a pair of Python integers: a 64-bit `key` and a 128-bit `counter`. Block number i of a
stream is the cipher's answer to `counter + i`, four 32-bit words; every distribution here says how
many blocks stand for one group of its results, so results do not depend on how work is split.

Source of the cipher: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC11).
"""

import math

import numpy as np

_MULTIPLIERS = np.array([[0xD2511F53], [0xCD9E8D57]], np.uint64)
_WEYL = np.array([0x9E3779B9, 0xBB67AE85], np.uint64)
_ROUNDS = np.arange(10, dtype=np.uint64)[:, None]
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)
_MASK64 = (1 << 64) - 1
_CHUNK = 4096  # blocks worked on at once: what fits the second-level cache
_SCRAMBLER = 0x02461E293EC8F720  # TensorFlow's key for turning seeds into streams
RESERVED = 256  # blocks TensorFlow reserves for each result of a stateful operation


def blocks(key, counter, count, step=1):
    """Blocks `counter`, `counter + step`, ... of a stream: uint32 of shape (count, 4)."""
    out = np.empty((count, 4), np.uint32)
    keys = (np.array([key & 0xFFFFFFFF, key >> 32], np.uint64) + _ROUNDS * _WEYL) & _LOW
    keys = keys[:, ::-1, None]
    base_low, base_high = counter & _MASK64, (counter >> 64) & _MASK64
    for start in range(0, count, _CHUNK):
        stop = min(start + _CHUNK, count)
        low = np.arange(start, stop, dtype=np.uint64) * np.uint64(step) + np.uint64(base_low)
        high = np.uint64(base_high) + (low < np.uint64(base_low))
        even = np.array([low & _LOW, high & _LOW])
        odd = np.array([high >> _32, low >> _32])
        _encrypt(even, odd, keys, out[start:stop])
    return out


def _encrypt(even, odd, keys, out):
    """Ten rounds on words 0 and 2 (`even`) and words 3 and 1 (`odd`), 2 rows each."""
    for key in keys:
        product = even * _MULTIPLIERS
        np.right_shift(product, _32, out=even)
        even ^= odd[::-1]
        even ^= key
        even = even[::-1]
        odd = product & _LOW
    out[:, 0], out[:, 2] = even
    out[:, 3], out[:, 1] = odd
