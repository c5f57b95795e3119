"""keras.visualization: boxes and masks drawn on pictures, and pictures side by side."""

import numpy as np

from ..core.tensor import convert_to_tensor
from ..ops.image.files import pillow
from .config import standardize_data_format
from .utils.bounding_boxes import convert_format


def _as_given(pictures, data_format):
    """Pictures in the data format of those that came in."""
    first = standardize_data_format(data_format) == "channels_first"
    return np.moveaxis(pictures, -1, 1) if first else pictures


def _pictures(images, data_format):
    """Pictures as an array (batch, height, width, channels)."""
    images = np.array(images)
    if images.ndim != 4:
        raise ValueError(
            f"`images` must be batched 4D tensor. Received: images.shape={images.shape}"
        )
    first = standardize_data_format(data_format) == "channels_first"
    return np.moveaxis(images, 1, -1) if first else images


def draw_bounding_boxes(
    images,
    bounding_boxes,
    bounding_box_format,
    class_mapping=None,
    color=(128, 128, 128),
    line_thickness=2,
    text_thickness=1,
    font_scale=1.0,
    data_format=None,
):
    """Pictures with boxes drawn on them, and the names of their classes.

    Args:
      images: (batch, height, width, 3), values from 0 to 255.
      bounding_boxes: a dict with "boxes" (batch, number, 4), "labels" (batch, number), -1 where
        there is no box, and maybe "confidences" (batch, number).
      bounding_box_format: how boxes are told: a format of `keras.utils.bounding_boxes`.
      class_mapping: a dict from labels to names to write; None writes nothing.
      color: red, green and blue, 0 to 255.
      line_thickness: of the boxes, in pixels.
      text_thickness: how much the letters are thickened, in pixels; 1 for plain letters.
      font_scale: the letters' size; 1 stands for 11 pixels.
      data_format: "channels_last" or "channels_first", of `images`.

    Returns:
      A uint8 array of the shape of `images`.

    Raises:
      ValueError: pictures of another rank, or boxes without labels.
      TypeError: boxes that are no dict.
      ImportError: Pillow is not installed.

    Example:
    >>> boxes = {"boxes": np.array([[[1, 1, 3, 3]]]), "labels": np.array([[0]])}
    >>> pictures = np.zeros((1, 5, 5, 3))
    >>> tf.keras.visualization.draw_bounding_boxes(
    ...     pictures, boxes, "xyxy", color=(9, 9, 9), line_thickness=1)[0, :, :, 0]
    array([[0, 0, 0, 0, 0],
           [0, 9, 9, 9, 0],
           [0, 9, 0, 9, 0],
           [0, 9, 9, 9, 0],
           [0, 0, 0, 0, 0]], dtype=uint8)
    """
    pictures = _pictures(images, data_format).astype("uint8")
    if not isinstance(bounding_boxes, dict):
        raise TypeError(f"`bounding_boxes` must be a dict, got {type(bounding_boxes).__name__}.")
    if "boxes" not in bounding_boxes or "labels" not in bounding_boxes:
        raise ValueError(
            "`bounding_boxes` must have the keys 'boxes' and 'labels', has "
            f"{sorted(bounding_boxes)}."
        )
    height, width = pictures.shape[1:3]
    given = convert_to_tensor(bounding_boxes["boxes"], "float32")
    boxes = np.array(convert_format(given, bounding_box_format, "xyxy", height, width))
    labels = np.array(bounding_boxes["labels"]).reshape(boxes.shape[:2]).astype(int)
    confidences = bounding_boxes.get("confidences")
    for row, picture in enumerate(pictures):
        own = None if confidences is None else np.array(confidences)[row]
        texts = [_text(label, k, own, class_mapping) for k, label in enumerate(labels[row])]
        kept = [(box, text) for box, text, n in zip(boxes[row], texts, labels[row]) if n != -1]
        pictures[row] = _drawn(
            picture, kept, tuple(color), line_thickness, text_thickness, 11 * font_scale
        )
    return _as_given(pictures, data_format)


def _text(label, place, confidences, class_mapping):
    if class_mapping is None or label not in class_mapping:
        return None
    name = str(class_mapping[label])
    return name if confidences is None else f"{name}: {float(confidences[place]):.2f}"


def _drawn(picture, boxes, color, line_thickness, text_thickness, size):
    pillow()
    from PIL import Image, ImageDraw, ImageFont

    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    for box, text in boxes:
        left, top, right, bottom = (round(float(v)) for v in box)
        if right >= left and bottom >= top:
            draw.rectangle((left, top, right, bottom), outline=color, width=line_thickness)
        if text is not None:
            above = max(top - 1.2 * size, 0)
            draw.text((left, above), text, color, font, stroke_width=text_thickness - 1)
    return np.asarray(image)


def draw_segmentation_masks(
    images,
    segmentation_masks,
    num_classes=None,
    color_mapping=None,
    alpha=0.8,
    blend=True,
    ignore_index=-1,
    data_format=None,
):
    """Pictures with masks of classes laid over them.

    Args:
      images: (batch, height, width, 3), values from 0 to 255.
      segmentation_masks: (batch, height, width) or (batch, height, width, 1), integers: the class
        of each pixel.
      num_classes: larger classes are not drawn; None draws all.
      color_mapping: a dict from classes to colours (red, green, blue); by default each class has a
        colour of its own, 0 is black. Classes that it lacks are not drawn.
      alpha: how opaque the masks are, from 0 to 1.
      blend: whether the picture shows through; else the masks cover it.
      ignore_index: the class that is not drawn.
      data_format: "channels_last" or "channels_first", of both.

    Returns:
      A uint8 array of the shape of `images`.

    Raises:
      ValueError: pictures of another rank.
      TypeError: masks that are no integers.

    Example:
    >>> pictures, masks = np.full((1, 1, 2, 3), 100), np.array([[[1, 2]]])
    >>> tf.keras.visualization.draw_segmentation_masks(
    ...     pictures, masks, color_mapping={1: (200, 0, 0)}, alpha=0.5)[0, 0]
    array([[150,  50,  50],
           [100, 100, 100]], dtype=uint8)
    """
    pictures = _pictures(images, data_format).astype("float32")
    masks = np.array(segmentation_masks)
    if masks.dtype.kind not in "iu":
        raise TypeError(
            "`segmentation_masks` must be in integer dtype. Received: "
            f"segmentation_masks.dtype={masks.dtype}"
        )
    masks = masks.reshape(pictures.shape[:3])
    greatest = masks.max(initial=0) if num_classes is None else num_classes
    if color_mapping is None:
        color_mapping = {k: (k, 127 * k % 255, 31 * k % 255) for k in range(greatest + 1)}
    share = alpha if blend else 1.0
    for number, color in color_mapping.items():
        if number != ignore_index and number <= greatest:
            chosen = masks == number
            pictures[chosen] = pictures[chosen] * np.float32(1 - share) + np.float32(color) * share
    return _as_given(pictures.astype("uint8"), data_format)


def plot_image_gallery(
    images,
    y_true=None,
    y_pred=None,
    label_map=None,
    rows=None,
    cols=None,
    value_range=(0, 255),
    scale=2,
    path=None,
    show=None,
    transparent=True,
    dpi=60,
    legend_handles=None,
    data_format=None,
):
    """Shows pictures in rows, with their classes.

    Args:
      images: (batch, height, width, channels).
      y_true, y_pred: (batch,) the true and the predicted classes; either needs `label_map`.
      label_map: a dict from classes to names.
      rows, cols: how many rows and columns; as square as can be by default.
      value_range: the values of black and white.
      scale: the side of a picture, in inches.
      path: the file to write to.
      show: whether to open a window; by default where there is no path.
      transparent: whether the file's background is transparent.
      dpi: pixels an inch, of the file.
      legend_handles: Matplotlib's handles for a legend.
      data_format: "channels_last" or "channels_first".

    Returns:
      Matplotlib's figure where it is neither written nor shown, else None.

    Raises:
      ValueError: pictures of another rank, both a path and `show`, or classes without names.
      ImportError: Matplotlib is not installed.

    Example:
    >>> figure = tf.keras.visualization.plot_image_gallery(np.zeros((3, 4, 4, 3)), show=False)
    >>> len(figure.axes)
    4
    """
    if path is not None and show:
        raise ValueError("plot_image_gallery() takes a `path` or `show`, not both.")
    if (y_true is not None or y_pred is not None) and label_map is None:
        raise ValueError("plot_image_gallery(y_true=, y_pred=) needs a `label_map`: their names.")
    pictures = _pictures(images, data_format).astype("float64")
    low, high = value_range
    pictures = np.clip((pictures - low) / (high - low), 0, 1)
    count = len(pictures)
    if cols is None:
        cols = int(np.ceil(np.sqrt(count))) if rows is None else -(-count // rows)
    rows = -(-count // cols) if rows is None else rows
    plot = _matplotlib()
    figure, axes = plot.subplots(rows, cols, figsize=(cols * scale, rows * scale), squeeze=False)
    for place, axis in enumerate(axes.flat):
        axis.axis("off")
        if place < count:
            picture = pictures[place]
            axis.imshow(picture[..., 0] if picture.shape[-1] == 1 else picture, cmap="gray")
            axis.set_title(_title(place, y_true, y_pred, label_map), fontsize=8)
    if legend_handles is not None:
        figure.legend(handles=legend_handles, loc="lower center")
    if path is not None:
        figure.savefig(path, dpi=dpi, transparent=transparent, bbox_inches="tight")
    elif show in (None, True):
        plot.show()
    else:
        return figure
    plot.close(figure)
    return None


def _title(place, y_true, y_pred, label_map):
    told = (("True", y_true), ("Pred", y_pred))
    lines = [
        f"{what}: {label_map[int(np.array(classes)[place])]}"
        for what, classes in told
        if classes is not None
    ]
    return "\n".join(lines)


def _matplotlib():
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError(
            "keras.visualization: a gallery needs Matplotlib: pip install matplotlib."
        ) from error
    return pyplot


def plot_bounding_box_gallery(
    images,
    bounding_box_format,
    y_true=None,
    y_pred=None,
    value_range=(0, 255),
    true_color=(0, 188, 212),
    pred_color=(255, 235, 59),
    line_thickness=2,
    font_scale=1.0,
    text_thickness=None,
    class_mapping=None,
    ground_truth_mapping=None,
    prediction_mapping=None,
    legend=False,
    legend_handles=None,
    rows=None,
    cols=None,
    data_format=None,
    **kwargs,
):
    """Shows pictures in rows, with true and predicted boxes.

    Args:
      images: (batch, height, width, 3).
      bounding_box_format: how boxes are told.
      y_true, y_pred: boxes, as `draw_bounding_boxes` takes them.
      value_range: the values of black and white.
      true_color, pred_color: red, green and blue, 0 to 255.
      line_thickness, text_thickness, font_scale: as in `draw_bounding_boxes`; the text is as thick
        as lines by default.
      class_mapping: a dict from labels to names.
      ground_truth_mapping, prediction_mapping: the same for one kind of boxes.
      legend: whether to say which colour is which.
      legend_handles: Matplotlib's handles for a legend of your own.
      rows, cols, data_format, **kwargs: as in `plot_image_gallery`.

    Returns:
      What `plot_image_gallery` returns.

    Raises:
      ValueError: both `legend` and `legend_handles`.

    Example:
    >>> boxes = {"boxes": np.array([[[1, 1, 3, 3]]]), "labels": np.array([[0]])}
    >>> figure = tf.keras.visualization.plot_bounding_box_gallery(
    ...     np.zeros((1, 5, 5, 3)), "xyxy", boxes, legend=True, show=False)
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['Ground Truth', 'Prediction']
    """
    if legend and legend_handles is not None:
        raise ValueError(
            "plot_bounding_box_gallery() takes `legend` or `legend_handles`, not both."
        )
    low, high = value_range
    pictures = (_pictures(images, data_format).astype("float64") - low) / (high - low) * 255
    kinds = (
        ("Ground Truth", y_true, true_color, ground_truth_mapping),
        ("Prediction", y_pred, pred_color, prediction_mapping),
    )
    for _, boxes, color, mapping in kinds:
        if boxes is not None:
            pictures = draw_bounding_boxes(
                pictures,
                boxes,
                bounding_box_format,
                mapping or class_mapping,
                color,
                line_thickness,
                line_thickness if text_thickness is None else text_thickness,
                font_scale,
                "channels_last",
            )
    if legend:
        _matplotlib()
        from matplotlib.patches import Patch

        legend_handles = [
            Patch(color=np.array(color) / 255, label=name) for name, _, color, _ in kinds
        ]
    return plot_image_gallery(
        pictures,
        rows=rows,
        cols=cols,
        legend_handles=legend_handles,
        data_format="channels_last",
        **kwargs,
    )


def plot_segmentation_mask_gallery(
    images,
    num_classes,
    value_range=(0, 255),
    y_true=None,
    y_pred=None,
    color_mapping=None,
    blend=True,
    alpha=0.8,
    ignore_index=-1,
    data_format=None,
    **kwargs,
):
    """Shows pictures in rows, each beside itself with its true and its predicted mask.

    Args:
      images: (batch, height, width, 3).
      num_classes: larger classes are not drawn.
      value_range: the values of black and white.
      y_true, y_pred: (batch, height, width) or (batch, height, width, 1): the masks.
      color_mapping, blend, alpha, ignore_index: as in `draw_segmentation_masks`.
      data_format, **kwargs: as in `plot_image_gallery`.

    Returns:
      What `plot_image_gallery` returns.

    Example:
    >>> masks = np.ones((2, 5, 5), int)
    >>> figure = tf.keras.visualization.plot_segmentation_mask_gallery(
    ...     np.zeros((2, 5, 5, 3)), 2, y_true=masks, y_pred=masks, show=False)
    >>> len(figure.axes)
    6
    """
    low, high = value_range
    pictures = (_pictures(images, data_format).astype("float64") - low) / (high - low) * 255
    shown = [pictures] + [
        draw_segmentation_masks(
            pictures,
            masks,
            num_classes,
            color_mapping,
            alpha,
            blend,
            ignore_index,
            "channels_last",
        )
        for masks in (y_true, y_pred)
        if masks is not None
    ]
    side_by_side = np.stack(shown, axis=1).reshape(-1, *pictures.shape[1:])
    kwargs = {"rows": len(pictures), "cols": len(shown), **kwargs}
    return plot_image_gallery(side_by_side, data_format="channels_last", **kwargs)
