"""Functions of elements that run as programs: on many rows at once, or one by one.

`Dataset.map` calls a function as plain Python, element by element. Where the elements are rows of
arrays in memory, the function provably does nothing but compute (`purity.py`), and a trace can hold
it, one program runs it on whole batches. Where elements differ in size, or the function reads a
file, a program runs it on each, once it has taken long. It is left to Python again where a name it
uses gets another value, and where a debugger listens.
"""

from __future__ import annotations

import itertools
import sys
import time
import types

import numpy as np

from ..base.config import settings
from ..base.context import context
from ..base.errors import InvalidArgumentError, TraceBreak
from ..core.hooks import hooks
from ..core.tensor import convert_to_tensor, wrap
from ..function.autograph.gate import in_trace
from ..function.function import Function
from ..ops.seeding import FunctionSeeds
from .nodes import INFINITE, Table
from .prefetch import or_error, pooled_thread
from .purity import Doubt, Purity
from .structure import Structure, opened_composite, stack

_ROWS_WORTH_A_PROGRAM = 1000
_FIRST_CHUNK, _LARGEST_CHUNK = 16, 256
_TRACED_ROWS, _GROWS_BELOW_BYTES = 16, 4 << 20
_ROWS_LOOKED_AT = 32  # of a stream, to tell how many may be taken ahead
_MOST_LOST = 8  # calls of a program that took longer than Python's
_SECONDS_WORTH_A_PROGRAM = 0.15  # that a thread has spent on elements one by one


def is_watched():
    """True where functions must run as they are written: a debugger stops in them, or was asked."""
    monitoring = getattr(sys, "monitoring", None)
    debugged = monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None
    return (
        debugged
        or sys.gettrace() is not None
        or settings.run_functions_eagerly
        or settings.debug_data
    )


class FunctionProgram:
    """A function of an element as a program, which `_whole` makes.

    Args:
      call: the UserFunction.
      arrays: an example of what the program is to be called with.

    Raises:
      Doubt: the function may do more than compute, or a trace cannot hold it.
    """

    reads_files = False

    def __init__(self, call, arrays):
        self.purity = Purity(call.function)
        if self.purity.reads_files and not self.reads_files:
            raise Doubt("io.read_file")
        self._source, self._user = call.source.structure, call.function
        self.structure = None
        self._program = Function(self._whole, "rows")
        self._program.warns = False  # plain Python is what was asked for
        try:
            context.is_private = True
            with FunctionSeeds(0):
                concrete = self._program.concrete(*map(wrap, arrays))
        except Exception as fault:  # the function itself will say what is wrong
            raise Doubt(str(fault)) from None
        finally:
            context.is_private, wrote = False, self.purity.put_back()
        if wrote or concrete is None or concrete.variables or self._does_more(concrete.graph):
            raise Doubt("what it does in a trace")

    def _one(self, row):
        """The leaves of the function's value for the leaves of an element, as tensors."""
        arguments = self._source.pack(row)
        arguments = arguments if type(arguments) is tuple else (arguments,)
        value = in_trace(self._user, arguments, {})
        structure = Structure(tuple(value) if type(value) is list else value)
        leaves = [convert_to_tensor(leaf) for leaf in structure.leaves if _can_be_row(leaf)]
        if len(leaves) < len(structure.leaves) or opened_composite(value) is not None:
            raise TraceBreak("a value that is no tensor")
        self.structure = structure
        return leaves

    def _does_more(self, graph, within=False):
        """True for a graph with effects, or with strings within its loops."""
        values = [*graph.inputs, *graph.outputs, *graph.constants]
        values += [value for node in graph.nodes for value in node.outputs]
        if within and any(value.dtype == object for value in values):
            return True
        return any(
            (node.op.effect and not (self.reads_files and node.op.name == "read_file"))
            or any(self._does_more(inner, True) for inner in node.graphs.values())
            for node in graph.nodes
        )

    def __call__(self, arrays):
        """The results, an array a leaf; None where plain Python has to tell."""
        if is_watched() or not self.purity.holds():
            return None
        context.is_private = True
        try:
            return [tensor.host() for tensor in self._program(*map(wrap, arrays))]
        except Exception:
            return None
        finally:
            context.is_private = False


class Rowwise(FunctionProgram):
    """A function of an element as a program for many rows, which are given an array a leaf."""

    def _whole(self, *columns):
        if any(column._dtype == object for column in columns):  # which no compiled loop holds
            return hooks.vectorized_map(self._one, list(columns))
        found = hooks.trace_scan("map", lambda _, row: ((), self._one(row)), (), list(columns))
        if found is NotImplemented:
            raise TraceBreak("results of several shapes")
        return found[1]


class Single(FunctionProgram):
    """A function of an element as a program for one, which is given by its leaves.

    Attributes:
      usual: the seconds that the function takes in plain Python.
      lost: how many calls took longer, less those that did not.
    """

    reads_files = True
    usual, lost = 0.0, 0

    def _whole(self, *leaves):
        return self._one(leaves)


class Hastened:
    """A map's step, by programs for single elements once it has taken long.

    Each thread of a pool has a program of its own; all others share one. The function keeps them,
    for all data sets that it maps: the Single, False where there is none, or before that the
    seconds that its calls took and how many there were.

    Args:
      node: the Map.
      step: makes one element of the leaves of another and its number, in plain Python.
    """

    def __init__(self, node, step):
        self.node, self.step, self._nesting = node, step, None
        function = node.call.function
        is_plain = isinstance(function, types.FunctionType)
        self._programs = function.__dict__.setdefault("_programs", {}) if is_plain else {}

    def __call__(self, leaves, number):
        if self._nesting is None:
            self._nesting = repr(self.node.inputs[0].structure.template)
        begin, key = time.perf_counter(), (pooled_thread(), self._nesting)
        program = self._programs.get(key, (0.0, 0))
        if program.__class__ is Single:
            found = self.node.accepted(program(leaves), program)
            if found is not None:
                was_slow = time.perf_counter() - begin > program.usual
                program.lost = max(0, program.lost + (1 if was_slow else -1))
                if program.lost > _MOST_LOST:
                    self._programs[key] = False
                return found
            value = self.step(leaves, number)  # or the error that the program had
            self._programs[key] = not program.purity.holds() and (0.0, 0)
            return value
        value = self.step(leaves, number)
        if program:
            seconds, calls = program[0] + time.perf_counter() - begin, program[1] + 1
            self._programs[key] = seconds, calls
            if seconds > _SECONDS_WORTH_A_PROGRAM:
                program = self._programs[key] = _program_of(Single, self.node.call, leaves) or False
                if program:
                    program.usual = seconds / calls
        return value


def _can_be_row(leaf):
    return leaf is not None and not hasattr(leaf, "_node")


def purity_of(function):
    """The Purity of a function; None where it may do more than compute."""
    try:
        return Purity(function)
    except Doubt:
        return None


def _program_of(kind, call, arrays):
    if not all(isinstance(array, np.ndarray | np.generic) for array in arrays):
        return None
    try:
        return kind(call, arrays)
    except Doubt:
        return None


def program_for(call, table, size):
    """The Rowwise of a function for a node's table and size; None where there is none."""
    if size < _ROWS_WORTH_A_PROGRAM and size != INFINITE:
        return None
    columns = table.examples(_TRACED_ROWS)
    return None if columns is None else _program_of(Rowwise, call, columns)


# -- streams ---------------------------------------------------------------------------------------


class Stream:
    """A pass over elements that may be taken ahead, with a function run on many of them at once.

    The first elements go through `step`, one by one: few of them are not worth a program.

    Args:
      node: the Map; its `_program` is found here.
      items: an iterator over elements.
      step: makes one element of the leaves of another and its number, in plain Python.
    """

    def __init__(self, node, items, step):
        self.node, self.items, self.step, self.done = node, items, step, 0

    def __iter__(self):
        return itertools.chain.from_iterable(self._parts())

    def _parts(self):
        if self.node._program is None:
            yield self._plainly(itertools.islice(self._counted(), _ROWS_WORTH_A_PROGRAM))
        size, fault = _ROWS_LOOKED_AT, None
        while size and self.node._program is not False:
            rows, fault = self._take(size)
            begin = self.done - len(rows)
            columns = _columns(rows) if len(rows) == size else None
            found = None
            if columns is not None and size > _ROWS_LOOKED_AT:
                found = self._results(columns)
            yield map(self.step, rows, itertools.count(begin)) if found is None else _split(found)
            if fault is not None:
                yield or_error(None, fault)
            elif len(rows) < size:
                return
            elif size == _ROWS_LOOKED_AT:
                size = _rows_ahead(columns)
        yield self._plainly(self._counted())

    def _plainly(self, items):
        return self.node.one_by_one(self.step, items, self.done)

    def _counted(self):
        def count(item):
            self.done += 1
            return item

        return map(count, self.items)

    def _take(self, size):
        """(up to `size` elements, the error that came after them or None)."""
        rows = []
        try:
            rows.extend(itertools.islice(self.items, size))
        except Exception as error:
            return rows, error
        finally:
            self.done += len(rows)
        return rows, None

    def _results(self, columns):
        node = self.node
        if node._program is None:
            node._program = _program_of(Rowwise, node.call, columns) or False
        program = node._program
        return node.accepted(program(columns), program) if program else None


def _columns(rows):
    """The elements as arrays, one a leaf; None where they are no rows of arrays."""
    if not all(isinstance(leaf, np.ndarray | np.generic) for leaf in rows[0]):
        return None
    try:
        return [stack(column, number) for number, column in enumerate(zip(*rows))]
    except InvalidArgumentError:
        return None


def _rows_ahead(columns):
    """How many rows like these may be taken ahead; 0 where they are too large."""
    if columns is None:
        return 0
    bytes_of = (sum(map(len, c.flat)) if c.dtype == object else c.nbytes for c in columns)
    size = _ROWS_LOOKED_AT * _GROWS_BELOW_BYTES // max(sum(bytes_of), 1)
    return min(size, _LARGEST_CHUNK) if size > _ROWS_LOOKED_AT else 0


class MappedTable(Table):
    """A table whose rows are made of another's when they are asked for.

    Args:
      table: the other.
      program: the Rowwise that makes them.
      step: makes one element of the leaves of another and its number, in plain Python.
    """

    keeps_rows = False

    def __init__(self, table, program, step):
        self.table, self.program, self.step = table, program, step

    def gather(self, numbers, begin=0):
        columns = self.table.gather(numbers, begin)
        found = self.program(columns)
        if found is not None:
            return found
        elements = list(map(self.step, _split(columns), itertools.count(begin)))
        return [stack(column, number) for number, column in enumerate(zip(*elements))]

    def rows(self, order):
        return itertools.chain.from_iterable(self._chunks(order))

    def _chunks(self, order):
        size, begin = _FIRST_CHUNK, 0
        while numbers := list(itertools.islice(order, size)):
            columns = self.table.gather(numbers, begin)
            found = self.program(columns)
            if found is None:
                yield map(self.step, _split(columns), itertools.count(begin))
            else:
                yield _split(found)
            begin += len(numbers)
            if sum(array.nbytes for array in found or columns) < _GROWS_BELOW_BYTES:
                size = min(2 * size, _LARGEST_CHUNK)

    def examples(self, count):
        columns = self.table.examples(count)
        return None if columns is None else self.program(columns)


def _split(columns):
    return ([column[row, ...] for column in columns] for row in range(len(columns[0])))
