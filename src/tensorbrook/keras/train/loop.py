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
    """The batches of each epoch; with a number of steps the data go on from epoch to epoch."""

    def __init__(self, adapter, steps, epochs=1):
        self.adapter, self.steps, self.epochs = adapter, steps, epochs
        self._iterator, self._drawn = None, 0
        count = adapter.num_batches
        self.num_batches = count if steps is None else steps
        if steps is None and getattr(adapter, "infinite", False):
            raise ValueError(
                "When passing an infinitely repeating dataset, please specify a `steps_per_epoch` "
                "(or `steps`, `validation_steps`) value so that the epochs have an end."
            )

    def epoch(self):
        """The batches of the next epoch."""
        if self.steps is None:
            for batch in self.adapter.epoch():
                self._drawn += 1
                yield batch
            return
        for _ in range(self.steps):
            batch = self._next()
            if batch is None:
                warnings.warn(
                    f"Your input ran out of data: {self.steps} steps x {self.epochs} epoch(s) need "
                    f"{self.steps * self.epochs} batches, the data gave {self._drawn}. Use "
                    "dataset.repeat(), or fewer steps.",
                    stacklevel=5,
                )
                return
            self._drawn += 1
            yield batch

    def _next(self):
        if self._iterator is None:
            self._iterator = self.adapter.epoch()
        batch = next(self._iterator, None)
        if batch is None and not getattr(self.adapter, "once", False):
            restart = self.adapter.epoch()
            if self._drawn % self.steps == 0:  # a finite data set begins again with a new epoch
                self._iterator = restart
                batch = next(restart, None)
        return batch


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
