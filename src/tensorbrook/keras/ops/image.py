"""keras.ops.image: pictures resized, cut, padded, bent, blurred; with channels last or first."""

import numpy as np

from ... import ops
from ...base.dims import has_dims
from ...ops.image import colour, measure
from ...ops.image.coordinates import INDICES
from ...ops.image.coordinates import map_coordinates as _map_coordinates
from ...ops.image.elastic import elastic_transform as _elastic_transform
from ...ops.image.elastic import gaussian_blur as _gaussian_blur
from ...ops.image.resize import resize_to_aspect
from ...ops.image.scale import scaled_and_moved
from ...ops.image.transform import perspective_matrix, projective_transform
from ...ops.shape import static_ints
from ..config import standardize_data_format
from ..seeds import draw_seed
from .declare import as_tensor, floating, functions, op, promote

_RESIZE = ("bilinear", "nearest", "lanczos3", "lanczos5", "bicubic", "area")


def _pictures(name, images, data_format, rank=2):
    """(a batch with channels last, what brings a result into the form of `images`)."""
    x = as_tensor(images)
    first, single = standardize_data_format(data_format) == "channels_first", False
    if len(x._shape) == rank + 1:
        x, single = ops.expand_dims(x, 0), True
    elif len(x._shape) != rank + 2:
        raise ValueError(
            f"[{name}] Invalid images rank: expected rank {rank + 1} (single image) or rank "
            f"{rank + 2} (batch of images). Received input with shape: images.shape={x.shape}"
        )
    spatial = range(1, rank + 1)
    if first:
        x = ops.transpose(x, [0, *(a + 1 for a in spatial), 1])

    def leave(y):
        if first:
            y = ops.transpose(y, [0, rank + 1, *spatial, *range(rank + 2, len(y._shape))])
        return y[0] if single else y

    return x, leave


def _one_of(argument, value, allowed):
    if value not in allowed:
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected of one {list(allowed)}. Received: "
            f"{argument}={value}"
        )


def _floats(x):
    if not x.dtype.is_floating:
        raise ValueError(
            f"Invalid images dtype: expected float dtype. Received: images.dtype={x.dtype.name}"
        )


# -- colours ---------------------------------------------------------------------------------------


@op("image.rgb_to_grayscale", flat=False, layer="RGBToGrayscale")
def rgb_to_grayscale(images, data_format=None):
    """Pictures in shades of grey, with one channel.

    Args:
      images: (batch, height, width, 3), or without the batch, or channels first.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> tf.keras.ops.image.rgb_to_grayscale(tf.ones([1, 1, 3])).numpy()[0, 0].round(3)
    array([1.], dtype=float32)
    """
    x, leave = _pictures("rgb_to_grayscale", images, data_format)
    if x._shape[-1] not in (1, 3):
        raise ValueError(
            "Invalid channel size: expected 3 (RGB) or 1 (Grayscale). "
            f"Received input with shape: images.shape={as_tensor(images).shape}"
        )
    return leave(ops.cast(colour.rgb_to_grayscale(floating(x)), x.dtype))


def _colours(name, function, doc):
    def call(images, data_format=None):
        x, leave = _pictures(name, images, data_format)
        _floats(x)
        if x._shape[-1] != 3:
            raise ValueError(
                f"[{name}] Input images must have 3 channels, but received images with "
                f"{x._shape[-1]} channels."
            )
        return leave(function(x))

    call.__doc__ = (
        f"{doc}\n\n    Args:\n      images: floats (batch, height, width, 3), or without the "
        'batch, or channels first.\n      data_format: "channels_last" or "channels_first".\n    '
    )
    title = name.upper().replace("_TO_", "To")
    return op(f"image.{name}", flat=False, layer=title)(call)


rgb_to_hsv = _colours("rgb_to_hsv", colour.rgb_to_hsv, "Hue, saturation, value.")
hsv_to_rgb = _colours("hsv_to_rgb", colour.hsv_to_rgb, "Colours of hue, saturation, value.")


# -- size ------------------------------------------------------------------------------------------


def _size(name, size):
    if len(size) != 2:
        raise ValueError(
            f"[{name}] Expected `size` to be a tuple of 2 integers. Received: size={size}"
        )
    if any(isinstance(n, int) and n <= 0 for n in size):
        raise ValueError(
            f"[{name}] `size` must have positive height and width. Received: size={size}"
        )
    return tuple(size)


@op("image.resize", flat=False)
def resize(
    images,
    size,
    interpolation="bilinear",
    antialias=False,
    crop_to_aspect_ratio=False,
    pad_to_aspect_ratio=False,
    fill_mode="constant",
    fill_value=0.0,
    data_format=None,
):
    """Pictures in another size.

    Args:
      images: (batch, height, width, channels), or without the batch, or channels first.
      size: (height, width) of the result.
      interpolation: "bilinear", "nearest", "bicubic", "area", "lanczos3" or "lanczos5".
      antialias: when pictures get smaller, a new pixel is made of all the old ones under it.
      crop_to_aspect_ratio: whether to cut off what makes the shape another.
      pad_to_aspect_ratio: whether to add bars that make the shape the same.
      fill_mode: "constant".
      fill_value: what the bars are filled with.
      data_format: "channels_last" or "channels_first".

    Returns:
      Pictures of the dtype of `images`, integers rounded.

    Example:
    >>> tf.keras.ops.image.resize(tf.zeros([2, 4, 6, 3]), (2, 2)).shape
    TensorShape([2, 2, 2, 3])
    """
    size = _size("resize", size)
    _one_of("interpolation", interpolation, _RESIZE)
    if fill_mode != "constant":
        raise ValueError(
            "Invalid value for argument `fill_mode`. Only `'constant'` is supported. Received: "
            f"fill_mode={fill_mode}"
        )
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(
            "Only one of `pad_to_aspect_ratio` & `crop_to_aspect_ratio` can be `True`."
        )
    x, leave = _pictures("resize", images, data_format)
    fit = (crop_to_aspect_ratio, pad_to_aspect_ratio, fill_value)
    return leave(resize_to_aspect(x, size, interpolation, antialias, *fit))


@op("image.scale_and_translate", flat=False)
def scale_and_translate(
    images, output_shape, scale, translation, spatial_dims, method, antialias=True
):
    """Arrays scaled and moved along some axes, what comes from outside being 0.

    Args:
      images: a tensor.
      output_shape: the shape of the result.
      scale, translation: a number for each of those axes: what was at x is at scale x +
        translation, pixel 0 reaching from 0 to 1.
      spatial_dims: the axes.
      method: "linear" (also "bilinear", "trilinear", "triangle"), "cubic" (also "bicubic",
        "tricubic"), "lanczos3" or "lanczos5".
      antialias: when the array gets smaller, a new element is made of all the old ones under it.

    Example:
    >>> x = tf.constant([[0.0, 1.0, 2.0]])
    >>> tf.keras.ops.image.scale_and_translate(
    ...     x, (1, 3), [1.0], [1.0], [1], "linear").numpy()
    array([[0., 0., 1.]], dtype=float32)
    """
    kernels = dict.fromkeys(("linear", "bilinear", "trilinear", "triangle"), "bilinear")
    kernels |= dict.fromkeys(("cubic", "bicubic", "tricubic"), "bicubic")
    kernels |= {"lanczos3": "lanczos3", "lanczos5": "lanczos5"}
    _one_of("method", method, kernels)
    x = floating(images)
    scale, translation = (ops.cast(as_tensor(v), "float32") for v in (scale, translation))
    for number, axis in enumerate(spatial_dims):
        (size,) = static_ints([output_shape[axis]], "output_shape")
        x = scaled_and_moved(
            x, axis, size, scale[number], translation[number], kernels[method], antialias
        )
    return x


def _bounds(before, after, target, size, axis, what):
    """How much goes off (or comes on) before and after, of three of which two are given."""
    names = {"height": ("top", "bottom"), "width": ("left", "right")}[axis]
    given = {f"{n}_{what}": v for n, v in zip(names, (before, after))} | {f"target_{axis}": target}
    if sum(v is None for v in given.values()) != 1:
        shown = ", ".join(f"{k}={v}" for k, v in given.items())
        raise ValueError(f"Must specify exactly two of {', '.join(given)}. Received: {shown}")
    if target.__class__ is int and target < 0:
        raise ValueError(f"target_{axis} must be >= 0. Received: target_{axis}={target}")
    total = None if target is None else _difference(target, size, what)
    before = total - after if before is None else before
    after = total - before if after is None else after
    for key, value in zip(given, (before, after)):
        if value.__class__ is int and value < 0:
            raise ValueError(f"{key} must be >= 0. Received: {key}={value}")
    return before, after


def _difference(target, size, what):
    """How much `size` has to change to be `target`."""
    return target - size if what == "padding" else size - target


@op("image.crop_images", flat=False)
def crop_images(
    images,
    top_cropping=None,
    left_cropping=None,
    bottom_cropping=None,
    right_cropping=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Pictures without their margins.

    Args:
      images: (batch, height, width, channels), or without the batch, or channels first.
      top_cropping, bottom_cropping, target_height: two of them: how much to cut off, and what is
        left.
      left_cropping, right_cropping, target_width: likewise.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> tf.keras.ops.image.crop_images(tf.zeros([5, 6, 3]), 1, 1, 1, 2).shape
    TensorShape([3, 3, 3])
    """
    x, leave = _pictures("crop_images", images, data_format)
    vertical = (top_cropping, bottom_cropping, target_height)
    horizontal = (left_cropping, right_cropping, target_width)
    key = [slice(None)]
    for axis, (name, given) in enumerate((("height", vertical), ("width", horizontal)), 1):
        before, after = _bounds(*given, x._shape[axis], name, "cropping")
        key.append(slice(before, x._shape[axis] - after))
    found, shape = x[tuple(key)], [*x._shape]
    shape[1:3] = (t or n for t, n in zip((target_height, target_width), found._shape[1:3]))
    return leave(ops.reshape(found, shape) if has_dims(found._shape) else found)


@op("image.pad_images", flat=False)
def pad_images(
    images,
    top_padding=None,
    left_padding=None,
    bottom_padding=None,
    right_padding=None,
    target_height=None,
    target_width=None,
    data_format=None,
):
    """Pictures with margins of zeros.

    Args:
      images: (batch, height, width, channels), or without the batch, or channels first.
      top_padding, bottom_padding, target_height: two of them: how much to add, and how much there
        is then.
      left_padding, right_padding, target_width: likewise.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> tf.keras.ops.image.pad_images(tf.zeros([5, 6, 3]), 1, 1, 1, 2).shape
    TensorShape([7, 9, 3])
    """
    x, leave = _pictures("pad_images", images, data_format)
    vertical = (top_padding, bottom_padding, target_height)
    horizontal = (left_padding, right_padding, target_width)
    pads = [
        _bounds(*given, x._shape[axis], name, "padding")
        for axis, (name, given) in enumerate((("height", vertical), ("width", horizontal)), 1)
    ]
    return leave(ops.pad(x, [[0, 0], *pads, [0, 0]]))


# -- patches ---------------------------------------------------------------------------------------


@op("image.extract_patches", flat=False)
def extract_patches(images, size, strides=None, dilation_rate=1, padding="valid", data_format=None):
    """Windows of pictures or volumes, each laid out in the channels' axis.

    Args:
      images: (batch, height, width, channels), with a depth before the height for windows of three
        sizes; or without the batch, or channels first.
      size: a window's size, an integer for both or one for each axis.
      strides: from window to window; `size` by default.
      dilation_rate: from one pixel of a window to the next; with strides of 1 only.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".

    Example:
    >>> tf.keras.ops.image.extract_patches(tf.zeros([2, 20, 20, 3]), 5).shape
    TensorShape([2, 4, 4, 75])
    """
    rank = len(size) if isinstance(size, tuple | list) else 2
    if rank not in (2, 3):
        raise ValueError(
            "Invalid `size` argument. Expected a tuple of length 2 or 3, or an int. Received: "
            f"size={size}"
        )
    arguments = (images, size, strides, dilation_rate, padding, data_format)
    return _patches("extract_patches", *arguments, rank)


@op("image.extract_patches_3d", flat=False, layer="ExtractPatches")
def extract_patches_3d(
    volumes, size, strides=None, dilation_rate=1, padding="valid", data_format=None
):
    """`extract_patches` of volumes (batch, depth, height, width, channels).

    Example:
    >>> tf.keras.ops.image.extract_patches_3d(tf.zeros([10, 10, 10, 3]), 3).shape
    TensorShape([3, 3, 3, 81])
    """
    arguments = (volumes, size, strides, dilation_rate, padding, data_format)
    return _patches("extract_patches_3d", *arguments, 3)


def _patches(name, images, size, strides, dilation, padding, data_format, rank):
    x, leave = _pictures(name, images, data_format, rank)
    size, dilation = (
        tuple(v) if isinstance(v, tuple | list) else (v,) * rank for v in (size, dilation)
    )
    if len(size) != rank or not all(isinstance(n, int) for n in size):
        raise TypeError(
            f"[{name}] Invalid `size` argument. Expected an int or a tuple of {rank} ints. "
            f"Received: size={size}"
        )
    strides = size if strides is None else strides
    strides = tuple(strides) if isinstance(strides, tuple | list) else (strides,) * rank
    if str(padding).lower() not in ("valid", "same"):
        raise ValueError(f"[{name}] padding must be 'valid' or 'same', got {padding!r}.")
    # a window's elements are the results of filters that each take one of them
    channels = x._shape[-1]
    taps = int(np.prod(size))
    unit = np.eye(taps * channels).reshape(*size, channels, taps * channels)
    kernel = ops.cast(unit, x.dtype if x.dtype.is_floating else "float32")
    found = ops.convolution(
        ops.cast(x, kernel.dtype), kernel, strides, padding.upper(), None, dilation
    )
    return leave(ops.cast(found, x.dtype))


# -- maps of the plane -----------------------------------------------------------------------------


def _check(interpolation, fill_mode):
    _one_of("interpolation", interpolation, ("nearest", "bilinear"))
    _one_of("fill_mode", fill_mode, ("constant", "nearest", "wrap", "reflect"))


@op("image.affine_transform", flat=False)
def affine_transform(
    images,
    transform,
    interpolation="bilinear",
    fill_mode="constant",
    fill_value=0,
    data_format=None,
):
    """Pictures seen through a projective map of the plane.

    Args:
      images: (batch, height, width, channels), or without the batch, or channels first.
      transform: [a0, a1, a2, b0, b1, b2, c0, c1], or one for each picture: the pixel of the result
        in column x and row y is that at ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k), where
        k = c0 x + c1 y + 1.
      interpolation: "bilinear" or "nearest".
      fill_mode: what is beyond the edge: "constant", "nearest", "wrap" or "reflect".
      fill_value: the constant.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> right = [1.0, 0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    >>> x = tf.reshape(tf.range(3.0), [1, 3, 1])
    >>> tf.keras.ops.image.affine_transform(x, right).numpy().ravel()
    array([0., 0., 1.], dtype=float32)
    """
    _check(interpolation, fill_mode)
    x, leave = _pictures("affine_transform", images, data_format)
    transform = floating(transform)
    if len(transform._shape) not in (1, 2):
        raise ValueError(
            "Invalid transform rank: expected rank 1 (single transform) or rank 2 (batch of "
            f"transforms). Received input with shape: transform.shape={transform.shape}"
        )
    transform = ops.reshape(transform, (-1, 8))
    return leave(projective_transform(x, transform, interpolation, fill_mode, fill_value))


@op("image.perspective_transform", flat=False)
def perspective_transform(
    images, start_points, end_points, interpolation="bilinear", fill_value=0, data_format=None
):
    """Pictures seen from another side: what was at four points is at four others.

    Args:
      images: (batch, height, width, channels), or without the batch, or channels first.
      start_points, end_points: (4, 2) or (batch, 4, 2): (x, y) in the picture and in the result.
      interpolation: "bilinear" or "nearest".
      fill_value: what is beyond the edge.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> corners = [[0.0, 0.0], [0.0, 4.0], [4.0, 0.0], [4.0, 4.0]]
    >>> x = tf.ones([4, 4, 1])
    >>> tf.keras.ops.image.perspective_transform(x, corners, corners).numpy().min().round(3)
    np.float32(1.0)
    """
    _check(interpolation, "constant")
    x, leave = _pictures("perspective_transform", images, data_format)
    points = promote(start_points, end_points, also=(float,), weak=False)
    for name, p in zip(("start_points", "end_points"), points):
        if p._shape[-2:] != (4, 2) or len(p._shape) not in (2, 3):
            raise ValueError(
                f"Invalid {name} shape: expected (4,2) for a single image or (N,4,2) for a batch. "
                f"Received shape: {p.shape}"
            )
    maps = perspective_matrix(*(ops.reshape(p, (-1, 4, 2)) for p in points))
    return leave(projective_transform(x, maps, interpolation, "constant", fill_value))


@op("image.map_coordinates", flat=False)
def map_coordinates(inputs, coordinates, order, fill_mode="constant", fill_value=0):
    """The values of an array at places between its elements.

    Args:
      inputs: a tensor.
      coordinates: (rank of the inputs, ...): the places.
      order: 0 for the nearest element, 1 to interpolate linearly.
      fill_mode: what is beyond the edge: "constant", "nearest", "wrap", "mirror" or "reflect".
      fill_value: the constant.

    Example:
    >>> tf.keras.ops.image.map_coordinates([1.0, 3.0], [[0.5, 1.0]], order=1).numpy()
    array([2., 3.], dtype=float32)
    """
    _one_of("fill_mode", fill_mode, INDICES)
    if order not in (0, 1):
        raise ValueError(
            f"Invalid value for argument `order`. Expected of one [0, 1]. Received: order={order}"
        )
    x = as_tensor(inputs)
    parts = coordinates if isinstance(coordinates, tuple | list) else ops.unstack(coordinates)
    if len(parts) == len(x._shape) and len(as_tensor(parts[0])._shape) < 1:
        raise ValueError(
            "Invalid `coordinates`: expected at least rank 2. Received: a coordinate is a scalar."
        )
    if len(parts) != len(x._shape):
        raise ValueError(
            "First dim of `coordinates` must be the same as the rank of `inputs`. Received inputs "
            f"with shape: {x.shape} and coordinates with {len(parts)} entries."
        )
    return _map_coordinates(x, [floating(p) for p in parts], order, fill_mode, fill_value)


@op("image.gaussian_blur", flat=False)
def gaussian_blur(images, kernel_size=(3, 3), sigma=(1.0, 1.0), data_format=None):
    """Pictures blurred by a window shaped like a bell.

    Args:
      images: floats (batch, height, width, channels), or without the batch, or channels first.
      kernel_size: the window's size.
      sigma: the width of the bell.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> tf.keras.ops.image.gaussian_blur(tf.ones([5, 5, 1])).numpy()[2, 2].round(4)
    array([1.], dtype=float32)
    """
    x, leave = _pictures("gaussian_blur", images, data_format)
    return leave(_gaussian_blur(x, kernel_size, sigma))


@op("image.elastic_transform", flat=False)
def elastic_transform(
    images,
    alpha=20.0,
    sigma=5.0,
    interpolation="bilinear",
    fill_mode="reflect",
    fill_value=0.0,
    seed=None,
    data_format=None,
):
    """Pictures whose pixels are moved at random, near ones alike.

    Args:
      images: (batch, height, width, channels), or without the batch, or channels first.
      alpha, sigma: how far pixels move, and over what distance they move alike.
      interpolation: "bilinear" or "nearest".
      fill_mode: what is beyond the edge: "constant", "nearest", "wrap" or "reflect".
      fill_value: the constant.
      seed: an integer or a keras.random.SeedGenerator.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> tf.keras.ops.image.elastic_transform(tf.ones([1, 8, 8, 1]), seed=1).shape
    TensorShape([1, 8, 8, 1])
    """
    _check(interpolation, fill_mode)
    x, leave = _pictures("elastic_transform", images, data_format)
    return leave(
        _elastic_transform(x, alpha, sigma, interpolation, fill_mode, fill_value, draw_seed(seed))
    )


# -- measures --------------------------------------------------------------------------------------


@op("image.sobel_edges", flat=False)
def sobel_edges(images, data_format=None):
    """How pictures change downwards and to the right, by Sobel's filters.

    Args:
      images: floats (batch, height, width, channels), or channels first.
      data_format: "channels_last" or "channels_first".

    Returns:
      The pictures' shape with a last axis of two: the change along height, and along width.

    Example:
    >>> tf.keras.ops.image.sobel_edges(tf.zeros([1, 5, 5, 1])).shape
    TensorShape([1, 5, 5, 1, 2])
    """
    x, leave = _pictures("sobel_edges", images, data_format)
    return leave(measure.sobel_edges(x))


@op("image.ssim", flat=False, layer="SSIM")
def ssim(
    image1,
    image2,
    max_val=1.0,
    filter_size=11,
    filter_sigma=1.5,
    k1=0.01,
    k2=0.03,
    data_format=None,
):
    """The structural similarity of pictures: 1 for equal ones.

    Args:
      image1, image2: (batch, height, width, channels), or channels first.
      max_val: the range of their values.
      filter_size, filter_sigma: the window, which has the shape of a bell.
      k1, k2: keep quotients of small numbers from mattering.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> x = tf.ones([1, 12, 12, 3])
    >>> tf.keras.ops.image.ssim(x, x).numpy()
    array([1.], dtype=float32)
    """
    a, _ = _pictures("ssim", image1, data_format)
    b, _ = _pictures("ssim", image2, data_format)
    found = measure.ssim(a, b, max_val, filter_size, filter_sigma, k1, k2)
    return found if len(as_tensor(image1)._shape) == 4 else found[0]


globals().update(functions("ops.image"))
