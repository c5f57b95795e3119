"""Pictures of another size, and how many boxes there are."""

from .... import ops
from ....base.dims import has_dims
from ....base.errors import TraceBreak
from ....core.dispatch import current_trace
from ....graph.trace import Abstract
from ....ops.image.draws import window
from ....ops.image.resize import KERNELS, TAPS, resize_to_aspect
from ....ops.shape import static_int
from .base import ImageLayer

_METHODS = sorted({*KERNELS, *TAPS, "area"})


def _check_interpolation(interpolation):
    if str(interpolation).lower() not in _METHODS:
        raise ValueError(
            f"`interpolation` must be one of {_METHODS}. Received: interpolation={interpolation}"
        )
    return interpolation


class _Sized(ImageLayer):
    """A layer whose results are pictures of (self.height, self.width)."""

    def compute_output_shape(self, input_shape):
        """The shape of the results for inputs of a shape; a dict for a dict."""
        if isinstance(input_shape, dict):
            return {**input_shape, "images": self.compute_output_shape(input_shape["images"])}
        first = self.data_format == "channels_first"
        shape = list(input_shape)
        shape[-2 if first else -3], shape[-1 if first else -2] = self.height, self.width
        return tuple(shape)

    def _fitted(self, images, method="bilinear"):
        """The largest part of the middle that has the right shape, scaled."""
        return resize_to_aspect(images, (self.height, self.width), method, crop=True)

    def _fit_boxes(self, corners, before):
        """Corners as `_fitted` moves them."""
        scale = max(self.height / before[0], self.width / before[1])
        x1, y1, x2, y2 = corners
        dx, dy = ((s * scale - t) / 2 for s, t in zip(before[::-1], (self.width, self.height)))
        return x1 * scale - dx, y1 * scale - dy, x2 * scale - dx, y2 * scale - dy


class Resizing(_Sized):
    """Pictures scaled to a size.

    Args:
      height, width: of the result.
      interpolation: "bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5", "gaussian" or
        "mitchellcubic".
      crop_to_aspect_ratio: take the largest part of the middle that has the shape of the result.
      pad_to_aspect_ratio: put borders around the picture first, so that it has that shape.
      fill_mode: of the borders: "constant".
      fill_value: the constant.
      antialias: when pictures get smaller, each pixel is made of all the old ones under it.
      data_format: "channels_last" or "channels_first".

    Raises:
      ValueError: another interpolation; crop and pad at once.

    Example:
    >>> tf.keras.layers.Resizing(2, 4)(tf.ones([1, 5, 5, 3])).shape
    TensorShape([1, 2, 4, 3])
    """

    def __init__(
        self,
        height,
        width,
        interpolation="bilinear",
        crop_to_aspect_ratio=False,
        pad_to_aspect_ratio=False,
        fill_mode="constant",
        fill_value=0.0,
        antialias=False,
        data_format=None,
        **kwargs,
    ):
        super().__init__(data_format=data_format, **kwargs)
        self.height, self.width = height, width
        self.interpolation = _check_interpolation(interpolation)
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError(
                "Only one of `crop_to_aspect_ratio` & `pad_to_aspect_ratio` can be True."
            )
        if fill_mode != "constant":
            raise ValueError(f"`fill_mode` must be 'constant'. Received: fill_mode={fill_mode}")
        self.crop_to_aspect_ratio, self.pad_to_aspect_ratio = (
            crop_to_aspect_ratio,
            pad_to_aspect_ratio,
        )
        self.fill_mode, self.fill_value, self.antialias = fill_mode, fill_value, antialias

    def _enter_images(self, images):
        return images  # integers stay integers, rounded

    def _resized(self, x, method, antialias, fill_value):
        return resize_to_aspect(
            x,
            (self.height, self.width),
            method,
            antialias,
            self.crop_to_aspect_ratio,
            self.pad_to_aspect_ratio,
            fill_value,
        )

    def transform_images(self, images, transformation, training=True):
        """The pictures, scaled."""
        return self._resized(images, self.interpolation.lower(), self.antialias, self.fill_value)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """The masks, scaled, each pixel from the nearest one."""
        return self._resized(segmentation_masks, "nearest", False, 0)

    def _move_boxes(self, corners, transformation, before, after):
        if self.crop_to_aspect_ratio:
            return self._fit_boxes(corners, before)
        ratios = self.width / before[1], self.height / before[0]
        if self.pad_to_aspect_ratio:
            ratios = (min(ratios),) * 2
        room = [
            (new - old * ratio) / 2
            for new, old, ratio in zip((self.width, self.height), before[::-1], ratios)
        ]
        return [c * ratios[k % 2] + room[k % 2] for k, c in enumerate(corners)]


class CenterCrop(_Sized):
    """The middle of pictures; of smaller ones the largest part of the right shape, scaled.

    Args:
      height, width: of the result.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> x = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
    >>> tf.keras.layers.CenterCrop(2, 2)(x).numpy()[0, :, :, 0]
    array([[ 5.,  6.],
           [ 9., 10.]], dtype=float32)
    """

    def __init__(self, height, width, data_format=None, **kwargs):
        super().__init__(data_format=data_format, **kwargs)
        self.height, self.width = height, width

    def _start(self, size):
        room = [s - t for s, t in zip(size, (self.height, self.width))]
        if room[0] < 0 or room[1] < 0:
            return None
        return [r // 2 for r in room]

    def _cut(self, x, method="bilinear"):
        start = self._start(x._shape[1:3])
        if start is None:
            return self._fitted(x, method)
        top, left = start
        cut = x[:, top : top + self.height, left : left + self.width]
        return ops.reshape(cut, (x._shape[0], self.height, self.width, x._shape[3]))

    def transform_images(self, images, transformation, training=True):
        """The middle of the pictures."""
        return self._cut(images)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """The middle of the masks."""
        return self._cut(segmentation_masks, "nearest")

    def _move_boxes(self, corners, transformation, before, after):
        start = self._start(before)
        if start is None:
            return self._fit_boxes(corners, before)
        return [c - float(start[1 - k % 2]) for k, c in enumerate(corners)]


class RandomCrop(_Sized):
    """A part of pictures from anywhere in training, the same for the whole batch.

    Of smaller pictures it is the middle, scaled. Otherwise than in training pictures stay as they
    are.

    Args:
      height, width: of the result.
      seed: an integer for the same choices at each run.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> layer = tf.keras.layers.RandomCrop(2, 2, seed=1)
    >>> layer(tf.ones([1, 5, 5, 3]), training=True).shape
    TensorShape([1, 2, 2, 3])
    """

    def __init__(self, height, width, seed=None, data_format=None, name=None, **kwargs):
        super().__init__(name=name, data_format=data_format, **kwargs)
        self.height, self.width = height, width
        self._seeded(seed)

    # inferred shapes are those of parts, whatever `training` is, as in Keras
    _in_training_only = property(lambda self: not isinstance(current_trace(), Abstract))

    def get_random_transformation(self, data, training=True, seed=None):
        """(top, left) of the part, integers; None where pictures are scaled."""
        size = data["images"]._shape[1:3]
        room = [s - t for s, t in zip(size, (self.height, self.width))]
        if room[0] < 0 or room[1] < 0:
            return None
        starts = (self._uniform((), 0.0, ops.cast(r + 1, "float32"), seed) for r in room)
        return ops.stack([ops.cast(start, "int32") for start in starts])

    def _middle(self, size):
        """(start, length) along either axis of the part that is scaled."""
        kept = [min(s, t) for s, t in zip(size, (self.height, self.width))]
        return [((s - k) // 2, k) for s, k in zip(size, kept)]

    def _cut(self, x, start, method="bilinear"):
        if start is None:
            (top, height), (left, width) = self._middle(x._shape[1:3])
            x = x[:, top : top + height, left : left + width]
            return resize_to_aspect(x, (self.height, self.width), method)
        batch, _, _, channels = x._shape
        start = ops.concat([[0], start, [0]], 0)
        return window(x, start, (batch, self.height, self.width, channels))

    def transform_images(self, images, transformation, training=True):
        """A part of the pictures."""
        return self._cut(images, transformation)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """The same part of the masks."""
        return self._cut(segmentation_masks, transformation, "nearest")

    def _move_boxes(self, corners, transformation, before, after):
        if transformation is None:
            sides = self._middle(before)[::-1], (self.width, self.height)
            sides = [(start, new / kept) for (start, kept), new in zip(*sides)]
            return [(c - sides[k % 2][0]) * sides[k % 2][1] for k, c in enumerate(corners)]
        start = ops.cast(transformation, "float32")
        return [c - start[1 - k % 2] for k, c in enumerate(corners)]


class _RandomSide(ImageLayer):
    """Pictures of which one side is scaled by chance, all of a batch alike: Keras 2's layers."""

    _in_training_only, _compiles = True, False
    _axis = 0

    def __init__(self, factor, interpolation="bilinear", seed=None, **kwargs):
        super().__init__(**kwargs)
        pair = tuple(factor) if isinstance(factor, (list, tuple)) else (-factor, factor)
        if len(pair) != 2 or pair[0] > pair[1] or pair[0] <= -1:
            raise ValueError(
                f"`factor` must be a number or (least, most), above -1. Received: factor={factor}"
            )
        self.factor = factor
        self._bounds = tuple(1.0 + part for part in pair)
        self.interpolation = _check_interpolation(interpolation)
        self._seeded(seed)

    def get_random_transformation(self, data, training=True, seed=None):
        """The new size (height, width)."""
        if not data["images"].is_eager:
            raise TraceBreak(f"the size of the pictures of layer {self.name!r} is drawn")
        size = list(data["images"]._shape[1:3])
        ratio = self._uniform((), *self._bounds, seed)
        new = ops.cast(ratio * ops.cast(size[self._axis], "float32"), "int32")
        size[self._axis] = static_int(new, "the size that was drawn")
        return tuple(size)

    def transform_images(self, images, transformation, training=True):
        """The pictures, scaled."""
        return resize_to_aspect(images, transformation, self.interpolation)

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """The masks, scaled, each pixel from the nearest one."""
        return resize_to_aspect(segmentation_masks, transformation, "nearest")

    def _move_boxes(self, corners, transformation, before, after):
        ratios = [new / old for new, old in zip(after[::-1], before[::-1])]
        return [c * ratios[k % 2] for k, c in enumerate(corners)]

    def compute_output_shape(self, input_shape):
        """The shape of the results for inputs of a shape: one side is not known."""
        first = self.data_format == "channels_first"
        shape = list(input_shape)
        shape[(-2 if first else -3) + self._axis] = None
        return tuple(shape)


class RandomHeight(_RandomSide):
    """Pictures of another height in training, all of a batch alike.

    Args:
      factor: the most by which it changes, in parts of it; or (least, most).
      interpolation: as for `Resizing`.
      seed: an integer for the same choices at each run.

    Raises:
      ValueError: a factor of -1 or less, another interpolation.

    Example:
    >>> layer = tf.keras.layers.RandomHeight((0.5, 0.5), seed=1)
    >>> layer(tf.ones([1, 4, 4, 3]), training=True).shape
    TensorShape([1, 6, 4, 3])
    """


class RandomWidth(_RandomSide):
    """Pictures of another width in training, all of a batch alike.

    Args:
      factor, interpolation, seed: as for `RandomHeight`.

    Example:
    >>> layer = tf.keras.layers.RandomWidth((0.5, 0.5), seed=1)
    >>> layer(tf.ones([1, 4, 4, 3]), training=True).shape
    TensorShape([1, 4, 6, 3])
    """

    _axis = 1


class MaxNumBoundingBoxes(ImageLayer):
    """So many boxes for each picture: more are dropped, fewer are filled up.

    Args:
      max_number: how many.
      fill_value: the numbers and the label of boxes that are no boxes.
      bounding_box_format: of the boxes.

    Example:
    >>> layer = tf.keras.layers.MaxNumBoundingBoxes(2, bounding_box_format="xyxy")
    >>> boxes = {"boxes": [[0.0, 0.0, 1.0, 1.0]], "labels": [3.0]}
    >>> layer({"images": tf.ones([4, 4, 3]), "bounding_boxes": boxes})["bounding_boxes"]["labels"]
    <tf.Tensor: shape=(2,), dtype=float32, numpy=array([ 3., -1.], dtype=float32)>
    """

    def __init__(self, max_number, fill_value=-1, **kwargs):
        super().__init__(**kwargs)
        self.max_number, self.fill_value = max_number, fill_value

    def transform_images(self, images, transformation, training=True):
        """The pictures, as they are."""
        return images

    def _changed_boxes(self, boxes, transformation, training, sizes):
        def limited(x):
            x = x[:, : self.max_number]
            missing = self.max_number - x._shape[1]
            if not has_dims((missing,)) and not missing:
                return x
            around = [(0, 0), (0, missing), *[(0, 0)] * (len(x._shape) - 2)]
            return ops.pad(x, around, constant_values=ops.cast(self.fill_value, x.dtype))

        return {key: limited(value) for key, value in boxes.items()}
