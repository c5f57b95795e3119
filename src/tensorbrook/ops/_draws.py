"""The random primitives: each draws from the stream that its first operand, a state, stands for.

A state is an int64 tensor [counter's low half, its high half, key]. The primitives have no memory:
the same state gives the same numbers. Who keeps states and moves them on is in seeding.py.
"""

import math
import operator

import numpy as np

from ..base import dtypes
from ..base.dtypes import FLOATS, INTS
from ..base.errors import InvalidArgumentError
from ..base.shapes import broadcast
from ..core.dispatch import apply
from ..core.op import Op, Spec, check_dtype, fail
from ..core.tensor import convert_to_tensor
from ._kernels import philox
from .cast import cast
from .shape import broadcast_to, reshape

_INT64 = np.dtype(np.int64)
_FLOATING = ("float16", "bfloat16", "float32", "float64")
_WHY = "its result does not depend on the state in a differentiable way"
_SAMPLE = np.array([5, 0, 7], np.int64)
_SIZES = ((), (3,), (2, 5), (0, 2))


def size_of(shape):
    """How many elements a shape has; raises InvalidArgumentError for a negative dimension."""
    if negative := [n for n in shape if n < 0]:
        raise InvalidArgumentError(
            f"[random] Dimension {negative[0]} of {list(shape)} must be >= 0."
        )
    return math.prod(shape)


def _check_state(name, state):
    if state.shape != (3,) or state.dtype != _INT64:
        fail(name, "The state must be int64 of shape [3]", (state,), "", ("state",))


def _filling(name, draw, dtypes, doc, tolerance=0):
    """Declares a primitive that fills a shape with numbers of one distribution."""
    name = "random_" + name

    def kernel(state, shape, dtype):
        size = operator.index(size_of(shape))  # a size that a trace leaves open ends here
        return draw(*philox.from_state(state), size, dtype).reshape(shape)

    def infer(state, shape, dtype):
        _check_state(name, state)
        return Spec(shape, dtype)

    def samples(rng):
        kinds = [np.dtype(d) for d in dtypes]
        return [((_SAMPLE,), {"shape": s, "dtype": d}) for s in _SIZES for d in kinds]

    facts = {"samples": samples, "doc": doc, "why_no_gradient": _WHY, "tolerance": tolerance}
    return Op(name, kernel, infer, **facts)


_REALS = ("float16", "float32", "float64")
uniform = _filling("uniform", philox.uniform, _REALS, "Numbers in [0, 1).")
normal = _filling("normal", philox.normal, _REALS, "Standard normal numbers.", "scale")
truncated_normal = _filling(
    "truncated_normal",
    philox.truncated_normal,
    _REALS,
    "Standard normal numbers within (-2, 2).",
    "scale",
)
full_int = _filling(
    "full_int", philox.full_int, ("int32", "uint64"), "Integers over the whole range of a dtype."
)


def _rows_kernel(state, starts, size, dtype):
    return philox.uniform_rows(*philox.from_state(state), starts, operator.index(size), dtype)


def _rows_infer(state, starts, size, dtype):
    _check_state("uniform_rows", state)
    if len(starts.shape) != 1 or starts.dtype != _INT64:
        fail(
            "uniform_rows", "The rows' places must be a vector of int64", (starts,), "", ("starts",)
        )
    return Spec((starts.shape[0], size), dtype)


uniform_rows = Op(
    "random_uniform_rows",
    _rows_kernel,
    _rows_infer,
    samples=lambda rng: [
        ((_SAMPLE, np.array(starts, np.int64)), {"size": size, "dtype": np.dtype(kind)})
        for kind in _REALS
        for starts, size in (([0, 9, 1030], 37), ([3], 1), ([2, 1], 0), ([], 5), ([4, 258], 256))
    ],
    doc="Parts of the numbers that random_uniform gives, from each of several places on.",
    why_no_gradient=_WHY,
)


def _uniform_int_kernel(state, low, high, shape):
    if low >= high:
        raise InvalidArgumentError(
            f"[uniform] Need minval < maxval, got {low} >= {high}: maxval itself is never drawn."
        )
    size = size_of(shape)
    size = operator.index(size)  # a size that a trace leaves open is none
    return philox.uniform_int(*philox.from_state(state), size, low[()], high[()]).reshape(shape)


def _uniform_int_infer(state, low, high, shape):
    _check_state("uniform_int", state)
    for name, bound in (("minval", low), ("maxval", high)):
        check_dtype("uniform", bound, INTS, name)
        if bound.shape:
            fail("uniform", f"{name} must be a scalar", (bound,), "Draw floats to scale.", (name,))
    return Spec(shape, low.dtype)


uniform_int = Op(
    "random_uniform_int",
    _uniform_int_kernel,
    _uniform_int_infer,
    samples=lambda rng: [
        ((_SAMPLE, np.asarray(-3, d), np.asarray(9, d)), {"shape": s})
        for s in _SIZES
        for d in (np.int32, np.int64)
    ],
    doc="Integers of the range [low, high).",
    why_no_gradient=_WHY,
)


def _order_infer(state, size):
    _check_state("shuffle", state)
    return Spec((size,), _INT64)


shuffle_order = Op(
    "random_order",
    lambda state, size: philox.shuffle_order(*philox.from_state(state), operator.index(size)),
    _order_infer,
    samples=lambda rng: [((_SAMPLE,), {"size": size}) for size in (0, 1, 9)],
    doc="The numbers from 0 to size - 1 in a random order.",
    why_no_gradient=_WHY,
)


def _categorical_infer(state, logits, samples, dtype):
    _check_state("categorical", state)
    check_dtype("categorical", logits, FLOATS, "logits")
    if len(logits.shape) != 2 or not logits.shape[1]:
        fix = "Give a row of logits for each distribution, as in logits[tf.newaxis]."
        problem = "logits should be a matrix of [batch, classes], with classes > 0"
        fail("categorical", problem, (logits,), fix, ("logits",))
    return Spec((logits.shape[0], samples), dtype)


categorical = Op(
    "random_categorical",
    lambda state, logits, samples, dtype: philox.categorical(
        *philox.from_state(state), logits, samples, dtype
    ),
    _categorical_infer,
    samples=lambda rng: [
        ((_SAMPLE, rng.uniform(-1, 1, (2, 3))), {"samples": n, "dtype": _INT64}) for n in (0, 4)
    ],
    doc="Classes drawn with the probabilities softmax(logits).",
    why_no_gradient="its result is classes",
)


def _per_parameter(name, draw, doc):
    """Declares a primitive that draws `size` numbers for each element of a parameter tensor."""
    name = "random_" + name

    def kernel(state, parameter, size):
        drawn = draw(*philox.from_state(state), parameter.reshape(-1), operator.index(size))
        return drawn.reshape(size, *parameter.shape)

    def infer(state, parameter, size):
        _check_state(name, state)
        check_dtype(name, parameter, FLOATS, "parameter")
        return Spec((size, *parameter.shape), np.dtype(np.float64))

    return Op(
        name,
        kernel,
        infer,
        samples=lambda rng: [
            ((_SAMPLE, rng.uniform(0.5, 20, s)), {"size": n}) for s in ((), (2, 3)) for n in (0, 4)
        ],
        doc=doc,
        why_no_gradient="the gradient with respect to its parameter is not built",
    )


gamma = _per_parameter(
    "gamma", philox.gamma, "Gamma numbers of scale 1 for each alpha, as doubles."
)
poisson = _per_parameter("poisson", philox.poisson, "Poisson counts for each rate, as doubles.")


def _binomial_infer(state, count, chance, size):
    _check_state("binomial", state)
    check_dtype("binomial", count, FLOATS, "counts")
    check_dtype("binomial", chance, FLOATS, "probs")
    if count.shape != chance.shape:
        fail(
            "binomial", "counts and probs must broadcast", (count, chance), "", ("counts", "probs")
        )
    return Spec((size, *count.shape), np.dtype(np.float64))


def _binomial_kernel(state, count, chance, size):
    flat = count.reshape(-1), chance.reshape(-1)
    drawn = philox.binomial(*philox.from_state(state), *flat, size)
    return drawn.reshape(size, *count.shape)


binomial = Op(
    "random_binomial",
    _binomial_kernel,
    _binomial_infer,
    samples=lambda rng: [
        ((_SAMPLE, rng.uniform(1, 50, s), rng.uniform(0, 1, s)), {"size": n})
        for s in ((), (2, 3))
        for n in (0, 4)
    ],
    doc="Successes among counts of trials with each chance, as doubles.",
    why_no_gradient="its result is counts",
)


def _skip_infer(state, count):
    _check_state("skip", state)
    return Spec((3,), _INT64)


skip = Op(
    "random_skip",
    philox.skip,
    _skip_infer,
    samples=lambda rng: [((_SAMPLE,), {"count": n}) for n in (0, 1, 1 << 70)],
    doc="The state of a stream `count` blocks on.",
    why_no_gradient="it maps states to states",
)


def _scramble_infer(seed):
    if seed.shape != (2,) or seed.dtype not in INTS:
        fix = "Give two integers, as in seed=[1, 2]; tf.random.split makes new seeds of one."
        fail("random", "A stateless function's seed must be integers of shape [2]", (seed,), fix)
    return Spec((3,), _INT64)


def _scramble_kernel(seed):
    if seed.shape != (2,) or seed.dtype not in INTS:
        raise ValueError("no seed")
    return philox.to_state(*philox.scramble(*seed.tolist()))


scramble = Op(
    "random_scramble",
    _scramble_kernel,
    _scramble_infer,
    samples=lambda rng: [((np.array([1, -2], d),), {}) for d in (np.int32, np.int64)],
    doc="The state of the stream for a stateless function's seed.",
    why_no_gradient="it maps integers to integers",
)


def _index_shuffle_infer(index, seed, limit):
    for spec in (index, seed, limit):
        check_dtype("index_shuffle", spec, INTS, "operand")
    if seed.shape[-1:] != (2,):
        fail("index_shuffle", "seed must have shape [2] or [n, 2]", (seed,), "", ("seed",))
    return Spec(np.broadcast_shapes(index.shape, seed.shape[:-1], limit.shape), index.dtype)


def _index_shuffle_kernel(index, seed, limit):
    shape = np.broadcast_shapes(index.shape, seed.shape[:-1], limit.shape)
    seeds = np.broadcast_to(seed, (*shape, 2)).reshape(-1, 2).tolist()
    rows = zip(
        np.broadcast_to(index, shape).ravel().tolist(),
        seeds,
        np.broadcast_to(limit, shape).ravel().tolist(),
    )
    moved = [philox.index_shuffle(i, pair, last) for i, pair, last in rows]
    return np.array(moved, index.dtype).reshape(shape)


index_shuffle = Op(
    "random_index_shuffle",
    _index_shuffle_kernel,
    _index_shuffle_infer,
    samples=lambda rng: [((np.arange(4), np.array([5, 9]), np.array(3)), {})],
    doc="The places of indices in a pseudorandom permutation.",
    why_no_gradient="its result is indices",
)


# -- distributions ---------------------------------------------------------------------------------


def real_dtype(op_name, dtype):
    """The DType of floating results; ValueError for any other."""
    dtype = dtypes.as_dtype(dtype)
    if dtype.name not in _FLOATING:
        raise ValueError(
            f"[{op_name}] dtype must be one of {', '.join(_FLOATING)}, got {dtype.name}: draw "
            "float32 and tf.cast it."
        )
    return dtype


def _scaled(primitive, state, shape, scale, shift, dtype):
    """Numbers of a primitive distribution, times `scale` plus `shift`."""
    drawn = apply(primitive, (state,), {"shape": shape, "dtype": dtype.numpy_dtype})
    if _is_number(scale, 1) and _is_number(shift, 0):
        return drawn
    return drawn * convert_to_tensor(scale, dtype) + convert_to_tensor(shift, dtype)


def _is_number(value, number):
    return value.__class__ in (int, float) and value == number


def draw_normal(primitive, state, shape, mean, stddev, dtype):
    """Normal or truncated normal numbers from a state."""
    dtype = real_dtype("normal", dtype)
    return _scaled(primitive, state(dtype), shape, stddev, mean, dtype)


def draw_uniform(state, shape, minval, maxval, dtype, full_range=False):
    """Uniform floats or integers from a state."""
    dtype = dtypes.as_dtype(dtype)
    if not dtype.is_integer:
        dtype = real_dtype("uniform", dtype)
        if _is_number(minval, 0):
            return _scaled(uniform, state(dtype), shape, 1 if maxval is None else maxval, 0, dtype)
        low = convert_to_tensor(minval, dtype)
        high = convert_to_tensor(1 if maxval is None else maxval, dtype)
        return _scaled(uniform, state(dtype), shape, high - low, low, dtype)
    if full_range and minval is None and maxval is None:
        return apply(full_int, (state(dtype),), {"shape": shape, "dtype": dtype.numpy_dtype})
    if minval is None or maxval is None:
        both = " or neither" if full_range else ""
        raise ValueError(
            f"Must specify maxval for integer dtype {dtype!r}: give both minval and maxval{both}, "
            f"got minval={minval}, maxval={maxval}."
        )
    if dtype.name not in ("int32", "int64"):
        raise ValueError(
            f"[uniform] Between minval and maxval int32 and int64 are drawn, not {dtype!r}."
        )
    bounds = convert_to_tensor(minval, dtype), convert_to_tensor(maxval, dtype)
    return apply(uniform_int, (state(dtype), *bounds), {"shape": shape})


def samples_of(op_name, shape, parameter):
    """How many samples each parameter gets, when its shape ends the result's."""
    tail = len(shape) - len(parameter)
    if tail < 0 or shape[tail:] != tuple(parameter):
        raise InvalidArgumentError(
            f"[{op_name}] Shape passed in must end with broadcasted shape: got shape {list(shape)} "
            f"and parameters of shape {list(parameter)}."
        )
    return size_of(shape[:tail])


def draw_binomial(state, shape, counts, probs, dtype):
    """Numbers of successes from `state(batches, samples)`; `shape` ends with the parameters'."""
    counts = convert_to_tensor(counts, dtype_hint="float32")
    probs = convert_to_tensor(probs, counts.dtype)
    batch = broadcast(counts._shape, probs._shape)
    if batch is None:
        specs = [Spec(t._shape, t._dtype) for t in (counts, probs)]
        fail("binomial", "counts and probs must broadcast", specs, "", ("counts", "probs"))
    size = samples_of("binomial", shape, batch)
    inputs = state(size_of(batch), size), broadcast_to(counts, batch), broadcast_to(probs, batch)
    drawn = apply(binomial, inputs, {"size": size})
    return reshape(cast(drawn, dtype), shape)
