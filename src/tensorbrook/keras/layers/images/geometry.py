"""Pictures turned, mirrored, moved, scaled and bent at random."""

import math

from .... import ops
from ....ops.image.elastic import elastic_transform
from ....ops.image.transform import FILLS, perspective_matrix, projective_transform
from ...seeds import draw_seed
from ...utils.bounding_boxes import around
from .base import ImageLayer, factor_of


class RandomFlip(ImageLayer):
    """Mirrors pictures in training, each with a chance of one half.

    Args:
      mode: "horizontal", "vertical" or "horizontal_and_vertical", which turns by half.
      seed: an integer for the same choices at each run.
      data_format: "channels_last" or "channels_first".

    Raises:
      ValueError: another mode.

    Example:
    >>> layer = tf.keras.layers.RandomFlip("horizontal", seed=1)
    >>> layer(tf.reshape(tf.range(8.0), [2, 1, 4, 1]), training=True).numpy()[:, 0, :, 0]
    array([[0., 1., 2., 3.],
           [7., 6., 5., 4.]], dtype=float32)
    """

    _in_training_only = True

    def __init__(self, mode="horizontal_and_vertical", seed=None, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self._axes = {"horizontal": [2], "vertical": [1], "horizontal_and_vertical": [1, 2]}.get(
            mode
        )
        if self._axes is None:
            raise ValueError(
                "Unknown `mode` argument for RandomFlip: it is 'horizontal', 'vertical' or "
                f"'horizontal_and_vertical'. Received: mode={mode}"
            )
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """Which pictures are mirrored: bool (batch, 1, 1, 1)."""
        return self._uniform((data["images"]._shape[0], 1, 1, 1), seed=seed) <= 0.5

    def transform_images(self, images, transformation, training=True):
        """The pictures, some of them mirrored."""
        return ops.where(transformation, ops.reverse(images, self._axes), images)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """The masks, mirrored as the pictures."""
        return self.transform_images(segmentation_masks, transformation)

    def _move_boxes(self, corners, transformation, before, after):
        x1, y1, x2, y2 = corners
        if isinstance(transformation, dict):
            transformation = transformation["flips"] > 0.0
        flipped = ops.reshape(transformation, (-1, 1, 1))
        height, width = (ops.cast(size, "float32") for size in before)
        if 2 in self._axes:
            x1, x2 = ops.where(flipped, width - x2, x1), ops.where(flipped, width - x1, x2)
        if 1 in self._axes:
            y1, y2 = ops.where(flipped, height - y2, y1), ops.where(flipped, height - y1, y2)
        return x1, y1, x2, y2


class _Warp(ImageLayer):
    """Pictures seen through a projective map each: what is drawn, and the map's eight numbers."""

    _in_training_only = True
    _default_fill_mode = "reflect"

    def _set_sampling(self, interpolation, fill_mode=None):
        if interpolation not in ("nearest", "bilinear"):
            raise ValueError(
                f"Unknown `interpolation` {interpolation!r} for {type(self).__name__}: it is "
                "'nearest' or 'bilinear'."
            )
        if fill_mode is not None and fill_mode not in ("reflect", "wrap", "constant", "nearest"):
            raise ValueError(
                f"Unknown `fill_mode` {fill_mode!r} for {type(self).__name__}: it is 'reflect', "
                "'wrap', 'constant' or 'nearest'."
            )

    def _matrix(self, transformation, height, width):
        """float32 (batch, 8), see `projective_transform`."""
        raise NotImplementedError

    def _seen(self, images, transformation, interpolation):
        height, width = images._shape[1:3]
        matrix = self._matrix(transformation, height, width)
        mode = getattr(self, "fill_mode", "constant")
        return projective_transform(images, matrix, interpolation, mode, self.fill_value)

    def transform_images(self, images, transformation, training=True):
        """The pictures, transformed."""
        return self._seen(images, transformation, self.interpolation)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """The masks, transformed as the pictures, each pixel from the nearest one."""
        return self._seen(segmentation_masks, transformation, "nearest")

    def _move_boxes(self, corners, transformation, before, after):
        # The map leads from the result to the picture; boxes go the other way. They count from the
        # edge of the first pixel, the map from its centre.
        m = self._matrix(transformation, *before)
        rows = ops.concat([m, ops.ones_like(m[:, :1])], -1)
        inverse = ops.inv(ops.reshape(rows, (-1, 3, 3)))
        n = [[inverse[:, i : i + 1, j : j + 1] for j in range(3)] for i in range(3)]

        def forward(x, y):
            x, y = x - 0.5, y - 0.5
            scale = n[2][0] * x + n[2][1] * y + n[2][2]
            return (
                (n[0][0] * x + n[0][1] * y + n[0][2]) / scale + 0.5,
                (n[1][0] * x + n[1][1] * y + n[1][2]) / scale + 0.5,
            )

        return around(forward, *corners)


def _map(a0, a1, a2, b0, b1, b2):
    """The eight numbers of an affine map, from vectors or numbers."""
    zero = ops.zeros_like(a2)
    whole = (ops.cast(part, "float32") + zero for part in (a0, a1, a2, b0, b1, b2, 0.0, 0.0))
    return ops.stack(list(whole), -1)


def _middle(size):
    return (ops.cast(size, "float32") - 1.0) / 2.0


class RandomRotation(_Warp):
    """Turns pictures in training.

    Args:
      factor: the most to turn, in parts of a whole turn, against the clock; or (least, most).
      fill_mode: what is beyond the edge: "reflect", "wrap", "constant" or "nearest".
      interpolation: "bilinear" or "nearest".
      seed: an integer for the same choices at each run.
      fill_value: the constant.
      data_format: "channels_last" or "channels_first".

    Raises:
      ValueError: a factor out of [-1, 1], another fill_mode or interpolation.

    Example:
    >>> layer = tf.keras.layers.RandomRotation((0.5, 0.5), seed=1)
    >>> layer(tf.reshape(tf.range(4.0), [1, 2, 2, 1]), training=True).numpy()[0, :, :, 0].round(4)
    array([[3., 2.],
           [1., 0.]], dtype=float32)
    """

    def __init__(
        self,
        factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_of(factor)
        self._set_sampling(interpolation, fill_mode)
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """The angles in degrees: (batch,)."""
        low, high = (part * 360.0 for part in self.factor)
        return {"angle": self._uniform((data["images"]._shape[0],), low, high, seed)}

    def _matrix(self, transformation, height, width):
        angle = transformation["angle"] * (math.pi / 180.0)
        c, s, x, y = ops.cos(angle), ops.sin(angle), _middle(width), _middle(height)
        return _map(c, -s, x - (c * x - s * y), s, c, y - (s * x + c * y))


class RandomTranslation(_Warp):
    """Moves pictures in training.

    Args:
      height_factor: the most to move down or up, in parts of the height; or (least, most), where
        numbers above 0 move down.
      width_factor: likewise to the right or left, in parts of the width.
      fill_mode, interpolation, seed, fill_value, data_format: as for `RandomRotation`.

    Raises:
      ValueError: factors out of [-1, 1], another fill_mode or interpolation.

    Example:
    >>> layer = tf.keras.layers.RandomTranslation((0.5, 0.5), 0.0, fill_mode="constant", seed=1)
    >>> layer(tf.reshape(tf.range(1.0, 5.0), [1, 4, 1, 1]), training=True).numpy().ravel()
    array([0., 0., 1., 2.], dtype=float32)
    """

    def __init__(
        self,
        height_factor,
        width_factor,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self._set_sampling(interpolation, fill_mode)
        self._height = factor_of(height_factor, name="height_factor")
        self._width = factor_of(width_factor, name="width_factor")
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """How far to move, in pixels: (batch, 2), to the right and down."""
        batch, height, width, _ = data["images"]._shape
        down = self._uniform((batch, 1), *self._height, seed) * ops.cast(height, "float32")
        right = self._uniform((batch, 1), *self._width, seed) * ops.cast(width, "float32")
        return {"translations": ops.concat([right, down], -1)}

    def _matrix(self, transformation, height, width):
        moved = transformation["translations"]
        return _map(1.0, 0.0, -moved[:, 0], 0.0, 1.0, -moved[:, 1])


class RandomZoom(_Warp):
    """Zooms pictures in training: factors below 0 show them larger, above 0 smaller.

    Args:
      height_factor: the most to zoom the height, in parts of it; or (least, most).
      width_factor: likewise for the width; None for the same as the height.
      fill_mode, interpolation, seed, fill_value, data_format: as for `RandomRotation`.

    Raises:
      ValueError: factors out of [-1, 1], another fill_mode or interpolation.

    Example:
    >>> layer = tf.keras.layers.RandomZoom((-0.5, -0.5), seed=1)
    >>> layer(tf.reshape(tf.range(5.0), [1, 1, 5, 1]), training=True).numpy().ravel()
    array([1. , 1.5, 2. , 2.5, 3. ], dtype=float32)
    """

    def __init__(
        self,
        height_factor,
        width_factor=None,
        fill_mode="reflect",
        interpolation="bilinear",
        seed=None,
        fill_value=0.0,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self._height = factor_of(height_factor, name="height_factor")
        self._width = None if width_factor is None else factor_of(width_factor, name="width_factor")
        self._set_sampling(interpolation, fill_mode)
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """How much of the height and of the width is shown: (batch, 1) each."""

        def draw(factor):
            low, high = (1.0 + part for part in factor)
            return self._uniform((data["images"]._shape[0], 1), low, high, seed)

        height = draw(self._height)
        width = height if self._width is None else draw(self._width)
        return {"height_zoom": height, "width_zoom": width}

    def _matrix(self, transformation, height, width):
        x, y = transformation["width_zoom"][:, 0], transformation["height_zoom"][:, 0]
        return _map(x, 0.0, (1.0 - x) * _middle(width), 0.0, y, (1.0 - y) * _middle(height))


class RandomShear(_Warp):
    """Shears pictures in training: rows are moved along, and columns.

    Args:
      x_factor: the most to move a row for each row above it; or (least, most).
      y_factor: likewise for columns.
      interpolation, fill_mode, fill_value, data_format, seed: as for `RandomRotation`.

    Raises:
      ValueError: factors out of [-1, 1], another fill_mode or interpolation.

    Example:
    >>> layer = tf.keras.layers.RandomShear(x_factor=0.3, seed=1)
    >>> layer(tf.ones([1, 4, 4, 1]), training=True).shape
    TensorShape([1, 4, 4, 1])
    """

    def __init__(
        self,
        x_factor=0.0,
        y_factor=0.0,
        interpolation="bilinear",
        fill_mode="reflect",
        fill_value=0.0,
        data_format=None,
        seed=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.x_factor = factor_of(x_factor, name="x_factor")
        self.y_factor = factor_of(y_factor, name="y_factor")
        self._set_sampling(interpolation, fill_mode)
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """The shears (batch, 2): of rows, and of columns."""
        shape = (data["images"]._shape[0], 1)
        sign = ops.where(self._uniform(shape, seed=seed) > 0.5, -1.0, 1.0)
        y = self._uniform(shape, *self.y_factor, seed)
        x = self._uniform(shape, *self.x_factor, seed)
        return {"shear_factor": ops.concat([x, y], -1) * sign}

    def _matrix(self, transformation, height, width):
        shear = transformation["shear_factor"]
        return _map(1.0, shear[:, 0], ops.zeros_like(shear[:, 0]), shear[:, 1], 1.0, 0.0)


def chances(layer, batch, factor, seed=None):
    """Which pictures of a batch are changed, with a probability that is itself drawn: (batch,)."""
    probability = layer._uniform((batch,), *factor, seed)
    return layer._uniform((batch,), seed=seed) < probability


class RandomPerspective(_Warp):
    """Shows pictures from another side in training: their corners are moved.

    Args:
      factor: the chance of each picture; or (least, most), between which it is drawn.
      scale: how far corners move: half of it, in parts of their coordinates, at most.
      interpolation, fill_value, seed, data_format: as for `RandomRotation`.

    Raises:
      ValueError: a factor or scale out of [0, 1], another interpolation.

    Example:
    >>> layer = tf.keras.layers.RandomPerspective(seed=1)
    >>> layer(tf.ones([1, 4, 4, 1]), training=True).shape
    TensorShape([1, 4, 4, 1])
    """

    def __init__(
        self,
        factor=1.0,
        scale=1.0,
        interpolation="bilinear",
        fill_value=0.0,
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_of(factor, 0.0)
        factor_of((0.0, scale) if scale != (0.0, scale) else scale, 0.0, name="scale")
        self._set_sampling(interpolation)
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """Which pictures are changed, and where corners are before and after: (batch, 4, 2)."""
        batch, height, width, _ = data["images"]._shape
        chosen = chances(self, batch, self.factor, seed)
        moves = self._uniform((batch, 4, 2), -0.5 * self.scale, 0.5 * self.scale, seed)
        right, low = (ops.cast(size, "float32") - 1.0 for size in (width, height))
        zero = ops.zeros_like(right)
        corners = ops.reshape(
            ops.stack([zero, zero, right, zero, zero, low, right, low]), (1, 4, 2)
        )
        start = ops.broadcast_to(corners, (batch, 4, 2))
        return {
            "apply_perspective": chosen,
            "start_points": start,
            "end_points": start + start * moves,
        }

    def _matrix(self, transformation, height, width):
        same = ops.reshape(transformation["apply_perspective"], (-1, 1))
        start, end = transformation["start_points"], transformation["end_points"]
        matrix = perspective_matrix(start, end)
        return ops.where(same, matrix, ops.constant([[1.0, 0, 0, 0, 1, 0, 0, 0]]))


class RandomElasticTransform(ImageLayer):
    """Bends pictures in training, as through uneven glass.

    Args:
      factor: the chance of each picture; or (least, most), between which it is drawn.
      scale: how strongly to bend, in [0, 1]; or (least, most). Pixels move by up to about a
        twentieth of the shorter side times a tenth of the longer, at 1.
      interpolation, fill_mode, fill_value, seed, data_format: as for `RandomRotation`; "mirror" is
        a fill_mode as well.
      value_range: of the pixels, which are clipped to it.

    Raises:
      ValueError: a factor or scale out of [0, 1], another fill_mode or interpolation.

    Example:
    >>> layer = tf.keras.layers.RandomElasticTransform(seed=1)
    >>> layer(tf.ones([1, 4, 4, 1]), training=True).shape
    TensorShape([1, 4, 4, 1])
    """

    _in_training_only = True

    def __init__(
        self,
        factor=1.0,
        scale=1.0,
        interpolation="bilinear",
        fill_mode="reflect",
        fill_value=0.0,
        value_range=(0, 255),
        seed=None,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.factor = factor_of(factor, 0.0)
        self.scale = factor_of(scale, 0.0, name="scale")
        if interpolation not in ("nearest", "bilinear") or fill_mode not in FILLS:
            raise ValueError(
                "RandomElasticTransform: interpolation must be 'nearest' or 'bilinear' and "
                f"fill_mode one of {sorted(FILLS)}. Received: interpolation={interpolation}, "
                f"fill_mode={fill_mode}"
            )
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """Which pictures are bent, how strongly, and the seed of the bends."""
        chosen = chances(self, data["images"]._shape[0], self.factor, seed)
        strength = self._uniform((), *self.scale, seed)
        bends = draw_seed(seed or self.generator)
        return {"apply_transform": chosen, "distortion_factor": strength, "seed": bends}

    def _bent(self, images, transformation, interpolation):
        sides = images._shape[1:3]
        strength = transformation["distortion_factor"]
        bent = elastic_transform(
            images,
            strength * (0.1 * max(sides)),
            strength * (0.05 * min(sides)),
            interpolation,
            self.fill_mode,
            self.fill_value,
            transformation["seed"],
            widest=self.scale[1] * 0.05 * min(sides),
        )
        return ops.where(
            ops.reshape(transformation["apply_transform"], (-1, 1, 1, 1)), bent, images
        )

    def transform_images(self, images, transformation, training=True):
        """The pictures, bent."""
        low, high = self.value_range
        return ops.clip_by_value(self._bent(images, transformation, self.interpolation), low, high)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """The masks, bent as the pictures."""
        return self._bent(segmentation_masks, transformation, "nearest")
