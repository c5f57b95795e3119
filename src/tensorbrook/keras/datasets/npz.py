"""Arrays from an `.npz` file, ragged ones too, without `allow_pickle`."""

from __future__ import annotations

import zipfile

import numpy as np

from . import plain_pickle

HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_member(file) -> np.ndarray:
    """One `.npy` stream: NumPy reads numbers, `plain_pickle` reads objects."""
    start = file.tell()
    version = np.lib.format.read_magic(file)
    if version not in HEADERS:
        raise ValueError(f"an .npy stream of version {version} is not read; (1, 0) and (2, 0) are")
    _, _, dtype = HEADERS[version](file)
    if not dtype.hasobject:
        file.seek(start)
        return np.lib.format.read_array(file, allow_pickle=False)
    array = plain_pickle.loads(file.read())
    if not isinstance(array, np.ndarray):
        raise ValueError(f"an .npy stream holds a {type(array).__name__} instead of an array")
    return array


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
    with zipfile.ZipFile(path) as archive:
        members = set(archive.namelist())
        arrays = []
        for name in names:
            if f"{name}.npy" not in members:
                raise ValueError(f"{path} has no array {name!r}; it has {sorted(members)}.")
            with archive.open(f"{name}.npy") as file:
                arrays.append(read_member(file))
    return arrays
