"""keras.ops: moments and normalizations."""

import functools

from .... import ops
from ....base.config import settings
from ....base.context import context, replicas_in_sync
from ....ops.attention import dot_product_attention as _attention
from ....ops.reduce import normalize_axes
from ....ops.shape import check_axis
from ..declare import as_tensor, floating, op, promote
from ..linalg import norm


@op("nn.moments")
def moments(x, axes, keepdims=False, synchronized=False):
    """(mean, variance) over axes.

    Args:
      x: a tensor; halves are summed in float32.
      axes: the axes.
      keepdims: whether reduced axes stay, with size 1.
      synchronized: over all replicas of a strategy, where one of them runs the program.

    Example:
    >>> [t.numpy().item() for t in tf.keras.ops.moments([1.0, 3.0], axes=[0])]
    [2.0, 1.0]
    """
    x = as_tensor(x)
    small = x._dtype.itemsize < 4 and x.dtype.is_floating
    wide = ops.cast(x, "float32") if small else floating(x)
    if synchronized and in_replicas():
        mean, variance = moments_of_all(wide, normalize_axes("moments", axes, x.ndim), keepdims)
    else:
        mean, variance = ops.moments(wide, axes, None, keepdims)
    if not small:
        return mean, variance
    return tuple(ops.saturate_cast(t, x.dtype) for t in (mean, variance))


def in_replicas():
    """Whether one of a strategy's several replicas runs the program."""
    return context.replica is not None and replicas_in_sync() > 1


def moments_of_all(x, axes, keepdims=False, weight=None):
    """(mean, variance) over axes and over all replicas of a strategy.

    Args:
      x: a replica's tensor.
      axes: the axes, a tuple.
      keepdims: whether reduced axes stay, with size 1.
      weight: of each element; 1 by default.
    """
    weight = ops.ones_like(x) if weight is None else weight
    parts = [ops.reduce_sum(part, axes, keepdims) for part in (x * weight, x * x * weight, weight)]
    total, squares, count = context.replica.all_reduce("sum", parts)
    mean = total / count
    return mean, squares / count - mean * mean


@op("nn.batch_normalization", layer="BatchNorm")
def batch_normalization(x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3):
    """(x - mean) / sqrt(variance + epsilon) * scale + offset.

    Args:
      x: a tensor.
      mean, variance, offset, scale: vectors along `axis`.
      axis: the axis that they belong to.
      epsilon: added to the variance.

    Example:
    >>> tf.keras.ops.batch_normalization([[3.0]], [1.0], [4.0], axis=-1, epsilon=0.0).numpy()
    array([[1.]], dtype=float32)
    """
    given = [v for v in (mean, variance, offset, scale) if v is not None]
    x, *given = promote(x, *given, also=(float,), weak=False)
    axis = check_axis("batch_normalization", axis, len(x._shape))
    shape = [1] * len(x._shape)
    shape[axis] = x._shape[axis]
    vectors = iter([ops.reshape(v, shape) for v in given])
    mean, variance, offset, scale = (
        None if v is None else next(vectors) for v in (mean, variance, offset, scale)
    )
    return ops.batch_normalization(x, mean, variance, offset, scale, epsilon)


@op("nn.layer_normalization", layer="LayerNorm")
def layer_normalization(x, gamma=None, beta=None, axis=-1, epsilon=None, **kwargs):
    """(x - mean) / sqrt(variance + epsilon) * gamma + beta, over axes of `x`.

    Args:
      x: a tensor.
      gamma, beta: of the shape of those axes.
      axis: an axis or several.
      epsilon: added to the variance; keras.config.epsilon() by default.

    Example:
    >>> tf.keras.ops.nn.layer_normalization([1.0, 3.0], epsilon=0.0).numpy()
    array([-1.,  1.], dtype=float32)
    """
    if kwargs != {"rms_scaling": False} and kwargs:  # Keras writes this one into files
        raise NotImplementedError(
            f"[layer_normalization] {sorted(kwargs)}: not built. Divide by the root of the mean "
            "square with keras.ops.rms_normalization."
        )
    return _normalized("layer_normalization", x, gamma, beta, axis, epsilon, centre=True)


@op("nn.rms_normalization", layer="RMSNorm")
def rms_normalization(x, scale=None, axis=-1, epsilon=None):
    """x / sqrt(mean(x^2) + epsilon) * scale, over axes of `x`.

    Args:
      x: a tensor.
      scale: of the shape of those axes.
      axis: an axis or several.
      epsilon: added to the mean square; keras.config.epsilon() by default.

    Example:
    >>> tf.keras.ops.nn.rms_normalization([3.0, 3.0], epsilon=0.0).numpy()
    array([1., 1.], dtype=float32)
    """
    return _normalized("rms_normalization", x, scale, None, axis, epsilon, centre=False)


def _normalized(name, x, scale, offset, axis, epsilon, centre):
    x = floating(x)
    axes = normalize_axes(name, axis, len(x._shape))
    wide = ops.cast(x, "float32") if x._dtype.itemsize < 4 else x
    epsilon = settings.epsilon if epsilon is None else epsilon
    if centre:
        mean, variance = ops.moments(wide, axes, None, True)
        wide = (wide - mean) * ops.rsqrt(variance + epsilon)
    else:
        wide = wide * ops.rsqrt(ops.reduce_mean(ops.square(wide), axes, True) + epsilon)
    shape = [d if a in axes else 1 for a, d in enumerate(x._shape)]
    for function, weight in ((ops.multiply, scale), (ops.add, offset)):
        if weight is not None:
            wide = function(wide, ops.reshape(as_tensor(weight, wide.dtype.name), shape))
    return ops.cast(wide, x.dtype)


@op("nn.normalize")
def normalize(x, axis=-1, order=2, epsilon=None):
    """x / max(norm(x), epsilon) over an axis.

    Args:
      x: a tensor.
      axis: the axis.
      order: of the norm, 1 or more.
      epsilon: the least divisor; keras.config.epsilon() by default.

    Example:
    >>> tf.keras.ops.normalize([3.0, 4.0]).numpy()
    array([0.6, 0.8], dtype=float32)
    """
    if not isinstance(order, int) or order < 1:
        raise ValueError(f"Argument `order` must be an int >= 1. Received: order={order}")
    x = floating(x)
    epsilon = settings.epsilon if epsilon is None else epsilon
    if order == 2:
        total = ops.reduce_sum(ops.square(x), axis, True)
        return x * ops.rsqrt(ops.maximum(total, ops.cast(epsilon**2, x.dtype)))
    return x / ops.maximum(norm(x, order, axis, keepdims=True), ops.cast(epsilon, x.dtype))


@op("nn.psnr", layer="PSNR")
def psnr(x1, x2, max_val):
    """The peak signal-to-noise ratio of two signals, in decibels.

    Args:
      x1, x2: tensors of one shape.
      max_val: the greatest value that signals may have.

    Example:
    >>> tf.keras.ops.nn.psnr([1.0, 1.0], [0.9, 1.1], max_val=1.0).numpy().round(3)
    np.float32(20.0)
    """
    x1, x2 = promote(x1, x2, also=(float,), weak=False)
    if x1._shape != x2._shape:
        raise ValueError(
            f"Input shapes {x1.shape} and {x2.shape} must match for PSNR calculation. "
        )
    mse = ops.reduce_mean(ops.square(x1 - x2))
    peak = ops.cast(max_val, x1.dtype)
    return (20 * ops.log(peak) - 10 * ops.log(mse)) / 2.302585092994046


@op("nn.dot_product_attention")
@functools.wraps(_attention)
def dot_product_attention(query, key, value, *args, **kwargs):
    query, key, value = promote(query, key, value, also=(float,), weak=False)
    return _attention(query, key, value, *args, **kwargs)
