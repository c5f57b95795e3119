"""Traces within traces: branches and loop bodies as closed graphs, and what they use of outside."""

from ..base.context import context
from ..base.dims import symbols_of
from ..core.dispatch import current_trace
from .trace import NOWHERE, SizeTensor, Trace


class SubTrace(Trace):
    """The trace of a branch or a body, within the trace being made.

    What it uses of outer traces is captured: it becomes an input of its graph, and an operand of
    the node that holds the graph. The tapes that are on do not look inside: they see that node.
    It is entered a second time where the branches' results have to be made alike.
    """

    nested = True

    def __init__(self, name):
        super().__init__(name)
        self._parent = current_trace()
        self.captured = {}  # id(tensor) -> (tensor of an outer trace, its value here)
        self.slots = {}  # number of a loop's variable -> the argument that stands for it
        self.results = []
        self.own_sizes = {}  # names of sizes that are its arguments' and mean nothing outside

    def __enter__(self):
        self._tapes, context.tapes = context.tapes, []
        return super().__enter__()

    def __exit__(self, *exc):
        super().__exit__(*exc)
        context.tapes = self._tapes

    def initial_value(self, variable, tensor):
        """A variable made in a branch is made by the function that holds it."""
        return self._parent.initial_value(variable, tensor)

    def value_of(self, tensor):
        """As in every trace; a tensor of an outer trace becomes an input."""
        if tensor.is_eager and self._is_watched(tensor):
            return self.captured_value(tensor)
        if tensor.__class__ is SizeTensor and self._owns(tensor.dims):
            return super().value_of(tensor)
        outer = not tensor.is_eager and tensor._trace is not self
        if outer and (tensor._trace in context.traces or tensor._trace is NOWHERE):
            return self.captured_value(tensor)
        return super().value_of(tensor)

    def _owns(self, dims):
        return self.own_sizes and any(
            n in self.own_sizes for n in symbols_of(dims.ravel().tolist())
        )

    def _is_watched(self, tensor):
        """A constant that a tape watches is an operand: its gradient is wanted."""
        return any(tape.watches(tensor) for tape in self._tapes)

    def slot(self, number, shape, dtype):
        """The argument that stands for a loop's variable."""
        if number not in self.slots:
            self.slots[number] = self.argument(shape, dtype)
        return self.slots[number]

    # -- closing -----------------------------------------------------------------------------------

    @property
    def written(self):
        """The variables it assigns to."""
        return list(self._written.values())

    def captured_value(self, tensor):
        """Its value for a tensor of an outer trace."""
        entry = self.captured.get(id(tensor))
        if entry is None:
            entry = self.captured[id(tensor)] = (tensor, self._new(tensor._shape, tensor._dtype))
        return entry[1]

    def entry_value(self, variable):
        """Its value for what a variable holds at its beginning."""
        self.read(variable)
        return self._entry[id(variable)]

    def last_value(self, variable):
        """Its value for what a variable holds at its end."""
        return self.value_of(self.read(variable))

    def close(self, outputs):
        """Settles what it returns, and thereby what it captures; nothing is recorded after it."""
        self.results = [self.value_of(t) for t in outputs]
        for variable in self.written:
            self.last_value(variable)

    def graph_of(self, inputs, outputs):
        """The finished graph."""
        self.graph.inputs, self.graph.outputs = list(inputs), list(outputs)
        return self.graph.without_dead_nodes()


def union(*lists):
    """The objects of several lists, each once."""
    return list({id(x): x for each in lists for x in each}.values())
