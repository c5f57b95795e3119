"""The IR: a graph of primitives on values of known shape and dtype, in single assignment.

Written grammar:

    graph   := inputs constants node* outputs
    node    := values "=" op(values, attrs)      op is a record of the op table
    value   := "%" number ":" dtype "[" shape "]"

A value is defined once, by an input, a constant or a node before its first use; a node's results
have the shapes and dtypes that its op's rule infers. Among the attrs of control flow (control.py)
are whole graphs: closed ones, that see nothing but their inputs. `check.py` verifies all of this.
"""

from ..base.dims import Dim, evaluate, symbols_of, told_by_data

_MOST_SIZES = 16  # of one graph with sizes put in, how many are kept


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
    def finds_sizes(self):
        """True when its results have sizes that only its operands' values tell."""
        made = [*filter(told_by_data, symbols_of([v.shape for v in self.outputs]))]
        if not made:
            return False
        known = symbols_of([v.shape for v in self.inputs] + list(self.attrs.values()))
        return any(name not in known for name in made)

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

    @property
    def sizes(self):
        """The names of the sizes (base/dims.py) that it leaves open, in order of appearance."""
        found = self.cache.get("names of sizes")
        if found is not None:
            return found
        found = self.cache["names of sizes"] = {}
        for value in self.inputs:
            symbols_of(value.shape, found)
        for node in self.nodes:
            symbols_of([v.shape for v in node.outputs], found)
            for attr in node.attrs.values():
                symbols_of(attr, found)
        return found

    @property
    def open_sizes(self):
        """True when it leaves sizes open."""
        return bool(self.sizes)

    def at_sizes(self, sizes):
        """The graph with sizes (ints or Dims, by name) put in; kept for the next call."""
        sizes = {name: sizes[name] for name in self.sizes if name in sizes}
        if not sizes:
            return self
        key = "sizes", tuple(sizes.items())
        found = self.cache.get(key)
        if found is None:
            values = {}

            def put_in(value):
                if value not in values:
                    shape = evaluate(value.shape, sizes)
                    values[value] = Value(value.number, shape, value.dtype)
                return values[value]

            found = Graph(self.name)
            found.inputs = list(map(put_in, self.inputs))
            found.constants = {put_in(v): array for v, array in self.constants.items()}
            found.nodes = [
                Node(
                    node.op,
                    tuple(map(put_in, node.inputs)),
                    evaluate(node.attrs, sizes),
                    tuple(map(put_in, node.outputs)),
                )
                for node in self.nodes
            ]
            found.outputs = list(map(put_in, self.outputs))
            kept = [k for k in self.cache if k[0] == "sizes"]
            if len(kept) >= _MOST_SIZES:
                del self.cache[kept[0]]
            self.cache[key] = found
        return found

    def __repr__(self):
        return f"<graph {self.name}: {len(self.nodes)} nodes>"

    def _with_open_results(self):
        """The nodes that have a Dim in a result's shape."""
        return [
            node
            for node in self.nodes
            if any([d.__class__ is Dim for v in node.outputs for d in v.shape])
        ]

    def without_dead_nodes(self):
        """The same graph without nodes whose results nobody uses and that have no effect.

        A node that finds a size in the data is used where the size is.
        """
        live = set(self.outputs)
        kept = []
        finders = {node for node in self._with_open_results() if node.finds_sizes}
        sizes = symbols_of([v.shape for v in self.outputs]) if finders else {}
        for node in reversed(self.nodes):
            found = symbols_of([v.shape for v in node.outputs]) if node in finders else ()
            if (
                node.effect
                or any(v in live for v in node.outputs)
                or any(n in sizes for n in found)
            ):
                kept.append(node)
                live.update(node.inputs)
                if finders:
                    symbols_of([v.shape for v in node.outputs], sizes)
                    symbols_of(list(node.attrs.values()), sizes)
        graph = Graph(self.name)
        graph.inputs, graph.outputs, graph.nodes = self.inputs, self.outputs, kept[::-1]
        graph.constants = {v: a for v, a in self.constants.items() if v in live}
        return graph
