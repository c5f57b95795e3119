"""Data sets made of the arguments of a tf.function: pipelines with places for what is given."""

from __future__ import annotations

import copy

import numpy as np

from ..base.errors import TraceBreak
from ..core.dispatch import apply
from ..core.op import Op, Spec
from .functional import UserFunction
from .nodes import Elements, Node
from .rounds import held, owner_of
from .structure import Structure


class Given(Node):
    """The place of a data set among the arguments of a function that is being traced."""

    def __init__(self, stand_in, shown):
        self.stand_in, self.shown = stand_in, shown

    def iterate(self):
        raise TraceBreak("a Python loop over a data set, whose elements a trace does not know")

    def size(self):
        raise TraceBreak("the number of a data set's elements, which a trace does not know")

    def rows_alike(self):
        return self.stand_in._rows_alike

    def make_spec(self):
        return self.stand_in.element_spec


def given_in(node) -> list:
    """The places in a pipeline, each once."""
    if isinstance(node, Given):
        return [node]
    found = {id(given): given for source in node.inputs for given in given_in(source)}
    return list(found.values())


class Derivation:
    """A pipeline with places, and the one made of it for the latest nodes in them."""

    def __init__(self, node, places):
        self.node, self.places, self.latest = node, places, ((), None)

    def at(self, nodes):
        """The pipeline with these nodes in its places."""
        before, made = self.latest
        if len(before) != len(nodes) or any(a is not b for a, b in zip(before, nodes)):
            known = dict(zip(map(id, self.places), nodes))
            made = _replaced(self.node, known)
            self.latest = nodes, made
        return made


def _replaced(value, known):
    """A copy of a node, and of what it is made of, with others in place of the `known` ones."""
    if isinstance(value, list | tuple) and any(isinstance(v, Node) for v in value):
        return type(value)([_replaced(v, known) for v in value])
    if not isinstance(value, Node | UserFunction):
        return value
    if id(value) not in known:
        made = known[id(value)] = copy.copy(value)
        vars(made).update({name: _replaced(v, known) for name, v in vars(value).items()})
    return known[id(value)]


def _derive_kernel(*numbers, derivation):
    node = derivation.at(tuple([owner_of(number)._node for number in numbers]))
    return held(node.dataset())


def _derive_samples(rng):
    place = Given(None, "")
    one = held(Elements([[np.int64(7)]], Structure(0)).dataset())
    return [((one,), {"derivation": Derivation(place, [place])})]


derive_op = Op(
    "derived_dataset",
    _derive_kernel,
    lambda *numbers, derivation: Spec((), np.dtype(object)),
    samples=_derive_samples,
    doc="A data set made of others, which a function is given.",
    why_no_gradient="data have no gradient",
    effect=True,  # what it makes is no value: nobody maps it over rows
)


def derived_in_trace(node, places):
    """The tensor of the trace that stands for a data set with places in it."""
    numbers = tuple([place.stand_in._number() for place in places])
    return apply(derive_op, numbers, {"derivation": Derivation(node, places)})
