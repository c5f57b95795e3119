"""Adaptive pooling: axes brought to a given size, whatever theirs is.

Region i of `count` along an axis of size n reaches from floor(i * n / count) to
ceil((i + 1) * n / count).
"""

from .cast import cast
from .create import range_
from .elementwise import minimum
from .index import gather
from .reduce import reduce_max, reduce_mean, reduce_sum
from .shape import expand_dims, reshape


def _regions(x, axis, count):
    """(x with the axis as (count, longest region), which elements belong to a region or None)."""
    before, size, after = x._shape[:axis], x._shape[axis], x._shape[axis + 1 :]
    if isinstance(size, int) and size % count == 0:
        return reshape(x, (*before, count, size // count, *after)), None
    number = expand_dims(range_(count), 1)
    start, end = number * size // count, ((number + 1) * size + count - 1) // count
    places = start + range_((size + count - 1) // count + 1)
    # Places past a region's end repeat its last element: the maximum is the same.
    return gather(x, minimum(places, end - 1), axis=axis), places < end


def maxima_of_regions(x, axes, counts):
    """The maxima of `counts` regions along each of `axes`.

    Example:
    >>> from tensorbrook.ops.regions import maxima_of_regions
    >>> maxima_of_regions(tf.range(5.0), [0], [2]).numpy()
    array([2., 4.], dtype=float32)
    """
    for axis, count in zip(axes, counts):
        x = reduce_max(_regions(x, axis, count)[0], axis + 1)
    return x


def means_of_regions(x, axes, counts):
    """The means of `counts` regions along each of `axes`.

    Example:
    >>> from tensorbrook.ops.regions import means_of_regions
    >>> means_of_regions(tf.range(5.0), [0], [2]).numpy()
    array([1., 3.], dtype=float32)
    """
    for axis, count in zip(axes, counts):
        regions, inside = _regions(x, axis, count)
        if inside is None:
            x = reduce_mean(regions, axis + 1)
            continue
        weight = cast(inside, regions.dtype)
        weight = weight / reduce_sum(weight, 1, True)
        weight = reshape(weight, (*weight._shape, *[1] * (len(x._shape) - axis - 1)))
        x = reduce_sum(regions * weight, axis + 1)
    return x
