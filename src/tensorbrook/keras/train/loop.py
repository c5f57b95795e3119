"""The one loop: batches of an adapter through a step, with callbacks; fit, evaluate and predict
differ in the step only."""

import warnings

import numpy as np

from ...base import nest
from ...core.tensor import Tensor


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

    A data set's passes begin when Keras lets them begin, also those that nobody reads, since a
    `shuffle` draws its seeds then: one at the start of an epoch and, where the number of batches
    is known, one more at the end of the data.
    """

    def __init__(self, adapter, steps, epochs=1):
        self.adapter, self.steps, self.epochs = adapter, steps, epochs
        self._iterator, self._seen, self._drawn = None, 0, 0
        self._count = adapter.num_batches
        self.num_batches = self._count if steps is None else steps
        if steps is None and getattr(adapter, "infinite", False):
            raise ValueError(
                "When passing an infinitely repeating dataset, please specify a `steps_per_epoch` "
                "(or `steps`, `validation_steps`) value so that the epochs have an end."
            )

    def epoch(self):
        """The batches of the next epoch."""
        if self._iterator is None or self.steps is None:
            self._begin()
        drawn = 0
        while self.steps is None or drawn < self.steps:
            batch = next(self._iterator, None)
            if batch is None and drawn == 0 and self._seen and not self._is_once():
                self._begin()  # the epoch before took the last batch of an unknown number
                batch = next(self._iterator, None)
            if batch is None:
                break
            drawn, self._seen, self._drawn = drawn + 1, self._seen + 1, self._drawn + 1
            yield batch
        if self.steps is not None and drawn < self.steps:
            self._warn_of_the_end()
        if self._count is not None and self._seen >= self._count:
            self._begin()
        elif self.steps is None:
            self._count = self._seen

    def _begin(self):
        self._iterator, self._seen = self.adapter.epoch(), 0

    def _is_once(self):
        return getattr(self.adapter, "once", False)

    def _warn_of_the_end(self):
        warnings.warn(
            f"Your input ran out of data: {self.steps} steps x {self.epochs} epoch(s) need "
            f"{self.steps * self.epochs} batches, the data gave {self._drawn}. Use "
            "dataset.repeat(), or fewer steps.",
            stacklevel=6,
        )


def run(batches, step, hooks, stop=lambda: False):
    """Runs `step` on each batch of an epoch.

    Args:
      batches: an iterable of batches.
      step: function of a batch that returns logs (or outputs).
      hooks: (begin, end): called with the batch's number, `end` also with what the step returned.
      stop: asked after each batch whether to end early.

    Returns:
      What the last step returned, or None when there was no batch.
    """
    begin, end = hooks
    result = None
    for i, batch in enumerate(batches):
        begin(i)
        result = step(batch)
        end(i, result)
        if stop():
            break
    return result


def concatenated(parts):
    """Outputs of batches, joined along the first axis, as NumPy arrays."""
    first = parts[0]
    flat = [nest.flatten(p) for p in parts]
    joined = [np.concatenate([np.asarray(f[i]) for f in flat]) for i in range(len(flat[0]))]
    return nest.pack_sequence_as(first, joined) if nest.is_nested(first) else joined[0]
