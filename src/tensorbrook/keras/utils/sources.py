"""What keras.utils offers of layers: FeatureSpace; what a symbolic tensor depends on."""

from ..backend import clear_session, is_keras_tensor
from ..layers.features.feature_space import FeatureSpace

__all__ = ["FeatureSpace", "clear_session", "get_source_inputs", "is_keras_tensor"]


def get_source_inputs(tensor):
    """The inputs that a symbolic tensor depends on, as a list.

    Example:
    >>> x = tf.keras.Input((2,), name="x")
    >>> [t.name for t in tf.keras.utils.get_source_inputs(x * 2 + x)]
    ['x']
    """
    layer, node, _ = tensor._keras_history
    parents = layer._inbound_nodes[node].input_tensors
    if not parents:
        return [tensor]
    found = {id(source): source for parent in parents for source in get_source_inputs(parent)}
    return list(found.values())
