"""Functions as models of ONNX, in files."""

import os

import numpy as np

from ..base.files import path_of, replacing
from ..formats.onnx_messages import Entry, ModelProto
from ..function.concrete import ConcreteFunction
from ..function.opened import open_function
from ..graph.passes import optimize
from . import rules
from .writer import TYPES, VERSIONS, Writer, tensor, value_info

_IR_VERSION = 9  # that of ONNX 1.14
_MOST = 1 << 31  # bytes of a file: protocol buffers are not larger
_OF_ITS_OWN = 1 << 10  # bytes of a weight that goes into a file beside the model


def export(function, path, input_signature=None, verbose=False):
    """Writes a tf.function as a model of ONNX, which ONNX Runtime and others run.

    Variables become constants of the model. Unknown dimensions stay unknown. Weights of more than
    2 GB go into a file of their own beside it, `path` + ".data".

    Args:
      function: a `tf.function`, one of its concrete functions, or a plain function of tensors.
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
    layer.onnx: 3 operators (opset 19), x0 float32[batch,2] -> y0 float32[batch,1]
    """
    if not isinstance(function, ConcreteFunction):
        specs = input_signature
        if specs is None:
            specs = getattr(function, "input_signature", None)
        if specs is None:
            raise ValueError(
                "tf.onnx.export: the function has no input_signature: give "
                "input_signature=[tf.TensorSpec(shape, dtype), ...], with None for open sizes."
            )
        function = open_function(function, specs)
    model, arrays = model_of(function)
    write(model, arrays, path)
    if verbose:
        print(f"{path_of(path)}: {summary(model)}")


def model_of(concrete, input_names=None, output_names=None, weight_names=None):
    """(the model's message without its constants, dict from names to their arrays).

    Args:
      concrete: a ConcreteFunction.
      input_names, output_names: of its tensors; by default x0, x1, ... and y0, y1, ...
      weight_names: dict from ids of variables to names.
    """
    graph = optimize(concrete.graph)
    writer = Writer()
    count = len(graph.inputs) - len(concrete.variables)
    results = len(graph.outputs) - len(concrete._written)
    given = _names(writer, input_names or [f"x{i}" for i in range(count)])
    wanted = _names(writer, output_names or [f"y{i}" for i in range(results)])
    names = list(given)
    for variable in concrete.variables:
        name = (weight_names or {}).get(id(variable)) or variable.name.split(":")[0]
        names.append(writer.constant(variable.numpy(), name))
    graph.outputs = graph.outputs[:results]
    graph = graph.without_dead_nodes()
    _check_assignments(concrete, graph)
    found = writer.run(graph, names)
    inputs = [value_info(n, v.shape, v.dtype) for n, v in zip(given, graph.inputs)]
    outputs = [(f, v.shape, v.dtype, n) for f, v, n in zip(found, graph.outputs, wanted)]
    model = ModelProto(
        ir_version=_IR_VERSION,
        producer_name="tensorbrook",
        graph=writer.finish(inputs, outputs, concrete.name.strip("<>")),
    )
    for domain in sorted(writer.domains):
        model.opset_import.add(domain=domain, version=VERSIONS[domain])
    return model, {n: a for n, a in writer.arrays.items() if n in writer.used}


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


def summary(model):
    """One line: how many operators, what goes in and what comes out."""

    def show(infos):
        names = {number: name for name, number in TYPES.items()}
        texts = []
        for info in infos:
            dims = [
                d.dim_param or str(d.dim_value) if d.WhichOneof("value") else "?"
                for d in info.type.tensor_type.shape.dim
            ]
            kind = names[info.type.tensor_type.elem_type]
            texts.append(f"{info.name} {kind}[{','.join(dims)}]")
        return ", ".join(texts)

    graph, opset = model.graph, model.opset_import[0].version
    return (
        f"{len(graph.node)} operators (opset {opset}), {show(graph.input)} -> {show(graph.output)}"
    )


def write(model, arrays, path):
    """Writes a model with its constants; many bytes of them into a file of their own."""
    path = path_of(path)
    if sum(a.nbytes for a in arrays.values()) < _MOST - (1 << 24):
        model.graph.initializer.extend([tensor(a, n) for n, a in arrays.items()])
    else:
        _write_beside(model, arrays, path + ".data")
    with replacing(path) as new, open(new, "wb") as file:
        file.write(model.SerializeToString())


def _write_beside(model, arrays, path):
    """Writes the large constants to a file, and into the model where they are in it."""
    at = 0
    with replacing(path) as new, open(new, "wb") as file:
        for name, array in arrays.items():
            if array.nbytes < _OF_ITS_OWN or array.dtype == object:
                model.graph.initializer.extend([tensor(array, name)])
                continue
            at += file.write(bytes(-at % 4096))  # so that it can be mapped into memory
            made = model.graph.initializer.add(name=name, dims=array.shape, data_location=1)
            made.data_type = TYPES[array.dtype.name]
            places = {"location": os.path.basename(path), "offset": at, "length": array.nbytes}
            made.external_data.extend([Entry(key=k, value=str(v)) for k, v in places.items()])
            at += file.write(np.ascontiguousarray(array).view(np.uint8).data)
