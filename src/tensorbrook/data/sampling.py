"""The random choices of `Dataset.sample_from_datasets`."""

from __future__ import annotations

import numpy as np

from ..base import dtypes
from ..core.spec import TensorSpec
from .nodes import INFINITE, Node
from .random_order import SeedPairs, multinomial, samples


class Selector(Node):
    """Endless indices below `count`, drawn with `weights`: a list, None, or a node of vectors."""

    shown = "_MapDataset"

    def __init__(self, weights, count, seed, new_each_time):
        self.seeds = SeedPairs(seed, new_each_time)
        self.weights, self.count = weights, count
        self.inputs = (weights,) if isinstance(weights, Node) else ()

    def _logits(self):
        if isinstance(self.weights, Node):
            for (weights,) in self.weights.iterate():
                yield np.log(weights)
            return
        if self.weights is None:
            fixed = np.ones(self.count, np.float32)
        else:
            fixed = np.log(np.array(self.weights, np.float32))
        while True:
            yield fixed

    def iterate(self):
        numbers = samples(*self.seeds.draw())
        for logits in self._logits():
            yield [np.int64(multinomial(logits, next(numbers), next(numbers)))]

    def size(self):
        return self.inputs[0].size() if self.inputs else INFINITE

    def make_spec(self):
        return TensorSpec((), dtypes.int64)
