"""Opening files, packed or not, with TensorFlow's errors for what goes wrong."""

import glob as python_glob
import io
import os
import re
import zlib
from contextlib import contextmanager, suppress

from .errors import (
    AlreadyExistsError,
    DataLossError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    UnimplementedError,
    UnknownError,
)

COMPRESSIONS = ("", "GZIP", "ZLIB")
WINDOW_BITS = {"GZIP": 31, "ZLIB": 15}  # zlib's names for the two ways to wrap the same bytes
_AT_ONCE = 1 << 16
_WILD = re.compile(r"[*?[]")
_ERRORS = {
    FileExistsError: AlreadyExistsError,
    PermissionError: PermissionDeniedError,
    FileNotFoundError: NotFoundError,
    NotADirectoryError: NotFoundError,
    IsADirectoryError: FailedPreconditionError,
}


def path_of(path):
    """A path as text: of text, bytes, a path object, or a tensor of one text.

    Raises:
      UnimplementedError: it names a place that is not on this machine's disks.
    """
    if hasattr(path, "numpy"):
        path = path.numpy()
    path = os.fsdecode(path)
    scheme, sign, rest = path.partition("://")
    if not sign:
        return path
    if scheme != "file":
        raise UnimplementedError(
            f"File system scheme '{scheme}' not implemented (file: '{path}'): paths are those of "
            "this machine. Mount or copy it first."
        )
    return rest


class translated:
    """A context in which the operating system's errors become TensorFlow's."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        return self.path

    def __exit__(self, kind, fault, trace):
        if isinstance(fault, OSError):
            error = next((_ERRORS[k] for k in _ERRORS if isinstance(fault, k)), UnknownError)
            raise error(f"{os.fsdecode(self.path)}; {fault.strerror or fault}") from None


def opened(path, mode="rb"):
    """`open(path, mode)`, with TensorFlow's errors."""
    path = path_of(path)
    with translated(path):
        return open(path, mode)


@contextmanager
def replacing(path):
    """A context that gives the name of a new file, which takes the place of `path` at its end.

    Whatever ends it, a full disk or a killed process, `path` is the old file or the new one, whole.

    Raises:
      OpError: of TensorFlow's kinds, as for `opened`.
    """
    path = os.path.realpath(path_of(path))
    folder, name = os.path.split(path)
    new = os.path.join(folder, f".{name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    with translated(path):
        try:
            yield new
            with open(new, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(new, path)
            _sync_folder(folder)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(new)


def _sync_folder(folder):
    """Has a folder's names on the disk, where its system can."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def makedirs(path):
    """Makes a folder and those it lies in."""
    path = path_of(path)
    with translated(path):
        os.makedirs(path, exist_ok=True)


def glob(pattern):
    """The names that match one pattern or several, in order; "*" and "?" match no "/".

    Example:
    >>> tf.io.write_file("a.toml", "")
    >>> tf.io.gfile.glob("*.toml")
    ['./a.toml']
    """
    patterns = pattern if isinstance(pattern, list | tuple) else [pattern]
    return sorted({name for one in patterns for name in _matches(path_of(one))})


def _matches(pattern):
    found = python_glob.glob(pattern, include_hidden=True)
    before = _WILD.split(pattern, maxsplit=1)[0]
    if "/" in before or before == pattern:
        return found
    return [os.path.join(".", name) for name in found]


def check_compression(compression):
    """ "", "GZIP" or "ZLIB", of which None is the first.

    Raises:
      InvalidArgumentError: it is none of them.
    """
    if compression is None:
        return ""
    if compression not in COMPRESSIONS:
        raise InvalidArgumentError(
            f"Unsupported compression_type {compression!r}: use one of {COMPRESSIONS}."
        )
    return compression


class _Unpacked(io.RawIOBase):
    """The bytes that a stream of packed ones stands for, a bounded part of them at a time."""

    def __init__(self, file, bits):
        self._file, self._bits, self._packed = file, bits, b""
        self._unpack = zlib.decompressobj(bits)

    def readable(self):
        return True

    def readinto(self, buffer):
        while True:
            if not self._packed:
                self._packed = self._file.read(_AT_ONCE)
            if not self._packed:
                return 0
            if self._unpack.eof:  # another stream follows
                self._unpack = zlib.decompressobj(self._bits)
            try:
                data = self._unpack.decompress(self._packed, len(buffer))
            except zlib.error as fault:
                raise DataLossError(f"{self._file.name}; inflate() failed: {fault}") from None
            self._packed = self._unpack.unconsumed_tail or self._unpack.unused_data
            if data:
                buffer[: len(data)] = data
                return len(data)

    def close(self):
        self._file.close()
        super().close()


def reading(path, compression=""):
    """The bytes of a file, unpacked, as a stream.

    Raises:
      DataLossError: while reading, when the file is not packed that way.
    """
    file = opened(path)
    if not compression:
        return file
    return io.BufferedReader(_Unpacked(file, WINDOW_BITS[compression]), _AT_ONCE)
