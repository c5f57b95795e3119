"""Blocks of images: moved into channels and back, or laid out as columns."""

from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import OPS
from .create import range_
from .index import gather
from .join import pad
from .shape import expand_dims, reshape, static_int, transpose


def _read(name, input, block_size, data_format):
    """(images with channels last, whether they came with channels first, the block's size)."""
    x, size = tensor_of(input), static_int(block_size, "block_size")
    if data_format not in ("NHWC", "NCHW"):
        raise NotImplementedError(
            f"[{name}] data_format must be NHWC or NCHW, got {data_format!r}."
        )
    if len(x._shape) != 4 or size < 2:
        raise InvalidArgumentError(
            f"[{name}] takes images of 4 axes and a block_size of 2 or more, got "
            f"{list(x._shape)} and {size}."
        )
    first = data_format == "NCHW"
    return transpose(x, [0, 2, 3, 1]) if first else x, first, size


@public("nn.depth_to_space")
def depth_to_space(input, block_size, data_format="NHWC", name=None):
    """Channels moved into blocks of `block_size` by `block_size` pixels.

    Args:
      input: images of 4 axes.
      block_size: 2 or more; its square divides the number of channels.
      data_format: "NHWC" or "NCHW".

    Example:
    >>> tf.nn.depth_to_space([[[[1, 2, 3, 4]]]], 2).numpy()[0, :, :, 0]
    array([[1, 2],
           [3, 4]], dtype=int32)
    """
    x, first, size = _read("depth_to_space", input, block_size, data_format)
    batch, height, width, channels = x._shape
    if channels % size**2:
        raise InvalidArgumentError(
            f"[depth_to_space] {channels} channels are not a multiple of {size} * {size}."
        )
    left = channels // size**2
    x = reshape(x, (batch, height, width, size, size, left))
    x = transpose(x, [0, 1, 3, 2, 4, 5])
    x = reshape(x, (batch, height * size, width * size, left))
    return transpose(x, [0, 3, 1, 2]) if first else x


@public("nn.space_to_depth")
def space_to_depth(input, block_size, data_format="NHWC", name=None):
    """Blocks of `block_size` by `block_size` pixels moved into channels.

    Args:
      input: images of 4 axes.
      block_size: 2 or more; it divides height and width.
      data_format: "NHWC" or "NCHW".

    Example:
    >>> tf.nn.space_to_depth([[[[1], [2]], [[3], [4]]]], 2).numpy()
    array([[[[1, 2, 3, 4]]]], dtype=int32)
    """
    x, first, size = _read("space_to_depth", input, block_size, data_format)
    batch, height, width, channels = x._shape
    if any(isinstance(side, int) and side % size for side in (height, width)):
        raise InvalidArgumentError(
            f"[space_to_depth] height {height} and width {width} are not multiples of {size}."
        )
    high, wide = height // size, width // size
    x = reshape(x, (batch, high, size, wide, size, channels))
    x = transpose(x, [0, 1, 3, 2, 4, 5])
    x = reshape(x, (batch, high, wide, size**2 * channels))
    return transpose(x, [0, 3, 1, 2]) if first else x


# -- columns ---------------------------------------------------------------------------------------


def _places(sizes, kernel, dilation, padding, stride):
    """(where the elements of the blocks lie in the padded image laid out in a row: (window's
    size, blocks); the padded sizes)."""
    padded = [size + 2 * p for size, p in zip(sizes, padding)]
    axes = []
    for size, window, step, by in zip(padded, kernel, dilation, stride):
        count = (size - step * (window - 1) - 1) // by + 1
        axes.append(expand_dims(range_(window) * step, 1) + range_(count) * by)
    (high, down), (wide, across) = (axis._shape for axis in axes)
    rows = reshape(axes[0], (high, 1, down, 1))
    places = rows * padded[1] + reshape(axes[1], (1, wide, 1, across))
    return reshape(places, (high * wide, down * across)), padded


def blocks_of(x, kernel, dilation, padding, stride):
    """The blocks that a window meets as it slides over images (batch, channels, height, width),
    as the columns of (batch, channels * window, blocks); the other arguments are pairs.

    Example:
    >>> from tensorbrook.ops.blocks import blocks_of
    >>> blocks_of(tf.zeros([1, 2, 4, 4]), (2, 2), (1, 1), (0, 0), (2, 2)).shape
    TensorShape([1, 8, 4])
    """
    batch, channels, *sizes = x._shape
    places, padded = _places(sizes, kernel, dilation, padding, stride)
    x = pad(x, [[0, 0], [0, 0], *([p, p] for p in padding)])
    x = reshape(x, (batch, channels, padded[0] * padded[1]))
    window, blocks = places._shape
    return reshape(gather(x, places, axis=2), (batch, channels * window, blocks))


def sum_of_blocks(x, sizes, kernel, dilation, padding, stride):
    """Images whose blocks in their places are added up: the transpose of `blocks_of`.

    Example:
    >>> from tensorbrook.ops.blocks import sum_of_blocks
    >>> sum_of_blocks(tf.ones([1, 4, 2]), (2, 3), (2, 2), (1, 1), (0, 0), (1, 1)).numpy()[0, 0]
    array([[1., 2., 1.],
           [1., 2., 1.]], dtype=float32)
    """
    places, padded = _places(sizes, kernel, dilation, padding, stride)
    window, blocks = places._shape
    batch, rows, given = x._shape
    if rows % window or given != blocks:
        raise InvalidArgumentError(
            f"[fold] An image of {list(sizes)} has {blocks} blocks of {window} pixels a channel, "
            f"got {list(x._shape)}: (batch, channels * {window}, {blocks}) is needed."
        )
    x = reshape(x, (batch, rows // window, window, blocks))
    attrs = {"axis": 2, "batch_dims": 0, "size": padded[0] * padded[1]}
    found = reshape(apply(OPS["gather_transpose"], (x, places), attrs), (batch, -1, *padded))
    low = [slice(p, size - p) for p, size in zip(padding, padded)]
    return found[(slice(None), slice(None), *low)]
