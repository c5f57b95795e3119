"""GraphDefs of graphs: for tools that read those, and for looking at them."""

from ..base.release import GRAPH_DEF_VERSION
from ..formats.graph_messages import GraphDef
from . import rules as rules
from .graphs import write_nodes
from .nodes import Body, Library, type_of

_MIN_CONSUMER = 12  # as TensorFlow writes it


class FlatBody(Body):
    """The nodes of a graph itself, which holds what functions would capture."""

    def __init__(self, library):
        super().__init__(library, flat=True)

    def capture(self, key, *args, **kwargs):
        """The handle of a table, which the graph fills before it uses it; of a variable."""
        if key[0] != "table":
            return super().capture(key, *args, **kwargs)
        if key not in self.captures:
            entries = key[1]
            self.captures[key] = table_handle(self, entries), ()
            keys, values = map(self.constant, entries.exported())
            self.ordered("LookupTableImportV2", self.captures[key][0], keys, values)
        return self.captures[key][0]


def table_handle(body, entries, name=None):
    """The node that makes a table like some entries."""
    attrs = {
        "key_dtype": type_of(entries.key_dtype),
        "value_dtype": type_of(entries.value_dtype),
        "shared_name": name or "",
        "use_node_name_sharing": name is None,
    }
    if not entries.shape:
        return body.add("MutableHashTableV2", **attrs)
    return body.add("MutableHashTableOfTensorsV2", value_shape=entries.shape, **attrs)


def graph_def_of(graph, names=None):
    """A graph as a GraphDef.

    Args:
      names: of the inputs.

    Returns:
      (the GraphDef, names of the inputs' tensors, names of the outputs' tensors).
    """
    body = FlatBody(Library())
    inputs = []
    for i, value in enumerate(graph.inputs):
        name = names[i] if names else f"x_{i}"
        attrs = {"dtype": type_of(value.dtype), "shape": value.shape}
        inputs.append(body.add("Placeholder", name=name, **attrs))
    outputs = write_nodes(body, graph, inputs)
    outputs = [body.add("Identity", ref) for ref in outputs]
    message = graph_def(body)
    return message, [f"{r.node}:0" for r in inputs], [f"{r.node}:0" for r in outputs]


def graph_def(body):
    """The GraphDef of a flat body, with its library."""
    message = GraphDef(versions={"producer": GRAPH_DEF_VERSION, "min_consumer": _MIN_CONSUMER})
    message.node.extend(body.nodes)
    message.library.function.extend(body.library.functions)
    return message
