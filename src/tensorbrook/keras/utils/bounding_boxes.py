"""keras.utils.bounding_boxes: formats of boxes, how they move, how they overlap."""

import math

from ... import ops
from ...core.tensor import convert_to_tensor

# For each format: how a box is told (two corners, a corner and a size, a centre and a size), and
# whether y comes first. "rel_" before it: in parts of the picture's sides.
_FORMATS = {
    "xyxy": ("corners", False),
    "yxyx": ("corners", True),
    "xywh": ("corner", False),
    "center_xywh": ("center", False),
    "center_yxhw": ("center", True),
}
FORMATS = sorted({*_FORMATS, *(f"rel_{name}" for name in _FORMATS)})


def _format(name):
    plain = name.removeprefix("rel_") if isinstance(name, str) else name
    if plain not in _FORMATS:
        raise ValueError(f"Bounding box format {name!r} is unknown: it is one of {FORMATS}.")
    return *_FORMATS[plain], plain != name


def _sides(boxes, height, width, why):
    if height is None or width is None:
        raise ValueError(f"{why}: it must receive `height` and `width` of the picture.")
    return [ops.cast(side, boxes.dtype) for side in (width, height)]


def _parts(boxes):
    return [boxes[..., k : k + 1] for k in range(4)]


def convert_format(boxes, source, target, height=None, width=None, dtype="float32"):
    """Boxes of one format in another.

    Args:
      boxes: numbers (..., 4), or a dict that has them under "boxes".
      source, target: "xyxy", "yxyx", "xywh", "center_xywh" or "center_yxhw", with "rel_" before it
        for boxes in parts of the picture's sides.
      height, width: of the picture, where one of the formats is relative and the other is not.
      dtype: of the result.

    Raises:
      ValueError: an unknown format, a missing size, other than 4 numbers a box.

    Example:
    >>> boxes = [[1.0, 2.0, 4.0, 6.0]]
    >>> tf.keras.utils.bounding_boxes.convert_format(boxes, "xyxy", "center_xywh").numpy()
    array([[2.5, 4. , 3. , 4. ]], dtype=float32)
    """
    if isinstance(boxes, dict):
        converted = convert_format(boxes["boxes"], source, target, height, width, dtype)
        return {**boxes, "boxes": converted}
    boxes = ops.cast(convert_to_tensor(boxes), dtype)
    if boxes._shape[-1] != 4:
        raise ValueError(f"`boxes` must have 4 numbers in the last axis, got shape {boxes.shape}.")
    kind, y_first, relative = _format(source)
    new_kind, new_y_first, new_relative = _format(target)
    a, b, c, d = _parts(boxes)
    x1, y1, x2, y2 = (b, a, d, c) if y_first else (a, b, c, d)
    if kind == "corner":
        x2, y2 = x1 + x2, y1 + y2
    elif kind == "center":
        x1, y1, x2, y2 = x1 - x2 / 2, y1 - y2 / 2, x1 + x2 / 2, y1 + y2 / 2
    if relative != new_relative:
        w, h = _sides(boxes, height, width, f"From {source!r} to {target!r}")
        w, h = (w, h) if relative else (1 / w, 1 / h)
        x1, y1, x2, y2 = x1 * w, y1 * h, x2 * w, y2 * h
    if new_kind == "corner":
        x2, y2 = x2 - x1, y2 - y1
    elif new_kind == "center":
        x1, y1, x2, y2 = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
    return ops.concat((y1, x1, y2, x2) if new_y_first else (x1, y1, x2, y2), -1)


def _in_corners(function, boxes, box_format, height, width):
    """A function of (x1, y1, x2, y2), in pixels, on boxes of any format."""
    corners = convert_format(boxes, box_format, "xyxy", height, width)
    changed, height, width = function(*_parts(corners))
    return convert_format(ops.concat(changed, -1), "xyxy", box_format, height, width)


def clip_to_image_size(bounding_boxes, height=None, width=None, bounding_box_format="xyxy"):
    """Boxes cut off at the edges of the picture; those that are left without area get label -1.

    Args:
      bounding_boxes: a dict of "boxes" (..., boxes, 4) and "labels" (..., boxes).
      height, width: of the picture.
      bounding_box_format: of the boxes.

    Example:
    >>> boxes = {"boxes": [[-1.0, 0.0, 2.0, 9.0]], "labels": [3.0]}
    >>> clipped = tf.keras.utils.bounding_boxes.clip_to_image_size(boxes, height=4, width=5)
    >>> clipped["boxes"].numpy()
    array([[0., 0., 2., 4.]], dtype=float32)
    """
    boxes = convert_to_tensor(bounding_boxes["boxes"])
    labels = convert_to_tensor(bounding_boxes["labels"])
    relative = bounding_box_format.startswith("rel_")
    plain = "rel_xyxy" if relative else "xyxy"
    x1, y1, x2, y2 = _parts(convert_format(boxes, bounding_box_format, plain, dtype=boxes.dtype))
    w, h = (1.0, 1.0) if relative else _sides(boxes, height, width, "clip_to_image_size")
    x1, x2 = (ops.clip_by_value(x, 0.0, w) for x in (x1, x2))
    y1, y2 = (ops.clip_by_value(y, 0.0, h) for y in (y1, y2))
    area = ops.squeeze((x2 - x1) * (y2 - y1), -1)
    labels = ops.where(area > 0, labels, ops.cast(-1, labels.dtype))
    clipped = ops.concat([x1, y1, x2, y2], -1)
    clipped = convert_format(clipped, plain, bounding_box_format, dtype=boxes.dtype)
    return {**bounding_boxes, "boxes": clipped, "labels": labels}


def crop(boxes, top, left, height, width, bounding_box_format="xyxy"):
    """Boxes within the part of a picture that begins at (top, left); cut off at its edges.

    Args:
      boxes: (..., 4).
      top, left, height, width: the part.
      bounding_box_format: of the boxes, not relative.

    Example:
    >>> tf.keras.utils.bounding_boxes.crop([[1.0, 1.0, 4.0, 3.0]], 1, 2, 5, 5).numpy()
    array([[0., 0., 2., 2.]], dtype=float32)
    """

    def cut(x1, y1, x2, y2):
        low, high = (0.0, ops.cast(width, x1.dtype)), (0.0, ops.cast(height, x1.dtype))
        left_, top_ = ops.cast(left, x1.dtype), ops.cast(top, x1.dtype)
        xs = [ops.clip_by_value(x - left_, *low) for x in (x1, x2)]
        ys = [ops.clip_by_value(y - top_, *high) for y in (y1, y2)]
        return (xs[0], ys[0], xs[1], ys[1]), height, width

    return _in_corners(cut, boxes, bounding_box_format, None, None)


def pad(boxes, top, left, height=None, width=None, bounding_box_format="xyxy"):
    """Boxes of a picture that gets borders of `top` rows and `left` columns.

    Args:
      boxes: (..., 4).
      top, left: the borders.
      height, width: of the picture with them; needed for relative formats alone.

    Example:
    >>> tf.keras.utils.bounding_boxes.pad([[1.0, 1.0, 4.0, 3.0]], 1, 2).numpy()
    array([[3., 2., 6., 4.]], dtype=float32)
    """

    def moved(x1, y1, x2, y2):
        dx, dy = ops.cast(left, x1.dtype), ops.cast(top, x1.dtype)
        return (x1 + dx, y1 + dy, x2 + dx, y2 + dy), height, width

    return _in_corners(moved, boxes, bounding_box_format, height, width)


def affine_transform(
    boxes,
    angle,
    translate_x,
    translate_y,
    scale,
    shear_x,
    shear_y,
    height,
    width,
    center_x=None,
    center_y=None,
    bounding_box_format="xyxy",
):
    """Boxes around turned, sheared, scaled and shifted ones, one transformation a picture.

    Args:
      boxes: (batch, boxes, 4), or (boxes, 4).
      angle, shear_x, shear_y: in degrees, (batch,) or numbers; angles against the clock.
      translate_x, translate_y: in pixels.
      scale: a factor.
      height, width: of the picture.
      center_x, center_y: the point, in parts of the sides, that is turned about; the middle.

    Example:
    >>> x = [[[0.0, 0.0, 2.0, 2.0]]]
    >>> turned = tf.keras.utils.bounding_boxes.affine_transform(
    ...     x, angle=90.0, translate_x=0.0, translate_y=0.0, scale=1.0, shear_x=0.0, shear_y=0.0,
    ...     height=4, width=4)
    >>> turned.numpy().round(4) + 0
    array([[[0., 2., 2., 4.]]], dtype=float32)
    """
    boxes = convert_to_tensor(boxes)
    numbers = (angle, translate_x, translate_y, scale, shear_x, shear_y)
    lead = (-1, *(1,) * (len(boxes._shape) - 1))
    angle, dx, dy, scale, sx, sy = (
        ops.reshape(ops.cast(n, "float32"), lead if len(boxes._shape) > 2 else ()) for n in numbers
    )
    turn, sx, sy = (value * (math.pi / 180) for value in (-angle, sx, sy))
    # scale * rotation * shear, as torchvision has it
    a = ops.cos(turn - sy) / ops.cos(sy)
    b = -ops.cos(turn - sy) * ops.tan(sx) / ops.cos(sy) - ops.sin(turn)
    c = ops.sin(turn - sy) / ops.cos(sy)
    d = -ops.sin(turn - sy) * ops.tan(sx) / ops.cos(sy) + ops.cos(turn)
    middle_x = width * (0.5 if center_x is None else center_x)
    middle_y = height * (0.5 if center_y is None else center_y)

    def forward(x, y):
        x, y = x - middle_x, y - middle_y
        return scale * (a * x + b * y) + middle_x + dx, scale * (c * x + d * y) + middle_y + dy

    return _in_corners(
        lambda *corners: (around(forward, *corners), height, width),
        boxes,
        bounding_box_format,
        height,
        width,
    )


def around(forward, x1, y1, x2, y2):
    """The upright box around a box whose points are moved by a function of (x, y)."""
    points = [forward(x, y) for x in (x1, x2) for y in (y1, y2)]
    xs, ys = (ops.concat(values, -1) for values in zip(*points))
    least = [ops.reduce_min(v, -1, keepdims=True) for v in (xs, ys)]
    most = [ops.reduce_max(v, -1, keepdims=True) for v in (xs, ys)]
    return *least, *most


# -- how much boxes overlap ------------------------------------------------------------------------


def _corner_pairs(boxes1, boxes2, box_format, image_shape):
    height, width = (None, None) if image_shape is None else image_shape[:2]
    target = "rel_xyxy" if box_format.startswith("rel_") else "xyxy"
    return [convert_format(boxes, box_format, target, height, width) for boxes in (boxes1, boxes2)]


def compute_iou(
    boxes1, boxes2, bounding_box_format, use_masking=False, mask_val=-1, image_shape=None
):
    """How much each pair of boxes has in common: the area of both over that of either.

    Args:
      boxes1, boxes2: (M, 4) and (N, 4), or (batch, M, 4) and (batch, N, 4).
      bounding_box_format: of both.
      use_masking: boxes whose numbers are below 0 have `mask_val` with all others.
      image_shape: (height, width, channels), not needed.

    Returns:
      (M, N) or (batch, M, N).

    Example:
    >>> boxes = [[0.0, 0.0, 2.0, 2.0]]
    >>> tf.keras.utils.bounding_boxes.compute_iou(boxes, [[1.0, 0.0, 2.0, 2.0]], "xyxy").numpy()
    array([[0.5]], dtype=float32)
    """
    one, two = _corner_pairs(boxes1, boxes2, bounding_box_format, image_shape)
    a, b = ops.expand_dims(one, -2), ops.expand_dims(two, -3)
    sizes = ops.minimum(a[..., 2:], b[..., 2:]) - ops.maximum(a[..., :2], b[..., :2])
    common = ops.reduce_prod(ops.maximum(sizes, 0.0), -1)
    areas = [ops.reduce_prod(boxes[..., 2:] - boxes[..., :2], -1) for boxes in (a, b)]
    iou = ops.divide_no_nan(common, areas[0] + areas[1] - common)
    if not use_masking:
        return iou
    missing = ops.logical_or(
        ops.expand_dims(ops.reduce_max(one, -1) < 0.0, -1),
        ops.expand_dims(ops.reduce_max(two, -1) < 0.0, -2),
    )
    return ops.where(missing, ops.cast(mask_val, iou.dtype), iou)


def compute_ciou(boxes1, boxes2, bounding_box_format, image_shape=None):
    """The complete IoU of pairs of boxes (Zheng and others, 2020): box k with box k.

    It is lower for boxes whose centres are apart, and for boxes of other proportions.

    Args:
      boxes1, boxes2: (..., 4) of one shape.
      bounding_box_format: of both.

    Returns:
      (...,).

    Example:
    >>> boxes = [[0.0, 0.0, 2.0, 2.0]]
    >>> tf.keras.utils.bounding_boxes.compute_ciou(boxes, boxes, "xyxy").numpy().round(5)
    array([1.], dtype=float32)
    """
    a, b = _corner_pairs(boxes1, boxes2, bounding_box_format, image_shape)
    tiny = 1e-7
    sizes = ops.minimum(a[..., 2:], b[..., 2:]) - ops.maximum(a[..., :2], b[..., :2])
    common = ops.reduce_prod(ops.maximum(sizes, 0.0), -1)
    side_a, side_b = a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2]
    union = ops.reduce_prod(side_a, -1) + ops.reduce_prod(side_b, -1) - common + tiny
    iou = common / union
    hull = ops.maximum(a[..., 2:], b[..., 2:]) - ops.minimum(a[..., :2], b[..., :2])
    diagonal = ops.reduce_sum(ops.square(hull), -1) + tiny
    apart = (a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]) / 2
    distance = ops.reduce_sum(ops.square(apart), -1)
    slopes = [ops.atan(side[..., 0] / (side[..., 1] + tiny)) for side in (side_a, side_b)]
    shape = 4 / math.pi**2 * ops.square(slopes[1] - slopes[0])
    weight = shape / (shape - iou + 1 + tiny)
    return iou - (distance / diagonal + shape * weight)


# -- boxes as steps from anchors -------------------------------------------------------------------


def _centred(boxes, box_format, image_shape):
    height, width = (None, None) if image_shape is None else image_shape[:2]
    return convert_format(boxes, box_format, "center_yxhw", height, width)


def _check_encoding(encoding, variance):
    if encoding not in ("center_xywh", "center_yxhw"):
        raise ValueError(
            f"The encoding must be 'center_xywh' or 'center_yxhw'. Received: {encoding}"
        )
    if variance is not None and len(variance) != 4:
        raise ValueError(f"`variance` must have length 4. Received: {variance}")


def encode_box_to_deltas(
    anchors,
    boxes,
    anchor_format,
    box_format,
    encoding_format="center_yxhw",
    variance=None,
    image_shape=None,
):
    """Boxes as steps from anchors: the centre's in sides of the anchor, logarithms of the sides.

    Args:
      anchors: (boxes, 4).
      boxes: (boxes, 4) or (batch, boxes, 4).
      anchor_format, box_format: their formats.
      encoding_format: "center_yxhw" or "center_xywh".
      variance: four numbers to divide by.
      image_shape: (height, width, channels) for relative formats.

    Example:
    >>> anchors, boxes = [[0.0, 0.0, 2.0, 2.0]], [[1.0, 0.0, 3.0, 2.0]]
    >>> tf.keras.utils.bounding_boxes.encode_box_to_deltas(anchors, boxes, "xyxy", "xyxy").numpy()
    array([[0. , 0.5, 0. , 0. ]], dtype=float32)
    """
    _check_encoding(encoding_format, variance)
    anchors = _centred(anchors, anchor_format, image_shape)
    boxes = _centred(boxes, box_format, image_shape)
    sides = anchors[..., 2:]
    deltas = ops.concat(
        [(boxes[..., :2] - anchors[..., :2]) / sides, ops.log(boxes[..., 2:] / sides)], -1
    )
    if encoding_format == "center_xywh":
        deltas = ops.gather(deltas, [1, 0, 3, 2], axis=-1)
    return deltas if variance is None else deltas / ops.constant(variance, deltas.dtype)


def decode_deltas_to_boxes(
    anchors,
    boxes_delta,
    anchor_format,
    box_format,
    encoded_format="center_yxhw",
    variance=None,
    image_shape=None,
):
    """Boxes from their steps from anchors: undoes `encode_box_to_deltas`.

    Args:
      anchors: (boxes, 4), or a dict of such.
      boxes_delta: (boxes, 4) or (batch, boxes, 4), or a dict with the same keys.
      anchor_format, box_format: of the anchors, and of the result.
      encoded_format, variance, image_shape: as in `encode_box_to_deltas`.

    Example:
    >>> boxes = tf.keras.utils.bounding_boxes
    >>> anchors, deltas = [[0.0, 0.0, 2.0, 2.0]], [[0.0, 0.5, 0.0, 0.0]]
    >>> boxes.decode_deltas_to_boxes(anchors, deltas, "xyxy", "xyxy").numpy()
    array([[1., 0., 3., 2.]], dtype=float32)
    """
    rest = anchor_format, box_format, encoded_format, variance, image_shape
    if isinstance(anchors, dict):
        return {k: decode_deltas_to_boxes(anchors[k], boxes_delta[k], *rest) for k in anchors}
    _check_encoding(encoded_format, variance)
    anchors = _centred(anchors, anchor_format, image_shape)
    deltas = ops.cast(convert_to_tensor(boxes_delta), anchors.dtype)
    if variance is not None:
        deltas = deltas * ops.constant(variance, deltas.dtype)
    if encoded_format == "center_xywh":
        deltas = ops.gather(deltas, [1, 0, 3, 2], axis=-1)
    sides = anchors[..., 2:]
    boxes = ops.concat(
        [deltas[..., :2] * sides + anchors[..., :2], ops.exp(deltas[..., 2:]) * sides], -1
    )
    height, width = (None, None) if image_shape is None else image_shape[:2]
    return convert_format(boxes, "center_yxhw", box_format, height, width)
