"""Colours: dtypes of pixels, colour spaces, brightness, contrast, hue, saturation."""

import numpy as np

from ... import ops
from ...base.dtypes import FLOATS, as_dtype
from ...base.errors import InvalidArgumentError
from ...core.dispatch import public, tensor_of
from ...core.op import Spec, check_dtype
from ...core.tensor import convert_to_tensor
from .resize import PROMPT


def check_floats(name, x):
    """Raises unless the pixels are floats."""
    check_dtype(name, Spec(x._shape, x._dtype), FLOATS, "images")


def check_last(name, x, sizes, least_rank=1):
    """Raises ValueError unless the last axis, of colours, has one of some sizes."""
    size = x._shape[-1] if x._shape else None
    if len(x._shape) < least_rank or (size.__class__ is int and size not in sizes):
        raise ValueError(
            f"[{name}] pictures must have {' or '.join(map(str, sizes))} channels in the last "
            f"dimension and at least {least_rank} dimension(s), got shape {x.shape}."
        )


@public("image.convert_image_dtype")
def convert_image_dtype(image, dtype, saturate=False, name=None):
    """Pictures in another dtype, scaled: floats are in [0, 1], integers in [0, largest].

    Args:
      image: a tensor.
      dtype: the dtype of the result.
      saturate: clip what the dtype does not hold, instead of keeping its low bits.

    Raises:
      TypeError: a dtype that is neither floating nor an integer.

    Example:
    >>> tf.image.convert_image_dtype(tf.constant([0, 255], tf.uint8), tf.float32).numpy()
    array([0., 1.], dtype=float32)
    >>> tf.image.convert_image_dtype([0.0, 0.5, 1.0], tf.uint8).numpy()
    array([  0, 127, 255], dtype=uint8)
    """
    image, dtype = tensor_of(image), as_dtype(dtype)
    if not (dtype.is_floating or dtype.is_integer):
        raise TypeError(
            f"[convert_image_dtype] Only floating and integer dtypes are supported, got {dtype!r}."
        )
    if image.dtype == dtype:
        return image
    change = ops.saturate_cast if saturate else ops.cast
    if image.dtype.is_floating:
        if dtype.is_floating:
            return ops.cast(image, dtype)
        return change(image * (dtype.max + 0.5), dtype)
    if dtype.is_floating:
        return ops.cast(image, dtype) * (1.0 / image.dtype.max)
    before, after = int(image.dtype.max), int(dtype.max)
    if before > after:
        return change(image // ((before + 1) // (after + 1)), dtype)
    return change(image, dtype) * ((after + 1) // (before + 1))


def in_floats(function, image, saturate=True):
    """A function of floats on pictures of any dtype: converted before and back after it."""
    image = tensor_of(image)
    kept = image.dtype
    x = image if kept.is_floating else convert_image_dtype(image, "float32")
    return convert_image_dtype(function(x), kept, saturate=saturate)


# -- colour spaces ---------------------------------------------------------------------------------


@public("image.rgb_to_grayscale")
def rgb_to_grayscale(images, name=None):
    """The brightness of coloured pictures: (..., 3) becomes (..., 1).

    Raises:
      ValueError: other than 3 channels.

    Example:
    >>> tf.image.rgb_to_grayscale([[[1.0, 0.0, 0.0]]]).numpy()
    array([[[0.2989]]], dtype=float32)
    """
    images = tensor_of(images)
    check_last("rgb_to_grayscale", images, (3,))

    def gray(x):
        weights = ops.constant([0.2989, 0.587, 0.114], x.dtype)
        return ops.reduce_sum(x * weights, -1, keepdims=True)

    return in_floats(gray, images, saturate=False)


@public("image.grayscale_to_rgb")
def grayscale_to_rgb(images, name=None):
    """Gray pictures with three equal channels: (..., 1) becomes (..., 3).

    Raises:
      ValueError: other than 1 channel.

    Example:
    >>> tf.image.grayscale_to_rgb([[[7]]]).numpy()
    array([[[7, 7, 7]]], dtype=int32)
    """
    x = tensor_of(images)
    check_last("grayscale_to_rgb", x, (1,))
    return ops.broadcast_to(x, (*x._shape[:-1], 3))


@public("image.rgb_to_hsv")
def rgb_to_hsv(images, name=None):
    """Hue, saturation and value of colours, all in [0, 1].

    Args:
      images: floats (..., 3) in [0, 1].

    Raises:
      ValueError: other than 3 channels.

    Example:
    >>> tf.image.rgb_to_hsv([0.0, 0.5, 0.5]).numpy()
    array([0.5, 1. , 0.5], dtype=float32)
    """
    x = ops.convert_to_tensor(images, dtype_hint="float32")
    check_last("rgb_to_hsv", x, (3,))
    check_floats("rgb_to_hsv", x)
    red, green, blue = (x[..., k : k + 1] for k in range(3))
    value = ops.maximum(ops.maximum(red, green), blue)
    spread = value - ops.minimum(ops.minimum(red, green), blue)
    saturation = ops.divide_no_nan(spread, value)
    above = ops.where(
        ops.equal(red, value),
        green - blue,
        ops.where(ops.equal(green, value), blue - red, red - green),
    )
    begin = ops.where(
        ops.equal(red, value),
        red * 0.0,
        ops.where(ops.equal(green, value), red * 0 + 2, red * 0 + 4),
    )
    hue = ops.where(spread > 0, ops.divide_no_nan(above, spread) + begin, spread) / 6.0
    return ops.concat([ops.where(hue < 0, hue + 1.0, hue), saturation, value], -1)


@public("image.hsv_to_rgb")
def hsv_to_rgb(images, name=None):
    """Colours of a hue, saturation and value.

    Args:
      images: floats (..., 3) in [0, 1].

    Raises:
      ValueError: other than 3 channels.

    Example:
    >>> tf.image.hsv_to_rgb([0.5, 1.0, 0.5]).numpy()
    array([0. , 0.5, 0.5], dtype=float32)
    """
    x = ops.convert_to_tensor(images, dtype_hint="float32")
    check_last("hsv_to_rgb", x, (3,))
    check_floats("hsv_to_rgb", x)
    hue, saturation, value = x[..., 0:1] * 6.0, x[..., 1:2], x[..., 2:3]
    ramps = ops.abs(hue - 3.0) - 1.0, 2.0 - ops.abs(hue - 2.0), 2.0 - ops.abs(hue - 4.0)
    parts = ops.clip_by_value(ops.concat(ramps, -1), 0.0, 1.0)
    return ((1.0 - saturation) + saturation * parts) * value


_YIQ = np.array(
    [[0.299, 0.59590059, 0.2115], [0.587, -0.27455667, -0.52273617],
     [0.114, -0.32134392, 0.31119955]]
)  # fmt: skip
_FROM_YIQ = np.array([[1, 1, 1], [0.95598634, -0.27201283, -1.10674021],
                      [0.6208248, -0.64720424, 1.70423049]])  # fmt: skip
_YUV = np.array(
    [[0.299, -0.14714119, 0.61497538], [0.587, -0.28886916, -0.51496512],
     [0.114, 0.43601035, -0.10001026]]
)  # fmt: skip
_FROM_YUV = np.array(
    [[1, 1, 1], [0, -0.394642334, 2.03206185], [1.13988303, -0.58062185, 0]]
)  # fmt: skip


def _linear(name, matrix, doc, example):
    def function(images):
        x = tensor_of(images)
        check_last(name, x, (3,))
        check_floats(name, x)
        return ops.tensordot(x, convert_to_tensor(matrix, x.dtype), [[len(x._shape) - 1], [0]])

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"{doc}\n\n    Args:\n      images: floats (..., 3).\n\n    Raises:\n"
        f"      ValueError: other than 3 channels.\n\n    Example:\n    {example}\n    "
    )
    return public(f"image.{name}")(function)


def _shown(name):
    return f"{PROMPT}tf.image.{name}(tf.zeros([2, 2, 3])).shape\n    TensorShape([2, 2, 3])"


rgb_to_yiq = _linear("rgb_to_yiq", _YIQ, "Colours in the space YIQ.", _shown("rgb_to_yiq"))
yiq_to_rgb = _linear("yiq_to_rgb", _FROM_YIQ, "Colours of the space YIQ.", _shown("yiq_to_rgb"))
rgb_to_yuv = _linear("rgb_to_yuv", _YUV, "Colours in the space YUV.", _shown("rgb_to_yuv"))
yuv_to_rgb = _linear("yuv_to_rgb", _FROM_YUV, "Colours of the space YUV.", _shown("yuv_to_rgb"))


# -- adjustments -----------------------------------------------------------------------------------


@public("image.adjust_brightness")
def adjust_brightness(image, delta):
    """`image + delta`, where integers are seen as fractions of their largest value.

    Args:
      image: pictures of any dtype.
      delta: a number; in [-1, 1] for integers.

    Example:
    >>> tf.image.adjust_brightness(tf.constant([[[100, 250, 0]]], tf.uint8), 0.1).numpy()
    array([[[125, 255,  25]]], dtype=uint8)
    """
    return in_floats(lambda x: x + ops.cast(delta, x.dtype), image)


@public("image.adjust_contrast")
def adjust_contrast(images, contrast_factor):
    """Pixels further from the mean of their channel in the picture, by a factor.

    Args:
      images: (..., height, width, channels).
      contrast_factor: a number.

    Raises:
      ValueError: fewer than 3 dimensions.

    Example:
    >>> tf.image.adjust_contrast([[[1.0], [3.0]]], 2.0).numpy().ravel()
    array([0., 4.], dtype=float32)
    """
    images = tensor_of(images)
    if len(images._shape) < 3:
        raise ValueError(
            f"[adjust_contrast] images must have at least 3 dimensions, got {images.shape}."
        )

    def stretched(x):
        y = ops.cast(x, "float32")
        mean = ops.reduce_mean(y, [-3, -2], keepdims=True)
        return ops.cast((y - mean) * ops.cast(contrast_factor, "float32") + mean, x.dtype)

    return in_floats(stretched, images)


@public("image.adjust_gamma")
def adjust_gamma(image, gamma=1, gain=1):
    """`gain * image ** gamma`, where integers are seen as fractions of their largest value.

    Raises:
      ValueError: a negative gamma.

    Example:
    >>> tf.image.adjust_gamma([[[0.25]]], gamma=0.5).numpy()
    array([[[0.5]]], dtype=float32)
    """
    if isinstance(gamma, (int, float)) and gamma < 0:
        raise ValueError(f"[adjust_gamma] Gamma should be a non-negative real number, got {gamma}.")
    return in_floats(lambda x: gain * x ** ops.cast(gamma, x.dtype), image)


def _hsv(name, image, change):
    """Pictures with a change of (hue, saturation, value)."""
    image = tensor_of(image)
    check_last(name, image, (3,), 3)

    def changed(x):
        y = ops.cast(x, "float32")
        hsv = rgb_to_hsv(y)
        parts = change(hsv[..., 0:1], hsv[..., 1:2], hsv[..., 2:3])
        return ops.cast(hsv_to_rgb(ops.concat(parts, -1)), x.dtype)

    return in_floats(changed, image)


@public("image.adjust_hue")
def adjust_hue(image, delta, name=None):
    """Colours whose hue is turned by a part of the circle.

    Args:
      image: pictures (..., 3) of any dtype.
      delta: in [-1, 1].

    Raises:
      ValueError: other than 3 channels. InvalidArgumentError: a delta outside of [-1, 1].

    Example:
    >>> tf.image.adjust_hue([[[1.0, 0.0, 0.0]]], 0.5).numpy()
    array([[[0., 1., 1.]]], dtype=float32)
    """
    if isinstance(delta, (int, float)) and not -1 <= delta <= 1:
        raise InvalidArgumentError(
            f"[adjust_hue] delta must be in the interval [-1, 1], got {delta}."
        )
    delta = ops.cast(delta, "float32")
    return _hsv("adjust_hue", image, lambda h, s, v: (ops.floormod(h + delta, 1.0), s, v))


@public("image.adjust_saturation")
def adjust_saturation(image, saturation_factor, name=None):
    """Colours of a saturation that is larger by a factor.

    Args:
      image: pictures (..., 3) of any dtype.
      saturation_factor: a number; 0 makes them gray.

    Raises:
      ValueError: other than 3 channels.

    Example:
    >>> tf.image.adjust_saturation([[[1.0, 0.5, 0.5]]], 2.0).numpy()
    array([[[1., 0., 0.]]], dtype=float32)
    """
    factor = ops.cast(saturation_factor, "float32")
    return _hsv(
        "adjust_saturation",
        image,
        lambda h, s, v: (h, ops.clip_by_value(s * factor, 0.0, 1.0), v),
    )


@public("image.per_image_standardization")
def per_image_standardization(image):
    """Pictures of mean 0 and variance 1, each by itself.

    Args:
      image: (..., height, width, channels). The standard deviation that is divided by is at least
        1 / sqrt(pixels * channels), so that plain pictures become 0.

    Raises:
      ValueError: fewer than 3 dimensions.

    Example:
    >>> tf.image.per_image_standardization([[[1.0], [3.0]]]).numpy().ravel()
    array([-1.,  1.], dtype=float32)
    """
    x = tensor_of(image)
    if len(x._shape) < 3:
        raise ValueError(
            f"[per_image_standardization] image must have at least 3 dimensions, got {x.shape}."
        )
    x = ops.cast(x, "float32")
    axes = [-1, -2, -3]
    count = ops.cast(x._shape[-1] * x._shape[-2] * x._shape[-3], "float32")
    mean = ops.reduce_mean(x, axes, keepdims=True)
    deviation = ops.reduce_std(x, axes, keepdims=True)
    return (x - mean) / ops.maximum(deviation, ops.rsqrt(count))
