"""Regularizers: penalties on weights or activations, added to the loss."""

import math

from .. import ops
from ..core.tensor import convert_to_tensor
from . import registry


class Regularizer(registry.Configurable):
    """The base of regularizers: subclass it and write `__call__(x)`, the penalty.

    Example:
    >>> class Largest(tf.keras.regularizers.Regularizer):
    ...     def __call__(self, x):
    ...         return 0.1 * tf.reduce_max(tf.abs(x))
    >>> Largest()(tf.constant([-2.0, 1.0])).numpy()
    np.float32(0.2)
    """

    def __call__(self, x):
        return 0.0


def _strength(value, name, default):
    if value is None:
        return default
    if not isinstance(value, (float, int)) or not math.isfinite(value) or value < 0:
        raise ValueError(
            f"Invalid value for argument {name}: expected a non-negative float. "
            f"Received: {name}={value}"
        )
    return float(value)


def _l1(strength, x):
    return ops.cast(strength, x.dtype) * ops.reduce_sum(ops.abs(x))


def _l2(strength, x):
    return ops.cast(strength, x.dtype) * ops.reduce_sum(ops.square(x))


def _given(strength, *, l=None):
    """A strength, which Keras 2 calls `l`."""
    return strength if l is None else l


class L1(Regularizer):
    """The penalty `l1 * sum(|x|)`; it makes weights exactly 0.

    Raises:
      ValueError: the strength is negative or not finite.

    Example:
    >>> tf.keras.regularizers.L1(0.5)(tf.constant([-1.0, 3.0])).numpy()
    np.float32(2.0)
    """

    def __init__(self, l1=0.01, **old):
        self.l1 = _strength(_given(l1, **old), "l1", 0.01)

    def __call__(self, x):
        return _l1(self.l1, convert_to_tensor(x))


class L2(Regularizer):
    """The penalty `l2 * sum(x**2)`; it keeps weights small.

    Raises:
      ValueError: the strength is negative or not finite.

    Example:
    >>> tf.keras.regularizers.L2(0.5)(tf.constant([-1.0, 3.0])).numpy()
    np.float32(5.0)
    """

    def __init__(self, l2=0.01, **old):
        self.l2 = _strength(_given(l2, **old), "l2", 0.01)

    def __call__(self, x):
        return _l2(self.l2, convert_to_tensor(x))


class L1L2(Regularizer):
    """The penalty `l1 * sum(|x|) + l2 * sum(x**2)`.

    Raises:
      ValueError: a strength is negative or not finite.

    Example:
    >>> tf.keras.regularizers.L1L2(l1=0.5, l2=0.25)(tf.constant([-1.0, 3.0])).numpy()
    np.float32(4.5)
    """

    def __init__(self, l1=0.0, l2=0.0):
        self.l1 = _strength(l1, "l1", 0.0)
        self.l2 = _strength(l2, "l2", 0.0)

    def __call__(self, x):
        x = convert_to_tensor(x)
        penalty = ops.zeros([], x.dtype)
        if self.l1:
            penalty += _l1(self.l1, x)
        if self.l2:
            penalty += _l2(self.l2, x)
        return penalty


class OrthogonalRegularizer(Regularizer):
    """A penalty that turns the rows (or the columns) of a matrix away from each other.

    `factor * mean(|cosine|)` over all pairs of different rows.

    Args:
      factor: the strength.
      mode: "rows" or "columns".

    Raises:
      ValueError: another mode, a negative strength, or an input that is no matrix.

    Example:
    >>> regularizer = tf.keras.regularizers.OrthogonalRegularizer(factor=0.1)
    >>> regularizer(tf.eye(3)).numpy()
    np.float32(0.0)
    """

    def __init__(self, factor=0.01, mode="rows"):
        self.factor = _strength(factor, "factor", 0.01)
        if mode not in ("rows", "columns"):
            raise ValueError(
                'Invalid value for argument `mode`. Expected one of {"rows", "columns"}. '
                f"Received: mode={mode}"
            )
        self.mode = mode

    def __call__(self, inputs):
        inputs = convert_to_tensor(inputs)
        if len(inputs._shape) != 2:
            raise ValueError(
                "Inputs to OrthogonalRegularizer must have rank 2. "
                f"Received: inputs.shape={inputs.shape}"
            )
        columns = self.mode == "columns"
        length = ops.sqrt(ops.reduce_sum(ops.square(inputs), axis=1 - columns, keepdims=True))
        unit = inputs / ops.maximum(length, 1e-12)
        cosines = ops.matmul(unit, unit, transpose_a=columns, transpose_b=not columns)
        size = inputs._shape[columns]
        others = ops.abs(cosines * (1.0 - ops.eye(size, dtype=inputs.dtype)))
        return self.factor * 0.5 * ops.reduce_sum(others) / (size * (size - 1.0) / 2.0)


l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer

TABLE = registry.family(Regularizer) | {"l1_l2": L1L2}


def get(identifier):
    """The regularizer that `identifier` names: a string, a config, a class or the thing itself.

    Raises:
      ValueError: no regularizer of that name; the message gives the nearest ones.

    Example:
    >>> tf.keras.regularizers.get("l2").l2
    0.01
    """
    return None if identifier is None else registry.get(identifier, TABLE, "regularizer")


def serialize(regularizer):
    """The config of a regularizer: what `deserialize` makes an equal one of.

    Example:
    >>> tf.keras.regularizers.serialize(tf.keras.regularizers.L2(0.5))["class_name"]
    'L2'
    """
    return registry.serialize(regularizer)


def deserialize(config, custom_objects=None):
    """The regularizer of a config made by `serialize`, or of a name.

    Example:
    >>> config = tf.keras.regularizers.serialize(tf.keras.regularizers.L2(0.5))
    >>> tf.keras.regularizers.deserialize(config).l2
    0.5
    """
    return registry.deserialize(config, TABLE, "regularizer", custom_objects)
