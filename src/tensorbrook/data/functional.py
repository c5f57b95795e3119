"""Steps that call a user's function on each element: map, filter, take_while, scan; and reduce.

The functions are ordinary Python and run eagerly on each element: breakpoints stop in them,
`.numpy()` works, prints print. Those that do nothing but compute may run on many rows at once
(`rowwise.py`). An error keeps its class and traceback and gets a note that names
the method and the element.

The spec of what a function returns is found only when it is asked for: then the function runs once
on an example (zeros in the shapes known), and once more on another example when a dimension is
unknown or may depend on the values; what differs between the two is None. A function that fails on
examples is run on the first real elements instead.
"""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np

from ..base import nest
from ..base.context import context
from ..base.errors import InvalidArgumentError
from ..base.shapes import TensorShape
from ..core.spec import TensorSpec
from ..core.tensor import Tensor
from ..ops.seeding import FunctionSeeds, global_seed
from .nodes import Node, Reordering
from .prefetch import AUTOTUNE, parallel_map, pooled_thread
from .rowwise import Hastened, MappedTable, Stream, is_watched, program_for, purity_of
from .structure import Structure, common, spec_of, to_leaf

_TRIED_ELEMENTS = 8


class UserFunction:
    """A user's function of an element of `source`, with the place named in its errors."""

    def __init__(self, function, method: str, source: Node):
        if not callable(function):
            raise TypeError(f"Dataset.{method} takes a function, got {function!r}.")
        self.function, self.method, self.source = function, method, source
        self.structure, self.in_trace = None, bool(context.traces) and _captures(function)
        self._seeds = {}  # name of a pool's thread, or "" for others -> streams

    def begin(self):
        """This function for a new pass, in which random numbers begin anew."""
        return UserFunction(self.function, self.method, self.source)

    def __call__(self, leaves, number):
        structure = self.structure
        if structure is None:
            structure = self.structure = self.source.structure
        arguments = structure.tensors(leaves)
        if type(arguments) is not tuple:
            arguments = (arguments,)
        return self.run(arguments, number)

    def run(self, arguments, number):
        """The function's value on these arguments."""
        # Calls at the same time, in a pool's threads, must not share streams. Other threads call
        # one after the other: a pass may go on in another one, with the same numbers.
        lane = pooled_thread()
        seeds = self._seeds.get(lane) or self._new_streams(lane)
        try:
            with seeds:
                return self.function(*arguments)
        except StopIteration as error:
            raise RuntimeError(
                f"The function of Dataset.{self.method} raised StopIteration, {_place(number)}."
            ) from error
        except Exception as error:
            name = getattr(self.function, "__name__", repr(self.function))
            error.add_note(f"(in the function {name} of Dataset.{self.method}, {_place(number)})")
            raise

    def _new_streams(self, lane):
        seed = global_seed()
        if seed is not None and lane:
            seed += 1 + int(lane.rsplit("_", 1)[1])
        self._seeds[lane] = FunctionSeeds(seed)
        return self._seeds[lane]


def _captures(function):
    """Whether a function uses tensors of the trace being made, which are gone when it runs."""
    cells = getattr(function, "__closure__", None) or ()
    held = [*(getattr(function, "__defaults__", None) or ())]
    try:
        held += [cell.cell_contents for cell in cells]
    except ValueError:
        return True
    tensors = nest.flatten(held, expand_composites=True)
    return any(isinstance(value, Tensor) and not value.is_eager for value in tensors)


def _place(number):
    return "on an example made for element_spec" if number is None else f"at element {number}"


def leaves_of(value, structure, method):
    """The leaves of what a function returned; TypeError for what can be no element."""
    try:
        return [to_leaf(leaf) for leaf in structure.flatten(value)]
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Unsupported return value from function passed to Dataset.{method}(): {value}. {error}"
        ) from error


def infer_spec(source: Node, run):
    """The specs, flat, of `run(leaves)`, which gives the specs for the leaves of one element."""
    structure = Structure(source.spec)
    given = structure.leaves
    try:
        first = run(structure.example(2, 0))
        if _surely_static(given, first):
            return first
        # A small and a large size, so that slices such as x[:3] and x[3:] are seen to vary.
        second = run(structure.example(11, 1))
        return [common(a, b) for a, b in zip(first, second)]
    except Exception as error:
        return _infer_from_elements(source, run, given, error)


def _infer_from_elements(source, run, given, error):
    """The same from the first two real elements on which `run` does not fail either."""
    found = []
    for leaves in itertools.islice(source.iterate(), _TRIED_ELEMENTS):
        try:
            found.append(_forget(given, leaves, run(leaves)))
        except Exception as latest:
            error = latest
        if len(found) == 2:
            break
    if not found:
        raise error
    return [common(a, b) for a, b in zip(found[0], found[-1])]


def _surely_static(given, found):
    """True when the shapes found cannot depend on an unknown dimension or on values."""
    if not all(_is_static(spec) for spec in [*given, *found]):
        return False
    known = {(), *(tuple(spec.shape) for spec in given)}
    return all(tuple(spec.shape) in known for spec in found)


def _is_static(spec):
    known = isinstance(spec, TensorSpec) and spec.shape.is_fully_defined()
    return known and spec.dtype.name != "string"  # a text may be cut into any number of parts


def _forget(given, leaves, found):
    """The specs found on a real element, None where a dimension came from an unknown one."""
    unknown = {
        (axis, leaf.shape[axis])
        for spec, leaf in zip(given, leaves)
        if isinstance(spec, TensorSpec) and spec.shape.rank is not None
        for axis, size in enumerate(spec.shape)
        if size is None
    }

    def forget(spec):
        if not isinstance(spec, TensorSpec):
            return spec
        shape = [None if pair in unknown else pair[1] for pair in enumerate(spec.shape)]
        return TensorSpec(TensorShape(shape), spec.dtype)

    return [forget(spec) for spec in found]


class Produced(Node):
    """The base of steps whose elements are what a user's function returns."""

    method = "map"
    _dtypes: list | None = None

    def accept(self, value):
        """The leaves of an element; TypeError unless it is like those before it."""
        if type(value) is list:
            value = tuple(value)
        if self._structure is None:
            self._structure = Structure(value)
        leaves = leaves_of(value, self._structure, self.method)
        found = [getattr(leaf, "dtype", None) for leaf in leaves]
        if found != self._dtypes:
            if self._dtypes is not None:
                before, now = (", ".join(map(str, kinds)) for kinds in (self._dtypes, found))
                raise TypeError(
                    f"The function of Dataset.{self.method} returned dtypes {now} after {before}: "
                    "all elements need the same. Cast them with tf.cast."
                )
            self._dtypes = found
        return leaves

    def infer(self, run):
        """The specs of the elements, from `run(leaves)`, the element made of one of the input."""
        found = infer_spec(self.inputs[0], lambda leaves: self._made(run(leaves)))
        return self._structure.pack_parts(found)

    def _made(self, leaves):
        return self._structure.specs(leaves)

    @property
    def structure(self):
        if self._structure is None:
            self._spec = self.make_spec()
        return self._structure


class Map(Produced):
    """A function's value on each element."""

    shown = "_MapDataset"
    _program: Any = None  # a Rowwise; False where there is none
    _purity: Any = None  # of its function; False where that may do more than compute

    def __init__(self, source, function, workers=None, ordered=True):
        self.inputs, self.ordered = (source,), ordered
        self.call = UserFunction(function, "map", source)
        self.workers = None if workers is None else int(workers)
        if self.workers is not None:
            self.shown = "_ParallelMapDataset"
            if self.workers != AUTOTUNE and self.workers < 1:
                raise InvalidArgumentError(
                    f"num_parallel_calls must be positive or tf.data.AUTOTUNE, got {self.workers}."
                )

    def step(self, call, leaves, number):
        """The element made of one element of the input."""
        return self.accept(call(leaves, number))

    def table(self):
        table = None if is_watched() else self.inputs[0].table()
        if table is None:
            return None
        if self._program is None or (self._program and not self._program.purity.holds()):
            self._program = program_for(self.call, table, self.inputs[0].size()) or False
        if not self._program:
            return None
        if self._structure is None:
            self._structure = self._program.structure
        return MappedTable(table, self._program, partial(self.step, self.call.begin()))

    def order(self):
        return self.inputs[0].order()

    def iterate(self):
        table = self.table()
        return super().iterate() if table is None else table.rows(self.order())

    @property
    def purity(self):
        """The Purity of the function; False where that may do more than compute."""
        if self._purity is None or (self._purity and not self._purity.holds()):
            self._purity = purity_of(self.call.function) or False
        return self._purity

    def reads_ahead(self):
        computes = bool(self.purity) and not self.purity.reads_files
        return computes and self.inputs[0].reads_ahead()

    def accepted(self, columns, program):
        """What a program gave; None unless it is like the elements before."""
        if columns is None or self._structure != program.structure:
            return None
        return columns if [column.dtype for column in columns] == self._dtypes else None

    def run(self, items):
        step = partial(self.step, self.call.begin())
        if is_watched() or not self.purity:
            return self.one_by_one(step, items)
        step = Hastened(self, step)
        return (
            iter(Stream(self, items, step)) if self.reads_ahead() else self.one_by_one(step, items)
        )

    def _is_at_hand(self):
        """Whether nobody can tell how far ahead the input is read."""
        source = self.inputs[0]
        return source.reads_ahead() or source.table() is not None

    def one_by_one(self, step, items, first=0):
        """The elements made of single ones, of which the first has that number."""
        workers = self.workers
        if workers is None and self.purity and not is_watched() and self._is_at_hand():
            workers = AUTOTUNE  # nobody can tell
        if workers is None:
            # The built-in goes on after an error, which ignore_errors needs.
            return map(step, items, itertools.count(first))
        return parallel_map(step, items, workers, self.ordered, first)

    def size(self):
        return self.inputs[0].size()

    def make_spec(self):
        return self.infer(lambda leaves: self.step(self.call, leaves, None))


class Filter(Reordering):
    """The elements for which a function is true."""

    shown = "_FilterDataset"

    def __init__(self, source, predicate, method="filter"):
        super().__init__(source)
        self.call = UserFunction(predicate, method, source)

    def keep(self, call, numbers, leaves):
        """True when the function is, on one element."""
        value = call(leaves, next(numbers))
        if value.__class__ is bool:
            return value
        leaf = to_leaf(value)
        if not isinstance(leaf, np.ndarray | np.generic) or leaf.dtype.kind != "b" or leaf.shape:
            raise ValueError(
                "Invalid `predicate`. `predicate` must return a `tf.bool` scalar tensor, but its "
                f"return type is {spec_of(leaf)}."
            )
        return bool(leaf)

    def run(self, items):
        return filter(partial(self.keep, self.call.begin(), itertools.count()), items)

    def table(self):
        return None


class TakeWhile(Filter):
    """The elements before the first for which a function is false."""

    shown = "_TakeWhileDataset"

    def __init__(self, source, predicate):
        super().__init__(source, predicate, "take_while")

    def run(self, items):
        keep = partial(self.keep, self.call.begin(), itertools.count())
        return itertools.takewhile(keep, items)


class State:
    """The value that scan and reduce carry on: its structure and dtypes stay."""

    def __init__(self, initial, method):
        if isinstance(initial, list):
            initial = tuple(initial)
        self.structure, self.method = Structure(initial), method
        self.leaves = [to_leaf(leaf) for leaf in self.structure.leaves]

    def accept(self, value):
        """The tensors of a new state; TypeError when its dtypes or structure are others."""
        if isinstance(value, list):
            value = tuple(value)
        leaves = leaves_of(value, self.structure, self.method)
        for old, new in zip(self.leaves, leaves):
            if getattr(old, "dtype", None) != getattr(new, "dtype", None):
                raise TypeError(
                    "The element types for the new state must match the initial state. Expected "
                    f"{spec_of(old).dtype!r}; got {spec_of(new).dtype!r}: cast it with tf.cast in "
                    f"the function of Dataset.{self.method}."
                )
        return self.structure.tensors(leaves)


def reduce(source: Node, initial_state, function):
    """The last state of `function(state, element)` over all elements."""
    call = UserFunction(function, "reduce", source)
    state = State(initial_state, "reduce")
    value = state.structure.tensors(state.leaves)
    for number, leaves in enumerate(source.iterate()):
        value = state.accept(call.run((value, source.structure.tensors(leaves)), number))
    return value


class Scan(Produced):
    """A function's outputs while it carries a state on from element to element."""

    shown, method = "_ScanDataset", "scan"

    def __init__(self, source, initial_state, function):
        self.inputs = (source,)
        self.call = UserFunction(function, "scan", source)
        self.initial = State(initial_state, "scan")

    def step(self, call, value, leaves, number):
        """The new state, and the leaves of the output."""
        pair = call.run((value, self.inputs[0].structure.tensors(leaves)), number)
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(
                "The scan function must return a pair comprising the new state and the output "
                f"value; it returned {pair!r}."
            )
        return self.initial.accept(pair[0]), self.accept(pair[1])

    def _first_state(self):
        return self.initial.structure.tensors(self.initial.leaves)

    def run(self, items):
        value, call = self._first_state(), self.call.begin()

        def step(leaves, number):
            nonlocal value
            value, output = self.step(call, value, leaves, number)
            return output

        return map(step, items, itertools.count())

    def size(self):
        return self.inputs[0].size()

    def make_spec(self):
        return self.infer(lambda leaves: self.step(self.call, self._first_state(), leaves, None)[1])
