"""tf.distribute: strategies, all with one replica on the one device."""

import contextlib
import types

from .. import ops
from ..base import nest
from ..base.context import context
from .datasets import InputContext
from .replicas import ReplicaContext
from .values import ReduceOp


class Strategy:
    """A way to spread training over devices. There is one device: everything runs on it, with the
    results that the program has on one device of TensorFlow.

    Args:
      *args, **kwargs: which devices, and how they speak to each other: of no effect.

    Example:
    >>> strategy = tf.distribute.MirroredStrategy()
    >>> with strategy.scope():
    ...     v = tf.Variable(1.0)
    >>> strategy.num_replicas_in_sync, strategy.run(lambda x: v + x, args=(1.0,)).numpy()
    (1, np.float32(2.0))
    """

    num_replicas_in_sync = 1

    def __init__(self, *args, **kwargs):
        self.extended = types.SimpleNamespace(
            worker_devices=("/device:CPU:0",), parameter_devices=("/device:CPU:0",)
        )

    @contextlib.contextmanager
    def scope(self):
        """A context in which `tf.distribute.get_strategy()` is this one."""
        outer, context.strategy = context.strategy, self
        try:
            yield self
        finally:
            context.strategy = outer

    def run(self, fn, args=(), kwargs=None, options=None):
        """Calls a function on each replica: once."""
        with self.scope():
            return fn(*args, **(kwargs or {}))

    def reduce(self, reduce_op, value, axis=None):
        """Joins the replicas' values, and the rows along `axis` if it is given."""
        if axis is None:
            return value
        by = ReduceOp(getattr(reduce_op, "value", str(reduce_op).upper()))
        along = ops.reduce_mean if by is ReduceOp.MEAN else ops.reduce_sum
        return nest.map_structure(lambda leaf: along(leaf, axis), value)

    def gather(self, value, axis):
        """The replicas' values, joined along an axis."""
        return value

    def experimental_distribute_dataset(self, dataset, options=None):
        """The data set."""
        return dataset

    def distribute_datasets_from_function(self, dataset_fn, options=None):
        """The data set that a function of an InputContext makes."""
        return dataset_fn(InputContext())

    experimental_distribute_datasets_from_function = distribute_datasets_from_function

    def experimental_distribute_values_from_function(self, value_fn):
        """The value that a function of a replica's context makes."""
        return value_fn(ReplicaContext(self))

    def experimental_local_results(self, value):
        """The replicas' values as a tuple."""
        return (value,)

    def experimental_make_numpy_dataset(self, numpy_input):
        """Raises NotImplementedError: use tf.data.Dataset.from_tensor_slices."""
        raise NotImplementedError("Use tf.data.Dataset.from_tensor_slices(numpy_input).")


class MirroredStrategy(Strategy):
    """`Strategy` over the devices of this machine."""


class OneDeviceStrategy(Strategy):
    """`Strategy` on one device."""


class MultiWorkerMirroredStrategy(Strategy):
    """`Strategy` over machines: this one."""


class CentralStorageStrategy(Strategy):
    """`Strategy` with variables in one place."""


class _ManyMachines(Strategy):
    def __init__(self, *args, **kwargs):
        raise NotImplementedError(
            f"tf.distribute.{type(self).__name__}: there are no TPUs and no parameter servers. Use "
            "tf.distribute.get_strategy(), or leave the strategy out."
        )


class TPUStrategy(_ManyMachines):
    """Raises NotImplementedError: there are no TPUs."""


class ParameterServerStrategy(_ManyMachines):
    """Raises NotImplementedError: there are no parameter servers."""


class CrossDeviceOps:
    """How replicas speak to each other; of no effect with one.

    Args:
      *args, **kwargs: of no effect.
    """

    def __init__(self, *args, **kwargs):
        pass


NcclAllReduce = HierarchicalCopyAllReduce = ReductionToOneDevice = CrossDeviceOps
_default = Strategy()


def get_strategy():
    """The strategy in whose scope the program is.

    Example:
    >>> tf.distribute.get_strategy().num_replicas_in_sync
    1
    """
    return context.strategy or _default


def has_strategy():
    """Whether the program is in a strategy's scope."""
    return context.strategy is not None


def get_replica_context():
    """The replica's context."""
    return ReplicaContext(get_strategy())


def in_cross_replica_context():
    """Whether the program is in a strategy's scope, outside of `run`."""
    return has_strategy()
