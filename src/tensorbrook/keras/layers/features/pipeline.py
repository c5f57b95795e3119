"""Pipeline: layers one after the other, for data before the training."""

from ...registry import deserialize, serialize
from ..calls import wants_of, with_masks
from ..layer import Layer


class Pipeline(Layer):
    """Layers called one after the other, such as those that prepare data.

    Args:
      layers: the layers.

    Example:
    >>> layer = tf.keras.layers.Pipeline([
    ...     tf.keras.layers.Discretization([0.0, 1.0]),
    ...     tf.keras.layers.CategoryEncoding(3, output_mode="one_hot")])
    >>> layer(tf.constant([0.5])).numpy()
    array([[0., 1., 0.]], dtype=float32)
    """

    def __init__(self, layers, name=None, **kwargs):
        super().__init__(name=name, **kwargs)
        self._pipeline_layers = list(layers)

    layers = property(lambda self: self._pipeline_layers, doc="The layers.")

    def call(self, inputs, training=True, mask=None):
        """What the last layer gives for what the others make of the inputs."""
        inputs = with_masks(inputs, mask)
        for layer in self._pipeline_layers:
            wants = wants_of(type(layer))
            inputs = layer(inputs, **({"training": training} if wants.training else {}))
        return inputs

    def get_config(self):
        """The arguments that make an equal layer."""
        layers = [serialize(layer) for layer in self._pipeline_layers]
        return {"name": self.name, "layers": layers}

    @classmethod
    def from_config(cls, config):
        """The layer of a config."""
        layers = [x if isinstance(x, Layer) else deserialize(x) for x in config["layers"]]
        return cls(**{**config, "layers": layers})
