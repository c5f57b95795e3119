"""Batches a few rows at a time, so that what kernels hand on stays in the caches.

That is for graphs by rows: each row of their results depends on the same row of their inputs, and
on what has no rows. Those of a batch are 1, 2, ... times its size in number, along the first axis.
"""

import math

from ..base.dims import evaluate, symbols_of

_BYTES = 8 << 20  # that a kernel reads and writes for the rows taken at once
_LEAST = 8  # rows taken at once
_WINDOWS = {"conv_general", "max_pool", "window_sum"}
_ALONG_AXIS = {"softmax", "log_softmax", "concat", "reverse"}


class ByRows:
    """How the batches of a graph by rows are cut.

    Args:
      graph: the graph.
      heads: from its values to how many rows they have for one of the batch; 0 for none.
    """

    def __init__(self, graph, heads):
        one, largest, total, fixed = dict.fromkeys(graph.sizes, 1), 1, 0, set()
        self._inputs, self._outputs = (
            [heads[v] for v in vs] for vs in (graph.inputs, graph.outputs)
        )

        def nbytes(values):
            return sum(math.prod(evaluate(v.shape, one)) * v.dtype.itemsize for v in values)

        for node in graph.nodes:
            size = nbytes(v for v in (*node.inputs, *node.outputs) if heads[v])
            largest, total = max(largest, size), total + size
            fixed.update(v for v in node.inputs if not heads[v])
        self.rows = max(_LEAST, _BYTES // largest)
        # what has no rows is read again each time: little beside the rows
        self.pays = self.rows * total > 4 * nbytes(fixed)

    def size(self, batch):
        """How many rows of a batch to take at once: equally many each time where that can be."""
        if not self.pays or batch < 2 * self.rows:
            return batch
        least = -(-batch // self.rows)
        return -(-batch // next((n for n in range(least, 2 * least) if batch % n == 0), least))

    def cut(self, arrays, results, begin, end):
        """What of the inputs' and the results' arrays belongs to some rows of the batch."""
        return (
            [a[h * begin : h * end] if h else a for h, a in zip(heads, of)]
            for heads, of in ((self._inputs, arrays), (self._outputs, results))
        )


def by_rows(graph, aliases):
    """The ByRows of a graph; None where it is no graph by rows."""
    if len(graph.sizes) != 1 or aliases:
        return None
    values = [*graph.inputs, *graph.constants, *(v for node in graph.nodes for v in node.outputs)]
    heads = {v: _head(v, *graph.sizes) for v in values}
    found = None not in heads.values() and graph.outputs and all(heads[v] for v in graph.outputs)
    return ByRows(graph, heads) if found and all(_keeps(n, heads) for n in graph.nodes) else None


def _head(value, name):
    """How many times the open size the first dimension is; None where it is anywhere else."""
    if not symbols_of(value.shape):
        return 0
    heads = [evaluate(value.shape[0], {name: n}) for n in (1, 2, 7)]
    linear = heads[0] > 0 and heads == [heads[0] * n for n in (1, 2, 7)]
    return heads[0] if linear and not symbols_of(value.shape[1:]) else None


def _keeps(node, heads):
    """Whether a node's results, if they have rows, depend on the same rows of its operands."""
    op, attrs, rows = node.op, node.attrs, [heads[v] > 0 for v in node.inputs]
    if node.effect:
        return False
    if not any(heads[v] for v in node.outputs):
        return not any(rows) and not symbols_of(list(attrs.values()))
    if len(node.outputs) > 1:
        return False
    if op.elementwise or op.name in ("broadcast_to", "identity"):
        # what has no rows is the same for all of them
        rank = len(node.outputs[0].shape)
        return all(
            len(v.shape) == rank if has else len(v.shape) < rank or v.shape[0] == 1
            for v, has in zip(node.inputs, rows)
        )
    if op.name == "gather":
        return rows == [False, True] and attrs["axis"] == 0 and not attrs["batch_dims"]
    if not rows or not rows[0]:
        return False
    if op.name == "reshape":
        return True
    if op.name == "transpose":
        return attrs["perm"][0] == 0
    if op.name in _WINDOWS:
        return not any(rows[1:])
    if op.name == "pad":
        return attrs["paddings"][0] == (0, 0)
    if op.name == "strided_slice":
        return attrs["key"][:1] in ((), (("slice", None, None, None),))
    if op.reduces:
        return 0 not in attrs["axis"]
    if op.name in _ALONG_AXIS:
        axis = attrs["axis"]
        return all(rows) and 0 not in (axis if axis.__class__ is tuple else (axis,))
    if op.name == "matmul":
        first, second = (len(v.shape) for v in node.inputs)
        if rows[1]:
            return first > 2 and first == second
        return second == 2 and not attrs["transpose_a"]
    return False
