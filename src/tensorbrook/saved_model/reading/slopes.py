"""Rules of the gradients that a graph holds: of functions that were traced with their tape."""

import numpy as np

from ... import ops
from ...autodiff.tape import GradientTape
from ...core.dispatch import apply
from ...ops import scipy_functions
from ...ops.shape import static_ints
from .rules import RULES, rule


def _slope(name, formula):
    """A gradient's op as a formula of what it gets, in the op's order."""
    rule(name)(formula)


_slope("ReluGrad", lambda gradients, features: ops.where(features > 0, gradients, 0))
_slope(
    "Relu6Grad",
    lambda gradients, features: ops.where((features > 0) & (features < 6), gradients, 0),
)
_slope(
    "LeakyReluGrad",
    lambda gradients, features, alpha=0.2: ops.where(features > 0, gradients, gradients * alpha),
)
_slope(
    "EluGrad",
    lambda gradients, outputs: ops.where(outputs < 0, gradients * (outputs + 1), gradients),
)
_slope("IgammaGradA", lambda a, x: apply(scipy_functions._igamma_grad_a, (a, x), {}))
_slope(
    "RandomGammaGrad",
    lambda alpha, sample: (
        apply(scipy_functions._igamma_grad_a, (alpha, sample), {})
        / -scipy_functions._density(alpha, sample)
    ),
)
_SCALE, _LEAST = 1.0507009873554804934, 1.7580993408473768599
_slope(
    "SeluGrad",
    lambda gradients, outputs: (
        gradients * ops.where(outputs < 0, outputs + _LEAST, ops.ones_like(outputs) * _SCALE)
    ),
)
_slope("SigmoidGrad", lambda y, dy: dy * y * (1 - y))
_slope("TanhGrad", lambda y, dy: dy * (1 - y * y))
_slope("SqrtGrad", lambda y, dy: dy * 0.5 / y)
_slope("RsqrtGrad", lambda y, dy: dy * -0.5 * y * y * y)
_slope("ReciprocalGrad", lambda y, dy: -dy * y * y)
_slope("InvGrad", lambda y, dy: -dy * y * y)
_slope("SoftplusGrad", lambda gradients, features: gradients * ops.sigmoid(features))
_slope("SoftsignGrad", lambda gradients, features: gradients / ops.square(1 + ops.abs(features)))


@rule("BiasAddGrad")
def _bias(out_backprop, data_format="NHWC"):
    rank = len(out_backprop._shape)
    channel = rank - 1 if data_format.endswith("C") else 1
    return ops.reduce_sum(out_backprop, [axis for axis in range(rank) if axis != channel])


@rule("BroadcastGradientArgs")
def _summed_axes(s0, s1):
    a, b = static_ints(s0, "s0"), static_ints(s1, "s1")
    rank = max(len(a), len(b))
    a, b = ((1,) * (rank - len(s)) + s for s in (a, b))
    axes = [[k for k in range(rank) if one[k] == 1] for one in (a, b)]
    return [ops.constant(found, "int32", shape=(len(found),)) for found in axes]


def _pulled_back(op, x, g, **attrs):
    """The gradient by x of a forward op's first result."""
    with GradientTape() as tape:
        tape.watch(x)
        y = op(x, **attrs)
    return tape.gradient(y, x, g)


@rule("Conv2DBackpropFilter", ignores="use_cudnn_on_gpu")
def _filter(
    input, filter_sizes, out_backprop, strides, padding, data_format="NHWC", dilations=None
):
    attrs = {"strides": strides, "padding": padding, "data_format": data_format}
    filters = ops.zeros(static_ints(filter_sizes, "filter_sizes"), input.dtype)
    return _pulled_back(
        lambda f: ops.conv2d(input, f, dilations=dilations, **attrs), filters, out_backprop
    )


@rule("MaxPoolGrad", ignores="explicit_paddings")
def _max_pool(orig_input, orig_output, grad, ksize, strides, padding, data_format="NHWC"):
    attrs = {"ksize": ksize, "strides": strides, "padding": padding, "data_format": data_format}
    return _pulled_back(ops.max_pool, orig_input, grad, **attrs)


@rule("AvgPoolGrad")
def _avg_pool(orig_input_shape, grad, ksize, strides, padding, data_format="NHWC"):
    attrs = {"ksize": ksize, "strides": strides, "padding": padding, "data_format": data_format}
    x = ops.zeros(static_ints(orig_input_shape, "orig_input_shape"), grad.dtype)
    return _pulled_back(ops.avg_pool, x, grad, **attrs)


@rule("MirrorPadGrad")
def _mirror_pad(input, paddings, mode):
    sizes = np.subtract(input._shape, paddings.numpy().sum(1))
    return _pulled_back(lambda v: ops.pad(v, paddings, mode), ops.zeros(sizes, input.dtype), input)


@rule("StridedSliceGrad")
def _strided_slice(shape, begin, end, strides, dy, **masks):
    x = ops.zeros(static_ints(shape, "shape"), dy.dtype)
    slices = RULES["StridedSlice"].function
    return _pulled_back(
        lambda v: slices(input=v, begin=begin, end=end, strides=strides, **masks), x, dy
    )


@rule("FusedBatchNormGradV3")
def _batch_norm(
    y_backprop,
    x,
    scale,
    reserve_space_1,
    reserve_space_2,
    reserve_space_3,
    epsilon=1e-4,
    data_format="NHWC",
    is_training=True,
):
    offset = ops.zeros_like(scale)
    with GradientTape() as tape:
        for value in (x, scale, offset):
            tape.watch(value)
        y = RULES["FusedBatchNormV3"].function(
            x,
            scale,
            offset,
            reserve_space_1,
            reserve_space_2,
            epsilon,
            1.0,
            data_format,
            is_training,
        )[0]
    nothing = ops.zeros((0,), scale.dtype)
    return (*tape.gradient(y, [x, scale, offset], y_backprop), nothing, nothing)
