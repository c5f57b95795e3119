"""The random numbers of `shuffle`, `random` and `sample_from_datasets`: TensorFlow's, bit for bit.

TensorFlow draws single 32-bit numbers from a Philox stream keyed by two 64-bit seeds. A data set
that reshuffles draws a new pair of seeds for every pass from such a stream of its own.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Iterator

import numpy as np

from ..ops._kernels import philox
from ..ops.seeding import get_seed

_LOW = 2**64 - 1
_FIRST_BLOCKS, _MOST_BLOCKS = 64, 4096


def samples(seed: int, seed2: int) -> Iterator[int]:
    """The endless stream of 32-bit numbers of a pair of seeds."""
    return _words(*philox.seeded(seed, seed2))


def _words(key, counter):
    count = _FIRST_BLOCKS
    while True:
        yield from philox.blocks(key, counter, count).ravel().tolist()
        counter += count
        count = min(2 * count, _MOST_BLOCKS)


class SeedPairs:
    """The pair of seeds for each pass over a data set.

    Without an own and a global seed both are drawn from the system, once for this data set.
    """

    def __init__(self, seed, new_each_time: bool):
        first, second = get_seed(seed)
        if first is None or second is None:
            first, second = (int.from_bytes(os.urandom(8), "little") for _ in range(2))
        self.new_each_time, self.lock = new_each_time, threading.Lock()
        self.place = first & _LOW, second & _LOW, 0

    def draw(self) -> tuple[int, int]:
        """The seeds of the next pass."""
        if not self.new_each_time:
            return self.pair
        with self.lock:
            self.drawn += 1
            return next(self.numbers), next(self.numbers)

    @property
    def place(self) -> tuple[int, int, int]:
        """The pair it began with, and how many were drawn since: all of its state."""
        return *self.pair, self.drawn

    @place.setter
    def place(self, place):
        *pair, self.drawn = place
        self.pair = tuple(pair)
        numbers = samples(*pair) if self.new_each_time else iter(())
        self.numbers = itertools.islice(numbers, 2 * self.drawn, None)


def multinomial(logits, seed: int, seed2: int) -> int:
    """One index drawn with probabilities softmax(logits): TensorFlow's stateless_multinomial."""
    row = np.asarray(logits).reshape(1, -1)
    return int(philox.categorical(*philox.scramble(seed, seed2), row, 1, np.int64)[0, 0])
