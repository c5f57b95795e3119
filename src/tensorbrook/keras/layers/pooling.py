"""Pooling over 1 to 3 axes: of windows, of everything, to a given size."""

from ... import ops
from ...ops.regions import maxima_of_regions, means_of_regions
from ..config import standardize_data_format
from .layer import Layer
from .spatial import check_padding, floats, format_of, per_axis, spatial_axes
from .spec import InputSpec

# -- windows ---------------------------------------------------------------------------------------


class _Pooling(Layer):
    _built_at_once = True
    _rank = None

    def __init__(
        self, pool_size=2, strides=None, padding="valid", data_format=None, name=None, **kwargs
    ):
        super().__init__(name=name, **kwargs)
        self.pool_size = per_axis("pool_size", pool_size, self._rank)
        strides = self.pool_size if strides is None else strides
        self.strides = per_axis("strides", strides, self._rank)
        self.padding = check_padding(padding)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self._rank + 2)

    def _pool(self, function, inputs):
        arguments = (self.pool_size, self.strides, self.padding.upper(), format_of(self))
        return function(inputs, *arguments)


class _MaxPooling(_Pooling):
    def call(self, inputs):
        """The maximum of each window."""
        return self._pool(ops.max_pool, inputs)


class MaxPooling1D(_MaxPooling):
    """The maximum of each window of a sequence (batch, steps, channels), for each channel.

    Args:
      pool_size: how many steps a window spans.
      strides: from window to window; `pool_size` by default.
      padding: "valid", or "same" (ceil(steps / strides) windows; what is padded is no maximum).
      data_format: "channels_last" or "channels_first", (batch, channels, steps).

    Raises:
      ValueError: arguments of another form; inputs of another rank.

    Example:
    >>> x = tf.reshape([1.0, 3.0, 2.0, 5.0, 4.0], [1, 5, 1])
    >>> tf.keras.layers.MaxPooling1D(2)(x).numpy().ravel()
    array([3., 5.], dtype=float32)
    """

    _rank = 1


class MaxPooling2D(_MaxPooling):
    """The maximum of each window of images (batch, height, width, channels).

    Args:
      pool_size, strides: an int, or one for height and one for width.

    The other arguments are those of MaxPooling1D.

    Example:
    >>> tf.keras.layers.MaxPooling2D()(tf.zeros([2, 7, 6, 3])).shape
    TensorShape([2, 3, 3, 3])
    """

    _rank = 2


class MaxPooling3D(_MaxPooling):
    """The maximum of each window of volumes (batch, depth, height, width, channels).

    Example:
    >>> tf.keras.layers.MaxPooling3D()(tf.zeros([2, 4, 4, 4, 3])).shape
    TensorShape([2, 2, 2, 2, 3])
    """

    _rank = 3


class _AveragePooling(_Pooling):
    def call(self, inputs):
        """The mean of each window."""
        return self._pool(ops.avg_pool, floats(self, inputs))


class AveragePooling1D(_AveragePooling):
    """The mean of each window of a sequence, without what is padded; arguments as MaxPooling1D's.

    Example:
    >>> x = tf.reshape([1.0, 3.0, 2.0], [1, 3, 1])
    >>> tf.keras.layers.AveragePooling1D(2, strides=1, padding="same")(x).numpy().ravel()
    array([2. , 2.5, 2. ], dtype=float32)
    """

    _rank = 1


class AveragePooling2D(_AveragePooling):
    """The mean of each window of images; arguments as MaxPooling2D's.

    Example:
    >>> tf.keras.layers.AveragePooling2D(2)(tf.zeros([2, 7, 6, 3])).shape
    TensorShape([2, 3, 3, 3])
    """

    _rank = 2


class AveragePooling3D(_AveragePooling):
    """The mean of each window of volumes; arguments as MaxPooling2D's.

    Example:
    >>> tf.keras.layers.AveragePooling3D(2)(tf.zeros([2, 4, 4, 4, 3])).shape
    TensorShape([2, 2, 2, 2, 3])
    """

    _rank = 3


# -- everything ------------------------------------------------------------------------------------


class _GlobalPooling(Layer):
    _built_at_once = True
    _rank = None

    def __init__(self, data_format=None, keepdims=False, **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=self._rank + 2)


class _GlobalMaxPooling(_GlobalPooling):
    def call(self, inputs):
        """The maximum of each channel."""
        return ops.reduce_max(inputs, spatial_axes(self), self.keepdims)


class GlobalMaxPooling1D(_GlobalMaxPooling):
    """The maximum of each channel over all steps of a sequence (batch, steps, channels).

    Args:
      data_format: "channels_last" or "channels_first", (batch, channels, steps).
      keepdims: whether the axes that go keep a size of 1.

    Example:
    >>> x = tf.constant([[[1.0, 5.0], [3.0, 2.0]]])
    >>> tf.keras.layers.GlobalMaxPooling1D()(x).numpy()
    array([[3., 5.]], dtype=float32)
    """

    _rank = 1


class GlobalMaxPooling2D(_GlobalMaxPooling):
    """The maximum of each channel of images; arguments as GlobalMaxPooling1D's.

    Example:
    >>> tf.keras.layers.GlobalMaxPooling2D(keepdims=True)(tf.zeros([2, 7, 6, 3])).shape
    TensorShape([2, 1, 1, 3])
    """

    _rank = 2


class GlobalMaxPooling3D(_GlobalMaxPooling):
    """The maximum of each channel of volumes; arguments as GlobalMaxPooling1D's.

    Example:
    >>> tf.keras.layers.GlobalMaxPooling3D()(tf.zeros([2, 7, 6, 5, 3])).shape
    TensorShape([2, 3])
    """

    _rank = 3


class _GlobalAveragePooling(_GlobalPooling):
    def call(self, inputs):
        """The mean of each channel."""
        return ops.reduce_mean(floats(self, inputs), spatial_axes(self), self.keepdims)


class GlobalAveragePooling1D(_GlobalAveragePooling):
    """The mean of each channel over the steps of a sequence that its mask leaves.

    Arguments as GlobalMaxPooling1D's.

    Example:
    >>> x = tf.constant([[[1.0, 5.0], [3.0, 2.0]]])
    >>> layer = tf.keras.layers.GlobalAveragePooling1D()
    >>> layer(x).numpy(), layer(x, mask=tf.constant([[True, False]])).numpy()
    (array([[2. , 3.5]], dtype=float32), array([[1., 5.]], dtype=float32))
    """

    _rank = 1
    supports_masking = True

    def call(self, inputs, mask=None):
        """The mean of each channel, of what the mask leaves."""
        if mask is None:
            return super().call(inputs)
        x = floats(self, inputs)
        (steps,) = spatial_axes(self)
        weight = ops.expand_dims(ops.cast(mask, x.dtype), 3 - steps)
        total = ops.reduce_sum(x * weight, steps, self.keepdims)
        return total / ops.reduce_sum(weight, steps, self.keepdims)

    def compute_mask(self, inputs, mask=None):
        """None: there are no steps left."""
        return None


class GlobalAveragePooling2D(_GlobalAveragePooling):
    """The mean of each channel of images; arguments as GlobalMaxPooling1D's.

    Example:
    >>> tf.keras.layers.GlobalAveragePooling2D()(tf.zeros([2, 7, 6, 3])).shape
    TensorShape([2, 3])
    """

    _rank = 2


class GlobalAveragePooling3D(_GlobalAveragePooling):
    """The mean of each channel of volumes; arguments as GlobalMaxPooling1D's.

    Example:
    >>> tf.keras.layers.GlobalAveragePooling3D(keepdims=True)(tf.zeros([2, 7, 6, 5, 3])).shape
    TensorShape([2, 1, 1, 1, 3])
    """

    _rank = 3


# -- to a given size -------------------------------------------------------------------------------


class _AdaptivePooling(Layer):
    """Regions of any size, in a given number (ops/regions.py)."""

    _built_at_once = True
    _rank = None

    def __init__(self, output_size, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.output_size = per_axis("output_size", output_size, self._rank)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(ndim=self._rank + 2)


class _AdaptiveMaxPooling(_AdaptivePooling):
    def call(self, inputs):
        """The regions' maxima."""
        return maxima_of_regions(inputs, spatial_axes(self), self.output_size)


class AdaptiveMaxPooling1D(_AdaptiveMaxPooling):
    """The maxima of `output_size` regions that cover all steps of (batch, steps, channels).

    Args:
      output_size: the number of regions. Region i of n steps begins at floor(i * n / output_size)
        and ends before ceil((i + 1) * n / output_size): where these are not whole, regions overlap.
      data_format: "channels_last" or "channels_first", (batch, channels, steps).

    Raises:
      ValueError: a size that is no positive integer; inputs of another rank.

    Example:
    >>> x = tf.reshape(tf.range(5.0), [1, 5, 1])
    >>> tf.keras.layers.AdaptiveMaxPooling1D(2)(x).numpy().ravel()
    array([2., 4.], dtype=float32)
    """

    _rank = 1


class AdaptiveMaxPooling2D(_AdaptiveMaxPooling):
    """The maxima of regions that cover images; `output_size` is an int, or (height, width).

    Example:
    >>> tf.keras.layers.AdaptiveMaxPooling2D((2, 3))(tf.zeros([1, 7, 7, 4])).shape
    TensorShape([1, 2, 3, 4])
    """

    _rank = 2


class AdaptiveMaxPooling3D(_AdaptiveMaxPooling):
    """The maxima of regions that cover volumes; `output_size` is an int, or three.

    Example:
    >>> tf.keras.layers.AdaptiveMaxPooling3D(2)(tf.zeros([1, 5, 5, 5, 4])).shape
    TensorShape([1, 2, 2, 2, 4])
    """

    _rank = 3


class _AdaptiveAveragePooling(_AdaptivePooling):
    def call(self, inputs):
        """The regions' means."""
        return means_of_regions(floats(self, inputs), spatial_axes(self), self.output_size)


class AdaptiveAveragePooling1D(_AdaptiveAveragePooling):
    """The means of `output_size` regions that cover all steps; arguments as AdaptiveMaxPooling1D's.

    Example:
    >>> x = tf.reshape(tf.range(5.0), [1, 5, 1])
    >>> tf.keras.layers.AdaptiveAveragePooling1D(2)(x).numpy().ravel()
    array([1., 3.], dtype=float32)
    """

    _rank = 1


class AdaptiveAveragePooling2D(_AdaptiveAveragePooling):
    """The means of regions that cover images; `output_size` is an int, or (height, width).

    Example:
    >>> tf.keras.layers.AdaptiveAveragePooling2D((2, 3))(tf.zeros([1, 7, 7, 4])).shape
    TensorShape([1, 2, 3, 4])
    """

    _rank = 2


class AdaptiveAveragePooling3D(_AdaptiveAveragePooling):
    """The means of regions that cover volumes; `output_size` is an int, or three.

    Example:
    >>> tf.keras.layers.AdaptiveAveragePooling3D(2)(tf.zeros([1, 5, 5, 5, 4])).shape
    TensorShape([1, 2, 2, 2, 4])
    """

    _rank = 3
