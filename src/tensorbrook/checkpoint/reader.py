"""Looking into checkpoints: tf.train.load_checkpoint and its kin."""

import os

from ..base.errors import NotFoundError, UnimplementedError
from ..base.files import path_of
from ..formats.bundle import Bundle
from .state import latest_checkpoint


class CheckpointReader:
    """The arrays of a checkpoint by their names; `tf.train.load_checkpoint` makes it.

    Args:
      prefix: what the names of its files begin with.
    """

    def __init__(self, prefix):
        self._bundle = Bundle(prefix)

    def get_tensor(self, tensor_str):
        """An array, or one text's bytes.

        Raises:
          NotFoundError: there is none of that name.
          DataLossError: it is damaged.
        """
        found = self._bundle[tensor_str]
        return found if found.shape else found[()]

    def has_tensor(self, tensor_str):
        """Whether there is an array of that name."""
        return tensor_str in self._bundle

    def get_variable_to_shape_map(self):
        """A dict from names to shapes, which are lists."""
        return {name: self._bundle.shape(name) for name in self._bundle}

    def get_variable_to_dtype_map(self):
        """A dict from names to DTypes; None for those that have no name here."""
        return {name: self._dtype(name) for name in self._bundle}

    def _dtype(self, name):
        try:
            return self._bundle.dtype(name)
        except UnimplementedError:
            return None

    def debug_string(self):
        """A line for each array, as bytes."""
        lines = []
        for name, shape in self.get_variable_to_shape_map().items():
            dtype = self._dtype(name)
            lines.append(f"{name} (DT_{dtype.name.upper() if dtype else 'OTHER'}) {shape}")
        return "\n".join(lines).encode()


def _prefix_of(path):
    path = path_of(path)
    if os.path.isdir(path):
        found = latest_checkpoint(path)
        if found is None:
            raise ValueError(
                f"Couldn't find 'checkpoint' file or checkpoints in given directory {path}"
            )
        return found
    return path.removesuffix(".index")


def load_checkpoint(ckpt_dir_or_file):
    """A reader of a checkpoint.

    Args:
      ckpt_dir_or_file: its prefix, or a folder, whose latest checkpoint it is.

    Raises:
      ValueError: the folder has none; NotFoundError: there are no such files.

    Example:
    >>> path = tf.train.Checkpoint(v=tf.Variable([1.0, 2.0])).write("looked_at")
    >>> reader = tf.train.load_checkpoint(path)
    >>> reader.get_tensor("v/.ATTRIBUTES/VARIABLE_VALUE")
    array([1., 2.], dtype=float32)
    """
    prefix = _prefix_of(ckpt_dir_or_file)
    try:
        return CheckpointReader(prefix)
    except NotFoundError as fault:
        raise NotFoundError(
            "Unsuccessful TensorSliceReader constructor: Failed to find any matching files for "
            f"{prefix} ({fault.message})"
        ) from None


def list_variables(ckpt_dir_or_file):
    """(name, shape) of all arrays of a checkpoint, in the order of their names.

    Example:
    >>> path = tf.train.Checkpoint(v=tf.Variable([1.0, 2.0])).write("listed")
    >>> tf.train.list_variables(path)
    [('_CHECKPOINTABLE_OBJECT_GRAPH', []), ('v/.ATTRIBUTES/VARIABLE_VALUE', [2])]
    """
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())


def load_variable(ckpt_dir_or_file, name):
    """One array of a checkpoint.

    Raises:
      NotFoundError: there is none of that name.

    Example:
    >>> path = tf.train.Checkpoint(v=tf.Variable([1.0, 2.0])).write("one_of")
    >>> tf.train.load_variable(path, "v/.ATTRIBUTES/VARIABLE_VALUE")
    array([1., 2.], dtype=float32)
    """
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))
