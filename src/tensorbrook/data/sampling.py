"""The random choices of `Dataset.sample_from_datasets`."""

from __future__ import annotations

import itertools

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

    def run(self, *passes):
        if passes:
            logits = (np.log(weights) for (weights,) in passes[0])
        elif self.weights is None:
            logits = itertools.repeat(np.ones(self.count, np.float32))
        else:
            logits = itertools.repeat(np.log(np.array(self.weights, np.float32)))
        numbers = samples(*self.seeds.draw())
        pairs = zip(numbers, numbers)
        return ([np.int64(multinomial(row, *pair))] for row, pair in zip(logits, pairs))

    def size(self):
        return self.inputs[0].size() if self.inputs else INFINITE

    def make_spec(self):
        return TensorSpec((), dtypes.int64)
