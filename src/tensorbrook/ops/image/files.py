"""Pictures as the bytes of files: decoding and encoding, by Pillow.

JPEG files are decoded by simplejpeg, where it is installed: the same library below (libjpeg-turbo),
the same pixels, in two thirds of the time.
"""

import io
import struct
import zlib
from contextlib import contextmanager
from functools import cache

import numpy as np

from ... import ops
from ...base.dims import Dim
from ...base.dtypes import STRING, as_dtype
from ...base.errors import InvalidArgumentError, ResourceExhaustedError, TraceBreak
from ...core.dispatch import apply, public, tensor_of
from ...core.op import Op, Spec, check_dtype
from ...formats import png
from .colour import convert_image_dtype

_DAMAGES = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError)
_DAMAGES += (AttributeError, OverflowError, ZeroDivisionError, struct.error, zlib.error)
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_NOT_PIXELS = "it reads bytes"
_UINT8 = np.dtype(np.uint8)
_MOST_PIXELS = 1 << 26  # from 1.3 times as many on Pillow warns of a decompression bomb


def pillow():
    """Pillow's module Image.

    Raises:
      ImportError: it is not installed.
    """
    try:
        from PIL import Image
    except ImportError as fault:
        raise ImportError(
            "Pillow reads and writes pictures, and is not installed: pip install pillow."
        ) from fault
    return Image


@cache  # Python looks for what is not installed anew each time
def _simplejpeg():
    """The module simplejpeg, or None."""
    try:
        import simplejpeg
    except ImportError:
        return None
    return simplejpeg


def _by_simplejpeg(data, channels):
    """The pixels of a whole JPEG file; None where Pillow is to read it, or to say what it is."""
    simplejpeg = _simplejpeg()
    if simplejpeg is None:
        return None
    try:
        height, width, space, _ = simplejpeg.decode_jpeg_header(data)
        if space not in ("Gray", "YCbCr") or height * width > _MOST_PIXELS:
            return None
        gray = channels == 1 or (channels == 0 and space == "Gray")
        return simplejpeg.decode_jpeg(data, "GRAY" if gray else "RGB")
    except ValueError:
        return None


def _bytes_of(contents):
    return bytes(contents[()] if isinstance(contents, np.ndarray) else contents)


def _opened(name, data):
    with _told(name):
        try:
            return pillow().open(io.BytesIO(data))
        except pillow().UnidentifiedImageError:
            pass
        start = data[:8]
        raise InvalidArgumentError(
            f"[{name}] Unknown image file format. One of JPEG, PNG, GIF, BMP required. Got "
            f"{len(data)} bytes that begin with {start!r}."
        )


@contextmanager
def _told(name):
    """A context in which the many errors that Pillow has of damaged files become one."""
    try:
        yield
    except InvalidArgumentError:
        raise
    except MemoryError:
        raise ResourceExhaustedError(f"[{name}] The picture does not fit into memory.") from None
    except (*_DAMAGES, pillow().DecompressionBombError) as fault:
        raise InvalidArgumentError(f"[{name}] The picture is damaged: {fault}") from None


def _channels_of(picture):
    """How many channels a picture has where the caller leaves that open."""
    bands = picture.getbands()
    if picture.mode == "P":
        return 4 if "transparency" in picture.info else 3
    if picture.mode in ("1", "L", "I", "I;16", "F"):
        return 1
    return {"LA": 2, "PA": 4, "RGBA": 4}.get(picture.mode, min(len(bands), 3))


def _grayed(pixels):
    """Colours (height, width, 3) as gray: libpng's weights, of 32,768, and its rounding down."""
    return (pixels.astype(np.int32) @ np.array([9797, 19234, 3737], np.int32) >> 15)[..., None]


def _pixels(picture, channels, dtype):
    """One frame as an array (height, width, channels)."""
    channels = channels or _channels_of(picture)
    deep = picture.mode in ("I", "I;16", "I;16B")
    if deep:
        array = np.asarray(picture).astype(np.uint16)[..., None]
        array = np.repeat(array, channels, -1) if channels > 1 else array
        return array if dtype == np.uint16 else (array >> 8).astype(np.uint8)
    mode = _MODES[channels]
    if mode == "L" and picture.format == "PNG" and picture.mode in ("RGB", "RGBA"):
        array = _grayed(np.asarray(picture.convert("RGB"))).astype(np.uint8)
    else:
        array = np.asarray(picture if picture.mode == mode else picture.convert(mode))
    array = array if array.ndim == 3 else array[..., None]
    return array.astype(np.uint16) * 257 if dtype == np.uint16 else array


def _deep_pixels(data, channels):
    """The pixels of a PNG of several channels of 16 bits, of which Pillow keeps 8."""
    pixels = png.deep_pixels(data)
    height, width, own = pixels.shape
    if channels in (0, own):
        return pixels
    if channels == 1 and own > 2:
        gray = pixels[..., :3].astype(np.int64) @ np.array([9797, 19234, 3737])
        return (gray + 16384 >> 15).astype(np.uint16)[..., None]
    opaque = np.full((height, width, 1), 65535, np.uint16) if own == 3 else pixels[..., -1:]
    colours = np.repeat(pixels[..., :1], 3, -1) if own == 2 else pixels[..., :3]
    return np.concatenate([colours, opaque], -1)[..., :channels]


def _decode_kernel(contents, form, channels, ratio, dtype, frames):
    data = _bytes_of(contents)
    if data[:2] == b"\xff\xd8" and ratio == 1 and dtype == np.uint8 and channels < 4 and not frames:
        pixels = _by_simplejpeg(data, channels)
        if pixels is not None:
            return pixels
    picture = _opened(f"decode_{form}", data)
    with _told(f"decode_{form}"):
        if picture.format == "JPEG":
            size = tuple(-(-s // ratio) for s in picture.size)
            picture.draft(_MODES.get(channels) if channels in (1, 3) else None, size)
        if picture.format == "PNG" and png.is_deep(data):
            pixels = _deep_pixels(data, channels)
            return pixels if dtype == np.uint16 else (pixels >> 8).astype(np.uint8)
        if not frames:
            return _pixels(picture, channels, dtype)
        shown = []
        for k in range(getattr(picture, "n_frames", 1)):
            picture.seek(k)
            shown.append(_pixels(picture, 3, dtype))
        return np.stack(shown)


def _decode_infer(contents, form, channels, ratio, dtype, frames):
    check_dtype(f"decode_{form}", contents, STRING, "contents")
    if contents.shape:
        raise InvalidArgumentError(
            f"[decode_{form}] contents must be one string, got shape {list(contents.shape)}: "
            "tf.map_fn over them."
        )
    lead = (Dim.of_data(),) if frames else ()
    return Spec((*lead, Dim.of_data(), Dim.of_data(), channels or Dim.of_data()), np.dtype(dtype))


def _picture(rng):
    return rng.integers(0, 256, (2, 3, 3)).astype(np.uint8)


def _file(rng):
    return _encode_kernel(_picture(rng), "JPEG", ())


def _reading(form, channels, dtype=_UINT8, ratio=1, frames=False):
    """The attributes of `_decode`."""
    return {"form": form, "channels": channels, "ratio": ratio, "dtype": dtype, "frames": frames}


_decode = Op(
    "decode_picture",
    _decode_kernel,
    _decode_infer,
    samples=lambda rng: [((_file(rng),), _reading("jpeg", 3))],
    doc="The pixels of a picture's file.",
    why_no_gradient=_NOT_PIXELS,
)


def _decoded(form, contents, channels, allowed, dtype="uint8", ratio=1, frames=False):
    dtype = as_dtype(dtype)
    if channels not in allowed:
        raise InvalidArgumentError(
            f"[decode_{form}] channels must be one of {list(allowed)}, got {channels}."
        )
    attrs = _reading(form, 3 if frames else channels, dtype.numpy_dtype, ratio, frames)
    return apply(_decode, (tensor_of(contents),), attrs)


def _refuse_recovery(name, fancy_upscaling, try_recover_truncated, acceptable_fraction):
    if not fancy_upscaling or try_recover_truncated or acceptable_fraction != 1:
        raise NotImplementedError(
            f"[{name}] fancy_upscaling=False, try_recover_truncated and acceptable_fraction are "
            "not built: repair such files first, with Pillow for example."
        )


@public("image.decode_jpeg", "io.decode_jpeg")
def decode_jpeg(
    contents,
    channels=0,
    ratio=1,
    fancy_upscaling=True,
    try_recover_truncated=False,
    acceptable_fraction=1,
    dct_method="",
    name=None,
):
    """The pixels of a JPEG file; of PNG, GIF and BMP as well.

    Args:
      contents: a string, the bytes of the file.
      channels: 1 for gray, 3 for colours, 0 for as many as there are.
      ratio: 1, 2, 4 or 8: how much smaller to decode it.
      dct_method: ignored: all is as with "INTEGER_ACCURATE".

    Returns:
      uint8 (height, width, channels).

    Raises:
      InvalidArgumentError: bytes that are no picture; another number of channels.

    Example:
    >>> data = tf.io.encode_jpeg(tf.zeros([8, 6, 3], tf.uint8))
    >>> tf.io.decode_jpeg(data).shape
    TensorShape([8, 6, 3])
    """
    _refuse_recovery("decode_jpeg", fancy_upscaling, try_recover_truncated, acceptable_fraction)
    if ratio not in (1, 2, 4, 8):
        raise InvalidArgumentError(f"[decode_jpeg] ratio must be 1, 2, 4 or 8, got {ratio}.")
    return _decoded("jpeg", contents, channels, (0, 1, 3), ratio=ratio)


@public("image.decode_and_crop_jpeg", "io.decode_and_crop_jpeg")
def decode_and_crop_jpeg(
    contents,
    crop_window,
    channels=0,
    ratio=1,
    fancy_upscaling=True,
    try_recover_truncated=False,
    acceptable_fraction=1,
    dct_method="",
    name=None,
):
    """A part of a JPEG file.

    Args:
      crop_window: [top, left, height, width].

    The other arguments are those of `tf.io.decode_jpeg`.

    Example:
    >>> data = tf.io.encode_jpeg(tf.zeros([8, 6, 3], tf.uint8))
    >>> tf.io.decode_and_crop_jpeg(data, [0, 1, 4, 5]).shape
    TensorShape([4, 5, 3])
    """
    _refuse_recovery(
        "decode_and_crop_jpeg", fancy_upscaling, try_recover_truncated, acceptable_fraction
    )
    picture = decode_jpeg(contents, channels, ratio)
    top, left, height, width = ops.unstack(tensor_of(crop_window))
    return picture[top : top + height, left : left + width]


@public("image.decode_png", "io.decode_png")
def decode_png(contents, channels=0, dtype="uint8", name=None):
    """The pixels of a PNG file; of JPEG, GIF and BMP as well.

    Args:
      contents: a string, the bytes of the file.
      channels: 1 for gray, 3 for colours, 4 with transparency, 0 for as many as there are.
      dtype: uint8 or uint16.

    Returns:
      (height, width, channels).

    Raises:
      InvalidArgumentError: bytes that are no picture; another number of channels.

    Example:
    >>> data = tf.io.encode_png(tf.constant([[[7], [9]]], tf.uint8))
    >>> tf.io.decode_png(data).numpy().ravel()
    array([7, 9], dtype=uint8)
    """
    if as_dtype(dtype).name not in ("uint8", "uint16"):
        raise TypeError(f"[decode_png] dtype must be uint8 or uint16, got {dtype!r}.")
    return _decoded("png", contents, channels, (0, 1, 3, 4), dtype)


@public("image.decode_bmp", "io.decode_bmp")
def decode_bmp(contents, channels=0, name=None):
    """The pixels of a BMP file: uint8 (height, width, channels).

    Args:
      contents: a string, the bytes of the file.
      channels: 0 for as many as there are, 1, 3 or 4.

    Raises:
      InvalidArgumentError: bytes that are no picture.

    Example:
    >>> tf.image.decode_bmp(b"no picture")
    Traceback (most recent call last):
    tensorbrook.base.errors.InvalidArgumentError: [decode_bmp] Unknown image file format. ...
    """
    return _decoded("bmp", contents, channels, (0, 1, 3, 4))


@public("image.decode_webp", "io.decode_webp")
def decode_webp(contents, channels=0, dtype="uint8", name=None):
    """The pixels of a WebP file: uint8 (height, width, channels), its first frame.

    Args:
      contents: a string, the bytes of the file.
      channels: 0 for as many as there are, 3 or 4.

    Raises:
      InvalidArgumentError: bytes that are no picture.

    Example:
    >>> tf.image.decode_webp(b"no picture")
    Traceback (most recent call last):
    tensorbrook.base.errors.InvalidArgumentError: [decode_webp] Unknown image file format. ...
    """
    return _decoded("webp", contents, channels, (0, 3, 4), dtype)


@public("image.decode_gif", "io.decode_gif")
def decode_gif(contents, name=None):
    """The frames of a GIF file: uint8 (frames, height, width, 3).

    Args:
      contents: a string, the bytes of the file.

    Raises:
      InvalidArgumentError: bytes that are no picture.

    Example:
    >>> tf.image.decode_gif(b"no picture")
    Traceback (most recent call last):
    tensorbrook.base.errors.InvalidArgumentError: [decode_gif] Unknown image file format. ...
    """
    return _decoded("gif", contents, 0, (0,), frames=True)


@public("image.decode_image", "io.decode_image")
def decode_image(contents, channels=None, dtype="uint8", name=None, expand_animations=True):
    """The pixels of a picture's file of any kind: JPEG, PNG, GIF, BMP.

    Args:
      contents: a string, the bytes of the file.
      channels: 1 for gray, 3 for colours, 4 with transparency, 0 or None for as many as there are.
      dtype: uint8, uint16, or a floating dtype, in which pixels are in [0, 1].
      expand_animations: a GIF gives all its frames, with a first axis for them; else its first.

    Returns:
      (height, width, channels), or (frames, height, width, 3).

    Raises:
      InvalidArgumentError: bytes that are no picture.

    Example:
    >>> data = tf.io.encode_png(tf.constant([[[0], [255]]], tf.uint8))
    >>> tf.io.decode_image(data, dtype=tf.float32).numpy().ravel()
    array([0., 1.], dtype=float32)
    """
    contents, dtype = tensor_of(contents), as_dtype(dtype)
    frames = False
    if expand_animations:
        if not contents.is_eager:
            raise TraceBreak(
                "[decode_image] whether there are frames depends on the file: expand_animations="
                "False says that there are none"
            )
        frames = bytes(contents.numpy())[:3] == b"GIF"
    is_png = contents.is_eager and bytes(contents.numpy()).startswith(b"\x89PNG")
    stored = "uint16" if dtype.name == "uint16" or (is_png and dtype.is_floating) else "uint8"
    pixels = _decoded("image", contents, channels or 0, (0, 1, 3, 4), stored, frames=frames)
    return convert_image_dtype(pixels, dtype)


# -- encoding --------------------------------------------------------------------------------------


def _encode_kernel(image, form, options):
    if image.dtype == np.uint16 and image.shape[-1] > 1:
        # which Pillow does not write
        return np.array(png.written(image, dict(options)["compress_level"]), object)
    data = io.BytesIO()
    array = image[..., 0] if image.shape[-1] == 1 else image
    pillow().fromarray(array).save(data, form, **dict(options))
    return np.array(data.getvalue(), object)


def _encode_infer(image, form, options):
    return Spec((), np.dtype(object))


_encode = Op(
    "encode_picture",
    _encode_kernel,
    _encode_infer,
    samples=lambda rng: [((_picture(rng),), {"form": "PNG", "options": ()})],
    doc="The bytes of a picture's file.",
    why_no_gradient="its result is a string",
)


def _encoded(name, image, form, channels, **options):
    x = tensor_of(image)
    if len(x._shape) != 3 or (x._shape[-1].__class__ is int and x._shape[-1] not in channels):
        raise InvalidArgumentError(
            f"[{name}] image must be 3-dimensional (height, width, channels) with channels in "
            f"{list(channels)}, got shape {x.shape}."
        )
    return apply(_encode, (x,), {"form": form, "options": tuple(options.items())})


@public("image.encode_jpeg", "io.encode_jpeg")
def encode_jpeg(
    image,
    format="",
    quality=95,
    progressive=False,
    optimize_size=False,
    chroma_downsampling=True,
    density_unit="in",
    x_density=300,
    y_density=300,
    xmp_metadata="",
    name=None,
):
    """A picture as the bytes of a JPEG file.

    Args:
      image: uint8 (height, width, 1 or 3).
      format: "", "grayscale" or "rgb": what the picture must be.
      quality: from 0 to 100.
      progressive: store it in several passes, coarse to fine.
      optimize_size: take longer for a smaller file.
      chroma_downsampling: store colours at half the resolution.
      density_unit, x_density, y_density: pixels to an "in" or a "cm", for who prints it.
      xmp_metadata: text to store with it.

    Raises:
      InvalidArgumentError: another shape; a quality out of range.

    Example:
    >>> bool(tf.io.is_jpeg(tf.io.encode_jpeg(tf.zeros([2, 2, 1], tf.uint8))))
    True
    """
    x = tensor_of(image)
    if x.dtype.name != "uint8":
        raise TypeError(f"[encode_jpeg] image must be uint8, got {x.dtype.name}: convert it.")
    quality = quality if isinstance(quality, int) else int(quality)
    if not 0 <= quality <= 100:
        raise InvalidArgumentError(f"[encode_jpeg] quality must be in [0, 100], got {quality}.")
    channels = {"": (1, 3), "grayscale": (1,), "rgb": (3,)}.get(format)
    if channels is None:
        raise InvalidArgumentError(
            f"[encode_jpeg] format must be '', 'grayscale' or 'rgb', got {format!r}."
        )
    inch = 2.54 if density_unit == "cm" else 1
    options = {
        "quality": max(quality, 1),
        "progressive": progressive,
        "optimize": optimize_size,
        "subsampling": 2 if chroma_downsampling else 0,
        "dpi": (round(x_density * inch), round(y_density * inch)),
    }
    if xmp_metadata:
        options["xmp"] = xmp_metadata.encode() if isinstance(xmp_metadata, str) else xmp_metadata
    return _encoded("encode_jpeg", x, "JPEG", channels, **options)


@public("image.encode_png", "io.encode_png")
def encode_png(image, compression=-1, name=None):
    """A picture as the bytes of a PNG file.

    Args:
      image: uint8 or uint16 (height, width, 1 to 4).
      compression: from 0, none, to 9; -1 for the usual.

    Raises:
      InvalidArgumentError: another shape; a compression out of range.

    Example:
    >>> tf.io.encode_png(tf.zeros([2, 2, 3], tf.uint8)).numpy()[:4]
    b'\\x89PNG'
    """
    x = tensor_of(image)
    if x.dtype.name not in ("uint8", "uint16"):
        raise TypeError(f"[encode_png] image must be uint8 or uint16, got {x.dtype.name}.")
    if not -1 <= compression <= 9:
        raise InvalidArgumentError(
            f"[encode_png] compression should be in [-1, 9], got {compression}."
        )
    return _encoded("encode_png", x, "PNG", (1, 2, 3, 4), compress_level=compression)


@public("image.is_jpeg", "io.is_jpeg")
def is_jpeg(contents, name=None):
    """True where the bytes begin as a JPEG file does.

    Example:
    >>> bool(tf.io.is_jpeg(b"GIF89a"))
    False
    """
    return apply(_is_jpeg, (tensor_of(contents),), {})


_is_jpeg = Op(
    "is_jpeg",
    lambda x: np.array([v[:3] == b"\xff\xd8\xff" for v in x.ravel()], bool).reshape(x.shape),
    lambda x: Spec(x.shape, np.dtype(bool)),
    samples=lambda rng: [((np.array([_file(rng)[()], b"GIF89a"], object),), {})],
    doc="Whether strings begin as JPEG files do.",
    why_no_gradient=_NOT_PIXELS,
)


def _jpeg_shape_kernel(contents, dtype):
    picture = _opened("extract_jpeg_shape", _bytes_of(contents))
    return np.array([*picture.size[::-1], _channels_of(picture)], dtype)


_jpeg_shape = Op(
    "extract_jpeg_shape",
    _jpeg_shape_kernel,
    lambda contents, dtype: Spec((3,), dtype),
    samples=lambda rng: [((_file(rng),), {"dtype": np.dtype(np.int32)})],
    doc="Height, width and channels of a JPEG file.",
    why_no_gradient=_NOT_PIXELS,
)


@public("image.extract_jpeg_shape", "io.extract_jpeg_shape")
def extract_jpeg_shape(contents, output_type="int32", name=None):
    """Height, width and channels of a JPEG file, without decoding it.

    Args:
      contents: a string, the bytes of the file.
      output_type: int32 or int64.

    Example:
    >>> data = tf.io.encode_jpeg(tf.zeros([2, 5, 3], tf.uint8))
    >>> tf.io.extract_jpeg_shape(data).numpy()
    array([2, 5, 3], dtype=int32)
    """
    dtype = as_dtype(output_type).numpy_dtype
    return apply(_jpeg_shape, (tensor_of(contents),), {"dtype": dtype})


def _through_jpeg_kernel(image, quality):
    options = (("quality", max(int(quality), 1)), ("subsampling", 2))
    data = _encode_kernel(image, "JPEG", options)
    return _decode_kernel(data, "jpeg", image.shape[-1], 1, np.uint8, False)


_through_jpeg = Op(
    "through_jpeg",
    _through_jpeg_kernel,
    lambda image, quality: image,
    samples=lambda rng: [((_picture(rng), np.array(50, np.int32)), {})],
    doc="A picture as it is after JPEG.",
    why_no_gradient="its result is rounded",
)


@public("image.adjust_jpeg_quality")
def adjust_jpeg_quality(image, jpeg_quality, dct_method="", name=None):
    """A picture as it looks after JPEG of a quality.

    Args:
      image: (height, width, 1 or 3) of any dtype.
      jpeg_quality: from 0 to 100.
      dct_method: ignored: all is as with "INTEGER_ACCURATE".

    Raises:
      ValueError: other than 3 dimensions.

    Example:
    >>> tf.image.adjust_jpeg_quality(tf.ones([4, 4, 3]), 75).shape
    TensorShape([4, 4, 3])
    """
    image = tensor_of(image)
    if len(image._shape) != 3:
        raise ValueError(f"[adjust_jpeg_quality] image must have 3 dimensions, got {image.shape}.")
    pixels = convert_image_dtype(image, "uint8", saturate=True)
    pixels = apply(_through_jpeg, (pixels, ops.cast(jpeg_quality, "int32")), {})
    return convert_image_dtype(pixels, image.dtype, saturate=True)
