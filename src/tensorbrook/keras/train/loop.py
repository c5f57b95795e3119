"""The one loop: the batches of an epoch through a step, with callbacks; fit, evaluate and predict
differ in the step only."""

import itertools
import math
import warnings
from collections import deque
from contextlib import closing

import numpy as np

from ...base import nest
from ...base.config import settings
from ...base.context import context
from ...core.composite import CompositeTensor
from ...core.tensor import Tensor
from ...function.function import Function
from ...ops import concat
from ...ops.ragged import RaggedTensor
from ..seeds import random_state, set_random_state
from .adapters import ArrayPass
from .ahead import Reader
from .slices import Slice, Slices, pays

_BEHIND = 16  # steps that a device may be behind the loop


def number(value):
    """A scalar tensor as a Python float; arrays stay."""
    if isinstance(value, Tensor):
        value = value.numpy()
    return float(value) if getattr(value, "ndim", 0) == 0 else value


def plain(logs):
    """Logs with floats for values, sorted by name, dict values spread out."""
    flat = {}
    for key, value in logs.items():
        if isinstance(value, dict):
            flat.update(value)
        else:
            flat[key] = value
    return {key: number(flat[key]) for key in sorted(flat)}


class Batches:
    """The batches of each epoch; with a number of steps the data go on from epoch to epoch.

    Whole executions are taken, of `per_execution` batches each: there may be more batches than the
    number of steps says.

    A data set's passes begin when Keras lets them begin, also those that nobody reads, since a
    `shuffle` draws its seeds then: one at the start of an epoch and, where the number of batches
    is known, one more at the end of the data.
    """

    def __init__(self, adapter, steps, epochs=1, per_execution=1):
        self.adapter, self.epochs, self._wanted = adapter, epochs, steps
        steps = _limited(steps, adapter.num_batches)
        self.steps = steps and -(-steps // per_execution) * per_execution
        self._iterator, self._seen, self._drawn = None, 0, 0
        self._known = self._count = adapter.num_batches
        self.num_batches = self._count if steps is None else steps
        # what `state` needs: whether anybody asks for it, and how things were when the pass began
        self.is_kept, self._began, self._before = False, None, (0, 0)
        if steps is None and getattr(adapter, "infinite", False):
            raise ValueError(
                "When passing an infinitely repeating dataset, please specify a `steps_per_epoch` "
                "(or `steps`, `validation_steps`) value so that the epochs have an end."
            )

    def epoch(self, take=None, may=lambda batch: False, first=0):
        """The batches of the next epoch.

        Args:
          first: how many of them are done: those are left out.
          take: makes Slices, which come in the place of batches: a function of the ArrayPass and
            of how many batches there may be, that returns one or None.
          may: tells of a batch whether a thread may make those after it.
        """
        if self._iterator is None or (self.steps is None and not first):
            self._begin()
        self._before = self._seen - first, self._drawn - first
        if self._iterator.__class__ is not ArrayPass:
            take = None
        reader, drawn = self._reader(first, may), first
        try:
            while self.steps is None or drawn < self.steps:
                left = None if self.steps is None else self.steps - drawn
                piece = None if take is None else take(self._iterator, left)
                if piece is not None:
                    yield piece
                    drawn += piece.done
                    self._note(piece.done)
                    continue
                batch = reader.next()
                if batch is None and drawn == 0 and self._seen and not self._is_once():
                    self._begin()  # the epoch before took the last batch of an unknown number
                    self._before = 0, self._drawn
                    reader = self._reader(0, may)
                    batch = reader.next()
                if batch is None:
                    break
                drawn += 1
                self._note(1)
                yield batch
        finally:
            reader.close()
        if not self._drawn:
            raise ValueError("There are no data: not a single batch came.")
        if self.steps is not None and drawn < min(self._wanted or 0, self.steps):
            self._warn_of_the_end()
        if self._known is not None and self._seen >= self._known:
            self._begin()
        elif self.steps is None:
            self._count = self._seen  # what the first epoch found: a thread makes no more

    def _note(self, count):
        self._seen += count
        self._drawn += count

    def _reader(self, drawn, may):
        """What reads the batches that the epoch still needs."""
        limits = [] if self.steps is None else [self.steps - drawn]
        if self._count is not None:
            limits.append(self._count - self._seen)
        return Reader(self._iterator, min(limits, default=None), may)

    def _begin(self):
        if self.is_kept:
            self._began = random_state(), self.adapter.random_state()
        self._iterator, self._seen = self.adapter.epoch(), 0

    def first(self):
        """A batch like the first, which is not taken; to be asked before the first epoch."""
        if self._is_once():
            return self.adapter.peek()
        return next(iter(self.adapter.epoch()))

    def state(self, at):
        """Where it is: lists and numbers that `restore` takes.

        Args:
          at: how many batches of the epoch are done, or None after an epoch.
        """
        if at is None:
            seen, drawn = self._seen, self._drawn
        else:
            seen, drawn = self._before[0] + at, self._before[1] + at
        state = {"seen": seen, "drawn": drawn, "count": self._count, "is_ordered": False}
        if at is None and self.steps is None:  # the next epoch begins a pass
            return {**state, "began": None, "random": self.adapter.random_state()}
        state["is_ordered"] = getattr(self._iterator, "is_ordered", False)
        return {**state, "began": self._began[0], "random": self._began[1]}

    def restore(self, state):
        """Goes to where `state` was asked for: makes the batches of the pass before that again."""
        self._seen, self._drawn, self._count = state["seen"], state["drawn"], state["count"]
        if state["random"] is not None:
            self.adapter.set_random_state(state["random"])
        begun = state["began"] is not None
        if begun:
            set_random_state(state["began"])
        self._began = state["began"], state["random"]
        self._iterator = self.adapter.epoch() if begun or self._is_once() else None
        skipped = self._drawn if self._is_once() else self._seen
        if self._iterator.__class__ is ArrayPass:
            self._iterator.at = skipped
            if state["is_ordered"]:
                self._iterator.order()
        elif self._iterator is not None:
            deque(itertools.islice(self._iterator, skipped), maxlen=0)

    def _is_once(self):
        return getattr(self.adapter, "once", False)

    def _warn_of_the_end(self):
        warnings.warn(
            f"Your input ran out of data: {self._wanted} steps x {self.epochs} epoch(s) need "
            f"{self._wanted * self.epochs} batches, the data gave {self._drawn}. Use "
            "dataset.repeat(), or fewer steps.",
            stacklevel=6,
        )


def _limited(steps, available):
    """The number of steps, at most as many as keras.config.set_max_steps_per_epoch allows."""
    limit = settings.max_steps_per_epoch
    if limit is None or (steps is None and available is not None and available <= limit):
        return steps
    return limit if steps is None else min(steps, limit)


class Steps:
    """A step of a model, for single batches and for Slices.

    Args:
      model: the model; it is built for the first batch.
      name: the step's name, such as "train_step".
      quiet: nobody has to be told of each execution.
      per_execution: how many batches an execution has.
      nan: the NaNWatch; a Slice ends where that has something to tell.
    """

    def __init__(self, model, name, quiet, per_execution=1, nan=None):
        self._model, self._name, self._quiet, self.nan = model, name, quiet, nan
        self.per_execution, self.at, self._program = per_execution, 0, None

    def begin(self, afresh, at=0):
        """Begins an epoch; `afresh` where the model may have changed since the one before.

        `at` of its batches are done.
        """
        self.at = at
        if afresh:
            self._program = None

    def _for(self, batch):
        """The program, once the model is ready for such batches."""
        if self._program is None:
            self._model._prepare(batch, self._name)
            self._program = self._model._program(self._name)
        return self._program

    def take(self, source, limit):
        """The next batches of an ArrayPass as a Slice, None where they are to be run singly."""
        if not self._quiet:
            if self.per_execution == 1:
                return None
            rest = self.per_execution - self.at % self.per_execution  # of the execution
            limit = rest if limit is None else min(limit, rest)
        if source.at >= source.adapter.num_batches or not pays():
            return None
        batch = source.peek()
        program, made = self._for(batch), self._model._slices
        if program.__class__ is not Function:
            return None
        if program not in made:
            made[program] = Slices(program)
        watch = self.nan is not None and not self.nan.told
        return made[program].take(source, batch, limit, watch)

    def may_overlap(self, batch):
        """Whether batches may be made while the step runs: it runs no Python that could notice."""
        if not self._quiet or settings.run_functions_eagerly or context.tapes:
            return False
        program = self._for(batch)
        return program.__class__ is Function and program.concrete(batch) is not None

    def __call__(self, batch):
        return self._for(batch)(batch)


class NaNWatch:
    """Tells once, with epoch and batch, that the loss is no longer finite.

    It does not wait for losses that a device is still at: it looks at them later, at the end of the
    epoch at the latest, and lets the device be some steps behind.
    """

    def __init__(self):
        self.epoch, self.told, self._coming = 0, False, deque()

    def check(self, batch, logs):
        """Warns at the first loss that is NaN or infinite, of those that are known."""
        if self.told or "loss" not in logs:
            return
        loss = logs["loss"]
        self._coming.append((batch, loss))
        while self._coming and (len(self._coming) > _BEHIND or _is_known(self._coming[0][1])):
            self._look(level=7)

    def settle(self):
        """Looks at all losses of the epoch."""
        while self._coming:
            self._look(level=5)

    def _look(self, level):
        batch, loss = self._coming.popleft()
        value = np.asarray(loss.host() if isinstance(loss, Tensor) else loss)
        if not self.told and value.ndim == 0 and not math.isfinite(value):
            self.told = True
            warnings.warn(
                f"The loss became {value} at epoch {self.epoch + 1}, batch {batch + 1}: check the "
                "data for NaN, lower the learning rate, or clip gradients (clipnorm=). "
                "keras.callbacks.TerminateOnNaN() stops training there.",
                stacklevel=level,
            )


def _is_known(loss):
    return not isinstance(loss, Tensor) or loss._is_ready()


def run(batches, step, hooks, stop=lambda: False, per_execution=1, first=0):
    """Runs `step` on each batch of an epoch.

    Args:
      batches: a generator of batches, and of Slices where the data are in memory.
      step: function of a batch that returns logs (or outputs).
      hooks: (begin, each, end): functions of a batch's number, the last two also of what the step
        returned. `each` hears of every batch, of a Slice the last one. `begin` and `end` hear of an
        execution: of its first number and, whether or not so many batches were left, its last one.
      stop: asked after each execution whether to end early.
      per_execution: how many batches an execution has.
      first: the number of the first batch.

    Returns:
      What the last step returned, or None when there was no batch.
    """
    begin, each, end = hooks
    result, i = None, first
    with closing(batches):
        for batch in batches:
            if i % per_execution == 0:
                begin(i)
            if batch.__class__ is Slice:
                result = batch.run()
                i += batch.done
            else:
                result = step(batch)
                i += 1
            each(i - 1, result)
            if i % per_execution == 0:
                end(i - 1, result)
                if stop():
                    break
    if i > first and i % per_execution:
        end(i + -i % per_execution - 1, result)
    return result


def arrays_of(outputs):
    """A structure of tensors as one of arrays, all copies."""
    if outputs.__class__ is Tensor:
        return outputs.numpy()
    return nest.map_structure(lambda t: t if isinstance(t, CompositeTensor) else t.numpy(), outputs)


def predicted(program, batch):
    """What a step returns for a batch, as arrays that are the caller's own."""
    concrete = None
    if program.__class__ is Function and not (
        settings.run_functions_eagerly or context.tapes or context.traces
    ):
        concrete = program.concrete(batch)
    if concrete is None:
        return arrays_of(program(batch))
    if batch.__class__ is not Tensor:
        tensors = [t for t in nest.flatten(batch, True) if isinstance(t, Tensor)]
        return concrete.pack(concrete.arrays(tensors))
    return concrete.pack(concrete.arrays([batch]))


def _joined(arrays):
    """The arrays one after the other; a RaggedTensor where they differ in other axes as well."""
    if isinstance(arrays[0], CompositeTensor):
        return concat(arrays, 0)
    arrays = list(map(np.asarray, arrays))
    if not arrays[0].ndim:
        return np.stack(arrays)
    sizes = [set(found) for found in zip(*(a.shape for a in arrays))]
    rank = max((axis for axis, found in enumerate(sizes) if axis and len(found) > 1), default=0)
    if not rank:
        return np.concatenate(arrays)
    splits = []
    for axis in range(1, rank + 1):
        lengths = [np.full(math.prod(a.shape[:axis]), a.shape[axis], np.int64) for a in arrays]
        splits.append(np.concatenate([[0], *lengths]).cumsum())
    rows = [a.reshape(-1, *a.shape[rank + 1 :]) for a in arrays]
    return RaggedTensor.from_nested_row_splits(np.concatenate(rows), splits)


def concatenated(parts):
    """Arrays of batches, joined along the first axis."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    flat = [nest.flatten(p) for p in parts]
    joined = [_joined([f[i] for f in flat]) for i in range(len(flat[0]))]
    return nest.pack_sequence_as(first, joined) if nest.is_nested(first) else joined[0]
