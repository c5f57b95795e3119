"""BackupAndRestore: a training that was killed goes on where it was."""

import os
import warnings
from contextlib import suppress

import numpy as np

from ...base.dtypes import as_dtype, from_numpy
from ...base.errors import DataLossError
from ...base.files import makedirs, path_of
from ...formats.state import read_state, write_state
from .base import Callback

_LATEST, _BEFORE = "latest.state", "previous.state"


class BackupAndRestore(Callback):
    """Keeps the state of training on the disk; the program, started again, goes on from there.

    A program that was killed and is started again comes to the same weights as one that ran
    through, bit for bit: what is kept is the weights, the optimizer's and metrics' state, the epoch
    and batch, the order of the data, all sources of random numbers (Python's, NumPy's, tf.random's,
    dropout's), and what EarlyStopping, ReduceLROnPlateau and ModelCheckpoint remember. The program
    has to be the same. Batches that were done are made again and dropped. Where a data set's own
    threads draw from Python's or NumPy's random numbers ahead of training, no two runs are equal.

    Where several processes train together, the first of them has the file, and tells the others
    what it says; there may be more or fewer of them than before.

    The backup is one file, which is the old one or the new one, whole, whenever the program ends.
    It holds numbers only, with checksums.

    Args:
      backup_dir: the folder; no other training may use it.
      save_freq: "epoch", or after how many batches; False for never.
      double_checkpoint: keep the state before the latest too, which is taken where the latest is
        damaged.
      delete_checkpoint: delete the backup when training has ended.
      save_before_preemption: Keras 2's, for machines of Google's: False.

    Raises:
      ValueError: no `backup_dir`; another `save_freq`; when training begins, the backup is that of
        another model.
      DataLossError: when training begins, the backup is damaged; it names the file.
      OpError: while training, the backup cannot be written, with the file's name.

    Example:
    >>> model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> backup = tf.keras.callbacks.BackupAndRestore("backup", delete_checkpoint=False)
    >>> x = np.ones((8, 2))
    >>> len(model.fit(x, x[:, :1], epochs=2, verbose=0, callbacks=[backup]).epoch)
    2
    >>> len(model.fit(x, x[:, :1], epochs=5, verbose=0, callbacks=[backup]).epoch)
    3
    """

    _keeps_training = True

    def __init__(
        self,
        backup_dir,
        save_freq="epoch",
        double_checkpoint=False,
        delete_checkpoint=True,
        save_before_preemption=False,
    ):
        if not backup_dir:
            raise ValueError("Empty `backup_dir` argument passed")
        if save_freq != "epoch" and (not isinstance(save_freq, int) or save_freq < 0):
            raise ValueError(
                f"Invalid value for argument `save_freq`. Received: save_freq={save_freq}. "
                "Expected either 'epoch' or an integer value."
            )
        if save_before_preemption:
            raise NotImplementedError(
                "BackupAndRestore(save_before_preemption=True) is not built: give save_freq a "
                "number of batches."
            )
        self.backup_dir, self.save_freq = path_of(backup_dir), save_freq
        self.double_checkpoint, self.delete_checkpoint = double_checkpoint, delete_checkpoint
        self._files = [os.path.join(self.backup_dir, name) for name in (_LATEST, _BEFORE)]
        self._batches, self._found = 0, None
        if save_freq == "epoch":
            self.on_epoch_end = self._epoch_end
        elif save_freq:
            self.on_train_batch_end = self._train_batch_end

    def on_train_begin(self, logs=None):
        """Goes on from the backup, where there is one."""
        self._batches, self._found = 0, self._read_together()
        if self._found is not None:
            self._training.resume(*self._found)
            self._batches = self._found[0]["at"]

    def on_epoch_begin(self, epoch, logs=None):
        """In the middle of an epoch: undoes what its beginning did, which was done before."""
        if self._found is not None and self._found[0]["at"]:
            self._training.put_back(*self._found)
        self._found = None

    def on_train_end(self, logs=None):
        """Deletes the backup, where that is wanted."""
        if self.delete_checkpoint and self._group.rank == 0:
            for path in self._files:
                with suppress(FileNotFoundError):
                    os.unlink(path)
            with suppress(OSError):  # others' files are in it
                os.rmdir(self.backup_dir)

    @property
    def _training(self):
        return self.model._training

    @property
    def _group(self):
        """The processes that train together: the first of them has the files."""
        return self.model.distribute_strategy._group

    def _epoch_end(self, epoch, logs=None):
        self._write(ended=True)

    def _train_batch_end(self, batch, logs=None):
        self._batches += 1
        if self._batches % self.save_freq == 0:
            self._write(ended=False)

    def _write(self, ended):
        latest, before = self._files

        def keep():
            with suppress(FileNotFoundError):
                os.replace(latest, before)

        data, arrays = self._training.state(ended)
        if self._group.rank == 0:
            write_state(latest, data, arrays, keep if self.double_checkpoint else None)

    def _read_together(self):
        """What the first process reads, in all of them."""
        group, found = self._group, None
        if group.rank == 0:
            makedirs(self.backup_dir)
            found = self._read()
        if not group.agree(found is not None):
            return None
        data, arrays = (None, {}) if found is None else found
        described = {k: [from_numpy(a.dtype).name, list(a.shape)] for k, a in arrays.items()}
        data, described = group.agree([data, described])
        mine = arrays or {
            k: np.zeros(s, as_dtype(d).numpy_dtype) for k, (d, s) in described.items()
        }
        return data, dict(zip(mine, group.broadcast(list(mine.values()))))

    def _read(self):
        """The latest backup that is whole, or None where there is none."""
        found = [path for path in self._files if os.path.exists(path)]
        for number, path in enumerate(found):
            try:
                return read_state(path)
            except DataLossError as fault:
                if number == len(found) - 1:
                    raise DataLossError(
                        f"BackupAndRestore: {fault}. Delete {self.backup_dir} to begin anew."
                    ) from None
                warnings.warn(
                    f"BackupAndRestore: {fault}. The state before it is taken.", stacklevel=2
                )
        return None
