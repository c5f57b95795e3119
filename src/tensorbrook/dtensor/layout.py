"""Meshes and layouts of tf.experimental.dtensor."""

from collections import namedtuple
from enum import Enum
from functools import cached_property
from math import prod

import numpy as np

from ..base.errors import InvalidArgumentError
from ..base.shapes import TensorShape
from ..core.tensor import TASK, convert_to_tensor
from ..old_graph import DeviceSpec
from ..xla import sharding

UNSHARDED, MATCH = "unsharded", "match"
MeshDimension = namedtuple("MeshDimension", ["name", "size"])


class LayoutType(Enum):
    """How parts of tensors come about."""

    STATIC = "static"
    PARTED = "parted"


class Mesh:
    """Devices arranged along named dimensions.

    Args:
      dim_names: the names of the dimensions.
      global_device_ids: an array of the devices' numbers, of the mesh's shape.
      local_device_ids: those of this process: all of them.
      local_devices: their names or DeviceSpecs.
      mesh_name: a name of one's own.
      global_devices: the devices of all processes, which are the local ones.
      use_xla_spmd: whether XLA's partitioner is to divide programs: it does where
        TENSORBROOK_BACKEND=xla is set.

    Raises:
      ValueError: a device twice, or another number of them than of ids.

    Example:
    >>> mesh = tf.experimental.dtensor.Mesh(["x"], np.arange(2), [0, 1], ["CPU:0", "CPU:1"])
    >>> mesh.size, mesh["x"]
    (2, MeshDimension(name='x', size=2))
    """

    def __init__(
        self,
        dim_names,
        global_device_ids,
        local_device_ids,
        local_devices,
        mesh_name="",
        global_devices=None,
        use_xla_spmd=False,
    ):
        ids = np.asarray(global_device_ids)
        devices = [d.to_string() if isinstance(d, DeviceSpec) else d for d in local_devices]
        if len(set(devices)) < len(devices):
            raise ValueError(f"Duplicate devices found in mesh specification {devices}.")
        if ids.size != len(devices) or ids.ndim != len(dim_names):
            raise ValueError(
                f"length of devices ({len(devices)}) must be equal to total size of the mesh of "
                f"shape {list(ids.shape)}, whose dimensions are {list(dim_names)}"
            )
        self._names, self._ids = [str(name) for name in dim_names], ids
        self._devices, self._name = devices, mesh_name
        self._xla = bool(use_xla_spmd)

    dim_names = property(lambda self: list(self._names), doc="The names of the dimensions.")
    name = property(lambda self: self._name, doc="The mesh's name.")
    size = property(lambda self: self._ids.size, doc="The number of devices.")

    @property
    def strides(self):
        """How far apart in the list of devices neighbours along each dimension are."""
        return [prod(self._ids.shape[i + 1 :]) for i in range(self._ids.ndim)]

    def shape(self):
        """The sizes of the dimensions."""
        return list(self._ids.shape)

    def dim_size(self, dim_name):
        """The size of a dimension.

        Raises:
          ValueError: there is none of this name.
        """
        if dim_name not in self._names:
            raise ValueError(f"Mesh has no dimension {dim_name!r}: only {self._names}.")
        return self._ids.shape[self._names.index(dim_name)]

    def __getitem__(self, dim_name):
        return MeshDimension(dim_name, self.dim_size(dim_name))

    def contains_dim(self, dim_name):
        """Whether it has a dimension of this name."""
        return dim_name in self._names

    __contains__ = contains_dim

    def global_device_ids(self):
        """The devices' numbers, an array of the mesh's shape."""
        return self._ids

    def local_device_ids(self):
        """The numbers of this process's devices."""
        return self._ids.flatten().tolist()

    def min_global_device_id(self):
        """The least of the numbers."""
        return int(self._ids.min())

    def local_devices(self):
        """The names of this process's devices."""
        return list(self._devices)

    def global_devices(self):
        """The names of the devices of all processes, where they are given: none."""
        return []

    def num_local_devices(self):
        """How many devices this process has."""
        return self.size

    def device_type(self):
        """Such as "CPU"."""
        return DeviceSpec.from_string(self._devices[0]).device_type

    def use_xla_spmd(self):
        """Whether XLA's partitioner was asked for."""
        return self._xla

    def is_remote(self):
        """False: all devices are this process's."""
        return False

    def is_single_device(self):
        """False: it is a mesh, if it be of one device."""
        return False

    def host_mesh(self):
        """The mesh of the processors beside the devices: itself, where they are processors."""
        names = [f"{TASK}/device:CPU:{i}" for i in range(self.size)]
        return Mesh(self._names, self._ids, self.local_device_ids(), names, self._name)

    def coords(self, device_idx):
        """Where a device is, along each dimension: a tensor."""
        return convert_to_tensor(np.array(np.unravel_index(device_idx, self._ids.shape), "int32"))

    def device_location(self, device_id):
        """Where the device of a number is: from the dimensions' names to places."""
        (place,) = np.argwhere(self._ids == device_id)
        return dict(zip(self._names, place.tolist()))

    def unravel_index(self):
        """Where each device is: from numbers to what `device_location` returns."""
        return {i: self.device_location(i) for i in self.local_device_ids()}

    def local_device_locations(self):
        """Where this process's devices are, in their order."""
        return [self.device_location(i) for i in self.local_device_ids()]

    def to_string(self):
        """All of it as text, which `from_string` reads."""
        ids = ",".join(map(str, self._ids.flatten()))
        dims = ",".join(f"{n}={s}" for n, s in zip(self._names, self._ids.shape))
        text = f"{self._name}|{dims}|{ids}|{ids}|{','.join(self._devices)}"
        return text + ("|use_xla_spmd" if self._xla else "")

    @classmethod
    def from_string(cls, mesh_str):
        """The mesh that a text of `to_string` describes."""
        name, dims, ids, _, devices, *more = mesh_str.split("|")
        dims = [part.split("=") for part in dims.split(",")]
        numbers = np.array(list(map(int, ids.split(",")))).reshape([int(s) for _, s in dims])
        names = [n for n, _ in dims]
        return cls(names, numbers, numbers.flatten(), devices.split(","), name, None, bool(more))

    @cached_property
    def spread(self):
        """The mesh of XLA's on which values lie."""
        names = tuple(name.lower() for name in self.short_devices)
        return sharding.Mesh(tuple(self.shape()), tuple(self._names), names)

    @property
    def short_devices(self):
        """Such as "CPU:0"."""
        found = map(DeviceSpec.from_string, self._devices)
        return [f"{spec.device_type}:{spec.device_index}" for spec in found]

    def __eq__(self, other):
        return isinstance(other, Mesh) and self.to_string() == other.to_string()

    def __hash__(self):
        return hash(self.to_string())

    def __repr__(self):
        return f"Mesh.from_string({self.to_string()})"


class Layout:
    """Along which dimensions of a mesh the axes of a tensor are divided.

    Args:
      sharding_specs: for each axis the name of a dimension of the mesh, or UNSHARDED; MATCH, in
        calls of `relayout` alone, keeps what the tensor has.
      mesh: the mesh.

    Raises:
      ValueError: no dimension of the mesh, or one of them for several axes.

    Example:
    >>> dtensor = tf.experimental.dtensor
    >>> mesh = dtensor.create_mesh([("x", 2), ("y", 1)], devices=["CPU:0", "CPU:1"])
    >>> layout = dtensor.Layout([dtensor.UNSHARDED, "x"], mesh)
    >>> layout.rank, layout.num_shards(1), layout.local_shape_from_global_shape((3, 4)).as_list()
    (2, 2, [3, 2])
    """

    type = LayoutType.STATIC

    def __init__(self, sharding_specs, mesh):
        specs = list(sharding_specs)
        if isinstance(sharding_specs, str) or not all(isinstance(s, str) for s in specs):
            raise TypeError(
                f"sharding_specs must be a list of names, got {sharding_specs!r}: write "
                "dtensor.UNSHARDED for an axis that is whole."
            )
        for spec in specs:
            if spec not in (UNSHARDED, MATCH) and spec not in mesh:
                raise ValueError(
                    f"{spec}: A dimension sharding must either be a valid mesh dimension or "
                    "UNSHARDED."
                )
            if spec not in (UNSHARDED, MATCH) and specs.count(spec) > 1:
                raise ValueError(
                    f"Mesh dimension {spec} was repeated in sharding specification {specs}. Mesh "
                    "dimensions must be unique in a layout."
                )
        self._specs, self._mesh = specs, mesh

    sharding_specs = property(lambda self: list(self._specs), doc="What `Layout` was given.")
    mesh = property(lambda self: self._mesh, doc="The mesh.")
    rank = property(lambda self: len(self._specs), doc="The number of axes.")
    shape = property(lambda self: self._mesh.shape(), doc="The shape of the mesh.")

    @property
    def axes(self):
        """The specs, None where the axis is whole."""
        return tuple([None if s == UNSHARDED else s for s in self._specs])

    @property
    def sharding(self):
        """The same for XLA."""
        return sharding.Sharding(self._mesh.spread, self.axes)

    @classmethod
    def of(cls, axes, mesh):
        """The layout of specs that are None where the axis is whole."""
        return cls([UNSHARDED if a is None else a for a in axes], mesh)

    @classmethod
    def replicated(cls, mesh, rank):
        """The layout of a tensor that each device has whole."""
        return cls([UNSHARDED] * rank, mesh)

    @classmethod
    def batch_sharded(cls, mesh, batch_dim, rank, axis=0):
        """The layout of a batch: divided along one axis, by default the first."""
        specs = [UNSHARDED] * rank
        specs[axis] = batch_dim
        return cls(specs, mesh)

    @classmethod
    def inner_sharded(cls, mesh, inner_dim, rank):
        """The layout of a tensor divided along its last axis."""
        return cls.batch_sharded(mesh, inner_dim, rank, -1)

    def num_shards(self, idx):
        """Into how many parts an axis is divided."""
        spec = self._specs[idx]
        return 1 if spec == UNSHARDED else self._mesh.dim_size(spec)

    def counts(self):
        """Into how many parts each axis is divided."""
        return [self.num_shards(i) for i in range(self.rank)]

    def is_fully_replicated(self):
        """Whether each device has the whole of the tensor."""
        return all(count == 1 for count in self.counts())

    def is_batch_parallel(self):
        """Whether no axis but the first is divided."""
        return all(count == 1 for count in self.counts()[1:])

    def is_single_device(self):
        """False: it belongs to a mesh."""
        return False

    def global_shape_from_local_shape(self, local_shape):
        """The tensor's shape, told by that of its parts."""
        return TensorShape(n * count for n, count in zip(local_shape, self.counts()))

    def local_shape_from_global_shape(self, global_shape):
        """The shape of the parts, told by the tensor's."""
        return TensorShape(n // count for n, count in zip(global_shape, self.counts()))

    def offset_to_shard(self):
        """Which part each device has: its place along each axis."""
        places = [self._mesh.device_location(i) for i in self._mesh.local_device_ids()]
        return [tuple([p.get(s, 0) for s in self._specs]) for p in places]

    def offset_tuple_to_global_index(self, offset_tuple):
        """The number of the part at a place, row by row."""
        return int(np.ravel_multi_index(offset_tuple, self.counts()))

    def delete(self, dims):
        """The layout without some axes."""
        return Layout([s for i, s in enumerate(self._specs) if i not in dims], self._mesh)

    def to_parted(self):
        """The same layout, marked as one whose parts come from the devices themselves."""
        made = Layout(self._specs, self._mesh)
        made.type = LayoutType.PARTED
        return made

    def slices(self, shape):
        """For each device the slices of its part of an array."""
        sizes = self.local_shape_from_global_shape(shape)
        return [
            tuple([slice(o * n, (o + 1) * n) for o, n in zip(place, sizes)])
            for place in self.offset_to_shard()
        ]

    def check(self, shape):
        """Checks that it is a layout of tensors of this shape.

        Raises:
          InvalidArgumentError: another rank, or an axis that is not divided evenly.
        """
        if len(shape) != self.rank:
            raise InvalidArgumentError(
                f"[dtensor] The layout {self._specs} has rank {self.rank}, the tensor's shape "
                f"{tuple(shape)} has {len(shape)}: give a spec for each axis."
            )
        for axis, (size, count) in enumerate(zip(shape, self.counts())):
            if size % count:
                raise InvalidArgumentError(
                    f"[dtensor] axis {axis} of shape {tuple(shape)} has size {size}, which is not "
                    f"divisible by the {count} devices of mesh dimension {self._specs[axis]!r}: "
                    "leave it UNSHARDED, or change its size."
                )

    def to_string(self):
        """All of it as text, which `from_string` reads."""
        kind = "sharding_specs" if self.type is LayoutType.STATIC else "parted"
        between = ", " if self._specs else " "
        return f"{kind}:{','.join(self._specs)}{between}mesh:{self._mesh.to_string()}"

    @classmethod
    def from_string(cls, layout_str):
        """The layout that a text of `to_string` describes."""
        specs, mesh = layout_str.split(" mesh:")
        kind, specs = specs.rstrip(",").split(":")
        made = cls(specs.split(",") if specs else [], Mesh.from_string(mesh))
        return made if kind == "sharding_specs" else made.to_parted()

    def __eq__(self, other):
        return isinstance(other, Layout) and self.to_string() == other.to_string()

    def __hash__(self):
        return hash(self.to_string())

    def __repr__(self):
        return f"Layout.from_string({self.to_string()})"
