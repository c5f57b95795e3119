"""Layers that act in training only: dropout and noise; and ActivityRegularization."""

import math

from ... import ops
from .. import regularizers
from ..registry import init_parameters
from ..seeds import SeedGenerator, draw_seed
from .layer import Layer
from .reshape import standardize_data_format
from .spec import InputSpec


class _RandomLayer(Layer):
    """A layer that changes its inputs at random in training, by a strength between 0 and 1."""

    _built_at_once = True
    supports_masking = True
    _ragged = "values"

    def _set_strength(self, name, value, seed):
        if not 0 <= value <= 1:
            raise ValueError(
                f"Invalid value received for argument `{name}`. Expected a float value between 0 "
                f"and 1. Received: {name}={value}"
            )
        setattr(self, name, value)
        self.seed = seed
        # Without it no seed is drawn, so that the seeds of other layers are Keras's.
        if value > 0:
            self.seed_generator = SeedGenerator(seed)

    def _normal(self, inputs, mean, stddev):
        return ops.random.stateless_normal(
            inputs._shape,
            draw_seed(self.seed_generator),
            mean=mean,
            stddev=stddev,
            dtype=self.compute_dtype,
        )


class Dropout(_RandomLayer):
    """Sets elements to 0 at random in training, and scales the others up by 1 / (1 - rate).

    Args:
      rate: the share of elements set to 0.
      noise_shape: the shape of the choice, which is broadcast to the inputs'; None for the inputs'.
      seed: an integer for the same choices at each run.

    Raises:
      ValueError: a rate outside of [0, 1], a noise_shape that is no shape.

    Example:
    >>> layer = tf.keras.layers.Dropout(0.5, seed=1)
    >>> layer(tf.ones([6]), training=True).numpy()
    array([2., 0., 2., 0., 0., 0.], dtype=float32)
    >>> layer(tf.ones([6])).numpy()
    array([1., 1., 1., 1., 1., 1.], dtype=float32)
    """

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self._set_strength("rate", rate, seed)
        self.noise_shape = _check_noise_shape(noise_shape)

    def call(self, inputs, training=False):
        """The inputs; in training with zeros among them."""
        if not training or self.rate == 0:
            return inputs
        if self.rate == 1:
            return ops.zeros_like(inputs)
        return ops.random.stateless_dropout(
            inputs,
            self.rate,
            seed=draw_seed(self.seed_generator),
            noise_shape=self._noise_shape(inputs._shape),
        )

    def _noise_shape(self, shape):
        if self.noise_shape is None:
            return None
        return [size if size is not None else shape[i] for i, size in enumerate(self.noise_shape)]


class _SpatialDropout(Dropout):
    """Dropout of whole feature maps."""

    _ragged = "whole"

    def __init__(self, rate, data_format=None, seed=None, name=None, dtype=None, **kwargs):
        super().__init__(rate, seed=seed, name=name, dtype=dtype, **kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self._rank + 2)

    def _noise_shape(self, shape):
        ones = (1,) * self._rank
        if self.data_format == "channels_first":
            return (shape[0], shape[1], *ones)
        return (shape[0], *ones, shape[-1])

    def get_config(self):
        """The constructor's arguments, as plain data."""
        config = super().get_config()
        return {name: config[name] for name in init_parameters(type(self))}


class SpatialDropout1D(_SpatialDropout):
    """Dropout of whole features: (batch, steps, features) inputs lose them at all steps.

    Example:
    >>> layer = tf.keras.layers.SpatialDropout1D(0.5, seed=4)
    >>> layer(tf.ones([1, 2, 4]), training=True).numpy()
    array([[[2., 2., 0., 2.],
            [2., 2., 0., 2.]]], dtype=float32)
    """

    _rank = 1

    def __init__(self, rate, seed=None, name=None, dtype=None, **kwargs):
        super().__init__(rate, "channels_last", seed, name, dtype, **kwargs)


class SpatialDropout2D(_SpatialDropout):
    """Dropout of whole channels of images.

    Example:
    >>> tf.keras.layers.SpatialDropout2D(0.5)(tf.ones([1, 2, 2, 3])).shape
    TensorShape([1, 2, 2, 3])
    """

    _rank = 2


class SpatialDropout3D(_SpatialDropout):
    """Dropout of whole channels of volumes.

    Example:
    >>> tf.keras.layers.SpatialDropout3D(0.5)(tf.ones([1, 2, 2, 2, 3])).shape
    TensorShape([1, 2, 2, 2, 3])
    """

    _rank = 3


class AlphaDropout(_RandomLayer):
    """Dropout that keeps mean and variance of what "selu" makes: dropped elements get its minimum.

    Args:
      rate: the share of elements dropped.
      noise_shape: the shape of the choice, which is broadcast to the inputs'; None for the inputs'.
      seed: an integer for the same choices at each run.

    Example:
    >>> layer = tf.keras.layers.AlphaDropout(0.5, seed=1)
    >>> layer(tf.zeros([4]), training=True).numpy()
    array([ 0.77919394, -0.7791938 ,  0.77919394, -0.7791938 ], dtype=float32)
    """

    _noise_shape = Dropout._noise_shape

    def __init__(self, rate, noise_shape=None, seed=None, **kwargs):
        super().__init__(**kwargs)
        self._set_strength("rate", rate, seed)
        self.noise_shape = _check_noise_shape(noise_shape)

    def call(self, inputs, training=False):
        """The inputs; in training with dropped elements among them."""
        if not training or self.rate == 0:
            return inputs
        floor = -1.6732632423543772 * 1.0507009873554805  # the limit of selu at minus infinity
        shape = self._noise_shape(inputs._shape) or inputs._shape
        drawn = ops.random.stateless_uniform(shape, draw_seed(self.seed_generator))
        kept = ops.cast(drawn >= self.rate, inputs.dtype)
        scale = ((1 - self.rate) * (1 + self.rate * floor**2)) ** -0.5
        return scale * (inputs * kept + floor * (1 - kept)) - scale * floor * self.rate


class GaussianDropout(_RandomLayer):
    """Multiplies by normal numbers of mean 1 and variance rate / (1 - rate) in training.

    Example:
    >>> tf.keras.layers.GaussianDropout(0.5, seed=1)(tf.ones([2]), training=True).numpy()
    array([1.1266503, 0.5069834], dtype=float32)
    """

    def __init__(self, rate, seed=None, **kwargs):
        super().__init__(**kwargs)
        self._set_strength("rate", rate, seed)

    def call(self, inputs, training=False):
        """The inputs; in training times the noise."""
        if not training or self.rate == 0:
            return inputs
        return inputs * self._normal(inputs, 1.0, math.sqrt(self.rate / (1.0 - self.rate)))


class GaussianNoise(_RandomLayer):
    """Adds normal numbers of mean 0 and this standard deviation in training.

    Example:
    >>> tf.keras.layers.GaussianNoise(0.5, seed=1)(tf.ones([2]), training=True).numpy()
    array([1.0633252, 0.7534917], dtype=float32)
    """

    def __init__(self, stddev, seed=None, **kwargs):
        super().__init__(**kwargs)
        self._set_strength("stddev", stddev, seed)

    def call(self, inputs, training=False):
        """The inputs; in training plus the noise."""
        if not training or self.stddev == 0:
            return inputs
        return inputs + self._normal(inputs, 0.0, self.stddev)


class ActivityRegularization(Layer):
    """Adds l1 * sum(|x|) + l2 * sum(x**2), divided by the batch's size, to the loss; passes x on.

    Example:
    >>> layer = tf.keras.layers.ActivityRegularization(l2=0.5)
    >>> _ = layer(tf.constant([[2.0], [4.0]]))
    >>> [loss.numpy() for loss in layer.losses]
    [np.float32(5.0)]
    """

    _built_at_once = True
    supports_masking = True
    _not_in_config = (*Layer._not_in_config, "activity_regularizer")

    def __init__(self, l1=0.0, l2=0.0, **kwargs):
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2

    def call(self, inputs):
        """The inputs."""
        return inputs


def _check_noise_shape(noise_shape):
    """A noise shape as a tuple."""
    if noise_shape is None:
        return None
    sizes = [d for d in noise_shape if d is not None] if _is_row(noise_shape) else None
    if sizes is None:
        wanted = "a tuple or list of integers"
    elif not all(isinstance(d, int) for d in sizes):
        wanted = "all elements to be integers or None"
    elif not all(d > 0 for d in sizes):
        wanted = "all dimensions to be positive integers or None"
    else:
        return tuple(noise_shape)
    raise ValueError(
        f"Invalid value received for argument `noise_shape`. Expected {wanted}. Received: "
        f"noise_shape={noise_shape!r}"
    )


def _is_row(value):
    return isinstance(value, (list, tuple)) and len(value) > 0
