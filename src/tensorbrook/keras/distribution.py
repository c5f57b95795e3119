"""keras.distribution: meshes of devices and layouts of tensors, of which there is one device."""

import re
from collections.abc import MutableMapping
from contextlib import contextmanager
from math import prod

import numpy as np

from ..core.tensor import convert_to_tensor

_DEVICES = ["cpu:0"]
_current = [None]


def list_devices(device_type=None):
    """The names of the devices.

    Args:
      device_type: "cpu", "gpu" or "tpu"; all by default.

    Example:
    >>> tf.keras.distribution.list_devices()
    ['cpu:0']
    """
    kind = None if device_type is None else device_type.lower()
    return [name for name in _DEVICES if kind in (None, name.split(":")[0])]


def get_device_count(device_type=None):
    """The number of devices.

    Example:
    >>> tf.keras.distribution.get_device_count()
    1
    """
    return len(list_devices(device_type))


def initialize(job_addresses=None, num_processes=None, process_id=None):
    """Begins a job of one process.

    Raises:
      NotImplementedError: a job of several.
    """
    if num_processes not in (None, 1) or (job_addresses and "," in job_addresses):
        raise NotImplementedError(
            f"keras.distribution.initialize(num_processes={num_processes}): there is one process. "
            "Leave the call out."
        )


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
        devices = np.array(list_devices() if devices is None else devices).flatten()
        if prod(shape) != len(devices):
            raise ValueError(
                "Shape does not match the number of devices. Received: "
                f"shape={shape}; devices.shape={devices.shape}"
            )
        self.shape, self.axis_names = tuple(shape), list(axis_names)
        self.devices = devices.reshape(shape)

    def __repr__(self):
        return f"<DeviceMesh shape={self.shape}, axis_names={self.axis_names}>"


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

    def _check(self):
        known = set() if self._device_mesh is None else set(self._device_mesh.axis_names)
        named = {axis for axis in self._axes if axis is not None}
        if self._device_mesh is not None and named - known:
            raise ValueError(
                "Invalid axis names for Layout. Valid axis names: "
                f"{sorted(known)}, Got {sorted(named)}"
            )

    def __repr__(self):
        return f"<TensorLayout axes={self._axes}, device_mesh={self._device_mesh}>"


class LayoutMap(MutableMapping):
    """Layouts by the paths of variables: a key is one, or a regular expression that finds it.

    Args:
      device_mesh: the mesh that layouts given as tuples of names belong to.

    Example:
    >>> mesh = tf.keras.distribution.DeviceMesh((1,), ["model"])
    >>> layouts = tf.keras.distribution.LayoutMap(mesh)
    >>> layouts["dense.*kernel"] = (None, "model")
    >>> layouts["dense_1/kernel"].axes
    (None, 'model')
    """

    def __init__(self, device_mesh):
        self.device_mesh, self._layouts = device_mesh, {}

    def __getitem__(self, key):
        if key in self._layouts:
            return self._layouts[key]
        found = [name for name in self._layouts if re.search(name, key)]
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
        if isinstance(layout, tuple | list):
            layout = TensorLayout(layout)
        if not isinstance(layout, TensorLayout):
            raise ValueError(f"{layout} should be a TensorLayout type, got {type(layout)}")
        if layout.device_mesh is None:
            layout.device_mesh = self.device_mesh
        self._layouts[key] = layout

    def __delitem__(self, key):
        del self._layouts[key]

    def __len__(self):
        return len(self._layouts)

    def __iter__(self):
        return iter(self._layouts)


class _Distribution:
    num_processes = num_model_replicas = 1
    data_shard_id = 0

    def __init__(self, device_mesh, batch_dim_name, auto_shard_dataset):
        self.device_mesh, self.batch_dim_name = device_mesh, batch_dim_name
        self.auto_shard_dataset = auto_shard_dataset

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
        """The layout of a batch of a shape."""
        axes = [None] * len(data_shape)
        axes[:1] = [self.batch_dim_name]
        return TensorLayout(axes[: len(data_shape)], self.device_mesh)

    def distribute_tf_dataset(self, dataset):
        """The data set as it is: all data are this process's."""
        return dataset

    def distribute_dataset(self, dataset):
        """The data set: one process takes it whole."""
        return dataset

    def __repr__(self):
        return f"<{type(self).__name__} device_mesh={self.device_mesh}>"


class DataParallel(_Distribution):
    """Batches divided over the devices; there is one, which takes them whole.

    Args:
      device_mesh: a mesh of one axis.
      devices: the names of devices, instead of a mesh.
      auto_shard_dataset: whether processes divide data sets between them; there is one.

    Example:
    >>> tf.keras.distribution.DataParallel()
    <DataParallel device_mesh=<DeviceMesh shape=(1,), axis_names=['batch']>>
    """

    def __init__(self, device_mesh=None, devices=None, auto_shard_dataset=True):
        if device_mesh is None:
            devices = list_devices() if devices is None else list(devices)
            device_mesh = DeviceMesh((len(devices),), ["batch"], devices)
        super().__init__(device_mesh, device_mesh.axis_names[0], auto_shard_dataset)

    def get_variable_layout(self, variable):
        """The layout of a variable: whole on each device."""
        return TensorLayout([None] * len(variable.shape), self.device_mesh)

    def get_tensor_layout(self, path):
        """None: tensors within layers have no layout of their own."""
        return None


class ModelParallel(_Distribution):
    """Weights divided over the devices as a LayoutMap says; there is one, which has them whole.

    Args:
      layout_map: the layouts of weights and tensors.
      batch_dim_name: the mesh's axis along which batches are divided; its first by default.
      auto_shard_dataset: whether processes divide data sets between them; there is one.

    Example:
    >>> mesh = tf.keras.distribution.DeviceMesh((1,), ["batch"])
    >>> layouts = tf.keras.distribution.LayoutMap(mesh)
    >>> tf.keras.distribution.ModelParallel(layout_map=layouts).batch_dim_name
    'batch'
    """

    def __init__(self, *, layout_map=None, batch_dim_name=None, auto_shard_dataset=True, **kwargs):
        kwargs.pop("device_mesh", None)
        if kwargs or not isinstance(layout_map, LayoutMap):
            raise ValueError(
                f"Argument `layout_map` must be a `LayoutMap` instance. Received: {layout_map}, "
                f"and {sorted(kwargs)}"
            )
        mesh = layout_map.device_mesh
        super().__init__(mesh, batch_dim_name or mesh.axis_names[0], auto_shard_dataset)
        self._layouts = layout_map

    def get_variable_layout(self, variable):
        """The layout of a variable: the map's, or whole on each device."""
        found = self._layouts[variable.path]
        return found or TensorLayout([None] * len(variable.shape), self.device_mesh)

    def get_tensor_layout(self, path):
        """The map's layout for a path, or None."""
        return self._layouts[path]


def distribution():
    """The distribution that was set, or None.

    Example:
    >>> tf.keras.distribution.distribution() is None
    True
    """
    return _current[0]


def set_distribution(value):
    """Sets the distribution; None for none."""
    _current[0] = value


def distribute_tensor(tensor, layout):
    """The tensor: the one device has it whole.

    Example:
    >>> tf.keras.distribution.distribute_tensor([1.0], None).numpy()
    array([1.], dtype=float32)
    """
    return convert_to_tensor(tensor)
