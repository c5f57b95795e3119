"""Archives unpacked with every name, link, kind and size checked before anything is written.

What a tar or zip holds is first read as a list of `Member`s, which are checked together; only then
are they written, by the few lines of `_write`, into a new folder. Nothing of it appears where one
of them is refused or cannot be written.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import posixpath
import re
import shutil
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from typing import IO, NamedTuple, NoReturn

from ...base.files import appearing, makedirs, path_of, scratch, translated

SMALL = 1 << 26  # bytes that any archive may unpack to
RATIO = 200  # times its own size that a larger one may unpack to
DEEPEST = 100  # folders in one another
LONGEST_HEADER = 1 << 20  # bytes: of a name, which tar reads at once
FILE, FOLDER, LINK, HARD_LINK = "file", "folder", "link", "hard link"
KINDS = {
    **dict.fromkeys((tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE), FILE),
    **{tarfile.DIRTYPE: FOLDER, tarfile.SYMTYPE: LINK, tarfile.LNKTYPE: HARD_LINK},
}
DAMAGE = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, gzip.BadGzipFile, EOFError),
    *(struct.error, UnicodeError, OverflowError, RecursionError, MemoryError, IndexError),
    *(NotImplementedError, ValueError, OSError),  # zipfile's and bz2's
)


class UnsafeArchiveError(ValueError):
    """An archive is damaged, or has a member that would do harm if it were unpacked."""


class Member(NamedTuple):
    """What an archive says of one member, and how its bytes are read."""

    name: str
    kind: str | None
    target: str = ""  # of a link
    mode: int = 0o644
    copy: Callable[[IO[bytes]], None] | None = None


def refuse(archive: str, why: str) -> NoReturn:
    """Raise the error of an archive that is not unpacked."""
    raise UnsafeArchiveError(f"{archive}: {why}. Nothing was unpacked.")


def check_name(name: str, archive: str) -> None:
    """Refuse a member's name that is absolute, climbs out with `..`, or means something on Windows.

    Raises:
        UnsafeArchiveError: naming the member.

    Example:
        >>> from tensorbrook.keras.utils import archives
        >>> archives.check_name("data/train.csv", "set.zip")
        >>> archives.check_name("../.profile", "set.zip")
        Traceback (most recent call last):
        ...
        tensorbrook.keras.utils.archives.UnsafeArchiveError: set.zip: the member '../.profile' ...
    """
    parts = re.split(r"[/\\]", name)
    if not name or "\0" in name or not parts[0] or ".." in parts or re.match(r"[A-Za-z]:", name):
        raise UnsafeArchiveError(
            f"{archive}: the member {name!r} would land outside the folder the archive is unpacked "
            "to. Nothing was unpacked; such an archive is broken or made to do harm."
        )
    if len(parts) > DEEPEST or len(name) > 4096:
        refuse(archive, f"the member {name[:100]!r}... lies more than {DEEPEST} folders deep")


def parents(name: str) -> list[str]:
    """The folders that a path goes through, itself left out: "a" and "a/b" of "a/b/c"."""
    parts = name.split("/")
    return ["/".join(parts[:i]) for i in range(1, len(parts))]


def plain(name: str) -> str:
    """A path without `.` and double slashes, in the one spelling that all file systems take it for:
    some do not tell large letters from small ones, or ways to write an accent."""
    return unicodedata.normalize("NFKC", posixpath.normpath(name)).casefold()


def check_members(members: list[Member], archive: str, folder: str) -> None:
    """Refuse members that would land, or be found, outside of a folder, and those of no known kind.

    Only names are looked at, since what the file system says of a link can be made wrong by links
    that are longer than a path may be (CVE-2025-4517, which tarfile's own filter lets pass).
    Nothing may lie behind a link; a link's target may not lie behind one either, nor outside the
    folder.
    """
    links = {plain(m.name): m for m in members if m.kind == LINK}
    files, seen = set(), set()
    for member in members:
        check_name(member.name, archive)
        why = _fault_of(member, links, files, folder)
        name = posixpath.normpath(member.name)
        if name in seen and member.kind != FOLDER:
            why = "comes twice"
        if why:
            refuse(archive, f"the member {member.name!r} {why}")
        seen.add(name)
        if member.kind in (FILE, HARD_LINK):
            files.add(name)


def _fault_of(member, links, files, folder):
    """What is wrong with a member beside the links and files of its archive, or None."""
    if member.kind is None:
        return "is neither a file, a folder nor a link, but a device, or in a form that is not read"
    name, here = plain(member.name), os.path.join(folder, member.name)
    behind = [p for p in parents(name) if p in links]
    behind += [p for p in parents(member.name) if os.path.islink(os.path.join(folder, p))]
    if behind:
        return f"lies behind the link {behind[0]!r}"
    if name == "." and member.kind != FOLDER:
        return "has the name of the folder itself"
    if member.kind == LINK:
        target = posixpath.join(posixpath.dirname(member.name), member.target)
        through = [p for p in map(plain, parents(target)) if p in links]
        if through or plain(target).split("/")[0] in ("..", "") or _is_odd(member.target):
            return f"links to {member.target!r}, outside or behind another link"
    elif name in links or os.path.islink(here):
        return "has the name of a link, which it would write through"
    if member.kind == HARD_LINK and posixpath.normpath(member.target) not in files:
        return f"is a hard link to {member.target!r}, no file that comes before it"
    is_folder = os.path.isdir(here) and not os.path.islink(here)
    if os.path.lexists(here) and is_folder != (member.kind == FOLDER):
        return "is a folder where there is a file, or the other way round"
    return None


def _is_odd(target):
    return not target or bool(re.search(r"[\\\0]|^[A-Za-z]:", target))


# ---- tar


class _Guarded:
    """The bytes of a tar while it is checked: no more than expected, and none read twice.

    tarfile would go round in a circle where a member's size is less than nothing (CVE-2025-8194),
    and read at once as much as a header says.
    """

    def __init__(self, stream, most, archive):
        self.stream, self.most, self.archive = stream, most, archive
        self.tell = stream.tell

    def read(self, size):
        if not 0 <= size <= LONGEST_HEADER:
            refuse(self.archive, f"a header of {size} bytes is more than {LONGEST_HEADER}")
        data = self.stream.read(size)
        self._check(self.tell())
        return data

    def seek(self, place):
        if place < self.tell() - 1:
            refuse(self.archive, "its members lie over one another")
        self._check(place)
        return self.stream.seek(place)

    def _check(self, place):
        if place > self.most:
            refuse(self.archive, f"it unpacks to more than {RATIO} times its size")


def _unpacked(path):
    """The bytes of a tar, packed or not, and the most that these may be."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        start = file.read(6)
    ways = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open, b"]\0\0": lzma.open}
    for mark, way in ways.items():
        if start.startswith(mark):
            return way(path), max(SMALL, RATIO * size)
    return open(path, "rb"), size + tarfile.RECORDSIZE


def _of_tar(path, closing) -> list[Member] | None:
    stream, most = _unpacked(path)
    closing.enter_context(stream)
    guarded = _Guarded(stream, most, path)
    try:
        archive = tarfile.TarFile(fileobj=guarded, mode="r")  # type: ignore[arg-type]
    except UnsafeArchiveError:
        raise
    except DAMAGE:
        return None
    members = [_of_header(header, stream) for header in archive]
    while guarded.read(LONGEST_HEADER):  # its checksum comes last
        pass
    return members


def _of_header(header, stream):
    def copy(file):
        stream.seek(header.offset_data)
        left = header.size
        while left:
            data = stream.read(min(left, LONGEST_HEADER))
            if not data:
                raise EOFError(f"the member {header.name!r} is cut off")
            file.write(data)
            left -= len(data)

    kind = KINDS.get(header.type) if header.size >= 0 and not header.issparse() else None
    return Member(header.name, kind, header.linkname, header.mode, copy)


# ---- zip


def _of_zip(path, closing) -> list[Member] | None:
    try:
        archive = closing.enter_context(zipfile.ZipFile(path))
    except DAMAGE:
        return None
    headers, end = archive.infolist(), 0
    if sum(h.file_size for h in headers) > max(SMALL, RATIO * os.path.getsize(path)):
        refuse(path, f"it unpacks to more than {RATIO} times its size")
    for header in sorted(headers, key=lambda h: h.header_offset):
        if header.header_offset < end:
            refuse(path, f"the member {header.filename!r} lies over another")
        end = header.header_offset + zipfile.sizeFileHeader + header.compress_size
    return [_of_entry(archive, header) for header in headers]


def _of_entry(archive, header):
    def copy(file):
        with archive.open(header) as source:
            shutil.copyfileobj(source, file, LONGEST_HEADER)

    kinds = {0: FILE, stat.S_IFREG: FILE, stat.S_IFDIR: FOLDER}
    kind = kinds.get(stat.S_IFMT(header.external_attr >> 16))
    if header.is_dir() and kind:
        kind = FOLDER
    if header.flag_bits & 1:  # encrypted
        kind = None
    return Member(header.orig_filename.replace(os.sep, "/"), kind, copy=copy)


# ---- both


def _members(path, formats, closing) -> list[Member] | None:
    """The members of an archive, or None where it is none of the formats."""
    for name, read in (("tar", _of_tar), ("zip", _of_zip)):
        if name in formats:
            found = read(path, closing)
            if found is not None:
                return found
    return None


def _write(members: list[Member], folder: str, archive: str) -> None:
    """Write members that have been checked into a new folder."""
    for member in members:
        path = os.path.join(folder, member.name)
        if member.kind == FOLDER:
            os.makedirs(path, exist_ok=True)
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if member.kind == LINK:
            os.symlink(member.target, path)
        elif member.kind == HARD_LINK:
            os.link(os.path.join(folder, member.target), path)
        else:
            runs = 0o777 if member.mode & 0o100 else 0o666
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, runs)
            with open(number, "wb") as file:
                _copied(member, file, archive)


def _copied(member, file, archive):
    """Copy a member's bytes; what goes wrong in reading is the archive's, the rest the disk's."""
    try:
        member.copy(file)
    except DAMAGE as fault:
        if isinstance(fault, OSError) and fault.errno:
            raise
        refuse(archive, f"it is damaged: {fault or type(fault).__name__}")


def _merge(new: str, old: str) -> None:
    """Move what a folder holds into another."""
    for entry in list(os.scandir(new)):
        place = os.path.join(old, entry.name)
        if entry.is_dir(follow_symlinks=False) and os.path.isdir(place):
            _merge(entry.path, place)
        else:
            os.replace(entry.path, place)


def _read_whole(path, formats, folder, closing) -> list[Member] | None:
    try:
        members = _members(path, formats, closing)
    except UnsafeArchiveError:
        raise
    except DAMAGE as fault:
        if isinstance(fault, OSError) and fault.errno:
            raise
        refuse(path, f"it is damaged: {fault or type(fault).__name__}")
    if members is not None:
        check_members(members, path, folder)
    return members


def extract_archive(file_path, path=".", archive_format="auto") -> bool:
    """Unpack a `.tar`, `.tar.gz`, `.tar.bz2`, `.tar.xz` or `.zip` file into a folder.

    Everything is checked first: an archive with one bad member is refused whole. A folder that is
    not there yet appears only when all of the archive is in it; in one that is there, files appear
    when all have been unpacked. Members get the permissions of new files, and may be run if they
    could be.

    Args:
        file_path: the archive.
        path: the folder to unpack into.
        archive_format: "auto" (tar, then zip), "tar", "zip", a list of them, or None for neither.

    Returns:
        True, or False where the file is no archive of these formats.

    Raises:
        UnsafeArchiveError: a member is absolute, holds `..`, links outside, comes twice, or is a
            device; the archive is damaged, or unpacks to more than 200 times its size.
        OpError: of TensorFlow's kinds: there is no such file, the disk is full, and so on.

    Example:
        >>> import pathlib, zipfile
        >>> from tensorbrook.keras.utils import archives
        >>> with zipfile.ZipFile("letters.zip", "w") as file:
        ...     file.writestr("a/b.txt", "b")
        >>> archives.extract_archive("letters.zip", "letters")
        True
        >>> pathlib.Path("letters/a/b.txt").read_text()
        'b'
    """
    wanted = ("tar", "zip") if archive_format == "auto" else archive_format or ()
    formats = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    if not set(formats) <= {"tar", "zip"}:
        raise ValueError(f'archive_format must be "auto", "tar", "zip" or None, got {wanted!r}.')
    target, source = os.path.abspath(path_of(path)), path_of(file_path)
    with ExitStack() as closing:
        with translated(source):
            members = _read_whole(source, formats, target, closing)
        if members is None:
            return False
        if os.path.isdir(target):
            # within it, since the folder that it lies in may be of another disk
            with scratch(os.path.join(target, "archive")) as new:
                _write(members, new, source)
                _merge(new, target)
        else:
            makedirs(os.path.dirname(target))
            with appearing(target) as new:
                _write(members, new, source)
    return True
