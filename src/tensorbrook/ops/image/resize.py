"""Pictures in another size: tf.image.resize and its kin.

Either axis is resized by itself, as a product with a matrix that depends on sizes alone. Where a
new pixel comes from at most four old ones, these are gathered and weighted; methods that see more
of them multiply by the matrix.
"""

import numpy as np

from ... import ops
from ...base.dims import Undecided, has_dims
from ...base.errors import InvalidArgumentError
from ...core.dispatch import public, register_public, tensor_of
from ..sampling import sample_pictures
from ..shape import static_ints

PROMPT = ">" * 3 + " "  # of examples that are made for a whole family


class ResizeMethod:
    """The names of the methods of `tf.image.resize`.

    Example:
    >>> tf.image.ResizeMethod.BILINEAR
    'bilinear'
    """

    AREA = "area"
    BICUBIC = "bicubic"
    BILINEAR = "bilinear"
    GAUSSIAN = "gaussian"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    MITCHELLCUBIC = "mitchellcubic"
    NEAREST_NEIGHBOR = "nearest"


register_public(ResizeMethod, "image.ResizeMethod")


def batched(name, image):
    """(the pictures as a batch, a function that undoes it).

    Raises:
      ValueError: neither 3 nor 4 axes.
    """
    x = tensor_of(image)
    if len(x._shape) == 4:
        return x, lambda y: y
    if len(x._shape) == 3:
        return ops.expand_dims(x, 0), lambda y: ops.squeeze(y, (0,))
    raise ValueError(
        f"[{name}] 'image' must have either 3 or 4 dimensions (height, width, channels, with or "
        f"without a batch before them), got shape {x.shape}: tf.expand_dims or tf.reshape it."
    )


# -- which pixels, and how much of each ------------------------------------------------------------


def _places(size, out):
    """For each new pixel its centre among the old ones, where pixel 0 has its centre at 0."""
    if has_dims((size, out)):
        numbers = (ops.cast(x, "float32") for x in (ops.range(out), size, out))
    else:  # of the same sizes again and again
        numbers = np.arange(out, dtype=np.float32), np.float32(size), np.float32(out)
    centre, size, out = numbers
    return (centre + np.float32(0.5)) * (size / out) - np.float32(0.5)


def _nearest_taps(size, out):
    scale = ops.cast(size, "float32") / ops.cast(out, "float32")
    place = ops.floor((ops.cast(ops.range(out), "float32") + 0.5) * scale)
    return [(ops.minimum(ops.cast(place, "int32"), ops.cast(size, "int32") - 1), None)]


def _keys_cubic(x, a=-0.5):
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
    return ops.where(x < 1, near, ops.where(x < 2, far, x * 0))


def _cubic_taps(size, out):
    """TensorFlow rounds the part between two pixels to 1/1024; pixels beyond the edge are left out.

    The rest of the weights then makes up for them.
    """
    place = _places(size, out)
    low = ops.floor(place)
    part = ops.rint((place - low) * 1024.0) / 1024.0
    numbers = [ops.cast(low, "int32") + k for k in (-1, 0, 1, 2)]
    weights = [_keys_cubic(ops.abs(part - k)) for k in (-1.0, 0.0, 1.0, 2.0)]
    last = ops.cast(size, "int32") - 1
    inside = [ops.logical_and(ops.greater_equal(n, 0), n <= last) for n in numbers]
    weights = [ops.where(i, w, w * 0) for i, w in zip(inside, weights)]
    total = weights[0] + weights[1] + weights[2] + weights[3]
    return [(ops.clip_by_value(n, 0, last), w / total) for n, w in zip(numbers, weights)]


TAPS = {"nearest": _nearest_taps, "bicubic": _cubic_taps}


def _triangle(x):
    return ops.maximum(1 - x, 0)


def _mitchell(x):
    near = ((7 * x - 12) * x * x + 16 / 3) / 6
    far = (((-7 / 3 * x + 12) * x - 20) * x + 32 / 3) / 6
    return ops.where(x < 1, near, ops.where(x < 2, far, x * 0))


def _gaussian(x):
    return ops.where(x < 1.5, ops.exp(-2.0 * x * x), x * 0)


def _lanczos(radius):
    def kernel(x):
        safe = ops.maximum(x, 1e-3)
        wave = radius * ops.sin(np.pi * safe) * ops.sin(np.pi * safe / radius) / (np.pi * safe) ** 2
        return ops.where(x > radius, x * 0, ops.where(x <= 1e-3, x * 0 + 1, wave))

    return kernel


KERNELS = {
    "bilinear": _triangle,
    "bicubic": _keys_cubic,
    "mitchellcubic": _mitchell,
    "lanczos3": _lanczos(3.0),
    "lanczos5": _lanczos(5.0),
    "gaussian": _gaussian,
}


def _kernel_matrix(method, size, out, antialias):
    """The matrix (out, size): a kernel around each new pixel's centre, with a sum of 1 in a row.

    With `antialias` the kernel is as wide as a new pixel, where that is wider than an old one.
    """
    inverse = 1 / (ops.cast(out, "float32") / ops.cast(size, "float32"))
    width = ops.maximum(inverse, 1.0) if antialias else 1.0
    centre = (ops.cast(ops.range(out), "float32") + 0.5) * inverse
    away = (ops.cast(ops.range(size), "float32") + 0.5) - ops.expand_dims(centre, 1)
    weights = KERNELS[method](ops.abs(away) / width)
    return weights / ops.reduce_sum(weights, 1, keepdims=True)


def _area_matrix(size, out):
    """The matrix (out, size): which part of a new pixel an old one covers."""
    scale = ops.cast(size, "float32") / ops.cast(out, "float32")
    start = ops.expand_dims(ops.cast(ops.range(out), "float32"), 1) * scale
    pixel = ops.cast(ops.range(size), "float32")
    covered = ops.minimum(pixel + 1, start + scale) - ops.maximum(pixel, start)
    return ops.maximum(covered, 0) / scale


# -- one axis, then the other ----------------------------------------------------------------------


def _by_taps(x, axis, taps):
    total = None
    for numbers, weights in taps:
        part = ops.gather(x, numbers, axis=axis)
        if weights is not None:
            part = part * ops.reshape(ops.cast(weights, x.dtype), (-1, *(1,) * (3 - axis)))
        total = part if total is None else total + part
    return total


def _by_matrix(x, axis, matrix):
    batch, height, width, channels = x._shape
    out, matrix = matrix._shape[0], ops.cast(matrix, x.dtype)
    if axis == 1:
        flat = ops.matmul(matrix, ops.reshape(x, (batch, height, width * channels)))
        return ops.reshape(flat, (batch, out, width, channels))
    across = ops.transpose(x, (0, 1, 3, 2))  # rows of pixels of one channel
    flat = ops.matmul(ops.reshape(across, (-1, width)), matrix, transpose_b=True)
    return ops.transpose(ops.reshape(flat, (batch, height, channels, out)), (0, 1, 3, 2))


def _by_lines(x, size):
    """Between the four pixels around each place."""
    shape = (x._shape[0], *size)
    rows, columns = (_places(old, new) for old, new in zip(x._shape[1:3], size))
    rows = ops.broadcast_to(ops.reshape(rows, (1, -1, 1)), shape)
    columns = ops.broadcast_to(ops.reshape(columns, (1, 1, -1)), shape)
    return sample_pictures(x, rows, columns)


def resized(x, size, method, antialias=False):
    """A batch of pictures of floats, of any dtype for "nearest", in another size."""
    if method == "bilinear" and not antialias:
        return _by_lines(x, size)
    for axis, out in zip((1, 2), size):
        old = x._shape[axis]
        if method == "area":
            x = _by_matrix(x, axis, _area_matrix(old, out))
        elif method == "nearest" or (method in TAPS and not antialias):
            x = _by_taps(x, axis, TAPS[method](old, out))
        else:
            x = _by_matrix(x, axis, _kernel_matrix(method, old, out, antialias))
    return x


def resize_to_aspect(
    x, size, method="bilinear", antialias=False, crop=False, pad=False, fill_value=0.0
):
    """A batch of pictures in another size, of their own dtype; integers are rounded.

    Args:
      crop: take the largest part of the middle that has the shape of the result.
      pad: put borders of `fill_value` around the picture first, so that it has that shape.
    """
    new_height, new_width = size
    height, width = x._shape[1:3]
    fitting = [width * new_height // new_width, height * new_width // new_height]
    if crop:
        kept = [max(min(old, new), 1) for old, new in zip((height, width), fitting)]
        top, left = ((old - new) // 2 for old, new in zip((height, width), kept))
        x = x[:, top : top + kept[0], left : left + kept[1]]
    elif pad:
        borders = [max(new - old, 0) // 2 for old, new in zip((height, width), fitting)]
        around = [(0, 0), *[(border, border) for border in borders], (0, 0)]
        x = ops.pad(x, around, constant_values=ops.cast(fill_value, x.dtype))
    if method == "nearest":
        return resized(x, size, method)
    y = x if x.dtype.name == "float64" else ops.cast(x, "float32")
    y = resized(y, size, method, antialias)
    return ops.cast(y, x.dtype) if x.dtype.is_floating else ops.saturate_cast(ops.rint(y), x.dtype)


def _kept_ratio(old, size):
    """The largest size of the old shape that lies within `size`."""
    if has_dims((*old, *size)):
        raise Undecided("[resize] preserve_aspect_ratio: the new size depends on the picture's")
    scales = [np.float32(s) / np.float32(o) for s, o in zip(size, old)]
    return tuple(int(np.rint(min(scales) * np.float32(o))) for o in old)


@public("image.resize")
def resize(
    images, size, method="bilinear", preserve_aspect_ratio=False, antialias=False, name=None
):
    """Pictures in another size.

    Args:
      images: numbers (batch, height, width, channels), or without the batch.
      size: (height, width) of the result.
      method: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian" or
        "mitchellcubic"; see `tf.image.ResizeMethod`.
      preserve_aspect_ratio: keep the shape of the picture, as large as `size` allows.
      antialias: when it gets smaller, a new pixel is made of all the old ones under it.

    Returns:
      float32, but for "nearest", which keeps the dtype.

    Raises:
      ValueError: another method; pictures of another rank; a size that is no pair.
      InvalidArgumentError: a size of 0 or less.

    Example:
    >>> picture = tf.reshape(tf.range(4.0), [2, 2, 1])
    >>> tf.image.resize(picture, [2, 4]).numpy()[0, :, 0]
    array([0.  , 0.25, 0.75, 1.  ], dtype=float32)
    """
    x, leave = batched("resize", images)
    size = static_ints(size, "[resize] size")
    if len(size) != 2:
        raise ValueError(
            f"[resize] 'size' must be a 1-D int tensor of 2 elements, new_height and new_width, "
            f"got {list(size)}."
        )
    if any(s.__class__ is int and s <= 0 for s in (*size, *x._shape[1:3])):
        raise InvalidArgumentError(
            f"[resize] Sizes must be positive: got size {list(size)} for pictures of "
            f"{x.shape[1:3]}."
        )
    method = method.lower() if isinstance(method, str) else method
    if method not in {*KERNELS, *TAPS, "area"}:
        raise ValueError(
            f"[resize] Resize method is not implemented: {method!r}. It is one of "
            f"{', '.join(sorted({*KERNELS, *TAPS, 'area'}))}."
        )
    if preserve_aspect_ratio:
        size = _kept_ratio(x._shape[1:3], size)
    if method != "nearest":
        x = ops.cast(x, "float32")
    return leave(resized(x, size, method, antialias))
