"""Arrays scaled and moved along an axis."""

import numpy as np

from ... import ops
from .resize import KERNELS


def scaled_and_moved(x, axis, out, scale, translation, method, antialias=True):
    """An array whose element at x is at scale x + translation, element 0 reaching from 0 to 1.

    Args:
      x: floats.
      axis: the axis along which.
      out: its new size.
      scale, translation: float32 scalars.
      method: a name in KERNELS.
      antialias: whether the kernel is as wide as a new element, where that is the wider one.

    Returns:
      The array; 0 where what was there came from outside.

    Example:
    >>> from tensorbrook.ops.image.scale import scaled_and_moved
    >>> scaled_and_moved(tf.constant([1.0, 3.0]), 0, 3, 1.0, 1.0, "bilinear").numpy()
    array([0., 1., 3.], dtype=float32)
    """
    size = x._shape[axis]
    inverse = 1 / ops.cast(scale, "float32")
    width = ops.maximum(inverse, 1.0) if antialias else 1.0
    place = (ops.cast(ops.range(out), "float32") + 0.5 - translation) * inverse - 0.5
    away = ops.abs(place - ops.expand_dims(ops.cast(ops.range(size), "float32"), 1)) / width
    weights = KERNELS[method](away)
    total = ops.reduce_sum(weights, 0, keepdims=True)
    there = ops.abs(total) > 1000 * np.finfo(np.float32).eps
    weights = ops.where(there, weights / ops.where(there, total, 1.0), 0.0)
    inside = ops.logical_and(place >= -0.5, place <= ops.cast(size, "float32") - 0.5)
    weights = ops.cast(ops.where(inside, weights, 0.0), x.dtype)
    rest = [a for a in range(len(x._shape)) if a != axis]
    y = ops.tensordot(x, weights, [[axis], [0]])
    order = [*rest, axis]
    return ops.transpose(y, [order.index(a) for a in range(len(order))])
