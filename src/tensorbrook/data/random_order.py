"""The random numbers of `shuffle`, `random` and `sample_from_datasets`: TensorFlow's, bit for bit.

TensorFlow draws single 32-bit numbers from a Philox stream keyed by two 64-bit seeds. A data set
that reshuffles draws a new pair of seeds for every pass from such a stream of its own.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from collections.abc import Iterator

import numpy as np

from ..ops._kernels import philox
from ..ops.seeding import get_seed

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
            first, second = secrets.randbits(64), secrets.randbits(64)
        self.pair = first, second
        self.numbers = samples(*self.pair) if new_each_time else None
        self.lock = threading.Lock()

    def draw(self) -> tuple[int, int]:
        """The seeds of the next pass."""
        if self.numbers is None:
            return self.pair
        with self.lock:
            return next(self.numbers), next(self.numbers)


def multinomial(logits, seed: int, seed2: int) -> int:
    """One index drawn with probabilities softmax(logits): TensorFlow's stateless_multinomial."""
    row = np.asarray(logits).reshape(1, -1)
    return int(philox.categorical(*philox.scramble(seed, seed2), row, 1, np.int64)[0, 0])
