"""MNIST: 70,000 handwritten digits, 28x28 grey values."""

from ..utils.files import get_file
from . import idx
from .npz import read_npz
from .source import FOLDER_URL

SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"


def load_data(path="mnist.npz"):
    """Load MNIST: 60,000 digits to train with and 10,000 to test with.

    IDX files in `mnist` under the folders of TENSORBROOK_DATASETS or `/usr/share/datasets` are
    taken if they are there; else `mnist.npz` from the Keras cache, fetched once.

    Args:
        path: name of the file in the cache folder's `datasets`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: images uint8 of shape (n, 28, 28), labels uint8 of
        shape (n,).

    Raises:
        ConnectionError: not on this machine and not to be fetched; says where to put it by hand.

    Example:
        >>> (x_train, y_train), _ = tf.keras.datasets.mnist.load_data()  # doctest: +SKIP
        >>> x_train.shape, y_train[:3]  # doctest: +SKIP
        ((60000, 28, 28), array([5, 0, 4], dtype=uint8))
    """
    folder = idx.find_folder("mnist")
    if folder is not None:
        return idx.load_folder(folder)
    file = get_file(path, FOLDER_URL + "mnist.npz", file_hash=SHA256)
    x_train, y_train, x_test, y_test = read_npz(file, ["x_train", "y_train", "x_test", "y_test"])
    return (x_train, y_train), (x_test, y_test)
