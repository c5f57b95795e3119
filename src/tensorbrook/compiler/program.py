"""Program: a graph as native code, and the table by which the driver runs it."""

import ctypes
from math import prod
from threading import Lock

import numpy as np

from . import engine, rules, runtime
from .lower import Lowering
from .memory import plan_memory

_STEP, _WORDS = 8, 16
LONG_NANOSECONDS = 30_000  # a program of more work lets other Python threads run meanwhile
_ = rules  # imported for the rules that it enters


class Program:
    """A compiled graph.

    Args:
      graph: the graph; without values of dtype string.
      aliases: from the number of an output to that of the input whose array it replaces: it is
        then written there, and not among the arrays of the results.

    Attributes:
      steps: what it runs, in order.
    """

    def __init__(self, graph, aliases=None, threads=None):
        self.graph, self.aliases = graph, dict(aliases or {})
        lowering = Lowering(graph)
        self.steps = lowering.steps(self.aliases)
        self.arena_bytes = plan_memory(self.steps)
        self._arena = runtime.aligned_bytes(max(self.arena_bytes, 64))
        self._pool = runtime.pool(threads)
        self._lock, self._fault = Lock(), None
        count = len(graph.inputs)
        self.results = [
            (v.shape, v.dtype) for i, v in enumerate(graph.outputs) if i not in self.aliases
        ]
        # arrays are numbered inputs first, then outputs; aliased outputs have none
        self._number, following = {i: i for i in range(count)}, count
        for i in range(len(graph.outputs)):
            if i not in self.aliases:
                self._number[count + i] = following
                following += 1
        self._build_table(following)
        self._execute = runtime.execute()

    # -- the table ---------------------------------------------------------------------------------

    def _build_table(self, arrays):
        kernels = [s.kernel for s in self.steps if s.kernel is not None]
        addresses = iter(engine.addresses(kernels))
        self._constants, self._callbacks = [], []
        pointers, relocations, rows = [], [], []
        base = runtime.address_of(self._arena)
        for step in self.steps:
            views = (*step.reads, *step.writes)
            if step.kernel is None:
                call = _Callback(self, step)
                self._callbacks.append(call)
                rows.append((call.address, 0, 1))
                continue
            rows.append((next(addresses), len(pointers), step.kernel.chunks))
            for view in views:
                kind, where = view.buffer.place
                offset = view.offset * view.dtype.itemsize
                if kind == "arena":
                    pointers.append(base + where + offset)
                elif kind == "constant":
                    self._constants.append(where)
                    pointers.append(runtime.address_of(where) + offset)
                else:
                    relocations.append((len(pointers), self._number[where], offset))
                    pointers.append(0)
        self._pointers = np.array(pointers or [0], np.int64)
        at = runtime.address_of(self._pointers)
        self._table = np.zeros((max(len(rows), 1), _STEP), np.int64)
        for k, (address, first, chunks) in enumerate(rows):
            self._table[k, 1:4] = address, at + 8 * first, chunks  # kind 0: a kernel
        self._relocations = np.array(
            [(at + 8 * slot, number, offset) for slot, number, offset in relocations]
            or [(0, 0, 0)],
            np.int64,
        )
        self._bases = np.zeros(max(arrays, 1), np.int64)
        head = self._head = np.zeros(_WORDS, np.int64)
        head[0], head[1] = runtime.address_of(self._table), len(rows)
        head[2], head[3] = runtime.address_of(self._bases), arrays
        head[4], head[5] = runtime.address_of(self._relocations), len(relocations)
        work = sum(k.cost for k in kernels)
        head[7] = work > LONG_NANOSECONDS or bool(self._callbacks)
        head[8] = self._pool.address

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
            if status == 0:
                return
            if status == 2:
                arrays = self._own(arrays)
                status = self._execute(self._head, *arrays, *results)
            if status:
                self._raise()

    def _own(self, arrays):
        for i in self.aliases.values():
            if not (isinstance(arrays[i], np.ndarray) and arrays[i].flags.carray):
                raise ValueError(f"input {i} is to be written over and is no contiguous array")
        return [np.require(np.asarray(a), requirements="CA") for a in arrays]

    def array(self, view):
        """A view's elements as an ndarray over the memory they lie in, during or after a run."""
        kind, where = view.buffer.place
        size, dtype = view.dtype.itemsize, view.dtype
        strides = tuple(s * size for s in view.strides)
        if kind == "arena":
            memory, offset = self._arena, where + view.offset * size
        elif kind == "constant":
            memory, offset = where.reshape(-1).view(np.uint8), view.offset * size
        else:
            address = int(self._bases[self._number[where]])
            count = max(view.buffer.size * size, 1)
            memory = (ctypes.c_uint8 * count).from_address(address)
            offset = view.offset * size
        if not prod(view.shape):
            return np.empty(view.shape, dtype)
        return np.ndarray(view.shape, dtype, memory, offset, strides)

    def _raise(self):
        """Raises what made the program stop: a fallback's own error, or a refusing kernel's."""
        fault, self._fault = self._fault, None
        if fault is not None:
            raise fault
        step = self.steps[int(self._head[6])]
        # the kernel that refused has seen what is wrong: the node's other inputs do not matter
        seen = {id(v.buffer) for v in step.reads}
        inputs = [
            self.array(v) if id(v.buffer) in seen else np.zeros(v.shape, v.dtype)
            for v in step.inputs
        ]
        step.node.op.kernel(*inputs, **step.node.attrs)
        raise RuntimeError(f"[{step.node.op.name}] its native code refused what NumPy takes.")


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)


class _Callback:
    """A step that runs a NumPy kernel."""

    def __init__(self, program, step):
        self._program, self._step = program, step
        self._function = _CALLBACK(self._run)
        self.address = ctypes.cast(self._function, ctypes.c_void_p).value

    def _run(self, arguments, chunk):
        program, step = self._program, self._step
        try:
            inputs = [program.array(v) for v in step.reads]
            if step.node is None:
                found = inputs
            else:
                found = step.node.op.kernel(*inputs, **step.node.attrs)
            found = found if type(found) is tuple or step.node is None else (found,)
            for view, value in zip(step.writes, found):
                np.copyto(program.array(view), value)
        except BaseException as fault:
            program._fault = fault
            return 1
        return 0
