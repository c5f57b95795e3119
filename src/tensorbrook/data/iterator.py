"""Iterators over data sets, and the optional value they can give."""

from __future__ import annotations

import itertools
import weakref
from threading import RLock
from types import SimpleNamespace

import numpy as np

from ..base.context import context
from ..base.dims import Dim
from ..base.errors import InvalidArgumentError, OutOfRangeError
from ..core.backend import host
from ..core.composite import TypeSpec
from ..core.dispatch import TraceBreak, apply, init_scope
from ..core.op import Op, Spec
from ..core.spec import TensorSpec
from ..core.tensor import wrap
from ..core.variable import Stateful, Variable
from .structure import Structure, as_numpy, map_specs, spec_of, to_leaf

_END = (
    "End of sequence: the dataset has no more elements. Use a `for` loop, or `repeat()` the "
    "dataset."
)
_numbers = itertools.count()
_by_number = weakref.WeakValueDictionary()


class _Items:
    """The leaves of the elements of a pass, for any number of threads: each gets the next."""

    def __init__(self, node):
        self._items, self._lock = node.iterate(), RLock()

    def __next__(self):
        with self._lock:
            # The functions of a pipeline run eagerly, also where a traced function iterates.
            if context.traces:
                with init_scope():
                    return next(self._items)
            return next(self._items)


class Handle(Variable):
    """The number of an iterator, as the variable by which a graph knows it."""

    def __init__(self, iterator):
        self.iterator = iterator  # which so lives as long as a graph needs it
        self._declared_shape, self._dtype = None, np.dtype(np.int64)
        self.trainable = self.watched = False
        self.path, self._base_name = None, "iterator"
        self.constraint = self.synchronization = self.aggregation = None
        number = next(_numbers)
        self._tensor, self._place = wrap(np.int64(number)), host
        _by_number[number] = iterator


def _next_kernel(number, specs):
    iterator = _by_number[int(number)]
    try:
        leaves = next(iterator._items)
    except StopIteration:
        raise OutOfRangeError(_END) from None
    for leaf, spec in zip(leaves, specs):
        sizes = zip(leaf.shape, spec.shape)
        fits = len(leaf.shape) == len(spec.shape) and all(d in (size, None) for size, d in sizes)
        if not fits or leaf.dtype != spec.dtype:
            raise InvalidArgumentError(
                f"[iterator_next] The element is {leaf.dtype}{list(leaf.shape)}, but the trace was "
                f"made for {spec.dtype}{list(spec.shape)}."
            )
    return tuple(leaves) if len(leaves) > 1 else leaves[0]


def _next_infer(number, specs):
    shapes = [tuple([Dim.of_data() if d is None else d for d in spec.shape]) for spec in specs]
    found = tuple([Spec(shape, spec.dtype) for shape, spec in zip(shapes, specs)])
    return found if len(found) > 1 else found[0]


def _next_samples(rng):
    global _sevens  # an iterator lives as long as something holds it
    _sevens = Iterator(SimpleNamespace(iterate=lambda: itertools.repeat((np.int64(7),))))
    return [((_sevens._handle._tensor.host(),), {"specs": (Spec((), np.dtype(np.int64)),)})]


_next_op = Op(
    "iterator_next",
    _next_kernel,
    _next_infer,
    samples=_next_samples,
    doc="The next element of an iterator, leaf by leaf.",
    why_no_gradient="data have no gradient",
    effect=True,
)


class Iterator(Stateful):
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
        self._structure = self._known_handle = None
        self._in_trace = bool(context.traces)

    def __iter__(self):
        if context.traces:
            raise TraceBreak("a loop over a data set, whose elements a trace does not know")
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
        """The element that the graph will get when it runs."""
        structure = Structure(self.element_spec)
        specs = structure.leaves
        if self._in_trace:
            raise TraceBreak("an iterator is made inside the function, anew at each call")
        if not all(isinstance(s, TensorSpec) and s.shape.rank is not None for s in specs):
            raise TraceBreak(f"an element of {self.element_spec} is of no rank known beforehand")
        known = tuple(Spec(tuple(s.shape), s.dtype.numpy_dtype) for s in specs)
        leaves = apply(_next_op, (self._handle._read(),), {"specs": known})
        return structure.pack(leaves if len(known) > 1 else [leaves])

    @property
    def _handle(self):
        if self._known_handle is None:
            self._known_handle = Handle(self)
        return self._known_handle

    def _trace_key(self):
        return "iterator", repr(self.element_spec)

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
            raise OutOfRangeError(_END) from None

    def get_next_as_optional(self):
        """The next element as an Optional, empty at the end.

        Example:
        >>> iterator = iter(tf.data.Dataset.range(1))
        >>> first, second = iterator.get_next_as_optional(), iterator.get_next_as_optional()
        >>> bool(first.has_value()), bool(second.has_value())
        (True, False)
        """
        if context.traces:
            raise TraceBreak("whether an iterator has a next element is not known to a trace")
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
        leaves = next(self._items)
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
