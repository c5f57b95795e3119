"""Data sets of tables: CSV files by row and by batch, databases, batches of parsed examples."""

from __future__ import annotations

import itertools
import os
import pathlib
from collections import OrderedDict

import numpy as np

from ..base import dtypes
from ..base.dtypes import DType
from ..base.errors import InvalidArgumentError, UnknownError
from ..base.files import check_compression, glob, path_of, reading
from ..core.spec import TensorSpec
from ..ops._kernels import csv
from ..ops.decoding import CSV_DTYPES, default_of, delimiter_of
from ..ops.parsing import parse_example
from .dataset import Dataset
from .files import Files, scalar
from .nodes import Node
from .prefetch import AUTOTUNE
from .readers import TFRecordDataset
from .structure import to_leaf


class Rows(Files):
    """The records of CSV files, a tuple of fields each."""

    shown = "CsvDatasetV2"

    def __init__(self, filenames, defaults, compression, header, form, columns):
        super().__init__(filenames, compression)
        self.header, self.columns, self.fields = bool(header), columns, []
        self.delimiter, self.quotes, missing = form
        for number, given in enumerate(defaults):
            if not isinstance(given, DType):
                default = to_leaf(default_of("CsvDataset", number, given))
            elif given.name in CSV_DTYPES:
                default = np.empty(0, given.numpy_dtype)
            else:
                raise ValueError(
                    f"The dtype of field {number} is {given.name}: it must be one of {CSV_DTYPES}."
                )
            self.fields.append(csv.Field(number, default, missing))
        self._spec = tuple(TensorSpec((), dtypes.from_numpy(f.dtype)) for f in self.fields)

    def of_file(self, path):
        with reading(path, self.compression) as file:
            records = csv.records(file, self.quotes)
            if self.header:
                next(records, None)
            for chunk, fault in _chunks(records):
                try:
                    table = self._table(chunk)
                except InvalidArgumentError:  # those before the wrong one are given first
                    yield from map(self._row, chunk)
                else:
                    yield from ([c[n, ...] for c in table] for n in range(len(chunk)))
                if fault is not None:
                    raise fault

    def _texts(self, record):
        texts = csv.fields(record, self.delimiter, self.quotes) or [b""]
        return csv.chosen(texts, len(self.fields), self.columns)

    def _table(self, records):
        form = self.delimiter, self.quotes, len(self.fields), self.columns
        columns = csv.columns_of(records, *form, empty=[b""])
        return [field.column(texts) for field, texts in zip(self.fields, columns)]

    def _row(self, record):
        return [_leaf(field, text) for field, text in zip(self.fields, self._texts(record))]


def _chunks(records):
    """(some records, the error that came after them or None)."""
    while True:
        chunk, fault = [], None
        try:
            chunk.extend(itertools.islice(records, _AT_ONCE))
        except InvalidArgumentError as error:
            fault = error
        yield chunk, fault
        if len(chunk) < _AT_ONCE:
            return


_AT_ONCE = 512


def _leaf(field, text):
    value = field.value(text)
    if field.make is bytes:
        return scalar(value)
    with np.errstate(over="ignore"):
        return field.dtype.type(value)


class CsvDataset(Dataset):
    """The records of CSV files: a tuple of scalars each.

    Args:
      filenames: a name, several, or a data set of names.
      record_defaults: for each column that is read its dtype, which makes it required, or its
        default, which tells the dtype: float32, float64, int32, int64 or string.
      compression_type: None, "GZIP" or "ZLIB".
      buffer_size: accepted; buffers are chosen here.
      header: whether each file begins with a line to leave out.
      field_delim: the character between fields.
      use_quote_delim: whether quotes hold fields together.
      na_value: a text that stands for an empty field.
      select_cols: the numbers of the columns to read, in ascending order; all by default.
      exclude_cols: the numbers of the columns not to read.

    Raises:
      InvalidArgumentError: while iterating, a record with another number of fields, or a field
        that is no number.

    Example:
    >>> tf.io.write_file("ages.csv", "ann,3\\nbob,\\n")
    >>> rows = tf.data.experimental.CsvDataset("ages.csv", [tf.string, -1])
    >>> list(rows.as_numpy_iterator())
    [(b'ann', np.int32(3)), (b'bob', np.int32(-1))]
    """

    def __init__(
        self,
        filenames,
        record_defaults,
        compression_type=None,
        buffer_size=None,
        header=False,
        field_delim=",",
        use_quote_delim=True,
        na_value="",
        select_cols=None,
        exclude_cols=None,
    ):
        form = delimiter_of(field_delim), bool(use_quote_delim), na_value.encode()
        columns = _columns(record_defaults, select_cols, exclude_cols)
        super().__init__(Rows(filenames, record_defaults, compression_type, header, form, columns))


def _columns(defaults, selected, excluded):
    """The numbers of the columns to read; None for all."""
    if selected is not None and excluded is not None:
        raise InvalidArgumentError("Only one of select_cols and exclude_cols may be given.")
    if excluded is not None:
        left, number, without = [], 0, set(map(int, excluded))
        while len(left) < len(defaults):
            if number not in without:
                left.append(number)
            number += 1
        return left
    if selected is None:
        return None
    columns = list(map(int, selected))
    if columns != sorted(set(columns)) or (columns and columns[0] < 0):
        raise InvalidArgumentError("select_cols should be strictly increasing indices")
    if len(columns) != len(defaults):
        raise InvalidArgumentError("select_cols should match output size")
    return columns


# -- batches of named columns ----------------------------------------------------------------------


def make_csv_dataset(
    file_pattern,
    batch_size,
    column_names=None,
    column_defaults=None,
    label_name=None,
    select_columns=None,
    field_delim=",",
    use_quote_delim=True,
    na_value="",
    header=True,
    num_epochs=None,
    shuffle=True,
    shuffle_buffer_size=10000,
    shuffle_seed=None,
    prefetch_buffer_size=None,
    num_parallel_reads=None,
    sloppy=False,
    num_rows_for_inference=100,
    compression_type=None,
    ignore_errors=False,
    encoding="utf-8",
):
    """Batches of CSV files: dicts of columns by name, or pairs of such a dict and a label.

    Args:
      file_pattern: a name or pattern such as "rows/*.csv", or a list of them.
      batch_size: rows in a batch.
      column_names: the names of all columns; by default the first line of the files.
      column_defaults: for each column that is read its dtype or default, as in `CsvDataset`; by
        default dtypes are found by reading the first rows.
      label_name: the column that is the label.
      select_columns: the names or numbers of the columns to read.
      field_delim, use_quote_delim, na_value, compression_type: as in `CsvDataset`.
      header: whether the files begin with a line of names.
      num_epochs: how often to go through the rows; None for ever, and in whole batches.
      shuffle, shuffle_buffer_size, shuffle_seed: whether and how to change the order of the rows.
      prefetch_buffer_size: how many batches to make ahead.
      num_parallel_reads: from how many files to take rows in turn.
      sloppy: accepted; the order is always the same.
      num_rows_for_inference: how many rows tell the dtypes; None for all.
      ignore_errors: whether to leave out rows that cannot be read.
      encoding: that of the files.

    Raises:
      ValueError: no file matches, or the names do not fit the files.

    Example:
    >>> tf.io.write_file("t.csv", "age,name\\n3,ann\\n5,bob\\n")
    >>> batches = tf.data.experimental.make_csv_dataset(
    ...     "t.csv", 2, label_name="age", num_epochs=1, shuffle=False)
    >>> features, label = next(batches.as_numpy_iterator())
    >>> features["name"], label
    (array([b'ann', b'bob'], dtype=object), array([3, 5], dtype=int32))
    """
    paths = _matching(file_pattern)
    read = _Reader(field_delim, use_quote_delim, na_value, header, compression_type, encoding)
    names = _names(read, paths, column_names, header)
    selected = None if select_columns is None else _numbers_of(select_columns, names)
    if column_defaults is None:
        column_defaults = read.inferred(paths, len(names), num_rows_for_inference, selected)
    kept = names if selected is None else [names[number] for number in selected]
    _check_columns(kept, column_defaults, label_name)
    rows = _files(paths, shuffle, shuffle_seed).interleave(
        lambda path: CsvDataset(
            path,
            column_defaults,
            compression_type,
            None,
            header,
            field_delim,
            use_quote_delim,
            na_value,
            selected,
        ),
        cycle_length=1 if num_parallel_reads is None else num_parallel_reads,
    )
    if ignore_errors:
        rows = rows.ignore_errors()
    rows = _passes(rows, shuffle, shuffle_buffer_size, shuffle_seed, num_epochs)
    rows = rows.batch(batch_size, drop_remainder=num_epochs is None)

    def named(*columns):
        features = OrderedDict(zip(kept, columns))
        return features if label_name is None else (features, features.pop(label_name))

    ahead = AUTOTUNE if prefetch_buffer_size is None else prefetch_buffer_size
    return rows.map(named).prefetch(ahead)


def _names(read, paths, given, header):
    if given is None and not header:
        raise ValueError("Expected `column_names` or `header` arguments. Neither is provided.")
    names = read.names_of(paths) if given is None else list(given)
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(
            "Either `column_names` argument or CSV header row contains duplicate column names: "
            f"{twice}."
        )
    return names


def _check_columns(names, defaults, label):
    if len(defaults) != len(names):
        raise ValueError(
            f"column_defaults has {len(defaults)} entries for {len(names)} columns: {names}."
        )
    if label is not None and label not in names:
        raise ValueError(
            f"`label_name` provided must be one of the columns: {names}. Received: {label}."
        )


def _matching(file_pattern):
    """The paths that match one pattern or several, in order; twice what matches two."""
    patterns = file_pattern if isinstance(file_pattern, list | tuple) else [file_pattern]
    paths = [path for pattern in patterns for path in glob(pattern)]
    if not paths:
        raise ValueError(f"No files match `file_pattern` {file_pattern}.")
    return sorted(paths)


def _files(paths, shuffle, seed):
    files = Dataset.from_tensor_slices(list(map(os.fsencode, paths)))
    return files.shuffle(len(paths), seed) if shuffle else files


def _passes(rows, shuffle, buffer_size, seed, epochs):
    if shuffle:
        rows = rows.shuffle(buffer_size, seed)
    return rows if epochs == 1 else rows.repeat(epochs)


def _numbers_of(chosen, names):
    numbers = []
    for column in chosen:
        if isinstance(column, str):
            if column not in names:
                raise ValueError(
                    f"Column {column} specified in `select_columns` must be of one of the columns: "
                    f"{names}."
                )
            column = names.index(column)
        if not 0 <= column < len(names):
            raise ValueError(f"select_columns has {column}, the columns are 0 to {len(names) - 1}.")
        numbers.append(column)
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"`select_columns` names a column twice: {chosen}.")
    return sorted(numbers)


class _Reader:
    """What the beginnings of CSV files tell of their columns."""

    def __init__(self, delimiter, quotes, missing, header, compression, encoding):
        self.delimiter, self.quotes = delimiter_of(delimiter), quotes
        self.missing, self.header, self.encoding = {"", missing}, header, encoding
        self.compression = check_compression(compression)

    def rows(self, path):
        """The rows of a file, the header too."""
        with reading(path, self.compression) as file:
            for record in csv.records(file, self.quotes):
                texts = csv.fields(record, self.delimiter, self.quotes)
                yield [text.decode(self.encoding) for text in texts]

    def bodies(self, paths):
        """(path, row) of each row of some files, their headers left out."""
        for path in paths:
            for row in itertools.islice(self.rows(path), 1 if self.header else 0, None):
                yield path, row

    def names_of(self, paths):
        """The names that the first lines of all files have in common."""
        names = None
        for path in paths:
            found = next(self.rows(path), [])
            if names is not None and found != names:
                raise ValueError(
                    f"All input CSV files must have the same column names in the header row. File "
                    f"{path} has different column names: {found} for {names}."
                )
            names = found
        return names

    def inferred(self, paths, count, limit, selected):
        """The dtype of each column as the default of an empty field: the first that takes all."""
        columns = range(count) if selected is None else selected
        kinds = dict.fromkeys(columns, -1)  # that of texts, until there is a value
        for path, row in itertools.islice(self.bodies(paths), limit):
            if len(row) != count:
                raise ValueError(
                    f"Problem inferring types: a row of {path} has {len(row)} fields. Expected:"
                    f" {count}."
                )
            for column in columns:
                if row[column] not in self.missing:
                    kinds[column] = _kind_of(row[column], kinds[column])
        return [_KINDS[kinds[column]][0] for column in columns]


def _fits(lowest, highest, read):
    def takes(text):
        return "_" not in text and lowest <= read(text) <= highest

    return takes


def _is_float32(text):
    value = float(text)
    return "_" not in text and (value != value or abs(value) <= np.finfo(np.float32).max)


_KINDS = (
    (np.int32(0), _fits(-(2**31), 2**31 - 1, int)),
    (np.int64(0), _fits(-(2**63), 2**63 - 1, int)),
    (np.float32(0), _is_float32),
    (np.float64(0), _fits(-np.inf, np.inf, float)),
    ("", lambda text: True),
)


def _kind_of(text, kind):
    """The number of the first kind from `kind` on that takes a text."""
    for number in range(max(kind, 0), len(_KINDS)):
        try:
            if _KINDS[number][1](text):
                return number
        except ValueError:
            continue
    return len(_KINDS) - 1


# -- examples in batches ---------------------------------------------------------------------------


def parse_example_dataset(features, num_parallel_calls=1, deterministic=None):
    """For `Dataset.apply`: `tf.io.parse_example` of each batch of serialized examples.

    Example:
    >>> row = tf.train.Example()
    >>> row.features.feature["n"].int64_list.value.append(3)
    >>> batch = tf.data.Dataset.from_tensors([row.SerializeToString()])
    >>> wanted = {"n": tf.io.FixedLenFeature([], tf.int64)}
    >>> parsed = batch.apply(tf.data.experimental.parse_example_dataset(wanted))
    >>> next(parsed.as_numpy_iterator())
    {'n': array([3])}
    """
    calls = None if num_parallel_calls == 1 else num_parallel_calls
    return lambda dataset: dataset.map(
        lambda serialized: parse_example(serialized, features), calls, deterministic
    )


def make_batched_features_dataset(
    file_pattern,
    batch_size,
    features,
    reader=None,
    label_key=None,
    reader_args=None,
    num_epochs=None,
    shuffle=True,
    shuffle_buffer_size=10000,
    shuffle_seed=None,
    prefetch_buffer_size=None,
    reader_num_threads=None,
    parser_num_threads=None,
    sloppy_ordering=False,
    drop_final_batch=False,
):
    """Batches of the examples in TFRecord files: dicts by name, or pairs with a label.

    Args:
      file_pattern: a name or pattern such as "rows/*.tfrecord", or a list of them.
      batch_size: rows in a batch.
      features: what to read by name, as in `tf.io.parse_example`.
      reader: what makes a data set of a file's name; `tf.data.TFRecordDataset` by default.
      label_key: the feature that is the label.
      reader_args: further arguments for `reader`.
      num_epochs: how often to go through the rows; None for ever.
      shuffle, shuffle_buffer_size, shuffle_seed: whether and how to change the order of the rows.
      prefetch_buffer_size: how many batches to make ahead.
      reader_num_threads: from how many files to take rows in turn.
      parser_num_threads: in how many threads to parse.
      sloppy_ordering: accepted; the order is always the same.
      drop_final_batch: whether to leave out a last batch that is smaller.

    Raises:
      ValueError: no file matches, or `label_key` is no feature.
    """
    if label_key is not None and label_key not in features:
        raise ValueError(
            f"The `label_key` provided ({label_key!r}) must be one of the `features` keys: "
            f"{sorted(features)}."
        )
    make = TFRecordDataset if reader is None else reader
    rows = _files(_matching(file_pattern), shuffle, shuffle_seed).interleave(
        lambda path: make(path, *(reader_args or [])),
        cycle_length=1 if reader_num_threads is None else reader_num_threads,
    )
    rows = _passes(rows, shuffle, shuffle_buffer_size, shuffle_seed, num_epochs)
    rows = rows.batch(batch_size, drop_remainder=drop_final_batch or num_epochs is None)
    rows = rows.apply(parse_example_dataset(features, parser_num_threads or 1))
    if label_key is not None:
        rows = rows.map(lambda found: (found, found.pop(label_key)))
    return rows.prefetch(AUTOTUNE if prefetch_buffer_size is None else prefetch_buffer_size)


# -- databases -------------------------------------------------------------------------------------


class Query(Node):
    """The rows that a query of a database gives."""

    shown = "SqlDatasetV2"

    def __init__(self, driver, source, query, types):
        names = [to_leaf(text)[()].decode() for text in (driver, source, query)]
        self.driver, self.path, self.query = names
        if self.driver != "sqlite":
            raise InvalidArgumentError(
                f"The database type, {self.driver}, is not supported by SqlDataset. The set of "
                "supported databases is: {'sqlite'}."
            )
        self.types = tuple(map(dtypes.as_dtype, types))

    def iterate(self):
        import sqlite3

        try:
            place = pathlib.Path(path_of(self.path)).absolute().as_uri()
            connection = sqlite3.connect(f"{place}?mode=ro", uri=True)
            try:
                for row in connection.execute(self.query):
                    if len(row) != len(self.types):
                        raise InvalidArgumentError(
                            f"The number of columns in query ({len(row)}) must match the number of "
                            f"elements in output_types ({len(self.types)})."
                        )
                    yield [_database_leaf(v, t) for v, t in zip(row, self.types)]
            finally:
                connection.close()
        except sqlite3.Error as fault:
            raise UnknownError(f"{self.path}; {fault}: {self.query}") from None

    def make_spec(self):
        return tuple(TensorSpec((), dtype) for dtype in self.types)


def _database_leaf(value, dtype):
    if dtype is dtypes.string:
        text = "" if value is None else value if isinstance(value, bytes) else str(value)
        return scalar(text if isinstance(text, bytes) else text.encode())
    try:
        return dtype.numpy_dtype.type(value or 0)
    except ValueError:  # a database takes a text that is no number for 0
        return dtype.numpy_dtype.type(0)


class SqlDataset(Dataset):
    """The rows that a query of a database gives: tuples of scalars.

    Args:
      driver_name: "sqlite".
      data_source_name: the database's file.
      query: a query in SQL.
      output_types: the dtype of each column.

    Raises:
      InvalidArgumentError: another driver, or another number of columns.
      UnknownError: while iterating, when the query fails.
    """

    def __init__(self, driver_name, data_source_name, query, output_types):
        super().__init__(Query(driver_name, data_source_name, query, output_types))
