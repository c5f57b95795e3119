"""Blurring, and bending as through uneven glass."""

import numpy as np

from ... import ops
from .coordinates import sampled


def _bell(size, sigma):
    """The weights of a window of an odd size: a bell of some width."""
    away = ops.constant(np.arange(size) - (size - 1) / 2, "float32")
    weights = ops.exp(-0.5 * ops.square(away / ops.cast(sigma, "float32")))
    return weights / ops.reduce_sum(weights)


def _blurred(x, down, across):
    """Weighted means under two windows, one along each axis, among zeros."""
    channels = x._shape[-1]
    for axis, weights in ((0, down), (1, across)):
        shape = [1, 1, 1, 1]
        shape[axis] = weights._shape[0]
        kernel = ops.tile(ops.reshape(ops.cast(weights, x.dtype), shape), (1, 1, channels, 1))
        x = ops.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "SAME")
    return x


def gaussian_blur(images, kernel_size=(3, 3), sigma=(1.0, 1.0)):
    """Pictures blurred by a window shaped like a bell.

    Args:
      images: floats (batch, height, width, channels).
      kernel_size: the size of the window: (across, down).
      sigma: the width of the bell: (across, down), numbers or a vector.
    """
    across, down = (_bell(size, sigma[k]) for k, size in enumerate(kernel_size))
    return _blurred(images, down, across)


def elastic_transform(
    images,
    alpha=20.0,
    sigma=5.0,
    interpolation="bilinear",
    fill_mode="reflect",
    fill_value=0.0,
    seed=(0, 0),
    widest=None,
):
    """Pictures whose pixels are moved at random, near ones alike (Simard and others, 2003).

    Args:
      images: (batch, height, width, channels).
      alpha, sigma: how far pixels move, and over what distance they move alike; numbers, or tensors
        where `widest` says what sigma is at most.
      interpolation: "bilinear" or "nearest".
      fill_mode, fill_value: as for `map_coordinates`.
      seed: two integers.
    """
    batch, height, width, _ = images._shape
    radius = 3 * int(sigma if widest is None else widest)
    moves = ops.random.stateless_normal((batch, height, width), seed)
    sigma = ops.cast(sigma, "float32")
    away = ops.constant(np.abs(np.arange(-radius, radius + 1)), "float32")
    weights = ops.exp(-0.5 * ops.square(away / ops.maximum(sigma, 1e-6)))
    weights = ops.where(away <= 3.0 * ops.floor(sigma), weights, 0.0)
    weights = weights / ops.reduce_sum(weights)
    moves = ops.squeeze(_blurred(ops.expand_dims(moves * sigma, -1), weights, weights), -1)
    moves = moves * ops.cast(alpha, "float32")
    rows = ops.reshape(ops.cast(ops.range(height), "float32"), (1, height, 1)) + moves
    columns = ops.reshape(ops.cast(ops.range(width), "float32"), (1, 1, width)) + moves
    order = {"nearest": 0, "bilinear": 1}[interpolation]
    return sampled(images, [rows, columns], order, fill_mode, fill_value)
