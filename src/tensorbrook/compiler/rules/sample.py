"""Pictures at places between their pixels: one kernel that reads the four pixels around each."""

from math import prod

import numpy as np

from ...base.dims import typical
from ..emit import I64, OpenSizes, chunks_worth, even, scalar_type
from ..lower import native_rule

MAX_CHUNKS = 32
_PLACE = np.dtype(np.float32)


class Sample(OpenSizes):
    """Reads pictures at places; its pointers: the pictures, rows, columns, the result.

    Args:
      images: the shape of the pictures.
      places: that of the places: (batch, lines, length).
    """

    count = 4

    def __init__(self, dtype, images, places, nearest, constant, fill):
        self.dtype, self.images, self.places = dtype, images, places
        self.nearest, self.constant, self.fill = nearest, constant, fill
        self.lines = places[0] * places[1]
        self.open([*images, *places])
        each = (2 if nearest else 5) + typical(images[3]) * (0.5 if nearest else 1.5)
        self.elements, self.each_ns, self.most = prod(places), each, MAX_CHUNKS
        self.cost = each * typical(self.elements)
        wanted = chunks_worth(self.cost, MAX_CHUNKS)
        self.chunks = self.parts = even(typical(self.lines), wanted) if wanted > 1 else 1
        if self.symbols:
            self.shared, self.parts = (self.lines, 1), None
        self.key = f"sample {dtype} {images} {places} {nearest} {constant} {fill} {self.parts}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        pictures, rows, columns, result = e.pointers
        _, height, width, channels = self.images
        low, high = e.span(self.lines, self.parts)
        sizes = [e.b.sitofp(e.b.sub(e.index(s), e.index(1)), scalar_type(_PLACE))
                 for s in (height, width)]  # fmt: skip

        def line(i, _):
            batch = e.b.udiv(i, e.index(self.places[1]))
            picture = e.offset(
                pictures, self.dtype, e.b.mul(batch, e.index(height * width * channels))
            )
            start = e.b.mul(i, e.index(self.places[2]))

            def one(j, _):
                at = e.b.add(start, j)
                place = [e.load(e.offset(p, _PLACE, at), _PLACE) for p in (rows, columns)]
                target = e.offset(result, self.dtype, e.b.mul(at, e.index(channels)))
                self._place(e, picture, place, sizes, target)

            e.loop(0, self.places[2], 1, one)

        e.loop(low, high, 1, line, nonempty=False)

    def _place(self, e, picture, place, sizes, target):
        if self.nearest:
            half = e.constant(_PLACE, 0.5)
            whole = [e.intrinsic("floor", e.b.fadd(e.intrinsic("fabs", p), half)) for p in place]
            numbers = [[e.intrinsic("copysign", n, p)] for n, p in zip(whole, place)]
            weights = None
        else:
            lows = [e.intrinsic("floor", p) for p in place]
            one = e.constant(_PLACE, 1)
            numbers = [[low, e.b.fadd(low, one)] for low in lows]
            parts = [e.b.fsub(p, low) for p, low in zip(place, lows)]
            weights = [[e.b.fsub(one, part), part] for part in parts]
            if self.dtype.itemsize == 8:
                wide = scalar_type(self.dtype)
                weights = [[e.b.fpext(w, wide) for w in pair] for pair in weights]
        corners = [
            self._corner(e, picture, row, column, sizes)
            for row in numbers[0]
            for column in numbers[1]
        ]
        channels = self.images[3]
        if isinstance(channels, int) and channels <= 8:
            for k in range(channels):
                self._channel(e, corners, weights, target, k)
            return
        e.loop(0, channels, 1, lambda k, _: self._channel(e, corners, weights, target, k))

    def _corner(self, e, picture, row, column, sizes):
        """(pointer to a pixel, whether it is in the picture)."""
        inside, at = None, []
        zero = e.constant(_PLACE, 0)
        for number, last in zip((row, column), sizes):
            above = e.b.fcmp_ordered(">=", number, zero)
            number = e.b.select(above, number, zero)
            below = e.b.fcmp_ordered("<=", number, last)
            within = e.b.and_(above, below)
            inside = within if inside is None else e.b.and_(inside, within)
            at.append(e.b.fptosi(e.b.select(below, number, last), I64))
        _, _, width, channels = self.images
        pixel = e.b.add(e.b.mul(at[0], e.index(width)), at[1])
        return e.offset(picture, self.dtype, e.b.mul(pixel, e.index(channels))), inside

    def _channel(self, e, corners, weights, target, k):
        values = []
        for pointer, inside in corners:
            value = e.load(e.offset(pointer, self.dtype, k), self.dtype)
            if self.constant:
                value = e.b.select(inside, value, e.constant(self.dtype, self.fill))
            values.append(value)
        if weights is None:
            total = values[0]
        else:
            (up, down), (left, right) = weights
            upper, lower = (
                e.b.fadd(e.b.fmul(a, left), e.b.fmul(b, right)) for a, b in (values[:2], values[2:])
            )
            total = e.b.fadd(e.b.fmul(upper, up), e.b.fmul(lower, down))
        e.store(total, e.offset(target, self.dtype, k), self.dtype)


@native_rule("sample_pictures")
def sample_pictures(lowering, node, views):
    """Pictures at places between their pixels."""
    images, rows, columns = (lowering.dense(view) for view in views)
    out = node.outputs[0]
    plain = images.dtype in (np.dtype(np.float32), np.dtype(np.float64))
    if not plain or rows.dtype != _PLACE or not prod(out.shape) or not prod(images.shape):
        return None
    kernel = Sample(images.dtype, tuple(images.shape), tuple(rows.shape), **node.attrs)
    return lowering.kernel(kernel, [images, rows, columns], [(out.shape, out.dtype)])
