"""Backends and devices: the one door to what runs graphs, and to where values lie.

A backend is one class, entered with `register`; `core`, `function` and `keras` know no single one.
Which backend runs a graph on a device is asked when the graph is compiled: the one that
TENSORBROOK_BACKEND names, else the latest entered for that type of device that is available.
"""

import os
from abc import ABC, abstractmethod
from copy import copy

from ..base.config import settings
from ..base.context import Context, context, open_tapes
from ..base.errors import InvalidArgumentError
from .tensor import ON_HOST, TASK, Tensor, wrap


class Executable(ABC):
    """A compiled graph, run on the tensors of its arguments.

    Args:
      variables: what it reads, in the order of the graph's last inputs.
      written: those of them that a call assigns to, in the order of the graph's last outputs.

    Attributes:
      only_read: the other variables.
      states, written_states: the `__dict__`s of all variables, and of those written.
      order: for each variable its number among those only read and, after them, those written.
    """

    __slots__ = ("only_read", "order", "states", "variables", "written", "written_states")

    def __init__(self, variables, written):
        self.variables, self.written = variables, written
        names = set(map(id, written))
        self.states = [v.__dict__ for v in variables]
        self.written_states = [v.__dict__ for v in written]
        self.only_read = [v for v in variables if id(v) not in names]
        number = {id(v): i for i, v in enumerate([*self.only_read, *written])}
        self.order = [number[id(v)] for v in variables]

    def on(self, variables, written):
        """The same with other variables, of equal shapes and dtypes."""
        made = copy(self)
        Executable.__init__(made, variables, written)
        return made

    @abstractmethod
    def run(self, tensors):
        """Runs it, assigns to the variables written, and returns the list of the other results."""

    def arrays(self, tensors):
        """Like `run`, but the results are NumPy arrays of the caller's own."""
        return [t.numpy() for t in self.run(tensors)]

    @abstractmethod
    def explain(self):
        """Lines of text: what was made of the graph."""


class Backend(ABC):
    """What runs graphs and holds values on devices of one type.

    Where values are no NumPy arrays, its tensors are of a subclass of Tensor with `_shape`,
    `_dtype`, `device`, an `_array` that fetches the value, and an `_interpret` that runs a
    primitive on tensors of which one at least is its own.

    Attributes:
      name: what TENSORBROOK_BACKEND calls it, and the key of its Rules in `Op.rules`.
      device_type: such as "CPU" or "GPU".
      loops: True when loops of a graph run quicker than Python's loop over calls of it.
      flash: True where its devices have a kernel for attention in half precision.
    """

    name = ""
    device_type = "CPU"
    loops = flash = False

    def available(self):
        """False where what it needs is not installed."""
        return True

    def device_count(self):
        """How many devices of its type there are."""
        return 1

    def is_one_program(self, graph):
        """False where what it makes of a graph has parts: a loop is better left around them."""
        return True

    def room(self, device):
        """How many bytes of data a device may keep for a training; None for all there are."""
        return None

    def share(self, array):
        """A tensor that shares the memory of another package's array (with `__dlpack__`) on one of
        its devices; None where it lies elsewhere.
        """
        return None

    def memory(self, device):
        """Bytes in use on a device, {"current": , "peak": }; zeros where they are not counted."""
        return {"current": 0, "peak": 0}

    def details(self, device):
        """What `tf.config.experimental.get_device_details` tells of a device."""
        return {}

    @abstractmethod
    def compile(self, graph, variables, written, device):
        """The Executable of a graph for one of its devices.

        Args:
          graph: takes the arguments, then the variables; returns the results, then the new values
            of the variables written.
          variables, written: see Executable.
        """

    @abstractmethod
    def put(self, tensor, device, sharding=None):
        """A tensor with the same value on one of its devices, or spread over them.

        Args:
          sharding: how it is spread, in the backend's own terms; None for one device.
        """

    def hold(self, tensor, device):
        """A tensor for one variable to keep: nobody else gets this object, but by reading it."""
        return self.put(tensor, device)

    def bring(self, tensor, device):
        """A tensor to give to programs many times: it lies where they need it."""
        return self.put(tensor, device)


class HostBackend(Backend):
    """The base of backends whose values are the arrays of plain Tensors."""

    def put(self, tensor, device, sharding=None):
        """The tensor itself, or what another device fetches of it."""
        if sharding is not None:
            raise NotImplementedError(
                f"The {self.name} backend has one device, and spreads nothing: install jax, as in "
                "pip install tensorbrook[xla]."
            )
        return tensor if tensor.__class__ is Tensor else wrap(tensor.host())

    def hold(self, tensor, device):
        """A new Tensor around the same array."""
        return wrap(tensor.host())


class Device:
    """Where values lie.

    Attributes:
      type, index: such as "CPU" and 0; of a device that programs see, the number among those.
      number: the number among all devices of the type.
      name: TensorFlow's full name, as in `tensor.device`.
      listed: False for one that stands for several others, which are.
    """

    listed = True

    def __init__(self, type, index):
        self.type, self.index, self.number, self._memory = type, index, index, None

    @property
    def name(self):
        """TensorFlow's full name."""
        return f"{TASK}/device:{self.type}:{self.index}"

    @property
    def backend(self):
        """The Backend in charge.

        Raises:
          ValueError: TENSORBROOK_BACKEND names none.
        """
        candidates, wanted = _backends[self.type], os.environ.get("TENSORBROOK_BACKEND")
        if wanted and self is host:
            if all(b.name != wanted for b in candidates):
                _bring_others()
            names = sorted(b.name for b in candidates)
            if wanted not in names:
                raise ValueError(f"TENSORBROOK_BACKEND is {wanted!r}: it must be one of {names}.")
            return next(b for b in candidates if b.name == wanted)
        return next(b for b in candidates if b.available())

    def put(self, tensor, sharding=None):
        """An eager tensor's value on this device; a trace's tensor as it is.

        Args:
          sharding: how it is spread over several devices, of which this one is the first.
        """
        if not tensor.is_eager or (tensor.device == self.name and sharding is None):
            return tensor
        if sharding is not None:
            _bring_others()
        return self._memory.put(tensor, self, sharding)

    def put_array(self, array):
        """A tensor on this device with the value of a NumPy array that nobody changes."""
        return self.put(wrap(array))

    def bring(self, tensor):
        """A tensor on this device, to give to its programs many times."""
        return self.backend.bring(tensor, self)

    def hold(self, tensor):
        """A tensor on this device for one variable to keep."""
        return self._memory.hold(tensor, self)

    def __repr__(self):
        return f"<Device {self.name}>"


host = Device("CPU", 0)
others = []  # the devices besides the host: while there are none, nobody needs to ask
_backends = {}  # type of device -> its backends, the preferred first


_awaited = []  # what imports the modules of backends that few programs need


def await_backend(load):
    """Keeps what registers a backend until one is asked for that is not there."""
    _awaited.append(load)


def _bring_others():
    for load in _awaited:
        load()


_preferred = []  # the types of devices that are used where no scope names one
_hidden = []  # those of the others that programs shall not see: tf.config.set_visible_devices


def register(backend, preferred=False):
    """Enters a backend, before those that are there for its type of device.

    All backends of one type keep values in the same way: the latest one does it for them.

    Args:
      preferred: what a program makes belongs to its first device where no scope says otherwise.
    """
    kind = backend.device_type
    _backends.setdefault(kind, []).insert(0, backend)
    others.extend(Device(kind, i) for i in range(len(devices(kind)), backend.device_count()))
    for place in devices(kind):
        place._memory = backend
    if preferred:
        _preferred.append(kind)
        _prefer()


def _prefer():
    """Makes the first device of a preferred type the one where things belong."""
    place = next((d for kind in _preferred for d in devices(kind)), None)
    before, Context.preferred = Context.preferred, place
    if before is not None:
        open_tapes.remove(before)
    if place is not None:
        open_tapes.append(place)  # operations take the way that asks for the device


def devices(device_type=None):
    """All devices that programs see, or those of a type."""
    return [d for d in (host, *others) if d.listed and device_type in (None, d.type)]


def logical_devices(device_type):
    """The names of the logical devices of a type; those of the CPU share its memory."""
    found = [f"/device:{d.type}:{d.index}" for d in devices(device_type)]
    if device_type == "CPU":
        found += [f"/device:CPU:{i}" for i in range(1, settings.logical_cpus)]
    return found


def all_devices(device_type=None):
    """All devices there are, or those of a type, seen or not."""
    found = sorted([d for d in (*others, *_hidden) if d.listed], key=lambda d: (d.type, d.number))
    return [d for d in (host, *found) if device_type in (None, d.type)]


def show_devices(shown, device_type=None):
    """Hides the devices of a type (None: of all) that are not among those shown.

    The host stays: somebody has to run the program.
    """
    now = [d for d in all_devices() if d is not host]
    seen = [d for d in now if d in shown or (d in others and device_type not in (None, d.type))]
    others[:] = seen + [d for d in others if not d.listed]
    _hidden[:] = [d for d in now if d not in seen]
    for kind in {d.type for d in seen}:
        for i, place in enumerate(devices(kind)):
            place.index = i
    _prefer()


def place_of(values):
    """The device in scope; else that of the first of some tensors and variables off the host.

    Where all are on the host, or there are none, it is the preferred device.
    """
    if context.device is not None or not others:
        return context.device or host
    names = {d.name: d for d in others}
    nearest = Context.preferred or host
    return next((names[v.device] for v in values if v.device in names), nearest)


def wanted_place(inputs):
    """Where a primitive is to run: a device to put all of its operands on, or None.

    Integers stay on the host, as in TensorFlow, where they are shapes, axes and places.
    """
    if context.device is not None:
        return context.device
    preferred = Context.preferred
    if preferred is None or context.traces or any([x.__class__ is not Tensor for x in inputs]):
        return None
    return preferred if any([x._dtype not in ON_HOST for x in inputs]) else None


def from_foreign(array):
    """A tensor that shares the memory of another package's array on an accelerator; else None."""
    for place in devices():
        found = place._memory.share(array) if place._memory else None
        if found is not None:
            return found
    return None


def _gpu(self, gpu_index=0):
    """The same tensor on a GPU.

    Raises:
      RuntimeError: there is no such GPU, as in TensorFlow.
    """
    for place in devices("GPU"):
        if place.index == gpu_index:
            return place.put(self)
    raise RuntimeError(f"/device:GPU:{gpu_index} unknown device: there are {devices()}.")


Tensor.gpu = _gpu


# -- scopes ----------------------------------------------------------------------------------------


class device:
    """A context in which constants, variables, operations and functions belong to a device.

    Where there is no such device, the CPU takes its place (`tf.config.set_soft_device_placement`).

    Args:
      device_name: such as "/CPU:0", "GPU:1" or a full name; None for no preference.

    Raises:
      InvalidArgumentError: no such device, and soft placement is off; or another machine's.
      ValueError: this is no device's name.

    Example:
    >>> with tf.device("/CPU:0"):
    ...     x = tf.constant(1.0)
    >>> x.device
    '/job:localhost/replica:0/task:0/device:CPU:0'
    """

    def __init__(self, device_name):
        self._device_name, self._outer = device_name, []  # the name programs read

    def __enter__(self):
        place = _resolved(self._device_name)
        self._outer.append((context.device, bool(others)))
        context.device = place
        if others:
            open_tapes.append(self)  # operations then take the way that asks for the device

    def __exit__(self, *exc):
        context.device, opened = self._outer.pop()
        if opened:
            open_tapes.remove(self)


def _resolved(name):
    if callable(name):
        raise RuntimeError("tf.device does not support functions.")
    if name is None:
        return None
    if not isinstance(name, str):
        raise ValueError(f"Expecting a string device name. Got {type(name)}({name})")
    kind, index = _parsed(name)
    if kind is None:
        return context.device
    if kind == "CPU" and 0 < index < settings.logical_cpus:
        return host
    wanted = Device(kind, index)
    found = [d for d in devices() if d.name == wanted.name]
    if not found and not settings.soft_device_placement:
        raise InvalidArgumentError(
            f"Could not satisfy device specification '{wanted.name}'. enable_soft_placement=0. "
            f"All available devices [{', '.join(d.name for d in devices())}]. Turn on "
            "tf.config.set_soft_device_placement(True) to let the CPU take its place."
        )
    return found[0] if found else host


def _parsed(name):
    """(type, index) of a device's name; (None, 0) where it says nothing of them."""
    kind, index = None, 0
    for part in filter(None, name.split("/")):
        key, *rest = part.split(":")
        if key in ("job", "replica", "task"):
            if f"/{part}" not in TASK:
                raise InvalidArgumentError(f"{name} unknown device: there is only {TASK}.")
            continue
        if key == "device":
            key, *rest = *rest, ""
        elif key.upper() not in {"CPU", "GPU", "TPU", *_backends}:
            raise ValueError(
                f"Unknown attribute {key!r} is encountered while parsing the device spec: {name!r}."
                " Write it as in '/CPU:0'."
            )
        kind, index = key.upper(), int(rest[0] or 0) if rest and rest[0] != "*" else 0
    return kind, index
