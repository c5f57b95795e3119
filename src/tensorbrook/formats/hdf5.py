"""HDF5 files: reading those of strangers, and writing, over h5py.

A file is looked through whole before any of it is used: it holds groups, arrays of numbers and
attributes, each reached by one hard link. What else HDF5 knows (links to other places and files,
arrays stored elsewhere, objects, filters that are programs) is refused, as are sizes that the bytes
of the file do not bear out.
"""

import io
import mmap
import os
import re
import stat

import numpy as np

from ..base.dtypes import as_dtype

MOST_OBJECTS, MOST_LEVELS = 1_000_000, 100
MOST_ATTRIBUTE_BYTES = (
    1 << 32
)  # of texts of one attribute: a bound for those that name one place twice
MOST_EXPANSION = 1000  # how many times as large as what is stored an array may be
_PLAIN_FILTERS = {1: "gzip", 2: "shuffle", 3: "fletcher32"}
_HEAP = b"GCOL\x01\0\0\0"  # how a block of texts begins


def h5py():
    """The package, which is imported at the first file.

    Raises:
      ImportError: it is not installed; the message says what to install.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError("Files in HDF5 (.h5, .keras) need h5py: pip install h5py.") from error
    return h5py


class Refused(ValueError):
    """A file that is damaged, or made to do harm: nothing of it was used."""


class Window(io.RawIOBase):
    """A part of an open file that behaves as a file: from an offset on, of a size.

    Args:
      file: an unbuffered file.
      start: where the part begins.
      size: how long it is; None for a part that grows, as it is written.
    """

    def __init__(self, file, start=0, size=None):
        self.file, self.start, self.size, self._at = file, start, size, 0

    def readable(self):
        return True

    def writable(self):
        return self.size is None

    def seekable(self):
        return True

    def _end(self):
        return os.fstat(self.file.fileno()).st_size - self.start if self.size is None else self.size

    def seek(self, offset, whence=0):
        self._at = offset + (0, self._at, self._end())[whence]
        return self._at

    def tell(self):
        return self._at

    def readinto(self, buffer):
        view = memoryview(buffer).cast("B")
        view = view[: max(0, self._end() - self._at)]
        done = 0
        while done < len(view):  # one call of the system reads 2 GB at most
            count = _read_at(self.file, view[done:], self.start + self._at)
            if not count:
                break
            done += count
            self._at += count
        return done

    def write(self, data):
        view, done = memoryview(data).cast("B"), 0
        while done < len(view):
            self.file.seek(self.start + self._at)
            count = self.file.write(view[done:])
            done += count
            self._at += count
        return done

    def truncate(self, size=None):
        size = self._at if size is None else size
        self.file.truncate(self.start + size)
        return size


def open_regular(path):
    """A regular file opened for reading, unbuffered: no folder, pipe or device.

    Raises:
      ValueError: it is another thing; FileNotFoundError: it is not there.
    """
    if not stat.S_ISREG(os.stat(path).st_mode):  # before it is opened: a pipe would wait for ever
        raise ValueError(f"{path}: it is no file, but a folder, a pipe or a device.")
    return open(path, "rb", buffering=0)


def _read_at(file, view, offset):
    """Reads into a view from a place in a file; where the system can, without moving in it."""
    if hasattr(os, "preadv"):
        return os.preadv(file.fileno(), [view], offset)
    file.seek(offset)
    return file.readinto(view)


class Array:
    """An array of a file that was looked through: its shape and dtype, and its values on demand."""

    __slots__ = ("_dataset", "_file", "_offset", "dtype", "path", "shape")

    def __init__(self, path, dataset, dtype, file, offset):
        self.path, self.shape, self.dtype = path, tuple(dataset.shape), dtype
        self._dataset, self._file, self._offset = dataset, file, offset

    size = property(lambda self: int(np.prod(self.shape, dtype=object)), doc="Of elements.")
    nbytes = property(lambda self: self.size * self.dtype.itemsize, doc="When it is read.")
    ndim = property(lambda self: len(self.shape), doc="The number of its axes.")

    def read(self):
        """The values, as a new array."""
        array = np.empty(self.shape, self.dtype)
        if not array.size:
            return array
        flat = array.reshape(-1).view(np.uint8) if array.ndim else array.reshape(1).view(np.uint8)
        if self._offset is not None:  # it lies in one piece: read without HDF5's detours
            self._file.seek(self._offset)
            if self._file.readinto(flat) != array.nbytes:
                raise Refused(f"{self.path}: the file ends within it.")
        elif self._dataset.dtype == self.dtype:
            self._dataset.read_direct(array)
        else:
            array = np.asarray(self._dataset[()]).view(self.dtype).reshape(self.shape)
        return array

    def __array__(self, dtype=None, copy=None):
        array = self.read()
        return array if dtype is None else array.astype(dtype)

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, key):
        return self.read()[key]


class Group:
    """A group of a file that was looked through."""

    def __init__(self, path, group, reader):
        self.path, self._group, self._reader = path, group, reader
        self.members = {}  # name -> Group or Array

    def find(self, path):
        """The member at a path, as in "layers/dense"; None where there is none."""
        found = self
        for part in path.split("/") if path else ():
            found = found.members.get(part) if isinstance(found, Group) else None
        return found

    def arrays(self):
        """All arrays below, in no order of meaning."""
        for member in self.members.values():
            if isinstance(member, Array):
                yield member
            else:
                yield from member.arrays()

    def attribute(self, name, default=None):
        """A text, number, or array of numbers or texts; `default` where there is none of the name.

        Raises:
          Refused: another kind of value, or one of unreasonable size.
        """
        try:
            if name not in self._group.attrs:
                return default
            return self._reader.attribute(self._group, self.path, name)
        except Refused:
            raise
        except Exception as fault:  # h5py's are of many kinds
            self._reader._refuse(f"{self.path}, attribute {name!r}", f"it is damaged: {fault}")


class Reader:
    """An HDF5 file, looked through; a context that closes it.

    Args:
      file: an unbuffered file or Window.
      name: what messages call it.

    Raises:
      Refused: the file is no HDF5 file, damaged, or holds what is never read.
    """

    def __init__(self, file, name):
        self.name, self._file, self._h5 = name, file, h5py()
        file.seek(0, 2)
        self._size = file.tell()
        file.seek(0)
        try:
            self._open = self._h5.File(file, "r")
            self._seen, self._stored, self._heap = set(), 0, None
            self.root = self._group("", self._open, 0)
        except Refused:
            self.close()
            raise
        except Exception as fault:
            self.close()
            raise Refused(f"{name}: it is no HDF5 file, or damaged: {fault}") from None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        """Closes HDF5's view of the file; the file itself is the caller's."""
        opened = self.__dict__.pop("_open", None)
        if opened is not None:
            opened.close()

    def _refuse(self, path, why):
        raise Refused(f"{self.name}: {path or '/'}: {why}")

    def _group(self, path, group, level):
        h5 = self._h5
        if level > MOST_LEVELS:
            self._refuse(path, f"groups lie in one another more than {MOST_LEVELS} deep.")
        found = Group(path, group, self)
        for key in group.id:
            name = key.decode("utf-8", "surrogateescape")
            where = f"{path}/{name}" if path else name
            if group.id.links.get_info(key).type != h5.h5l.TYPE_HARD:
                self._refuse(where, "it is a link to another place or file, which is not followed.")
            child = h5.h5o.open(group.id, key)
            self._meet(where, child)
            if isinstance(child, h5.h5g.GroupID):
                found.members[name] = self._group(where, h5.Group(child), level + 1)
            elif isinstance(child, h5.h5d.DatasetID):
                found.members[name] = self._numbers(where, h5.Dataset(child))
            else:
                self._refuse(where, "it is neither a group nor an array.")
        return found

    def _meet(self, path, thing):
        address = self._h5.h5o.get_info(thing).addr
        if address in self._seen:
            self._refuse(path, "it is reached by two names, or lies within itself.")
        self._seen.add(address)
        if len(self._seen) > MOST_OBJECTS:
            self._refuse(path, f"the file holds more than {MOST_OBJECTS} objects.")

    def _numbers(self, path, dataset):
        h5, plist = self._h5, dataset.id.get_create_plist()
        if plist.get_external_count():
            self._refuse(path, "its values are to be read from another file.")
        layout = plist.get_layout()
        if layout not in (h5.h5d.COMPACT, h5.h5d.CONTIGUOUS, h5.h5d.CHUNKED):
            self._refuse(path, "its values are put together of other arrays (a virtual data set).")
        dtype = self._dtype(path, dataset)
        if dataset.shape is None:
            self._refuse(path, "it has no shape.")
        declared = int(np.prod(dataset.shape, dtype=object)) * dtype.itemsize
        stored = dataset.id.get_storage_size()
        offset = dataset.id.get_offset() if layout == h5.h5d.CONTIGUOUS else None
        chunked = layout == h5.h5d.CHUNKED
        if chunked:
            for i in range(plist.get_nfilters()):
                if plist.get_filter(i)[0] not in _PLAIN_FILTERS:
                    self._refuse(
                        path,
                        f"it is packed by filter {plist.get_filter(i)[0]}, which is "
                        f"none of {sorted(_PLAIN_FILTERS.values())}.",
                    )
        self._stored += stored
        fits = declared <= stored * (MOST_EXPANSION if chunked else 1)
        if not fits or self._stored > self._size or (offset or 0) + stored > self._size:
            self._refuse(
                path,
                f"its shape {tuple(dataset.shape)} needs {declared} bytes, of which "
                f"the file ({self._size} bytes) stores {stored}.",
            )
        if chunked and declared:
            block = int(np.prod(dataset.chunks, dtype=object)) * dtype.itemsize
            if block > max(declared, 1 << 20) * 2:
                self._refuse(path, f"it is stored in blocks of {block} bytes, more than it has.")
        return Array(path, dataset, dtype, self._file, offset if declared else None)

    def _dtype(self, path, dataset):
        """The dtype of an array of numbers."""
        h5, kind = self._h5, dataset.id.get_type()
        group = kind.get_class()
        if group == h5.h5t.OPAQUE:  # a float that HDF5 does not know: Keras tells which beside
            name = (
                self.attribute(dataset, path, "dtype") if "dtype" in dataset.attrs else "bfloat16"
            )
            if kind.get_size() != _EXTENDED.get(name):
                self._refuse(path, f"its values are of an unknown kind, {name!r}.")
            return _extended(name)
        if group == h5.h5t.ENUM and dataset.dtype == np.bool_:
            return dataset.dtype
        if group not in (h5.h5t.INTEGER, h5.h5t.FLOAT) or dataset.dtype.kind not in "iuf":
            self._refuse(path, "its values are no numbers.")
        if dataset.dtype.itemsize > 8:
            self._refuse(path, f"its numbers have {dataset.dtype.itemsize} bytes each.")
        return dataset.dtype

    def attribute(self, thing, path, name):
        """The value of an attribute of an h5py object, as `Group.attribute` tells it."""
        h5 = self._h5
        key = name.encode() if isinstance(name, str) else name
        found = h5.h5a.open(thing.id, key)
        where, kind = f"{path}, attribute {name!r}", found.get_type()
        count = int(np.prod(found.shape, dtype=object)) if found.shape else 1
        if kind.get_class() == h5.h5t.STRING and kind.is_variable_str():
            if count * 16 > self._size or count * self._largest_text(count) > MOST_ATTRIBUTE_BYTES:
                self._refuse(where, "it holds more text than a file of its size does.")
        elif kind.get_class() in (h5.h5t.STRING, h5.h5t.INTEGER, h5.h5t.FLOAT):
            if count * kind.get_size() > self._size:
                self._refuse(where, "it is larger than the file.")
        else:
            self._refuse(where, "it holds neither texts nor numbers.")
        value = thing.attrs[name]
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, np.ndarray) and value.dtype.kind in "SO":
            value = [
                v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in value.flat
            ]
        return value

    def _largest_text(self, count):
        """A bound for the length of a text of variable length: the largest block of such."""
        if count == 1 or count * self._size <= MOST_ATTRIBUTE_BYTES:
            return self._size
        if self._heap is None:
            self._heap = max(self._heaps(), default=0)
        return self._heap

    def _heaps(self):
        """The sizes of the blocks of texts."""
        file, start = self._file, 0
        if isinstance(file, Window):
            file, start = file.file, file.start
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            at, end = view.find(_HEAP, start), start + self._size
            while -1 < at < end:
                yield int.from_bytes(view[at + 8 : at + 16], "little")
                at = view.find(_HEAP, at + 1)


_EXTENDED = {  # floats that HDF5 and NumPy do not know, with their bytes
    "bfloat16": 2,
    **dict.fromkeys(("float8_e4m3fn", "float8_e5m2", "float8_e4m3b11fnuz"), 1),
    **dict.fromkeys(("float8_e4m3fnuz", "float8_e5m2fnuz"), 1),
}


def _extended(name):
    return np.dtype(as_dtype(name).as_numpy_dtype)


def _number_of(fault):
    """The system's number of an error of h5py's, or of one that led to it, or None."""
    while fault is not None:
        found = re.search(r"errno = (\d+)", str(fault))
        number = int(found[1]) if found else getattr(fault, "errno", None)
        if number:
            return number
        fault = fault.__context__
    return None


class Writer:
    """A new HDF5 file, written array by array; a context that closes it.

    Args:
      file: a path or an unbuffered file.
    """

    def __init__(self, file):
        self._h5 = h5py()
        self._open = self._h5.File(file, "w")

    def __enter__(self):
        return self

    def __exit__(self, kind, *exc):
        try:
            self._open.close()
        except Exception as fault:  # HDF5 writes the last of it now, and has odd errors then
            number = _number_of(fault)
            if kind is None and number is None:
                raise
            if kind is None:
                raise OSError(number, os.strerror(number)) from fault

    def group(self, path):
        """Makes a group with those that it lies in, where they are not there."""
        return self._open.require_group(path or "/")

    def write(self, path, array):
        """Writes an array; what lies in memory in order is not copied."""
        array = np.asarray(array)
        known = array.dtype.kind != "V"
        stored = array if known else array.view(f"V{array.dtype.itemsize}")
        dataset = self._open.create_dataset(path, data=stored)
        if not known:
            dataset.attrs["dtype"] = array.dtype.name

    def attribute(self, path, name, value):
        """Sets an attribute of a group or array.

        Args:
          path: of the group or array; "" for the whole file.
          name: of the attribute.
          value: a text, a number, or a list of texts: one that is too long is kept in pieces.
        """
        attributes = (self._open[path] if path else self._open).attrs
        if not isinstance(value, list):
            attributes[name] = value
            return
        encoded = [text.encode() for text in value]
        pieces, most = 1, 64000  # HDF5 keeps an attribute in 64 kB
        array = np.asarray(encoded) if encoded else np.zeros(0)
        while -(-len(array) // pieces) * array.itemsize > most and pieces < len(array):
            pieces += 1
        if pieces == 1:
            attributes[name] = array
        for i, piece in enumerate(np.array_split(array, pieces) if pieces > 1 else ()):
            attributes[f"{name}{i}"] = piece
