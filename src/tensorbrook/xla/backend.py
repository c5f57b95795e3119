"""The backend that makes programs of JAX: on the CPU where TENSORBROOK_BACKEND=xla says so."""

import numpy as np

from ..base.dims import bind
from ..core.backend import HostBackend, register
from ..graph.custom import without_custom_gradients
from ..graph.passes import optimize
from ..graph.reference import ArrayExecutable, on_numpy


class Xla(HostBackend):
    """Programs of JAX, whose arrays are copied from and to NumPy's."""

    name, loops = "xla", True

    def available(self):
        """False: on the CPU it is there for those who ask for it."""
        return False

    def compile(self, graph, variables, written):
        """The graph as one program for each set of sizes; on NumPy where it holds strings."""
        graph = optimize(without_custom_gradients(graph))
        why = _why_not(graph)
        if why:
            return on_numpy(graph, variables, written, why)
        program = Program(graph)
        return ArrayExecutable(graph, variables, written, program, program.explain)


def _why_not(graph):
    for node in graph.nodes:
        if any(v.dtype == object for v in (*node.inputs, *node.outputs)):
            return "it holds strings"
        if node.finds_sizes:
            return f"{node.op.name} finds sizes that only data tell"
    return None


class Program:
    """A graph as functions that JAX compiles, one for each set of the sizes that it leaves open."""

    def __init__(self, graph):
        self.graph, self._made = graph, {}

    def __call__(self, *arrays):
        import jax

        sizes = {}
        for value, array in zip(self.graph.inputs, arrays):
            bind(value.shape, array.shape, sizes)
        key = tuple(sizes.items())
        with jax.enable_x64(True):
            if key not in self._made:
                from .rules import function_of

                self._made[key] = jax.jit(function_of(self.graph.at_sizes(sizes)))
            return [np.array(y) for y in self._made[key](*arrays)]

    def explain(self):
        """Lines of text: what runs on the host."""
        from .rules import unruled

        names = sorted(unruled(self.graph))
        return ["XLA: one program", *([f"on the host: {', '.join(names)}"] if names else [])]


register(Xla())
