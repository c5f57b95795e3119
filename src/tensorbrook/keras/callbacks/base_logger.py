"""BaseLogger: the means of an epoch's metrics, which Keras 2 had as a callback."""

from .base import Callback


class BaseLogger(Callback):
    """Puts the mean over an epoch's batches of what batches log into the epoch's logs.

    `fit` logs means by itself: it is for loops of one's own.

    Args:
      stateful_metrics: names of metrics that are no means of batches: their last value counts.

    Example:
    >>> logger, logs = tf.keras.callbacks.BaseLogger(), {}
    >>> logger.on_epoch_begin(0)
    >>> for size, loss in [(2, 1.0), (1, 4.0)]:
    ...     logger.on_batch_end(0, {"size": size, "loss": loss})
    >>> logger.on_epoch_end(0, logs)
    >>> logs
    {'loss': 2.0}
    """

    def __init__(self, stateful_metrics=None):
        self.stateful_metrics = set(stateful_metrics or ())

    def on_epoch_begin(self, epoch, logs=None):
        """Forgets the batches."""
        self.seen, self.totals = 0, {}

    def on_batch_end(self, batch, logs=None):
        """Adds a batch, of the size that it logs or of 1."""
        logs = dict(logs or {})
        size = logs.pop("size", 1)
        self.seen += size
        for name, value in logs.items():
            if name in self.stateful_metrics:
                self.totals[name] = value
            else:
                self.totals[name] = self.totals.get(name, 0) + value * size

    def on_epoch_end(self, epoch, logs=None):
        """Adds the means to the logs that have none."""
        for name, total in self.totals.items() if logs is not None else ():
            mean = total if name in self.stateful_metrics else total / self.seen
            logs.setdefault(name, mean)
