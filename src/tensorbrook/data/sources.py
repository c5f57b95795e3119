"""The beginnings of pipelines: arrays, generators, ranges, files, and several data sets as one."""

from __future__ import annotations

import itertools

import numpy as np

from ..base import dtypes
from ..base.errors import InvalidArgumentError
from ..base.shapes import TensorShape
from ..core.spec import TensorSpec
from ..core.tensor import convert_to_tensor
from .nodes import INFINITE, UNKNOWN, Node, Table
from .prefetch import caught, given_all
from .random_order import SeedPairs, samples
from .structure import (
    Structure,
    StructureMismatch,
    common_structure,
    map_specs,
    source_leaf,
    spec_of,
    to_leaf,
)

_END = object()
_LARGEST_RANGE_IN_MEMORY = 1 << 20


def _leaf_without_first_axis(spec):
    return TensorSpec(spec.shape[1:], spec.dtype) if isinstance(spec, TensorSpec) else spec


class TensorSlices(Node):
    """The rows of arrays that have the first axis in common."""

    shown = "_TensorSliceDataset"

    def __init__(self, tensors):
        self._structure = Structure(tensors).dense("from_tensor_slices")
        self.arrays = [source_leaf(leaf) for leaf in self._structure.leaves]
        if not self.arrays:
            raise ValueError("Invalid `element`. `element` should not be empty.")
        for number, array in enumerate(self.arrays):
            if not isinstance(array, np.ndarray):
                raise ValueError(
                    f"Slicing dataset elements is not supported for rank 0: component {number} of "
                    f"from_tensor_slices is {array!r}. Use Dataset.zip, or from_tensors."
                )
            if not array.ndim:
                raise ValueError(
                    "Unbatching a tensor is only supported for rank >= 1: component "
                    f"{number} of from_tensor_slices is the scalar {array[()]!r}. Use "
                    "from_tensors for a single element."
                )
            if len(array) != len(self.arrays[0]):
                raise ValueError(
                    f"Dimensions {len(self.arrays[0])} and {len(array)} are not compatible: "
                    "the components of from_tensor_slices need the same first dimension, their "
                    f"shapes are {[list(a.shape) for a in self.arrays]}."
                )

    def table(self):
        return Table(self.arrays)

    def order(self):
        return iter(range(len(self.arrays[0])))

    def iterate(self):
        return self.table().rows(self.order())

    def size(self):
        return len(self.arrays[0])

    def make_spec(self):
        return self.structure.pack([_leaf_without_first_axis(spec_of(a)) for a in self.arrays])


class Tensors(Node):
    """One element."""

    shown = "_TensorDataset"

    def __init__(self, tensors):
        self._structure = Structure(tensors)
        self.element = [source_leaf(leaf) for leaf in self._structure.leaves]

    def iterate(self):
        return iter([self.element])

    def size(self):
        return 1

    def make_spec(self):
        return self.structure.pack([spec_of(leaf) for leaf in self.element])


class ElementList(Node):
    """The elements of a Python list."""

    shown = "_ListDataset"

    def __init__(self, elements):
        if not elements:
            raise ValueError("Invalid `elements`. `elements` should not be empty.")
        self._structure = Structure(elements[0])
        self.elements = [
            [to_leaf(leaf) for leaf in self._structure.flatten(element)] for element in elements
        ]

    def iterate(self):
        return iter(self.elements)

    def size(self):
        return len(self.elements)

    def make_spec(self):
        return self.structure.common_spec(self.elements)


class Range(Node):
    """The numbers from `start` up to, or down to, `stop`."""

    shown = "_RangeDataset"

    def __init__(self, *args, output_type=dtypes.int64):
        if not 1 <= len(args) <= 3:
            raise ValueError(
                "Invalid `args`. The length of `args` should be between 1 and 3 but was "
                f"{len(args)}."
            )
        bounds = [int(bound) for bound in args]
        if len(bounds) == 3 and bounds[2] == 0:
            raise InvalidArgumentError("step must be a non-zero integer.")
        self.numbers = range(*bounds)
        self.dtype = dtypes.as_dtype(output_type)
        self._table = None

    def table(self):
        if self._table is None and len(self.numbers) <= _LARGEST_RANGE_IN_MEMORY:
            numbers = self.numbers
            array = np.arange(numbers.start, numbers.stop, numbers.step)
            self._table = Table([array.astype(self.dtype.numpy_dtype)])
        return self._table

    def order(self):
        return iter(range(len(self.numbers)))

    def iterate(self):
        table = self.table()
        if table is not None:
            return table.rows(self.order())
        convert = self.dtype.numpy_dtype.type
        return ([convert(number)] for number in self.numbers)

    def size(self):
        return len(self.numbers)

    def make_spec(self):
        return TensorSpec((), self.dtype)


class Counter(Node):
    """`start`, `start + step`, and so on for ever."""

    shown = "_ScanDataset"

    def __init__(self, start, step, dtype=dtypes.int64):
        self.dtype = dtypes.as_dtype(dtype)
        self.start, self.step = (convert_to_tensor(x).numpy() for x in (start, step))

    def iterate(self):
        convert = self.dtype.numpy_dtype.type
        return (
            [convert(number)] for number in itertools.count(self.start.item(), self.step.item())
        )

    def size(self):
        return INFINITE

    def make_spec(self):
        return TensorSpec((), self.dtype)


class RandomNumbers(Node):
    """Endless uniform 32-bit numbers as int64, those of TensorFlow's `Dataset.random`."""

    shown = "_RandomDataset"

    def __init__(self, seed=None, rerandomize_each_iteration=None):
        self.seeds = SeedPairs(seed, new_each_time=bool(rerandomize_each_iteration))

    def iterate(self):
        return ([np.int64(number)] for number in samples(*self.seeds.draw()))

    def size(self):
        return INFINITE

    def make_spec(self):
        return TensorSpec((), dtypes.int64)


class Generator(Node):
    """What a Python function's iterable yields."""

    shown = "_FlatMapDataset"

    def __init__(self, generator, signature, args):
        self.generator, self._spec = generator, signature
        self.args = [convert_to_tensor(arg).numpy() for arg in args]

    def iterate(self):
        # The built-in goes on after an element that does not fit.
        return itertools.starmap(self._element, self._values())

    def _values(self, number=0):
        try:
            for number, value in enumerate(self.generator(*self.args), 1):
                yield number - 1, value
        except Exception as error:
            error.add_note(_WHERE.format(number))
            raise

    def _element(self, number, value):
        try:
            leaves = self.structure.flatten(value, exact=False)
            return [_checked(leaf, spec) for leaf, spec in zip(leaves, self.structure.leaves)]
        except StructureMismatch:
            types = map_specs(lambda spec: spec.dtype, self.spec)
            raise InvalidArgumentError(
                "TypeError: `generator` yielded an element that did not match the expected "
                f"structure. The expected structure was {types}, but the yielded element was "
                f"{value!r}."
            ) from None
        except Exception as error:
            error.add_note(_WHERE.format(number))
            raise


_WHERE = "(in the generator of Dataset.from_generator, at element {})"


def _checked(value, spec):
    """What a generator yielded, as an array that fits the signature."""
    if not isinstance(spec, TensorSpec):
        return to_leaf(value)
    try:
        if spec.dtype is dtypes.string:
            array = np.asarray(convert_to_tensor(value, dtypes.string).host())
        else:
            # A copy: generators often fill one buffer again and again.
            array = np.array(value, spec.dtype.numpy_dtype)
    except (TypeError, ValueError):
        raise InvalidArgumentError(
            "TypeError: `generator` yielded an element that could not be converted to the expected "
            f"type. The expected type was {spec.dtype.name}, but the yielded element was {value}."
        ) from None
    if not spec.shape.is_compatible_with(array.shape):
        raise InvalidArgumentError(
            f"TypeError: `generator` yielded an element of shape {array.shape} where an element of "
            f"shape {spec.shape} was expected."
        )
    return array


def legacy_signature(output_types, output_shapes):
    """The signature of from_generator's older arguments."""
    types = Structure(output_types)
    if output_shapes is None:
        shapes = [None] * len(types.leaves)
    elif types.is_leaf:
        shapes = [output_shapes]
    else:
        # A plain tuple of ints stands for a shape, as TensorShape does.
        shapes = [TensorShape(shape) for shape in _shapes_like(types.template, output_shapes)]
    specs = [TensorSpec(TensorShape(s), t) for s, t in zip(shapes, types.leaves)]
    return types.pack(specs)


def _shapes_like(template, shapes):
    if isinstance(template, dict):
        return [s for key, item in template.items() for s in _shapes_like(item, shapes[key])]
    if isinstance(template, tuple):
        return [s for item, inner in zip(template, shapes) for s in _shapes_like(item, inner)]
    return [shapes]


class Zip(Node):
    """Elements of several data sets side by side, until the first one ends."""

    shown = "_ZipDataset"

    def __init__(self, nested):
        """`nested` is a structure of nodes."""
        self.nesting = Structure(nested)
        self.inputs = tuple(self.nesting.leaves)

    def run(self, *passes):
        # All inputs are asked also after one has ended or failed, unlike by Python's zip.
        passes = [caught(items) for items in passes]

        def step():
            parts = [next(items, _END) for items in passes]
            return _END if _END in parts else [leaf for part in given_all(parts) for leaf in part]

        return iter(step, _END)

    def table(self):
        slices = [node for node in self.inputs if isinstance(node, TensorSlices)]
        if len(slices) < len(self.inputs):
            return None
        length = self.size()
        return Table([array[:length] for node in slices for array in node.arrays])

    def order(self):
        return iter(range(self.size()))

    def size(self):
        sizes = [node.size() for node in self.inputs]
        if all(size == INFINITE for size in sizes):
            return INFINITE
        if UNKNOWN in sizes:
            return UNKNOWN
        return min(size for size in sizes if size != INFINITE)

    def make_spec(self):
        return self.nesting.pack([node.spec for node in self.inputs])

    @property
    def structure(self):
        return Structure(self.nesting.pack([node.structure.template for node in self.inputs]))


def _later(items, node):
    yield items
    yield node.iterate()


class Concatenate(Node):
    """One data set after another."""

    shown = "_ConcatenateDataset"

    def __init__(self, first, second):
        self.inputs = (first, second)

    def iterate(self):
        first, second = self.inputs
        return itertools.chain.from_iterable(_later(first.iterate(), second))

    def size(self):
        sizes = [node.size() for node in self.inputs]
        for special in (INFINITE, UNKNOWN):
            if special in sizes:
                return special
        return sum(sizes)

    def make_spec(self):
        first, second = (node.spec for node in self.inputs)
        try:
            return common_structure(first, second)
        except TypeError:
            raise TypeError(
                f"Incompatible dataset elements:\n  {first} vs.   {second}. Concatenated data sets "
                "need the same structure and dtypes; bring one into line with `map`."
            ) from None

    @property
    def structure(self):
        return self.inputs[0].structure
