"""RandomFourierFeatures and SyncBatchNormalization, which Keras 2 had in `layers.experimental`."""

import math

from ... import ops
from .. import initializers
from ..seeds import SeedGenerator
from .core import check_size
from .layer import Layer
from .normalization import BatchNormalization


class _Cauchy(initializers.Initializer):
    """Cauchy numbers: the Fourier transform of exp(-|x|)."""

    def __init__(self, seed=None):
        self.seed = SeedGenerator(seed)

    def __call__(self, shape, dtype=None):
        uniform = initializers.RandomUniform(1e-6, 1.0 - 1e-6, self.seed)(shape, dtype)
        return ops.tan(math.pi * (uniform - 0.5))


class RandomFourierFeatures(Layer):
    """cos(inputs @ kernel / scale + bias) with random weights, whose products come near to those of
    a Gaussian or Laplacian kernel machine (Rahimi and Recht, 2007).

    Args:
      output_dim: how many features.
      kernel_initializer: "gaussian", "laplacian", or an initializer of the kernel.
      scale: of the kernel; by default sqrt(input size / 2) for "gaussian", else 1.
      trainable: whether the scale is trained.

    Example:
    >>> layer = tf.keras.layers.experimental.RandomFourierFeatures(8)
    >>> layer(tf.ones([2, 3])).shape
    TensorShape([2, 8])
    """

    def __init__(
        self, output_dim, kernel_initializer="gaussian", scale=None, trainable=False, **kwargs
    ):
        super().__init__(trainable=trainable, **kwargs)
        self.output_dim = check_size(self, "output_dim", output_dim)
        self.kernel_initializer, self.scale = kernel_initializer, scale

    def build(self, input_shape):
        """Makes the weights, all random but the scale."""
        size, kind = input_shape[-1], self.kernel_initializer
        named = {"gaussian": initializers.RandomNormal(stddev=1.0), "laplacian": _Cauchy()}
        start = named.get(kind) or initializers.get(kind)
        scale = self.scale or (math.sqrt(size / 2.0) if kind == "gaussian" else 1.0)
        fixed = {"trainable": False}
        self.unscaled_kernel = self.add_weight(
            (size, self.output_dim), start, name="unscaled_kernel", **fixed
        )
        angles = initializers.RandomUniform(0.0, 2 * math.pi)
        self.bias = self.add_weight((self.output_dim,), angles, name="bias", **fixed)
        self.kernel_scale = self.add_weight(
            (1,), initializers.Constant(scale), name="kernel_scale", constraint="non_neg"
        )

    def call(self, inputs):
        """The features."""
        return ops.cos(ops.matmul(inputs, self.unscaled_kernel / self.kernel_scale) + self.bias)


class SyncBatchNormalization(BatchNormalization):
    """BatchNormalization with the statistics of all devices: of the one there is."""

    def __init__(self, axis=-1, momentum=0.99, epsilon=0.001, **kwargs):
        super().__init__(axis, momentum, epsilon, synchronized=True, **kwargs)
