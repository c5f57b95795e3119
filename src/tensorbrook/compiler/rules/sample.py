"""Pictures at places between their pixels: one kernel reads the four pixels around each place, and
one adds to them, for the gradient."""

from functools import partial
from math import prod

import numpy as np

from ...base.dims import same, typical
from ..boxes import moved
from ..emit import I64, OpenSizes, chunks_worth, even, scalar_type
from ..lower import native_rule

MAX_CHUNKS = 32
_PLACE = np.dtype(np.float32)


class Sample(OpenSizes):
    """Reads pictures at places; its pointers: the pictures, rows, columns, the result.

    Args:
      images: the shape of the pictures.
      places: that of the places: (batch, lines, length).
      strides: of rows and of columns, as they lie.
    """

    count = 4

    def __init__(self, dtype, images, places, strides, nearest, constant, fill):
        self.dtype, self.images, self.places, self.strides = dtype, images, places, strides
        self.nearest, self.constant, self.fill = nearest, constant, fill
        self.lines = places[0] * places[1]
        self.open([*images, *places, *strides[0], *strides[1]])
        each = (2 if nearest else 5) + typical(images[3]) * (0.5 if nearest else 1.5)
        self.elements, self.each_ns, self.most = prod(places), each, MAX_CHUNKS
        self.cost = each * typical(self.elements)
        wanted = chunks_worth(self.cost, MAX_CHUNKS)
        self.chunks = self.parts = even(typical(self.lines), wanted) if wanted > 1 else 1
        if self.symbols:
            self.shared, self.parts = (self.lines, 1), None
        self.key = (
            f"sample {dtype} {images} {places} {strides} {nearest} {constant} {fill} {self.parts}"
        )

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        pictures, _, _, result = e.pointers
        low, high = e.span(self.lines, self.parts)

        def line(i, _):
            batch = e.b.udiv(i, e.index(self.places[1]))
            inner = e.b.sub(i, e.b.mul(batch, e.index(self.places[1])))
            self._line(e, batch, inner, self._picture(e, pictures, batch), result)

        e.loop(low, high, 1, line, nonempty=False)

    def _picture(self, e, pictures, batch):
        return e.offset(pictures, self.dtype, e.b.mul(batch, e.index(prod(self.images[1:]))))

    def _line(self, e, batch, inner, picture, at_places):
        """Does what is to be done at a line of places, whose values lie from `at_places` on."""
        _, rows, columns, _ = e.pointers
        _, height, width, channels = self.images
        sizes = [e.b.sitofp(e.b.sub(e.index(s), e.index(1)), scalar_type(_PLACE))
                 for s in (height, width)]  # fmt: skip
        line = e.b.add(e.b.mul(batch, e.index(self.places[1])), inner)
        start = e.b.mul(line, e.index(self.places[2]))
        lines = [
            moved(e, _PLACE, moved(e, _PLACE, pointer, batch, of[0]), inner, of[1])
            for pointer, of in zip((rows, columns), self.strides)
        ]
        fixed = [
            self._axis(e, e.load(pointer, _PLACE), last) if same(of[2], 0) else None
            for pointer, of, last in zip(lines, self.strides, sizes)
        ]

        def one(j, _):
            axes = [
                known or self._axis(e, e.load(moved(e, _PLACE, p, j, of[2]), _PLACE), last)
                for known, p, of, last in zip(fixed, lines, self.strides, sizes)
            ]
            at = e.b.mul(e.b.add(start, j), e.index(channels))
            self._place(e, picture, axes, e.offset(at_places, self.dtype, at))

        e.loop(0, self.places[2], 1, one)

    def _axis(self, e, place, last):
        """([(number, whether it is in the picture)], their weights) along one axis."""
        if self.nearest:
            away = e.b.fadd(e.intrinsic("fabs", place), e.constant(_PLACE, 0.5))
            numbers = [e.intrinsic("copysign", e.intrinsic("floor", away), place)]
            weights = None
        else:
            low, one = e.intrinsic("floor", place), e.constant(_PLACE, 1)
            part = e.b.fsub(place, low)
            numbers, weights = [low, e.b.fadd(low, one)], [e.b.fsub(one, part), part]
            if self.dtype.itemsize == 8:
                weights = [e.b.fpext(w, scalar_type(self.dtype)) for w in weights]
        found, zero = [], e.constant(_PLACE, 0)
        for number in numbers:
            above = e.b.fcmp_ordered(">=", number, zero)
            number = e.b.select(above, number, zero)
            below = e.b.fcmp_ordered("<=", number, last)
            number = e.b.fptosi(e.b.select(below, number, last), I64)
            found.append((number, e.b.and_(above, below)))
        return found, weights

    def _place(self, e, picture, axes, target):
        (rows, down), (columns, across) = axes
        _, _, width, channels = self.images
        corners = []
        for row, row_inside in rows:
            line = e.offset(picture, self.dtype, e.b.mul(row, e.index(width * channels)))
            for column, inside in columns:
                at = e.offset(line, self.dtype, e.b.mul(column, e.index(channels)))
                corners.append((at, e.b.and_(row_inside, inside)))
        weights = None if down is None else (down, across)
        if isinstance(channels, int) and channels <= 8:
            self._channels(e, corners, weights, target, 0, channels if channels > 1 else 0)
            return
        whole = channels // 8 * 8
        write = partial(self._channels, e, corners, weights, target)
        e.loop(0, whole, 8, lambda k, _: write(k, 8), nonempty=False)
        e.loop(whole, channels, 1, lambda k, _: write(k, 0), nonempty=False)

    def _channels(self, e, corners, weights, target, k, lanes):
        """The channels from `k` on: one, or so many `lanes` of them."""
        values = []
        for pointer, inside in corners:
            value = e.load(e.offset(pointer, self.dtype, k), self.dtype, lanes)
            if self.constant:
                value = e.b.select(inside, value, e.constant(self.dtype, self.fill, lanes))
            values.append(value)
        if weights is None:
            total = values[0]
        else:
            (up, down), (left, right) = ([e.splat(w, lanes) for w in pair] for pair in weights)
            upper, lower = (
                e.b.fadd(e.b.fmul(a, left), e.b.fmul(b, right)) for a, b in (values[:2], values[2:])
            )
            total = e.b.fadd(e.b.fmul(upper, up), e.b.fmul(lower, down))
        e.store(total, e.offset(target, self.dtype, k), self.dtype)


class SampleTranspose(Sample):
    """Adds values at places to the pixels around each, in pictures that are 0 before; its pointers:
    the values, rows, columns, the pictures. A chunk has whole pictures."""

    def __init__(self, dtype, images, places, strides, nearest, constant, fill):
        super().__init__(dtype, images, places, strides, nearest, constant, fill)
        wanted = chunks_worth(2 * self.cost, MAX_CHUNKS)
        self.chunks = self.parts = even(typical(places[0]), wanted) if wanted > 1 else 1
        if self.symbols:
            self.shared, self.parts = (places[0], 1), None
        self.key = f"transpose of {self.key} {self.parts}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        values, _, _, pictures = e.pointers
        low, high = e.span(self.places[0], self.parts)
        zero = e.constant(self.dtype, 0)

        def one(batch, _):
            picture = self._picture(e, pictures, batch)

            def clear(k, _):
                e.store(zero, e.offset(picture, self.dtype, k), self.dtype)

            e.loop(0, prod(self.images[1:]), 1, clear)
            e.loop(0, self.places[1], 1, lambda k, _: self._line(e, batch, k, picture, values))

        e.loop(low, high, 1, one, nonempty=False)

    def _channels(self, e, corners, weights, target, k, lanes):
        value = e.load(e.offset(target, self.dtype, k), self.dtype, lanes)
        both = (
            [None] if weights is None else [e.b.fmul(d, a) for d in weights[0] for a in weights[1]]
        )
        for (pointer, inside), weight in zip(corners, both):
            part = value if weight is None else e.b.fmul(value, e.splat(weight, lanes))
            if self.constant:
                part = e.b.select(inside, part, e.constant(self.dtype, 0, lanes))
            at = e.offset(pointer, self.dtype, k)
            e.store(e.b.fadd(e.load(at, self.dtype, lanes), part), at, self.dtype)


@native_rule("sample_pictures")
def sample_pictures(lowering, node, views):
    """Pictures at places between their pixels."""
    return _kernel(Sample, lowering, node, views, tuple(views[0].shape), node.attrs)


@native_rule("sample_pictures_transpose")
def sample_pictures_transpose(lowering, node, views):
    """Values at places, added up in pictures."""
    attrs = dict(node.attrs)
    return _kernel(SampleTranspose, lowering, node, views, tuple(attrs.pop("shape")), attrs)


def _kernel(kind, lowering, node, views, images, attrs):
    values, rows, columns = lowering.dense(views[0]), *views[1:]
    out = node.outputs[0]
    plain = values.dtype in (np.dtype(np.float32), np.dtype(np.float64))
    if not plain or rows.dtype != _PLACE or not prod(out.shape) or not prod(values.shape):
        return None
    strides = tuple(rows.strides), tuple(columns.strides)
    kernel = kind(values.dtype, images, tuple(rows.shape), strides, **attrs)
    return lowering.kernel(kernel, [values, rows, columns], [(out.shape, out.dtype)])
