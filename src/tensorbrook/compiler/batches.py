"""Batches in parts: few rows at a time, so that what kernels hand on stays in the caches.

That is for graphs by rows: each row of their results depends on the same row of their inputs, and
on what has no rows. Those of batch size b are 1, 2, ... times b in number, along the first axis.
"""

import math

from ..base.dims import evaluate, symbols_of

_BYTES = 8 << 20  # that a kernel reads and writes for the rows of a part
_LEAST = 8  # rows of a part
_WINDOWS = {"conv_general", "max_pool", "window_sum"}
_ALONG_AXIS = {"softmax", "log_softmax", "concat", "reverse"}


class Parts:
    """How a graph's batches are cut.

    Args:
      graph: a graph by rows that leaves one size open, by that name.
    """

    def __init__(self, graph, name):
        self.graph, self._one = graph, {name: 1}
        largest = total = 0
        for node in graph.nodes:
            rows = [self._bytes(v) for v in (*node.inputs, *node.outputs) if symbols_of(v.shape)]
            largest, total = max(largest, sum(rows)), total + sum(rows)
        fixed = {v for node in graph.nodes for v in node.inputs if not symbols_of(v.shape)}
        self.rows = max(_LEAST, _BYTES // max(largest, 1))
        # what has no rows is read for each part: little beside the rows
        self.pays = self.rows * total > 4 * sum(map(self._bytes, fixed))

    def _bytes(self, value):
        return math.prod(evaluate(value.shape, self._one)) * value.dtype.itemsize

    def size(self, batch):
        """How many rows of a batch to take at once: equally many each time where that can be."""
        if not self.pays or batch < 2 * self.rows:
            return batch
        least = -(-batch // self.rows)
        return -(-batch // next((n for n in range(least, 2 * least) if batch % n == 0), least))

    def cut(self, values, arrays, begin, end):
        """The part of arrays, those of some values, that belongs to some rows of the batch."""
        heads = [evaluate(v.shape, self._one)[0] if symbols_of(v.shape) else 0 for v in values]
        return [a[h * begin : h * end] if h else a for h, a in zip(heads, arrays)]


def parts_of(graph, aliases):
    """The Parts of a graph; None where it is no graph by rows."""
    if len(graph.sizes) != 1 or aliases or not graph.outputs:
        return None
    (name,) = graph.sizes
    found = all(_has_rows(v, name) for v in graph.outputs) and all(
        _has_rows(v, name) or not symbols_of(v.shape) for v in (*graph.inputs, *graph.constants)
    )
    return Parts(graph, name) if found and all(_by_rows(n, name) for n in graph.nodes) else None


def _has_rows(value, name):
    """Whether the open size is a factor of the first dimension, and nowhere else."""
    if not value.shape or symbols_of(value.shape[1:]) or not symbols_of(value.shape[:1]):
        return False
    heads = [evaluate(value.shape[0], {name: n}) for n in (1, 2, 7)]
    return heads == [heads[0] * n for n in (1, 2, 7)]


def _by_rows(node, name):
    """Whether a node's results, if they have rows, depend on the same rows of its operands."""
    op, attrs = node.op, node.attrs
    if node.effect:
        return False
    if not symbols_of([v.shape for v in node.outputs]):
        return not symbols_of([*(v.shape for v in node.inputs), *attrs.values()])
    out = node.outputs[0]
    if len(node.outputs) > 1 or not _has_rows(out, name):
        return False
    rows = [bool(symbols_of(v.shape)) for v in node.inputs]
    if not all(_has_rows(v, name) for v, has in zip(node.inputs, rows) if has):
        return False
    if op.elementwise or op.name in ("broadcast_to", "identity"):
        # what has no rows is the same for all of them
        rank = len(out.shape)
        return all(
            len(v.shape) == rank if has else len(v.shape) < rank or v.shape[0] == 1
            for v, has in zip(node.inputs, rows)
        )
    if op.name == "gather":
        return rows == [False, True] and attrs["axis"] == 0 and not attrs["batch_dims"]
    if not rows or not rows[0]:
        return False
    first = node.inputs[0]
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
        second = node.inputs[1]
        if rows[1]:
            return len(first.shape) > 2 and len(first.shape) == len(second.shape)
        return len(second.shape) == 2 and not attrs["transpose_a"]
    return False
