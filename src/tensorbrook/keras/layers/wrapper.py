"""Wrapper: the base of layers that are made of another layer."""

from ..registry import custom_object_scope
from .layer import Layer


class Wrapper(Layer):
    """The base of layers around another layer, which a subclass's `call` calls.

    The wrapped layer is built when the wrapper is, its weights are the wrapper's, and the wrapper's
    config holds its config.

    Args:
      layer: the layer.

    Raises:
      ValueError: something that is no layer.

    Example:
    >>> class Twice(tf.keras.layers.Wrapper):
    ...     def call(self, inputs):
    ...         return self.layer(self.layer(inputs))
    >>> Twice(tf.keras.layers.Rescaling(3.0))(tf.constant([1.0])).numpy()
    array([9.], dtype=float32)
    """

    def __init__(self, layer, **kwargs):
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Layer {layer!r} supplied to {type(self).__name__} isn't a supported layer type: "
                "`layer` must be an instance of keras.layers.Layer, such as keras.layers.Dense(3). "
                f"Received: layer={layer!r} (of type {type(layer)})"
            )
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape=None):
        """Builds the wrapped layer, by default for the shape of the wrapper's inputs."""
        if not self.layer.built:
            self.layer.build(input_shape)
        super().build(input_shape)

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """A wrapper from what `get_config` returned, around a new layer.

        Args:
          custom_objects: classes and functions that the config names.
        """
        with custom_object_scope(custom_objects or {}):
            return super().from_config(config)
