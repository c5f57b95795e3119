"""Rules of texts, ragged rows, sparse places and lookup tables."""

import numpy as np

from ...ops.strings import HASH_KEY
from ..graphs import graph_rule
from ..nodes import STRING, type_of
from .control import formatted
from .move import reshaped

_INT64 = type_of(np.int64)


def _text(body, value):
    held = np.empty((), object)
    held[()] = value
    return body.constant(held)


# -- each text -------------------------------------------------------------------------------------

_PLAIN = {  # our name -> TensorFlow's, and the attrs that are passed on
    "strings_lower": ("StringLower", {"encoding": "encoding"}),
    "strings_upper": ("StringUpper", {"encoding": "encoding"}),
    "strings_strip": ("StringStrip", {}),
    "strings_length": ("StringLength", {"unit": "unit"}),
    "regex_replace": (
        "StaticRegexReplace",
        {"pattern": "pattern", "rewrite": "rewrite", "replace_global": "everywhere"},
    ),
    "regex_full_match": ("StaticRegexFullMatch", {"pattern": "pattern"}),
    "to_number": ("StringToNumber", {"out_type": "dtype"}),
    "as_string": (
        "AsString",
        {k: k for k in ("precision", "scientific", "shortest", "width", "fill")},
    ),
    "unicode_transcode": (
        "UnicodeTranscode",
        {
            "input_encoding": "encoding",
            "output_encoding": "output",
            "errors": "errors",
            "replacement_char": "replacement",
            "replace_control_characters": "control",
        },
    ),
    "unicode_script": ("UnicodeScript", {}),
    "unicode_encode": (
        "UnicodeEncode",
        {"output_encoding": "encoding", "errors": "errors", "replacement_char": "replacement"},
    ),
}


def enter_table(table):
    """Enters rules of one op each: from our names to (TensorFlow's, its attrs: ours)."""

    def rule(body, node, inputs):
        op, attrs = table[node.op.name]
        attrs = {k: node.attrs[v] for k, v in attrs.items()}
        add = body.ordered if node.op.effect else body.add
        found = add(op, *inputs, **attrs)
        several = found.__class__ is tuple or not node.outputs
        return found if several else body.cast(found, node.outputs[0].dtype)

    graph_rule(*table)(rule)


enter_table(_PLAIN)


@graph_rule("substr")
def _substr(body, node, inputs):
    x, *bounds = inputs
    shape = body.dims(node.outputs[0].shape)
    if any(tuple(v.shape) != tuple(node.inputs[0].shape) for v in node.inputs[1:]):
        bounds = [body.add("BroadcastTo", body.cast(b, np.int64), shape) for b in bounds]
        x = body.add("BroadcastTo", x, shape)
    return body.add("Substr", x, *bounds, unit=node.attrs["unit"])


@graph_rule("to_hash_bucket")
def _to_hash_bucket(body, node, inputs):
    count, method, key = (node.attrs[k] for k in ("count", "method", "key"))
    if key:
        return body.add("StringToHashBucketStrong", *inputs, num_buckets=count, key=list(key))
    op = "StringToHashBucketFast" if method == "fingerprint" else "StringToHashBucket"
    return body.add(op, *inputs, num_buckets=count)


@graph_rule("strings_join")
def _strings_join(body, node, inputs):
    return body.add("StringJoin", list(inputs), separator=node.attrs["separator"])


@graph_rule("reduce_join")
def _reduce_join(body, node, inputs):
    axes = body.constant(list(node.attrs["axes"]), np.int32)
    attrs = {"keep_dims": node.attrs["keepdims"], "separator": node.attrs["separator"]}
    return body.add("ReduceJoin", *inputs, axes, **attrs)


@graph_rule("unsorted_segment_join")
def _segment_join(body, node, inputs):
    count, separator = body.size(node.attrs["count"]), node.attrs["separator"]
    return body.add("UnsortedSegmentJoin", *inputs, count, separator=separator)


@graph_rule("strings_format")
def _strings_format(body, node, inputs):
    return formatted(body, inputs, node.attrs["pieces"], node.attrs["summarize"])


# -- rows ------------------------------------------------------------------------------------------


def lengths_of(body, splits):
    """How long rows are, of where they begin."""
    ends = body.part_of(splits, 1, None)
    return body.cast(body.add("Sub", ends, body.part_of(splits, None, -1)), np.int64)


def _counts(body, ids, count):
    """How often each number below a count occurs."""
    ones = body.add("OnesLike", ids)
    return body.cast(body.add("UnsortedSegmentSum", ones, ids, count), np.int64)


def _cut(body, text, op, *arguments, **attrs):
    """(words, how many of each text) of an op that gives a sparse matrix."""
    places, words, shape = body.add(op, text, *arguments, **attrs)
    column = body.add("GatherV2", places, body.size(0), body.size(1))
    return [words, _counts(body, column, body.cast(body.part(shape, 0), np.int32))]


@graph_rule("strings_split")
def _strings_split(body, node, inputs):
    separator, most = node.attrs["sep"], node.attrs["maxsplit"]
    return _cut(body, *inputs, "StringSplitV2", _text(body, separator), maxsplit=most)


@graph_rule("bytes_split")
def _bytes_split(body, node, inputs):
    return _cut(body, *inputs, "StringSplit", _text(body, b""), skip_empty=False)


@graph_rule("ngrams")
def _ngrams(body, node, inputs):
    attrs, left = node.attrs, node.attrs["left"]
    words, splits = body.add(
        "StringNGrams",
        *inputs,
        separator=attrs["separator"],
        ngram_widths=list(attrs["widths"]),
        left_pad=left or b"",
        right_pad=attrs["right"] or b"",
        pad_width=_pad_width(attrs),
        preserve_short_sequences=attrs["preserve"],
    )
    return [words, lengths_of(body, splits)]


def _pad_width(attrs):
    """-1 fills up by the width of the run."""
    if attrs["left"] is None and attrs["right"] is None:
        return 0
    return -1 if attrs["padding"] is None else attrs["padding"]


def _reading(attrs):
    return {
        "input_encoding": attrs["encoding"],
        "errors": attrs["errors"],
        "replacement_char": attrs["replacement"],
        "replace_control_characters": attrs["control"],
    }


@graph_rule("unicode_decode", "unicode_split", "unicode_offsets")
def _unicode_rows(body, node, inputs):
    attrs = _reading(node.attrs)
    splits, codes, starts = body.add("UnicodeDecodeWithOffsets", *inputs, **attrs)
    found = starts if node.op.name == "unicode_offsets" else codes
    if node.op.name == "unicode_split":
        count = body.part(body.add("Shape", codes), 0)
        one = body.size(1)
        ends = body.add("Range", body.size(0), body.add("AddV2", count, one), one)
        attrs = {"output_encoding": node.attrs["encoding"], "errors": node.attrs["errors"]}
        ends = body.cast(ends, np.int64)
        found = body.add(
            "UnicodeEncode", codes, ends, replacement_char=node.attrs["replacement"], **attrs
        )
    return [found, lengths_of(body, splits)]


@graph_rule("ranges")
def _ranges(body, node, inputs):
    starts, lengths, deltas = inputs
    lengths = body.cast(lengths, starts.dtype)
    deltas = body.cast(deltas, starts.dtype)
    limits = body.add("AddV2", starts, body.add("Mul", lengths, deltas))
    return body.add("RaggedRange", starts, limits, deltas)[1]


@graph_rule("row_ids")
def _row_ids(body, node, inputs):
    (splits,), count = inputs, node.attrs["count"]
    places = _upto(body, count, splits.dtype)
    one = body.constant([[1]], np.int64)
    found = body.add("UpperBound", *_as_rows(body, splits, places), out_type=np.int64)
    found = reshaped(body, body.add("Sub", found, one), (-1,))
    return body.cast(found, node.outputs[0].dtype)


def _upto(body, count, dtype):
    found = body.add("Range", body.size(0), body.size(count), body.size(1))
    return body.cast(found, dtype)


def _as_rows(body, *vectors):
    return [body.add("ExpandDims", v, body.size(0)) for v in vectors]


@graph_rule("splits_of_ids")
def _splits_of_ids(body, node, inputs):
    (ids,) = inputs
    rows = _upto(body, node.attrs["rows"] + 1, ids.dtype)
    found = body.add("LowerBound", *_as_rows(body, ids, rows), out_type=np.int64)
    return body.cast(reshaped(body, found, (-1,)), node.outputs[0].dtype)


@graph_rule("ragged_to_dense")
def _ragged_to_dense(body, node, inputs):
    values, splits, default = inputs
    sizes = [node.attrs["rows"], node.attrs["width"]]
    sizes = body.dims([-1 if d is None else d for d in [*sizes, *node.inputs[0].shape[1:]]])
    kinds = ["ROW_SPLITS"]
    return body.add(
        "RaggedTensorToTensor", sizes, values, default, [splits], row_partition_types=kinds
    )


@graph_rule("ragged_of_dense")
def _ragged_of_dense(body, node, inputs):
    dense, splits = inputs
    count = node.attrs["count"]
    shape = node.inputs[0].shape
    places = _upto(body, count, splits.dtype)
    rows = body.add("UpperBound", *_as_rows(body, splits, places), out_type=np.int64)
    rows = body.add("Sub", reshaped(body, rows, (-1,)), body.constant([1], np.int64))
    starts = body.add("GatherV2", splits, rows, body.size(0))
    columns = body.add("Sub", body.cast(places, np.int64), body.cast(starts, np.int64))
    height, width = (body.cast(body.size(d), np.int64) for d in shape[:2])
    inside = body.add(
        "LogicalAnd", body.add("Less", rows, height), body.add("Less", columns, width)
    )
    at = body.add("AddV2", body.add("Mul", rows, width), columns)
    at = body.add("SelectV2", inside, at, body.add("ZerosLike", at))
    flat = reshaped(body, dense, (shape[0] * shape[1], *shape[2:]))
    found = body.add("GatherV2", flat, at, body.size(0))
    inside = reshaped(body, inside, (count, *[1] * (len(shape) - 2)))
    return body.add("SelectV2", inside, found, body.add("ZerosLike", found))


# -- sparse places ---------------------------------------------------------------------------------


@graph_rule("sparse_to_dense")
def _sparse_to_dense(body, node, inputs):
    indices, values, default = inputs
    shape = body.dims(node.attrs["shape"], np.int64)
    indices = body.cast(indices, np.int64)
    return body.add(
        "SparseToDense",
        indices,
        shape,
        values,
        default,
        validate_indices=bool(node.attrs["ordered"]),
    )


def _pairs(body, rows, columns):
    """Rows and columns as a matrix of places."""
    return body.add("Pack", [body.cast(x, np.int64) for x in (rows, columns)], axis=1)


@graph_rule("sparse_matmul")
def _sparse_matmul(body, node, inputs):
    rows, columns, values, dense = inputs
    shape = body.dims((node.attrs["size"], node.inputs[3].shape[0]), np.int64)
    return body.add("SparseTensorDenseMatMul", _pairs(body, rows, columns), values, shape, dense)


@graph_rule("set_operation")
def _set_operation(body, node, inputs):
    kind = {"and": "intersection", "or": "union", "minus": "a-b"}[node.attrs["kind"]]
    one, zero = body.constant(1, np.int64), body.constant(0, np.int64)
    sizes = [body.add("Size", x, out_type=np.int64) for x in (inputs[0], inputs[2])]
    both = body.add("ConcatV2", [body.cast(inputs[k], np.int64) for k in (0, 2)], body.size(0))
    ends = body.add("ConcatV2", [both, body.constant([-1], np.int64)], body.size(0))
    count = body.add("AddV2", body.add("Max", ends, body.constant([0], np.int32)), one)
    sets = []
    for rows, values, size in ((*inputs[:2], sizes[0]), (*inputs[2:], sizes[1])):
        places = body.add("Range", zero, size, one)
        width = body.add("Maximum", size, one)
        sets += [_pairs(body, rows, places), values, body.add("Pack", [count, width])]
    places, values, _ = body.add("SparseToSparseSetOperation", *sets, set_operation=kind)
    return [body.add("GatherV2", places, body.size(0), body.size(1)), values]


def _hashable(body, ref):
    return ref if ref.dtype == STRING else body.cast(ref, np.int64)


def _crossed(body, columns, splits, **attrs):
    columns = [_hashable(body, x) for x in columns]
    order = "R" * len(columns)
    attrs = {"input_order": order, "out_row_splits_type": np.int64, **attrs}
    return body.add("RaggedCross", columns, splits, [], [], [], [], **attrs)


@graph_rule("crossed_hashes")
def _crossed_hashes(body, node, inputs):
    columns = [reshaped(body, x, (-1,)) for x in inputs]
    one = body.size(1)
    count = body.part(body.add("Shape", columns[0]), 0)
    splits = body.add("Range", body.size(0), body.add("AddV2", count, one), one)
    found, _ = _crossed(
        body,
        columns,
        [body.cast(splits, np.int64)] * len(columns),
        hashed_output=True,
        num_buckets=node.attrs["count"],
        hash_key=node.attrs.get("key", HASH_KEY),
        out_values_type=np.int64,
    )
    return reshaped(body, found, node.outputs[0].shape)


@graph_rule("cross")
def _cross(body, node, inputs):
    separator = node.attrs["separator"]
    if separator not in (None, b"_X_"):
        raise NotImplementedError(
            "[saved_model] tf.ragged.cross with a separator of its own cannot be written for "
            "TensorFlow: cross hashed, or join the texts with tf.strings.join."
        )
    values, splits = _crossed(
        body,
        inputs[1::2],
        [body.cast(x, np.int64) for x in inputs[::2]],
        hashed_output=separator is None,
        num_buckets=node.attrs["buckets"],
        hash_key=node.attrs["key"],
        out_values_type=np.int64 if separator is None else "string",
    )
    return [values, lengths_of(body, splits)]


# -- tables ----------------------------------------------------------------------------------------


def _handle(body, entries):
    return body.capture(("table", entries), name="table_handle")


@graph_rule("table_find")
def _table_find(body, node, inputs):
    return body.ordered("LookupTableFindV2", _handle(body, node.attrs["entries"]), *inputs)


@graph_rule("table_insert")
def _table_insert(body, node, inputs):
    body.ordered("LookupTableInsertV2", _handle(body, node.attrs["entries"]), *inputs)


@graph_rule("table_remove")
def _table_remove(body, node, inputs):
    body.ordered("LookupTableRemoveV2", _handle(body, node.attrs["entries"]), *inputs)


@graph_rule("table_size")
def _table_size(body, node, inputs):
    return body.ordered("LookupTableSizeV2", _handle(body, node.attrs["entries"]))


@graph_rule("table_find_words")
def _table_find_words(body, node, inputs):
    texts, default = inputs
    if node.attrs["lower"]:
        texts = body.add("StringLower", texts, encoding="")
    if node.attrs["deleted"]:
        some = "".join(f"\\x{{{byte:02x}}}" for byte in node.attrs["deleted"])
        texts = body.add("StaticRegexReplace", texts, pattern=f"[{some}]", rewrite="")
    words, lengths = _cut(body, texts, "StringSplitV2", _text(body, b""), maxsplit=-1)
    handle = _handle(body, node.attrs["entries"])
    return [body.ordered("LookupTableFindV2", handle, words, default), lengths]
