"""tf.distribute: strategies that call a function once for each of several replicas."""

import contextlib
import functools
import weakref

from .. import ops
from ..base import nest
from ..base.config import settings
from ..base.context import context
from ..core.backend import TASK, logical_devices
from ..core.tensor import convert_to_tensor
from ..function.autograph.gate import twin_in_trace
from ..function.function import Function
from ..ops.seeding import InnerFunction
from . import replicas
from .alone import Alone
from .datasets import InputContext, InputOptions, InputReplicationMode, distributed, grouped
from .extended import StrategyExtended
from .replicas import Crew, ReplicaContext, need_cross_replica, on_replica
from .values import PerReplica, ReduceOp, joined, map_whole, reduce_op_of, regroup, select, total
from .variables import SpreadVariable, spread


class Strategy:
    """A way to spread a program over replicas, each of which works on its part of the data.

    The base is the strategy outside of all scopes, with one replica.

    Args:
      extended: of no use to programs.

    Example:
    >>> strategy = tf.distribute.get_strategy()
    >>> strategy.num_replicas_in_sync, strategy.run(lambda x: 2 * x, args=(tf.constant(3),)).numpy()
    (1, np.int32(6))
    """

    _group = Alone()  # the processes that take part
    _first_replica = 0  # the number of this process's first replica among all
    _wraps = False  # whether one replica's values are PerReplica all the same

    def __init__(self, extended=None):
        self._start((f"{TASK}/device:CPU:0",))

    def _start(self, worker_devices, parameter_devices=None, workers=1):
        """What all strategies keep.

        Args:
          worker_devices: the full names of the devices of this process's replicas.
          parameter_devices: those of the variables.
          workers: how many processes take part.
        """
        self._devices, self._workers = tuple(worker_devices), workers
        self._local_replicas = len(self._devices)
        self.extended = StrategyExtended(self, self._devices, parameter_devices or self._devices)
        self._replicas = [ReplicaContext(self, r) for r in range(self._local_replicas)]
        self._lifted = weakref.WeakKeyDictionary()  # a tf.function -> the one around `run`

    @property
    def num_replicas_in_sync(self):
        """How many replicas take each step together."""
        return self._local_replicas * self._workers

    @property
    def cluster_resolver(self):
        """What found the processes that take part; None for one process."""
        return None

    @property
    def _entered(self):
        """What `context.strategy` is in its scope: the default strategy counts for none."""
        return self if self is not replicas.default() else None

    @contextlib.contextmanager
    def scope(self):
        """A context in which variables belong to the strategy, and `get_strategy()` is this one.

        Raises:
          RuntimeError: in another strategy's scope, or in a function that a replica runs.

        Example:
        >>> strategy = tf.distribute.OneDeviceStrategy("/CPU:0")
        >>> with strategy.scope():
        ...     tf.distribute.get_strategy() is strategy
        True
        """
        need_cross_replica()
        self._check_mixed(context.strategy)
        outer, context.strategy = context.strategy, self._entered
        try:
            yield self
        finally:
            context.strategy = outer

    def _check_mixed(self, other):
        if other is not None and other is not self:
            raise RuntimeError(
                f"Mixing different tf.distribute.Strategy objects: {self} is not {other}. Leave "
                "the scope of one before the other's begins, and use its variables there alone."
            )

    def run(self, fn, args=(), kwargs=None, options=None):
        """Calls a function once for each replica.

        Of PerReplica values among the arguments each replica gets its own. A `@tf.function` becomes
        one graph of all replicas, as does `run` within one.

        Args:
          fn: the function.
          args, kwargs: its arguments.
          options: `tf.distribute.RunOptions`: how the function is compiled.

        Returns:
          What the function returned, with a PerReplica value in place of what differs.

        Raises:
          RuntimeError: in a function that a replica runs.

        Example:
        >>> strategy = tf.distribute.get_strategy()
        >>> strategy.run(tf.square, args=(tf.constant(3.0),)).numpy()
        np.float32(9.0)
        """
        need_cross_replica()
        kwargs = kwargs or {}
        if not callable(fn):
            raise TypeError(f"[run] expected a function, got {fn!r} of {type(fn).__name__}.")
        if isinstance(fn, Function) and not context.traces and not settings.run_functions_eagerly:
            return self._lift(fn)(*args, **kwargs)
        return self._on_replicas(fn, args, kwargs)

    experimental_run_v2 = run  # as TensorFlow 2.0 and 2.1 have it

    def _lift(self, fn):
        """The tf.function that calls a tf.function's Python function for each replica."""
        found = self._lifted.get(fn)
        if found is None:
            known = weakref.ref(self)
            python = fn.python_function

            def lifted(*args, **kwargs):
                return known()._on_replicas(python, args, kwargs)

            found = Function(lifted, fn._name, reduce_retracing=fn._reduce_retracing)
            self._lifted[fn] = found
        return found

    def _on_replicas(self, fn, args, kwargs):
        inner = InnerFunction if isinstance(fn, Function) else contextlib.nullcontext
        call, count = twin_in_trace(getattr(fn, "python_function", fn)), self._local_replicas

        def replica(number):
            own_args, own_kwargs = select(number, (tuple(args), dict(kwargs)))
            with inner():
                return call(*own_args, **own_kwargs)

        if count > 1:
            return regroup(Crew(self, replica, count).run())
        return on_replica(self._replicas[0], None, replica)

    # -- joining values ----------------------------------------------------------------------------

    def _all_reduce(self, op, values):
        """The sum or mean of the values of all replicas.

        Args:
          op: a ReduceOp.
          values: those of this process's replicas.
        """
        return total(op, values)

    def _all_reduce_many(self, op, many):
        """`_all_reduce` of several lists of values, which travel together."""
        return [self._all_reduce(op, list(values)) for values in many]

    def _all_gather(self, values, axis):
        """The values of all replicas along an axis, given those of this process's."""
        return joined(values, axis)

    def _of_first(self, value):
        """The first process's value, in all of them."""
        return value

    def _gathered_before(self, size):
        """How many rows of `_all_gather` those of other processes are that come before ours.

        Args:
          size: how many are ours.
        """
        return 0

    def reduce(self, reduce_op, value, axis):
        """Joins the replicas' values, and the rows along `axis` if it is given.

        Args:
          reduce_op: a `tf.distribute.ReduceOp`, or its name.
          value: a PerReplica value, or a structure of them; a value that is the same for all can
            only be averaged.
          axis: None, or an axis to reduce on each replica first. A mean then counts the elements
            of all replicas, which may have different numbers.

        Raises:
          ValueError: another op, or the sum of a value that is one for all.

        Example:
        >>> strategy = tf.distribute.get_strategy()
        >>> strategy.reduce("MEAN", tf.constant([1.0, 2.0]), axis=0).numpy()
        np.float32(1.5)
        """
        need_cross_replica()
        op = reduce_op_of(reduce_op)
        return map_whole(lambda leaf: self._reduced(op, leaf, axis), value)

    def _reduced(self, op, value, axis):
        values = self._values_of(value)
        if axis is None:
            if values is None and self.num_replicas_in_sync > 1:
                if op is ReduceOp.SUM:
                    raise ValueError(
                        f"A non-DistributedValues value {value} cannot be reduced with the given "
                        f"reduce op {op}: it is the same on every replica. Return it from a "
                        "function that strategy.run calls, or multiply it by "
                        "strategy.num_replicas_in_sync."
                    )
                return value
            return self._all_reduce(op, values or [value])
        parts = list(map(convert_to_tensor, values or [value] * self._local_replicas))
        sums = self._all_reduce(ReduceOp.SUM, [ops.reduce_sum(part, axis) for part in parts])
        if op is ReduceOp.SUM:
            return sums
        counts = [ops.cast(_length(part, axis), "int64") for part in parts]
        count = self._all_reduce(ReduceOp.SUM, counts)
        kind = sums.dtype if sums.dtype.is_floating or sums.dtype.is_complex else "float64"
        return ops.cast(sums, kind) / ops.cast(count, kind)

    def _values_of(self, value):
        """The values of this process's replicas; None for one that is the same for all."""
        if isinstance(value, SpreadVariable) and value._parts is not None:
            return value._part_values()
        own = self._workers > 1 and self._local_replicas == 1  # this process's, one of several
        return list(value.values) if isinstance(value, PerReplica) else [value] if own else None

    def gather(self, value, axis):
        """The replicas' values, joined along an axis.

        Args:
          value: a PerReplica value of tensors, or a structure of them.
          axis: the axis; the other dimensions must agree.

        Example:
        >>> tf.distribute.get_strategy().gather(tf.constant([1.0, 2.0]), axis=0).numpy()
        array([1., 2.], dtype=float32)
        """
        need_cross_replica()

        def gathered(leaf):
            values = self._values_of(leaf)
            return convert_to_tensor(leaf) if values is None else self._all_gather(values, axis)

        return map_whole(gathered, value)

    def experimental_local_results(self, value):
        """The values of this process's replicas, as a tuple.

        Example:
        >>> tf.distribute.get_strategy().experimental_local_results(3)
        (3,)
        """
        if isinstance(value, SpreadVariable):
            return value.values
        if self._local_replicas == 1 and not isinstance(value, PerReplica):
            return (value,)
        if isinstance(value, PerReplica) or nest.is_nested(value):
            return tuple(select(r, value) for r in range(self._local_replicas))
        return (value,)

    unwrap = experimental_local_results

    def group(self, value, name=None):
        """Nothing to wait for: operations run when they are called."""

    # -- data --------------------------------------------------------------------------------------

    def _input_context(self):
        return InputContext(1, 0, self.num_replicas_in_sync)

    def experimental_distribute_dataset(self, dataset, options=None):
        """A data set whose elements are the parts of a data set's, one for each replica.

        An element is a global batch: each replica gets as many rows, the last of them fewer or none
        where they do not go even. Every row is seen once.

        Args:
          dataset: a `tf.data.Dataset` of batches.
          options: `tf.distribute.InputOptions`.

        Returns:
          A `tf.distribute.DistributedDataset`.

        Raises:
          NotImplementedError: options that belong to `distribute_datasets_from_function`.

        Example:
        >>> strategy = tf.distribute.get_strategy()
        >>> data = tf.data.Dataset.range(4).batch(2)
        >>> for batch in strategy.experimental_distribute_dataset(data):
        ...     print(batch.numpy())
        [0 1]
        [2 3]
        """
        if getattr(options, "experimental_replication_mode", None) is _PER_REPLICA:
            raise NotImplementedError(
                "InputReplicationMode.PER_REPLICA is only supported in "
                "`distribute_datasets_from_function`: leave it out, or give the function that "
                "makes the data set to that."
            )
        return dataset if self._entered is None else distributed(dataset, self)

    def distribute_datasets_from_function(self, dataset_fn, options=None):
        """A data set whose elements are, for each replica, the next of a function's data set.

        Args:
          dataset_fn: a function of a `tf.distribute.InputContext` that returns a data set of
            batches for one replica.
          options: `tf.distribute.InputOptions`; with `InputReplicationMode.PER_REPLICA` the
            function is called for each replica.

        Returns:
          A `tf.distribute.DistributedDataset`.

        Example:
        >>> def batches(context):
        ...     size = context.get_per_replica_batch_size(4)
        ...     return tf.data.Dataset.range(8).batch(size)
        >>> strategy = tf.distribute.get_strategy()
        >>> len(list(strategy.distribute_datasets_from_function(batches)))
        2
        """
        each = getattr(options, "experimental_replication_mode", None) is _PER_REPLICA
        count = self._local_replicas if each else 1
        return grouped([dataset_fn(self._input_context()) for _ in range(count)], self)

    experimental_distribute_datasets_from_function = distribute_datasets_from_function

    def experimental_distribute_values_from_function(self, value_fn):
        """A value for each replica.

        Args:
          value_fn: a function of a `tf.distribute.experimental.ValueContext`.

        Example:
        >>> strategy = tf.distribute.MirroredStrategy(["/CPU:0"])
        >>> strategy.experimental_distribute_values_from_function(
        ...     lambda context: context.replica_id_in_sync_group)
        PerReplica:{
          0: 0
        }
        """
        first, count = self._first_replica, self.num_replicas_in_sync
        values = [value_fn(ValueContext(first + r, count)) for r in range(self._local_replicas)]
        if self._local_replicas == 1 and not self._wraps:
            return values[0]
        return _wrapped(values)

    def make_dataset_iterator(self, dataset):
        """An iterator over the parts of a data set's elements, for `experimental_run`."""
        return iter(self.experimental_distribute_dataset(dataset))

    def make_input_fn_iterator(self, input_fn, replication_mode=InputReplicationMode.PER_WORKER):
        """An iterator over batches for single replicas, for `experimental_run`.

        Args:
          input_fn, replication_mode: as of `distribute_datasets_from_function`.
        """
        options = InputOptions(experimental_replication_mode=replication_mode)
        return iter(self.distribute_datasets_from_function(input_fn, options))

    def experimental_run(self, fn, input_iterator=None):
        """`run` of a function of the iterator's next element, or of no arguments."""
        return self.run(fn, () if input_iterator is None else (input_iterator.get_next(),))

    # -- variables ---------------------------------------------------------------------------------

    def _creates(self, variable):
        """Called with each variable that is made in the strategy's scope, or by its replicas."""
        spread(variable, self)


_PER_REPLICA = InputReplicationMode.PER_REPLICA


def _wrapped(values):
    """`regroup` with a PerReplica in each leaf's place."""
    leaves = [nest.flatten(v) for v in values]
    return nest.pack_sequence_as(values[0], list(map(PerReplica, zip(*leaves))))


def _length(tensor, axis):
    """How many elements a mean over an axis, or several, has."""
    sizes = ops.shape(tensor)
    axes = [axis] if isinstance(axis, int) else list(axis)
    return functools.reduce(ops.multiply, [sizes[a] for a in axes])


class ValueContext:
    """For which replica a function makes a value.

    Args:
      replica_id_in_sync_group: the replica's number.
      num_replicas_in_sync: how many there are.

    Example:
    >>> tf.distribute.experimental.ValueContext().num_replicas_in_sync
    1
    """

    def __init__(self, replica_id_in_sync_group=0, num_replicas_in_sync=1):
        self.replica_id_in_sync_group = replica_id_in_sync_group
        self.num_replicas_in_sync = num_replicas_in_sync

    def __repr__(self):
        return f"<ValueContext {self.replica_id_in_sync_group} of {self.num_replicas_in_sync}>"


def full_name(device):
    """The full name of a device such as "CPU:1", "/gpu:0"."""
    kind, _, number = str(device).rpartition("/")[2].removeprefix("device:").partition(":")
    return f"{TASK}/device:{kind.upper()}:{int(number or 0)}"


def _names(devices, kinds=("GPU", "CPU")):
    """Full names of the devices given; of all of the first kind that there are, without any."""
    if devices:
        return [full_name(d) for d in ([devices] if isinstance(devices, str) else devices)]
    found = next(filter(None, map(logical_devices, kinds)))
    return [f"{TASK}{name}" for name in found]


class OneDeviceStrategy(Strategy):
    """Puts all on one device: one replica.

    Args:
      device: its name.

    Example:
    >>> strategy = tf.distribute.OneDeviceStrategy("/CPU:0")
    >>> strategy.num_replicas_in_sync, strategy.extended.worker_devices
    (1, ('/job:localhost/replica:0/task:0/device:CPU:0',))
    """

    def __init__(self, device):
        self._start([full_name(device)])


class MirroredStrategy(Strategy):
    """A replica on each device of this machine; variables are the same on all of them.

    Args:
      devices: names of devices; by default all GPUs, or CPUs where there are none.
      cross_device_ops: how the devices speak to each other (`tf.distribute.NcclAllReduce` and its
        like); results do not depend on it.

    Raises:
      ValueError: a device is named twice.

    Example:
    >>> strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    >>> with strategy.scope():
    ...     v = tf.Variable(1.0, aggregation=tf.VariableAggregation.SUM)
    >>> _ = strategy.run(lambda: v.assign_add(tf.cast(
    ...     tf.distribute.get_replica_context().replica_id_in_sync_group, tf.float32)))
    >>> strategy.num_replicas_in_sync, v.numpy()
    (2, np.float32(2.0))
    """

    _wraps = True

    def __init__(self, devices=None, cross_device_ops=None):
        names = _names(devices)
        if len(set(names)) != len(names):
            raise ValueError(f"No duplicates allowed in `devices` argument: {tuple(names)}.")
        self._start(names)


class CentralStorageStrategy(Strategy):
    """A replica on each device, with the variables on one.

    Args:
      compute_devices: the replicas' devices; by default all GPUs, or the CPU.
      parameter_device: where the variables are.

    Example:
    >>> strategy = tf.distribute.experimental.CentralStorageStrategy(["CPU:0", "CPU:1"])
    >>> strategy.num_replicas_in_sync
    2
    """

    _wraps = True

    def __init__(self, compute_devices=None, parameter_device=None):
        names = _names(compute_devices)
        if not compute_devices and "CPU" in names[0]:
            names = names[:1]
        at = full_name(parameter_device) if parameter_device else f"{TASK}/device:CPU:0"
        self._start(names, (at,))


class TPUStrategy(Strategy):
    """A replica on each core of TPUs.

    Args:
      tpu_cluster_resolver: a `tf.distribute.cluster_resolver.TPUClusterResolver`.
      experimental_device_assignment, experimental_spmd_xla_partitioning: of TensorFlow's runtime;
        results do not depend on them.

    Raises:
      ValueError: there are no TPUs.
    """

    _wraps = True

    def __init__(
        self,
        tpu_cluster_resolver=None,
        experimental_device_assignment=None,
        experimental_spmd_xla_partitioning=False,
    ):
        if not logical_devices("TPU"):
            raise ValueError(
                "Please provide a TPU Name to connect to: there are no TPUs. Use "
                "tf.distribute.get_strategy() or tf.distribute.MirroredStrategy()."
            )
        self._start(_names(None, ("TPU",)))


class ParameterServerStrategy:
    """Raises NotImplementedError: there are no parameter servers."""

    def __init__(self, *args, **kwargs):
        raise NotImplementedError(
            "tf.distribute.ParameterServerStrategy: there are no parameter servers. Use "
            "tf.distribute.MultiWorkerMirroredStrategy, whose workers take each step together; or "
            "tf.distribute.MirroredStrategy on one machine."
        )


replicas._defaults.append(Strategy())


def experimental_set_strategy(strategy):
    """Makes a strategy the one in scope from now on; None ends that.

    Raises:
      RuntimeError: in a scope opened by `with`.

    Example:
    >>> strategy = tf.distribute.OneDeviceStrategy("/CPU:0")
    >>> tf.distribute.experimental_set_strategy(strategy)
    >>> tf.distribute.get_strategy() is strategy
    True
    >>> tf.distribute.experimental_set_strategy(None)
    >>> tf.distribute.has_strategy()
    False
    """
    need_cross_replica()
    context.strategy = None if strategy is None else strategy._entered
