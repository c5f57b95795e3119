"""LearningRateScheduler and ReduceLROnPlateau: the callbacks that change the learning rate."""

import inspect

import numpy as np

from ...core.tensor import Tensor
from ..utils.progress import print_message
from .base import Callback
from .monitor import MonitorCallback


def _named_optimizers(optimizer):
    """The pairs (name to show, optimizer) of an optimizer, or of those it is made of."""
    if hasattr(optimizer, "optimizers"):
        return [(inner.name, inner) for inner in optimizer.optimizers]
    return [("", optimizer)]


def _rate(optimizer):
    return float(optimizer.learning_rate)


def _log_rates(optimizer, logs):
    for name, inner in _named_optimizers(optimizer):
        logs["learning_rate" + (f"_{name}" if name else "")] = _rate(inner)


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of every epoch, and logs it as "learning_rate".

    Args:
      schedule: a function of the epoch, counted from 0, and the present rate; or of the epoch
        alone. It returns the new rate, a float.
      verbose: 1 prints the rates.

    Raises (at the beginning of an epoch):
      ValueError: the function returns something else.

    Example:
    >>> halve = tf.keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2, verbose=1)
    >>> model = tf.keras.Sequential()
    >>> model.compile(tf.keras.optimizers.SGD(0.5))
    >>> halve.set_model(model)
    >>> halve.on_epoch_begin(0)
    <BLANKLINE>
    Epoch 1: LearningRateScheduler setting learning rate to 0.25.
    """

    def __init__(self, schedule, verbose=0):
        self.schedule = schedule
        self.verbose = verbose

    def _next_rate(self, epoch, rate):
        try:
            inspect.signature(self.schedule).bind(epoch, rate)
        except TypeError:
            rate = self.schedule(epoch)
        else:
            rate = self.schedule(epoch, rate)
        if isinstance(rate, Tensor) and rate.dtype.is_floating:  # as Keras 2 took
            return float(rate)
        if not isinstance(rate, (float, np.floating)):
            raise ValueError(
                f"The output of the `schedule` function should be a float. Got: {rate}. Return "
                "float(rate)."
            )
        return rate

    def on_epoch_begin(self, epoch, logs=None):
        """Sets the rate."""
        for name, optimizer in _named_optimizers(self.model.optimizer):
            optimizer.learning_rate = rate = self._next_rate(epoch, _rate(optimizer))
            if self.verbose > 0:
                label = f"{name} " if name else ""
                print_message(
                    f"\nEpoch {epoch + 1}: LearningRateScheduler setting {label}learning rate to "
                    f"{rate}."
                )

    def on_epoch_end(self, epoch, logs=None):
        """Adds the rate to the logs."""
        _log_rates(self.model.optimizer, {} if logs is None else logs)


class ReduceLROnPlateau(MonitorCallback):
    """Makes the learning rate smaller when a metric has stopped getting better.

    Args:
      monitor: the metric's name in the logs; acc and accuracy mean the same.
      factor: what the rate is multiplied by, less than 1.
      patience: how many epochs without getting better make it smaller.
      verbose: 1 prints the rates.
      mode: "min", "max", or "auto": by the metric of that name.
      min_delta: changes smaller than this do not count as better.
      cooldown: how many epochs to wait after a change.
      min_lr: the smallest rate.

    Raises:
      ValueError: factor is 1 or more; at the end of the first epoch, there is no such metric.

    Example:
    >>> plateau = tf.keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=1)
    >>> model = tf.keras.Sequential()
    >>> model.compile(tf.keras.optimizers.SGD(0.5))
    >>> plateau.set_model(model)
    >>> for epoch, loss in enumerate([0.5, 0.6, 0.7]):
    ...     plateau.on_epoch_end(epoch, {"loss": loss})
    >>> float(model.optimizer.learning_rate)
    0.125
    """

    _resumed = ("wait", "cooldown_counter", "best")
    _needs = "Learning rate reduction is conditioned on metric {name}"

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
        **kwargs,
    ):
        if "epsilon" in kwargs:
            min_delta = kwargs.pop("epsilon")
        if kwargs:
            raise TypeError(f"ReduceLROnPlateau: unknown arguments {sorted(kwargs)}.")
        super().__init__(monitor, mode, min_delta)
        if factor >= 1.0:
            raise ValueError(
                f"ReduceLROnPlateau does not support a factor >= 1.0. Received factor={factor}"
            )
        self.factor = factor
        self.min_lr = min_lr
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.on_train_begin()

    def on_train_begin(self, logs=None):
        """Starts anew."""
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0

    def in_cooldown(self):
        """Whether it still waits after a change."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch, logs=None):
        """Looks at the metric and makes the rate smaller if it is time."""
        logs = {} if logs is None else logs
        _log_rates(self.model.optimizer, logs)
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                optimizers = _named_optimizers(self.model.optimizer)
                if any([self._reduce(epoch, *pair) for pair in optimizers]):
                    self.cooldown_counter = self.cooldown
                    self.wait = 0

    def _reduce(self, epoch, name, optimizer):
        """Makes the rate of one optimizer smaller; False where it is at its smallest."""
        old = _rate(optimizer)
        # The rate lies in a float32 variable: compare with the limit rounded alike.
        if old <= np.float32(self.min_lr):
            return False
        optimizer.learning_rate = new = max(old * self.factor, self.min_lr)
        if self.verbose > 0:
            label = f" {name}" if name else ""
            print_message(
                f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing{label} learning rate to {new}."
            )
        return True
