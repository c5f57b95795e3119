"""keras.backend: the few functions of it that programs still use."""

from .. import ops
from ..core.tensor import convert_to_tensor
from ..core.variable import Variable
from .config import (
    backend,
    epsilon,
    floatx,
    image_data_format,
    set_epsilon,
    set_floatx,
    set_image_data_format,
)
from .layers.recurrent.loop import rnn
from .promotion import is_float_dtype, is_int_dtype, result_type, standardize_dtype
from .registry import reset_names, unique_name
from .seeds import forget_seeds

mean, sum, max, min, prod = (
    ops.reduce_mean,
    ops.reduce_sum,
    ops.reduce_max,
    ops.reduce_min,
    ops.reduce_prod,
)
square, sqrt, exp, log, abs, sign, round = (
    ops.square,
    ops.sqrt,
    ops.exp,
    ops.log,
    ops.abs,
    ops.sign,
    ops.round,
)
maximum, minimum, pow, cast, reshape, argmax = (
    ops.maximum,
    ops.minimum,
    ops.pow,
    ops.cast,
    ops.reshape,
    ops.argmax,
)
equal, greater, less, concatenate, expand_dims = (
    ops.equal,
    ops.greater,
    ops.less,
    ops.concat,
    ops.expand_dims,
)
sigmoid, softmax, tanh, relu, stack = ops.sigmoid, ops.softmax, ops.tanh, ops.relu, ops.stack
constant, zeros, ones, zeros_like, ones_like = (
    ops.constant,
    ops.zeros,
    ops.ones,
    ops.zeros_like,
    ops.ones_like,
)
shape, transpose, dot, clip = ops.shape, ops.transpose, ops.matmul, ops.clip_by_value


def flatten(x):
    """`x` as a vector."""
    return ops.reshape(x, (-1,))


def variable(value, dtype=None, name=None):
    """A variable with a value."""
    return Variable(value, dtype=dtype, name=name)


def get_value(x):
    """The value of a variable or tensor as an array."""
    return x.numpy()


def set_value(x, value):
    """Assigns a value to a variable."""
    x.assign(convert_to_tensor(value, x.dtype))


def int_shape(x):
    """The static shape as a tuple."""
    return tuple(x.shape)


def get_uid(prefix=""):
    """A number that counts up for each prefix."""
    name = unique_name(f"_uid_{prefix}")
    return int(name.rsplit("_", 1)[-1]) + 1 if name != f"_uid_{prefix}" else 1


def clear_session(free_memory=True):
    """Starts the counting of layer names anew; memory needs no clearing.

    Example:
    >>> tf.keras.backend.clear_session()
    >>> tf.keras.layers.Dense(1).name
    'dense'
    """
    reset_names()
    forget_seeds()


def set_learning_phase(value):
    """Raises NotImplementedError: pass `training=` to layers and models."""
    raise NotImplementedError(
        "set_learning_phase: call layers and models with training=True or False."
    )
