"""What TensorFlow 2 keeps of TensorFlow 1's graphs and processes, as far as it has a sense here.

Operations run at once, in a `tf.Graph` as elsewhere.
"""

import contextlib
import logging
import re
import threading
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .base import nest
from .base.context import context
from .base.dtypes import as_dtype
from .base.names import scoped
from .core.dispatch import current_trace, tensor_of
from .core.tensor import as_array
from .function.function import Function
from .ops.decoding import array_of_message, tensor_message
from .saved_model.frozen import GraphNode, GraphTensor, ImportedGraph, names_of, pruned


class AggregationMethod:
    """How `tf.gradients` was to add up gradients; of no effect."""

    DEFAULT = ADD_N = 0
    EXPERIMENTAL_TREE = 1
    EXPERIMENTAL_ACCUMULATE_N = 2


class Operation:
    """A node of TensorFlow's graphs; there are none here, and no value is of this class."""

    def __init__(self, *args, **kwargs):
        raise NotImplementedError(
            "[tf.Operation] operations run at once and leave no nodes: call the function itself."
        )


class Graph:
    """A context in which operations run at once, as everywhere; it records none.

    What `tf.import_graph_def` imports in it is kept, and computed by name: `wrap_function`,
    `Session.run`.

    Example:
    >>> with tf.Graph().as_default():
    ...     print((tf.constant(1) + 2).numpy())
    3
    """

    def __init__(self):
        self.seed, self._collections, self._imported = None, {}, {}

    @contextlib.contextmanager
    def as_default(self):
        """A context that is the graph; names of variables start anew in it."""
        outer, context.name_scope = context.name_scope, ""
        _graphs.append(self)
        try:
            yield self
        finally:
            _graphs.remove(self)
            context.name_scope = outer

    def get_operations(self):
        """The nodes of imported graphs; others are not recorded."""
        return [
            GraphNode(prefix + node.name, node.type)
            for prefix, graph in self._imported.items()
            for node in graph.nodes()
        ]

    def unique_name(self, name, mark_as_used=True) -> str:
        """A name with the open scopes before it; no names are counted."""
        return scoped(name)

    def add_to_collection(self, name, value):
        """Appends a value to a list of the graph."""
        self._collections.setdefault(name, []).append(value)

    def get_collection(self, name, scope=None):
        """The values that were added to a list, those whose names begin with `scope`."""
        found = self._collections.get(name, [])
        return [v for v in found if scope is None or getattr(v, "name", "").startswith(scope)]

    def _found(self, name):
        """(the imported graph with this tensor, its name there)."""
        for prefix, graph in self._imported.items():
            if name.startswith(prefix) and name[len(prefix) :] in graph:
                return graph, name[len(prefix) :]
        raise KeyError(
            f"The name {name!r} refers to a Tensor which does not exist: only those of imported "
            "graphs are kept by name. Return the tensor from a tf.function, or read layer.output "
            "of a Keras model."
        )

    def get_tensor_by_name(self, name):
        """A tensor of an imported graph.

        Raises:
          KeyError: there is none of this name.
        """
        self._found(name)
        return GraphTensor(self, name)

    def get_operation_by_name(self, name):
        """A node of an imported graph.

        Raises:
          KeyError: there is none of this name.
        """
        graph, own = self._found(name)
        return GraphNode(name, graph.body.nodes[own].op)

    def as_graph_element(self, obj, allow_tensor=True, allow_operation=True):
        """The tensor of an imported graph with a name, as "node:0"; `obj` if it is one already."""
        return self.get_tensor_by_name(obj) if isinstance(obj, str) else obj

    def as_graph_def(self, *args, **kwargs):
        """The GraphDef that was imported.

        Raises:
          NotImplementedError: none was, or several.
        """
        if len(self._imported) != 1:
            raise NotImplementedError(
                "[tf.Graph] there is no GraphDef: f.get_concrete_function(...).graph_text() shows "
                "the graph of a tf.function, tf.saved_model.save writes it."
            )
        return next(iter(self._imported.values())).body.library.graph

    def function(self, feeds, fetches):
        """A function of the tensors `feeds` of an imported graph that returns `fetches`."""
        feeds, fetches = names_of(feeds), names_of(fetches)
        found = [self._found(name) for name in nest.flatten([feeds, fetches])]
        if len({id(graph) for graph, _ in found}) != 1:
            raise NotImplementedError("[tf.Graph] tensors of several imported graphs at once.")
        own = iter([name for _, name in found])
        names = nest.pack_sequence_as(
            [feeds, fetches], [next(own) for _ in nest.flatten([feeds, fetches])]
        )
        return pruned(found[0][0], *names)


_graphs = []  # those that are entered, the innermost last


def current_graph():
    """The graph that is open, or a new one."""
    return _graphs[-1] if _graphs else Graph()


def import_graph_def(
    graph_def, input_map=None, return_elements=None, name=None, op_dict=None, producer_op_list=None
):
    """Takes over a GraphDef, such as a frozen graph: its nodes become calls of our functions.

    Args:
      graph_def: the message.
      input_map: a dict from names of its tensors to tensors to use in their places.
      return_elements: names of tensors to return.
      name: what the names begin with in the graph that is open; "import" by default.
      op_dict, producer_op_list: of no effect.

    Returns:
      A list: the tensors of `return_elements`, computed where all placeholders that they need are
      mapped; else what stands for them in `tf.compat.v1.wrap_function(...).prune`. None without.

    Raises:
      InvalidArgumentError: the graph breaks a bound, or does not fit together.
      NotImplementedError: an op without a rule, named with its node.
    """
    graph = ImportedGraph(graph_def)
    inputs = {key.partition(":")[0]: value for key, value in (input_map or {}).items()}
    prefix = "import/" if name is None else name and name + "/"
    if _graphs:
        _graphs[-1]._imported[prefix] = graph
    if return_elements is None:
        return None
    elements = list(return_elements)
    if graph.missing(elements, inputs):
        return [GraphTensor(_graphs[-1] if _graphs else None, prefix + one) for one in elements]
    return graph.function(list(inputs), elements)(*map(tensor_of, inputs.values()))


class WrappedFunction:
    """What `tf.compat.v1.wrap_function` makes.

    Attributes:
      graph: has what the function imported, by name.
    """

    def __init__(self, fn, signature):
        self.graph, self._function, self._result = Graph(), None, None
        with self.graph.as_default():
            if signature:
                self._function = Function(fn, input_signature=signature)
            else:
                self._result = fn()

    def __call__(self, *args: Any, **kwargs: Any):
        return self._result if self._function is None else self._function(*args, **kwargs)

    def prune(self, feeds, fetches, name=None, input_signature=None):
        """A function of the tensors `feeds` that returns `fetches`, both of an imported graph.

        Args:
          feeds, fetches: names, what `graph.get_tensor_by_name` gave, or structures of these.
        """
        return self.graph.function(feeds, fetches)


def wrap_function(fn, signature, name=None):
    """A function whose imported graph can be run by the names of its tensors.

    Args:
      fn: the function: one without arguments that calls `tf.import_graph_def`, or one of tensors.
      signature: the TensorSpecs of its arguments.

    Example:
    >>> graph_def = tf.compat.v1.GraphDef()
    >>> node = graph_def.node.add(name="x", op="Placeholder")
    >>> node = graph_def.node.add(name="y", op="Square")
    >>> node.input.append("x")
    >>> f = tf.compat.v1.wrap_function(lambda: tf.import_graph_def(graph_def, name=""), [])
    >>> f.prune("x:0", "y:0")(tf.constant(3.0)).numpy()
    np.float32(9.0)
    """
    return WrappedFunction(fn, signature)


class RegisterGradient:
    """Gradients belong to functions here: decorates that of an operation of a library, such as
    "Addons>Resampler", which never runs.

    Raises:
      NotImplementedError: for another operation, with the way around.
    """

    def __init__(self, op_type):
        if ">" not in op_type:
            raise NotImplementedError(
                f"[RegisterGradient] {op_type!r}: use tf.custom_gradient on the function."
            )

    def __call__(self, f):
        return f


def no_gradient(op_type):
    """As `RegisterGradient`.

    Raises:
      NotImplementedError: as there, with the way around.
    """
    if ">" not in op_type:
        raise NotImplementedError(f"[no_gradient] {op_type!r}: use tf.stop_gradient on the result.")


def load_library(library_location):
    """Not built: compiled operations of TensorFlow do not run here.

    Raises:
      NotImplementedError: always, with the way around.
    """
    raise NotImplementedError(
        f"[load_library] {library_location!r}: operations compiled for TensorFlow do not run here. "
        "Write the function over tensors, or call it with tf.numpy_function."
    )


load_op_library = load_library


def nondifferentiable_batch_function(*args, **kwargs):
    """Not built: a server's batches.

    Raises:
      NotImplementedError: always, with the way around.
    """
    raise NotImplementedError(
        "[nondifferentiable_batch_function] is not built: join the requests, and call the "
        "tf.function on the batch."
    )


def get_logger():
    """The logger "tensorflow" of the logging module, at the level WARNING.

    Example:
    >>> tf.get_logger().name
    'tensorflow'
    """
    logger = logging.getLogger("tensorflow")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.WARNING)
    return logger


def get_current_name_scope():
    """The open name scopes, joined.

    Example:
    >>> with tf.name_scope("a"), tf.name_scope("b"):
    ...     tf.get_current_name_scope()
    'a/b'
    """
    return context.name_scope


def inside_function():
    """Whether a `tf.function` is being traced.

    Example:
    >>> tf.inside_function()
    False
    """
    return current_trace() is not None


def is_symbolic_tensor(tensor):
    """Whether a tensor has no value yet: one of a trace, or a Keras input.

    Example:
    >>> tf.is_symbolic_tensor(tf.constant(1))
    False
    """
    return hasattr(tensor, "_shape") and not getattr(tensor, "is_eager", True)


def check_pinned(tensor, name=None):
    """`tensor`, which lies in the memory of the CPU."""
    return tensor


class CriticalSection:
    """Lets one thread at a time run functions.

    Args:
      name, shared_name: sections of one `shared_name` are one.

    Example:
    >>> section = tf.CriticalSection()
    >>> section.execute(lambda: tf.constant(1) + 1).numpy()
    np.int32(2)
    """

    _shared: ClassVar[dict] = {}

    def __init__(self, name=None, shared_name=None, critical_section_def=None, import_scope=None):
        if critical_section_def is not None or import_scope is not None:
            raise NotImplementedError("[CriticalSection] critical_section_def belongs to graphs.")
        self.name, own = name or "critical_section", threading.RLock()
        self._lock = own if shared_name is None else self._shared.setdefault(shared_name, own)

    def execute(self, fn, exclusive_resource_access=True, name=None):
        """`fn()`, run while no other thread is in the section."""
        with self._lock:
            return fn()


_PARTS = ("job", "replica", "task", "device_type", "device_index")


@dataclass(frozen=True)
class DeviceSpec:
    """The parts of a device's name; None for those that are open.

    Example:
    >>> tf.DeviceSpec(job="worker", device_type="CPU", device_index=0).to_string()
    '/job:worker/device:CPU:0'
    >>> tf.DeviceSpec.from_string("/job:ps/task:2").task
    2
    """

    job: str | None = None
    replica: int | None = None
    task: int | None = None
    device_type: str | None = None
    device_index: int | None = None

    def to_string(self):
        """The name."""
        parts = [f"/{p}:{getattr(self, p)}" for p in _PARTS[:3] if getattr(self, p) is not None]
        if self.device_type is not None:
            index = "*" if self.device_index is None else self.device_index
            parts.append(f"/device:{self.device_type}:{index}")
        return "".join(parts)

    @classmethod
    def from_string(cls, spec):
        """The spec of a name.

        Raises:
          ValueError: no device's name.
        """
        found = {}
        for part in filter(None, spec.split("/")):
            if match := re.fullmatch(r"(job|replica|task):(\w+)", part):
                key, value = match.groups()
                found[key] = value if key == "job" else int(value)
            elif match := re.fullmatch(r"(?:device:)?([A-Za-z_]+):(\d+|\*)", part):
                found["device_type"] = match[1].upper()
                found["device_index"] = None if match[2] == "*" else int(match[2])
            else:
                raise ValueError(f"Unknown attribute '{part}' is encountered while parsing {spec}.")
        return cls(**found)

    def replace(self, **kwargs):
        """A copy with other parts."""
        return DeviceSpec(**{**{p: getattr(self, p) for p in _PARTS}, **kwargs})

    def make_merged_spec(self, dev):
        """A copy with the parts of `dev` that are given there."""
        given = {p: getattr(dev, p) for p in _PARTS if getattr(dev, p) is not None}
        return self.replace(**given)

    def parse_from_string(self, spec):
        """The spec of a name."""
        return self.from_string(spec)


# -- tensors as messages ---------------------------------------------------------------------------


def make_tensor_proto(values, dtype=None, shape=None, verify_shape=False, allow_broadcast=False):
    """Values as a message.

    Args:
      values: what a tensor can be made of.
      dtype, shape: by default those of the values.
      verify_shape: refuse another shape than the values'.
      allow_broadcast: let one value fill the shape.

    Raises:
      TypeError: another shape, with verify_shape. ValueError: a shape of another size.

    Example:
    >>> proto = tf.make_tensor_proto([1, 2])
    >>> proto.tensor_content, tf.make_ndarray(proto)
    (b'\\x01\\x00\\x00\\x00\\x02\\x00\\x00\\x00', array([1, 2], dtype=int32))
    """
    numpy_dtype = None if dtype is None else as_dtype(dtype).numpy_dtype
    array = np.asarray(as_array(values, numpy_dtype))
    if shape is not None:
        wanted = tuple(shape)
        if verify_shape and array.shape != wanted:
            raise TypeError(f"Expected Tensor's shape: {wanted}, got {array.shape}.")
        if allow_broadcast and array.size == 1:
            array = np.full(wanted, array.reshape(())[()], array.dtype)
        array = array.reshape(wanted)
    return tensor_message(array)


def make_ndarray(tensor):
    """The array of a TensorProto, such as `make_tensor_proto` makes.

    Raises:
      InvalidArgumentError: its shape, dtype and values do not go together.

    Example:
    >>> tf.make_ndarray(tf.make_tensor_proto(1.5))
    array(1.5, dtype=float32)
    """
    return array_of_message(tensor)
