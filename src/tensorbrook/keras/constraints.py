"""Constraints: what the optimizer makes of a weight after each update."""

import numpy as np

from .. import ops
from ..base.config import settings
from ..core.tensor import convert_to_tensor
from . import registry


class Constraint(registry.Configurable):
    """The base of constraints: subclass it and write `__call__(w)`, the weight to keep.

    Example:
    >>> class Halved(tf.keras.constraints.Constraint):
    ...     def __call__(self, w):
    ...         return w / 2
    >>> Halved()(tf.constant([4.0])).numpy()
    array([2.], dtype=float32)
    """

    def __call__(self, w):
        return w


def _norms(w, axis):
    return ops.sqrt(ops.reduce_sum(ops.square(w), axis=axis, keepdims=True))


class MaxNorm(Constraint):
    """Scales what is longer than `max_value` down to that length.

    Args:
      max_value: the largest norm.
      axis: the axis (or axes) that norms are taken along: 0 for the kernel of a Dense layer,
        [0, 1, 2] for that of a Conv2D.

    Example:
    >>> tf.keras.constraints.MaxNorm(1.0)(tf.constant([[3.0, 0.3], [4.0, 0.4]])).numpy().round(5)
    array([[0.6, 0.3],
           [0.8, 0.4]], dtype=float32)
    """

    def __init__(self, max_value=2, axis=0):
        self.max_value = max_value
        self.axis = axis

    def __call__(self, w):
        w = convert_to_tensor(w)
        norms = _norms(w, self.axis)
        desired = ops.clip_by_value(norms, 0.0, float(self.max_value))
        return w * (desired / (settings.epsilon + norms))


class NonNeg(Constraint):
    """Sets what is negative to 0.

    Example:
    >>> tf.keras.constraints.NonNeg()(tf.constant([-1.0, 2.0])).numpy()
    array([0., 2.], dtype=float32)
    """

    def __call__(self, w):
        return ops.maximum(w, 0.0)


class UnitNorm(Constraint):
    """Scales to length 1 along `axis`.

    Example:
    >>> tf.keras.constraints.UnitNorm()(tf.constant([3.0, 4.0])).numpy().round(5)
    array([0.6, 0.8], dtype=float32)
    """

    def __init__(self, axis=0):
        self.axis = axis

    def __call__(self, w):
        w = convert_to_tensor(w)
        return w / (settings.epsilon + _norms(w, self.axis))


class MinMaxNorm(Constraint):
    """Brings the length along `axis` towards the range from `min_value` to `max_value`.

    Args:
      min_value, max_value: the range.
      rate: 1.0 keeps strictly to the range; less goes only that part of the way.
      axis: as in `MaxNorm`.

    Example:
    >>> short = tf.constant([0.3, 0.4])
    >>> tf.keras.constraints.MinMaxNorm(1.0, 2.0)(short).numpy().round(5)
    array([0.6, 0.8], dtype=float32)
    """

    def __init__(self, min_value=0.0, max_value=1.0, rate=1.0, axis=0):
        self.min_value = min_value
        self.max_value = max_value
        self.rate = rate
        self.axis = axis

    def __call__(self, w):
        w = convert_to_tensor(w)
        norms = _norms(w, self.axis)
        clipped = ops.clip_by_value(norms, float(self.min_value), float(self.max_value))
        desired = self.rate * clipped + (1 - self.rate) * norms
        return w * (desired / (settings.epsilon + norms))


class RadialConstraint(Constraint):
    """Keras 2's: square filters (size, size, channels, filters) that are alike along each ring
    around their middle, which has the value of one place on the diagonal.

    Raises:
      ValueError: no tensor of four axes.

    Example:
    >>> rows = tf.reshape(tf.range(9.0), (3, 3, 1, 1))
    >>> tf.keras.constraints.RadialConstraint()(rows).numpy()[..., 0, 0]
    array([[4., 4., 4.],
           [4., 0., 4.],
           [4., 4., 4.]], dtype=float32)
    """

    def __call__(self, w):
        w = convert_to_tensor(w)
        if len(w.shape) != 4:
            raise ValueError(f"The weight tensor must have rank 4. Received shape: {w.shape}")
        size, middle = w.shape[0], w.shape[0] // 2
        i, j = np.indices((size, size))
        ring = np.max(
            [i - middle, middle - 1 + size % 2 - i, j - middle, middle - 1 + size % 2 - j], 0
        )
        place = np.where(ring == 0, middle - 1, middle + ring - size % 2)
        return ops.gather(ops.reshape(w, (size * size, *w.shape[2:])), place * (size + 1))


max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm
radial_constraint = RadialConstraint
maxnorm, nonneg, unitnorm = MaxNorm, NonNeg, UnitNorm  # as Keras 1 called them

TABLE = registry.family(Constraint)


def get(identifier):
    """The constraint that `identifier` names: a string, a config, a class or the thing itself.

    Raises:
      ValueError: no constraint of that name; the message gives the nearest ones.

    Example:
    >>> tf.keras.constraints.get("max_norm").max_value
    2
    """
    return None if identifier is None else registry.get(identifier, TABLE, "constraint")


def serialize(constraint):
    """The config of a constraint: what `deserialize` makes an equal one of.

    Example:
    >>> tf.keras.constraints.serialize(tf.keras.constraints.MaxNorm(3))["class_name"]
    'MaxNorm'
    """
    return registry.serialize(constraint)


def deserialize(config, custom_objects=None):
    """The constraint of a config made by `serialize`, or of a name.

    Example:
    >>> config = tf.keras.constraints.serialize(tf.keras.constraints.MaxNorm(3))
    >>> tf.keras.constraints.deserialize(config).max_value
    3
    """
    return registry.deserialize(config, TABLE, "constraint", custom_objects)
