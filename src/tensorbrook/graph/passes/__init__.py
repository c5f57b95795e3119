"""The optimising passes: each a plain function from a graph to one with the same results."""

import sys

from ...base.config import settings
from ..check import GraphError, check
from ..ir import Graph, Node
from ..show import graph_text
from .cse import share
from .fold import fold
from .residuals import keep_residuals
from .rules import simplify, simplify_fast

# Sharing comes twice: what the rules make may equal what was there.
PASSES = (
    ("sharing", share),
    ("constant folding", fold),
    ("rules", simplify),
    ("sharing again", share),
    ("residuals", keep_residuals),
    ("dead nodes", Graph.without_dead_nodes),
)


def optimize(graph, trace=None, fast=False):
    """A graph that computes the same with less: folded, shared, simplified, without dead nodes.

    Inputs and outputs keep their order and number; an output may become an input or a constant.
    The results keep their bits, -0.0, infinities and NaNs included (all NaNs count as one). What
    NumPy's sums and matrix products yield depends on how their operands lie in memory too, so where
    a copy is saved a sum may be rounded otherwise.

    Args:
      graph: a Graph; it is left as it is. Graphs among its nodes' attributes are optimised too.
      trace: called as `trace(name of the pass, graph before, graph after)` after each pass. By
        default nothing, or, with TENSORBROOK_DEBUG=3 in the environment, what prints to stderr.
      fast: also apply the rules that change the last bits of results.

    Raises:
      GraphError: a pass broke the grammar (looked for when `settings.check_graphs` is on).

    Example:
    >>> from tensorbrook.graph.passes import optimize
    >>> f = tf.function(lambda x: tf.identity(x * 2.0) + x * 2.0)
    >>> before = f.get_concrete_function(tf.TensorSpec([2])).graph
    >>> after = optimize(before)
    >>> len(before.nodes), len(after.nodes)
    (4, 2)
    """
    if trace is None and settings.debug >= 3:
        trace = _print_trace
    made = _inner_graphs(graph, trace, fast)
    for name, run in PASSES:
        before = made
        made = simplify_fast(before) if fast and run is simplify else run(before)
        if settings.check_graphs:
            _check(name, made, graph)
        if trace is not None:
            trace(name, before, made)
    return made


def _check(name, made, graph):
    try:
        check(made)
    except GraphError as fault:
        raise GraphError(f"after the pass {name!r} on {graph.name}: {fault}") from None
    for what in ("inputs", "outputs"):
        old, new = getattr(graph, what), getattr(made, what)
        if [(v.shape, v.dtype) for v in old] != [(v.shape, v.dtype) for v in new]:
            raise GraphError(f"the pass {name!r} changed the {what} of {graph.name}")


def _inner_graphs(graph, trace, fast):
    """The graph with those among its nodes' attributes optimised; one used twice stays one."""
    done, nodes = {}, []
    for node in graph.nodes:
        inner = node.graphs
        for key, sub in inner.items():
            if sub not in done:
                done[sub] = optimize(sub, trace, fast)
            inner[key] = done[sub]
        if inner:
            node = Node(node.op, node.inputs, {**node.attrs, **inner}, node.outputs)
        nodes.append(node)
    if not done:
        return graph
    made = Graph(graph.name)
    made.inputs, made.constants, made.outputs = graph.inputs, graph.constants, graph.outputs
    made.nodes = nodes
    return made


def _print_trace(name, before, after):
    """Shows a graph before the first pass and after the last, and how many nodes each leaves."""
    if name == PASSES[0][0]:
        print(graph_text(before), file=sys.stderr)
    print(f"{name}: {len(before.nodes)} -> {len(after.nodes)} nodes", file=sys.stderr)
    if name == PASSES[-1][0]:
        print(graph_text(after), file=sys.stderr)
