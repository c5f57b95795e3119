"""Boston housing: 506 districts of 1978, 13 figures each, and the median price of a home."""

from ..utils.files import get_file
from .npz import read_npz
from .source import FOLDER_URL, split

SHA256 = "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"


def load_data(path="boston_housing.npz", test_split=0.2, seed=113):
    """Load the Boston housing data, shuffled and split as Keras does for this seed.

    Its column B is an ethical problem (a made-up figure about race): prefer `california_housing`.

    Args:
        path: name of the file in the cache folder's `datasets`.
        test_split: share of the rows to test with, from 0 to below 1.
        seed: of the shuffle.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: float64 of shapes (n, 13) and (n,); prices in
        1,000 dollars.

    Raises:
        ValueError: `test_split` is out of range.
        ConnectionError: not in the cache and not to be fetched; says where to put it by hand.

    Example:
        >>> (x_train, y_train), _ = tf.keras.datasets.boston_housing.load_data()  # doctest: +SKIP
        >>> x_train.shape, y_train.shape  # doctest: +SKIP
        ((404, 13), (404,))
    """
    file = get_file(path, FOLDER_URL + "boston_housing.npz", file_hash=SHA256)
    return split(*read_npz(file, ["x", "y"]), test_split, seed)
