"""What a call of `fit` is in the middle of, and how to go on there in another process."""

import numpy as np

from ...base import nest
from ...core.spec import TensorSpec
from ...core.tensor import convert_to_tensor
from ...function.function import Function
from ...ops.seeding import State
from ..seeds import random_state, set_random_state


class Training:
    """A call of `fit`, to be kept and gone on with; a context for its time.

    Callbacks hear of its end (`_interrupted`) where an error ends it.

    Args:
      model: the model.
      batches: the Batches of training.
      validation: the adapter of the validation data, or None.
      callbacks: the CallbackList.
      epoch: the first epoch.

    Attributes:
      epoch: the epoch that it is in, or begins with.
      at: how many of that epoch's batches are done.
      stopped: whether training was ended by a callback.
    """

    def __init__(self, model, batches, validation, callbacks, epoch):
        self._model, self._batches, self._validation = model, batches, validation
        self._callbacks, self.epoch, self.at, self.stopped = callbacks, epoch, 0, False
        batches.is_kept = any(c._keeps_training for c in callbacks.callbacks)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self._model._training = None
        for callback in self._callbacks.callbacks if kind else ():
            callback._interrupted()

    def begin(self, epoch):
        """Begins an epoch, or what is left of it."""
        self.epoch = epoch
        if not self.at:
            self._model.reset_metrics()

    def state(self, ended=False):
        """(plain data, arrays by name) of which `resume` makes the same training again.

        Args:
          ended: whether the epoch's end has come.
        """
        variables, traces = self._variables(), self._trace_states()
        arrays = {f"variable/{i}": _array_of(v) for i, v in enumerate(variables)}
        for number, (_, states) in enumerate(traces):
            arrays |= {f"trace/{number}/{i}": _array_of(v) for i, v in enumerate(states)}
        kept = []
        for number, callback in enumerate(self._resumed_callbacks()):
            found = {name: getattr(callback, name) for name in callback._resumed}
            for name, value in found.items():
                if isinstance(value, list):  # of arrays: the best weights
                    parts = {f"callback/{number}/{name}/{i}": a for i, a in enumerate(value)}
                    arrays |= parts
                    found[name] = {"arrays": len(value)}
            kept.append([type(callback).__name__, _plain(found)])
        data = {
            "epoch": self.epoch + ended,
            "at": 0 if ended else self.at,
            "stopped": bool(ended and self._model.stop_training),
            "variables": [v.path for v in variables],
            "traces": [[len(states), _shapes_of(made)] for made, states in traces],
            "callbacks": kept,
            "batches": self._batches.state(None if ended else self.at),
            "validation": _data_state(self._validation),
            "random": random_state(),
        }
        return data, arrays

    def resume(self, data, arrays):
        """Goes on where `state` was asked for.

        Raises:
          ValueError: it is the state of another training; then nothing has changed.
        """
        self._prepare(data["traces"])
        self._check(data, arrays)
        self.epoch, self.at, self.stopped = data["epoch"], data["at"], data["stopped"]
        self._batches.restore(data["batches"])
        self.put_back(data, arrays)

    def put_back(self, data, arrays):
        """`resume` but for the batches: undoes what callbacks did since then."""
        variables = self._variables()
        for i, v in enumerate(variables):
            v.assign(arrays[f"variable/{i}"])
        for number, ((_, states), (count, _)) in enumerate(
            zip(self._trace_states(), data["traces"])
        ):
            for i, v in enumerate(states if len(states) == count else ()):
                v.assign(arrays[f"trace/{number}/{i}"])
        for number, (callback, (kind, kept)) in enumerate(
            zip(self._resumed_callbacks(), data["callbacks"])
        ):
            if type(callback).__name__ == kind:
                _restore_callback(callback, number, kept, arrays)
        set_random_state(data["random"])
        _set_data_state(self._validation, data["validation"])

    def _prepare(self, traces):
        """Makes the variables, and the traces of the step, which have random states of their own:
        there may be one for each size of a batch."""
        batch = self._batches.first()
        self._model._prepare(batch, "train_step")
        program = self._model._program("train_step")
        if program.__class__ is not Function:
            return
        program.concrete(batch)
        tensors = nest.flatten(batch, expand_composites=True)
        for _, shapes in traces[1:]:
            if len(shapes) == len(tensors) and all(None not in shape for shape in shapes):
                specs = [TensorSpec(shape, t.dtype) for shape, t in zip(shapes, tensors)]
                program.concrete(nest.pack_sequence_as(batch, specs, expand_composites=True))

    def _variables(self):
        return [v for group in self._model._state_groups().values() for v in group]

    def _resumed_callbacks(self):
        return [c for c in self._callbacks.callbacks if c._resumed]

    def _trace_states(self):
        """Each trace of the step, with the states of its random calls."""
        program = self._model._program("train_step")
        traced = program.traced() if program.__class__ is Function else ()
        return [(made, [v for v in made.variables if isinstance(v, State)]) for made in traced]

    def _check(self, data, arrays):
        variables, names, problems = self._variables(), data["variables"], []
        if len(names) != len(variables):
            problems.append(f"it has {len(names)} variables, the model has {len(variables)}")
        for i, (name, v) in enumerate(zip(names, variables)):
            array = arrays.get(f"variable/{i}")
            if (
                array is None
                or array.shape != tuple(v.shape)
                or array.dtype != v.value.numpy().dtype
            ):
                shown = "nothing" if array is None else f"{array.dtype}{list(array.shape)}"
                problems.append(f"{v.path} is {v.dtype}{list(v.shape)}, it has {shown} ({name})")
        if problems:
            raise ValueError(
                "The backup is of another model, optimizer or metrics: " + "; ".join(problems[:5])
            )


def _array_of(variable):
    """The array that a variable holds now; it is never written to."""
    return convert_to_tensor(variable).host()


def _shapes_of(made):
    """The shapes of what a trace takes, None for sizes that it leaves open."""
    return [[d if isinstance(d, int) else None for d in spec.shape] for spec in made.inputs]


def _plain(values):
    """Values as JSON has them."""
    return {k: v.item() if isinstance(v, np.generic) else v for k, v in values.items()}


def _restore_callback(callback, number, kept, arrays):
    for name in callback._resumed:
        value = kept.get(name)
        if isinstance(value, dict) and "arrays" in value:
            value = [arrays[f"callback/{number}/{name}/{i}"] for i in range(value["arrays"])]
        setattr(callback, name, value)


def _data_state(adapter):
    return None if adapter is None else adapter.random_state()


def _set_data_state(adapter, found):
    if adapter is not None and found is not None:
        adapter.set_random_state(found)
