"""The primitive that reads pictures at places between their pixels, and its transpose."""

import numpy as np

from ..base.dtypes import FLOATS
from ..base.shapes import differs
from ..core.dispatch import apply, tensor_of
from ..core.op import Op, Spec, check_dtype, fail, per_input
from ._families import draw
from .cast import cast
from .create import zeros_like
from .elementwise import floor
from .reduce import reduce_sum

_OPERANDS = ("images", "rows", "columns")


def _clipped(place, size):
    """Places within [0, size - 1]; those that are no number are 0."""
    place = np.where(place >= 0, place, np.zeros_like(place))
    last = place.dtype.type(size - 1)
    return np.where(place <= last, place, last)


def _corners(rows, columns, shape, nearest):
    """(weight, place in the flattened picture, whether it is in the picture) of each pixel read."""
    if nearest:
        parts = [[(None, np.copysign(np.floor(np.abs(p) + p.dtype.type(0.5)), p))]
                 for p in (rows, columns)]  # fmt: skip
    else:
        parts = []
        for place in (rows, columns):
            low = np.floor(place)
            part = place - low
            parts.append([(1 - part, low), (part, low + low.dtype.type(1))])
    height, width = shape
    for down, row in parts[0]:
        for across, column in parts[1]:
            inside = (row >= 0) & (row <= height - 1) & (column >= 0) & (column <= width - 1)
            at = _clipped(row, height).astype(np.int64) * width + _clipped(column, width).astype(
                np.int64
            )
            yield (down, across), at, inside


def _flat(images):
    batch, height, width, channels = images.shape
    return images.reshape(batch, height * width, channels)


def _is_grid(rows, columns):
    """Whether all columns have the same rows and all rows the same columns, in every picture."""
    axes = (rows, 0), (rows, 2), (columns, 0), (columns, 1)
    return all(place.strides[axis] == 0 or place.shape[axis] == 1 for place, axis in axes)


def _on_grid(images, rows, columns):
    """`_kernel` by straight lines on a grid: whole rows and columns are taken at once."""
    work = np.float64 if images.dtype == np.float64 else np.float32
    parts = []
    for axis, place in ((1, rows), (2, columns)):
        low = np.floor(place)
        part = (place - low).astype(work)
        size = images.shape[axis]
        ends = [_clipped(n, size).astype(np.int64) for n in (low, low + low.dtype.type(1))]
        parts.append((ends, (1 - part, part)))
    (upper, lower), down = parts[0]
    batch, height, width, channels = images.shape
    # Channels lie within their lines: loops over few of them would cost more than the numbers.
    across = [
        ((channels * column[:, None] + np.arange(channels)).ravel(), np.repeat(weight, channels))
        for column, weight in zip(*parts[1])
    ]
    images = images.reshape(batch, height, width * channels)
    out = np.empty((batch, len(rows), len(columns) * channels), images.dtype)
    step = max(1, _AT_ONCE // (2 * len(rows) * width * channels))
    for at in range(0, batch, step):
        lines = images[at : at + step].take(np.concatenate([upper, lower]), 1)
        lines = lines.astype(work, copy=False)
        line, right = (lines.take(numbers, 2) for numbers, _ in across)
        line *= across[0][1]
        right *= across[1][1]
        line += right
        for half, weight in zip(np.split(line, 2, axis=1), down):
            half *= weight[:, None]
        out[at : at + step] = line[:, : len(rows)] + line[:, len(rows) :]
    return out.reshape(batch, len(rows), len(columns), channels)


_AT_ONCE = 1 << 19  # numbers that stay near the processor


def _kernel(images, rows, columns, nearest, constant, fill):
    if not (nearest or constant) and rows.size and _is_grid(rows, columns):
        return _on_grid(images, rows[0, :, 0], columns[0, 0])
    flat = _flat(images)
    lead = np.arange(len(flat))[:, None, None]
    work = np.float64 if images.dtype == np.float64 else np.float32
    total, halves = None, []
    for (down, across), at, inside in _corners(rows, columns, images.shape[1:3], nearest):
        pixels = flat[lead, at].astype(work)
        if constant:
            pixels = np.where(inside[..., None], pixels, work(fill))
        if nearest:
            return pixels.astype(images.dtype)
        halves.append(pixels * across.astype(work)[..., None])
        if len(halves) == 2:
            line = (halves[0] + halves[1]) * down.astype(work)[..., None]
            total, halves = line if total is None else total + line, []
    return total.astype(images.dtype)


def _transposed_kernel(g, rows, columns, nearest, constant, fill, shape):
    batch, height, width, channels = shape
    out = np.zeros((batch * height * width, channels), g.dtype)
    work = np.float64 if g.dtype == np.float64 else np.float32
    lead = np.arange(batch)[:, None, None] * (height * width)
    for (down, across), at, inside in _corners(rows, columns, (height, width), nearest):
        part = g
        if not nearest:
            weight = down.astype(work) * across.astype(work)
            part = (g * weight[..., None]).astype(g.dtype, copy=False)
        if constant:
            part = np.where(inside[..., None], part, np.zeros_like(part))
        np.add.at(out, (at + lead).reshape(-1), part.reshape(-1, channels))
    return out.reshape(shape)


def _check(name, images, rows, columns):
    for spec, operand in zip((images, rows, columns), _OPERANDS):
        check_dtype(name, spec, FLOATS, operand)
    fits = len(images.shape) == 4 and len(rows.shape) == 3
    if not fits or differs(rows.shape, columns.shape) or differs(images.shape[:1], rows.shape[:1]):
        fail(
            name,
            "images must be (batch, height, width, channels), rows and columns (batch, h, w)",
            (images, rows, columns),
            "Reshape them.",
            _OPERANDS,
        )


def _infer(images, rows, columns, nearest, constant, fill):
    _check("sample_pictures", images, rows, columns)
    return Spec((*rows.shape, images.shape[3]), images.dtype)


def _transposed_infer(g, rows, columns, nearest, constant, fill, shape):
    _check("sample_pictures_transpose", Spec(tuple(shape), g.dtype), rows, columns)
    return Spec(tuple(shape), g.dtype)


def _rule(g, y, images, rows, columns, **attrs):
    return apply(_transposed, (g, rows, columns), {**attrs, "shape": tuple(images._shape)})


def _by_place(axis):
    """The gradient by rows or columns: how the line between two pixels rises."""

    def rule(g, y, images, rows, columns, nearest, constant, fill):
        if nearest:
            return zeros_like(rows)
        attrs = {"nearest": False, "constant": constant, "fill": fill}
        places = [rows, columns]
        low = floor(places[axis])
        ends = []
        for end in (low, low + 1.0):
            places[axis] = end
            ends.append(apply(_sample, (images, *places), attrs))
        rise = reduce_sum(g * (ends[1] - ends[0]), -1)
        return cast(rise, rows._dtype)

    return rule


def _by_place_of_transpose(axis):
    def rule(h, y, g, rows, columns, shape, **attrs):
        return _by_place(axis)(g, None, h, rows, columns, **{**attrs, "fill": 0.0})

    return rule


def _cases(rng):
    for nearest in (False, True):
        for constant in (False, True):
            x = draw(rng, (2, 3, 4, 2), (-2, 2))
            places = [draw(rng, (2, 2, 5), (-1.5, size)) for size in (3, 4)]
            attrs = {"nearest": nearest, "constant": constant, "fill": 0.5 if constant else 0.0}
            yield x, places, attrs


_sample = Op(
    "sample_pictures",
    _kernel,
    _infer,
    per_input(_rule, _by_place(0), _by_place(1)),
    samples=lambda rng: [((x, *places), attrs) for x, places, attrs in _cases(rng)],
    tolerance=4,
    compiled_from=1 << 15,
    doc="Pictures at places between their pixels: by straight lines, or the nearest pixel.",
)
_transposed = Op(
    "sample_pictures_transpose",
    _transposed_kernel,
    _transposed_infer,
    per_input(
        lambda h, y, g, rows, columns, shape, **attrs: apply(
            _sample, (h, rows, columns), {**attrs, "fill": 0.0}
        ),
        _by_place_of_transpose(0),
        _by_place_of_transpose(1),
    ),
    samples=lambda rng: [
        ((draw(rng, (2, 2, 5, 2), (-2, 2)), *places), {**attrs, "shape": x.shape})
        for x, places, attrs in _cases(rng)
    ],
    tolerance="scale",
    compiled_from=1 << 15,
    doc="Adds up what is given to places between pixels: the transpose of sample_pictures.",
)


def sample_pictures(images, rows, columns, nearest=False, constant=False, fill=0.0):
    """Pictures at places between their pixels.

    Args:
      images: floats (batch, height, width, channels).
      rows, columns: floats (batch, h, w): the places; the first pixel's centre is 0.
      nearest: take the nearest pixel.
      constant: what is beyond the edge is `fill`, a number; otherwise the pixel at the edge.

    Returns:
      (batch, h, w, channels).
    """
    attrs = {"nearest": nearest, "constant": constant, "fill": float(fill)}
    return apply(_sample, tuple(map(tensor_of, (images, rows, columns))), attrs)
