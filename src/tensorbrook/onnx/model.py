"""Functions as models of ONNX, in files."""

import inspect
import os
from glob import escape, glob

import numpy as np

from ..base import nest
from ..base.files import path_of, replacing
from ..base.messages import BYTES, varint
from ..core.spec import TensorSpec
from ..formats.onnx_messages import Entry, GraphProto, ModelProto, TensorProto
from ..function.concrete import ConcreteFunction
from ..function.opened import open_function
from ..graph.passes import optimize
from . import rules
from .writer import TYPES, VERSIONS, Writer, tensor, value_info

_IR_VERSION = 9  # that of ONNX 1.14
_MOST = (1 << 31) - (1 << 24)  # bytes of weights in the model's file, which has 2 GB at most
_OF_ITS_OWN = 1 << 10  # bytes of a weight that goes into a file beside the model


def export(function, path, input_signature=None, verbose=False):
    """Writes a tf.function as a model of ONNX, which ONNX Runtime and others run.

    Variables become constants of the model. Unknown dimensions stay unknown. Weights of more than
    2 GB go into a file of their own beside it, whose name begins with `path`.

    Args:
      function: a `tf.function`, one of its concrete functions, or a plain function of tensors. The
        inputs are called as their specs are, or as its parameters; outputs as a dict's keys.
      path: the file's name.
      input_signature: `tf.TensorSpec`s of the arguments, where the function has none of its own.
      verbose: whether to print what was written.

    Raises:
      NotImplementedError: the function uses what ONNX has no counterpart of; the message names the
        primitive and its node.
      ValueError: the function cannot be traced, or assigns to variables.

    Example:
    >>> w = tf.Variable([[1.0], [2.0]])
    >>> f = tf.function(lambda x: tf.nn.relu(x @ w), input_signature=[tf.TensorSpec([None, 2])])
    >>> tf.onnx.export(f, "layer.onnx", verbose=True)
    layer.onnx: 3 operators (opset 19), x float32[batch,2] -> y0 float32[batch,1]
    """
    names = None
    if not isinstance(function, ConcreteFunction):
        specs = input_signature
        if specs is None:
            specs = getattr(function, "input_signature", None)
        if specs is None:
            raise ValueError(
                "tf.onnx.export: the function has no input_signature: give "
                "input_signature=[tf.TensorSpec(shape, dtype), ...], with None for open sizes."
            )
        names = _parameters(function)
        function = open_function(function, specs)
    model = model_of(function, names)
    model.write(path)
    if verbose:
        print(f"{path_of(path)}: {model}")


def model_of(concrete, input_names=None, output_names=None, weight_names=None):
    """A concrete function as a Model.

    Args:
      concrete: a ConcreteFunction.
      input_names, output_names: of its tensors, used where the arguments and results have none:
        specs with a name, keys of a dict; by default x0, x1, ... and y0, y1, ...
      weight_names: dict from ids of variables to names.
    """
    graph = optimize(concrete.graph)
    writer = Writer()
    count = len(graph.inputs) - len(concrete.variables)
    results = len(graph.outputs) - len(concrete._written)
    arguments, keywords = concrete.structured_input_signature
    arguments = arguments[0] if len(arguments) == 1 and not keywords else (arguments, keywords)
    given = _names(writer, _named(arguments, input_names, count, "x"))
    wanted = _names(writer, _named(concrete.structured_outputs, output_names, results, "y"))
    names = list(given)
    for variable in concrete.variables:
        name = (weight_names or {}).get(id(variable)) or variable.name.split(":")[0]
        names.append(writer.constant(variable._read().host(), name))
    graph.outputs = graph.outputs[:results]
    graph = graph.without_dead_nodes()
    _check_assignments(concrete, graph)
    found = writer.run(graph, names)
    inputs = [value_info(n, v.shape, v.dtype) for n, v in zip(given, graph.inputs)]
    outputs = [(f, v.shape, v.dtype, n) for f, v, n in zip(found, graph.outputs, wanted)]
    made = writer.finish(inputs, outputs, concrete.name.strip("<>"))
    arrays = {n: a for n, a in writer.arrays.items() if n in writer.used}
    return Model(made, sorted(writer.domains), arrays)


def _named(structure, names, count, letter):
    """A name for each tensor of a structure of specs."""
    if names is None or len(names) != count:
        names = [f"{letter}{i}" for i in range(count)]
    if isinstance(structure, dict) and len(structure) == count:
        names = sorted(structure)
    specs = nest.flatten(structure, expand_composites=True)
    own = [s.name for s in specs if isinstance(s, TensorSpec)]
    return [name or other for name, other in zip(own, names)] if len(own) == count else names


def _parameters(function):
    """The names of a function's parameters; None where they are not one a tensor."""
    plain = getattr(function, "python_function", function)
    parameters = inspect.signature(plain).parameters.values()
    return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]


def _names(writer, wanted):
    return [writer.name(name) for name in wanted]


def _check_assignments(concrete, graph):
    """Raises where results depend on what a function assigns to, but by drawing random numbers."""
    if not concrete._written:
        return
    used = {*graph.outputs, *(v for node in graph.nodes for v in node.inputs)} - _states(graph)
    first = len(graph.inputs) - len(concrete.variables)
    inputs = dict(zip(map(id, concrete.variables), graph.inputs[first:]))
    for variable in concrete._written:
        if inputs.get(id(variable)) in used:
            raise ValueError(
                f"{concrete.name} assigns to the variable {variable.name!r}: a model of ONNX has "
                "no state. Take the variable as an argument and return its new value."
            )


def _draws(graph):
    return any(
        node.op.name.startswith("random_") or any(map(_draws, node.graphs.values()))
        for node in graph.nodes
    )


def _states(graph):
    """The values that random numbers are drawn by."""
    found = set()
    for node in reversed(graph.nodes):
        drawn = node.op.name.startswith("random_") or any(map(_draws, node.graphs.values()))
        if drawn or found.intersection(node.outputs):
            found.update(node.inputs)
    return found


class Model:
    """A model of ONNX.

    Attributes:
      graph: its message, without constants.
      domains: the sets of operators that it uses.
      arrays: dict from names to the constants and weights.
    """

    def __init__(self, graph, domains, arrays):
        self.graph, self.domains, self.arrays = graph, domains, arrays

    def __str__(self):
        """One line: how many operators, what goes in and what comes out."""
        inputs, outputs = (", ".join(map(_shown, i)) for i in (self.graph.input, self.graph.output))
        return f"{len(self.graph.node)} operators (opset {VERSIONS['']}), {inputs} -> {outputs}"

    def write(self, path):
        """Writes a file; where there are many bytes of weights they go into one beside it."""
        path, arrays, beside = path_of(path), self.arrays, []
        if sum(a.nbytes for a in arrays.values()) >= _MOST:
            beside = [n for n, a in arrays.items() if a.nbytes >= _OF_ITS_OWN and a.dtype != object]
        # of a name of its own: until the model takes its place the old one has its old weights
        data = f"{path}.{os.urandom(4).hex()}.data"
        places = _write_beside({n: arrays[n] for n in beside}, data) if beside else []
        inside = {n: a for n, a in arrays.items() if n not in beside}
        self.graph.initializer.extend(places)
        try:
            with replacing(path) as new, open(new, "wb") as file:
                for part in self._parts(inside):
                    file.write(part)
        except BaseException:
            if beside:
                os.unlink(data)
            raise
        finally:
            self.graph.ClearField("initializer")
        for old in glob(escape(path) + ".????????.data"):
            if old != data:
                os.unlink(old)

    def _parts(self, arrays):
        """The bytes of the file, of which large constants are no copies.

        The fields of a message may come in any order: the constants follow the rest of the graph.
        """
        graph = self.graph.SerializeToString()
        size, constants = len(graph), []
        for name, array in arrays.items():
            raw = b"" if array.dtype == object else _bytes(array)
            head = tensor(array, name, raw=False).SerializeToString()
            if len(raw):
                head += _tag(TensorProto, "raw_data") + varint(len(raw))
            head = _tag(GraphProto, "initializer") + varint(len(head) + len(raw)) + head
            size += len(head) + len(raw)
            constants += [head, raw]
        model = ModelProto(ir_version=_IR_VERSION, producer_name="tensorbrook")
        for domain in self.domains:
            model.opset_import.add(domain=domain, version=VERSIONS[domain])
        yield model.SerializeToString() + _tag(ModelProto, "graph") + varint(size)
        yield graph
        yield from constants


def _bytes(array):
    """An array's memory."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _tag(message, field):
    """What comes before a field of bytes."""
    return varint(message._FIELDS[field].number << 3 | BYTES)


def _shown(info):
    names = {number: name for name, number in TYPES.items()}
    of = info.type.tensor_type
    dims = [d.dim_param or str(d.dim_value) if d.WhichOneof("value") else "?" for d in of.shape.dim]
    return f"{info.name} {names[of.elem_type]}[{','.join(dims)}]"


def _write_beside(arrays, path):
    """Writes arrays into a file; returns messages that say where they are."""
    at, made = 0, []
    with replacing(path) as new, open(new, "wb") as file:
        for name, array in arrays.items():
            at += file.write(bytes(-at % 4096))  # so that it can be mapped into memory
            places = {"location": os.path.basename(path), "offset": at, "length": array.nbytes}
            found = tensor(array, name, raw=False)
            found.data_location = 1
            found.external_data.extend([Entry(key=k, value=str(v)) for k, v in places.items()])
            made.append(found)
            at += file.write(_bytes(array))
    return made
