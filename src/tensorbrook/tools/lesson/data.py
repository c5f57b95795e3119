"""The pictures that the lesson's last chapters learn from."""

from __future__ import annotations

import pathlib

import numpy as np

import tensorbrook as tf

DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt",
    "trousers",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "boot",
)


def load(name: str) -> dict:
    """Return a set of pictures: its `set_name`, `images`, `classes` and the classes' `names`.

    Args:
        name: "digits" (scikit-learn's, in the package), "mnist", "fashion-mnist" (fetched once, or
            read from Keras's cache), or a folder with MNIST-like IDX files.

    Raises:
        ModuleNotFoundError: without scikit-learn; the message says what to install.
    """
    if name == "digits":
        return _digits()
    if name in ("mnist", "fashion-mnist"):
        module = tf.keras.datasets.mnist if name == "mnist" else tf.keras.datasets.fashion_mnist
        (x, y), (x_test, y_test) = module.load_data()
    else:
        (x, y), (x_test, y_test) = tf.keras.datasets.idx.load_folder(name)
    short = pathlib.Path(name).name
    clothes = "fashion" in short.lower()
    return {
        "set_name": {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST"}.get(short, short),
        "images": np.concatenate([x, x_test]),
        "classes": np.concatenate([y, y_test]),
        "names": CLOTHES if clothes else DIGITS,
    }


def _digits() -> dict:
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "The lesson's digits come with scikit-learn, which is not installed: "
            "`pip install scikit-learn` (or 'tensorbrook[lesson]'). Without it: `--data mnist`, "
            "`--data fashion-mnist`, or `--data FOLDER` with IDX files."
        ) from error
    digits = load_digits()
    return {
        "set_name": "Handwritten digits",
        "images": digits.images,
        "classes": digits.target,
        "names": DIGITS,
    }
