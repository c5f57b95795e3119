"""keras.random: random functions that take their seed from a SeedGenerator or an integer.

An integer gives the same numbers at each call; a SeedGenerator others each time; None uses the
global SeedGenerator, which `keras.utils.set_random_seed` starts anew.
"""

from .. import ops
from ..base import dtypes
from ..base.config import settings
from ..core.tensor import convert_to_tensor
from ..ops import random as tf_random
from .seeds import SeedGenerator as SeedGenerator
from .seeds import draw_seed


def _dtype(dtype):
    return dtypes.as_dtype(settings.floatx if dtype is None else dtype)


def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Numbers of a normal distribution.

    Example:
    >>> tf.keras.random.normal((2,), seed=1).numpy()
    array([ 0.1266503 , -0.49301657], dtype=float32)
    """
    return tf_random.stateless_normal(shape, draw_seed(seed), mean, stddev, _dtype(dtype))


def truncated_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
    """Normal numbers, those further than 2 stddev from the mean drawn again.

    Example:
    >>> tf.keras.random.truncated_normal((2,), seed=1).shape
    TensorShape([2])
    """
    return tf_random.stateless_truncated_normal(shape, draw_seed(seed), mean, stddev, _dtype(dtype))


def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    """Numbers of the uniform distribution over [minval, maxval).

    Example:
    >>> tf.keras.random.uniform((2,), seed=1).shape
    TensorShape([2])
    """
    dtype = _dtype(dtype)
    if not dtype.is_floating:
        raise ValueError(
            "`keras.random.uniform` requires a floating point `dtype`. Received: "
            f"dtype={dtype.name} "
        )
    bounds = ops.cast(minval, dtype), ops.cast(maxval, dtype)
    return tf_random.stateless_uniform(shape, draw_seed(seed), *bounds, dtype)


def randint(shape, minval, maxval, dtype="int32", seed=None):
    """Integers of [minval, maxval).

    Example:
    >>> tf.keras.random.randint((4,), 0, 2, seed=1).shape
    TensorShape([4])
    """
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_integer:
        raise ValueError(
            f"`keras.random.randint` requires an integer `dtype`. Received: dtype={dtype.name} "
        )
    drawn_dtype = dtype if dtype.name in ("int32", "int64") else dtypes.int64
    drawn = tf_random.stateless_uniform(shape, draw_seed(seed), minval, maxval, drawn_dtype)
    return ops.cast(drawn, dtype)


def categorical(logits, num_samples, dtype="int32", seed=None):
    """Classes drawn with the probabilities softmax(logits), `num_samples` for each row.

    Example:
    >>> tf.keras.random.categorical([[0.0, 100.0]], 3, seed=1).numpy()
    array([[1, 1, 1]], dtype=int32)
    """
    drawn = tf_random.stateless_categorical(logits, num_samples, draw_seed(seed))
    return ops.cast(drawn, dtype)


def dropout(inputs, rate, noise_shape=None, seed=None):
    """`inputs` with a share `rate` set to 0 and the rest divided by 1 - rate.

    Args:
      noise_shape: shape of the choices, which broadcast; None stands for a dimension of `inputs`.

    Example:
    >>> tf.keras.random.dropout(tf.ones((4,)), rate=1.0).numpy()
    array([0., 0., 0., 0.], dtype=float32)
    """
    if rate == 1.0:
        return ops.zeros_like(inputs)
    if rate == 0.0:
        return inputs
    return tf_random.stateless_dropout(inputs, rate, draw_seed(seed), noise_shape=noise_shape)


def shuffle(x, axis=0, seed=None):
    """`x` with its slices along `axis` in a random order.

    Example:
    >>> tf.keras.random.shuffle(tf.range(3), seed=1).shape
    TensorShape([3])
    """
    x = convert_to_tensor(x)
    keys = tf_random.stateless_uniform((x._shape[axis],), draw_seed(seed))
    return ops.gather(x, ops.argsort(keys), axis=axis)


def gamma(shape, alpha, dtype=None, seed=None):
    """Numbers of a gamma distribution of concentration `alpha` and scale 1.

    Example:
    >>> tf.keras.random.gamma((2,), 0.5, seed=1).shape
    TensorShape([2])
    """
    return tf_random.stateless_gamma(shape, draw_seed(seed), alpha, dtype=_dtype(dtype))


def binomial(shape, counts, probabilities, dtype=None, seed=None):
    """How many of `counts` trials succeed, each with the chance `probabilities`.

    Example:
    >>> tf.keras.random.binomial((3,), 10.0, 1.0).numpy()
    array([10., 10., 10.], dtype=float32)
    """
    return tf_random.stateless_binomial(
        shape, draw_seed(seed), counts, probabilities, _dtype(dtype)
    )


def beta(shape, alpha, beta, dtype=None, seed=None):
    """Numbers of a beta distribution, as X / (X + Y) of gamma numbers X (alpha) and Y (beta).

    Example:
    >>> tf.keras.random.beta((2,), 0.5, 2.0, seed=1).shape
    TensorShape([2])
    """
    dtype = _dtype(dtype)
    seed = draw_seed(seed)
    alpha, beta = (ops.broadcast_to(ops.cast(p, dtype), shape) for p in (alpha, beta))
    x = tf_random.stateless_gamma(shape, seed, alpha, dtype=dtype)
    y = tf_random.stateless_gamma(shape, seed + 12, beta, dtype=dtype)
    return x / (x + y)
