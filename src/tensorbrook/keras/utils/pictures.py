"""Pictures in files: `load_img`, `save_img`, and to arrays and back."""

import io
import pathlib
import warnings

import numpy as np

from ... import ops
from ...base.config import settings
from ...base.files import replacing
from ...core.tensor import Tensor, convert_to_tensor
from ...ops.image.files import pillow
from ...ops.image.resize import resize_to_aspect
from ..config import standardize_data_format

_RESAMPLING = {
    "nearest": "NEAREST",
    "bilinear": "BILINEAR",
    "bicubic": "BICUBIC",
    "hamming": "HAMMING",
    "box": "BOX",
    "lanczos": "LANCZOS",
}
_DEEP = ("I;16", "I;16B", "I")


def load_img(
    path, color_mode="rgb", target_size=None, interpolation="nearest", keep_aspect_ratio=False,
    grayscale=False,
):  # fmt: skip
    """A picture of a file, as Pillow has it.

    Args:
      path: a path, or an `io.BytesIO` with the bytes of the file.
      color_mode: "rgb", "rgba" or "grayscale".
      target_size: (height, width) to scale it to; None leaves it as it is.
      interpolation: "nearest", "bilinear", "bicubic", "lanczos", "box" or "hamming".
      keep_aspect_ratio: cut off what has another shape than `target_size`, evenly.
      grayscale: Keras 2's way to ask for color_mode="grayscale".

    Raises:
      ImportError: Pillow is not installed.
      TypeError: `path` is something else.
      ValueError: another color_mode or interpolation.

    Example:
    >>> tf.keras.utils.save_img("square.png", np.zeros((4, 4, 3)))
    >>> tf.keras.utils.load_img("square.png", target_size=(2, 3)).size
    (3, 2)
    """
    if isinstance(path, io.BytesIO):
        picture = pillow().open(path)
    elif isinstance(path, (str, bytes, pathlib.Path)):
        name = path.decode() if isinstance(path, bytes) else str(path)
        with open(name, "rb") as file:
            picture = pillow().open(io.BytesIO(file.read()))
    else:
        raise TypeError(f"path should be path-like or io.BytesIO, not {type(path)}")
    if grayscale or color_mode == "grayscale":
        if picture.mode not in ("L", *_DEEP):
            picture = picture.convert("L")
    elif color_mode in ("rgb", "rgba"):
        if picture.mode != color_mode.upper():
            picture = picture.convert(color_mode.upper())
    else:
        raise ValueError('color_mode must be "grayscale", "rgb", or "rgba". Received: '
                         f"color_mode={color_mode}")  # fmt: skip
    if target_size is None or picture.size == tuple(target_size)[::-1]:
        return picture
    if interpolation not in _RESAMPLING:
        raise ValueError(
            f"Invalid interpolation method {interpolation} specified. Supported methods are "
            f"{', '.join(_RESAMPLING)}"
        )
    resampling = getattr(pillow().Resampling, _RESAMPLING[interpolation])
    size, box = tuple(target_size)[::-1], None
    if keep_aspect_ratio:
        (width, height), (new_width, new_height) = picture.size, size
        kept_height = min(height, width * new_height // new_width)
        kept_width = min(width, height * new_width // new_height)
        left, top = (width - kept_width) // 2, (height - kept_height) // 2
        box = (left, top, left + kept_width, top + kept_height)
    return picture.resize(size, resampling, box=box)


def img_to_array(img, data_format=None, dtype=None):
    """A picture of Pillow as an array (height, width, channels).

    Args:
      img: the picture.
      data_format: "channels_first" puts the channels first.
      dtype: that of keras.config.floatx() by default.

    Raises:
      ValueError: another data_format or rank.

    Example:
    >>> picture = tf.keras.utils.array_to_img(np.ones((4, 5, 3)))
    >>> tf.keras.utils.img_to_array(picture).shape
    (4, 5, 3)
    """
    data_format = standardize_data_format(data_format)
    x = np.asarray(img, dtype=settings.floatx if dtype is None else dtype)
    if x.ndim not in (2, 3):
        raise ValueError(f"Unsupported image shape: {x.shape}")
    if x.ndim == 2:
        return x[None] if data_format == "channels_first" else x[..., None]
    return x.transpose(2, 0, 1) if data_format == "channels_first" else x


def array_to_img(x, data_format=None, scale=True, dtype=None):
    """An array (height, width, channels) as a picture of Pillow.

    Args:
      x: an array of 1 (gray), 3 (colours) or 4 channels (with transparency).
      data_format: "channels_first" for (channels, height, width).
      scale: stretch its values to [0, 255].
      dtype: to compute in; that of keras.config.floatx() by default.

    Raises:
      ValueError: another rank or number of channels.

    Example:
    >>> tf.keras.utils.array_to_img(np.zeros((4, 5, 3))).size
    (5, 4)
    """
    data_format = standardize_data_format(data_format)
    if isinstance(x, Tensor):
        x = x.numpy()
    x = np.asarray(x, dtype=settings.floatx if dtype is None else dtype)
    if x.ndim != 3:
        raise ValueError(
            f"Expected image array to have rank 3 (single image). Got array with shape: {x.shape}"
        )
    if data_format == "channels_first":
        x = x.transpose(1, 2, 0)
    if scale:
        x = x - np.min(x)
        largest = np.max(x)
        if largest != 0:
            x = x / largest
        x = x * 255
    if x.shape[2] == 1:
        deep = np.max(x) > 255
        return pillow().fromarray(x[:, :, 0].astype("int32" if deep else "uint8"))
    if x.shape[2] not in (3, 4):
        raise ValueError(f"Unsupported channel number: {x.shape[2]}")
    return pillow().fromarray(x.astype("uint8"))


def save_img(path, x, data_format=None, file_format=None, scale=True, **kwargs):
    """Writes an array as the file of a picture.

    Args:
      path: a path, or a file object.
      x: as for `array_to_img`.
      data_format, scale: as for `array_to_img`.
      file_format: such as "png"; by the path's ending if it is None.
      kwargs: further options for Pillow's `save`.

    Example:
    >>> tf.keras.utils.save_img("gray.png", np.zeros((4, 4, 1)))
    >>> tf.keras.utils.load_img("gray.png", color_mode="grayscale").mode
    'L'
    """
    picture = array_to_img(x, standardize_data_format(data_format), scale)
    ending = file_format or pathlib.Path(str(path)).suffix.lstrip(".")
    if picture.mode == "RGBA" and ending.lower() in ("jpg", "jpeg"):
        warnings.warn("The JPG format does not support RGBA images, converting to RGB.",
                      stacklevel=2)  # fmt: skip
        picture = picture.convert("RGB")
    if file_format and file_format.lower() == "jpg":
        file_format = "jpeg"
    if hasattr(path, "write"):
        picture.save(path, format=file_format, **kwargs)
        return
    with replacing(path, synced=False) as new:
        picture.save(new, format=file_format, **kwargs)


def smart_resize(x, size, interpolation="bilinear", data_format="channels_last", **kwargs):
    """Pictures of another size without distortion: the largest part of the middle that fits.

    Args:
      x: an array or tensor (height, width, channels), with or without a batch before.
      size: (height, width).
      interpolation: as for `tf.image.resize`.
      data_format: "channels_first" for (channels, height, width).

    Returns:
      Of the kind of `x`: an array or a tensor.

    Raises:
      ValueError: another rank or size.

    Example:
    >>> tf.keras.preprocessing.image.smart_resize(np.ones((4, 8, 3)), (2, 2)).shape
    (2, 2, 3)
    """
    if len(size) != 2:
        raise ValueError(f"Expected `size` to be a tuple of 2 integers, but got: {size}.")
    tensor = convert_to_tensor(x)
    rank = len(tensor._shape)
    if rank not in (3, 4):
        raise ValueError(
            "Expected an image array with shape `(height, width, channels)`, or `(batch_size, "
            f"height, width, channels)`, but got input of shape {tensor.shape}."
        )
    y = ops.cast(ops.expand_dims(tensor, 0) if rank == 3 else tensor, "float32")
    first = standardize_data_format(data_format) == "channels_first"
    y = ops.transpose(y, (0, 2, 3, 1)) if first else y
    y = resize_to_aspect(y, tuple(size), interpolation, crop=True)
    y = ops.transpose(y, (0, 3, 1, 2)) if first else y
    y = ops.squeeze(y, 0) if rank == 3 else y
    return y.numpy() if isinstance(x, np.ndarray) else y
