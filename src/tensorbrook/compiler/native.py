"""The native backend: graphs as machine code, where llvmlite is installed."""

from _thread import _count as other_threads
from functools import cache
from sys import getrefcount

import numpy as np

from ..base import checksums
from ..base.context import context
from ..core.backend import Executable, HostBackend, host, register
from ..core.claims import claims, exclusively
from ..core.hooks import provide
from ..core.op import OPS
from ..core.tensor import wrap
from ..graph.custom import without_custom_gradients
from ..graph.ir import Graph, Node, Value
from ..graph.parts import Parts, runs_in_parts
from ..graph.reference import ArrayExecutable, on_numpy
from ..ops._kernels.philox import to_state
from .target import available

_COPIED_BYTES = 4 << 20  # of variables, which an interrupted program then leaves as they were


class Native(HostBackend):
    """Machine code made by the compiler; NumPy's kernels for graphs that it does not take."""

    name, loops = "native", True

    def available(self):
        """Whether llvmlite can be imported."""
        return available()

    def is_one_program(self, graph):
        """False for graphs with strings, or with sizes that data tell."""
        return not runs_in_parts(graph)

    def compile(self, graph, variables, written, device=host):
        """The graph as one program; in parts, where strings or sizes told by data need that."""
        from ..graph.passes import optimize  # with the first graph: eager programs do without

        graph = optimize(without_custom_gradients(graph))
        if any(v._declared_shape is not None for v in variables):
            return on_numpy(graph, variables, written, "a variable has an unknown shape")
        if runs_in_parts(graph):
            parts = Parts(graph, _program_of)
            return ArrayExecutable(graph, variables, written, parts, parts.explain)
        return NativeExecutable(graph, variables, written)


def _program_of(graph, aliases=None):
    from .program import OpenProgram, Program

    threads = context.threads if context.is_private else None
    return (OpenProgram if graph.open_sizes else Program)(graph, aliases, threads)


class NativeExecutable(Executable):
    """A Program that writes new values into the variables' own arrays.

    Attributes:
      program: the Program, or OpenProgram.
    """

    def __init__(self, graph, variables, written):
        super().__init__(variables, written)
        count, first = len(graph.outputs) - len(written), len(graph.inputs) - len(variables)
        place = {id(v): first + i for i, v in enumerate(variables)}
        aliases = {count + i: place[id(v)] for i, v in enumerate(written)}
        self.program = _program_of(graph, aliases)

    def run(self, tensors):
        """The results; the variables written keep their tensors, and get new values."""
        return [wrap(a) for a in self.arrays(tensors)]

    def arrays(self, tensors):
        """The results as arrays: the program has just made them, for nobody else."""
        if not self.written:
            values = [v._tensor._array for v in self.variables]
        elif self.program.long or claims or other_threads():
            return self._run_exclusively(tensors)
        else:
            own(self.written_states)
            values = [s["_tensor"]._array for s in self.states]
        return self.program(*[t._array for t in tensors], *values)

    def _run_exclusively(self, tensors):
        only_read = [v._tensor._array for v in self.only_read]

        def run(held):
            states = [{"_tensor": t} for t in held]
            own(states, 1)
            held[:] = [s["_tensor"] for s in states]
            written = [t._array for t in held]
            before = None  # for what a signal ends in the midst of it
            if self.program.endless and sum([a.nbytes for a in written]) <= _COPIED_BYTES:
                before = [wrap(a.copy()) for a in written]
            values = only_read + written
            try:
                return self.program(*[t._array for t in tensors], *[values[i] for i in self.order])
            except BaseException:
                if before is not None:
                    held[:] = before
                raise

        return exclusively(self.written_states, run)

    def explain(self):
        """The kernels, what was fused, and what runs on NumPy and why."""
        return self.program.explain()


def _alone():
    box = [np.zeros(0)]
    array = box[0]
    return getrefcount(array)


_ALONE = _alone()  # what getrefcount tells of an object that one place and one name hold


def own(states, others=0):
    """Gives variables arrays that nobody else holds, by copies where need be: to be written.

    Args:
      states: their `__dict__`s.
      others: in how many other places their tensors are, which do not count.
    """
    most = _ALONE + others
    for state in states:
        tensor = state["_tensor"]
        array = tensor._array
        if (
            getrefcount(tensor) > most
            or getrefcount(array) > _ALONE
            or array.__class__ is not np.ndarray
            or array.base is not None
            or not array.flags.carray
        ):
            state["_tensor"] = wrap(np.array(array, order="C"))


@provide("run_compiled")
def run_compiled(op, arrays, attrs):
    """An eager operation's result by a program; None where NumPy's kernel is to run."""
    if host.backend.name != Native.name:
        return None
    from .eager import run

    return run(op, arrays, attrs)


# -- long streams of random numbers ----------------------------------------------------------------

_PIECE = 1 << 17  # blocks that one call of the program makes


@cache
def _piece_program():
    """A program from the state of a stream to its first blocks: uint32 (4 * _PIECE,)."""
    from .program import Program

    state, words = Value(0, (3,), np.dtype(np.int64)), np.dtype(np.uint32)
    found, attrs = Value(1, (4 * _PIECE,), words), {"shape": (4 * _PIECE,), "dtype": words}
    graph = Graph("random_blocks")
    graph.inputs, graph.outputs = [state], [found]
    graph.nodes = [Node(OPS["random_full_int"], (state,), attrs, (found,))]
    return Program(graph)


@provide("random_blocks")
def random_blocks(key, counter, count):
    """`count` blocks of a stream: uint32 (count, 4); None where there is no native code."""
    if host.backend.name != Native.name:
        return None
    out, program = np.empty((count, 4), np.uint32), _piece_program()
    for start in range(0, count, _PIECE):
        part = out[start : start + _PIECE]
        (words,) = program(to_state(key, counter + start))
        part[:] = words.reshape(-1, 4)[: len(part)]
    return out


# -- checksums of long arrays ----------------------------------------------------------------------


def _state_after(data, state):
    if not available():
        return None
    from .checksum import state_after

    return state_after(data, state)


checksums.native.state_after = staticmethod(_state_after)

register(Native())
