"""Graphs without objects around them, such as frozen ones: results computed by the nodes' names."""

from ..base import nest
from ..core.dispatch import tensor_of
from ..function.function import Function
from .reading.graphs import Body, Library


class GraphTensor:
    """A tensor of an imported graph: a name, until it is computed.

    Args:
      graph: what it belongs to.
      name: "node:number".
    """

    def __init__(self, graph, name):
        self.graph, self.name = graph, name

    def __repr__(self):
        return f"<tensor {self.name!r} of an imported graph>"


class GraphNode:
    """A node of an imported graph."""

    def __init__(self, name, op):
        self.name, self.type = name, op

    def __repr__(self):
        return f"<node {self.name!r} ({self.type}) of an imported graph>"


def _tensor_name(name):
    return name if ":" in name else name + ":0"


class ImportedGraph:
    """A GraphDef, checked, whose tensors are computed by name.

    Args:
      graph: the message.
      path: the file, for messages.

    Raises:
      InvalidArgumentError: the graph breaks a bound, or does not fit together.
    """

    def __init__(self, graph, path="the GraphDef"):
        self.body = Body(Library(graph, path), graph.node, "the graph")
        self._functions = {}

    def nodes(self):
        """The nodes, in the file's order."""
        return [GraphNode(node.name, node.op) for node in self.body.nodes.values()]

    def __contains__(self, name):
        return name.partition(":")[0] in self.body.nodes

    def _reference(self, name):
        found = _tensor_name(name)
        if found not in self:
            raise KeyError(f"The name {name!r} refers to a tensor which does not exist.")
        return self.body.reference(found, ())

    def missing(self, fetches, feeds):
        """The placeholders that results need and that are not given, by name."""
        given = {self._reference(name)[0] for name in feeds}
        steps = self.body.steps([self._reference(name)[0] for name in fetches], given)
        return [s.name for s in steps if s.op in ("Placeholder", "PlaceholderV2")]

    def function(self, feeds, fetches):
        """A tf.function of tensors with the names `feeds`, which returns a list of `fetches`."""
        key = tuple(feeds), tuple(fetches)
        if key not in self._functions:
            given = [self._reference(name) for name in feeds]
            if any(number for _, number in given) or len(set(given)) < len(given):
                raise NotImplementedError(
                    f"Only the first results of different nodes can be given, got {list(feeds)}."
                )
            wanted = [self._reference(name) for name in fetches]
            names = [name for name, _ in given]
            steps = self.body.steps([name for name, _ in wanted], names)

            def run(*tensors):
                return self.body.run(steps, {n: [t] for n, t in zip(names, tensors)}, wanted)

            self._functions[key] = Function(run, "imported_graph", autograph=False)
        return self._functions[key]


def names_of(structure):
    """A structure of GraphTensors, or their names, as names."""
    return nest.map_structure(
        lambda value: value if isinstance(value, str) else value.name, structure
    )


def pruned(graph, feeds, fetches):
    """A function of the tensors `feeds` that returns the structure `fetches`."""
    names, wanted = nest.flatten(names_of(feeds)), names_of(fetches)
    function = graph.function(names, nest.flatten(wanted))

    def run(*tensors):
        given = [tensor_of(tensor) for tensor in nest.flatten(list(tensors))]
        return nest.pack_sequence_as(wanted, function(*given))

    return run
