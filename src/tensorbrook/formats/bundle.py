"""Bundles of named arrays, as TensorFlow's checkpoints and saved models keep them ("V2").

`prefix.index` is a sorted table from each name to dtype, shape and place; the arrays' bytes lie one
after another in `prefix.data-00000-of-00001`, or in several such files.
"""

import contextlib
import os
import re
import struct
import sys
from glob import escape, glob
from math import prod
from typing import NoReturn

import numpy as np

from ..base import dtypes
from ..base.checksums import checksums
from ..base.errors import DataLossError, NotFoundError, UnimplementedError
from ..base.files import is_alive, path_of, replacing, translated
from ..base.messages import read_varint, varint
from .graph_messages import BundleEntryProto, BundleHeaderProto
from .hdf5 import open_regular
from .sstable import read_table, table_bytes

try:
    import fcntl
except ImportError:  # Windows, where writers of one bundle must not run at once
    fcntl = None

_VERSION = 1
_MOST_DIMENSIONS = 254
_AT_ONCE, _BUFFER = 1 << 24, 1 << 20


def _bytes_of(array):
    """The bytes of a contiguous array of numbers, without a copy."""
    return array.reshape(-1).view(np.uint8)


def _checksum(data):
    return int(checksums(data, [0], [len(data)])[0])


def _little(array):
    """The array, contiguous and with the bytes of its numbers as x86 has them."""
    array = np.ascontiguousarray(array).reshape(np.shape(array))
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


# -- strings ---------------------------------------------------------------------------------------
# Their lengths as varints, a checksum of the lengths, all their bytes. The checksum of the whole
# has the lengths as numbers of four bytes.


def _string_bytes(array):
    """(the bytes of an array of strings, their checksum)."""
    texts = [t.encode() if isinstance(t, str) else bytes(t) for t in array.ravel().tolist()]
    sizes = [len(text) for text in texts]
    plain = _plain_sizes(sizes)
    check = struct.pack("<I", _checksum(np.frombuffer(plain, np.uint8)))
    content = b"".join(texts)
    whole = np.frombuffer(b"".join((plain, check, content)), np.uint8)
    lengths = b"".join(map(varint, sizes))
    return b"".join((lengths, check, content)), _checksum(whole)


def _plain_sizes(sizes):
    return b"".join(struct.pack("<Q" if size >> 32 else "<I", size) for size in sizes)


def _strings(data, shape, check):
    """The array of strings that `_string_bytes` wrote."""
    count = prod(shape)
    if count + 4 > len(data):
        raise DataLossError(f"{count} strings cannot lie in {len(data)} bytes")
    at, sizes = 0, []
    for _ in range(count):
        size, at = read_varint(data, at, len(data))
        sizes.append(size)
    if at + 4 + sum(sizes) != len(data):
        raise DataLossError(f"its strings claim {sum(sizes)} of {len(data)} bytes")
    plain = _plain_sizes(sizes)
    whole = np.frombuffer(plain + data[at:], np.uint8)
    if _checksum(whole) != check:
        raise DataLossError("checksum mismatch: the file is damaged")
    found, at = np.empty(count, object), at + 4
    for number, size in enumerate(sizes):
        found[number] = data[at : at + size]
        at += size
    return found.reshape(shape)


# -- writing ---------------------------------------------------------------------------------------


def data_name(prefix, shard=0, shards=1):
    """The name of one of a bundle's files of data."""
    return f"{prefix}.data-{shard:05d}-of-{shards:05d}"


def data_names(prefix):
    """The names of all files of data that a bundle has on the disk."""
    folder, name = os.path.split(prefix)
    match = re.compile(re.escape(name) + r"\.data-\d{5}-of-\d{5}").fullmatch
    found = os.listdir(folder or ".")
    return sorted(os.path.join(folder, one) for one in found if match(one))


def write_bundle(prefix, arrays):
    """Writes a bundle, which takes the place of one that is there when it is whole.

    Whatever ends the writing, `prefix` is the old bundle or the new one.

    Args:
      prefix: what the names of the files begin with; the folder must be there.
      arrays: a dict from names, text or bytes, to arrays; those of objects hold strings. Or to
        functions without arguments, which are called for the array when its turn comes.

    Raises:
      OpError: of TensorFlow's kinds, as the operating system's errors are.

    Example:
    >>> import numpy as np
    >>> from tensorbrook.formats.bundle import Bundle, write_bundle
    >>> write_bundle("numbers", {"x": np.arange(3)})
    >>> with Bundle("numbers") as bundle:
    ...     bundle["x"]
    array([0, 1, 2])
    """
    prefix = path_of(prefix)
    named = {n.encode() if isinstance(n, str) else n: a for n, a in arrays.items()}
    data = data_name(prefix)
    new = f"{data}.{os.getpid()}-{os.urandom(4).hex()}.tmp"
    with translated(new):
        try:
            with open(new, "xb", buffering=_BUFFER) as file:
                _claim(file)
                entries = _write_data(file, named)
                with _alone(prefix):
                    _commit(prefix, new, entries)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(new)


def _claim(file):
    """Marks a file as one that a living process writes; False where another one does."""
    if fcntl is not None:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


@contextlib.contextmanager
def _alone(prefix):
    """A context in which no other process changes bundles of the same folder."""
    if fcntl is None:
        yield
        return
    number = os.open(os.path.dirname(prefix) or ".", os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def _write_data(file, named):
    """Writes the arrays one after another; returns (name, entry) of each."""
    entries, at = [], 0
    for name in sorted(named):
        array = named[name]
        array = np.asarray(array() if callable(array) else array)
        dtype = dtypes.from_numpy(array.dtype)
        if dtype is dtypes.string:
            data, check = _string_bytes(array)
        else:
            data = _bytes_of(_little(array))
            check = _checksum(data)
        entry = BundleEntryProto(
            dtype=dtype.as_datatype_enum, offset=at, size=len(data), crc32c=check
        )
        entry.shape.dim.extend([{"size": size} for size in array.shape])
        entry.shape.SetInParent()
        entries.append((name, entry.SerializeToString()))
        at += len(data)
        file.write(data)
    file.flush()
    os.fsync(file.fileno())
    return entries


def _commit(prefix, new, entries):
    """Puts new data and its index in the place of the old ones.

    Data and index cannot change at once. So the new data lies first under a name that the old index
    does not know, then the new index is there, and then the data gets its usual name, too.
    """
    shards, usual = 1, data_name(prefix)
    if os.path.exists(prefix + ".index"):
        while os.path.exists(data_name(prefix, 0, shards)):
            shards += 1
    os.replace(new, data_name(prefix, 0, shards))
    _write_index(prefix, shards, entries)
    kept = data_name(prefix, 0, shards)
    if shards > 1:
        with contextlib.suppress(OSError):  # a file system without second names
            with contextlib.suppress(FileNotFoundError):
                os.unlink(usual)
            os.link(kept, usual)
            _write_index(prefix, 1, entries)
            kept = usual
    for path in data_names(prefix):
        if path != kept:
            os.unlink(path)
    _clear(prefix)


def _write_index(prefix, shards, entries):
    header = BundleHeaderProto(num_shards=shards, version={"producer": _VERSION})
    with replacing(prefix + ".index") as path, open(path, "wb") as file:
        file.write(table_bytes([(b"", header.SerializeToString()), *entries]))


def _clear(prefix):
    """Removes what killed processes left of the files that they were writing."""
    for path in glob(escape(data_name(prefix)) + ".*-*.tmp"):
        number = path[len(data_name(prefix)) + 1 :].partition("-")[0]
        if number.isdecimal() and is_alive(int(number)):
            continue  # it may have made the file, and not marked it yet
        with contextlib.suppress(OSError), open(path, "rb") as file:
            if fcntl is not None and _claim(file):
                os.unlink(path)


# -- reading ---------------------------------------------------------------------------------------


class Bundle:
    """A bundle on the disk: a mapping from names to arrays, each read when it is asked for.

    All that is small is checked when it is made: the index, and that the bytes it speaks of are
    there; an array's own bytes are checked when they are read. It goes on reading the files that
    it has opened when another process replaces them.

    Args:
      prefix: what the names of its files begin with.

    Raises:
      NotFoundError: there is none.
      DataLossError: a file is damaged or cut off.
    """

    def __init__(self, prefix):
        self.prefix = path_of(prefix)
        self._files = {}
        while not self._open():
            self.close()

    def _open(self):
        """Opens the files; False when the bundle was replaced in the meantime."""
        path = self.prefix + ".index"
        with _opened(path) as file:
            table = read_table(file.read(), path)
            self._read_index(table, path)
            try:
                for shard in sorted({entry.shard_id for entry in self._all.values() if entry.size}):
                    self._files[shard] = _opened(data_name(self.prefix, shard, self._shards))
            except NotFoundError:
                if _is_still(file, path):
                    raise
            same = _is_still(file, path)
        if same:
            self._check_sizes(path)
        return same

    def close(self):
        """Closes its files."""
        for file in self._files.values():
            file.close()
        self._files = {}

    __del__ = close

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def _read_index(self, table, path):
        header = parsed(BundleHeaderProto, table.pop(b"", b""), f"{path}; the header")
        if header.endianness or header.version.min_consumer > _VERSION:
            raise UnimplementedError(
                f"{path}; a bundle of big-endian numbers, or of version "
                f"{header.version.min_consumer}, is not read: this is version {_VERSION}."
            )
        self._shards, self._all = header.num_shards, {}
        for name, value in table.items():
            entry = self._all[name] = parsed(BundleEntryProto, value, f"{path}; {_shown(name)}")
            if not 0 <= entry.shard_id < self._shards:
                raise DataLossError(f"{path}; {_shown(name)} lies in file {entry.shard_id}.")
        self._entries = {
            name.decode(errors="surrogateescape"): entry
            for name, entry in self._all.items()
            if not name.startswith(b"\0")  # parts of an array
        }

    def _check_sizes(self, path):
        """Whether all bytes are there, each for one array."""
        room = {n: os.fstat(file.fileno()).st_size for n, file in self._files.items()}
        ends = dict(room)
        for name, entry in self._all.items():
            if not entry.size:
                continue
            shard, end = entry.shard_id, entry.offset + entry.size
            if entry.offset < 0 or entry.size < 0 or end > ends[shard]:
                raise DataLossError(
                    f"{data_name(self.prefix, shard, self._shards)}; {_shown(name)} ends at byte "
                    f"{end}, the file at {ends[shard]}: it is cut off."
                )
            room[shard] -= entry.size
        if min(room.values(), default=0) < 0:
            raise DataLossError(f"{path}; arrays claim more bytes together than there are.")

    # -- what it holds -----------------------------------------------------------------------------

    def keys(self):
        """The names of the arrays."""
        return self._entries.keys()

    def __iter__(self):
        return iter(self._entries)

    def __len__(self):
        return len(self._entries)

    def __contains__(self, name):
        return name in self._entries

    def _entry(self, name):
        if name not in self._entries:
            raise NotFoundError(f"Key {name} not found in checkpoint {self.prefix}.")
        return self._entries[name]

    def shape(self, name):
        """The sizes of an array, as a list."""
        return self._shape(self._entry(name), name)

    def _shape(self, entry, name):
        sizes = [dim.size for dim in entry.shape.dim]
        if len(sizes) > _MOST_DIMENSIONS or min(sizes, default=0) < 0:
            self._fail(name, f"its shape is {sizes[:8]}")
        return sizes

    def dtype(self, name):
        """The DType of an array.

        Raises:
          UnimplementedError: TensorFlow has it, we have not.
        """
        number = self._entry(name).dtype
        try:
            return dtypes.as_dtype(number)
        except TypeError:
            raise UnimplementedError(
                f"{self.prefix}; {name!r} has dtype number {number}, whose values are not read."
            ) from None

    def __getitem__(self, name):
        entry, dtype = self._entry(name), self.dtype(name)
        shape = self.shape(name)
        if entry.slices:
            return self._joined(name, entry, shape, dtype)
        return self._read(name, entry, shape, dtype)

    def _read(self, name, entry, shape, dtype):
        if dtype is dtypes.string:
            data = np.empty(entry.size, np.uint8)
            self._fill(name, entry, data)
            try:
                return _strings(data.tobytes(), shape, entry.crc32c)
            except DataLossError as fault:
                self._fail(name, fault.message)
        if entry.size != prod(shape) * dtype.numpy_dtype.itemsize:
            self._fail(name, f"{entry.size} bytes for {dtype.name}{shape}")
        array = np.empty(shape, dtype.numpy_dtype)
        data = _bytes_of(array)
        self._fill(name, entry, data)
        if _checksum(data) != entry.crc32c:
            self._fail(name, "checksum mismatch: the file is damaged")
        return array if sys.byteorder == "little" else array.byteswap(inplace=True)

    def _fill(self, name, entry, data):
        rest = memoryview(data)
        if not entry.size:
            return
        file = self._files[entry.shard_id]
        file.seek(entry.offset)
        while len(rest):
            count = file.readinto(rest[:_AT_ONCE])
            if not count:
                self._fail(name, "the file is cut off")
            rest = rest[count:]

    def _joined(self, name, entry, shape, dtype):
        """An array that is stored in parts."""
        parts = []
        for part in entry.slices:
            extents = [(e.start, e.length if e.HasField("length") else -1) for e in part.extent]
            found = self._all.get(slice_name(name, extents))
            if found is None or len(extents) != len(shape):
                self._fail(name, f"its part {extents} is missing")
            places = [
                (start, size if length < 0 else start + length)
                for (start, length), size in zip(extents, shape)
            ]
            if any(not 0 <= a <= b <= size for (a, b), size in zip(places, shape)):
                self._fail(name, f"its part {extents} lies outside of {shape}")
            parts.append((tuple(slice(a, b) for a, b in places), found, [b - a for a, b in places]))
        if sum(prod(sizes) for *_, sizes in parts) != prod(shape):
            self._fail(name, f"its parts do not make up {shape}")
        if any(found.dtype != entry.dtype for _, found, _ in parts):
            self._fail(name, "its parts have other dtypes")
        read = [(key, self._read(name, found, sizes, dtype)) for key, found, sizes in parts]
        array, covered = np.empty(shape, dtype.numpy_dtype), np.zeros(shape, bool)
        for key, values in read:
            array[key], covered[key] = values, True
        if not covered.all():
            self._fail(name, "its parts overlap")
        return array

    def _fail(self, name, problem) -> NoReturn:
        entry = self._entries[name]
        path = data_name(self.prefix, entry.shard_id, self._shards)
        raise DataLossError(f"{path}; {name!r}: {problem}.")


def parsed(kind, data, place):
    """The message of some bytes.

    Args:
      kind: the message's class.
      data: the bytes.
      place: where they stand, for errors.

    Raises:
      DataLossError: they are none.
    """
    try:
        return kind.FromString(data)
    except DataLossError as fault:
        raise DataLossError(f"{place}: {fault.message}") from None


def _opened(path):
    with translated(path):
        return open_regular(path)


def _shown(name):
    return repr(name.decode(errors="replace"))


def _is_still(file, path):
    """Whether an open file is the one of that name."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


# -- the names of parts of arrays ------------------------------------------------------------------
# They sort as (0, name, rank, start and length in each dimension): TensorFlow's "ordered code".


def slice_name(name, extents):
    """The key of a part of an array.

    Args:
      name: the array's name.
      extents: (start, length) in each dimension, (0, -1) for all of it.
    """
    text = name.encode(errors="surrogateescape")
    text = text.replace(b"\xff", b"\xff\0").replace(b"\0", b"\0\xff") + b"\0\1"
    return b"".join(
        [b"\0", text, _ordered(len(extents)), *(_signed(n) for pair in extents for n in pair)]
    )


def _ordered(number):
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return bytes((len(data), *data))


def _signed(number):
    """As many ones in front as there are bytes, inverted for negative numbers, then the number."""
    count = (number if number >= 0 else ~number).bit_length() // 7 + 1
    mask = (1 << count) - 1 << 7 * count  # so many ones at the top of 8 * count bits
    return (number & (1 << 8 * count) - 1 ^ mask).to_bytes(count, "big")
