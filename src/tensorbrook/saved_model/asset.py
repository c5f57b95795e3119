"""Assets: files that a saved model brings along."""

import os

from ..base.files import path_of
from ..core.trackable import Trackable
from ..core.variable import Variable


class _Path(Variable):
    """The path of an asset, which a saved function finds in the place where the model is."""

    is_asset_path = True


class Asset(Trackable):
    """A file that is copied into the folder of a saved model that has this object.

    Args:
      path: the file.

    Attributes:
      asset_path: its path, as a tensor.

    Example:
    >>> tf.io.write_file("words.txt", "a")
    >>> asset = tf.saved_model.Asset("words.txt")
    >>> asset.asset_path.numpy().endswith(b"words.txt")
    True
    """

    def __init__(self, path):
        self._path = os.path.abspath(path_of(path))
        self._held = _Path(self._path, trainable=False, name="asset_path")

    @property
    def asset_path(self):
        """The path of the file."""
        return self._held.value()
