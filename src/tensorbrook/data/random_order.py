"""The random numbers of `shuffle`, `random` and `sample_from_datasets`: TensorFlow's, bit for bit.

TensorFlow draws single 32-bit numbers from a Philox stream keyed by two 64-bit seeds. A data set
that reshuffles draws a new pair of seeds for every pass from such a stream of its own.
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator

import numpy as np

_FIRST_BLOCKS, _MOST_BLOCKS = 64, 4096
M32 = 0xFFFFFFFF


def _philox(c, k):
    mask, half = np.uint64(M32), np.uint64(32)
    for _ in range(10):
        p0, p1 = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [
            (p1 >> half) ^ c[1] ^ np.uint64(k[0]),
            p1 & mask,
            (p0 >> half) ^ c[3] ^ np.uint64(k[1]),
            p0 & mask,
        ]
        k = [(k[0] + 0x9E3779B9) & M32, (k[1] + 0xBB67AE85) & M32]
    return np.stack(c, 1).ravel().tolist()


def _block(low, high, key, count):
    counters = np.arange(low, low + count, dtype=np.uint64)
    c = [counters & np.uint64(M32), counters >> np.uint64(32)]
    c += [np.full(count, part, np.uint64) for part in (high & M32, high >> 32 & M32)]
    return _philox(c, [key & M32, key >> 32 & M32])


def samples(seed: int, seed2: int) -> Iterator[int]:
    """The endless stream of 32-bit numbers of a pair of seeds."""
    start, blocks = 0, _FIRST_BLOCKS
    while True:
        yield from _block(start, seed2, seed, blocks)
        start += blocks
        blocks = min(2 * blocks, _MOST_BLOCKS)


def operation_seeds(seed):
    if seed is None:
        return 0, 0
    return (87654321, seed) if seed else (87654321, 0)


class SeedPairs:
    """The pair of seeds for each pass over a data set.

    Without an own and a global seed both are drawn from the system, once for this data set.
    """

    def __init__(self, seed, new_each_time: bool):
        self.pair = operation_seeds(seed)
        if self.pair == (0, 0):
            self.pair = (secrets.randbits(64), secrets.randbits(64))
        self.numbers = samples(*self.pair) if new_each_time else None

    def draw(self) -> tuple[int, int]:
        """The seeds of the next pass."""
        if self.numbers is None:
            return self.pair
        return next(self.numbers), next(self.numbers)


def multinomial(logits, seed: int, seed2: int) -> int:
    """One index drawn with probabilities softmax(logits): TensorFlow's stateless_multinomial.

    The pair of seeds is scrambled into a key and a counter; a uniform double of that stream is
    looked up in the running total of exp(logits - max).
    """
    mix = _block(seed, seed2, 0x3EC8F720 | 0x02461E29 << 32, 1)
    key, high = mix[0] | mix[1] << 32, mix[2] | mix[3] << 32
    first, second = itertools.islice(samples(key, high), 2)
    uniform = ((first & 0xFFFFF) << 32 | second) / 2.0**52
    logits = np.asarray(logits, np.float64).ravel()
    total = np.cumsum(np.exp(logits - logits.max()))
    return int(np.searchsorted(total, uniform * total[-1], side="right"))
