"""Callback: what a program hangs into training, evaluation and prediction."""

from ..arguments import checked
from ..registry import is_ours


class Callback:
    """Acts at the beginnings and ends of training, epochs and batches.

    Override any of the hooks; each gets `logs`, a dict of floats. `self.model` is the model at
    work, `self.params` the settings of the loop: "verbose", "epochs" and "steps". Setting
    `self.model.stop_training = True` ends training after the running batch.

    Example:
    >>> class Shout(tf.keras.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print(epoch, logs["loss"])
    >>> Shout().on_epoch_end(0, {"loss": 0.5})
    0 0.5
    """

    model = None
    params = validation_data = None  # the latter is Keras 2's, and None there as well
    _resumed = ()  # the attributes that a training goes on with in another process
    _keeps_training = False  # whether it writes that down, and is called after all others

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if is_ours(cls) and "__init__" in vars(cls):
            cls.__init__ = checked(cls.__init__)

    def _interrupted(self):
        """Called in place of `on_train_end` where an error ends the training."""

    def set_params(self, params):
        """Takes the settings of the loop."""
        self.params = params

    def set_model(self, model):
        """Takes the model at work."""
        self.model = model

    def reads_batch_logs(self):
        """True when the hooks at the ends of batches use their `logs` now (they cost time)."""
        return True

    def on_train_begin(self, logs=None):
        """Called at the beginning of training."""

    def on_train_end(self, logs=None):
        """Called at the end of training, with the last epoch's logs."""

    def on_epoch_begin(self, epoch, logs=None):
        """Called at the beginning of an epoch, counted from 0; in training only."""

    def on_epoch_end(self, epoch, logs=None):
        """Called at the end of an epoch with its metrics, those of validation as "val_...".

        What a callback adds to `logs` is seen by the ones after it and by the history.
        """

    def on_train_batch_begin(self, batch, logs=None):
        """Called at the beginning of a training batch."""
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        """Called at the end of a training batch with the metrics of the epoch so far."""
        self.on_batch_end(batch, logs)

    def on_batch_begin(self, batch, logs=None):
        """Another name of `on_train_batch_begin`."""

    def on_batch_end(self, batch, logs=None):
        """Another name of `on_train_batch_end`."""

    def on_test_begin(self, logs=None):
        """Called at the beginning of an evaluation, that of an epoch's validation too."""

    def on_test_end(self, logs=None):
        """Called at the end of an evaluation."""

    def on_test_batch_begin(self, batch, logs=None):
        """Called at the beginning of a batch in an evaluation."""

    def on_test_batch_end(self, batch, logs=None):
        """Called at the end of a batch in an evaluation."""

    def on_predict_begin(self, logs=None):
        """Called at the beginning of a prediction."""

    def on_predict_end(self, logs=None):
        """Called at the end of a prediction."""

    def on_predict_batch_begin(self, batch, logs=None):
        """Called at the beginning of a batch in a prediction."""

    def on_predict_batch_end(self, batch, logs=None):
        """Called at the end of a batch in a prediction, with its "outputs"."""


HOOKS = tuple(name for name in vars(Callback) if name.startswith("on_"))


def overrides(callback, hook):
    """Whether a callback has its own `hook`, on its class or on itself."""
    return hook in vars(callback) or getattr(type(callback), hook) is not getattr(Callback, hook)


def plain_logs(logs):
    """Logs as callbacks get them: a new dict, sorted, flat, with floats where they can be.

    Example:
    >>> from tensorbrook.keras.callbacks.base import plain_logs
    >>> plain_logs({"loss": tf.constant(0.5), "a": {"b": 1}})
    {'b': 1.0, 'loss': 0.5}
    """
    plain = {}
    for name, value in sorted((logs or {}).items()):
        if isinstance(value, dict):
            plain.update(plain_logs(value))
            continue
        try:
            plain[name] = value if getattr(value, "ndim", 0) else float(value)
        except (TypeError, ValueError):
            plain[name] = value
    return plain
