"""The arrays of a stranger's `.npz`: sizes are held to the bytes there, nothing is unpickled."""

import math
import re

import numpy as np

from ..base.files import opened
from .archive import Archive
from .hdf5 import Refused

_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    rb"\{'descr': ?'([<>|=]?[biufcSUO?]\d{0,9})', ?'fortran_order': ?(True|False), ?"
    rb"'shape': ?\(([\d, L]{0,400})\),? ?\} *\n?"
)
_LENGTHS = {1: 2, 2: 4, 3: 4}  # bytes that tell the header's, by version


def read(path, names=None, objects=None):
    """The arrays of a file, by name.

    Args:
      path: of the file.
      names: those wanted; None for all.
      objects: a function from the bytes of an array of objects to the array.

    Raises:
      Refused: it is damaged, or an array of objects is in it and `objects` not given.
      ValueError: an array is not there.

    Example:
    >>> from tensorbrook.formats import npz
    >>> np.savez("two.npz", x=np.arange(3), y=np.eye(1))
    >>> npz.read("two.npz")
    {'x': array([0, 1, 2]), 'y': array([[1.]])}
    """
    with opened(path) as buffered:
        archive = Archive(buffered.raw, str(path), lambda member: member.endswith(".npy"))
        there = [member.removesuffix(".npy") for member in archive.names]
        found = {}
        for name in there if names is None else names:
            if name not in there:
                raise ValueError(f"{path} has no array {name!r}; it has {sorted(there)[:20]}.")
            member = f"{name}.npy"
            data = archive.read(member, archive.size(member))
            found[name] = array(data, f"{path}: {member}", objects)
    return found


def array(data, name, objects=None):
    """The array in the bytes of an `.npy` file.

    Raises:
      Refused: its size is not that of the bytes, or its dtype not one of plain values.
    """
    width = _LENGTHS.get(data[6]) if data.startswith(_MAGIC) and len(data) > 12 else None
    if width is None:
        raise Refused(f"{name}: it is no array of NumPy's in version 1, 2 or 3.")
    start = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    header = _HEADER.fullmatch(data, 8 + width, start)
    if header is None or start > len(data):
        raise Refused(f"{name}: its header is damaged, or tells of more than plain values.")
    kind, fortran, sizes = header[1].decode(), header[2] == b"True", header[3].decode()
    if "O" in kind:
        if objects is None:
            raise Refused(f"{name}: it holds Python objects, which are not read.")
        return objects(data[start:])
    return _plain(kind, sizes, fortran, memoryview(data)[start:], name)


def _plain(kind, sizes, fortran, data, name):
    try:
        dtype = np.dtype(kind)
        shape = tuple(int(size.rstrip("L")) for size in sizes.replace(" ", "").split(",") if size)
    except (TypeError, ValueError, OverflowError) as fault:
        raise Refused(f"{name}: its header is damaged: {fault}") from None
    if math.prod(shape) * dtype.itemsize != len(data) or not dtype.itemsize or len(shape) > 32:
        raise Refused(
            f"{name}: an array of shape {sizes:.100} of {kind} does not take the {len(data)} bytes "
            "that are there."
        )
    if max(shape, default=0) >= 1 << 62:
        raise Refused(f"{name}: an array of shape {sizes:.100} is too large.")
    values = np.frombuffer(data, dtype).copy()
    return values.reshape(shape, order="F" if fortran else "C")
