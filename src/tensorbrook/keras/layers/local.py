"""Keras 2's locally connected layers: convolutions with weights of their own at each place."""

from math import prod

from ...ops.windows import local_conv
from .convolution import _Convolution
from .declared import Weight
from .spatial import floats, format_of, spatial_axes


class _LocallyConnected(_Convolution):
    def _counts(self, input_shape):
        """How many windows there are along each axis."""
        sizes = [input_shape[axis] for axis in spatial_axes(self)]
        if None in sizes:
            raise ValueError(
                f"Layer '{self.name}': the sizes of the inputs must be known, since each place has "
                f"weights of its own. Received an input of shape {tuple(input_shape)}."
            )
        return tuple(
            (size - window) // stride + 1
            for size, window, stride in zip(sizes, self.kernel_size, self.strides)
        )

    def _kernel_shape(self, input_shape):
        places, channels = self._counts(input_shape), self._channels(input_shape)
        return prod(places), prod(self.kernel_size) * channels, self.filters

    def _bias_shape(self, input_shape):
        return (*self._counts(input_shape), self.filters) if self.use_bias else None

    kernel = Weight(_kernel_shape)
    bias = Weight(_bias_shape)
    dilation_rate = 1

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        implementation=1,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._set_geometry()
        if implementation != 1 or self.padding != "valid":
            raise NotImplementedError(
                f"{type(self).__name__}: implementation={implementation!r} and "
                f"padding={padding!r} are not built: use implementation=1 and padding='valid', "
                "after keras.layers.ZeroPadding where zeros are to be around."
            )

    def call(self, inputs):
        """activation(what each window gives by its own kernel + bias)."""
        x, window = floats(self, inputs), (self.kernel_size, self.strides)
        found = local_conv(self.name, x, self.kernel, *window, format_of(self), self.bias)
        return found if self.activation is None else self.activation(found)


class LocallyConnected1D(_LocallyConnected):
    """Keras 2's Conv1D with a kernel and bias of its own for each window.

    Args:
      filters, kernel_size, strides: as Conv1D's; the sizes of the inputs must be known.
      padding: "valid".
      implementation: 1; the others are not built.

    The other arguments are those of Conv1D.

    Raises:
      NotImplementedError: another implementation or padding.

    Example:
    >>> layer = tf.keras.layers.LocallyConnected1D(4, 3)
    >>> layer(tf.zeros([2, 7, 5])).shape, layer.kernel.shape
    (TensorShape([2, 5, 4]), TensorShape([5, 15, 4]))
    """

    _rank = 1


class LocallyConnected2D(_LocallyConnected):
    """Keras 2's Conv2D with a kernel and bias of its own for each window; as LocallyConnected1D.

    Example:
    >>> layer = tf.keras.layers.LocallyConnected2D(4, (3, 2))
    >>> layer(tf.zeros([2, 7, 6, 1])).shape
    TensorShape([2, 5, 5, 4])
    """

    _rank = 2
