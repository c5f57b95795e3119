"""Loops of a graph over data: the element of an iterator, and all elements of a data set.

A graph knows an iterator or a data set by a number, which it reads from a `Handle`.
"""

from __future__ import annotations

import itertools
import weakref

import numpy as np

from ..base.context import context
from ..base.dims import Dim, bind
from ..base.errors import InvalidArgumentError, OutOfRangeError, TraceBreak
from ..core.backend import host
from ..core.dispatch import apply, tensor_of
from ..core.op import Op, Spec, fail
from ..core.spec import TensorSpec
from ..core.tensor import convert_to_tensor, wrap
from ..core.variable import Variable
from ..function.autograph.gate import in_trace
from ..graph import structured
from ..graph.interp import interpret
from ..graph.subgraphs import traced
from .structure import Structure

END = (
    "End of sequence: the dataset has no more elements. Use a `for` loop, or `repeat()` the "
    "dataset."
)
_numbers = itertools.count()
_by_number = weakref.WeakValueDictionary()


class Handle(Variable):
    """The number of an iterator or a data set, as the variable by which a graph knows it."""

    def __init__(self, owner):
        self.owner = owner  # which so lives as long as a graph needs it
        self._declared_shape, self._dtype = None, np.dtype(np.int64)
        self.trainable = self.watched = False
        self._base_name = "iterator"
        self.constraint = self.synchronization = self.aggregation = None
        number = next(_numbers)
        self._tensor, self._place = wrap(np.int64(number)), host
        _by_number[number] = owner


def owner_of(number):
    """What a graph's tensor stands for: a number, or the iterator that the graph made."""
    return number[()] if number.dtype == object else _by_number[int(number)]


def held(value):
    """What is no tensor, such as an owner or a text, as an array that holds it."""
    array = np.empty((), object)
    array[()] = value
    return array


def known_specs(element_spec):
    """The Specs of an element's leaves, None for unknown dimensions.

    Raises:
      TraceBreak: they are no tensors of a known rank.
    """
    specs = Structure(element_spec).leaves
    if not all(isinstance(s, TensorSpec) and s.shape.rank is not None for s in specs):
        raise TraceBreak(f"an element of {element_spec} is of no rank known beforehand")
    return tuple(Spec(tuple(s.shape), s.dtype.numpy_dtype) for s in specs)


def _check_element(name, leaves, specs):
    """Raises unless the leaves of an element are what a trace was made for."""
    sizes = {}
    for leaf, spec in zip(leaves, specs):
        bind(spec.shape, leaf.shape, sizes)
        pairs = zip(leaf.shape, spec.shape)
        fits = len(leaf.shape) == len(spec.shape) and all(
            size == (sizes[repr(d)] if d.__class__ is Dim else d)
            for size, d in pairs
            if d is not None
        )
        if not fits or leaf.dtype != spec.dtype:
            found = ", ".join(f"{x.dtype}{list(x.shape)}" for x in leaves)
            wanted = ", ".join(f"{s.dtype}{list(s.shape)}" for s in specs)
            raise InvalidArgumentError(
                f"[{name}] The element is {found}, but the trace was made for {wanted}; equal "
                "names stand for equal sizes. Batches of other sizes need a data set of their own, "
                "or tf.config.run_functions_eagerly(True)."
            )


def as_array(leaf):
    """A leaf as an array, where it is a scalar too, and one of strings."""
    return held(leaf) if isinstance(leaf, bytes) else np.asarray(leaf)


def _as_results(values):
    return tuple(values) if len(values) > 1 else values[0]


def _opened(specs, alike, make_rows=Dim.of_data):
    """The specs with sizes in place of None: the first dimensions of every `alike`-th have one."""
    rows, found = [make_rows() for _ in range(alike)], []
    for number, spec in enumerate(specs):
        shape = [Dim.of_data() if d is None else d for d in spec.shape]
        if rows and shape and spec.shape[0] is None:
            shape[0] = rows[number % alike]
        found.append(Spec(tuple(shape), spec.dtype))
    return tuple(found)


def _alike(data):
    """How many kinds of rows the components of elements have that have the same in turn, or 0."""
    alike = int(data._rows_alike)
    return alike if alike > 1 or Structure(data.element_spec).is_plain else 0


def _next_kernel(number, specs, optional=False, alike=0):
    try:
        leaves = next(owner_of(number)._begun())
    except StopIteration:
        if optional:
            return _as_results([np.bool_(False), *map(_nothing, specs)])
        raise OutOfRangeError(END) from None
    _check_element("iterator_next", leaves, _opened(specs, alike))
    return _as_results([np.bool_(True)] * optional + list(map(as_array, leaves)))


def _nothing(spec):
    empty = np.zeros([0 if d is None else d for d in spec.shape], spec.dtype)
    if spec.dtype == object:
        empty.fill(b"")
    return empty


def _next_infer(number, specs, optional=False, alike=0):
    return _as_results([Spec((), np.dtype(bool))] * optional + list(_opened(specs, alike)))


class _Sevens:
    """An iterator, or data set, of sevens: for the samples."""

    def __init__(self, count):
        self.count = count

    def _begun(self):
        return itertools.repeat((np.int64(7),), *self.count)

    def _new_pass(self):
        return self


_INT = np.dtype(np.int64)


def _next_samples(rng):
    number, attrs = held(_Sevens(())), {"specs": (Spec((), _INT),)}
    return [((number,), attrs), ((number,), attrs | {"optional": True})]


next_op = Op(
    "iterator_next",
    _next_kernel,
    _next_infer,
    samples=_next_samples,
    doc="The next element of an iterator, leaf by leaf; `optional`: after whether there is one.",
    why_no_gradient="data have no gradient",
    effect=True,
)


# -- loops -----------------------------------------------------------------------------------------


class Rounds:
    """The body of a loop over elements.

    Attributes:
      graph: takes the state, an element's leaves and the rest; returns the new state and, where
        the loop can end early, whether it goes on.
      specs: of the leaves.
    """

    def __init__(self, body_graph, n_state, specs):
        self.graph, self.n_state, self.specs = body_graph, n_state, specs
        self.ends_early = len(body_graph.outputs) > n_state
        self._executable = None
        bound = {}
        made = [value for node in body_graph.nodes for value in node.outputs]
        for value in (*body_graph.inputs, *made):
            bind(value.shape, value.shape, bound)
        if set(body_graph.sizes) - set(bound):
            raise TraceBreak("a loop over a data set that uses an open size from outside")

    def arrays(self, arrays):
        """The results of one round."""
        if self._executable is None:
            self._executable = host.backend.compile(self.graph, [], [])
        return [tensor.host() for tensor in self._executable.run(list(map(wrap, arrays)))]

    def run(self, state, items, rest, step):
        """The results of all rounds; `step` computes one."""
        n, flags = self.n_state, [np.bool_(True)] * self.ends_early
        for leaves in items:
            _check_element("for", leaves, self.specs)
            results = step([*state, *map(as_array, leaves), *rest])
            state, flags = results[:n], results[n:]
            if flags and not flags[0]:
                break
        return _as_results([*state, *flags])


def _rounds_kernel(*operands, rounds):
    n = rounds.n_state
    return rounds.run(
        operands[:n], owner_of(operands[n])._begun(), operands[n + 1 :], rounds.arrays
    )


def _rounds_infer(*operands, rounds):
    for given, value in zip(operands[: rounds.n_state], rounds.graph.inputs):
        if given.dtype != value.dtype:
            fail(
                "for_each", f"The loop begins with {value.dtype}", (given,), "Cast it.", ("state",)
            )
    return _as_results([Spec(v.shape, v.dtype) for v in rounds.graph.outputs])


def _unrolled(tensors, attrs):
    rounds = attrs["rounds"]
    n, items = rounds.n_state, owner_of(tensors[rounds.n_state].host())._begun()

    def step(values):
        return interpret(rounds.graph, [v if hasattr(v, "_shape") else wrap(v) for v in values])

    found = rounds.run(tensors[:n], items, tensors[n + 1 :], step)
    found = found if type(found) is tuple else (found,)
    return tuple([f if hasattr(f, "_shape") else wrap(f) for f in found])


def _rounds_samples(rng):
    specs = [Spec((2,), np.dtype(np.float64)), Spec((), _INT)]
    body = traced("body", lambda x, seven: [x + x], specs)
    operands = rng.uniform(-1, 1, 2), held(_Sevens((3,)))
    return [(operands, {"rounds": Rounds(body, 1, (Spec((), _INT),))})]


rounds_op = Op(
    "for_each",
    _rounds_kernel,
    _rounds_infer,
    samples=_rounds_samples,
    doc="Runs a graph on its own results and on each element of a data set.",
    why_no_gradient="data are gone when a gradient would need them; tapes see eager rounds",
    effect=True,
    unrolled=_unrolled,
)


def trace_rounds(data, step, going, state):
    """A loop over a data set or an iterator, as a node of the trace being made.

    Args:
      data: what has `element_spec`, `_number()`, the tensor that stands for it, and `_rows_alike`:
        whether the first dimensions of its components are equal; 2 where those of every second
        component are, as in elements for two replicas, and so on.
      step, going, state: as in `graph.structured.rounds`, `step` with the element as a user sees
        it.
    """
    if any(getattr(tape, "in_trace", False) for tape in context.tapes):
        raise TraceBreak("a tape is on around a loop over a data set")
    structure = Structure(data.element_spec)
    alike = _alike(data)
    make_rows = Dim.of_batch if alike == 1 else Dim.of_data  # a replica may have no rows at all
    specs = _opened(known_specs(data.element_spec), alike, make_rows)
    return structured.rounds(
        rounds_op,
        data._number(),
        specs,
        lambda items, *now: step(structure.pack(items), *now),
        going,
        state,
        lambda attrs: {"rounds": Rounds(attrs["body_graph"], attrs["n_state"], specs)},
    )


def trace_reduce(data, initial_state, function):
    """`Dataset.reduce` as such a loop."""
    structure = Structure(tuple(initial_state) if type(initial_state) is list else initial_state)

    def step(item, *state):
        value = in_trace(function, (structure.pack(list(state)), item), {})
        return structure.flatten(tuple(value) if type(value) is list else value)

    state = [convert_to_tensor(leaf) for leaf in structure.leaves]
    found = data._trace_rounds(step, lambda *state: tensor_of(True), state)
    return structure.pack(found)


# -- iterators that a graph makes ------------------------------------------------------------------


def _begin_kernel(number):
    return held(owner_of(number)._new_pass())


def _begin_samples(rng):
    return [((held(_Sevens(())),), {})]


begin_op = Op(
    "iterator_begin",
    _begin_kernel,
    lambda number: Spec((), np.dtype(object)),
    samples=_begin_samples,
    doc="A new iterator over a data set.",
    why_no_gradient="data have no gradient",
    effect=True,
)


def begun_in_trace(data):
    """A tensor of the trace that stands for a new iterator over a data set."""
    return apply(begin_op, (data._number(),), {})


def _next_attrs(data, specs):
    alike = _alike(data)
    if alike > 1 and context.traces[-1].nested and any(None in spec.shape for spec in specs):
        raise TraceBreak("a batch for several replicas, taken in a loop or a branch by next()")
    return {"specs": specs, "alike": alike} if alike else {"specs": specs}


def next_in_trace(data):
    """The element that the graph will get when it runs, of what `trace_rounds` takes."""
    structure, specs = Structure(data.element_spec), known_specs(data.element_spec)
    leaves = apply(next_op, (data._number(),), _next_attrs(data, specs))
    return structure.pack(leaves if len(specs) > 1 else [leaves])


def optional_in_trace(data):
    """(whether there is a next element, the element or empty tensors), when the graph runs."""
    structure, specs = Structure(data.element_spec), known_specs(data.element_spec)
    attrs = {**_next_attrs(data, specs), "optional": True}
    flag, *leaves = apply(next_op, (data._number(),), attrs)
    return flag, structure.pack(leaves)
