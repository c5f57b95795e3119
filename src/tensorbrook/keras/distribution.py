"""keras.distribution: meshes of devices, and how the values of a model lie on them.

Layouts belong to variables (`variable._layout`), to batches and to results of layers. Where the
devices are XLA's, values are divided as they say and XLA's partitioner divides the work; on the
host's own backend values are whole, and numbers the same.
"""

import os
import re
import warnings
from collections.abc import MutableMapping
from contextlib import contextmanager
from math import prod

import numpy as np

from ..base import nest
from ..base.context import context
from ..core.backend import devices, logical_devices
from ..core.tensor import Deferred, Tensor, convert_to_tensor
from ..distribute.cluster import TFConfigClusterResolver, ranks_of
from ..ops.cast import lay_out
from ..xla.sharding import Mesh, Sharding, Spread, device_names, join_processes, process_count

_BATCH = "batch"
_FROM_ENVIRONMENT = "KERAS_DISTRIBUTION_"


def list_devices(device_type=None):
    """The names of the devices of one type, those of all processes.

    Args:
      device_type: "cpu", "gpu" or "tpu"; by default that of the accelerators, where there are any.

    Example:
    >>> tf.keras.distribution.list_devices()
    ['cpu:0']
    """
    found = devices(None if device_type is None else device_type.upper())
    if device_type is None:
        found = [d for d in found if d.type != "CPU"] or found
    if found and found[0].backend.name == "xla":
        return device_names(found[0].type.lower())
    names = [name for kind in {d.type: None for d in found} for name in logical_devices(kind)]
    return [name.removeprefix("/device:").lower() for name in names]


def get_device_count(device_type=None):
    """The number of devices of one type, as in `list_devices`.

    Example:
    >>> tf.keras.distribution.get_device_count()
    1
    """
    return len(list_devices(device_type))


def initialize(job_addresses=None, num_processes=None, process_id=None):
    """Makes this process one of a job, whose devices all of them then have together.

    All run the same program, on the same data and with the same seeds, and call this before
    anything is computed. Values that are divided over processes are read by all at once.

    Args:
      job_addresses: "host:port" of the processes, with commas between them; the first is where they
        meet, and may stand alone.
      num_processes: how many there are.
      process_id: which of them this is.
        All three are read from KERAS_DISTRIBUTION_JOB_ADDRESSES, _NUM_PROCESSES and _PROCESS_ID
        where they are not given, or else from TF_CONFIG, which `tensorbrook launch` sets.

    Raises:
      ValueError: another number of addresses than of processes.
      NotImplementedError: a job of several processes whose devices are not XLA's.
      RuntimeError: something was computed already.
    """

    def given(value, name, kind):
        found = os.environ.get(_FROM_ENVIRONMENT + name)
        return kind(found) if value is None and found is not None else value

    addresses = (given(job_addresses, "JOB_ADDRESSES", str) or "").split(",")
    count = given(num_processes, "NUM_PROCESSES", int)
    process_id = given(process_id, "PROCESS_ID", int)
    found = TFConfigClusterResolver()
    if addresses == [""] and count is None and found.cluster_spec():
        tasks = ranks_of(found.cluster_spec())
        addresses = [address for _, _, address in tasks]
        process_id = [task[:2] for task in tasks].index((found.task_type, found.task_id))
    if len(addresses) > 1 and count not in (None, len(addresses)):
        raise ValueError(
            f"The provided job_addresses {addresses} has {len(addresses)} jobs, but num_processes "
            f"is {count}"
        )
    count = count or len(addresses)
    if count == 1:
        return
    if not any(d.backend.name == "xla" for d in devices()):
        raise NotImplementedError(
            f"keras.distribution.initialize(num_processes={count}, process_id={process_id}): "
            "layouts over the devices of several processes need XLA's: set TENSORBROOK_BACKEND=xla "
            "before the program starts. Or use tf.distribute.MultiWorkerMirroredStrategy."
        )
    join_processes(addresses[0], count, process_id)


class DeviceMesh:
    """Devices arranged along named axes.

    Args:
      shape: the sizes of the axes.
      axis_names: their names.
      devices: as many names of devices; all by default.

    Raises:
      ValueError: another number of names or of devices.

    Example:
    >>> tf.keras.distribution.DeviceMesh((1,), ["batch"])
    <DeviceMesh shape=(1,), axis_names=['batch']>
    """

    def __init__(self, shape, axis_names, devices=None):
        if not shape or not axis_names:
            raise ValueError(
                "Shape and axis_names cannot be empty. Received: "
                f"shape={shape}, axis_names={axis_names}"
            )
        if len(shape) != len(axis_names):
            raise ValueError(
                "Shape and axis_names should have same size. Received: "
                f"shape={shape}, axis_names={axis_names}"
            )
        devices = np.array(list_devices() if devices is None else devices)
        if prod(shape) != devices.size:
            raise ValueError(
                "Shape does not match the number of devices. Received: "
                f"shape={shape}; devices.shape={devices.shape}"
            )
        self._shape, self._axis_names = shape, axis_names
        self._devices = devices.reshape(shape)
        self._mesh = Mesh(tuple(shape), tuple(axis_names), tuple(map(str, devices.flatten())))

    shape = property(lambda self: self._shape, doc="The sizes of the axes.")
    axis_names = property(lambda self: self._axis_names, doc="The names of the axes.")
    devices = property(lambda self: self._devices, doc="The devices' names, an array of the shape.")

    @property
    def backend_mesh(self):
        """The jax.sharding.Mesh of the devices.

        Raises:
          NotImplementedError: the devices are not XLA's.
        """
        return self._mesh.backend_mesh

    def __repr__(self):
        return f"<{type(self).__name__} shape={self.shape}, axis_names={self.axis_names}>"


class TensorLayout:
    """Along which axes of a mesh the axes of a tensor are divided.

    Args:
      axes: for each axis of the tensor the name of one of the mesh's, or None.
      device_mesh: the mesh; it may be given later.

    Raises:
      ValueError: a name that the mesh does not have.

    Example:
    >>> mesh = tf.keras.distribution.DeviceMesh((1,), ["batch"])
    >>> tf.keras.distribution.TensorLayout(["batch", None], mesh).axes
    ('batch', None)
    """

    def __init__(self, axes, device_mesh=None):
        self._axes, self._device_mesh = tuple(axes), device_mesh
        self._check()

    axes = property(lambda self: self._axes, doc="The names.")

    @property
    def device_mesh(self):
        """The mesh; it can be set once."""
        return self._device_mesh

    @device_mesh.setter
    def device_mesh(self, device_mesh):
        if self._device_mesh is not None:
            raise ValueError(
                f"Cannot override device mesh value. Existing value is {self._device_mesh}"
            )
        self._device_mesh = device_mesh
        self._check()

    @property
    def backend_layout(self):
        """The jax.sharding.NamedSharding.

        Raises:
          ValueError: it has no mesh; NotImplementedError: the devices are not XLA's.
        """
        if self._device_mesh is None:
            raise ValueError(
                "Cannot create sharding when device mesh is not set for TensorLayout: give "
                "device_mesh=, or enter the layout in a LayoutMap."
            )
        import jax

        mesh = self._device_mesh.backend_mesh
        return jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec(*self._axes))

    def _check(self):
        if self._device_mesh is None:
            return
        known = set(self._device_mesh.axis_names)
        named = {axis for axis in self._axes if axis is not None}
        if named - known:
            raise ValueError(
                "Invalid axis names for Layout. Valid axis names: "
                f"{sorted(known)}, Got {sorted(named)}"
            )

    def _sharding(self):
        """How XLA divides values; None where they stay whole."""
        mesh = None if self._device_mesh is None else self._device_mesh._mesh
        return Sharding(mesh, self._axes) if mesh is not None and mesh.is_real else None

    def _place(self, shape, name):
        """The Spread of a variable; None where it stays whole.

        Raises:
          ValueError: an axis of it cannot be divided evenly.
        """
        mesh = None if self._device_mesh is None else self._device_mesh._mesh
        counts = [] if mesh is None else [mesh.size(axis) for axis in self._axes]
        if len(shape) < len(counts) or any(n % count for n, count in zip(shape, counts)):
            raise ValueError(
                f"Variable {name!r} of shape {tuple(shape)} cannot be divided as its layout "
                f"{self._axes} says, over {counts} devices: give a layout of its rank, with None "
                "for axes whose size is no multiple of the number of devices."
            )
        sharding = self._sharding()
        return None if sharding is None else Spread(sharding)

    def __repr__(self):
        return f"<{type(self).__name__} axes={self.axes}, device_mesh={self.device_mesh}>"


class LayoutMap(MutableMapping):
    """Layouts by the paths of variables: a key is one, or a regular expression that fits all of it.

    Args:
      device_mesh: the mesh that layouts given as tuples of names belong to.

    Example:
    >>> mesh = tf.keras.distribution.DeviceMesh((1,), ["model"])
    >>> layouts = tf.keras.distribution.LayoutMap(mesh)
    >>> layouts[".*dense.*kernel"] = (None, "model")
    >>> layouts["dense_1/kernel"].axes
    (None, 'model')
    """

    def __init__(self, device_mesh):
        self._device_mesh, self._layouts = device_mesh, {}

    device_mesh = property(lambda self: self._device_mesh, doc="The mesh of its layouts.")

    def __getitem__(self, key):
        if key in self._layouts:
            return self._layouts[key]
        found = [name for name in self._layouts if re.fullmatch(name, key)]
        if len(found) > 1:
            raise ValueError(
                f"Path '{key}' matches multiple layout specification keys: {found}. Please make "
                "sure each tensor/variable path only matches at most one layout specification key "
                "in the LayoutMap."
            )
        return self._layouts[found[0]] if found else None

    def __setitem__(self, key, layout):
        if key in self._layouts:
            raise ValueError(
                f"{key} already exist in the LayoutMap with value {self._layouts[key]}. Please "
                "make sure to not use duplicated keys."
            )
        if isinstance(layout, tuple):
            layout = TensorLayout(layout)
        if not isinstance(layout, TensorLayout):
            raise ValueError(f"{layout} should be a TensorLayout type, got {type(layout)}")
        if layout.device_mesh is None and self._device_mesh is not None:
            layout.device_mesh = self._device_mesh
        self._layouts[key] = layout

    def __delitem__(self, key):
        del self._layouts[key]

    def __len__(self):
        return len(self._layouts)

    def __iter__(self):
        return iter(self._layouts)


class Distribution:
    """How batches and variables lie on a mesh: the base of DataParallel and ModelParallel.

    Args:
      device_mesh: the DeviceMesh.
      batch_dim_name: its axis along which batches are divided.
      auto_shard_dataset: whether processes divide data sets between them; several always do.

    Example:
    >>> mesh = tf.keras.distribution.DeviceMesh((1,), ["batch"])
    >>> tf.keras.distribution.Distribution(mesh).num_processes
    1
    """

    num_processes, data_shard_id = 1, 0  # which part of the data is this process's

    def __init__(self, device_mesh, batch_dim_name=None, auto_shard_dataset=True):
        self._device_mesh, self._batch_dim_name = device_mesh, batch_dim_name
        self.auto_shard_dataset = auto_shard_dataset
        if not auto_shard_dataset and process_count() > 1:
            raise NotImplementedError(
                "auto_shard_dataset=False: each process reads all data, and its devices keep their "
                "part. Leave it out, and give all processes the same data."
            )

    device_mesh = property(lambda self: self._device_mesh, doc="The mesh.")
    batch_dim_name = property(lambda self: self._batch_dim_name, doc="The batches' axis of it.")

    @property
    def num_model_replicas(self):
        """How many copies of the model there are: subclasses tell."""
        raise NotImplementedError(f"{type(self).__name__}.num_model_replicas: define it.")

    @contextmanager
    def scope(self):
        """A context in which it is the one that `distribution` returns."""
        before = distribution()
        set_distribution(self)
        try:
            yield
        finally:
            set_distribution(before)

    def get_data_layout(self, data_shape):
        """The layout of a batch of a shape: subclasses tell."""
        raise NotImplementedError(f"{type(self).__name__}.get_data_layout: define it.")

    def get_variable_layout(self, variable):
        """The layout of a variable: subclasses tell."""
        raise NotImplementedError(f"{type(self).__name__}.get_variable_layout: define it.")

    def get_tensor_layout(self, path):
        """The layout of the result of a layer, "path/output", or None: subclasses tell."""
        raise NotImplementedError(f"{type(self).__name__}.get_tensor_layout: define it.")

    def distribute_dataset(self, dataset):
        """The data set as it is: all data are this process's."""
        return dataset

    distribute_tf_dataset = distribute_dataset

    def _batch(self, value):
        """A leaf of a batch: in a trace divided as `get_data_layout` says."""
        if not isinstance(value, Tensor) or value.is_eager or not value._shape:
            return value
        return distribute_tensor(value, self.get_data_layout(value.shape))

    def _result(self, value, path):
        """The result of the layer of a path, divided as `get_tensor_layout` says."""
        layout = self.get_tensor_layout(f"{path}/output")
        if layout is None:
            return value
        return nest.map_structure(lambda leaf: distribute_tensor(leaf, layout), value)

    def __repr__(self):
        return f"<{type(self).__name__} device_mesh={self.device_mesh}>"


class _BatchesDivided(Distribution):
    def get_data_layout(self, data_shape):
        """The layout of a batch of a shape: divided along its first axis."""
        axes = [self.batch_dim_name, *[None] * (len(data_shape) - 1)]
        return TensorLayout(axes[: len(data_shape)], self.device_mesh)

    def _whole(self, variable):
        return TensorLayout([None] * len(variable.shape), self.device_mesh)


class DataParallel(_BatchesDivided):
    """Batches divided over the devices, each of which has all weights.

    Args:
      device_mesh: a mesh of one axis.
      devices: the names of devices, instead of a mesh; all by default.
      auto_shard_dataset: whether processes divide data sets between them; several always do.

    Raises:
      ValueError: `device_mesh` is no DeviceMesh.

    Example:
    >>> tf.keras.distribution.DataParallel()
    <DataParallel device_mesh=<DeviceMesh shape=(1,), axis_names=['batch']>>
    """

    def __init__(self, device_mesh=None, devices=None, auto_shard_dataset=True):
        if device_mesh is None:
            devices = np.array(list_devices() if devices is None else devices)
            device_mesh = DeviceMesh(devices.shape, [_BATCH], devices)
        if not isinstance(device_mesh, DeviceMesh):
            raise ValueError(
                "Expect `mesh` to be an instance of `DeviceMesh`. Received: "
                f"mesh={device_mesh} (of type {type(device_mesh)})"
            )
        super().__init__(device_mesh, device_mesh.axis_names[0], auto_shard_dataset)
        if device_mesh.devices.ndim != 1:
            warnings.warn(
                "Expect the input mesh to be 1D, but received mesh.devices.ndim="
                f"{device_mesh.devices.ndim}. The first axis will be used for data-parallel "
                "sharding.",
                stacklevel=2,
            )

    @property
    def num_model_replicas(self):
        """How many copies of the model there are: one on each device."""
        return self.device_mesh.devices.size

    def get_variable_layout(self, variable):
        """The layout that a variable has, or whole on each device."""
        return getattr(variable, "_layout", None) or self._whole(variable)

    def get_tensor_layout(self, path):
        """None: results of layers have no layout of their own."""
        return None


class ModelParallel(_BatchesDivided):
    """Weights and results of layers divided over the devices as a LayoutMap says; batches as well.

    Args:
      layout_map: the layouts of weights, by their paths, and of results, by "layer's path/output".
      batch_dim_name: the mesh's axis along which batches are divided; its first by default.
      auto_shard_dataset: whether processes divide data sets between them; several always do.

    Raises:
      ValueError: `layout_map` is no LayoutMap.

    Example:
    >>> mesh = tf.keras.distribution.DeviceMesh((1, 1), ["batch", "model"])
    >>> layouts = tf.keras.distribution.LayoutMap(mesh)
    >>> layouts[".*kernel"] = (None, "model")
    >>> with tf.keras.distribution.ModelParallel(layout_map=layouts).scope():
    ...     layer = tf.keras.layers.Dense(2)
    ...     layer.build((None, 3))
    >>> layer.kernel._layout.axes, layer.bias._layout.axes
    ((None, 'model'), (None,))
    """

    def __init__(self, *, layout_map=None, batch_dim_name=None, auto_shard_dataset=True, **kwargs):
        kwargs.pop("device_mesh", None)
        if layout_map is None:
            raise ValueError("You must specify a layout_map argument.")
        if not isinstance(layout_map, LayoutMap):
            raise ValueError(
                "Argument `layout_map` must be a `LayoutMap` instance. Received: "
                f"layout_map={layout_map}"
            )
        if kwargs:
            raise TypeError(f"ModelParallel takes no arguments {sorted(kwargs)}.")
        mesh = layout_map.device_mesh
        super().__init__(mesh, batch_dim_name or mesh.axis_names[0], auto_shard_dataset)
        self._layout_map = layout_map

    @property
    def num_model_replicas(self):
        """How many copies of the model there are: as many as parts of a batch."""
        return self.device_mesh.shape[list(self.device_mesh.axis_names).index(self.batch_dim_name)]

    def get_variable_layout(self, variable):
        """The layout that a variable has, or the map's, or whole on each device."""
        found = getattr(variable, "_layout", None) or self._layout_map[variable.path]
        return found or self._whole(variable)

    def get_tensor_layout(self, path):
        """The map's layout for a path, or None."""
        return self._layout_map[path]


def distribution():
    """The distribution that was set, or None.

    Example:
    >>> tf.keras.distribution.distribution() is None
    True
    """
    return context.distribution


def set_distribution(value):
    """Sets the distribution of this thread; None for none."""
    context.distribution = value


def distribute_tensor(tensor, layout):
    """The tensor, divided over the devices of a layout: now, or in the program being traced.

    Args:
      tensor: a tensor or what can become one; a Keras input is returned as it is.
      layout: a TensorLayout with a mesh. On the host's own backend tensors stay whole.

    Example:
    >>> mesh = tf.keras.distribution.DeviceMesh((1,), ["batch"])
    >>> layout = tf.keras.distribution.TensorLayout(["batch"], mesh)
    >>> tf.keras.distribution.distribute_tensor([1.0], layout).numpy()
    array([1.], dtype=float32)
    """
    if isinstance(tensor, Deferred):
        return tensor
    tensor = convert_to_tensor(tensor)
    sharding = layout._sharding()
    if sharding is None:
        return tensor
    return Spread(sharding).hold(tensor) if tensor.is_eager else lay_out(tensor, sharding)


def distribute_variable(value, layout):
    """`distribute_tensor`, for the value of a variable."""
    return distribute_tensor(value, layout)


relayout = distribute_tensor
