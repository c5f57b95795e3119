"""Graphs that run in parts: native programs, and between them what has to run on NumPy.

Strings lie in no memory of ours, and a size that only the data tells is known when the node that
finds it has run. Such nodes run one by one; all others are gathered into as few programs as their
order allows.
"""

from ..base.dims import bind, evaluate, symbols_of
from ..graph.ir import Graph
from .program import OpenProgram, Program


def _is_outside(node):
    """True for a node that cannot be a step of a program."""
    if any(v.dtype == object for v in (*node.inputs, *node.outputs)):
        return True
    if any(_is_outside(n) for graph in node.graphs.values() for n in graph.nodes):
        return True
    return node.finds_sizes


def runs_in_parts(graph):
    """True when a graph holds what no single program can."""
    strings = any(v.dtype == object for v in (*graph.inputs, *graph.constants))
    return strings or any(map(_is_outside, graph.nodes))


class Parts:
    """A graph as a sequence of programs and of nodes that run their NumPy kernels.

    Calling it with input arrays returns all results; none is written over an input.
    """

    def __init__(self, graph):
        self.graph, self._parts = graph, []
        wanted = set(graph.outputs)
        groups = _groups(graph)
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
                program = (OpenProgram if part.open_sizes else Program)(part)
                self._parts.append((program, part))

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
                results = part.op.kernel(*inputs, **evaluate(part.attrs, sizes))
                found(part.outputs, results if type(results) is tuple else (results,))
            elif program.__class__ is OpenProgram:
                key = tuple([sizes[name] for name in program.names])
                found(part.outputs, program.at(key, inputs))
            else:
                found(part.outputs, program(*inputs))
        return tuple([known[v] for v in graph.outputs])

    def explain(self):
        """Lines of text: each part's kernels, and what runs on NumPy between them and why."""
        lines = []
        for program, part in self._parts:
            if program is not None:
                lines += program.explain()
            else:
                strings = any(v.dtype == object for v in (*part.inputs, *part.outputs))
                why = "it works on strings" if strings else "its size depends on the data"
                lines.append(f"on NumPy: {part.op.name}, since {why}")
        return lines


def _needed_sizes(node, outside):
    """The names of the sizes that must be known before a node runs."""
    values = node.inputs if outside else (*node.inputs, *node.outputs)
    return symbols_of([v.shape for v in values] + list(node.attrs.values()))


def _groups(graph):
    """[(whether they run on NumPy, nodes)], as few as the nodes' order allows."""
    waiting, groups = list(graph.nodes), []
    ready = {*graph.inputs, *graph.constants}
    named = symbols_of([v.shape for v in graph.inputs])  # the sizes known so far
    outside = {id(node): _is_outside(node) for node in waiting}
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
