"""keras.ops: convolutions, pooling, and blocks of images."""

from .... import ops
from ....ops._windows import FORMATS
from ....ops.blocks import blocks_of, sum_of_blocks
from ....ops.conv import depthwise_convolution, transposed_size
from ....ops.regions import maxima_of_regions, means_of_regions
from ...config import standardize_data_format
from ..declare import as_tensor, floating, op, promote

_SPATIAL = "an integer, or one for each spatial axis"


def _geometry(name, x, data_format):
    """(number of spatial axes, whether channels are first, the format as `tf.nn` spells it)."""
    rank, first = len(x._shape) - 2, standardize_data_format(data_format) == "channels_first"
    if not 1 <= rank <= 3:
        raise ValueError(
            f"[{name}] takes inputs of 3 to 5 axes: a batch, 1 to 3 spatial axes and channels. "
            f"Received: inputs.shape={x.shape}"
        )
    return rank, first, FORMATS[rank][first]


def _padding(name, padding):
    if str(padding).lower() not in ("valid", "same"):
        raise ValueError(f"[{name}] padding must be 'valid' or 'same', got {padding!r}.")
    return padding.upper()


def _spatial(x, first):
    return range(2, len(x._shape)) if first else range(1, len(x._shape) - 1)


# -- convolutions ----------------------------------------------------------------------------------


@op("nn.conv")
def conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution over 1 to 3 axes.

    Args:
      inputs: (batch, *spatial axes, channels), or (batch, channels, *spatial axes).
      kernel: (*window, channels of a group, output channels).
      strides, dilation_rate: an integer, or one for each spatial axis.
      padding: "valid" or "same".
      data_format: "channels_last" or "channels_first".

    Example:
    >>> tf.keras.ops.conv(tf.ones([1, 4, 1]), tf.ones([2, 1, 3])).shape
    TensorShape([1, 3, 3])
    """
    x, kernel = promote(inputs, kernel, weak=False)
    _, _, layout = _geometry("conv", x, data_format)
    return ops.convolution(x, kernel, strides, _padding("conv", padding), layout, dilation_rate)


@op("nn.depthwise_conv")
def depthwise_conv(inputs, kernel, strides=1, padding="valid", data_format=None, dilation_rate=1):
    """Convolution of each channel with filters of its own.

    Args:
      kernel: (*window, channels, multiplier).

    The other arguments are those of `conv`.

    Example:
    >>> tf.keras.ops.depthwise_conv(tf.ones([1, 4, 4, 2]), tf.ones([3, 3, 2, 2])).shape
    TensorShape([1, 2, 2, 4])
    """
    x, kernel = promote(inputs, kernel, weak=False)
    _, _, layout = _geometry("depthwise_conv", x, data_format)
    padding = _padding("depthwise_conv", padding)
    return depthwise_convolution(x, kernel, strides, padding, layout, dilation_rate)


@op("nn.separable_conv")
def separable_conv(
    inputs,
    depthwise_kernel,
    pointwise_kernel,
    strides=1,
    padding="valid",
    data_format=None,
    dilation_rate=1,
):
    """`depthwise_conv`, then a convolution of window 1 that mixes the channels.

    Args:
      depthwise_kernel: (*window, channels, multiplier).
      pointwise_kernel: (*ones, channels * multiplier, output channels).

    The other arguments are those of `conv`.

    Example:
    >>> depthwise, pointwise = tf.ones([3, 2, 1]), tf.ones([1, 2, 5])
    >>> tf.keras.ops.separable_conv(tf.ones([1, 6, 2]), depthwise, pointwise).shape
    TensorShape([1, 4, 5])
    """
    between = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(between, pointwise_kernel, 1, "valid", data_format)


@op("nn.conv_transpose")
def conv_transpose(
    inputs,
    kernel,
    strides=1,
    padding="valid",
    output_padding=None,
    data_format=None,
    dilation_rate=1,
):
    """The transpose of `conv`: every input times the kernel is added to the window it stands for.

    Args:
      kernel: (*window, output channels, channels).
      output_padding: how much longer the output is than the shortest that fits; None for strides
        times the inputs' size, or, where the window is longer, their difference more.

    The other arguments are those of `conv`.

    Example:
    >>> tf.keras.ops.conv_transpose(tf.ones([1, 4, 1]), tf.ones([2, 3, 1]), strides=2).shape
    TensorShape([1, 8, 3])
    """
    x, kernel = promote(inputs, kernel, weak=False)
    rank, first, layout = _geometry("conv_transpose", x, data_format)
    padding = _padding("conv_transpose", padding)
    numbers = [
        value if isinstance(value, tuple | list) else (value,) * rank
        for value in (strides, dilation_rate, output_padding)
    ]
    sizes = [
        transposed_size(x._shape[axis], window, stride, dilation, padding == "SAME", more)
        for axis, window, stride, dilation, more in zip(
            _spatial(x, first), kernel._shape, *numbers, strict=False
        )
    ]
    return ops.conv_transpose(x, kernel, sizes, strides, padding, layout, dilation_rate)


# -- pooling ---------------------------------------------------------------------------------------


def _pool(name, function, floats, doc):
    def call(inputs, pool_size, strides=None, padding="valid", data_format=None):
        x = (floating if floats else as_tensor)(inputs)
        _, _, layout = _geometry(name, x, data_format)
        steps = pool_size if strides is None else strides
        return function(x, pool_size, steps, _padding(name, padding), layout)

    call.__doc__ = (
        f"{doc}\n\n    Args:\n      inputs: (batch, *spatial axes, channels), or (batch, channels, "
        f"*spatial axes).\n      pool_size: the window: {_SPATIAL}.\n      strides: from window to "
        'window; the pool size by default.\n      padding: "valid" or "same".\n      data_format: '
        '"channels_last" or "channels_first".\n    '
    )
    return op(f"nn.{name}")(call)


max_pool = _pool("max_pool", ops.max_pool, False, "The maxima of windows.")
average_pool = _pool("average_pool", ops.avg_pool, True, "The means of windows.")


def _adaptive(name, function, floats, doc):
    def call(inputs, output_size, data_format=None):
        x = (floating if floats else as_tensor)(inputs)
        rank, first, _ = _geometry(name, x, data_format)
        sizes = output_size if isinstance(output_size, tuple | list) else (output_size,) * rank
        if len(sizes) != rank:
            raise ValueError(f"[{name}] output_size needs {rank} numbers, got {output_size}.")
        return function(x, _spatial(x, first), sizes)

    call.__doc__ = (
        f"{doc}\n\n    Args:\n      inputs: (batch, *spatial axes, channels), or (batch, channels, "
        f"*spatial axes).\n      output_size: how many regions: {_SPATIAL}.\n      data_format: "
        '"channels_last" or "channels_first".\n    '
    )
    return op(f"nn.{name}")(call)


adaptive_max_pool = _adaptive(
    "adaptive_max_pool", maxima_of_regions, False, "The maxima of regions that cover the axes."
)
adaptive_average_pool = _adaptive(
    "adaptive_average_pool", means_of_regions, True, "The means of regions that cover the axes."
)


# -- blocks of images ------------------------------------------------------------------------------


def _block_layout(data_format):
    return "NCHW" if standardize_data_format(data_format) == "channels_first" else "NHWC"


@op("nn.depth_to_space")
def depth_to_space(x, block_size, data_format="channels_last"):
    """Channels moved into blocks of `block_size` by `block_size` pixels.

    Args:
      x: images of 4 axes.
      block_size: 2 or more; its square divides the number of channels.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> tf.keras.ops.nn.depth_to_space(tf.zeros([1, 2, 2, 12]), 2).shape
    TensorShape([1, 4, 4, 3])
    """
    return ops.depth_to_space(as_tensor(x), block_size, _block_layout(data_format))


@op("nn.space_to_depth")
def space_to_depth(x, block_size, data_format="channels_last"):
    """Blocks of `block_size` by `block_size` pixels moved into channels.

    Args:
      x: images of 4 axes.
      block_size: 2 or more; it divides height and width.
      data_format: "channels_last" or "channels_first".

    Example:
    >>> tf.keras.ops.nn.space_to_depth(tf.zeros([1, 4, 4, 3]), 2).shape
    TensorShape([1, 2, 2, 12])
    """
    return ops.space_to_depth(as_tensor(x), block_size, _block_layout(data_format))


def _pairs(*values):
    return [tuple(value) if isinstance(value, tuple | list) else (value, value) for value in values]


@op("nn.unfold")
def unfold(x, kernel_size, dilation=1, padding=0, stride=1):
    """The blocks that a window meets as it slides over images, each as a column.

    Args:
      x: images (batch, channels, height, width).
      kernel_size: the window's height and width, or one integer for both.
      dilation: from one of its pixels to the next.
      padding: zeros added on each side.
      stride: from window to window.

    Returns:
      (batch, channels * window, blocks).

    Example:
    >>> tf.keras.ops.nn.unfold(tf.zeros([1, 2, 4, 4]), 2, stride=2).shape
    TensorShape([1, 8, 4])
    """
    return blocks_of(as_tensor(x), *_pairs(kernel_size, dilation, padding, stride))


@op("nn.fold")
def fold(x, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Images whose blocks are these: the sum of the blocks in their places.

    Args:
      x: (batch, channels * window, blocks).
      output_size: height and width, or one integer for both.
      kernel_size, dilation, padding, stride: as of `unfold`.

    Returns:
      (batch, channels, height, width).

    Example:
    >>> tf.keras.ops.nn.fold(tf.ones([1, 4, 9]), 4, 2).numpy()[0, 0, :2].tolist()
    [[1.0, 2.0, 2.0, 1.0], [2.0, 4.0, 4.0, 2.0]]
    """
    return sum_of_blocks(as_tensor(x), *_pairs(output_size, kernel_size, dilation, padding, stride))
