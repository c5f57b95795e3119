"""What is made of the graphs among a node's attrs: programs, gradients, copies without effects.

Each is made once and kept in the graph's cache.
"""

import numpy as np

from ..autodiff.tape import GradientTape
from ..base.dtypes import is_differentiable
from ..core.dispatch import init_scope, tensor_of
from ..core.tensor import wrap
from .interp import compile_reference, interpret
from .ir import Graph, Node
from .trace import Trace


def compiled(graph):
    """The graph as a function of arrays."""
    run = graph.cache.get("program")
    if run is None:
        run = graph.cache["program"] = compile_reference(graph)
    return run


def traced(name, function, specs):
    """The graph of a function of tensors that uses no variables.

    Args:
      function: takes one tensor a spec, returns a list of tensors.
    """
    with init_scope(), Trace(name) as trace:
        outputs = function(*[trace.argument(s.shape, s.dtype) for s in specs])
        return trace.finish(outputs)[0]


def floats(values):
    """The indices of the values that gradients are defined on."""
    return tuple(i for i, v in enumerate(values) if is_differentiable(v.dtype))


def pure(graph):
    """The graph without printing and checks: what a gradient computes again happens only once."""
    found = graph.cache.get("pure")
    if found is None:
        found = graph
        if any(node.effect for node in graph.nodes):
            found = Graph(graph.name)
            found.inputs, found.outputs = graph.inputs, graph.outputs
            found.constants = graph.constants
            found.nodes = [
                Node(n.op, n.inputs, n.attrs | {k: pure(g) for k, g in n.graphs.items()}, n.outputs)
                for n in graph.nodes
                if not n.op.effect
            ]
            found = found.without_dead_nodes()
        graph.cache["pure"] = found
    return found


def saving(graph, n_state):
    """A loop body's graph that returns the states it was given as well, after its results."""
    found = graph.cache.get("saving")
    if found is None:
        found = Graph(graph.name)
        found.inputs, found.constants, found.nodes = graph.inputs, graph.constants, graph.nodes
        found.outputs = [*graph.outputs, *graph.inputs[:n_state]]
        graph.cache["saving"] = found
    return found


def vjp_graph(graph, wanted, given):
    """The graph's gradient, as a graph.

    Args:
      wanted: indices of the inputs to differentiate by.
      given: indices of the outputs whose cotangents are given; those of the others are zero.

    Returns:
      (a graph, flags): the graph takes the inputs, then the given cotangents; it returns the
      wanted inputs' cotangents. The flags say which of these inputs the given outputs depend on;
      the cotangents of others are zeros.
    """
    key = "gradient", wanted, given
    found = graph.cache.get(key)
    if found is not None:
        return found
    flags, source, count = [], pure(graph), len(graph.inputs)

    def gradient(*tensors):
        inputs, cotangents = tensors[:count], list(tensors[count:])
        sources = [inputs[i] for i in wanted]
        with GradientTape() as tape:
            tape.watch(sources)
            outputs = interpret(source, inputs)
        found = tape.gradient([outputs[i] for i in given], sources, cotangents)
        flags.extend(g is not None for g in found)
        return [
            wrap(np.zeros(x._shape, x._dtype)) if g is None else tensor_of(g)
            for g, x in zip(found, sources)
        ]

    specs = [*graph.inputs, *[graph.outputs[i] for i in given]]
    made = traced(f"{graph.name}_gradient", gradient, specs)
    found = graph.cache[key] = made, tuple(flags)
    return found
