"""ModelCheckpoint: the model, or its weights, in a file while it is trained."""

import os
import tempfile

from ...base.files import makedirs, path_of
from ...checkpoint.weights import save_weights
from ..utils.progress import print_message
from .base import Callback
from .monitor import MonitorCallback

_WEIGHTS = (".weights.h5", ".weights.json", ".h5", ".hdf5")


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, while it is trained.

    A file is the old one or the new one, whole, whenever the program ends. Where several processes
    train together (tf.distribute.MultiWorkerMirroredStrategy), the first of them writes it.

    Args:
      filepath: the file; it may name the epoch, the batch and metrics, as in
        "{epoch:02d}-{val_loss:.2f}.keras". A whole model's ends in ".keras" or ".h5", or else is
        the folder of a SavedModel. That of weights ends in ".weights.h5" or ".h5", or else is the
        prefix of a checkpoint as `tf.train.Checkpoint` writes it, which
        `tf.train.latest_checkpoint` finds.
      monitor: the metric that tells the best.
      verbose: 1 prints what it does.
      save_best_only: save only where the metric is better than at all savings before.
      save_weights_only: save the weights and the optimizer's state, not the model.
      mode: "min", "max", or "auto": by the metric of that name.
      save_freq: "epoch", or after how many batches.
      initial_value_threshold: what the first saving has to be better than.
      period: Keras 2's: after how many epochs; 1 by default.
      options: Keras 2's; of no effect.

    Raises:
      ValueError: another `save_freq`; weights to a ".keras" file; at the first saving, there is no
        such metric.
      KeyError: `filepath` names what is not among the logs.

    Example:
    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> keep = tf.keras.callbacks.ModelCheckpoint(
    ...     "best.weights.h5", monitor="loss", save_best_only=True, save_weights_only=True
    ... )
    >>> _ = model.fit(np.ones((8, 2)), np.ones(8), epochs=2, verbose=0, callbacks=[keep])
    >>> tf.io.gfile.exists("best.weights.h5")
    True
    """

    _resumed = ("best", "_waiting", "_last_batch", "_epochs_waiting")
    _needs = "Can save best model only with {name}"

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
        period=1,
        options=None,
    ):
        super().__init__(monitor, mode)
        self.filepath, self.verbose = path_of(filepath), verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.save_freq, self.period, self.best = save_freq, period, initial_value_threshold
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(
                f"Unrecognized save_freq: {save_freq}. Expected save_freq are 'epoch' or integer "
                "values"
            )
        if save_weights_only and self.filepath.endswith(".keras"):
            raise ValueError(
                "When using `save_weights_only=True` in `ModelCheckpoint`, the filepath provided "
                f"must end in `.weights.h5` (Keras weights format). Received: filepath={filepath}"
            )
        self._epoch, self._waiting, self._last_batch, self._epochs_waiting = 0, 0, None, 0
        if save_freq == "epoch":
            self.on_epoch_end = self._epoch_end
        elif save_freq > 0:
            self.on_train_batch_end = self._train_batch_end

    def on_epoch_begin(self, epoch, logs=None):
        """Takes note of the epoch."""
        self._epoch = epoch

    def _epoch_end(self, epoch, logs=None):
        self._epochs_waiting += 1
        if self._epochs_waiting >= self.period:
            self._epochs_waiting = 0
            self._save(epoch, None, logs or {})

    def _train_batch_end(self, batch, logs=None):
        before = self._last_batch
        self._waiting += batch + 1 if before is None or batch <= before else batch - before
        self._last_batch = batch
        if self._waiting >= self.save_freq:
            self._waiting = 0
            self._save(self._epoch, batch, logs or {})

    def _save(self, epoch, batch, logs):
        """Saves, if the metric says so."""
        path = self._path(epoch, batch, logs)
        lead, saving = f"\nEpoch {epoch + 1}: ", f"saving model to {path}"
        value = self.get_monitor_value(logs) if self.save_best_only else None
        if value is None:  # also where the metric is not there: as in Keras 3, which warns as well
            self._tell(lead + saving)
        elif not self._is_improvement(value, self.best):
            self._tell(f"{lead}{self.monitor} did not improve from {_shown(self.best)}")
            return
        else:
            change = f"from {_shown(self.best)} to {_shown(value)}"
            self._tell(f"{lead}{self.monitor} improved {change}, {saving}")
            self.best = value
        if self.model.distribute_strategy._group.rank == 0:
            makedirs(os.path.dirname(path) or ".")
            self._write(path)
        else:  # it takes part, as a value may be one of all processes, and keeps nothing
            with tempfile.TemporaryDirectory() as folder:
                self._write(os.path.join(folder, os.path.basename(path)))
        self._tell(f"{lead}finished {saving}")

    def _write(self, path):
        if not self.save_weights_only:
            self.model.save(path, overwrite=True, save_format="tf")  # of other ends than files'
        elif path.endswith(_WEIGHTS):
            self.model.save_weights(path, overwrite=True)
        else:
            save_weights(path, self.model)

    def _path(self, epoch, batch, logs):
        known = {"epoch": epoch + 1, **logs}
        if batch is not None:
            known["batch"] = batch + 1
        try:
            return self.filepath.format(**known)
        except KeyError as fault:
            raise KeyError(
                f'Failed to format this callback filepath: "{self.filepath}". Reason: {fault}: the '
                f"names are {', '.join(known)}."
            ) from None

    def _tell(self, text):
        if self.verbose > 0:
            print_message(text)


def _shown(value):
    return "None" if value is None else f"{value:.5f}"


class OrbaxCheckpoint(Callback):
    """Not built: Orbax writes arrays of JAX's.

    Raises:
      NotImplementedError: always, with the way around.
    """

    def __init__(self, directory, *args, **kwargs):
        raise NotImplementedError(
            "keras.callbacks.OrbaxCheckpoint is not built: Orbax is JAX's. Use ModelCheckpoint("
            f'"{directory}/{{epoch}}.weights.h5", save_weights_only=True), or BackupAndRestore('
            f'"{directory}") to go on after the program was killed.'
        )
