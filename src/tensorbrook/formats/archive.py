"""Zip archives of strangers, read in memory by the names of their members; and writing such.

Nothing is ever unpacked to the disk. An archive is looked through before a member is read: one that
holds links, names that are no plain relative paths, a name twice, members that lie over one another
or claim to be far larger than what is stored, is refused.
"""

import os
import re
import struct
import time
import zipfile
import zlib

from .hdf5 import Refused, Window

MOST_MEMBERS, MOST_DIRECTORY_BYTES = 10_000, 4 << 20
MOST_EXPANSION = 1000  # how many times as large as what is stored a packed member may be
_PLAIN = re.compile(r"[^/\\:\0]+(/[^/\\:\0]+)*/?")
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x06"
_AT_ONCE = 1 << 20


class Archive:
    """A zip archive, looked through.

    Args:
      file: an unbuffered file, which stays the caller's.
      name: what messages call it.
      expected: a function (member's name) -> whether the archive may hold it.

    Raises:
      Refused: it is no archive, damaged, or holds what it should not.
    """

    def __init__(self, file, name, expected):
        self.name, self._file = name, file
        self._size = os.fstat(file.fileno()).st_size
        self._check_directory()
        try:
            members = zipfile.ZipFile(file).infolist()
        except (
            zipfile.BadZipFile,
            OSError,
            ValueError,
            NotImplementedError,
            struct.error,
        ) as fault:
            raise Refused(f"{name}: it is no zip archive, or damaged: {fault}") from None
        if len(members) > MOST_MEMBERS:
            raise Refused(f"{name}: it has {len(members)} members; at most are {MOST_MEMBERS}.")
        self._members = {}
        for member in members:
            self._check(member, expected)
            self._members[member.filename] = member
        self._check_places()

    def _refuse(self, member, why):
        raise Refused(f"{self.name}: its member {member.filename!r} {why}")

    def _check_directory(self):
        """Holds the list of members, which is read whole, to a size before that."""
        tail = min(self._size, (1 << 16) + 22)
        self._file.seek(self._size - tail)
        data = Window(self._file, self._size - tail, tail).read(tail)
        at = data.rfind(_END)
        if at < 0 or len(data) - at < 22:
            raise Refused(f"{self.name}: it is no zip archive: its end is missing.")
        size = struct.unpack_from("<I", data, at + 12)[0]
        if size == 0xFFFFFFFF and (wide := data.rfind(_END_64, 0, at)) >= 0:
            size = struct.unpack_from("<Q", data, wide + 40)[0]
        if size > min(MOST_DIRECTORY_BYTES, self._size):
            raise Refused(f"{self.name}: its list of members has {size} bytes, which is too many.")

    def _check(self, member, expected):
        name = member.orig_filename
        parts = name.rstrip("/").split("/")
        if not _PLAIN.fullmatch(name) or ".." in parts or "." in parts or name != member.filename:
            self._refuse(member, "has a name that is no plain path within the archive.")
        if name in self._members:
            self._refuse(member, "is there twice.")
        kind = member.external_attr >> 16 & 0o170000
        if kind not in (0, 0o100000, 0o040000):
            self._refuse(member, "is a link or a device.")
        if member.flag_bits & 1 or member.compress_type not in (
            zipfile.ZIP_STORED,
            zipfile.ZIP_DEFLATED,
        ):
            self._refuse(member, "is encrypted, or packed in a way that is not read.")
        if not expected(name):
            self._refuse(member, "does not belong into such a file.")
        stored = member.compress_type == zipfile.ZIP_STORED
        most = member.compress_size * (1 if stored else MOST_EXPANSION)
        if member.file_size > most or member.compress_size > self._size:
            self._refuse(
                member,
                f"is said to have {member.file_size} bytes, and {member.compress_size} are stored.",
            )

    def _check_places(self):
        """Holds members to lie one after the other within the file."""
        end = 0
        for member in sorted(self._members.values(), key=lambda m: m.header_offset):
            if member.header_offset < end:
                self._refuse(member, "lies over another one.")
            end = member.header_offset + 30 + member.compress_size
            if end > self._size:
                self._refuse(member, "reaches beyond the archive's end.")

    @property
    def names(self):
        """The names of the members."""
        return list(self._members)

    def __contains__(self, name):
        return name in self._members

    def size(self, name):
        """How many bytes a member has."""
        return self._members[name].file_size

    def _window(self, member):
        """Where the bytes of a member lie."""
        header = Window(self._file, member.header_offset, 30).read(30)
        if len(header) < 30 or header[:4] != b"PK\x03\x04":
            self._refuse(member, "has no header where the list of members says.")
        name_size, more = struct.unpack_from("<HH", header, 26)
        start = member.header_offset + 30 + name_size + more
        name = Window(self._file, member.header_offset + 30, name_size).read(name_size)
        if name.decode("utf-8", "replace") != member.orig_filename:
            self._refuse(member, "has another name in its header.")
        if start + member.compress_size > self._size:
            self._refuse(member, "reaches beyond the archive's end.")
        return Window(self._file, start, member.compress_size)

    def read(self, name, most):
        """The bytes of a member, checked against its checksum.

        Args:
          name: of the member.
          most: how many bytes it may have.

        Raises:
          Refused: it is larger, or damaged.
        """
        member = self._members[name]
        if member.file_size > most:
            self._refuse(member, f"has {member.file_size} bytes; at most are {most}.")
        data = self._window(member).read(member.compress_size)
        if member.compress_type == zipfile.ZIP_DEFLATED:
            try:
                data = zlib.decompressobj(-15).decompress(data, member.file_size + 1)
            except zlib.error as fault:
                self._refuse(member, f"is damaged: {fault}")
        if len(data) != member.file_size or zlib.crc32(data) != member.CRC:
            self._refuse(member, "is damaged: its checksum is not that of its bytes.")
        return data

    def open(self, name, most):
        """A member as a file: in place where it is stored as it is, unpacked in memory else.

        Args:
          name: of the member.
          most: how many bytes it may have where it is packed.

        Returns:
          The file and a function that holds its bytes to the checksum; it takes some time.
        """
        member = self._members[name]
        if member.compress_type == zipfile.ZIP_DEFLATED:
            return _InMemory(self.read(name, most)), lambda: None
        window = self._window(member)

        def check():
            if checksum(window.file, window.start, window.size) != member.CRC:
                self._refuse(member, "is damaged: its checksum is not that of its bytes.")

        return window, check


class _InMemory:
    """Bytes as a file, for HDF5."""

    def __init__(self, data):
        self._data, self._at = memoryview(data), 0

    def seek(self, offset, whence=0):
        self._at = offset + (0, self._at, len(self._data))[whence]
        return self._at

    def tell(self):
        return self._at

    def readinto(self, buffer):
        view = memoryview(buffer).cast("B")
        part = self._data[self._at : self._at + len(view)]
        view[: len(part)] = part
        self._at += len(part)
        return len(part)


def checksum(file, start, size):
    """The CRC-32 of a part of an open file.

    Args:
      file: a file of the system.
      start, size: where the part begins, and its length.
    """
    found, part, block = 0, Window(file, start, size), memoryview(bytearray(_AT_ONCE))
    while count := part.readinto(block):
        found = zlib.crc32(block[:count], found)
    return found


class ArchiveWriter:
    """A new zip archive, whose members are stored as they are; a context that ends it.

    Args:
      path: where it is written.
    """

    def __init__(self, path):
        self._zip = zipfile.ZipFile(path, "w")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self._zip.close()

    def write(self, name, data):
        """Writes a member of text or bytes."""
        self._zip.writestr(_member(name), data)

    def write_in_place(self, name, write):
        """Writes a member that a function writes, in any order, into a file it is given."""
        file = self._zip.fp
        file.flush()
        member, start = _member(name), file.tell()
        member.header_offset, member.CRC, member.file_size = start, 0, 0
        member.compress_size = 0
        header = member.FileHeader(zip64=True)
        file.write(header)
        file.flush()
        window = Window(file.raw, start + len(header))
        write(window)
        member.file_size = member.compress_size = window.seek(0, 2)
        member.CRC = checksum(file.raw, window.start, member.file_size)
        file.seek(start)
        file.write(member.FileHeader(zip64=True))
        file.seek(0, 2)
        self._zip.filelist.append(member)
        self._zip.NameToInfo[name] = member
        self._zip.start_dir, self._zip._didModify = file.tell(), True


def _member(name):
    return zipfile.ZipInfo(name, time.localtime()[:6])
