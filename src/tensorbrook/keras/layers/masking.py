"""Masking: marks the steps of a sequence that later layers are to skip."""

from ... import ops
from .layer import Layer


class Masking(Layer):
    """Marks steps all of whose features equal `mask_value`, and sets them to 0.

    Args:
      mask_value: the value.

    Example:
    >>> layer = tf.keras.layers.Masking(mask_value=9.0)
    >>> layer(tf.constant([[[9.0, 9.0], [9.0, 1.0]]])).numpy()
    array([[[0., 0.],
            [9., 1.]]], dtype=float32)
    """

    _built_at_once = True
    supports_masking = True

    def __init__(self, mask_value=0.0, **kwargs):
        super().__init__(**kwargs)
        self.mask_value = mask_value

    def compute_mask(self, inputs, mask=None):
        """Which steps count."""
        return ops.reduce_any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs):
        """The inputs with zeros at the masked steps."""
        kept = ops.reduce_any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return ops.where(kept, inputs, ops.zeros_like(inputs))
