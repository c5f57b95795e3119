"""Opening files, packed or not, with TensorFlow's errors for what goes wrong."""

import errno
import glob as python_glob
import io
import os
import re
import shutil
import stat
import zlib
from contextlib import contextmanager, nullcontext, suppress
from functools import cache

from .errors import (
    AlreadyExistsError,
    DataLossError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    OpError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnavailableError,
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
_ERRORS_BY_NUMBER = {
    errno.EROFS: PermissionDeniedError,
    **dict.fromkeys(
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.ENOMEM, errno.EMFILE, errno.ENFILE),
        ResourceExhaustedError,
    ),
    **dict.fromkeys((errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP), InvalidArgumentError),
    **dict.fromkeys((errno.EBUSY, errno.ETXTBSY, errno.EAGAIN), UnavailableError),
}
_NOT_THERE_YET = re.compile(r"\..*\.([0-9a-f]{8})-(\d+)-[0-9a-f]{8}\.tmp(\..*)?", re.DOTALL)
_SEEN_FOLDERS: set[str] = set()


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
    """A context in which the operating system's errors become TensorFlow's.

    They stay OSErrors of their kind too, since programs that save with Keras catch these.
    """

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        return self.path

    def __exit__(self, kind, fault, trace):
        # errors without a number are not the system's
        if isinstance(fault, OSError) and fault.errno and not isinstance(fault, OpError):
            error = _ERRORS_BY_NUMBER.get(fault.errno) or next(
                (_ERRORS[k] for k in _ERRORS if isinstance(fault, k)), UnknownError
            )
            path = fault.filename if isinstance(fault.filename, str | bytes) else self.path
            if _NOT_THERE_YET.fullmatch(os.path.basename(os.fsdecode(path))):
                path = self.path  # which is what the user knows of
            told = _both(error, type(fault))(f"{os.fsdecode(path)}; {os.strerror(fault.errno)}")
            told.errno = fault.errno
            raise told from None


@cache
def _both(error, kind):
    return type(error.__name__, (error, kind), {"__module__": error.__module__})


def opened(path, mode="rb"):
    """`open(path, mode)`, with TensorFlow's errors."""
    path = path_of(path)
    with translated(path):
        return open(path, mode)


def contents(path):
    """The bytes of a file, with TensorFlow's errors.

    Python's `open` asks the system ten times, and lets other threads go on each time: those that
    read many small files then wait for one another.
    """
    path, parts, size = path_of(path), [], 1 << 17
    with translated(path):
        file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            while part := os.read(file, size):
                parts.append(part)
                if len(part) < size and len(parts) == 1 and stat.S_ISREG(os.fstat(file).st_mode):
                    break
                size = min(2 * size, 1 << 30)
        finally:
            os.close(file)
    return b"".join(parts)


@contextmanager
def replacing(path, synced=True, mode=0o666):
    """A context that gives the name of a new file, which takes the place of `path` at its end.

    All files that are written as a whole go through it. Whatever ends it, a full disk or a killed
    process, `path` is the old file or the new one, whole. The new file has the old one's
    permissions, and lies where `path`'s links lead. What is no plain file, as a pipe or a terminal,
    is written to by its own name. What killed processes left in the folder is removed.

    Args:
      path: the file, text or a path object.
      synced: whether the file is on the disk at the end, so that it outlives the power too. Costs
        some milliseconds.
      mode: the permissions of a file that was not there before, less the umask.

    Raises:
      OpError: of TensorFlow's kinds, as for `opened`, naming `path`.
    """
    given = path_of(path)
    with translated(given):
        old = _status(given)
        if old is not None and not stat.S_ISREG(old.st_mode):
            if stat.S_ISDIR(old.st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), given)
            yield given
            return
        if os.path.abspath(given).startswith(("/dev/std", "/dev/fd/", "/proc/")):
            yield given  # a file that somebody else has open: another one would be nothing to him
            return
        if old is not None and not os.access(given, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), given)
        path = os.path.realpath(given)
        new = _new_beside(path, old, mode)
        try:
            yield new
            if synced:
                sync(new)
            os.replace(new, path)
            if synced:
                sync(os.path.dirname(path))
        finally:
            with suppress(OSError):
                os.unlink(new)


@contextmanager
def appearing(path):
    """A context that gives the name of a new, empty folder, which becomes `path` at its end.

    Until then there is no `path`, and none afterwards where something went wrong.

    Raises:
      OpError: of TensorFlow's kinds; also where there is a `path`.
    """
    path = os.path.abspath(path_of(path))
    with translated(path):
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        with scratch(path) as new:
            yield new
            os.rename(new, path)
            sync(os.path.dirname(path))


@contextmanager
def scratch(path):
    """A context that gives the name of a new, empty folder beside `path`, removed at its end.

    Raises:
      OpError: of TensorFlow's kinds.
    """
    path = os.path.abspath(path_of(path))
    with translated(path):
        new = _name_beside(path)
        os.mkdir(new)
        try:
            yield new
        except OpError as fault:
            if new not in str(fault):
                raise
            told = type(fault)(str(fault).replace(new, path))  # which is what the user knows of
            told.errno = getattr(fault, "errno", None)
            raise told from None
        finally:
            shutil.rmtree(new, ignore_errors=True)


def _status(path):
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _new_beside(path, old, mode):
    """The name of a new, empty file in the folder of `path`, that may be what the old one may."""
    new = _name_beside(path)
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    if old is not None:
        with suppress(OSError, AttributeError):  # Windows has no owners
            os.chown(new, old.st_uid, old.st_gid)
        os.chmod(new, stat.S_IMODE(old.st_mode))
    return new


def _name_beside(path):
    folder, name = os.path.split(path)
    _remove_leftovers(folder)
    ending = os.path.splitext(name)[1]  # some writers go by it
    name = os.fsdecode(os.fsencode(name)[:100])  # a name has 255 bytes at most
    mark = f"{_machine()}-{os.getpid()}-{os.urandom(4).hex()}"
    return os.path.join(folder, f".{name}.{mark}.tmp{ending if len(ending) < 20 else ''}")


def _remove_leftovers(folder):
    """Removes, once a process, the new files of processes of this machine that are no more."""
    if folder in _SEEN_FOLDERS or os.name != "posix":
        return
    _SEEN_FOLDERS.add(folder)
    try:
        names = os.listdir(folder)
    except OSError:
        return  # one may write into folders that one may not look into
    for name in filter(None, map(_NOT_THERE_YET.fullmatch, names)):
        if name[1] == _machine() and not is_alive(int(name[2])):
            left = os.path.join(folder, name[0])
            with suppress(OSError):
                shutil.rmtree(left) if os.path.isdir(left) else os.unlink(left)


def is_alive(number):
    """Whether this machine has a process of that number."""
    try:
        os.kill(number, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


@cache
def _machine():
    """What tells whether the number of a process is one of those that can be seen from here."""
    node, processes = os.uname().nodename if hasattr(os, "uname") else "", ""
    with suppress(OSError):
        processes = os.readlink("/proc/self/ns/pid")  # containers count for themselves
    return f"{zlib.crc32(f'{node} {processes}'.encode()):08x}"


def sync(path):
    """Has the contents of a file, or the names in a folder, on the disk."""
    is_folder = os.path.isdir(path)
    with suppress(OSError) if is_folder else nullcontext():  # some systems cannot do folders
        number = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
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
