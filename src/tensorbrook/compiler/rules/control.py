"""Control flow: bodies and branches lowered into steps of the same program."""

from collections import Counter
from math import prod

from ..boxes import Boxes
from ..contract import Contraction
from ..loops import LoopKernel
from ..lower import KernelUnit, Lowering, Nested, Step, native_rule
from ..views import Buffer, View


def _outside(view):
    """A view of the surrounding program as a body sees it."""
    place = view.buffer.place
    if place is not None and place[0] == "constant":
        return view
    buffer = Buffer(view.buffer.shape, view.dtype, ("same", view.buffer))
    return View(buffer, view.shape, view.strides, view.offset)


def _row(view, loop):
    """The row of a view that belongs to the iteration."""
    buffer = Buffer(view.shape[1:], view.dtype, ("row", view, loop))
    return View(buffer, view.shape[1:], view.strides[1:], 0)


def _unsupported(node):
    """True for values that live in no memory of ours, or in none: strings, and no elements."""
    values = [*node.inputs, *node.outputs]
    graphs = list(node.graphs.values())
    while graphs:
        graph = graphs.pop()
        values += [*graph.inputs, *graph.constants]
        for inner in graph.nodes:
            values += inner.outputs
            graphs += inner.graphs.values()
    return any(v.dtype == object for v in values) or not all(prod(v.shape) for v in node.outputs)


def _lowered(graph, views, targets):
    """(the steps of a graph within another's, the views of its results).

    Args:
      views: of the graph's inputs, as it sees them.
      targets: (place of each result, whether it replaces an input there); None leaves them where
        they are computed.
    """
    if targets is None:
        targets = [None] * len(graph.outputs)
    aliases = {i: i for i, target in enumerate(targets) if target is not None and target[1]}
    lowering = Lowering(graph, views, aliases)
    steps = lowering.steps(targets)
    return steps, [lowering.values[v] for v in graph.outputs]


_NEVER_REFUSE = (Boxes, Contraction, LoopKernel)


def _invariant(steps, states, certain):
    """(steps whose results never change, to run once before the loop; the others).

    Where it is not `certain` that the loop runs at all, what may refuse its operands stays inside.
    """
    fixed, once, again = set(), [], []
    writers = Counter(v.buffer for step in steps for v in step.writes)

    def is_fixed(buffer):
        kind, where = buffer.place[:2] if buffer.place is not None else (None, None)
        if kind == "same":
            return where not in states
        return kind == "constant" or buffer in fixed

    def outer(view):
        place = view.buffer.place
        if place is None or place[0] != "same":
            return view
        return View(place[1], view.shape, view.strides, view.offset)

    for step in steps:
        if (
            step.kernel is not None
            and (certain or isinstance(step.kernel, _NEVER_REFUSE))
            and all(is_fixed(v.buffer) for v in step.reads)
            and all(v.buffer.place is None and writers[v.buffer] == 1 for v in step.writes)
        ):
            fixed.update(v.buffer for v in step.writes)
            reads, inputs = map(outer, step.reads), [outer(v) for v in step.inputs]
            once.append(Step(step.kernel, list(reads), step.writes, step.node, inputs))
        else:
            again.append(step)
    return once, again


def _before(lowering, loop, steps):
    """Enters steps that run before a loop, which reads what they write."""
    for step in steps:
        unit = lowering.fusion.unit(KernelUnit, step)
        lowering.fusion.waits(unit, step.reads)
        for view in step.writes:
            view.buffer.group, view.buffer.stored = unit, True
        loop.reads += step.writes
        lowering.fusion.waits(loop.writes[0].buffer.group, step.writes)


def _loop(lowering, node, kind, views, n_state):
    """(the step of a loop, with results and copied states; the views of its results)."""
    pairs = zip(node.inputs[:n_state], node.outputs)
    yielded = [view.is_whole() and lowering.yielded.get(x) is y
               for view, (x, y) in zip(views, pairs)]  # fmt: skip
    states = [v if own else lowering.copied(v) for v, own in zip(views, yielded)]
    loop = Nested(kind, [*states, *views[n_state:]], node, views)
    results = lowering.alone(loop, [(v.shape, v.dtype) for v in node.outputs])
    for state, result, own in zip(states, results, yielded):
        if own:
            result.buffer.place = state.buffer.place
        else:
            state.buffer.place, state.buffer.stored = ("same", result.buffer), True
    return loop, results


@native_rule("scan")
def scan(lowering, node, views):
    """A loop of known length; rows come and go by pointers that move."""
    attrs = node.attrs
    n, n_xs, length = attrs["n_state"], attrs["n_xs"], attrs["length"]
    if not length or _unsupported(node):
        return None
    loop, results = _loop(lowering, node, "loop", views, n)
    loop.rounds, loop.reverse = length, attrs["reverse"]
    loop.flush = attrs.get("flush", False)
    inputs = [_outside(v) for v in results[:n]]
    inputs += [_row(v, loop) for v in views[n : n + n_xs]]
    inputs += [_outside(v) for v in views[n + n_xs :]]
    targets = [(("same", v.buffer), True) for v in results[:n]]
    targets += [(("row", v, loop), False) for v in results[n:]]
    steps, _ = _lowered(attrs["body_graph"], inputs, targets)
    once, again = _invariant(steps, {v.buffer for v in results[:n]}, certain=True)
    loop.parts = [again]
    _before(lowering, loop, once)
    return results


@native_rule("while")
def while_(lowering, node, views):
    """A loop that runs while a condition holds."""
    attrs = node.attrs
    n = attrs["n_state"]
    if not n or _unsupported(node):
        return None
    loop, results = _loop(lowering, node, "while", views, n)
    inputs = [_outside(v) for v in [*results, *views[n:]]]
    test, (loop.flag,) = _lowered(attrs["cond_graph"], inputs, None)
    targets = [(("same", v.buffer), True) for v in results]
    steps, _ = _lowered(attrs["body_graph"], inputs, targets)
    states = {v.buffer for v in results}
    once, again = _invariant(steps, states, certain=False)
    test_once, test_again = _invariant(test, states, certain=True)
    loop.parts = [test_again, again]
    _before(lowering, loop, test_once + once)
    return results


@native_rule("cond")
def cond(lowering, node, views):
    """One of two branches."""
    attrs = node.attrs
    if not node.outputs or _unsupported(node):
        return None
    branch = Nested("branch", list(views), node, views)
    results = lowering.alone(branch, [(v.shape, v.dtype) for v in node.outputs])
    branch.flag = views[0]
    inputs = [_outside(v) for v in views[1:]]
    targets = [(("same", v.buffer), False) for v in results]
    for name in ("then_graph", "else_graph"):
        steps, _ = _lowered(attrs[name], inputs, targets)
        branch.parts.append(steps)
    return results
