"""Weights from HDF5 files as Keras 1 and 2 wrote them: a group for each layer, in order."""

import numpy as np


def load_weights(model, path):
    """Sets a model's weights to those of a file, layer by layer.

    Args:
      model: a built model.
      path: of an HDF5 file of weights, or of a whole model.

    Raises:
      ImportError: h5py is not installed.
      ValueError: the file holds no weights, or those of another model.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError("Weights in HDF5 files need h5py: pip install h5py.") from error
    with h5py.File(path, "r") as file:
        root = file["model_weights"] if "model_weights" in file else file  # noqa: SIM401
        groups = ((name, root[name]) for name in _names(root, "layer_names"))
        found = [(name, _arrays(group)) for name, group in groups]
    found = [(name, arrays) for name, arrays in found if arrays]
    layers = [layer for layer in model.layers if layer.weights]
    if len(found) != len(layers):
        raise ValueError(
            f"{path}: {len(found)} of its layers have weights, of the model {model.name!r} "
            f"{len(layers)}: the file is of another model, or one with another top."
        )
    pairs = []
    for (name, arrays), layer in zip(found, layers):
        own = [*layer.trainable_weights, *layer.non_trainable_weights]
        shapes = [tuple(w.shape) for w in own], [a.shape for a in arrays]
        if shapes[0] != shapes[1]:
            raise ValueError(
                f"{path}: the weights of its layer {name!r} have shapes {shapes[1]}, those of the "
                f"model's layer {layer.name!r} {shapes[0]}."
            )
        pairs += zip(own, arrays)
    for weight, array in pairs:  # all or none
        weight.assign(array)


def _arrays(group):
    return [np.asarray(group[name]) for name in _names(group, "weight_names")]


def _names(group, attribute):
    """A list of names among a group's attributes, where long ones are kept in pieces."""
    if attribute in group.attrs:
        names = list(group.attrs[attribute])
    else:
        names, i = [], 0
        while f"{attribute}{i}" in group.attrs:
            names += list(group.attrs[f"{attribute}{i}"])
            i += 1
    return [name.decode() if isinstance(name, bytes) else str(name) for name in names]
