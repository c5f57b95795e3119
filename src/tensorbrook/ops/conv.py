"""Convolutions: one primitive and its two transposes, and the functions of tf.nn made of them.

The primitives take channels last and padding as pairs; each one's gradient is the other two.
"""

import numpy as np

from ..base.dtypes import FLOATS
from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec, check_dtype, fail, per_input, same_dtype
from ._families import draw, pair
from ._kernels.conv import convolve, convolve_filter_gradient, convolve_input_gradient
from ._windows import Layout, positions
from .shape import reshape, static_ints

_CONV_TYPES = FLOATS | {np.dtype("int32")}
_XW = ("input", "filters")


def check_operands(name, x, w, groups, ndim, names=_XW, channels=None):
    """Raises unless filters (*K, C // groups, F) fit an input of C channels."""
    same_dtype(name, (x, w), names)
    check_dtype(name, x, _CONV_TYPES, names[0])
    if len(w.shape) != ndim + 2:
        fail(
            name,
            f"{names[1]} must have {ndim + 2} axes (the window's {ndim}, input channels, output "
            f"channels), they have {len(w.shape)}",
            (x, w),
            "Reshape them.",
            names,
        )
    channels = x.shape[-1] if channels is None else channels
    depth, filters = w.shape[-2:]
    if groups is None:
        groups = channels // depth if depth else 0
    if groups < 1 or depth * groups != channels:
        fail(
            name,
            f"Input depth {channels} must be evenly divisible by filter depth {depth}",
            (x, w),
            f"The second last axis of {names[1]} is the input's channels ({channels}), or a "
            "divisor of them for a convolution in groups.",
            names,
        )
    if filters % groups:
        fail(
            name,
            f"Output depth {filters} must be evenly divisible by the number of groups, {groups}",
            (x, w),
            f"There are {channels} / {depth} = {groups} groups; give each as many filters.",
            names,
        )
    return groups


def _infer(x, w, strides, padding, dilations, groups, name="conv_general", names=("x", "w")):
    ndim = len(strides)
    if len(x.shape) != ndim + 2:
        fail(name, f"{names[0]} must have {ndim + 2} axes", (x, w), "Reshape it.", names)
    check_operands(name, x, w, groups, ndim, names)
    window = w.shape[:-2]
    out = positions(name, (x, w), names, x.shape[1:-1], window, strides, padding, dilations)
    return Spec((x.shape[0], *out, w.shape[-1]), x.dtype)


def _check_result(name, g, x, w, strides, padding, dilations, groups):
    """Raises unless `g` has the shape of the convolution of `x` with `w`."""
    want = _infer(x, w, strides, padding, dilations, groups, name)
    if tuple(g.shape) != want.shape:
        fail(
            name,
            f"g must have shape {list(want.shape)}, that of the convolution",
            (g, x, w),
            "Check strides and padding.",
            ("g", "x", "w"),
        )


def _infer_input_gradient(g, w, input_shape, **attrs):
    same_dtype("conv_input_gradient", (g, w), ("g", "w"))
    x = Spec(tuple(input_shape), g.dtype)
    _check_result("conv_input_gradient", g, x, w, **attrs)
    return x


def _infer_filter_gradient(x, g, filter_shape, **attrs):
    same_dtype("conv_filter_gradient", (x, g), ("x", "g"))
    w = Spec(tuple(filter_shape), g.dtype)
    _check_result("conv_filter_gradient", g, x, w, **attrs)
    return w


def _by_input(g, w, x, attrs):
    return apply(_conv_input_gradient, (g, w), {"input_shape": tuple(x._shape), **attrs})


def _by_filter(x, g, w, attrs):
    return apply(_conv_filter_gradient, (x, g), {"filter_shape": tuple(w._shape), **attrs})


# (input, filter, strides, padding, dilations, groups)
_CASES = (
    ((2, 5, 4, 2), (3, 2, 2, 3), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
    ((1, 6, 5, 2), (3, 3, 2, 2), (2, 3), ((1, 2), (0, 1)), (1, 1), 1),  # sizes do not divide
    ((1, 7, 6, 1), (2, 3, 1, 2), (1, 2), ((1, 0), (2, 2)), (3, 2), 1),
    ((2, 4, 3, 4), (2, 2, 2, 6), (1, 1), ((0, 1), (1, 1)), (1, 1), 2),
    ((1, 5, 5, 3), (3, 3, 1, 6), (2, 1), ((1, 1), (0, 2)), (1, 2), 3),  # depthwise, two each
    ((2, 4, 4, 3), (2, 2, 1, 3), (1, 1), ((0, 0), (0, 0)), (1, 1), 3),  # depthwise
    ((2, 6, 3), (3, 3, 2), (2,), ((1, 1),), (1,), 1),
    ((1, 3, 4, 3, 2), (2, 2, 2, 1, 2), (1, 2, 1), ((0, 0), (1, 0), (0, 1)), (1, 1, 1), 2),
    ((2, 3, 3, 2), (1, 1, 2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1), 1),  # stride over window
    ((0, 4, 4, 1), (2, 2, 1, 1), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
)


def _cases(rng):
    """(x, w, g, attrs) of each sample."""
    for x_shape, w_shape, strides, padding, dilations, groups in _CASES:
        attrs = {"strides": strides, "padding": padding, "dilations": dilations, "groups": groups}
        x, w = draw(rng, x_shape, (-2, 2)), draw(rng, w_shape, (-2, 2))
        result = _infer(Spec(x.shape, x.dtype), Spec(w.shape, w.dtype), **attrs)
        yield x, w, draw(rng, result.shape, (-2, 2)), attrs


_conv_general = Op(
    "conv_general",
    convolve,
    _infer,
    per_input(
        lambda g, y, x, w, **attrs: _by_input(g, w, x, attrs),
        lambda g, y, x, w, **attrs: _by_filter(x, g, w, attrs),
    ),
    samples=lambda rng: [((x, w), attrs) for x, w, _, attrs in _cases(rng)],
    tolerance="scale",
    compiled_from=1 << 13,
    doc="Convolution (correlation) over 1 to 3 spatial axes, in groups of channels.",
)
_conv_input_gradient = Op(
    "conv_input_gradient",
    convolve_input_gradient,
    _infer_input_gradient,
    per_input(
        lambda h, y, g, w, input_shape, **attrs: apply(_conv_general, (h, w), attrs),
        lambda h, y, g, w, input_shape, **attrs: _by_filter(h, g, w, attrs),
    ),
    samples=lambda rng: [
        ((g, w), {"input_shape": x.shape, **attrs}) for x, w, g, attrs in _cases(rng)
    ],
    tolerance="scale",
    compiled_from=1 << 13,
    doc="The transpose of conv_general by its input.",
)
_conv_filter_gradient = Op(
    "conv_filter_gradient",
    convolve_filter_gradient,
    _infer_filter_gradient,
    per_input(
        lambda v, y, x, g, filter_shape, **attrs: _by_input(g, v, x, attrs),
        lambda v, y, x, g, filter_shape, **attrs: apply(_conv_general, (x, v), attrs),
    ),
    samples=lambda rng: [
        ((x, g), {"filter_shape": w.shape, **attrs}) for x, w, g, attrs in _cases(rng)
    ],
    tolerance="scale",
    compiled_from=1 << 13,
    doc="The transpose of conv_general by its filter.",
)


def _spec(t):
    return Spec(t._shape, t._dtype)


# -- convolution -----------------------------------------------------------------------------------


def _convolve(
    name, ndim, x, w, strides, padding, data_format, dilations, names=_XW, depthwise=False
):
    """What all convolutions share: reads the arguments, and applies the primitive."""
    layout = Layout(name, ndim, data_format)
    x, w = pair(name, x, w)
    layout.check_rank(x, names[0])
    strides = layout.per_axis("strides", strides)
    dilations = layout.per_axis("dilations", dilations)
    channels = layout.channels(x._shape)
    if depthwise:
        w = _depthwise_filter(name, ndim, x, w, channels, names)
    groups = check_operands(name, _spec(x), _spec(w), None, ndim, names, channels)
    batch, x = layout.batch(x), layout.enter(x)
    window = w._shape[:-2]
    pads = layout.padding(padding, x._shape[1:-1], window, strides, dilations)
    specs = (_spec(x), _spec(w))
    positions(name, specs, names, x._shape[1:-1], window, strides, pads, dilations)
    attrs = {"strides": strides, "padding": pads, "dilations": dilations, "groups": groups}
    return layout.leave(apply(_conv_general, (x, w), attrs), batch)


def _depthwise_filter(name, ndim, x, w, channels, names):
    """Filters (*window, C, M) as the primitive's, (*window, 1, C * M)."""
    if len(w._shape) != ndim + 2 or w._shape[ndim] != channels:
        window = ("width",), ("height", "width"), ("depth", "height", "width")
        fail(
            name,
            f"{names[1]} must have shape [{', '.join(window[ndim - 1])}, {channels}, multiplier] "
            f"for an input of {channels} channels",
            (_spec(x), _spec(w)),
            "Each input channel has its own filters: the axis before the last counts the channels.",
            names,
        )
    return reshape(w, (*w._shape[:ndim], 1, channels * w._shape[-1]))


def depthwise_backward(name, x, w, g, strides, padding, data_format="NHWC", dilations=None):
    """The gradient of a depthwise convolution by the operand of which the shape is given.

    Args:
      name: the function's name in messages.
      x, w: input and filter, the shape of one of them in its place.
      g: the gradient by the result.

    Example:
    >>> from tensorbrook.ops.conv import depthwise_backward
    >>> g, w = tf.ones([1, 2, 2, 1]), tf.ones([2, 2, 1, 1])
    >>> depthwise_backward("f", (1, 3, 3, 1), w, g, 1, "VALID").numpy()[0, 1, :, 0]
    array([2., 4., 2.], dtype=float32)
    """
    layout, by_filter = Layout(name, 2, data_format), isinstance(w, tuple)
    shape = tuple(x._shape) if by_filter else x
    channels, sizes = layout.channels(shape), layout.spatial(shape)
    filters = w if by_filter else tuple(w._shape)
    strides = layout.per_axis("strides", strides)
    dilations = layout.per_axis("dilations", dilations)
    inner = (*filters[:2], 1, channels * filters[3])
    pads = layout.padding(padding, sizes, filters[:2], strides, dilations)
    attrs = {"strides": strides, "padding": pads, "dilations": dilations, "groups": channels}
    g = layout.enter(g)
    if by_filter:
        attrs["filter_shape"] = inner
        return reshape(apply(_conv_filter_gradient, (layout.enter(x), g), attrs), filters)
    attrs["input_shape"] = (shape[0], *sizes, channels)
    return layout.leave(apply(_conv_input_gradient, (g, reshape(w, inner)), attrs), shape[:1])


@public("nn.conv1d")
def conv1d(input, filters, stride, padding, data_format="NWC", dilations=None, name=None):
    """Convolution along one axis.

    Args:
      input: floats (batch, width, channels), or (batch, channels, width) for "NCW"; further batch
        axes may lead.
      filters: (window, channels, output channels); fewer channels, a divisor, make groups.
      stride: an int, or a list of 1 or 3.
      padding: "VALID", "SAME" (ceil(width / stride) windows), or a pair for each of the 3 axes.
      data_format: "NWC" or "NCW".
      dilations: the distance of taps, as `stride`.

    Raises:
      InvalidArgumentError: shapes that do not fit, or a window larger than the input.

    Example:
    >>> x = tf.reshape([1.0, 2.0, 3.0, 4.0], [1, 4, 1])
    >>> tf.nn.conv1d(x, tf.ones([2, 1, 1]), stride=1, padding="VALID").numpy().ravel()
    array([3., 5., 7.], dtype=float32)
    """
    return _convolve("conv1d", 1, input, filters, stride, padding, data_format, dilations)


@public("nn.conv2d")
def conv2d(input, filters, strides, padding, data_format="NHWC", dilations=None, name=None):
    """Convolution over images: at each position the window's values times the filter, summed.

    Args:
      input: floats (batch, height, width, channels), or (batch, channels, height, width) for
        "NCHW"; further batch axes may lead.
      filters: (height, width, channels, output channels); fewer channels, a divisor, make groups.
      strides: an int, or a list of 1, 2 or 4.
      padding: "VALID", "SAME" (ceil(size / stride) windows, the odd row of zeros after the image),
        or a pair (before, after) for each of the 4 axes.
      data_format: "NHWC" or "NCHW".
      dilations: the distance of taps, as `strides`.

    Raises:
      InvalidArgumentError: shapes that do not fit, or a window larger than the input.

    Example:
    >>> x = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
    >>> tf.nn.conv2d(x, tf.ones([2, 2, 1, 1]), strides=1, padding="VALID").numpy()[0, :, :, 0]
    array([[ 8., 12.],
           [20., 24.]], dtype=float32)
    """
    return _convolve("conv2d", 2, input, filters, strides, padding, data_format, dilations)


@public("nn.conv3d")
def conv3d(input, filters, strides, padding, data_format="NDHWC", dilations=None, name=None):
    """Convolution over volumes, as `tf.nn.conv2d` with a depth before the height.

    Example:
    >>> x = tf.ones([1, 3, 3, 3, 1])
    >>> tf.nn.conv3d(x, tf.ones([2, 2, 2, 1, 1]), [1] * 5, "VALID").shape
    TensorShape([1, 2, 2, 2, 1])
    """
    return _convolve("conv3d", 3, input, filters, strides, padding, data_format, dilations)


@public("nn.convolution")
def convolution(
    input, filters, strides=None, padding="VALID", data_format=None, dilations=None, name=None
):
    """Convolution over as many axes as the filters have beside their channels: 1, 2 or 3.

    Arguments are those of `tf.nn.conv2d`.

    Example:
    >>> tf.nn.convolution(tf.ones([1, 5, 1]), tf.ones([3, 1, 2]), padding="SAME").shape
    TensorShape([1, 5, 2])
    """
    x, w = pair("convolution", input, filters)
    ndim = _spatial_axes("convolution", w, "filters")
    return _convolve("convolution", ndim, x, w, strides, padding, data_format, dilations)


def _spatial_axes(name, w, operand):
    """The number of spatial axes, from the rank of filters."""
    ndim = len(w._shape) - 2
    if ndim not in (1, 2, 3):
        fail(
            name,
            f"{operand} must have 3, 4 or 5 axes for 1 to 3 spatial axes, they have {ndim + 2}",
            (_spec(w),),
            "Their shape is [*window, channels, output channels].",
            (operand,),
        )
    return ndim


@public("nn.atrous_conv2d")
def atrous_conv2d(value, filters, rate, padding, name=None):
    """`tf.nn.conv2d` of stride 1 with taps `rate` apart.

    Example:
    >>> tf.nn.atrous_conv2d(tf.ones([1, 5, 5, 1]), tf.ones([2, 2, 1, 1]), 2, "VALID").shape
    TensorShape([1, 3, 3, 1])
    """
    names = ("value", "filters")
    return _convolve("atrous_conv2d", 2, value, filters, 1, padding, None, rate, names)


@public("nn.depthwise_conv2d")
def depthwise_conv2d(input, filter, strides, padding, data_format=None, dilations=None, name=None):
    """Convolution of each channel with filters of its own.

    Args:
      input: floats (batch, height, width, channels).
      filter: (height, width, channels, multiplier); output channel c * multiplier + m comes from
        input channel c.
      strides: a list of 4, or as in `tf.nn.conv2d`.
      padding: as in `tf.nn.conv2d`.
      data_format: "NHWC" or "NCHW".
      dilations: the distance of taps, an int or a list of 2.

    Example:
    >>> x = tf.constant([[[[1.0, 10.0]]]])
    >>> w = tf.constant([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> tf.nn.depthwise_conv2d(x, w, [1, 1, 1, 1], "VALID").numpy().ravel()
    array([ 1.,  2., 30., 40.], dtype=float32)
    """
    names = ("input", "filter")
    return _convolve(
        "depthwise_conv2d", 2, input, filter, strides, padding, data_format, dilations, names, True
    )


def depthwise_convolution(input, filter, strides, padding, data_format=None, dilations=None):
    """`tf.nn.depthwise_conv2d` over as many axes as the filter (*window, channels, multiplier) has.

    Example:
    >>> from tensorbrook.ops.conv import depthwise_convolution
    >>> depthwise_convolution(tf.ones([1, 5, 2]), tf.ones([3, 2, 4]), 1, "SAME").shape
    TensorShape([1, 5, 8])
    """
    x, w = pair("depthwise_convolution", input, filter)
    ndim = _spatial_axes("depthwise_convolution", w, "filter")
    arguments = (x, w, strides, padding, data_format, dilations, ("input", "filter"), True)
    return _convolve("depthwise_convolution", ndim, *arguments)


@public("nn.separable_conv2d")
def separable_conv2d(
    input,
    depthwise_filter,
    pointwise_filter,
    strides,
    padding,
    data_format=None,
    dilations=None,
    name=None,
):
    """`tf.nn.depthwise_conv2d`, then a convolution of window 1 that mixes the channels.

    Args:
      pointwise_filter: (1, 1, channels * multiplier, output channels).

    The other arguments are those of `tf.nn.depthwise_conv2d`.

    Example:
    >>> x, depthwise = tf.ones([1, 4, 4, 2]), tf.ones([3, 3, 2, 1])
    >>> tf.nn.separable_conv2d(x, depthwise, tf.ones([1, 1, 2, 5]), [1, 1, 1, 1], "SAME").shape
    TensorShape([1, 4, 4, 5])
    """
    point = tensor_of(pointwise_filter)
    if len(point._shape) != 4 or point._shape[:2] != (1, 1):
        fail(
            "separable_conv2d",
            "pointwise_filter must have shape [1, 1, channels * multiplier, output channels]",
            (_spec(point),),
            "Its window is 1 by 1; the window of the depthwise filter is free.",
            ("pointwise_filter",),
        )
    names = ("input", "depthwise_filter")
    arguments = (input, depthwise_filter, strides, padding, data_format, dilations)
    between = _convolve("separable_conv2d", 2, *arguments, names, True)
    names = ("depthwise result", "pointwise_filter")
    want = Layout("separable_conv2d", 2, data_format).channels(between._shape)
    if point._shape[2] != want:
        fail(
            "separable_conv2d",
            f"pointwise_filter must take {want} channels, it takes {point._shape[2]}",
            (_spec(between), _spec(point)),
            "They are the input's channels times the depthwise multiplier.",
            names,
        )
    return _convolve("separable_conv2d", 2, between, point, 1, "VALID", data_format, None, names)


# -- transposed convolution ------------------------------------------------------------------------


def transposed_size(size, window, stride, dilation=1, same=False, more=None):
    """How long Keras makes a spatial axis of a transposed convolution.

    Args:
      size: the input's.
      window, stride, dilation: along that axis.
      same: whether the padding is "same".
      more: the output padding; None for the least that fits.

    Example:
    >>> from tensorbrook.ops.conv import transposed_size
    >>> transposed_size(4, window=3, stride=2), transposed_size(4, 3, 2, same=True, more=0)
    (9, 7)
    """
    window = (window - 1) * dilation + 1
    if more is None:
        return size * stride + (0 if same else max(window - stride, 0))
    cut = 2 * (window // 2) if same else 0
    return (size - 1) * stride + window - cut + more


def _transposed(
    name, ndim, input, filters, output_shape, strides, padding, data_format, dilations, names=_XW
):
    """The transpose by the input: what conv_general maps to `input`'s shape, from `input`."""
    layout = Layout(name, ndim, data_format)
    g, w = pair(name, input, filters)
    layout.check_rank(g, names[0])
    if len(w._shape) != ndim + 2 or layout.channels(g._shape) != w._shape[-1]:
        fail(
            name,
            f"{names[1]} must have {ndim + 2} axes, the last as long as {names[0]}'s channels "
            f"({layout.channels(g._shape)})",
            (_spec(g), _spec(w)),
            "The shape of transposed filters is [*window, output channels, input channels].",
            names,
        )
    strides = layout.per_axis("strides", strides)
    dilations = layout.per_axis("dilations", dilations)
    batch, g = layout.batch(g), layout.enter(g)
    sizes, channels = _target(layout, g, w, output_shape)
    pads = layout.padding(padding, sizes, w._shape[:-2], strides, dilations)
    x = Spec((g._shape[0], *sizes, channels), g._dtype)
    groups = check_operands(name, x, _spec(w), None, ndim, ("output", names[1]))
    attrs = {"strides": strides, "padding": pads, "dilations": dilations, "groups": groups}
    fitting = _infer(x, _spec(w), **attrs, name=name, names=("output", names[1])).shape[1:-1]
    if fitting != g._shape[1:-1]:
        fail(
            name,
            f"output_shape {list(output_shape)} does not fit: its convolution has spatial shape "
            f"{list(fitting)}, {names[0]} has {list(g._shape[1:-1])}",
            (_spec(g), _spec(w)),
            "With padding='SAME' the output's sizes are about the input's times the strides: "
            "ceil(output / stride) = input.",
            names,
        )
    y = apply(_conv_input_gradient, (g, w), {"input_shape": x.shape, **attrs})
    return layout.leave(y, batch)


def _target(layout, g, w, output_shape):
    """(spatial sizes, channels) that output_shape asks for, of n or n + 2 entries."""
    shape = static_ints(output_shape, "output_shape")
    if len(shape) == layout.ndim:
        return shape, w._shape[-2]
    if len(shape) != layout.ndim + 2 or shape[0] not in (g._shape[0], -1):
        raise InvalidArgumentError(
            f"[{layout.name}] output_shape = {list(shape)} must be the {layout.ndim + 2} sizes of "
            f"{layout.format}, of which the batch is {g._shape[0]}, or the {layout.ndim} spatial "
            "ones."
        )
    return layout.spatial(shape), layout.channels(shape)


@public("nn.conv1d_transpose")
def conv1d_transpose(
    input,
    filters,
    output_shape,
    strides,
    padding="SAME",
    data_format="NWC",
    dilations=None,
    name=None,
):
    """The transpose of `tf.nn.conv1d`; arguments as in `tf.nn.conv2d_transpose`.

    Example:
    >>> x = tf.reshape([1.0, 2.0], [1, 2, 1])
    >>> tf.nn.conv1d_transpose(x, tf.ones([2, 1, 1]), [1, 4, 1], strides=2).numpy().ravel()
    array([1., 1., 2., 2.], dtype=float32)
    """
    arguments = (input, filters, output_shape, strides, padding, data_format, dilations)
    return _transposed("conv1d_transpose", 1, *arguments)


@public("nn.conv2d_transpose")
def conv2d_transpose(
    input,
    filters,
    output_shape,
    strides,
    padding="SAME",
    data_format="NHWC",
    dilations=None,
    name=None,
):
    """The transpose (the gradient by the input) of `tf.nn.conv2d`: each input value, times the
    filter, is added to the window it would have come from.

    Args:
      input: floats (batch, height, width, channels).
      filters: (height, width, output channels, channels).
      output_shape: that of the result, or its height and width: several have the same convolution.
      strides, padding, data_format, dilations: those of the convolution, as in `tf.nn.conv2d`.

    Raises:
      InvalidArgumentError: an output_shape whose convolution has not the input's shape.

    Example:
    >>> x = tf.ones([1, 2, 2, 3])
    >>> tf.nn.conv2d_transpose(x, tf.ones([3, 3, 5, 3]), [1, 4, 4, 5], strides=2).shape
    TensorShape([1, 4, 4, 5])
    """
    arguments = (input, filters, output_shape, strides, padding, data_format, dilations)
    return _transposed("conv2d_transpose", 2, *arguments)


@public("nn.conv3d_transpose")
def conv3d_transpose(
    input,
    filters,
    output_shape,
    strides,
    padding="SAME",
    data_format="NDHWC",
    dilations=None,
    name=None,
):
    """The transpose of `tf.nn.conv3d`; arguments as in `tf.nn.conv2d_transpose`.

    Example:
    >>> x = tf.ones([1, 2, 2, 2, 1])
    >>> tf.nn.conv3d_transpose(x, tf.ones([3, 3, 3, 2, 1]), [1, 4, 4, 4, 2], strides=2).shape
    TensorShape([1, 4, 4, 4, 2])
    """
    arguments = (input, filters, output_shape, strides, padding, data_format, dilations)
    return _transposed("conv3d_transpose", 3, *arguments)


@public("nn.conv_transpose")
def conv_transpose(
    input,
    filters,
    output_shape,
    strides,
    padding="SAME",
    data_format=None,
    dilations=None,
    name=None,
):
    """The transpose of `tf.nn.convolution`; arguments as in `tf.nn.conv2d_transpose`.

    Example:
    >>> x = tf.ones([1, 2, 1])
    >>> tf.nn.conv_transpose(x, tf.ones([3, 2, 1]), [1, 4, 2], strides=2).shape
    TensorShape([1, 4, 2])
    """
    g, w = pair("conv_transpose", input, filters)
    ndim = _spatial_axes("conv_transpose", w, "filters")
    arguments = (g, w, output_shape, strides, padding, data_format, dilations)
    return _transposed("conv_transpose", ndim, *arguments)


@public("nn.atrous_conv2d_transpose")
def atrous_conv2d_transpose(value, filters, output_shape, rate, padding, name=None):
    """The transpose of `tf.nn.atrous_conv2d`.

    Example:
    >>> x = tf.ones([1, 3, 3, 1])
    >>> tf.nn.atrous_conv2d_transpose(x, tf.ones([2, 2, 4, 1]), [1, 5, 5, 4], 2, "VALID").shape
    TensorShape([1, 5, 5, 4])
    """
    arguments = (value, filters, output_shape, 1, padding, None, rate, ("value", "filters"))
    return _transposed("atrous_conv2d_transpose", 2, *arguments)
