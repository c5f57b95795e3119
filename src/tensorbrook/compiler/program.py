"""Program: a graph as native code, and the table by which the driver runs it."""

import ctypes
import math
from threading import Lock

import numpy as np

from . import debug, rules, runtime
from .lower import Lowering
from .memory import plan_memory
from .table import Table

DONE, UNFIT = 0, 2  # what the driver returns: 2 for arguments that are not arrays in C order
LONG_NANOSECONDS = 30_000  # a program of more work lets other Python threads run meanwhile
_ = rules  # imported for the rules that it enters


class Program:
    """A compiled graph.

    Args:
      graph: the graph; without values of dtype string.
      aliases: from the number of an output to that of the input whose array it replaces: it is
        then written there, and not among the arrays of the results.

    Attributes:
      steps: what it runs, in order; the steps of a loop or branch follow it.
    """

    def __init__(self, graph, aliases=None, threads=None):
        self.graph, self.aliases = graph, dict(aliases or {})
        count = len(graph.inputs)
        places = [self.aliases.get(i, count + i) for i in range(len(graph.outputs))]
        targets = [(("array", place), i in self.aliases) for i, place in enumerate(places)]
        steps = Lowering(graph).steps(targets)
        self.arena_bytes = plan_memory(steps)
        self._arena = runtime.aligned_bytes(max(self.arena_bytes, 64))
        self._pool = runtime.pool(threads)
        self._lock, self._fault = Lock(), None
        self.results = [
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
        self._table = table = Table(
            steps, runtime.address_of(self._arena), self._number, self._call
        )
        self.steps = table.steps
        self._bases = np.zeros(max(arrays, 1), np.int64)
        head = self._head = np.zeros((), runtime.PROGRAM)
        head["steps"], head["step_count"] = runtime.address_of(table.rows), table.count
        head["bases"], head["array_count"] = runtime.address_of(self._bases), arrays
        head["relocations"] = runtime.address_of(table.relocations)
        head["relocation_count"] = table.relocated
        head["long"] = _cost(steps) > LONG_NANOSECONDS
        head["pool"], head["array_type"] = self._pool.address, id(np.ndarray)

    def _call(self, step, first):
        """The address of a function that runs a step's NumPy kernel."""
        call = _Callback(self, step, first)
        self._callbacks.append(call)
        return call.address

    # -- running -----------------------------------------------------------------------------------

    def __call__(self, *arrays):
        """The tuple of results for input arrays; aliased inputs are written over."""
        results = [np.empty(shape, dtype) for shape, dtype in self.results]
        self.run(arrays, results)
        return tuple(results)

    def run(self, arrays, results):
        """Runs on input arrays, into result arrays."""
        with self._lock:
            status = self._execute(self._head, *arrays, *results)
            if status == DONE:
                return
            if status == UNFIT:
                arrays = self._own(arrays)
                status = self._execute(self._head, *arrays, *results)
            if status:
                self._raise()

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
        # the kernel that refused has seen what is wrong: the node's other inputs do not matter
        seen = [self._table.seen(at, v) for v in step.inputs]
        inputs = [
            np.zeros(v.shape, v.dtype) if found is None else found
            for v, found in zip(step.inputs, seen)
        ]
        step.node.op.kernel(*inputs, **step.node.attrs)
        raise RuntimeError(f"[{step.node.op.name}] its native code refused what NumPy takes.")


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)


class _Callback:
    """A step that runs a NumPy kernel."""

    def __init__(self, program, step, first):
        self._program, self._step, self._first = program, step, first
        self._function = _CALLBACK(self._run)
        self.address = ctypes.cast(self._function, ctypes.c_void_p).value

    def _run(self, arguments, chunk):
        step, array = self._step, self._program._table.array
        try:
            arrays = [array(self._first + k, v) for k, v in enumerate((*step.reads, *step.writes))]
            inputs, outputs = arrays[: len(step.reads)], arrays[len(step.reads) :]
            found = inputs
            if step.node is not None:
                found = step.node.op.kernel(*inputs, **step.node.attrs)
                found = found if type(found) is tuple else (found,)
            for target, value in zip(outputs, found):
                np.copyto(target, value)
        except BaseException as fault:
            self._program._fault = fault
            return 1
        return 0


def _cost(steps):
    """Nanoseconds that steps take, by estimate; infinite where nobody can tell."""
    total = 0
    for step in steps:
        if step.parts:
            rounds = {"loop": step.rounds, "branch": 1}.get(step.kind, math.inf)
            total += rounds * sum(map(_cost, step.parts))
        else:
            total += math.inf if step.kernel is None else step.kernel.cost
    return total
