"""Activation functions, and finding them by name.

Each is a composition of `ops`; called on a symbolic Keras input it becomes one layer.
"""

import warnings

from .. import ops
from ..core.dispatch import public, tensor_of
from . import registry


def _activation(function):
    return public(f"keras.activations.{function.__name__}")(function)


def _remembering(probabilities, logits):
    """The probabilities with their logits, for losses/entropy.py to compute with."""
    probabilities._keras_logits = logits
    return probabilities


@_activation
def relu(x, negative_slope=0.0, max_value=None, threshold=0.0, alpha=None):
    """The rectifier: x where it is above `threshold`, at most `max_value`.

    Args:
      x: a tensor.
      negative_slope: the slope below `threshold`: there the value is
        `negative_slope * (x - threshold)`.
      max_value: the largest value, or None for no limit.
      threshold: values up to here are cut off.
      alpha: Keras 2's name of `negative_slope`.

    Example:
    >>> tf.keras.activations.relu([-2.0, 0.5, 3.0], max_value=2.0).numpy()
    array([0. , 0.5, 2. ], dtype=float32)
    """
    x, negative_slope = tensor_of(x), negative_slope if alpha is None else alpha
    if negative_slope != 0.0 and max_value is None and threshold == 0:
        return ops.leaky_relu(x, alpha=negative_slope)
    below = ops.relu(threshold - x) if negative_slope != 0.0 else None
    if threshold != 0:
        x = ops.where(x > threshold, x, ops.zeros_like(x))
    else:
        x = ops.relu6(x) if max_value == 6 else ops.relu(x)
    if max_value is not None and (max_value != 6 or threshold != 0):
        x = ops.minimum(x, ops.cast(max_value, x.dtype))
    return x if below is None else x - negative_slope * below


@_activation
def leaky_relu(x, negative_slope=0.2):
    """x where it is positive, `negative_slope * x` elsewhere.

    Example:
    >>> tf.keras.activations.leaky_relu([-1.0, 2.0]).numpy()
    array([-0.2,  2. ], dtype=float32)
    """
    return ops.leaky_relu(x, alpha=negative_slope)


@_activation
def relu6(x):
    """min(max(x, 0), 6).

    Example:
    >>> tf.keras.activations.relu6([-1.0, 7.0]).numpy()
    array([0., 6.], dtype=float32)
    """
    return ops.relu6(x)


@_activation
def softmax(x, axis=-1):
    """exp(x), divided by its sum over `axis`: positive numbers that sum up to 1.

    Args:
      x: a tensor.
      axis: an axis, a tuple of axes taken together, or None for all.

    Example:
    >>> tf.keras.activations.softmax([[0.0, 0.0], [0.0, np.log(3.0)]]).numpy().round(4)
    array([[0.5 , 0.5 ],
           [0.25, 0.75]], dtype=float32)
    """
    x = tensor_of(x)
    if axis is None:
        return ops.reshape(ops.softmax(ops.reshape(x, [-1])), x._shape)
    if isinstance(axis, (tuple, list)):
        return ops.exp(x - ops.reduce_logsumexp(x, axis=list(axis), keepdims=True))
    if -x.ndim <= axis < x.ndim and x._shape[axis] == 1:
        warnings.warn(
            f"You are using a softmax over axis {axis} of a tensor of shape {tuple(x.shape)}. This "
            "axis has size 1. The softmax operation will always return the value 1, which is "
            "likely not what you intended. Did you mean to use a sigmoid instead?",
            stacklevel=3,
        )
    return _remembering(ops.softmax(x, axis=axis), x)


@_activation
def log_softmax(x, axis=-1):
    """The logarithm of `softmax`, computed without overflow.

    Args:
      x: a tensor.
      axis: an axis, a tuple of axes taken together, or None for all.

    Example:
    >>> tf.keras.activations.log_softmax([0.0, 0.0]).numpy().round(4)
    array([-0.6931, -0.6931], dtype=float32)
    """
    x = tensor_of(x)
    if axis is None:
        return ops.reshape(ops.log_softmax(ops.reshape(x, [-1])), x._shape)
    if isinstance(axis, (tuple, list)):
        return x - ops.reduce_logsumexp(x, axis=list(axis), keepdims=True)
    return ops.log_softmax(x, axis=axis)


@_activation
def elu(x, alpha=1.0):
    """x where it is positive, `alpha * (exp(x) - 1)` elsewhere.

    Example:
    >>> tf.keras.activations.elu([-100.0, 2.0], alpha=0.5).numpy()
    array([-0.5,  2. ], dtype=float32)
    """
    x = tensor_of(x)
    y = ops.elu(x)
    return y if alpha == 1 else ops.where(x > 0, y, alpha * y)


@_activation
def selu(x):
    """`elu` with the alpha and the scale that keep mean and variance from layer to layer.

    Example:
    >>> tf.keras.activations.selu([1.0]).numpy().round(4)
    array([1.0507], dtype=float32)
    """
    return ops.selu(x)


@_activation
def celu(x, alpha=1.0):
    """max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1).

    Example:
    >>> tf.keras.activations.celu([-100.0, 2.0], alpha=0.5).numpy()
    array([-0.5,  2. ], dtype=float32)
    """
    return ops.maximum(x, 0.0) + alpha * ops.expm1(ops.minimum(x, 0.0) / alpha)


@_activation
def softplus(x):
    """log(exp(x) + 1).

    Example:
    >>> tf.keras.activations.softplus([0.0]).numpy().round(4)
    array([0.6931], dtype=float32)
    """
    return ops.softplus(x)


@_activation
def softsign(x):
    """x / (|x| + 1).

    Example:
    >>> tf.keras.activations.softsign([-1.0, 3.0]).numpy()
    array([-0.5 ,  0.75], dtype=float32)
    """
    return ops.softsign(x)


@_activation
def soft_shrink(x, threshold=0.5):
    """x moved towards 0 by `threshold`, and 0 within it.

    Example:
    >>> tf.keras.activations.soft_shrink([-1.0, 0.2, 2.0]).numpy()
    array([-0.5,  0. ,  1.5], dtype=float32)
    """
    x = tensor_of(x)
    low = ops.where(x < -threshold, x + threshold, ops.zeros_like(x))
    return ops.where(x > threshold, x - threshold, low)


@_activation
def hard_shrink(x, threshold=0.5):
    """x where its size is above `threshold`, 0 elsewhere.

    Example:
    >>> tf.keras.activations.hard_shrink([-1.0, 0.2, 2.0]).numpy()
    array([-1.,  0.,  2.], dtype=float32)
    """
    x = tensor_of(x)
    return ops.where(ops.abs(x) > threshold, x, ops.zeros_like(x))


@_activation
def tanh_shrink(x):
    """x - tanh(x).

    Example:
    >>> tf.keras.activations.tanh_shrink([0.0, 1.0]).numpy().round(4)
    array([0.    , 0.2384], dtype=float32)
    """
    return x - ops.tanh(x)


@_activation
def threshold(x, threshold, default_value):
    """x where it is above `threshold`, `default_value` elsewhere.

    Example:
    >>> tf.keras.activations.threshold([-1.0, 0.2, 2.0], 0.5, 9.0).numpy()
    array([9., 9., 2.], dtype=float32)
    """
    x = tensor_of(x)
    return ops.where(x > threshold, x, ops.cast(default_value, x.dtype))


@_activation
def sparse_plus(x):
    """0 up to -1, (x + 1)**2 / 4 between -1 and 1, x from 1 on.

    Example:
    >>> tf.keras.activations.sparse_plus([-2.0, 0.0, 3.0]).numpy()
    array([0.  , 0.25, 3.  ], dtype=float32)
    """
    x = tensor_of(x)
    upper = ops.where(x < 1.0, 0.25 * ops.square(x + 1.0), x)
    return ops.where(x <= -1.0, ops.zeros_like(x), upper)


@_activation
def squareplus(x, b=4):
    """(x + sqrt(x**2 + b)) / 2.

    Example:
    >>> tf.keras.activations.squareplus([0.0, 1.5]).numpy()
    array([1., 2.], dtype=float32)
    """
    x = tensor_of(x)
    return (x + ops.sqrt(ops.square(x) + ops.cast(b, x.dtype))) / 2


@_activation
def silu(x):
    """x * sigmoid(x); also called swish.

    Example:
    >>> tf.keras.activations.silu([0.0, 1.0]).numpy().round(4)
    array([0.    , 0.7311], dtype=float32)
    """
    return ops.silu(x)


@_activation
def hard_silu(x):
    """x * hard_sigmoid(x); also called hard_swish.

    Example:
    >>> tf.keras.activations.hard_silu([-3.0, 3.0]).numpy()
    array([-0.,  3.], dtype=float32)
    """
    x = tensor_of(x)
    return x * hard_sigmoid(x)


@_activation
def gelu(x, approximate=False):
    """x * P(X <= x) for a standard normal X.

    Args:
      x: a tensor.
      approximate: with the tanh formula instead of the error function.

    Example:
    >>> tf.keras.activations.gelu([0.0, 1.0]).numpy().round(4)
    array([0.    , 0.8413], dtype=float32)
    """
    return ops.gelu(x, approximate=approximate)


@_activation
def glu(x, axis=-1):
    """The first half of x along `axis`, times the sigmoid of the second half.

    Raises:
      ValueError: the size of the axis is odd.

    Example:
    >>> tf.keras.activations.glu([4.0, 6.0, 0.0, 0.0]).numpy()
    array([2., 3.], dtype=float32)
    """
    x = tensor_of(x)
    if x._shape[axis] % 2:
        raise ValueError(
            f"[glu] The size of the axis must be divisible by 2, but x has shape {x.shape} and "
            f"axis is {axis}."
        )
    first, second = ops.split(x, 2, axis=axis)
    return first * ops.sigmoid(second)


@_activation
def tanh(x):
    """The hyperbolic tangent.

    Example:
    >>> tf.keras.activations.tanh([0.0, 1.0]).numpy().round(4)
    array([0.    , 0.7616], dtype=float32)
    """
    return ops.tanh(x)


@_activation
def hard_tanh(x):
    """x, kept between -1 and 1.

    Example:
    >>> tf.keras.activations.hard_tanh([-2.0, 0.5]).numpy()
    array([-1. ,  0.5], dtype=float32)
    """
    return ops.clip_by_value(x, -1.0, 1.0)


@_activation
def sigmoid(x):
    """1 / (1 + exp(-x)).

    Example:
    >>> tf.keras.activations.sigmoid([0.0]).numpy()
    array([0.5], dtype=float32)
    """
    x = tensor_of(x)
    return _remembering(ops.sigmoid(x), x)


@_activation
def hard_sigmoid(x):
    """relu6(x + 3) / 6: straight from 0 at -3 to 1 at 3.

    Example:
    >>> tf.keras.activations.hard_sigmoid([-3.0, 0.0, 9.0]).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return ops.relu6(tensor_of(x) + 3.0) / 6.0


@_activation
def hard_sigmoid_of_keras_2(x):
    """0.2 x + 0.5, within 0 and 1: what `hard_sigmoid` is in Keras 2, and in models of its files.

    Example:
    >>> tf.keras.backend.hard_sigmoid([-3.0, 0.0, 1.0]).numpy()
    array([0. , 0.5, 0.7], dtype=float32)
    """
    return ops.clip_by_value(0.2 * tensor_of(x) + 0.5, 0.0, 1.0)


@_activation
def log_sigmoid(x):
    """log(sigmoid(x)), computed without overflow.

    Example:
    >>> tf.keras.activations.log_sigmoid([0.0]).numpy().round(4)
    array([-0.6931], dtype=float32)
    """
    return ops.log_sigmoid(x)


@_activation
def sparse_sigmoid(x):
    """(x + 1) / 2, kept between 0 and 1.

    Example:
    >>> tf.keras.activations.sparse_sigmoid([-2.0, 0.0, 2.0]).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    x = tensor_of(x)
    upper = ops.where(x >= 1.0, ops.ones_like(x), 0.5 * (x + 1.0))
    return ops.where(x <= -1.0, ops.zeros_like(x), upper)


@_activation
def exponential(x):
    """exp(x).

    Example:
    >>> tf.keras.activations.exponential([0.0, 1.0]).numpy().round(4)
    array([1.    , 2.7183], dtype=float32)
    """
    return ops.exp(x)


@_activation
def mish(x):
    """x * tanh(softplus(x)).

    Example:
    >>> tf.keras.activations.mish([1.0]).numpy().round(4)
    array([0.8651], dtype=float32)
    """
    x = tensor_of(x)
    return x * ops.tanh(ops.softplus(x))


@_activation
def sparsemax(x, axis=-1):
    """The point nearest to x among the positive numbers that sum up to 1 over `axis`.

    As softmax, but with true zeros. Source: Martins and Astudillo, 2016, algorithm 1. (Keras 3.15
    adds up too much where several numbers are left; there its results do not sum up to 1.)

    Example:
    >>> tf.keras.activations.sparsemax([3.0, 2.5, -1.0]).numpy()
    array([0.75, 0.25, 0.  ], dtype=float32)
    """
    x = tensor_of(x)
    ordered = ops.sort(x, axis=axis, direction="DESCENDING")
    sums = ops.cumsum(ordered, axis=axis)
    shape = [1] * len(x._shape)
    shape[axis] = x._shape[axis]
    counts = ops.reshape(ops.cast(ops.range(1, x._shape[axis] + 1), x.dtype), shape)
    support = ordered - (sums - 1.0) / counts > 0.0
    size = ops.reduce_sum(ops.cast(support, x.dtype), axis=axis, keepdims=True)
    kept = ops.reduce_sum(
        ops.where(support, ordered, ops.zeros_like(ordered)), axis=axis, keepdims=True
    )
    return ops.maximum(x - (kept - 1.0) / size, 0.0)


def linear(x):
    """x itself: no activation.

    Example:
    >>> tf.keras.activations.linear(3.0)
    3.0
    """
    return x


swish, hard_swish = silu, hard_silu

_FUNCTIONS = (
    relu, leaky_relu, relu6, softmax, log_softmax, elu, selu, celu, softplus, softsign, soft_shrink,
    hard_shrink, tanh_shrink, threshold, sparse_plus, squareplus, silu, hard_silu, gelu, glu, tanh,
    hard_tanh, sigmoid, hard_sigmoid, hard_sigmoid_of_keras_2, log_sigmoid, sparse_sigmoid,
    exponential, mish, sparsemax, linear,
)  # fmt: skip
TABLE = {function.__name__: function for function in _FUNCTIONS}
registry.by_name.update((id(function), name) for name, function in TABLE.items())
registry.FUNCTIONS.update(TABLE)
TABLE |= {"swish": silu, "hard_swish": hard_silu}


def get(identifier):
    """The activation that `identifier` names; None is `linear`, and functions are themselves.

    Raises:
      ValueError: no activation of that name; the message gives the nearest ones.

    Example:
    >>> tf.keras.activations.get("relu") is tf.keras.activations.relu
    True
    >>> tf.keras.activations.get("leakyrelu")
    Traceback (most recent call last):
    ValueError: Unknown activation: 'leakyrelu'. Did you mean 'leaky_relu'...
    """
    return linear if identifier is None else registry.get(identifier, TABLE, "activation")


def serialize(activation):
    """The name of a built-in activation, or the config of another one.

    Example:
    >>> tf.keras.activations.serialize(tf.keras.activations.relu)
    'relu'
    """
    return registry.by_name.get(id(activation)) or registry.serialize(activation)


def deserialize(config, custom_objects=None):
    """The activation of what `serialize` returned.

    Example:
    >>> tf.keras.activations.deserialize("relu") is tf.keras.activations.relu
    True
    """
    return registry.deserialize(config, TABLE, "activation", custom_objects)
