"""tf.lookup: tables from keys to values, which functions and data sets look up in.

A table lies outside of graphs, as a file does: a node that reads or writes one names it, and does
so each time the graph runs, in the order of the program.
"""

import math
from itertools import chain, repeat

import numpy as np

from ..base import dtypes
from ..base.dims import Dim
from ..base.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError
from ..core.dispatch import apply, register_public, tensor_of
from ..core.op import Op, Spec
from ..core.tensor import convert_to_tensor, wrap
from ..core.trackable import Bare, Trackable
from ._kernels import hashes, words
from ._kernels.texts import array_of, flat, to_numbers
from .cast import cast
from .ragged import RaggedTensor, is_ragged
from .sparse import is_sparse
from .strings import as_string, to_hash_bucket_fast

# -- what a table holds ----------------------------------------------------------------------------


class Entries:
    """Keys with their values, one dtype each; values are scalars or arrays of one shape."""

    def __init__(self, key_dtype, value_dtype, shape=()):
        self.key_dtype, self.value_dtype, self.shape = key_dtype, value_dtype, shape
        self.index, self._sorted, self._words = {}, None, None

    def insert(self, keys, values, replace=True):
        """Enters keys with values; without `replace`, another value of a key is an error."""
        wanted = (*keys.shape, *self.shape)
        if values.shape != wanted:
            raise InvalidArgumentError(
                f"Expected shape {list(wanted)} for value, got {list(values.shape)}"
            )
        new = dict(zip(flat(keys), self._rows(values, keys.size)))
        if not replace and (len(new) < keys.size or not self.index.keys().isdisjoint(new)):
            for key, value in zip(flat(keys), self._rows(values, keys.size)):
                held = self.index.setdefault(key, value)
                if held != value:
                    raise FailedPreconditionError(
                        f"HashTable has different value for same key. Key {key!r} has {held!r} "
                        f"and trying to add value {value!r}"
                    )
        self.index.update(new)
        self._sorted = self._words = None

    def become(self, keys, values):
        """Takes these keys in the place of all that are there."""
        self.index = {}
        self.insert(keys, values)

    def _rows(self, values, count):
        if not self.shape:
            return flat(values)
        return list(values.reshape((count, *self.shape)))

    def remove(self, keys):
        """Takes keys out; those that are not there are no error."""
        for key in flat(keys):
            self.index.pop(key, None)
        self._sorted = self._words = None

    def find(self, keys, default):
        """The values of keys; `default` is one value, or one for each key."""
        if not self.shape and not default.ndim:
            if keys.dtype.kind in "iu" and self.value_dtype != object and len(self.index) > 8:
                return self._find_sorted(keys, default)
            found = map(self.index.get, flat(keys), repeat(default[()]))
            if self.value_dtype == object:
                return array_of(list(found), keys.shape)
            return np.fromiter(found, self.value_dtype, keys.size).reshape(keys.shape)
        others = self._rows(np.broadcast_to(default, (*keys.shape, *self.shape)), keys.size)
        rows = list(map(self.index.get, flat(keys), others))
        if self.value_dtype == object and not self.shape:
            return array_of(rows, keys.shape)
        return np.array(rows, self.value_dtype).reshape((*keys.shape, *self.shape))

    def _find_sorted(self, keys, default):
        if self._sorted is None:
            known = np.fromiter(self.index, keys.dtype, len(self.index))
            values = np.fromiter(self.index.values(), self.value_dtype, len(known))
            order = np.argsort(known)
            self._sorted = known[order], values[order]
        known, values = self._sorted
        places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.where(known[places] == keys, values[places], default).astype(self.value_dtype)

    def find_words(self, texts, default, lower, deleted):
        """(the numbers of all words of texts, how many words each has)."""
        if self._words is None:
            numbers = np.fromiter(self.index.values(), np.int64, len(self.index))
            self._words = words.Index(list(self.index)), np.append(numbers, 0)
        index, numbers = self._words
        found, lengths = [], []
        for part, cut in words.in_parts(texts, lower, deleted):
            if cut is None:
                rows = [words.cut_plainly(text, lower, deleted) for text in part]
                lengths.append(np.fromiter(map(len, rows), np.int64, len(rows)))
                places = map(self.index.get, chain.from_iterable(rows), repeat(default))
                found.append(np.fromiter(places, np.int64))
                continue
            places = index.find(cut)
            found.append(np.where(places < 0, default, numbers[places]))
            lengths.append(np.diff(cut.splits))
        empty = np.zeros(0, np.int64)
        return np.concatenate([*found, empty]), np.concatenate([*lengths, empty])

    def exported(self):
        """(keys, values) as arrays."""
        count = len(self.index)
        keys, values = list(self.index), list(self.index.values())
        keys = array_of(keys) if self.key_dtype == object else np.array(keys, self.key_dtype)
        if self.value_dtype == object and not self.shape:
            return keys, array_of(values)
        return keys, np.array(values, self.value_dtype).reshape((count, *self.shape))


# -- primitives ------------------------------------------------------------------------------------


def _sample_entries():
    entries = Entries(np.dtype("int64"), np.dtype("float32"))
    entries.insert(np.array([3, 5]), np.array([0.5, 0.25], "float32"))
    return entries


_KEYS = np.array([5, 4, 3])
_facts = {"why_no_gradient": "a table is no tensor", "effect": True}
_find = Op(
    "table_find",
    lambda keys, default, entries: entries.find(keys, default),
    lambda keys, default, entries: Spec((*keys.shape, *entries.shape), entries.value_dtype),
    samples=lambda rng: [
        ((_KEYS, np.array(-1.0, "float32")), {"entries": _sample_entries()}),
    ],
    doc="The values of keys in a table.",
    **_facts,
)


def _changes(name, method, count, doc):
    def kernel(*arrays, entries):
        getattr(entries, method)(*arrays)
        return ()

    arrays = (_KEYS, np.array([1.0, 2.0, 3.0], "float32"))[:count]
    return Op(
        name,
        kernel,
        lambda *arrays, entries: (),
        samples=lambda rng: [(arrays, {"entries": _sample_entries()})],
        doc=doc,
        **_facts,
    )


_insert = _changes("table_insert", "insert", 2, "Enters keys with their values into a table.")
_remove = _changes("table_remove", "remove", 1, "Takes keys out of a table.")
_size = Op(
    "table_size",
    lambda entries: np.array(len(entries.index), np.int64),
    lambda entries: Spec((), np.dtype("int64")),
    samples=lambda rng: [((), {"entries": _sample_entries()})],
    doc="The number of keys of a table.",
    **_facts,
)


def _sample_words():
    entries = Entries(np.dtype(object), np.dtype("int64"))
    terms = [b"be", b"or", b"not", b"a word of more than sixteen bytes"]
    entries.insert(array_of(terms), np.arange(4))
    return entries


_TEXTS = array_of([b"To be, or not to be", b"", b"or \xff not"])
_find_words = Op(
    "table_find_words",
    lambda texts, default, entries, lower, deleted: entries.find_words(
        flat(texts), int(default), lower, deleted
    ),
    lambda texts, default, entries, lower, deleted: (
        Spec((Dim.of_data(),), np.dtype("int64")),
        Spec(texts.shape, np.dtype("int64")),
    ),
    samples=lambda rng: [
        ((_TEXTS, np.array(-1)), {"entries": _sample_words(), "lower": lower, "deleted": b","})
        for lower in (False, True)
    ],
    doc="The numbers in a table of the words of texts.",
    **_facts,
)


def find_words(table, texts, default, lower=False, deleted=b""):
    """The numbers of the words of texts, in rows: strings.split and table.lookup in one.

    Args:
      table: a table from strings to int64.
      texts: a vector of texts.
      default: the number of words that it does not have.
      lower: make letters of ASCII small.
      deleted: bytes to leave out.
    """
    attrs = {"entries": table._entries, "lower": lower, "deleted": deleted}
    default = convert_to_tensor(default, "int64")
    values, lengths = apply(_find_words, (texts, default), attrs)
    return RaggedTensor.from_row_lengths(values, lengths, validate=False)


def _rows_kernel(x, depth, dtype, counts):
    rows = x.reshape((-1, x.shape[-1]))
    inside = (rows >= 0) & (rows < depth)
    numbers = (rows + depth * np.arange(len(rows))[:, None])[inside]
    out = np.zeros(len(rows) * depth, dtype)
    if counts:
        np.add.at(out, numbers, out.dtype.type(1))
    else:
        out[numbers] = 1
    return out.reshape((*x.shape[:-1], depth))


_category_rows = Op(
    "category_rows",
    _rows_kernel,
    lambda x, depth, dtype, counts: Spec((*x.shape[:-1], depth), dtype),
    samples=lambda rng: [
        ((rng.integers(-1, 4, (2, 3)),), {"depth": 3, "dtype": np.dtype(t), "counts": c})
        for t in ("float32", "int64")
        for c in (False, True)
    ],
    doc="For each row of integers which of them occur in it, or how often.",
    why_no_gradient="it counts integers",
)


def category_rows(x, depth, dtype, counts):
    """For each row of integers a row of `depth` numbers: 1 for what occurs in it, or how often."""
    attrs = {"depth": depth, "dtype": dtypes.as_dtype(dtype).numpy_dtype, "counts": counts}
    return apply(_category_rows, (x,), attrs)


# -- what tables begin with ------------------------------------------------------------------------


class KeyValueTensorInitializer:
    """A table's keys and values, as tensors or lists.

    Args:
      keys, values: one for one.
      key_dtype, value_dtype: their dtypes; those of the tensors by default.

    Example:
    >>> pairs = tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2])
    >>> tf.lookup.StaticHashTable(pairs, -1).lookup(tf.constant(["b", "c"])).numpy()
    array([ 2, -1], dtype=int32)
    """

    def __init__(self, keys, values, key_dtype=None, value_dtype=None, name=None):
        self._keys = convert_to_tensor(keys, key_dtype)
        self._values = convert_to_tensor(values, value_dtype)
        if self._keys._shape != self._values._shape:
            raise InvalidArgumentError(
                f"Expected shape {list(self._keys._shape)} for values, as for keys, got "
                f"{list(self._values._shape)}."
            )

    key_dtype = property(lambda self: self._keys.dtype, doc="The DType of the keys.")
    value_dtype = property(lambda self: self._values.dtype, doc="The DType of the values.")

    def _pairs(self):
        return self._keys.host().ravel(), self._values.host().ravel()


class TextFileIndex:
    """What of a line of a file is a key or value: a column's number, or one of these.

    Example:
    >>> tf.lookup.TextFileIndex.WHOLE_LINE, tf.lookup.TextFileIndex.LINE_NUMBER
    (-2, -1)
    """

    WHOLE_LINE = -2
    LINE_NUMBER = -1


class TextFileInitializer:
    """A table's keys and values, read of the lines of a text file.

    Args:
      filename: the file.
      key_dtype, value_dtype: tf.string, or a dtype of numbers.
      key_index, value_index: the number of a column, or one of `tf.lookup.TextFileIndex`.
      vocab_size: how many lines to read; all by default.
      delimiter: what stands between columns.
      value_index_offset: added to line numbers.

    Raises:
      NotFoundError: there is no such file.
      InvalidArgumentError: a line that has too few columns.
    """

    def __init__(
        self,
        filename,
        key_dtype,
        key_index,
        value_dtype,
        value_index,
        vocab_size=None,
        delimiter="\t",
        name=None,
        value_index_offset=0,
    ):
        self.key_dtype, self.value_dtype = dtypes.as_dtype(key_dtype), dtypes.as_dtype(value_dtype)
        self._columns = key_index, value_index
        self._delimiter, self._offset = delimiter.encode(), value_index_offset
        self._filename = filename
        try:
            with open(filename, "rb") as file:
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            raise NotFoundError(f"{filename}: No such file or directory") from None
        lines = [line.removesuffix(b"\r") for line in (lines[:-1] if not lines[-1] else lines)]
        self._lines = lines if vocab_size is None else lines[:vocab_size]

    def _column(self, index, dtype):
        if index == TextFileIndex.LINE_NUMBER:
            return np.arange(len(self._lines), dtype=dtype.numpy_dtype) + self._offset
        parts = self._lines
        if index != TextFileIndex.WHOLE_LINE:
            rows = [line.split(self._delimiter) for line in parts]
            for number, row in enumerate(rows):
                if len(row) <= index:
                    raise InvalidArgumentError(
                        f"Invalid number of columns in {self._filename} line {number}: expected at "
                        f"least {index + 1} got {len(row)}"
                    )
            parts = [row[index] for row in rows]
        if dtype.name == "string":
            return array_of(parts)
        return to_numbers(parts, dtype.numpy_dtype)

    def _pairs(self):
        dtypes_of = self.key_dtype, self.value_dtype
        return tuple(map(self._column, self._columns, dtypes_of))


# -- tables ----------------------------------------------------------------------------------------


class _Table(Trackable):
    """What all tables share."""

    def __init__(self, key_dtype, value_dtype, default_value, name):
        self.key_dtype = dtypes.as_dtype(key_dtype)
        self.value_dtype = dtypes.as_dtype(value_dtype)
        self._default = convert_to_tensor(default_value, self.value_dtype)
        shape = self._default._shape
        kinds = self.key_dtype.numpy_dtype, self.value_dtype.numpy_dtype
        self._entries, self.name = Entries(*kinds, shape), name

    def _key_tensor(self, keys):
        keys = tensor_of(keys, self.key_dtype)
        if keys.dtype != self.key_dtype:
            raise TypeError(
                f"Dtype of argument `keys` must be {self.key_dtype.name}, received: "
                f"{keys.dtype.name}: cast them with tf.cast, or tf.strings.as_string."
            )
        return keys

    def lookup(self, keys, name=None):
        """The values of keys, the default value for those that are not there.

        Args:
          keys: a tensor, ragged or sparse maybe, of the table's key dtype.

        Raises:
          TypeError: keys of another dtype.
        """
        if is_ragged(keys):
            return keys.with_flat_values(self.lookup(keys.flat_values))
        if is_sparse(keys):
            return keys.with_values(self.lookup(keys.values))
        keys = self._key_tensor(keys)
        return apply(_find, (keys, self._default_of(keys)), {"entries": self._entries})

    def _default_of(self, keys):
        return self._default

    def __getitem__(self, keys):
        return self.lookup(keys)

    def size(self, name=None):
        """The number of keys, as a tensor."""
        return apply(_size, (), {"entries": self._entries})

    def export(self, name=None):
        """All keys and all values, as two tensors."""
        return tuple(map(wrap, self._entries.exported()))


class StaticHashTable(_Table):
    """A table that does not change.

    Args:
      initializer: its keys and values, such as a KeyValueTensorInitializer.
      default_value: the value of keys that it does not have.

    Raises:
      FailedPreconditionError: a key with two different values.

    Example:
    >>> pairs = tf.lookup.KeyValueTensorInitializer(tf.constant([1, 2]), ["one", "two"])
    >>> tf.lookup.StaticHashTable(pairs, "many").lookup(tf.constant([2, 7])).numpy()
    array([b'two', b'many'], dtype=object)
    """

    def __init__(self, initializer, default_value, name=None, experimental_is_anonymous=False):
        super().__init__(initializer.key_dtype, initializer.value_dtype, default_value, name)
        self._entries.insert(*initializer._pairs(), replace=False)
        self._initializer = Bare()  # TensorFlow has the initializer here

    def _track_children(self):
        return {"_initializer": self._initializer}

    default_value = property(lambda self: self._default, doc="The value of keys not there.")


class StaticVocabularyTable(_Table):
    """A table from terms to numbers, with buckets of hashes for terms that are not there.

    Args:
      initializer: terms with int64 numbers from 0; or None for hashes alone.
      num_oov_buckets: the number of buckets, which follow the terms.
      lookup_key_dtype: the dtype of the terms, tf.string by default.

    Raises:
      TypeError: numbers that are not int64.

    Example:
    >>> terms = tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([0, 1], tf.int64))
    >>> tf.lookup.StaticVocabularyTable(terms, 3).lookup(tf.constant(["b", "d"])).numpy()
    array([1, 4])
    """

    def __init__(
        self,
        initializer,
        num_oov_buckets,
        lookup_key_dtype=None,
        name=None,
        experimental_is_anonymous=False,
    ):
        if num_oov_buckets <= 0:
            raise ValueError("`num_oov_buckets` must be > 0; use StaticHashTable.")
        if initializer is not None and initializer.value_dtype.name != "int64":
            raise TypeError(
                "Invalid `value_dtype`, expected tf.int64 but got "
                f"{initializer.value_dtype!r}: give tf.constant(values, tf.int64)."
            )
        key_dtype = initializer.key_dtype if initializer is not None else "string"
        super().__init__(lookup_key_dtype or key_dtype, "int64", -1, name)
        self._buckets = num_oov_buckets
        if initializer is not None:
            self._entries.insert(*initializer._pairs(), replace=False)

    def _default_of(self, keys):
        """Of terms that are not there the number is a bucket's."""
        return to_hash_bucket_fast(as_string(keys), self._buckets) + len(self._entries.index)

    def size(self, name=None):
        """The number of terms and buckets."""
        return super().size() + self._buckets


class MutableHashTable(_Table):
    """A table that changes.

    Args:
      key_dtype, value_dtype: the dtypes of keys and values.
      default_value: the value of keys that it does not have; its shape is that of all values.

    Example:
    >>> table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
    >>> table.insert(["a", "b"], [1, 2])
    >>> table.lookup(tf.constant(["b", "c"])).numpy()
    array([ 2, -1])
    """

    def __init__(
        self,
        key_dtype,
        value_dtype,
        default_value,
        name="MutableHashTable",
        checkpoint=True,
        experimental_is_anonymous=False,
    ):
        self._checkpoint = checkpoint
        super().__init__(key_dtype, value_dtype, default_value, name)

    def _track_values(self):
        if not self._checkpoint:
            return {}
        keys, values = self._entries.exported()
        return {"table-keys": keys, "table-values": values}

    def _track_restore(self, values):
        keys, found = values["table-keys"], values["table-values"]
        entries = self._entries
        wanted = entries.key_dtype, entries.value_dtype, (*keys.shape, *entries.shape)
        if keys.ndim != 1 or (keys.dtype, found.dtype, found.shape) != wanted:
            raise ValueError(
                f"The table {self.name!r} has keys of {self.key_dtype.name} and values of "
                f"{self.value_dtype.name}{list(entries.shape)}, the checkpoint keys "
                f"{keys.dtype}{list(keys.shape)} and values {found.dtype}{list(found.shape)}."
            )
        return lambda: entries.become(keys, found)

    def insert(self, keys, values, name=None):
        """Enters keys with their values, in place of the values they had.

        Raises:
          InvalidArgumentError: not one value for each key.
        """
        keys = self._key_tensor(keys)
        values = tensor_of(values, self.value_dtype)
        if values.dtype != self.value_dtype and values.dtype.is_integer:
            values = cast(values, self.value_dtype)
        apply(_insert, (keys, values), {"entries": self._entries})

    def remove(self, keys, name=None):
        """Takes keys out; those that are not there are no error."""
        apply(_remove, (self._key_tensor(keys),), {"entries": self._entries})

    def lookup(self, keys, dynamic_default_values=None, name=None):
        """The values of keys; of those not there `dynamic_default_values`, or the default."""
        if dynamic_default_values is None:
            return super().lookup(keys)
        keys, default = self._key_tensor(keys), tensor_of(dynamic_default_values, self.value_dtype)
        return apply(_find, (keys, default), {"entries": self._entries})


def _buckets(keys, size):
    """The place of each key among `size` buckets, where TensorFlow looks for it."""
    is_text = keys.dtype == object
    hashed = hashes.hash_all(flat(keys), hashes.murmur) if is_text else keys.astype(np.uint64)
    taken, places = set(), []
    for place in (hashed & np.uint64(size - 1)).tolist():
        step = 0
        while place in taken:
            step += 1
            place = (place + step) % size
        taken.add(place)
        places.append(place)
    return places


class DenseHashTable(MutableHashTable):
    """A table that changes, of which two keys are kept for itself: as a MutableHashTable here.

    Args:
      key_dtype, value_dtype: the dtypes of keys and values.
      default_value: the value of keys that it does not have.
      empty_key, deleted_key: keys that no one may use.
      initial_num_buckets: changes nothing here.

    Raises:
      InvalidArgumentError: one of these keys is used.

    Example:
    >>> table = tf.lookup.experimental.DenseHashTable(
    ...     tf.int64, tf.int64, default_value=-1, empty_key=0, deleted_key=-1)
    >>> table.insert([5], [7])
    >>> table.lookup([5, 6]).numpy()
    array([ 7, -1])
    """

    def __init__(
        self,
        key_dtype,
        value_dtype,
        default_value,
        empty_key,
        deleted_key,
        initial_num_buckets=None,
        name="MutableDenseHashTable",
        checkpoint=True,
        experimental_is_anonymous=False,
    ):
        super().__init__(key_dtype, value_dtype, default_value, name, checkpoint)
        kept = [convert_to_tensor(key, self.key_dtype) for key in (empty_key, deleted_key)]
        self._empty = kept[0].host()
        self._kept = {key.host()[()] for key in kept}

    def _track_values(self):
        """Keys and values in their places among the buckets of TensorFlow's table."""
        if not self._checkpoint:
            return {}
        keys, values = self._entries.exported()
        size = max(4, 1 << (2 * len(keys)).bit_length())
        places = _buckets(keys, size)
        buckets = np.full((size, 1), self._empty, keys.dtype)
        found = np.empty((size, *values.shape[1:]), values.dtype)
        found[:] = self._default.host()
        buckets[places, 0], found[places] = keys, values
        return {"table-keys": buckets, "table-values": found.reshape(size, -1)}

    def _track_restore(self, values):
        keys, found = values["table-keys"], values["table-values"]
        if keys.ndim == 2 and keys.shape[1] == 1 and found.ndim == 2 and len(found) == len(keys):
            used = np.array([key not in self._kept for key in flat(keys)], bool)
            found = found[used]
            fits = found.shape[1] == math.prod(self._entries.shape)
            shape = (len(found), *self._entries.shape) if fits else found.shape
            values = {"table-keys": keys[used, 0], "table-values": found.reshape(shape)}
        return super()._track_restore(values)

    def _key_tensor(self, keys):
        keys = super()._key_tensor(keys)
        if keys.is_eager and not self._kept.isdisjoint(flat(keys.host())):
            raise InvalidArgumentError(
                f"Using the empty_key or deleted_key ({self._kept}) as a table key is not allowed"
            )
        return keys

    insert_or_assign = MutableHashTable.insert
    erase = MutableHashTable.remove


for _class in (
    KeyValueTensorInitializer,
    TextFileIndex,
    TextFileInitializer,
    StaticHashTable,
    StaticVocabularyTable,
):
    register_public(_class, f"lookup.{_class.__name__}")
for _class in (MutableHashTable, DenseHashTable):
    register_public(_class, f"lookup.experimental.{_class.__name__}")
