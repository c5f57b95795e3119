"""Arrays from an `.npz` file, ragged ones too, without `allow_pickle`."""

from __future__ import annotations

import numpy as np

from ...formats import npz
from . import plain_pickle


def read_npz(path, names) -> list[np.ndarray]:
    """The named arrays of an `.npz` file; arrays of Python lists are decoded, never unpickled.

    Raises:
        ValueError: an array is missing or damaged, or holds more than plain data.

    Example:
        >>> from tensorbrook.keras.datasets import npz
        >>> np.savez("two.npz", x=np.arange(3), y=np.array([[1], [2, 3]], dtype=object))
        >>> npz.read_npz("two.npz", ["x", "y"])
        [array([0, 1, 2]), array([list([1]), list([2, 3])], dtype=object)]
    """
    return list(npz.read(path, names, objects_of).values())


def objects_of(data: bytes) -> np.ndarray:
    """The array of objects in a pickle."""
    array = plain_pickle.loads(data)
    if not isinstance(array, np.ndarray):
        raise ValueError(f"an .npy stream holds a {type(array).__name__} instead of an array")
    return array
