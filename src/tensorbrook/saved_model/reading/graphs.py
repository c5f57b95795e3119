"""Graphs and function libraries of TensorFlow's files as Python callables over tensors.

A callable runs its nodes one by one: eagerly, or in a trace of `tf.function`, which then holds them
as our own graph.
"""

from ...base.shapes import TensorShape
from ...core.tensor import wrap
from ...ops.decoding import array_of_message
from ..op_table import RESOURCE, VARIANT
from .checks import check_graph, dtype_of, refuse, shape_of_proto, source_of
from .rules import Place, first_of, has_rule, run

_HANDLES = {RESOURCE: "resource", VARIANT: "variant"}  # what no array has


class Library:
    """The functions of a GraphDef, checked.

    Args:
      graph: the GraphDef.
      place: a Place, or the file's path.

    Raises:
      InvalidArgumentError: the graph breaks a bound, or does not fit together.
    """

    def __init__(self, graph, place):
        self.place = place if isinstance(place, Place) else Place(str(place), {})
        check_graph(graph, self.place.path)
        self.graph = graph
        self._defined = {f.signature.name: f for f in graph.library.function}
        self._bodies = {}

    def __contains__(self, name):
        return name in self._defined

    def definition(self, name):
        """The FunctionDef of a function."""
        return self._defined[name]

    def function(self, name):
        """A function of the library as a callable: tensors -> list of tensors."""
        if name not in self._bodies:
            self._bodies[name] = FunctionBody(self, self._defined[name])
        return self._bodies[name]

    def value_of(self, attr, where):
        """An attr as Python has it; a function as a callable."""
        kind = attr.WhichOneof("value")
        if kind == "list":
            return [
                self._single(kind, value, where)
                for kind, values in attr.list.ListFields()
                for value in values
            ]
        if kind in (None, "placeholder"):
            raise NotImplementedError(
                f"{where}: an attr without a value ({attr.placeholder!r}) belongs to a function "
                "that is a pattern for several dtypes, which is not built: export it from "
                "TensorFlow 2."
            )
        return self._single(kind, getattr(attr, kind), where)

    def _single(self, kind, value, where):
        if kind == "type":
            return _HANDLES.get(value) or dtype_of(value, self.place.path, where)
        if kind == "shape":
            return TensorShape(shape_of_proto(value, self.place.path, where))
        if kind == "tensor":
            return wrap(array_of_message(value))
        if kind == "func":
            return self.function(value.name)
        return value.decode("utf-8", "surrogateescape") if kind == "s" else value


class Step:
    """One node, ready to run: its op, its attrs, where its inputs come from."""

    def __init__(self, node, inputs, attrs, where):
        self.name, self.op, self.inputs, self.attrs = node.name, node.op, inputs, attrs
        self.where = where


class Body:
    """The nodes of a function or graph, of which those run that its results need."""

    def __init__(self, library, nodes, name):
        self.library, self.name = library, name
        self.nodes = {node.name: node for node in nodes}

    def where(self, node):
        """The node's place, in words."""
        return f"node {node.name!r} ({node.op}) of {self.name} in {self.library.place.path}"

    def steps(self, wanted, given):
        """The steps that compute nodes, in order.

        Args:
          wanted: the names of nodes.
          given: names whose values the caller has.

        Raises:
          NotImplementedError: an op among them has no rule.
        """
        order, seen, stack = [], set(given), [(name, False) for name in reversed(wanted)]
        while stack:
            name, ready = stack.pop()
            if ready:
                order.append(self._step(self.nodes[name], given))
            elif name not in seen:
                seen.add(name)
                stack.append((name, True))
                sources = map(source_of, self.nodes[name].input)
                stack += [(source, False) for source in reversed(list(sources))]
        return order

    def _step(self, node, given):
        where = self.where(node)
        if not has_rule(node.op):
            raise NotImplementedError(
                f"[saved_model] {where}: there is no rule for the op {node.op}. Export a function "
                "without it, or compute what it does outside of the graph."
            )
        attrs = {
            key: self.library.value_of(attr, where)
            for key, attr in node.attr.items()
            if not key.startswith("_") and key != "container"
        }
        inputs = [self.reference(text, given) for text in node.input if text[0] != "^"]
        return Step(node, inputs, attrs, where)

    def reference(self, text, given):
        """(name of a node, number of its result) for what a node or a function calls its value."""
        name, *rest = text.split(":")
        if name in given or not rest:
            return name, 0
        try:
            at = int(rest[-1])
            if len(rest) == 2:
                node = self.nodes[name]
                if not has_rule(node.op):
                    return name, at  # refused when its turn comes
                attrs = {
                    key: attr.i if attr.WhichOneof("value") == "i" else attr.list.ListFields()
                    for key, attr in node.attr.items()
                }
                attrs = {k: v[0][1] if v.__class__ is list and v else v for k, v in attrs.items()}
                at += first_of(node.op, rest[0], attrs, None)
        except (ValueError, KeyError, TypeError):
            refuse(self.library.place.path, self.name, f"uses {text!r}, which is no result")
        return name, at

    def run(self, steps, values, results):
        """Runs steps.

        Args:
          values: a dict from the names of arguments to lists of one value; it is added to.
          results: what to return: (name of a node, number of its result).
        """
        place = self.library.place
        for step in steps:
            try:
                inputs = [values[name][number] for name, number in step.inputs]
                values[step.name] = run(step.op, inputs, step.attrs, place)
            except Exception as fault:
                fault.add_note(f"At {step.where}.")
                raise
        return [values[name][number] for name, number in results]


class FunctionBody(Body):
    """A function of a library."""

    def __init__(self, library, definition):
        super().__init__(library, definition.node_def, f"function {definition.signature.name!r}")
        self.arguments = [argument.name for argument in definition.signature.input_arg]
        returned = {entry.key: entry.value for entry in definition.ret}
        self._returned = [returned[a.name] for a in definition.signature.output_arg]
        self._controls = [entry.value for entry in definition.control_ret]
        self._steps = self._results = None

    def build(self):
        """Makes the steps, and those of the functions that it calls.

        Raises:
          NotImplementedError: an op has no rule.
        """
        if self._steps is None:
            wanted = [source_of(text) for text in (*self._returned, *self._controls)]
            self._results = [self.reference(text, self.arguments) for text in self._returned]
            self._steps = self.steps(wanted, self.arguments)
            for step in self._steps:
                for value in step.attrs.values():
                    for function in value if isinstance(value, list) else (value,):
                        if isinstance(function, FunctionBody):
                            function.build()
        return self

    def __call__(self, *tensors):
        self.build()
        if len(tensors) != len(self.arguments):
            raise ValueError(
                f"{self.name} takes {len(self.arguments)} tensors, {len(tensors)} were given."
            )
        values = {name: [tensor] for name, tensor in zip(self.arguments, tensors)}
        return self.run(self._steps, values, self._results)

    def unchanged(self):
        """The numbers of the arguments that it returns as the results of the same numbers."""
        found = set()
        for number, (name, text) in enumerate(zip(self.arguments, self._returned)):
            source = source_of(text)
            while source in self.nodes and self.nodes[source].op == "Identity":
                source = source_of(self.nodes[source].input[0])
            if source == name:
                found.add(number)
        return found
