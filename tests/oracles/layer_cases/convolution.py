"""Convolutions: whole, transposed, depthwise, separable."""

from . import case

LINE, PICTURE, VOLUME = (1, 7, 2), (1, 5, 4, 2), (1, 3, 4, 3, 2)
SAME, CAUSAL = {"padding": "same"}, {"padding": "causal"}
# Convolutions with channels first do not run in TensorFlow on a CPU: test_convolution.py has them.


def cases():
    for family in (whole, transposed, by_channel):
        yield from family()


def whole():
    yield case("Conv1D", {"filters": 3, "kernel_size": 2}, LINE)
    yield case("Conv1D", {"filters": 2, "kernel_size": 3, "strides": 2, **SAME}, LINE)
    yield case("Conv1D", {"filters": 2, "kernel_size": 3, "dilation_rate": 2, **CAUSAL}, LINE)
    yield case("Conv1D", {"filters": 2, "kernel_size": 2, "strides": 2, **CAUSAL}, LINE)
    yield case("Conv1D", {"filters": 4, "kernel_size": 2, "groups": 2, "use_bias": False}, LINE)
    yield case("Conv2D", {"filters": 3, "kernel_size": 2}, PICTURE)
    yield case("Conv2D", {"filters": 2, "kernel_size": [3, 1], "strides": [1, 2], **SAME}, PICTURE)
    yield case("Conv2D", {"filters": 2, "kernel_size": 2, "dilation_rate": [2, 1]}, PICTURE)
    yield case("Conv2D", {"filters": 4, "kernel_size": 3, "groups": 2, **SAME}, PICTURE)
    yield case("Conv2D", {"filters": 2, "kernel_size": 1, "strides": 2}, PICTURE)
    penalties = {
        "kernel_regularizer": "l2",
        "bias_regularizer": "l1",
        "activity_regularizer": "l2",
        "kernel_constraint": "unit_norm",
        "bias_initializer": "ones",
        "activation": "tanh",
    }
    yield case("Conv2D", {"filters": 2, "kernel_size": 2, **penalties}, (2, 3, 3, 1))
    yield case("Conv3D", {"filters": 2, "kernel_size": 2}, VOLUME)
    yield case("Conv3D", {"filters": 2, "kernel_size": [1, 2, 3], "strides": 2, **SAME}, VOLUME)


def transposed():
    short, small, block = (1, 3, 2), (1, 3, 2, 2), (1, 2, 2, 1, 2)
    for kernel, strides in ((2, 1), (3, 2), (2, 3), (4, 2)):
        for padding in ("valid", "same"):
            window = {"kernel_size": kernel, "strides": strides, "padding": padding}
            yield case("Conv1DTranspose", {"filters": 2, **window}, short)
            if kernel % 2 or padding == "valid":
                more = {"output_padding": min(1, strides - 1)}
                yield case("Conv1DTranspose", {"filters": 2, **window, **more}, short)
    yield case("Conv1DTranspose", {"filters": 2, "kernel_size": 3, "dilation_rate": 2}, short)
    yield case("Conv2DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2, **SAME}, small)
    more = {"strides": [2, 3], "output_padding": [0, 1], "activation": "relu", "use_bias": False}
    yield case("Conv2DTranspose", {"filters": 2, "kernel_size": [3, 5], **more}, small)
    dilated = {"kernel_size": 2, "dilation_rate": [1, 2]}
    yield case("Conv2DTranspose", {"filters": 2, **dilated, **SAME}, small)
    yield case("Conv3DTranspose", {"filters": 2, "kernel_size": 2, "strides": 2}, block)
    window = {"kernel_size": [1, 3, 2], "strides": [1, 2, 1]}
    yield case("Conv3DTranspose", {"filters": 1, **window, **SAME}, block)


def by_channel():
    yield case("DepthwiseConv1D", {"kernel_size": 2}, LINE)
    yield case("DepthwiseConv1D", {"kernel_size": 3, "depth_multiplier": 2, **SAME}, LINE)
    yield case("DepthwiseConv1D", {"kernel_size": 3, "strides": 2, "use_bias": False}, LINE)
    yield case("DepthwiseConv2D", {"kernel_size": [3, 2]}, PICTURE)
    more = {"depth_multiplier": 2, "strides": 2, "activation": "relu", **SAME}
    yield case("DepthwiseConv2D", {"kernel_size": 3, **more}, PICTURE)
    yield case("DepthwiseConv2D", {"kernel_size": 2, "dilation_rate": 2}, PICTURE)
    penalties = {"depthwise_regularizer": "l2", "depthwise_constraint": "non_neg"}
    yield case("DepthwiseConv2D", {"kernel_size": 2, **penalties}, PICTURE)
    yield case("SeparableConv1D", {"filters": 3, "kernel_size": 2}, LINE)
    more = {"depth_multiplier": 2, "strides": 2, "activation": "tanh"}
    yield case("SeparableConv1D", {"filters": 3, "kernel_size": 3, **more, **SAME}, LINE)
    yield case("SeparableConv2D", {"filters": 3, "kernel_size": [2, 3]}, PICTURE)
    more = {"depth_multiplier": 3, "strides": 2, "use_bias": False}
    yield case("SeparableConv2D", {"filters": 2, "kernel_size": 3, **more, **SAME}, PICTURE)
    penalties = {"depthwise_regularizer": "l1", "pointwise_regularizer": "l2"}
    dilated = {"dilation_rate": 2, "pointwise_constraint": "non_neg", **SAME, **penalties}
    yield case("SeparableConv2D", {"filters": 2, "kernel_size": 2, **dilated}, PICTURE)
