"""CIFAR-10: 60,000 colour pictures of ten kinds of things."""

import os

import numpy as np

from ..utils.files import get_file
from .cifar import arranged, read_batch

ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"


def load_data():
    """Load CIFAR-10: 50,000 pictures to train with and 10,000 to test with.

    0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer, 5 dog, 6 frog, 7 horse, 8 ship, 9 truck.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: pictures uint8 of shape (n, 32, 32, 3), or
        (n, 3, 32, 32) under `channels_first`; labels uint8 of shape (n, 1).

    Raises:
        ConnectionError: not in the cache and not to be fetched; says where to put it by hand.

    Example:
        >>> (x_train, y_train), _ = tf.keras.datasets.cifar10.load_data()  # doctest: +SKIP
        >>> x_train.shape, y_train.shape  # doctest: +SKIP
        ((50000, 32, 32, 3), (50000, 1))
    """
    path = get_file("cifar-10-batches-py-target", ORIGIN, extract=True, file_hash=SHA256)
    folder = os.path.join(path, "cifar-10-batches-py")
    names = [f"data_batch_{number}" for number in range(1, 6)]
    batches = [read_batch(os.path.join(folder, name), "labels") for name in names]
    x_train = np.concatenate([pictures for pictures, _ in batches])
    y_train = np.concatenate([labels for _, labels in batches])
    x_test, y_test = read_batch(os.path.join(folder, "test_batch"), "labels")
    return (
        (arranged(x_train), np.reshape(y_train, (-1, 1)).astype("uint8")),
        (arranged(x_test), np.reshape(y_test, (-1, 1)).astype("uint8")),
    )
