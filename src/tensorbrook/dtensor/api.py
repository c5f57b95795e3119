"""Functions of tf.experimental.dtensor: making meshes, packing, relaying, what the system has."""

from contextlib import contextmanager
from functools import cache
from math import prod

import numpy as np

from .. import config
from ..base import nest
from ..base.context import context
from ..base.errors import InvalidArgumentError, NotFoundError, UnimplementedError
from ..core.backend import device
from ..core.tensor import TASK, convert_to_tensor, wrap
from ..core.variable import Variable
from ..old_graph import DeviceSpec
from ..ops.cast import lay_out
from .layout import MATCH, UNSHARDED, Layout, Mesh
from .tensors import NAME, DTensor, MeshPlace

_system = []  # the type of the accelerators, once initialize_accelerator_system was called
_TYPES = ("TPU", "GPU", "CPU")  # the preferred first


# -- what there is ---------------------------------------------------------------------------------


def device_name():
    """The name of the device that stands for all meshes.

    Example:
    >>> tf.experimental.dtensor.device_name()
    '/job:localhost/replica:0/task:0/device:CUSTOM:0'
    """
    return NAME


def local_devices(device_type, for_client_id=None):
    """The devices of a type, as DeviceSpecs.

    Args:
      device_type: such as "CPU".
      for_client_id: which process's: there is process 0.

    Example:
    >>> [spec.to_string() for spec in tf.experimental.dtensor.local_devices("CPU")]
    ['/job:localhost/replica:0/task:0/device:CPU:0']
    """
    _only_client(for_client_id)
    found = config.list_logical_devices(device_type.upper())
    return [DeviceSpec.from_string(TASK + d.name.removeprefix(TASK)) for d in found]


def num_local_devices(device_type):
    """How many devices of a type this process has."""
    return len(local_devices(device_type))


def num_global_devices(device_type):
    """How many devices of a type all processes have: this one."""
    return num_local_devices(device_type)


def preferred_device_type():
    """The type of the best devices there are: "TPU", "GPU" or "CPU"."""
    return next(kind for kind in _TYPES if num_local_devices(kind))


def client_id():
    """The number of this process: 0."""
    return 0


def num_clients():
    """The number of processes: 1."""
    return 1


def job_name():
    """The name of the job: "localhost"."""
    return "localhost"


def full_job_name(task_id=None):
    """The job, replica and task: "localhost/replica:0/task:0"."""
    _only_client(task_id)
    return TASK.removeprefix("/job:")


def jobs():
    """The addresses of the processes: none, as there is one."""
    return []


def heartbeat_enabled():
    """Whether processes watch one another: the default, of no effect on one."""
    return True


def _only_client(number):
    if number not in (None, 0):
        raise ValueError(f"There is no process {number}: there is one, whose number is 0.")


def initialize_accelerator_system(
    device_type=None,
    enable_coordination_service=True,
    num_logical_cpu_devices=None,
    experimental_reset_context=False,
    experimental_enable_megcore=False,
):
    """Makes devices ready for DTensors, as programs of TensorFlow do at their beginning.

    Args:
      device_type: "CPU", "GPU" or "TPU"; by default the preferred one.
      enable_coordination_service, experimental_enable_megcore: of several processes and of TPUs.
      num_logical_cpu_devices: how many logical CPUs to make.
      experimental_reset_context: whether to begin again where it has been called.

    Returns:
      The type of the devices.

    Raises:
      ValueError: it has been called; or there is no such device.
    """
    kind = preferred_device_type() if device_type is None else device_type.upper()
    if kind not in _TYPES:
        raise ValueError(f"Unknown device_type {device_type}. Allowed device_types: {_TYPES}")
    if _system and not experimental_reset_context:
        raise ValueError("Accelerator system has already been initialized. Call it once.")
    if num_logical_cpu_devices is not None:
        wanted = [config.LogicalDeviceConfiguration()] * num_logical_cpu_devices
        cpu = config.list_physical_devices("CPU")[0]
        config.set_logical_device_configuration(cpu, wanted)
    if not num_local_devices(kind):
        raise ValueError(f"There are no devices of type {kind}: {preferred_device_type()} are.")
    _system[:] = [kind]
    return kind


initialize_multi_client = initialize_accelerator_system


def initialize_tpu_system(
    enable_coordination_service=True,
    num_logical_cpu_devices=None,
    experimental_reset_context=False,
    experimental_enable_megcore=False,
):
    """There are no TPUs that TensorFlow's runtime could reach.

    Raises:
      NotFoundError: always.
    """
    raise NotFoundError(
        "No TPUs are found: use dtensor.initialize_accelerator_system('CPU'), or on a TPU "
        "tensorbrook[xla], which needs no initialization.",
    )


def shutdown_accelerator_system():
    """Ends what `initialize_accelerator_system` began.

    Raises:
      ValueError: it has not been called.
    """
    if not _system:
        raise ValueError(
            "Accelerator system is not initialized. Call "
            "tf.experimental.dtensor.initialize_accelerator_system first."
        )
    _system.clear()


shutdown_tpu_system = shutdown_accelerator_system


def barrier(mesh, barrier_name=None, timeout_in_ms=None):
    """Waits for all processes of a mesh: there is one, which is here."""


# -- meshes ----------------------------------------------------------------------------------------


def create_mesh(mesh_dims=None, mesh_name="", devices=None, device_type=None, use_xla_spmd=False):
    """A mesh of this process's devices.

    Args:
      mesh_dims: a list of (name, size), or a dict; [("x", number of devices)] by default.
      mesh_name: a name of one's own.
      devices: names of devices, in the order of the mesh, row by row; all by default.
      device_type: the type of devices; the preferred one by default.
      use_xla_spmd: see Mesh.

    Raises:
      ValueError: another number of devices than the mesh has, or of another type.

    Example:
    >>> dtensor = tf.experimental.dtensor
    >>> dtensor.create_mesh([("x", 2), ("y", 1)], devices=["CPU:0", "CPU:1"]).shape()
    [2, 1]
    """
    if devices is None:
        kind = preferred_device_type() if device_type is None else device_type
        specs = local_devices(kind)
    else:
        specs = [d if isinstance(d, DeviceSpec) else DeviceSpec.from_string(d) for d in devices]
        if device_type is not None and any(s.device_type != device_type.upper() for s in specs):
            raise ValueError(f"Conflicting devices {specs} and device_type {device_type}")
    full = [DeviceSpec("localhost", 0, 0).make_merged_spec(s).to_string() for s in specs]
    dims = [("x", len(full))] if mesh_dims is None else mesh_dims
    dims = list(dims.items() if isinstance(dims, dict) else dims)
    names, shape = [name for name, _ in dims], [size for _, size in dims]
    if prod(shape) != len(full):
        raise ValueError(
            f"length of devices ({len(full)}) must be equal to total size of the mesh of shape "
            f"{shape}"
        )
    ids = np.arange(len(full)).reshape(shape)
    return Mesh(names, ids, ids.flatten().tolist(), full, mesh_name, None, use_xla_spmd)


def create_distributed_mesh(
    mesh_dims, mesh_name="", local_devices=None, device_type=None, use_xla_spmd=False
):
    """A mesh of the devices of all processes: this one's.

    Args:
      mesh_dims, mesh_name, device_type, use_xla_spmd: as of `create_mesh`.
      local_devices: names of this process's devices; all by default.

    Raises:
      ValueError: before `initialize_accelerator_system`; or as of `create_mesh`.
    """
    _initialized("Accelerators are uninitialized")
    return create_mesh(mesh_dims, mesh_name, local_devices, device_type, use_xla_spmd)


def _initialized(what):
    if not _system:
        raise ValueError(f"{what}, please run dtensor.initialize_accelerator_system() first.")


def create_tpu_mesh(
    mesh_dim_names,
    mesh_shape,
    mesh_name,
    ring_dims=None,
    ring_axes=None,
    ring_bounds=None,
    can_split_host_across_rings=True,
    build_ring_across_rings=False,
    rotate_ring_across_rings=False,
    use_xla_spmd=False,
):
    """A mesh of TPUs; their order is XLA's, who knows how they are wired.

    Args:
      mesh_dim_names, mesh_shape: of the dimensions.
      mesh_name: a name of one's own.
      ring_dims, ring_axes, ring_bounds, can_split_host_across_rings, build_ring_across_rings,
        rotate_ring_across_rings: leave them out.
      use_xla_spmd: see Mesh.

    Raises:
      NotImplementedError: rings are given.
      ValueError: another number of TPUs.
    """
    rings = (ring_dims, ring_axes, ring_bounds, not can_split_host_across_rings)
    if any((*rings, build_ring_across_rings, rotate_ring_across_rings)):
        raise NotImplementedError("create_tpu_mesh: rings are XLA's to choose: leave them out.")
    dims = list(zip(mesh_dim_names, mesh_shape))
    return create_mesh(dims, mesh_name, None, "TPU", use_xla_spmd)


@cache
def _place(mesh):
    return MeshPlace(mesh)


@contextmanager
def default_mesh(mesh):
    """A context in which what operations make are DTensors on a mesh, whole on each device.

    Example:
    >>> dtensor = tf.experimental.dtensor
    >>> mesh = dtensor.create_mesh([("x", 2)], devices=["CPU:0", "CPU:1"])
    >>> with dtensor.default_mesh(mesh):
    ...     x = tf.square([1.0, 2.0])
    >>> dtensor.fetch_layout(x).sharding_specs
    ['unsharded']
    """
    with device(None):
        context.device = _place(mesh)
        yield


run_on = default_mesh


def get_default_mesh():
    """The mesh of the open `default_mesh`, or None."""
    return context.device.mesh if isinstance(context.device, MeshPlace) else None


# -- tensors ---------------------------------------------------------------------------------------


def is_dtensor(tensor):
    """Whether a tensor or variable has a layout.

    Example:
    >>> tf.experimental.dtensor.is_dtensor(tf.constant(1))
    False
    """
    value = tensor._tensor if isinstance(tensor, Variable) else tensor
    return value.__class__ is DTensor


def fetch_layout(tensor):
    """The Layout of a DTensor or DVariable.

    Raises:
      InvalidArgumentError: it has none.
    """
    return _dtensor(tensor, "FetchLayout expects a tensor placed on the layout device")._layout


def _dtensor(tensor, message):
    value = tensor._read() if isinstance(tensor, Variable) else tensor
    if value.__class__ is not DTensor:
        raise InvalidArgumentError(f"{message}: {value!r} is no DTensor. See dtensor.copy_to_mesh.")
    return value


def check_layout(tensor, layout):
    """Checks that a DTensor has a layout.

    Raises:
      ValueError: it has another.
    """
    found = fetch_layout(tensor)
    if found != layout:
        raise ValueError(f"Layout of tensor: {found}, did not match expected layout: {layout}")


def pack(tensors, layout):
    """The DTensor whose parts are the tensors given.

    Args:
      tensors: a tensor for each device, in the order of the mesh.
      layout: the Layout; devices that have the same part are given the same tensor.

    Raises:
      InvalidArgumentError: another number of tensors, another rank, or devices that have the same
        part are given different tensors; UnimplementedError: parts of different shapes.

    Example:
    >>> dtensor = tf.experimental.dtensor
    >>> mesh = dtensor.create_mesh([("x", 2)], devices=["CPU:0", "CPU:1"])
    >>> x = dtensor.pack([[1, 2], [3, 4]], dtensor.Layout(["x"], mesh))
    >>> x.shape, [part.numpy().tolist() for part in dtensor.unpack(x)]
    (TensorShape([4]), [[1, 2], [3, 4]])
    """
    arrays = [convert_to_tensor(t).host() for t in tensors]
    if len(arrays) != layout.mesh.size:
        raise InvalidArgumentError(
            f"pack: {len(arrays)} tensors for {layout.mesh.size} devices: give one for each."
        )
    if arrays[0].ndim != layout.rank:
        raise InvalidArgumentError(
            "Packed layout should have the same rank as the rank for each component. The rank of "
            f"each component is: {arrays[0].ndim}, while layout has rank: {layout.rank}"
        )
    if len({(a.shape, a.dtype) for a in arrays}) > 1:
        raise UnimplementedError(
            "Components of a PackedTensor must currently all have the same shape and dtype; got "
            f"{[a.shape for a in arrays]}"
        )
    whole = np.empty(tuple(layout.global_shape_from_local_shape(arrays[0].shape)), arrays[0].dtype)
    first = {}  # place of a part -> the first device that has it
    for i, place in enumerate(layout.offset_to_shard()):
        same = arrays[first.setdefault(place, i)]
        if not np.array_equal(same, arrays[i], equal_nan=same.dtype.kind in "fc"):
            raise InvalidArgumentError(
                f"pack: device {i} has the same part as device {first[place]}, but was given "
                "another tensor: give both the same, or divide an axis between them in the layout."
            )
    for array, key in zip(arrays, layout.slices(whole.shape)):
        whole[key] = array
    return DTensor(wrap(whole), layout)


def unpack(tensor):
    """The parts of a DTensor: a tensor for each device, in the order of the mesh.

    Raises:
      InvalidArgumentError: it is no DTensor.
    """
    return _dtensor(tensor, "DTensorUnpack expects a tensor placed on the DTensor device").parts()


def copy_to_mesh(tensor, layout, source_layout=None):
    """A plain tensor as a DTensor; a DTensor is laid out again.

    Args:
      tensor: what can become a tensor.
      layout: the Layout.
      source_layout: of no effect: the tensor knows its own.

    Raises:
      InvalidArgumentError: it is not the layout of a tensor of this shape.
    """
    return relayout(tensor, layout)


def relayout(tensor, layout, name=None):
    """A DTensor with another layout and the same value.

    Args:
      tensor: a DTensor or variable; a plain tensor gets the layout as well.
      layout: the Layout; its specs MATCH stay as they are.

    Raises:
      InvalidArgumentError: it is not the layout of a tensor of this shape.

    Example:
    >>> dtensor = tf.experimental.dtensor
    >>> mesh = dtensor.create_mesh([("x", 2)], devices=["CPU:0", "CPU:1"])
    >>> x = dtensor.relayout(tf.range(4), dtensor.Layout(["x"], mesh))
    >>> dtensor.unpack(x)[1].numpy()
    array([2, 3], dtype=int32)
    """
    tensor = convert_to_tensor(tensor)
    specs = layout.sharding_specs
    if MATCH in specs:
        own = tensor._layout.sharding_specs if is_dtensor(tensor) else [UNSHARDED] * len(specs)
        layout = Layout([o if s == MATCH else s for s, o in zip(specs, own)], layout.mesh)
    if tensor.is_eager and not (is_dtensor(tensor) and tensor._layout.mesh == layout.mesh):
        return DTensor(tensor, layout)
    layout.check([n if isinstance(n, int) else 0 for n in tensor._shape])
    return lay_out(tensor, layout.sharding)


def relayout_like(tensor, layout_tensor, name=None):
    """`relayout` with the layout of another DTensor."""
    return relayout(tensor, fetch_layout(layout_tensor))


def call_with_layout(fn, layout, *args, **kwargs):
    """Calls a function so that its results are DTensors of a layout.

    Args:
      fn: the function, such as tf.ones.
      layout: the Layout of all results; None leaves them as they come.
      *args, **kwargs: its arguments.

    Example:
    >>> dtensor = tf.experimental.dtensor
    >>> mesh = dtensor.create_mesh([("x", 2)], devices=["CPU:0", "CPU:1"])
    >>> layout = dtensor.Layout(["x", dtensor.UNSHARDED], mesh)
    >>> x = dtensor.call_with_layout(tf.ones, layout, shape=(4, 2))
    >>> dtensor.unpack(x)[0].shape
    TensorShape([2, 2])
    """
    if layout is None:
        return fn(*args, **kwargs)
    with default_mesh(layout.mesh):
        found = fn(*args, **kwargs)
    return nest.map_structure(lambda leaf: relayout(leaf, layout), found)
