"""Gathering rows, as embeddings do, and its transpose."""

from math import prod

from ..emit import index
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
            length = -(-rows // min(16, rows))
            self.chunks = -(-rows // length)
        self.key = f"rows {dtype} {index_dtype} {rows} {width} {size} {spread} {self.chunks}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        first, indices, last = e.pointers
        start, stop = e.span(self.rows, self.chunks)
        if self.spread:
            self._each(e, self.size * self.width, lambda i, w: self._put(e, last, i, w))

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

            self._each(e, self.width, move)

        e.loop(start, stop, 1, row)

    def _put(self, e, pointer, i, lanes):
        e.store(e.constant(self.dtype, 0, lanes), e.offset(pointer, self.dtype, i), self.dtype)

    def _each(self, e, count, body):
        lanes = 16
        main, rest = count // lanes * lanes, count % lanes
        if main:
            e.loop(0, main, lanes, lambda i, _: body(i, lanes))
        if rest:
            body(index(main), rest if rest > 1 else 0)


@native_rule("gather")
def gather(lowering, node, views):
    """Rows of the first axis; other axes fall back."""
    table, indices = views
    if node.attrs["axis"] or node.attrs["batch_dims"] or not prod(node.outputs[0].shape):
        return None
    checked = checked_indices(lowering, lowering.dense(indices), table.shape[0])
    if checked is None or indices.dtype.kind != "i" or indices.dtype.itemsize < 4:
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
    if attrs["axis"] or attrs["batch_dims"] or not prod(g.shape) or g.dtype.kind not in "fi":
        return None
    if indices.dtype.kind != "i" or indices.dtype.itemsize < 4 or g.dtype.kind == "b":
        return None
    checked = checked_indices(lowering, lowering.dense(indices), attrs["size"])
    if checked is None:
        return None
    rows, width = prod(indices.shape), prod(out.shape[1:])
    kernel = Rows(g.dtype, indices.dtype, rows, width, attrs["size"], True)
    return lowering.kernel(kernel, [lowering.dense(g), checked], [(out.shape, out.dtype)])
