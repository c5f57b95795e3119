"""tf.distribute: the replica that a function of `Strategy.run` is on."""

from dataclasses import dataclass
from typing import Any

from ..base.context import context


@dataclass
class ReplicaContext:
    """Where a function that `Strategy.run` calls is: on replica 0 of 1."""

    strategy: Any
    replica_id_in_sync_group: int = 0
    num_replicas_in_sync: int = 1

    def all_reduce(self, reduce_op, value, options=None):
        """The sum or mean over the replicas: the value."""
        return value

    def merge_call(self, merge_fn, args=(), kwargs=None):
        """Calls a function of the strategy."""
        return merge_fn(self.strategy, *args, **(kwargs or {}))
