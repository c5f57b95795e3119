"""A graph's programs, one for each set of the sizes that it leaves open."""

from functools import lru_cache, partial

from ..base.dims import bind
from ..graph.parts import Parts
from .tensors import jax_device, prepared, wide

_MOST_PROGRAMS = 64  # of one graph: those of the sizes that were used last
# Their kernels run programs, which nothing within a program of JAX may.
HOST_ONLY = frozenset(
    ("for_each", "python_call", "iterator_next", "iterator_begin", "derived_dataset", "queue_call")
)


class Programs:
    """The programs of a graph.

    Args:
      graph: the graph.
      make: makes a program of the graph with all sizes known.
    """

    def __init__(self, graph, make):
        self.graph = graph
        self._at = lru_cache(_MOST_PROGRAMS)(lambda key: make(graph.at_sizes(dict(key))))

    def sizes(self, shapes):
        """What inputs of these shapes give to the sizes that the graph leaves open, by name."""
        sizes = {}
        if self.graph.open_sizes:
            for value, shape in zip(self.graph.inputs, shapes):
                bind(value.shape, shape, sizes)
        return sizes

    def of(self, shapes):
        """The program for inputs of these shapes."""
        return self.at(self.sizes(shapes))

    def at(self, sizes):
        """The program for sizes by name."""
        return self._at(tuple(sizes.items()))


class _Part:
    """A graph within another one: a function of arrays."""

    def __init__(self, device, graph):
        self._device, self._programs = device, Programs(graph, _jitted)
        self._graph, self.names = graph, tuple(graph.sizes)

    def __call__(self, *arrays):
        """The results, as arrays of JAX."""
        return self._run(self._programs.at({}), arrays)

    def at(self, key, arrays):
        """The same, where sizes are given, in the order of `names`."""
        return self._run(self._programs.at(dict(zip(self.names, key))), arrays)

    def _run(self, program, arrays):
        import jax

        from .rules import told

        with wide(), jax.default_device(jax_device(self._device)):
            try:
                return ended(program(*arrays))
            except RuntimeError as fault:
                raise told(fault) from None

    def explain(self):
        """Lines of text: what it is, and what of it the host computes."""
        return explained(self._graph, "a program")


def _jitted(graph):
    import jax

    from .rules import function_of

    prepared()
    return jax.jit(function_of(graph))


def ended(results):
    """The results of a program that calls the host, when it has ended: it may have failed."""
    import jax

    if not results:
        jax.effects_barrier()
    return jax.block_until_ready(results)


def in_parts(graph, device):
    """A graph as programs, and what runs on NumPy between them."""
    return Parts(graph, partial(_Part, device), HOST_ONLY)


def explained(graph, what):
    """Lines of text: a program, and what of it the host computes."""
    from .rules import unruled

    names = sorted(unruled(graph))
    return [f"XLA: {what}", *([f"on the host: {', '.join(names)}"] if names else [])]
