"""Weights of Keras models in checkpoints, as Keras 2 wrote them: model.save_weights(prefix)."""

import os

from .checkpoint import read_checkpoint, write_checkpoint
from .state import CheckpointState, exists, write_state


def is_checkpoint(path):
    """Whether there are files of a checkpoint of this prefix."""
    return exists(os.fspath(path))


def save_weights(prefix, model, overwrite=True):
    """Writes a model's weights, its optimizer's with them, where Keras 2 and 3 can find them.

    Args:
      prefix: what the names of the files begin with.
      model: the model.
      overwrite: whether files that are there are replaced.

    Raises:
      FileExistsError: there are files, and `overwrite` is False.
    """
    if not overwrite and is_checkpoint(prefix):
        raise FileExistsError(f"{prefix}: there is a checkpoint; save_weights(overwrite=True).")
    path = write_checkpoint(prefix, model, as_keras_2=True)
    write_state(os.path.dirname(path), CheckpointState(path, (path,)))
    return path


def load_weights(prefix, model):
    """Gives a model the weights of a checkpoint, now, or when it is built.

    Args:
      prefix: what the names of the files begin with.
      model: the model.

    Returns:
      A status with `assert_consumed()` and its like.
    """
    return read_checkpoint(prefix, model)
