"""The IR: a graph of primitives on values of known shape and dtype, in single assignment.

Written grammar:

    graph   := inputs constants node* outputs
    node    := values "=" op(values, attrs)      op is a record of the op table
    value   := "%" number ":" dtype "[" shape "]"

A value is defined once, by an input, a constant or a node before its first use; a node's results
have the shapes and dtypes that its op's rule infers. Among the attrs of control flow (control.py)
are whole graphs: closed ones, that see nothing but their inputs. `check.py` verifies all of this.
"""


class Value:
    """One tensor of a graph: its number, shape and NumPy dtype."""

    __slots__ = ("dtype", "number", "shape")

    def __init__(self, number, shape, dtype):
        self.number, self.shape, self.dtype = number, shape, dtype

    def __repr__(self):
        return f"%{self.number}"


class Node:
    """One run of a primitive."""

    __slots__ = ("attrs", "inputs", "op", "outputs")

    def __init__(self, op, inputs, attrs, outputs):
        self.op, self.inputs, self.attrs, self.outputs = op, inputs, attrs, outputs

    @property
    def graphs(self):
        """The graphs among its attrs, by name: branches and loop bodies."""
        return {k: v for k, v in self.attrs.items() if v.__class__ is Graph}

    @property
    def effect(self):
        """True when running it does more than compute its results, in itself or in its graphs."""
        return self.op.effect or any(
            node.effect for graph in self.graphs.values() for node in graph.nodes
        )


class Graph:
    """A function of tensors: inputs, constants, nodes in order of execution, outputs.

    Attributes:
      inputs: Values given by the caller, in order.
      constants: dict from Value to the array it stands for.
      nodes: Nodes, each after those whose results it uses.
      outputs: Values returned, in order.
      cache: what was made of the finished graph (programs, gradient graphs), by name.
    """

    __slots__ = ("cache", "constants", "inputs", "name", "nodes", "outputs")

    def __init__(self, name="graph"):
        self.name, self.inputs, self.constants, self.nodes, self.outputs = name, [], {}, [], []
        self.cache = {}

    def __repr__(self):
        return f"<graph {self.name}: {len(self.nodes)} nodes>"

    def without_dead_nodes(self):
        """The same graph without nodes whose results nobody uses and that have no effect."""
        live = set(self.outputs)
        kept = []
        for node in reversed(self.nodes):
            if node.effect or any(v in live for v in node.outputs):
                kept.append(node)
                live.update(node.inputs)
        graph = Graph(self.name)
        graph.inputs, graph.outputs, graph.nodes = self.inputs, self.outputs, kept[::-1]
        graph.constants = {v: a for v, a in self.constants.items() if v in live}
        return graph
