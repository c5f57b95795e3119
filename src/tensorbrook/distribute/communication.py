"""tf.distribute: how replicas speak to each other. Results do not depend on it."""

import enum
from collections import namedtuple


class CommunicationImplementation(enum.Enum):
    """What carries values between workers; here it is always the same."""

    AUTO = "AUTO"
    RING = "RING"
    NCCL = "NCCL"


class CommunicationOptions:
    """How values travel between replicas.

    Args:
      bytes_per_pack: how many bytes travel together; 0 leaves it to the strategy.
      timeout_seconds: how long to wait for a worker; None for the strategy's own time.
      implementation: a `CommunicationImplementation`, which changes no result.

    Raises:
      ValueError: a negative `bytes_per_pack`, or no such implementation.

    Example:
    >>> tf.distribute.experimental.CommunicationOptions(timeout_seconds=60.0).timeout_seconds
    60.0
    """

    def __init__(
        self,
        bytes_per_pack=0,
        timeout_seconds=None,
        implementation=CommunicationImplementation.AUTO,
    ):
        if bytes_per_pack < 0:
            raise ValueError(f"Argument `bytes_per_pack` must be >=0, Received {bytes_per_pack}.")
        self.bytes_per_pack, self.timeout_seconds = bytes_per_pack, timeout_seconds
        self.implementation = (
            CommunicationImplementation(implementation.upper())
            if isinstance(implementation, str)
            else implementation
        )


class CrossDeviceOps:
    """How the devices of one machine speak to each other: through its memory."""


class NcclAllReduce(CrossDeviceOps):
    """For programs that choose NCCL; results do not depend on it.

    Args:
      num_packs: in how many parts gradients travel.

    Raises:
      ValueError: it is negative.
    """

    def __init__(self, num_packs=1):
        if num_packs < 0:
            raise ValueError(
                f"NCCL all-reduce requires num_packs >= 0, but {num_packs} is specified."
            )
        self._num_packs = num_packs


class HierarchicalCopyAllReduce(NcclAllReduce):
    """For programs that choose copies between GPUs; results do not depend on it.

    Args:
      num_packs: in how many parts gradients travel.

    Raises:
      ValueError: it is negative.
    """


class ReductionToOneDevice(CrossDeviceOps):
    """For programs that choose one device to add on; results do not depend on which.

    Args:
      reduce_to_device: the device.
      accumulation_fn: None: values are added with `tf.add_n`.

    Raises:
      NotImplementedError: another function.
    """

    def __init__(self, reduce_to_device=None, accumulation_fn=None):
        if accumulation_fn is not None:
            raise NotImplementedError(
                "[ReductionToOneDevice] accumulation_fn: values are added with tf.add_n. Leave it "
                "out, and put your function into merge_call of the replica's context."
            )
        self.reduce_to_device = reduce_to_device


RunOptions = namedtuple(
    "RunOptions",
    [
        "experimental_enable_dynamic_batch_size",
        "experimental_bucketizing_dynamic_shape",
        "experimental_xla_options",
    ],
    defaults=(True, False, None),
)
RunOptions.__doc__ = """How `Strategy.run` compiles a function for TPUs: of no effect on results.

Args:
  experimental_enable_dynamic_batch_size, experimental_bucketizing_dynamic_shape,
    experimental_xla_options: see TensorFlow.
"""
