"""BatchNormalization, LayerNormalization, RMSNormalization, UnitNormalization."""

from ... import ops
from .declared import Weight
from .layer import Layer
from .spec import InputSpec


class _Scaled(Layer):
    """A normalization that ends with * gamma + beta, weights along some axes."""

    supports_masking = True

    def _sizes(self, input_shape):
        """The sizes of the axes that have weights."""
        check_axes(self, self.axis if isinstance(self.axis, list) else [self.axis], input_shape)
        return tuple(input_shape[axis] for axis in sorted_axes(self.axis, len(input_shape)))

    gamma = Weight(
        lambda layer, shape: layer._sizes(shape) if layer.scale else None, autocast=False
    )
    beta = Weight(
        lambda layer, shape: layer._sizes(shape) if layer.center else None, autocast=False
    )


class BatchNormalization(_Scaled):
    """Every feature with mean 0 and variance 1 over the batch, then * gamma + beta.

    In training the mean and variance are the batch's; they enter moving averages, which are used
    else, and also while `trainable` is False.

    Args:
      axis: the features' axis.
      momentum: of the moving averages.
      epsilon: added to the variance.
      center, scale: whether there is a beta, a gamma.
      beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: how
        the weights begin.
      beta_regularizer, gamma_regularizer: what they add to the loss.
      beta_constraint, gamma_constraint: applied to the weights after each step.
      renorm, synchronized: not built.

    Example:
    >>> layer = tf.keras.layers.BatchNormalization(epsilon=0.0)
    >>> layer(tf.constant([[1.0], [3.0]]), training=True).numpy()
    array([[-1.],
           [ 1.]], dtype=float32)
    """

    moving_mean = Weight(_Scaled._sizes, trainable=False, autocast=False)
    moving_variance = Weight(_Scaled._sizes, trainable=False, autocast=False)

    def __init__(
        self,
        axis=-1,
        momentum=0.99,
        epsilon=0.001,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        moving_mean_initializer="zeros",
        moving_variance_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        renorm=False,
        renorm_clipping=None,
        renorm_momentum=0.99,
        synchronized=False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if renorm or synchronized:
            raise NotImplementedError(
                "BatchNormalization: renorm=True and synchronized=True are not built yet: leave "
                "them out, or use LayerNormalization, which does not depend on the batch."
            )
        self.axis = int(axis[0] if isinstance(axis, (list, tuple)) else axis)
        self.momentum, self.epsilon = float(momentum), float(epsilon)

    def build(self, input_shape):
        """Makes the weights; later inputs must have as many features."""
        super().build(input_shape)
        axes = {self.axis: input_shape[self.axis]}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs, training=None, mask=None):
        """The normalized inputs; in training it moves the averages."""
        x = at_least_float32(inputs)
        mean, variance = (
            ops.cast(self.moving_mean, x.dtype),
            ops.cast(self.moving_variance, x.dtype),
        )
        if training and self.trainable:
            old_mean, old_variance = mean, variance
            mean, variance = self._moments(x, mask)
            self._move(self.moving_mean, old_mean, mean)
            self._move(self.moving_variance, old_variance, variance)
        shape = [1] * x.ndim
        shape[self.axis] = x._shape[self.axis]
        mean, variance, beta, gamma = (
            None if v is None else ops.reshape(ops.cast(v, x.dtype), shape)
            for v in (mean, variance, self.beta, self.gamma)
        )
        y = ops.batch_normalization(x, mean, variance, beta, gamma, self.epsilon)
        return ops.cast(y, self.compute_dtype)

    def _move(self, average, old, new):
        moved = old * self.momentum + new * (1.0 - self.momentum)
        average.assign(ops.cast(moved, average.dtype))

    def _moments(self, x, mask):
        """Mean and variance over the batch, of what the mask leaves."""
        axes = [i for i in range(x.ndim) if i != self.axis % x.ndim]
        if mask is None:
            return ops.moments(x, axes)
        if mask.ndim != x.ndim - 1:
            raise ValueError(
                f"Layer '{self.name}': the mask provided should be one dimension less than the "
                f"inputs. Received: mask.shape={mask.shape}, inputs.shape={x.shape}"
            )
        weight = ops.broadcast_to(ops.cast(ops.expand_dims(mask, -1), x.dtype), x._shape)
        count = ops.reduce_sum(weight, axes, True) + 1e-7  # keras.backend.epsilon()
        mean = ops.reduce_sum(x * weight, axes, True) / count
        variance = ops.reduce_sum(ops.square(x - mean) * weight, axes, True) / count
        features = (x._shape[self.axis],)
        return ops.reshape(mean, features), ops.reshape(variance, features)


class LayerNormalization(_Scaled):
    """Every sample with mean 0 and variance 1 along some axes, then * gamma + beta.

    Args:
      axis: the axis, or a list of axes.
      epsilon: added to the variance.
      center, scale: whether there is a beta, a gamma.
      beta_initializer, gamma_initializer: how the weights begin.
      beta_regularizer, gamma_regularizer: what they add to the loss.
      beta_constraint, gamma_constraint: applied to the weights after each step.

    Example:
    >>> layer = tf.keras.layers.LayerNormalization(epsilon=0.0)
    >>> layer(tf.constant([[1.0, 3.0]])).numpy()
    array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis=-1,
        epsilon=0.001,
        center=True,
        scale=True,
        beta_initializer="zeros",
        gamma_initializer="ones",
        beta_regularizer=None,
        gamma_regularizer=None,
        beta_constraint=None,
        gamma_constraint=None,
        **kwargs,
    ):
        if kwargs.pop("rms_scaling", False):
            raise NotImplementedError(
                "LayerNormalization(rms_scaling=True) scales by the variance, which is not RMS "
                "normalization: use RMSNormalization."
            )
        super().__init__(**kwargs)
        self.axis = axis_argument(axis)

    def call(self, inputs):
        """The normalized inputs."""
        x = at_least_float32(inputs)
        axes = sorted_axes(self.axis, x.ndim)
        mean, variance = ops.moments(x, axes, keepdims=True)
        shape = [size if i in axes else 1 for i, size in enumerate(x._shape)]
        gamma, beta = (
            None if v is None else ops.reshape(ops.cast(v, x.dtype), shape)
            for v in (self.gamma, self.beta)
        )
        y = ops.batch_normalization(x, mean, variance, beta, gamma, self.epsilon)
        return ops.cast(y, self.compute_dtype)


class RMSNormalization(Layer):
    """x / sqrt(mean(x**2) + epsilon) * scale along some axes (Zhang and Sennrich, 2019).

    Args:
      axis: the axis, or a list of axes.
      epsilon: added to the mean square.

    Example:
    >>> tf.keras.layers.RMSNormalization()(tf.constant([[3.0, 3.0]])).numpy()
    array([[0.99999994, 0.99999994]], dtype=float32)
    """

    scale = Weight(_Scaled._sizes, "ones", autocast=False)

    def __init__(self, axis=-1, epsilon=1e-6, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis_argument(axis)

    def call(self, x):
        """The normalized inputs."""
        inputs, x = x, at_least_float32(x)
        axes = sorted_axes(self.axis, x.ndim)
        inverse = ops.rsqrt(ops.reduce_mean(ops.square(x), axes, True) + self.epsilon)
        shape = [size if i in axes else 1 for i, size in enumerate(x._shape)]
        y = x * inverse * ops.reshape(ops.cast(self.scale, x.dtype), shape)
        return ops.cast(y, inputs.dtype)


class UnitNormalization(Layer):
    """Every sample with Euclidean length 1 along some axes.

    Args:
      axis: the axis, or a list of axes.

    Example:
    >>> tf.keras.layers.UnitNormalization()(tf.constant([[3.0, 4.0]])).numpy()
    array([[0.6, 0.8]], dtype=float32)
    """

    _built_at_once = True
    supports_masking = True

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis_argument(axis)

    def call(self, inputs):
        """The inputs divided by their lengths."""
        axes = sorted_axes(self.axis, inputs.ndim)
        total = ops.reduce_sum(ops.square(inputs), axes, True)
        return inputs * ops.minimum(ops.rsqrt(total), 1e12)


def axis_argument(axis):
    """An axis, or axes as a list; TypeError else."""
    if isinstance(axis, (list, tuple)):
        return sorted(axis)
    if not isinstance(axis, int):
        raise TypeError(
            "Expected an int or a list/tuple of ints for the argument 'axis', but received: "
            f"{axis!r}"
        )
    return axis


def sorted_axes(axis, rank):
    """The axes as a sorted list of numbers from 0."""
    return sorted(a % rank for a in (axis if isinstance(axis, list) else [axis]))


def check_axes(layer, axes, shape):
    """Raises ValueError for an axis that inputs of this shape do not have."""
    for axis in axes:
        if not -len(shape) <= axis < len(shape):
            raise ValueError(
                f"Layer '{layer.name}': axis {axis} is out of bounds for input shape "
                f"{tuple(shape)}."
            )


def at_least_float32(x):
    """The tensor in float32, unless it is a float of more bits: sums of half precision overflow."""
    return x if x.dtype.name == "float64" else ops.cast(x, "float32")
