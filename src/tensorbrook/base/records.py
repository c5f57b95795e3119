"""TFRecord files: records one after another, each with its length and checksums (CRC-32C)."""

import struct
import zlib

import numpy as np

from .checksums import checksums
from .errors import DataLossError, FailedPreconditionError
from .files import COMPRESSIONS, WINDOW_BITS, opened, reading, translated

_HEAD = 12  # 8 bytes of length, 4 of their checksum; after the record 4 of its own
_FOOT = 4
_AT_ONCE = 1 << 20


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
