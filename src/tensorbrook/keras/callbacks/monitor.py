"""MonitorCallback: watching one metric, and what counts as better."""

import difflib
import warnings

import numpy as np

from ..variables import LEGACY
from .base import Callback

ALIASES = {"acc": "accuracy", "accuracy": "acc"}


def resolve_monitor(monitor, names):
    """The name in `names` that `monitor` means: itself, or acc for accuracy; None if there is none.

    Example:
    >>> from tensorbrook.keras.callbacks.monitor import resolve_monitor
    >>> resolve_monitor("val_acc", ["loss", "val_accuracy"])
    'val_accuracy'
    """
    if monitor in names:
        return monitor
    prefix = "val_" if monitor.startswith("val_") else ""
    base = monitor.removeprefix("val_")
    alias = prefix + ALIASES.get(base, base)
    return alias if alias in names else None


class MonitorCallback(Callback):
    """The base of callbacks that act on how a metric develops.

    Args:
      monitor: the metric's name in the logs.
      mode: "min", "max", or "auto": by the metric of that name.
      min_delta: changes smaller than this do not count as better.
    """

    def __init__(self, monitor="val_loss", mode="auto", min_delta=0):
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__} mode '{mode}' is unknown, fallback to auto mode.",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = None
        self.min_delta = abs(min_delta)
        self._larger_is_better = None

    @property
    def monitor_op(self):
        """np.greater or np.less, of a value and the best one; None before the first epoch ends."""
        if self._larger_is_better is None:
            return None
        return np.greater if self._larger_is_better else np.less

    def get_monitor_value(self, logs):
        """The monitored value in an epoch's logs; None, with a warning, where it is missing.

        Raises:
          ValueError: no value of that name can ever come: neither it nor, for a name "val_x", x is
            among the logs; or mode="auto" and nobody knows whether more or less is better.
        """
        logs = logs or {}
        name = resolve_monitor(self.monitor, logs)
        if name is None:
            if not LEGACY:
                self._check_may_come(logs)
            warnings.warn(
                f"{self._needs.format(name=f'`{self.monitor}`')} which is not available. Available "
                f"metrics are: {','.join(logs)}. Validation metrics need validation_data= or "
                "validation_split= in fit().",
                stacklevel=4,
            )
            return None
        if self._larger_is_better is None:
            self._larger_is_better = self._direction(name)
        return logs[name]

    def _check_may_come(self, logs):
        """Raises unless the value is a validation's, and no validation ran in this epoch."""
        validated = any(name.startswith("val_") for name in logs)
        trained = resolve_monitor(self.monitor.removeprefix("val_"), logs) is not None
        if self.mode != "auto" or (self.monitor.startswith("val_") and trained and not validated):
            return
        near = difflib.get_close_matches(self.monitor, logs, n=3, cutoff=0.4)
        hint = f" Did you mean {', '.join(map(repr, near))}?" if near else ""
        raise ValueError(
            f"{type(self).__name__} monitors {self.monitor!r}, which is not among the logs of the "
            f"epoch.{hint} Available: {', '.join(map(repr, logs))}. Set monitor= to one of these, "
            "or add the metric in compile(metrics=[...])."
        )

    def _direction(self, name):
        """True where a larger value of this metric is better."""
        if self.mode != "auto":
            return self.mode == "max"
        name = name.removeprefix("val_")
        for metric in _all_metrics(getattr(self.model, "metrics", ())):
            direction = getattr(metric, "_direction", None)
            # With several outputs the logs say "output_metric".
            if direction and (name == metric.name or name.endswith("_" + metric.name)):
                return direction == "up"
        if LEGACY or name == "loss" or name.endswith("_loss"):
            return name.endswith(("acc", "accuracy", "auc"))
        raise ValueError(
            f"{type(self).__name__} callback received monitor={self.monitor}, but Keras isn't able "
            "to automatically determine whether that metric should be maximized or minimized. Pass "
            "`mode='max'` in order to monitor based on the highest metric value, or pass "
            "`mode='min'` in order to use the lowest value."
        )

    def _is_improvement(self, value, reference):
        if reference is None:
            return True
        if self._larger_is_better:
            return bool(np.greater(value - self.min_delta, reference))
        return bool(np.less(value + self.min_delta, reference))


def _all_metrics(metrics):
    """The metrics, with those that containers among them hold."""
    for metric in metrics:
        inner = getattr(metric, "metrics", None)
        if isinstance(inner, (list, tuple)):
            yield from _all_metrics(inner)
        else:
            yield metric
