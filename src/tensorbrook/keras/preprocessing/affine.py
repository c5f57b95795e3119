"""Turning, moving, shearing and zooming one picture, an array: Keras 2's functions."""

import math

import numpy as np

from ...ops.image.files import pillow
from ..utils.pictures import array_to_img, img_to_array


def _reflect(place, size):
    whole = 2 * size
    place = np.mod(place, whole)
    return np.where(place >= size, whole - place - 1, place)


def _wrap(place, size):
    last = max(size - 1, 1)
    below, above = place < 0, place > size - 1
    moved = np.where(below, place + last * (np.trunc(-place / last) + 1), place)
    return np.where(above, place - last * np.trunc(place / last), moved)


_FILLS = {
    "nearest": lambda place, size: np.clip(place, 0, size - 1),
    "reflect": _reflect,
    "wrap": _wrap,
    "constant": lambda place, size: place,
}


def _sampled(channels, rows, columns, fill_mode, cval, order):
    """Pixels of (channels, height, width) at places between them: (channels, *places)."""
    if fill_mode not in _FILLS:
        raise ValueError(f"fill_mode must be one of {sorted(_FILLS)}, got {fill_mode!r}.")
    if order not in (0, 1):
        raise NotImplementedError(
            f"Splines of order {order} are not built: interpolation_order is 0 (nearest) or 1."
        )
    sizes = channels.shape[1:]
    outside = np.zeros(rows.shape, bool)
    if fill_mode == "constant":
        for place, size in zip((rows, columns), sizes):
            outside |= (place < 0) | (place > size - 1)
    places = [_FILLS[fill_mode](place, size) for place, size in zip((rows, columns), sizes)]

    def at(row, column):
        row, column = (np.clip(n, 0, s - 1).astype(int) for n, s in zip((row, column), sizes))
        return channels[:, row, column]

    if order == 0:
        found = at(*(np.floor(place + 0.5) for place in places))
    else:
        top, left = (np.floor(place) for place in places)
        down, right = places[0] - top, places[1] - left
        upper = at(top, left) * (1 - right) + at(top, left + 1) * right
        lower = at(top + 1, left) * (1 - right) + at(top + 1, left + 1) * right
        found = upper * (1 - down) + lower * down
    return np.where(outside, cval, found).astype(channels.dtype)


def _matrix(theta, tx, ty, shear, zx, zy, height, width):
    """The 3x3 matrix from places of the result to places of the picture, about the middle."""
    turn, lean = math.radians(theta), math.radians(shear)
    steps = (
        (theta, [[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0]]),
        (tx or ty, [[1, 0, tx], [0, 1, ty]]),
        (shear, [[1, -math.sin(lean), 0], [0, math.cos(lean), 0]]),
        (zx != 1 or zy != 1, [[zx, 0, 0], [0, zy, 0]]),
    )
    matrix = None
    for wanted, rows in steps:
        if wanted:
            step = np.array([*rows, [0, 0, 1]], float)
            matrix = step if matrix is None else matrix @ step
    if matrix is None:
        return None
    middle = np.array([[1, 0, height / 2 - 0.5], [0, 1, width / 2 - 0.5], [0, 0, 1]])
    return middle @ matrix @ np.linalg.inv(middle)


def apply_affine_transform(
    x,
    theta=0,
    tx=0,
    ty=0,
    shear=0,
    zx=1,
    zy=1,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    order=1,
):
    """A picture turned, moved, sheared and zoomed, in this order.

    Args:
      x: an array of 3 axes.
      theta: the angle in degrees.
      tx, ty: how far to move, along `col_axis` and `row_axis` where rows come first.
      shear: the angle in degrees.
      zx, zy: the part of the rows and of the columns that is shown.
      row_axis, col_axis, channel_axis: which axis is which.
      fill_mode: what is beyond the edge: "nearest", "constant", "reflect" or "wrap".
      cval: the constant.
      order: 0 for the nearest pixel, 1 for straight lines between pixels.

    Raises:
      ValueError: axes that are not those of a picture, another fill_mode.
      NotImplementedError: a higher order.

    Example:
    >>> image = tf.keras.preprocessing.image
    >>> x = np.arange(4.0).reshape(2, 2, 1)
    >>> turned = image.apply_affine_transform(x, 90, row_axis=0, col_axis=1, channel_axis=2)
    >>> turned[..., 0].round()
    array([[1., 3.],
           [0., 2.]])
    """
    if sorted((row_axis, col_axis, channel_axis)) != [0, 1, 2] or np.ndim(x) != 3:
        raise ValueError(
            "row_axis, col_axis and channel_axis must be 0, 1 and 2 in some order, x of 3 axes, "
            f"got {row_axis}, {col_axis}, {channel_axis} and shape {np.shape(x)}."
        )
    order_of_axes = (channel_axis, row_axis, col_axis)
    channels = np.transpose(x, order_of_axes)
    _, height, width = channels.shape
    matrix = _matrix(theta, tx, ty, shear, zx, zy, height, width)
    if matrix is None:
        return x
    row, column = np.meshgrid(np.arange(height), np.arange(width), indexing="ij")
    if col_axis > row_axis:  # the matrix is for (x, y), arrays are indexed (y, x)
        matrix = matrix[[1, 0, 2]][:, [1, 0, 2]]
    rows, columns, _ = np.tensordot(matrix, np.stack([row, column, np.ones_like(row)]), 1)
    y = _sampled(channels, rows, columns, fill_mode, cval, order)
    return np.transpose(y, np.argsort(order_of_axes))


def _axes(row_axis, col_axis, channel_axis):
    return {"row_axis": row_axis, "col_axis": col_axis, "channel_axis": channel_axis}


def random_rotation(
    x,
    rg,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """A picture turned by up to `rg` degrees; the arguments are those of `apply_affine_transform`.

    Example:
    >>> x = np.ones((3, 3, 1))
    >>> tf.keras.preprocessing.image.random_rotation(x, 20, 0, 1, 2).shape
    (3, 3, 1)
    """
    theta = np.random.uniform(-rg, rg)
    axes = _axes(row_axis, col_axis, channel_axis)
    return apply_affine_transform(
        x, theta=theta, **axes, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


def random_shift(
    x,
    wrg,
    hrg,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """A picture moved by up to `wrg` of its width and `hrg` of its height.

    Example:
    >>> x = np.ones((3, 3, 1))
    >>> tf.keras.preprocessing.image.random_shift(x, 0.2, 0.2, 0, 1, 2).shape
    (3, 3, 1)
    """
    tx = np.random.uniform(-hrg, hrg) * x.shape[row_axis]
    ty = np.random.uniform(-wrg, wrg) * x.shape[col_axis]
    axes = _axes(row_axis, col_axis, channel_axis)
    return apply_affine_transform(
        x, tx=tx, ty=ty, **axes, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


def random_shear(
    x,
    intensity,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """A picture sheared by up to `intensity` degrees.

    Example:
    >>> x = np.ones((3, 3, 1))
    >>> tf.keras.preprocessing.image.random_shear(x, 10, 0, 1, 2).shape
    (3, 3, 1)
    """
    shear = np.random.uniform(-intensity, intensity)
    axes = _axes(row_axis, col_axis, channel_axis)
    return apply_affine_transform(
        x, shear=shear, **axes, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


def random_zoom(
    x,
    zoom_range,
    row_axis=1,
    col_axis=2,
    channel_axis=0,
    fill_mode="nearest",
    cval=0.0,
    interpolation_order=1,
):
    """A picture zoomed by numbers of `zoom_range`, two numbers, apart for rows and columns.

    Raises:
      ValueError: `zoom_range` is no pair.

    Example:
    >>> x = np.ones((3, 3, 1))
    >>> tf.keras.preprocessing.image.random_zoom(x, (0.8, 1.2), 0, 1, 2).shape
    (3, 3, 1)
    """
    if len(zoom_range) != 2:
        raise ValueError(
            f"`zoom_range` should be a tuple or list of two floats. Received: {zoom_range}"
        )
    zx, zy = (1, 1) if tuple(zoom_range) == (1, 1) else np.random.uniform(*zoom_range, 2)
    axes = _axes(row_axis, col_axis, channel_axis)
    return apply_affine_transform(
        x, zx=zx, zy=zy, **axes, fill_mode=fill_mode, cval=cval, order=interpolation_order
    )


def apply_channel_shift(x, intensity, channel_axis=0):
    """A picture with a number added, clipped to the range its values had.

    Example:
    >>> tf.keras.preprocessing.image.apply_channel_shift(np.array([[[0.0, 2.0]]]), 1.0)
    array([[[1., 2.]]])
    """
    return np.clip(np.asarray(x) + intensity, np.min(x), np.max(x))


def random_channel_shift(x, intensity_range, channel_axis=0):
    """`apply_channel_shift` by a number of up to `intensity_range`.

    Example:
    >>> tf.keras.preprocessing.image.random_channel_shift(np.ones((1, 2, 3)), 5.0).shape
    (1, 2, 3)
    """
    return apply_channel_shift(x, np.random.uniform(-intensity_range, intensity_range))


def apply_brightness_shift(x, brightness, scale=True):
    """A picture whose brightness is multiplied.

    Args:
      x: an array (height, width, channels).
      brightness: the factor.
      scale: stretch the values to [0, 255]; False only does so, and back, where they are out of it.

    Example:
    >>> x = np.full((1, 1, 3), 100.0)
    >>> tf.keras.preprocessing.image.apply_brightness_shift(x, 0.5, scale=False).ravel()
    array([50., 50., 50.], dtype=float32)
    """
    pillow()
    from PIL import ImageEnhance

    low, high = np.min(x), np.max(x)
    outside = low < 0 or high > 255
    picture = array_to_img(x, scale=outside or scale)
    y = img_to_array(ImageEnhance.Brightness(picture).enhance(brightness))
    return y / 255 * (high - low) + low if outside and not scale else y


def random_brightness(x, brightness_range, scale=True):
    """`apply_brightness_shift` by a number of `brightness_range`, two numbers.

    Raises:
      ValueError: `brightness_range` is no pair.

    Example:
    >>> x = np.full((1, 1, 3), 100.0)
    >>> tf.keras.preprocessing.image.random_brightness(x, (0.5, 1.5)).shape
    (1, 1, 3)
    """
    if len(brightness_range) != 2:
        raise ValueError(
            f"`brightness_range should be tuple or list of two floats. Received: {brightness_range}"
        )
    return apply_brightness_shift(x, np.random.uniform(*brightness_range), scale)
