"""Steps that call a user's function: map, filter, scan, flat_map, interleave, group_by_window.

The functions are ordinary Python and run eagerly on each element: breakpoints stop in them,
`.numpy()` works, prints print. An error keeps its class and traceback and gets a note that names
the method and the element.

The spec of what a function returns is found only when it is asked for: then the function runs once
on an example (zeros in the shapes known), and once more on another example when a dimension is
unknown or may depend on the values; what differs between the two is None. A function that fails on
examples is run on the first two real elements instead.
"""

from __future__ import annotations

import itertools
import os

import numpy as np

from ..base.errors import InvalidArgumentError
from ..base.shapes import TensorShape
from ..core.spec import TensorSpec
from .nodes import INFINITE, UNKNOWN, Elements, Node, Reordering
from .prefetch import AUTOTUNE, background, parallel_map
from .structure import Structure, common, example, spec_of, to_leaf, to_tensor

_END = object()


class UserFunction:
    """A user's function of an element of `source`, with the place named in its errors."""

    def __init__(self, function, method: str, source: Node):
        if not callable(function):
            raise TypeError(f"Dataset.{method} takes a function, got {function!r}.")
        self.function, self.method, self.source = function, method, source
        self.structure = None

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
        try:
            return self.function(*arguments)
        except StopIteration as error:
            raise RuntimeError(
                f"The function of Dataset.{self.method} ended an iterator"
            ) from error
        except Exception as error:
            name = getattr(self.function, "__name__", repr(self.function))
            error.add_note(f"(in the function {name} of Dataset.{self.method}, {_place(number)})")
            raise


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
    given = Structure(source.spec).leaves
    try:
        first = run([example(spec, 2, 0) for spec in given])
        if _surely_static(given, first):
            return first
        second = run([example(spec, 3, 1) for spec in given])
        return [common(a, b) for a, b in zip(first, second)]
    except Exception:
        elements = list(itertools.islice(source.iterate(), 2))
        if not elements:
            raise
    found = [_forget(given, leaves, run(leaves)) for leaves in elements]
    return [common(a, b) for a, b in zip(found[0], found[-1])]


def _surely_static(given, found):
    """True when the shapes found cannot depend on an unknown dimension or on values."""
    if not all(_is_static(spec) for spec in [*given, *found]):
        return False
    known = {(), *(tuple(spec.shape) for spec in given)}
    return all(tuple(spec.shape) in known for spec in found)


def _is_static(spec):
    return isinstance(spec, TensorSpec) and spec.shape.is_fully_defined()


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


class Map(Node):
    """A function's value on each element."""

    shown = "_MapDataset"

    def __init__(self, source, function, workers=None, ordered=True):
        self.inputs, self.ordered = (source,), ordered
        self.call = UserFunction(function, "map", source)
        self.workers = None if workers is None else int(workers)
        if self.workers is not None:
            self.shown = "_ParallelMapDataset"
            if self.workers != AUTOTUNE and self.workers < 1:
                raise ValueError(
                    f"num_parallel_calls must be positive or tf.data.AUTOTUNE, got {self.workers}."
                )

    def step(self, leaves, number):
        """The element made of one element of the input."""
        value = self.call(leaves, number)
        if type(value) is list:
            value = tuple(value)
        if self._structure is None:
            self._structure = Structure(value)
        return leaves_of(value, self._structure, "map")

    def iterate(self):
        items = self.inputs[0].iterate()
        if self.workers is None:
            # The built-in goes on after an error, which ignore_errors needs.
            return map(self.step, items, itertools.count())
        return parallel_map(self.step, items, self.workers, self.ordered)

    def size(self):
        return self.inputs[0].size()

    def make_spec(self):
        def run(leaves):
            return [spec_of(leaf) for leaf in self.step(leaves, None)]

        found = infer_spec(self.inputs[0], run)
        return self._structure.pack(found)

    @property
    def structure(self):
        if self._structure is None:
            self._spec = self.make_spec()
        return self._structure


class Filter(Reordering):
    """The elements for which a function is true."""

    shown = "_FilterDataset"

    def __init__(self, source, predicate, method="filter"):
        super().__init__(source)
        self.call = UserFunction(predicate, method, source)

    def keep(self, leaves, number):
        """True when the function is, on one element."""
        value = self.call(leaves, number)
        if value.__class__ is bool:
            return value
        leaf = to_leaf(value)
        if not isinstance(leaf, np.ndarray | np.generic) or leaf.dtype.kind != "b" or leaf.shape:
            raise ValueError(
                "Invalid `predicate`. `predicate` must return a `tf.bool` scalar tensor, but its "
                f"return type is {spec_of(leaf)}."
            )
        return bool(leaf)

    def reorder(self, start):
        numbers = itertools.count()
        return filter(lambda leaves: self.keep(leaves, next(numbers)), start())

    def table(self):
        return None


class TakeWhile(Filter):
    """The elements before the first for which a function is false."""

    shown = "_TakeWhileDataset"

    def __init__(self, source, predicate):
        super().__init__(source, predicate, "take_while")

    def reorder(self, start):
        numbers = itertools.count()
        return itertools.takewhile(lambda leaves: self.keep(leaves, next(numbers)), start())


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


class Scan(Node):
    """A function's outputs while it carries a state on from element to element."""

    shown = "_ScanDataset"

    def __init__(self, source, initial_state, function):
        self.inputs = (source,)
        self.call = UserFunction(function, "scan", source)
        self.initial = State(initial_state, "scan")

    def step(self, value, leaves, number):
        """The new state, and the leaves of the output."""
        pair = self.call.run((value, self.inputs[0].structure.tensors(leaves)), number)
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise TypeError(
                "The scan function must return a pair comprising the new state and the output "
                f"value; it returned {pair!r}."
            )
        state, output = pair
        if type(output) is list:
            output = tuple(output)
        if self._structure is None:
            self._structure = Structure(output)
        return self.initial.accept(state), leaves_of(output, self._structure, "scan")

    def _first_state(self):
        return self.initial.structure.tensors(self.initial.leaves)

    def iterate(self):
        value = self._first_state()
        for number, leaves in enumerate(self.inputs[0].iterate()):
            value, output = self.step(value, leaves, number)
            yield output

    def size(self):
        return self.inputs[0].size()

    def make_spec(self):
        def run(leaves):
            return [spec_of(leaf) for leaf in self.step(self._first_state(), leaves, None)[1]]

        found = infer_spec(self.inputs[0], run)
        return self._structure.pack(found)

    @property
    def structure(self):
        if self._structure is None:
            self._spec = self.make_spec()
        return self._structure


class NestedFunction(Node):
    """The base of steps whose function returns a data set for each element or group."""

    method: str

    def inner(self, value) -> Node:
        """The node of the data set a function returned."""
        node = getattr(value, "_node", None)
        if node is None:
            raise TypeError(
                f"Invalid function. The function of Dataset.{self.method} must return a `Dataset` "
                f"object. Got {type(value)}; for a tensor use `map`."
            )
        return node

    def nodes(self):
        """The inner nodes, one for each element."""
        return map(self._node_of, self.inputs[0].iterate(), itertools.count())

    def _node_of(self, leaves, number):
        return self.inner(self.call(leaves, number))

    def make_spec(self):
        def run(leaves):
            node = self._node_of(leaves, None)
            self._nesting = Structure(node.spec)
            return self._nesting.leaves

        found = infer_spec(self.inputs[0], run)
        return self._nesting.pack(found)


class FlatMap(NestedFunction):
    """The elements of a function's data sets, one data set after the other."""

    shown, method = "_FlatMapDataset", "flat_map"

    def __init__(self, source, function):
        self.inputs = (source,)
        self.call = UserFunction(function, self.method, source)

    def iterate(self):
        for node in self.nodes():
            for leaves in node.iterate():
                if self._structure is None:
                    self._structure = node.structure
                yield leaves


class Interleave(NestedFunction):
    """Elements of a function's data sets, `block_length` at a time from `cycle_length` of them."""

    shown, method = "_InterleaveDataset", "interleave"

    def __init__(self, source, function, cycle_length=None, block_length=None, workers=None):
        self.inputs = (source,)
        self.call = UserFunction(function, self.method, source)
        cycle = AUTOTUNE if cycle_length is None else int(cycle_length)
        # TensorFlow's choice when none is given.
        self.cycle_length = min(os.cpu_count() or 1, 10) if cycle == AUTOTUNE else cycle
        self.block_length = 1 if block_length is None else int(block_length)
        for name in ("cycle_length", "block_length"):
            if getattr(self, name) <= 0:
                raise InvalidArgumentError(
                    f"`{name}` must be > 0; Dataset.interleave got {getattr(self, name)}."
                )
        self.parallel = workers is not None
        if self.parallel:
            self.shown = "_ParallelInterleaveDataset"

    def _start(self, node):
        if self.parallel and node.table() is None:
            return background(node.iterate, 2 * self.block_length)
        return node.iterate()

    def iterate(self):
        nodes = self.nodes()
        slots: list = [None] * self.cycle_length
        current, taken, more, started = 0, 0, True, 0
        while more or started:
            if slots[current] is None:
                node = next(nodes, None) if more else None
                if node is None:
                    more = False
                    current, taken = (current + 1) % self.cycle_length, 0
                    continue
                slots[current] = (node, self._start(node))
                started += 1
            node, items = slots[current]
            leaves = next(items, _END)
            if leaves is _END:
                slots[current] = None
                started -= 1
                current, taken = (current + 1) % self.cycle_length, 0
                continue
            if self._structure is None:
                self._structure = node.structure
            taken += 1
            if taken == self.block_length:
                current, taken = (current + 1) % self.cycle_length, 0
            yield leaves


class GroupByWindow(NestedFunction):
    """Elements gathered by an integer key, each full group turned into a data set by a function."""

    shown, method = "_GroupByWindowDataset", "group_by_window"

    def __init__(self, source, key_func, reduce_func, size_func):
        self.inputs = (source,)
        self.key = UserFunction(key_func, "group_by_window", source)
        self.reduce = UserFunction(reduce_func, "group_by_window", source)
        self.window_size = size_func

    def iterate(self):
        groups: dict[int, list] = {}
        sizes: dict[int, int] = {}
        for number, leaves in enumerate(self.inputs[0].iterate()):
            key = self._key_of(leaves, number)
            if key not in sizes:
                sizes[key] = int(self.window_size(to_tensor(np.int64(key))))
                if sizes[key] <= 0:
                    raise InvalidArgumentError(
                        f"Window size must be greater than zero, but got {sizes[key]}."
                    )
            group = groups.setdefault(key, [])
            group.append(leaves)
            if len(group) == sizes[key]:
                yield from self._reduced(key, groups.pop(key), number)
        for key in sorted(groups):
            yield from self._reduced(key, groups[key], "the last")

    def _key_of(self, leaves, number):
        key = to_leaf(self.key(leaves, number))
        if key.dtype.kind not in "iu" or key.shape:
            raise ValueError(
                "Invalid `key_func`. `key_func` must return a single `tf.int64` scalar tensor but "
                f"returned {spec_of(key)}."
            )
        return int(key)

    def _group(self, elements):
        source = self.inputs[0]
        return Elements(elements, source.structure, source._spec)

    def _reduced(self, key, elements, number):
        arguments = (to_tensor(np.int64(key)), self._group(elements).dataset())
        node = self.inner(self.reduce.run(arguments, number))
        for leaves in node.iterate():
            if self._structure is None:
                self._structure = node.structure
            yield leaves

    def make_spec(self):
        first = self._example_node(0)
        try:
            second = self._example_node(1)
        except Exception:
            return first.spec  # not every key need be possible
        structures = Structure(first.spec), Structure(second.spec)
        merged = [common(a, b) for a, b in zip(structures[0].leaves, structures[1].leaves)]
        return structures[0].pack(merged)

    def _example_node(self, key):
        """The node the function makes of an example of a group."""
        source = self.inputs[0]
        structure = Structure(source.spec)
        element = [example(spec, 2 + key, key) for spec in structure.leaves]
        group = Elements([element], structure, source.spec).dataset()
        return self.inner(self.reduce.run((to_tensor(np.int64(key)), group), None))


class DirectedInterleave(Node):
    """Elements of several data sets, in the order of the indices another one gives."""

    shown = "_DirectedInterleaveDataset"

    def __init__(self, selector, sources, stop_on_empty):
        self.selector, self.sources, self.stop_on_empty = selector, sources, stop_on_empty
        self.inputs = (selector, *sources)
        merged = [Structure(node.spec) for node in sources]
        for other in merged[1:]:
            if other != merged[0]:
                raise TypeError(
                    "Invalid `datasets`. `datasets` must have compatible element specs, got "
                    f"{[node.spec for node in sources]}."
                )

    def iterate(self):
        open_iterators = [node.iterate() for node in self.sources]
        for (number,) in self.selector.iterate():
            number = int(number)
            if not 0 <= number < len(open_iterators):
                raise InvalidArgumentError(
                    f"Selector index out of range: {number} >= {len(open_iterators)}"
                )
            if open_iterators[number] is None:
                continue
            leaves = next(open_iterators[number], _END)
            if leaves is not _END:
                yield leaves
                continue
            open_iterators[number] = None
            if self.stop_on_empty or not any(open_iterators):
                return

    def size(self):
        if self.selector.size() == INFINITE and all(n.size() == INFINITE for n in self.sources):
            return INFINITE
        return UNKNOWN

    def make_spec(self):
        structure = Structure(self.sources[0].spec)
        merged = structure.leaves
        for node in self.sources[1:]:
            merged = [common(a, b) for a, b in zip(merged, Structure(node.spec).leaves)]
        return structure.pack(merged)


class GroupByReducer(Node):
    """One value for each key: a reduction of its elements."""

    shown = "_GroupByReducerDataset"

    def __init__(self, source, key_func, reducer):
        self.inputs, self.reducer = (source,), reducer
        self.key = UserFunction(key_func, "group_by_reducer", source)
        self.finalize = reducer.finalize_func

    def iterate(self):
        states: dict[int, list] = {}
        source = self.inputs[0]
        for number, leaves in enumerate(source.iterate()):
            key = int(to_leaf(self.key(leaves, number)))
            if key not in states:
                state = State(self.reducer.init_func(to_tensor(np.int64(key))), "group_by_reducer")
                states[key] = [state, state.structure.tensors(state.leaves)]
            state, value = states[key]
            value = self.reducer.reduce_func(value, source.structure.tensors(leaves))
            states[key][1] = state.accept(value)
        for key in sorted(states):
            yield self._final(states[key][1])

    def _final(self, value):
        value = self.finalize(*value) if type(value) is tuple else self.finalize(value)
        if self._structure is None:
            self._structure = Structure(value)
        return leaves_of(value, self._structure, "group_by_reducer")

    def make_spec(self):
        state = State(self.reducer.init_func(to_tensor(np.int64(0))), "group_by_reducer")
        leaves = self._final(state.structure.tensors(state.leaves))
        return self._structure.pack([spec_of(leaf) for leaf in leaves])
