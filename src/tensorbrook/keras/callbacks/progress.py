"""ProgbarLogger: the progress that fit, evaluate and predict print."""

from ..utils.progress import Progbar, print_message
from .base import Callback


class ProgbarLogger(Callback):
    """Prints epochs and a progress bar with the metrics; added by `fit` when `verbose` is not 0.

    Example:
    >>> logger = tf.keras.callbacks.ProgbarLogger()
    >>> logger.set_params({"verbose": 1, "epochs": 2, "steps": 3})
    >>> logger.on_epoch_begin(0)
    Epoch 1/2
    """

    def __init__(self):
        self.seen = 0
        self.progbar = None
        self.target = None
        self.verbose = 1
        self.epochs = 1
        self._in_fit = False

    def set_params(self, params):
        """Takes the settings of the loop."""
        self.params = params
        self.verbose = 1 if params["verbose"] == "auto" else params["verbose"]
        self.epochs = params["epochs"]
        self.target = params["steps"]

    def reads_batch_logs(self):
        """True where the bar is about to be drawn over."""
        return self.verbose == 1 and (self.progbar is None or self.progbar.is_due())

    def on_train_begin(self, logs=None):
        """Evaluations from here on belong to the epochs: they draw no bar of their own."""
        self._in_fit = True

    def on_epoch_begin(self, epoch, logs=None):
        """Prints which epoch begins."""
        self._start()
        if self.verbose and self.epochs > 1:
            print_message(f"Epoch {epoch + 1}/{self.epochs}")

    def on_test_begin(self, logs=None):
        """Starts a bar."""
        if not self._in_fit:
            self._start()

    def on_predict_begin(self, logs=None):
        """Starts a bar."""
        self._start()

    def on_train_batch_end(self, batch, logs=None):
        """Moves the bar."""
        self._update(batch, logs)

    def on_test_batch_end(self, batch, logs=None):
        """Moves the bar."""
        if not self._in_fit:
            self._update(batch, logs)

    def on_predict_batch_end(self, batch, logs=None):
        """Moves the bar."""
        self._update(batch, None)

    def on_epoch_end(self, epoch, logs=None):
        """Prints the finished line."""
        self._finish(logs)

    def on_test_end(self, logs=None):
        """Prints the finished line."""
        if not self._in_fit:
            self._finish(logs)

    def on_predict_end(self, logs=None):
        """Prints the finished line."""
        self._finish(None)

    def _start(self):
        self.seen = 0
        # All values shown are averages already: none is averaged again.
        self.progbar = Progbar(target=self.target, verbose=self.verbose, stateless_metrics=())

    def _update(self, batch, logs):
        if self.progbar is None:
            self._start()
        self.seen = batch + 1
        if self.verbose == 1:
            self.progbar.update(self.seen, list((logs or {}).items()), finalize=False)

    def _finish(self, logs):
        if self.target is None:
            self.target = self.seen
            self.progbar.target = self.target
        self.progbar.update(self.target, list((logs or {}).items()), finalize=True)
