"""Control flow: branches and loops are graphs within, which see the tensors around them."""

import numpy as np

from ...base.dims import same
from ..writer import BOOL, INT64, rule
from .movement import reversed_along


def _typed(names, values):
    return [(name, v.shape, v.dtype, None) for name, v in zip(names, values, strict=True)]


def _as_list(names):
    return [names] if isinstance(names, str) else names


@rule("cond")
def _cond(w, node, pred, *operands):
    graphs = {}
    for key in ("then", "else"):
        graph, inner = node.attrs[f"{key}_graph"], w.inner(key)
        found = _typed(inner.run(graph, operands), graph.outputs)
        graphs[f"{key}_branch"] = inner.finish([], found)
    return w.op("If", pred, outputs=len(node.outputs), **graphs)


@rule("scan")
def _scan(w, node, *operands):
    """A Scan; a loop without slices of operands is a Loop."""
    graph, n, n_xs = (node.attrs[k] for k in ("body_graph", "n_state", "n_xs"))
    backwards, rest = int(node.attrs["reverse"]), operands[n + n_xs :]
    if same(node.attrs["length"], 0):  # where ONNX Runtime fails
        return [*operands[:n], *[w.fill(0, v.shape, v.dtype) for v in node.outputs[n:]]]
    if not n_xs:
        return _counted(w, node, graph, operands, n, rest, backwards)
    body = w.inner("body")
    given = [body.placeholder(v) for v in graph.inputs[: n + n_xs]]
    found = _typed(body.run(graph, [*[name for name, _ in given], *rest]), graph.outputs)
    made = body.finish([info for _, info in given], found)
    return w.op(
        "Scan", *operands[: n + n_xs], outputs=len(node.outputs), body=made, num_scan_inputs=n_xs,
        scan_input_directions=(backwards,) * n_xs,
        scan_output_directions=(backwards,) * (len(graph.outputs) - n),
    )  # fmt: skip


def _counted(w, node, graph, operands, n, rest, backwards):
    found = _loop(w, node, graph, operands[:n], rest, w.scalar_size(node.attrs["length"]))
    names = _as_list(found)
    return [
        reversed_along(w, name, (0,)) if backwards and i >= n else name
        for i, name in enumerate(names)
    ]


@rule("while")
def _while(w, node, *operands):
    n, test = node.attrs["n_state"], node.attrs["cond_graph"]
    (start,) = w.inline(test, operands)
    return _loop(w, node, node.attrs["body_graph"], operands[:n], operands[n:], "", start, test)


def _loop(w, node, graph, state, rest, count, start="", test=None):
    """A Loop for a number of rounds, or while a test of the new state holds."""
    body, scalar = w.inner("body"), w.spec
    given = [body.placeholder(scalar(INT64), "round"), body.placeholder(scalar(BOOL), "goes_on")]
    given += [body.placeholder(v) for v in graph.inputs[: len(state)]]
    names = [name for name, _ in given]
    found = body.run(graph, [*names[2:], *rest])
    goes_on = body.inline(test, [*found, *rest])[0] if test else names[1]
    outputs = _typed([goes_on, *found], [scalar(BOOL), *graph.outputs])
    made = body.finish([info for _, info in given], outputs)
    start = start or w.constant(np.array(True))
    return w.op("Loop", count, start, *state, outputs=len(node.outputs), body=made)


@rule("custom_gradient")
def _custom_gradient(w, node, *operands):
    """The results as they are: the gradient is for those who differentiate."""
    first = node.attrs["n_inputs"]
    return operands[first : first + node.attrs["n_results"]]
