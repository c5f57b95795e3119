"""Masking: marks the steps of a sequence that later layers are to skip."""

from ... import ops
from ...base.dtypes import as_dtype
from .layer import Layer
from .symbolic import KerasTensor


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
        return ops.reduce_any(self._counts(inputs), axis=-1)

    def call(self, inputs):
        """The inputs with zeros at the masked steps."""
        kept = ops.reduce_any(self._counts(inputs), axis=-1, keepdims=True)
        return ops.where(kept, inputs, ops.zeros_like(inputs))

    def _counts(self, inputs):
        value = self.mask_value
        if not isinstance(inputs, KerasTensor):
            inputs = ops.convert_to_tensor(inputs)
        if as_dtype(inputs.dtype).is_integer:  # 0.0 marks integers too
            inputs, value = ops.cast(inputs, "float64"), float(value)
        return ops.not_equal(inputs, value)
