"""What a graph of a file must be before any of it is built: bounds, names, calls, constants.

Nothing is computed here, and nothing is allocated by what the file claims.
"""

import math
from graphlib import CycleError, TopologicalSorter
from typing import NoReturn

from ...base import dtypes
from ...base.errors import InvalidArgumentError

MOST_NODES = 1 << 20  # of one file
MOST_CALLED = 1 << 22  # nodes that run in one call, those of called functions counted each time
MOST_CALLS = 64  # functions that call one another
MOST_FILLED = 1 << 28  # bytes of constants that are more than the file has for them


def refuse(path, where, problem) -> NoReturn:
    """Raises what a file gets that is no graph.

    Raises:
      InvalidArgumentError: always; it names the file and the place in it.
    """
    raise InvalidArgumentError(f"{path}: {where} {problem}: the file is damaged or was crafted.")


def check_graph(graph, path):
    """Refuses a GraphDef that breaks a bound, or whose nodes and functions do not fit together.

    Raises:
      InvalidArgumentError: with the file, the function and the node.
    """
    functions, count, filled = graph.library.function, len(graph.node), 0
    for function in functions:
        count += len(function.node_def)
    if count > MOST_NODES:
        refuse(path, "the graph", f"has {count} nodes, more than {MOST_NODES}")
    names = [function.signature.name for function in functions]
    _all_different(names, path, "the library", "functions")
    known = dict(zip(names, functions))
    filled += _check_nodes(graph.node, [], "the graph", path)
    for name, function in known.items():
        where = f"function {name!r}"
        filled += _check_nodes(function.node_def, _arguments(function, path, where), where, path)
        _check_results(function, path, where)
    if filled > MOST_FILLED:
        refuse(path, "constants", f"would take {filled} bytes more than the file has")
    _check_calls(graph, known, path)


def _all_different(names, path, where, what):
    if len(set(names)) < len(names):
        twice = next(name for number, name in enumerate(names) if name in names[:number])
        refuse(path, where, f"has two {what} {twice!r}")


def _arguments(function, path, where):
    signature = function.signature
    for arguments, what in (
        (signature.input_arg, "arguments"),
        (signature.output_arg, "results"),
        (signature.attr, "attrs"),
    ):
        _all_different([a.name for a in arguments], path, where, what)
    return [argument.name for argument in signature.input_arg]


def _check_results(function, path, where):
    known = {node.name for node in function.node_def}
    known.update(argument.name for argument in function.signature.input_arg)
    _all_different([entry.key for entry in function.ret], path, where, "values of results")
    for entry in (*function.ret, *function.control_ret):
        if entry.value.partition(":")[0] not in known:
            refuse(path, where, f"returns {entry.value!r}, which is not there")
    returned = {entry.key for entry in function.ret}
    for argument in function.signature.output_arg:
        if argument.name not in returned:
            refuse(path, where, f"has no value for its result {argument.name!r}")


def source_of(text):
    """The name of the node that an input of a node stands for."""
    return text.lstrip("^").partition(":")[0]


def _check_nodes(nodes, arguments, where, path):
    """The bytes that constants take beyond those that the file has."""
    names, filled = [*arguments, *(node.name for node in nodes)], 0
    _all_different(names, path, where, "nodes")
    known = set(names)
    for node in nodes:
        for text in node.input:
            if source_of(text) not in known:
                refuse(path, where, f"has a node {node.name!r} whose input {text!r} is not there")
        if node.op == "Const":
            filled += _filled(node.attr["value"].tensor, f"the constant {node.name!r}", path)
    _check_order(nodes, where, path)
    return filled


def _check_order(nodes, where, path):
    own = {node.name for node in nodes}
    edges = {node.name: own.intersection(map(source_of, node.input)) for node in nodes}
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as fault:
        if any(node.op in ("NextIteration", "RefNextIteration") for node in nodes):
            raise NotImplementedError(
                f"{path}: {where} has loops as TensorFlow 1 made them (Enter, NextIteration): "
                "freeze it with tf.compat.v1.enable_control_flow_v2(), or export it from "
                "TensorFlow 2."
            ) from None
        refuse(path, where, f"has nodes in a circle: {' <- '.join(map(str, fault.args[1][:8]))}")


def dtype_of(number, path, where):
    """The DType with a number.

    Raises:
      InvalidArgumentError: there is none.
    """
    try:
        return dtypes.as_dtype(number)
    except TypeError:
        refuse(path, where, f"has the dtype {number}, which is none")


def shape_of_proto(proto, path, where):
    """A shape as a list, with None for unknown dimensions; None for any rank.

    Raises:
      InvalidArgumentError: a size that is none.
    """
    if proto.unknown_rank:
        return None
    sizes = [dim.size for dim in proto.dim]
    if len(sizes) > 254 or any(size < -1 or size >= 1 << 62 for size in sizes):
        refuse(path, where, f"has the shape {sizes[:8]}")
    return [None if size == -1 else size for size in sizes]


def _filled(tensor, where, path):
    """The bytes of a constant that only its declared size asks for."""
    shape = shape_of_proto(tensor.tensor_shape, path, where)
    if shape is None or None in shape:
        refuse(path, where, f"has the shape {shape}")
    try:
        size = max(1, dtypes.as_dtype(tensor.dtype).numpy_dtype.itemsize)
    except TypeError:
        size = 1
    held = len(tensor.SerializeToString())
    return max(0, math.prod(shape) * size - held)


def functions_of(attr):
    """The names of the functions that an attr holds."""
    kind = attr.WhichOneof("value")
    if kind == "func":
        return [attr.func.name]
    return [function.name for function in attr.list.func] if kind == "list" else []


def calls_of(nodes):
    """(node, name of the function) of each call among nodes."""
    for node in nodes:
        for key, attr in node.attr.items():
            if not key.startswith("_"):
                for name in functions_of(attr):
                    yield node, name


def _check_calls(graph, known, path):
    """Refuses functions that call themselves, calls nested too deep, and too many nodes in all."""
    called = {}
    for name, nodes in (*((n, f.node_def) for n, f in known.items()), (None, graph.node)):
        called[name] = [other for _, other in calls_of(nodes)]
        for node, other in calls_of(nodes):
            if other not in known:
                refuse(path, f"node {node.name!r}", f"calls the function {other!r}, not there")
    try:
        order = list(TopologicalSorter({n: set(o) for n, o in called.items()}).static_order())
    except CycleError as fault:
        refuse(path, "functions", f"call themselves: {' <- '.join(map(str, fault.args[1][:8]))}")
    nodes, depth = {}, {}
    for name in order:
        own = graph.node if name is None else known[name].node_def
        nodes[name] = len(own) + sum(nodes[other] for other in called[name])
        depth[name] = 1 + max((depth[other] for other in called[name]), default=0)
        if nodes[name] > MOST_CALLED:
            refuse(path, f"function {name!r}", f"runs {nodes[name]} nodes, more than {MOST_CALLED}")
        if depth[name] > MOST_CALLS:
            refuse(path, f"function {name!r}", f"is more than {MOST_CALLS} calls deep")
