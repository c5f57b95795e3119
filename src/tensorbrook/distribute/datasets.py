"""tf.distribute: data sets whose elements go to replicas."""

from dataclasses import dataclass


@dataclass
class InputContext:
    """Which part of the data a pipeline is asked for.

    Args:
      num_input_pipelines: how many workers read data.
      input_pipeline_id: which of them asks.
      num_replicas_in_sync: how many replicas take a step together.
    """

    num_input_pipelines: int = 1
    input_pipeline_id: int = 0
    num_replicas_in_sync: int = 1

    def get_per_replica_batch_size(self, global_batch_size):
        """The batch's size on each replica."""
        return global_batch_size
