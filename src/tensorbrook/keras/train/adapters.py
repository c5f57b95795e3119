"""Data in: whatever fit, evaluate and predict are given, as epochs of batches of tensors.

An adapter has `num_batches` (None when unknown), `num_samples_hint` and `epoch()`, which yields
x, or tuples (x,), (x, y) or (x, y, sample_weight), of structures of tensors.
"""

import inspect
import itertools
import numbers
import random
import types

import numpy as np

from ...base import nest
from ...base.config import settings
from ...core.composite import CompositeTensor
from ...core.tensor import Tensor, convert_to_tensor, wrap
from ...data.dataset import Dataset
from ...ops import gather
from ...ops.ragged import RaggedTensor
from ..seeds import EpochOrder
from ..utils.dataset_utils import DatasetCreator, PyDataset
from .arguments import positive
from .sparse_rows import SparseRows


def adapt(
    x, y=None, sample_weight=None, batch_size=None, steps=None, shuffle=False, class_weight=None
):
    """The adapter for the arguments of fit, evaluate or predict.

    Raises:
      ValueError: arguments that do not go together, or arrays of different lengths.
    """
    weights = _class_weights(class_weight)
    if x is None:
        raise ValueError("`x` is None: give the inputs, as arrays, a Dataset or a generator.")
    x = x() if isinstance(x, DatasetCreator) else x
    if isinstance(x, Dataset):
        adapter = DatasetAdapter(x, weights)
    elif isinstance(x, PyDataset):
        adapter = PyDatasetAdapter(x, shuffle, weights)
    elif isinstance(x, types.GeneratorType) or (
        hasattr(x, "__next__") and not hasattr(x, "__array__")
    ):
        adapter = GeneratorAdapter(x, weights)
    elif _is_loader(x):
        adapter = LoaderAdapter(x, weights)
    else:
        return ArrayAdapter(x, y, sample_weight, batch_size, steps, shuffle, weights)
    what = type(adapter).__name__.removesuffix("Adapter")
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(
                f"`{name}` should not be passed when `x` is a {what}: it yields (x, y) or (x, y, "
                "sample_weight) itself."
            )
    if batch_size is not None and what != "Dataset":
        raise ValueError(
            f"`batch_size` should not be passed when `x` is a {what}: it makes batches."
        )
    return adapter


def _array_of(value):
    if hasattr(value, "_read"):
        value = value._read()
    if isinstance(value, Tensor):
        return value.host()
    if hasattr(value, "detach"):  # PyTorch's tensors
        return value.detach().cpu().numpy()
    if hasattr(value, "to_numpy"):
        return value.to_numpy()
    return np.asarray(value)


def to_array(value, name="x"):
    """One array of what holds numbers: floats in floatx; None and RaggedTensors stay.

    SparseTensors and SciPy's matrices become SparseRows.

    Raises:
      ValueError: something that holds none; the argument's `name` is told.
    """
    if value is None or isinstance(value, RaggedTensor | SparseRows):
        return value
    if value.__class__ is np.ndarray:
        array = value
    else:
        rows = SparseRows.of(value, settings.floatx)
        if rows is not None:
            return rows
        array = _array_of(value)
    if array.dtype.kind == "O" and not all(isinstance(v, (str, bytes)) for v in array.flat):
        raise ValueError(
            f"Unrecognized data type: `{name}` is a {type(value).__name__} of objects such as "
            f"{array.flat[0]!r}. Give arrays of numbers."
        )
    if array.dtype.kind == "f" and array.dtype != settings.floatx:
        array = array.astype(settings.floatx)
    elif array.dtype.kind in "USO":
        array = convert_to_tensor(array).host()
    return np.asarray(array)


def _is_list_of_numbers(value):
    while isinstance(value, (list, tuple)):
        if not value:
            return True
        value = value[0]
    return isinstance(value, (int, float, bool, str, np.generic))


def to_arrays(structure, name="x"):
    """A structure of arrays; plain lists of numbers become one array."""
    if isinstance(structure, (list, tuple)) and _is_list_of_numbers(structure):
        return to_array(structure, name)
    if isinstance(structure, (list, tuple, dict)):
        return nest.map_structure(lambda leaf: to_array(leaf, name), structure)
    return to_array(structure, name)


def single_batch(x, batch_size=None):
    """An array that makes up one batch, as that batch, without a copy; None for other data."""
    if x.__class__ is not np.ndarray and x.__class__ is not Tensor:
        return None
    array = to_array(x)
    most = _BATCH if batch_size is None else positive("batch_size", batch_size)
    if not array.ndim or not 0 < len(array) <= most:
        return None
    return wrap(array)


_BATCH = 32
_LARGEST_COPY = 2**28  # bytes


class Adapter:
    """What adapters have in common: randomness of their own, which most have not."""

    def random_state(self):
        """Where the adapter's own randomness is, as lists and numbers."""

    def set_random_state(self, found):
        """Goes to where `random_state` was, in this process or another one."""


class ArrayAdapter(Adapter):
    """Arrays in memory, cut into batches, in the order of `EpochOrder`.

    Attributes:
      arrays: the arrays of all samples, without their structure.
    """

    def __init__(self, x, y, sample_weight, batch_size, steps, shuffle, class_weights):
        x, y = to_arrays(x), to_arrays(y, "y")
        sample_weight = to_arrays(sample_weight, "sample_weight")
        if class_weights is not None:
            if sample_weight is not None:
                raise ValueError("You cannot pass `class_weight` and `sample_weight` together.")
            sample_weight = class_weights(y)
        data = [x, y, sample_weight]
        while data[-1] is None:
            data.pop()
        self._data = tuple(data)
        self._is_flat = all(a.__class__ is np.ndarray for a in self._data)
        self._is_alone = self._is_flat and len(self._data) == 1
        self.arrays = [a for a in nest.flatten(self._data) if a is not None]
        _check_lengths(x, y, sample_weight)
        self.num_samples = _count(self.arrays[0]) if self.arrays else 0
        if not self.num_samples:
            raise ValueError(
                f"There are no data: `x` holds {nest.map_structure(np.shape, x)}, no samples."
            )
        size = _BATCH if steps is None else -(-self.num_samples // steps)
        self.batch_size = size if batch_size is None else batch_size
        self.num_batches = -(-self.num_samples // self.batch_size)
        self._order = EpochOrder(self.num_samples, shuffle, self.batch_size)
        self._shuffled, self._straight, self._contiguous = bool(shuffle), None, None
        self._brought = None  # (device, the arrays there)

    def epoch(self):
        """The batches of one epoch."""
        return ArrayPass(self)

    def random_state(self):
        """Where the order of samples comes from."""
        return self._order.random_state()

    def set_random_state(self, found):
        """Goes to where `random_state` was."""
        self._order.set_random_state(found)

    def draw(self):
        """The samples' numbers in the order of an epoch; None for that of the arrays."""
        return self._order.indices() if self._shuffled else None

    def straight(self):
        """The samples' numbers in the order of the arrays."""
        if self._straight is None:
            self._straight = np.arange(self.num_samples)
        return self._straight

    def contiguous(self):
        """The arrays, in one piece each; None where that would take large copies."""
        if self._contiguous is None:
            if any(isinstance(a, RaggedTensor | SparseRows) for a in self.arrays):
                return None
            size = sum(a.nbytes for a in self.arrays if not a.flags.carray)
            fine = size <= _LARGEST_COPY
            self._contiguous = (
                [np.require(a, requirements="CA") for a in self.arrays] if fine else ()
            )
        return self._contiguous or None

    def fits(self, place):
        """Whether a device has room for all of the arrays."""
        room = place.backend.room(place)
        return room is None or sum(a.nbytes for a in self.contiguous()) <= room

    def brought(self, place):
        """The arrays of `contiguous` as tensors for many calls of programs on a device."""
        if self._brought is None or self._brought[0] is not place:
            self._brought = place, [place.bring(wrap(a)) for a in self.contiguous()]
        return self._brought[1]

    def batch(self, pick):
        """The samples that a slice or an array of numbers picks, as tensors in their structure.

        One array of x alone stays alone, as Keras hands it to a step.
        """
        if pick.__class__ is slice:
            return self._packed([_wrapped(a[pick]) for a in self.arrays])
        return self._packed([_taken(a, pick) for a in self.arrays])

    def _packed(self, tensors):
        if self._is_flat:
            return tensors[0] if self._is_alone else tuple(tensors)
        left = iter(tensors)
        return nest.map_structure(lambda a: None if a is None else next(left), self._data)


def _count(array):
    """The number of samples."""
    return int(array.nrows()) if isinstance(array, RaggedTensor) else len(array)


def _wrapped(array):
    if isinstance(array, SparseRows):
        return array.tensor()
    return array if isinstance(array, RaggedTensor) else wrap(array)


def _taken(array, numbers):
    if isinstance(array, SparseRows):
        return array.take(numbers).tensor()
    ragged = isinstance(array, RaggedTensor)
    return gather(array, numbers) if ragged else wrap(array.take(numbers, 0))


class ArrayPass:
    """The batches of one pass over arrays: an iterator that can be moved on.

    Attributes:
      adapter: where the batches come from.
      at: the number of the next batch.
      is_ordered: whether the order of samples is drawn.
    """

    def __init__(self, adapter):
        self.adapter, self.at = adapter, 0
        self._order, self.is_ordered = None, False

    def order(self):
        """The samples' numbers in the order of this pass, None for that of the arrays."""
        if not self.is_ordered:
            self._order, self.is_ordered = self.adapter.draw(), True
        return self._order

    def rows(self):
        """The samples' numbers, a row for each batch of the full size."""
        order, size = self.order(), self.adapter.batch_size
        order = self.adapter.straight() if order is None else order
        return order[: len(order) // size * size].reshape(-1, size)

    def last_row(self):
        """The numbers of the samples after all batches of the full size, as one row."""
        order, size = self.order(), self.adapter.batch_size
        order = self.adapter.straight() if order is None else order
        return order[len(order) // size * size :].reshape(1, -1)

    def full_left(self):
        """How many batches of the full size are left."""
        return self.adapter.num_samples // self.adapter.batch_size - self.at

    def peek(self):
        """The next batch, which remains the next one."""
        size, order = self.adapter.batch_size, self.order()
        pick = slice(self.at * size, min((self.at + 1) * size, self.adapter.num_samples))
        return self.adapter.batch(pick if order is None else order[pick])

    def __iter__(self):
        return self

    def __next__(self):
        if self.at >= self.adapter.num_batches:
            raise StopIteration
        batch = self.peek()
        self.at += 1
        return batch


def _check_lengths(x, y, sample_weight):
    sizes = {}
    for name, structure in (("x", x), ("y", y), ("sample_weight", sample_weight)):
        for a in nest.flatten(structure):
            if a is not None:
                if not len(a.shape):
                    raise ValueError(f"`{name}` must have a first axis of samples, got a scalar.")
                sizes.setdefault(name, []).append(_count(a))
    if len({n for group in sizes.values() for n in group}) > 1:
        shown = "".join(f"\n'{k}' sizes: {', '.join(map(str, v))}" for k, v in sizes.items())
        raise ValueError(
            "Data cardinality is ambiguous. Make sure all arrays contain the same number of "
            "samples." + shown
        )


def split(arrays, fraction):
    """(training part, validation part) of structures of arrays: the last `fraction` validates.

    Raises:
      TypeError, ValueError: `fraction` is no number between 0 and 1, a part would be empty, or the
        data are no arrays.
    """
    if not isinstance(fraction, numbers.Real):
        raise TypeError(f"`validation_split` must be a number, got {fraction!r}.")
    if not 0 <= fraction < 1:
        raise ValueError(
            f"`validation_split` must be at least 0 and less than 1, got {fraction}: it is the "
            "share of the samples that is kept for validation."
        )
    for data in arrays:
        if isinstance(data, (Dataset, PyDataset)) or inspect.isgenerator(data):
            raise ValueError(
                "Argument `validation_split` is only supported for tensors or NumPy arrays: pass "
                f"validation_data= instead for a {type(data).__name__}."
            )
    arrays = [to_arrays(a, name) for a, name in zip(arrays, ("x", "y", "sample_weight"))]
    first = next(a for a in nest.flatten(arrays) if a is not None)
    count = _count(first)
    cut = int(np.floor(count * (1 - fraction)))
    if cut in (0, count):
        raise ValueError(
            f"Training data contains {count} samples, which is not sufficient to split it "
            f"into a "
            f"validation and training set as specified by `validation_split={fraction}`. Either "
            "provide more data, or a different value for the `validation_split` argument."
        )

    def part(which):
        return [
            nest.map_structure(lambda a: None if a is None else a[which], s)
            if s is not None
            else None
            for s in arrays
        ]

    return part(slice(0, cut)), part(slice(cut, None))


def _class_weights(class_weight):
    """A function from labels to the weights of their classes, or None.

    Raises:
      TypeError: no dict.
      ValueError: a dict of something else; no labels, or those of several outputs.
    """
    if class_weight is None:
        return None
    if not isinstance(class_weight, dict):
        raise TypeError(
            f"`class_weight` must be a dict from class number to weight, got {class_weight!r}."
        )
    try:
        table = {int(k): float(v) for k, v in class_weight.items()}
    except (TypeError, ValueError):
        raise ValueError(
            f"`class_weight` must hold a number for each class number, got {class_weight!r}."
        ) from None

    def weights(y):
        if y is None:
            raise ValueError("`class_weight` needs targets `y`: it weighs samples by their class.")
        if nest.is_nested(y):
            raise ValueError("`class_weight` is only supported for Models with a single output.")
        y = np.asarray(y.host() if isinstance(y, Tensor) else y)
        classes = y
        if y.ndim > 1:
            classes = y.argmax(-1) if y.shape[-1] > 1 else y.reshape(y.shape[:-1])
        classes = np.round(classes).astype(np.int64)
        out = np.ones(classes.shape, settings.floatx)
        for c, w in table.items():
            out[classes == c] = w
        return out

    return weights


def _tensors(batch, class_weights):
    """A batch as x, or a tuple, of structures of tensors, floats in floatx."""
    if isinstance(batch, list) and len(batch) in (2, 3):
        batch = tuple(batch)
    if not isinstance(batch, tuple):
        if class_weights is None:
            return nest.map_structure(_tensor, batch)
        batch = (batch,)
    if len(batch) > 3:
        raise ValueError(
            "Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, "
            f"found a tuple of {len(batch)}."
        )
    if batch.__class__ is tuple and not any([isinstance(b, (list, tuple, dict)) for b in batch]):
        batch = tuple([_tensor(b) for b in batch])
    else:
        batch = nest.map_structure(_tensor, batch)
    if class_weights is not None:
        if len(batch) == 3:
            raise ValueError("You cannot pass `class_weight` and `sample_weight` together.")
        labels = batch[1] if len(batch) == 2 else None
        batch = (*batch, convert_to_tensor(class_weights(labels)))
    return batch


def _tensor(leaf):
    if leaf is None:
        return None
    if isinstance(leaf, Tensor):
        if leaf._dtype.kind == "f" and leaf._dtype != settings.floatx and leaf._dtype.itemsize > 4:
            return wrap(leaf.host().astype(settings.floatx))
        return leaf
    if isinstance(leaf, CompositeTensor):
        return nest.map_structure(_tensor, leaf, expand_composites=True)
    return _wrapped(to_array(leaf))


class DatasetAdapter(Adapter):
    """A tf.data.Dataset, which makes its own batches."""

    def __init__(self, dataset, class_weights):
        self._dataset, self._class_weights = dataset, class_weights
        count = int(dataset.cardinality())
        self.num_batches = count if count >= 0 else None
        self.infinite = count == -1

    def random_state(self):
        """Where the seeds of passes come from."""
        return [pairs.place for pairs in self._dataset._node.seed_pairs()]

    def set_random_state(self, found):
        """Goes to where `random_state` was."""
        for pairs, place in zip(self._dataset._node.seed_pairs(), found):
            pairs.place = place

    def epoch(self):
        """The batches of one pass, which begins now and not with the first batch."""
        elements = iter(self._dataset)
        return (_tensors(element, self._class_weights) for element in elements)


class PyDatasetAdapter(Adapter):
    """A keras.utils.PyDataset: batches by number, shuffled as wholes."""

    def __init__(self, dataset, shuffle, class_weights):
        self._dataset, self._shuffle, self._class_weights = dataset, shuffle, class_weights
        self.num_batches = dataset.num_batches

    def epoch(self):
        """The batches of one pass."""
        self._dataset.on_epoch_begin()
        if self.num_batches is None:
            numbers = self._dataset
        else:
            order = list(range(self.num_batches))
            if self._shuffle:
                random.shuffle(order)
            numbers = self._dataset.read(order)
        for batch in numbers:
            yield _tensors(batch, self._class_weights)
        self._dataset.on_epoch_end()


def _is_loader(x):
    """Whether batches come of iterating over `x`, each epoch anew, as over PyTorch's DataLoader."""
    arrays = ("__array__", "shape", "to_numpy", "toarray", "keys", "_read")
    plain = isinstance(x, (list, tuple, str, bytes, set, frozenset, range))
    return hasattr(x, "__iter__") and not plain and not any(hasattr(x, name) for name in arrays)


class LoaderAdapter(Adapter):
    """Something that makes batches whenever it is iterated over."""

    def __init__(self, loader, class_weights):
        self._loader, self._class_weights = loader, class_weights
        self.num_batches = len(loader) if hasattr(loader, "__len__") else None

    def epoch(self):
        """The batches of one pass."""
        for batch in self._loader:
            yield _tensors(batch, self._class_weights)


class GeneratorAdapter(Adapter):
    """A generator, which goes on where the epoch before left it."""

    num_batches = None
    once = True

    def __init__(self, generator, class_weights):
        self._generator, self._class_weights = iter(generator), class_weights

    def peek(self):
        """The next batch, which remains the next one."""
        batch = next(self._generator)
        self._generator = itertools.chain([batch], self._generator)
        return _tensors(batch, self._class_weights)

    def epoch(self):
        """The batches left."""
        for batch in self._generator:
            yield _tensors(batch, self._class_weights)


def unpack_x_y_sample_weight(data):
    """(x, y, sample_weight) of a batch, None for what it lacks.

    Example:
    >>> tf.keras.utils.unpack_x_y_sample_weight((1, 2))
    (1, 2, None)
    """
    if not isinstance(data, (tuple, list)):
        return data, None, None
    if isinstance(data, list):
        data = tuple(data)
    if not 1 <= len(data) <= 3:
        raise ValueError(
            "Data is expected to be in format `x`, `(x,)`, `(x, y)`, or `(x, y, sample_weight)`, "
            f"found a tuple of {len(data)}."
        )
    return (*data, None, None)[:3]


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """The tuple that holds what is not None.

    Example:
    >>> tf.keras.utils.pack_x_y_sample_weight(1, 2)
    (1, 2)
    """
    if y is None:
        return (x,) if nest.is_nested(x) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)
