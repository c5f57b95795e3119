"""TFRecord files: records one after another, each with its length and checksums (CRC-32C)."""

import struct
import zlib
from functools import cache

import numpy as np

from .errors import DataLossError, FailedPreconditionError
from .files import COMPRESSIONS, WINDOW_BITS, opened, reading, translated

_HEAD = 12  # 8 bytes of length, 4 of their checksum; after the record 4 of its own
_FOOT = 4
_BLOCK = 1024
_LONG = 1 << 8  # bytes from which on machine code is asked
_AT_ONCE = 1 << 20
_FALLING = np.arange(_BLOCK - 1, -1, -1) << 8


@cache
def _tables():
    """What things do to a checksum: byte b when k more follow, at [k, b]; the initial state of ones
    when k bytes follow; and each byte of a state when a block follows."""
    first = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        first = first >> 1 ^ np.where(first & 1, np.uint32(0x82F63B78), np.uint32(0))
    table = np.empty((_BLOCK, 256), np.uint32)
    table[0] = first
    for k in range(1, _BLOCK):
        table[k] = table[k - 1] >> 8 ^ first[table[k - 1] & 255]
    state, initial = 0xFFFFFFFF, []
    for _ in range(_BLOCK + 1):
        initial.append(state)
        state = state >> 8 ^ int(first[state & 255])
    far = [row.tolist() for row in table[_BLOCK - 4 :][::-1]]
    return table, np.array(initial, np.uint32), far


def _many_checksums(data, starts, sizes):
    """CRC-32C of many pieces of 1 to _BLOCK bytes of a uint8 array, all at once.

    A checksum is linear: each byte adds what it would do alone, and so does the initial state. The
    last bytes of all pieces are added, then those before them, and so on: the longest come first.
    """
    table, initial, _ = _tables()
    order = np.argsort(-sizes)
    ordered = sizes[order]
    places = (starts + sizes - 1)[order]
    sums = initial[ordered]
    for after in range(int(ordered[0])):
        count = int(np.searchsorted(-ordered, -after))
        here = places[:count]
        sums[:count] ^= table[after].take(data.take(here))
        here -= 1
    out = np.empty_like(sums)
    out[order] = ~sums
    return out


class native:
    """What machine code knows of checksums, which compiler/native.py brings."""

    # (data, state) -> the state after whole words of 8 bytes, or None where it cannot tell
    state_after = staticmethod(lambda data, state: None)


def _one_checksum(data):
    """CRC-32C of one piece, block by block."""
    whole = len(data) & -8
    if whole >= _LONG and data.flags.c_contiguous:
        state = native.state_after(data[:whole], 0xFFFFFFFF)
        if state is not None:
            first = _tables()[0][0]
            for byte in data[whole:].tolist():
                state = state >> 8 ^ int(first[(state ^ byte) & 255])
            return ~state & 0xFFFFFFFF
    table, initial, far = _tables()
    flat, places = table.ravel(), _FALLING
    if len(data) <= _BLOCK:
        parts = flat.take(places[_BLOCK - len(data) :] | data)
        return ~(np.bitwise_xor.reduce(parts) ^ initial[len(data)])
    head = np.zeros(-len(data) % _BLOCK, np.uint8)  # zeros in front leave a state of zero as it is
    padded = np.concatenate([head, data])
    padded[len(head) : len(head) + 4] ^= 255  # does what the initial state of ones does
    blocks, state = padded.reshape(-1, _BLOCK), 0
    for at in range(0, len(blocks), 64):
        sums = np.bitwise_xor.reduce(flat.take(places | blocks[at : at + 64]), axis=1)
        for one in sums.tolist():
            state = (
                one
                ^ far[0][state & 255]
                ^ far[1][state >> 8 & 255]
                ^ far[2][state >> 16 & 255]
                ^ far[3][state >> 24]
            )
    return ~state & 0xFFFFFFFF


def checksums(data, starts, sizes):
    """Masked CRC-32C, as TFRecord files have them, of pieces of a uint8 array."""
    starts, sizes = np.asarray(starts, np.int64), np.asarray(sizes, np.int64)
    out = np.zeros(len(sizes), np.uint32)
    alone = sizes > 0
    many = alone & (sizes <= _BLOCK)
    if np.count_nonzero(many) > 32:
        out[many] = _many_checksums(data, starts[many], sizes[many])
        alone &= ~many
    for n in np.flatnonzero(alone).tolist():
        out[n] = _one_checksum(data[starts[n] : starts[n] + sizes[n]])
    return (out >> 15 | out << 17) + np.uint32(0xA282EAD8)


def packed(records):
    """The bytes of records as a TFRecord file has them."""
    sizes = np.fromiter(map(len, records), np.int64, len(records))
    lengths = sizes.astype("<u8").view(np.uint8)
    data = np.frombuffer(b"".join(records), np.uint8)
    of_lengths = checksums(lengths, np.arange(len(sizes)) * 8, np.full(len(sizes), 8))
    of_data = checksums(data, np.cumsum(sizes) - sizes, sizes)
    heads = zip(sizes.tolist(), of_lengths.tolist())
    pack = struct.Struct("<QI").pack
    feet = of_data.astype("<u4").tobytes()
    parts = []
    for number, ((size, check), record) in enumerate(zip(heads, records)):
        parts += (pack(size, check), record, feet[4 * number : 4 * number + 4])
    return b"".join(parts)


class RecordReader:
    """The records of a TFRecord file, a list of those of about a megabyte at a time.

    Raises:
      DataLossError: when a record is damaged or cut off; those before it are given first.
    """

    def __init__(self, path, compression=""):
        self.path, self.compression = path, compression

    def __iter__(self):
        done, rest, step = 0, b"", 1 << 16
        with reading(self.path, self.compression) as file:
            while True:
                more = file.read(step)
                data, ended = rest + more, not more
                starts, sizes, at = _walk(data)
                good = _intact(data, starts, sizes)
                if good:
                    yield [data[s : s + n] for s, n in zip(starts[:good], sizes[:good])]
                if good < len(starts):
                    self._damaged(data, starts[good], done)
                if len(data) - at >= _HEAD:
                    self._check_head(data, at, done, ended)
                if ended:
                    return  # a head that was cut off is the file's end, as in TensorFlow
                done, rest = done + at, data[at:]
                step = max(min(step * 2, _AT_ONCE), len(rest))  # of a long record as much again

    def _check_head(self, data, at, done, ended):
        """What is not there whole: a length nobody can believe must not be waited for."""
        head = np.frombuffer(data, np.uint8, _HEAD, at)
        if checksums(head, [0], [8])[0] != head[8:].view("<u4")[0]:
            self._fail(f"corrupted record at {done + at} (Is this even a TFRecord file?)")
        if ended:
            self._fail(f"truncated record at {done + at}: the file ends within it")

    def _damaged(self, data, start, done):
        self._check_head(data, start - _HEAD, done, False)
        self._fail(f"corrupted record at {done + start}")

    def _fail(self, problem):
        raise DataLossError(f"{self.path}; {problem}")


def _walk(data):
    """(starts, sizes) of the records that are there whole, and where the next one begins."""
    starts, sizes, at, end = [], [], 0, len(data)
    read = struct.Struct("<Q").unpack_from
    while at + _HEAD + _FOOT <= end:
        (size,) = read(data, at)
        after = at + _HEAD + size + _FOOT
        if after > end:
            break
        starts.append(at + _HEAD)
        sizes.append(size)
        at = after
    return starts, sizes, at


def _intact(data, starts, sizes):
    """How many records, from the first on, have the checksums that they should have."""
    if not starts:
        return 0
    array = np.frombuffer(data, np.uint8)
    starts, sizes = np.array(starts), np.array(sizes)
    four = np.arange(4)
    wrong = checksums(array, starts - _HEAD, np.full(len(sizes), 8)) != _numbers(
        array[(starts - _FOOT)[:, None] + four]
    )
    wrong |= checksums(array, starts, sizes) != _numbers(array[(starts + sizes)[:, None] + four])
    return int(np.argmax(wrong)) if wrong.any() else len(sizes)


def _numbers(rows):
    return np.ascontiguousarray(rows).view("<u4")[:, 0]


class TFRecordOptions:
    """How a TFRecordWriter packs.

    Args:
      compression_type: None, "GZIP" or "ZLIB".
      compression_level: from 0 (quick) to 9 (small), or -1.
      window_bits, mem_level, compression_strategy, compression_method: zlib's own settings.
      flush_mode: what flush() asks zlib for.
      input_buffer_size, output_buffer_size: accepted; buffers are chosen here.

    Raises:
      ValueError: another compression_type.

    Example:
    >>> tf.io.TFRecordOptions("GZIP", compression_level=9).compression_type
    'GZIP'
    """

    def __init__(
        self,
        compression_type=None,
        flush_mode=None,
        input_buffer_size=None,
        output_buffer_size=None,
        window_bits=None,
        compression_level=None,
        compression_method=None,
        mem_level=None,
        compression_strategy=None,
    ):
        if compression_type not in (None, *COMPRESSIONS):
            raise ValueError(f'Not a valid compression_type: "{compression_type}"')
        self.compression_type, self.flush_mode = compression_type, flush_mode
        self.input_buffer_size, self.output_buffer_size = input_buffer_size, output_buffer_size
        self.window_bits, self.compression_level = window_bits, compression_level
        self.compression_method, self.mem_level = compression_method, mem_level
        self.compression_strategy = compression_strategy

    def _packer(self):
        """zlib's object that packs, or None."""
        if not self.compression_type:
            return None
        bits = WINDOW_BITS[self.compression_type]
        if self.window_bits is not None:
            bits += abs(self.window_bits) - 15

        def either(value, default):
            return default if value is None else value

        return zlib.compressobj(
            either(self.compression_level, -1),
            either(self.compression_method, zlib.DEFLATED),
            bits,
            either(self.mem_level, 9),
            either(self.compression_strategy, zlib.Z_DEFAULT_STRATEGY),
        )


class TFRecordWriter:
    """Writes records, bytes of any content, into a TFRecord file.

    Args:
      path: the file's name.
      options: a `tf.io.TFRecordOptions`, or a compression's name.

    Raises:
      NotFoundError: there is no such folder.

    Example:
    >>> with tf.io.TFRecordWriter("rows.tfrecord") as writer:
    ...     writer.write(b"one")
    ...     writer.write(b"two")
    >>> [row.numpy() for row in tf.data.TFRecordDataset("rows.tfrecord")]
    [b'one', b'two']
    """

    _file = None

    def __init__(self, path, options=None):
        if not isinstance(options, TFRecordOptions):
            options = TFRecordOptions(options)
        self._options, self._packer = options, options._packer()
        self._file, self._waiting, self._size = opened(path, "wb"), [], 0

    def write(self, record):
        """Adds one record.

        Raises:
          FailedPreconditionError: the writer is closed.
        """
        if isinstance(record, str):
            record = record.encode()
        if not isinstance(record, bytes):
            raise TypeError(
                f"A record must be bytes, got {type(record).__name__}; messages have "
                "SerializeToString(), tensors .numpy()."
            )
        if self._file is None:
            raise FailedPreconditionError("Writer is closed.")
        self._waiting.append(record)
        self._size += len(record) + 16
        if self._size >= _AT_ONCE:
            self._send()

    def _send(self):
        data = packed(self._waiting) if self._waiting else b""
        self._waiting, self._size = [], 0
        with translated(self._file.name):
            self._file.write(self._packer.compress(data) if self._packer else data)

    def flush(self):
        """Hands what was written to the operating system."""
        self._send()
        with translated(self._file.name):
            if self._packer:
                self._file.write(self._packer.flush(self._options.flush_mode or zlib.Z_SYNC_FLUSH))
            self._file.flush()

    def close(self):
        """Writes the rest and closes the file."""
        if self._file is None:
            return
        try:
            self._send()
            with translated(self._file.name), self._file as file:
                if self._packer:
                    file.write(self._packer.flush())
        finally:
            self._file = None

    __del__ = close

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()
