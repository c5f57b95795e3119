"""TensorFlow's operations that a public function does: the function, and what it calls otherwise.

A line is `Op path arguments`: the function is `tf.<path>`, which gets the op's inputs and attrs by
their names, but for `a>b`, which it calls b; `-a` is one that changes nothing here, `!a` one that
must be left out or empty.
"""

from functools import cache
from typing import NamedTuple

TABLE = """
Abs abs
Acos acos
Acosh acosh
Add add
AddN add_n
AddV2 add
AdjustContrastv2 image.adjust_contrast
AdjustHue image.adjust_hue images>image
AdjustSaturation image.adjust_saturation images>image scale>saturation_factor
All reduce_all input>input_tensor keep_dims>keepdims reduction_indices>axis
Angle math.angle -Tout
Any reduce_any input>input_tensor keep_dims>keepdims reduction_indices>axis
ArgMax argmax dimension>axis
ArgMin argmin dimension>axis
AsString strings.as_string
Asin asin
Asinh asinh
Atan atan
Atan2 atan2 y>x x>y
Atanh atanh
AvgPool nn.avg_pool value>input
AvgPool3D nn.avg_pool3d
BatchMatMul matmul x>a y>b adj_x>adjoint_a adj_y>adjoint_b -grad_x -grad_y
BatchMatMulV2 matmul x>a y>b adj_x>adjoint_a adj_y>adjoint_b -grad_x -grad_y
BatchMatMulV3 matmul x>a y>b Tout>output_type adj_x>adjoint_a adj_y>adjoint_b -grad_x -grad_y
BatchToSpaceND batch_to_space
BesselI0 math.bessel_i0
BesselI0e math.bessel_i0e
BesselI1 math.bessel_i1
BesselI1e math.bessel_i1e
BesselJ0 math.special.bessel_j0
BesselJ1 math.special.bessel_j1
BesselK0 math.special.bessel_k0
BesselK0e math.special.bessel_k0e
BesselK1 math.special.bessel_k1
BesselK1e math.special.bessel_k1e
BesselY0 math.special.bessel_y0
BesselY1 math.special.bessel_y1
Betainc math.betainc
BiasAdd nn.bias_add
Bitcast bitcast
BitwiseAnd bitwise.bitwise_and
BitwiseOr bitwise.bitwise_or
BitwiseXor bitwise.bitwise_xor
BroadcastTo broadcast_to
Cast cast DstT>dtype !Truncate
Ceil math.ceil
CheckNumerics debugging.check_numerics
CheckNumericsV2 debugging.check_numerics
Cholesky linalg.cholesky
ClipByValue clip_by_value
CombinedNonMaxSuppression image.combined_non_max_suppression
Complex complex -Tout
ComplexAbs abs -Tout
ConcatV2 concat
Conj math.conj input>x
Conv2D nn.conv2d filter>filters -use_cudnn_on_gpu !explicit_paddings
Conv3D nn.conv3d filter>filters
Cos cos
Cosh cosh
CropAndResize image.crop_and_resize box_ind>box_indices
Cross linalg.cross
Cumprod math.cumprod
Cumsum cumsum
CumulativeLogsumexp math.cumulative_logsumexp
Dawsn math.special.dawsn
DecodeAndCropJpeg image.decode_and_crop_jpeg
DecodeBase64 io.decode_base64
DecodeBmp image.decode_bmp
DecodeGif image.decode_gif
DecodeImage io.decode_image
DecodeJpeg image.decode_jpeg
DecodePng image.decode_png
DecodeRaw io.decode_raw bytes>input_bytes
DecodeWav audio.decode_wav
DecodeWebP image.decode_webp
DepthToSpace nn.depth_to_space
DepthwiseConv2dNative nn.depthwise_conv2d !explicit_paddings
DepthwiseConv2dNativeBackpropFilter nn.depthwise_conv2d_backprop_filter !explicit_paddings
DepthwiseConv2dNativeBackpropInput nn.depthwise_conv2d_backprop_input !explicit_paddings
Diag linalg.tensor_diag
DiagPart linalg.tensor_diag_part
Digamma math.digamma
Div divide
DivNoNan math.divide_no_nan
DrawBoundingBoxes image.draw_bounding_boxes
DrawBoundingBoxesV2 image.draw_bounding_boxes
DynamicPartition dynamic_partition
DynamicStitch dynamic_stitch
Elu nn.elu
EncodeBase64 io.encode_base64
EncodeJpeg image.encode_jpeg
EncodePng image.encode_png
EncodeWav audio.encode_wav
EnsureShape ensure_shape input>x
Equal equal -incompatible_shape_error
Erf math.erf
Erfc math.erfc
Erfinv math.erfinv
EuclideanNorm math.reduce_euclidean_norm input>input_tensor keep_dims>keepdims reduction_indices>axis
Exp exp
ExpandDims expand_dims dim>axis
Expint math.special.expint
Expm1 math.expm1
ExtractImagePatches image.extract_patches ksizes>sizes
ExtractJpegShape image.extract_jpeg_shape
ExtractVolumePatches extract_volume_patches
FFT signal.fft
FFT2D signal.fft2d
FFT3D signal.fft3d
FakeQuantWithMinMaxArgs quantization.fake_quant_with_min_max_args
FakeQuantWithMinMaxArgsGradient quantization.fake_quant_with_min_max_args_gradient
FakeQuantWithMinMaxVars quantization.fake_quant_with_min_max_vars
FakeQuantWithMinMaxVarsPerChannel quantization.fake_quant_with_min_max_vars_per_channel
Fill fill
Fingerprint fingerprint
Floor floor
FloorDiv floordiv
FloorMod math.floormod
FresnelCos math.special.fresnel_cos
FresnelSin math.special.fresnel_sin
Gather gather -validate_indices
GatherNd gather_nd !bad_indices_policy
GatherV2 gather
Greater greater
GreaterEqual greater_equal
GuaranteeConst guarantee_const
HSVToRGB image.hsv_to_rgb
HistogramFixedWidth histogram_fixed_width
IFFT signal.ifft
IFFT2D signal.ifft2d
IFFT3D signal.ifft3d
IRFFT signal.irfft input>input_tensor -Treal
IRFFT2D signal.irfft2d input>input_tensor -Treal
IRFFT3D signal.irfft3d input>input_tensor -Treal
Identity identity
IdentityN identity_n
Igamma math.igamma
Igammac math.igammac
Imag math.imag -Tout
InTopK math.in_top_k
InTopKV2 math.in_top_k
Inv math.reciprocal
Invert bitwise.invert
InvertPermutation math.invert_permutation
IsFinite math.is_finite
IsInf math.is_inf
IsNan math.is_nan
L2Loss nn.l2_loss
LRN nn.lrn
LeakyRelu nn.leaky_relu
LeftShift bitwise.left_shift
Less less
LessEqual less_equal
Lgamma math.lgamma
LinSpace linspace
Log math.log
Log1p math.log1p
LogMatrixDeterminant linalg.slogdet
LogSoftmax nn.log_softmax
LogicalAnd logical_and
LogicalNot logical_not
LogicalOr logical_or
LowerBound searchsorted sorted_inputs>sorted_sequence
Lu linalg.lu
MatMul matmul -grad_a -grad_b
MatchingFiles io.matching_files
MatrixBandPart linalg.band_part
MatrixDeterminant linalg.det
MatrixDiag linalg.diag
MatrixDiagPart linalg.diag_part
MatrixDiagPartV3 linalg.diag_part
MatrixDiagV3 linalg.diag
MatrixExponential linalg.expm
MatrixInverse linalg.inv
MatrixLogarithm linalg.logm
MatrixSetDiag linalg.set_diag
MatrixSetDiagV3 linalg.set_diag
MatrixSolve linalg.solve
MatrixSquareRoot linalg.sqrtm
MatrixTriangularSolve linalg.triangular_solve
Max reduce_max input>input_tensor keep_dims>keepdims reduction_indices>axis
MaxPool nn.max_pool !explicit_paddings
MaxPool3D nn.max_pool3d
MaxPoolV2 nn.max_pool
MaxPoolWithArgmax nn.max_pool_with_argmax Targmax>output_dtype
Maximum math.maximum
Mean reduce_mean input>input_tensor keep_dims>keepdims reduction_indices>axis
Min reduce_min input>input_tensor keep_dims>keepdims reduction_indices>axis
Minimum math.minimum
MirrorPad pad input>tensor
Mod truncatemod
Mul multiply
MulNoNan math.multiply_no_nan
Ndtri math.ndtri
Neg negative
NextAfter math.nextafter
NoOp no_op
NonMaxSuppression image.non_max_suppression
NonMaxSuppressionV2 image.non_max_suppression
NonMaxSuppressionV3 image.non_max_suppression
NonMaxSuppressionWithOverlaps image.non_max_suppression_overlaps
NotEqual not_equal -incompatible_shape_error
OneHot one_hot
OnesLike ones_like x>input
Pack stack
Pad pad input>tensor
PadV2 pad input>tensor
ParallelDynamicStitch dynamic_stitch
ParseTensor io.parse_tensor
Polygamma math.polygamma
Pow math.pow
PreventGradient stop_gradient -message
Prod reduce_prod input>input_tensor keep_dims>keepdims reduction_indices>axis
Qr linalg.qr
RFFT signal.rfft input>input_tensor -Tcomplex
RFFT2D signal.rfft2d input>input_tensor -Tcomplex
RFFT3D signal.rfft3d input>input_tensor -Tcomplex
RGBToHSV image.rgb_to_hsv
Range range
Rank rank
ReadFile io.read_file
Real math.real -Tout
RealDiv realdiv
Reciprocal math.reciprocal
ReduceJoin strings.reduce_join reduction_indices>axis keep_dims>keepdims
RegexFullMatch strings.regex_full_match
RegexReplace strings.regex_replace
Relu nn.relu
Relu6 nn.relu6
Reshape reshape
ReverseSequence reverse_sequence seq_dim>seq_axis batch_dim>batch_axis
ReverseV2 reverse
RightShift bitwise.right_shift
Rint math.rint
Roll roll
Round math.round
Rsqrt math.rsqrt
ScatterNd scatter_nd !bad_indices_policy
SegmentMax math.segment_max
SegmentMaxV2 math.unsorted_segment_max
SegmentMean math.segment_mean
SegmentMin math.segment_min
SegmentMinV2 math.unsorted_segment_min
SegmentProd math.segment_prod
SegmentProdV2 math.unsorted_segment_prod
SegmentSum math.segment_sum
SegmentSumV2 math.unsorted_segment_sum
Select where t>x e>y
SelectV2 where t>x e>y
Selu nn.selu
SerializeTensor io.serialize_tensor
Shape shape
ShapeN shape_n
Sigmoid math.sigmoid
Sign math.sign
Sin math.sin
Sinh math.sinh
Size size
Slice slice input>input_
Softmax nn.softmax
Softplus nn.softplus
Softsign nn.softsign
SpaceToBatchND space_to_batch_nd
SpaceToDepth nn.space_to_depth
SparseSegmentMean sparse.segment_mean !sparse_gradient
SparseSegmentMeanWithNumSegments sparse.segment_mean !sparse_gradient
SparseSegmentSqrtN sparse.segment_sqrt_n !sparse_gradient
SparseSegmentSqrtNWithNumSegments sparse.segment_sqrt_n !sparse_gradient
SparseSegmentSum sparse.segment_sum !sparse_gradient
SparseSegmentSumWithNumSegments sparse.segment_sum !sparse_gradient
Spence math.special.spence
Split split num_split>num_or_size_splits split_dim>axis
SplitV split size_splits>num_or_size_splits -num_split split_dim>axis
Sqrt math.sqrt
Square math.square
SquaredDifference math.squared_difference
Squeeze squeeze squeeze_dims>axis
StatelessMultinomial random.stateless_categorical output_dtype>dtype
StatelessRandomNormal random.stateless_normal
StatelessRandomUniform random.stateless_uniform
StatelessTruncatedNormal random.stateless_truncated_normal
StopGradient stop_gradient
StringJoin strings.join
StringLength strings.length
StringLower strings.lower
StringStrip strings.strip
StringToHashBucket strings.to_hash_bucket string_tensor>input
StringToHashBucketFast strings.to_hash_bucket_fast
StringToHashBucketStrong strings.to_hash_bucket_strong
StringToNumber strings.to_number string_tensor>input
StringUpper strings.upper
Sub subtract
Substr strings.substr
Sum reduce_sum input>input_tensor keep_dims>keepdims reduction_indices>axis
Svd linalg.svd input>tensor
Tan math.tan
Tanh math.tanh
TensorScatterAdd tensor_scatter_nd_add !bad_indices_policy
TensorScatterMax tensor_scatter_nd_max !bad_indices_policy
TensorScatterMin tensor_scatter_nd_min !bad_indices_policy
TensorScatterSub tensor_scatter_nd_sub !bad_indices_policy
TensorScatterUpdate tensor_scatter_nd_update !bad_indices_policy
Tile tile
Timestamp timestamp
TopK math.top_k
TopKV2 math.top_k
Transpose transpose x>a
TruncateDiv truncatediv
TruncateMod truncatemod
UnicodeScript strings.unicode_script
UnicodeTranscode strings.unicode_transcode
Unique unique
UniqueWithCounts unique_with_counts
Unpack unstack
UnravelIndex unravel_index
UnsortedSegmentJoin strings.unsorted_segment_join
UnsortedSegmentMax math.unsorted_segment_max
UnsortedSegmentMin math.unsorted_segment_min
UnsortedSegmentProd math.unsorted_segment_prod
UnsortedSegmentSum math.unsorted_segment_sum
Where where input>condition
WriteFile io.write_file
Xdivy math.xdivy
Xlog1py math.xlog1py
Xlogy math.xlogy
ZerosLike zeros_like x>input
Zeta math.zeta
"""  # noqa: E501


class Row(NamedTuple):
    """One line: the public path, its names of inputs and attrs (None: drop), what must be empty."""

    path: str
    names: dict
    empty: set

    def arguments(self, given, op):
        """What the function is given for an op's inputs and attrs.

        Raises:
          NotImplementedError: an attr that no function has is set.
        """
        found = {}
        for key, value in given.items():
            if key in self.empty and value:
                raise NotImplementedError(
                    f"[{op}] {key}={value!r} is not built: see tf.{self.path}."
                )
            name = self.names.get(key, key)
            if name is not None:
                found[name] = value
        return found


@cache
def rows():
    """All lines, by the op's name."""
    found = {}
    for line in TABLE.strip().splitlines():
        op, path, *arguments = line.split()
        parts = [argument.lstrip("-!").partition(">") for argument in arguments]
        names = {own: public or None for own, _, public in parts}
        empty = {argument[1:] for argument in arguments if argument[0] == "!"}
        found[op] = Row(path, names, empty)
    return found
