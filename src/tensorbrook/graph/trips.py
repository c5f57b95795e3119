"""How often a while loop runs, where the trace can tell: a counter from a constant to another."""

_RELATIONS = ("less", "less_equal", "greater", "greater_equal", "not_equal")
_MIRRORED = {
    "less": "greater",
    "less_equal": "greater_equal",
    "greater": "less",
    "greater_equal": "less_equal",
    "not_equal": "not_equal",
}


def _node_of(trace, value):
    """The node that a value of a trace comes from, or None."""
    for node in reversed(trace.graph.nodes):
        if value in node.outputs:
            return node
    return None


def _relations(trace, value):
    """The nodes of relations that a condition is made of, by `and`; None for any other."""
    node = _node_of(trace, value)
    if node is None or node.op.name not in ("logical_and", *_RELATIONS):
        return [None]
    if node.op.name == "logical_and":
        return [found for part in node.inputs for found in _relations(trace, part)]
    return [node]


def _operands(trace, node):
    """(number of the loop's variable, constant, swapped) of a node of one of each; else None."""
    numbers = {argument._value: i for i, argument in trace.slots.items()}
    for swapped, (x, y) in enumerate((node.inputs, node.inputs[::-1])):
        constant = trace.graph.constants.get(y)
        if x in numbers and constant is not None and not constant.shape:
            return numbers[x], constant, bool(swapped)
    return None


def trip_count(test, pred, step, loop):
    """How often a loop runs.

    Args:
      test, pred: the trace of the condition, and the condition.
      step: the trace of the body.
      loop: the loop's variables: `contents` before, `results` after the body.

    Returns:
      (the number of iterations, counter), each None where it is not known. The counter is
      (number of the variable that goes up by one, its start).
    """
    nodes = [None] if pred.is_eager else _relations(test, pred._value)
    found = [_counted(test, node, step, loop) for node in nodes]
    if any(count is None for count, _ in found):
        return None, None
    counters = [counter for _, counter in found if counter is not None]
    return min(count for count, _ in found), counters[0] if counters else None


def _counted(test, node, step, loop):
    """`trip_count` of one relation."""
    found = None if node is None else _operands(test, node)
    if found is None:
        return None, None
    number, bound, swapped = found
    start, delta = loop.contents[number], _delta(step, number, loop)
    if delta is None or not start.is_eager or start._dtype.kind not in "iu":
        return None, None
    relation = _MIRRORED[node.op.name] if swapped else node.op.name
    start = int(start.host())
    counter = (number, start) if delta == 1 else None
    return _count(start, relation, int(bound), delta), counter


def _delta(step, number, loop):
    """By how much an iteration changes a variable, None where that is not constant."""
    after = loop.results.get(number)
    change = None if after is None or after.is_eager else _node_of(step, after._value)
    if change is None or change.op.name not in ("add", "subtract"):
        return None
    found = _operands(step, change)
    subtracts = change.op.name == "subtract"
    if found is None or found[0] != number or (found[2] and subtracts):
        return None
    return -int(found[1]) if subtracts else int(found[1])


def _count(start, relation, bound, delta):
    if relation.startswith("greater"):
        start, bound, delta = -start, -bound, -delta
    if relation == "not_equal":
        count, rest = divmod(bound - start, delta) if delta else (-1, 1)
        return count if count >= 0 and not rest else None
    if relation.endswith("equal"):
        bound += 1
    if start >= bound:
        return 0
    return -(-(bound - start) // delta) if delta > 0 else None
