"""What the data sets share: where Keras keeps them, and the seeded shuffle and split."""

import numpy as np

FOLDER_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"


def shuffled(seed: int, *arrays: np.ndarray) -> list[np.ndarray]:
    """The arrays in one random order, Keras's for this seed.

    Example:
        >>> from tensorbrook.keras.datasets.source import shuffled
        >>> shuffled(113, np.arange(5), np.arange(5) * 10)
        [array([1, 0, 3, 2, 4]), array([10,  0, 30, 20, 40])]
    """
    order = np.arange(len(arrays[0]))
    np.random.RandomState(seed).shuffle(order)
    return [array[order] for array in arrays]


def split(x: np.ndarray, y: np.ndarray, test_split: float, seed: int):
    """Shuffle, then part the last `test_split` of the rows from the others.

    Raises:
        ValueError: `test_split` is not in [0, 1).
    """
    if not 0 <= test_split < 1:
        raise ValueError(f"test_split must be at least 0 and less than 1, got {test_split!r}.")
    x, y = shuffled(seed, x, y)
    border = int(len(x) * (1 - test_split))
    return (x[:border], y[:border]), (x[border:], y[border:])
