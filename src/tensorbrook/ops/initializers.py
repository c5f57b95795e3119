"""TensorFlow's own initializers, `tf.random_normal_initializer` and its kin.

They take `dtype=tf.float32`. With a seed each call gives the same numbers; without, those of
`tf.random`, where Keras's initializers have seeds of their own.
"""

from ..base.dtypes import as_dtype
from ..core.dispatch import register_public
from . import create, random
from .random import stateless_normal, stateless_uniform


class _Initializer:
    """A function of a shape and a dtype, with a config."""

    _takes, _allowed = "numeric or boolean", staticmethod(lambda d: d.name != "string")

    def get_config(self):
        """The arguments that it was made of."""
        return dict(vars(self))

    @classmethod
    def from_config(cls, config):
        """An initializer like the one that gave the config."""
        return cls(**{k: v for k, v in config.items() if k != "dtype"})

    def __call__(self, shape, dtype="float32", **kwargs):
        dtype = as_dtype(dtype)
        if not self._allowed(dtype):
            raise ValueError(
                f"tf.{self._public_path}: `dtype` must be {self._takes}. Received: {dtype}. "
                "Give a dtype such as tf.float32."
            )
        return self._values(shape, dtype)


class _Zeros(_Initializer):
    """All 0.

    Example:
    >>> tf.zeros_initializer()([2]).numpy()
    array([0., 0.], dtype=float32)
    """

    def _values(self, shape, dtype):
        return create.zeros(shape, dtype)


class _Ones(_Initializer):
    """All 1.

    Example:
    >>> tf.ones_initializer()([2], dtype=tf.int32).numpy()
    array([1, 1], dtype=int32)
    """

    def _values(self, shape, dtype):
        return create.ones(shape, dtype)


class _Constant(_Initializer):
    """The values given, a number or as many as the shape holds.

    Example:
    >>> tf.constant_initializer([1, 2, 3, 4])([2, 2]).numpy()
    array([[1, 2],
           [3, 4]], dtype=int32)
    """

    def __init__(self, value=0, support_partition=False):
        self.value = value

    def __call__(self, shape, dtype=None, **kwargs):
        return create.constant(self.value, dtype, shape)


class _RandomUniform(_Initializer):
    """Numbers of the uniform distribution over [minval, maxval).

    Example:
    >>> tf.random_uniform_initializer(0, 2, seed=1)([3]).shape
    TensorShape([3])
    """

    _takes = "floating point or integer"
    _allowed = staticmethod(lambda d: d.is_floating or d.is_integer)

    def __init__(self, minval=-0.05, maxval=0.05, seed=None):
        self.minval, self.maxval, self.seed = minval, maxval, seed

    def _values(self, shape, dtype):
        if self.seed is None:
            return random.uniform(shape, self.minval, self.maxval, dtype)
        return stateless_uniform(shape, (self.seed, 0), self.minval, self.maxval, dtype)


class _RandomNormal(_Initializer):
    """Numbers of a normal distribution.

    Example:
    >>> tf.random_normal_initializer(0.0, 0.02)([2, 3]).dtype
    tf.float32
    """

    _takes, _allowed = "floating point", staticmethod(lambda d: d.is_floating)

    def __init__(self, mean=0.0, stddev=0.05, seed=None):
        self.mean, self.stddev, self.seed = mean, stddev, seed

    def _values(self, shape, dtype):
        if self.seed is None:
            return random.normal(shape, self.mean, self.stddev, dtype)
        return stateless_normal(shape, (self.seed, 0), self.mean, self.stddev, dtype)


for _class, _path in (
    (_Zeros, "zeros_initializer"),
    (_Ones, "ones_initializer"),
    (_Constant, "constant_initializer"),
    (_RandomUniform, "random_uniform_initializer"),
    (_RandomNormal, "random_normal_initializer"),
):
    _class.__name__ = _class.__qualname__ = _path
    register_public(_class, _path)
