"""Rules of what reads and writes bytes: files, pictures, sounds, serialized tensors."""

import numpy as np

from ...ops import audio, decoding, files, strings
from ...ops.image import files as pictures
from ..graphs import graph_rule
from .texts import enter_table

LOADED = audio, decoding, files, strings, pictures  # whose primitives are written here

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
