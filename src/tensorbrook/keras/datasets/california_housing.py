"""California housing: 20,640 districts of 1990, 8 figures each, and the median price of a home."""

from ..utils.files import get_file
from .npz import read_npz
from .source import FOLDER_URL, split

SHA256 = "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f"


def load_data(version="large", path="california_housing.npz", test_split=0.2, seed=113):
    """Load the California housing data, shuffled and split as Keras does for this seed.

    Args:
        version: "large" for all rows, "small" for the first 600.
        path: name of the file in the cache folder's `datasets`.
        test_split: share of the rows to test with, from 0 to below 1.
        seed: of the shuffle.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float32 of shapes (n, 8) and (n,); prices in
        dollars.

    Raises:
        ValueError: `version` is neither, or `test_split` is out of range.
        ConnectionError: not in the cache and not to be fetched; says where to put it by hand.

    Example:
        >>> tf.keras.datasets.california_housing.load_data("medium")
        Traceback (most recent call last):
        ...
        ValueError: version must be "small" or "large", got 'medium'.
    """
    if version not in ("small", "large"):
        raise ValueError(f'version must be "small" or "large", got {version!r}.')
    file = get_file(path, FOLDER_URL + "california_housing.npz", file_hash=SHA256)
    rows = slice(600 if version == "small" else None)
    x, y = read_npz(file, ["x", "y"])
    return split(x[rows], y[rows], test_split, seed)
