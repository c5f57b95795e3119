"""tf.data.experimental: functions to give to `Dataset.apply`, and older names."""

from __future__ import annotations

import itertools

from ..base.config import settings
from ..base.errors import OutOfRangeError
from . import nested, reorder, sources
from .csv import (
    CsvDataset,
    SqlDataset,
    make_batched_features_dataset,
    make_csv_dataset,
    parse_example_dataset,
)
from .dataset import Dataset
from .iterator import Optional
from .nodes import INFINITE as INFINITE_CARDINALITY
from .nodes import UNKNOWN as UNKNOWN_CARDINALITY
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

SHARD_HINT = -1

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
    "dense_to_ragged_batch",
    "enable_debug_mode",
    "enumerate_dataset",
    "from_list",
    "get_next_as_optional",
    "get_single_element",
    "get_structure",
    "group_by_reducer",
    "group_by_window",
    "ignore_errors",
    "load",
    "make_batched_features_dataset",
    "make_csv_dataset",
    "map_and_batch",
    "parallel_interleave",
    "parse_example_dataset",
    "prefetch_to_device",
    "sample_from_datasets",
    "save",
    "scan",
    "shuffle_and_repeat",
    "snapshot",
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
enumerate_dataset = _method("enumerate")
group_by_window = _method("group_by_window")
ignore_errors = _method("ignore_errors")
parallel_interleave = _method("interleave")
scan = _method("scan")
snapshot = _method("snapshot")
take_while = _method("take_while")
unbatch = _method("unbatch")
unique = _method("unique")

choose_from_datasets = Dataset.choose_from_datasets
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
