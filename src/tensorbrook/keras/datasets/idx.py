"""IDX files, MNIST's own format, read from a folder: plain or gzipped."""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import pathlib
import struct
import zlib

import numpy as np

DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
PARTS = {
    "x_train": "train-images-idx3-ubyte",
    "y_train": "train-labels-idx1-ubyte",
    "x_test": "t10k-images-idx3-ubyte",
    "y_test": "t10k-labels-idx1-ubyte",
}
FOLDERS_VARIABLE = "TENSORBROOK_DATASETS"
SYSTEM_FOLDER = "/usr/share/datasets"


def parse(data: bytes, name: str) -> np.ndarray:
    """The array in the bytes of an IDX file: 0 0 type rank, sizes, values, all big-endian."""
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in DTYPES:
        raise ValueError(f"{name} is no IDX file: it begins with {data[:4]!r}.")
    dtype, rank = np.dtype(DTYPES[data[2]]), data[3]
    start = 4 + 4 * rank
    if len(data) < start:
        raise ValueError(f"{name} is cut off: {rank} sizes do not fit into {len(data)} bytes.")
    shape = struct.unpack(f">{rank}I", data[4:start])
    needed = math.prod(shape) * dtype.itemsize
    if len(data) - start != needed:
        raise ValueError(
            f"{name} is cut off or damaged: shape {shape} of {dtype.name} needs {needed} bytes, "
            f"{len(data) - start} are there. Fetch it again."
        )
    values = np.frombuffer(data, dtype, offset=start).reshape(shape)
    return values.astype(dtype.newbyteorder("="))


def read_idx(path, sha256: str | None = None) -> np.ndarray:
    """The array in an IDX file; a name that ends in `.gz` is unpacked on the way.

    Args:
        path: the file.
        sha256: hash that the unpacked bytes must have.

    Raises:
        ValueError: no IDX file, cut off, damaged, or another hash.

    Example:
        >>> from tensorbrook.keras.datasets import idx
        >>> with open("tiny-idx1-ubyte", "wb") as file:
        ...     _ = file.write(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]))
        >>> idx.read_idx("tiny-idx1-ubyte")
        array([7, 9], dtype=uint8)
    """
    name = os.fspath(path)
    try:
        with gzip.open(path) if name.endswith(".gz") else open(path, "rb") as file:
            data = file.read()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{name} is cut off or damaged: {error}. Fetch it again.") from error
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"{name} holds other data than the published set. Fetch it again.")
    return parse(data, name)


def find_part(folder: pathlib.Path, stem: str) -> pathlib.Path | None:
    """The file of one part: plain or `.gz`, with `-` or `.` before `idx`."""
    names = (stem, stem.replace("-idx", ".idx"))
    candidates = [folder / (name + ending) for name in names for ending in ("", ".gz")]
    return next((path for path in candidates if path.is_file()), None)


def load_folder(path):
    """A data set of MNIST's kind from a folder with its four IDX files, plain or gzipped.

    The files are `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`
    and `t10k-labels-idx1-ubyte`, each as it is or with `.gz`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: NumPy arrays as the files hold them.

    Raises:
        FileNotFoundError: names the files that are missing.
        ValueError: a file is damaged, or images and labels are not of one number.

    Example:
        >>> import pathlib
        >>> for part, kind in (("train", 3), ("t10k", 2)):
        ...     sizes = bytes([0, 0, 0, kind])
        ...     images = bytes([0, 0, 8, 3]) + sizes + bytes([0, 0, 0, 1] * 2) + bytes(kind)
        ...     labels = bytes([0, 0, 8, 1]) + sizes + bytes(kind)
        ...     _ = pathlib.Path(f"{part}-images-idx3-ubyte").write_bytes(images)
        ...     _ = pathlib.Path(f"{part}-labels-idx1-ubyte").write_bytes(labels)
        >>> (x_train, y_train), (x_test, y_test) = tf.keras.datasets.idx.load_folder(".")
        >>> x_train.shape, y_test.shape
        ((3, 1, 1), (2,))
    """
    folder = pathlib.Path(path)
    files = {part: find_part(folder, stem) for part, stem in PARTS.items()}
    missing = [PARTS[part] for part, file in files.items() if file is None]
    if missing:
        raise FileNotFoundError(f"{folder} has no {', '.join(missing)} (plain or .gz).")
    arrays = {part: read_idx(file) for part, file in files.items()}
    for images, labels in (("x_train", "y_train"), ("x_test", "y_test")):
        if arrays[labels].ndim != 1 or arrays[images].shape[:1] != arrays[labels].shape:
            raise ValueError(
                f"{folder}: images of shape {arrays[images].shape} do not go with labels of shape "
                f"{arrays[labels].shape}."
            )
    return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


def find_folder(name: str) -> pathlib.Path | None:
    """Where a set's IDX files lie on this machine: `name` under the folders of the environment
    variable TENSORBROOK_DATASETS, else under `/usr/share/datasets`, where Debian puts them."""
    named = os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep)
    for folder in [*filter(None, named), SYSTEM_FOLDER]:
        candidate = pathlib.Path(os.path.expanduser(folder)) / name
        if all(find_part(candidate, stem) for stem in PARTS.values()):
            return candidate
    return None
