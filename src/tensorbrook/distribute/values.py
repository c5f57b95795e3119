"""tf.distribute: the values of several replicas."""

import enum


class ReduceOp(enum.Enum):
    """How the replicas' values are joined."""

    SUM = "SUM"
    MEAN = "MEAN"

    @classmethod
    def from_variable_aggregation(cls, aggregation):
        """The one that an aggregation's name says."""
        return cls[str(getattr(aggregation, "name", aggregation))]
