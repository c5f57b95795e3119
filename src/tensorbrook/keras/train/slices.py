"""Slices: many steps on arrays in memory as one call of one program, which loops by itself."""

import time

import numpy as np

from ...base import nest
from ...base.config import settings
from ...base.context import context
from ...base.errors import TraceBreak
from ...core.backend import place_of
from ...core.spec import TensorSpec
from ...core.tensor import Tensor, wrap
from ...function.function import Function
from ...ops import gather, is_finite, logical_not, logical_or, where, zeros
from ...ops.control import while_loop

SECONDS = 0.06  # of one slice: as long as a progress bar and Ctrl-C may have to wait
_ROWS = 2**20


class Slice:
    """Some batches that follow one another, to be run at once.

    Attributes:
      count: how many are asked for.
      done: how many of them ran.
    """

    def __init__(self, source, count, watch, program, slices):
        self._source, self.count, self.done = source, count, 0
        self._watch, self._program, self._slices = watch, program, slices

    def run(self):
        """Runs the steps; returns the last one's result."""
        source, slices = self._source, self._slices
        whole = source.full_left() > 0
        first, rows = (source.at, source.rows()) if whole else (0, source.last_row())
        limits = [first, first + self.count, self._watch]
        concrete, program = self._program
        inputs = [*map(_tensor, (*limits, rows)), *source.adapter.brought(_place(concrete))]
        begin = time.perf_counter()
        last, *outputs = program.flat(inputs)
        self.done = int(last.host()) - first  # waits for the device
        slices.note(program, time.perf_counter() - begin, self.count)
        source.at += self.done
        return concrete.pack(outputs)


class Slices:
    """Makes slices for one step.

    The program's loop takes each step's rows out of the arrays. How many there are is no matter to
    it: it is compiled for some large number of rows, and the arrays' own number is never asked.

    Args:
      step: the step, a Function of a batch.
    """

    def __init__(self, step):
        self.step = step
        self._programs = {}  # (trace of the step, rows) -> trace of the loop, or None
        self._seconds = {}  # trace of the loop -> what a step took; None before the second call

    def take(self, source, batch, limit, watch):
        """The batches that come next as a Slice; None where they have to be run one by one.

        Args:
          source: an ArrayPass.
          batch: the next one.
          limit: how many batches there may be; None for no limit.
          watch: end after the first step whose loss is not finite.
        """
        adapter = source.adapter
        count = source.full_left() or adapter.num_batches - source.at
        if limit is not None:
            count = min(count, limit)
        if count < 1 or adapter.contiguous() is None:
            return None
        concrete = self.step.concrete(batch)
        if concrete is None or not adapter.fits(_place(concrete)):
            return None
        rows = max(_ROWS, 1 << (adapter.num_samples - 1).bit_length())
        # a smaller last batch runs in the same program, which then leaves the size open
        is_open = adapter.num_samples % adapter.batch_size > 0 and concrete.open_sizes
        shapes = [t._shape for t in nest.flatten(batch) if isinstance(t, Tensor)]
        key = concrete, rows, is_open or tuple(shapes)
        if key not in self._programs:
            self._programs[key] = _loop(concrete, shapes, rows, is_open)
        program = self._programs[key]
        if program is None:
            return None
        count = min(count, self._length(program))
        return Slice(source, count, watch, (concrete, program), self)

    def _length(self, program):
        seconds = self._seconds.get(program)
        return max(1, int(SECONDS / seconds)) if seconds else 1

    def note(self, program, seconds, count):
        """Takes note of how long steps took; the first call compiles, and does not count."""
        known = program in self._seconds
        self._seconds[program] = seconds / count if known else None


def pays():
    """Whether programs loop quicker than Python does, and nothing wants to see each step."""
    eager = settings.run_functions_eagerly or context.tapes or context.traces
    return not eager and place_of(()).backend.loops


def _place(concrete):
    """The device that a step runs on."""
    return place_of(concrete.variables)


def _tensor(value):
    return wrap(value if value.__class__ is np.ndarray else np.asarray(value))


def _loop(concrete, shapes, rows, is_open):
    """The trace of a loop over steps, or None where a loop cannot hold the step.

    Args:
      concrete: the step.
      shapes: of a batch.
      rows: so many rows the arrays are said to have.
      is_open: whether the loop is for batches of all sizes.

    It takes the number of the first step, that of the step to stop before, whether to stop at a
    loss that is not finite, the numbers of each step's samples, and the arrays. It returns the
    number of the next step and the tensors of the last step's result.
    """
    if any(None in v.shape for v in concrete.outputs) or len({s[0] for s in shapes}) > 1:
        return None
    if not _place(concrete).backend.is_one_program(concrete.graph):
        return None
    results = concrete.structured_outputs
    loss = results.get("loss") if isinstance(results, dict) else None
    watched = loss is not None and not loss.shape.rank and loss.dtype.is_floating

    def run(start, stop, watch, order, *arrays):
        def step(i, stop, *_):
            picked = gather(order, i, axis=0)
            outputs = concrete.flat([gather(a, picked, axis=0) for a in arrays])
            following = i + 1
            if watched:
                fine = logical_or(is_finite(concrete.pack(outputs)["loss"]), logical_not(watch))
                stop = where(fine, stop, following)
            return (following, stop, *outputs)

        results = [zeros(v.shape, v.dtype) for v in concrete.outputs]
        i, _, *results = while_loop(lambda i, stop, *_: i < stop, step, (start, stop, *results))
        return [i, *results]

    size = None if is_open else shapes[0][0]
    specs = [TensorSpec((), "int64"), TensorSpec((), "int64"), TensorSpec((), "bool")]
    specs.append(TensorSpec((rows, size), "int64"))
    specs += [TensorSpec((rows, *s[1:]), v.dtype) for s, v in zip(shapes, concrete.inputs)]
    try:
        return Function(run, f"{concrete.name}_slice", autograph=False).trace(specs)[0]
    except TraceBreak:
        return None
