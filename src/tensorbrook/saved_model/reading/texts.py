"""Rules of texts, rows of different lengths, and pictures."""

from ... import ops
from ...core.dispatch import PUBLIC
from ...ops.image.resize import resized
from ...ops.image.transform import projective_transform
from ...ops.parsing import (
    FixedLenFeature,
    FixedLenSequenceFeature,
    RaggedFeature,
    VarLenFeature,
    parse_example,
)
from ...ops.ragged import RaggedTensor
from ...ops.sampling import sample_pictures
from ...ops.shape import static_ints
from ...ops.strings import regex_full_match, regex_replace, string_format
from ...ops.strings_rows import (
    ngrams,
    string_split,
    unicode_decode,
    unicode_decode_with_offsets,
    unicode_encode,
)
from .rules import rule

SPARSE = {
    name: PUBLIC[f"sparse.{name}"]
    for name in ("add", "concat", "fill_empty_rows", "reorder", "reshape", "slice", "split")
}

# -- texts -----------------------------------------------------------------------------------------


def _split(input, sep, maxsplit=-1):
    found = string_split(input, sep or None, maxsplit).to_sparse()
    return found.indices, found.values, found.dense_shape


@rule("StringSplitV2")
def _string_split(input, sep, maxsplit=-1):
    return _split(input, sep.numpy().decode(), maxsplit)


@rule("StaticRegexReplace")
def _replace(input, pattern, rewrite, replace_global=True):
    return regex_replace(input, pattern, rewrite, replace_global)


@rule("StaticRegexFullMatch")
def _full_match(input, pattern):
    return regex_full_match(input, pattern)


@rule("StringFormat")
def _format(inputs, template="%s", placeholder="%s", summarize=3):
    return string_format(template, inputs, placeholder, summarize)


@rule("StringNGrams")
def _ngrams(
    data,
    data_splits,
    separator,
    ngram_widths,
    left_pad,
    right_pad,
    pad_width,
    preserve_short_sequences,
):
    found = ngrams(
        RaggedTensor.from_row_splits(data, data_splits),
        tuple(ngram_widths),
        separator,
        (left_pad, right_pad),
        None if pad_width < 0 else pad_width,
        preserve_short_sequences,
    )
    return found.values, ops.cast(found.row_splits, data_splits.dtype)


@rule("UnicodeDecode")
def _decode(
    input,
    input_encoding,
    errors="replace",
    replacement_char=65533,
    replace_control_characters=False,
    Tsplits="int64",
):
    how = input_encoding, errors, replacement_char, replace_control_characters
    found = unicode_decode(input, *how)
    return ops.cast(found.row_splits, Tsplits), found.values


@rule("UnicodeDecodeWithOffsets")
def _decode_with_offsets(
    input,
    input_encoding,
    errors="replace",
    replacement_char=65533,
    replace_control_characters=False,
    Tsplits="int64",
):
    how = input_encoding, errors, replacement_char, replace_control_characters
    found, offsets = unicode_decode_with_offsets(input, *how)
    return ops.cast(found.row_splits, Tsplits), found.values, offsets.values


@rule("UnicodeEncode")
def _encode(input_values, input_splits, output_encoding, errors="replace", replacement_char=65533):
    rows = RaggedTensor.from_row_splits(input_values, input_splits)
    return unicode_encode(rows, output_encoding, errors, replacement_char)


# -- rows of different lengths ---------------------------------------------------------------------


@rule("RaggedTensorToTensor")
def _to_tensor(shape, values, default_value, row_partition_tensors, row_partition_types):
    kinds, parts = list(row_partition_types), list(row_partition_tensors)
    count = None
    if kinds[0] == "FIRST_DIM_SIZE":
        count, kinds, parts = parts[0], kinds[1:], parts[1:]
    for number, (kind, part) in enumerate(reversed(list(zip(kinds, parts)))):
        first = number == len(kinds) - 1
        if kind == "ROW_SPLITS":
            values = RaggedTensor.from_row_splits(values, part, validate=False)
        elif kind == "VALUE_ROWIDS":
            nrows = ops.cast(count, part.dtype) if first and count is not None else None
            values = RaggedTensor.from_value_rowids(values, part, nrows, validate=False)
        else:
            raise NotImplementedError(f"[RaggedTensorToTensor] a partition by {kind} is not built.")
    sizes = [None if d == -1 else d for d in static_ints(shape, "shape")] if shape._shape else None
    return values.to_tensor(default_value, shape=sizes)


@rule("RaggedRange", ignores="Tsplits")
def _range(starts, limits, deltas):
    found = ops.ragged_range(starts, limits, deltas)
    return found.row_splits, found.values


@rule("RaggedGather", ignores="OUTPUT_RAGGED_RANK Tsplits")
def _ragged_gather(params_nested_splits, params_dense_values, indices):
    rows = RaggedTensor.from_nested_row_splits(
        params_dense_values, params_nested_splits, validate=False
    )
    found = ops.gather(rows, indices)
    return [*found.nested_row_splits, found.flat_values]


@rule("RaggedTensorToSparse")
def _to_sparse(rt_nested_splits, rt_dense_values):
    found = RaggedTensor.from_nested_row_splits(
        rt_dense_values, rt_nested_splits, validate=False
    ).to_sparse()
    return found.indices, found.values, found.dense_shape


@rule("RaggedBincount")
def _ragged_bincount(splits, values, size, weights, binary_output=False):
    (size,) = static_ints(size, "size")
    rows = RaggedTensor.from_row_splits(values, splits, validate=False)
    held = None
    if weights._shape != (0,):
        held = RaggedTensor.from_row_splits(weights, splits, validate=False)
    found = ops.bincount(
        rows, held, size, size, weights.dtype, axis=-1, binary_output=binary_output
    )
    return found


@rule("SparseToDense")
def _to_dense(sparse_indices, output_shape, sparse_values, default_value, validate_indices=True):
    sparse = ops.SparseTensor(_matrix(sparse_indices), sparse_values, output_shape)
    return ops.sparse_to_dense(sparse, default_value, validate_indices)


def _matrix(indices):
    return ops.expand_dims(indices, -1) if len(indices._shape) < 2 else indices


# -- pictures --------------------------------------------------------------------------------------


def _lines(size, out, align_corners):
    """For each new pixel its place among the old ones, as TensorFlow 1 counted them."""
    scale = float(size) / float(out)
    if align_corners and out > 1:
        scale = (size - 1) / (out - 1)
    return ops.cast(ops.range(out), "float32") * scale


def _old_places(images, size, align_corners):
    rows, columns = (_lines(old, new, align_corners) for old, new in zip(images._shape[1:3], size))
    shape = images._shape[0], *size
    rows = ops.broadcast_to(ops.reshape(rows, (1, -1, 1)), shape)
    return rows, ops.broadcast_to(ops.reshape(columns, (1, 1, -1)), shape)


@rule("ResizeBilinear")
def _bilinear(images, size, align_corners=False, half_pixel_centers=False):
    x, size = ops.cast(images, "float32"), static_ints(size, "size")
    if half_pixel_centers:
        return resized(x, size, "bilinear")
    return sample_pictures(x, *_old_places(x, size, align_corners))


@rule("ResizeNearestNeighbor")
def _nearest(images, size, align_corners=False, half_pixel_centers=False):
    size = static_ints(size, "size")
    if half_pixel_centers:
        return resized(images, size, "nearest")
    for axis, new in zip((1, 2), size):
        places = _lines(images._shape[axis], new, align_corners)
        whole = ops.floor(places + 0.5) if align_corners else ops.floor(places)
        last = images._shape[axis] - 1
        images = ops.gather(images, ops.minimum(ops.cast(whole, "int32"), last), axis=axis)
    return images


@rule("ResizeBicubic")
def _bicubic(images, size, align_corners=False, half_pixel_centers=False):
    _only_centres("ResizeBicubic", half_pixel_centers)
    return resized(ops.cast(images, "float32"), static_ints(size, "size"), "bicubic")


@rule("ResizeArea")
def _area(images, size, align_corners=False):
    _only_centres("ResizeArea", not align_corners)
    return resized(ops.cast(images, "float32"), static_ints(size, "size"), "area")


def _only_centres(op, holds):
    if not holds:
        raise NotImplementedError(
            f"[{op}] places as TensorFlow 1 counted them (align_corners) are not built: export the "
            "model with tf.image.resize."
        )


@rule("ImageProjectiveTransformV3")
def _projective(images, transforms, output_shape, fill_value, interpolation, fill_mode="CONSTANT"):
    return projective_transform(
        images,
        transforms,
        interpolation.lower(),
        fill_mode.lower(),
        float(fill_value),
        static_ints(output_shape, "output_shape"),
    )


# -- sparse tensors --------------------------------------------------------------------------------


def _parts_of(sparse):
    return sparse.indices, sparse.values, sparse.dense_shape


@rule("SparseReorder")
def _reorder(input_indices, input_values, input_shape):
    found = SPARSE["reorder"](ops.SparseTensor(input_indices, input_values, input_shape))
    return found.indices, found.values


@rule("SparseReshape")
def _sparse_reshape(input_indices, input_shape, new_shape):
    places = ops.range(input_indices._shape[0])
    found = SPARSE["reshape"](ops.SparseTensor(input_indices, places, input_shape), new_shape)
    return found.indices, found.dense_shape


@rule("SparseFillEmptyRows")
def _fill_empty_rows(indices, values, dense_shape, default_value):
    sparse = ops.SparseTensor(indices, values, dense_shape)
    found, empty = SPARSE["fill_empty_rows"](sparse, default_value)
    numbered = ops.SparseTensor(indices, ops.range(indices._shape[0]), dense_shape)
    order, _ = SPARSE["fill_empty_rows"](numbered, -1)
    kept = ops.reshape(ops.where(order.values >= 0), (-1,))
    back = ops.scatter_nd(
        ops.expand_dims(ops.gather(order.values, kept), -1), kept, ops.shape(values)[:1]
    )
    return found.indices, found.values, empty, ops.cast(back, "int64")


@rule("SparseSlice")
def _sparse_slice(indices, values, shape, start, size):
    return _parts_of(SPARSE["slice"](ops.SparseTensor(indices, values, shape), start, size))


@rule("SparseConcat")
def _sparse_concat(indices, values, shapes, concat_dim):
    parts = [ops.SparseTensor(*part) for part in zip(indices, values, shapes)]
    return _parts_of(SPARSE["concat"](concat_dim, parts))


@rule("SparseSplit")
def _sparse_split(split_dim, indices, values, shape, num_split):
    (axis,) = static_ints(split_dim, "split_dim")
    parts = SPARSE["split"](ops.SparseTensor(indices, values, shape), num_split, axis)
    return [list(each) for each in zip(*map(_parts_of, parts))]


@rule("SparseAdd")
def _sparse_add(a_indices, a_values, a_shape, b_indices, b_values, b_shape, thresh):
    a = ops.SparseTensor(a_indices, a_values, a_shape)
    b = ops.SparseTensor(b_indices, b_values, b_shape)
    return _parts_of(SPARSE["add"](a, b, thresh))


def _reduces(name, function):
    @rule(name)
    def reduce(input_indices, input_values, input_shape, reduction_axes, keep_dims=False):
        sparse = ops.SparseTensor(input_indices, input_values, input_shape)
        return PUBLIC[function](sparse, list(static_ints(reduction_axes, "axes")), keep_dims)


_reduces("SparseReduceSum", "sparse.reduce_sum")
_reduces("SparseReduceMax", "sparse.reduce_max")


@rule("SparseSoftmax")
def _sparse_softmax(sp_indices, sp_values, sp_shape):
    return PUBLIC["sparse.softmax"](ops.SparseTensor(sp_indices, sp_values, sp_shape)).values


def _with_dense(name, function):
    @rule(name)
    def compute(sp_indices, sp_values, sp_shape, dense):
        whole = ops.broadcast_to(dense, static_ints(sp_shape, "sp_shape"))
        return function(sp_values, ops.gather_nd(whole, sp_indices))


_with_dense("SparseDenseCwiseMul", ops.multiply)
_with_dense("SparseDenseCwiseDiv", ops.divide)
_with_dense("SparseDenseCwiseAdd", ops.add)


@rule("SparseTensorDenseAdd")
def _dense_add(a_indices, a_values, a_shape, b):
    return ops.tensor_scatter_nd_add(b, a_indices, a_values)


# -- rows of data ----------------------------------------------------------------------------------


def _dense_feature(shape, default):
    """What a dense key of a parsed example is: of one size, or of any along its first axis."""
    dtype = default.dtype
    given = None if 0 in default._shape else default
    if len(shape) and shape[0] is None:
        return FixedLenSequenceFeature(shape[1:], dtype, True, given)
    return FixedLenFeature(shape, dtype, given)


@rule("ParseExampleV2", ignores="num_sparse")
def _parse(
    serialized,
    names,
    sparse_keys,
    dense_keys,
    ragged_keys,
    dense_defaults,
    sparse_types,
    ragged_value_types,
    ragged_split_types,
    dense_shapes,
):
    sparse, dense, ragged = (
        [key.decode() for key in keys.numpy().ravel().tolist()]
        for keys in (sparse_keys, dense_keys, ragged_keys)
    )
    features = {key: VarLenFeature(dtype) for key, dtype in zip(sparse, sparse_types)}
    for key, shape, default in zip(dense, dense_shapes, dense_defaults):
        features[key] = _dense_feature(shape, default)
    for key, dtype, splits in zip(ragged, ragged_value_types, ragged_split_types):
        features[key] = RaggedFeature(dtype, key, row_splits_dtype=splits)
    found = parse_example(serialized, features)
    return [
        *(part for what in zip(*(_parts_of(found[key]) for key in sparse)) for part in what),
        *(found[key] for key in dense),
        *(found[key].values for key in ragged),
        *(found[key].row_splits for key in ragged),
    ]


# -- boxes of pictures -----------------------------------------------------------------------------


@rule("NonMaxSuppressionV4")
def _suppression(
    boxes, scores, max_output_size, iou_threshold, score_threshold, pad_to_max_output_size=False
):
    return PUBLIC["image.non_max_suppression_padded"](
        boxes, scores, max_output_size, iou_threshold, score_threshold, pad_to_max_output_size
    )


@rule("NonMaxSuppressionV5")
def _soft_suppression(
    boxes,
    scores,
    max_output_size,
    iou_threshold,
    score_threshold,
    soft_nms_sigma,
    pad_to_max_output_size=False,
):
    arguments = boxes, scores, max_output_size, iou_threshold, score_threshold, soft_nms_sigma
    chosen, kept = PUBLIC["image.non_max_suppression_with_scores"](*arguments)
    count = ops.size(chosen)
    if pad_to_max_output_size:
        (most,) = static_ints(max_output_size, "max_output_size")
        padding = [[0, most - chosen._shape[0]]]
        chosen, kept = ops.pad(chosen, padding), ops.pad(kept, padding)
    return chosen, kept, count
