"""tf.distribute.MultiWorkerMirroredStrategy: replicas in several processes."""

import os

import numpy as np

from .. import ops
from ..core.backend import logical_devices
from ..core.dispatch import init_scope
from ..core.tensor import convert_to_tensor
from ..ops.indexed_slices import IndexedSlices
from . import across
from .alone import Alone
from .cluster import TFConfigClusterResolver, ranks_of
from .collectives import Group
from .datasets import DistributedDataset, Grouped, InputContext, is_static
from .sharding import InStep, worker_part
from .strategies import Strategy
from .values import ReduceOp, joined, total
from .variables import spread

_groups = {}  # (rank, addresses) -> the groups that this process has joined


class MultiWorkerMirroredStrategy(Strategy):
    """A replica on each device of each of several processes; variables are the same on all.

    The environment variable TF_CONFIG says which processes there are and which of them this is;
    `tensorbrook launch` sets it. All run the same program. Variables begin with the values of the
    first worker; data sets are divided (`tf.data.experimental.AutoShardPolicy`); sums over replicas
    are the same bits in all processes. Without a cluster it is `MirroredStrategy`.

    Args:
      cluster_resolver: a `tf.distribute.cluster_resolver.ClusterResolver`; by default a
        TFConfigClusterResolver.
      communication_options: `tf.distribute.experimental.CommunicationOptions`; its
        `timeout_seconds` is how long an operation waits for other workers.

    Raises:
      ValueError: the cluster has parameter servers, or not the task that this process is to be.
      UnavailableError: another process does not come; later, one has ended.

    Example:
    >>> strategy = tf.distribute.MultiWorkerMirroredStrategy()
    >>> strategy.num_replicas_in_sync, strategy.cluster_resolver.task_id
    (1, None)
    """

    _wraps = True

    def __init__(self, cluster_resolver=None, communication_options=None):
        self._resolver = cluster_resolver or TFConfigClusterResolver()
        timeout = getattr(communication_options, "timeout_seconds", None)
        self._group, self._data_group, task = _joined_groups(self._resolver, timeout)
        devices = next(filter(None, map(logical_devices, ("GPU", "CPU"))))
        local, workers = len(devices), self._group.size
        counts = self._group.all_gather(np.array([local]))
        if len(set(counts.tolist())) > 1:
            raise ValueError(
                f"The workers have {counts.tolist()} devices: each must have as many as the others."
            )
        self._first_replica = self._group.rank * local
        self._start([f"{task}{name}" for name in devices], workers=workers)

    @property
    def cluster_resolver(self):
        """What found the processes that take part."""
        return self._resolver

    # -- values ------------------------------------------------------------------------------------

    def _all_reduce(self, op, values):
        return self._all_reduce_many(op, [values])[0]

    def _all_reduce_many(self, op, many):
        own = [total(ReduceOp.SUM, list(values)) for values in many]
        dense = [x for x in own if not isinstance(x, IndexedSlices)]
        dense = iter(across.all_reduce(self._group, dense))
        found = [self._all_rows(x) if isinstance(x, IndexedSlices) else next(dense) for x in own]
        if op is ReduceOp.MEAN:
            found = [x / self.num_replicas_in_sync for x in found]
        return found

    def _all_rows(self, slices):
        """The sum of rows of IndexedSlices over all workers: all of them."""
        values, indices = across.all_gather(self._group, [slices.values, slices.indices], 0)
        return IndexedSlices(values, indices, slices.dense_shape)

    def _all_gather(self, values, axis):
        return across.all_gather(self._group, [joined(values, axis)], axis)[0]

    def _of_first(self, value):
        return across.all_reduce(
            self._group, [value if self._first_replica == 0 else ops.zeros_like(value)]
        )[0]

    def _gathered_before(self, size):
        (sizes,) = across.all_gather(self._group, [ops.reshape(convert_to_tensor(size), [1])], 0)
        return ops.reduce_sum(sizes[: self._group.rank])

    # -- variables ---------------------------------------------------------------------------------

    def _creates(self, variable):
        if self._group.size > 1:
            with init_scope():
                (value,) = self._group.broadcast([convert_to_tensor(variable).host()])
                if self._group.rank:
                    variable.assign(value)
        spread(variable, self)

    # -- data --------------------------------------------------------------------------------------

    def _input_context(self):
        return InputContext(self._group.size, self._group.rank, self.num_replicas_in_sync)

    def experimental_distribute_dataset(self, dataset, options=None):
        """A data set whose elements are this worker's parts of a data set's, for each replica.

        The data set has the same global batches in all workers. Its option
        `experimental_distribute.auto_shard_policy` says which part each reads.

        Args:
          dataset: a `tf.data.Dataset` of batches.
          options: `tf.distribute.InputOptions`.
        """
        if self._group.size == 1:
            return super().experimental_distribute_dataset(dataset, options)
        self._same_order(dataset._node)
        node = worker_part(dataset, self._group.size, self._group.rank, self._local_replicas)
        return self._in_step([node])

    def distribute_datasets_from_function(self, dataset_fn, options=None):
        """A data set whose elements are, for each replica, the next of a function's data set.

        Args:
          dataset_fn: a function of a `tf.distribute.InputContext` that returns this worker's data
            set, of batches for one replica.
          options: `tf.distribute.InputOptions`.
        """
        if self._group.size == 1:
            return super().distribute_datasets_from_function(dataset_fn, options)
        return self._in_step([dataset_fn(self._input_context())._node])

    experimental_distribute_datasets_from_function = distribute_datasets_from_function

    def _worker_dataset(self, dataset):
        """This worker's rows of each global batch of a data set, as a data set."""
        self._same_order(dataset._node)
        node = worker_part(dataset, self._group.size, self._group.rank, 1)
        return InStep(node, self._data_group, is_static(node)).dataset()

    def _in_step(self, nodes):
        nodes = [Grouped(nodes, self._local_replicas)] if self._local_replicas > 1 else nodes
        return DistributedDataset(InStep(nodes[0], self._data_group, is_static(nodes[0])))

    def _same_order(self, node):
        """Gives what shuffles without a seed the first worker's seeds, so that workers divide one
        order among them."""
        for pairs in node.seed_pairs():
            (place,) = self._group.broadcast([np.array(pairs.place, np.uint64)])
            pairs.place = place.tolist()


def _joined_groups(resolver, timeout):
    """(the group of a cluster's processes, a second one for data, the name of this task).

    Data have links of their own, since a thread may make them while a step runs.
    """
    spec, kind = resolver.cluster_spec(), resolver.task_type
    if not spec or kind == "evaluator":  # which works by itself
        return Alone(), Alone(), ""
    tasks = ranks_of(spec)
    number = resolver.task_id
    rank = next((r for r, (job, i, _) in enumerate(tasks) if (job, i) == (kind, number)), None)
    if rank is None:
        raise ValueError(
            f"This process is to be task {number} of job {kind!r}, and the cluster is {spec}: set "
            '"task" in TF_CONFIG, as in {"type": "worker", "index": 0}.'
        )
    name = f"/job:{kind}/replica:0/task:{number}"
    if len(tasks) == 1:
        return Alone(), Alone(), name
    addresses = [address for _, _, address in tasks]
    known = rank, tuple(addresses), os.getpid()
    if known not in _groups:
        _groups[known] = [Group(rank, addresses, timeout) for _ in range(2)]
    return (*_groups[known], name)
