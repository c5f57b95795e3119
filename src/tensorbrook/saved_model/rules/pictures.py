"""Rules of pictures' files, boxes in pictures, and searches of labels."""

import numpy as np

from ...base.dims import Dim
from ...ops import decoders
from ...ops.image import boxes, files
from ..graphs import graph_rule
from .move import transposed

LOADED = boxes, decoders, files  # whose primitives are written here


# -- files -----------------------------------------------------------------------------------------

_FORMS = {"jpeg": "DecodeJpeg", "png": "DecodePng", "bmp": "DecodeBmp", "gif": "DecodeGif"}


@graph_rule("decode_picture")
def _decode_picture(body, node, inputs):
    form, channels, ratio, dtype, frames = (
        node.attrs[k] for k in ("form", "channels", "ratio", "dtype", "frames")
    )
    if form == "webp":
        return body.add("DecodeWebP", *inputs, channels=channels, dtype=dtype)
    if form == "gif":
        return body.add("DecodeGif", *inputs)
    attrs = {"channels": channels}
    if form == "jpeg":
        attrs["ratio"] = ratio
    elif form in ("png", "image"):
        attrs["dtype"] = dtype
    if form == "image":
        attrs["expand_animations"] = frames
    return body.add(_FORMS.get(form, "DecodeImage"), *inputs, **attrs)


@graph_rule("encode_picture")
def _encode_picture(body, node, inputs):
    options = dict(node.attrs["options"])
    if node.attrs["form"] == "PNG":
        return body.add("EncodePng", *inputs, compression=options.get("compress_level", -1))
    attrs = {"quality": options.get("quality", 95)}
    if options:
        attrs["progressive"], attrs["optimize_size"] = options["progressive"], options["optimize"]
        attrs["chroma_downsampling"] = options["subsampling"] == 2
        attrs["x_density"], attrs["y_density"] = options["dpi"]
        attrs["xmp_metadata"] = options.get("xmp", b"")
    return body.add("EncodeJpeg", *inputs, **attrs)


@graph_rule("through_jpeg")
def _through_jpeg(body, node, inputs):
    packed = body.add("EncodeJpegVariableQuality", *inputs)
    channels = node.inputs[0].shape[-1]
    return body.add("DecodeJpeg", packed, channels=0 if channels.__class__ is Dim else channels)


# -- boxes -----------------------------------------------------------------------------------------


def _single(body, inputs):
    """Operands in float32, which numbers of pictures are."""
    return [body.cast(x, np.float32) for x in inputs]


@graph_rule("non_max_suppression")
def _non_max_suppression(body, node, inputs):
    boxes, scores, most, *limits = inputs
    boxes, scores, *limits = _single(body, [boxes, scores, *limits])
    places, kept, _ = body.add("NonMaxSuppressionV5", boxes, scores, most, *limits)
    return [places, body.cast(kept, node.outputs[1].dtype)]


@graph_rule("non_max_suppression_overlaps")
def _by_overlaps(body, node, inputs):
    overlaps, scores, most, *limits = inputs
    overlaps, scores, *limits = _single(body, [overlaps, scores, *limits])
    return body.add("NonMaxSuppressionWithOverlaps", overlaps, scores, most, *limits)


@graph_rule("combined_non_max_suppression")
def _combined(body, node, inputs):
    attrs = node.attrs
    numbers = [body.constant(attrs[k], np.int32) for k in ("per_class", "total")]
    numbers += [body.constant(attrs[k], np.float32) for k in ("limit", "least")]
    operands = [*_single(body, inputs), *numbers]
    found = body.add("CombinedNonMaxSuppression", *operands, clip_boxes=attrs["clip"])
    return [body.cast(x, v.dtype) for x, v in zip(found, node.outputs)]


@graph_rule("draw_bounding_boxes")
def _draw_boxes(body, node, inputs):
    found = body.add("DrawBoundingBoxesV2", *_single(body, inputs))
    return body.cast(found, node.outputs[0].dtype)


# -- labels ----------------------------------------------------------------------------------------


@graph_rule("edit_distance")
def _edit_distance(body, node, inputs):
    lead = body.dims(node.attrs["shape"], np.int64)
    sparse = []
    for places, values in (inputs[:2], inputs[2:]):
        column = len(node.attrs["shape"])
        last = body.add("GatherV2", places, body.size(column), body.size(1))
        ends = body.add("ConcatV2", [last, body.constant([-1], np.int64)], body.size(0))
        longest = body.add("Max", ends, body.constant([0], np.int32), keep_dims=True)
        longest = body.add("AddV2", longest, body.constant([1], np.int64))
        sparse += [places, values, body.add("ConcatV2", [lead, longest], body.size(0))]
    return body.add("EditDistance", *sparse, normalize=node.attrs["normalize"])


@graph_rule("ctc_decode")
def _ctc_decode(body, node, inputs):
    """The blank's class comes last for the beam search, and labels get their own numbers again."""
    (logits, lengths), attrs = inputs, node.attrs
    batch, _, classes = node.inputs[0].shape
    time = node.inputs[0].shape[1]
    lengths = body.cast(lengths, np.int32)
    blank, merge = attrs["blank"] % classes, attrs["merge_repeated"]
    logits = transposed(body, logits, (1, 0, 2))
    order = list(range(classes))
    if attrs["width"] is None:
        places, values, _, scores = body.add(
            "CTCGreedyDecoder", logits, lengths, merge_repeated=merge, blank_index=blank
        )
        paths = [(places, values)]
    else:
        order = [c for c in order if c != blank] + [blank]
        axis = body.size(2)
        logits = body.add("GatherV2", logits, body.constant(order, np.int32), axis)
        found = body.add(
            "CTCBeamSearchDecoder",
            logits,
            lengths,
            beam_width=attrs["width"],
            top_paths=attrs["paths"],
            merge_repeated=merge,
        )
        paths, scores = list(zip(*found[:2])), found[3]
    numbers = body.constant(order, np.int32)
    shape, none = body.dims((batch, time), np.int64), body.constant(-1, np.int32)
    dense = []
    for places, values in paths:
        values = body.add("GatherV2", numbers, values, body.size(0))
        dense.append(body.add("SparseToDense", places, shape, values, none))
    return [body.add("Pack", dense), scores]
