"""tf.config: settings of the runtime."""

import operator
from collections import namedtuple

from .base.config import settings
from .core.backend import devices

PhysicalDevice = namedtuple("PhysicalDevice", ["name", "device_type"])
LogicalDevice = namedtuple("LogicalDevice", ["name", "device_type"])


def run_functions_eagerly(run_eagerly):
    """Makes every tf.function run as plain Python, for debugging; False turns that off.

    Example:
    >>> tf.config.run_functions_eagerly(True)
    >>> tf.config.functions_run_eagerly()
    True
    >>> tf.config.run_functions_eagerly(False)
    """
    settings.run_functions_eagerly = bool(run_eagerly)


def functions_run_eagerly():
    """Whether tf.functions run as plain Python."""
    return settings.run_functions_eagerly


def list_physical_devices(device_type=None):
    """The devices there are: the CPU, and those of further backends.

    Example:
    >>> tf.config.list_physical_devices("GPU")
    []
    """
    found = devices(device_type)
    return [PhysicalDevice(f"/physical_device:{d.type}:{d.index}", d.type) for d in found]


def list_logical_devices(device_type=None):
    """The devices that programs can be placed on, each by the name that `tf.device` takes.

    Example:
    >>> tf.config.list_logical_devices()
    [LogicalDevice(name='/device:CPU:0', device_type='CPU')]
    """
    return [LogicalDevice(f"/device:{d.type}:{d.index}", d.type) for d in devices(device_type)]


def set_soft_device_placement(enabled):
    """Whether the CPU takes the place of devices that are not there (it does by default).

    Example:
    >>> tf.config.set_soft_device_placement(False)
    >>> with tf.device("/GPU:0"):
    ...     x = tf.constant(1.0)
    Traceback (most recent call last):
    tensorbrook.base.errors.InvalidArgumentError: Could not satisfy device specification ...
    >>> tf.config.set_soft_device_placement(True)
    """
    settings.soft_device_placement = bool(enabled)


def get_soft_device_placement():
    """Whether the CPU takes the place of devices that are not there."""
    return settings.soft_device_placement


get_visible_devices = list_physical_devices


def set_visible_devices(devices, device_type=None):
    """Accepts the one CPU there is.

    Raises:
      ValueError: a device that does not exist.
    """
    unknown = [d for d in devices or [] if d not in list_physical_devices()]
    if unknown:
        raise ValueError(f"There are no devices {unknown}: only {list_physical_devices()}.")


def enable_op_determinism():
    """Nothing to turn on: results are the same at every run."""


def _set_memory_growth(device, enable):
    """For GPUs, of which there are none.

    Raises:
      ValueError: as TensorFlow raises it for a CPU.
    """
    if device not in list_physical_devices():
        raise ValueError(f"Unrecognized device: {device!r}")
    raise ValueError("Cannot set memory growth on non-GPU and non-Pluggable devices")


class experimental:
    """What TensorFlow keeps, or keeps as well, under tf.config.experimental."""

    list_physical_devices = staticmethod(list_physical_devices)
    list_logical_devices = staticmethod(list_logical_devices)
    get_visible_devices = staticmethod(get_visible_devices)
    set_visible_devices = staticmethod(set_visible_devices)
    set_memory_growth = staticmethod(_set_memory_growth)
    enable_op_determinism = staticmethod(enable_op_determinism)


class threading:
    """How many threads run compiled programs; results are the same bits for any number."""

    @staticmethod
    def set_intra_op_parallelism_threads(num_threads):
        """Sets how many threads share the work of one operation, in programs compiled from now on.

        Args:
          num_threads: 0 leaves it to TENSORBROOK_THREADS or the number of processors.

        Raises:
          TypeError: no integer.

        Example:
        >>> tf.config.threading.set_intra_op_parallelism_threads(2)
        >>> tf.config.threading.get_intra_op_parallelism_threads()
        2
        >>> tf.config.threading.set_intra_op_parallelism_threads(0)
        """
        settings.intra_op_threads = _count(num_threads)

    @staticmethod
    def get_intra_op_parallelism_threads():
        """What `set_intra_op_parallelism_threads` was given; 0 by default."""
        return settings.intra_op_threads

    @staticmethod
    def set_inter_op_parallelism_threads(num_threads):
        """Takes down a number; operations of one program run one after another in any case."""
        settings.inter_op_threads = _count(num_threads)

    @staticmethod
    def get_inter_op_parallelism_threads():
        """What `set_inter_op_parallelism_threads` was given; 0 by default."""
        return settings.inter_op_threads


def _count(num_threads):
    if isinstance(num_threads, bool):
        raise TypeError(f"[tf.config.threading] Expected a number of threads, got {num_threads}.")
    return operator.index(num_threads)
