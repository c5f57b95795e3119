"""tf.io.gfile: files and folders of this machine, under TensorFlow's names and errors."""

import os
import shutil
from stat import S_ISDIR
from typing import NamedTuple

from .errors import AlreadyExistsError, InvalidArgumentError, NotFoundError, PermissionDeniedError
from .files import opened, path_of, replacing, translated

_MODES = ("r", "w", "a", "r+", "w+", "a+")


class FileStatistics(NamedTuple):
    """What `stat` tells of a file: its length in bytes, when it was changed, what it is."""

    length: int
    mtime_nsec: int
    is_directory: bool


class GFile:
    """A file, opened when it is first read or written: text, or bytes with a "b" in `mode`.

    Args:
      name: its path.
      mode: "r", "w", "a", or one of these with "+", with or without "b".

    Raises:
      InvalidArgumentError: another mode.

    Example:
    >>> with tf.io.gfile.GFile("note.txt", "w") as file:
    ...     file.write("one\\ntwo\\n")
    >>> with tf.io.gfile.GFile("note.txt") as file:
    ...     print(file.size(), file.readlines())
    8 ['one\\n', 'two\\n']
    """

    _file = None

    def __init__(self, name, mode="r"):
        plain = mode.replace("b", "")
        if plain not in _MODES:
            raise InvalidArgumentError(f"mode is not {' or '.join(map(repr, _MODES))}")
        self._name, self._mode, self._plain = name, mode, plain
        self._binary = "b" in mode

    @property
    def name(self):
        """The path."""
        return self._name

    @property
    def mode(self):
        """The mode."""
        return self._mode

    def _opened(self, use=None):
        if use == "writing" and self._plain == "r":
            raise PermissionDeniedError("File isn't open for writing")
        if use == "reading" and self._plain in ("w", "a"):
            raise PermissionDeniedError("File isn't open for reading")
        if self._file is None:
            self._file = opened(self._name, self._plain + "b")
        return self._file

    def _given(self, data):
        return data if self._binary else data.decode()

    def read(self, n=-1):
        """The next `n` bytes, or all that are left."""
        return self._given(self._opened("reading").read(n))

    def readline(self):
        """The next line with its end; nothing at the end of the file."""
        return self._given(self._opened("reading").readline())

    def readlines(self):
        """The lines that are left, with their ends."""
        return list(self)

    def write(self, file_content):
        """Writes text or bytes."""
        if isinstance(file_content, str):
            file_content = file_content.encode()
        self._opened("writing").write(file_content)

    def seek(self, offset=None, whence=0, position=None):
        """Goes to byte `offset`, counted from the start (0), the place (1) or the end (2)."""
        if offset is None and position is None:
            raise TypeError("seek(): offset argument required")
        self._opened().seek(position if offset is None else offset, whence)

    def seekable(self):
        """True."""
        return True

    def tell(self):
        """The place in bytes."""
        return self._opened().tell()

    def size(self):
        """The length of the file in bytes."""
        if self._file is not None:
            self._file.flush()
        return stat(self._name).length

    def flush(self):
        """Hands what was written to the operating system."""
        if self._file is not None:
            self._file.flush()

    def close(self):
        """Writes the rest and closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    __del__ = close

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__


def _run(function, path, *more):
    path = path_of(path)
    with translated(path):
        return function(path, *more)


def exists(path):
    """Whether there is such a file or folder."""
    return _run(os.path.exists, path)


def isdir(path):
    """Whether there is such a folder."""
    return _run(os.path.isdir, path)


def mkdir(path):
    """Makes a folder in one that is there; one that is there already is left as it is.

    Raises:
      NotFoundError: the folder it belongs into is not there.
    """
    path = path_of(path)
    if not os.path.isdir(path):
        _run(os.mkdir, path)


def remove(path):
    """Deletes a file.

    Raises:
      NotFoundError: there is none.
    """
    _run(os.remove, path)


def rmtree(path):
    """Deletes a folder with all it holds, or a file.

    Raises:
      NotFoundError: there is none.
    """
    path = path_of(path)
    if not os.path.lexists(path):
        raise NotFoundError(f"{path} not found")
    folder = os.path.isdir(path) and not os.path.islink(path)
    _run(shutil.rmtree if folder else os.remove, path)


def stat(path):
    """The length and time of a file: `length`, `mtime_nsec`, `is_directory`.

    Raises:
      NotFoundError: there is none.
    """
    found = _run(os.stat, path)
    return FileStatistics(found.st_size, found.st_mtime_ns, S_ISDIR(found.st_mode))


def listdir(path):
    """The names in a folder.

    Raises:
      NotFoundError: there is no such folder.
    """
    path = path_of(path)
    if not os.path.isdir(path):
        raise NotFoundError(f"Could not find directory {path}")
    return sorted(_run(os.listdir, path))


def _free(target, overwrite):
    if not overwrite and exists(target):
        raise AlreadyExistsError("file already exists")
    return path_of(target)


def copy(src, dst, overwrite=False):
    """Copies a file.

    Raises:
      AlreadyExistsError: there is a `dst`, and `overwrite` is False.
      NotFoundError: there is no `src`.
    """
    dst = _free(dst, overwrite)
    with opened(src) as source, replacing(dst, synced=False) as new, open(new, "wb") as file:
        shutil.copyfileobj(source, file)


def rename(src, dst, overwrite=False):
    """Renames or moves a file or folder.

    Raises:
      AlreadyExistsError: there is a `dst`, and `overwrite` is False.
      NotFoundError: there is no `src`.
    """
    _run(os.replace, src, _free(dst, overwrite))


def walk(top, topdown=True, onerror=None):
    """(folder, names of folders in it, names of files in it) of a folder and all within."""
    top = path_of(top)
    for folder, folders, files in os.walk(top, topdown, onerror):
        yield folder, sorted(folders), sorted(files)


def join(path, *paths):
    """`os.path.join`."""
    return os.path.join(path, *paths)


def get_registered_schemes():
    """The kinds of paths there are: those of this machine."""
    return ["file", ""]
