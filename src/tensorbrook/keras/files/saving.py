"""The functions that look at a path, and have the file of its kind written or read."""

import os
import re

from ...base.files import path_of
from ...checkpoint import weights as checkpoints
from ...formats.hdf5 import Reader, open_regular
from . import folders, legacy, weights, whole

_H5 = (".h5", ".hdf5")
# Ends of paths that Keras 2 writes TensorFlow's format to; one with a digit is part of a number.
_CHECKPOINT = re.compile(r"\.(ckpt|tf|weights|model)|\.[^.]*\d[^.]*|", re.ASCII)


def save_model(model, filepath, overwrite=True, zipped=None, **kwargs):
    """Writes a whole model: configuration, weights, state of the optimizer.

    Args:
      model: the model.
      filepath: ends in ".keras", or ".h5" for Keras 2's format. Without an end it is a folder, as
        in Keras 2: a SavedModel that `load_model` reads as well.
      overwrite: whether a file that is there is replaced; else FileExistsError.
      zipped: True or None: the file is an archive.
      kwargs: `include_optimizer`; Keras 2's `save_format`: "tf" writes a folder, "h5" an HDF5 file,
        whatever the path's end; for folders its `signatures`, as of tf.saved_model.save, and its
        `options` and `save_traces`, of no effect.

    Raises:
      ValueError: a path that ends otherwise.
    """
    save_format = kwargs.pop("save_format", None)
    path = path_of(filepath)
    with_optimizer = kwargs.pop("include_optimizer", True)
    kind, signatures = _kind_of(path, save_format), None
    if kind == "folder":
        signatures = kwargs.pop("signatures", None)
        kwargs = {k: v for k, v in kwargs.items() if k not in ("options", "save_traces")}
    if kwargs:
        raise ValueError(f"The following argument(s) are not supported: {list(kwargs)}")
    if zipped is False:
        raise NotImplementedError("zipped=False: models are saved as one file; leave it out.")
    if kind == "keras":
        whole.save(model, path, overwrite, with_optimizer)
    elif kind == "h5":
        legacy.save(model, path, overwrite, with_optimizer)
    elif kind == "folder":
        folders.save(model, path, overwrite, with_optimizer, signatures)
    else:
        raise ValueError(
            "Invalid filepath extension for saving. Please add either a `.keras` extension for the "
            "native Keras format (recommended) or a `.h5` extension. Use `model.export(filepath)` "
            f"for a SavedModel. Received: filepath={path}."
        )


def _kind_of(path, save_format):
    """What is written to a path: "keras", "h5", "folder", or None where its end is another's."""
    end = os.path.splitext(path)[1]
    if path.endswith(".keras"):
        return "keras"
    if path.endswith(_H5) or save_format == "h5":
        return "h5"
    is_plain = end == ".tf" or not any(map(str.isalpha, end))  # "net_v1.5" has no end
    return "folder" if save_format == "tf" or is_plain else None


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True):
    """The model of a file.

    Args:
      filepath: of a `.keras` or `.h5` file, or of a folder that `save_model` or Keras 2 wrote.
      custom_objects: names of the program's own classes and functions that the file may name, and
        those objects.
      compile: whether the model is compiled as it was.
      safe_mode: changes nothing: no code in a file is ever run. Functions of `Lambda` layers are
        given in `custom_objects`, by the function's name or the layer's.

    Raises:
      ValueError: the file is of another kind, damaged, or of a model that it does not fit.
    """
    path = path_of(filepath)
    if not os.path.exists(path):
        raise ValueError(f"File not found: filepath={path}. Please ensure the file is there.")
    if path.endswith(".keras"):
        return whole.load(path, custom_objects, compile)
    if _is_h5(path):
        return legacy.load(path, custom_objects, compile)
    if folders.is_folder(path):
        return folders.load(path, custom_objects, compile)
    raise ValueError(
        f"File format not supported: filepath={path}. Files are `.keras` or `.h5`. A folder with "
        "a SavedModel in it is read by tf.saved_model.load, or keras.layers.TFSMLayer."
    )


def save_weights(model, filepath, overwrite=True, max_shard_size=None, **kwargs):
    """Writes the weights of a model, and the state of its optimizer.

    Args:
      model: the model.
      filepath: ends in ".weights.h5"; with `max_shard_size` in ".weights.json", the index of files
        beside it. Without an end, or ".ckpt", ".weights" or part of a number ("loss-0.31"), it is
        the prefix of a checkpoint, as in Keras 2.
      overwrite: whether a file that is there is replaced; else FileExistsError.
      max_shard_size: how many GB a file may have.
      kwargs: `objects_to_skip`: layers that are not written to it; `save_format` of Keras 2.

    Raises:
      ValueError: a path that ends otherwise.
    """
    path = path_of(filepath)
    save_format, skipped = kwargs.pop("save_format", None), _skipped(kwargs, path)
    if kwargs:
        raise TypeError(f"save_weights: unknown arguments {sorted(kwargs)}.")
    whole_name = path.endswith(".weights.h5")
    if max_shard_size is None and not whole_name and (path.endswith(_H5) or save_format == "h5"):
        legacy.save_weights(model, path, overwrite)
        return
    end = os.path.splitext(path)[1]
    if save_format == "tf" or (not whole_name and not save_format and _CHECKPOINT.fullmatch(end)):
        checkpoints.save_weights(path, model, overwrite)
        return
    if max_shard_size is None and not path.endswith(".weights.h5"):
        raise ValueError(f"The filename must end in `.weights.h5`. Received: filepath={path}")
    weights.save(model, path, overwrite, max_shard_size, skipped)


def _is_h5(path):
    """Whether a path is of an HDF5 file: by its end, or else by how it begins."""
    if path.endswith(_H5) or not os.path.isfile(path):
        return path.endswith(_H5)
    with open_regular(path) as file:
        return file.read(4) == b"\x89HDF"


def _skipped(kwargs, path):
    skipped = kwargs.pop("objects_to_skip", None)
    if skipped is not None and not path.endswith((".weights.h5", ".weights.json")):
        raise ValueError(f"`objects_to_skip` only supports '.weights.h5' files. Received: {path}")
    return skipped


def load_weights(model, filepath, skip_mismatch=False, **kwargs):
    """Gives a model the weights of a file: all, or none and an error that lists what differs.

    Args:
      model: the model, built.
      filepath: of a weights file or a whole model; `.weights.json` for shards; or the prefix of a
        checkpoint, whose values weights that are made later get as well.
      skip_mismatch: load what fits, leave the rest as it is.
      kwargs: `objects_to_skip`: layers that stay as they are, for `.weights.h5` and
        `.weights.json`; `by_name` for `.h5` files of Keras 2.

    Returns:
      A report of what was loaded and what was not; of a checkpoint, the status of
      `tf.train.Checkpoint.restore`.
    """
    path = path_of(filepath)
    by_name, skipped = kwargs.pop("by_name", False), _skipped(kwargs, path)
    kwargs.pop("options", None)
    if kwargs:
        raise TypeError(f"load_weights: unknown arguments {sorted(kwargs)}.")
    if _is_h5(path):
        with open_regular(path) as file, Reader(file, path) as h5:
            if legacy.is_layout(h5.root):
                return legacy.load_weights_from(model, h5.root, path, skip_mismatch, by_name)
            if not by_name:
                return weights.load_from(model, h5.root, path, skip_mismatch, skipped)
    if by_name:
        raise ValueError(
            f"`by_name` only supports loading legacy '.h5' or '.hdf5' files. Received: {path}"
        )
    file = path if path.endswith(".keras") else folders.whole_file(path)
    if file is not None:
        return whole.load_weights(model, file, skip_mismatch)
    if path.endswith(".weights.json"):
        return weights.load(model, path, skip_mismatch, skipped)
    if checkpoints.is_checkpoint(path) and not skip_mismatch:
        return checkpoints.load_weights(path, model)
    raise ValueError(
        f"File format not supported: filepath={path}. Weights are in `.weights.h5`, `.h5`, "
        "`.weights.json` (of shards) and `.keras` files."
    )
