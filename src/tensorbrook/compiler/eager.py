"""Programs of one node: what eager mode runs of an operation whose NumPy kernel would take long.

A call has the same bits each time, so an operation is compiled when it first meets some shapes.
Where these go on to change, one more program takes all sizes that did, and later ones of a kind for
which there is none stay NumPy's. Each thread has programs of its own and never waits for another's.
"""

import threading
from functools import partial

from ..base.context import context
from ..base.dims import Dim
from ..base.errors import TraceBreak
from ..core.op import Spec
from ..graph.ir import Graph, Node, Value
from . import runtime
from .program import OpenProgram, Program

_MOST_SHAPES = 4  # of one kind of call that are compiled by themselves
_MOST_PROGRAMS = 1000


class _Kept(threading.local):
    """A thread's programs.

    Attributes:
      programs: by operation, shapes, dtypes and attributes; None where NumPy's kernel runs.
      kinds: the _Kind of each kind of call.
      busy: whether one runs: what a signal's handler computes meanwhile is left to NumPy.
      arena: the scratch memory that they share, since one runs at a time.
    """

    def __init__(self):
        self.programs, self.kinds, self.busy = {}, {}, False
        self.arena = runtime.aligned_bytes(64)

    def made(self, op, arrays, attrs):
        """A function of arrays of these shapes; None for NumPy's kernel."""
        if any(a.size == 0 or a.dtype == object for a in arrays):
            return None
        if len(self.programs) >= _MOST_PROGRAMS:
            self.programs.clear()
            self.kinds.clear()
        fixed = [item for item in attrs.items() if not _is_shape(item[0])]
        channels = [a.shape[-1:] if a.ndim > 2 else () for a in arrays]
        kind = (op, *[(a.ndim, a.dtype) for a in arrays], *channels, *fixed)
        shapes = [*(a.shape for a in arrays), *(v for k, v in attrs.items() if _is_shape(k))]
        sizes = tuple([size for shape in shapes for size in shape])
        program = self.kinds.setdefault(kind, _Kind()).program(op, arrays, attrs, sizes)
        return partial(self.run, program) if program.__class__ is Program else program

    def run(self, program, *arrays):
        """What a program without open sizes returns, which works in the shared memory."""
        if program.arena_bytes > self.arena.size:
            self.arena = runtime.aligned_bytes(program.arena_bytes)
        program.work_in(self.arena)
        return program(*arrays)


_kept = _Kept()


class _Kind:
    """Calls that differ in their sizes alone: the sizes seen, and a program for all of them."""

    def __init__(self):
        self.seen, self.pattern, self.open = [], None, None

    def program(self, op, arrays, attrs, sizes):
        """What runs these shapes, which are new; None for NumPy's kernel."""
        if len(self.seen) < _MOST_SHAPES:
            self.seen.append(sizes)
            return _program(op, [Spec(a.shape, a.dtype) for a in arrays], attrs)
        first, columns = {}, zip(*self.seen, sizes)
        pattern = [len({*c}) > 1 and f"d{first.setdefault(c, len(first))}" for c in columns]
        if pattern != self.pattern:
            self.seen.append(sizes)
            self.pattern, self.open = pattern, self._opened(op, arrays, attrs, pattern)
        return self.open

    def _opened(self, op, arrays, attrs, pattern):
        """A program that leaves open what has varied, by the names in `pattern`: sizes that were
        equal each time have one name."""
        names = iter(pattern)

        def shape_of(shape):
            return tuple([Dim.symbol(n) if n else size for size, n in zip(shape, names)])

        specs = [Spec(shape_of(a.shape), a.dtype) for a in arrays]
        return _program(
            op, specs, {k: shape_of(v) if _is_shape(k) else v for k, v in attrs.items()}
        )


def _is_shape(name):
    return name.endswith("shape")


def _program(op, specs, attrs):
    """A program of one node; None where no native rule takes it."""
    graph = Graph(op.name)
    try:
        found = op.infer(*specs, **attrs)
    except TraceBreak:
        return None
    values = [*specs, *([found] if isinstance(found, Spec) else found)]
    values = [Value(i, tuple(s.shape), s.dtype) for i, s in enumerate(values)]
    graph.inputs, graph.outputs = values[: len(specs)], values[len(specs) :]
    graph.nodes = [Node(op, tuple(graph.inputs), attrs, tuple(graph.outputs))]
    if graph.open_sizes:
        return OpenProgram(graph, threads=context.threads)
    program = Program(graph, threads=context.threads)
    return None if any(step.kernel is None for step in program.steps) else program


def run(op, arrays, attrs):
    """An operation's result by its program, an array or a tuple; None where NumPy's is to run."""
    kept = _kept
    if kept.busy:
        return None
    shape = arrays[0].shape
    if flat := op.elementwise and all([a.shape == shape for a in arrays]):
        arrays = [a.reshape(-1) for a in arrays]
    key = (op, *[(a.shape, a.dtype) for a in arrays], *attrs.items())
    kept.busy = True
    try:
        if key not in kept.programs:
            kept.programs[key] = kept.made(op, arrays, attrs)
        program = kept.programs[key]
        if program is None:
            return None
        found = program(*arrays)
    finally:
        kept.busy = False
    if flat:
        return found[0].reshape(shape)
    return found[0] if len(found) == 1 else found
