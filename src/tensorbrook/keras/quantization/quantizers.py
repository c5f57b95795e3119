"""Quantizers: objects that turn floats into small integers, as configs name them."""

from .. import registry
from ..registry import Configurable
from .numbers import abs_max_quantize


class Quantizer(Configurable):
    """The base of quantizers: `quantizer(x)` is (integers, scale).

    Args:
      output_dtype: of the integers.
    """

    _config_module = "keras.quantizers"

    def __init__(self, output_dtype="int8"):
        self.output_dtype = output_dtype

    def __call__(self, x):
        """`x` itself; a subclass quantizes it."""
        return x


class AbsMaxQuantizer(Quantizer):
    """`abs_max_quantize` with its arguments.

    Args:
      axis: over which the largest is taken.
      value_range: the least and the largest integer.
      epsilon: added to the largest.
      output_dtype: of the integers.

    Raises:
      ValueError: a range that the dtype does not hold.

    Example:
    >>> tf.keras.quantizers.AbsMaxQuantizer(axis=-1)(tf.constant([[1.0, -2.0]]))[0].numpy()
    array([[  64, -127]], dtype=int8)
    """

    def __init__(self, axis=None, value_range=(-127, 127), epsilon=1e-07, output_dtype="int8"):
        super().__init__(output_dtype)
        self.axis = tuple(axis) if isinstance(axis, (list, tuple)) else axis
        self.axis = self.axis if axis is None or isinstance(self.axis, tuple) else (self.axis,)
        self.value_range = tuple(value_range)
        self.epsilon = epsilon
        low, high = {"int8": (-128, 127), "uint8": (0, 255)}.get(output_dtype, self.value_range)
        if self.value_range[0] < low or self.value_range[1] > high:
            raise ValueError(
                f"Quantizer with output_dtype='{output_dtype}' requires value_range to be within "
                f"the interval [{low}, {high}]. Received: value_range={value_range}"
            )

    def __call__(self, x, axis=None, to_numpy=False):
        """(integers, scale); over the last axis where no axis was given."""
        axis = self.axis if axis is None else axis
        axis = -1 if axis is None else list(axis) if isinstance(axis, tuple) else axis
        return abs_max_quantize(
            x, axis, self.value_range, self.output_dtype, self.epsilon, to_numpy
        )

    def get_config(self):
        """The arguments."""
        config = super().get_config()
        return config if self.axis is not None else {k: v for k, v in config.items() if k != "axis"}


TABLE = registry.family(Quantizer)


def get(identifier, **kwargs):
    """The quantizer of a name or config; `kwargs` are its constructor's.

    Raises:
      ValueError: an unknown name.

    Example:
    >>> tf.keras.quantizers.get("abs_max_quantizer", axis=1).axis
    (1,)
    """
    if identifier is None or isinstance(identifier, Quantizer):
        return identifier
    if isinstance(identifier, dict):
        return registry.deserialize(identifier, TABLE, "quantizer")
    found = TABLE.get(identifier) if isinstance(identifier, str) else identifier
    if callable(found):
        return found(**kwargs) if isinstance(found, type) else found
    raise ValueError(f"Could not interpret quantizer identifier: {identifier}")


def serialize(initializer):
    """The config of a quantizer, which Keras calls `initializer` here."""
    return registry.serialize(initializer)


def deserialize(config, custom_objects=None):
    """The quantizer of what `serialize` returned."""
    return registry.deserialize(config, TABLE, "quantizer", custom_objects)
