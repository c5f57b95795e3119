"""Boxes in pictures: choosing among overlapping ones, drawing them, sampling parts of pictures."""

import heapq
from collections import namedtuple

import numpy as np

from ... import ops
from ...base.dims import Dim
from ...base.dtypes import FLOATS
from ...base.errors import InvalidArgumentError
from ...core.dispatch import apply, public, tensor_of
from ...core.op import Op, Spec, check_dtype
from ...core.tensor import convert_to_tensor
from ..shape import static_int

_INT32 = np.dtype(np.int32)
_WHY = "its results are choices"


def _boxes(rng, *lead):
    corners = np.sort(rng.uniform(0, 1, (*lead, 2, 2)), -2)
    return corners.reshape(*lead, 4)


def _limits(*numbers):
    """The operands after boxes and scores in a sample: how many to keep, and thresholds."""
    return np.array(3, np.int32), *(np.array(n, np.float32) for n in numbers)


def _check_floats(name, *specs):
    """Raises unless boxes and scores are floats of one dtype."""
    for spec, operand in zip(specs, ("boxes", "scores")):
        check_dtype(name, spec, FLOATS, operand)


def _refuse(wrong, what):
    if wrong:
        raise InvalidArgumentError(f"[non_max_suppression] {what}.")


def overlaps_of(boxes):
    """`(number, numbers) -> overlaps`: the intersections over the unions of one of some boxes
    [y1, x1, y2, x2], corners in either order, with others.
    """
    _refuse(boxes.shape[1] != 4, f"boxes must have 4 columns, got {boxes.shape[1]}")
    low = np.minimum(boxes[:, :2], boxes[:, 2:])
    high = np.maximum(boxes[:, :2], boxes[:, 2:])
    with np.errstate(all="ignore"):  # boxes of infinite size overlap nothing
        area = np.prod(high - low, -1)

    @np.errstate(all="ignore")
    def overlap(one, others):
        least, most = np.maximum(low[others], low[one]), np.minimum(high[others], high[one])
        common = np.prod(np.maximum(most - least, 0), -1)
        union = area[others] + area[one] - common
        empty = (area[others] <= 0) | (area[one] <= 0)
        return np.where(empty, 0, common / np.where(empty, 1, union))

    return overlap


def chosen(overlap, scores, most, limit, least, sigma=0.0):
    """(numbers, scores) of the boxes that are kept, the best first.

    Args:
      overlap: `(number, numbers) -> overlaps` of a box with kept ones.
      most: how many to keep at most.
      limit: boxes that overlap a kept one by more are dropped.
      least: scores must be above it.
      sigma: above 0, scores are lowered by overlaps: Soft-NMS (Bodla, 2017).
    """
    _refuse(most < 0, f"output size must be non-negative, got {most}")
    _refuse(not 0 <= limit <= 1, f"iou_threshold must be in [0, 1], got {limit}")
    _refuse(sigma < 0, f"soft_nms_sigma must be >= 0, got {sigma}")
    if not sigma:
        return _apart(overlap, scores, most, limit, least)
    heap = [(-score, k, 0) for k, score in enumerate(scores.tolist()) if score > least]
    heapq.heapify(heap)
    kept, values = [], []
    while heap and len(kept) < most:
        score, k, begun = heapq.heappop(heap)
        score = original = -score
        for j in range(len(kept) - 1, begun - 1, -1):
            common = overlap(k, kept[j : j + 1])[0]
            score = float(np.float32(score * np.exp(-0.5 / sigma * common * common)))
            if score <= least:
                break
        if score == original:
            kept.append(k)
            values.append(score)
        elif score > least:
            heapq.heappush(heap, (-score, k, len(kept)))
    return np.array(kept, np.int32), np.array(values, scores.dtype)


def _apart(overlap, scores, most, limit, least):
    left = np.argsort(-scores, kind="stable")
    left, kept = left[scores[left] > least], []
    while left.size and len(kept) < most:
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[~(overlap(best, left) > limit)]
    return np.array(kept, np.int32), scores[kept]


def _kernel(boxes, scores, most, limit, least, sigma):
    _refuse(len(scores) != len(boxes), f"{len(boxes)} boxes have {len(scores)} scores")
    return chosen(overlaps_of(boxes), scores, int(most), float(limit), float(least), float(sigma))


def _infer(boxes, scores, *numbers):
    if len(boxes.shape) != 2 or len(scores.shape) != 1:
        raise InvalidArgumentError(
            f"[non_max_suppression] boxes must be (boxes, 4) and scores (boxes,), got "
            f"{list(boxes.shape)} and {list(scores.shape)}."
        )
    _check_floats("non_max_suppression", boxes, scores)
    count = Dim.of_data()
    return Spec((count,), _INT32), Spec((count,), scores.dtype)


_suppress = Op(
    "non_max_suppression",
    _kernel,
    _infer,
    samples=lambda rng: [((_boxes(rng, 4), rng.uniform(size=4), *_limits(0.5, 0.1, 0.0)), {})],
    doc="The best boxes of which none overlaps another much, and their scores.",
    why_no_gradient=_WHY,
)


def _suppressed(boxes, scores, most, limit, least, sigma=0.0):
    boxes, scores = tensor_of(boxes), tensor_of(scores)
    numbers = [ops.cast(n, "float32") for n in (limit, least, sigma)]
    return apply(_suppress, (boxes, scores, ops.cast(most, "int32"), *numbers), {})


@public("image.non_max_suppression")
def non_max_suppression(
    boxes,
    scores,
    max_output_size,
    iou_threshold=0.5,
    score_threshold=float("-inf"),
    name=None,
):
    """The numbers of the best boxes of which none overlaps another much, the best first.

    Args:
      boxes: float32 (boxes, 4): [y1, x1, y2, x2], corners in either order.
      scores: float32 (boxes,).
      max_output_size: how many at most.
      iou_threshold: boxes whose intersection over union with a better one is above it are dropped.
      score_threshold: scores must be above it.

    Returns:
      int32 (kept,).

    Raises:
      InvalidArgumentError: shapes that do not fit.

    Example:
    >>> boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.9], [2.0, 2.0, 3.0, 3.0]]
    >>> tf.image.non_max_suppression(boxes, [0.9, 0.8, 0.7], 3).numpy()
    array([0, 2], dtype=int32)
    """
    return _suppressed(boxes, scores, max_output_size, iou_threshold, score_threshold)[0]


@public("image.non_max_suppression_with_scores")
def non_max_suppression_with_scores(
    boxes,
    scores,
    max_output_size,
    iou_threshold=0.5,
    score_threshold=float("-inf"),
    soft_nms_sigma=0.0,
    name=None,
):
    """`tf.image.non_max_suppression`, and the scores.

    Args:
      soft_nms_sigma: above 0, overlapping boxes lose score instead of being dropped.

    The other arguments are those of `tf.image.non_max_suppression`.

    Returns:
      (numbers, scores).

    Example:
    >>> boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.5]]
    >>> numbers, scores = tf.image.non_max_suppression_with_scores(
    ...     boxes, [0.9, 0.8], 3, iou_threshold=1.0, soft_nms_sigma=0.5)
    >>> numbers.numpy(), scores.numpy().round(3)
    (array([0, 1], dtype=int32), array([0.9  , 0.623], dtype=float32))
    """
    return _suppressed(
        boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma
    )


def _padded_kernel(boxes, scores, most, limit, least):
    lead = scores.shape[:-1]
    boxes, scores = boxes.reshape(-1, *boxes.shape[-2:]), scores.reshape(-1, scores.shape[-1])
    numbers, counts = np.zeros((len(scores), most), np.int32), np.zeros(len(scores), np.int32)
    for row, (own, values) in enumerate(zip(boxes, scores)):
        kept, _ = chosen(overlaps_of(own), values, most, limit, least)
        numbers[row, : len(kept)], counts[row] = kept, len(kept)
    return numbers.reshape(*lead, most), counts.reshape(lead)


def _padded_infer(boxes, scores, most, limit, least):
    _check_floats("non_max_suppression_padded", boxes, scores)
    lead = tuple(scores.shape[:-1])
    return Spec((*lead, most), _INT32), Spec(lead, _INT32)


_padded = Op(
    "non_max_suppression_padded",
    _padded_kernel,
    _padded_infer,
    samples=lambda rng: [
        (
            (_boxes(rng, 2, 4), rng.uniform(size=(2, 4))),
            {"most": 3, "limit": 0.5, "least": 0.1},
        )
    ],
    doc="non_max_suppression of a batch, with zeros after what is kept, and how many are kept.",
    why_no_gradient=_WHY,
)


@public("image.non_max_suppression_padded")
def non_max_suppression_padded(
    boxes,
    scores,
    max_output_size,
    iou_threshold=0.5,
    score_threshold=float("-inf"),
    pad_to_max_output_size=False,
    name=None,
    sorted_input=False,
    canonicalized_coordinates=False,
    tile_size=512,
):
    """`tf.image.non_max_suppression` of a batch, filled up with zeros.

    Args:
      boxes: (..., boxes, 4).
      scores: (..., boxes).
      pad_to_max_output_size: fill up to `max_output_size`; needed for a batch.
      sorted_input, canonicalized_coordinates, tile_size: hints, ignored.

    Returns:
      (numbers, how many of them count).

    Example:
    >>> boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.9], [2.0, 2.0, 3.0, 3.0]]
    >>> numbers, count = tf.image.non_max_suppression_padded(
    ...     boxes, [0.9, 0.8, 0.7], 3, pad_to_max_output_size=True)
    >>> numbers.numpy(), count.numpy()
    (array([0, 2, 0], dtype=int32), np.int32(2))
    """
    boxes, scores = tensor_of(boxes), tensor_of(scores)
    if len(scores._shape) == 1 and not pad_to_max_output_size:
        numbers = non_max_suppression(
            boxes, scores, max_output_size, iou_threshold, score_threshold
        )
        return numbers, ops.size(numbers)
    if not pad_to_max_output_size:
        raise ValueError(
            "[non_max_suppression_padded] pad_to_max_output_size must be True for a batch."
        )
    attrs = {
        "most": static_int(max_output_size, "max_output_size"),
        "limit": float(iou_threshold),
        "least": float(score_threshold),
    }
    return apply(_padded, (boxes, scores), attrs)


def _overlaps_kernel(overlaps, scores, most, limit, least):
    _refuse(overlaps.shape != 2 * scores.shape, f"overlaps must be square, got {overlaps.shape}")
    found, _ = chosen(
        lambda k, others: overlaps[k, others], scores, int(most), float(limit), float(least)
    )
    return found


_by_overlaps = Op(
    "non_max_suppression_overlaps",
    _overlaps_kernel,
    lambda overlaps, scores, *numbers: Spec((Dim.of_data(),), _INT32),
    samples=lambda rng: [((rng.uniform(size=(4, 4)), rng.uniform(size=4), *_limits(0.5, 0.1)), {})],
    doc="non_max_suppression by overlaps that are given.",
    why_no_gradient=_WHY,
)


@public("image.non_max_suppression_overlaps")
def non_max_suppression_overlaps(
    overlaps,
    scores,
    max_output_size,
    overlap_threshold=0.5,
    score_threshold=float("-inf"),
    name=None,
):
    """`tf.image.non_max_suppression` by overlaps (boxes, boxes) that are given.

    Example:
    >>> tf.image.non_max_suppression_overlaps([[1.0, 0.9], [0.9, 1.0]], [0.5, 0.6], 2).numpy()
    array([1], dtype=int32)
    """
    numbers = [ops.cast(n, "float32") for n in (overlap_threshold, score_threshold)]
    operands = tensor_of(overlaps), tensor_of(scores), ops.cast(max_output_size, "int32")
    return apply(_by_overlaps, (*operands, *numbers), {})


CombinedNonMaxSuppression = namedtuple(
    "CombinedNonMaxSuppression",
    ["nmsed_boxes", "nmsed_scores", "nmsed_classes", "valid_detections"],
)


def _combined_kernel(boxes, scores, per_class, total, limit, least, clip):
    batch, _, classes = scores.shape
    _refuse(min(per_class, total) < 1, "max_output_size_per_class and max_total_size must be > 0")
    found = [np.zeros((batch, total, 4), boxes.dtype), np.zeros((batch, total), scores.dtype),
             np.zeros((batch, total), np.float32), np.zeros(batch, np.int32)]  # fmt: skip
    for row in range(batch):
        kept = []
        for label in range(classes):
            own = boxes[row, :, label if boxes.shape[2] > 1 else 0]
            values = scores[row, :, label]
            numbers, best = chosen(overlaps_of(own), values, per_class, limit, least)
            kept += [(score, label, own[k]) for k, score in zip(numbers, best)]
        kept.sort(key=lambda one: -one[0])
        for place, (score, label, box) in enumerate(kept[:total]):
            found[0][row, place] = np.clip(box, 0, 1) if clip else box
            found[1][row, place], found[2][row, place] = score, label
        found[3][row] = min(len(kept), total)
    return tuple(found)


def _combined_infer(boxes, scores, per_class, total, limit, least, clip):
    _check_floats("combined_non_max_suppression", boxes, scores)
    batch = scores.shape[0]
    return (
        Spec((batch, total, 4), boxes.dtype),
        Spec((batch, total), scores.dtype),
        Spec((batch, total), np.dtype(np.float32)),
        Spec((batch,), _INT32),
    )


_combined = Op(
    "combined_non_max_suppression",
    _combined_kernel,
    _combined_infer,
    samples=lambda rng: [
        (
            (_boxes(rng, 2, 4, 1), rng.uniform(size=(2, 4, 3))),
            {"per_class": 2, "total": 5, "limit": 0.5, "least": 0.1, "clip": True},
        )
    ],
    doc="non_max_suppression of each class of each picture, the best of all classes.",
    why_no_gradient=_WHY,
)


@public("image.combined_non_max_suppression")
def combined_non_max_suppression(
    boxes,
    scores,
    max_output_size_per_class,
    max_total_size,
    iou_threshold=0.5,
    score_threshold=float("-inf"),
    pad_per_class=False,
    clip_boxes=True,
    name=None,
):
    """`tf.image.non_max_suppression` of each class by itself, and the best of all classes.

    Args:
      boxes: (batch, boxes, 1 or classes, 4).
      scores: (batch, boxes, classes).
      max_output_size_per_class, max_total_size: how many at most.
      pad_per_class: results are no longer than all classes' boxes.
      clip_boxes: cut off boxes at 0 and 1.

    Returns:
      (nmsed_boxes, nmsed_scores, nmsed_classes, valid_detections), filled up with zeros.

    Raises:
      InvalidArgumentError: shapes that do not fit.

    Example:
    >>> boxes = tf.constant([[[[0.0, 0.0, 1.0, 1.0]], [[0.0, 0.0, 0.2, 0.2]]]])
    >>> found = tf.image.combined_non_max_suppression(boxes, [[[0.9], [0.8]]], 5, 3)
    >>> found.nmsed_scores.numpy(), found.valid_detections.numpy()
    (array([[0.9, 0.8, 0. ]], dtype=float32), array([2], dtype=int32))
    """
    boxes, scores = tensor_of(boxes), tensor_of(scores)
    if len(boxes._shape) != 4 or len(scores._shape) != 3:
        raise InvalidArgumentError(
            "[combined_non_max_suppression] boxes must be (batch, boxes, classes, 4) and scores "
            f"(batch, boxes, classes), got {boxes.shape} and {scores.shape}."
        )
    per_class = static_int(max_output_size_per_class, "max_output_size_per_class")
    total = static_int(max_total_size, "max_total_size")
    if pad_per_class:
        total = min(total, per_class * scores._shape[2])
    attrs = {
        "per_class": per_class,
        "total": total,
        "limit": float(iou_threshold),
        "least": float(score_threshold),
        "clip": bool(clip_boxes),
    }
    return CombinedNonMaxSuppression(*apply(_combined, (boxes, scores), attrs))


# -- drawing ---------------------------------------------------------------------------------------

_COLOURS = np.array(
    [[1, 1, 0, 1], [0, 0, 1, 1], [1, 0, 0, 1], [0, 1, 0, 1], [0.5, 0, 0.5, 1], [0.5, 0.5, 0, 1],
     [0.5, 0, 0, 1], [0, 0, 0.5, 1], [0, 1, 1, 1], [1, 0, 1, 1]]
)  # fmt: skip


def _pixels(parts, size):
    """Parts of a side as whole pixels; all beyond the side, and NaN, as the next one to it."""
    return [int(v) for v in np.clip(np.nan_to_num(parts * np.float32(size - 1), nan=-1), -1, size)]


def _draw_kernel(images, boxes, colours):
    y = images.copy()
    _, height, width, channels = y.shape
    table = colours if len(colours) else _COLOURS
    for picture, own in zip(y, boxes):
        for number, box in enumerate(own):
            colour = np.resize(table[number % len(table)], channels).astype(y.dtype)
            if channels == 1 and not len(colours):
                colour = np.ones(1, y.dtype)
            top, bottom = _pixels(box[[0, 2]], height)
            left, right = _pixels(box[[1, 3]], width)
            if top > bottom or left > right or bottom < 0 or right < 0:
                continue
            if top >= height or left >= width:
                continue
            rows = slice(max(top, 0), min(bottom, height - 1) + 1)
            columns = slice(max(left, 0), min(right, width - 1) + 1)
            for row in (top, bottom):
                if 0 <= row < height:
                    picture[row, columns] = colour
            for column in (left, right):
                if 0 <= column < width:
                    picture[rows, column] = colour
    return y


def _draw_infer(images, boxes, colours):
    check_dtype("draw_bounding_boxes", images, FLOATS, "images")
    return images


_draw = Op(
    "draw_bounding_boxes",
    _draw_kernel,
    _draw_infer,
    samples=lambda rng: [
        ((rng.uniform(size=(2, 5, 6, 3)), _boxes(rng, 2, 2), np.ones((1, 3))), {})
    ],
    doc="Pictures with the edges of boxes in them.",
    why_no_gradient="it draws over pixels",
)


@public("image.draw_bounding_boxes")
def draw_bounding_boxes(images, boxes, colors, name=None):
    """Pictures with the edges of boxes, one pixel wide.

    Args:
      images: floats (batch, height, width, channels).
      boxes: float32 (batch, boxes, 4): [y1, x1, y2, x2] in parts of the sides.
      colors: (colours, channels), which take turns; None for ten of its own.

    Raises:
      InvalidArgumentError: shapes that do not fit.

    Example:
    >>> x = tf.image.draw_bounding_boxes(tf.zeros([1, 3, 3, 1]), [[[0.0, 0.0, 1.0, 1.0]]], [[1.0]])
    >>> x.numpy()[0, :, :, 0]
    array([[1., 1., 1.],
           [1., 0., 1.],
           [1., 1., 1.]], dtype=float32)
    """
    images = convert_to_tensor(images, dtype_hint="float32")
    boxes = ops.cast(boxes, "float32")
    if len(images._shape) != 4 or len(boxes._shape) != 3:
        raise InvalidArgumentError(
            "[draw_bounding_boxes] images must be 4-D and boxes 3-D (batch, boxes, 4), got "
            f"{images.shape} and {boxes.shape}."
        )
    colours = ops.zeros((0, 4)) if colors is None else convert_to_tensor(colors)
    return apply(_draw, (images, boxes, ops.cast(colours, "float32")), {})


# -- parts of pictures -----------------------------------------------------------------------------

SampleDistortedBoundingBox = namedtuple("SampleDistortedBoundingBox", ["begin", "size", "bboxes"])


def _covered(box, target):
    """The part of a target box (y1, x1, y2, x2), in pixels, that lies in a box."""
    low, high = np.maximum(box[:2], target[:2]), np.minimum(box[2:], target[2:])
    area = np.prod(target[2:] - target[:2])
    return np.prod(np.maximum(high - low, 0)) / area if area > 0 else 0.0


def _part_kernel(size, boxes, draws, least_covered, ratios, areas):
    height, width, _ = (int(n) for n in size)
    pixels = boxes.reshape(-1, 4) * np.array([height, width, height, width])
    if not len(pixels):
        pixels = np.array([[0, 0, height, width]], float)
    for ratio, area, down, across in draws.astype(float):
        ratio = ratios[0] + ratio * (ratios[1] - ratios[0])
        area = (areas[0] + area * (areas[1] - areas[0])) * height * width
        own_height, own_width = round((area / ratio) ** 0.5), round((area * ratio) ** 0.5)
        if not (0 < own_height <= height and 0 < own_width <= width):
            continue
        top, left = int(down * (height - own_height + 1)), int(across * (width - own_width + 1))
        box = np.array([top, left, top + own_height, left + own_width], float)
        if any(_covered(box, target) >= least_covered for target in pixels):
            break
    else:
        box = np.array([0, 0, height, width], float)
    begin = np.array([box[0], box[1], 0], size.dtype)
    extent = np.array([box[2] - box[0], box[3] - box[1], -1], size.dtype)
    parts = box / np.array([height, width, height, width])
    return begin, extent, parts.astype(np.float32).reshape(1, 1, 4)


_part = Op(
    "sample_distorted_bounding_box",
    _part_kernel,
    lambda size, boxes, draws, **attrs: (
        Spec((3,), size.dtype), Spec((3,), size.dtype), Spec((1, 1, 4), np.dtype(np.float32))
    ),
    samples=lambda rng: [
        (
            (np.array([9, 7, 3]), _boxes(rng, 1, 2), rng.uniform(size=(5, 4))),
            {"least_covered": 0.1, "ratios": (0.75, 1.33), "areas": (0.05, 1.0)},
        )
    ],
    constants=(1, 2),
    doc="A part of a picture of some area and shape that holds enough of a box.",
    why_no_gradient=_WHY,
)  # fmt: skip


def _sampled_part(uniform, image_size, boxes, least_covered, ratios, areas, attempts, whole):
    size, boxes = tensor_of(image_size), ops.cast(boxes, "float32")
    count = 1
    for n in boxes._shape[:-1]:
        count = count * n
    if not whole and isinstance(count, int) and not count:
        raise InvalidArgumentError(
            "[sample_distorted_bounding_box] No bounding boxes provided: give some, or "
            "use_image_if_no_bounding_boxes=True."
        )
    attrs = {
        "least_covered": float(least_covered),
        "ratios": tuple(ratios or (0.75, 1.33)),
        "areas": tuple(areas or (0.05, 1.0)),
    }
    draws = uniform((attempts or 100, 4))
    return SampleDistortedBoundingBox(*apply(_part, (size, boxes, draws), attrs))


@public("image.sample_distorted_bounding_box")
def sample_distorted_bounding_box(
    image_size,
    bounding_boxes,
    seed=0,
    min_object_covered=0.1,
    aspect_ratio_range=None,
    area_range=None,
    max_attempts=None,
    use_image_if_no_bounding_boxes=None,
    name=None,
):
    """A part of a picture, of random area and shape, that holds enough of one of its boxes.

    The numbers drawn for a seed are not TensorFlow's.

    Args:
      image_size: integers [height, width, channels].
      bounding_boxes: float32 (batch, boxes, 4): [y1, x1, y2, x2] in parts of the sides.
      seed: an integer, see `tf.random.set_seed`; 0 for none.
      min_object_covered: which part of a box must be in it.
      aspect_ratio_range: (least, most) of width / height; (0.75, 1.33) by default.
      area_range: (least, most) part of the picture's area; (0.05, 1) by default.
      max_attempts: after so many the whole picture is taken; 100 by default.
      use_image_if_no_bounding_boxes: take the whole picture for a box where there is none.

    Returns:
      (begin, size, bboxes): what `tf.slice` takes, and the part as a box (1, 1, 4).

    Raises:
      InvalidArgumentError: no boxes.

    Example:
    >>> box = tf.constant([[[0.1, 0.1, 0.9, 0.9]]])
    >>> begin, size, _ = tf.image.sample_distorted_bounding_box([20, 30, 3], box)
    >>> tf.slice(tf.zeros([20, 30, 3]), begin, size).shape[2]
    3
    """
    return _sampled_part(
        lambda shape: ops.random.uniform(shape, seed=seed or None),
        image_size,
        bounding_boxes,
        min_object_covered,
        aspect_ratio_range,
        area_range,
        max_attempts,
        use_image_if_no_bounding_boxes,
    )


@public("image.stateless_sample_distorted_bounding_box")
def stateless_sample_distorted_bounding_box(
    image_size,
    bounding_boxes,
    seed,
    min_object_covered=0.1,
    aspect_ratio_range=None,
    area_range=None,
    max_attempts=None,
    use_image_if_no_bounding_boxes=None,
    name=None,
):
    """`tf.image.sample_distorted_bounding_box`, the same for the same `seed`, two integers.

    Example:
    >>> box = tf.constant([[[0.1, 0.1, 0.9, 0.9]]])
    >>> part = tf.image.stateless_sample_distorted_bounding_box([20, 30, 3], box, seed=[1, 2])
    >>> part.bboxes.shape
    TensorShape([1, 1, 4])
    """
    return _sampled_part(
        lambda shape: ops.random.stateless_uniform(shape, seed),
        image_size,
        bounding_boxes,
        min_object_covered,
        aspect_ratio_range,
        area_range,
        max_attempts,
        use_image_if_no_bounding_boxes,
    )
