"""Where summaries go, with which step, and whether they are recorded: what belongs to a thread.

A `tf.function` has other traces where summaries are recorded than where they are not. A writer or a
whole-numbered step that was set around its call is looked up at each run; what is set within it,
and variables, belong to the trace.
"""

from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from ..base.context import context
from ..core.dispatch import current_trace
from ..core.tensor import Tensor, convert_to_tensor
from ..core.variable import Variable
from ..ops import cast
from ..ops.python_functions import py_function

_NO_STEP = (
    "No step set. Please specify one either through the `step` argument or through "
    "tf.summary.experimental.set_step()"
)


class Setting(NamedTuple):
    """A value, and whether it was set in the trace that is being made."""

    value: object = None
    in_trace: bool = False


class Recording(NamedTuple):
    """What is set: the SummaryWriter, the step, and whether to record."""

    writer: Setting = Setting()
    step: Setting = Setting()
    condition: Setting = Setting(True)

    def key(self):
        """What of it decides which trace of a function is right."""
        if self.writer.value is None:
            return None
        step, condition = self.step.value, self.condition.value
        if callable(condition):  # a lambda in a loop is a new function each time, of the same code
            condition = getattr(condition, "__code__", condition)
        elif isinstance(condition, Tensor):
            condition = id(condition)
        return condition, id(step) if isinstance(step, Tensor | Variable) else step is None


_NOTHING = Recording()


def current():
    """The Recording of this thread."""
    return context.recording or _NOTHING


def change(**values):
    """Sets some of the writer, the step and the condition; returns the Recording before."""
    before = current()
    inside = current_trace() is not None
    _set(before._replace(**{name: Setting(value, inside) for name, value in values.items()}))
    return before


def _set(recording):
    context.recording, context.recording_key = recording, recording.key()


@contextmanager
def changed(**values):
    """A context in which some of the writer, the step and the condition are others."""
    before = change(**values)
    try:
        yield
    finally:
        _set(before)


def set_step(step):
    """Sets the step of this thread's summaries that are given none.

    Args:
      step: a whole number, a variable of one (its value counts when a summary is written), or None.

    Example:
    >>> tf.summary.experimental.set_step(3)
    >>> tf.summary.experimental.get_step()
    3
    >>> tf.summary.experimental.set_step(None)
    """
    change(step=step)


def get_step():
    """The step that `set_step` set, or None."""
    return current().step.value


def record_if(condition):
    """A context in which summaries are recorded or not.

    Args:
      condition: a truth value, or a function that gives one whenever it is asked.

    Example:
    >>> with tf.summary.create_file_writer("logs").as_default(), tf.summary.record_if(False):
    ...     bool(tf.summary.scalar("loss", 0.5, step=1))
    False
    """
    if isinstance(condition, Variable):
        condition = condition.read_value
    elif not callable(condition) and getattr(condition, "is_eager", True):
        condition = bool(condition)
    return changed(condition=condition)


def should_record_summaries():
    """A truth value, a tensor: whether a summary would be recorded here.

    Example:
    >>> bool(tf.summary.should_record_summaries())
    False
    """
    return convert_to_tensor(_wanted(current()), "bool")


def _wanted(recording):
    """Whether to record: a bool, or a tensor of a trace."""
    if recording.writer.value is None:
        return False
    condition = recording.condition.value
    condition = condition() if callable(condition) else condition
    if isinstance(condition, Variable):
        condition = condition.read_value()
    return bool(condition) if getattr(condition, "is_eager", True) else condition


def emit(step, inputs, write):
    """Writes now, or at each run of the graph being made, if summaries are recorded then.

    Args:
      step: a step, or None for the one that is set.
      inputs: tensors; or a function that makes a list of them, called only where it is needed.
      write: a function of the writer's EventFile, the step as an int, and the tensors' arrays.

    Returns:
      A truth value, a tensor: whether it is written.

    Raises:
      ValueError: there is a writer and no step.
    """
    recording = current()
    if recording.writer.value is None:
        return convert_to_tensor(False)
    if step is None and recording.step.value is None:
        raise ValueError(_NO_STEP)
    wanted, eager = _wanted(recording), current_trace() is None
    condition = recording.condition
    asked_later = not eager and callable(condition.value) and not condition.in_trace
    if wanted is False and not asked_later:
        return convert_to_tensor(False)
    inputs = inputs() if callable(inputs) else inputs
    run = _Run(recording, write, asked_later)
    if eager:
        step = recording.step.value if step is None else step
        run.write(recording.writer.value, step, inputs)
        return convert_to_tensor(True)
    step, given = recording.step if step is None else Setting(step, True), []
    if step.in_trace or isinstance(step.value, Tensor | Variable):
        run.has_step = True
        given.append(_whole(step.value))
    if isinstance(wanted, Tensor):
        run.has_condition = True
        given.append(wanted)
    py_function(run, [*given, *inputs], [])
    return convert_to_tensor(wanted)


class _Run:
    """Writes a summary at each run of a graph."""

    has_step = has_condition = False

    def __init__(self, recording, write, asks):
        self._recording, self._write, self._asks = recording, write, asks

    def __call__(self, *tensors):
        """Called with the step and the condition, where the graph has them, and the inputs."""
        tensors, here = list(tensors), current()
        writer = self._recording.writer if self._recording.writer.in_trace else here.writer
        step = tensors.pop(0) if self.has_step else here.step.value
        # A condition that does not ask tensors is asked again.
        wanted = tensors.pop(0) if self.has_condition else not self._asks or _wanted(here)
        if writer.value is not None and wanted:
            self.write(writer.value, step, tensors)

    def write(self, writer, step, tensors):
        arrays = [np.asarray(t.host()) for t in map(convert_to_tensor, tensors)]
        step = step if step.__class__ is int else int(_whole(step).numpy())
        self._write(writer.file(), step, *arrays)


def _whole(step):
    """A step as a tensor."""
    if isinstance(step, Tensor | Variable):
        return cast(convert_to_tensor(step), "int64")
    return convert_to_tensor(step, "int64")
