"""Graphs that run in parts: programs of a backend, and between them what has to run on NumPy.

Strings lie in no memory of ours, and a size that only the data tells is known when the node that
finds it has run. Such nodes run one by one; all others are gathered into as few programs as their
order allows.
"""

import numpy as np

from ..base.dims import bind, evaluate, symbols_of
from ..ops._kernels import arrow
from .ir import Graph


def _run(op, inputs, attrs):
    """What a primitive makes of arrays and Texts."""
    if "arrow" in op.rules:
        texts = [arrow.many(x) or x for x in inputs]
        if any(x.__class__ is arrow.Texts for x in texts):
            found = arrow.run(op, texts, attrs)
            if found is not None:
                return found
    return op.kernel(*map(np.asarray, inputs), **attrs)


def _why_outside(node, host_only):
    """Why a node cannot be a step of a program; "" where it can."""
    if any(v.dtype == object for v in (*node.inputs, *node.outputs)):
        return "it works on strings"
    if node.finds_sizes:
        return "its size depends on the data"
    if node.op.name in host_only:
        return "it may run other programs"
    within = (_why_outside(n, host_only) for graph in node.graphs.values() for n in graph.nodes)
    return next(filter(None, within), "")


def runs_in_parts(graph, host_only=()):
    """True when a graph holds what no single program can.

    Args:
      host_only: names of more primitives that no program has as steps.
    """
    strings = any(v.dtype == object for v in (*graph.inputs, *graph.constants))
    return strings or any(_why_outside(node, host_only) for node in graph.nodes)


class Parts:
    """A graph as a sequence of programs and of nodes that run their NumPy kernels.

    Calling it with input arrays returns all results; none is written over an input.

    Args:
      graph: the graph.
      program: makes a graph a function of arrays that has `explain`; where the graph leaves sizes
        open also `names` of them, and `at`, which takes these sizes and the arrays.
      host_only: see `runs_in_parts`.
    """

    def __init__(self, graph, program, host_only=()):
        self.graph, self._parts, self._host_only = graph, [], host_only
        wanted = set(graph.outputs)
        groups = _groups(graph, host_only)
        later = [set() for _ in groups]  # what the parts behind each use
        used = set(wanted)
        for k in range(len(groups) - 1, -1, -1):
            later[k] = set(used)
            used.update(v for node in groups[k][1] for v in node.inputs)
        for (outside, nodes), needed in zip(groups, later):
            if outside:
                self._parts += [(None, node) for node in nodes]
            else:
                part = _part_of(graph, nodes, needed)
                self._parts.append((program(part), part))

    def __call__(self, *arrays):
        graph = self.graph
        known, sizes = dict(graph.constants), {}

        def found(values, results):
            for value, array in zip(values, results):
                known[value] = array
                bind(value.shape, array.shape, sizes)

        found(graph.inputs, arrays)
        for program, part in self._parts:
            inputs = [known[v] for v in part.inputs]
            if program is None:
                results = _run(part.op, inputs, evaluate(part.attrs, sizes))
                found(part.outputs, results if type(results) is tuple else (results,))
            elif part.open_sizes:
                key = tuple([sizes[name] for name in program.names])
                found(part.outputs, program.at(key, inputs))
            else:
                found(part.outputs, program(*inputs))
        return tuple(map(arrow.plain, [known[v] for v in graph.outputs]))

    def explain(self):
        """Lines of text: each part's kernels, and what runs on NumPy between them and why."""
        lines = []
        for program, part in self._parts:
            if program is not None:
                lines += program.explain()
            else:
                why = _why_outside(part, self._host_only)
                lines.append(f"on NumPy: {part.op.name}, since {why}")
        return lines


def _needed_sizes(node, outside):
    """The names of the sizes that must be known before a node runs."""
    values = node.inputs if outside else (*node.inputs, *node.outputs)
    return symbols_of([v.shape for v in values] + list(node.attrs.values()))


def _groups(graph, host_only):
    """[(whether they run on NumPy, nodes)], as few as the nodes' order allows."""
    waiting, groups = list(graph.nodes), []
    ready = {*graph.inputs, *graph.constants}
    named = symbols_of([v.shape for v in graph.inputs])  # the sizes known so far
    outside = {id(node): bool(_why_outside(node, host_only)) for node in waiting}
    # sizes that appear within loops and branches alone are found there
    found = symbols_of([v.shape for node in waiting for v in node.outputs], dict(named))
    needs = {
        id(node): found.keys() & _needed_sizes(node, outside[id(node)]).keys() for node in waiting
    }
    while waiting:
        before = len(waiting)
        for kind in (False, True):
            taken, left, effects = [], [], False
            for node in waiting:
                fits = outside[id(node)] == kind and all(v in ready for v in node.inputs)
                fits = fits and all(name in named for name in needs[id(node)])
                if fits and not (node.effect and effects):
                    taken.append(node)
                    ready.update(node.outputs)
                    symbols_of([v.shape for v in node.outputs], named)
                else:
                    left.append(node)
                    effects = effects or node.effect
            if taken:
                groups.append((kind, taken))
            waiting = left
        if len(waiting) == before:
            raise RuntimeError(f"These nodes wait for sizes that no node gives: {waiting}.")
    return groups


def _part_of(graph, nodes, needed):
    """Nodes of a graph as a graph: it takes what they use, and returns what is needed of them."""
    part = Graph(graph.name)
    made = {v for node in nodes for v in node.outputs}
    used = dict.fromkeys(v for node in nodes for v in node.inputs if v not in made)
    part.constants = {v: graph.constants[v] for v in used if v in graph.constants}
    part.inputs = [v for v in used if v not in graph.constants]
    part.nodes = nodes
    part.outputs = [v for node in nodes for v in node.outputs if v in needed]
    return part
