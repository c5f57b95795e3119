"""Iterators over data sets, and the optional value they can give."""

from __future__ import annotations

from threading import RLock

import numpy as np

from ..base.context import context
from ..base.errors import InvalidArgumentError, OutOfRangeError
from ..core.composite import TypeSpec
from ..core.dispatch import init_scope
from ..core.tensor import wrap
from .structure import Structure, as_numpy, map_specs, spec_of, to_leaf


class _Items:
    """The elements of a pass, for any number of threads: each gets the next one."""

    def __init__(self, node):
        self._items, self._lock = node.iterate(), RLock()

    def next(self):
        with self._lock:
            # The functions of a pipeline run eagerly, also where a traced function iterates.
            if context.traces:
                with init_scope():
                    return next(self._items)
            return next(self._items)


class Iterator:
    """One pass over a data set: next() ends with StopIteration, get_next() with OutOfRangeError.

    Example:
    >>> iterator = iter(tf.data.Dataset.range(2))
    >>> int(next(iterator)), int(iterator.get_next())
    (0, 1)
    >>> next(iterator, "no more")
    'no more'
    """

    def __init__(self, node):
        self._node_read = node
        self._items = _Items(node)
        self._structure = None

    def __iter__(self):
        return self

    def __next__(self):
        leaves = self._items.next()
        structure = self._structure
        if structure is None:
            structure = self._structure = self._node_read.structure
        return structure.tensors(leaves)

    def get_next(self):
        """The next element.

        Raises:
          OutOfRangeError: there is none left.
        """
        try:
            return next(self)
        except StopIteration:
            raise OutOfRangeError(
                "End of sequence: the dataset has no more elements. Use a `for` loop, or "
                "`repeat()` the dataset."
            ) from None

    def get_next_as_optional(self):
        """The next element as an Optional, empty at the end.

        Example:
        >>> iterator = iter(tf.data.Dataset.range(1))
        >>> first, second = iterator.get_next_as_optional(), iterator.get_next_as_optional()
        >>> bool(first.has_value()), bool(second.has_value())
        (True, False)
        """
        try:
            return Optional(next(self), self._node_read)
        except StopIteration:
            return Optional.empty(self._node_read)

    @property
    def element_spec(self):
        """The specs of an element."""
        return self._node_read.spec


class NumpyIterator:
    """One pass over a data set with NumPy values; arrays are read-only."""

    def __init__(self, node):
        self._node_read, self._items = node, _Items(node)

    def __iter__(self):
        return self

    def __next__(self):
        leaves = self._items.next()
        return self._node_read.structure.pack([as_numpy(leaf) for leaf in leaves])


_NOTHING = object()


class Optional:
    """A value that may be missing.

    Example:
    >>> two = tf.data.experimental.Optional.from_value(2)
    >>> bool(two.has_value()), int(two.get_value())
    (True, 2)
    """

    def __init__(self, value=_NOTHING, spec_source=None):
        self._value, self._spec_source = value, spec_source

    @classmethod
    def from_value(cls, value):
        """An Optional that holds `value`, whose leaves become tensors."""
        structure = Structure(value)
        return cls(structure.tensors([to_leaf(leaf) for leaf in structure.leaves]))

    @classmethod
    def empty(cls, element_spec):
        """An Optional without a value."""
        return cls(_NOTHING, element_spec)

    def has_value(self):
        """A bool tensor: whether there is a value."""
        return wrap(np.bool_(self._value is not _NOTHING))

    def get_value(self, name=None):
        """The value.

        Raises:
          InvalidArgumentError: there is none.
        """
        if self._value is _NOTHING:
            raise InvalidArgumentError("The given optional does not have a value.")
        return self._value

    @property
    def element_spec(self):
        """The specs of the value."""
        if self._spec_source is not None:
            return getattr(self._spec_source, "spec", self._spec_source)
        return map_specs(lambda leaf: spec_of(to_leaf(leaf)), self._value)

    def __repr__(self):
        if self._value is _NOTHING:
            return f"tf.experimental.Optional.empty({self.element_spec})"
        return f"tf.experimental.Optional.from_value({self._value})"


class IteratorSpec(TypeSpec):
    """Describes an iterator by its element's specs."""

    def __init__(self, element_spec):
        self.element_spec = element_spec

    def _serialize(self):
        return (self.element_spec,)

    def __hash__(self):
        return hash(repr(self))
