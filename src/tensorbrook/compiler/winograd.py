"""Convolutions with windows of 3 x 3 by Winograd's algorithm: fewer multiplications.

A tile of 2 x 2 results is RESULT (U * V) RESULT^T, where U = FILTER w FILTER^T is of the filter,
V = DATA x DATA^T of the 4 x 4 elements that the tile sees, and * goes element by element: 16
multiplications instead of 36. Summed over channels, each of the 16 positions is a matrix product
of tiles by channels by filters. The gradient of the filter is the same the other way around.
A block of tiles stays in the nearest caches from the input to the results.
"""

from ..base.dims import typical
from .contract import Contraction
from .emit import OpenSizes, chunks_worth, even, index, lanes_of
from .loops import MAX_CHUNKS
from .target import vector_bytes

# of the points 0, 1, -1 and infinity
DATA = ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, 1, 0, -1))
FILTER = ((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1))
RESULT = ((1, 1, 1, 0), (0, 1, -1, -1))
SIDE, STEP = len(DATA), len(RESULT)
POSITIONS = SIDE * SIDE
SCRATCH = 1 << 19  # bytes of a block of tiles
FILTERS = 1 << 23  # bytes of transformed filters, which each block reads, up to which that pays
GAP = 64  # bytes between positions, so that they do not evict each other
FEWEST, MOST = 6, 48  # tiles of a block


def _transposed(matrix):
    return tuple(zip(*matrix))


def _combined(e, dtype, row, values):
    """The sum of values by the numbers of a row."""
    total = None
    for factor, value in sorted(zip(row, values), key=lambda pair: -pair[0]):
        if not factor:
            continue
        if factor not in (1, -1):
            value = e.b.fmul(value, e.constant(dtype, factor, lanes_of(value)))
        if total is None:
            total = e.b.fneg(value) if factor == -1 else value
        else:
            total = e.b.fsub(total, value) if factor == -1 else e.b.fadd(total, value)
    return total


def _both_sides(e, dtype, matrix, lines):
    """matrix @ lines @ matrix^T of vectors."""
    half = [[_combined(e, dtype, row, column) for row in matrix] for column in zip(*lines)]
    return [[_combined(e, dtype, row, line) for row in matrix] for line in zip(*half)]


def _transform(e, dtype, matrix, width, source, target, result=None):
    """Writes matrix @ x @ matrix^T for vectors of `width` elements.

    Args:
      source, target: (pointer, stride of the lines, stride of the elements of a line).
    """
    rows, columns = len(matrix), len(matrix[0])
    result = dtype if result is None else result

    def at(place, kind, i, j, start):
        pointer, down, along = place
        return e.offset(e.offset(pointer, kind, start), kind, i * down + j * along)

    def vectors(start, lanes):
        lines = [
            [e.load(at(source, dtype, i, j, start), dtype, lanes) for j in range(columns)]
            for i in range(columns)
        ]
        made = _both_sides(e, dtype, matrix, lines)
        for i in range(rows):
            for j in range(rows):
                e.store(made[i][j], at(target, result, i, j, start), result)

    e.vectors(width, vectors, vector_bytes() // dtype.itemsize)


class Transformed:
    """Filters (3, 3, n) as Winograd's (4, 4, n), or, turned around, what adds up to a gradient."""

    count, symbols = 2, ()

    def __init__(self, dtype, size, back=False):
        self.dtype, self.size, self.back = dtype, size, back
        self.cost, self.chunks = 1.0 * size, 1
        self.key = f"winograd filter {dtype} {size} {back} {STEP}"

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        source, target = e.pointers
        matrix = _transposed(FILTER) if self.back else FILTER
        of, to = len(matrix[0]) * self.size, len(matrix) * self.size
        _transform(
            e, self.dtype, matrix, self.size, (source, of, self.size), (target, to, self.size)
        )


def blocks(space, channels, filters, itemsize):
    """(rows, columns) of the tiles of a block, or None where the algorithm does not fit.

    Args:
      space: the two sizes of the results.
    """
    if not all(d.__class__ is int and d and d % STEP == 0 for d in space):
        return None
    if POSITIONS * channels * filters * itemsize > FILTERS:
        return None
    down, along = (d // STEP for d in space)
    most = min(MOST, SCRATCH // (POSITIONS * (channels + filters) * itemsize))
    fitting = [q for q in range(1, along + 1) if along % q == 0 and q <= most]
    columns = max(fitting, default=0)
    rows = 1
    if columns == along:
        rows = max(r for r in range(1, down + 1) if down % r == 0 and r * columns <= most)
    return (rows, columns) if rows * columns >= FEWEST else None


class _Tiles(OpenSizes):
    """What the convolution and the gradient of its filter have in common.

    Args:
      dtype: float32, of what is read.
      images: how many; it may be open.
      x, y: (strides of images, rows and columns) of the inputs and of the results (or cotangents).
      space: the two sizes of the results.
      block: what `blocks` gave.
    """

    count = 3

    def __init__(self, dtype, images, x, y, space, channels, filters, block, result):
        self.dtype, self.images, self.x, self.y, self.block = dtype, images, x, y, block
        self.channels, self.filters, self.result = channels, filters, result
        self.open(images, x, y)
        self.grid = [d // (STEP * b) for d, b in zip(space, block)]
        self.units = images * (self.grid[0] * self.grid[1])
        self.tiles = block[0] * block[1]
        gap = GAP // dtype.itemsize
        self.apart = self.tiles * channels + gap, self.tiles * filters + gap
        self.elements = self.units * (2 * POSITIONS * self.tiles * channels * filters)
        self.each_ns, self.most = 1 / 60, MAX_CHUNKS
        self.flops = typical(self.elements)
        self.cost = self.flops / 60

    def text(self):
        """What code depends on."""
        return (
            f"{self.dtype} {self.result} {self.images} {self.x} {self.y} {self.grid} {self.block} "
            f"{self.channels} {self.filters} {STEP}"
        )

    def space(self):
        """The iteration space, in words: positions, tiles, filters and channels."""
        return f"{POSITIONS} x {self.units * self.tiles} x {self.filters} x {self.channels}"

    def scratch(self, e):
        """Memory for the tiles of the data, and for those of the results."""
        return [e.memory(self.dtype, POSITIONS * apart) for apart in self.apart]

    def at(self, e, unit, pointer, dtype, strides):
        """The pointer to the first tile of a unit, and its strides to further tiles."""
        each = self.grid[0] * self.grid[1]
        image, within = e.b.sdiv(unit, index(each)), e.b.srem(unit, index(each))
        row, column = e.b.sdiv(within, index(self.grid[1])), e.b.srem(within, index(self.grid[1]))
        steps = (strides[0], *(STEP * n * s for n, s in zip(self.block, strides[1:])))
        for number, step in zip((image, row, column), steps):
            pointer = e.offset(pointer, dtype, e.b.mul(number, e.index(step)))
        return pointer

    def each_tile(self, e, pointer, dtype, strides, body):
        """Calls `body(pointer, i64 number of the tile)` for the tiles of a block."""
        columns = self.block[1]

        def one(r, c):
            by = e.b.add(
                e.b.mul(r, e.index(STEP * strides[1])), e.b.mul(c, e.index(STEP * strides[2]))
            )
            body(e.offset(pointer, dtype, by), e.b.add(e.b.mul(r, index(columns)), c))

        e.loop(
            0,
            self.block[0],
            1,
            lambda r, _: e.loop(0, columns, 1, lambda c, _: one(r, c)),
        )

    def data(self, e, unit, x, scratch):
        """Transforms the data of a block."""
        down, apart = self.x[1:], self.apart[0]

        def tile(pointer, number):
            into = e.offset(scratch, self.dtype, e.b.mul(number, index(self.channels)))
            target = into, SIDE * apart, apart
            _transform(e, self.dtype, DATA, self.channels, (pointer, *down), target)

        self.each_tile(e, self.at(e, unit, x, self.dtype, self.x), self.dtype, self.x, tile)


class Winograd(_Tiles):
    """A convolution; its pointers are the input, the transformed filter and the result."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        wanted = chunks_worth(self.cost, MAX_CHUNKS)
        self.parts = self.chunks = even(typical(self.units), max(wanted, 1))
        if self.symbols:
            self.shared, self.parts, self.chunks = (self.units, 1), None, 1
        self.key = f"winograd {self.text()} {self.parts}"
        t, c, f = self.tiles, self.channels, self.filters
        batch = [(POSITIONS, self.apart[0], c * f, self.apart[1])]
        self.product = Contraction(self.dtype, batch, [(t, c, 0, f)], [(c, 1, f, 0)], f)

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        x, w, y = e.pointers
        data, sums = self.scratch(e)
        apart = self.apart[1]

        def unit(number, _):
            self.data(e, number, x, data)
            self.product.within(e, data, w, sums)

            def tile(pointer, number):
                at = e.offset(sums, self.dtype, e.b.mul(number, index(self.filters)))
                source = at, SIDE * apart, apart
                target = pointer, *self.y[1:]
                _transform(e, self.dtype, RESULT, self.filters, source, target, self.result)

            self.each_tile(e, self.at(e, number, y, self.result, self.y), self.result, self.y, tile)

        start, stop = e.span(self.units, self.parts)
        e.loop(start, stop, 1, unit, nonempty=not self.symbols)


class WinogradFilter(_Tiles):
    """Shares of the gradient of a transformed filter; its pointers are input, cotangent, result."""

    def __init__(self, shares, *arguments):
        super().__init__(*arguments)
        self.shares = self.chunks = self.fixed = even(typical(self.units), shares)
        self.key = f"winograd filter gradient {self.text()} {self.shares}"
        t, c, f = self.tiles, self.channels, self.filters
        batch = [(POSITIONS, *self.apart, c * f)]
        product = Contraction(self.dtype, batch, [(c, 1, 0, f)], [(t, c, f, 0)], f)
        self.product = product.beginning("all")  # at the sums so far

    def emit(self, e):
        """Writes the kernel into an Emitter."""
        x, g, sums = e.pointers
        data, results = self.scratch(e)
        size, apart = POSITIONS * self.channels * self.filters, self.apart[1]
        sums = e.offset(sums, self.dtype, e.b.mul(e.chunk, index(size)))
        e.clear(sums, self.dtype, size)
        turned = _transposed(RESULT)

        def unit(number, _):
            self.data(e, number, x, data)

            def tile(pointer, number):
                at = e.offset(results, self.dtype, e.b.mul(number, index(self.filters)))
                source, target = (pointer, *self.y[1:]), (at, SIDE * apart, apart)
                _transform(e, self.dtype, turned, self.filters, source, target)

            self.each_tile(e, self.at(e, number, g, self.dtype, self.y), self.dtype, self.y, tile)
            self.product.within(e, data, results, sums, sums)

        start, stop = e.span(self.units, self.shares)
        e.loop(start, stop, 1, unit, nonempty=not self.symbols)
