"""Gathering rows, as embeddings do, and its transpose."""

from math import prod

from ..emit import even, index
from ..lower import native_rule
from .check import checked_indices


class Rows:
    """Copies (or, adding, spreads) rows that an array of indices names.

    Pointers: gathering reads the table and the indices and writes the rows; spreading reads the
    rows and the indices and writes the table.
    """

    count = 3

    def __init__(self, dtype, index_dtype, rows, width, size, spread):
        self.dtype, self.index_dtype, self.rows, self.width = dtype, index_dtype, rows, width
        self.size, self.spread, self.chunks = size, spread, 1
        self.cost = rows * width * 0.15 + (size * width * 0.1 if spread else 0)
        if not spread and self.cost > 30_000:
            self.chunks = even(rows, min(16, rows))
        self.key = f"rows {dtype} {index_dtype} {rows} {width} {size} {spread} {self.chunks}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        first, indices, last = e.pointers
        start, stop = e.span(self.rows, self.chunks)
        if self.spread:
            e.clear(last, self.dtype, self.size * self.width)

        def row(i, _):
            at = e.load(e.offset(indices, self.index_dtype, i), self.index_dtype)
            if self.index_dtype.itemsize < 8:
                at = e.b.sext(at, index(0).type)
            inside = e.offset(
                first, self.dtype, e.b.mul(i if self.spread else at, index(self.width))
            )
            outside = e.offset(
                last, self.dtype, e.b.mul(at if self.spread else i, index(self.width))
            )

            def move(k, lanes):
                value = e.load(e.offset(inside, self.dtype, k), self.dtype, lanes)
                target = e.offset(outside, self.dtype, k)
                if self.spread:
                    add = e.b.fadd if self.dtype.kind == "f" else e.b.add
                    value = add(e.load(target, self.dtype, lanes), value)
                e.store(value, target, self.dtype)

            e.vectors(self.width, move)

        e.loop(start, stop, 1, row)


def _takes(attrs, indices):
    """True for gathering along the first axis by integers that have native code."""
    whole = indices.dtype.kind == "i" and indices.dtype.itemsize >= 4
    return whole and not attrs["axis"] and not attrs["batch_dims"]


@native_rule("gather")
def gather(lowering, node, views):
    """Rows of the first axis; other axes fall back."""
    table, indices = views
    if not _takes(node.attrs, indices) or not prod(node.outputs[0].shape):
        return None
    checked = checked_indices(lowering, lowering.dense(indices), table.shape[0])
    if checked is None:
        return None
    table, out = lowering.dense(table), node.outputs[0]
    rows, width = prod(indices.shape), prod(table.shape[1:])
    kernel = Rows(table.dtype, indices.dtype, rows, width, table.shape[0], False)
    return lowering.kernel(kernel, [table, checked], [(out.shape, out.dtype)])


@native_rule("gather_transpose")
def gather_transpose(lowering, node, views):
    """Rows added up at the places they were gathered from, in order."""
    g, indices = views
    attrs, out = node.attrs, node.outputs[0]
    if not _takes(attrs, indices) or not prod(g.shape) or g.dtype.kind not in "fi":
        return None
    checked = checked_indices(lowering, lowering.dense(indices), attrs["size"])
    if checked is None:
        return None
    rows, width = prod(indices.shape), prod(out.shape[1:])
    kernel = Rows(g.dtype, indices.dtype, rows, width, attrs["size"], True)
    return lowering.kernel(kernel, [lowering.dense(g), checked], [(out.shape, out.dtype)])
