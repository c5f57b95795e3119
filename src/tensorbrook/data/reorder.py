"""Steps that choose, order or count elements without looking at them."""

from __future__ import annotations

import itertools
import warnings

import numpy as np

from ..base.errors import FailedPreconditionError, InvalidArgumentError
from .functional import Map
from .nodes import INFINITE, UNKNOWN, Reordering, Table
from .prefetch import caught
from .random_order import SeedPairs, samples
from .structure import stack

SHARD_HINT = -1  # tf.data.experimental.SHARD_HINT
_END = object()


class Take(Reordering):
    """The first `count` elements; all of them for a negative count."""

    shown = "_TakeDataset"

    def __init__(self, source, count):
        super().__init__(source)
        self.count = int(count)

    def reorder(self, start):
        if self.count <= 0:
            return start() if self.count else iter(())
        items, left = start(), self.count
        if self.table() is not None:
            return itertools.islice(items, left)

        def step():  # an error, at which islice ends, does not count
            nonlocal left
            item = next(items, _END) if left else _END
            left -= 1
            return item

        return iter(step, _END)

    def size(self):
        size = self.inputs[0].size()
        if size == UNKNOWN or self.count < 0:
            return size
        return self.count if size == INFINITE else min(size, self.count)


class Skip(Reordering):
    """All but the first `count` elements; none for a negative count."""

    shown = "_SkipDataset"

    def __init__(self, source, count):
        super().__init__(source)
        self.count = int(count)

    def reorder(self, start):
        if self.count < 0:
            return iter(())
        chosen = itertools.chain(itertools.repeat(False, self.count), itertools.repeat(True))
        return itertools.compress(start(), chosen)  # goes on after an error, unlike islice

    def size(self):
        size = self.inputs[0].size()
        if self.count < 0:
            return 0
        return size if size < 0 else max(size - self.count, 0)


class Shard(Reordering):
    """Every `num_shards`-th element, beginning with number `index`."""

    shown = "_ShardDataset"

    def __init__(self, source, num_shards, index):
        super().__init__(source)
        self.num_shards, self.index = int(num_shards), int(index)
        self.is_hint = self.num_shards == SHARD_HINT  # a strategy puts numbers in its place
        if self.is_hint:
            return
        if self.num_shards < 1:
            raise InvalidArgumentError(
                "Number of shards must be greater than zero (currently num_shards = "
                f"{self.num_shards})."
            )
        if not 0 <= self.index < self.num_shards:
            raise InvalidArgumentError(
                f"Index must be between 0 and {self.num_shards - 1} (currently index = "
                f"{self.index})."
            )

    def run(self, items):
        if self.is_hint:
            raise InvalidArgumentError(
                "shard(SHARD_HINT, ...) marks a place: give the data set to "
                "strategy.experimental_distribute_dataset, with AutoShardPolicy.HINT."
            )
        chosen = [number == self.index for number in range(self.num_shards)]
        return itertools.compress(items, itertools.cycle(chosen))

    def size(self):
        size = self.inputs[0].size()
        if size < 0 or self.is_hint:
            return size
        return len(range(self.index, size, self.num_shards))


class Repeat(Reordering):
    """The elements `count` times over; for ever when it is None or negative."""

    shown = "_RepeatDataset"

    def __init__(self, source, count=None):
        super().__init__(source)
        self.count = -1 if count is None else int(count)
        # TensorFlow begins one pass too many over its input, which draws seeds from a shuffle
        # there, unless it runs both steps as one.
        while isinstance(source, Map | Skip | Take | Shard | Repeat) and _keeps_all(source):
            source = source.inputs[0]
        self.begins_one_more = self.count > 1 and not isinstance(source, Shuffle)

    def reorder(self, start):
        passes = self._passes(start(), start) if self.count else ()
        return itertools.chain.from_iterable(passes)

    def _passes(self, items, start):
        number = 0
        while True:
            counter = itertools.count(1)
            yield itertools.compress(items, counter)  # all of them
            number += 1
            if self.count < 0 and next(counter) == 1:
                return  # an empty input would repeat for ever without an element
            if number < self.count or self.count < 0 or self.begins_one_more:
                items = start()
            if number == self.count:
                return

    def size(self):
        size = self.inputs[0].size()
        if self.count == 0 or size == 0:
            return 0
        if self.count < 0:
            return INFINITE
        return size if size < 0 else size * self.count


def _keeps_all(node):
    """True for steps that TensorFlow drops, or looks through, to run shuffle and repeat as one."""
    if isinstance(node, Shard):
        return node.num_shards == 1
    return isinstance(node, Map) or node.count == {Take: -1, Skip: 0, Repeat: 1}[type(node)]


class Shuffle(Reordering):
    """Elements drawn from a buffer that the input keeps full, in TensorFlow's random order."""

    shown = "_ShuffleDataset"

    def __init__(self, source, buffer_size, seed=None, reshuffle_each_iteration=None):
        super().__init__(source)
        size = int(buffer_size)
        if size == UNKNOWN:
            size = source.size()
        if size <= 0:
            raise InvalidArgumentError(
                "buffer_size must be greater than zero or UNKNOWN_CARDINALITY; Dataset.shuffle got "
                f"{int(buffer_size)}. Pass the number of elements for a full shuffle."
            )
        self.buffer_size = size
        self.seeds = SeedPairs(seed, new_each_time=reshuffle_each_iteration in (None, True))

    def reorder(self, start):
        return self._drawn(samples(*self.seeds.draw()), start)

    def _drawn(self, numbers, start):
        source = itertools.chain.from_iterable(start() for _ in (0,))  # begun when it is asked
        buffer, count, head, more = [], None, 0, False

        # A ring: the slot a drawn element leaves takes the one at the head, the head moves on.
        def draw():
            nonlocal count, head, more
            if count is None:
                buffer.extend(itertools.islice(source, self.buffer_size - len(buffer)))
                count = len(buffer)
                more = count == self.buffer_size
            elif more:
                item = next(source, _END)
                more = item is not _END
                if more:
                    buffer[head - 1] = item
                    count += 1
            if not count:
                return _END
            place = (head + next(numbers) % count) % len(buffer)
            item = buffer[place]
            buffer[place] = buffer[head]
            head = (head + 1) % len(buffer)
            count -= 1
            return item

        return iter(draw, _END)

    def size(self):
        return self.inputs[0].size()


def _rows_that_are_there(node):
    """The input's table, but none whose rows are made when they are asked for."""
    table = node.inputs[0].table()
    return table if table is not None and table.keeps_rows else None


class Cache(Reordering):
    """The elements of the first whole pass, kept in memory for the later ones.

    Attributes:
      kept: the elements, or the numbers of the input's rows; None before there are all.
      rows: the elements as a Table, where they all have the same shapes.
    """

    shown = "CacheDataset"

    def __init__(self, source):
        super().__init__(source)
        self.kept = self.rows = None

    def reorder(self, start):
        return self.run(start()) if self.kept is None else iter(self.kept)

    def run(self, items):
        kept, size = [], self.size()

        def step():
            item = next(items, _END)
            if item is not _END:
                kept.append(item)
            if self.kept is None and (item is _END or len(kept) == size):
                self.complete(kept)
            return item

        return iter(step, _END)

    def complete(self, kept):
        """Keeps the elements of a whole pass."""
        self.rows = _as_table(kept)
        self.kept = kept if self.rows is None else []

    def table(self):
        table = _rows_that_are_there(self)
        return self.rows if table is None else table

    def order(self):
        return super().order() if self.rows is None else iter(range(len(self.rows.arrays[0])))

    def size(self):
        return self.inputs[0].size()


def _as_table(elements):
    """Elements of equal shapes as a Table; None for others, and for row numbers."""
    if not elements or not isinstance(elements[0], list) or not elements[0]:
        return None
    columns = list(zip(*elements))
    for column in columns:
        kinds = {(getattr(leaf, "shape", None), getattr(leaf, "dtype", None)) for leaf in column}
        if len(kinds) > 1 or None in kinds.pop():
            return None
    return Table([stack(column) for column in columns])


class Options(Reordering):
    """The same elements, with other options."""

    shown = "_OptionsDataset"

    def __init__(self, source, options):
        super().__init__(source)
        self.options = options

    def run(self, items):
        return items

    def size(self):
        return self.inputs[0].size()


class AssertCardinality(Reordering):
    """The same elements; an error when they are not `expected` many."""

    shown = "_AssertCardinalityDataset"

    def __init__(self, source, expected):
        super().__init__(source)
        self.expected = int(expected)

    def run(self, items):
        count = 0
        for count, item in enumerate(items, 1):
            if self.expected >= 0 and count > self.expected:
                raise FailedPreconditionError(self._message(f"at least {count}"))
            yield item
        if count < self.expected:
            raise FailedPreconditionError(self._message(count))

    def _message(self, found):
        return (
            f"Input dataset was expected to contain {self.expected} elements but contained {found} "
            f"element{'s' if found != 1 else ''}."
        )

    def table(self):
        return _rows_that_are_there(self)

    def size(self):
        return self.expected


class IgnoreErrors(Reordering):
    """The elements whose making raised no error."""

    shown = "_IgnoreErrorsDataset"

    def __init__(self, source, log_warning=False):
        super().__init__(source)
        self.log_warning = log_warning

    def run(self, items):
        for item, error in caught(items):
            if error is None:
                yield item
            elif not isinstance(error, Exception):
                raise error
            elif self.log_warning:
                warnings.warn(f"Dataset.ignore_errors left out: {error!r}", stacklevel=2)

    def table(self):
        return None


class Unique(Reordering):
    """Each value once, where it first occurs; elements must have one component."""

    shown = "_UniqueDataset"

    def run(self, items):
        seen = set()

        def is_new(item):
            if len(item) > 1:
                raise InvalidArgumentError(
                    f"Dataset.unique takes elements of one component, these have {len(item)}."
                )
            array = np.asarray(item[0])
            key = (array.shape, tuple(array.ravel()) if array.dtype == object else array.tobytes())
            before = len(seen)
            seen.add(key)
            return len(seen) > before

        return filter(is_new, items)

    def table(self):
        return None
