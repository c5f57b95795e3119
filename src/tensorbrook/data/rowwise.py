"""Functions of elements that run on many rows at once, in one compiled loop.

`Dataset.map` calls a function as plain Python, element by element. Where the elements are rows of
arrays in memory, the function provably does nothing but compute (`purity.py`), and a trace can hold
it, one program runs it on whole batches. It is left to Python again where a name it uses gets
another value, and where a debugger listens.
"""

from __future__ import annotations

import itertools
import sys

from ..base.config import settings
from ..core.dispatch import TraceBreak
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


def _does_more(graph):
    """True for a graph with effects, or with strings, which no compiled loop holds."""
    values = [*graph.inputs, *graph.outputs, *graph.constants]
    values += [value for node in graph.nodes for value in node.outputs]
    if any(value.dtype == object for value in values):
        return True
    return any(
        node.op.effect or any(_does_more(inner) for inner in node.graphs.values())
        for node in graph.nodes
    )


def program_for(call, table, size):
    """The Rowwise of a function for a node's table and size; None where there is none."""
    if size < _ROWS_WORTH_A_PROGRAM and size != INFINITE:
        return None
    columns = table.examples(_TRACED_ROWS)
    if columns is None or any(column.dtype == object for column in columns):
        return None
    try:
        return Rowwise(call, columns)
    except Doubt:
        return None


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
