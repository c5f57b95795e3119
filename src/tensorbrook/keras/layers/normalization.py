"""Batch, layer, group, RMS and unit normalization."""

import math

from ... import ops
from ..ops.nn.normalization import in_replicas, moments_of_all
from .core import check_size
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
      renorm: batch renormalization (Ioffe, 2017): in training the result is corrected by averages
        of mean and standard deviation, by which small batches come near to what is used else.
      renorm_clipping: the limits of that correction, x * r + d: a dict with "rmin", "rmax" (of r)
        and "dmax" (of |d|), each of which may be missing.
      renorm_momentum: of the averages for that.
      synchronized: take the statistics over the batches of all replicas of a strategy.
      fused: Keras 2's choice of a kernel, which changes nothing.
      virtual_batch_size, adjustment: Keras 2's, which must be None.

    Raises:
      NotImplementedError: a virtual batch size, an adjustment.
      ValueError: an axis the inputs do not have; limits of the correction that are no limits.

    Example:
    >>> layer = tf.keras.layers.BatchNormalization(epsilon=0.0)
    >>> layer(tf.constant([[1.0], [3.0]]), training=True).numpy()
    array([[-1.],
           [ 1.]], dtype=float32)
    """

    moving_mean = Weight(_Scaled._sizes, trainable=False, autocast=False)
    moving_variance = Weight(_Scaled._sizes, trainable=False, autocast=False)

    def _renorm_sizes(self, input_shape):
        return self._sizes(input_shape) if self.renorm else None

    moving_stddev = Weight(_renorm_sizes, "ones", trainable=False, autocast=False)
    renorm_mean = Weight(_renorm_sizes, prefix="moving_mean", trainable=False, autocast=False)
    renorm_stddev = Weight(_renorm_sizes, "ones", trainable=False, autocast=False)

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
        kwargs.pop("fused", None)
        for name in ("virtual_batch_size", "adjustment"):
            if kwargs.pop(name, None) is not None:
                raise NotImplementedError(
                    f"BatchNormalization: `{name}` is not built; normalize parts of a batch by "
                    "calling the layer on each, or adjust its output in a layer of your own."
                )
        super().__init__(**kwargs)
        self.axis = int(axis[0] if isinstance(axis, (list, tuple)) else axis)
        self.momentum, self.epsilon = float(momentum), float(epsilon)
        limits = self.renorm_clipping or {}
        self._rmin, self._rmax, self._dmax = (
            limits.get(name, default)
            for name, default in (("rmin", 0.0), ("rmax", math.inf), ("dmax", math.inf))
        )
        unknown = set(limits) - {"rmin", "rmax", "dmax"}
        if unknown:
            raise ValueError(
                f"Received invalid keys for `renorm_clipping`: {sorted(unknown)}. It is a dict "
                "with the keys 'rmin', 'rmax' and 'dmax'."
            )
        if self._rmin > self._rmax or self._dmax < 0:
            raise ValueError(
                "`renorm_clipping` must have rmin <= rmax and dmax >= 0. "
                f"Received: renorm_clipping={renorm_clipping}"
            )

    def build(self, input_shape):
        """Makes the weights; later inputs must have as many features."""
        super().build(input_shape)
        if self.renorm:
            for weight in (self.moving_stddev, self.renorm_stddev):
                weight.assign(ops.sqrt(self.moving_variance))
        axes = {self.axis: input_shape[self.axis]}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs, training=None, mask=None):
        """The normalized inputs; in training it moves the averages."""
        x = at_least_float32(inputs)
        mean, variance, beta, gamma = (
            None if v is None else ops.cast(v, x.dtype)
            for v in (self.moving_mean, self.moving_variance, self.beta, self.gamma)
        )
        if training and self.trainable:
            mean, variance = self._moments(x, mask)
            _move(self.moving_mean, mean, self.momentum)
            if self.renorm:
                beta, gamma = self._corrected(mean, variance, beta, gamma)
            else:
                _move(self.moving_variance, variance, self.momentum)
        shape = [1] * x.ndim
        shape[self.axis] = x._shape[self.axis]
        mean, variance, beta, gamma = (
            None if v is None else ops.reshape(v, shape) for v in (mean, variance, beta, gamma)
        )
        y = ops.batch_normalization(x, mean, variance, beta, gamma, self.epsilon)
        return ops.cast(y, self.compute_dtype)

    def _corrected(self, mean, variance, beta, gamma):
        """(beta, gamma) with the correction x * r + d in them; moves the averages behind it."""
        mean, stddev = ops.stop_gradient(mean), ops.stop_gradient(ops.sqrt(variance + self.epsilon))
        known_mean, known_stddev = (
            ops.cast(average, mean.dtype) for average in (self.renorm_mean, self.renorm_stddev)
        )
        r = ops.clip_by_value(stddev / known_stddev, self._rmin, self._rmax)
        d = ops.clip_by_value((mean - known_mean) / known_stddev, -self._dmax, self._dmax)
        _move(self.renorm_mean, mean, self.renorm_momentum)
        _move(self.renorm_stddev, stddev, self.renorm_momentum)
        moved = _move(self.moving_stddev, stddev, self.momentum)
        variance = ops.relu(ops.square(moved) - self.epsilon)
        self.moving_variance.assign(ops.cast(variance, self.moving_variance.dtype))
        shift = d if gamma is None else d * gamma
        return (shift if beta is None else beta + shift), (r if gamma is None else r * gamma)

    def _moments(self, x, mask):
        """Mean and variance over the batch, of what the mask leaves."""
        axes = [i for i in range(x.ndim) if i != self.axis % x.ndim]
        together = self.synchronized and in_replicas()
        if mask is None:
            return moments_of_all(x, tuple(axes)) if together else ops.moments(x, axes)
        if mask.ndim != x.ndim - 1:
            raise ValueError(
                f"Layer '{self.name}': the mask provided should be one dimension less than the "
                f"inputs. Received: mask.shape={mask.shape}, inputs.shape={x.shape}"
            )
        weight = ops.broadcast_to(ops.cast(ops.expand_dims(mask, -1), x.dtype), x._shape)
        if together:
            return moments_of_all(x, tuple(axes), weight=weight)
        count = ops.reduce_sum(weight, axes, True) + 1e-7  # keras.backend.epsilon()
        mean = ops.reduce_sum(x * weight, axes, True) / count
        variance = ops.reduce_sum(ops.square(x - mean) * weight, axes, True) / count
        features = (x._shape[self.axis],)
        return ops.reshape(mean, features), ops.reshape(variance, features)


def _move(average, new, momentum):
    """Moves an average to a new value by 1 - momentum; returns it in the new value's dtype."""
    moved = ops.cast(average, new.dtype) * momentum + new * (1.0 - momentum)
    average.assign(ops.cast(moved, average.dtype))
    return moved


class LayerNormalization(_Scaled):
    """Every sample with mean 0 and variance 1 along some axes, then * gamma + beta.

    Args:
      axis: the axis, or a list of axes.
      epsilon: added to the variance.
      center, scale: whether there is a beta, a gamma.
      beta_initializer, gamma_initializer: how the weights begin.
      beta_regularizer, gamma_regularizer: what they add to the loss.
      beta_constraint, gamma_constraint: applied to the weights after each step.
      **kwargs: `rms_scaling`, of Keras before RMSNormalization: only the scale changes, by the
        deviation; there is no beta.

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
        self._rms_scaling = kwargs.pop("rms_scaling", False)
        super().__init__(**kwargs)
        self.autocast = False  # what overflows in float16 does not before it is normalized
        self.center = center and not self._rms_scaling
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
        if self._rms_scaling:
            mean = ops.zeros_like(mean)
        y = ops.batch_normalization(x, mean, variance, beta, gamma, self.epsilon)
        return ops.cast(y, self.compute_dtype)


class GroupNormalization(_Scaled):
    """Every group of channels of a sample with mean 0 and variance 1, then * gamma + beta.

    Args:
      groups: how many groups; -1 for as many as there are channels (instance normalization).
      axis: the channels' axis.

    The other arguments are those of LayerNormalization.

    Raises:
      ValueError: channels that are unknown or that the groups do not divide; inputs without such
        an axis.

    Reference: Wu and He, 2018.

    Example:
    >>> layer = tf.keras.layers.GroupNormalization(2, epsilon=0.0)
    >>> layer(tf.constant([[1.0, 3.0, 10.0, 30.0]])).numpy()
    array([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        groups=32,
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
        super().__init__(**kwargs)
        self.autocast = False
        if groups != -1:
            self.groups = check_size(self, "groups", groups)
        if not isinstance(axis, int) or axis == 0:
            raise ValueError(
                "`axis` must be an integer, the channels' axis, and not 0, the batch's. Received: "
                f"axis={axis!r}"
            )

    def build(self, input_shape):
        """Makes the weights; later inputs must have as many channels."""
        check_axes(self, [self.axis], input_shape)
        channels = input_shape[self.axis]
        if channels is None:
            raise ValueError(
                f"Axis {self.axis} of input tensor should have a defined dimension but the layer "
                f"received an input with shape {tuple(input_shape)}."
            )
        self.groups = channels if self.groups == -1 else self.groups
        if channels < self.groups:
            raise ValueError(
                f"The number of groups ({self.groups}) cannot be more than the number of channels "
                f"({channels})."
            )
        if channels % self.groups:
            raise ValueError(
                f"The number of channels ({channels}) must be a multiple of the number of groups "
                f"({self.groups})."
            )
        super().build(input_shape)
        self.input_spec = InputSpec(ndim=len(input_shape), axes={self.axis: channels})

    def call(self, inputs):
        """The normalized inputs."""
        x = at_least_float32(inputs)
        axis, channels = self.axis % x.ndim, x._shape[self.axis]
        split = (self.groups, channels // self.groups)
        x = ops.reshape(x, (*x._shape[:axis], *split, *x._shape[axis + 1 :]))
        axes = [i for i in range(1, x.ndim) if i != axis]
        mean, variance = ops.moments(x, axes, keepdims=True)
        shape = (*split, *[1] * (inputs.ndim - axis - 1))
        gamma, beta = (
            None if v is None else ops.reshape(ops.cast(v, x.dtype), shape)
            for v in (self.gamma, self.beta)
        )
        y = ops.batch_normalization(x, mean, variance, beta, gamma, self.epsilon)
        return ops.cast(ops.reshape(y, inputs._shape), self.compute_dtype)


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
                f"{tuple(shape)}. All `axis` values must be in the range "
                f"[{-len(shape)}, {len(shape)})."
            )


def at_least_float32(x):
    """The tensor in float32, unless it is a float of more bits: sums of half precision overflow."""
    return x if x.dtype.name == "float64" else ops.cast(x, "float32")
