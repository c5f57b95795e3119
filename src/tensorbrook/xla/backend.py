"""The XLA backends: graphs as programs of JAX, on accelerators and, where asked for, on the CPU."""

import os
from functools import partial
from itertools import starmap
from sys import getrefcount

from ..core.backend import Backend, Executable, HostBackend, devices, host, register
from ..core.claims import exclusively
from ..core.tensor import wrap
from ..graph.custom import without_custom_gradients
from ..graph.parts import runs_in_parts
from ..graph.passes import optimize
from ..graph.reference import ArrayExecutable, on_numpy
from . import attention as attention  # provides hooks.flash_attention
from .found import accelerators
from .memory import explained, nbytes, parts_of, sizes_of
from .programs import HOST_ONLY, Programs, ended, in_parts
from .programs import explained as lines_of
from .sharding import sharding_of
from .tensors import (
    SPREAD,
    XlaTensor,
    anchored,
    is_spread,
    jax_device,
    jax_runs,
    joined,
    limit_of,
    meeting,
    near,
    prepared,
    spread_out,
    to_device,
    wide,
)


class Xla(HostBackend):
    """Programs of JAX on the CPU, whose results and variables stay JAX's arrays."""

    name, loops, platform = "xla", True, "cpu"

    def available(self):
        """False: on the CPU it is there for those who ask for it."""
        return False

    def is_one_program(self, graph):
        """False for graphs with strings, sizes that data tell, or gradients of filters,
        for which XLA's CPU takes 100 times as long in a loop.
        """
        slow = any(node.op.name == "conv_filter_gradient" for node in graph.nodes)
        return not (slow or runs_in_parts(graph, HOST_ONLY))

    def compile(self, graph, variables, written, device=host):
        """The graph as one program for each set of sizes; in parts where it holds strings."""
        return compiled(graph, variables, written, device)

    def put(self, tensor, device, sharding=None):
        """The tensor itself where it is the host's; as an array of JAX where it is spread."""
        if sharding is not None:
            return spread(tensor, device, sharding)
        if tensor.__class__ is XlaTensor and tensor._place is host:
            return tensor
        return HostBackend.put(self, tensor, device)

    def hold(self, tensor, device):
        """A new tensor around the same array, be it JAX's or NumPy's."""
        if tensor.__class__ is XlaTensor and tensor._place is host:
            return XlaTensor(tensor._value, host)
        return wrap(tensor.host())

    def bring(self, tensor, device):
        """An array of JAX in the CPU's memory."""
        return XlaTensor(to_device(tensor, device), device)


_DLPACK = {"cuda": 2, "rocm": 10}  # DLPack's numbers of the platforms that others share with


class Accelerator(Backend):
    """Devices that JAX knows.

    Args:
      device_type: what TensorFlow calls them, such as "GPU".
      platform: what JAX calls them, such as "cuda".
      count: how many there are.
    """

    name, loops = "xla", True

    def __init__(self, device_type, platform, count):
        self.device_type, self.platform, self._count = device_type, platform, count
        self.growth = False  # whether memory is taken as it is needed
        self.flash = platform == "cuda"

    def device_count(self):
        """How many of them there are."""
        return self._count

    def is_one_program(self, graph):
        """False for graphs with strings, or with sizes that data tell."""
        return not runs_in_parts(graph, HOST_ONLY)

    def compile(self, graph, variables, written, device):
        """The graph as one program for each set of sizes; in parts where it holds strings."""
        return compiled(graph, variables, written, device)

    def put(self, tensor, device, sharding=None):
        """The tensor's value on a device, or spread over several; strings stay on the host."""
        if tensor._dtype == object:
            return tensor
        if sharding is not None:
            return spread(tensor, device, sharding)
        return XlaTensor(to_device(tensor, device), device)

    def hold(self, tensor, device):
        """A new tensor around the same array, once it is there."""
        if tensor._dtype == object:
            return tensor
        owner = tensor._owner if tensor.__class__ is XlaTensor else None
        return XlaTensor(to_device(tensor, device), device, owner)

    def share(self, array):
        """A tensor around a foreign array's memory, which is never given to a program."""
        if array.__dlpack_device__()[0] != _DLPACK.get(self.platform):
            return None
        import jax

        with wide():
            value = jax.dlpack.from_dlpack(array)
        (there,) = value.devices()
        place = next(d for d in devices(self.device_type) if jax_device(d) == there)
        return XlaTensor(value, place, owner=value)

    def set_growth(self, enable):
        """Whether memory is taken as it is needed.

        Raises:
          RuntimeError: JAX runs already.
        """
        if jax_runs():
            raise RuntimeError("Physical devices cannot be modified after being initialized")
        self.growth = enable
        os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = str(not enable).lower()

    def room(self, device):
        """A quarter of what is free."""
        stats = jax_device(device).memory_stats()
        return (stats["bytes_limit"] - stats["bytes_in_use"]) // 4 if stats else None

    def memory(self, device):
        """{"current": bytes in use, "peak": the most there were}; what JAX does not count is 0."""
        stats = jax_device(device).memory_stats() or {}
        return {
            "current": stats.get("bytes_in_use", 0),
            "peak": stats.get("peak_bytes_in_use", 0),
        }

    def details(self, device):
        """What is known of a device: its name, and the compute capability of an NVIDIA GPU."""
        found = jax_device(device)
        details = {"device_name": found.device_kind}
        capability = getattr(found, "compute_capability", None)
        if capability is not None:
            details["compute_capability"] = tuple(map(int, str(capability).split(".")))
        return details


def spread(tensor, device, sharding):
    """A tensor whose value is spread over devices as a sharding of JAX says."""
    SPREAD[:] = [True]
    is_there = tensor.__class__ is XlaTensor and tensor._value.devices() == sharding.device_set
    value = tensor._value if is_there else tensor.host()
    return XlaTensor(spread_out(value, sharding), device)


# -- programs --------------------------------------------------------------------------------------


def compiled(graph, variables, written, device):
    """The Executable of a graph for a device."""
    graph = optimize(without_custom_gradients(graph))
    if any(v._declared_shape is not None for v in variables):
        why = "a variable has an unknown shape"
        return on_numpy(graph, variables, written, why, device.put_array)
    if runs_in_parts(graph, HOST_ONLY):
        parts = in_parts(graph, device)
        put = device.put_array
        return ArrayExecutable(graph, variables, written, parts, parts.explain, put)
    return XlaExecutable(graph, variables, written, device)


class XlaExecutable(Executable):
    """A graph as programs that JAX compiles, one for each set of the sizes that it leaves open.

    The arrays of variables that it writes are given away to it, where nobody else has them.
    """

    def __init__(self, graph, variables, written, device):
        super().__init__(variables, written)
        self.graph, self._device = graph, device
        self._count = len(graph.outputs) - len(written)
        self._given = len(graph.inputs) - len(variables)
        self._programs = Programs(graph, partial(_jitted, executable=self))
        self._may_fail = _calls_host(graph)  # kernels on the host raise what users are to see
        self._brought = {}  # by the number of a variable only read: the tensor and its array

    def run(self, tensors):
        """The results; the variables written get new tensors."""
        device = self._device
        given, spread = self._given_to(tensors)

        def run(held):
            state, made = [_to_give(held, i, device, spread) for i in range(len(held))], []
            program = self._program(tensors)
            try:
                with wide():
                    # one call of C: no signal comes between the end of it and its results
                    made.extend(starmap(program, ((anchored(given, state, device), state),)))
                if self._may_fail:
                    ended(made[0])
            except RuntimeError as fault:
                made.clear()
                raise self._explained(fault, program, given, state) from None
            finally:
                if made:
                    held[:] = [XlaTensor(a, device) for a in made[0][self._count :]]
            return [XlaTensor(a, device) for a in made[0][: self._count]]

        return exclusively(self.written_states, run) if self.written else run([])

    def _program(self, tensors):
        return self._programs.of([x._shape for x in tensors])  # variables leave no sizes open

    def _given_to(self, tensors):
        """The arrays of arguments and of variables only read; how what is spread lies, or None."""
        read = [*tensors, *self._read()]
        spread = meeting([*(v._tensor for v in self.written), *read])
        if spread is None:
            return near(read, self._device), None
        return [joined(t, spread) for t in read], spread

    def compiled(self, tensors):
        """JAX's Compiled of the program for some arguments: `as_text()`, `cost_analysis()`."""
        given, spread = self._given_to(tensors)
        held = [v._tensor for v in self.written]
        state = [_to_give(held, i, self._device, spread) for i in range(len(held))]
        with wide():
            return self._program(tensors).lower(given, state).compile()

    def _read(self):
        """The tensors of the variables only read; those of NumPy are brought once."""
        found = [v._tensor for v in self.only_read]
        for i, tensor in enumerate(found):
            if tensor.__class__ is not XlaTensor or tensor._place is not self._device:
                before, brought = self._brought.get(i, (None, None))
                if before is not tensor:
                    brought = XlaTensor(to_device(tensor, self._device), self._device)
                    self._brought[i] = tensor, brought
                found[i] = brought
        return found

    def on(self, variables, written):
        """The same with other variables, of equal shapes and dtypes."""
        made = super().on(variables, written)
        made._brought = {}
        return made

    def explain(self):
        """Lines of text: what runs on the host."""
        return lines_of(self.graph, "one program")

    def _explained(self, fault, program, given, state):
        """What to raise for a fault of a program."""
        import jax

        from .rules import told

        fault = told(fault)
        if not isinstance(fault, jax.errors.JaxRuntimeError):
            return fault
        first = given[: self._given]
        graph = self.graph.at_sizes(self._programs.sizes([array.shape for array in first]))
        values = [*graph.inputs, *(v for node in graph.nodes for v in node.outputs)]
        like = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), (given, state))
        with wide():
            parts = parts_of(lambda: program.lower(*like).compile())
        if parts:
            parts["variables"] = sum(map(nbytes, graph.inputs[self._given :]))
        batch = next((a.shape[0] for a in first if a.ndim), None)
        limit = limit_of(self._device)
        return explained(fault, self.graph.name, sizes_of(values), limit, parts, batch)


def _jitted(graph, executable):
    """A program: function of the arrays given with those only read, and of those written."""
    import jax

    from .rules import function_of

    prepared()
    run, count, order = function_of(graph), executable._given, list(executable.order)
    first = executable._count
    places = [sharding_of(v) for v in executable.written]

    def program(given, written):
        values = [*given[count:], *written]
        found = run(*given[:count], *[values[i] for i in order])
        for i, place in enumerate(places, first):
            if place is not None:  # what is spread stays where it is
                found[i] = jax.lax.with_sharding_constraint(found[i], place)
        return found

    return jax.jit(program, donate_argnums=() if executable._may_fail else 1)


def _calls_host(graph):
    from .rules import unruled

    return bool(unruled(graph))


def _alone():
    box = [object()]
    only = box[0]
    return getrefcount(only)


_ALONE = _alone()  # what getrefcount tells of an object that one place and one name hold


def _to_give(held, i, device, spread):
    """The array of a variable that a program may write over: a copy where others hold it."""
    tensor = held[i]
    if spread is not None and not (tensor.__class__ is XlaTensor and is_spread(tensor._value)):
        return joined(tensor, spread)
    if tensor.__class__ is XlaTensor and tensor._place is device:
        if getrefcount(tensor) > _ALONE:
            return tensor._value.copy()
        value = tensor._value
        return value if getrefcount(value) <= _ALONE else value.copy()
    return to_device(tensor, device)


register(Xla())
for _kind, _platform, _count in accelerators():
    register(Accelerator(_kind, _platform, _count), preferred=True)
