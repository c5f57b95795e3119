"""The base of layers of pictures: batches and single ones, both data formats, dicts with boxes."""

import functools
import math
import numbers

from .... import ops
from ....base.context import open_tapes
from ....core.dispatch import current_trace
from ....core.tensor import convert_to_tensor
from ....function.function import function
from ... import random
from ...config import standardize_data_format
from ...seeds import SeedGenerator
from ...utils.bounding_boxes import clip_to_image_size, convert_format
from ..layer import Layer

_MANY = 1 << 18  # elements of a batch that is changed by a compiled program


def factor_of(value, low=-1.0, high=1.0, name="factor"):
    """A strength (least, most) from one number, which allows up to it in either sense, or from two.

    Raises:
      ValueError: numbers out of [low, high].
    """
    two = isinstance(value, (list, tuple))
    pair = tuple(value) if two else (-abs(value), abs(value)) if _is_number(value) else ()
    pair = tuple(sorted(pair)) if all(map(_is_number, pair)) else ()
    if len(pair) == 2 and not two:
        pair = (max(pair[0], low), pair[1])
    if len(pair) != 2 or not low <= pair[0] <= pair[1] <= high:
        raise ValueError(
            f"The `{name}` argument should be a number (or a list of two numbers) in the range "
            f"[{low}, {high}]. Received: {name}={value}"
        )
    return pair


def _of_tensors(transform):
    """A public method that programs call on arrays too."""

    @functools.wraps(transform)
    def of_arrays(self, images, *args, **kwargs):
        return transform(self, convert_to_tensor(images), *args, **kwargs)

    return of_arrays


def _of_dict(draw):
    """A public method that programs give the pictures alone, too."""

    @functools.wraps(draw)
    def of_pictures(self, data, *args, **kwargs):
        if not isinstance(data, dict):
            data = {"images": convert_to_tensor(data)}
        return draw(self, data, *args, **kwargs)

    return of_pictures


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def check_value_range(value_range):
    """Raises ValueError unless it is two numbers."""
    if not isinstance(value_range, (list, tuple)) or len(value_range) != 2:
        raise ValueError(
            "The `value_range` argument should be a list of two numbers: the least and the "
            f"greatest value of a pixel. Received: value_range={value_range}"
        )
    return tuple(value_range)


def rescaled(x, source, target):
    """Values of one range in another."""
    (low, high), (new_low, new_high) = source, target
    if (low, high) == (new_low, new_high):
        return x
    return (x - low) / (high - low) * (new_high - new_low) + new_low


def channels_last(x):
    """(batch, channels, height, width) as (batch, height, width, channels)."""
    return ops.transpose(x, (0, 2, 3, 1))


def channels_first(x):
    """(batch, height, width, channels) as (batch, channels, height, width)."""
    return ops.transpose(x, (0, 3, 1, 2))


class ImageLayer(Layer):
    """The base of layers of pictures.

    Inputs are pictures (batch, height, width, channels), or one of them, or a dict of "images" and,
    as there are, "labels", "bounding_boxes" (a dict of "boxes" and "labels") and
    "segmentation_masks": these are changed together. A subclass says what happens to a batch with
    channels last: `get_random_transformation` draws, `transform_images` and its kin apply what was
    drawn. Where a layer only acts in training, it does nothing otherwise.

    Args:
      data_format: "channels_last" or "channels_first"; that of keras.config by default.
      bounding_box_format: of the boxes in dicts, see `keras.utils.bounding_boxes.convert_format`.

    Raises:
      ValueError: inputs of other than 3 or 4 axes; boxes without a format.
    """

    _declares_arguments = True
    _built_at_once = True
    _in_training_only = False
    _compiles = True  # no size depends on what is drawn

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        for name in ("transform_images", "transform_segmentation_masks"):
            if name in vars(cls):
                setattr(cls, name, _of_tensors(vars(cls)[name]))
        if "get_random_transformation" in vars(cls):
            cls.get_random_transformation = _of_dict(cls.get_random_transformation)

    def __init__(self, data_format=None, bounding_box_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)

    def _seeded(self, seed):
        self.seed = seed
        self.generator = SeedGenerator(seed)

    def get_config(self):
        """The constructor's arguments, as plain data."""
        config = super().get_config()
        if config.get("bounding_box_format") is None:
            config.pop("bounding_box_format", None)
        return config

    # -- what subclasses say -----------------------------------------------------------------------

    def get_random_transformation(self, data, training=True, seed=None):
        """What is drawn for a batch, for the `transform` methods; None where nothing is.

        Args:
          data: a dict whose "images" are (batch, height, width, channels).
          seed: a SeedGenerator; the layer's own by default.
        """
        return None

    def transform_images(self, images, transformation, training=True):
        """The pictures (batch, height, width, channels), changed."""
        raise NotImplementedError(f"{type(self).__name__} lacks transform_images.")

    def transform_labels(self, labels, transformation, training=True):
        """The labels of the pictures."""
        return labels

    def transform_segmentation_masks(self, segmentation_masks, transformation, training=True):
        """The masks (batch, height, width, channels), changed as the pictures are."""
        return segmentation_masks

    def _move_boxes(self, corners, transformation, before, after):
        """Corners (x1, y1, x2, y2), each (batch, boxes, 1) in pixels, after the change.

        Args:
          before, after: (height, width) of the pictures.
        """
        return corners

    def transform_bounding_boxes(self, bounding_boxes, transformation, training=True):
        """Boxes (batch, boxes, 4) in pixels, format "xyxy", and their labels."""
        if isinstance(transformation, dict) and "input_shape" in transformation:  # as in Keras
            shape = transformation["input_shape"]
            before = after = shape[-2:] if self.data_format == "channels_first" else shape[-3:-1]
            transformation = {
                k: ops.cast(v, "float32") for k, v in transformation.items() if k != "input_shape"
            }
        else:
            before, after = self._box_sizes
        boxes = ops.cast(bounding_boxes["boxes"], "float32")
        corners = [boxes[..., k : k + 1] for k in range(4)]
        moved = ops.concat(self._move_boxes(corners, transformation, before, after), -1)
        moved = {**bounding_boxes, "boxes": moved}
        return clip_to_image_size(moved, *after, bounding_box_format="xyxy")

    def compute_output_shape(self, input_shape):
        """The shape of the results for inputs of a shape: the same."""
        return input_shape

    def _uniform(self, shape, low=0.0, high=1.0, seed=None, dtype="float32"):
        return random.uniform(shape, low, high, dtype, seed or self.generator)

    # -- calling -----------------------------------------------------------------------------------

    def call(self, data, training=True):
        """The pictures, or the dict of them and what belongs to them, changed."""
        given = data if isinstance(data, dict) else {"images": data}
        images = convert_to_tensor(given["images"])
        rank = len(images._shape)
        if rank not in (3, 4):
            raise ValueError(
                f"Layer {self.name!r}: Expected the input image to be rank 3 or 4 (a batch), with "
                f"channels. Received: inputs.shape={tuple(images.shape)}"
            )
        parts = self._entered(given, images, rank == 3)
        if training or not self._in_training_only:
            change = self._compiled if self._worth_compiling(parts["images"]) else self._changed
            parts = change(parts, training)
        parts = self._left(parts, rank == 3)
        return {**given, **parts} if isinstance(data, dict) else parts["images"]

    def _enter_images(self, images):
        return ops.cast(images, self.compute_dtype)

    def _entered(self, given, images, single):
        """The parts that are changed, as batches with channels last."""
        parts = {"images": self._enter_images(images)}
        if given.get("segmentation_masks") is not None:
            parts["segmentation_masks"] = convert_to_tensor(given["segmentation_masks"])
        for key, value in parts.items():
            value = ops.expand_dims(value, 0) if single else value
            first = self.data_format == "channels_first"
            parts[key] = channels_last(value) if first else value
        if given.get("labels") is not None:
            labels = convert_to_tensor(given["labels"])
            parts["labels"] = ops.expand_dims(labels, 0) if single else labels
        if given.get("bounding_boxes") is not None:
            boxes = {k: convert_to_tensor(v) for k, v in given["bounding_boxes"].items()}
            if single:
                boxes = {k: ops.expand_dims(v, 0) for k, v in boxes.items()}
            parts["bounding_boxes"] = boxes
        return parts

    def _left(self, parts, single):
        """The parts in the form in which they came."""
        left = {}
        for key, value in parts.items():
            if key in ("images", "segmentation_masks") and self.data_format == "channels_first":
                value = channels_first(value)
            if single and isinstance(value, dict):
                value = {k: ops.squeeze(v, 0) for k, v in value.items()}
            elif single:
                value = ops.squeeze(value, 0)
            left[key] = value
        return left

    def _worth_compiling(self, images):
        """Whether an eager call is of so many pixels that it pays to run it as a program."""
        if not (self._compiles and images.is_eager) or current_trace() is not None or open_tapes:
            return False
        return math.prod(images._shape) >= _MANY

    def _compiled(self, parts, training):
        program = self.__dict__.get("_program")
        if program is None:
            program = self._program = function(self._changed)
        return program(parts, bool(training))

    def __getstate__(self):
        state = super().__getstate__()
        state.pop("_program", None)
        return state

    def _changed(self, parts, training):
        transformation = self.get_random_transformation(parts, training=training)
        changed = {"images": self.transform_images(parts["images"], transformation, training)}
        for key in ("labels", "segmentation_masks"):
            if key in parts:
                change = getattr(self, f"transform_{key}")
                changed[key] = change(parts[key], transformation, training)
        if "bounding_boxes" in parts:
            sizes = parts["images"]._shape[1:3], changed["images"]._shape[1:3]
            changed["bounding_boxes"] = self._changed_boxes(
                parts["bounding_boxes"], transformation, training, sizes
            )
        return changed

    def _changed_boxes(self, boxes, transformation, training, sizes):
        if self.bounding_box_format is None:
            raise ValueError(
                "You passed an input with a 'bounding_boxes' key, but you didn't specify a "
                "bounding box format. Pass a `bounding_box_format` argument to your "
                f"{type(self).__name__} layer, e.g. `bounding_box_format='xyxy'`."
            )
        if set(boxes) < {"boxes", "labels"}:
            raise ValueError(
                f"Layer {self.name!r}: 'bounding_boxes' must be a dict of 'boxes' and 'labels', "
                f"got {sorted(boxes)}."
            )
        own = self.bounding_box_format
        (height, width), (new_height, new_width) = sizes
        boxes = convert_format(boxes, own, "xyxy", height, width)
        self._box_sizes = sizes
        boxes = self.transform_bounding_boxes(boxes, transformation, training)
        return convert_format(boxes, "xyxy", own, new_height, new_width)
