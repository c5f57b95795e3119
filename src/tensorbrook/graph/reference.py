"""The reference backend: graphs as straight-line Python over the NumPy kernels (interp.py).

It is the oracle of every other backend, and what runs when there is none.
"""

from ..core.backend import Executable, HostBackend, register
from ..core.claims import exclusively
from ..core.tensor import wrap
from .custom import without_custom_gradients
from .interp import compile_reference
from .passes import optimize

_ASKED_FOR = "the reference backend was asked for, or llvmlite is not installed"


class ReferenceExecutable(Executable):
    """A graph over NumPy's kernels.

    Args:
      graph: optimised already.
      why: the reason why no other backend runs it, for `explain`.
    """

    def __init__(self, graph, variables, written, why):
        super().__init__(variables, written)
        self._function, self._why = compile_reference(graph), why
        self._count = len(graph.outputs) - len(written)

    def run(self, tensors):
        """The results; the variables written get new tensors."""
        only_read = [v._tensor for v in self.only_read]

        def run(held):
            values = only_read + held
            values = [values[i] for i in self.order]
            arrays = self._function(*[t.host() for t in (*tensors, *values)])
            held[:] = map(wrap, arrays[self._count :])
            return [wrap(a) for a in arrays[: self._count]]

        return exclusively(self.written_states, run) if self.written else run([])

    def explain(self):
        """One line: that it runs on NumPy, and why."""
        return [f"on NumPy: all of it, since {self._why}"]


class Reference(HostBackend):
    """NumPy's kernels, one after another."""

    name = "reference"

    def compile(self, graph, variables, written):
        """The graph as a ReferenceExecutable."""
        graph = optimize(without_custom_gradients(graph))
        return ReferenceExecutable(graph, variables, written, _ASKED_FOR)


register(Reference())
