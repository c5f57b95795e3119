"""Rules of what reads and writes bytes: files, pictures, sounds, serialized tensors."""

import numpy as np

from ...ops import audio, decoding, files, parsing, strings
from ...ops.image import files as pictures
from ..graphs import graph_rule
from .texts import enter_table

LOADED = audio, decoding, files, parsing, strings, pictures  # whose primitives are written here

enter_table(
    {
        "encode_base64": ("EncodeBase64", {"pad": "pad"}),
        "decode_base64": ("DecodeBase64", {}),
        "decode_compressed": ("DecodeCompressed", {"compression_type": "compression"}),
        "serialize_tensor": ("SerializeTensor", {}),
        "decode_json_example": ("DecodeJSONExample", {}),
        "read_file": ("ReadFile", {}),
        "write_file": ("WriteFile", {}),
        "matching_files": ("MatchingFiles", {}),
        "encode_wav": ("EncodeWav", {}),
        "decode_wav": (
            "DecodeWav",
            {"desired_channels": "channels", "desired_samples": "samples"},
        ),
        "extract_jpeg_shape": ("ExtractJpegShape", {"output_type": "dtype"}),
    }
)


@graph_rule("decode_raw")
def _decode_raw(body, node, inputs):
    attrs = {"out_type": node.attrs["dtype"], "little_endian": node.attrs["little"]}
    if node.attrs["size"] is None:
        return body.add("DecodeRaw", *inputs, **attrs)
    size = body.constant(node.attrs["size"], np.int32)
    return body.add("DecodePaddedRaw", *inputs, size, **attrs)


@graph_rule("decode_csv")
def _decode_csv(body, node, inputs):
    records, *defaults = inputs
    delimiter, quotes, missing, columns = (
        node.attrs[k] for k in ("delimiter", "quotes", "missing", "columns")
    )
    found = body.add(
        "DecodeCSV",
        records,
        defaults,
        field_delim=delimiter,
        use_quote_delim=quotes,
        na_value=missing,
        select_cols=list(columns or ()),
    )
    return found


@graph_rule("is_jpeg")
def _is_jpeg(body, node, inputs):
    start, length = body.constant(0, np.int32), body.constant(3, np.int32)
    held = np.empty((), object)
    held[()] = b"\xff\xd8\xff"
    return body.add("Equal", body.add("Substr", *inputs, start, length), body.constant(held))


def _texts(body, keys):
    return body.constant(np.array([key.encode() for key in keys], object))


@graph_rule("parse_example")
def _parse_example(body, node, inputs):
    """Rows of features; a single one as a row of one."""
    (serialized, _, *given), plan, single = inputs, node.attrs["plan"], node.attrs["single"]
    for wanted in plan:
        inner = [kind for kind, _ in wanted.extra] in ([], ["UniformRowLength"])
        plain = wanted.form == "fixed" or (wanted.form in _FORMS and inner)
        if not plain or wanted.listed or (single and wanted.form != "fixed"):
            raise NotImplementedError(
                f"[saved_model] tf.io.parse_example of the feature {wanted.key!r} cannot be "
                "written for TensorFlow: features of fixed length, sparse and ragged ones of one "
                "dimension can, sequences of features cannot."
            )
    if single:
        serialized = body.add("ExpandDims", serialized, body.size(0))
    fills = iter(given)
    fills = [next(fills) if wanted.filled else None for wanted in plan]
    rounds = []  # an op takes each feature once
    for number, wanted in enumerate(plan):
        before = sum(w.key == wanted.key for w in plan[:number])
        rounds += [[]] * (before >= len(rounds))
        rounds[before] = [*rounds[before], number]
    parts = {}
    for numbers in rounds:
        own = [plan[i] for i in numbers], [fills[i] for i in numbers]
        parts.update(zip(numbers, _parsed(body, serialized, *own)))
    results = [x for number in range(len(plan)) for x in parts[number]]
    if single:
        results = [body.add("Squeeze", x, squeeze_dims=[0]) for x in results]
    return results


def _parsed(body, serialized, plan, fills):
    """The parts of each feature."""
    by_form = {"dense": [], "sparse": [], "ragged": []}
    defaults, shapes = [], []
    for wanted, fill in zip(plan, fills):
        kind = _FORMS.get(wanted.form, "dense")
        by_form[kind].append(wanted)
        if kind == "dense":
            nothing = body.constant(np.empty(0, wanted.dtype))
            defaults.append(nothing if fill is None else fill)
            shapes.append((*[None] * (wanted.form == "padded"), *wanted.shape))
    found = body.add(
        "ParseExampleV2",
        serialized,
        _texts(body, []),
        *[_texts(body, [w.key for w in by_form[k]]) for k in ("sparse", "dense", "ragged")],
        defaults,
        num_sparse=len(by_form["sparse"]),
        sparse_types=[w.dtype for w in by_form["sparse"]],
        ragged_value_types=[w.dtype for w in by_form["ragged"]],
        ragged_split_types=[w.splits for w in by_form["ragged"]],
        dense_shapes=shapes,
    )
    parts = {
        "sparse": zip(*found[:3]),
        "dense": ((x,) for x in found[3]),
        "ragged": (_ragged(body, w, *pair) for w, pair in zip(by_form["ragged"], zip(*found[4:]))),
    }
    return [next(parts[_FORMS.get(w.form, "dense")]) for w in plan]


def _ragged(body, wanted, values, splits):
    """The parts of a ragged feature; rows of one length are in its rows."""
    if not wanted.extra:
        return [values, splits]
    ((_, size),) = wanted.extra
    size = body.constant(size, wanted.splits)
    end = body.add("Shape", values, out_type=wanted.splits)
    end = body.add("AddV2", body.part(end, 0), body.constant(1, wanted.splits))
    inner = body.add("Range", body.constant(0, wanted.splits), end, size)
    return [values, inner, body.add("FloorDiv", splits, size)]


_FORMS = {"padded": "dense", "sparse": "sparse", "ragged": "ragged"}
