"""Values spread over a mesh of devices: JAX's NamedSharding, made of names.

JAX is asked for only where a value is put: a mesh and its layouts can be spoken of without it.
"""

import sys
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..core.backend import Device, devices
from .tensors import jax_runs


@dataclass(frozen=True)
class Mesh:
    """Devices along named axes.

    Attributes:
      shape: the sizes of the axes.
      axis_names: their names.
      names: those of the devices, such as "cpu:0", row by row.
    """

    shape: tuple
    axis_names: tuple
    names: tuple

    @cached_property
    def is_real(self):
        """Whether XLA spreads values over it; else they stay whole on the host.

        Logical CPUs that JAX does not have, as its XLA_FLAGS do not say so, are names alone.
        """
        kind = self.names[0].partition(":")[0]
        if not any(d.backend.name == "xla" for d in devices(kind.upper())[:1]):
            return False
        return kind != "cpu" or set(self.names) <= set(device_names(kind))

    @cached_property
    def backend_mesh(self):
        """The jax.sharding.Mesh.

        Raises:
          NotImplementedError: the devices are no devices of XLA's.
          ValueError: there is no such device.
        """
        import jax

        if not self.is_real:
            raise NotImplementedError(
                f"The devices {list(self.names)} have no mesh of JAX's: set "
                "TENSORBROOK_BACKEND=xla before the program starts."
            )
        found = np.array([_jax_device(name) for name in self.names]).reshape(self.shape)
        return jax.sharding.Mesh(found, self.axis_names)

    def size(self, axis):
        """Over how many devices an axis of a tensor is divided: 1 for None."""
        return 1 if axis is None else self.shape[self.axis_names.index(axis)]

    def __reduce__(self):
        return Mesh, (self.shape, self.axis_names, self.names)


def _jax_device(name):
    import jax

    kind, _, number = name.partition(":")
    for device in jax.devices(kind):
        if device.id == int(number or 0):
            return device
    raise ValueError(f"Device not found: {name}. There are {jax.devices(kind)}.")


def join_processes(address, count, rank):
    """Makes this process one of a job, whose devices JAX then has together.

    Args:
      address: "host:port" of the first process, where all meet.
      count: how many there are.
      rank: which of them this is.

    Raises:
      RuntimeError: JAX runs already, and says so.
    """
    import jax

    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.distributed.initialize(address, count, rank, heartbeat_timeout_seconds=30)


def process_count():
    """How many processes have their devices together."""
    return sys.modules["jax"].process_count() if jax_runs() else 1


def device_names(kind):
    """JAX's devices of a kind in lower case, such as "cpu"; all hosts' where there are several."""
    import jax

    return [f"{device.platform}:{device.id}" for device in jax.devices(kind)]


@dataclass(frozen=True)
class Sharding:
    """For each axis of a tensor, the axis of a mesh along which it is divided, or None."""

    mesh: Mesh
    axes: tuple

    def of(self, shape):
        """The jax.sharding.NamedSharding of a shape, whole along axes that do not divide evenly.

        Axes of the tensor before those that are named are whole as well.
        """
        import jax

        axes = (None,) * (len(shape) - len(self.axes)) + self.axes
        even = [a if size % self.mesh.size(a) == 0 else None for a, size in zip(axes, shape)]
        return jax.sharding.NamedSharding(self.mesh.backend_mesh, jax.sharding.PartitionSpec(*even))


class Spread(Device):
    """The place of a variable that lies on all devices of a mesh."""

    def __init__(self, sharding):
        kind = sharding.mesh.names[0].partition(":")[0].upper()
        first = devices(kind)[0]
        super().__init__(first.type, first.index)
        self._first, self.sharding = first, sharding

    backend = property(lambda self: self._first.backend)

    def put(self, tensor):
        """An eager tensor's value on the devices of the mesh; a trace's tensor as it is."""
        return self.hold(tensor) if tensor.is_eager else tensor

    def hold(self, tensor):
        """A tensor on the devices of the mesh for one variable to keep."""
        return self._first.backend.put(tensor, self._first, self.sharding.of(tensor._shape))


def sharding_of(variable):
    """The NamedSharding of a variable that is spread over devices; None of another."""
    sharding = getattr(variable._place, "sharding", None)
    return None if sharding is None else sharding.of(variable._shape)
