"""History: what fit returns."""

import csv
import io

from ...base.files import replacing
from ...charts.chart import history_chart
from .base import Callback


class _Epochs(dict):
    """Lists by name, of which "lr", Keras 2's name, stands for "learning_rate" as well."""

    def __missing__(self, name):
        if name == "lr":
            return self["learning_rate"]
        raise KeyError(name)

    def __contains__(self, name):
        return dict.__contains__(self, name) or (name == "lr" and "learning_rate" in self)

    def __reduce__(self):  # in files it is a dict
        return dict, (dict(self),)


class History(Callback):
    """The metrics of every epoch: `history.history["loss"]`; made and returned by `fit`.

    Attributes:
      history: a dict from names to lists with one value per epoch.
      epoch: the list of the epochs' numbers.

    Example:
    >>> history = tf.keras.callbacks.History()
    >>> history.on_train_begin()
    >>> history.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
    >>> history.history, history.epoch
    ({'loss': [0.5], 'val_loss': [0.75]}, [0])
    """

    def __init__(self):
        self.history = _Epochs()
        self.epoch = []

    def on_train_begin(self, logs=None):
        """Forgets the epochs' numbers."""
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        """Notes the metrics of an epoch."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self

    def plot(self, path=None, title=""):
        """The curves as a picture: shown by notebooks, printed as text, saved as SVG.

        Args:
          path: where to save it, ending in .svg, .html or .txt; None to save nothing.
          title: a heading.

        Raises:
          ValueError: no epoch has ended.

        Example:
        >>> history = tf.keras.callbacks.History()
        >>> history.on_epoch_end(0, {"loss": 1.0})
        >>> history.on_epoch_end(1, {"loss": 0.5})
        >>> history.plot().svg.startswith("<svg")
        True
        """
        picture = history_chart(self.history, title=title)
        if path is not None:
            picture.save(path)
        return picture

    def to_csv(self, path=None):
        """The table of epochs as CSV: written to `path`, or returned as a string.

        Example:
        >>> history = tf.keras.callbacks.History()
        >>> history.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
        >>> print(history.to_csv())
        epoch,loss,val_loss
        0,0.5,0.75
        <BLANKLINE>
        """
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(["epoch", *self.history])
        # Metrics that began late belong to the last epochs.
        rows = max([len(self.epoch), *map(len, self.history.values())])
        epochs = self.epoch if len(self.epoch) == rows else range(rows)
        columns = [[""] * (rows - len(v)) + list(v) for v in self.history.values()]
        writer.writerows(zip(epochs, *columns))
        if path is None:
            return lines.getvalue()
        with replacing(path) as new, open(new, "w", encoding="utf-8", newline="") as file:
            file.write(lines.getvalue())
        return None

    def _repr_html_(self):
        if not self.history:
            return f"<pre>{repr(self).replace('<', '&lt;')}</pre>"
        return self.plot().svg
