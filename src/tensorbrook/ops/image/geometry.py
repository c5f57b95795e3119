"""Parts of pictures, borders around them, turning and mirroring, patches."""

from math import floor

from ... import ops
from ...base.dims import Undecided, has_dims
from ...base.dims import maximum as larger
from ...core.dispatch import public, tensor_of
from ..shape import static_int, static_ints
from .resize import batched, resize

# -- crops and borders -----------------------------------------------------------------------------


def _box(name, offset_height, offset_width, target_height, target_width):
    numbers = {
        "offset_height": offset_height,
        "offset_width": offset_width,
        "target_height": target_height,
        "target_width": target_width,
    }
    numbers = {key: static_int(value, f"[{name}] {key}") for key, value in numbers.items()}
    for key, value in numbers.items():
        least = 1 if key.startswith("target") else 0
        if value.__class__ is int and value < least:
            raise ValueError(f"[{name}] {key} must be >= {least}, got {value}.")
    return numbers.values()


@public("image.crop_to_bounding_box")
def crop_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """The part of pictures that begins at an offset and has a size.

    Args:
      image: (batch, height, width, channels), or without the batch.
      offset_height, offset_width: rows above it and columns to the left of it.
      target_height, target_width: its size.

    Raises:
      ValueError: it is not within the picture.

    Example:
    >>> picture = tf.reshape(tf.range(9), [3, 3, 1])
    >>> tf.image.crop_to_bounding_box(picture, 1, 0, 2, 2).numpy()[..., 0]
    array([[3, 4],
           [6, 7]], dtype=int32)
    """
    name = "crop_to_bounding_box"
    x, leave = batched(name, image)
    top, left, height, width = _box(name, offset_height, offset_width, target_height, target_width)
    for end, size, what in ((top + height, x._shape[1], "height"),
                            (left + width, x._shape[2], "width")):  # fmt: skip
        if not has_dims((end, size)) and end > size:
            raise ValueError(
                f"[{name}] {what} must be >= target + offset: the picture's {what} is {size}, "
                f"target + offset is {end}."
            )
    return leave(x[:, top : top + height, left : left + width])


@public("image.pad_to_bounding_box")
def pad_to_bounding_box(image, offset_height, offset_width, target_height, target_width):
    """Pictures at an offset within larger ones of zeros.

    Args:
      image: (batch, height, width, channels), or without the batch.
      offset_height, offset_width: rows of zeros above and columns to the left.
      target_height, target_width: the size of the result.

    Raises:
      ValueError: the result would be too small to hold the picture.

    Example:
    >>> tf.image.pad_to_bounding_box(tf.ones([1, 1, 1]), 0, 1, 2, 3).numpy()[..., 0]
    array([[0., 1., 0.],
           [0., 0., 0.]], dtype=float32)
    """
    name = "pad_to_bounding_box"
    x, leave = batched(name, image)
    top, left, height, width = _box(name, offset_height, offset_width, target_height, target_width)
    below, right = height - top - x._shape[1], width - left - x._shape[2]
    for after, what in ((below, "height"), (right, "width")):
        if after.__class__ is int and after < 0:
            raise ValueError(
                f"[{name}] {what} must be <= target - offset: it is larger by {-after}."
            )
    return leave(ops.pad(x, [(0, 0), (top, below), (left, right), (0, 0)]))


@public("image.central_crop")
def central_crop(image, central_fraction):
    """The middle of pictures.

    Args:
      image: (batch, height, width, channels), or without the batch.
      central_fraction: which part of either side to keep, in (0, 1].

    Raises:
      ValueError: a fraction outside of (0, 1].

    Example:
    >>> tf.image.central_crop(tf.reshape(tf.range(16), [4, 4, 1]), 0.5).numpy()[..., 0]
    array([[ 5,  6],
           [ 9, 10]], dtype=int32)
    """
    fraction = float(central_fraction)
    if not 0.0 < fraction <= 1.0:
        raise ValueError(f"[central_crop] `central_fraction` must be within (0, 1], got {fraction}")
    x, leave = batched("central_crop", image)
    if fraction == 1.0:
        return leave(x)
    sizes = x._shape[1:3]
    if has_dims(sizes):
        raise Undecided("[central_crop] the size of the result depends on the picture's")
    starts = [int((size - size * fraction) / 2) for size in sizes]
    key = [slice(start, size - start) for start, size in zip(starts, sizes)]
    return leave(x[(slice(None), *key)])


@public("image.resize_with_crop_or_pad")
def resize_with_crop_or_pad(image, target_height, target_width):
    """Pictures of another size: cut off evenly, or with zeros around them, never scaled.

    Args:
      image: (batch, height, width, channels), or without the batch.
      target_height, target_width: the size of the result.

    Raises:
      ValueError: a size below 1.

    Example:
    >>> tf.image.resize_with_crop_or_pad(tf.ones([1, 4, 1]), 3, 2).numpy()[..., 0]
    array([[0., 0.],
           [1., 1.],
           [0., 0.]], dtype=float32)
    """
    name = "resize_with_crop_or_pad"
    x, leave = batched(name, image)
    _, _, *target = _box(name, 0, 0, target_height, target_width)
    over = [size - t for size, t in zip(x._shape[1:3], target)]
    crop = [larger(o // 2, 0) for o in over]
    pad = [larger(-o // 2, 0) for o in over]
    kept = [o if has_dims((o, t)) else min(o, t) for o, t in zip(x._shape[1:3], target)]
    if has_dims(kept):  # the smaller of two, with the larger that a Dim knows
        kept = [o + t - larger(o, t) for o, t in zip(x._shape[1:3], target)]
    x = x[:, crop[0] : crop[0] + kept[0], crop[1] : crop[1] + kept[1]]
    around = [(p, t - p - k) for p, t, k in zip(pad, target, kept)]
    return leave(ops.pad(x, [(0, 0), *around, (0, 0)]))


@public("image.resize_with_pad")
def resize_with_pad(image, target_height, target_width, method="bilinear", antialias=False):
    """Pictures scaled to fit into a size, with zeros where they are of another shape.

    Args:
      image: (batch, height, width, channels), or without the batch.
      target_height, target_width: the size of the result.
      method, antialias: as in `tf.image.resize`.

    Raises:
      ValueError: a size below 1.

    Example:
    >>> tf.image.resize_with_pad(tf.ones([2, 4, 1]), 4, 4).numpy()[..., 0]
    array([[0., 0., 0., 0.],
           [1., 1., 1., 1.],
           [1., 1., 1., 1.],
           [0., 0., 0., 0.]], dtype=float32)
    """
    name = "resize_with_pad"
    x, leave = batched(name, image)
    _, _, *target = _box(name, 0, 0, target_height, target_width)
    sizes = x._shape[1:3]
    if has_dims((*sizes, *target)):
        raise Undecided("[resize_with_pad] the new size depends on the picture's")
    ratio = max(size / t for size, t in zip(sizes, target))
    exact = [size / ratio for size in sizes]
    offset = [max(0, floor((t - e) / 2)) for t, e in zip(target, exact)]
    x = resize(x, [floor(e) for e in exact], method, antialias=antialias)
    return leave(pad_to_bounding_box(x, *offset, *target))


# -- turning and mirroring -------------------------------------------------------------------------


@public("image.flip_left_right")
def flip_left_right(image):
    """Pictures mirrored from left to right.

    Args:
      image: (batch, height, width, channels), or without the batch.

    Example:
    >>> tf.image.flip_left_right([[[1], [2]]]).numpy().ravel()
    array([2, 1], dtype=int32)
    """
    x, leave = batched("flip_left_right", image)
    return leave(ops.reverse(x, [2]))


@public("image.flip_up_down")
def flip_up_down(image):
    """Pictures upside down.

    Args:
      image: (batch, height, width, channels), or without the batch.

    Example:
    >>> tf.image.flip_up_down([[[1]], [[2]]]).numpy().ravel()
    array([2, 1], dtype=int32)
    """
    x, leave = batched("flip_up_down", image)
    return leave(ops.reverse(x, [1]))


@public("image.transpose")
def transpose(image, name=None):
    """Pictures with their rows as columns.

    Args:
      image: (batch, height, width, channels), or without the batch.

    Example:
    >>> tf.image.transpose(tf.zeros([2, 3, 1])).shape
    TensorShape([3, 2, 1])
    """
    x, leave = batched("transpose", image)
    return leave(ops.transpose(x, (0, 2, 1, 3)))


@public("image.rot90")
def rot90(image, k=1, name=None):
    """Pictures turned by quarters, against the clock.

    Args:
      image: (batch, height, width, channels), or without the batch.
      k: how many quarters.

    Example:
    >>> tf.image.rot90([[[1], [2]], [[3], [4]]]).numpy()[..., 0]
    array([[2, 4],
           [1, 3]], dtype=int32)
    """
    x, leave = batched("rot90", image)
    k = static_int(k, "[rot90] k") % 4
    if k % 2:
        x = ops.transpose(x, (0, 2, 1, 3))
    mirrored = {0: [], 1: [1], 2: [1, 2], 3: [2]}[k]
    return leave(ops.reverse(x, mirrored) if mirrored else x)


# -- patches ---------------------------------------------------------------------------------------


def _starts(size, window, stride, padding):
    """(number of windows, zeros before, zeros after) along one axis."""
    if padding == "VALID":
        return (size - window) // stride + 1, 0, 0
    count = (size - 1) // stride + 1
    total = larger((count - 1) * stride + window - size, 0)
    return count, total // 2, total - total // 2


@public("image.extract_patches")
def extract_patches(images, sizes, strides, rates, padding, name=None):
    """Windows of pictures, each laid out in the last axis.

    Args:
      images: (batch, height, width, channels).
      sizes: [1, height, width, 1] of a window.
      strides: [1, rows, columns, 1] from one window to the next.
      rates: [1, rows, columns, 1] from one pixel of a window to the next.
      padding: "VALID", or "SAME": with zeros around the picture.

    Returns:
      (batch, windows down, windows across, pixels of a window * channels).

    Raises:
      ValueError: pictures of another rank, or arguments that are no such lists.

    Example:
    >>> x = tf.reshape(tf.range(16), [1, 4, 4, 1])
    >>> tf.image.extract_patches(x, [1, 2, 2, 1], [1, 2, 2, 1], [1, 1, 1, 1], "VALID").numpy()[0, 0]
    array([[0, 1, 4, 5],
           [2, 3, 6, 7]], dtype=int32)
    """
    x = tensor_of(images)
    if len(x._shape) != 4:
        raise ValueError(f"[extract_patches] images must have 4 dimensions, got {x.shape}.")
    padding = padding.upper()
    if padding not in ("VALID", "SAME"):
        raise ValueError(f"[extract_patches] padding must be 'VALID' or 'SAME', got {padding!r}.")
    lists = {"sizes": sizes, "strides": strides, "rates": rates}
    for key, value in lists.items():
        lists[key] = value = static_ints(value, key)
        if len(value) != 4 or value[0] != 1 or value[3] != 1 or min(value) < 1:
            raise ValueError(
                f"[extract_patches] {key} must be [1, rows, columns, 1] of positive numbers, got "
                f"{list(value)}."
            )
    axes = list(zip(*(value[1:3] for value in lists.values())))
    counts, around = [], []
    for size, (window, stride, rate) in zip(x._shape[1:3], axes):
        count, before, after = _starts(size, (window - 1) * rate + 1, stride, padding)
        counts.append(count)
        around.append((before, after))
    x = ops.pad(x, [(0, 0), *around, (0, 0)]) if any(map(any, around)) else x
    batch, channels = x._shape[0], x._shape[-1]
    if all(window == stride and rate == 1 for window, stride, rate in axes):
        (rows, _, _), (columns, _, _) = axes
        x = x[:, : counts[0] * rows, : counts[1] * columns]
        x = ops.reshape(x, (batch, counts[0], rows, counts[1], columns, channels))
    else:
        for axis, count, (window, stride, rate) in zip((1, 3), counts, axes):
            at = ops.expand_dims(ops.range(count) * stride, 1) + ops.range(window) * rate
            x = ops.gather(x, at, axis=axis)
    x = ops.transpose(x, (0, 1, 3, 2, 4, 5))
    return ops.reshape(x, (batch, *counts, axes[0][0] * axes[1][0] * channels))


@public("image.extract_glimpse")
def extract_glimpse(
    input, size, offsets, centered=True, normalized=True, noise="uniform", name=None
):
    """A window of each picture.

    Args:
      input: (batch, height, width, channels), float32.
      size: (height, width) of the window.
      offsets: (batch, 2): where it lies, (y, x).
      centered: (0, 0) is the middle of the picture, or else its upper left corner.
      normalized: offsets count in (half) heights and widths, or else in pixels.
      noise: what is outside of the picture: "uniform" or "gaussian" numbers, "zero".

    Raises:
      ValueError: another noise, or pictures of another rank.

    Example:
    >>> x = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    >>> tf.image.extract_glimpse(x, [2, 2], [[0.0, 0.0]]).numpy()[0, :, :, 0]
    array([[ 5.,  6.],
           [ 9., 10.]], dtype=float32)
    """
    x, offsets = tensor_of(input), tensor_of(offsets)
    if len(x._shape) != 4:
        raise ValueError(f"[extract_glimpse] input must have 4 dimensions, got {x.shape}.")
    if noise not in ("uniform", "gaussian", "zero"):
        raise ValueError(f"[extract_glimpse] noise must be uniform, gaussian or zero: {noise!r}.")
    window, places = static_ints(size, "size"), []
    for k in (0, 1):
        at, whole = offsets[:, k], ops.cast(x._shape[1 + k], x.dtype)
        if normalized:
            at = ((at + 1) * whole - window[k]) / 2 if centered else at * whole
        elif centered:
            at = at + whole / 2
        places.append(ops.expand_dims(ops.cast(at, "int32"), 1) + ops.range(window[k]))
    insides = []
    for axis, place in zip((1, 2), places):
        edge = x._shape[axis] - 1
        insides.append(ops.logical_and(place >= 0, place <= edge))
        x = ops.gather(x, ops.clip_by_value(place, 0, edge), axis=axis, batch_dims=1)
    inside = ops.logical_and(ops.expand_dims(insides[0], 2), ops.expand_dims(insides[1], 1))
    around = ops.zeros_like(x)
    if noise != "zero":
        draw = ops.random_uniform if noise == "uniform" else ops.random_normal
        around = draw(ops.shape(x), dtype=x.dtype)
    return ops.where(ops.expand_dims(inside, 3), x, around)
