"""tf.config: settings of the runtime."""

import operator
from collections import namedtuple
from types import SimpleNamespace

from .base.config import settings
from .core.backend import all_devices, devices, logical_devices, show_devices

PhysicalDevice = namedtuple("PhysicalDevice", ["name", "device_type"])
LogicalDevice = namedtuple("LogicalDevice", ["name", "device_type"])
LogicalDeviceConfiguration = namedtuple(
    "LogicalDeviceConfiguration",
    ["memory_limit", "experimental_priority", "experimental_device_ordinal"],
    defaults=(None, None, None),
)


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
    return _physical(all_devices(device_type))


def _physical(places):
    return [PhysicalDevice(f"/physical_device:{d.type}:{d.number}", d.type) for d in places]


def _place(device):
    """The Device of a PhysicalDevice."""
    return next(d for d, p in zip(all_devices(), list_physical_devices()) if p == device)


def list_logical_devices(device_type=None):
    """The devices that programs can be placed on, each by the name that `tf.device` takes.

    Example:
    >>> tf.config.list_logical_devices()
    [LogicalDevice(name='/device:CPU:0', device_type='CPU')]
    """
    kinds = dict.fromkeys(d.type for d in devices(device_type))
    return [LogicalDevice(name, kind) for kind in kinds for name in logical_devices(kind)]


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


def get_visible_devices(device_type=None):
    """Those of `list_physical_devices` that programs see: all, unless `set_visible_devices` was
    called.
    """
    return _physical(devices(device_type))


def set_visible_devices(devices, device_type=None):
    """Hides devices from the program; those that it sees are numbered anew, "GPU:0" and on.

    TensorFlow takes this only before the first operation, this function at any time. The CPU stays:
    it runs the program.

    Args:
      devices: one of `list_physical_devices()`, or a list of them.
      device_type: such as "GPU": devices of other types stay as they are. None: all are given.

    Raises:
      ValueError: a device that does not exist, or of another type.

    Example:
    >>> tf.config.set_visible_devices([], "GPU")
    >>> tf.config.get_visible_devices("GPU")
    []
    """
    wanted = [devices] if isinstance(devices, PhysicalDevice) else list(devices or [])
    for device in map(_known, wanted):
        if device_type not in (None, device.device_type):
            raise ValueError(f"Unrecognized device: {device} is no {device_type}.")
    show_devices(list(map(_place, wanted)), device_type)


def enable_op_determinism():
    """Nothing to turn on: results are the same at every run."""


def _known(device):
    """A device of `list_physical_devices`, or the ValueError that TensorFlow raises."""
    if device not in list_physical_devices():
        raise ValueError(
            f"Unrecognized device: {device!r}. There are {list_physical_devices()}: give one of "
            "tf.config.list_physical_devices()."
        )
    return device


def get_logical_device_configuration(device):
    """What `set_logical_device_configuration` was given for a device; None by default.

    Example:
    >>> cpu = tf.config.list_physical_devices("CPU")[0]
    >>> print(tf.config.get_logical_device_configuration(cpu))
    None
    """
    return settings.logical_devices.get(_known(device))


def set_logical_device_configuration(device, logical_devices):
    """Makes several logical devices of the CPU; any other device is one.

    They have names of their own, for `tf.device` and for strategies of `tf.distribute`, and the
    memory of the CPU: a tensor that is made on one of them is on "CPU:0". TensorFlow takes such a
    configuration only before the first operation, this function at any time.

    Args:
      device: one of `list_physical_devices()`.
      logical_devices: a list of `LogicalDeviceConfiguration`s.

    Raises:
      ValueError: there is no such device, or a memory limit for a CPU.
      NotImplementedError: more than one logical device of a GPU.

    Example:
    >>> cpu = tf.config.list_physical_devices("CPU")[0]
    >>> tf.config.set_logical_device_configuration(cpu, [])
    Traceback (most recent call last):
    ValueError: /physical_device:CPU:0 must be one logical device at least, got an empty list.
    """
    device, wanted = _known(device), list(logical_devices)
    if any(c.memory_limit is not None for c in wanted) and device.device_type == "CPU":
        raise ValueError("Setting memory limit on CPU virtual devices is currently not supported")
    if not wanted:
        raise ValueError(f"{device.name} must be one logical device at least, got an empty list.")
    if device.device_type == "CPU":
        settings.logical_cpus = len(wanted)
    elif len(wanted) > 1:
        raise NotImplementedError(
            f"[tf.config] {len(wanted)} logical devices on {device.name} are not built: a GPU is "
            "one logical device. For several replicas without several GPUs give the CPU as many."
        )
    settings.logical_devices = {**settings.logical_devices, device: wanted}


def _accelerator(device):
    if _known(device).device_type == "CPU":
        raise ValueError("Cannot set memory growth on non-GPU and non-Pluggable devices")
    return _place(device)


def set_memory_growth(device, enable):
    """Whether memory of GPUs is taken as it is needed; else JAX takes three quarters of it at once.

    It holds for all GPUs, and only before the first of them is used.

    Args:
      device: one of `list_physical_devices("GPU")`.

    Raises:
      ValueError: the device is a CPU, or there is no such device.
      RuntimeError: GPUs are in use already.
    """
    place = _accelerator(device)
    place.backend.set_growth(bool(enable))


def get_memory_growth(device):
    """What `set_memory_growth` was given; False by default.

    Raises:
      ValueError: the device is a CPU, or there is no such device.
    """
    return _accelerator(device).backend.growth


def get_device_details(device):
    """What is known of a device besides its name: nothing of a CPU.

    Example:
    >>> tf.config.experimental.get_device_details(tf.config.list_physical_devices("CPU")[0])
    {}
    """
    place = _place(_known(device))
    return place.backend.details(place)


def get_memory_info(device):
    """Bytes in use on a device, and the most there were; those of a CPU are not counted.

    Args:
      device: a name such as "CPU:0".

    Example:
    >>> tf.config.experimental.get_memory_info("CPU:0")
    {'current': 0, 'peak': 0}
    """
    kind, _, index = str(device).removeprefix("/device:").partition(":")
    found = [d for d in devices(kind.upper()) if str(d.index) == (index or "0")]
    if not found:
        raise ValueError(f"No matching devices found for '{device}'.")
    return found[0].backend.memory(found[0])


def get_memory_usage(device):
    """`get_memory_info(device)["current"]`."""
    return get_memory_info(device)["current"]


def reset_memory_stats(device):
    """Sets the peak of `get_memory_info` back.

    Raises:
      NotImplementedError: the device counts, and cannot set its peak back.
    """
    if get_memory_info(device)["peak"]:
        raise NotImplementedError(
            f"[reset_memory_stats] JAX does not set the peak of {device} back: measure what is to "
            "be compared in a process of its own."
        )


def _fixed(what, value, also=()):
    """(getter, setter) of a setting that has one value here."""

    def get():
        return value

    def set_to(wanted):
        if wanted != value and wanted not in also:
            raise NotImplementedError(f"[tf.config] {what} is always {value!r} here: {wanted!r}.")

    get.__doc__ = f"{what}: {value!r}."
    set_to.__doc__ = f"Takes {value!r} for: {what}. Anything else raises NotImplementedError."
    return get, set_to


def _enable_tensor_float_32_execution(enabled):
    """Takes down whether products on GPUs may be rounded to TensorFloat-32; there are no GPUs."""
    settings.tensor_float_32 = bool(enabled)


def _tensor_float_32_execution_enabled():
    """What `enable_tensor_float_32_execution` was given; True by default."""
    return settings.tensor_float_32


_device_policy, _set_device_policy = _fixed(
    "what happens to tensors of another device",
    "silent",
    (None, "explicit", "warn", "silent_for_int32"),
)
_synchronous, _set_synchronous = _fixed("whether operations run at once", True, (None,))


def _remote(*args, **kwargs):
    """Other machines are not reached.

    Raises:
      NotImplementedError: always.
    """
    raise NotImplementedError(
        "[tf.config] clusters are not built: a program runs in one process. Leave the connection "
        "out; tf.distribute.MirroredStrategy has several replicas in one process."
    )


experimental_connect_to_cluster = experimental_connect_to_host = _remote
experimental_run_functions_eagerly = run_functions_eagerly
experimental_functions_run_eagerly = functions_run_eagerly


def _no_bridge():
    """Nothing to turn on or off: there is one compiler (docs/compiler.md)."""


experimental = SimpleNamespace(
    VirtualDeviceConfiguration=LogicalDeviceConfiguration,
    disable_mlir_bridge=_no_bridge,
    enable_mlir_bridge=_no_bridge,
    enable_op_determinism=enable_op_determinism,
    enable_tensor_float_32_execution=_enable_tensor_float_32_execution,
    get_device_details=get_device_details,
    get_device_policy=_device_policy,
    get_memory_growth=get_memory_growth,
    get_memory_info=get_memory_info,
    get_memory_usage=get_memory_usage,
    get_synchronous_execution=_synchronous,
    get_virtual_device_configuration=get_logical_device_configuration,
    get_visible_devices=get_visible_devices,
    list_logical_devices=list_logical_devices,
    list_physical_devices=list_physical_devices,
    reset_memory_stats=reset_memory_stats,
    set_device_policy=_set_device_policy,
    set_memory_growth=set_memory_growth,
    set_synchronous_execution=_set_synchronous,
    set_virtual_device_configuration=set_logical_device_configuration,
    set_visible_devices=set_visible_devices,
    tensor_float_32_execution_enabled=_tensor_float_32_execution_enabled,
)


def _get_experimental_options():
    """What `set_experimental_options` was given.

    Example:
    >>> tf.config.optimizer.get_experimental_options()
    {'disable_model_pruning': False, 'disable_meta_optimizer': False}
    """
    return dict(settings.graph_optimizer)


def _set_experimental_options(options):
    """Takes down options of TensorFlow's graph optimizer: results do not depend on them.

    Raises:
      ValueError: no such option.
    """
    if unknown := set(options) - _OPTIONS:
        raise ValueError(f"There are no options {sorted(unknown)}: use {sorted(_OPTIONS)}.")
    settings.graph_optimizer = {**settings.graph_optimizer, **options}


_OPTIONS = {
    "layout_optimizer", "constant_folding", "shape_optimization", "remapping",
    "arithmetic_optimization", "dependency_optimization", "loop_optimization",
    "function_optimization", "debug_stripper", "disable_model_pruning", "pin_to_host_optimization",
    "scoped_allocator_optimization", "implementation_selector", "disable_meta_optimizer",
    "auto_mixed_precision", "auto_mixed_precision_onednn_bfloat16", "auto_mixed_precision_mkl",
    "use_plugin_optimizers", "min_graph_nodes",
}  # fmt: skip


def _get_jit():
    """What `set_jit` was given: "", "autoclustering"."""
    return settings.jit


def _set_jit(enabled):
    """Takes down whether XLA shall compile; tf.functions are compiled in any case.

    Raises:
      ValueError: a word other than "autoclustering".

    Example:
    >>> tf.config.optimizer.get_jit()
    ''
    """
    if isinstance(enabled, str) and enabled != "autoclustering":
        raise ValueError(f"[set_jit] expected a bool or 'autoclustering', got {enabled!r}.")
    settings.jit = "autoclustering" if enabled else ""


optimizer = SimpleNamespace(
    get_experimental_options=_get_experimental_options,
    set_experimental_options=_set_experimental_options,
    get_jit=_get_jit,
    set_jit=_set_jit,
)


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
