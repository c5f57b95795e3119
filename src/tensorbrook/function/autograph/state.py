"""The values of local names around traced blocks: read from the blocks' cells, merged, put back."""

import numpy as np

from ...base import nest
from ...base.context import context
from ...base.errors import TraceBreak
from ...core.dispatch import current_trace, tensor_of
from ...core.tensor import Tensor, wrap
from ...core.variable import Variable
from ...ops.cast import cast
from ...ops.control import cond, while_loop
from ...ops.shape import reshape
from ...ops.tensor_array import TensorArray
from .lower import RETURNED, VALUE

EMPTY = type("Empty", (), {"__repr__": lambda self: "undefined"})()
NUMBER = "a Python number"
_NUMBERS = (bool, int, float, complex)


class Varies(TraceBreak):
    """What a loop carries changes its nature from round to round."""


def note_number():
    """Remembers that a Python number became a tensor, which does not mix with all that it did."""
    context.lost.setdefault(NUMBER, "became a tensor, which does not mix with other dtypes")


class _Again(Exception):
    """Trace the branches once more, knowing now what the values must be converted to."""


class _Probed(Exception):
    """Carries the values of one round out of a trace that is thrown away."""


def symbolic(value):
    """Whether a value is a tensor that a trace does not know yet."""
    if isinstance(value, Tensor):
        return not value.is_eager
    return isinstance(value, Variable) and current_trace() is not None


def truth(value):
    """The truth of a symbolic tensor, as a boolean scalar tensor."""
    tensor = tensor_of(value)
    if int(np.prod(tensor._shape)) != 1 or tensor._dtype == object:
        raise TraceBreak(f"the truth value of {tensor!r}, which is no single number")
    if tensor._dtype != bool:
        tensor = cast(tensor, "bool")
    return reshape(tensor, ()) if tensor._shape else tensor


class Names:
    """The local names that blocks of a function share with it."""

    def __init__(self, blocks, live):
        self.cells = {}
        for block in blocks:
            if block is not None:
                self.cells.update(zip(block.__code__.co_freevars, block.__closure__ or ()))
        self.live = [name for name in live if name in self.cells]
        self.entry = {name: self.get(name) for name in self.cells}
        containers = [v for v in self.entry.values() if type(v) in (list, dict, set)]
        self.containers = [(c, c.copy()) for c in containers]

    def get(self, name):
        """The value of a name, or EMPTY."""
        try:
            return self.cells[name].cell_contents
        except ValueError:
            return EMPTY

    def set(self, name, value):
        """Gives a name a value; EMPTY takes it away."""
        if value is not EMPTY:
            self.cells[name].cell_contents = value
        elif self.get(name) is not EMPTY:
            del self.cells[name].cell_contents

    def restore(self):
        """Puts all names back to what they were."""
        for name, value in self.entry.items():
            if self.get(name) is not value:
                self.set(name, value)

    def undo(self):
        """Puts names and the contents of lists, dicts and sets back to what they were."""
        self.restore()
        for container, copy in self.containers:
            container.clear()
            (container.extend if type(copy) is list else container.update)(copy)

    def check_containers(self):
        """Raises when a list, dict or set was changed: a trace does that once, not each time."""
        for container, copy in self.containers:
            one, other = (
                [x for item in c.items() for x in item] if type(c) is dict else list(c)
                for c in (container, copy)
            )
            if len(one) != len(other) or any(a is not b for a, b in zip(one, other)):
                self.undo()
                raise Varies(
                    f"a {type(copy).__name__} changes in a block that a tensor's value governs"
                )

    def run(self, block, *args):
        """Runs a block from the state that the names are in; returns the live names' values."""
        if block is not None:
            block(*args)
            self.check_containers()
        return {name: self.get(name) for name in self.live}

    def leave(self, values, reason):
        """Ends a traced block: names get their values; what else the block changed has none.

        Args:
          values: the values, by name.
          reason: why others have none, for the message when one is read.
        """
        changed = [n for n in self.cells if self.get(n) is not self.entry[n]]
        self.restore()
        for name in {*changed, *values}:
            value = values.get(name, EMPTY)
            self.set(name, value)
            context.lost.pop(name, None)
            if value is EMPTY:
                context.lost[name] = reason


# -- branches --------------------------------------------------------------------------------------


def _carried(leaf):
    """Whether a leaf can go through a graph."""
    kinds = (Tensor, *_NUMBERS, np.ndarray, np.generic, TensorArray)
    return isinstance(leaf, kinds)


def _opened(value):
    """(structure, leaves) of a value."""
    if value is EMPTY or not nest.is_nested(value, expand_composites=True):
        return None, [value]
    leaves, structure = nest.flatten_with_spec(value, expand_composites=True)
    return structure, leaves


def _closed(structure, leaves):
    return leaves[0] if structure is None else nest.unflatten(structure, leaves)


def _unread(name, value, left):
    """Whether no one reads this value of a branch: it left the function, or its flag is not set."""
    return value is EMPTY if name == VALUE else left and name != RETURNED


def _zeros_like(leaf):
    tensor = tensor_of(leaf)
    return wrap(np.zeros(tensor._shape, tensor._dtype))


def _tensor(leaf, dtype=None):
    """A leaf as a tensor, a Python number in a dtype that the other branch or round has."""
    if isinstance(leaf, TensorArray):
        return leaf
    tensor = tensor_of(leaf)
    if dtype is None or tensor._dtype == dtype or not isinstance(leaf, _NUMBERS):
        return tensor
    order = "biufc"
    if dtype.kind in order and order.index(dtype.kind) >= order.index(tensor._dtype.kind):
        return wrap(tensor.host().astype(dtype))
    return tensor


class _Merge:
    """Two branches' values brought together, each branch traced once (rarely twice)."""

    def __init__(self):
        self.wanted = {}  # (name, number of the leaf) -> dtype for the first branch's numbers
        self.borrowed = {}  # name -> (structure, leaves like zeros) for the first branch
        self.first, self.plan, self.left = {}, {}, False

    def give(self, values):
        """The first branch's values as a list of tensors."""
        self.first, flat = {}, []
        for name, value in values.items():
            structure, leaves = self.borrowed.get(name) or _opened(value)
            new = [
                _tensor(leaf, self.wanted.get((name, i))) if _carried(leaf) else leaf
                for i, leaf in enumerate(leaves)
            ]
            self.first[name] = structure, leaves, new
            flat += [leaf for leaf in new if _carried(leaf)]
        self.left = values.get(RETURNED) is True
        return flat

    def match(self, values):
        """The second branch's values as tensors like the first's; notes which names have both."""
        flat, left = [], values.get(RETURNED) is True
        for name, value in values.items():
            structure, leaves, given = self.first[name]
            other_structure, other = _opened(value)
            kinds = self._pairs(name, structure, other_structure, other)
            if None in kinds and _unread(name, value, left) and all(v is not EMPTY for v in leaves):
                other = [_zeros_like(x) if isinstance(x, Tensor) else x for x in given]
                kinds = self._pairs(name, structure, structure, other)
            elif (
                None in kinds
                and _unread(name, leaves[0], self.left)
                and value is not EMPTY
                and name not in self.borrowed
            ):
                zeros = [_zeros_like(x) if _carried(x) else x for x in other]
                self.borrowed[name] = other_structure, zeros
                raise _Again
            self.plan[name] = structure, kinds
            for one, kind in zip(given, kinds):
                if _carried(one):
                    flat.append(kind[1] if kind else _zeros_like(one))
        return flat

    def _pairs(self, name, structure, other_structure, other):
        _, leaves, given = self.first[name]
        if structure != other_structure or len(leaves) != len(other):
            return [None] * len(leaves)
        return [self._pair(name, i, *three) for i, three in enumerate(zip(leaves, given, other))]

    def _pair(self, name, i, one, given, other):
        """(whether the value is known, the second's tensor or the value); None if they differ."""
        if one is other or (type(one) is type(other) and type(one) in (*_NUMBERS, str, bytes)
                            and one == other):  # fmt: skip
            return True, given if _carried(one) else one, one
        if not _carried(given) or not _carried(other):
            return None
        if type(one) in (int, float) and type(other) in (int, float):
            note_number()
        if isinstance(given, TensorArray) or isinstance(other, TensorArray):
            return False, other, None
        tensor = _tensor(other, given._dtype)
        wanted = tensor._dtype
        if (
            wanted != given._dtype
            and isinstance(one, _NUMBERS)
            and _tensor(one, wanted)._dtype == wanted
        ):
            self.wanted[name, i] = wanted
            raise _Again
        same = tensor._dtype == given._dtype and tensor._shape == given._shape
        return (False, tensor, None) if same else None

    def results(self, flat):
        """The names' values, from the tensors that the conditional gave."""
        found, flat = {}, iter(flat)
        for name, (structure, kinds) in self.plan.items():
            leaves = []
            for given, kind in zip(self.first[name][2], kinds):
                tensor = next(flat) if _carried(given) else None
                leaves.append(EMPTY if kind is None else kind[2] if kind[0] else tensor)
            empty = any(leaf is EMPTY for leaf in leaves)
            found[name] = EMPTY if empty else _closed(structure, leaves)
        return found


def merged(pred, first, second):
    """The values of one of two branches, by a symbolic condition.

    Args:
      pred: a boolean scalar tensor.
      first, second: functions that give values by name.

    Returns:
      Values by name; EMPTY for those that the branches do not have alike.
    """
    merge = _Merge()
    while True:
        try:
            flat = cond(pred, lambda: merge.give(first()), lambda: merge.match(second()))
            return merge.results(flat)
        except _Again:
            pass


# -- loops -----------------------------------------------------------------------------------------


class Loop:
    """A loop in a trace: what it carries is found out, then it becomes tf.while_loop.

    Args:
      names: the names of its blocks.
      test: gives the condition of a round from the number of the round; the names are in place.
      body: runs a round, given its number.
      certain: whether it runs one round at least: names may then get their first value in it.
      limit: the most rounds, or None.
    """

    def __init__(self, names, test, body, certain=False, limit=None):
        self.names, self.test, self.body, self.certain = names, test, body, certain
        self.limit = limit
        self.first = {name: _opened(names.entry[name]) for name in names.live}

    def run(self):
        """Traces the loop and gives the names their values."""
        weak = [n for n, (_, leaves) in self.first.items() if any(map(_is_weak, leaves))]
        if weak:
            self._settle(self._probe(weak))
            note_number()
        self.first = {
            name: (structure, [_tensor(x) if _carried(x) else x for x in leaves])
            for name, (structure, leaves) in self.first.items()
        }

        def step(number, *state):
            self._load(self.first, state)
            self.body(number)
            self.names.check_containers()
            return [number + 1, *self._collect()]

        result = self._loop(self.first, step)
        self._load(self.first, result[1:])
        values = {n: self.names.get(n) if n in self.first else EMPTY for n in self.names.live}
        self.names.leave(values, "gets its value in a loop, and not before it")

    def _loop(self, first, step):
        def condition(number, *state):
            self._load(first, state)
            return self.test(number)

        state = [leaf for _, leaves in first.values() for leaf in leaves if _carried(leaf)]
        state = [tensor_of(0), *map(_tensor, state)]
        try:
            return self._rounds(condition, step, state)
        finally:
            self.names.restore()

    def _rounds(self, condition, step, state):
        return while_loop(condition, step, state, maximum_iterations=self.limit)

    def _load(self, first, state):
        """Puts the names in the state of a round's beginning."""
        self.names.restore()
        state = iter(state)
        for name, (structure, leaves) in first.items():
            leaves = [next(state) if _carried(x) else x for x in leaves]
            self.names.set(name, _closed(structure, leaves))

    def _collect(self):
        """The names' values at a round's end, as tensors like those at its beginning."""
        found = []
        for name, (structure, leaves) in self.first.items():
            new_structure, new = _opened(self.names.get(name))
            if structure != new_structure or len(new) != len(leaves):
                raise Varies(f"{name!r} changes its structure in a loop")
            for old, leaf in zip(leaves, new):
                if not _carried(old):
                    if old is not leaf and old != leaf:
                        raise Varies(f"{name!r} changes from {old!r} to {leaf!r} in a loop")
                    continue
                found.append(_like(name, old, leaf))
        return found

    def _probe(self, weak):
        """The values of `weak` names after one round that is traced and forgotten."""
        firm = {n: v for n, v in self.first.items() if n not in weak}

        def step(number, *state):
            self._load(firm, state)
            self.body(number)
            self.names.check_containers()
            raise _Probed({name: self.names.get(name) for name in weak})

        try:
            self._loop(firm, step)
        except _Probed as probed:
            return probed.args[0]
        raise Varies("a loop without a round")

    def _settle(self, probed):
        """Decides what weak names start with, by what one round made of them."""
        for name, value in probed.items():
            structure, leaves = self.first[name]
            new_structure, new = _opened(value)
            if leaves[0] is EMPTY:
                if value is EMPTY or not (self.certain or name == VALUE):
                    del self.first[name]
                elif name == VALUE or all(isinstance(x, (Tensor, *_NUMBERS)) for x in new):
                    zeros = [_zeros_like(x) if _carried(x) else x for x in new]
                    self.first[name] = new_structure, zeros
                else:
                    del self.first[name]
            elif structure == new_structure and len(leaves) == len(new):
                pairs = zip(leaves, new)
                self.first[name] = (
                    structure,
                    [
                        _tensor(old, _tensor(x)._dtype) if _is_weak(old) and _carried(x) else old
                        for old, x in pairs
                    ],
                )


class DataLoop(Loop):
    """A loop over a data set or an iterator, whose rounds come when the graph runs.

    Args:
      data: what has `_trace_rounds(step, going, state)`.
      body: runs a round, given its number and the element.
    """

    def __init__(self, names, test, body, data):
        super().__init__(names, test, lambda number: body(number, self.item))
        self.data, self.item = data, None

    def _rounds(self, condition, step, state):
        def round_of(item, number, *state):
            self.item = item
            return step(number, *state)

        return self.data._trace_rounds(round_of, condition, state)


def _is_weak(leaf):
    """Whether the rounds decide what a leaf is: a number's dtype, a name without a value."""
    return leaf is EMPTY or type(leaf) in (int, float, complex)


def _like(name, old, leaf):
    """What a round made of a leaf, as a tensor of the leaf's shape and dtype."""
    if isinstance(old, TensorArray) or not _carried(leaf):
        if type(old) is type(leaf):
            return leaf
        raise Varies(f"{name!r} changes from {old!r} to {leaf!r} in a loop")
    tensor = _tensor(leaf, old._dtype)
    if tensor._dtype != old._dtype or tensor._shape != old._shape:
        raise Varies(
            f"{name!r} changes from {old.dtype.name}{list(old._shape)} to "
            f"{tensor.dtype.name}{list(tensor._shape)} in a loop"
        )
    return tensor
