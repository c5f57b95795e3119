"""tf.distribute: which part of a data set each worker reads, and how batches are divided.

A data set of global batches becomes a worker's stream of batches for single replicas. By FILE each
worker reads files of its own, by DATA its rows of each global batch; OFF reads everything.
"""

import numpy as np

from ..base.errors import InvalidArgumentError, NotFoundError
from ..data.batching import Batch, Rebatch, Unbatch, Window
from ..data.files import Files
from ..data.given import _replaced
from ..data.nested import NestedFunction
from ..data.nodes import INFINITE, Node
from ..data.options import AutoShardPolicy
from ..data.reorder import Shard
from ..data.structure import Structure
from .datasets import nothing
from .values import shares

_ENDS_BATCHES = Unbatch, Window, NestedFunction


def worker_part(dataset, workers, rank, replicas):
    """A worker's part of a data set of global batches, as a node of batches for one replica each.

    Args:
      dataset: a tf.data.Dataset.
      workers: how many workers there are.
      rank: the number of this one.
      replicas: how many replicas each has: so many elements are one step.

    Raises:
      NotFoundError: AutoShardPolicy.FILE, and the data set reads no files.
      IndexError: elements without rows.
    """
    policy = dataset.options().experimental_distribute.auto_shard_policy
    policy = AutoShardPolicy.AUTO if policy is None else AutoShardPolicy(policy)
    node, count = dataset._node, workers * replicas
    for leaf in Structure(node.spec).leaves:
        if leaf.shape.rank == 0:
            raise IndexError(  # as TensorFlow
                "[experimental_distribute_dataset] The elements have no rows to divide among "
                f"{count} replicas: batch the data set first, by .batch(global_batch_size); they "
                f"are {node.spec}."
            )
    if workers > 1 and policy is AutoShardPolicy.HINT:
        node = _at_hints(node, workers, rank)
    if workers > 1 and policy in (AutoShardPolicy.FILE, AutoShardPolicy.AUTO):
        sharded = _by_files(node, workers, rank)
        if sharded is None and policy is AutoShardPolicy.FILE:
            raise NotFoundError(
                "AutoShardPolicy.FILE: found an unshardable source dataset: the data set reads no "
                "files that could be divided among workers. Use AutoShardPolicy.DATA.",
            )
        policy = AutoShardPolicy.DATA if sharded is None else AutoShardPolicy.FILE
        node = node if sharded is None else sharded
    if workers > 1 and policy is AutoShardPolicy.DATA:
        return Shard(Pieces(node, count), workers, rank)
    size = batch_size(node)
    return (
        Pieces(node, count) if size is None else Rebatch(node, _sizes(size, count, rank * replicas))
    )


def _sizes(batch, count, first):
    """How many rows each of `count` replicas has of a batch, from number `first` on: as even as it
    goes, the first of them more."""
    sizes = [batch // count + (i < batch % count) for i in range(count)]
    return sizes[first:] + sizes[:first]


def batch_size(node):
    """The size of a data set's batches, None where only they tell."""
    while not isinstance(node, Batch):
        if isinstance(node, Rebatch):
            return node.sizes[0] if len(set(node.sizes)) == 1 else None
        if len(node.inputs) != 1 or isinstance(node, _ENDS_BATCHES):
            return None
        (node,) = node.inputs
    return node.batch_size


class Pieces(Node):
    """Each batch cut into so many, as even as it goes; the last ones may be empty."""

    shown = "_LegacyRebatchDataset"

    def __init__(self, source, count):
        self.inputs, self.count = (source,), count

    def run(self, source):
        rows = Unbatch(self.inputs[0])
        for element in source:
            if self.structure.is_plain:
                for share in shares(len(element[0]), self.count):
                    yield [leaf[share] for leaf in element]
                continue
            single = list(rows.run(iter([element])))
            for share in shares(len(single), self.count):
                yield self._stacked(rows, single[share])

    def _stacked(self, rows, elements):
        if not elements:
            return nothing(self)
        return Batch(rows, len(elements)).pack(elements)

    def size(self):
        size = self.inputs[0].size()
        return size if size < 0 else size * self.count

    def make_spec(self):
        return Rebatch(self.inputs[0], [1, 2]).make_spec()  # of any size


# -- by files --------------------------------------------------------------------------------------


def _by_files(node, workers, rank):
    """The pipeline with a worker's share of the files; None where it reads none."""
    found = _names(node)
    if not found:
        return None
    shares = {id(names): _Share(names, workers, rank) for names in found}
    return _replaced(node, shares)


def _names(node):
    """The nodes that give the names of files; None or [] where a source is no file."""
    if isinstance(node, Files):
        return [node.inputs[0]]
    if isinstance(node, NestedFunction) and _reads_files(node):
        return [node.inputs[0]]
    found = [_names(source) for source in node.inputs]
    return [n for names in found for n in names] if found and all(found) else None


def _reads_files(node):
    """Whether a function that makes data sets makes them of files."""
    items = node.inputs[0].iterate()
    first = next(iter(items), None)
    if first is None:
        return False
    inner = next(iter(node.nodes(iter([first]))), None)
    return inner is not None and bool(_names(inner))


class _Share(Shard):
    """Every n-th name of a file, of which there must be one for each worker."""

    def run(self, items):
        names = list(items)
        if len(names) < self.num_shards:
            raise InvalidArgumentError(
                f"Could not apply FILE based sharding: the dataset only has {len(names)} file(s), "
                f"which is not enough for the required {self.num_shards} shards/workers. If you "
                "are using datasets with distribution strategy, set the auto sharding policy to "
                "DATA or OFF: options.experimental_distribute.auto_shard_policy = "
                "tf.data.experimental.AutoShardPolicy.DATA."
            )
        return super().run(iter(names))

    def table(self):
        return None


def _at_hints(node, workers, rank):
    """The pipeline with a worker's part in the places that `shard(SHARD_HINT, ...)` marks."""
    found, todo = {}, [node]
    while todo:
        one = todo.pop()
        if isinstance(one, Shard) and one.is_hint:
            found[id(one)] = Shard(one.inputs[0], workers, rank)
        todo.extend(one.inputs)
    return _replaced(node, found)


# -- in step ---------------------------------------------------------------------------------------


class InStep(Node):
    """A worker's elements, as many as the worker that has most: what it lacks is without rows.

    Args:
      source: its elements.
      group: the processes; they agree before each element, or once where all know their number.
      is_static: each element must be whole: the pass ends where the first worker's ends.
    """

    shown = "DistributedDataset"

    def __init__(self, source, group, is_static=False):
        self.inputs, self.group, self.is_static = (source,), group, is_static

    def run(self, source):
        size = self.inputs[0].size()
        sizes = self.group.all_gather(np.array([size], np.int64)).tolist()
        if all(s == INFINITE for s in sizes):
            yield from source
        elif min(sizes) >= 0:
            for _ in range(min(sizes) if self.is_static else max(sizes)):
                leaves = next(source, None)
                yield nothing(self) if leaves is None else leaves
        else:
            yield from self._asking(source)

    def _asking(self, source):
        while True:
            leaves = next(source, None)
            have = np.array([leaves is not None], np.int64)
            (total,) = self.group.all_reduce([have], "MIN" if self.is_static else "MAX")
            if not total[0]:
                return
            yield nothing(self) if leaves is None else leaves

    def size(self):
        return self.inputs[0].size()

    def make_spec(self):
        return self.inputs[0].spec
