"""Graphs as bodies of TensorFlow's functions: each node by its primitive's rule "graphdef"."""

from ..core.op import OPS
from .exceptions import WHY
from .nodes import Ref, type_of

BACKEND = "graphdef"


def graph_rule(*names):
    """Enters `(body, node, inputs) -> Ref or list of Refs` for primitives.

    The inputs are Refs, one for each of the node's; the results are those of the node, in order.
    """

    def enter(function):
        for name in names:
            OPS[name].rule(BACKEND).lower = function
        return function

    return enter


def write_nodes(body, graph, inputs):
    """Writes a graph into a body.

    Args:
      inputs: a Ref for each of the graph's inputs.

    Returns:
      A Ref for each of its outputs.

    Raises:
      NotImplementedError: a primitive without a rule; the message names it.
    """
    known = dict(zip(graph.inputs, inputs))
    for value, ref in known.items():
        body.bind(ref, value.shape)
    for value, array in graph.constants.items():
        known[value] = body.constant(array)
    for node in graph.nodes:
        rule = node.op.rule(BACKEND).lower
        if rule is None:
            raise NotImplementedError(
                f"[saved_model] The primitive {node.op.name!r} of the function {graph.name!r} "
                f"cannot be written for TensorFlow: {WHY.get(node.op.name, 'it has no rule')}."
            )
        found = rule(body, node, [known[v] for v in node.inputs])
        found = [found] if found.__class__ is Ref else found or ()
        for value, ref in zip(node.outputs, found, strict=True):
            if ref.dtype != type_of(value.dtype):
                raise TypeError(f"the rule of {node.op.name!r} gives {ref} for {value.dtype}")
            known[value] = ref
            body.bind(ref, value.shape)
    return [known[v] for v in graph.outputs]
