"""Sorted tables of bytes, as TensorFlow's checkpoints have for their index (LevelDB's format).

A table is blocks of entries, each with the part of its key that differs from the key before; then a
block that lists these; then a footer. Each block has a checksum.
"""

import struct

import numpy as np

from ..base.checksums import checksums
from ..base.errors import DataLossError
from ..base.messages import read_varint, varint

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
_TRAILER = 5  # how a block is packed, and its checksum
_BLOCK_SIZE = 4096
_RESTART_AFTER = 16  # entries, after which a key is written whole
_LARGEST_GROWTH = 64  # keys may be so many times as long as the file: shared parts stand there once


def _checksum(data):
    return int(checksums(np.frombuffer(data, np.uint8), [0], [len(data)])[0])


# -- writing ---------------------------------------------------------------------------------------


def _shared(first, second):
    """How many bytes two keys have in common at their beginning."""
    least = min(len(first), len(second))
    if first[:least] == second[:least]:
        return least
    return next(n for n in range(least) if first[n] != second[n])


def _block(entries, restart_after):
    """The bytes of a block of entries, without its trailer."""
    parts, restarts, size, last = [], [], 0, b""
    for number, (key, value) in enumerate(entries):
        whole = number % restart_after == 0
        if whole:
            restarts.append(size)
        same = 0 if whole else _shared(last, key)
        head = varint(same) + varint(len(key) - same) + varint(len(value))
        parts += (head, key[same:], value)
        size += len(head) + len(key) - same + len(value)
        last = key
    restarts = restarts or [0]
    return b"".join([*parts, struct.pack(f"<{len(restarts) + 1}I", *restarts, len(restarts))])


def table_bytes(entries):
    """The bytes of a table.

    Args:
      entries: pairs of a key and a value, both bytes, in the order of their keys.

    Example:
    >>> from tensorbrook.formats.sstable import read_table, table_bytes
    >>> read_table(table_bytes([(b"a", b"1"), (b"ab", b"2")]), "example")
    {b'a': b'1', b'ab': b'2'}
    """
    parts, handles, size, waiting, waiting_size = [], [], 0, [], 0

    def add(block):
        nonlocal size
        packing = b"\0"
        check = struct.pack("<I", _checksum(block + packing))
        parts.extend((block, packing, check))
        handle = varint(size) + varint(len(block))
        size += len(block) + _TRAILER
        return handle

    def flush():
        nonlocal waiting, waiting_size
        handles.append((waiting[-1][0], add(_block(waiting, _RESTART_AFTER))))
        waiting, waiting_size = [], 0

    for key, value in entries:
        waiting.append((key, value))
        waiting_size += len(key) + len(value)
        if waiting_size >= _BLOCK_SIZE:
            flush()
    if waiting:
        flush()
    footer = add(_block([], 1)) + add(_block(handles, 1))
    footer = footer.ljust(_FOOTER - 8, b"\0") + struct.pack("<Q", _MAGIC)
    return b"".join([*parts, footer])


# -- reading ---------------------------------------------------------------------------------------


def read_table(data, name):
    """The entries of a table, all checked, as a dict in the order of the keys.

    Args:
      data: the bytes of the file.
      name: the file's name, for errors.

    Raises:
      DataLossError: the file is damaged, or is no table.
    """
    try:
        return _read_table(data)
    except DataLossError as fault:
        raise DataLossError(f"{name}; {fault.message}") from None


def _read_table(data):
    if len(data) < _FOOTER:
        raise DataLossError(f"a table has at least {_FOOTER} bytes, the file {len(data)}")
    foot = data[-_FOOTER:]
    if struct.unpack_from("<Q", foot, _FOOTER - 8)[0] != _MAGIC:
        raise DataLossError("not an sstable (bad magic number): the file is cut off, or another")
    start, size, at = _handle(foot, 0, _FOOTER - 8)
    _read_block(data, start, size, len(data))  # of filters, which nobody writes
    start, size, at = _handle(foot, at, _FOOTER - 8)
    if any(foot[at : _FOOTER - 8]):
        raise DataLossError("its last bytes are damaged")
    index = _entries(_read_block(data, start, size, len(data)), len(data) * _LARGEST_GROWTH)
    found, last, done, room = {}, None, 0, len(data) * _LARGEST_GROWTH
    for _, handle in index:
        start, size, _ = _handle(handle, 0, len(handle))
        if start < done:
            raise DataLossError(f"the block at byte {start} lies within the one before")
        done = start + size
        for key, value in _entries(_read_block(data, start, size, len(data)), room):
            if last is not None and key <= last:
                raise DataLossError(f"the block at byte {start} is not in the order of its keys")
            found[key] = value
            last = key
            room -= len(key)
    return found


def _handle(data, at, end):
    """(where a block begins, its size, where the handle ends)."""
    start, at = read_varint(data, at, end)
    size, at = read_varint(data, at, end)
    return start, size, at


def _read_block(data, start, size, end):
    if start + size + _TRAILER > end:
        raise DataLossError(f"the block at byte {start} claims {size} bytes of the file's {end}")
    packing = data[start + size]
    (check,) = struct.unpack_from("<I", data, start + size + 1)
    if _checksum(data[start : start + size + 1]) != check:
        raise DataLossError(f"block checksum mismatch at byte {start}: the file is damaged")
    if packing:
        raise DataLossError(
            f"the block at byte {start} is packed in way {packing}: only tables that are not "
            "packed are read. Write the checkpoint again without Snappy"
        )
    return data[start : start + size]


def _entries(block, room):
    """The keys and values of a block; the keys may have `room` bytes."""
    if len(block) < 4:
        raise DataLossError("a block ends before its list of places")
    (count,) = struct.unpack_from("<I", block, len(block) - 4)
    end = len(block) - 4 - 4 * count
    if end < 0:
        raise DataLossError(f"a block claims {count} places in {len(block)} bytes")
    at, key, found = 0, b"", []
    while at < end:
        same, at = read_varint(block, at, end)
        more, at = read_varint(block, at, end)
        size, at = read_varint(block, at, end)
        if same > len(key) or more + size > end - at:
            raise DataLossError(f"an entry of a block claims more bytes than there are: {more}")
        key = key[:same] + block[at : at + more]
        room -= len(key)
        if room < 0:
            raise DataLossError("the keys of the table are far longer than the file")
        found.append((key, block[at + more : at + more + size]))
        at += more + size
    return found
