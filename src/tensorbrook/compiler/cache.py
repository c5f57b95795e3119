"""Compiled code on disk, so that a new process need not compile what an old one did.

An entry's name is the hash of all that its code depends on; its content is checked by a digest
before it is used. Entries appear by an atomic rename, so processes may share the folder. The oldest
go when the folder grows over its limit (TENSORBROOK_CACHE_MB, 256 by default; 0 turns it off).
The folder is TENSORBROOK_CACHE_DIR, or tensorbrook under the user's cache folder.
"""

import hashlib
import os
import tempfile
from pathlib import Path

_MAGIC = b"tensorbrook object 1\n"


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


def load(key):
    """The bytes stored under a key, or None: none there, or damaged."""
    where = folder()
    if not limit() or where is None:
        return None
    path = where / _name(key)
    try:
        content = path.read_bytes()
    except OSError:
        return None
    head = len(_MAGIC)
    digest, body = content[head : head + 32], content[head + 32 :]
    if content[:head] != _MAGIC or hashlib.sha256(key.encode() + body).digest() != digest:
        return None
    try:
        os.utime(path)  # recently used entries go last
    except OSError:
        return body
    return body


def store(key, body):
    """Keeps bytes under a key; quietly keeps nothing where the folder cannot be written."""
    where = folder()
    if not limit() or where is None:
        return
    content = _MAGIC + hashlib.sha256(key.encode() + body).digest() + body
    try:
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=where, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(temporary, where / _name(key))
        except OSError:
            os.unlink(temporary)
            raise
        if _name(key)[0] == "0":  # now and then: with many small entries, a look at all takes long
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
                try:
                    status = entry.stat()
                except OSError:
                    continue
                entries.append((status.st_mtime, status.st_size, entry.path))
    total, most = sum(size for _, size, _ in entries), limit()
    for _, size, path in sorted(entries):
        if total <= most:
            break
        Path(path).unlink(missing_ok=True)
        total -= size
