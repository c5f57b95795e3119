"""Blocks of images: moved into channels and back, or laid out as columns."""

from math import prod

import numpy as np

from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import OPS
from .create import range_
from .index import gather
from .join import pad
from .shape import expand_dims, reshape, static_int, static_ints, transpose


def _read(name, input, block_size, data_format):
    """(images with channels last, whether they came with channels first, the block's size)."""
    x, size = tensor_of(input), static_int(block_size, "block_size")
    if data_format not in ("NHWC", "NCHW"):
        raise NotImplementedError(
            f"[{name}] data_format must be NHWC or NCHW, got {data_format!r}."
        )
    if len(x._shape) != 4 or size < 2:
        raise InvalidArgumentError(
            f"[{name}] takes images of 4 axes, and `block_size` must be at least 2: got "
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


def _block(name, input, block_shape, edges, what):
    """(tensor, sizes of the block, the edges of its axes as pairs of ints)."""
    x = tensor_of(input)
    pairs = np.reshape(static_ints(reshape(tensor_of(edges), (-1,)), what), (-1, 2)).tolist()
    one = isinstance(block_shape, int)
    block = static_ints([block_shape] * len(pairs) if one else block_shape, "block_shape")
    if len(pairs) != len(block) or len(x._shape) <= len(block) or min(block, default=1) < 1:
        raise InvalidArgumentError(
            f"[{name}] block_shape {list(block)} and {what} {pairs} must have an entry for each of "
            f"the axes after the first that are cut, got {x.shape}."
        )
    return x, block, pairs


@public("space_to_batch", "nn.space_to_batch", "space_to_batch_nd")
def space_to_batch(input, block_shape, paddings, name=None):
    """Blocks of the axes after the first moved into the batch, after padding with zeros.

    Args:
      input: a tensor (batch, sizes..., rest...).
      block_shape: the block's size along each of the first axes after the batch.
      paddings: a pair of numbers of zeros for each.

    Raises:
      InvalidArgumentError: a padded size is no multiple of its block.

    Example:
    >>> tf.space_to_batch([[[[1], [2]], [[3], [4]]]], [2, 2], [[0, 0], [0, 0]]).numpy().ravel()
    array([1, 2, 3, 4], dtype=int32)
    """
    x, block, pairs = _block("space_to_batch", input, block_shape, paddings, "paddings")
    count = len(block)
    x = pad(x, [[0, 0], *pairs, *[[0, 0]] * (len(x._shape) - 1 - count)])
    batch, *sizes = x._shape
    sizes, rest = sizes[:count], sizes[count:]
    if any(isinstance(size, int) and size % by for size, by in zip(sizes, block)):
        raise InvalidArgumentError(
            f"[space_to_batch] padded sizes {sizes} are no multiples of block_shape {list(block)}: "
            "tf.required_space_to_batch_paddings gives paddings that fit."
        )
    parts = [part for size, by in zip(sizes, block) for part in (size // by, by)]
    x = reshape(x, (batch, *parts, *rest))
    blocks, places = range(2, 2 * count + 1, 2), range(1, 2 * count, 2)
    x = transpose(x, [*blocks, 0, *places, *range(2 * count + 1, len(x._shape))])
    return reshape(x, (batch * prod(block), *parts[::2], *rest))


@public("batch_to_space")
def batch_to_space(input, block_shape, crops, name=None):
    """The inverse of `space_to_batch`: what it moved goes back, then edges are cut off.

    Args:
      input: a tensor (batch * product of block_shape, sizes..., rest...).
      block_shape: the block's size along each of the first axes after the batch.
      crops: a pair of numbers of elements to cut off for each.

    Example:
    >>> x = tf.reshape(tf.range(4), [4, 1, 1, 1])
    >>> tf.batch_to_space(x, [2, 2], [[0, 0], [0, 0]]).numpy()[0, :, :, 0]
    array([[0, 1],
           [2, 3]], dtype=int32)
    """
    x, block, pairs = _block("batch_to_space", input, block_shape, crops, "crops")
    count, whole = len(block), prod(block)
    batch, *sizes = x._shape
    if isinstance(batch, int) and batch % whole:
        raise InvalidArgumentError(
            f"[batch_to_space] a batch of {batch} is no multiple of the block's {whole} elements."
        )
    sizes, rest = sizes[:count], sizes[count:]
    x = reshape(x, (*block, batch // whole, *sizes, *rest))
    turned = [axis for k in range(count) for axis in (count + 1 + k, k)]
    x = transpose(x, [count, *turned, *range(2 * count + 1, len(x._shape))])
    sizes = [size * by for size, by in zip(sizes, block)]
    x = reshape(x, (batch // whole, *sizes, *rest))
    kept = [slice(low, size - high) for size, (low, high) in zip(sizes, pairs)]
    return x[(slice(None), *kept)]


@public("required_space_to_batch_paddings")
def required_space_to_batch_paddings(input_shape, block_shape, base_paddings=None, name=None):
    """(paddings that make sizes multiples of a block, the crops that undo what they add).

    Args:
      input_shape, block_shape: integers, one a size.
      base_paddings: pairs that are padded in any case; none by default.

    Example:
    >>> [y.numpy().tolist() for y in tf.required_space_to_batch_paddings([3, 4], [2, 2])]
    [[[0, 1], [0, 0]], [[0, 1], [0, 0]]]
    """
    sizes = static_ints(input_shape, "input_shape")
    block = static_ints(block_shape, "block_shape")
    if base_paddings is None:
        base = np.zeros((len(sizes), 2), int)
    else:
        base = np.reshape(static_ints(reshape(base_paddings, (-1,)), "base_paddings"), (-1, 2))
    more = [-(n + low + high) % by for n, by, (low, high) in zip(sizes, block, base.tolist())]
    paddings = np.int32([(low, high + k) for k, (low, high) in zip(more, base.tolist())])
    crops = np.int32([(0, k) for k in more])
    return tensor_of(paddings.reshape(-1, 2)), tensor_of(crops.reshape(-1, 2))


@public("nn.with_space_to_batch")
def with_space_to_batch(
    input, dilation_rate, padding, op, filter_shape=None, spatial_dims=None, data_format=None
):
    """`op` on `input` as if its window had holes: on blocks in the batch, then put back.

    Args:
      input: a tensor (batch, sizes..., channels), or channels first with a `data_format` "NC...".
      dilation_rate: the distance of a window's elements along each spatial axis.
      padding: "VALID" or "SAME", by which `op` would pad.
      op: `op(input, num_spatial_dims, padding)`, a function without dilation.
      filter_shape: the window's sizes first; needed for "SAME".
      spatial_dims: the axes, by default the first ones after the batch.

    Raises:
      ValueError: "SAME" without filter_shape, or a rate below 1.

    Example:
    >>> def sums(x, num_spatial_dims, padding):
    ...     return tf.nn.conv1d(x, tf.ones([2, 1, 1]), 1, padding)
    >>> x = tf.reshape(tf.range(4.0), [1, 4, 1])
    >>> tf.nn.with_space_to_batch(x, [2], "VALID", sums).numpy().ravel()
    array([2., 4.], dtype=float32)
    """
    x, rate = tensor_of(input), static_ints(dilation_rate, "dilation_rate")
    if min(rate) < 1:
        raise ValueError(f"[with_space_to_batch] dilation_rate must be positive, got {rate}.")
    if max(rate) == 1:
        return op(x, num_spatial_dims=len(rate), padding=padding)
    first = 2 if data_format is not None and data_format.startswith("NC") else 1
    axes = list(range(first, first + len(rate))) if spatial_dims is None else sorted(spatial_dims)
    if padding.upper() == "SAME":
        if filter_shape is None:
            raise ValueError("[with_space_to_batch] padding='SAME' needs filter_shape.")
        window = static_ints(filter_shape, "filter_shape")[: len(rate)]
        grown = [(size - 1) * by for size, by in zip(window, rate)]
        base = [[extra // 2, extra - extra // 2] for extra in grown]
    else:
        base = [[0, 0]] * len(rate)
    sizes = [x._shape[axis] for axis in axes]
    paddings, crops = required_space_to_batch_paddings(sizes, rate, base)
    # axes between the batch and the first that is cut are blocks of 1
    between = axes[-1] - len(axes)
    block = [1] * between + list(rate)
    wide = [[0, 0]] * between
    x = space_to_batch(x, block, wide + paddings.numpy().tolist())
    x = op(x, num_spatial_dims=len(rate), padding="VALID")
    return batch_to_space(x, block, wide + crops.numpy().tolist())


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
