"""Work done ahead in threads: one background producer, and a pool that maps in order."""

from __future__ import annotations

import itertools
import operator
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from functools import partial

from ..base.context import context
from ..base.errors import InvalidArgumentError
from .nodes import Reordering

AUTOTUNE = -1
_POOL = "tensorbrook-map"
_AUTOTUNED_BUFFER = 8
_TRIED_CALLS = 4
_TRIED_JOBS = 8
_SLOWDOWN = 0.8  # times the number of cores: how much longer a call may take in threads than alone
_SECONDS_WORTH_A_THREAD = 2e-4
_SECONDS_OF_A_JOB = 5e-3  # to hand it over, and its results back, takes some 1e-4
_END = object()
_LAST = (None, _END)


class Channel:
    """A bounded queue between producers and one consumer, which may go away first."""

    def __init__(self, size: int):
        self.size, self.items, self.closed = size, deque(), False
        self.changed = threading.Condition()

    def put(self, item) -> bool:
        """Waits for room; False when the consumer has gone."""
        with self.changed:
            while len(self.items) >= self.size and not self.closed:
                self.changed.wait()
            self.items.append(item)
            self.changed.notify()
            return not self.closed

    def get(self):
        """Waits for an item."""
        with self.changed:
            while not self.items:
                self.changed.wait()
            item = self.items.popleft()
            self.changed.notify()
            return item

    def close(self):
        """The consumer goes away."""
        with self.changed:
            self.closed = True
            self.items.clear()
            self.changed.notify_all()


def produce(items, channel):
    """Puts all items into a channel, then an end; what a producer's thread runs."""
    # Nothing here refers to the consumer, so that dropping it closes the channel and lets this
    # thread end.
    all(map(channel.put, itertools.chain(caught(items), [_LAST])))


def caught(items):
    """Each item with None, or None with the error that its making raised."""
    while True:
        try:
            found = [(next(items), None)]
        except StopIteration:
            return
        except BaseException as error:
            found = [(None, error)]
        yield found.pop()  # an error must not refer to itself through this frame


def given(item, error):
    """An item, or its error raised: by `starmap`, which goes on then, as no generator does."""
    try:
        if error is not None:
            raise error
        return item
    finally:
        del error


def chained(iterators: Iterator[Iterator]) -> Iterator:
    """The items of iterators one after the other; unlike `chain`, it goes on after any error."""
    return itertools.chain.from_iterable(itertools.starmap(or_error, caught(iterators)))


def or_error(items, error):
    """An iterator, or one that raises the error in its place."""
    held = [(None, error)]
    return items if error is None else itertools.starmap(given, (h.pop() for h in [held]))


def given_all(pairs):
    """The items of a list of pairs that `caught` gives, or the first error; the list is emptied."""
    try:
        return list(itertools.starmap(given, pairs))
    finally:
        pairs.clear()  # an error must not refer to itself through some frame


def _start(items, channel):
    threading.Thread(
        target=produce, args=(items, channel), name="tensorbrook-prefetch", daemon=True
    ).start()


def background(items: Iterator, size: int) -> Iterator:
    """The items, made up to `size` ahead in a thread of its own.

    The thread begins with the first item asked for; it ends with the items, or when this iterator
    is dropped. An error of the producer is raised here, in its turn.
    """
    return itertools.starmap(given, _ahead(items, size))


def _ahead(items, size):
    channel = Channel(size)
    _start(items, channel)
    del items  # the thread's alone, which ends them
    try:
        yield from iter(channel.get, _LAST)
    finally:
        channel.close()


def merged(sources: Iterator[Iterator], open_at_once: int, size: int) -> Iterator:
    """The items of several iterators, in the order in which they are made.

    Args:
      sources: the iterators; each is read by a thread of its own.
      open_at_once: how many.
      size: how many items are made ahead.
    """
    sources = itertools.starmap(or_error, caught(sources))
    return itertools.starmap(given, _merged(sources, open_at_once, size))


def _merged(sources, open_at_once, size):
    channel, running = Channel(size), 0
    try:
        while True:
            for items in itertools.islice(sources, open_at_once - running):
                _start(items, channel)
                running += 1
            if not running:
                return
            found = [channel.get()]
            if found[0] is _LAST:
                running -= 1
            else:
                yield found.pop()  # as in `caught`
    finally:
        items = None
        channel.close()


class _Timed:
    """A function that counts its calls, adds up their seconds, and keeps the fewest."""

    def __init__(self, function):
        self.function, self.calls, self.seconds, self.fewest = function, 0, 0.0, float("inf")

    def __call__(self, *arguments):
        begin = time.perf_counter()
        try:
            return self.function(*arguments)
        finally:
            spent = time.perf_counter() - begin
            self.calls, self.seconds = self.calls + 1, self.seconds + spent
            self.fewest = min(self.fewest, spent)


def parallel_map(function, items, workers: int, ordered: bool = True, first: int = 0) -> Iterator:
    """`function(item, number)` of every item, `workers` at a time in threads.

    The first calls are timed, and calls too short to be worth handing over run in the consumer's
    thread from then on. With AUTOTUNE the first ones run there too, and there are as many threads
    as cores, unless these wait for one another, as for Python's lock.

    Args:
      first: the number of the first item.
    """
    if workers == AUTOTUNE:
        return itertools.chain.from_iterable(_autotuned(function, items, ordered, first))
    # The steps give promises rather than results: an error is then raised outside of the generator,
    # which can go on with the next item.
    call, numbered = _Timed(partial(_call, function)), enumerate(caught(items), first)
    return map(operator.call, _calls(call, numbered, workers, ordered))


def _call(function, number, item):
    return function(given(*item), number)


def _autotuned(function, items, ordered, first):
    alone, together, cores = _Timed(function), _Timed(function), os.cpu_count() or 1
    yield map(alone, itertools.islice(items, _TRIED_CALLS), itertools.count(first))
    first += _TRIED_CALLS
    if cores > 1 and alone.fewest > _SECONDS_WORTH_A_THREAD:
        size = max(1, int(_SECONDS_OF_A_JOB / alone.fewest))
        numbered = enumerate(caught(items), first)

        def pooled(call, count):
            some = itertools.islice(numbered, count)
            return map(operator.call, _pooled(partial(_call, call), some, cores, ordered, size))

        yield pooled(together, _TRIED_JOBS * size)
        if together.seconds < _SLOWDOWN * cores * alone.fewest * together.calls:
            yield pooled(function, None)
        first += together.calls
    yield map(function, items, itertools.count(first))


def _calls(call, numbered, workers, ordered):
    tried = 2 * workers
    yield from _pooled(call, itertools.islice(numbered, tried), workers, ordered, 1)
    if workers > 1 and call.seconds > tried * _SECONDS_WORTH_A_THREAD:
        yield from _pooled(call, numbered, workers, ordered, 1)
    else:
        yield from (partial(call, *pair) for pair in numbered)


def _pooled(call, numbered, workers, ordered, size):
    """Promises of the results of all calls, of which a thread gets `size` at a time."""
    for results in _jobs(call, numbered, workers, ordered, size):
        while results:
            yield results.popleft()  # nothing here refers to an error that it raises


def _jobs(call, numbered, workers, ordered, size):
    from concurrent.futures import ThreadPoolExecutor  # which brings logging

    pool = ThreadPoolExecutor(workers, _POOL, _share_cores, (workers,))
    pending = deque()
    try:
        while pairs := list(itertools.islice(numbered, size)):
            pending.append(pool.submit(_results, call, pairs))
            if len(pending) >= workers:
                yield _next_done(pending, ordered)
        while pending:
            yield _next_done(pending, ordered)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _results(call, pairs):
    # no frame here may hold an error, which holds its frames
    promise = partial(partial, given)
    return deque(itertools.starmap(promise, caught(itertools.starmap(call, pairs))))


def _share_cores(workers):
    """What a pool's thread alone runs is for its part of the cores: all work at the same time."""
    context.threads = max(1, (os.cpu_count() or 1) // workers)


def pooled_thread():
    """The name of the thread that asks where it belongs to a pool of `parallel_map`; else ""."""
    name = threading.current_thread().name
    return name if name.startswith(_POOL) else ""


def _next_done(pending, ordered):
    if ordered:
        return pending.popleft().result()
    from concurrent.futures import FIRST_COMPLETED, wait

    done = next(iter(wait(pending, return_when=FIRST_COMPLETED).done))
    pending.remove(done)
    return done.result()


class Prefetch(Reordering):
    """The same elements, made ahead by a thread while the consumer works.

    Rows of arrays in memory are at hand anyway: they are passed on without a thread.
    """

    shown = "_PrefetchDataset"

    def __init__(self, source, buffer_size):
        super().__init__(source)
        size = AUTOTUNE if buffer_size is None else int(buffer_size)
        if size < AUTOTUNE:
            raise InvalidArgumentError(f"buffer_size must be >= 0 or tf.data.AUTOTUNE, got {size}.")
        self.buffer_size = _AUTOTUNED_BUFFER if size == AUTOTUNE else size

    def reorder(self, start):
        if self.buffer_size == 0 or self.table() is not None:
            return start()
        return background(start(), self.buffer_size)

    def size(self):
        return self.inputs[0].size()
