"""Seeds and states of stateful random functions, by TensorFlow's rules.

A stateful function such as `tf.random.normal` draws from a stream made of two seeds, the global
one of `tf.random.set_seed` and one of the operation:

- Eager, without a `seed` argument: the operation's seed is drawn from a generator that `set_seed`
  starts anew, so every call has another stream.
- Eager, with `seed=7`: the same stream each time, moved on by each call, until the next `set_seed`.
- Within a function that is traced (tf.function) or mapped over a data set: the n-th random call
  without a `seed` has operation seed n; every call has a stream of its own, moved on by each run.
- Without a global seed and without `seed`: streams from the system's randomness.
"""

import threading
import weakref

import numpy as np

from ..base.context import context
from ..core.dispatch import apply, current_trace, public
from ..core.tensor import wrap
from ..core.variable import Variable
from . import _draws
from ._kernels import philox

_LARGEST = 2**31 - 1
_DEFAULT_GLOBAL = 87654321
_lock = threading.Lock()  # of the streams, which threads share


class _Global:
    """What `set_seed` sets: the seed, the generator of operation seeds, the streams moved on."""

    def __init__(self):
        self.seed, self.numbers = None, None
        self.places = {}  # (operation, dtypes, seeds) -> blocks drawn so far, in eager mode
        self.states = weakref.WeakValueDictionary()  # id -> State, the streams of traces
        self.functions = weakref.WeakSet()  # the FunctionSeeds, streams of functions run eagerly


_global = _Global()


@public("random.set_seed")
def set_seed(seed):
    """Sets the global seed, and starts the streams of all stateful random functions anew.

    Args:
      seed: an integer; None goes back to numbers that differ from run to run.

    Example:
    >>> tf.random.set_seed(1234)
    >>> a, b = tf.random.uniform([1]), tf.random.uniform([1])
    >>> tf.random.set_seed(1234)
    >>> bool(tf.random.uniform([1]) == a), bool(a == b)
    (True, False)
    """
    if seed is not None and not isinstance(seed, int):
        seed = int(np.asarray(seed))
    _global.seed = seed
    _global.numbers = _numbers(seed)
    restart_streams()


def _numbers(seed=None):
    import random  # a program that names no seed does without

    return random.Random(seed)


def restart_streams():
    """Starts the streams of all stateful random functions anew, with their seeds."""
    with _lock:
        _global.places = {}
        for streams in [*_global.states.values(), *_global.functions]:
            streams.restart()


def global_seed():
    """The seed given to `set_seed`, or None."""
    return _global.seed


def streams():
    """Where the streams outside of functions are, as lists and numbers; `set_streams` takes it."""
    numbers = None if _global.numbers is None else _global.numbers.getstate()
    with _lock:
        places = [[*key, count] for key, count in _global.places.items()]
    return {"seed": _global.seed, "numbers": numbers, "places": places}


def set_streams(found):
    """Goes to where streams were, in this process or another one."""
    _global.seed, _global.numbers = found["seed"], None
    if found["numbers"] is not None:
        version, words, rest = found["numbers"]
        _global.numbers = _numbers()
        _global.numbers.setstate((version, tuple(words), rest))
    with _lock:
        _global.places = {
            (operation, dtypes, tuple(seeds)): count
            for operation, dtypes, seeds, count in found["places"]
        }


class FunctionSeeds:
    """The seeds of the random calls within one function, entered with `with` around each run.

    `tf.data` makes one for each pass over a mapped data set; traces have theirs by themselves.

    Example:
    >>> from tensorbrook.ops.seeding import FunctionSeeds
    >>> tf.random.set_seed(5)
    >>> seeds = FunctionSeeds()
    >>> with seeds:
    ...     a = tf.random.uniform(())
    >>> with seeds:
    ...     b = tf.random.uniform(())
    >>> a.numpy(), b.numpy()
    (np.float32(0.18286479), np.float32(0.6730766))
    """

    def __init__(self, seed=None):
        self.seed = _global.seed if seed is None else seed
        self._streams = {}  # number of the call -> (key, counter)
        with _lock:
            _global.functions.add(self)

    def restart(self):
        """Goes back to the beginning of all streams."""
        self._streams = {}

    def __enter__(self):
        context.seeds = _Run(self, context.seeds)
        return self

    def __exit__(self, *exc):
        context.seeds = context.seeds.outer

    def advance(self, number, seeds, count):
        """The state of a call's stream, which is moved on for the next run."""
        with _lock:
            key, counter = self._streams.get(number) or _start(seeds)
            self._streams[number] = key, counter + count
        return wrap(philox.to_state(key, counter))


class _Run:
    """One run of a function in a thread: counts its random calls."""

    def __init__(self, function, outer=None):
        self.seed, self.outer, self._function = function.seed, outer, function
        self._calls = self._seeds = 0

    def operation_seed(self):
        """The seed of the next call that gives none."""
        self._seeds += 1
        return self._seeds - 1

    def advance(self, seeds, count):
        """The state of the next call's stream."""
        self._calls += 1
        return self._function.advance(self._calls - 1, seeds, count)


class State(Variable):
    """The state of one random call of a trace: an input and an output of the graph."""

    def __init__(self, seeds):
        self._seeds, self._declared_shape, self._dtype = seeds, None, np.dtype(np.int64)
        self.trainable = self.watched = False
        self._base_name = "random_state"
        self.constraint = self.synchronization = self.aggregation = None
        self.restart()
        with _lock:
            _global.states[id(self)] = self

    def restart(self):
        """Goes back to the beginning of the stream."""
        self._tensor = wrap(philox.to_state(*_start(self._seeds)))


class _TraceSeeds(FunctionSeeds):
    """The seeds of a trace: each call's state is a variable that the graph reads and writes."""

    def advance(self, number, seeds, count):
        state = State(seeds)
        value = state._read()
        state.assign(apply(_draws.skip, (value,), {"count": count}))
        return value


class InnerFunction:
    """A context for a function called in the trace of another: it counts its own random calls."""

    def __enter__(self):
        self._trace = current_trace()
        self._outer, self._trace.seeds = self._trace.seeds, _Run(_TraceSeeds())

    def __exit__(self, *exc):
        self._trace.seeds = self._outer


def _function():
    """The run of a function in which the caller is, or None in eager mode."""
    trace = current_trace()
    if trace is None:
        return context.seeds
    if trace.seeds is None:
        trace.seeds = _Run(_TraceSeeds())
    return trace.seeds


def get_seed(seed):
    """The pair of seeds for an operation with the argument `seed`; (None, None) for no seeds.

    Drawing an operation seed counts: call it once for each operation.
    """
    function = _function()
    first = _global.seed if function is None else function.seed
    if seed is not None:
        seed = int(seed)
    if first is None:
        if seed is None:
            return None, None
        first = _DEFAULT_GLOBAL
    elif seed is None and function is not None:
        seed = function.operation_seed()
    elif seed is None:
        seed = _global.numbers.randint(0, _LARGEST)
    pair = first % _LARGEST, seed % _LARGEST
    return (0, _LARGEST) if pair == (0, 0) else pair


def _start(seeds):
    """The beginning of the stream of a pair of seeds."""
    if seeds == (None, None):
        return philox.unseeded()
    return philox.seeded(*seeds)


def next_state(operation, dtypes, seed, count):
    """The state that a stateful operation draws from; moves its stream on by `count` blocks.

    Args:
      operation: its name; together with `dtypes` it says which operations share a stream.
      seed: the operation's `seed` argument.
    """
    function = _function()
    seeds = get_seed(seed)
    if function is not None:
        return function.advance(seeds, count)
    key, counter = _start(seeds)
    if seed is not None:
        replica = context.replica._number if context.replica else 0
        place = f"{operation}@{replica}" if replica else operation, str(dtypes), seeds
        with _lock:
            done = _global.places.get(place, 0)
            _global.places[place] = done + count
        counter += done
    return wrap(philox.to_state(key, counter))
