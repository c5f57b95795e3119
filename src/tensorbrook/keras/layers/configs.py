"""Layers to configurations and back."""

from .. import registry


def serialize(layer):
    """The config of a layer: what `deserialize` makes an equal one of.

    Example:
    >>> tf.keras.layers.serialize(tf.keras.layers.Dense(3))["class_name"]
    'Dense'
    """
    return registry.serialize(layer)


def deserialize(config, custom_objects=None):
    """The layer of a config made by `serialize`, without weights.

    Raises:
      ValueError: a class that nobody made known; the message gives the nearest ones.

    Example:
    >>> tf.keras.layers.deserialize(tf.keras.layers.serialize(tf.keras.layers.Dense(3))).units
    3
    """
    return registry.deserialize(config, None, "layer", custom_objects)
