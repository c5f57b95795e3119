"""Functions of elements that run on many rows at once, in one compiled loop.

`Dataset.map` calls a function as plain Python, element by element. Where the elements are rows of
arrays in memory, the function provably does nothing but compute (`purity.py`), and a trace can hold
it, one program runs it on whole batches. It is left to Python again where a name it uses gets
another value, and where a debugger listens.
"""

from __future__ import annotations

import itertools
import sys

import numpy as np

from ..base.config import settings
from ..base.errors import InvalidArgumentError, TraceBreak
from ..core.hooks import hooks
from ..core.tensor import convert_to_tensor, wrap
from ..function.autograph.gate import in_trace
from ..function.function import Function
from ..ops.seeding import FunctionSeeds
from .nodes import INFINITE, Table
from .purity import Doubt, Purity
from .structure import Structure, opened_composite, stack

_ROWS_WORTH_A_PROGRAM = 1000
_FIRST_CHUNK, _LARGEST_CHUNK = 16, 256
_TRACED_ROWS, _GROWS_BELOW_BYTES = 16, 4 << 20
_ROWS_LOOKED_AT = 32  # of a stream, to tell how many may be taken ahead


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


class Rowwise:
    """A function of an element as a program for many rows.

    Args:
      call: the UserFunction.
      columns: some rows, an array a leaf.

    Raises:
      Doubt: the function may do more than compute, or a trace cannot hold it.
    """

    def __init__(self, call, columns):
        self.purity = Purity(call.function)
        self._source, self._user = call.source.structure, call.function
        self.structure = None
        self._program = Function(self._whole, "rows")
        self._program.warns = False  # plain Python is what was asked for
        try:
            with FunctionSeeds(0):
                concrete = self._program.concrete(*map(wrap, columns))
        except Exception as fault:  # the function itself will say what is wrong
            raise Doubt(str(fault)) from None
        finally:
            wrote = self.purity.put_back()
        if wrote or concrete is None or concrete.variables or _does_more(concrete.graph):
            raise Doubt("what it does in a trace")

    def _whole(self, *columns):
        def one(_, row):
            arguments = self._source.pack(row)
            arguments = arguments if type(arguments) is tuple else (arguments,)
            value = in_trace(self._user, arguments, {})
            structure = Structure(tuple(value) if type(value) is list else value)
            leaves = [convert_to_tensor(leaf) for leaf in structure.leaves if _can_be_row(leaf)]
            if len(leaves) < len(structure.leaves) or opened_composite(value) is not None:
                raise TraceBreak("a value that is no tensor")
            self.structure = structure
            return (), leaves

        if any(column._dtype == object for column in columns):  # which no compiled loop holds
            return hooks.vectorized_map(lambda row: one(None, row)[1], list(columns))
        found = hooks.trace_scan("map", one, (), list(columns))
        if found is NotImplemented:
            raise TraceBreak("results of several shapes")
        return found[1]

    def __call__(self, columns):
        """The results for all rows, an array a leaf; None where plain Python has to tell."""
        if is_watched() or not self.purity.holds():
            return None
        try:
            return [tensor.host() for tensor in self._program(*map(wrap, columns))]
        except Exception:
            return None


def _can_be_row(leaf):
    return leaf is not None and not hasattr(leaf, "_node")


def _does_more(graph, within=False):
    """True for a graph with effects, or with strings within its loops."""
    values = [*graph.inputs, *graph.outputs, *graph.constants]
    values += [value for node in graph.nodes for value in node.outputs]
    if within and any(value.dtype == object for value in values):
        return True
    return any(
        node.op.effect or any(_does_more(inner, True) for inner in node.graphs.values())
        for node in graph.nodes
    )


def purity_of(function):
    """The Purity of a function; None where it may do more than compute."""
    try:
        return Purity(function)
    except Doubt:
        return None


def _program_of(call, columns):
    try:
        return Rowwise(call, columns)
    except Doubt:
        return None


def program_for(call, table, size):
    """The Rowwise of a function for a node's table and size; None where there is none."""
    if size < _ROWS_WORTH_A_PROGRAM and size != INFINITE:
        return None
    columns = table.examples(_TRACED_ROWS)
    return None if columns is None else _program_of(call, columns)


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
                yield map(_raised, (fault,))
            elif len(rows) < size:
                return
            elif size == _ROWS_LOOKED_AT:
                size = _rows_ahead(columns)
        yield self._plainly(self._counted())

    def _plainly(self, items):
        return map(self.step, items, itertools.count(self.done))

    def _counted(self):
        for item in self.items:
            self.done += 1
            yield item

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
            node._program = _program_of(node.call, columns) or False
        return node.accepted(node._program(columns)) if node._program else None


def _raised(fault):
    raise fault


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
