"""The table that the driver runs: steps, pointers and how loops move them; see driver.ll."""

import math

import numpy as np

from ..base.dims import Dim, evaluate, evaluator, typical
from . import engine, runtime
from .emit import Template
from .views import View

_STEP = 8
KINDS = {"loop": 1, "while": 2, "branch": 3, "call": 4}
_MOST_ROUNDS, _NANOSECONDS = 4096, 20_000  # of a loop between looks at the clock; about


class Table:
    """Steps as the driver reads them.

    Args:
      steps: the steps, with buffers placed.
      arena: the address of the arena.
      number: dict from the number of an ("array", i) to that of the caller's array.
      call: function of a step that has no kernel: the addresses of what runs it, and of a number
        that is 0 once it has run.

    Attributes:
      steps: all steps in the order of the table's rows; those of a loop or branch follow it.
      first: of each the number of the word that holds its first pointer.
      words: pointers, and the moves of loops.
      rows, relocations: see driver.ll.
      engines: they own the kernels' code.

    Where sizes are open, `arena` is None, places there are numbers of slots, and the table is right
    only after `resize`.
    """

    def __init__(self, steps, arena, number, call):
        self._arena, self._number, self._call = arena, number, call
        self.steps, self.first, self._rows, self._words = [], [], [], []
        self._moves, self._relocations, self._inner, self.constants = {}, [], [], []
        self._later = []  # (array, index in it, base, Dim) of numbers that depend on sizes
        self._slots = []  # (word, slot, offset) of pointers into an arena of slots
        self._in_arena = []  # words that point into one of fixed places
        self._open, self._sizes = [], []  # (row, kernel, word of its numbers); (array, Dims)
        self.sizes = {}
        self._flat(steps)
        self._compile()
        self._finish()

    def _flat(self, steps):
        for step in steps:
            symbols = getattr(step.kernel, "symbols", ())
            pointers = len(step.reads) + len(step.writes)
            first = self._reserve(pointers + bool(symbols))
            for k, view in enumerate((*step.reads, *step.writes)):
                self._point(first + k, view)
            row = [0, 0, first, getattr(step.kernel, "chunks", 1), 0, 0, 0]
            if symbols or isinstance(step.kernel, Template):
                numbers = self._reserve(1 + len(symbols))
                if symbols:
                    self._point_inside(first + pointers, numbers)
                self._open.append((len(self._rows), step.kernel, numbers))
            self.steps.append(step)
            self.first.append(first)
            self._rows.append(row)
            if step.parts:
                self._nest(step, row, len(self._rows) - 1)

    def _nest(self, step, row, number):
        """The rows of a loop's or branch's steps, and what its own row says of them."""
        self._moves[step] = moves = []
        sizes = []
        for part in step.parts:
            before = len(self._rows)
            self._flat(part)
            sizes.append(len(self._rows) - before)
        row[0], row[1] = KINDS[step.kind], sum(sizes)
        row[5] = _rounds_between_looks(sum(map(cost, step.parts))) - 1
        if step.kind == "loop":
            row[6] = runtime.FLUSH if step.flush else 0
            row[2], row[4] = self._reserve(3 * len(moves)), len(moves)
            row[3] = self._put("rows", (number, 3), 0, step.rounds)
            for k, (slot, view) in enumerate(moves):
                entry = row[2] + 3 * k
                self._point_inside(entry, slot)
                by = view.strides[0] * view.dtype.itemsize
                first = (view.shape[0] - 1) * view.strides[0] if step.reverse else 0
                self._point(entry + 1, view, first)
                self._words[entry + 2] = self._put(
                    "words", entry + 2, 0, -by if step.reverse else by
                )
            return
        row[2] = self._reserve(1)
        self._point(row[2], step.flag)
        row[4] = sizes[0] if step.kind == "while" else sizes[1]
        if step.kind == "branch":
            row[1] = sizes[0]

    # -- words -------------------------------------------------------------------------------------

    def _reserve(self, count):
        self._words += [0] * count
        return len(self._words) - count

    def _put(self, array, index, base, value):
        """base + value; where that depends on sizes 0, and `resize` puts it into the array."""
        if value.__class__ is not Dim:
            return base + value
        self._later.append((array, index, base, value))
        return 0

    def _point_inside(self, slot, word):
        """Makes a word hold the address of another."""
        self._words[slot] = 8 * word
        self._inner.append(slot)

    def _point(self, slot, view, elements=0):
        """Makes a word hold the address of a view's first element, or of one behind it."""
        buffer, elements = view.buffer, view.offset + elements
        offset = elements * view.dtype.itemsize
        while buffer.place[0] == "same":
            buffer = buffer.place[1]
        kind, where = buffer.place[:2]
        if kind == "arena" and self._arena is None:
            self._slots.append((slot, where, offset))
        elif kind == "arena":
            self._words[slot] = self._arena + where + offset
            self._in_arena.append(slot)
        elif kind in ("constant", "size"):
            if kind == "size":
                dims, where = where, np.zeros(buffer.shape, buffer.dtype)
                self._sizes.append((where, dims if isinstance(dims, tuple) else (dims,)))
            self.constants.append(where)
            self._words[slot] = self._put("words", slot, runtime.address_of(where), offset)
        elif kind == "array":
            offset = self._put("relocations", (len(self._relocations), 2), 0, offset)
            self._relocations.append((slot, self._number[where], offset))
        else:
            moved = View(where.buffer, where.shape, where.strides, where.offset + elements)
            self._moves[buffer.place[2]].append((slot, moved))

    # -- the end -----------------------------------------------------------------------------------

    def _compile(self):
        steps = [
            s for s in self.steps if s.kernel is not None and s.kernel.__class__ is not Template
        ]
        addresses, self.engines = engine.addresses([s.kernel for s in steps])
        found = dict(zip(map(id, steps), addresses))
        for step, row in zip(self.steps, self._rows):
            if step.kernel is not None:
                row[1] = found.get(id(step), 0)
            elif not row[0]:
                row[0] = KINDS["call"]
                row[1], row[4] = self._call(step, row[2])

    def _finish(self):
        self.words = np.array(self._words or [0], np.int64)
        at = runtime.address_of(self.words)
        self.words[self._inner] += at
        self.rows = np.zeros((max(len(self._rows), 1), _STEP), np.int64)
        if self._rows:
            self.rows[: len(self._rows), :7] = self._rows
            self.rows[: len(self._rows), 2] = at + 8 * self.rows[: len(self._rows), 2]
        self.relocations = np.array(self._relocations or [(0, 0, 0)], np.int64)
        self.relocations[:, 0] = at + 8 * self.relocations[:, 0]
        self.count, self.relocated = len(self._rows), len(self._relocations)
        self._evaluate = evaluator([x for *_, x in (*self._later, *self._slots)])

    def resize(self, sizes, arena, offsets):
        """Puts sizes in, by name.

        Args:
          arena, offsets: the address of the arena, and of its slots in it.
        """
        self.sizes = sizes
        values = self._evaluate(sizes)
        for (array, index, base, _), value in zip(self._later, values):
            getattr(self, array)[index] = base + value
        for (word, slot, _), value in zip(self._slots, values[len(self._later) :]):
            self.words[word] = arena + offsets[slot] + value
        for array, dims in self._sizes:
            array.reshape(-1)[:] = evaluate(dims, sizes)
        self._resize_kernels(sizes)

    def _resize_kernels(self, sizes):
        made = []
        for row, kernel, word in self._open:
            if kernel.__class__ is Template:
                found = kernel.at(sizes)
                made.append((row, found))
                self.rows[row, 3] = found.chunks
            else:
                chunks, parts = kernel.chunks_for(sizes)
                self.rows[row, 3], self.words[word] = chunks, parts
                self.words[word + 1 : word + 1 + len(kernel.symbols)] = [
                    sizes[name] for name in kernel.symbols
                ]
        if made:
            addresses, self.made_engines = engine.addresses([kernel for _, kernel in made])
            for (row, _), address in zip(made, addresses):
                self.rows[row, 1] = address

    def move(self, distance):
        """Follows an arena that now lies so many bytes further on."""
        self.words[self._in_arena] += distance

    def array(self, slot, view):
        """A view's elements as an ndarray over the memory that a word points to."""
        return _over(int(self.words[slot]), view.at_sizes(self.sizes) if self.sizes else view)

    def seen(self, index, view):
        """The elements of a view of which step `index` reads the buffer, after it ran."""
        step = self.steps[index]
        for k, read in enumerate(step.reads):
            if read.buffer is view.buffer:
                if self.sizes:
                    view, read = view.at_sizes(self.sizes), read.at_sizes(self.sizes)
                moved = (view.offset - read.offset) * view.dtype.itemsize
                return _over(int(self.words[self.first[index] + k]) + moved, view)
        return None


def cost(steps):
    """Nanoseconds that steps take, by estimate; infinite where nobody can tell."""
    total = 0
    for step in steps:
        if step.parts:
            rounds = {"loop": typical(step.rounds), "branch": 1}.get(step.kind, math.inf)
            total += rounds * sum(map(cost, step.parts)) if rounds else 0
        else:
            total += math.inf if step.kernel is None else step.kernel.cost
    return total


def _rounds_between_looks(nanoseconds):
    """A power of 2: after how many rounds of so long a loop asks for the time."""
    rounds = min(max(_NANOSECONDS / (nanoseconds + 1), 1), _MOST_ROUNDS)
    return 1 << int(math.log2(rounds))


class _Memory:
    """What NumPy takes for an array that lies anywhere."""

    def __init__(self, address, view, dtype):
        strides = tuple(s * view.dtype.itemsize for s in view.strides)
        self.__array_interface__ = {
            "version": 3,
            "data": (address, False),
            "typestr": dtype.str,
            "shape": view.shape,
            "strides": strides,
        }


def _over(address, view):
    dtype = view.dtype
    if 0 in view.shape:
        return np.empty(view.shape, dtype)
    # NumPy does not find dtypes of ml_dtypes, such as float8, by their names
    own = dtype.kind in "biuc" or dtype in (np.float16, np.float32, np.float64)
    plain = dtype if own else np.dtype(f"u{dtype.itemsize}")
    return np.asarray(_Memory(address, view, plain)).view(dtype)
