"""Pictures of other colours, at random and not, blurred and sharpened."""

import numpy as np

from .... import ops
from ....ops.image.colour import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from ....ops.image.elastic import gaussian_blur
from ... import random
from .base import ImageLayer, check_value_range, factor_of, rescaled
from .geometry import chances

_UNIT, _BYTE = (0, 1), (0, 255)


class _Colour(ImageLayer):
    """A layer that changes colours in training; boxes and masks stay as they are."""

    _in_training_only = True

    def _clipped(self, x):
        low, high = self.value_range
        return ops.clip_by_value(x, ops.cast(low, x.dtype), ops.cast(high, x.dtype))


def _each(numbers, x):
    """One number a picture, in a shape that broadcasts with the pictures."""
    return ops.reshape(ops.cast(numbers, x.dtype), (-1, 1, 1, 1))


def _range_of(factor):
    """The least and the greatest of a factor around 1: (0.1, 0.2) for [0.9, 1.2]."""
    return 1.0 - factor[0], 1.0 + factor[1]


class RandomBrightness(_Colour):
    """Makes pictures brighter or darker in training.

    Args:
      factor: the most to add or take away, in parts of the range; or (least, most).
      value_range: (least, greatest) value of a pixel; results are clipped to it.
      seed: an integer for the same choices at each run.

    Raises:
      ValueError: a factor out of [-1, 1], a value_range that is no pair.

    Example:
    >>> layer = tf.keras.layers.RandomBrightness((0.2, 0.2), seed=1)
    >>> layer(tf.constant([[[100.0, 250.0, 0.0]]]), training=True).numpy()
    array([[[151., 255.,  51.]]], dtype=float32)
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor_of(factor)
        self.value_range = list(check_value_range(value_range))
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """What is added: (batch, 1, 1, 1)."""
        delta = self._uniform((data["images"]._shape[0], 1, 1, 1), *self.factor, seed)
        return {"rgb_delta": delta * float(self.value_range[1] - self.value_range[0])}

    def transform_images(self, images, transformation, training=True):
        """The pictures, brighter."""
        return self._clipped(images + ops.cast(transformation["rgb_delta"], images.dtype))


class RandomContrast(_Colour):
    """Stretches or narrows the distance of pixels from the mean of their channel, in training.

    Args:
      factor: the most to stretch, in [0, 1]; or (most to narrow, most to stretch).
      value_range, seed: as for `RandomBrightness`.

    Raises:
      ValueError: a factor out of [0, 1].

    Example:
    >>> layer = tf.keras.layers.RandomContrast((1.0, 0.0), seed=3)
    >>> layer(tf.ones([1, 2, 2, 3]), training=True).numpy().max()
    np.float32(1.0)
    """

    def __init__(self, factor, value_range=(0, 255), seed=None, **kwargs):
        super().__init__(**kwargs)
        pair = factor if isinstance(factor, (list, tuple)) else (0, factor)
        if len(pair) != 2 or not 0 <= min(pair) <= max(pair) <= 1:
            raise ValueError(
                "The `factor` argument should be a number (or a list of two numbers) in the range "
                f"[0, 1]. Received: factor={factor}"
            )
        self.factor = tuple(pair)
        self.value_range = check_value_range(value_range)
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """The factor of the contrast: (batch, 1, 1, 1)."""
        shape = (data["images"]._shape[0], 1, 1, 1)
        return {"contrast_factor": self._uniform(shape, *_range_of(self.factor), seed)}

    def transform_images(self, images, transformation, training=True):
        """The pictures, of more or less contrast."""
        x = ops.cast(images, "float32")
        mean = ops.reduce_mean(x, [1, 2], keepdims=True)
        x = (x - mean) * transformation["contrast_factor"] + mean
        return self._clipped(ops.cast(x, images.dtype))


class RandomHue(_Colour):
    """Turns the hue of colours in training.

    Args:
      factor: the most to turn, in [0, 1], where 1 is half of the circle in either sense; or
        (least, most).
      value_range, seed, data_format: as for `RandomBrightness`.

    Raises:
      ValueError: a factor out of [0, 1].

    Example:
    >>> layer = tf.keras.layers.RandomHue((1.0, 1.0), value_range=(0, 1), seed=1)
    >>> layer(tf.constant([[[1.0, 0.0, 0.0]]]), training=True).numpy()
    array([[[0., 1., 1.]]], dtype=float32)
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_of(factor, 0.0, 1.0)
        self.value_range = check_value_range(value_range)
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """How far to turn: (batch,)."""
        shape = (data["images"]._shape[0],)
        sign = ops.where(self._uniform(shape, seed=seed) < 0.5, 1.0, -1.0)
        return {"factor": sign * self._uniform(shape, *self.factor, seed) * 0.5}

    def transform_images(self, images, transformation, training=True):
        """The pictures, of other hues."""
        x = rescaled(images, self.value_range, _UNIT)
        hsv = rgb_to_hsv(x)
        hue = hsv[..., :1] + _each(transformation["factor"], x)
        hue = ops.where(hue > 1.0, hue - 1.0, ops.where(hue < 0.0, hue + 1.0, hue))
        x = hsv_to_rgb(ops.concat([hue, hsv[..., 1:]], -1))
        return rescaled(ops.clip_by_value(x, 0.0, 1.0), _UNIT, self.value_range)


class RandomSaturation(_Colour):
    """Makes colours stronger or grayer in training.

    Args:
      factor: in [0, 1]: 0.5 leaves colours as they are, 0 makes them gray, towards 1 they get ever
        stronger; or (least, most).
      value_range, seed, data_format: as for `RandomBrightness`.

    Raises:
      ValueError: a factor out of [0, 1].

    Example:
    >>> layer = tf.keras.layers.RandomSaturation((0.0, 0.0), value_range=(0, 1), seed=1)
    >>> layer(tf.constant([[[1.0, 0.5, 0.0]]]), training=True).numpy()
    array([[[1., 1., 1.]]], dtype=float32)
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_of(factor)
        self.value_range = list(check_value_range(value_range))
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """The factor of the saturation: (batch,)."""
        factor = self._uniform((data["images"]._shape[0],), *self.factor, seed)
        return {"factor": factor / (1.0 - factor)}

    def transform_images(self, images, transformation, training=True):
        """The pictures, of stronger or weaker colours."""
        x = rescaled(images, self.value_range, _UNIT)
        hsv = rgb_to_hsv(x)
        # a factor of 1 has no bound; what has no colour keeps none
        saturation = ops.multiply_no_nan(_each(transformation["factor"], x), hsv[..., 1:2])
        saturation = ops.clip_by_value(saturation, *map(float, self.value_range))
        x = hsv_to_rgb(ops.concat([hsv[..., :1], saturation, hsv[..., 2:]], -1))
        return rescaled(x, _UNIT, self.value_range)


class RandomColorDegeneration(_Colour):
    """Mixes pictures with their gray versions in training.

    Args:
      factor: the most of gray, in [0, 1]; or (least, most).
      value_range, seed, data_format: as for `RandomBrightness`.

    Raises:
      ValueError: a factor out of [-1, 1].

    Example:
    >>> layer = tf.keras.layers.RandomColorDegeneration((1.0, 1.0), seed=1)
    >>> layer(tf.constant([[[100.0, 0.0, 0.0]]]), training=True).numpy().round(2)
    array([[[29.89, 29.89, 29.89]]], dtype=float32)
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_of(factor)
        self.value_range = list(check_value_range(value_range))
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """The share of gray: (batch, 1, 1, 1)."""
        return {"factor": self._uniform((data["images"]._shape[0], 1, 1, 1), *self.factor, seed)}

    def transform_images(self, images, transformation, training=True):
        """The pictures, grayer."""
        factor = ops.cast(transformation["factor"], images.dtype)
        gray = rgb_to_grayscale(images)
        return self._clipped(images + factor * (gray - images))


class RandomGrayscale(_Colour):
    """Makes some pictures gray in training, with three equal channels.

    Args:
      factor: the chance of each picture.
      data_format, seed: as for `RandomBrightness`.

    Raises:
      ValueError: a factor out of [0, 1].

    Example:
    >>> layer = tf.keras.layers.RandomGrayscale(factor=1.0)
    >>> layer(tf.constant([[[1.0, 0.0, 0.0]]]), training=True).numpy().round(3)
    array([[[0.299, 0.299, 0.299]]], dtype=float32)
    """

    def __init__(self, factor=0.5, data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        if not 0 <= factor <= 1:
            raise ValueError(f"`factor` should be between 0 and 1. Received: factor={factor}")
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """Which pictures become gray: bool (batch, 1, 1, 1)."""
        chosen = self._uniform((data["images"]._shape[0],), seed=seed) < self.factor
        return ops.reshape(chosen, (-1, 1, 1, 1))

    def transform_images(self, images, transformation, training=True):
        """The pictures, some of them gray."""
        return ops.where(transformation, rgb_to_grayscale(images), images)


class RandomInvert(_Colour):
    """Shows some pictures as negatives in training.

    Args:
      factor: the chance of each picture; or (least, most), between which it is drawn.
      value_range, seed, data_format: as for `RandomBrightness`.

    Raises:
      ValueError: a factor out of [0, 1].

    Example:
    >>> layer = tf.keras.layers.RandomInvert((1.0, 1.0), seed=1)
    >>> layer(tf.constant([[[0.0, 255.0, 5.0]]]), training=True).numpy()
    array([[[255.,   0., 250.]]], dtype=float32)
    """

    def __init__(self, factor=1.0, value_range=(0, 255), seed=None, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_of(factor, 0.0, 1.0)
        self.value_range = check_value_range(value_range)
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """Which pictures are inverted: bool (batch,)."""
        return {"apply_inversion": chances(self, data["images"]._shape[0], self.factor, seed)}

    def transform_images(self, images, transformation, training=True):
        """The pictures, some of them inverted."""
        chosen = ops.reshape(transformation["apply_inversion"], (-1, 1, 1, 1))
        return ops.where(chosen, self.value_range[1] - images, images)


class RandomPosterization(_Colour):
    """Keeps the leading bits of each channel alone, in training.

    Args:
      factor: how many of the 8 bits are kept: drawn from 1 to the number; or (least, most).
      value_range, seed, data_format: as for `RandomBrightness`.

    Raises:
      ValueError: a factor out of [1, 8].

    Example:
    >>> layer = tf.keras.layers.RandomPosterization((1, 2), seed=1)
    >>> layer(tf.constant([[[100.0, 200.0, 0.0]]]), training=True).numpy()
    array([[[  0., 128.,   0.]]], dtype=float32)
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_of(factor, 1, 8)
        self.value_range = list(check_value_range(value_range))
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """How many bits are dropped: (batch,)."""
        low, high = self.factor
        shape = (data["images"]._shape[0],)
        if low == high:
            return {"shift_factor": ops.fill(shape, ops.constant(8 - low))}
        bits = random.randint(shape, low, high, "uint8", seed or self.generator)
        return {"shift_factor": 8 - ops.cast(bits, "int32")}

    def transform_images(self, images, transformation, training=True):
        """The pictures, of fewer colours."""
        x = ops.cast(rescaled(images, self.value_range, _BYTE), "int32")
        shift = ops.reshape(transformation["shift_factor"], (-1, 1, 1, 1))
        x = ops.left_shift(ops.right_shift(x, shift), shift)
        return rescaled(ops.cast(x, images.dtype), _BYTE, self.value_range)


class RandomSharpness(_Colour):
    """Makes pictures smoother or sharper in training.

    Args:
      factor: 0 is smooth, 0.5 leaves pictures as they are, 1 sharpens; drawn from 0 to the number,
        or from (least, most).
      value_range, seed, data_format: as for `RandomBrightness`.

    Raises:
      ValueError: a factor out of [0, 1].

    Example:
    >>> layer = tf.keras.layers.RandomSharpness((0.5, 0.5), seed=1)
    >>> layer(tf.constant([[[100.0], [0.0]]]), training=True).numpy().ravel()
    array([100.,   0.], dtype=float32)
    """

    def __init__(self, factor, value_range=(0, 255), data_format=None, seed=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_of(factor, 0.0, 1.0)
        self.value_range = list(check_value_range(value_range))
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """Half of the share of the pictures themselves: (batch,)."""
        return {"factor": self._uniform((data["images"]._shape[0],), *self.factor, seed)}

    def transform_images(self, images, transformation, training=True):
        """The pictures, smoother or sharper."""
        window = np.array([[1, 1, 1], [1, 5, 1], [1, 1, 1]]) / 13
        kernel = ops.constant(window.reshape(3, 3, 1, 1), images.dtype)
        kernel = ops.tile(kernel, (1, 1, images._shape[-1], 1))
        smooth = self._clipped(ops.depthwise_conv2d(images, kernel, [1, 1, 1, 1], "SAME"))
        share = 2.0 * _each(transformation["factor"], images)
        return self._clipped(smooth + (images - smooth) * share)


class RandomGaussianBlur(_Colour):
    """Blurs some pictures in training.

    Args:
      factor: the chance of each picture; or (least, most), between which it is drawn.
      kernel_size: of the window: an odd number, or two of them.
      sigma: the most of the width of the bell; or (least, most). Across and down are drawn apart.
      value_range, seed, data_format: as for `RandomBrightness`.

    Raises:
      ValueError: a factor out of [0, 1], a kernel_size that is no odd number, a negative sigma.

    Example:
    >>> layer = tf.keras.layers.RandomGaussianBlur(seed=1)
    >>> layer(tf.ones([1, 4, 4, 3]), training=True).shape
    TensorShape([1, 4, 4, 3])
    """

    def __init__(
        self,
        factor=1.0,
        kernel_size=3,
        sigma=1.0,
        value_range=(0, 255),
        data_format=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_of(factor, 0.0, 1.0)
        pair = (kernel_size,) * 2 if isinstance(kernel_size, int) else tuple(kernel_size)
        if len(pair) != 2 or any(size < 1 or size % 2 == 0 for size in pair):
            raise ValueError(
                "`kernel_size` must be an odd number, or two of them. Received: "
                f"kernel_size={kernel_size}"
            )
        self.kernel_size = pair
        self.sigma = factor_of(sigma, 0.0, float("inf"), "sigma")
        self.value_range = check_value_range(value_range)
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """Which pictures are blurred, and the width of the bell across and down."""
        chosen = chances(self, data["images"]._shape[0], self.factor, seed)
        sigma = self._uniform((2,), *self.sigma, seed)
        return {"should_apply_blur": chosen, "blur_factor": sigma}

    def transform_images(self, images, transformation, training=True):
        """The pictures, some of them blurred."""
        blurred = gaussian_blur(images, self.kernel_size, transformation["blur_factor"])
        chosen = ops.reshape(transformation["should_apply_blur"], (-1, 1, 1, 1))
        return self._clipped(ops.where(chosen, blurred, images))


class Solarization(_Colour):
    """Adds to pixels, then inverts those above a threshold, in training.

    Args:
      addition_factor: the most to add, in parts of the range; or (least, most).
      threshold_factor: the most of the threshold, in parts of the range; or (least, most).
      value_range, seed: as for `RandomBrightness`.

    Raises:
      ValueError: factors out of [0, 1].

    Example:
    >>> layer = tf.keras.layers.Solarization(threshold_factor=(0.5, 0.5), seed=1)
    >>> layer(tf.constant([[[100.0, 200.0, 0.0]]]), training=True).numpy()
    array([[[100.,  55.,   0.]]], dtype=float32)
    """

    def __init__(
        self, addition_factor=0.0, threshold_factor=0.0, value_range=(0, 255), seed=None, **kwargs
    ):
        super().__init__(**kwargs)
        self.addition_factor = factor_of(addition_factor, 0.0, 1.0, "addition_factor")
        self.threshold_factor = factor_of(threshold_factor, 0.0, 1.0, "threshold_factor")
        self.value_range = list(check_value_range(value_range))
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """What is added, and the threshold: (batch, 1, 1, 1) each, in a range of [0, 255]."""
        shape = (data["images"]._shape[0], 1, 1, 1)
        factors = {"additions": self.addition_factor, "thresholds": self.threshold_factor}
        return {
            name: self._uniform(shape, *(part * 255 for part in factor), seed)
            for name, factor in factors.items()
        }

    def transform_images(self, images, transformation, training=True):
        """The pictures, solarized."""
        x = rescaled(images, self.value_range, _BYTE)
        x = x + ops.cast(transformation["additions"], x.dtype)
        x = ops.clip_by_value(x, 0.0, 255.0)
        x = ops.where(x < ops.cast(transformation["thresholds"], x.dtype), x, 255.0 - x)
        return rescaled(x, _BYTE, self.value_range)


class RandomColorJitter(_Colour):
    """Changes brightness, contrast, saturation and hue in training, one after the other.

    Args:
      value_range: (least, greatest) value of a pixel.
      brightness_factor, contrast_factor, saturation_factor, hue_factor: as `factor` of
        `RandomBrightness`, `RandomContrast`, `RandomSaturation` and `RandomHue`; None leaves that
        one out.
      seed: an integer for the same choices at each run.
      data_format: "channels_last" or "channels_first".

    Raises:
      ValueError: factors that these layers do not take.

    Example:
    >>> layer = tf.keras.layers.RandomColorJitter(brightness_factor=0.2, hue_factor=0.1, seed=1)
    >>> layer(tf.ones([1, 4, 4, 3]), training=True).shape
    TensorShape([1, 4, 4, 3])
    """

    def __init__(
        self,
        value_range=(0, 255),
        brightness_factor=None,
        contrast_factor=None,
        saturation_factor=None,
        hue_factor=None,
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = check_value_range(value_range)
        self._seeded(seed)
        steps = (
            (RandomBrightness, brightness_factor),
            (RandomContrast, contrast_factor),
            (RandomSaturation, saturation_factor),
            (RandomHue, hue_factor),
        )
        self._steps = [
            within(self, layer(factor=factor, value_range=value_range))
            for layer, factor in steps
            if factor is not None
        ]

    def transform_images(self, images, transformation, training=True):
        """The pictures, of other colours."""
        for step in self._steps:
            drawn = step.get_random_transformation({"images": images}, training, self.generator)
            images = step.transform_images(images, drawn, training)
        return images


def within(owner, layer):
    """A layer that another one uses for its formulas: channels last, and no draws of its own."""
    layer.data_format, layer.dtype_policy = "channels_last", owner.dtype_policy
    del layer.generator
    return layer


# -- colours by the picture itself -----------------------------------------------------------------


class AutoContrast(_Colour):
    """Stretches each channel of each picture to the whole range.

    Args:
      value_range: (least, greatest) value of a pixel.

    Raises:
      ValueError: a value_range that is no pair.

    Example:
    >>> tf.keras.layers.AutoContrast()(tf.constant([[[100.0], [150.0]]])).numpy().ravel()
    array([  0., 255.], dtype=float32)
    """

    _in_training_only = False

    def __init__(self, value_range=(0, 255), **kwargs):
        super().__init__(**kwargs)
        self.value_range = list(check_value_range(value_range))

    def transform_images(self, images, transformation, training=True):
        """The pictures, stretched."""
        x = rescaled(images, self.value_range, _BYTE)
        low, high = (f(x, [1, 2], keepdims=True) for f in (ops.reduce_min, ops.reduce_max))
        spread = high - low
        scale = 255.0 / ops.where(spread > 0, spread, ops.ones_like(spread))
        stretched = ops.clip_by_value(x * scale - low * scale, 0.0, 255.0)
        return rescaled(ops.where(spread > 0, stretched, x), _BYTE, self.value_range)


class Equalization(_Colour):
    """Spreads the values of each channel evenly over the range.

    As Keras does, it counts the values of a batch together: those of one picture count alone where
    it is called on one.

    Args:
      value_range: (least, greatest) value of a pixel.
      bins: how many values are told apart.
      data_format: "channels_last" or "channels_first".

    Raises:
      ValueError: a value_range that is no pair.

    Example:
    >>> tf.keras.layers.Equalization()(tf.constant([[[100.0], [101.0], [102.0]]])).numpy().ravel()
    array([  0., 128., 255.], dtype=float32)
    """

    _in_training_only = False

    def __init__(self, value_range=(0, 255), bins=256, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = list(check_value_range(value_range))

    def transform_images(self, images, transformation, training=True):
        """The pictures, equalized."""
        batch, height, width, channels = images._shape
        x = rescaled(images, self.value_range, _BYTE) / 255.0 * (self.bins - 1)
        values = ops.clip_by_value(ops.cast(x, "int32"), 0, self.bins - 1)
        values = ops.reshape(values, (batch * height * width, channels))
        count = ops.cast(values._shape[0], "float32")
        own = values + ops.range(channels) * self.bins  # each channel has its own bins
        flat = ops.reshape(own, (values._shape[0] * channels,))
        ones = ops.ones(flat._shape, "float32")
        counts = ops.unsorted_segment_sum(ones, flat, channels * self.bins)
        below = ops.cumsum(ops.reshape(counts, (channels, self.bins)), 1)
        first = ops.reduce_min(ops.where(below > 0, below, count), 1, keepdims=True)
        table = ops.divide_no_nan(below - first, count - first)
        same = ops.range(self.bins, dtype="float32") / (self.bins - 1)  # of a channel of one value
        table = ops.rint(ops.where(first < count, table, same) * 255.0)
        y = ops.reshape(ops.gather(ops.reshape(table, (-1,)), flat), images._shape)
        return rescaled(ops.cast(y, images.dtype), _BYTE, self.value_range)


class ContrastLimitedAdaptiveHistogramEqualization(_Colour):
    """Spreads the values of each part of a picture over the range, as far as it has contrast.

    The picture is cut into tiles; between their middles their tables are mixed (Pizer, 1987).

    Args:
      value_range: (least, greatest) value of a pixel.
      clip_limit: how often a value counts at most, in parts of an even share; what is above goes to
        all values alike.
      tile_grid_size: (rows, columns) of tiles.
      data_format: "channels_last" or "channels_first".

    Raises:
      ValueError: a value_range that is no pair, a grid without tiles.

    Example:
    >>> layer = tf.keras.layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(1, 1))
    >>> layer(tf.constant([[[100.0], [101.0], [102.0], [103.0]]])).numpy().ravel().round()
    array([ 98., 103., 108., 113.], dtype=float32)
    """

    _in_training_only = False

    def __init__(
        self,
        value_range=(0, 255),
        clip_limit=4.0,
        tile_grid_size=(8, 8),
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = check_value_range(value_range)
        self.tile_grid_size = tuple(tile_grid_size)
        if len(self.tile_grid_size) != 2 or min(self.tile_grid_size) < 1:
            raise ValueError(
                "`tile_grid_size` must be two positive integers. Received: "
                f"tile_grid_size={tile_grid_size}"
            )

    def transform_images(self, images, transformation, training=True):
        """The pictures, equalized."""
        height, width = images._shape[1:3]
        rows, columns = self.tile_grid_size
        tall, wide = -(-height // rows), -(-width // columns)
        x = ops.clip_by_value(rescaled(images, self.value_range, _BYTE), 0.0, 255.0)
        around = [(0, 0), (0, tall * rows - height), (0, wide * columns - width), (0, 0)]
        values = ops.cast(ops.pad(x, around, "REFLECT"), "int32")
        tables = self._tables(values, tall, wide)
        own = ops.cast(x, "int32")
        y = self._mixed(tables, own, tall, wide)
        return rescaled(ops.cast(y, images.dtype), _BYTE, self.value_range)

    def _tables(self, values, tall, wide):
        """What each value becomes, by tile: float32 (batch, rows * columns, channels, 256)."""
        batch, _, _, channels = values._shape
        rows, columns = self.tile_grid_size
        tiles = ops.reshape(values, (batch, rows, tall, columns, wide, channels))
        tiles = ops.transpose(tiles, (0, 1, 3, 5, 2, 4))
        count = tall * wide
        lines = batch * rows * columns * channels
        flat = ops.reshape(tiles, (lines, count)) + ops.expand_dims(ops.range(lines), 1) * 256
        flat = ops.reshape(flat, (lines * count,))
        counts = ops.unsorted_segment_sum(ops.ones(flat._shape, "float32"), flat, lines * 256)
        counts = ops.reshape(counts, (lines, 256))
        count = ops.cast(count, "float32")
        clipped = ops.minimum(counts, self.clip_limit * count / 256.0)
        clipped = clipped + ops.reduce_sum(counts - clipped, 1, keepdims=True) / 256.0
        below = ops.cumsum(clipped, 1)
        first = below[:, :1]
        table = ops.divide_no_nan(below - first, count - first) * 255.0
        table = ops.clip_by_value(table, 0.0, 255.0)
        return ops.reshape(table, (batch, rows * columns, channels, 256))

    def _mixed(self, tables, values, tall, wide):
        """The values by the tables of the four tiles whose middles are around each pixel."""
        batch, height, width, channels = values._shape
        rows, columns = self.tile_grid_size
        sides = []
        for size, tile, count in ((height, tall, rows), (width, wide, columns)):
            place = ops.cast(ops.range(size), "float32") / ops.cast(tile, "float32") - 0.5
            low = ops.floor(place)
            ends = [
                ops.cast(ops.clip_by_value(low + step, 0.0, count - 1.0), "int32")
                for step in (0.0, 1.0)
            ]
            sides.append((ends, (1.0 - (place - low), place - low)))
        flat = ops.reshape(tables, (batch, rows * columns * channels * 256))
        total = 0.0
        for tile_row, down in zip(*sides[0]):
            for tile_column, across in zip(*sides[1]):
                tile = ops.expand_dims(tile_row, 1) * columns + tile_column
                tile = ops.expand_dims(tile, -1) * channels + ops.range(channels)
                at = ops.reshape(tile * 256 + values, (batch, height * width * channels))
                found = ops.reshape(ops.gather(flat, at, batch_dims=1), values._shape)
                weight = ops.expand_dims(ops.expand_dims(down, 1) * across, -1)
                total = total + found * weight
        return total
