"""Iterators over data sets."""

from __future__ import annotations

from collections import deque
from itertools import islice
from threading import RLock
from typing import Any

import numpy as np

from ..base.context import context
from ..base.errors import OutOfRangeError, TraceBreak
from ..core.composite import TypeSpec
from ..core.dispatch import init_scope
from ..core.tensor import wrap
from ..core.trackable import Trackable
from ..core.variable import Stateful
from .optional import Optional
from .rounds import END, Handle, begun_in_trace, next_in_trace, optional_in_trace, trace_rounds
from .structure import as_numpy


class _Items:
    """The leaves of the elements of a pass, for any number of threads: each gets the next.

    Attributes:
      taken: how many were taken.
      began: where its random streams were at the beginning.
    """

    def __init__(self, node, taken=0):
        self.began = [pairs.place for pairs in node.seed_pairs()]
        self._items, self._lock, self.taken = node.iterate(), RLock(), taken
        deque(islice(self._items, taken), maxlen=0)

    def __iter__(self):
        return self

    def __next__(self):
        with self._lock:
            # The functions of a pipeline run eagerly, also where a traced function iterates.
            if context.traces:
                with init_scope():
                    leaves = next(self._items)
            else:
                leaves = next(self._items)
            self.taken += 1
            return leaves


class TracedData:
    """What a trace can loop over: it becomes a node of the graph.

    Its number, and whether all components of its elements have as many rows, are the subclass's.
    """

    element_spec: Any
    _rows_alike: bool
    _known_handle = None
    _of_trace = False  # it means nothing when the trace is over

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
            return Optional(flag, value, self)
        try:
            return Optional(wrap(np.bool_(True)), next(self), self)
        except StopIteration:
            return Optional.empty(self)


class IteratorOfTrace(AsOptional):
    """An iterator that the graph makes anew at each run."""

    _of_trace = True

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


class _Place(Trackable):
    """Where an iterator is, for checkpoints: TensorFlow has another notion of that."""

    def __init__(self, iterator):
        self._iterator = iterator

    def _track_values(self):
        return self._iterator.state()

    def _track_restore(self, values):
        self._iterator.check_state(values)
        return lambda: self._iterator.restore(values)


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
        self._structure, self._place = None, None
        self._rows_alike = node.rows_alike()
        self._in_trace = self._of_trace = bool(context.traces)

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

    @property
    def _type_spec(self):
        return IteratorSpec(self.element_spec)

    def _begun(self):
        return self._items

    def _stand_in(self):
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._known_handle, copy._of_trace = self._handle._stand_in(), True
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

    def state(self):
        """Where the iterator is: a dict of arrays that `restore` takes.

        Example:
        >>> dataset = tf.data.Dataset.range(5).shuffle(5, seed=1)
        >>> iterator = iter(dataset)
        >>> first, kept = int(next(iterator)), iterator.state()
        >>> rest = [int(x) for x in iterator]
        >>> other = iter(dataset)
        >>> other.restore(kept)
        >>> [int(x) for x in other] == rest
        True
        """
        streams = np.array(self._items.began, np.uint64).reshape(-1, 3)
        return {"taken": np.int64(self._items.taken), "streams": streams}

    def restore(self, state):
        """Goes to where an iterator over the same pipeline was, in this program or another one.

        The elements before that place are made again and dropped, but for those that are rows of
        arrays.

        Args:
          state: what `state()` gave.

        Raises:
          ValueError: it is of another pipeline.
        """
        self.check_state(state)
        streams = np.asarray(state["streams"]).tolist()
        for each, place in zip(self._node_read.seed_pairs(), streams):
            each.place = place
        self._items = _Items(self._node_read, int(state["taken"]))

    def check_state(self, state):
        """Whether `restore` can take a state.

        Raises:
          ValueError: it is of another pipeline.
        """
        count, streams = len(self._node_read.seed_pairs()), np.asarray(state["streams"])
        taken = np.asarray(state["taken"])
        whole = taken.dtype.kind in "iu" and not taken.ndim and taken >= 0
        if streams.shape != (count, 3) or streams.dtype.kind not in "iu" or not whole:
            raise ValueError(
                f"The state has random streams of the shape {streams.shape}, the pipeline has "
                f"{count}: it is of an iterator over another data set."
            )

    def _track_extras(self):
        if self._place is None:
            self._place = _Place(self)
        return {"place": self._place}

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


class IteratorSpec(TypeSpec):
    """Describes an iterator by its element's specs."""

    def __init__(self, element_spec):
        self.element_spec = element_spec

    def _serialize(self):
        return (self.element_spec,)

    def __hash__(self):
        return hash(repr(self))
