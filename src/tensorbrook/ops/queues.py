"""tf.queue: queues of elements, which threads fill and empty.

A queue lies outside of graphs, as a table does: a node that fills or empties one names it, and does
so each time the graph runs.
"""

import heapq
import itertools
import threading

import numpy as np

from ..base.dims import Dim
from ..base.dtypes import as_dtype
from ..base.errors import CancelledError, InvalidArgumentError, OutOfRangeError, TraceBreak
from ..base.shapes import TensorShape
from ..core.dispatch import apply, current_trace, register_public
from ..core.op import Op, Spec
from ..core.tensor import convert_to_tensor
from .seeding import get_seed
from .shape import static_int

_call = Op(
    "queue_call",
    lambda *arrays, queue, method, results: getattr(queue, method)(*arrays),
    lambda *arrays, queue, method, results: results,
    samples=lambda rng: [
        (
            (np.float32(1.5) + np.zeros(()),),
            {"queue": FIFOQueue(100, "float32", [()]), "method": "_put", "results": ()},
        )
    ],
    doc="Puts an element into a queue, or takes some out.",
    why_no_gradient="a queue is no tensor",
    effect=True,
)


class QueueBase:
    """What the queues share.

    Args:
      dtypes, shapes: of the components of an element; shapes may be None where they differ.
      names: the components' names: elements are then dicts.
      queue_ref: the capacity, a number of elements; below 1 there is no limit.
    """

    def __init__(self, dtypes, shapes, names, queue_ref, name="queue"):
        given = dtypes if isinstance(dtypes, list | tuple) else [dtypes]
        self.dtypes, self.name, self._capacity = [as_dtype(d) for d in given], name, queue_ref
        if shapes is not None and not isinstance(dtypes, list | tuple):
            shapes = shapes if _is_list_of_shapes(shapes) else [shapes]
        known = [None] * len(given) if shapes is None else list(shapes)
        self.shapes = [TensorShape(s) for s in known]
        self.names = None if names is None else [names] if isinstance(names, str) else list(names)
        for what, found in (("shapes", self.shapes), ("names", self.names)):
            if found is not None and len(found) != len(given):
                raise ValueError(
                    f"[{type(self).__name__}] there are {len(given)} dtypes, {len(found)} {what}."
                )
        self._held, self._changed, self._closed = [], threading.Condition(), False

    queue_ref = property(lambda self: self, doc="The queue itself: there is no other handle.")

    # -- within the lock ---------------------------------------------------------------------------

    def _add(self, element):
        self._held.append(element)

    def _remove(self):
        return self._held.pop(0)

    def _ready(self, count):
        """Whether `count` elements may be taken."""
        return len(self._held) >= count

    def _wait(self, holds, why):
        """Waits until `holds()`; raises `why()` where it never will."""
        while not holds():
            fault = why()
            if fault is not None:
                raise fault
            self._changed.wait(0.05)  # so that Ctrl-C is heard

    def _put(self, *arrays):
        return self._put_all([arrays])

    def _put_rows(self, *arrays):
        return self._put_all(list(zip(*arrays)))

    def _put_all(self, elements):
        closed = CancelledError(None, None, f"Queue '{self.name}' is closed.")
        with self._changed:
            for element in elements:
                self._wait(
                    lambda: not self._closed and not 0 < self._capacity <= len(self._held),
                    lambda: closed if self._closed else None,
                )
                self._add(tuple(_own(a) for a in element))  # programs write theirs again
                self._changed.notify_all()
        return ()

    def _take(self):
        return tuple(self._take_all(1)[0])

    def _take_rows(self, count=None, up_to=False):
        return self._joined(self._take_all(int(count), up_to))

    def _take_up_to(self, count):
        return self._take_rows(count, True)

    def _take_all(self, count, up_to=False):
        def fault():
            if not self._closed or (up_to and self._held):
                return None
            return OutOfRangeError(
                None,
                None,
                f"Queue '{self.name}' is closed and has insufficient elements (requested {count}, "
                f"current size {len(self._held)})",
            )

        with self._changed:
            closing = lambda: up_to and self._closed and self._held  # noqa: E731
            self._wait(lambda: self._ready(count) or closing(), fault)
            found = [self._remove() for _ in range(min(count, len(self._held)))]
            self._changed.notify_all()
        return found

    def _joined(self, elements):
        columns = zip(*elements) if elements else [()] * len(self.dtypes)
        return tuple(
            np.stack(column).astype(dtype.numpy_dtype)
            if column
            else np.zeros((0, *shape), dtype.numpy_dtype)
            for column, dtype, shape in zip(columns, self.dtypes, self.shapes)
        )

    def _count(self):
        return np.array(len(self._held), np.int32)

    # -- called by programs ------------------------------------------------------------------------

    def _components(self, vals, many):
        if self.names is not None:
            if not isinstance(vals, dict) or set(vals) != set(self.names):
                raise ValueError(f"[{self.name}] an element is a dict with keys {self.names}.")
            vals = [vals[name] for name in self.names]
        elif not isinstance(vals, list | tuple) or (len(self.dtypes) == 1 and len(vals) != 1):
            vals = [vals]
        if len(vals) != len(self.dtypes):
            raise ValueError(
                f"[{self.name}] an element has {len(self.dtypes)} components, got {len(vals)}."
            )
        tensors = [convert_to_tensor(v, d) for v, d in zip(vals, self.dtypes)]
        for tensor, shape in zip(tensors, self.shapes):
            own = TensorShape(tensor._shape[1:] if many else tensor._shape)
            if not shape.is_compatible_with(own):
                raise ValueError(f"[{self.name}] Shape {own} is not compatible with {shape}.")
        return tuple(tensors)

    def enqueue(self, vals, name=None):
        """Puts in one element; waits while the queue is full.

        Args:
          vals: a tensor, a list of components, or a dict where the queue has names.

        Raises:
          CancelledError: the queue is closed. ValueError: other components.
        """
        attrs = {"queue": self, "method": "_put", "results": ()}
        apply(_call, self._components(vals, False), attrs)

    def enqueue_many(self, vals, name=None):
        """Puts in the slices along the first axis, as `enqueue` each."""
        attrs = {"queue": self, "method": "_put_rows", "results": ()}
        apply(_call, self._components(vals, True), attrs)

    def _taken(self, method, lead, *operands):
        if current_trace() is not None and any(s.rank is None or None in s for s in self.shapes):
            raise TraceBreak("elements of a queue have shapes that nobody told: give it shapes=")
        results = ()
        if current_trace() is not None:
            pairs = zip(self.shapes, self.dtypes)
            results = tuple(Spec((*lead, *shape), dtype.numpy_dtype) for shape, dtype in pairs)
        attrs = {"queue": self, "method": method, "results": results}
        found = apply(_call, tuple(map(convert_to_tensor, operands)), attrs)
        if self.names is not None:
            return dict(zip(self.names, found))
        return found[0] if len(found) == 1 else list(found)

    _pads = False  # fills elements of several shapes up

    def _check_stacks(self):
        if not (self._pads or all(shape.is_fully_defined() for shape in self.shapes)):
            raise InvalidArgumentError(
                f"[{self.name}] dequeue_many and dequeue_up_to require the components to have "
                f"specified shapes, these have {self.shapes}: give the queue shapes=."
            )

    def dequeue(self, name=None):
        """Takes out one element; waits while there is none.

        Raises:
          OutOfRangeError: the queue is empty and closed.
        """
        return self._taken("_take", ())

    def dequeue_many(self, n, name=None):
        """Takes out `n` elements, stacked; waits until there are as many.

        Raises:
          OutOfRangeError: the queue is closed with fewer.
        """
        self._check_stacks()
        return self._taken("_take_rows", (static_int(n, "n"),), n)

    def dequeue_up_to(self, n, name=None):
        """`dequeue_many` that takes what is left of a closed queue."""
        self._check_stacks()
        return self._taken("_take_up_to", (Dim.of_data(),), n)

    def size(self, name=None):
        """The number of elements, int32."""
        count = Spec((), np.dtype("int32"))
        return apply(_call, (), {"queue": self, "method": "_count", "results": count})

    def close(self, cancel_pending_enqueues=False, name=None):
        """Lets nothing more in; what is in can be taken out."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def is_closed(self, name=None):
        """Whether the queue is closed, as a tensor."""
        return convert_to_tensor(self._closed)

    @staticmethod
    def from_list(index, queues):
        """The queue with this number in a list."""
        return queues[static_int(index, "index")]


def _own(value):
    """A copy of an array's element or row; texts stay objects."""
    kind = object if isinstance(value, bytes) else None
    return np.array(value, kind)


def _is_list_of_shapes(shapes):
    return isinstance(shapes, list) and all(
        isinstance(s, list | tuple | TensorShape) for s in shapes
    )


class FIFOQueue(QueueBase):
    """A queue that gives elements in the order they came.

    Args:
      capacity: how many elements it holds; below 1 there is no limit.
      dtypes: the dtype of an element, or a list of those of its components.
      shapes: their shapes; needed for `dequeue_many` of ragged elements no more than in graphs.
      names: the components' names: elements are then dicts.
      shared_name: of no effect: there is one process.

    Example:
    >>> queue = tf.queue.FIFOQueue(3, tf.float32, [()])
    >>> queue.enqueue_many([[1.0, 2.0]])
    >>> queue.dequeue().numpy(), queue.size().numpy()
    (np.float32(1.0), np.int32(1))
    """

    def __init__(
        self, capacity, dtypes, shapes=None, names=None, shared_name=None, name="fifo_queue"
    ):
        super().__init__(dtypes, shapes, names, capacity, name)


class PaddingFIFOQueue(QueueBase):
    """A FIFOQueue whose `dequeue_many` pads elements with zeros to the largest.

    Args: as `FIFOQueue`; shapes: with None for the sizes that differ.

    Example:
    >>> queue = tf.queue.PaddingFIFOQueue(3, [tf.int32], [[None]])
    >>> queue.enqueue([[1]]), queue.enqueue([[2, 3]])
    (None, None)
    >>> queue.dequeue_many(2).numpy()
    array([[1, 0],
           [2, 3]], dtype=int32)
    """

    _pads = True

    def __init__(
        self, capacity, dtypes, shapes, names=None, shared_name=None, name="padding_fifo_queue"
    ):
        super().__init__(dtypes, shapes, names, capacity, name)

    def _joined(self, elements):
        padded = []
        for column in zip(*elements):
            size = np.max([a.shape for a in column], axis=0)
            padded.append([np.pad(a, [(0, n - k) for n, k in zip(size, a.shape)]) for a in column])
        return super()._joined(list(zip(*padded)))


class PriorityQueue(QueueBase):
    """A queue that gives elements of the least priority first.

    Args:
      types, shapes: of the components after the priority, an int64, which comes first.

    Example:
    >>> queue = tf.queue.PriorityQueue(3, [tf.string], [()])
    >>> queue.enqueue_many([tf.constant([5, 2], tf.int64), ["late", "soon"]])
    >>> queue.dequeue()[0].numpy()
    np.int64(2)
    """

    def __init__(
        self, capacity, types, shapes=None, names=None, shared_name=None, name="priority_queue"
    ):
        types = list(types) if isinstance(types, list | tuple) else [types]
        shapes = [None] * len(types) if shapes is None else list(shapes)
        super().__init__(["int64", *types], [(), *shapes], names, capacity, name)
        self._order = itertools.count()

    def _add(self, element):
        heapq.heappush(self._held, (int(element[0]), next(self._order), element))

    def _remove(self):
        return heapq.heappop(self._held)[2]


class RandomShuffleQueue(QueueBase):
    """A queue that gives elements in a random order.

    Args:
      capacity, dtypes, shapes, names, shared_name: as `FIFOQueue`.
      min_after_dequeue: how many elements stay in for mixing, until the queue is closed.
      seed: an integer, see `tf.random.set_seed`; the order is not TensorFlow's.

    Example:
    >>> queue = tf.queue.RandomShuffleQueue(9, 0, tf.int32, [()], seed=1)
    >>> queue.enqueue_many([[1, 2, 3]])
    >>> sorted(queue.dequeue_many(3).numpy().tolist())
    [1, 2, 3]
    """

    def __init__(
        self,
        capacity,
        min_after_dequeue,
        dtypes,
        shapes=None,
        names=None,
        seed=None,
        shared_name=None,
        name="random_shuffle_queue",
    ):
        super().__init__(dtypes, shapes, names, capacity, name)
        if 0 < capacity < min_after_dequeue:
            raise InvalidArgumentError(
                f"[RandomShuffleQueue] min_after_dequeue {min_after_dequeue} must be < capacity "
                f"{capacity}."
            )
        seeds = get_seed(seed)
        self._rng = np.random.default_rng(None if seeds == (None, None) else seeds)
        self._least = min_after_dequeue

    def _ready(self, count):
        return len(self._held) >= count + (0 if self._closed else self._least)

    def _remove(self):
        return self._held.pop(int(self._rng.integers(len(self._held))))


for _queue in (FIFOQueue, PaddingFIFOQueue, PriorityQueue, QueueBase, RandomShuffleQueue):
    register_public(_queue, f"queue.{_queue.__name__}")
