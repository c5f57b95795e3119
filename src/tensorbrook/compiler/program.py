"""Program: a graph as native code, and the table by which the driver runs it."""

import ctypes
import math
from threading import RLock

import numpy as np

from ..base.dims import bind, deciding, evaluate, typical
from ..graph.subgraphs import compiled
from . import debug, rules, runtime
from .batches import by_rows
from .lower import Lowering
from .memory import Slots, plan_memory
from .table import Table, cost

# What the driver returns: for arguments that are not arrays in C order 2, within itself 3.
DONE, UNFIT, RUNNING = 0, 2, 3
_empty = np.empty
_OFTEN = 1000  # calls with the same sizes, after which they are worth a program of their own
_MOST_PROGRAMS, _SOME_SIZE = 8, 32
LONG_NANOSECONDS = 30_000  # a program of more work lets other Python threads run meanwhile
_ = rules  # imported for the rules that it enters


class Program:
    """A compiled graph.

    Args:
      graph: the graph; without values of dtype string.
      aliases: from the number of an output to that of the input whose array it replaces: it is
        then written there, and not among the arrays of the results.
      sizes: what is typical of the sizes that the graph leaves open, by name.

    Attributes:
      steps: what it runs, in order; the steps of a loop or branch follow it.
      long: True where other Python threads, and handlers of signals, run meanwhile.
      endless: True where it may run so long that a signal may end it.
    """

    def __init__(self, graph, aliases=None, threads=None, sizes=None):
        self._guards, self._typical = {}, sizes
        with deciding(self._guard, sizes):
            self._make(graph, aliases, threads, sizes)

    def _guard(self, difference, relation):
        """Takes a comparison as it is for typical sizes; the program is for such alone."""
        value = typical(difference)
        answer = value == 0 if relation == "==" else value < 0
        self._guards[difference, relation] = answer
        return answer

    def _make(self, graph, aliases, threads, sizes):
        self.graph, self.aliases = graph, dict(aliases or {})
        count = len(graph.inputs)
        places = [self.aliases.get(i, count + i) for i in range(len(graph.outputs))]
        targets = [(("array", place), i in self.aliases) for i, place in enumerate(places)]
        steps = Lowering(graph, None, self.aliases).steps(targets)
        self._slots = Slots(steps) if sizes else None
        self.arena_bytes = 0 if sizes else plan_memory(steps)
        self._arena = runtime.aligned_bytes(max(self.arena_bytes, 64))
        self._pool = runtime.pool(threads)
        self._lock, self._fault = RLock(), None
        self.results = self._results = [
            (v.shape, v.dtype) for i, v in enumerate(graph.outputs) if i not in self.aliases
        ]
        # arrays are numbered inputs first, then outputs; aliased outputs have none
        self._number, following = {i: i for i in range(count)}, count
        for i in range(len(graph.outputs)):
            if i not in self.aliases:
                self._number[count + i] = following
                following += 1
        self._build(steps, following)
        self._execute = debug.watched(self, runtime.execute())

    # -- the table ---------------------------------------------------------------------------------

    def _build(self, steps, arrays):
        self._callbacks = []
        arena = None if self._slots else runtime.address_of(self._arena)
        self._table = table = Table(steps, arena, self._number, self._call)
        self.steps = table.steps
        self._bases = np.zeros(max(arrays, 1), np.int64)
        head = self._head = np.zeros((), runtime.PROGRAM)
        head["steps"], head["step_count"] = runtime.address_of(table.rows), table.count
        head["bases"], head["array_count"] = runtime.address_of(self._bases), arrays
        head["relocations"] = runtime.address_of(table.relocations)
        head["relocation_count"] = table.relocated
        self._cost = cost(steps)
        self.long = head["long"] = self._cost > LONG_NANOSECONDS
        self.endless = self._cost > runtime.PATIENCE / 2
        head["pool"], head["array_type"] = self._pool.address, id(np.ndarray)

    def _call(self, step, first):
        """The addresses of a function that runs a step's NumPy kernel, and of what it clears."""
        call = _Callback(self, step, first)
        self._callbacks.append(call)
        return call.address, ctypes.addressof(call.unfinished)

    # -- sizes -------------------------------------------------------------------------------------

    def takes(self, sizes):
        """True when the program is right for sizes by name."""
        for (difference, relation), answer in self._guards.items():
            value = evaluate(difference, sizes)
            if (value == 0 if relation == "==" else value < 0) != answer:
                return False
        return True

    def resize(self, sizes):
        """Makes it run on sizes by name, which it takes."""
        if self._head["thread"]:
            self._refuse()
        offsets, self.arena_bytes = self._slots.offsets(sizes)
        if self.arena_bytes > len(self._arena):
            self._arena = runtime.aligned_bytes(self.arena_bytes)
        self._table.resize(sizes, runtime.address_of(self._arena), offsets)
        self.results = [(evaluate(shape, sizes), dtype) for shape, dtype in self._results]
        larger = math.prod(size / self._typical[name] for name, size in sizes.items())
        self.long = self._head["long"] = self._cost * larger > LONG_NANOSECONDS
        self.endless = self._cost * larger > runtime.PATIENCE / 2

    def work_in(self, arena):
        """Takes an array of at least `arena_bytes` as its scratch memory; where sizes are fixed."""
        if arena is not self._arena:
            self._table.move(runtime.address_of(arena) - runtime.address_of(self._arena))
            self._arena = arena

    # -- running -----------------------------------------------------------------------------------

    def __call__(self, *arrays):
        """The tuple of results for input arrays; aliased inputs are written over."""
        results = [_empty(shape, dtype) for shape, dtype in self.results]
        self.fill(arrays, results)
        return tuple(results)

    def fill(self, arrays, results):
        """Writes its results for input arrays into arrays of their shapes and dtypes."""
        with self._lock:
            status = self._execute(self._head, *arrays, *results)
            if status != DONE:
                self._again(status, arrays, results)

    def _again(self, status, arrays, results):
        """Runs on arrays in C order if the ones given were not; else raises what stopped it."""
        if status == UNFIT:
            status = self._execute(self._head, *self._own(arrays), *results)
        if status == RUNNING:
            self._refuse()
        if status != DONE:
            self._raise()

    def _refuse(self):
        raise RuntimeError(
            f"{self.graph.name} was called from within itself, as by the handler of a signal that "
            "came while it ran: call it when it has ended."
        )

    def _own(self, arrays):
        for i in self.aliases.values():
            if not (isinstance(arrays[i], np.ndarray) and arrays[i].flags.carray):
                raise ValueError(f"input {i} is to be written over and is no contiguous array")
        return [np.require(np.asarray(a), requirements="CA") for a in arrays]

    def explain(self):
        """Lines of text: the kernels, what was fused, and what runs on NumPy and why."""
        return debug.explained(self)

    def _raise(self):
        """Raises what made the program stop: a fallback's own error, or a refusing kernel's."""
        fault, self._fault = self._fault, None
        if fault is not None:
            raise fault
        at = int(self._head["refused"])
        step = self.steps[at]
        if step.kernel is None:  # the handler of a signal raised before the NumPy step began
            raise KeyboardInterrupt
        # the kernel that refused has seen what is wrong: the node's other inputs do not matter
        seen = [self._table.seen(at, v) for v in step.inputs]
        inputs = [
            np.zeros(evaluate(v.shape, self._table.sizes), v.dtype) if found is None else found
            for v, found in zip(step.inputs, seen)
        ]
        step.node.op.kernel(*inputs, **evaluate(step.node.attrs, self._table.sizes))
        raise RuntimeError(f"[{step.node.op.name}] its native code refused what NumPy takes.")


class OpenProgram:
    """A graph that leaves sizes open, as native code: mostly one Program for all of them.

    A Program may hold for some sizes only, where a rule had to decide something; there are as many
    as that takes. Sizes that come again and again get one of their own, without open sizes.
    """

    long = property(
        lambda self: self._program is None or self._program.long, doc="See Program: of the latest."
    )
    endless = property(
        lambda self: self._program is None or self._program.endless, doc="See Program: as `long`."
    )

    def __init__(self, graph, aliases=None, threads=None):
        self.graph, self.aliases, self._threads = graph, dict(aliases or {}), threads
        self._lock, self._programs, self._closed = RLock(), [], {}
        self._key, self._count, self._program, found = None, 0, None, {}
        self.names = tuple(graph.sizes)
        for i, value in enumerate(graph.inputs):
            bind(value.shape, [(i, a) for a in range(len(value.shape))], found)
        self._places = [found.get(name) for name in self.names]  # (number of the input, axis)
        self._by_rows = by_rows(graph, self.aliases)

    def __call__(self, *arrays):
        """The tuple of results for input arrays; aliased inputs are written over."""
        key = tuple([arrays[i].shape[a] for i, a in self._places])
        program = self._closed.get(key)  # which runs without a look at sizes
        return self.at(key, arrays) if program is None else program(*arrays)

    def at(self, key, arrays):
        """The same, where the sizes are given, in the order of `names`."""
        with self._lock:
            size = key[0] if self._by_rows is None else self._by_rows.size(key[0])
            if size < key[0]:
                return self._few_at_once(key[0], size, arrays)
            self._ready(key)
            if self._program is None:  # no elements
                return self._on_numpy(key, arrays)
            return self._program(*arrays)

    def _few_at_once(self, batch, size, arrays):
        """The results for a batch, so many rows at a time."""
        sizes = {self.names[0]: batch}
        results = [_empty(evaluate(v.shape, sizes), v.dtype) for v in self.graph.outputs]
        for begin in range(0, batch, size):
            end = min(begin + size, batch)
            self._ready((end - begin,))
            self._program.fill(*self._by_rows.cut(arrays, results, begin, end))
        return tuple(results)

    def _ready(self, key):
        """Makes the program for these sizes the one that runs: where usual, one of their own."""
        if key != self._key:
            self._choose(key)
        elif self._count < _OFTEN:
            self._count += 1
            if self._count == _OFTEN and self._program is not None:
                self._close(key)

    def _choose(self, key):
        """Makes the program for these sizes the one that runs."""
        self._key, self._count = None, 0  # unless Ctrl-C ends this before it is done
        self._program = self._closed.get(key)
        if self._program is None and 0 not in key:
            sizes = dict(zip(self.names, key))
            found = next((p for p in self._programs if p.takes(sizes)), None)
            if found is None:
                found = Program(self.graph, self.aliases, self._threads, sizes)
                self._programs = [found, *self._programs[: _MOST_PROGRAMS - 1]]
            found.resize(sizes)
            self._program = found
        self._key = key

    def _close(self, key):
        """Compiles the graph for sizes that come again and again."""
        if self._program in self._closed.values():
            return
        sizes = dict(zip(self.names, key))
        self._program = Program(self.graph.at_sizes(sizes), self.aliases, self._threads)
        if len(self._closed) >= _MOST_PROGRAMS:
            del self._closed[next(iter(self._closed))]
        self._closed[key] = self._program

    def _on_numpy(self, key, arrays):
        sizes = dict(zip(self.names, key))
        results = compiled(self.graph.at_sizes(sizes))(*arrays)
        for i, place in self.aliases.items():
            np.copyto(arrays[place], results[i])
        return tuple([r for i, r in enumerate(results) if i not in self.aliases])

    def explain(self):
        """Lines of text: the kernels, what was fused, and what runs on NumPy and why."""
        programs = self._programs
        if not programs:  # not called yet
            sizes = dict.fromkeys(self.names, _SOME_SIZE)
            programs = [Program(self.graph, self.aliases, self._threads, sizes)]
        return [line for program in programs for line in program.explain()]


_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64)


class _Callback:
    """A step that runs a NumPy kernel."""

    def __init__(self, program, step, first):
        self._program, self._step, self._first = program, step, first
        self._function, self.unfinished = _CALLBACK(self._run), ctypes.c_int64()
        self.address = ctypes.cast(self._function, ctypes.c_void_p).value

    def _run(self, arguments, chunk):
        step, array = self._step, self._program._table.array
        try:
            arrays = [array(self._first + k, v) for k, v in enumerate((*step.reads, *step.writes))]
            inputs, outputs = arrays[: len(step.reads)], arrays[len(step.reads) :]
            found = inputs
            if step.node is not None:
                attrs, sizes = step.node.attrs, self._program._table.sizes
                attrs = evaluate(attrs, sizes) if sizes else attrs
                found = step.node.op.kernel(*inputs, **attrs)
                found = found if type(found) is tuple else (found,)
            for target, value in zip(outputs, found):
                np.copyto(target, value)
        except BaseException as fault:
            self._program._fault = fault
        else:
            self.unfinished.value = 0
