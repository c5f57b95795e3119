"""SpectralNormalization: keeps a layer's kernel at a spectral norm of 1."""

from ... import ops
from .core import check_size
from .declared import Weight
from .spec import InputSpec
from .wrapper import Wrapper

_SMALL_NORMAL = {"class_name": "TruncatedNormal", "config": {"stddev": 0.02}}


class SpectralNormalization(Wrapper):
    """A layer whose kernel is divided by its largest singular value at each call in training.

    That bounds how much the layer stretches its inputs, which steadies the training of GANs. The
    singular value is found by power iteration, which goes on from call to call.

    Args:
      layer: a layer with a `kernel`, such as Conv2D or Dense, or with `embeddings`.
      power_iterations: how many iterations a call makes.

    Raises:
      ValueError: no positive number of iterations; a layer without such a weight.

    Reference: Miyato et al., 2018.

    Example:
    >>> dense = tf.keras.layers.Dense(2)
    >>> layer = tf.keras.layers.SpectralNormalization(dense, power_iterations=50)
    >>> _ = layer(tf.ones([1, 3]), training=True)
    >>> round(float(tf.linalg.svd(dense.kernel, compute_uv=False)[0]), 3)
    1.0
    """

    vector_u = Weight(
        lambda layer, shape: (1, layer.kernel.shape[-1]), _SMALL_NORMAL, trainable=False
    )

    def __init__(self, layer, power_iterations=1, **kwargs):
        super().__init__(layer, **kwargs)
        check_size(self, "power_iterations", power_iterations)

    def build(self, input_shape):
        """Builds the layer, and the vector from which the iteration starts."""
        if not self.layer.built:
            self.layer.build(input_shape)
        self.kernel = getattr(self.layer, "kernel", getattr(self.layer, "embeddings", None))
        if self.kernel is None:
            raise ValueError(
                f"{type(self.layer).__name__} object has no attribute 'kernel' nor 'embeddings': "
                "SpectralNormalization has nothing to normalize."
            )
        super().build(input_shape)
        self.input_spec = InputSpec(shape=[None, *input_shape[1:]])

    def call(self, inputs, training=False):
        """The layer's outputs; in training the kernel is divided by its norm before."""
        if training:
            self._normalize()
        return self.layer(inputs)

    def _normalize(self):
        kernel, u = self.kernel._read(), self.vector_u._read()
        matrix = ops.reshape(kernel, (-1, kernel._shape[-1]))
        v = None
        for _ in range(self.power_iterations):
            v = ops.l2_normalize(ops.matmul(u, matrix, transpose_b=True))
            u = ops.l2_normalize(ops.matmul(v, matrix))
        u, v = ops.stop_gradient(u), ops.stop_gradient(v)
        norm = ops.matmul(ops.matmul(v, matrix), u, transpose_b=True)
        self.vector_u.assign(u)
        self.kernel.assign(kernel / norm)

    def compute_output_shape(self, input_shape):
        """The layer's."""
        return self.layer.compute_output_shape(input_shape)
