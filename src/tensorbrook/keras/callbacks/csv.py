"""CSVLogger: the metrics of every epoch in a file."""

import csv
import os
from collections.abc import Iterable

import numpy as np

from ...base.files import translated
from .base import Callback


class CSVLogger(Callback):
    """Writes one line of metrics per epoch to a CSV file.

    Args:
      filename: the file's path.
      separator: what stands between the values.
      append: adds to the file, instead of writing it anew; a last line without an end, which a
        killed run may leave, gets one first.

    Example:
    >>> import pathlib
    >>> logger = tf.keras.callbacks.CSVLogger("log.csv")
    >>> logger.on_train_begin()
    >>> logger.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
    >>> logger.on_train_end()
    >>> print(pathlib.Path("log.csv").read_text())
    epoch,loss,val_loss
    0,0.5,0.75
    <BLANKLINE>
    """

    def __init__(self, filename, separator=",", append=False):
        self.sep = separator
        self.filename = os.fspath(filename)
        self.append = append
        self.keys = None
        self.csv_file = None
        self.writer, self.append_header = None, True

    def on_train_begin(self, logs=None):
        """Opens the file."""
        self.on_train_end()
        written = os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self.append_header = not (self.append and written)
        mode = "a" if self.append else "w"
        with translated(self.filename):
            torn = not self.append_header and _is_torn(self.filename)
            self.csv_file = open(self.filename, mode, encoding="utf-8", newline="")  # noqa: SIM115
            self.csv_file.write("\r\n" if torn else "")
        self.keys = None

    def on_epoch_end(self, epoch, logs=None):
        """Writes the line of an epoch; the first one settles the columns."""
        logs = logs or {}
        if self.writer is None:
            self.keys = sorted(logs)
            # Validation may run from a later epoch on: its columns are kept free.
            if not any(key.startswith("val_") for key in self.keys):
                self.keys += [f"val_{key}" for key in self.keys]
            self.writer = csv.DictWriter(self.csv_file, ["epoch", *self.keys], delimiter=self.sep)
            if self.append_header:
                self.writer.writeheader()
        row = {key: _cell(logs.get(key, "NA")) for key in self.keys}
        with translated(self.filename):
            self.writer.writerow({"epoch": epoch, **row})
            self.csv_file.flush()

    def on_train_end(self, logs=None):
        """Closes the file."""
        file, self.csv_file, self.writer = self.csv_file, None, None
        if file is not None:
            with translated(self.filename):
                file.close()


def _is_torn(path):
    with open(path, "rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() != b"\n"


def _cell(value):
    if isinstance(value, Iterable) and not isinstance(value, str) and np.ndim(value):
        return f'"[{", ".join(map(str, value))}]"'
    return value
