"""Data sets the Keras way: split in two, cut from time series, or written as a Python class."""

import itertools
import random

import numpy as np

from ...data import AUTOTUNE, Dataset
from ...data.batching import Batch
from ...data.prefetch import parallel_map
from ...data.structure import Structure, stack, to_leaf
from ...distribute.datasets import InputContext


def split_dataset(
    dataset, left_size=None, right_size=None, shuffle=False, seed=None, preferred_backend=None
):
    """Splits data in two, such as training and test data.

    Args:
      dataset: a `tf.data.Dataset`, an array, or a list or tuple of arrays of one length.
      left_size: a fraction (float) or a number of samples (int) for the left part; by default what
        `right_size` leaves over.
      right_size: the same for the right part.
      shuffle: whether to shuffle the samples first.
      seed: fixes that order.
      preferred_backend: None or "tensorflow".

    Returns:
      Two `tf.data.Dataset`s; batched as `dataset` was.

    Raises:
      TypeError: `dataset` is something else, or a size is no number.
      ValueError: no size, or sizes that do not go with the number of samples.

    Example:
    >>> left, right = tf.keras.utils.split_dataset(np.arange(10), left_size=0.8)
    >>> len(left), [int(x) for x in right]
    (8, [8, 9])
    """
    if preferred_backend not in (None, "tensorflow"):
        raise NotImplementedError(
            f"preferred_backend={preferred_backend!r} is not built; leave it out for tf.data."
        )
    if left_size is None and right_size is None:
        raise ValueError(
            "At least one of the `left_size` or `right_size` must be specified. Received: "
            "left_size=None and right_size=None"
        )
    arrays, structure = _whole_arrays(dataset)
    total = len(arrays[0])
    left, right = _split_sizes(left_size, right_size, total)
    order = list(range(total))
    if shuffle:
        random.Random(random.randint(0, int(1e6)) if seed is None else seed).shuffle(order)
    size = _batch_size(dataset)
    parts = []
    for rows in (order[:left], order[-right:]):
        part = structure.pack([array[rows] for array in arrays])
        part = Dataset.from_tensor_slices(part)
        parts.append((part if size is None else part.batch(size)).prefetch(AUTOTUNE))
    return tuple(parts)


def _batch_size(dataset):
    node = getattr(dataset, "_node", None)
    return node.batch_size if type(node) is Batch else None


def _whole_arrays(dataset):
    """All samples in one array for each component, and the nesting of a sample."""
    if isinstance(dataset, Dataset):
        samples = dataset.unbatch() if _batch_size(dataset) is not None else dataset
        columns = list(zip(*samples._node.iterate()))
        if columns:
            return [stack(column) for column in columns], samples._node.structure
    elif isinstance(dataset, np.ndarray):
        if len(dataset):
            # TensorFlow's accident: it sees a list of integers here, and those become int32.
            integers = dataset.ndim == 1 and dataset.dtype.kind in "iu"
            return [dataset.astype(np.int32) if integers else dataset], Structure(0)
    elif isinstance(dataset, list | tuple):
        kind = type(dataset).__name__
        for index, element in enumerate(dataset):
            if not isinstance(element, np.ndarray):
                raise ValueError(
                    f"Expected a {kind} of `numpy.ndarray` objects, Received: {type(element)} at "
                    f"index {index}."
                )
            if len(element) != len(dataset[0]):
                raise ValueError(
                    f"Received a {kind} of NumPy arrays with different lengths. Mismatch found at "
                    f"index {index}, Expected shape={dataset[0].shape} Received "
                    f"shape={element.shape}. Please provide a {kind} of NumPy arrays of the same "
                    "length."
                )
        if dataset and len(dataset[0]):
            return list(dataset), Structure(tuple(dataset))
    else:
        raise TypeError(
            "The `dataset` argument must be either a `tf.data.Dataset` object, or a list/tuple of "
            f"arrays. Received: dataset={dataset} of type {type(dataset)}"
        )
    raise ValueError(
        "Received an empty dataset. Argument `dataset` must be a non-empty list/tuple of "
        "`numpy.ndarray` objects or `tf.data.Dataset` objects."
    )


def _split_sizes(left_size, right_size, total):
    """The sizes as numbers of samples."""
    counts = []
    for name, size in (("left_size", left_size), ("right_size", right_size)):
        if size is not None and type(size) not in (int, float):
            raise TypeError(
                f"Invalid `{name}` Type. Expected: int or float or None, Received: "
                f"type({name})={type(size)}."
            )
        limit = 1 if type(size) is float else total
        if size is not None and not 0 < size < limit:
            raise ValueError(
                f"`{name}` should be either a positive integer smaller than {total}, or a float "
                f"within the range `[0, 1]`. Received: {name}={size}"
            )
        counts.append(round(size * total) if type(size) is float else size)
    if type(left_size) is type(right_size) is float and left_size + right_size > 1:
        raise ValueError(
            "The sum of `left_size` and `right_size` is greater than 1. It must be less than or "
            "equal to 1."
        )
    left, right = counts
    left = total - right if left is None else left
    right = total - left if right is None else right
    if left + right > total:
        raise ValueError(
            f"The sum of `left_size` and `right_size` should be smaller than the {total}. "
            f"Received: left_size + right_size = {left + right} and total_length = {total}"
        )
    for count, side in ((left, "left"), (right, "right")):
        if count == 0:
            raise ValueError(
                f"With `dataset` of length={total}, `left_size`={left} and `right_size`={right}. "
                f"Resulting {side} side dataset split will be empty. Adjust any of the "
                "aforementioned parameters"
            )
    return left, right


def timeseries_dataset_from_array(
    data,
    targets,
    sequence_length,
    sequence_stride=1,
    sampling_rate=1,
    batch_size=128,
    shuffle=False,
    seed=None,
    start_index=None,
    end_index=None,
    format="tf",
):
    """A data set of windows cut from a time series.

    Args:
      data: an array whose first axis is time.
      targets: an array whose row i belongs to the window that begins at time i; or None.
      sequence_length: time steps in a window.
      sequence_stride: distance between the beginnings of windows.
      sampling_rate: distance between the time steps of a window.
      batch_size: windows in a batch; None for single windows.
      shuffle: whether to mix the windows; `seed` fixes their order.
      start_index, end_index: the part of `data` to use.
      format: "tf".

    Raises:
      ValueError: an argument outside of its range.

    Example:
    >>> dataset = tf.keras.utils.timeseries_dataset_from_array(
    ...     np.arange(5), np.arange(5) * 10, sequence_length=3)
    >>> for windows, targets in dataset:
    ...     print(windows.numpy().tolist(), targets.numpy().tolist())
    [[0, 1, 2], [1, 2, 3], [2, 3, 4]] [0, 10, 20]
    """
    if format != "tf":
        raise NotImplementedError(f'format={format!r} is not built; use "tf".')
    first, last = _checked_range(len(data), start_index, end_index)
    for name, value in (("sampling_rate", sampling_rate), ("sequence_stride", sequence_stride)):
        if not 0 < value < len(data):
            raise ValueError(
                f"`{name}` must be higher than 0 and lower than the length of the data. Received: "
                f"{name}={value}, for data of length {len(data)}"
            )
    count = last - first - (sequence_length - 1) * sampling_rate
    if targets is not None:
        count = min(count, len(targets))
    starts = np.arange(0, count, sequence_stride)
    if shuffle:
        seed = np.random.randint(1e6) if seed is None else seed
        np.random.RandomState(seed).shuffle(starts)
    series = to_leaf(data[first:last])
    labels = None if targets is None else to_leaf(targets[first:last])
    steps = np.arange(sequence_length) * sampling_rate

    def cut(positions):
        windows = series[np.asarray(positions)[..., None] + steps]
        return windows if labels is None else (windows, labels[np.asarray(positions)])

    # The windows' beginnings are mixed and batched, so that one call cuts a whole batch.
    dataset = Dataset.from_tensor_slices(starts)
    if shuffle:
        dataset = dataset.shuffle(1024 if batch_size is None else 8 * batch_size, seed)
    if batch_size is not None:
        dataset = dataset.batch(batch_size)
    return dataset.map(cut)


def _checked_range(length, start_index, end_index):
    if start_index and not 0 <= start_index < length:
        raise ValueError(
            "`start_index` must be 0 or greater and lower than the length of the data. Received: "
            f"start_index={start_index}, for data of length {length}"
        )
    if end_index:
        if start_index and end_index <= start_index:
            raise ValueError(
                "`end_index` must be higher than `start_index`. Received: "
                f"start_index={start_index}, and end_index={end_index}"
            )
        if not 0 < end_index < length:
            raise ValueError(
                "`end_index` must be higher than 0 and lower than the length of the data. "
                f"Received: end_index={end_index}, for data of length {length}"
            )
    return start_index or 0, length if end_index is None else end_index


class PyDataset:
    """A data set written as a class: `len(self)` batches, batch i being `self[i]`.

    A subclass defines `__len__` (or `num_batches`) and `__getitem__`, which returns a tuple
    `(inputs,)`, `(inputs, targets)` or `(inputs, targets, sample_weights)`. It need not call
    `super().__init__`.

    Args:
      workers: how many batches are made at a time when `fit` and the like read it.
      use_multiprocessing: workers are threads here in any case, which NumPy's functions let run
        beside one another.
      max_queue_size: how many batches may be made ahead.

    Example:
    >>> class Squares(tf.keras.utils.PyDataset):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, index):
    ...         x = np.arange(2) + 2 * index
    ...         return x, x * x
    >>> [y.tolist() for x, y in Squares(workers=2)]
    [[0, 1], [4, 9]]
    """

    workers = 1
    use_multiprocessing = False
    max_queue_size = 10

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers, self.max_queue_size = workers, max_queue_size
        self.use_multiprocessing = use_multiprocessing

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(self, index).")

    @property
    def num_batches(self):
        """The number of batches; None when there is no end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(
            f"{type(self).__name__} must define __len__(self), or num_batches as a property."
        )

    def __iter__(self):
        return self.read(self._numbers())

    def _numbers(self):
        try:
            count = self.num_batches
        except NotImplementedError:
            count = None
        return itertools.count() if count is None else range(count)

    def read(self, numbers):
        """The batches of these numbers in turn, made by `workers` threads when there are several.

        Example:
        >>> class Rows(tf.keras.utils.PyDataset):
        ...     def __len__(self):
        ...         return 3
        ...     def __getitem__(self, index):
        ...         return [index]
        >>> list(Rows().read([2, 0]))
        [[2], [0]]
        """
        if self.workers > 1:
            return parallel_map(lambda number, _: self[number], iter(numbers), self.workers)
        return (self[number] for number in numbers)

    def on_epoch_begin(self):
        """Called by `fit` before each epoch."""

    def on_epoch_end(self):
        """Called by `fit` after each epoch."""


Sequence = PyDataset


class DatasetCreator:
    """A data set for `fit` that a function makes, which Keras 2 had for several workers.

    Args:
      dataset_fn: a function of a `tf.distribute.InputContext` that returns a `tf.data.Dataset`.
      input_options: of no effect on one device.

    Example:
    >>> made = tf.keras.utils.experimental.DatasetCreator(lambda context: tf.data.Dataset.range(3))
    >>> len(made())
    3
    """

    def __init__(self, dataset_fn, input_options=None):
        if not callable(dataset_fn):
            raise TypeError(f"`dataset_fn` must be a function, got {dataset_fn!r}.")
        self.dataset_fn, self.input_options = dataset_fn, input_options

    def __call__(self, context=None):
        """The data set, for the one worker there is."""
        return self.dataset_fn(context or InputContext())
