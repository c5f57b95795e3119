"""Common subexpressions: of equal nodes, and of equal constants, the first stands for all."""

import numpy as np

from ...base.dims import Dim
from ..ir import Graph, Node

_LARGEST = 4096  # bytes of a constant that are compared


def share(graph):
    """The graph with nodes of the same primitive, operands and attributes made one."""
    first, same = {}, {}
    constants, nodes = {}, []
    for value, array in graph.constants.items():
        kept = first.setdefault(content(array), value)
        if kept is value:
            constants[value] = array
        else:
            same[value] = kept
    for old in graph.nodes:
        inputs = tuple([same.get(v, v) for v in old.inputs])
        node = old if inputs == old.inputs else Node(old.op, inputs, old.attrs, old.outputs)
        own = node.effect or node.finds_sizes  # which others are named by
        kept = node if own else first.setdefault(expression(node), node)
        if kept is node:
            nodes.append(node)
        else:
            same.update(zip(node.outputs, kept.outputs))
    shared = Graph(graph.name)
    shared.inputs, shared.constants, shared.nodes = graph.inputs, constants, nodes
    shared.outputs = [same.get(v, v) for v in graph.outputs]
    return shared


def content(array):
    """A key, equal for arrays that no kernel tells apart."""
    # strides too: NumPy's sums add in the order in which elements lie in memory
    if array.nbytes > _LARGEST or array.dtype == object:
        return id(array)
    return array.dtype, array.shape, array.strides, array.tobytes()


def expression(node):
    """A key, equal for nodes that compute the same."""
    return node.op, node.inputs, frozen(node.attrs)


def frozen(value):
    """A hashable stand-in, equal only for values that no kernel tells apart.

    1, 1.0 and True are told apart, 0.0 and -0.0 too; graphs and other objects are compared by
    identity.

    Example:
    >>> from tensorbrook.graph.passes.cse import frozen
    >>> frozen({"value": 0.0}) == frozen({"value": -0.0}), frozen((1, [2])) == frozen((1, [2]))
    (False, True)
    """
    cls = value.__class__
    if cls in (int, str, bool, bytes, type(None), Dim):
        return cls, value
    if cls in (float, complex):
        return cls, repr(value)
    if cls in (tuple, list):
        return (cls, *map(frozen, value))
    if cls is dict:
        return (cls, *[(frozen(k), frozen(v)) for k, v in sorted(value.items())])
    if isinstance(value, np.dtype):
        return value
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype != object:
        return value.__class__, value.dtype, value.shape, value.tobytes()
    return cls, id(value)
