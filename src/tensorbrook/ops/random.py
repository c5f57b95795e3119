"""tf.random: the same seeds give the same numbers as in TensorFlow, bit for bit.

Integers, uniform numbers, orders and choices are equal to TensorFlow's in every bit; normal
numbers, where logarithm and sine come in, to 2 units in the last place. seeding.py has the rules
by which seeds become streams.
"""

import numpy as np

from ..base import dtypes
from ..base.errors import InvalidArgumentError
from ..base.shapes import broadcast
from ..core.dispatch import apply, public, tensor_of
from ..core.tensor import convert_to_tensor
from . import _draws
from ._draws import draw_binomial, draw_normal, draw_uniform, real_dtype, samples_of, size_of
from ._kernels.philox import RESERVED
from .cast import cast
from .elementwise import maximum
from .generator import (
    Algorithm,
    Generator,
    check_algorithm,
    create_rng_state,
    get_global_generator,
    set_global_generator,
)
from .index import gather
from .join import stack
from .seeding import FunctionSeeds, get_seed, global_seed, next_state, set_seed
from .select import clip_by_value, where
from .shape import broadcast_to, reshape, static_int, static_ints, static_sizes
from .special import erfc, ndtri


def _stateful(op_name, kind, seed, count):
    """The state of a stateful operation that gives `count` results."""
    return next_state(op_name, kind, seed, count * RESERVED)


def _stateless(seed, alg="auto_select"):
    check_algorithm(alg)
    return apply(_draws.scramble, (tensor_of(seed),), {})


# -- stateful --------------------------------------------------------------------------------------


@public("random.normal")
def normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None, name=None):
    """Numbers of a normal distribution.

    Args:
      shape: shape of the result.
      mean, stddev: numbers or tensors that broadcast to the shape.
      dtype: float16, bfloat16, float32 or float64.
      seed: an integer, see `tf.random.set_seed`.

    Raises:
      ValueError: another dtype.

    Example:
    >>> tf.random.set_seed(0)
    >>> tf.random.normal((3,)).numpy()
    array([ 1.5110626 ,  0.42292204, -0.41969493], dtype=float32)
    """
    shape = static_ints(shape, "shape")
    return draw_normal(
        _draws.normal,
        lambda kind: _stateful("normal", kind, seed, size_of(shape)),
        shape,
        mean,
        stddev,
        dtype,
    )


@public("random.truncated_normal")
def truncated_normal(shape, mean=0.0, stddev=1.0, dtype="float32", seed=None, name=None):
    """Numbers of a normal distribution, those further than 2 stddev from the mean drawn again.

    Example:
    >>> tf.random.set_seed(0)
    >>> tf.random.truncated_normal((2,), stddev=10.0).numpy()
    array([15.110626 ,  4.2292204], dtype=float32)
    """
    shape = static_ints(shape, "shape")
    return draw_normal(
        _draws.truncated_normal,
        lambda kind: _stateful("truncated_normal", kind, seed, size_of(shape)),
        shape,
        mean,
        stddev,
        dtype,
    )


@public("random.uniform")
def uniform(shape, minval=0, maxval=None, dtype="float32", seed=None, name=None):
    """Numbers of the uniform distribution over [minval, maxval).

    Args:
      shape: shape of the result.
      minval, maxval: numbers or tensors that broadcast to the shape; scalars for integers. A
        `maxval` of None means 1 for floats; integers need one.
      dtype: a floating dtype, int32 or int64.
      seed: an integer, see `tf.random.set_seed`.

    Raises:
      ValueError: another dtype, or integers without `maxval`.
      InvalidArgumentError: integers with minval >= maxval.

    Example:
    >>> tf.random.set_seed(1)
    >>> tf.random.uniform((4,), 0, 10, dtype=tf.int32).numpy()
    array([2, 9, 7, 1], dtype=int32)
    """
    shape = static_ints(shape, "shape")

    def state(kind):
        return _stateful("uniform", kind, seed, size_of(shape))

    return draw_uniform(state, shape, minval, maxval, dtype)


@public("random.shuffle")
def shuffle(value, seed=None, name=None):
    """`value` with the slices along its first axis in a random order.

    Example:
    >>> tf.random.set_seed(0)
    >>> tf.random.shuffle([1, 2, 3, 4]).numpy()
    array([2, 4, 1, 3], dtype=int32)
    """
    value = tensor_of(value)
    if not value._shape:
        return value
    size = value._shape[0]
    state = next_state("shuffle", value._dtype, seed, (max(size, 1) + 2) // 4)
    return gather(value, apply(_draws.shuffle_order, (state,), {"size": size}))


def _class_dtype(dtype):
    dtype = dtypes.as_dtype("int64" if dtype is None else dtype)
    if dtype.name not in ("int32", "int64"):
        raise ValueError(f"[categorical] dtype must be int32 or int64, got {dtype.name}.")
    return dtype.numpy_dtype


@public("random.categorical")
def categorical(logits, num_samples, dtype=None, seed=None, name=None):
    """Classes drawn with the probabilities softmax(logits).

    Args:
      logits: [batch, classes].
      num_samples: how many to draw for each row.
      dtype: int64, the default, or int32.
      seed: an integer, see `tf.random.set_seed`.

    Returns:
      [batch, num_samples].

    Example:
    >>> tf.random.set_seed(0)
    >>> tf.random.categorical(tf.math.log([[0.0, 1.0]]), 3).numpy()
    array([[1, 1, 1]])
    """
    logits, dtype = tensor_of(logits), _class_dtype(dtype)
    (samples,) = static_sizes(num_samples, "[categorical] num_samples")
    rows = logits._shape[0] if logits._shape else 0
    count = rows * -(-samples // 4) * 8
    state = _stateful("categorical", (logits._dtype, dtype), seed, count)
    return apply(_draws.categorical, (state, logits), {"samples": samples, "dtype": dtype})


def _finish_gamma(drawn, beta, shape, dtype):
    own = np.dtype(dtype.numpy_dtype)  # bfloat16 has the exponents of float32
    tiny = np.finfo(own if own.kind == "f" else np.float32).tiny
    return maximum(reshape(cast(drawn, dtype), shape) / beta, tiny)


def _gamma_parameters(alpha, beta, dtype):
    alpha = convert_to_tensor(alpha, dtype)
    beta = convert_to_tensor(1 if beta is None else beta, dtype)
    shape = broadcast(alpha._shape, beta._shape)
    if shape is None:
        raise InvalidArgumentError(
            f"[gamma] alpha of shape {list(alpha._shape)} and beta of shape {list(beta._shape)} do "
            "not broadcast together."
        )
    return broadcast_to(alpha, shape), beta


@public("random.gamma")
def gamma(shape, alpha, beta=None, dtype="float32", seed=None, name=None):
    """Numbers of gamma distributions: `shape` of them for each element of `alpha`.

    Args:
      shape: what is put before the shape of the parameters.
      alpha, beta: the concentration and the rate, which broadcast together; beta is 1 by default.

    Raises:
      InvalidArgumentError: parameters that do not broadcast.

    Example:
    >>> tf.random.set_seed(0)
    >>> tf.random.gamma((2,), [0.5, 3.0]).shape
    TensorShape([2, 2])
    """
    dtype = real_dtype("gamma", dtype)
    shape = static_ints(shape, "shape")
    alpha, beta = _gamma_parameters(alpha, beta, dtype)
    state = _stateful("gamma", dtype, seed, size_of(shape) * size_of(alpha._shape))
    drawn = apply(_draws.gamma, (state, alpha), {"size": size_of(shape)})
    return _finish_gamma(drawn, beta, (*shape, *alpha._shape), dtype)


@public("random.poisson")
def poisson(shape, lam, dtype="float32", seed=None, name=None):
    """Counts of Poisson distributions: `shape` of them for each element of `lam`, the rates.

    Example:
    >>> tf.random.set_seed(0)
    >>> tf.random.poisson((3,), [0.0, 5.0]).numpy()[:, 0]
    array([0., 0., 0.], dtype=float32)
    """
    shape = static_ints(shape, "shape")
    lam, dtype = convert_to_tensor(lam, dtype_hint="float32"), dtypes.as_dtype(dtype)
    count = size_of(shape) * size_of(lam._shape)
    state = _stateful("poisson", (lam._dtype, dtype), seed, count)
    drawn = apply(_draws.poisson, (state, lam), {"size": size_of(shape)})
    return reshape(cast(drawn, dtype), (*shape, *lam._shape))


# -- stateless -------------------------------------------------------------------------------------


@public("random.stateless_normal")
def stateless_normal(
    shape, seed, mean=0.0, stddev=1.0, dtype="float32", name=None, alg="auto_select"
):
    """Numbers of a normal distribution, the same for the same `seed`, two integers.

    Example:
    >>> tf.random.stateless_normal((3,), seed=[1, 2]).numpy()
    array([0.5441101 , 0.20738031, 0.07356432], dtype=float32)
    """
    shape = static_ints(shape, "shape")
    return draw_normal(
        _draws.normal, lambda kind: _stateless(seed, alg), shape, mean, stddev, dtype
    )


@public("random.stateless_truncated_normal")
def stateless_truncated_normal(
    shape, seed, mean=0.0, stddev=1.0, dtype="float32", name=None, alg="auto_select"
):
    """Normal numbers within 2 stddev of the mean, the same for the same `seed`, two integers.

    Example:
    >>> tf.random.stateless_truncated_normal((3,), seed=[1, 2]).numpy()
    array([0.5441101 , 0.20738031, 0.07356432], dtype=float32)
    """
    shape = static_ints(shape, "shape")
    return draw_normal(
        _draws.truncated_normal, lambda kind: _stateless(seed, alg), shape, mean, stddev, dtype
    )


@public("random.stateless_parameterized_truncated_normal")
def stateless_parameterized_truncated_normal(
    shape, seed, means=0.0, stddevs=1.0, minvals=-2.0, maxvals=2.0, name=None
):
    """Normal numbers between bounds, the same for the same `seed`, two integers.

    A uniform number becomes the quantile of the distribution between the bounds; the numbers are
    others than TensorFlow's.

    Args:
      shape: of the result; the parameters broadcast to it.
      means, stddevs: of the distribution without bounds.
      minvals, maxvals: the bounds.

    Example:
    >>> f = tf.random.stateless_parameterized_truncated_normal
    >>> x = f((100,), [1, 2], minvals=0.5, maxvals=1.0)
    >>> bool(tf.reduce_all((x >= 0.5) & (x <= 1.0)))
    True
    """
    means = tensor_of(means)
    stddevs, low, high = (convert_to_tensor(v, means.dtype) for v in (stddevs, minvals, maxvals))
    chance = stateless_uniform(shape, seed, dtype="float64")
    first, last = (cast(v - means, "float64") / cast(stddevs, "float64") for v in (low, high))
    # far above the mean all shares are 1; those of the mirror image are small, and exact
    side = 1 - 2 * cast(first > 0, "float64")
    start, end = _below(side * first), _below(side * last)
    found = side * ndtri(start + (end - start) * chance)
    found = cast(found, means.dtype) * stddevs + means
    return clip_by_value(found, low, high)


def _below(x):
    """The share of normal numbers below x."""
    return 0.5 * erfc(x * -(0.5**0.5))


@public("random.stateless_uniform")
def stateless_uniform(
    shape, seed, minval=0, maxval=None, dtype="float32", name=None, alg="auto_select"
):
    """Uniform numbers of [minval, maxval), the same for the same `seed`, two integers.

    Args:
      minval, maxval: as for `tf.random.uniform`; both None for the whole range of an integer dtype.

    Example:
    >>> tf.random.stateless_uniform((2,), seed=[1, 2], minval=0, maxval=100, dtype=tf.int32).numpy()
    array([40, 49], dtype=int32)
    """
    shape = static_ints(shape, "shape")
    return draw_uniform(
        lambda kind: _stateless(seed, alg), shape, minval, maxval, dtype, full_range=True
    )


@public("random.stateless_categorical")
def stateless_categorical(logits, num_samples, seed, dtype="int64", name=None):
    """Classes drawn with the probabilities softmax(logits), the same for the same `seed`.

    Example:
    >>> tf.random.stateless_categorical(tf.math.log([[1.0, 0.0]]), 3, seed=[1, 2]).numpy()
    array([[0, 0, 0]])
    """
    (samples,) = static_sizes(num_samples, "[stateless_categorical] num_samples")
    attrs = {"samples": samples, "dtype": _class_dtype(dtype)}
    return apply(_draws.categorical, (_stateless(seed), tensor_of(logits)), attrs)


@public("random.stateless_gamma")
def stateless_gamma(shape, seed, alpha, beta=None, dtype="float32", name=None):
    """Gamma numbers, the same for the same `seed`; `shape` ends with that of the parameters.

    Example:
    >>> tf.random.stateless_gamma((4, 2), seed=[1, 2], alpha=[0.5, 3.0]).shape
    TensorShape([4, 2])
    """
    dtype = real_dtype("stateless_gamma", dtype)
    shape = static_ints(shape, "shape")
    alpha, beta = _gamma_parameters(alpha, beta, dtype)
    count = samples_of("stateless_gamma", shape, alpha._shape)
    drawn = apply(_draws.gamma, (_stateless(seed), alpha), {"size": count})
    return _finish_gamma(drawn, beta, shape, dtype)


@public("random.stateless_poisson")
def stateless_poisson(shape, seed, lam, dtype="int32", name=None):
    """Poisson counts, the same for the same `seed`; `shape` ends with that of `lam`.

    Example:
    >>> tf.random.stateless_poisson((3, 1), seed=[1, 2], lam=[0.0]).numpy().ravel()
    array([0, 0, 0], dtype=int32)
    """
    shape = static_ints(shape, "shape")
    lam = convert_to_tensor(lam, dtype_hint="float32")
    count = samples_of("stateless_poisson", shape, lam._shape)
    drawn = apply(_draws.poisson, (_stateless(seed), lam), {"size": count})
    return reshape(cast(drawn, dtype), shape)


@public("random.stateless_binomial")
def stateless_binomial(shape, seed, counts, probs, output_dtype="int32", name=None):
    """How many of `counts` trials succeed, the same for the same `seed`, two integers.

    Args:
      shape: shape of the result, which ends with that of the parameters.
      counts, probs: floats that broadcast: the trials, and the chance of each.

    Example:
    >>> tf.random.stateless_binomial((2, 2), [1, 2], counts=10.0, probs=[0.0, 1.0]).numpy()
    array([[ 0, 10],
           [ 0, 10]], dtype=int32)
    """
    shape = static_ints(shape, "shape")
    return draw_binomial(lambda *size: _stateless(seed), shape, counts, probs, output_dtype)


@public("random.experimental.stateless_shuffle")
def stateless_shuffle(value, seed, alg="auto_select", name=None):
    """The slices of `value` along its first axis in an order that `seed`, two integers, fixes.

    Example:
    >>> tf.random.experimental.stateless_shuffle([1, 2, 3], seed=[8, 9]).numpy()
    array([3, 1, 2], dtype=int32)
    """
    value = tensor_of(value)
    if not value._shape:
        return value
    state = _stateless(seed, alg)
    return gather(value, apply(_draws.shuffle_order, (state,), {"size": value._shape[0]}))


@public("random.split", "random.experimental.stateless_split")
def split(seed, num=2, alg="auto_select"):
    """`num` new seeds made from one: a tensor [num, 2] of its dtype.

    Example:
    >>> tf.random.split([1, 2], num=2).numpy()
    array([[1105988140, 1738052849],
           [-335576002,  370444179]], dtype=int32)
    """
    seed = tensor_of(seed)
    shape = (static_int(num, "num"), 2)
    return stateless_uniform(shape, seed, None, None, seed.dtype, alg=alg)


@public("random.fold_in", "random.experimental.stateless_fold_in")
def fold_in(seed, data, alg="auto_select"):
    """A new seed made from a seed and an integer, such as the number of a step.

    Example:
    >>> tf.random.fold_in([1, 2], 5).numpy()
    array([1105988140,          5], dtype=int32)
    """
    data = tensor_of(data)
    return stack([stateless_uniform((), seed, None, None, data.dtype, alg=alg), data])


@public("random.experimental.index_shuffle", "random_index_shuffle")
def index_shuffle(index, seed, max_index):
    """The place of `index` in a permutation of 0 to `max_index` that `seed` fixes.

    Args:
      index: an integer or a vector of them.
      seed: two integers, or [n, 2].
      max_index: the largest index, of the dtype of `index`.

    Example:
    >>> tf.random.experimental.index_shuffle(tf.range(4), seed=[5, 9], max_index=3).numpy()
    array([2, 0, 1, 3], dtype=int32)
    """
    index = tensor_of(index)
    return apply(
        _draws.index_shuffle,
        (index, tensor_of(seed), convert_to_tensor(max_index, index.dtype)),
        {},
    )


# -- dropout ---------------------------------------------------------------------------------------


def _dropped(x, rate, noise_shape, sampler):
    """`x` with elements set to 0 where the sampler's uniform numbers are below `rate`."""
    if isinstance(rate, (int, float)) and not 0 <= rate < 1:
        raise ValueError(
            f"`rate` must be a scalar tensor or a float in the range [0, 1). Received: rate={rate}"
        )
    x = tensor_of(x)
    if not x.dtype.is_floating:
        raise ValueError(
            "`x.dtype` must be a floating point tensor as `x` will be scaled. Received: "
            f"x_dtype={x.dtype!r}. Cast it: tf.cast(x, tf.float32)."
        )
    shape = x._shape
    if noise_shape is not None:
        given = tuple(noise_shape)
        shape = tuple(
            n if g is None else static_int(g, "noise_shape") for g, n in zip(given, shape)
        )
        if len(given) != len(x._shape):
            raise ValueError(f"noise_shape {given} and x of shape {x._shape} differ in rank.")
    if isinstance(rate, (int, float)):
        if rate == 0:
            return x
        scaled = x * convert_to_tensor(1 / (1 - rate), x.dtype)
    else:
        rate = cast(rate, x.dtype)
        scaled = x / (1 - rate)
    kept = sampler(shape=shape, dtype=x.dtype) >= convert_to_tensor(rate, x.dtype)
    return where(kept, scaled, convert_to_tensor(0, x.dtype))


@public("nn.dropout")
def dropout(x, rate, noise_shape=None, seed=None, name=None):
    """`x` with a share `rate` of its elements set to 0 and the rest divided by 1 - rate.

    Args:
      x: a floating tensor.
      rate: the chance of each element to be dropped, in [0, 1).
      noise_shape: shape of the choices, which broadcast to that of `x`; None stands for a
        dimension of `x`.
      seed: an integer, see `tf.random.set_seed`.

    Raises:
      ValueError: a rate outside of [0, 1), or integers.

    Example:
    >>> tf.random.set_seed(0)
    >>> tf.nn.dropout(tf.ones([2, 4]), rate=0.5).numpy()
    array([[0., 0., 2., 2.],
           [0., 2., 0., 2.]], dtype=float32)
    """

    def sampler(shape, dtype):
        return uniform(shape, dtype=dtype, seed=seed)

    return _dropped(x, rate, noise_shape, sampler)


@public("nn.experimental.stateless_dropout")
def stateless_dropout(x, rate, seed, rng_alg="auto_select", noise_shape=None, name=None):
    """`tf.nn.dropout` whose choice is the same for the same `seed`, two integers.

    Example:
    >>> tf.nn.experimental.stateless_dropout(tf.ones([5]), 0.5, seed=[1, 0]).shape
    TensorShape([5])
    """

    def sampler(shape, dtype):
        return stateless_uniform(shape, seed, dtype=dtype, alg=rng_alg)

    return _dropped(x, rate, noise_shape, sampler)


@public("nn.experimental.general_dropout")
def general_dropout(x, rate, uniform_sampler, noise_shape=None, name=None):
    """`tf.nn.dropout` with uniform numbers from `uniform_sampler(shape=, dtype=)`.

    Example:
    >>> sampler = tf.random.Generator.from_seed(7).uniform
    >>> tf.nn.experimental.general_dropout([1.1, 2.2, 3.3, 4.4, 5.5], 0.5, sampler).numpy()
    array([ 0. ,  4.4,  6.6,  8.8, 11. ], dtype=float32)
    """
    return _dropped(x, rate, noise_shape, uniform_sampler)
