"""Loops over an index as scans over rows: what makes a loop of 1000 steps linear in them.

A body that reads `x[i]` and writes `array.write(i, y)` would copy the whole array in each
iteration, and keep all copies for the gradient. Where `i` is the loop's counter, `x` becomes one
of the scan's xs and `y` one of its ys. What does not change from iteration to iteration is first
moved out of the body.
"""

from ..base.dims import symbols_of
from ..core.dispatch import apply
from ..core.tensor import wrap
from ..ops.join import concat
from ..ops.shape import transpose


def hoist(step, known):
    """Moves nodes that depend on nothing but invariants out of the body.

    Args:
      step: the closed trace of the body.
      known: dict from its values to the outer tensors they stand for; completed.
    """
    kept = []
    for value, array in step.graph.constants.items():
        known[value] = wrap(array)
    sizes = symbols_of([tensor._shape for tensor in known.values()])
    for node in step.graph.nodes:
        # a size that the body finds is not known before it
        named = symbols_of([*(v.shape for v in node.outputs), *node.attrs.values()])
        moves = (
            node.inputs and all(v in known for v in node.inputs) and named.keys() <= sizes.keys()
        )
        if node.effect or not moves:
            kept.append(node)
            continue
        out = apply(node.op, tuple([known[v] for v in node.inputs]), node.attrs)
        for value, tensor in zip(node.outputs, out if type(out) is tuple else (out,)):
            known[value] = tensor
            step.captured[id(tensor)] = (tensor, value)
    step.graph.nodes = kept


def rows_read(step, known, counter, start, length):
    """Replaces reads at the counter; returns (xs, the values that stand for their rows)."""
    xs, rows, kept, made = [], [], [], {}
    for node in step.graph.nodes:
        made.update(dict.fromkeys(node.outputs, node))
        axis = node.attrs.get("axis")
        if (
            node.op.name == "gather"
            and not node.attrs["batch_dims"]
            and _is_counter(node.inputs[1], counter, made, known)
            and node.inputs[0] in known
            and 0 <= start <= start + length <= node.inputs[0].shape[axis]
        ):
            x = known[node.inputs[0]]
            if axis:
                order = [axis, *[a for a in range(len(x._shape)) if a != axis]]
                x = transpose(x, order)
            whole = start == 0 and length == x._shape[0]
            xs.append(x if whole else x[start : start + length])
            rows.append(node.outputs[0])
        else:
            kept.append(node)
    step.graph.nodes = kept
    return xs, rows


def _is_counter(value, counter, made, known):
    """Also as `x[i]` takes it, which adds the size where it is below 0: here it never is."""
    if value is counter:
        return True
    choice = made.get(value)
    if choice is None or choice.op.name != "where" or choice.inputs[2] is not counter:
        return False
    test = made.get(choice.inputs[0])
    if test is None or test.op.name != "less" or test.inputs[0] is not counter:
        return False
    limit = known.get(test.inputs[1])
    return limit is not None and limit.is_eager and not limit.host().any()


def rows_written(step, values, counter, start, length):
    """The variables that are only written to at the counter.

    Args:
      values: dict from the variables' numbers to their values after the body.

    Returns:
      Dict from their numbers to the values of the rows written; their nodes are taken out.
    """
    uses, found = {}, {}
    for value in [*values.values(), *[v for node in step.graph.nodes for v in node.inputs]]:
        uses[value] = uses.get(value, 0) + 1
    numbers = {value: i for i, value in values.items()}
    kept = []
    for node in step.graph.nodes:
        number = numbers.get(node.outputs[0]) if node.op.name == "update_row" else None
        if (
            number is not None
            and _is_write(step, node, number, counter, uses)
            and 0 <= start <= start + length <= node.inputs[0].shape[0]
        ):
            found[number] = node.inputs[2]
        else:
            kept.append(node)
    step.graph.nodes = kept
    return found


def _is_write(step, node, number, counter, uses):
    before = step.slots[number]._value
    return (
        node.inputs[0] is before
        and node.inputs[1] is counter
        and uses[before] == 1
        and uses[node.outputs[0]] == 1
    )


def written_out(content, rows, start):
    """The array after the loop, from that before it and the rows written one after the other."""
    end = start + rows._shape[0]
    if start == 0 and end == content._shape[0]:
        return rows
    return concat([content[:start], rows, content[end:]], 0)
