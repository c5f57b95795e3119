"""Compiled code on disk, so that a new process need not compile what an old one did.

An entry's name is the hash of all that its code depends on; its content is checked by a digest
before it is used. Entries appear by an atomic rename, so processes may share the folder. The oldest
go when the folder grows over its limit (TENSORBROOK_CACHE_MB, 256 by default; 0 turns it off).
The folder is TENSORBROOK_CACHE_DIR, or tensorbrook under the user's cache folder. Since entries are
run, only those are taken that this user owns and nobody else may write; in a folder that others may
write into, each user has one of his own.
"""

import hashlib
import os
import stat
from contextlib import suppress
from pathlib import Path

from ..base.files import replacing

_MAGIC = b"tensorbrook object 1\n"
_FLAGS = ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY")  # where the system has them


def limit():
    """The largest size of the folder in bytes."""
    try:
        return int(float(os.environ.get("TENSORBROOK_CACHE_MB", "256")) * 1e6)
    except ValueError:
        return 0


def folder():
    """Where entries are kept; None where this user has no folder for such files."""
    given = os.environ.get("TENSORBROOK_CACHE_DIR")
    if given:
        return Path(given)
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    # no home leaves the `~`: what would lie in the working folder is not the user's own
    return Path(base) / "tensorbrook" if os.path.isabs(base) else None


def own_folder(make=False):
    """The folder, where this user owns it and nobody else may write into it; else one within it."""
    where = folder()
    if make:
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not _is_own(os.stat(where)):
        where /= f"user-{os.geteuid()}"
        if make:
            where.mkdir(exist_ok=True, mode=0o700)
        if not _is_own(os.lstat(where)):
            raise PermissionError(f"{where} may be written by others")
    return where


def _is_own(status):
    """Whether a file or folder is this user's, and others may not write it: it is machine code."""
    if os.name != "posix":
        return True  # Windows keeps users' folders from one another
    return status.st_uid == os.geteuid() and not status.st_mode & 0o022


def load(key):
    """The bytes stored under a key, or None: none there, damaged, or of somebody else's making."""
    if not limit() or folder() is None:
        return None
    try:
        content = _read(own_folder() / _name(key))
    except OSError:
        return None
    head = len(_MAGIC)
    digest, body = content[head : head + 32], content[head + 32 :]
    if content[:head] != _MAGIC or hashlib.sha256(key.encode() + body).digest() != digest:
        return None
    return body


def _read(path):
    # neither through a link nor waiting for somebody to write into a pipe
    number = os.open(path, os.O_RDONLY | sum(getattr(os, flag, 0) for flag in _FLAGS))
    with open(number, "rb") as file:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode) or not _is_own(status) or status.st_size > limit():
            raise PermissionError(f"{path} may be written by others, or is none of ours")
        with suppress(OSError):
            os.utime(path)  # recently used entries go last
        return file.read()


def store(key, body):
    """Keeps bytes under a key; quietly keeps nothing where the folder cannot be written."""
    if not limit() or folder() is None:
        return
    content = _MAGIC + hashlib.sha256(key.encode() + body).digest() + body
    try:
        where = own_folder(make=True)
        path = where / _name(key)
        if path.is_symlink() or not path.is_file():
            path.unlink(missing_ok=True)  # what is no file is none of ours
        with replacing(path, synced=False, mode=0o600) as new, open(new, "wb") as file:
            file.write(content)
        if path.name[0] == "0":  # now and then: with many small entries, a look at all takes long
            _shrink(where)
    except OSError:
        return


def _name(key):
    return hashlib.blake2b(key.encode(), digest_size=20).hexdigest() + ".o"


def _shrink(where):
    """Removes the entries used longest ago until the folder is within its limit."""
    entries = []
    with os.scandir(where) as found:
        for entry in found:
            if entry.name.endswith(".o"):
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    entries.append((status.st_mtime, status.st_size, entry.path))
    total, most = sum(size for _, size, _ in entries), limit()
    for _, size, path in sorted(entries):
        if total <= most:
            break
        with suppress(OSError):
            os.unlink(path)
        total -= size
