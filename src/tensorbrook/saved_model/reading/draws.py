"""Rules of random numbers: the same bits as TensorFlow's wherever a node says the stream."""

import numpy as np

from ... import ops
from ...core.dispatch import apply
from ...core.tensor import convert_to_tensor, wrap
from ...ops import _draws
from ...ops._draws import draw_normal, draw_uniform
from ...ops._kernels.philox import RESERVED
from ...ops.shape import static_int, static_ints
from .rules import rule

# -- streams of the op's own -----------------------------------------------------------------------
# A node without seeds has (0, 0), as one of a program with neither a global nor an own seed.


def _op_seed(seed, seed2):
    """The op's own seed; None for a stream that differs from run to run."""
    return seed2 or seed or None


@rule("RandomUniform")
def _uniform(shape, dtype, seed=0, seed2=0):
    return ops.random.uniform(shape, dtype=dtype, seed=_op_seed(seed, seed2))


@rule("RandomUniformInt")
def _uniform_int(shape, minval, maxval, seed=0, seed2=0):
    return ops.random.uniform(shape, minval, maxval, minval.dtype, _op_seed(seed, seed2))


@rule("RandomStandardNormal")
def _normal(shape, dtype, seed=0, seed2=0):
    return ops.random.normal(shape, dtype=dtype, seed=_op_seed(seed, seed2))


@rule("TruncatedNormal")
def _truncated_normal(shape, dtype, seed=0, seed2=0):
    return ops.random.truncated_normal(shape, dtype=dtype, seed=_op_seed(seed, seed2))


@rule("RandomShuffle")
def _shuffle(value, seed=0, seed2=0):
    return ops.random.shuffle(value, _op_seed(seed, seed2))


@rule("Multinomial")
def _multinomial(logits, num_samples, seed=0, seed2=0, output_dtype="int64"):
    return ops.random.categorical(logits, num_samples, output_dtype, _op_seed(seed, seed2))


@rule("RandomGamma")
def _gamma(shape, alpha, seed=0, seed2=0):
    return ops.random.gamma(shape, alpha, dtype=alpha.dtype, seed=_op_seed(seed, seed2))


@rule("RandomPoissonV2")
def _poisson(shape, rate, seed=0, seed2=0, dtype="int64"):
    return ops.random.poisson(shape, rate, dtype, _op_seed(seed, seed2))


# -- streams that a seed or a key names ------------------------------------------------------------


def _state(key, counter):
    """The state of a stream; key and counter come as unsigned numbers."""
    return ops.bitcast(ops.concat([counter, key], 0), "int64")


@rule("StatelessRandomGetKeyCounter")
def _key_counter(seed):
    state = ops.bitcast(apply(_draws.scramble, (seed,), {}), "uint64")
    return state[2:], state[:2]


@rule("StatelessRandomGetKeyCounterAlg")
def _key_counter_algorithm(seed):
    return (*_key_counter(seed), _algorithm())


@rule("StatelessRandomGetAlg")
def _algorithm():
    return wrap(np.array(1, np.int32))


def _check(alg):
    if int(alg) not in (1, 3):
        raise NotImplementedError("The ThreeFry algorithm is not built: export with alg='philox'.")


@rule("StatelessRandomUniformV2")
def _stateless_uniform(shape, key, counter, alg, dtype="float32"):
    _check(alg)
    sizes = static_ints(shape, "shape")
    return draw_uniform(lambda kind: _state(key, counter), sizes, 0, None, dtype)


@rule("StatelessRandomUniformIntV2")
def _stateless_integers(shape, key, counter, alg, minval, maxval):
    _check(alg)
    sizes, dtype = static_ints(shape, "shape"), minval.dtype
    return draw_uniform(lambda kind: _state(key, counter), sizes, minval, maxval, dtype)


@rule("StatelessRandomUniformFullIntV2")
def _stateless_full_integers(shape, key, counter, alg, dtype="uint64"):
    _check(alg)
    sizes = static_ints(shape, "shape")
    return draw_uniform(lambda kind: _state(key, counter), sizes, None, None, dtype, True)


@rule("StatelessRandomUniformFullInt")
def _stateless_full_integers_of(shape, seed, dtype="uint64"):
    return ops.random.stateless_uniform(shape, seed, None, None, dtype)


@rule("StatelessRandomUniformInt")
def _stateless_integers_of(shape, seed, minval, maxval):
    return ops.random.stateless_uniform(shape, seed, minval, maxval, minval.dtype)


def _normal_numbers(primitive):
    def draw(shape, key, counter, alg, dtype="float32"):
        _check(alg)
        sizes = static_ints(shape, "shape")
        return draw_normal(primitive, lambda kind: _state(key, counter), sizes, 0.0, 1.0, dtype)

    return draw


rule("StatelessRandomNormalV2")(_normal_numbers(_draws.normal))
rule("StatelessTruncatedNormalV2")(_normal_numbers(_draws.truncated_normal))


@rule("StatelessShuffle")
def _stateless_shuffle(value, key, counter, alg):
    _check(alg)
    attrs = {"size": value._shape[0]}
    return ops.gather(value, apply(_draws.shuffle_order, (_state(key, counter),), attrs))


@rule("StatelessRandomBinomial")
def _stateless_binomial(shape, seed, counts, probs, dtype="int64"):
    return ops.random.stateless_binomial(shape, seed, counts, probs, dtype)


# -- streams that a variable holds -----------------------------------------------------------------


@rule("RngReadAndSkip")
def _read_and_skip(resource, alg, delta):
    _check(alg)
    state = resource._read()
    attrs = {"count": static_int(delta, "delta") * RESERVED}
    resource.assign(apply(_draws.skip, (state,), attrs))
    return state


def _of_variable(draw):
    def run(resource, algorithm, shape, dtype="float32"):
        _check(algorithm)
        sizes = static_ints(shape, "shape")
        state = _read_and_skip(resource, algorithm, convert_to_tensor(int(np.prod(sizes)), "int64"))
        return draw(state, sizes, dtype)

    return run


rule("StatefulUniform")(
    _of_variable(lambda s, sizes, dtype: draw_uniform(lambda kind: s, sizes, 0, None, dtype))
)
rule("StatefulStandardNormalV2")(
    _of_variable(
        lambda s, sizes, dtype: draw_normal(_draws.normal, lambda kind: s, sizes, 0.0, 1.0, dtype)
    )
)
