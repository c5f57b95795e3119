"""Values of arrays of any rank at places between their elements."""

import itertools

from ... import ops
from ...core.dispatch import tensor_of


def _mirrored(index, size):
    """... 2 1 | 0 1 2 | 1 0 ...: the edge is not repeated."""
    turn = ops.maximum(2 * (size - 1), 1)
    index = ops.floormod(ops.abs(index), turn)
    return ops.minimum(index, turn - index)


def _reflected(index, size):
    """0 1 2 | 2 1 0 ...: the edge is repeated; before the first, as Keras does it, it is not."""
    index = ops.floormod(ops.abs(index), 2 * size)
    return ops.minimum(index, 2 * size - 1 - index)


INDICES = {
    "constant": None,
    "nearest": lambda index, size: ops.clip_by_value(index, 0, size - 1),
    "wrap": ops.floormod,
    "mirror": _mirrored,
    "reflect": _reflected,
}


def sampled(images, coordinates, order, fill_mode="constant", fill_value=0.0):
    """The values of arrays at places between their elements, each array at its own.

    Args:
      images: (batch, *sizes, channels).
      coordinates: float tensors (batch, ...) of one shape, one for each size: the places.
      order, fill_mode, fill_value: as for `map_coordinates`.

    Returns:
      (batch, ..., channels); integers are rounded.
    """
    x = tensor_of(images)
    batch, *lengths, channels = x._shape
    fill, inside = ops.cast(fill_value, x.dtype), INDICES[fill_mode]
    sizes = [ops.cast(size, "int32") for size in lengths]
    strides = [1]
    for size in lengths[:0:-1]:
        strides.insert(0, strides[0] * size)
    flat, total = ops.reshape(x, (batch, strides[0] * lengths[0], channels)), None
    for taps in itertools.product(*[_taps(place, order) for place in coordinates]):
        at, weight, known = 0, None, None
        for (index, part), size, stride in zip(taps, sizes, strides):
            if inside is None:
                within = ops.logical_and(index >= 0, index < size)
                known = within if known is None else ops.logical_and(known, within)
                index = ops.clip_by_value(index, 0, size - 1)
            else:
                index = inside(index, size)
            at = index * ops.cast(stride, "int32") + at
            if part is not None:
                weight = part if weight is None else weight * part
        values = ops.gather(flat, at, batch_dims=1)
        if known is not None:
            values = ops.where(ops.expand_dims(known, -1), values, fill)
        if weight is not None:
            values = ops.cast(values, weight.dtype) * ops.expand_dims(weight, -1)
        total = values if total is None else total + values
    if total.dtype != x.dtype:
        total = ops.cast(total if x.dtype.is_floating else ops.rint(total), x.dtype)
    return total


def map_coordinates(x, coordinates, order, fill_mode="constant", fill_value=0.0):
    """The values of an array at places between its elements.

    Args:
      x: a tensor.
      coordinates: float tensors of one shape, one for each axis: the places.
      order: 0 for the nearest element, 1 to interpolate linearly.
      fill_mode: what is beyond the edge: "constant", "nearest", "wrap", "mirror" or "reflect".
      fill_value: the constant.

    Example:
    >>> from tensorbrook.ops.image.coordinates import map_coordinates
    >>> map_coordinates(tf.constant([1.0, 3.0]), [tf.constant([0.5])], order=1).numpy()
    array([2.], dtype=float32)
    """
    one = ops.expand_dims(ops.expand_dims(x, 0), -1)
    places = [ops.expand_dims(place, 0) for place in coordinates]
    return sampled(one, places, order, fill_mode, fill_value)[0, ..., 0]


def _taps(place, order):
    """[(index, weight or None)] of the elements around a place."""
    if order == 0:
        return [(ops.cast(ops.rint(place), "int32"), None)]
    low = ops.floor(place)
    part, index = place - low, ops.cast(low, "int32")
    return [(index, 1 - part), (index + 1, part)]
