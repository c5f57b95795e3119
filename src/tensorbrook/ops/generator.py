"""tf.random.Generator: a stream of random numbers whose state is a variable."""

import enum

import numpy as np

from ..base.context import context, replicas_in_sync
from ..core.dispatch import apply, public, register_public
from ..core.tensor import Tensor, convert_to_tensor
from ..core.trackable import AutoTrackable
from ..core.variable import Variable
from . import _draws
from ._draws import draw_binomial, draw_normal, draw_uniform, size_of
from ._kernels.philox import RESERVED, to_state, unseeded
from .cast import cast
from .join import stack
from .shape import static_int, static_ints

_MASK = (1 << 64) - 1


class Algorithm(enum.IntEnum):
    """The random-number algorithms of TensorFlow; PHILOX is the one that is built."""

    PHILOX = 1
    THREEFRY = 2
    AUTO_SELECT = 3


register_public(Algorithm, "random.Algorithm", "random.experimental.Algorithm")


def check_algorithm(alg):
    """The number of an algorithm given as name, number or Algorithm.

    Raises:
      ValueError: there is no such algorithm.
      NotImplementedError: ThreeFry.
    """
    if isinstance(alg, str):
        plain = alg.strip().upper().replace("-", "").replace("_", "")
        found = {a.name.replace("_", ""): a for a in Algorithm}.get(plain)
    else:
        found = Algorithm(int(alg)) if int(alg) in (1, 2, 3) else None
    if found is None:
        raise ValueError(
            f"Argument `alg` got unsupported value {alg}. Supported values are 1 (or 'philox') for "
            "the Philox algorithm, 2 ('threefry') for the ThreeFry algorithm, and 3 "
            "('auto_select') for auto-selection."
        )
    if found is Algorithm.THREEFRY:
        raise NotImplementedError("The ThreeFry algorithm is not built: use alg='philox'.")
    return int(found)


@public("random.create_rng_state", "random.experimental.create_rng_state")
def create_rng_state(seed, alg):
    """The state of a generator with this seed: an integer, or a vector of up to 3.

    Example:
    >>> tf.random.create_rng_state(1234, "philox").numpy()
    array([1234,    0,    0])
    """
    check_algorithm(alg)
    if isinstance(seed, int):
        words = [(seed >> 64 * i) & _MASK for i in range(3)]
    else:
        words = [int(w) & _MASK for w in np.asarray(seed).reshape(-1)[:3]]
        words = [0] * (3 - len(words)) + words
    return convert_to_tensor(np.array(words, np.uint64).view(np.int64))


def _state_tensor(state):
    if not isinstance(state, (Tensor, Variable)):
        words = [int(w) & _MASK for w in state]
        state = np.array(words, np.uint64).view(np.int64)
    state = cast(convert_to_tensor(state), "int64")
    if state._shape != (3,):
        raise ValueError(
            f"The state of a Philox generator is 3 integers, got shape {list(state._shape)}: make "
            "one with tf.random.create_rng_state(seed, 'philox')."
        )
    return state


def _key_counter_state(key, counter):
    return [*np.asarray(counter).tolist(), int(key)]


class Generator(AutoTrackable):
    """A stream of random numbers that moves on with every call.

    Make one with `from_seed`, `from_state`, `from_key_counter` or `from_non_deterministic_state`.

    Args:
      copy_from: a generator whose state is copied.
      state: else the state: 3 integers, or a variable of them, which is then used itself.
      alg: with `state`, the algorithm: "philox".

    Example:
    >>> g = tf.random.Generator.from_seed(123)
    >>> g.normal((2,)).numpy()
    array([ 0.8673864 , -0.29899067], dtype=float32)
    >>> g.state.numpy()
    array([635,   0,   0])
    """

    def __init__(self, copy_from=None, state=None, alg=None):
        if copy_from is not None:
            if state is not None or alg is not None:
                raise ValueError("Give copy_from alone, or state and alg.")
            state, alg = copy_from.state.numpy(), copy_from.algorithm
        elif state is None or alg is None:
            raise ValueError(
                "A generator needs a state and an algorithm: use Generator.from_seed(seed) or "
                "Generator.from_non_deterministic_state()."
            )
        self._alg, self._strategy = check_algorithm(alg), context.strategy
        if isinstance(state, Variable):
            _state_tensor(state)
            self._state_var = state
        else:
            name = "random_generator/StateVar"
            self._state_var = Variable(_state_tensor(state), trainable=False, name=name)

    @classmethod
    def from_state(cls, state, alg):
        """A generator with this state: what another's `state` holds."""
        return cls(state=state, alg=alg)

    @classmethod
    def from_seed(cls, seed, alg=None):
        """A generator with the numbers of this seed: an integer, or up to 3 of them."""
        alg = "philox" if alg is None else alg
        return cls(state=create_rng_state(seed, alg), alg=alg)

    @classmethod
    def from_non_deterministic_state(cls, alg=None):
        """A generator with numbers of its own, from the system's randomness."""
        alg = "philox" if alg is None else alg
        return cls(state=convert_to_tensor(to_state(*unseeded())), alg=alg)

    @classmethod
    def from_key_counter(cls, key, counter, alg):
        """A generator with this key, an integer, and this counter, two of them, low half first."""
        return cls(state=_key_counter_state(key, counter), alg=alg)

    # -- state -------------------------------------------------------------------------------------

    state = property(lambda self: self._state_var, doc="The variable: counter (2 words) and key.")
    algorithm = property(lambda self: self._alg, doc="The algorithm's number.")
    key = property(lambda self: self._state_var[-1], doc="The key, the last word of the state.")

    def reset(self, state):
        """Replaces the state."""
        self._state_var.assign(_state_tensor(state))

    def reset_from_seed(self, seed):
        """Replaces the state by that of a seed."""
        self._state_var.assign(create_rng_state(seed, self._alg))

    def reset_from_key_counter(self, key, counter):
        """Replaces the state by a key and a counter."""
        self._state_var.assign(_state_tensor(_key_counter_state(key, counter)))

    def skip(self, delta):
        """Moves on as far as drawing `delta` numbers would; returns the state before."""
        state = self._state_var.value()
        count = static_int(delta, "delta") * RESERVED
        self._state_var.assign(apply(_draws.skip, (state,), {"count": count}))
        return state

    def _next(self, shape):
        return lambda kind: self._on_replica(self.skip(size_of(shape)))

    def _on_replica(self, state):
        """The state that a replica draws from: where a strategy made the generator, each replica
        has a key of its own."""
        if self._strategy is None or context.replica is None or replicas_in_sync() == 1:
            return state
        number = cast(context.replica.replica_id_in_sync_group, "int64")
        place = stack([number, cast(0, "int64"), state[2]])
        attrs = {"shape": (1,), "dtype": np.dtype(np.uint64)}
        key = cast(apply(_draws.full_int, (place,), attrs), "int64")
        return stack([state[0], state[1], key[0]])

    # -- numbers -----------------------------------------------------------------------------------

    def normal(self, shape, mean=0.0, stddev=1.0, dtype="float32", name=None):
        """Numbers of a normal distribution, as `tf.random.normal`."""
        shape = static_ints(shape, "shape")
        return draw_normal(_draws.normal, self._next(shape), shape, mean, stddev, dtype)

    def truncated_normal(self, shape, mean=0.0, stddev=1.0, dtype="float32", name=None):
        """Normal numbers within 2 stddev of the mean, as `tf.random.truncated_normal`."""
        shape = static_ints(shape, "shape")
        return draw_normal(_draws.truncated_normal, self._next(shape), shape, mean, stddev, dtype)

    def uniform(self, shape, minval=0, maxval=None, dtype="float32", name=None):
        """Uniform numbers of [minval, maxval), as `tf.random.stateless_uniform`."""
        shape = static_ints(shape, "shape")
        return draw_uniform(self._next(shape), shape, minval, maxval, dtype, full_range=True)

    def uniform_full_int(self, shape, dtype="uint64", name=None):
        """Integers over the whole range of a dtype."""
        return self.uniform(shape, None, None, dtype)

    def binomial(self, shape, counts, probs, dtype="int32", name=None):
        """Numbers of successes, as `tf.random.stateless_binomial`."""

        def state(batches, samples):
            return self._on_replica(self.skip(batches * 200 * (samples + 3) // 4))

        return draw_binomial(state, static_ints(shape, "shape"), counts, probs, dtype)

    def make_seeds(self, count=1):
        """Seeds for stateless functions: int64 of shape [2, count], one a column."""
        keys = self.uniform_full_int([count], "int64")
        return stack([keys, keys * 0])

    def split(self, count=1):
        """A list of `count` new generators, independent of each other and of this one."""
        keys = self.uniform_full_int([count], "int64").numpy().tolist()
        return [Generator(state=[0, 0, key], alg=self._alg) for key in keys]


register_public(Generator, "random.Generator", "random.experimental.Generator")
_global = []  # the global generator, once there is one


@public("random.get_global_generator", "random.experimental.get_global_generator")
def get_global_generator():
    """The generator that all of a program may share; made from the system's randomness.

    Example:
    >>> tf.random.get_global_generator() is tf.random.get_global_generator()
    True
    """
    if not _global:
        _global.append(Generator.from_non_deterministic_state())
    return _global[0]


@public("random.set_global_generator", "random.experimental.set_global_generator")
def set_global_generator(generator):
    """Replaces the global generator.

    Example:
    >>> tf.random.set_global_generator(tf.random.Generator.from_seed(1))
    >>> tf.random.get_global_generator().state.numpy()
    array([1, 0, 0])
    """
    _global[:] = [generator]
