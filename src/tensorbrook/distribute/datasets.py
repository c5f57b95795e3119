"""tf.distribute: data sets whose elements go to replicas."""

import enum
import itertools
from collections import namedtuple

from ..core.spec import TensorSpec
from ..data.dataset import Dataset
from ..data.iterator import Iterator
from ..data.nodes import Node
from ..data.structure import Structure, map_specs
from .values import PerReplicaSpec, shares


class InputContext:
    """Which part of the data a pipeline is asked for.

    Args:
      num_input_pipelines: how many workers read data.
      input_pipeline_id: which of them asks.
      num_replicas_in_sync: how many replicas take a step together.

    Example:
    >>> tf.distribute.InputContext(num_replicas_in_sync=4).get_per_replica_batch_size(8)
    2
    """

    def __init__(self, num_input_pipelines=1, input_pipeline_id=0, num_replicas_in_sync=1):
        self.num_input_pipelines, self.input_pipeline_id = num_input_pipelines, input_pipeline_id
        self.num_replicas_in_sync = num_replicas_in_sync

    def get_per_replica_batch_size(self, global_batch_size):
        """How many rows of a global batch each replica gets.

        Raises:
          ValueError: it does not go even.
        """
        if global_batch_size % self.num_replicas_in_sync:
            raise ValueError(
                f"The `global_batch_size` {global_batch_size} is not divisible by "
                f"`num_replicas_in_sync` {self.num_replicas_in_sync}: choose a multiple of it."
            )
        return global_batch_size // self.num_replicas_in_sync

    def __repr__(self):
        return (
            f"InputContext(num_input_pipelines={self.num_input_pipelines}, input_pipeline_id="
            f"{self.input_pipeline_id}, num_replicas_in_sync={self.num_replicas_in_sync})"
        )


class InputReplicationMode(enum.Enum):
    """How often `distribute_datasets_from_function` calls its function."""

    PER_WORKER = "PER_WORKER"
    PER_REPLICA = "PER_REPLICA"


InputOptions = namedtuple(
    "InputOptions",
    [
        "experimental_fetch_to_device",
        "experimental_replication_mode",
        "experimental_place_dataset_on_device",
        "experimental_per_replica_buffer_size",
    ],
    defaults=(True, InputReplicationMode.PER_WORKER, False, 1),
)
InputOptions.__doc__ = """How data come to replicas.

Args:
  experimental_replication_mode: an `InputReplicationMode`.
  experimental_fetch_to_device, experimental_place_dataset_on_device,
    experimental_per_replica_buffer_size: where the data wait; results do not depend on it.
"""


class DistributedDataset(Dataset):
    """A data set whose elements are PerReplica values, for `Strategy.run`.

    Example:
    >>> strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    >>> data = strategy.experimental_distribute_dataset(tf.data.Dataset.range(5).batch(4))
    >>> for x in data:
    ...     print([part.numpy().tolist() for part in x.values])
    [[0, 1], [2, 3]]
    [[4], []]
    """

    def __iter__(self):
        return DistributedIterator(self._node)


class DistributedIterator(Iterator):
    """One pass over a `DistributedDataset`."""

    def initialize(self):
        """Begins anew."""
        self.__init__(self._node_read)


def distributed(dataset, strategy):
    """The data set of the parts of a data set's elements.

    Raises:
      TypeError: it is no tf.data.Dataset.
    """
    count = strategy._local_replicas
    node = _node_of(dataset, "experimental_distribute_dataset")
    return DistributedDataset(node if count == 1 else Split(node, count))


def grouped(datasets, strategy):
    """The data set whose elements are the next of one data set, or of one for each replica."""
    count = strategy._local_replicas
    nodes = [_node_of(d, "distribute_datasets_from_function") for d in datasets]
    return DistributedDataset(nodes[0] if count == 1 else Grouped(nodes, count))


def _node_of(dataset, where):
    if not isinstance(dataset, Dataset):
        raise TypeError(
            f"[{where}] expected a tf.data.Dataset, got {type(dataset).__name__}: make one, as in "
            "tf.data.Dataset.from_tensor_slices(arrays).batch(global_batch_size)."
        )
    return dataset._node


def _per_replica(spec, count, change=lambda spec: spec):
    """The structure of an element's specs with those of several replicas in each place."""
    return map_specs(
        lambda leaf: PerReplicaSpec(*[change(leaf)] * count),
        spec,
        of_composite=lambda leaf: PerReplicaSpec(*[change(leaf)] * count),
    )


class _ForReplicas(Node):
    shown = "DistributedDataset"

    @property
    def _source(self):
        return self.inputs[0]

    def rows_alike(self):
        alike = self._source.rows_alike() and self._source.structure.is_plain
        return self.count if alike else False


class Split(_ForReplicas):
    """Each element's rows cut into as many parts as there are replicas."""

    def __init__(self, source, count):
        self.inputs, self.count = (source,), count

    def run(self, elements):
        structure, count = self._source.structure, self.count
        parts, empty = structure.parts, nothing(self._source)
        for leaves in elements:
            found = []
            for spec, numbers in parts:
                own = [leaves[k] for k in numbers]
                if spec is None:
                    found += self._cut(own[0])
                    continue
                rows = spec._rows(own)
                for share in shares(len(rows), count):
                    some = rows[share]
                    found += spec._stack(some) if some else [empty[k] for k in numbers]
            yield found

    def _cut(self, array):
        if not len(getattr(array, "shape", ())):
            raise IndexError(
                "[experimental_distribute_dataset] elements without an axis of rows cannot be "
                f"split over {self.count} replicas: batch the data set first, with "
                "dataset.batch(global_batch_size)."
            )
        return [array[share] for share in shares(len(array), self.count)]

    def size(self):
        return self._source.size()

    def make_spec(self):
        def part(spec):
            if not isinstance(spec, TensorSpec):
                return spec._unbatch()._batch(None)
            if not spec.shape.rank:
                return spec
            rows = spec.shape[0]
            even = rows is not None and rows % self.count == 0
            return TensorSpec([rows // self.count if even else None, *spec.shape[1:]], spec.dtype)

        return _per_replica(self._source.spec, self.count, part)


class Grouped(_ForReplicas):
    """Elements of one pass together, one for each replica; or one of each of several data sets."""

    def __init__(self, sources, count):
        self.inputs, self.count = tuple(sources), count

    def run(self, *passes):
        parts = self._source.structure.parts
        empty, whole = nothing(self._source), is_static(self._source)
        while True:
            if len(passes) == 1:
                group = list(itertools.islice(passes[0], self.count))
            else:
                group = [next(one, None) for one in passes]
            here = [leaves for leaves in group if leaves is not None]
            if not here or (whole and len(here) < self.count):
                return
            group += [None] * (self.count - len(group))
            group = [empty if leaves is None else leaves for leaves in group]
            yield [leaves[k] for _, numbers in parts for leaves in group for k in numbers]

    def size(self):
        sizes = [node.size() for node in self.inputs]
        if len(sizes) > 1 or sizes[0] < 0:
            return max(sizes) if min(sizes) >= 0 else min(sizes)
        whole, rest = divmod(sizes[0], self.count)
        return whole + (rest > 0 and not is_static(self._source))

    def make_spec(self):
        return _per_replica(self._source.spec, self.count)


def nothing(node):
    """The leaves of an element without rows."""
    return Structure(node.spec).example(0, 0)


def is_static(node):
    """Whether all elements of a node are of one size."""
    return all(
        isinstance(leaf, TensorSpec) and leaf.shape.is_fully_defined()
        for leaf in Structure(node.spec).leaves
    )
