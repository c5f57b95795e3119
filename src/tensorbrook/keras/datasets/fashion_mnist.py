"""Fashion-MNIST: 70,000 pictures of clothes in MNIST's form."""

import os

from ..utils.files import get_file
from . import idx
from .source import FOLDER_URL

# Of the unpacked bytes: packers differ in their headers, the data do not.
SHA256 = {
    "x_train": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "y_train": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "x_test": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "y_test": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


def load_data():
    """Load Fashion-MNIST: 60,000 pictures to train with and 10,000 to test with, of ten classes.

    0 T-shirt/top, 1 trouser, 2 pullover, 3 dress, 4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag,
    9 ankle boot. IDX files in `fashion-mnist` under the folders of TENSORBROOK_DATASETS or
    `/usr/share/datasets` (Debian's package dataset-fashion-mnist) are taken if they are there; else
    those of the Keras cache, fetched once.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: pictures uint8 of shape (n, 28, 28), labels uint8
        of shape (n,).

    Raises:
        ConnectionError: not on this machine and not to be fetched; says where to put it by hand.

    Example:
        >>> (x_train, _), (x_test, _) = tf.keras.datasets.fashion_mnist.load_data(
        ...     )  # doctest: +SKIP
        >>> x_train.shape, x_test.shape  # doctest: +SKIP
        ((60000, 28, 28), (10000, 28, 28))
    """
    folder = idx.find_folder("fashion-mnist")
    if folder is not None:
        return idx.load_folder(folder)
    arrays = {}
    for part, stem in idx.PARTS.items():
        name = f"{stem}.gz"
        file = get_file(
            name, FOLDER_URL + name, cache_subdir=os.path.join("datasets", "fashion-mnist")
        )
        arrays[part] = idx.read_idx(file, SHA256[part])
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
