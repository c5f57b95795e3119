"""CIFAR-100: 60,000 colour pictures of a hundred kinds of things in twenty groups."""

import os

import numpy as np

from ..utils.files import get_file
from .cifar import arranged, read_batch

ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz"
SHA256 = "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7"


def load_data(label_mode="fine"):
    """Load CIFAR-100: 50,000 pictures to train with and 10,000 to test with.

    Args:
        label_mode: "fine" for the 100 classes, "coarse" for the 20 groups.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: pictures uint8 of shape (n, 32, 32, 3), or
        (n, 3, 32, 32) under `channels_first`; labels int64 of shape (n, 1).

    Raises:
        ValueError: `label_mode` is neither.
        ConnectionError: not in the cache and not to be fetched; says where to put it by hand.

    Example:
        >>> tf.keras.datasets.cifar100.load_data("exact")
        Traceback (most recent call last):
        ...
        ValueError: label_mode must be "fine" or "coarse", got 'exact'.
    """
    if label_mode not in ("fine", "coarse"):
        raise ValueError(f'label_mode must be "fine" or "coarse", got {label_mode!r}.')
    path = get_file("cifar-100-python-target", ORIGIN, extract=True, file_hash=SHA256)
    parts = []
    for name in ("train", "test"):
        file = os.path.join(path, "cifar-100-python", name)
        pictures, labels = read_batch(file, f"{label_mode}_labels")
        parts.append((arranged(pictures), np.reshape(labels, (-1, 1))))
    return tuple(parts)
