"""Archives unpacked with every name, link and kind of member checked before anything is written."""

from __future__ import annotations

import os
import pathlib
import posixpath
import re
import shutil
import stat
import tarfile
import tempfile
import unicodedata
import zipfile


class UnsafeArchiveError(ValueError):
    """An archive has a member that would land, or point, outside the folder it is unpacked to."""


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


def parents(name: str) -> list[str]:
    """The folders that a path goes through, itself left out: "a" and "a/b" of "a/b/c"."""
    parts = name.split("/")
    return ["/".join(parts[:i]) for i in range(1, len(parts))]


def plain(name: str) -> str:
    """A path without `.` and double slashes, in the one spelling that all file systems take it for:
    some do not tell large letters from small ones, or ways to write an accent."""
    return unicodedata.normalize("NFKC", posixpath.normpath(name)).casefold()


def check_links(members: list[tarfile.TarInfo], archive: str, folder: str) -> None:
    """Refuse links by which a member could land, or be found, outside of a folder.

    Only names are looked at, since what the file system says of a link can be made wrong by links
    that are longer than a path may be (CVE-2025-4517, which the data filter lets pass). Nothing may
    lie behind a link; a link's target may not lie behind one either, nor outside the folder.
    """
    links = {plain(m.name): m for m in members if m.issym()}
    files = set()

    def refuse(member, why):
        raise UnsafeArchiveError(
            f"{archive}: the member {member.name!r} {why}. Nothing was unpacked."
        )

    for member in members:
        name = plain(member.name)
        behind = [p for p in parents(name) if p in links]
        behind += [p for p in parents(member.name) if os.path.islink(os.path.join(folder, p))]
        if behind:
            refuse(member, f"lies behind the link {behind[0]!r}")
        if member.issym():
            target = posixpath.join(posixpath.dirname(member.name), member.linkname)
            through = [p for p in map(plain, parents(target)) if p in links]
            if through or plain(target).split("/")[0] in ("..", ""):
                refuse(member, f"links to {member.linkname!r}, outside or behind another link")
        elif name in links or os.path.islink(os.path.join(folder, member.name)):
            refuse(member, "has the name of a link, which it would write through")
        if member.islnk() and plain(member.linkname) not in files:
            refuse(member, f"is a hard link to {member.linkname!r}, no file that comes before it")
        if member.isreg() or member.islnk():
            files.add(name)


def check_tar(archive: tarfile.TarFile, folder: str) -> None:
    """Refuse a tar with a member that is a device or that lands or links outside `folder`."""
    if not hasattr(tarfile, "data_filter"):
        raise NotImplementedError(
            "Unpacking tar archives needs tarfile's data filter, which Python has from 3.11.4 on: "
            "use a newer Python, or unpack the archive by hand."
        )
    for member in archive.getmembers():
        check_name(member.name, archive.name)
        try:
            tarfile.data_filter(member, folder)
        except tarfile.FilterError as error:
            raise UnsafeArchiveError(f"{archive.name}: {error}. Nothing was unpacked.") from error
    check_links(archive.getmembers(), archive.name, folder)


def check_zip(archive: zipfile.ZipFile) -> None:
    """Refuse a zip with a member that lands outside, is a link or a device, or comes twice."""
    seen = set()
    for member in archive.infolist():
        check_name(member.filename, archive.filename)
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or member.filename in seen:
            what = "comes twice" if member.filename in seen else "is a link or a device"
            raise UnsafeArchiveError(
                f"{archive.filename}: the member {member.filename!r} {what}. Nothing was unpacked."
            )
        seen.add(member.filename)


def unpack(file_path: str, folder: str, formats: tuple[str, ...]) -> bool:
    """Unpack a tar or zip archive into a folder; False where the file is none of `formats`."""
    if "tar" in formats and tarfile.is_tarfile(file_path):
        with tarfile.open(file_path) as archive:
            check_tar(archive, folder)
            archive.extractall(folder, filter="data")
        return True
    if "zip" in formats and zipfile.is_zipfile(file_path):
        with zipfile.ZipFile(file_path) as archive:
            check_zip(archive)
            archive.extractall(folder)
        return True
    return False


def extract_archive(file_path, path=".", archive_format="auto") -> bool:
    """Unpack a `.tar`, `.tar.gz`, `.tar.bz2`, `.tar.xz` or `.zip` file into a folder.

    Everything is checked first: an archive with one bad member is refused whole. A folder that is
    not there yet appears only when all of the archive is in it.

    Args:
        file_path: the archive.
        path: the folder to unpack into.
        archive_format: "auto" (tar, then zip), "tar", "zip", a list of them, or None for neither.

    Returns:
        True, or False where the file is no archive of these formats.

    Raises:
        UnsafeArchiveError: a member is absolute, holds `..`, links outside, or is a device.

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
    target = pathlib.Path(path)
    if target.exists():
        return unpack(os.fspath(file_path), os.fspath(target), formats)
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent)
    try:
        found = unpack(os.fspath(file_path), staging, formats)
        if found:
            os.chmod(staging, 0o755)
            os.replace(staging, target)
        return found
    finally:
        shutil.rmtree(staging, ignore_errors=True)
