"""Pictures seen through a map of the plane: pixels sampled at any places, a batch at once.

Rotations, shifts, zooms, shears and perspectives are one function, `projective_transform`;
crops of boxes and elastic distortions sample at places of their own.
"""

from ... import ops
from ...base.errors import InvalidArgumentError
from ...core.dispatch import public, tensor_of
from ..sampling import sample_pictures
from ..shape import static_ints

# Where a place beyond the edge is read.


def _reflected(place, size):
    """... 1 0 | 0 1 2 | 2 1 ...: the edge is repeated."""
    place = ops.floormod(place, 2.0 * size)
    return ops.clip_by_value(
        ops.where(place >= size, 2.0 * size - place - 1.0, place), 0.0, size - 1.0
    )


def _mirrored(place, size):
    """... 2 1 | 0 1 2 | 1 0 ...: the edge is not repeated."""
    whole = ops.maximum(2.0 * size - 2.0, 1.0)
    place = ops.floormod(place, whole)
    return ops.where(place >= size, whole - place, place)


def _wrapped(place, size):
    """... 1 2 | 0 1 2 | 0 1 ..."""
    return ops.floormod(place, size)


def _turned(place, size):
    """`_wrapped` as TensorFlow counts the turns, by one pixel less than there are."""
    last = ops.maximum(size - 1.0, 1.0)
    turns = ops.where(place < 0.0, ops.floor(-place / last) + 1.0, -ops.floor(place / last))
    inside = ops.logical_and(place >= 0.0, place <= size - 1.0)
    return ops.clip_by_value(ops.where(inside, place, place + size * turns), 0.0, size - 1.0)


def _nearest(place, size):
    """... 0 0 | 0 1 2 | 2 2 ..."""
    return ops.clip_by_value(place, 0.0, size - 1.0)


FILLS = {"constant": None, "reflect": _reflected, "mirror": _mirrored, "wrap": _wrapped,
         "nearest": _nearest}  # fmt: skip


def sample(images, rows, columns, interpolation="bilinear", fill_mode="constant", fill_value=0.0):
    """The pixels of pictures at places between them.

    Args:
      images: (batch, height, width, channels); floats, or integers, which are rounded.
      rows, columns: float32 (batch, h, w): the places, the first pixel's centre being 0.
      interpolation: "bilinear" or "nearest".
      fill_mode: what is beyond the edge: "constant", "reflect", "mirror", "wrap" or "nearest".
      fill_value: the constant.

    Returns:
      (batch, h, w, channels).
    """
    dtype = images.dtype
    if not dtype.is_floating:
        images = ops.cast(images, "float32")
    if fill_mode == "wrap":  # between the last pixel and the first
        images = ops.concat([images, images[:, :1]], 1)
        images = ops.concat([images, images[:, :, :1]], 2)
        sizes = [size - 1 for size in images._shape[1:3]]
    else:
        sizes = images._shape[1:3]
    if fill_mode != "constant":
        within = FILLS[fill_mode]
        sizes = (ops.cast(size, "float32") for size in sizes)
        rows, columns = (within(place, size) for place, size in zip((rows, columns), sizes))
    y = sample_pictures(
        images, rows, columns, interpolation == "nearest", fill_mode == "constant", fill_value
    )
    return y if dtype.is_floating else ops.cast(y, dtype)


def projective_transform(
    images, transforms, interpolation="bilinear", fill_mode="constant", fill_value=0.0, size=None
):
    """Pictures seen through a projective map of the plane, each through its own.

    Args:
      images: (batch, height, width, channels).
      transforms: float32 (batch, 8) or (1, 8): [a0, a1, a2, b0, b1, b2, c0, c1] takes the pixel of
        the result in column x and row y from ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k),
        where k = c0 x + c1 y + 1.
      interpolation, fill_mode, fill_value: as for `sample`.
      size: (height, width) of the result; that of the pictures by default.

    Returns:
      (batch, height, width, channels) of the dtype of the pictures; gradients go to the pictures.
    """
    height, width = images._shape[1:3] if size is None else static_ints(size, "size")
    transforms = ops.cast(transforms, "float32")
    t = [ops.reshape(transforms[:, k], (-1, 1, 1)) for k in range(8)]
    x = ops.reshape(ops.cast(ops.range(width), "float32"), (1, 1, width))
    y = ops.reshape(ops.cast(ops.range(height), "float32"), (1, height, 1))
    scale = t[6] * x + t[7] * y + 1.0
    columns = (t[0] * x + t[1] * y + t[2]) / scale
    rows = (t[3] * x + t[4] * y + t[5]) / scale
    if fill_mode != "constant":
        inside = _turned if fill_mode == "wrap" else FILLS[fill_mode]
        sizes = (ops.cast(size, "float32") for size in images._shape[1:3])
        rows, columns = (inside(place, size) for place, size in zip((rows, columns), sizes))
        fill_mode = "nearest"
    places = images._shape[0], height, width
    rows, columns = (ops.broadcast_to(place, places) for place in (rows, columns))
    return sample(images, rows, columns, interpolation, fill_mode, fill_value)


@public("image.crop_and_resize")
def crop_and_resize(
    image, boxes, box_indices, crop_size, method="bilinear", extrapolation_value=0.0, name=None
):
    """Boxes cut out of pictures, all scaled to one size.

    Args:
      image: (batch, height, width, channels).
      boxes: float32 (boxes, 4): [y1, x1, y2, x2] in parts of the sides. One with y1 > y2
        is upside down; what is beyond the picture has the `extrapolation_value`.
      box_indices: int32 (boxes,): which picture each is cut from.
      crop_size: (height, width).
      method: "bilinear" or "nearest".

    Returns:
      float32 (boxes, *crop_size, channels).

    Raises:
      InvalidArgumentError: shapes that do not fit, or another method.

    Example:
    >>> x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    >>> tf.image.crop_and_resize(x, [[0.0, 0.0, 0.5, 1.0]], [0], [2, 2]).numpy()[0, :, :, 0]
    array([[0., 2.],
           [3., 5.]], dtype=float32)
    """
    image, boxes = tensor_of(image), ops.cast(boxes, "float32")
    box_indices = tensor_of(box_indices)
    if len(image._shape) != 4 or len(boxes._shape) != 2 or len(box_indices._shape) != 1:
        raise InvalidArgumentError(
            "[crop_and_resize] image must be 4-D, boxes 2-D (boxes, 4) and box_indices 1-D, got "
            f"shapes {image.shape}, {boxes.shape} and {box_indices.shape}."
        )
    if method not in ("bilinear", "nearest"):
        raise InvalidArgumentError(
            f"[crop_and_resize] method must be 'bilinear' or 'nearest', got {method!r}."
        )
    places = []
    for axis, count in enumerate(static_ints(crop_size, "crop_size")):
        low, high = (ops.expand_dims(boxes[:, axis + end], 1) for end in (0, 2))
        room = ops.cast(image._shape[1 + axis], "float32") - 1.0
        if count == 1:
            place = 0.5 * (low + high) * room
        else:
            step = (high - low) * room / (count - 1.0)
            place = low * room + ops.cast(ops.range(count), "float32") * step
        places.append(place)
    shape = boxes._shape[0], places[0]._shape[1], places[1]._shape[1]
    rows = ops.broadcast_to(ops.expand_dims(places[0], 2), shape)
    columns = ops.broadcast_to(ops.expand_dims(places[1], 1), shape)
    inside = ops.cast(True, "bool")
    for place, size in zip((rows, columns), image._shape[1:3]):
        last = ops.cast(size, "float32") - 1.0
        inside = ops.logical_and(inside, ops.logical_and(place >= 0.0, place <= last))
    pictures = ops.gather(ops.cast(image, "float32"), box_indices, axis=0)
    cut = sample(pictures, rows, columns, method, "nearest")
    return ops.where(ops.expand_dims(inside, -1), cut, ops.cast(extrapolation_value, "float32"))


def perspective_matrix(start_points, end_points):
    """The map of `projective_transform` that shows what was at four points at four others.

    Args:
      start_points, end_points: float32 (batch, 4, 2): (x, y) in the picture, and in the result.

    Returns:
      float32 (batch, 8).
    """
    start, end = (ops.cast(points, "float32") for points in (start_points, end_points))
    one, zero = ops.ones_like(end[..., :1]), ops.zeros_like(end)
    point = ops.concat([end, one], -1)
    nothing = ops.concat([zero, one * 0], -1)
    rows = []
    for axis, parts in ((0, [point, nothing]), (1, [nothing, point])):
        seen = start[..., axis : axis + 1]
        rows.append(ops.concat([*parts, -end * seen], -1))
    system = ops.concat(rows, -2)
    wanted = ops.concat([start[..., 0:1], start[..., 1:2]], -2)
    return ops.squeeze(ops.solve(system, wanted), -1)
