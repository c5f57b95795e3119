"""tf.config: settings of the runtime."""

from collections import namedtuple

from .base.config import settings

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
    """The devices there are: one CPU.

    Example:
    >>> tf.config.list_physical_devices("GPU")
    []
    """
    return [PhysicalDevice("/physical_device:CPU:0", "CPU")] if device_type in (None, "CPU") else []


def list_logical_devices(device_type=None):
    """The devices there are: one CPU."""
    return [LogicalDevice("/device:CPU:0", "CPU")] if device_type in (None, "CPU") else []


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
