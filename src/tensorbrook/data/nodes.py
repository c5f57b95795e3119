"""Node: one step of a pipeline. Sources have no inputs, transformations have one or more.

`Dataset` is the public handle around a node. A node gives its elements as flat lists of leaves (see
`structure.py`) from plain Python iterators; each call of `iterate` begins a new pass.

Rows: a node whose elements are rows of arrays in memory also has `table()`, the arrays, and
`order()`, an iterator of row numbers. Steps that only choose or reorder elements then run over the
numbers, and `batch` gathers whole batches at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np

from ..core.composite import TypeSpec
from .structure import Structure

INFINITE = -1
UNKNOWN = -2


class Node:
    """The base of all steps.

    Attributes:
      shown: the class name TensorFlow prints for such a data set.
      inputs: the nodes this one reads.
    """

    shown: str
    public: ClassVar[Callable]  # Dataset: set where it is defined, above this module
    inputs: tuple[Node, ...] = ()
    options = None
    _structure: Any = None
    _spec = None

    def iterate(self) -> Iterator:
        """An iterator over one pass of the elements.

        The passes of the inputs begin now and not with the first element, as TensorFlow's do: it
        is then that `shuffle` draws the seeds of its pass. Elements are made when asked for.
        """
        return self.run(*[node.iterate() for node in self.inputs])

    def run(self, *passes: Iterator) -> Iterator:
        """The elements made of one pass over each input."""
        raise NotImplementedError

    def make_spec(self):
        """The structure of the specs of an element."""
        raise NotImplementedError

    def size(self) -> int:
        """The number of elements, INFINITE or UNKNOWN."""
        return UNKNOWN

    def table(self) -> Table | None:
        """The arrays whose rows are the elements, or None."""
        return None

    def order(self) -> Iterator[int]:
        """The numbers of the rows, in order; only where there is a table."""
        raise NotImplementedError

    def reads_ahead(self) -> bool:
        """True when nobody can tell whether elements are taken before they are asked for."""
        return False

    def rows_alike(self) -> bool:
        """True when all components of an element have as many rows: in batches, and what is made
        of each batch as a whole, unless the function changes that. A number where components of
        so many replicas come in turn, each with rows of its own.
        """
        return len(self.inputs) == 1 and self.inputs[0].rows_alike()

    def seed_pairs(self) -> list:
        """What the passes of this node and its inputs draw their seeds from, each once."""
        own = getattr(self, "seeds", None)
        found = {} if own is None else {id(own): own}
        for node in self.inputs:
            found.update((id(pairs), pairs) for pairs in node.seed_pairs())
        return list(found.values())

    def made_in_trace(self) -> bool:
        """True when a function given to a step within was made while a trace was."""
        return any(getattr(value, "in_trace", False) for value in vars(self).values()) or any(
            node.made_in_trace() for node in self.inputs
        )

    @property
    def spec(self):
        """The element's spec, found once."""
        if self._spec is None:
            self._spec = self.make_spec()
        return self._spec

    @property
    def structure(self) -> Structure:
        """The nesting of the elements."""
        if self._structure is None:
            self._structure = Structure(self.spec)
        return self._structure

    def dataset(self):
        """The public data set of this node."""
        return self.public(self)

    def dataset_spec(self):
        """The public spec of this node as a component of an element."""
        return DatasetSpec(self.spec)


class Reordering(Node):
    """A step that passes its input's elements on unchanged: some, or in another order."""

    def __init__(self, source: Node):
        self.inputs = (source,)

    def reorder(self, start: Callable[[], Iterator]) -> Iterator:
        """The items of `start()`, an iterator over one pass, chosen and ordered.

        Items are elements, or row numbers: they must not be looked at.
        """
        return self.run(start())

    def iterate(self):
        table = self.table()
        if table is None:
            return self.reorder(self.inputs[0].iterate)
        return table.rows(self.order())

    def table(self):
        return self.inputs[0].table()

    def reads_ahead(self):
        return self.inputs[0].reads_ahead()

    def order(self):
        return self.reorder(self.inputs[0].order)

    def make_spec(self):
        return self.inputs[0].spec

    @property
    def structure(self):
        return self.inputs[0].structure


class Table:
    """Arrays with the first axis in common: an element is a row of each."""

    keeps_rows = True  # the rows are there already, and cost nothing

    def __init__(self, arrays: list[np.ndarray]):
        self.arrays = arrays

    def rows(self, order: Iterator[int]) -> Iterator[list]:
        """The elements of these row numbers."""
        # An ellipsis keeps a string scalar an array of rank 0 rather than bare bytes.
        if len(self.arrays) == 1:
            (array,) = self.arrays
            if array.dtype != object:
                return ([array[number]] for number in order)
            return ([array[number, ...]] for number in order)
        return ([array[number, ...] for array in self.arrays] for number in order)

    def gather(self, numbers: list[int], begin: int = 0) -> list[np.ndarray]:
        """Rows by number, one array for each of the table; a view where they follow one another.

        Args:
          numbers: one at least.
          begin: how many elements of the pass come before, for messages.
        """
        first, count = numbers[0], len(numbers)
        if numbers[-1] - first == count - 1 and numbers == list(range(first, first + count)):
            return [array[first : first + count] for array in self.arrays]
        index = np.array(numbers)
        return [array.take(index, axis=0) for array in self.arrays]

    def examples(self, count: int) -> list[np.ndarray] | None:
        """The first rows, `count` of them at most; None where they cannot be had."""
        return [array[:count] for array in self.arrays] if len(self.arrays[0]) else None


class Elements(Node):
    """A nested data set over elements already made, such as a window's."""

    shown = "_VariantDataset"

    def __init__(self, elements: list, structure: Structure, spec=None):
        self.elements, self._structure, self._spec = elements, structure, spec

    def iterate(self):
        return iter(self.elements)

    def size(self):
        return UNKNOWN

    def make_spec(self):
        return self.structure.common_spec(self.elements)


class DatasetSpec(TypeSpec):
    """Describes a data set by its element's specs.

    Example:
    >>> tf.data.DatasetSpec.from_value(tf.data.Dataset.range(3))
    DatasetSpec(TensorSpec(shape=(), dtype=tf.int64, name=None), TensorShape([]))
    """

    def __init__(self, element_spec, dataset_shape=()):
        self.element_spec, self.dataset_shape = element_spec, dataset_shape

    @staticmethod
    def from_value(value):
        """The spec of a data set."""
        return DatasetSpec(value.element_spec)

    def example_node(self, unknown, fill):
        """A node with one element that fits."""
        structure = Structure(self.element_spec)
        element = structure.example(unknown, fill)
        return Elements([element], structure, self.element_spec)

    def _serialize(self):
        return self.element_spec, self.dataset_shape

    def __hash__(self):
        return hash(repr(self))

    def __repr__(self):
        return f"DatasetSpec({self.element_spec}, TensorShape({list(self.dataset_shape)}))"
