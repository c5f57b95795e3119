"""Graphs for TensorBoard: of a function that is given, and of all that run while a trace is on."""

import warnings
from collections import Counter

from ..base.dtypes import from_numpy
from ..core.dispatch import current_trace
from ..formats.graph_messages import Event, GraphDef, RunMetadata
from ..graph.ir import Graph
from ..ops.decoding import tensor_message
from . import profile
from .recording import current, emit
from .values import write_for

_LARGEST_SHOWN = 64  # elements of a constant that goes into the picture
_VERSION = 2474  # of graphs, as TensorFlow 2.21 writes


class _Picture:
    """Makes the GraphDef of a graph: a picture of it, in names that TensorBoard groups."""

    def __init__(self):
        self.message, self._taken = GraphDef(), Counter()
        self.message.versions.producer = _VERSION

    def _name(self, base):
        count = self._taken[base]
        self._taken[base] += 1
        return f"{base}_{count}" if count else base

    def _node(self, name, kind, inputs, outputs):
        node = self.message.node.add(name=name, op=kind, input=inputs)
        shapes = node.attr["_output_shapes"].list.shape
        for value in outputs:
            shape = shapes.add()
            shape.SetInParent()
            for size in value.shape:
                shape.dim.add(size=size if size.__class__ is int else -1)
        if outputs:
            node.attr["dtype"].type = from_numpy(outputs[0].dtype).as_datatype_enum
        return node

    def draw(self, graph, scope="", given=()):
        """Adds the nodes of a graph; returns the names of its outputs.

        Args:
          scope: stands before their names.
          given: the names of what the graph is given, for graphs among a node's attributes.
        """
        names = {}
        for number, value in enumerate(graph.inputs):
            names[value] = self._name(f"{scope}input")
            source = given[number : number + 1]
            self._node(names[value], "Identity" if source else "Placeholder", source, [value])
        for value, array in graph.constants.items():
            names[value] = self._name(f"{scope}constant")
            node = self._node(names[value], "Const", [], [value])
            if array.size <= _LARGEST_SHOWN and array.dtype.kind != "V":
                node.attr["value"].tensor.CopyFrom(tensor_message(array))
        for node in graph.nodes:
            name = self._name(scope + node.op.name)
            inputs = [names[value] for value in node.inputs]
            for key, inner in node.graphs.items():
                # The body of a loop may take others than its operands: rows of them, a number.
                fits = len(inner.inputs) == len(inputs)
                inputs += self.draw(inner, f"{name}/{key}/", inputs if fits else ())
            if node.graphs:  # a group of its own
                name = f"{name}/{node.op.name}"
            kind = "".join(part.title() for part in node.op.name.split("_"))
            self._node(name, kind, list(dict.fromkeys(inputs)), node.outputs)
            for number, value in enumerate(node.outputs):
                names[value] = f"{name}:{number}" if number else name
        return [names[value] for value in graph.outputs]


def graph_message(graph):
    """The GraphDef of a graph, as a picture: TensorBoard shows it; TensorFlow does not run it.

    Example:
    >>> from tensorbrook.summary.graphs import graph_message
    >>> f = tf.function(lambda x: tf.nn.relu(x + 1.0))
    >>> concrete = f.get_concrete_function(tf.TensorSpec([2]))
    >>> [(node.name, node.op) for node in graph_message(concrete.graph).node]
    [('input', 'Placeholder'), ('constant', 'Const'), ('add', 'Add'), ('relu', 'Relu')]
    """
    picture = _Picture()
    picture.draw(graph)
    return picture.message


def graph(graph_data):
    """Writes a graph, outside of graphs.

    Args:
      graph_data: the `graph` of a concrete function, or a GraphDef.

    Returns:
      A truth value, a tensor: whether it is written.

    Raises:
      ValueError: something else; a call within a graph.

    Example:
    >>> f = tf.function(lambda x: x + 1.0)
    >>> with tf.summary.create_file_writer("logs").as_default():
    ...     bool(tf.summary.graph(f.get_concrete_function(tf.TensorSpec([2])).graph))
    True
    """
    if current_trace() is not None:
        raise ValueError("graph() cannot be invoked inside a graph context.")
    if isinstance(graph_data, Graph):
        graph_data = graph_message(graph_data)
    if not isinstance(graph_data, GraphDef):
        raise ValueError(
            "Argument 'graph_data' is not tf.Graph or tf.compat.v1.GraphDef. Received graph_data="
            f"{graph_data!r} of type {type(graph_data).__name__}: a function's is "
            "f.get_concrete_function(...).graph."
        )
    data = graph_data.SerializeToString()
    return emit(0, [], lambda file, step: file.add(Event(graph_def=data)))


_on = []  # whether the trace that is on profiles


def trace_on(graph=True, profiler=False, profiler_outdir=None):
    """Begins to collect the graphs that run, in this thread and those that start from now on.

    Args:
      graph: collect the graphs.
      profiler: take a profile too, as `tf.profiler.experimental.start` does.
      profiler_outdir: the folder of the profile.

    Example:
    >>> f = tf.function(lambda x: x + 1.0)
    >>> tf.summary.trace_on()
    >>> y = f(tf.constant(1.0))
    >>> with tf.summary.create_file_writer("logs").as_default():
    ...     tf.summary.trace_export("f", step=0)
    """
    if current_trace() is not None:
        warnings.warn("Cannot enable trace inside a tf.function.", stacklevel=2)
        return
    if _on:
        warnings.warn("Trace already enabled", stacklevel=2)
        return
    if profiler and profiler_outdir is None:
        warnings.warn(
            "No `profiler_outdir` passed to trace_on(). Profiler won't be enabled.", stacklevel=2
        )
        profiler = False
    if graph or profiler:
        options = None if profiler else profile.ProfilerOptions(host_tracer_level=1)
        profile.begin(profiler_outdir, options)
    _on.append((graph or profiler, profiler))


def trace_export(name, step=None, profiler_outdir=None):
    """Ends what `trace_on` began, and writes the graphs.

    Args:
      name: of the summary.
      step: a whole number; by default what `tf.summary.experimental.set_step` set.
      profiler_outdir: of no effect: `trace_on` was told.

    Raises:
      ValueError: no trace is on; there is a writer and no step.
    """
    if not _on:
        raise ValueError("Must enable trace before export through tf.summary.trace_on.")
    listens, profiler = _on[0]
    if step is None and current().writer.value is not None and current().step.value is None:
        emit(step, [], None)  # says that there is none; the trace stays on
    session = profile.end() if listens else None
    _on.clear()
    write_ran(session, name, step, "graph_run_metadata" if profiler else "graph_run_metadata_graph")
    if profiler:
        session.save()


def trace_off():
    """Ends what `trace_on` began, and forgets it."""
    if _on and _on.pop()[0]:
        profile.end()


def write_ran(session, name, step, plugin="graph_run_metadata_graph"):
    """Writes the graphs that ran in a profile's Session, or none without one."""
    message = RunMetadata()
    for concrete in session.programs if session is not None else ():
        found = message.function_graphs.add()
        found.pre_optimization_graph.CopyFrom(graph_message(concrete.graph))
    write_for(plugin, name, message.SerializeToString(), step)
