"""XlaTensor: a tensor whose value is an array of JAX; and primitives run on such, one by one."""

import sys
import warnings
from contextlib import suppress
from functools import cache, lru_cache
from importlib.util import find_spec
from operator import attrgetter

import numpy as np

from ..base.dims import has_dims, symbols_of
from ..base.errors import OpError, TraceBreak, UnavailableError
from ..compiler.cache import limit, own_folder
from ..core.backend import host
from ..core.dispatch import current_trace, explain, specs_of
from ..core.op import Spec
from ..core.tensor import Tensor, wrap
from ..graph.ir import Node
from .memory import explained, sizes_of

SPREAD = []  # not empty once a value was spread over devices: until then nobody needs to ask
_REMEMBERED = 4096  # primitives with their attrs, shapes and dtypes, each a small program


class XlaTensor(Tensor):
    """A tensor whose value lies on an accelerator, or on several.

    Args:
      value: the jax.Array.
      place: the Device (core/backend.py) that it belongs to; the first of several.
      owner: something that refers to the value where its memory is not ours alone: programs, which
        write over what nobody else holds, then leave it.
    """

    __slots__ = ("_owner", "_place", "_value")
    _shape = property(attrgetter("_value.shape"))
    _dtype = property(attrgetter("_value.dtype"))
    device = property(lambda self: self._place.name, doc="The full name of the device.")

    def __init__(self, value, place, owner=None):
        self._value, self._place, self._owner = value, place, owner

    @property
    def _array(self):
        value = self._value
        if not (value.is_fully_addressable or value.is_fully_replicated):  # other processes' parts
            value = spread_out(value, _whole(value.sharding))
        return np.asarray(value)

    def _is_ready(self):
        return self._value.is_ready()

    def cpu(self):
        """The same tensor on the CPU."""
        return wrap(self._array)

    def __dlpack__(self, **kwargs):
        return self._value.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return self._value.__dlpack_device__()

    def _interpret(self, op, inputs, attrs):
        for x in inputs:
            if not x.is_eager:
                return x._interpret(op, inputs, attrs)
        trace = current_trace()
        if trace is not None and (op.effect or symbols_of(list(attrs.values()))):
            return trace.record(op, inputs, attrs)
        program = None if self._on_host() else _found(op, inputs, attrs)
        if program is None:
            return self._run_kernel(op, inputs, attrs)
        try:
            with wide():
                found = program(*near(inputs, self._place))
        except RuntimeError as fault:
            limit = limit_of(self._place)
            raise explained(fault, op.name, program.tensors(), limit) from None
        found = [XlaTensor(f, self._place) for f in found]
        return found[0] if program.is_single else tuple(found)

    def _on_host(self):
        """Whether it is the CPU's own memory, where NumPy's kernels are at hand."""
        return self._place is host and not is_spread(self._value)

    def _run_kernel(self, op, inputs, attrs):
        """The results of the primitive's kernel on the host, back on the device."""
        try:
            found = op.kernel(*[x.host() for x in inputs], **attrs)
        except OpError:
            raise
        except (ValueError, TypeError, IndexError, ArithmeticError) as fault:
            raise explain(op, inputs, attrs, fault) from None
        if type(found) is tuple:
            return tuple([self._place.put(wrap(f)) for f in found])
        return self._place.put(wrap(found))


def near(tensors, place):
    """The arrays of tensors, for one program: all of them on the devices of one.

    Where a tensor is spread over devices the others join it there; else they go to `place`.
    """
    sharding = meeting(tensors)
    if sharding is not None:
        return [joined(t, sharding) for t in tensors]
    return [
        to_device(t, place) if t.__class__ is XlaTensor else t.host()  # JAX puts it there
        for t in tensors
    ]


def anchored(arrays, others, place):
    """Arrays for a program, of which one at least is on its device: NumPy's then follow."""
    if any([a.__class__ is not np.ndarray for a in (*arrays, *others)]):
        return arrays
    import jax

    with wide():
        return [jax.device_put(a, jax_device(place)) for a in arrays]


def meeting(tensors):
    """The sharding of the first of some tensors that is spread over devices; None without any."""
    if not SPREAD:
        return None
    values = (t._value for t in tensors if t.__class__ is XlaTensor)
    return next((value.sharding for value in values if is_spread(value)), None)


def is_spread(value):
    """Whether an array lies on several devices."""
    return len(value.devices()) > 1


def to_device(tensor, place):
    """The array of a tensor on a place's device; the same one where it lies there.

    JAX would make a second array of one memory, and nobody could tell who holds that.
    """
    import jax

    is_ours = tensor.__class__ is XlaTensor
    if is_ours and tensor._place is place:
        return tensor._value
    value = tensor._value if is_ours else tensor.host()
    with wide():
        return jax.device_put(value, jax_device(place))


def jax_device(place):
    """JAX's device of a Device.

    Raises:
      UnavailableError: JAX cannot use it.
    """
    import jax

    platform = "cpu" if place is host else place.backend.platform
    try:
        return jax.local_devices(backend=platform)[place.number]
    except (RuntimeError, IndexError) as fault:
        raise UnavailableError(
            f"{place.name} is there, and JAX cannot use it ({fault}). Mend JAX's installation for "
            f"it, or run on the CPU with TENSORBROOK_BACKEND=native."
        ) from None


def jax_runs():
    """Whether JAX has taken hold of its devices."""
    bridge = sys.modules.get("jax._src.xla_bridge")
    return bridge is not None and bridge.backends_are_initialized()


def limit_of(place):
    """The bytes that a device has for arrays; None where it does not tell."""
    stats = jax_device(place).memory_stats()
    return stats.get("bytes_limit") if stats else None


@cache
def prepared():
    """Sets JAX up for programs: compiled ones are kept on disk, unless the user says where."""
    import jax

    warnings.filterwarnings("ignore", "Some donated buffers were not usable")
    bounded = find_spec("filelock") is not None  # JAX needs it to keep its cache within a size
    if jax.config.jax_compilation_cache_dir is None and limit() and bounded:
        with suppress(OSError, AttributeError):
            jax.config.update("jax_compilation_cache_dir", str(own_folder(make=True) / "xla"))
            jax.config.update("jax_compilation_cache_max_size", limit())
            jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)


def wide():
    """A context in which JAX has 64 bits, whatever the program's own use of it has."""
    import jax

    return jax.enable_x64(True)


def joined(tensor, sharding):
    """The array of a tensor on the devices of a sharding: as it lies there, or whole on each."""
    if tensor.__class__ is XlaTensor and tensor._value.devices() == sharding.device_set:
        return tensor._value
    return spread_out(tensor.host(), _whole(sharding))


def _whole(sharding):
    """The sharding by which each device of another one has all."""
    import jax

    return jax.sharding.NamedSharding(sharding.mesh, jax.sharding.PartitionSpec())


def spread_out(value, sharding):
    """An array on the devices of a sharding; one of NumPy is the same in all processes."""
    import jax

    with wide():
        if sharding.is_fully_addressable or value.__class__ is not np.ndarray:
            return jax.device_put(value, sharding)
        return jax.make_array_from_callback(value.shape, sharding, lambda part: value[part])


# -- programs of one primitive ---------------------------------------------------------------------


class _Call:
    """A primitive with its attrs, and the shapes and dtypes of its operands: a key."""

    __slots__ = ("attrs", "key", "op", "specs")

    def __init__(self, op, attrs, specs):
        self.op, self.attrs, self.specs = op, attrs, specs
        self.key = op.name, _frozen(attrs), *specs

    def __hash__(self):
        return hash(self.key)

    def __eq__(self, other):
        return self.key == other.key


def _frozen(value):
    """What tells values of attrs apart, also 1 from 1.0 and 0.0 from -0.0."""
    if value.__class__ is dict:
        return tuple([(k, _frozen(v)) for k, v in value.items()])
    if isinstance(value, tuple | list):
        return (value.__class__, *map(_frozen, value))
    if isinstance(value, float | np.floating):
        return value.__class__, str(value)
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    return value.__class__, value


def _found(op, inputs, attrs):
    """The _Program of a primitive, or None where the host's kernel has to run."""
    return _program(_Call(op, attrs, specs_of(inputs)))


@lru_cache(_REMEMBERED)
def _program(call):
    op = call.op
    if op.effect or any(s.dtype == object for s in call.specs):
        return None
    try:
        outputs = op.infer(*call.specs, **call.attrs)
    except TraceBreak:
        return None
    is_single = isinstance(outputs, Spec)
    outputs = (outputs,) if is_single else outputs
    node = Node(op, tuple(call.specs), call.attrs, tuple(outputs))
    from .rules import has_rule

    if has_dims([o.shape for o in outputs]) or not has_rule(node):
        return None
    return _Program(node, is_single)


class _Program:
    """A primitive as a program of JAX."""

    def __init__(self, node, is_single):
        import jax

        from .rules import run_node

        self._node, self.is_single = node, is_single
        self._run = jax.jit(lambda *arrays: run_node(node, arrays))

    def __call__(self, *arrays):
        return self._run(*arrays)

    def tensors(self):
        """(what, bytes) of its operands and results."""
        return sizes_of([*self._node.inputs, *self._node.outputs])
