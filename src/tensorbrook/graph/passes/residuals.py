"""What a loop's gradient computes again although the loop itself has computed it: kept instead.

A scan's gradient is a scan over the states that were saved, whose body computes the forward
iteration once more. Where an operation of it equals one of the forward body, the forward loop
returns that value of each iteration, and the gradient's body reads it. What is cheap to make of
values that it has anyway is still made twice: memory costs time too.
"""

from itertools import count

from ..ir import Graph, Node, Value
from .cse import content, expression
from .match import values_of


def keep_residuals(graph):
    """The graph with scans that read what an earlier scan over the same rows has computed."""
    if sum(node.op.name == "scan" for node in graph.nodes) < 2:
        return graph
    made = Graph(graph.name)
    made.inputs, made.constants, made.outputs = graph.inputs, graph.constants, graph.outputs
    nodes, places = list(graph.nodes), {}
    numbers = count(1 + max(v.number for v in values_of(graph)))
    for k, node in enumerate(nodes):
        if node.op.name == "scan":
            for i in _earlier(node, places, nodes):
                nodes[i], nodes[k] = _shared(nodes[i], nodes[k], numbers)
            places.update({v: k for v in nodes[k].outputs})
    made.nodes = nodes
    return made


def _earlier(scan, places, nodes):
    """The places of scans of the same length whose rows a scan reads."""
    found = {places[v]: None for v in _parts(scan)[1] if v in places}
    length = scan.attrs["length"]
    return [i for i in found if nodes[i].attrs["length"] == length]


def _parts(scan):
    """(states, xs, invariants) of a scan's operands."""
    n, n_xs = scan.attrs["n_state"], scan.attrs["n_xs"]
    return scan.inputs[:n], scan.inputs[n : n + n_xs], scan.inputs[n + n_xs :]


def _same_values(first, second):
    """From values of the second scan's body to those of the first's that equal them."""
    body, other = first.attrs["body_graph"], second.attrs["body_graph"]
    n, n_xs = first.attrs["n_state"], first.attrs["n_xs"]
    _, xs, rest = _parts(first)
    rows = dict(zip(first.outputs[n:], body.outputs[n:]))
    rows |= dict(zip(xs, body.inputs[n:]))
    fixed = dict(zip(rest, body.inputs[n + n_xs :]))
    start = second.attrs["n_state"]
    _, xs, rest = _parts(second)
    same = {}
    for operands, known, at in ((xs, rows, start), (rest, fixed, start + len(xs))):
        inputs = other.inputs[at : at + len(operands)]
        same |= {v: known[x] for v, x in zip(inputs, operands) if x in known}
    constants = {content(a): v for v, a in body.constants.items()}
    for value, array in other.constants.items():
        if content(array) in constants:
            same[value] = constants[content(array)]
    computed = {expression(node): node for node in body.nodes if not node.effect}
    for node in other.nodes:
        if node.effect or any(v not in same for v in node.inputs):
            continue
        inputs = tuple([same[v] for v in node.inputs])
        twin = computed.get(expression(Node(node.op, inputs, node.attrs, node.outputs)))
        if twin is not None:
            same.update(zip(node.outputs, twin.outputs))
    return same


def _wanted(scan, same):
    """The values of a scan's body that are to be read instead of computed."""
    body = scan.attrs["body_graph"]
    fixed = {*body.constants, *body.inputs[len(body.inputs) - len(_parts(scan)[2]) :]}
    for node in body.nodes:
        if all(v in fixed for v in node.inputs) and not node.effect:
            fixed.update(node.outputs)
    needed, wanted = set(body.outputs), []
    for node in reversed(body.nodes):
        used = [v for v in node.outputs if v in needed]
        if not used and not node.effect:
            continue
        known = all(v in same and v not in fixed for v in used) and not node.effect
        if known and not node.op.cheap:
            wanted += used
        else:
            needed.update(node.inputs)
    return wanted


def _shared(first, second, numbers):
    """Both scans, the second reading what the first has computed of it."""
    same = _same_values(first, second)
    wanted = _wanted(second, same)
    if not wanted:
        return first, second
    n, length = first.attrs["n_state"], first.attrs["length"]
    body, outputs = first.attrs["body_graph"], list(first.outputs)
    returned = list(body.outputs)
    rows = dict(zip(returned[n:], outputs[n:]))
    for value in dict.fromkeys(same[v] for v in wanted):
        if value not in rows:
            rows[value] = Value(next(numbers), (length, *value.shape), value.dtype)
            returned.append(value)
            outputs.append(rows[value])
    first = _with_body(first, body, body.inputs, returned, first.inputs, outputs)
    return first, _reading(second, {v: rows[same[v]] for v in wanted})


def _reading(scan, rows):
    """A scan whose body has some values as rows: a dict from them to the operands."""
    body = scan.attrs["body_graph"]
    at = scan.attrs["n_state"] + scan.attrs["n_xs"]
    cut = Graph(body.name)
    cut.constants, cut.outputs = body.constants, body.outputs
    cut.inputs = [*body.inputs[:at], *rows, *body.inputs[at:]]
    cut.nodes = [n for n in body.nodes if n.effect or not any(v in rows for v in n.outputs)]
    cut = cut.without_dead_nodes()
    operands = (*scan.inputs[:at], *rows.values(), *scan.inputs[at:])
    made = _with_body(scan, cut, cut.inputs, cut.outputs, operands, scan.outputs)
    made.attrs["n_xs"] += len(rows)
    return made


def _with_body(scan, body, inputs, returned, operands, outputs):
    graph = Graph(body.name)
    graph.inputs, graph.constants = list(inputs), body.constants
    graph.nodes, graph.outputs = body.nodes, list(returned)
    attrs = scan.attrs | {"body_graph": graph}
    return Node(scan.op, tuple(operands), attrs, tuple(outputs))
