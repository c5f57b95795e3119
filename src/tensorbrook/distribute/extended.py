"""tf.distribute: what `Strategy.extended` offers to libraries."""

import contextlib

from .values import Mirrored, reduce_op_of, select
from .variables import SpreadVariable


class StrategyExtended:
    """What libraries ask of a strategy: `strategy.extended`.

    Args:
      container_strategy: the strategy.
      worker_devices: the full names of the replicas' devices.
      parameter_devices: of the devices of the variables.

    Example:
    >>> tf.distribute.MirroredStrategy(["CPU:0"]).extended.worker_devices
    ('/job:localhost/replica:0/task:0/device:CPU:0',)
    """

    experimental_require_static_shapes = False
    experimental_between_graph = False
    experimental_should_init = True
    should_checkpoint = True
    should_save_summary = True

    def __init__(self, container_strategy, worker_devices, parameter_devices):
        self._strategy = container_strategy
        self.worker_devices = tuple(worker_devices)
        self.parameter_devices = tuple(parameter_devices)
        self.worker_devices_by_replica = tuple((d,) for d in self.worker_devices)

    def _in_multi_worker_mode(self):
        """Whether there are several processes; tuners of models ask before they write files."""
        return self._strategy._workers > 1

    def _use_merge_call(self):
        """Whether replicas meet in `merge_call`; optimizers of TensorFlow Models ask."""
        return True

    def call_for_each_replica(self, fn, args=(), kwargs=None):
        """`Strategy.run`."""
        return self._strategy.run(fn, args, kwargs)

    def reduce_to(self, reduce_op, value, destinations, options=None):
        """The sum or mean over the replicas, where a variable or value is.

        Args:
          reduce_op: a `tf.distribute.ReduceOp`, or its name.
          value: a PerReplica value.
          destinations: what has a place: a variable, a value, or the name of a device.
        """
        strategy = self._strategy
        found = strategy._reduced(reduce_op_of(reduce_op), value, None)
        alone = isinstance(destinations, str) or strategy._local_replicas == 1
        return found if alone else Mirrored([found] * strategy._local_replicas)

    def batch_reduce_to(self, reduce_op, value_destination_pairs, options=None):
        """`reduce_to` of pairs of a value and a destination.

        Args:
          reduce_op: a `tf.distribute.ReduceOp`, or its name.
          value_destination_pairs: the pairs.
        """
        return [self.reduce_to(reduce_op, value, to) for value, to in value_destination_pairs]

    def broadcast_to(self, tensor, destinations):
        """A value for all replicas."""
        return Mirrored([tensor] * self._strategy._local_replicas)

    def update(self, var, fn, args=(), kwargs=None, group=True):
        """Calls a function that updates a variable, once for each value that it has.

        Args:
          var: a variable.
          fn: a function of a variable and of `args` and `kwargs`; of PerReplica values among them
            it gets the replica's.
          args, kwargs: its further arguments.
          group: whether to return one result instead of a tuple of those of the replicas.
        """
        kwargs = kwargs or {}
        parts = var.values if isinstance(var, SpreadVariable) and var._parts else (var,)
        found = [
            fn(part, *select(r, tuple(args)), **select(r, dict(kwargs)))
            for r, part in enumerate(parts)
        ]
        if not group:
            return tuple(found)
        return found[0] if len(found) == 1 else Mirrored(found)

    def update_non_slot(self, colocate_with, fn, args=(), kwargs=None, group=True):
        """Calls a function that updates no particular variable."""
        found = fn(*select(0, tuple(args)), **select(0, dict(kwargs or {})))
        return found if group else (found,)

    def non_slot_devices(self, var_list):
        """Where variables of no particular variable belong."""
        return self.parameter_devices

    def colocate_vars_with(self, colocate_with_variable):
        """A context; variables are where the program is."""
        return contextlib.nullcontext()

    def read_var(self, v):
        """A variable's value in cross-replica context."""
        return v._read()

    def value_container(self, value):
        """The variable that a replica's value belongs to: itself."""
        return value

    def variable_created_in_scope(self, v):
        """Whether a variable was made in the strategy's scope."""
        return getattr(v, "_strategy", None) is self._strategy
