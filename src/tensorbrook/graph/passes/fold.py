"""Constant folding: nodes whose operands are all constants run now, once."""

import numpy as np

from ...base.dims import has_dims
from ..ir import Graph

_SMALL = 64 * 1024  # bytes: a larger result is kept only when its operands were as large


def fold(graph):
    """The graph with results of constants as constants.

    What fails when it is run stays in the graph, so that it fails when the function is called.
    """
    constants, nodes = dict(graph.constants), []
    for node in graph.nodes:
        arrays = _run(node, constants) if _may_run(node, constants) else None
        if arrays is None:
            nodes.append(node)
        else:
            constants.update(zip(node.outputs, arrays))
    folded = Graph(graph.name)
    folded.inputs, folded.outputs = graph.inputs, graph.outputs
    folded.constants, folded.nodes = constants, nodes
    return folded


def _may_run(node, constants):
    if not all(v in constants for v in node.inputs):
        return False
    if node.effect or node.graphs:  # a loop might not end
        return False
    if has_dims([v.shape for v in node.outputs]):
        return False
    given = sum(_bytes(v) for v in node.inputs)
    made = sum(_bytes(v) for v in node.outputs)
    if node.op.moves:  # broadcasting makes much of little, and costs nothing later
        return made <= given
    return made <= max(_SMALL, given)


def _bytes(value):
    count = value.dtype.itemsize
    for d in value.shape:
        count *= d
    return count


def _run(node, constants):
    """The node's results, or None where its kernel fails or yields what its rule did not say."""
    try:
        with np.errstate(all="ignore"):
            results = node.op.kernel(*[constants[v] for v in node.inputs], **node.attrs)
    except Exception:  # of whatever class: the call of the function will raise it
        return None
    arrays = [np.asarray(r) for r in (results if type(results) is tuple else (results,))]
    said = [(v.shape, v.dtype) for v in node.outputs]
    return arrays if [(a.shape, a.dtype) for a in arrays] == said else None
