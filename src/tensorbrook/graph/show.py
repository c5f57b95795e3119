"""Printing of graphs, one node a line."""

import numpy as np

from ..core.op import show_spec
from .ir import Graph


def _declare(value):
    return f"{value}:{show_spec(value)}"


def _attr(value):
    if isinstance(value, np.dtype):
        return value.name
    if isinstance(value, Graph):
        return value.name
    return repr(value)


def node_text(node):
    """`%3:float32[2] = add(%1, %2)`."""
    arguments = [repr(v) for v in node.inputs]
    arguments += [f"{k}={_attr(v)}" for k, v in node.attrs.items()]
    results = ", ".join(map(_declare, node.outputs))
    left = f"{results} = " if results else ""
    return f"{left}{node.op.name}({', '.join(arguments)})"


def graph_text(graph):
    """The whole graph: signature, constants, nodes, results.

    Example:
    >>> f = tf.function(lambda x: x * 2.0)
    >>> print(f.get_concrete_function(tf.TensorSpec([2])).graph_text())
    <lambda>(%0:float32[2]):
      %2:float32[] = constant(2.)
      %1:float32[2] = multiply(%0, %2)
      return %1
    """
    lines = [f"{graph.name}({', '.join(map(_declare, graph.inputs))}):"]
    for value, array in graph.constants.items():
        shown = np.array2string(array, threshold=6, separator=", ").replace("\n", "")
        lines.append(f"  {_declare(value)} = constant({shown})")
    for node in graph.nodes:
        lines.append(f"  {node_text(node)}")
        for key, sub in node.graphs.items():
            first, *rest = graph_text(sub).split("\n")
            lines += [f"    {key} {first}", *("    " + line for line in rest)]
    lines.append(f"  return {', '.join(map(repr, graph.outputs))}")
    return "\n".join(lines)
