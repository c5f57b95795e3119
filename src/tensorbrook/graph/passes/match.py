"""Rewriting by rules: patterns, and the walk that applies them.

A pattern is an operand's name, a `Known` constant, or a node made with `node(...)` of patterns. The
walk goes once through the graph in order: when a node is reached its operands are already in their
final form, and what a rule makes is itself tried again, so that no second walk is needed.
"""

from typing import NamedTuple

import numpy as np

from ...base.dims import Undecided
from ...base.shapes import differs
from ...core.op import OPS, Spec
from ..check import GraphError
from ..ir import Graph, Node, Value

_LONGEST_CHAIN = 100  # rules that fire upon each other's results; real chains have a few links


class Known(NamedTuple):
    """A pattern for constants: those of which `holds(array)` is true."""

    holds: object


def constant_of(number):
    """Constants all of whose elements are `number`, the sign of a zero included."""

    def holds(array):
        if array.size == 0 or array.size > 4096 or array.dtype.kind not in "biuf":
            return False
        same = (array == number) & (np.signbit(array) == np.signbit(number))
        return bool(same.all())

    return Known(holds)


class NodePattern(NamedTuple):
    """A pattern for results of nodes; made by `node`."""

    ops: tuple
    operands: object
    name: object
    commutes: bool
    when: object


def node(ops, *operands, name=None, commutes=False, when=None):
    """A pattern for the result of a node.

    Args:
      ops: the name of its primitive, or several of them.
      operands: patterns of its operands, as many as it has; a name that stands twice must be the
        same value twice. `...` alone: whatever it has.
      name: the name under which `Match` gives the node.
      commutes: also try the two operands in the other order.
      when: `(attrs) -> bool`, which attributes it must have.
    """
    ops = (ops,) if isinstance(ops, str) else tuple(ops)
    return NodePattern(ops, None if operands == (...,) else operands, name, commutes, when)


class Example(NamedTuple):
    """A program that a rule changes, for the rule's proof: tests run it before and after.

    Attributes:
      shapes: the shapes of its operands.
      kinds: letters of the dtypes to which the rule must apply: f floats, i integers, u unsigned,
        b truth. It is tried with all others too, and where it applies it must be right.
      program: a function of tensors, to be traced.
    """

    shapes: tuple
    kinds: str
    program: object


class Rule(NamedTuple):
    """One algebraic fact: where `pattern` matches, `replace(match)` is the same value.

    Attributes:
      name: what it says, in a few words.
      pattern: made by `node`.
      replace: `(Match) -> Value`, or None where the rule does not apply after all.
      examples: `Example`s, for the proof in tests/graph/test_passes.py.
      exact: the same bits for all operands, -0.0, infinities and NaNs included (all NaNs count as
        one). Rules that are not exact are off by default.
    """

    name: str
    pattern: NodePattern
    replace: object
    examples: tuple
    exact: bool = True


class Match:
    """What a rule's replacement is made from: `match["x"]` is what matched the name x."""

    def __init__(self, walk, root, found):
        self._walk, self.root, self._found = walk, root, found

    def __getitem__(self, name):
        return self._found[name]

    @property
    def attrs(self):
        """The attributes of the node that matched."""
        return self.root.attrs

    @property
    def result(self):
        """The value that is replaced."""
        return self.root.outputs[0]

    def make(self, op_name, *operands, **attrs):
        """The result of a new node, itself simplified."""
        return self._walk.make(OPS[op_name], operands, attrs)

    def constant(self, array):
        """A new constant."""
        return self._walk.constant(array)

    def array_of(self, value):
        """The array that a value stands for, or None where it is no constant."""
        return self._walk.constants.get(value)

    def node_of(self, value):
        """The node that computes a value, or None for inputs and constants."""
        return self._walk.makers.get(value)

    def only_here(self, name):
        """True when nothing but this match uses the result of the node called `name`."""
        return len(self._walk.uses.get(self[name].outputs[0], (None,))) == 1

    def readers(self, value):
        """The names of the primitives that use a value; "return" stands for the graph's end."""
        return set(self._walk.uses.get(value, ()))


def operand(match):
    """The replacement "x itself", where it has the result's shape: a constant may broadcast it."""
    return match["x"] if match["x"].shape == match.result.shape else None


def by_op(rules):
    """{name of a primitive: the rules whose pattern it can be the root of}."""
    table = {}
    for rule in rules:
        for op_name in rule.pattern.ops:
            table.setdefault(op_name, []).append(rule)
    return table


class Walk:
    """One walk of `rules`, a table made by `by_op`, through a graph."""

    def __init__(self, graph, rules):
        self.graph, self.rules = graph, rules
        self.constants, self.nodes, self.makers = dict(graph.constants), [], {}
        self.uses, self.fired, self._depth = _uses(graph), {}, 0
        self._next = 1 + max((v.number for v in values_of(graph)), default=-1)

    def run(self):
        """The graph rewritten; `fired` then tells how often each rule was applied."""
        final = {}
        for old in self.graph.nodes:
            inputs = tuple([final.get(v, v) for v in old.inputs])
            new = old if inputs == old.inputs else Node(old.op, inputs, old.attrs, old.outputs)
            replaced = self._simplify(new)
            if replaced is None:
                self._emit(new)
            else:
                final[old.outputs[0]] = replaced
        graph = Graph(self.graph.name)
        graph.inputs, graph.constants, graph.nodes = self.graph.inputs, self.constants, self.nodes
        graph.outputs = [final.get(v, v) for v in self.graph.outputs]
        return graph

    def make(self, op, operands, attrs):
        """The value of a new node, or of what the rules make of it."""
        spec = op.infer(*[Spec(v.shape, v.dtype) for v in operands], **attrs)
        new = Node(op, tuple(operands), attrs, (self._value(spec.shape, spec.dtype),))
        replaced = self._simplify(new)
        if replaced is None:
            self._emit(new)
            return new.outputs[0]
        return replaced

    def constant(self, array):
        """The value of a new constant."""
        value = self._value(array.shape, array.dtype)
        self.constants[value] = array
        return value

    def _value(self, shape, dtype):
        self._next += 1
        return Value(self._next - 1, tuple(shape), dtype)

    def _emit(self, new):
        self.nodes.append(new)
        for v in new.outputs:
            self.makers[v] = new

    def _simplify(self, new):
        """The value that the first rule that applies gives for a node, or None."""
        for rule in self.rules.get(new.op.name, ()):
            found = {}
            if not self._operands(rule.pattern, new, found):
                continue
            match = Match(self, new, found)
            self._depth += 1
            if self._depth > _LONGEST_CHAIN:
                raise GraphError(f"the rules fire without end; the last was {rule.name!r}")
            try:
                value = rule.replace(match)
            except Undecided:  # it would do for some sizes
                value = None
            self._depth -= 1
            if value is None:
                continue
            result = new.outputs[0]
            if differs(value.shape, result.shape) or value.dtype != result.dtype:
                raise GraphError(
                    f"the rule {rule.name!r} makes {value.dtype}{value.shape} of {new.op.name}'s "
                    f"{result.dtype}{result.shape}"
                )
            self.fired[rule.name] = self.fired.get(rule.name, 0) + 1
            return value
        return None

    def _fits(self, pattern, value, found):
        if pattern.__class__ is str:
            return found.setdefault(pattern, value) is value
        if pattern.__class__ is Known:
            array = self.constants.get(value)
            return array is not None and pattern.holds(array)
        maker = self.makers.get(value)
        if maker is None or maker.op.name not in pattern.ops:
            return False
        return self._operands(pattern, maker, found)

    def _operands(self, pattern, maker, found):
        if pattern.when is not None and not pattern.when(maker.attrs):
            return False
        if pattern.name is not None:
            found[pattern.name] = maker
        if pattern.operands is None:
            return True
        if len(pattern.operands) != len(maker.inputs):
            return False
        if not pattern.commutes:
            return self._all_fit(pattern.operands, maker.inputs, found)
        for inputs in (maker.inputs, maker.inputs[::-1]):
            tried = dict(found)
            if self._all_fit(pattern.operands, inputs, tried):
                found.update(tried)
                return True
        return False

    def _all_fit(self, patterns, values, found):
        return all(self._fits(pattern, value, found) for pattern, value in zip(patterns, values))


def values_of(graph):
    """All values of a graph, but for those of graphs within."""
    yield from graph.inputs
    yield from graph.constants
    for new in graph.nodes:
        yield from new.outputs


def _uses(graph):
    """{value: names of the primitives that use it, one a use}."""
    uses = {}
    for new in graph.nodes:
        for v in new.inputs:
            uses.setdefault(v, []).append(new.op.name)
    for v in graph.outputs:
        uses.setdefault(v, []).append("return")
    return uses
