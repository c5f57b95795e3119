"""tf.raw_ops: TensorFlow's operations by their own names, as far as a public function does the same.

Each takes its arguments by keyword only. The table says which function it is, and how that one calls
the arguments: `a>b` for another name, `-a` for one that changes nothing here, `!a` for one that has
to be left out.
"""

import inspect
import operator
from functools import lru_cache

import tensorbrook as tf

TABLE = """
Abs abs x
Acos acos x
Acosh acosh x
Add add x y
AddN add_n inputs
AddV2 add x y
AdjustContrastv2 image.adjust_contrast images contrast_factor
AdjustHue image.adjust_hue images>image delta
AdjustSaturation image.adjust_saturation images>image scale>saturation_factor
All reduce_all input>input_tensor axis keep_dims>keepdims
Angle math.angle input -Tout
Any reduce_any input>input_tensor axis keep_dims>keepdims
ArgMax argmax input dimension>axis output_type
ArgMin argmin input dimension>axis output_type
AsString strings.as_string input precision scientific shortest width fill
Asin asin x
Asinh asinh x
Atan atan x
Atan2 atan2 y>x x>y
Atanh atanh x
AvgPool nn.avg_pool value>input ksize strides padding data_format
AvgPool3D nn.avg_pool3d input ksize strides padding data_format
BatchMatMul matmul x>a y>b adj_x>adjoint_a adj_y>adjoint_b -grad_x -grad_y
BatchMatMulV2 matmul x>a y>b adj_x>adjoint_a adj_y>adjoint_b -grad_x -grad_y
BatchMatMulV3 matmul x>a y>b Tout>output_type adj_x>adjoint_a adj_y>adjoint_b -grad_x -grad_y
BatchToSpaceND batch_to_space input block_shape crops
BesselI0 math.bessel_i0 x
BesselI0e math.bessel_i0e x
BesselI1 math.bessel_i1 x
BesselI1e math.bessel_i1e x
Betainc math.betainc a b x
BiasAdd nn.bias_add value bias data_format
Bincount math.bincount arr size>minlength weights
Bitcast bitcast input type
BitwiseAnd bitwise.bitwise_and x y
BitwiseOr bitwise.bitwise_or x y
BitwiseXor bitwise.bitwise_xor x y
BroadcastTo broadcast_to input shape
Cast cast x DstT>dtype !Truncate
Ceil math.ceil x
CheckNumerics debugging.check_numerics tensor message
CheckNumericsV2 debugging.check_numerics tensor message
Cholesky linalg.cholesky input
ClipByValue clip_by_value t clip_value_min clip_value_max
CombinedNonMaxSuppression image.combined_non_max_suppression boxes scores max_output_size_per_class max_total_size iou_threshold score_threshold pad_per_class clip_boxes
Complex complex real imag -Tout
ComplexAbs abs x -Tout
ConcatV2 concat values axis
Conj math.conj input>x
Conv2D nn.conv2d input filter>filters strides padding -use_cudnn_on_gpu !explicit_paddings data_format dilations
Conv3D nn.conv3d input filter>filters strides padding data_format dilations
Cos cos x
Cosh cosh x
CropAndResize image.crop_and_resize image boxes box_ind>box_indices crop_size method extrapolation_value
Cross linalg.cross a b
Cumprod math.cumprod x axis exclusive reverse
Cumsum cumsum x axis exclusive reverse
CumulativeLogsumexp math.cumulative_logsumexp x axis exclusive reverse
DecodeAndCropJpeg image.decode_and_crop_jpeg contents crop_window channels ratio fancy_upscaling try_recover_truncated acceptable_fraction dct_method
DecodeBase64 io.decode_base64 input
DecodeBmp image.decode_bmp contents channels
DecodeGif image.decode_gif contents
DecodeJpeg image.decode_jpeg contents channels ratio fancy_upscaling try_recover_truncated acceptable_fraction dct_method
DecodePng image.decode_png contents channels dtype
DecodeRaw io.decode_raw bytes>input_bytes out_type little_endian
DecodeWav audio.decode_wav contents desired_channels desired_samples
DecodeWebP image.decode_webp contents channels dtype
DepthToSpace nn.depth_to_space input block_size data_format
DepthwiseConv2dNative nn.depthwise_conv2d input filter strides padding !explicit_paddings data_format dilations
DepthwiseConv2dNativeBackpropFilter nn.depthwise_conv2d_backprop_filter input filter_sizes out_backprop strides padding !explicit_paddings data_format dilations
DepthwiseConv2dNativeBackpropInput nn.depthwise_conv2d_backprop_input input_sizes filter out_backprop strides padding !explicit_paddings data_format dilations
Diag linalg.tensor_diag diagonal
DiagPart linalg.tensor_diag_part input
Digamma math.digamma x
Div divide x y
DivNoNan math.divide_no_nan x y
DrawBoundingBoxes image.draw_bounding_boxes images boxes
DrawBoundingBoxesV2 image.draw_bounding_boxes images boxes colors
DynamicPartition dynamic_partition data partitions num_partitions
DynamicStitch dynamic_stitch indices data
Elu nn.elu features>x
EncodeBase64 io.encode_base64 input pad
EncodeJpeg image.encode_jpeg image format quality progressive optimize_size chroma_downsampling density_unit x_density y_density xmp_metadata
EncodePng image.encode_png image compression
EncodeWav audio.encode_wav audio sample_rate
EnsureShape ensure_shape input>x shape
Equal equal x y -incompatible_shape_error
Erf math.erf x
Erfc math.erfc x
Erfinv math.erfinv x
EuclideanNorm math.reduce_euclidean_norm input>input_tensor axis keep_dims>keepdims
Exp exp x
ExpandDims expand_dims input axis
Expm1 math.expm1 x
ExtractImagePatches image.extract_patches images ksizes>sizes strides rates padding
ExtractJpegShape image.extract_jpeg_shape contents output_type
ExtractVolumePatches extract_volume_patches input ksizes strides padding
FFT signal.fft input
FFT2D signal.fft2d input
FFT3D signal.fft3d input
Fill fill dims value
Fingerprint fingerprint data method
Floor floor x
FloorDiv floordiv x y
FloorMod math.floormod x y
Gather gather params indices -validate_indices
GatherNd gather_nd params indices !bad_indices_policy
GatherV2 gather params indices axis batch_dims
Greater greater x y
GreaterEqual greater_equal x y
GuaranteeConst guarantee_const input
HSVToRGB image.hsv_to_rgb images
HistogramFixedWidth histogram_fixed_width values value_range nbins dtype
IFFT signal.ifft input
IFFT2D signal.ifft2d input
IFFT3D signal.ifft3d input
IRFFT signal.irfft input>input_tensor fft_length -Treal
IRFFT2D signal.irfft2d input>input_tensor fft_length -Treal
IRFFT3D signal.irfft3d input>input_tensor fft_length -Treal
Identity identity input
IdentityN identity_n input
Igamma math.igamma a x
Igammac math.igammac a x
Imag math.imag input -Tout
InTopK math.in_top_k predictions targets k
InTopKV2 math.in_top_k predictions targets k
Inv math.reciprocal x
Invert bitwise.invert x
InvertPermutation math.invert_permutation x
IsFinite math.is_finite x
IsInf math.is_inf x
IsNan math.is_nan x
L2Loss nn.l2_loss t
LRN nn.lrn input depth_radius bias alpha beta
LeakyRelu nn.leaky_relu features alpha
LeftShift bitwise.left_shift x y
Less less x y
LessEqual less_equal x y
Lgamma math.lgamma x
LinSpace linspace start stop num
Log math.log x
Log1p math.log1p x
LogMatrixDeterminant linalg.slogdet input
LogSoftmax nn.log_softmax logits
LogicalAnd logical_and x y
LogicalNot logical_not x
LogicalOr logical_or x y
LowerBound searchsorted sorted_inputs>sorted_sequence values out_type
Lu linalg.lu input output_idx_type
MatMul matmul a b transpose_a transpose_b -grad_a -grad_b
MatchingFiles io.matching_files pattern
MatrixBandPart linalg.band_part input num_lower num_upper
MatrixDeterminant linalg.det input
MatrixDiag linalg.diag diagonal
MatrixDiagPart linalg.diag_part input
MatrixDiagPartV3 linalg.diag_part input k padding_value align
MatrixDiagV3 linalg.diag diagonal k num_rows num_cols padding_value align
MatrixExponential linalg.expm input
MatrixInverse linalg.inv input adjoint
MatrixLogarithm linalg.logm input
MatrixSetDiag linalg.set_diag input diagonal
MatrixSetDiagV3 linalg.set_diag input diagonal k align
MatrixSolve linalg.solve matrix rhs adjoint
MatrixSquareRoot linalg.sqrtm input
MatrixTriangularSolve linalg.triangular_solve matrix rhs lower adjoint
Max reduce_max input>input_tensor axis keep_dims>keepdims
MaxPool nn.max_pool input ksize strides padding !explicit_paddings data_format
MaxPool3D nn.max_pool3d input ksize strides padding data_format
MaxPoolV2 nn.max_pool input ksize strides padding data_format
MaxPoolWithArgmax nn.max_pool_with_argmax input ksize strides padding Targmax>output_dtype include_batch_in_index
Maximum math.maximum x y
Mean reduce_mean input>input_tensor axis keep_dims>keepdims
Min reduce_min input>input_tensor axis keep_dims>keepdims
Minimum math.minimum x y
MirrorPad pad input>tensor paddings mode
Mod truncatemod x y
Mul multiply x y
MulNoNan math.multiply_no_nan x y
Ndtri math.ndtri x
Neg negative x
NextAfter math.nextafter x1>x x2>y
NoOp no_op
NonMaxSuppression image.non_max_suppression boxes scores max_output_size iou_threshold
NonMaxSuppressionV2 image.non_max_suppression boxes scores max_output_size iou_threshold
NonMaxSuppressionV3 image.non_max_suppression boxes scores max_output_size iou_threshold score_threshold
NotEqual not_equal x y -incompatible_shape_error
OneHot one_hot indices depth on_value off_value axis
OnesLike ones_like x>input
Pack stack values axis
Pad pad input>tensor paddings
PadV2 pad input>tensor paddings constant_values
ParallelDynamicStitch dynamic_stitch indices data
Polygamma math.polygamma a x
PopulationCount bitwise.population_count x
Pow math.pow x y
PreventGradient stop_gradient input -message
Prod reduce_prod input>input_tensor axis keep_dims>keepdims
Qr linalg.qr input full_matrices
RFFT signal.rfft input>input_tensor fft_length -Tcomplex
RFFT2D signal.rfft2d input>input_tensor fft_length -Tcomplex
RFFT3D signal.rfft3d input>input_tensor fft_length -Tcomplex
RGBToHSV image.rgb_to_hsv images
Range range start limit delta
Rank rank input
ReadFile io.read_file filename
Real math.real input -Tout
RealDiv realdiv x y
Reciprocal math.reciprocal x
ReduceJoin strings.reduce_join inputs reduction_indices>axis keep_dims>keepdims separator
RegexFullMatch strings.regex_full_match input pattern
RegexReplace strings.regex_replace input pattern rewrite replace_global
Relu nn.relu features>x
Relu6 nn.relu6 features>x
Reshape reshape tensor shape
ReverseSequence reverse_sequence input seq_lengths seq_dim>seq_axis batch_dim>batch_axis
ReverseV2 reverse tensor axis
RightShift bitwise.right_shift x y
Rint math.rint x
Roll roll input shift axis
Round math.round x
Rsqrt math.rsqrt x
ScatterNd scatter_nd indices updates shape !bad_indices_policy
SegmentMax math.segment_max data segment_ids
SegmentMean math.segment_mean data segment_ids
SegmentMin math.segment_min data segment_ids
SegmentProd math.segment_prod data segment_ids
SegmentSum math.segment_sum data segment_ids
Select where condition x y
SelectV2 where condition t>x e>y
SelfAdjointEigV2 linalg.eigh input>tensor
Selu nn.selu features>x
Shape shape input out_type
ShapeN shape_n input out_type
Sigmoid math.sigmoid x
Sign math.sign x
Sin math.sin x
Sinh math.sinh x
Size size input out_type
Slice slice input>input_ begin size
Softmax nn.softmax logits
Softplus nn.softplus features>x
Softsign nn.softsign features>x
SpaceToBatchND space_to_batch_nd input block_shape paddings
SpaceToDepth nn.space_to_depth input block_size data_format
Split split axis value num_split>num_or_size_splits
SplitV split value size_splits>num_or_size_splits axis !num_split
Sqrt math.sqrt x
Square math.square x
SquaredDifference math.squared_difference x y
Squeeze squeeze input axis
StatelessMultinomial random.stateless_categorical logits num_samples seed output_dtype>dtype
StatelessRandomNormal random.stateless_normal shape seed dtype
StatelessRandomUniform random.stateless_uniform shape seed dtype
StatelessTruncatedNormal random.stateless_truncated_normal shape seed dtype
StopGradient stop_gradient input
StringJoin strings.join inputs separator
StringLength strings.length input unit
StringLower strings.lower input encoding
StringStrip strings.strip input
StringToHashBucket strings.to_hash_bucket string_tensor>input num_buckets
StringToHashBucketFast strings.to_hash_bucket_fast input num_buckets
StringToHashBucketStrong strings.to_hash_bucket_strong input num_buckets key
StringToNumber strings.to_number string_tensor>input out_type
StringUpper strings.upper input encoding
Sub subtract x y
Substr strings.substr input pos len unit
Sum reduce_sum input>input_tensor axis keep_dims>keepdims
Svd linalg.svd input>tensor compute_uv full_matrices
Tan math.tan x
Tanh math.tanh x
TensorScatterAdd tensor_scatter_nd_add tensor indices updates !bad_indices_policy
TensorScatterMax tensor_scatter_nd_max tensor indices updates !bad_indices_policy
TensorScatterMin tensor_scatter_nd_min tensor indices updates !bad_indices_policy
TensorScatterSub tensor_scatter_nd_sub tensor indices updates !bad_indices_policy
TensorScatterUpdate tensor_scatter_nd_update tensor indices updates !bad_indices_policy
Tile tile input multiples
Timestamp timestamp
TopK math.top_k input k sorted
TopKV2 math.top_k input k sorted index_type
Transpose transpose x>a perm
TruncateDiv truncatediv x y
TruncateMod truncatemod x y
UnicodeScript strings.unicode_script input
UnicodeTranscode strings.unicode_transcode input input_encoding output_encoding errors replacement_char replace_control_characters
Unique unique x out_idx
UniqueWithCounts unique_with_counts x out_idx
Unpack unstack value num axis
UnravelIndex unravel_index indices dims
UnsortedSegmentJoin strings.unsorted_segment_join inputs segment_ids num_segments separator
UnsortedSegmentMax math.unsorted_segment_max data segment_ids num_segments
UnsortedSegmentMin math.unsorted_segment_min data segment_ids num_segments
UnsortedSegmentProd math.unsorted_segment_prod data segment_ids num_segments
UnsortedSegmentSum math.unsorted_segment_sum data segment_ids num_segments
Where where condition
WriteFile io.write_file filename contents
Xdivy math.xdivy x y
Xlog1py math.xlog1py x y
Xlogy math.xlogy x y
ZerosLike zeros_like x>input
Zeta math.zeta x q
"""
_ROWS = {row.split()[0]: row.split()[1:] for row in TABLE.strip().splitlines()}


@lru_cache(None)
def _raw(name):
    """The function of one row of the table."""
    path, *arguments = _ROWS[name]
    function, names, fixed = operator.attrgetter(path)(tf), {}, set()
    for argument in arguments:
        raw, _, public = argument.lstrip("-!").partition(">")
        names[raw] = None if argument[0] in "-!" else public or raw
        if argument[0] == "!":
            fixed.add(raw)

    def call(*args, name=None, **kwargs):
        if args:
            raise TypeError(f"{name_of} only takes keyword args (possible keys: {list(names)}).")
        given = {}
        for key, value in kwargs.items():
            if key not in names:
                raise TypeError(f"{name_of} got an unexpected keyword argument {key!r}.")
            if key in fixed and value:
                raise NotImplementedError(
                    f"[{name_of}] {key}={value!r} is not built: see tf.{path}."
                )
            if names[key] is not None:
                given[names[key]] = value
        return function(**given)

    name_of = f"tf.raw_ops.{name}"
    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`tf.{path}` by the name of TensorFlow's operation; arguments by keyword."
    call.__signature__ = inspect.Signature(
        [inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY) for key in (*names, "name")]
    )
    return call


def __getattr__(name):
    if name in _ROWS:
        return _raw(name)
    raise AttributeError(
        f"tf.raw_ops.{name} is not built: only operations that a public function does are there. "
        "Call that function, or write it over tensors."
    )


def __dir__():
    return sorted(_ROWS)
