"""tf.distribute: a function called once for each replica, and where the replicas meet.

The first replica runs in the thread that called, each of the others in one of its own; but only
one of them runs at any time, in the order of their numbers, until it comes to where all meet
(`merge_call`, and what is made of it) or to its end. In a trace they all write into one graph.
"""

import threading
from importlib import import_module

from .. import ops
from ..base import nest
from ..base.context import context
from ..core.dispatch import record
from ..core.tensor import Tensor, convert_to_tensor
from ..ops.indexed_slices import IndexedSlices
from .values import PerReplica, ReduceOp, reduce_op_of, regroup, select

_NEEDS_CROSS = (
    "Method requires being in cross-replica context, use get_replica_context().merge_call()"
)


def need_cross_replica():
    """Raises RuntimeError in a function that a replica runs."""
    if context.replica is not None:
        raise RuntimeError(f"{_NEEDS_CROSS}.")


class ReplicaContext:
    """Where a function that `Strategy.run` calls is: on which replica.

    Example:
    >>> strategy = tf.distribute.get_strategy()
    >>> strategy.run(lambda: tf.distribute.get_replica_context().num_replicas_in_sync)
    1
    """

    def __init__(self, strategy, replica_id_in_sync_group):
        self._strategy, self._number = strategy, replica_id_in_sync_group

    strategy = property(lambda self: self._strategy, doc="The strategy.")

    @property
    def num_replicas_in_sync(self):
        """How many replicas there are."""
        return self._strategy.num_replicas_in_sync

    @property
    def replica_id_in_sync_group(self):
        """Which of them this is, as an int32 tensor."""
        return convert_to_tensor(self._strategy._first_replica + self._number, "int32")

    @property
    def devices(self):
        """The names of the devices of this replica: one."""
        worker_devices = self._strategy.extended.worker_devices
        return (worker_devices[self._number % len(worker_devices)],)

    def merge_call(self, merge_fn, args=(), kwargs=None):
        """Calls a function once for all replicas, when all have come here.

        Args:
          merge_fn: `merge_fn(strategy, *args, **kwargs)`; what differs between the replicas among
            the arguments comes as PerReplica values.
          args, kwargs: its arguments.

        Returns:
          Of PerReplica values in its result this replica's.

        Raises:
          RuntimeError: another replica does not come; or this is in a branch, a loop or a
            tf.function that the replica's function calls.

        Example:
        >>> def mean(strategy, x):
        ...     return strategy.reduce("MEAN", x, axis=None)
        >>> context = tf.distribute.get_replica_context()
        >>> context.merge_call(mean, args=(tf.constant(3.0),)).numpy()
        np.float32(3.0)
        """
        if context.crew is None:  # the only replica of this process
            return _merged(self._strategy, merge_fn, args, kwargs or {})
        return context.crew.meet(self._number, merge_fn, args, kwargs or {})

    def all_reduce(self, reduce_op, value, options=None):
        """The sum or mean of a value over all replicas, on each of them.

        Args:
          reduce_op: a `tf.distribute.ReduceOp`, or its name.
          value: a tensor, tf.IndexedSlices, or a structure of them.
          options: `tf.distribute.experimental.CommunicationOptions`: how the values travel.

        Example:
        >>> tf.distribute.get_replica_context().all_reduce("sum", tf.constant(2.0)).numpy()
        np.float32(2.0)
        """
        op = reduce_op_of(reduce_op)
        return self._collective(_Reduced(op), value)

    def all_gather(self, value, axis, options=None):
        """The values of all replicas, joined along an axis, on each of them.

        Args:
          value: a tensor, or a structure of them.
          axis: the axis.
          options: `tf.distribute.experimental.CommunicationOptions`: how the values travel.

        Example:
        >>> tf.distribute.get_replica_context().all_gather(tf.constant([2.0]), axis=0).numpy()
        array([2.], dtype=float32)
        """
        return self._collective(_Gathered(axis), value)

    def _collective(self, op, value):
        strategy, crew = self._strategy, context.crew
        mine = [
            leaf if isinstance(leaf, IndexedSlices) else convert_to_tensor(leaf)
            for leaf in nest.flatten(value)
        ]

        def merge(strategy, *leaves):
            every = range(strategy._local_replicas)
            return op.join(strategy, [[select(r, leaf) for r in every] for leaf in leaves])

        before, outer = context.tapes, [] if crew is None else crew.tapes
        context.tapes = outer  # the tapes that the replica opened see a replica's op
        try:
            found = self.merge_call(merge, args=mine)
        finally:
            context.tapes = before
        inner = [tape for tape in before if tape not in outer]
        if strategy.num_replicas_in_sync > 1:
            found = [_own(inner, op, x, y) for x, y in zip(mine, found)]
        elif inner:
            found = mine
        return nest.pack_sequence_as(value, found)

    def __repr__(self):
        return f"<ReplicaContext {self._number} of {self.num_replicas_in_sync}>"


def _own(tapes, op, before, after):
    """A replica's copy of a joined value, made of its own value for the tapes that it opened."""
    if not isinstance(after, Tensor):  # rows of IndexedSlices: gradients, mostly
        return IndexedSlices(after.values, after.indices, after.dense_shape)
    kept, context.tapes = context.tapes, [tape for tape in context.tapes if tape not in tapes]
    try:
        after = ops.identity(after)
        context.tapes = tapes
        record(op, (before,), (after,), {})
    finally:
        context.tapes = kept
    return after


class _Reduced:
    """For a replica's tapes: a sum or mean over all replicas, whose gradient is one as well."""

    name, gradients, broadcasts = "all_reduce", None, False

    def __init__(self, op):
        self._op = op

    def join(self, strategy, many):
        return strategy._all_reduce_many(self._op, many)

    def vjp(self, g, y, inputs, attrs, needs):
        return [get_replica_context().all_reduce(self._op, g)]


class _Gathered:
    """For a replica's tapes: the values of all replicas in a row."""

    name, gradients, broadcasts = "all_gather", None, False

    def __init__(self, axis):
        self._axis = axis

    def join(self, strategy, many):
        return [strategy._all_gather(values, self._axis) for values in many]

    def vjp(self, g, y, inputs, attrs, needs):
        axis = self._axis % len(inputs[0]._shape)

        def merge(strategy, g, x):
            every = range(strategy._local_replicas)
            whole = strategy._all_reduce(ReduceOp.SUM, [select(r, g) for r in every])
            sizes, parts = [select(r, x)._shape[axis] for r in every], []
            begin = strategy._gathered_before(sum(sizes))
            for size in sizes:
                key = (*[slice(None)] * axis, slice(begin, begin + size))
                parts.append(whole[key])
                begin += size
            return PerReplica(parts)

        return [get_replica_context().merge_call(merge, args=(g, inputs[0]))]


def _merged(strategy, merge_fn, args, kwargs):
    """Calls a function in cross-replica context."""
    outer = context.replica, context.strategy
    context.replica, context.strategy = None, strategy._entered
    try:
        return merge_fn(strategy, *args, **kwargs)
    finally:
        context.replica, context.strategy = outer


def on_replica(replica, crew, call):
    """`call(number)` in a replica's context; its Crew is None where it is the only one."""
    outer = context.replica, context.strategy, context.crew
    context.replica, context.strategy, context.crew = replica, replica.strategy._entered, crew
    try:
        return call(replica._number)
    finally:
        context.replica, context.strategy, context.crew = outer


class _Cancelled(BaseException):
    """Ends the threads of replicas where another one has failed."""


class _Member:
    """A replica that has a thread of its own."""

    def __init__(self, number):
        self.number, self.thread = number, None
        self.go, self.halts = threading.Semaphore(0), threading.Semaphore(0)
        self.request = self.answer = self.result = self.error = None
        self.ended = False


class Crew:
    """The replicas of one call of `Strategy.run`.

    Args:
      strategy: the strategy.
      call: function of a replica's number: runs it, and returns its result.
      count: how many replicas there are.
    """

    def __init__(self, strategy, call, count):
        self._strategy, self._call, self._count = strategy, call, count
        self._members = [_Member(r) for r in range(1, count)]
        self._cancelled, self._met = False, False
        self._begin = _snapshot()  # what each replica begins with
        self.tapes = self._begin["tapes"]
        self._place = len(context.traces), context.seeds

    def run(self):
        """Runs all replicas; returns the list of their results."""
        try:
            results = [self._on(0)]
            for member in self._members:
                if not self._met:  # and so do the others not
                    results.append(self._on(member.number))
                    continue
                self._advance(member)
                if not member.ended:
                    raise _uneven()
                results.append(member.result)
            return results
        finally:
            self._cancel()

    def _on(self, number):
        """Runs a replica in the thread at hand."""
        return on_replica(self._strategy._replicas[number], self, self._call)

    def _thread(self, member):
        context.__dict__.update(_copied(self._begin))
        try:
            member.result = self._on(member.number)
        except _Cancelled:
            pass
        except BaseException as error:
            member.error = error
        member.ended = True
        member.halts.release()

    def _advance(self, member):
        """Lets a replica run until it waits for the others, or ends."""
        if member.thread is None:
            member.thread = threading.Thread(target=self._thread, args=(member,), daemon=True)
            member.thread.start()
        else:
            member.go.release()
        member.halts.acquire()
        if member.error is not None:
            error, member.error = member.error, None
            raise error

    def _cancel(self):
        self._cancelled = True
        for member in self._members:
            if member.thread is not None:
                if not member.ended:
                    member.go.release()
                member.thread.join()

    def meet(self, number, merge_fn, args, kwargs):
        """A replica's `merge_call`."""
        if (len(context.traces), context.seeds) != self._place:
            raise RuntimeError(
                "`merge_call` called while defining a new graph or a tf.function: a branch or loop "
                "on tensors, or a `@tf.function` that the function given to `strategy.run` calls, "
                "contains a synchronization point, such as optimizer.apply_gradients or "
                "all_reduce. Put `@tf.function` around `strategy.run`, or give it the tf.function "
                "itself."
            )
        if number:
            return self._wait(self._members[number - 1], (merge_fn, args, kwargs))
        self._met = True
        for member in self._members:
            if not member.ended:
                self._advance(member)
            if member.ended:
                raise _uneven()
        requests = [(merge_fn, args, kwargs), *(m.request for m in self._members)]
        args, kwargs = regroup([(list(a), k) for _, a, k in requests])
        inner, context.tapes = context.tapes, self.tapes  # the replica's own see their replica
        try:
            answer = _merged(self._strategy, merge_fn, args, kwargs)
        finally:
            context.tapes = inner
        for member in self._members:
            member.answer = select(member.number, answer)
        return select(0, answer)

    def _wait(self, member, request):
        if not self._met:
            raise _uneven()
        member.request = request
        member.halts.release()
        member.go.acquire()
        if self._cancelled:
            raise _Cancelled
        return member.answer


def _uneven():
    return RuntimeError(
        "Some replicas made a different number of replica_context().merge_call() calls: all must "
        "come to the same ones, in the same order."
    )


def _snapshot():
    return _copied(context.__dict__)


def _copied(state):
    return {k: list(v) if k in ("tapes", "traces") else v for k, v in state.items()}


# -- where the program is --------------------------------------------------------------------------


def get_replica_context():
    """The context of the replica that runs the program; None in a strategy's scope.

    Outside of all strategies it is that of the one replica of the default strategy.

    Example:
    >>> tf.distribute.get_replica_context().num_replicas_in_sync
    1
    """
    if context.replica is not None:
        return context.replica
    return None if context.strategy is not None else default()._replicas[0]


def in_cross_replica_context():
    """Whether the program is in a strategy's scope, and not in a function that `run` calls.

    Example:
    >>> tf.distribute.in_cross_replica_context()
    False
    """
    return context.strategy is not None and context.replica is None


def has_strategy():
    """Whether the program is in a strategy's scope, or in a function that its `run` calls.

    Example:
    >>> tf.distribute.has_strategy()
    False
    """
    return context.strategy is not None


def get_strategy():
    """The strategy in whose scope the program is; the default one, of one replica, without any.

    Example:
    >>> tf.distribute.get_strategy().num_replicas_in_sync
    1
    """
    return context.strategy or default()


def default():
    """The strategy outside of all scopes."""
    if not _defaults:
        import_module(".strategies", __package__)
    return _defaults[0]


_defaults = []  # the default strategy; strategies.py enters it
