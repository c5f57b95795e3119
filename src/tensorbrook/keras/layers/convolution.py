"""Convolutions over 1 to 3 axes: whole, transposed, of each channel by itself, and separable."""

from ... import ops
from ...core.tensor import Tensor
from ...ops.conv import depthwise_convolution, transposed_size
from ..config import standardize_data_format
from .adapted import Adaptable, AdaptedWeight
from .declared import Weight
from .layer import Layer
from .spatial import channel_axis, check_padding, floats, format_of, per_axis
from .spec import InputSpec


class _Convolution(Layer):
    """What convolutions share: the window's geometry, the channels, the bias and the activation."""

    _rank = None

    def _channels(self, shape):
        """The number of the inputs' channels."""
        channels = shape[channel_axis(self)]
        if channels is None:
            raise ValueError(
                f"Layer '{self.name}': the channel dimension of the inputs must be known. Received "
                f"an input of shape {tuple(shape)}, with data_format={self.data_format!r}."
            )
        return channels

    def _depthwise_shape(self, input_shape):
        return *self.kernel_size, self._channels(input_shape), self.depth_multiplier

    def _filters_alone(self, input_shape):
        return (self.filters,) if self.use_bias else None

    def _set_geometry(self, paddings=("valid", "same", "causal")):
        """Checks what `__init__` was given of the window and brings it into one form."""
        self.data_format = standardize_data_format(self.data_format)
        for name in ("kernel_size", "strides", "dilation_rate"):
            setattr(self, name, per_axis(name, getattr(self, name), self._rank))
        self.padding = check_padding(self.padding, paddings[: 3 if self._rank == 1 else 2])
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "`strides > 1` not supported in conjunction with `dilation_rate > 1`. Received: "
                f"strides={self.strides} and dilation_rate={self.dilation_rate}"
            )
        for name in ("filters", "groups", "depth_multiplier"):
            value = getattr(self, name, 1)
            if not hasattr(value, "__index__") or value <= 0:
                if name == "groups":
                    raise ValueError(
                        "The number of groups must be a positive integer. "
                        f"Received: groups={value!r}."
                    )
                raise ValueError(
                    f"Invalid value for argument `{name}`. Expected a strictly positive value. "
                    f"Received {name}={value!r}."
                )
        self.input_spec = InputSpec(min_ndim=self._rank + 2)

    def build(self, input_shape):
        """Makes the weights; later inputs must have as many channels."""
        super().build(input_shape)
        axes = {channel_axis(self): self._channels(input_shape)}
        self.input_spec = InputSpec(min_ndim=self._rank + 2, axes=axes)

    def _padding(self):
        """The padding as `tf.nn` takes it."""
        if self.padding != "causal":
            return self.padding.upper()
        pairs = [(0, 0), (0, 0), (0, 0)]
        along = 2 if self.data_format == "channels_first" else 1
        pairs[along] = ((self.kernel_size[0] - 1) * self.dilation_rate[0], 0)
        return pairs

    def _slide(self, function, inputs, kernel):
        """The convolution of `inputs` that `function` makes, in the layer's geometry."""
        arguments = (self.strides, self._padding(), format_of(self), self.dilation_rate)
        return function(floats(self, inputs), kernel, *arguments)

    def _finish(self, x):
        """activation(x + bias)."""
        if self.bias is not None:
            first = self.data_format == "channels_first"
            x = x + (ops.reshape(self.bias, (-1, *[1] * self._rank)) if first else self.bias)
        return x if self.activation is None else self.activation(x)


class _Conv(Adaptable, _Convolution):
    """Convolutions of whole windows, which LoRA may adapt: `lora_rank`, `lora_alpha`."""

    _modes = ()  # Keras quantizes no convolutions
    _not_in_config = (*Adaptable._not_in_config, "quantization_config")

    def _kernel_shape(self, input_shape):
        return *self.kernel_size, self._channels(input_shape) // self.groups, self.filters

    kernel = AdaptedWeight(_kernel_shape, summed=-2)
    bias = Weight(_Convolution._filters_alone)

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        groups=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._set_geometry()
        if filters % groups:
            raise ValueError(
                "The number of filters must be evenly divisible by the number of groups. Received: "
                f"groups={groups}, filters={filters}."
            )

    def build(self, input_shape):
        """Makes the weights; later inputs must have as many channels."""
        if self._channels(input_shape) % self.groups:
            raise ValueError(
                "The number of input channels must be evenly divisible by the number of groups. "
                f"Received groups={self.groups}, but the input has {self._channels(input_shape)} "
                f"channels (full input shape is {tuple(input_shape)})."
            )
        super().build(input_shape)

    def convolution_op(self, inputs, kernel) -> Tensor:
        """convolution(inputs, kernel), without bias and activation: for subclasses to override."""
        return self._slide(ops.convolution, inputs, kernel)

    def call(self, inputs):
        """activation(convolution_op(inputs, kernel) + bias)."""
        return self._finish(self.convolution_op(inputs, self.kernel))


class Conv1D(_Conv):
    """Convolution along one axis: of sequences (batch, steps, channels).

    Args:
      filters: the number of output channels.
      kernel_size: how many steps the window spans.
      strides: from window to window.
      padding: "valid"; "same" (ceil(steps / strides) windows); "causal": zeros before the start
        only, so that no output sees a later step.
      data_format: "channels_last" or "channels_first", (batch, channels, steps).
      dilation_rate: from one of the window's steps to the next; with strides of 1 only.
      groups: how many groups of channels are convolved by themselves.
      activation: a function or its name; none by default.
      use_bias: whether there is a bias.
      kernel_initializer, bias_initializer: how the weights begin.
      kernel_regularizer, bias_regularizer, activity_regularizer: what they add to the loss.
      kernel_constraint, bias_constraint: applied to the weights after each step.

    Raises:
      ValueError: arguments of another form; channels or filters that the groups do not divide.

    Example:
    >>> layer = tf.keras.layers.Conv1D(1, 2, padding="causal", kernel_initializer="ones")
    >>> layer(tf.reshape([1.0, 2.0, 3.0], [1, 3, 1])).numpy().ravel()
    array([1., 3., 5.], dtype=float32)
    """

    _rank = 1


class Conv2D(_Conv):
    """Convolution over images (batch, height, width, channels).

    Args:
      kernel_size, strides, dilation_rate: an int, or one for height and one for width.
      padding: "valid", or "same" (ceil(size / strides) windows).

    The other arguments are those of Conv1D.

    Example:
    >>> tf.keras.layers.Conv2D(8, 3, strides=2, padding="same")(tf.zeros([2, 7, 7, 3])).shape
    TensorShape([2, 4, 4, 8])
    """

    _rank = 2


class Conv3D(_Conv):
    """Convolution over volumes (batch, depth, height, width, channels); arguments as Conv2D's.

    Example:
    >>> tf.keras.layers.Conv3D(8, 3)(tf.zeros([2, 5, 5, 5, 3])).shape
    TensorShape([2, 3, 3, 3, 8])
    """

    _rank = 3


class _Transposed(_Convolution):
    def _kernel_shape(self, input_shape):
        return *self.kernel_size, self.filters, self._channels(input_shape)

    kernel = Weight(_kernel_shape)
    bias = Weight(_Convolution._filters_alone)

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        output_padding=None,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
        kernel_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._set_geometry(("valid", "same"))
        if output_padding is not None:
            more = self.output_padding = per_axis("output_padding", output_padding, self._rank, 0)
            if any(extra >= stride for extra, stride in zip(more, self.strides)):
                raise ValueError(
                    "`output_padding` must be strictly less than `strides` for all dimensions. "
                    f"Received: output_padding={more}, strides={self.strides}"
                )

    def call(self, inputs):
        """activation(transposed convolution(inputs, kernel) + bias)."""
        shape = inputs._shape
        sizes = shape[2:] if self.data_format == "channels_first" else shape[1:-1]
        sizes = [self._size(axis, size) for axis, size in enumerate(sizes)]

        def transposed(x, kernel, *geometry):
            return ops.conv_transpose(x, kernel, sizes, *geometry)

        return self._finish(self._slide(transposed, inputs, self.kernel))

    def _size(self, axis, size):
        """The output's size along a spatial axis: without output_padding the least that fits."""
        window, stride, dilation = (
            value[axis] for value in (self.kernel_size, self.strides, self.dilation_rate)
        )
        more = None if self.output_padding is None else self.output_padding[axis]
        return transposed_size(size, window, stride, dilation, self.padding == "same", more)


class Conv1DTranspose(_Transposed):
    """The transpose of Conv1D: every step times the kernel is added to the window it stands for.

    Args:
      output_padding: how much longer the output is than the shortest whose convolution has the
        inputs' length, which is less than `strides`; None for strides * steps, or, where padding is
        "valid" and the window longer than the strides, their difference more.

    The other arguments are those of Conv1D, without "causal" and groups.

    Example:
    >>> layer = tf.keras.layers.Conv1DTranspose(1, 2, strides=2, kernel_initializer="ones")
    >>> layer(tf.reshape([1.0, 2.0], [1, 2, 1])).numpy().ravel()
    array([1., 1., 2., 2.], dtype=float32)
    """

    _rank = 1


class Conv2DTranspose(_Transposed):
    """The transpose of Conv2D, which makes images larger; arguments as Conv1DTranspose's.

    Example:
    >>> layer = tf.keras.layers.Conv2DTranspose(8, 3, strides=2, padding="same")
    >>> layer(tf.zeros([2, 7, 7, 3])).shape
    TensorShape([2, 14, 14, 8])
    """

    _rank = 2


class Conv3DTranspose(_Transposed):
    """The transpose of Conv3D; arguments as Conv1DTranspose's.

    Example:
    >>> tf.keras.layers.Conv3DTranspose(8, 3)(tf.zeros([2, 3, 3, 3, 4])).shape
    TensorShape([2, 5, 5, 5, 8])
    """

    _rank = 3

    def __init__(  # Keras has these two in another order than in the other classes
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        output_padding=None,
        *args,
        **kwargs,
    ):
        geometry = (strides, padding, output_padding, data_format)
        super().__init__(filters, kernel_size, *geometry, *args, **kwargs)


class _Depthwise(_Convolution):
    def _bias_shape(self, input_shape):
        outputs = self._channels(input_shape) * self.depth_multiplier
        return (outputs,) if self.use_bias else None

    kernel = Weight(_Convolution._depthwise_shape, prefix="depthwise")
    bias = Weight(_bias_shape)
    depthwise_kernel = property(lambda self: self.kernel, doc="Keras 2's name of the kernel.")

    def __init__(
        self,
        kernel_size,
        strides=1,
        padding="valid",
        depth_multiplier=1,
        data_format=None,
        dilation_rate=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._set_geometry()

    def _track_aliases(self):
        kernel = {"depthwise_kernel": self.kernel} if self.built else {}  # Keras 2's name
        return super()._track_aliases() | kernel

    def call(self, inputs):
        """activation(depthwise convolution(inputs, kernel) + bias)."""
        return self._finish(self._slide(depthwise_convolution, inputs, self.kernel))


class DepthwiseConv1D(_Depthwise):
    """Convolution of each channel by itself: channel c gives channels c * depth_multiplier + m.

    Args:
      depth_multiplier: how many channels come of each one.
      depthwise_initializer, depthwise_regularizer, depthwise_constraint: of the kernel.

    The other arguments are those of Conv1D.

    Example:
    >>> layer = tf.keras.layers.DepthwiseConv1D(2, depthwise_initializer="ones")
    >>> layer(tf.constant([[[1.0, 10.0], [2.0, 20.0]]])).numpy()
    array([[[ 3., 30.]]], dtype=float32)
    """

    _rank = 1


class DepthwiseConv2D(_Depthwise):
    """Convolution of each channel of images by itself; arguments as DepthwiseConv1D's.

    Example:
    >>> tf.keras.layers.DepthwiseConv2D(3, depth_multiplier=2)(tf.zeros([2, 5, 5, 3])).shape
    TensorShape([2, 3, 3, 6])
    """

    _rank = 2


class _Separable(_Convolution):
    def _pointwise_shape(self, input_shape):
        between = self._channels(input_shape) * self.depth_multiplier
        return *[1] * self._rank, between, self.filters

    depthwise_kernel = Weight(_Convolution._depthwise_shape, prefix="depthwise")
    pointwise_kernel = Weight(_pointwise_shape, prefix="pointwise")
    bias = Weight(_Convolution._filters_alone)

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        depth_multiplier=1,
        activation=None,
        use_bias=True,
        depthwise_initializer="glorot_uniform",
        pointwise_initializer="glorot_uniform",
        bias_initializer="zeros",
        depthwise_regularizer=None,
        pointwise_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        depthwise_constraint=None,
        pointwise_constraint=None,
        bias_constraint=None,
        **kwargs,
    ):
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        self._set_geometry()

    def call(self, inputs):
        """activation(convolution(depthwise convolution(inputs)) + bias)."""
        x = self._slide(depthwise_convolution, inputs, self.depthwise_kernel)
        x = ops.convolution(x, self.pointwise_kernel, data_format=format_of(self))
        return self._finish(x)


class SeparableConv1D(_Separable):
    """A convolution of each channel by itself, then one of window 1 that mixes the channels.

    Args:
      depth_multiplier: how many channels come of each one in between.
      depthwise_initializer, depthwise_regularizer, depthwise_constraint: of the first kernel.
      pointwise_initializer, pointwise_regularizer, pointwise_constraint: of the second one.

    The other arguments are those of Conv1D.

    Example:
    >>> tf.keras.layers.SeparableConv1D(8, 3)(tf.zeros([2, 5, 3])).shape
    TensorShape([2, 3, 8])
    """

    _rank = 1


class SeparableConv2D(_Separable):
    """SeparableConv1D over images (batch, height, width, channels).

    Example:
    >>> tf.keras.layers.SeparableConv2D(8, 3)(tf.zeros([2, 5, 5, 3])).shape
    TensorShape([2, 3, 3, 8])
    """

    _rank = 2
