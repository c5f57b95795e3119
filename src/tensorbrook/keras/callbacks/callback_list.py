"""CallbackList: the callbacks of one run, called as one."""

from ...base import nest
from .base import HOOKS, Callback, overrides, plain_logs
from .early_stop import TerminateOnNaN
from .history import History
from .progress import ProgbarLogger

_NOW_AND_THEN = (ProgbarLogger, TerminateOnNaN)
_INHERITED = {"on_train_batch_begin": "on_batch_begin", "on_train_batch_end": "on_batch_end"}


class CallbackList(Callback):
    """Calls the hooks of several callbacks in their order.

    Hooks that a callback leaves as they are cost nothing.

    Args:
      callbacks: a callback, or a list of them.
      add_history: adds a `History` unless one is among them.
      add_progbar: adds a `ProgbarLogger` unless one is among them.
      model: the model at work.
      **params: the settings of the loop: verbose, epochs, steps.

    Raises:
      TypeError: something that is no callback, or a class instead of an object of it.

    Example:
    >>> calls = tf.keras.callbacks.CallbackList([], add_history=True, epochs=1)
    >>> [type(callback).__name__ for callback in calls.callbacks]
    ['History']
    """

    def __init__(self, callbacks=None, add_history=False, add_progbar=False, model=None, **params):
        self.callbacks = nest.flatten(callbacks) if callbacks else []
        for callback in self.callbacks:
            _check(callback)
        self._listeners = {}
        self._history = self._find_or_add(History, add_history)
        self._progbar = self._find_or_add(ProgbarLogger, add_progbar)
        if model is not None:
            self.set_model(model)
        self.set_params(params)

    def _find_or_add(self, cls, add):
        found = [c for c in self.callbacks if isinstance(c, cls)]
        if not found and add:
            found = [cls()]
            self.append(found[0])
        return found[-1] if found else None

    def append(self, callback):
        """Adds one more callback."""
        self.callbacks.append(callback)
        self._listeners.clear()

    def set_params(self, params):
        """Hands the settings of the loop to every callback."""
        self.params = params
        for callback in self.callbacks if params else ():
            callback.set_params(params)

    def set_model(self, model):
        """Hands the model to every callback; the model gets the history."""
        self.model = model
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def listens(self, hook):
        """Whether any callback has its own `hook`, such as "on_train_batch_end"."""
        return bool(self._of(hook))

    def sees_batches(self, mode):
        """Whether a callback has to be called at each batch.

        The others need no more than the logs of one batch now and then, or of one whose loss is
        not finite: many batches may then run at once.

        Args:
          mode: "train", "test" or "predict".
        """
        if type(self) is not CallbackList:
            return True
        hooks = f"on_{mode}_batch_begin", f"on_{mode}_batch_end"
        return any(
            type(c) not in _NOW_AND_THEN or hook in vars(c)
            for hook in hooks
            for c in self._of(hook)
        )

    def may_change_model(self):
        """Whether there are callbacks that may do as they like with the model: others' code."""
        return type(self) is not CallbackList or any(
            type(c) not in (History, ProgbarLogger) or any(n.startswith("on_") for n in vars(c))
            for c in self.callbacks
        )

    def _of(self, hook):
        """The callbacks that have their own `hook`."""
        if hook not in self._listeners:
            names = [hook, _INHERITED.get(hook, hook)]
            found = [c for c in self.callbacks if any(overrides(c, name) for name in names)]
            self._listeners[hook] = sorted(found, key=lambda c: c._keeps_training)
        return self._listeners[hook]

    def _call(self, hook, position, logs):
        callbacks = self._of(hook)
        if not callbacks:
            return
        # In a batch's hooks `logs` may be a function: working it out can wait until it is read.
        if "batch" in hook and not any(c.reads_batch_logs() for c in callbacks):
            logs = None
        logs = plain_logs(logs() if callable(logs) else logs)
        for callback in callbacks:
            getattr(callback, hook)(*position, logs)


def _forward(hook, has_position):
    """The method of CallbackList that calls `hook` of all."""

    def with_position(self, position, logs=None):
        self._call(hook, (position,), logs)

    def without_position(self, logs=None):
        self._call(hook, (), logs)

    method = with_position if has_position else without_position
    method.__name__ = hook
    method.__doc__ = f"Calls `{hook}` of every callback that has its own."
    return method


for _hook in HOOKS:
    setattr(CallbackList, _hook, _forward(_hook, "batch" in _hook or "epoch" in _hook))


def _check(callback):
    if isinstance(callback, type):
        raise TypeError(
            f"callbacks must hold objects, but {callback.__name__} is a class: write "
            f"{callback.__name__}(...)."
        )
    if not isinstance(callback, Callback):
        raise TypeError(
            f"callbacks must hold keras.callbacks.Callback objects. Received: {callback!r} "
            f"(of type {type(callback).__name__}). For a function, use "
            "LambdaCallback(on_epoch_end=function)."
        )
