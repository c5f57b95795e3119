"""Iterators over data sets, and the optional value they can give."""

from __future__ import annotations

from threading import RLock
from typing import Any

import numpy as np

from ..base.context import context
from ..base.errors import InvalidArgumentError, OutOfRangeError
from ..core.composite import TypeSpec
from ..core.dispatch import TraceBreak, init_scope
from ..core.tensor import wrap
from ..core.variable import Stateful
from ..ops.debugging import assert_
from .rounds import END, Handle, begun_in_trace, next_in_trace, optional_in_trace, trace_rounds
from .structure import Structure, as_numpy, map_specs, spec_of, to_leaf


class _Items:
    """The leaves of the elements of a pass, for any number of threads: each gets the next."""

    def __init__(self, node):
        self._items, self._lock = node.iterate(), RLock()

    def __iter__(self):
        return self

    def __next__(self):
        with self._lock:
            # The functions of a pipeline run eagerly, also where a traced function iterates.
            if context.traces:
                with init_scope():
                    return next(self._items)
            return next(self._items)


class TracedData:
    """What a trace can loop over: it becomes a node of the graph.

    Its number, and whether all components of its elements have as many rows, are the subclass's.
    """

    element_spec: Any
    _rows_alike: bool
    _known_handle = None

    @property
    def _handle(self):
        if self._known_handle is None:
            self._known_handle = Handle(self)
        return self._known_handle

    def _number(self):
        return self._handle._read()

    def _trace_key(self):
        return type(self).__name__, repr(self.element_spec), self._rows_alike

    def _trace_rounds(self, step, going, state):
        return trace_rounds(self, step, going, state)


class AsOptional(TracedData):
    """What iterators have in common, in a trace and outside."""

    def get_next_as_optional(self):
        """The next element as an Optional, empty at the end.

        Example:
        >>> iterator = iter(tf.data.Dataset.range(1))
        >>> first, second = iterator.get_next_as_optional(), iterator.get_next_as_optional()
        >>> bool(first.has_value()), bool(second.has_value())
        (True, False)
        """
        if context.traces:
            flag, value = optional_in_trace(self)
            return Optional(value, self, flag)
        try:
            return Optional(next(self), self)
        except StopIteration:
            return Optional.empty(self)


class IteratorOfTrace(AsOptional):
    """An iterator that the graph makes anew at each run."""

    def __init__(self, data):
        self.element_spec, self._rows_alike = data.element_spec, data._rows_alike
        self._tensor = begun_in_trace(data)

    def _number(self):
        return self._tensor

    def __iter__(self):
        raise TraceBreak("a Python loop over an iterator, whose elements a trace does not know")

    def __next__(self):
        return next_in_trace(self)

    get_next = __next__


class Iterator(AsOptional, Stateful):
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
        self._rows_alike = node.rows_alike()
        self._in_trace = bool(context.traces)

    def __iter__(self):
        if context.traces:
            raise TraceBreak("a Python loop over a data set, whose elements a trace does not know")
        return self

    def __next__(self):
        if context.traces:
            return self._traced_next()
        leaves = next(self._items)
        structure = self._structure
        if structure is None:
            structure = self._structure = self._node_read.structure
        return structure.tensors(leaves)

    def _traced_next(self):
        if self._in_trace:
            raise TraceBreak("an iterator is made inside the function, anew at each call")
        return next_in_trace(self)

    def _begun(self):
        return self._items

    def _stand_in(self):
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._known_handle = self._handle._stand_in()
        return copy

    def get_next(self):
        """The next element.

        Raises:
          OutOfRangeError: there is none left.
        """
        try:
            return next(self)
        except StopIteration:
            raise OutOfRangeError(END) from None

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
        leaves = next(self._items)
        return self._node_read.structure.pack([as_numpy(leaf) for leaf in leaves])


_NOTHING = object()
_EMPTY = "The given optional does not have a value."


class Optional:
    """A value that may be missing.

    Example:
    >>> two = tf.data.experimental.Optional.from_value(2)
    >>> bool(two.has_value()), int(two.get_value())
    (True, 2)
    """

    def __init__(self, value=_NOTHING, spec_source=None, flag=None):
        self._value, self._spec_source = value, spec_source
        self._flag = wrap(np.bool_(value is not _NOTHING)) if flag is None else flag

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
        return self._flag

    def get_value(self, name=None):
        """The value.

        Raises:
          InvalidArgumentError: there is none.
        """
        if self._value is _NOTHING:
            raise InvalidArgumentError(_EMPTY)
        if not self._flag.is_eager:
            assert_(self._flag, [_EMPTY])
        return self._value

    @property
    def element_spec(self):
        """The specs of the value."""
        if self._spec_source is not None:
            return getattr(self._spec_source, "element_spec", self._spec_source)
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
