"""Pictures read at places between their pixels."""

import numpy as np

from ...ops.image import boxes as _boxes  # noqa: F401 (enters the primitives)
from ..writer import FLOATS, INT64, rule


@rule("sample_pictures", takes=FLOATS)
def _sample_pictures(w, node, images, rows, columns):
    batch, height, width, channels = node.inputs[0].shape
    dtype, place = node.inputs[0].dtype, node.inputs[1].dtype
    flat = w.reshape(images, (batch, height * width, channels), node.inputs[0].shape)

    def number(value):
        return w.number(value, place)

    def size(value):
        return w.cast(w.scalar_size(value), INT64, place)

    def clipped(at, most):
        """Places in the picture; those that are no number are 0."""
        at = w.where(w.op("GreaterOrEqual", at, number(0)), at, number(0))
        return w.cast(w.op("Min", at, size(most - 1)), place, INT64)

    def inside(at, most):
        above = w.op("GreaterOrEqual", at, number(0))
        return w.op("And", above, w.op("LessOrEqual", at, size(most - 1)))

    def pixel(row, column):
        across = w.op("Mul", clipped(row, height), w.scalar_size(width))
        at = w.op("Add", across, clipped(column, width))
        found = w.op("GatherND", flat, w.unsqueeze(at, -1), batch_dims=1)
        if not node.attrs["constant"]:
            return found
        known = w.unsqueeze(w.op("And", inside(row, height), inside(column, width)), -1)
        return w.where(known, found, w.number(node.attrs["fill"], dtype))

    if node.attrs["nearest"]:
        half = [w.op("Floor", w.op("Add", w.op("Abs", p), number(0.5))) for p in (rows, columns)]
        return pixel(*[w.op("Mul", w.op("Sign", p), h) for p, h in zip((rows, columns), half)])
    total, ends = None, []
    for at in (rows, columns):
        low = w.op("Floor", at)
        share = w.op("Sub", at, low)
        high = w.op("Add", low, number(1))
        ends.append([(w.op("Sub", number(1), share), low), (share, high)])
    for down, row in ends[0]:
        for across, column in ends[1]:
            share = w.cast(w.unsqueeze(w.op("Mul", down, across), -1), place, dtype)
            part = w.op("Mul", pixel(row, column), share)
            total = part if total is None else w.op("Add", total, part)
    return total


@rule("non_max_suppression")
def _non_max_suppression(w, node, boxes, scores, most, limit, least, sigma):
    known = w.known(sigma)
    if known is None or known != 0:
        raise NotImplementedError(
            "Export to ONNX: soft non-maximum suppression has no counterpart there. Take "
            "tf.image.non_max_suppression, whose soft_nms_sigma is 0."
        )
    single = np.dtype(np.float32)
    boxes, scores = (w.cast(x, v.dtype, single) for x, v in zip((boxes, scores), node.inputs))
    most = w.unsqueeze(w.cast(most, node.inputs[2].dtype, INT64), 0)
    limits = [w.unsqueeze(x, 0) for x in (limit, least)]
    found = w.op(
        "NonMaxSuppression", w.unsqueeze(boxes, 0), w.unsqueeze(scores, 0, 1), most, *limits
    )
    places = w.op("Gather", found, np.array(2), axis=1)
    values = w.cast(w.op("Gather", scores, places, axis=0), single, node.outputs[1].dtype)
    return w.cast(places, INT64, node.outputs[0].dtype), values
