"""EarlyStopping and TerminateOnNaN: the callbacks that end training."""

import numpy as np

from ..utils.progress import print_message
from .base import Callback
from .monitor import MonitorCallback


class EarlyStopping(MonitorCallback):
    """Ends training when a metric has stopped getting better.

    Args:
      monitor: the metric's name in the logs; acc and accuracy mean the same.
      min_delta: changes smaller than this do not count as better.
      patience: how many epochs in a row without getting better end the training.
      verbose: 1 prints what it does.
      mode: "min", "max", or "auto": by the metric of that name.
      baseline: only values better than this count.
      restore_best_weights: the model gets the weights of its best epoch back.
      start_from_epoch: earlier epochs are not looked at.

    Raises (at the end of the first epoch):
      ValueError: there is no such metric; it names the nearest ones.

    Example:
    >>> stop = tf.keras.callbacks.EarlyStopping("loss", patience=1)
    >>> stop.set_model(tf.keras.Sequential())
    >>> stop.on_train_begin()
    >>> for epoch, loss in enumerate([0.5, 0.6, 0.7]):
    ...     stop.on_epoch_end(epoch, {"loss": loss})
    >>> stop.model.stop_training, stop.best
    (True, 0.5)
    """

    _resumed = ("wait", "stopped_epoch", "best", "best_weights", "best_epoch")
    _needs = "Early stopping conditioned on metric {name}"

    def __init__(
        self,
        monitor="val_loss",
        min_delta=0,
        patience=0,
        verbose=0,
        mode="auto",
        baseline=None,
        restore_best_weights=False,
        start_from_epoch=0,
    ):
        super().__init__(monitor, mode, min_delta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = restore_best_weights
        self.start_from_epoch = start_from_epoch
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        """Starts anew."""
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_weights = None
        self.best_epoch = 0

    def on_epoch_end(self, epoch, logs=None):
        """Looks at the metric and ends the training if it is time."""
        current = self.get_monitor_value(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights = self.model.get_weights()
            self.best_epoch = epoch
        self.wait += 1
        if self._is_improvement(current, self.best):
            self.best = current
            self.best_epoch = epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self._is_improvement(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        """Gives the best weights back, where that is wanted."""
        if self.stopped_epoch > 0 and self.verbose > 0:
            print_message(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            if self.verbose > 0:
                best = self.best_epoch + 1
                print_message(f"Restoring model weights from the end of the best epoch: {best}.")
            self.model.set_weights(self.best_weights)


class TerminateOnNaN(Callback):
    """Ends training when the loss is NaN or infinite.

    Args:
      raise_error: raises RuntimeError instead of ending quietly.

    Example:
    >>> stop = tf.keras.callbacks.TerminateOnNaN(raise_error=True)
    >>> stop.on_batch_end(7, {"loss": float("nan")})
    Traceback (most recent call last):
    RuntimeError: NaN or Inf loss encountered at batch 7. Loss value: nan. ...
    """

    def __init__(self, raise_error=False):
        self.raise_error = raise_error

    def on_batch_end(self, batch, logs=None):
        """Looks at the loss."""
        loss = (logs or {}).get("loss")
        if loss is None or np.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}. Terminating "
                "training immediately."
            )
        print_message(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True
