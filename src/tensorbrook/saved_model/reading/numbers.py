"""Rules of ops that compute with numbers, and that no line of `public.py` says."""

import numpy as np

from ... import ops
from ...base.errors import InvalidArgumentError
from ...core.tensor import convert_to_tensor, wrap
from ...ops.index import masked_key
from ...ops.shape import static_ints
from ...ops.sparse_functions import sparse_dense_matmul
from .rules import rule

# -- values and shapes -----------------------------------------------------------------------------


@rule("Const", ignores="dtype")
def _constant(value):
    return value


@rule("Placeholder", "PlaceholderV2")
def _placeholder(dtype, shape=None):
    raise InvalidArgumentError("A placeholder of the graph was given no value.")


@rule("PlaceholderWithDefault", ignores="shape")
def _placeholder_with_default(input):
    return input


@rule("StridedSlice")
def _strided_slice(input, begin, end, strides, **masks):
    return input[masked_key(begin, end, strides, **masks)]


@rule("TensorStridedSliceUpdate")
def _strided_slice_update(input, begin, end, strides, value, **masks):
    places = ops.reshape(ops.range(ops.size(input)), ops.shape(input))
    places = places[masked_key(begin, end, strides, **masks)]
    value, flat = ops.broadcast_to(value, ops.shape(places)), ops.reshape(input, (-1,))
    changed = ops.tensor_scatter_nd_update(flat, ops.expand_dims(places, -1), value)
    return ops.reshape(changed, ops.shape(input))


def _changes_rows(name, scatter):
    @rule(name)
    def change(x, i, v):
        return scatter(x, ops.expand_dims(i, -1), v)


_changes_rows("InplaceUpdate", ops.tensor_scatter_nd_update)
_changes_rows("InplaceAdd", ops.tensor_scatter_nd_add)
_changes_rows("InplaceSub", ops.tensor_scatter_nd_sub)


@rule("Concat")
def _concat(concat_dim, values):
    return ops.concat(values, concat_dim)


@rule("Empty", ignores="init")
def _empty(shape, dtype):
    return ops.zeros(shape, dtype)


@rule("BroadcastArgs")
def _broadcast_args(s0, s1):
    return ops.broadcast_dynamic_shape(s0, s1)


@rule("ListDiff")
def _list_diff(x, y, out_idx="int32"):
    kept = ops.reduce_all(ops.not_equal(x[:, None], y[None, :]), axis=1)
    places = ops.reshape(ops.where(kept), (-1,))
    return ops.gather(x, places), ops.cast(places, out_idx)


@rule("UniqueV2")
def _unique(x, axis, out_idx="int32"):
    return _along(ops.unique, x, axis, out_idx)


@rule("UniqueWithCountsV2")
def _unique_with_counts(x, axis, out_idx="int32"):
    return _along(ops.unique_with_counts, x, axis, out_idx)


def _along(function, x, axis, out_idx):
    """`function` of the slices along an axis, which is the first one meanwhile."""
    (axis,) = static_ints(axis, "axis") or (0,)
    order = list(range(len(x._shape)))
    order[0], order[axis] = order[axis], 0
    values, *rest = function(ops.transpose(x, order), out_idx)
    return ops.transpose(values, order), *rest


@rule("Bucketize")
def _bucketize(input, boundaries):
    known = convert_to_tensor(np.array(boundaries, "float32"))
    flat = ops.reshape(ops.cast(input, "float32"), (-1,))
    return ops.reshape(ops.searchsorted(known, flat, side="right"), ops.shape(input))


@rule("UpperBound")
def _upper_bound(sorted_inputs, values, out_type="int32"):
    return ops.searchsorted(sorted_inputs, values, "right", out_type)


@rule("AccumulateNV2", ignores="shape")
def _accumulate(inputs):
    return ops.add_n(inputs)


@rule("ApproximateEqual")
def _approximate_equal(x, y, tolerance=1e-5):
    return ops.less(ops.abs(x - y), tolerance)


@rule("PopulationCount")
def _population_count(x):
    bits = wrap(np.array([bin(n).count("1") for n in range(256)], np.uint8))
    parts = ops.cast(ops.bitcast(x, "uint8"), "int32")
    found = ops.gather(bits, parts)
    return ops.cast(ops.reduce_sum(ops.cast(found, "int32"), -1), "uint8")


@rule("DataFormatDimMap")
def _dim_map(x, src_format="NHWC", dst_format="NCHW"):
    return ops.gather(wrap(np.array([dst_format.index(c) for c in src_format], np.int32)), x)


# -- contractions, convolutions --------------------------------------------------------------------


@rule("Einsum")
def _einsum(inputs, equation):
    return ops.einsum(equation, *inputs)


@rule("Conv2DBackpropInput", ignores="use_cudnn_on_gpu")
def _conv2d_back(
    input_sizes, filter, out_backprop, strides, padding, data_format="NHWC", dilations=None
):
    arguments = out_backprop, filter, input_sizes, strides, padding, data_format, dilations
    return ops.conv2d_transpose(*arguments)


@rule("Conv3DBackpropInputV2")
def _conv3d_back(
    input_sizes, filter, out_backprop, strides, padding, data_format="NDHWC", dilations=None
):
    arguments = out_backprop, filter, input_sizes, strides, padding, data_format, dilations
    return ops.conv3d_transpose(*arguments)


@rule("SparseTensorDenseMatMul")
def _sparse_matmul(a_indices, a_values, a_shape, b, adjoint_a=False, adjoint_b=False):
    sparse = ops.SparseTensor(a_indices, a_values, a_shape)
    return sparse_dense_matmul(sparse, b, adjoint_a, adjoint_b)


# -- statistics ------------------------------------------------------------------------------------


@rule("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
def _batch_norm(
    x,
    scale,
    offset,
    mean,
    variance,
    epsilon=1e-4,
    exponential_avg_factor=1.0,
    data_format="NHWC",
    is_training=True,
):
    channel = data_format.index("C")
    axes = [axis for axis in range(len(x._shape)) if axis != channel]
    wide = ops.cast(x, scale.dtype)
    if is_training:
        new, spread = ops.moments(wide, axes)
        count = ops.cast(ops.size(wide), scale.dtype) / ops.cast(x._shape[channel], scale.dtype)
        unbiased = spread * count / ops.maximum(count - 1.0, 1.0)
        kept = new, unbiased
        if exponential_avg_factor != 1.0:
            old = 1.0 - exponential_avg_factor
            kept = tuple(
                a * old + b * exponential_avg_factor for a, b in zip((mean, variance), kept)
            )
    else:
        (new, spread), kept = (mean, variance), (mean, variance)
    shape = [-1 if axis == channel else 1 for axis in range(len(x._shape))]
    new_, spread_, offset_, scale_ = (ops.reshape(v, shape) for v in (new, spread, offset, scale))
    y = ops.batch_normalization(wide, new_, spread_, offset_, scale_, epsilon)
    return ops.cast(y, x.dtype), *kept, new, spread, new


@rule("SoftmaxCrossEntropyWithLogits")
def _cross_entropy(features, labels):
    loss = ops.softmax_cross_entropy_with_logits(labels, features)
    return loss, ops.softmax(features) - labels


@rule("SparseSoftmaxCrossEntropyWithLogits")
def _sparse_cross_entropy(features, labels):
    loss = ops.sparse_softmax_cross_entropy_with_logits(labels, features)
    return loss, ops.softmax(features) - ops.one_hot(
        labels, features._shape[-1], dtype=features.dtype
    )


@rule("Bincount")
def _bincount(arr, size, weights):
    return _counts(ops.reshape(arr, (-1,)), size, weights)


def _counts(arr, size, weights, binary_output=False):
    (size,), given = static_ints(size, "size"), weights._shape != (0,)
    return ops.bincount(
        arr,
        weights if given else None,
        minlength=size,
        maxlength=size,
        dtype=weights.dtype,
        axis=None if len(arr._shape) == 1 else -1,
        binary_output=binary_output,
    )


@rule("DenseBincount")
def _dense_bincount(input, size, weights, binary_output=False):
    return _counts(input, size, weights, binary_output)


# -- matrices --------------------------------------------------------------------------------------


@rule("SelfAdjointEigV2")
def _eigh(input, compute_v=True):
    if compute_v:
        return ops.eigh(input)
    values = ops.eigvalsh(input)
    return values, ops.zeros((0,), values.dtype)


@rule("MatrixSolveLs")
def _lstsq(matrix, rhs, l2_regularizer, fast=True):
    return ops.lstsq(matrix, rhs, l2_regularizer, fast)


@rule("MatrixDiagV2")
def _diag(diagonal, k, num_rows, num_cols, padding_value):
    return ops.diag(diagonal, None, k, num_rows, num_cols, padding_value, "LEFT_LEFT")


@rule("MatrixDiagPartV2")
def _diag_part(input, k, padding_value):
    return ops.diag_part(input, k=k, padding_value=padding_value, align="LEFT_LEFT")


@rule("TridiagonalSolve", ignores="perturb_singular")
def _tridiagonal(diagonals, rhs, partial_pivoting=True):
    return ops.tridiagonal_solve(diagonals, rhs, partial_pivoting=partial_pivoting)
