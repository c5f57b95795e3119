"""The reference backend: graphs as straight-line Python over the NumPy kernels (interp.py).

It is the oracle of every other backend, and what runs when there is none.
"""

from ..core.backend import Executable, HostBackend, host, register
from ..core.claims import exclusively
from ..core.tensor import wrap
from .custom import without_custom_gradients
from .interp import compile_reference

_ASKED_FOR = "the reference backend was asked for, or llvmlite is not installed"


class ArrayExecutable(Executable):
    """A function of arrays, one for each input of the graph, that writes over none of them.

    Args:
      graph: the graph.
      function: returns the arrays of all outputs.
      explain: what `explain` calls.
      put: makes a tensor of an array.
    """

    def __init__(self, graph, variables, written, function, explain, put=wrap):
        super().__init__(variables, written)
        self._function, self._explain, self._put = function, explain, put
        self._count = len(graph.outputs) - len(written)

    def run(self, tensors):
        """The results; the variables written get new tensors."""
        only_read = [v._tensor for v in self.only_read]

        def run(held):
            values = only_read + held
            values = [values[i] for i in self.order]
            arrays = self._function(*[t.host() for t in (*tensors, *values)])
            held[:] = map(self._put, arrays[self._count :])
            return [self._put(a) for a in arrays[: self._count]]

        return exclusively(self.written_states, run) if self.written else run([])

    def explain(self):
        """Lines of text: what was made of the graph."""
        return self._explain()


def on_numpy(graph, variables, written, why, put=wrap):
    """The Executable over NumPy's kernels of a graph that is optimised already.

    Args:
      why: the reason why no other backend runs it, for `explain`.
      put: makes a tensor of an array.
    """
    lines = [f"on NumPy: all of it, since {why}"]
    return ArrayExecutable(graph, variables, written, compile_reference(graph), lines.copy, put)


class Reference(HostBackend):
    """NumPy's kernels, one after another."""

    name = "reference"

    def compile(self, graph, variables, written, device=host):
        """The graph as straight-line Python."""
        from .passes import optimize  # with the first graph: eager programs do without

        graph = optimize(without_custom_gradients(graph))
        return on_numpy(graph, variables, written, _ASKED_FOR)


register(Reference())
