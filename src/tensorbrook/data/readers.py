"""Data sets of what files hold: lines of text, TFRecords, records of one length."""

from __future__ import annotations

from ..base import dtypes
from ..base.files import check_compression
from ..base.records import TFRecordWriter
from ..core.spec import TensorSpec
from .dataset import Dataset
from .files import FixedLength, Lines, Records
from .structure import to_leaf


class TextLineDataset(Dataset):
    """The lines of text files, as strings without their ends.

    Args:
      filenames: a name, several, or a data set of names.
      compression_type: None, "GZIP" or "ZLIB".
      buffer_size: accepted; buffers are chosen here.
      num_parallel_reads: from how many files to take lines in turn; None reads them in order.

    Raises:
      NotFoundError: while iterating, when there is no such file.
      DataLossError: while iterating, when a file is not packed that way.

    Example:
    >>> tf.io.write_file("lines.txt", "one\\ntwo\\n")
    >>> [line.numpy() for line in tf.data.TextLineDataset("lines.txt")]
    [b'one', b'two']
    """

    def __init__(
        self,
        filenames,
        compression_type=None,
        buffer_size=None,
        num_parallel_reads=None,
        name=None,
    ):
        super().__init__(Lines(filenames, compression_type, num_parallel_reads), name)


class TFRecordDataset(Dataset):
    """The records of TFRecord files, as strings.

    Args:
      filenames: a name, several, or a data set of names.
      compression_type: None, "GZIP" or "ZLIB".
      buffer_size: accepted; buffers are chosen here.
      num_parallel_reads: from how many files to take records in turn; None reads them in order.

    Raises:
      NotFoundError: while iterating, when there is no such file.
      DataLossError: while iterating, when a record is damaged.

    Example:
    >>> with tf.io.TFRecordWriter("numbers.tfrecord") as writer:
    ...     for n in range(3):
    ...         writer.write(str(n).encode())
    >>> [row.numpy() for row in tf.data.TFRecordDataset("numbers.tfrecord")]
    [b'0', b'1', b'2']
    """

    def __init__(
        self,
        filenames,
        compression_type=None,
        buffer_size=None,
        num_parallel_reads=None,
        name=None,
    ):
        super().__init__(Records(filenames, compression_type, num_parallel_reads), name)


class FixedLengthRecordDataset(Dataset):
    """The records of files in which each has the same number of bytes.

    Args:
      filenames: a name, several, or a data set of names.
      record_bytes: the length of a record.
      header_bytes, footer_bytes: how much to leave out at the start and the end of each file.
      buffer_size: accepted; buffers are chosen here.
      compression_type: None, "GZIP" or "ZLIB".
      num_parallel_reads: from how many files to take records in turn; None reads them in order.

    Raises:
      InvalidArgumentError: while iterating, when a file holds no whole number of records.

    Example:
    >>> tf.io.write_file("pairs.bin", "Haabbcc")
    >>> [row.numpy() for row in tf.data.FixedLengthRecordDataset("pairs.bin", 2, header_bytes=1)]
    [b'aa', b'bb', b'cc']
    """

    def __init__(
        self,
        filenames,
        record_bytes,
        header_bytes=None,
        footer_bytes=None,
        buffer_size=None,
        compression_type=None,
        num_parallel_reads=None,
        name=None,
    ):
        sizes = record_bytes, header_bytes, footer_bytes
        super().__init__(FixedLength(filenames, sizes, compression_type, num_parallel_reads), name)


class RecordsOfDataset:
    """Writes a data set of strings as a TFRecord file: tf.data.experimental.TFRecordWriter.

    Args:
      filename: the file's name.
      compression_type: None, "GZIP" or "ZLIB".

    Example:
    >>> rows = tf.data.Dataset.from_tensor_slices(["a", "b"])
    >>> tf.data.experimental.TFRecordWriter("rows.tfrecord").write(rows)
    >>> [row.numpy() for row in tf.data.TFRecordDataset("rows.tfrecord")]
    [b'a', b'b']
    """

    def __init__(self, filename, compression_type=None):
        self._filename = to_leaf(filename)[()]
        self._compression = check_compression(compression_type)

    def write(self, dataset):
        """Writes all elements.

        Raises:
          TypeError: `dataset` is no data set, or its elements are no single strings.
        """
        if not isinstance(dataset, Dataset):
            raise TypeError(
                f"Invalid `dataset`. Expected a `tf.data.Dataset` object but got {type(dataset)}."
            )
        spec = dataset.element_spec
        if not isinstance(spec, TensorSpec) or spec.dtype is not dtypes.string or spec.shape.rank:
            raise TypeError(
                "Invalid `dataset`. Expected a `dataset` that produces scalar `tf.string` "
                f"elements, but got a dataset which produces {spec}."
            )
        with TFRecordWriter(self._filename, self._compression) as writer:
            for (record,) in dataset._node.iterate():
                writer.write(record[()])
