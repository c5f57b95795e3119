"""custom_gradient in traces: a primitive that passes results on and holds their gradient's graph.

What the function computed stays in the graph around it. The node's operands are the function's
arguments, its results, and what the gradient uses besides the cotangents; the graph is for those
who differentiate, so a program that is only run does without the node.
"""

import numpy as np

from ..base.errors import TraceBreak
from ..core.dispatch import apply, current_trace
from ..core.hooks import provide
from ..core.op import Op, Spec
from ..ops._families import draw
from .control import _check_fit, as_tuple
from .interp import interpret
from .ir import Graph, Node
from .nested import SubTrace
from .subgraphs import traced
from .trace import Trace


def _passed_on(values, n_inputs, n_results):
    return values[n_inputs : n_inputs + n_results]


def _kernel(*arrays, gradient_graph, wanted, n_inputs, n_results, fault):
    results = tuple(_passed_on(arrays, n_inputs, n_results))
    return results[0] if n_results == 1 else results


def _infer(*operands, gradient_graph, wanted, n_inputs, n_results, fault):
    if fault is None:
        _check_fit("custom_gradient", "gradient", operands[n_inputs:], gradient_graph.inputs)
        _check_fit(
            "custom_gradient", "results", [operands[i] for i in wanted], gradient_graph.outputs
        )
    results = tuple([Spec(s.shape, s.dtype) for s in _passed_on(operands, n_inputs, n_results)])
    return results[0] if n_results == 1 else results


def _vjp(g, y, inputs, attrs, needs):
    if attrs["fault"] is not None:
        raise attrs["fault"]
    captured = inputs[attrs["n_inputs"] + attrs["n_results"] :]
    found = interpret(attrs["gradient_graph"], [*as_tuple(g), *captured])
    grads = dict(zip(attrs["wanted"], found))
    return [grads.get(i) for i in range(len(inputs))]


def _samples(rng):
    spec = Spec((3,), np.dtype(np.float64))
    attrs = {
        "gradient_graph": traced("gradient", lambda g, factor: [g * factor], [spec, spec]),
        "wanted": (0,),
        "n_inputs": 1,
        "n_results": 1,
        "fault": None,
    }
    # the table test compares with differences, which the argument has none of: a factor of 0
    return [((draw(rng, (3,), (-2, 2)), draw(rng, (3,), (-2, 2)), np.zeros(3)), attrs)]


custom_gradient = Op(
    "custom_gradient",
    _kernel,
    _infer,
    _vjp,
    samples=_samples,
    doc="Results of a function as they are, with a gradient of their own by its arguments.",
    constants=(1, 2),
)


@provide("trace_custom_gradient")
def as_node(name, inputs, results, pull):
    """Makes the node in the trace that is on; returns the results as the node passes them on.

    Args:
      inputs: the tensors to have gradients.
      results: tensors.
      pull: function of one cotangent a result that returns a gradient, or None, an input.
    """
    if not isinstance(current_trace(), Trace):
        return results
    attrs = {"n_inputs": len(inputs), "n_results": len(results), "wanted": (), "fault": None}
    operands = [*inputs, *results]
    try:
        attrs["gradient_graph"], attrs["wanted"], captured = _gradient(name, results, pull)
    except TraceBreak:
        raise
    except Exception as fault:  # belongs to those who ask for the gradient
        attrs["gradient_graph"], attrs["fault"], captured = Graph(name), fault, []
    return list(as_tuple(apply(custom_gradient, (*operands, *captured), attrs)))


def _gradient(name, results, pull):
    """(graph of a gradient, numbers of the inputs that have one, what the graph captured)."""
    with SubTrace(f"{name}_gradient") as trace:
        cotangents = [trace.argument(y._shape, y._dtype) for y in results]
        grads = pull(*cotangents)
        wanted = tuple([i for i, g in enumerate(grads) if g is not None])
        trace.close([grads[i] for i in wanted])
    if trace.written:
        raise TraceBreak("a custom gradient that assigns to a variable")
    tensors = [t for t, _ in trace.captured.values()]
    variables = trace.variables
    given = [c._value for c in cotangents] + [trace.captured_value(t) for t in tensors]
    given += [trace.entry_value(v) for v in variables]
    graph = trace.graph_of(given, trace.results)
    return graph, wanted, [*tensors, *[v._read() for v in variables]]


def without_custom_gradients(graph):
    """The graph as it is run and not differentiated: results taken from where they are computed."""
    if not any(node.op is custom_gradient for node in graph.nodes):
        return graph
    same, made = {}, Graph(graph.name)
    made.inputs, made.constants = graph.inputs, graph.constants
    for node in graph.nodes:
        inputs = tuple([same.get(v, v) for v in node.inputs])
        if node.op is custom_gradient:
            attrs = node.attrs
            same.update(
                zip(node.outputs, _passed_on(inputs, attrs["n_inputs"], attrs["n_results"]))
            )
        else:
            made.nodes.append(Node(node.op, inputs, node.attrs, node.outputs))
    made.outputs = [same.get(v, v) for v in graph.outputs]
    return made
