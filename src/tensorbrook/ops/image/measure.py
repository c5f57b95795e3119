"""Comparing pictures, and what changes within one: PSNR, SSIM, gradients, edges."""

import math

import numpy as np

from ... import ops
from ...base.errors import InvalidArgumentError
from ...base.shapes import differs
from ...core.dispatch import public, tensor_of
from .colour import check_floats, convert_image_dtype
from .resize import batched


def _comparable(name, a, b, max_val):
    """(a, b, max_val) in float32, each (..., height, width, channels) of one shape."""
    a, b = tensor_of(a), tensor_of(b)
    if len(a._shape) < 3 or len(b._shape) < 3:
        raise ValueError(
            f"[{name}] pictures must have at least 3 dimensions, got {a.shape} and {b.shape}."
        )
    if differs(a._shape[-3:], b._shape[-3:]):
        raise ValueError(f"[{name}] shapes {a.shape} and {b.shape} are not compatible.")
    if a.dtype != b.dtype:
        raise InvalidArgumentError(
            f"[{name}] pictures of dtypes {a.dtype.name} and {b.dtype.name}: tf.cast one of them."
        )
    largest = convert_image_dtype(ops.cast(max_val, a.dtype), "float32")
    return convert_image_dtype(a, "float32"), convert_image_dtype(b, "float32"), largest


@public("image.psnr")
def psnr(a, b, max_val, name=None):
    """The peak signal-to-noise ratio between pictures, in decibels: 10 log10(max_val^2 / mse).

    Args:
      a, b: pictures (..., height, width, channels).
      max_val: the range of their values: 255 for uint8.

    Returns:
      float32, one for each pair.

    Raises:
      ValueError: shapes that differ.

    Example:
    >>> tf.image.psnr(tf.zeros([2, 2, 1]), tf.fill([2, 2, 1], 0.1), max_val=1.0).numpy().round(3)
    np.float32(20.0)
    """
    a, b, largest = _comparable("psnr", a, b, max_val)
    mse = ops.reduce_mean(ops.squared_difference(a, b), [-3, -2, -1])
    return (20 / math.log(10)) * ops.log(largest) - (10 / math.log(10)) * ops.log(mse)


def _blur(size, sigma):
    """A function that takes weighted means under a window shaped like a bell."""
    away = np.arange(size, dtype=np.float32) - np.float32(size - 1) / 2
    bell = -0.5 * np.square(away) / np.float32(sigma) ** 2
    bell = np.exp(bell[:, None] + bell[None, :])
    bell = (bell / bell.sum())[:, :, None, None].astype(np.float32)

    def blur(x):
        *lead, height, width, channels = x._shape
        x = ops.reshape(x, (math.prod(lead), height, width, channels))
        kernel = ops.tile(ops.constant(bell), (1, 1, channels, 1))
        y = ops.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "VALID")
        return ops.reshape(y, (*lead, *y._shape[1:]))

    return blur


def _similarity(x, y, largest, blur, k1, k2):
    """(similarity, contrast and structure), for each pixel and channel."""
    c1, c2 = (k1 * largest) ** 2, (k2 * largest) ** 2
    mean_x, mean_y = blur(x), blur(y)
    product, squares = mean_x * mean_y * 2.0, mean_x**2 + mean_y**2
    light = (product + c1) / (squares + c1)
    structure = (blur(x * y) * 2.0 - product + c2) / (blur(x**2 + y**2) - squares + c2)
    return light * structure, structure


def _check_window(name, x, filter_size):
    if any(s.__class__ is int and s < filter_size for s in x._shape[-3:-1]):
        raise InvalidArgumentError(
            f"[{name}] pictures of {list(x._shape[-3:-1])} are smaller than filter_size = "
            f"{filter_size}: give a smaller one."
        )


@public("image.ssim")
def ssim(
    img1,
    img2,
    max_val,
    filter_size=11,
    filter_sigma=1.5,
    k1=0.01,
    k2=0.03,
    return_index_map=False,
):
    """The structural similarity of pictures (Wang and others, 2004): 1 for equal ones.

    Args:
      img1, img2: pictures (..., height, width, channels).
      max_val: the range of their values.
      filter_size, filter_sigma: the window, which has the shape of a bell.
      k1, k2: keep quotients of small numbers from mattering.
      return_index_map: give a number for each window, not their mean.

    Raises:
      ValueError: shapes that differ. InvalidArgumentError: pictures smaller than the window.

    Example:
    >>> tf.image.ssim(tf.ones([12, 12, 3]), tf.ones([12, 12, 3]), max_val=1.0).numpy()
    np.float32(1.0)
    """
    a, b, largest = _comparable("ssim", img1, img2, max_val)
    _check_window("ssim", a, filter_size)
    value, _ = _similarity(a, b, largest, _blur(filter_size, filter_sigma), k1, k2)
    return ops.reduce_mean(value, [-1] if return_index_map else [-3, -2, -1])


def _halved(x):
    *lead, height, width, channels = x._shape
    x = ops.reshape(x, (math.prod(lead), height, width, channels))
    if height % 2 or width % 2:
        x = ops.pad(x, [(0, 0), (0, height % 2), (0, width % 2), (0, 0)], "SYMMETRIC")
    x = ops.avg_pool2d(x, 2, 2, "VALID")
    return ops.reshape(x, (*lead, *x._shape[1:]))


@public("image.ssim_multiscale")
def ssim_multiscale(
    img1,
    img2,
    max_val,
    power_factors=(0.0448, 0.2856, 0.3001, 0.2363, 0.1333),
    filter_size=11,
    filter_sigma=1.5,
    k1=0.01,
    k2=0.03,
):
    """The structural similarity at several sizes, each half of the one before.

    Args:
      power_factors: the exponent of each size; the picture must be large enough for all of them.

    The other arguments are those of `tf.image.ssim`.

    Example:
    >>> x = tf.ones([24, 24, 1])
    >>> tf.image.ssim_multiscale(x, x, 1.0, power_factors=(0.5, 0.5)).numpy()
    np.float32(1.0)
    """
    a, b, largest = _comparable("ssim_multiscale", img1, img2, max_val)
    blur, parts, value = _blur(filter_size, filter_sigma), [], None
    for k in range(len(power_factors)):
        if k:
            a, b = _halved(a), _halved(b)
        _check_window("ssim_multiscale", a, filter_size)
        maps = _similarity(a, b, largest, blur, k1, k2)
        value, structure = (ops.relu(ops.reduce_mean(m, [-3, -2])) for m in maps)
        parts.append(structure)
    parts = ops.stack([*parts[:-1], value], -1)
    powers = ops.constant(power_factors, "float32")
    return ops.reduce_mean(ops.reduce_prod(parts**powers, -1), -1)


@public("image.total_variation")
def total_variation(images, name=None):
    """The sum of the differences between neighbouring pixels, in size.

    Args:
      images: (batch, height, width, channels), or without the batch.

    Returns:
      One number for each picture.

    Example:
    >>> tf.image.total_variation([[[1.0], [3.0]], [[0.0], [0.0]]]).numpy()
    np.float32(6.0)
    """
    x, leave = batched("total_variation", images)
    down, across = x[:, 1:] - x[:, :-1], x[:, :, 1:] - x[:, :, :-1]
    total = sum(ops.reduce_sum(ops.abs(d), [1, 2, 3]) for d in (down, across))
    return leave(total)


@public("image.image_gradients")
def image_gradients(image):
    """The differences to the next row and to the next column; 0 in the last ones.

    Args:
      image: (batch, height, width, channels).

    Returns:
      (dy, dx), each in the shape of the pictures.

    Raises:
      ValueError: not 4 dimensions.

    Example:
    >>> dy, dx = tf.image.image_gradients(tf.reshape(tf.range(4), [1, 2, 2, 1]))
    >>> dy.numpy().ravel(), dx.numpy().ravel()
    (array([2, 2, 0, 0], dtype=int32), array([1, 0, 1, 0], dtype=int32))
    """
    x = tensor_of(image)
    if len(x._shape) != 4:
        raise ValueError(
            "image_gradients expects a 4D tensor [batch_size, h, w, d], not " + f"{x.shape}."
        )
    dy = ops.pad(x[:, 1:] - x[:, :-1], [(0, 0), (0, 1), (0, 0), (0, 0)])
    dx = ops.pad(x[:, :, 1:] - x[:, :, :-1], [(0, 0), (0, 0), (0, 1), (0, 0)])
    return dy, dx


@public("image.sobel_edges")
def sobel_edges(image):
    """How pictures change downwards and to the right, by Sobel's filters.

    Args:
      image: floats (batch, height, width, channels).

    Returns:
      (batch, height, width, channels, 2): the change along the height, and along the width.

    Example:
    >>> x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    >>> tf.image.sobel_edges(x).numpy()[0, 1, 1, 0]
    array([24.,  8.], dtype=float32)
    """
    x = tensor_of(image)
    if len(x._shape) != 4:
        raise ValueError(f"[sobel_edges] image must have 4 dimensions, got {x.shape}.")
    check_floats("sobel_edges", x)
    x = ops.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)], "REFLECT")
    down, across = x[:, 2:] - x[:, :-2], x[:, :, 2:] - x[:, :, :-2]
    dy = down[:, :, :-2] + 2.0 * down[:, :, 1:-1] + down[:, :, 2:]
    dx = across[:, :-2] + 2.0 * across[:, 1:-1] + across[:, 2:]
    return ops.stack([dy, dx], -1)
