"""Steps that make several data sets one: flat_map, interleave, grouping by key, mixing by index."""

from __future__ import annotations

import itertools
import os
from functools import partial, reduce

import numpy as np

from ..base.errors import InvalidArgumentError
from .functional import Produced, State, UserFunction, infer_spec
from .nodes import INFINITE, UNKNOWN, Elements, Node
from .prefetch import AUTOTUNE, background, chained, merged
from .structure import Structure, common_structure, spec_of, to_leaf, to_tensor

_END = object()


class NestedFunction(Node):
    """The base of steps whose function returns a data set for each element or group."""

    method: str
    call: UserFunction

    def inner(self, value) -> Node:
        """The node of the data set a function returned."""
        node = getattr(value, "_node", None)
        if node is None:
            raise TypeError(
                f"Invalid function. The function of Dataset.{self.method} must return a `Dataset` "
                f"object. Got {type(value)}; for a tensor use `map`."
            )
        return node

    def nodes(self, items):
        """The inner nodes, one for each element."""
        return map(partial(self._node_of, self.call.begin()), items, itertools.count())

    def _node_of(self, call, leaves, number):
        return self.inner(call(leaves, number))

    def noted(self, node, items):
        """The items of an inner node, whose structure is known without a call once there is one."""

        def note(leaves):
            if self._structure is None:
                self._structure = node.structure
            return leaves

        return map(note, items)

    def whole(self, node):
        """All items of an inner node."""
        return self.noted(node, node.iterate())

    def make_spec(self):
        nesting = Structure(())

        def run(leaves):
            nonlocal nesting
            nesting = Structure(self._node_of(self.call, leaves, None).spec)
            return [nesting.spec_of_part(*part) for part in nesting.parts]

        found = infer_spec(self.inputs[0], run)
        return nesting.pack_parts(found)


class FlatMap(NestedFunction):
    """The elements of a function's data sets, one data set after the other."""

    shown, method = "_FlatMapDataset", "flat_map"

    def __init__(self, source, function):
        self.inputs = (source,)
        self.call = UserFunction(function, self.method, source)

    def run(self, items):
        return chained(map(self.whole, self.nodes(items)))


def default_cycle(workers=None):
    """How many data sets TensorFlow has open at once where nobody says it."""
    cores = os.cpu_count() or 1
    if workers is None:
        return cores
    return -(-cores // 3) if workers == AUTOTUNE else min(int(workers), cores)


class Interleave(NestedFunction):
    """Elements of a function's data sets, `block_length` at a time from `cycle_length` of them."""

    shown, method = "_InterleaveDataset", "interleave"

    def __init__(
        self, source, function, cycle_length=None, block_length=None, workers=None, ordered=True
    ):
        self.inputs, self.ordered = (source,), ordered
        self.call = UserFunction(function, self.method, source)
        cycle = AUTOTUNE if cycle_length is None else int(cycle_length)
        self.cycle_length = default_cycle(workers) if cycle == AUTOTUNE else cycle
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
            return background(node.iterate(), 2 * self.block_length)
        return node.iterate()

    def run(self, items):
        if self.parallel and not self.ordered:
            ahead = 2 * self.block_length * self.cycle_length
            return merged(map(self.whole, self.nodes(items)), self.cycle_length, ahead)
        return self._in_order(items)

    def _in_order(self, items):
        nodes = self.nodes(items)
        slots: list = [None] * self.cycle_length
        current, taken, more, started = 0, 0, True, 0

        def step():
            nonlocal current, taken, more, started
            leaves = _END
            while leaves is _END and (more or started):
                if slots[current] is None:
                    node = next(nodes, None) if more else None
                    more = node is not None
                    started += 1
                    slots[current] = self.noted(node, self._start(node)) if more else iter(())
                leaves = next(slots[current], _END)
                taken += 1
                if leaves is _END:
                    slots[current] = None
                    started -= 1
                if leaves is _END or taken == self.block_length:
                    current, taken = (current + 1) % self.cycle_length, 0
            return leaves

        return iter(step, _END)


class GroupByWindow(NestedFunction):
    """Elements gathered by an integer key, each full group turned into a data set by a function."""

    shown, method = "_GroupByWindowDataset", "group_by_window"

    def __init__(self, source, key_func, reduce_func, size_func):
        self.inputs = (source,)
        self.key = UserFunction(key_func, "group_by_window", source)
        self.reduce = UserFunction(reduce_func, "group_by_window", source)
        self.window_size = size_func

    def run(self, items):
        groups: dict[int, list] = {}
        sizes: dict[int, int] = {}

        def step(leaves, number):
            key = self._key_of(leaves, number)
            if key not in sizes:
                sizes[key] = int(self.window_size(to_tensor(np.int64(key))))
                if sizes[key] <= 0:
                    raise InvalidArgumentError(
                        f"Window size must be greater than zero, but got {sizes[key]}."
                    )
            group = groups.setdefault(key, [])
            group.append(leaves)
            full = len(group) == sizes[key]
            return self._reduced(key, groups.pop(key), number) if full else ()

        full = map(step, items, itertools.count())
        left = (key for _ in (0,) for key in sorted(groups))  # sorted when it is asked
        last = map(lambda key: self._reduced(key, groups[key], "the last"), left)
        return chained(itertools.chain(full, last))

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
        return self.whole(self.inner(self.reduce.run(arguments, number)))

    def make_spec(self):
        first = self._example_node(0)
        try:
            second = self._example_node(1)
        except Exception:
            return first.spec  # not every key need be possible
        return common_structure(first.spec, second.spec)

    def _example_node(self, key):
        """The node the function makes of an example of a group."""
        source = self.inputs[0]
        structure = Structure(source.spec)
        element = structure.example(2 + key, key)
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

    def run(self, selector, *passes):
        open_iterators: list = list(passes)

        def step():
            for (number,) in selector:
                number = int(number)
                if not 0 <= number < len(open_iterators):
                    raise InvalidArgumentError(
                        f"Selector index out of range: {number} >= {len(open_iterators)}"
                    )
                if open_iterators[number] is None:
                    continue
                leaves = next(open_iterators[number], _END)
                if leaves is not _END:
                    return leaves
                open_iterators[number] = None
                if self.stop_on_empty or not any(open_iterators):
                    break
            return _END

        return iter(step, _END)

    def size(self):
        if self.selector.size() == INFINITE and all(n.size() == INFINITE for n in self.sources):
            return INFINITE
        return UNKNOWN

    def make_spec(self):
        return reduce(common_structure, [node.spec for node in self.sources])


class GroupByReducer(Produced):
    """One value for each key: a reduction of its elements."""

    shown, method = "_GroupByReducerDataset", "group_by_reducer"

    def __init__(self, source, key_func, reducer):
        self.inputs, self.reducer = (source,), reducer
        self.key = UserFunction(key_func, "group_by_reducer", source)
        self.finalize = reducer.finalize_func

    def run(self, items):
        states: dict[int, list] = {}
        source = self.inputs[0]
        for number, leaves in enumerate(items):
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
        return self.accept(self.finalize(*value) if type(value) is tuple else self.finalize(value))

    def make_spec(self):
        state = State(self.reducer.init_func(to_tensor(np.int64(0))), "group_by_reducer")
        leaves = self._final(state.structure.tensors(state.leaves))
        return self._structure.common_spec([leaves])
