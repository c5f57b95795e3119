"""Activations with parameters as layers: ReLU, LeakyReLU, PReLU, ELU, Softmax, ThresholdedReLU."""

from ... import ops
from .. import activations
from .declared import Weight
from .layer import Layer
from .spec import InputSpec


class _Activation(Layer):
    _built_at_once = True
    supports_masking = True
    _ragged = "values"

    def _set_at_least_zero(self, name, value):
        if value is None or value < 0:
            what = "a negative value" if name == "max_value" else "None or a negative value"
            raise ValueError(
                f"{name} of a {type(self).__name__} layer cannot be {what}. "
                f"Received: {name}={value}"
            )
        setattr(self, name, value)


class ReLU(_Activation):
    """The rectifier: x where it is above `threshold`, at most `max_value`.

    Args:
      max_value: the largest value, or None for no limit.
      negative_slope: the slope below `threshold`.
      threshold: values up to here are cut off.

    Raises:
      ValueError: a negative argument.

    Example:
    >>> tf.keras.layers.ReLU(max_value=6.0)(tf.constant([-1.0, 2.0, 9.0])).numpy()
    array([0., 2., 6.], dtype=float32)
    """

    def __init__(self, max_value=None, negative_slope=0.0, threshold=0.0, **kwargs):
        super().__init__(**kwargs)
        self.max_value = None
        if max_value is not None:
            self._set_at_least_zero("max_value", max_value)
        self._set_at_least_zero("negative_slope", negative_slope)
        self._set_at_least_zero("threshold", threshold)

    def call(self, inputs):
        """The rectified inputs."""
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


class LeakyReLU(_Activation):
    """x where it is positive, `negative_slope * x` elsewhere.

    Args:
      negative_slope: the slope; Keras 2's name, `alpha`, is taken as well.

    Raises:
      ValueError: a negative slope.

    Example:
    >>> tf.keras.layers.LeakyReLU(0.5)(tf.constant([-1.0, 2.0])).numpy()
    array([-0.5,  2. ], dtype=float32)
    """

    def __init__(self, negative_slope=0.3, **kwargs):
        negative_slope = kwargs.pop("alpha", negative_slope)
        super().__init__(**kwargs)
        self._set_at_least_zero("negative_slope", negative_slope)

    def call(self, inputs):
        """The inputs, the negative ones made smaller."""
        return activations.leaky_relu(inputs, self.negative_slope)


class PReLU(_Activation):
    """x where it is positive, alpha * x elsewhere; alpha is a weight for each element of a sample.

    Args:
      alpha_initializer, alpha_regularizer, alpha_constraint: of the weights.
      shared_axes: axes along which the weights are shared, counted from 1.

    Example:
    >>> layer = tf.keras.layers.PReLU(alpha_initializer="ones")
    >>> layer(tf.constant([[-1.0, 2.0]])).numpy()
    array([[-1.,  2.]], dtype=float32)
    """

    _ragged = "whole"

    def _sizes(self, input_shape):
        shared = self.shared_axes or ()
        return [1 if i in shared else size for i, size in enumerate(input_shape)][1:]

    alpha = Weight(_sizes)
    _built_at_once = False

    def __init__(
        self,
        alpha_initializer="Zeros",
        alpha_regularizer=None,
        alpha_constraint=None,
        shared_axes=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        is_one = isinstance(shared_axes, int)
        self.shared_axes = [shared_axes] if is_one else shared_axes and list(shared_axes)

    def build(self, input_shape):
        """Makes alpha; later inputs must have the sizes it was made for."""
        super().build(input_shape)
        axes = {i: d for i, d in enumerate(input_shape) if i and i not in (self.shared_axes or ())}
        self.input_spec = InputSpec(ndim=len(input_shape), axes=axes)

    def call(self, inputs):
        """The inputs, the negative ones times alpha."""
        return ops.relu(inputs) - self.alpha * ops.relu(-inputs)


class ELU(_Activation):
    """x where it is positive, `alpha * (exp(x) - 1)` elsewhere.

    Example:
    >>> tf.keras.layers.ELU(alpha=0.5)(tf.constant([-100.0, 2.0])).numpy()
    array([-0.5,  2. ], dtype=float32)
    """

    def __init__(self, alpha=1.0, **kwargs):
        super().__init__(**kwargs)
        self.alpha = alpha

    def call(self, inputs):
        """The inputs, the negative ones bent."""
        return activations.elu(inputs, self.alpha)


class ThresholdedReLU(_Activation):
    """x where it is above `theta`, 0 elsewhere.

    Example:
    >>> tf.keras.layers.ThresholdedReLU(1.5)(tf.constant([1.0, 2.0])).numpy()
    array([0., 2.], dtype=float32)
    """

    def __init__(self, theta=1.0, **kwargs):
        super().__init__(**kwargs)
        self._set_at_least_zero("theta", theta)

    def call(self, inputs):
        """The inputs, with the small ones cut off."""
        return inputs * ops.cast(inputs > self.theta, inputs.dtype)


class Softmax(_Activation):
    """exp(x), divided by its sum over `axis`; with a mask, over what the mask leaves.

    Args:
      axis: an axis, or several taken together.

    Example:
    >>> layer = tf.keras.layers.Softmax()
    >>> layer(tf.zeros([1, 3]), mask=tf.constant([[True, False, True]])).numpy()
    array([[0.5, 0. , 0.5]], dtype=float32)
    """

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis

    def call(self, inputs, mask=None):
        """The probabilities."""
        if mask is None:
            return activations.softmax(inputs, self.axis)
        sizes = zip(reversed(mask._shape), reversed(inputs._shape))
        if mask.ndim > inputs.ndim:
            raise ValueError(
                f"Layer '{self.name}': the `mask` must not have more dimensions than `inputs`. "
                f"Received: inputs.shape={inputs.shape}, mask.shape={mask.shape}"
            )
        if any(m.__class__ is x.__class__ is int and m not in (1, x) for m, x in sizes):
            raise ValueError(
                f"Layer '{self.name}': the `mask` must be broadcastable to `inputs`. Received: "
                f"inputs.shape={inputs.shape}, mask.shape={mask.shape}"
            )
        mask = mask if mask.dtype.name == "bool" else ops.cast(mask, "float32") > 0.5
        floor = -3e4 if inputs.dtype.name == "float16" else -1e9
        floor = ops.cast(floor, inputs.dtype)
        outputs = activations.softmax(ops.where(mask, inputs, floor), self.axis)
        return ops.where(mask, outputs, ops.zeros_like(outputs))
