"""Keras's seeds: SeedGenerator, the global seed, and the order in which `fit` takes the samples.

Keras's random functions are stateless: each takes a pair of integers from a SeedGenerator, which
keeps [seed, number of draws] in a variable. Where no seed is given one is drawn from Python's own
`random`, which `set_random_seed` seeds.
"""

import itertools
import random
from contextlib import contextmanager
from weakref import WeakSet

import numpy as np

from ..base.context import context
from ..core.dispatch import init_scope
from ..core.tensor import convert_to_tensor
from ..core.trackable import AutoTrackable
from ..ops import cast, floormod
from ..ops._kernels import philox
from ..ops.seeding import global_seed, restart_streams, set_seed, set_streams, streams
from .registry import Configurable, auto_name
from .variables import Variable

_generators, _numbers = WeakSet(), itertools.count()  # all that there are, in their order
_MODULUS = 2**31 - 2  # seeds are taken modulo this before they meet TensorFlow's functions


class SeedGenerator(Configurable, AutoTrackable):
    """A source of seeds for random functions: another at each draw.

    Args:
      seed: an integer; None draws one from Python's `random`.
      name: its name; made from the class's by default.

    Raises:
      ValueError: `seed` is no integer.

    Example:
    >>> seeds = tf.keras.random.SeedGenerator(seed=42)
    >>> seeds.next().numpy(), seeds.next().numpy()
    (array([42,  0]), array([42,  1]))
    """

    _config_module, _forgotten = "keras.random", "~"

    def __init__(self, seed=None, name=None):
        self.name = auto_name(type(self).__name__) if name is None else name
        self._given = seed
        seed = make_default_seed() if seed is None else seed
        if not isinstance(seed, int):
            raise ValueError(f"Argument `seed` must be an integer. Received: seed={seed}")
        path = f"{self.name}/seed_generator_state"
        with init_scope():
            start = convert_to_tensor([seed, 0], "int64")
            self.state = Variable.made(start, False, "seed_generator_state", path)
        self.number = next(_numbers)
        _generators.add(self)

    def next(self, ordered=True):
        """The next pair of integers, an int64 tensor.

        Args:
          ordered: True to count the draws; False to jump about below a million, as the generator
            behind `seed=None` does.
        """
        drawn = self.state.value
        if ordered:
            self.state.assign(drawn + convert_to_tensor([0, 1], "int64"))
        else:
            self.state.assign((drawn + 1) * 5387 % 933199)
        return drawn

    def get_config(self):
        """The arguments."""
        return {"seed": self._given, "name": self.name}


@contextmanager
def kept_random():
    """Leaves Python's `random` as it was: rich draws from it when it is imported."""
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)


def make_default_seed():
    """A seed from Python's `random`, for objects that are given none."""
    return random.randint(1, 10**9)


def global_seed_generator():
    """The SeedGenerator behind `seed=None`; made at its first use after `set_random_seed`."""
    if context.seed_generator is None:
        context.seed_generator = SeedGenerator()
    return context.seed_generator


def draw_seed(seed):
    """The seed for a stateless function: two integers as an int32 tensor.

    Args:
      seed: an integer, which gives the same at each call; a SeedGenerator; or None for the global
        generator.

    Raises:
      ValueError: anything else.
    """
    if isinstance(seed, int):
        return convert_to_tensor([seed % _MODULUS, 0], "int32")
    if seed is None:
        drawn = global_seed_generator().next(ordered=False)
    elif isinstance(seed, SeedGenerator):
        drawn = seed.next()
    else:
        raise ValueError(
            "Argument `seed` must be either an integer or an instance of `SeedGenerator`. "
            f"Received: seed={seed} (of type {type(seed)})"
        )
    return cast(floormod(drawn, _MODULUS), "int32")


def set_random_seed(seed):
    """Seeds Python's `random`, NumPy and `tf.random`, and forgets the global SeedGenerator.

    After it a program gives the same numbers at each run: initial weights, dropout, the order of
    samples, and so on.

    Raises:
      ValueError: `seed` is no integer.

    Example:
    >>> tf.keras.utils.set_random_seed(7)
    >>> tf.keras.initializers.RandomNormal()((2,)).numpy()
    array([-0.07514231, -0.0095549 ], dtype=float32)
    """
    if not isinstance(seed, int):
        raise ValueError(
            "Expected `seed` argument to be an integer. "
            f"Received: seed={seed} (of type {type(seed)})"
        )
    context.seed_generator = None
    random.seed(seed)
    np.random.seed(seed)
    set_seed(seed)


def forget_seeds():
    """What `clear_session` does: forgets the global SeedGenerator and starts all streams anew."""
    context.seed_generator = None
    _generators.clear()
    restart_streams()


def random_state():
    """Where all sources of randomness are, as lists and numbers: Python's `random`, NumPy's, those
    of `tf.random` outside of functions, and all SeedGenerators."""
    legacy = np.random.get_state(legacy=False)
    key = legacy["state"]["key"].tolist()
    return {
        "python": random.getstate(),
        "numpy": {**legacy, "state": {**legacy["state"], "key": key}},
        "streams": streams(),
        "generators": [[g.name, g.state.numpy().tolist()] for g in _ordered_generators()],
        "has_global": context.seed_generator is not None,
    }


def set_random_state(found):
    """Goes to where `random_state` was, in this process or another one.

    SeedGenerators are known by their names, and those of one name by their order.
    """
    version, words, rest = found["python"]
    random.setstate((version, tuple(words), rest))
    np.random.set_state(found["numpy"])
    set_streams(found["streams"])
    if not found["has_global"]:
        context.seed_generator = None
    elif context.seed_generator is None:
        global_seed_generator()
    left = list(found["generators"])
    for generator in _ordered_generators():
        at = next((i for i, (name, _) in enumerate(left) if name == generator.name), None)
        if at is not None:
            generator.state.assign(left.pop(at)[1])


def _ordered_generators():
    """All SeedGenerators, the oldest first."""
    return sorted(_generators, key=lambda generator: generator.number)


class EpochOrder:
    """The order of samples in the epochs of one call of `fit`, as Keras's pipeline gives it.

    That pipeline starts its random stream anew for each epoch. After `set_random_seed` or
    `tf.random.set_seed` all epochs therefore have the same order; without, each has another.

    Args:
      size: number of samples.
      shuffle: True, False, or "batch" to shuffle within each batch only.
      batch_size: samples of a batch.

    Example:
    >>> from tensorbrook.keras.seeds import EpochOrder
    >>> tf.keras.utils.set_random_seed(7)
    >>> EpochOrder(8, shuffle=True, batch_size=4).indices()
    array([5, 6, 2, 3, 7, 0, 4, 1])
    """

    def __init__(self, size, shuffle, batch_size):
        if shuffle not in (True, False, "batch", None):
            raise ValueError(f"shuffle must be True, False or 'batch', got {shuffle!r}.")
        self.size, self.shuffle, self.batch_size = size, shuffle, batch_size
        self._seed, self._order = global_seed(), None
        self._generator = np.random.default_rng() if shuffle and self._seed is None else None

    def indices(self):
        """The samples' numbers in the order of the next epoch: int64."""
        if self._order is None:
            order = self._draw()
            if self.shuffle and self._seed is None:
                return order
            self._order = order
        return self._order

    def random_state(self):
        """Where its randomness is, as numbers."""
        own = self._generator and self._generator.bit_generator.state
        return {"seed": self._seed, "own": own}

    def set_random_state(self, found):
        """Goes to where it was, in this process or another one."""
        self._seed, self._order = found["seed"], None
        if found["own"] is not None:
            self._generator = np.random.default_rng()
            self._generator.bit_generator.state = found["own"]

    def _draw(self):
        if not self.shuffle:
            return np.arange(self.size)
        span = self.batch_size if self.shuffle == "batch" else self.size
        order = np.arange(self.size)
        parts = [order[start : start + span] for start in range(0, self.size, span)]
        if self._seed is None:
            for part in parts:
                self._generator.shuffle(part)
            return order
        seed = self._seed % (2**31 - 1)
        key, counter = philox.seeded(seed, 0 if seed else 2**31 - 1)
        for part in parts:
            part[:] = part[philox.shuffle_order(key, counter, len(part))]
            counter += (len(part) + 2) // 4
        return order
