"""What CIFAR-10 and CIFAR-100 share: batches that are pickles, read by `plain_pickle`."""

import os

import numpy as np

from ...base.config import settings
from . import plain_pickle


def read_batch(path, label_key: str) -> tuple[np.ndarray, list[int]]:
    """The pictures (n, 3, 32, 32) and labels of one batch file.

    Raises:
        ValueError: the file is damaged or holds more than plain data.
    """
    with open(path, "rb") as file:
        batch = plain_pickle.loads(file.read())
    batch = {plain_pickle.as_text(key): value for key, value in batch.items()}
    pictures, labels = batch.get("data"), batch.get(label_key)
    if not isinstance(pictures, np.ndarray) or not isinstance(labels, list):
        raise ValueError(f"{os.fspath(path)} has no pictures with {label_key!r}: {sorted(batch)}.")
    return pictures.reshape(-1, 3, 32, 32), labels


def arranged(pictures: np.ndarray) -> np.ndarray:
    """Pictures with their channels where `keras.config.image_data_format()` wants them."""
    if settings.image_data_format == "channels_last":
        return pictures.transpose(0, 2, 3, 1)
    return pictures
