"""tf.data.experimental: functions to give to `Dataset.apply`, and older names."""

from __future__ import annotations

import itertools

from ..base import dtypes
from ..base.config import settings
from ..base.errors import OutOfRangeError
from ..core.tensor import convert_to_tensor
from ..ops import lookup
from . import nested, reorder, sources, structure
from .csv import (
    CsvDataset,
    SqlDataset,
    make_batched_features_dataset,
    make_csv_dataset,
    parse_example_dataset,
)
from .dataset import Dataset
from .nodes import INFINITE as INFINITE_CARDINALITY
from .nodes import UNKNOWN as UNKNOWN_CARDINALITY
from .optional import Optional
from .options import (
    AutoShardPolicy,
    AutotuneAlgorithm,
    AutotuneOptions,
    DistributeOptions,
    ExternalStatePolicy,
    OptimizationOptions,
    ServiceOptions,
    ThreadingOptions,
)
from .prefetch import AUTOTUNE
from .readers import RecordsOfDataset as TFRecordWriter

SHARD_HINT = reorder.SHARD_HINT

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "SHARD_HINT",
    "UNKNOWN_CARDINALITY",
    "AutoShardPolicy",
    "AutotuneAlgorithm",
    "AutotuneOptions",
    "Counter",
    "CsvDataset",
    "DatasetInitializer",
    "DistributeOptions",
    "ExternalStatePolicy",
    "OptimizationOptions",
    "Optional",
    "RandomDataset",
    "Reducer",
    "ServiceOptions",
    "SqlDataset",
    "TFRecordWriter",
    "ThreadingOptions",
    "assert_cardinality",
    "at",
    "bucket_by_sequence_length",
    "cardinality",
    "choose_from_datasets",
    "copy_to_device",
    "dense_to_ragged_batch",
    "dense_to_sparse_batch",
    "enable_debug_mode",
    "enumerate_dataset",
    "from_list",
    "get_next_as_optional",
    "get_single_element",
    "get_structure",
    "group_by_reducer",
    "group_by_window",
    "ignore_errors",
    "index_table_from_dataset",
    "load",
    "make_batched_features_dataset",
    "make_csv_dataset",
    "map_and_batch",
    "pad_to_cardinality",
    "parallel_interleave",
    "parse_example_dataset",
    "prefetch_to_device",
    "rejection_resample",
    "sample_from_datasets",
    "save",
    "scan",
    "shuffle_and_repeat",
    "snapshot",
    "table_from_dataset",
    "take_while",
    "unbatch",
    "unique",
]


def _method(name):
    """A function of `Dataset.<name>`'s arguments that `Dataset.apply` takes the result of."""

    def make(*args, **kwargs):
        return lambda dataset: getattr(dataset, name)(*args, **kwargs)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = f"For `Dataset.apply`: the same as `Dataset.{name}`."
    return make


bucket_by_sequence_length = _method("bucket_by_sequence_length")
dense_to_ragged_batch = _method("ragged_batch")
dense_to_sparse_batch = _method("sparse_batch")
enumerate_dataset = _method("enumerate")
group_by_window = _method("group_by_window")
ignore_errors = _method("ignore_errors")
parallel_interleave = _method("interleave")
rejection_resample = _method("rejection_resample")
scan = _method("scan")
snapshot = _method("snapshot")
take_while = _method("take_while")
unbatch = _method("unbatch")
unique = _method("unique")


def choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset=False):
    """`tf.data.Dataset.choose_from_datasets`, which goes on where one of the data sets ends."""
    return Dataset.choose_from_datasets(datasets, choice_dataset, stop_on_empty_dataset)


sample_from_datasets = Dataset.sample_from_datasets
load = Dataset.load
Counter = Dataset.counter


class RandomDataset(Dataset):
    """Endless random numbers; the same as `Dataset.random`."""

    def __init__(self, seed=None, rerandomize_each_iteration=None, name=None):
        super().__init__(sources.RandomNumbers(seed, rerandomize_each_iteration), name)


class Reducer:
    """The three functions of `group_by_reducer`: first state of a key, next state, final value."""

    def __init__(self, init_func, reduce_func, finalize_func):
        self.init_func, self.reduce_func = init_func, reduce_func
        self.finalize_func = finalize_func


def group_by_reducer(key_func, reducer):
    """For `Dataset.apply`: one value for each key, in the order of the keys.

    Example:
    >>> reducer = tf.data.experimental.Reducer(
    ...     lambda key: np.int64(0), lambda total, x: total + x, lambda total: total)
    >>> sums = tf.data.Dataset.range(6).apply(
    ...     tf.data.experimental.group_by_reducer(lambda x: x % 2, reducer))
    >>> [int(x) for x in sums]
    [6, 9]
    """
    return lambda dataset: Dataset(nested.GroupByReducer(dataset._node, key_func, reducer))


def assert_cardinality(expected_cardinality):
    """For `Dataset.apply`: states the number of elements, which is checked while iterating.

    Example:
    >>> dataset = tf.data.Dataset.range(9).filter(lambda x: x > 6)
    >>> len(dataset.apply(tf.data.experimental.assert_cardinality(2)))
    2
    """
    return lambda dataset: Dataset(reorder.AssertCardinality(dataset._node, expected_cardinality))


def shuffle_and_repeat(buffer_size, count=None, seed=None):
    """For `Dataset.apply`: `shuffle(buffer_size, seed).repeat(count)`."""

    def transform(dataset):
        repeated = dataset.shuffle(buffer_size, seed).repeat(count)
        repeated._node.shown = "_ShuffleAndRepeatDataset"
        return repeated

    return transform


def map_and_batch(
    map_func, batch_size, num_parallel_batches=None, drop_remainder=False, num_parallel_calls=None
):
    """For `Dataset.apply`: `map(map_func).batch(batch_size)`."""
    calls = num_parallel_calls
    if num_parallel_batches is not None:
        calls = num_parallel_batches * batch_size
    return lambda dataset: dataset.map(map_func, calls).batch(batch_size, drop_remainder)


def prefetch_to_device(device, buffer_size=None):
    """For `Dataset.apply`: `prefetch`; there is one device, the CPU."""
    return lambda dataset: dataset.prefetch(AUTOTUNE if buffer_size is None else buffer_size)


def copy_to_device(target_device, source_device="/cpu:0"):
    """For `Dataset.apply`: the data set itself; elements are put on a device when they are used."""
    return lambda dataset: dataset


def pad_to_cardinality(cardinality, mask_key="valid"):
    """For `Dataset.apply`: zeros after the elements, dicts, up to `cardinality` of them.

    Args:
      cardinality: how many elements there will be.
      mask_key: the key, entered in each element, of whether it is one of the data set's own.

    Raises:
      ValueError: the elements are no dicts, or there are too many or unknown many.

    Example:
    >>> dataset = tf.data.Dataset.from_tensor_slices({"a": [1, 2]})
    >>> padded = dataset.apply(tf.data.experimental.pad_to_cardinality(3))
    >>> [(int(e["a"]), bool(e["valid"])) for e in padded]
    [(1, True), (2, True), (0, False)]
    """

    def transform(dataset):
        size, spec = int(dataset.cardinality()), dataset.element_spec
        if size < 0:
            raise ValueError(
                "The dataset passed into `pad_to_cardinality` must have a known cardinality, but "
                f"has cardinality {size}."
            )
        if not isinstance(spec, dict):
            raise ValueError(
                f"`pad_to_cardinality` requires its input dataset to be a dictionary, not {spec}."
            )
        if size > cardinality:
            raise ValueError(
                "The dataset passed into `pad_to_cardinality` must have a cardinality of at most "
                f"the target cardinality ({cardinality}), but has cardinality {size}."
            )
        zeros = structure.map_specs(lambda leaf: structure.example(leaf, 0, 0), spec)
        padding = Dataset.from_tensors({**zeros, mask_key: False}).repeat(int(cardinality) - size)
        return dataset.map(lambda element: {**element, mask_key: True}).concatenate(padding)

    return transform


class DatasetInitializer(lookup.KeyValueTensorInitializer):
    """The keys and values of a table of `tf.lookup`, from a data set of pairs.

    Raises:
      ValueError: the elements are no pairs of scalars.

    Example:
    >>> names = tf.data.Dataset.from_tensor_slices((["a", "b"], [1, 2]))
    >>> table = tf.lookup.StaticHashTable(tf.data.experimental.DatasetInitializer(names), -1)
    >>> table.lookup(tf.constant(["b", "c"])).numpy()
    array([ 2, -1], dtype=int32)
    """

    def __init__(self, dataset):
        spec = dataset.element_spec
        pair = isinstance(spec, tuple) and len(spec) == 2
        if not pair or any(getattr(part, "shape", None) != () for part in spec):
            raise ValueError(f"A table is made of pairs of scalars; the elements are {spec}.")
        found = list(dataset.as_numpy_iterator())
        kinds = [part.dtype for part in spec]
        columns = [convert_to_tensor([pair[k] for pair in found], kinds[k]) for k in (0, 1)]
        super().__init__(*columns)


def table_from_dataset(
    dataset=None,
    num_oov_buckets=0,
    vocab_size=None,
    default_value=None,
    hasher_spec=None,
    key_dtype=dtypes.string,
    name=None,
):
    """A table of `tf.lookup` from a data set of (key, value).

    Args:
      dataset: pairs of scalars.
      num_oov_buckets: buckets, behind the values, for keys that are not there; then values are
        int64.
      vocab_size: a hint.
      default_value: the value of keys that are not there, where there are no buckets; -1 by
        default.
      hasher_spec: only the default hash function is built.
      key_dtype: a hint: the keys tell it.

    Example:
    >>> names = tf.data.Dataset.from_tensor_slices((["a", "b"], [1, 2]))
    >>> table = tf.data.experimental.table_from_dataset(names)
    >>> table.lookup(tf.constant(["b", "c"])).numpy()
    array([ 2, -1], dtype=int32)
    """
    if num_oov_buckets < 0:
        raise ValueError(
            f"`num_oov_buckets` must be greater than or equal to 0, got {num_oov_buckets}."
        )
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"`vocab_size` must be greater than 0, got {vocab_size}.")
    if hasher_spec is not None:
        raise NotImplementedError(
            f"hasher_spec={hasher_spec!r} is not built: leave it out for the default hash function."
        )
    pairs = DatasetInitializer(dataset)
    if num_oov_buckets:
        return lookup.StaticVocabularyTable(pairs, num_oov_buckets, name=name)
    return lookup.StaticHashTable(pairs, -1 if default_value is None else default_value, name)


def index_table_from_dataset(
    dataset=None,
    num_oov_buckets=0,
    vocab_size=None,
    default_value=-1,
    hasher_spec=None,
    key_dtype=dtypes.string,
    name=None,
):
    """A table of `tf.lookup` from the keys in a data set to their numbers; see table_from_dataset.

    Example:
    >>> names = tf.data.Dataset.from_tensor_slices(["a", "b"])
    >>> table = tf.data.experimental.index_table_from_dataset(names)
    >>> table.lookup(tf.constant(["b", "c"])).numpy()
    array([ 1, -1])
    """
    pairs = dataset.enumerate().map(lambda number, key: (key, number))
    return table_from_dataset(
        pairs, num_oov_buckets, vocab_size, default_value, hasher_spec, key_dtype, name
    )


def cardinality(dataset):
    """`dataset.cardinality()`."""
    return dataset.cardinality()


def from_list(elements, name=None):
    """A data set of the elements of a Python list.

    Example:
    >>> [int(x) for x, _ in tf.data.experimental.from_list([(1, "a"), (2, "b")])]
    [1, 2]
    """
    return Dataset(sources.ElementList(elements), name)


def at(dataset, index):
    """Element number `index`; OutOfRangeError when there is none.

    Example:
    >>> int(tf.data.experimental.at(tf.data.Dataset.range(5), 3))
    3
    """
    found = list(itertools.islice(dataset._node.iterate(), int(index), int(index) + 1))
    if not found:
        raise OutOfRangeError(f"Index out of range [0, {dataset._node.size()}): {int(index)}")
    return dataset._node.structure.tensors(found[0])


def get_single_element(dataset):
    """`dataset.get_single_element()`."""
    return dataset.get_single_element()


def get_next_as_optional(iterator):
    """`iterator.get_next_as_optional()`."""
    return iterator.get_next_as_optional()


def get_structure(dataset_or_iterator):
    """The element's specs."""
    return dataset_or_iterator.element_spec


def save(dataset, path, compression=None, shard_func=None, checkpoint_args=None):
    """`dataset.save(path)`."""
    dataset.save(path, compression, shard_func, checkpoint_args)


def enable_debug_mode():
    """Makes functions of pipelines run as plain Python, one call an element, from now on.

    Else some run on many rows at once, where that gives the same: see `Dataset.map`.
    """
    settings.debug_data = True
