"""ConvLSTM1D, 2D and 3D: LSTM whose products are convolutions."""

from .... import ops
from ...config import standardize_data_format
from ..declared import Weight
from ..spatial import channel_axis, check_padding, format_of, per_axis, spatial_axes
from .cells import ForgetBias
from .named import OverCell


class ConvLSTMCell(ForgetBias):
    """One step of ConvLSTM: `LSTMCell` with convolutions in the place of both products.

    Args:
      rank: the number of spatial axes, 1 to 3.
      filters: the number of channels of the outputs and of each state.
      kernel_size: the window of both convolutions, an int or one for each axis.
      strides, padding, data_format, dilation_rate: of the convolution of the inputs, as for Conv2D;
        that of the state has strides of 1 and keeps the size.

    The other arguments are those of `LSTMCell`.
    """

    _draws_seed_first = True

    @property
    def _rank(self):
        return self.rank

    def _channels_from_the_end(self):
        """The axis of the channels, also where a time axis leads."""
        return -1 if self.data_format == "channels_last" else -1 - self.rank

    def _kernel_shape(self, shape):
        return *self.kernel_size, shape[channel_axis(self)], 4 * self.filters

    kernel = Weight(_kernel_shape)
    recurrent_kernel = Weight(
        lambda cell, _: (*cell.kernel_size, cell.filters, 4 * cell.filters), prefix="recurrent"
    )
    bias = Weight(lambda cell, _: (4 * cell.filters,) if cell.use_bias else None)

    output_size = property(lambda self: self.filters, doc="The number of channels of the outputs.")
    state_size = property(lambda self: [self.filters] * 2, doc="The channels of h and c.")

    def __init__(
        self,
        rank,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        self._check_arguments("filters", kwargs | {"implementation": 1})
        self.data_format = standardize_data_format(data_format)
        for name in ("kernel_size", "strides", "dilation_rate"):
            setattr(self, name, per_axis(name, getattr(self, name), rank))
        self.padding = check_padding(padding)
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                "Specifying `strides > 1` is not compatible with `dilation_rate > 1`. Received: "
                f"strides={self.strides} and dilation_rate={self.dilation_rate}"
            )

    def build(self, input_shape):
        """Makes the weights, and fixes the size of the states."""
        sizes = [input_shape[axis] for axis in spatial_axes(self)]
        if None in (*sizes, input_shape[channel_axis(self)]):
            raise ValueError(
                f"Layer {self.name!r}: the spatial sizes and the channels of the inputs must be "
                f"known, since the states have them, got inputs of shape {tuple(input_shape)} at "
                "each step. Give them to Input."
            )
        geometry = zip(sizes, self.kernel_size, self.strides, self.dilation_rate)
        self._state_sizes = [self._output_size(*along) for along in geometry]
        super().build(input_shape)

    def _output_size(self, size, window, stride, dilation):
        reach = 1 if self.padding == "same" else dilation * (window - 1) + 1
        return (size - reach) // stride + 1

    def get_initial_state(self, batch_size=None, inputs=None, dtype=None):
        """Zeros for the states of so many samples: a list.

        Args:
          batch_size: the number of samples.
          inputs: tells the number where `batch_size` does not.
          dtype: the layer's compute dtype by default.
        """
        batch_size = inputs._shape[0] if batch_size is None else batch_size
        shape = [batch_size, *self._state_sizes]
        shape.insert(1 if self.data_format == "channels_first" else len(shape), self.filters)
        return [ops.zeros(shape, dtype or self.compute_dtype) for _ in range(2)]

    def _convolved(self, x, kernel, factors, *geometry):
        """The sums of the gates, of a convolution of `x`, which dropout has changed for each."""
        if factors is None:
            return self._convolution(x, kernel, *geometry)
        parts = ops.split(kernel, self.gates, axis=-1)
        made = [self._convolution(x * f, part, *geometry) for f, part in zip(factors, parts)]
        return ops.concat(made, self._channels_from_the_end())

    def _convolution(self, x, kernel, *geometry):
        """The convolution of one step or of all of them, which are one batch."""
        if len(x._shape) == self.rank + 2:
            return ops.convolution(x, kernel, *geometry)
        batch, steps, *rest = x._shape
        y = ops.convolution(ops.reshape(x, (batch * steps, *rest)), kernel, *geometry)
        return ops.reshape(y, (batch, steps, *y._shape[1:]))

    def project(self, inputs, factors):
        """The inputs' share of all gates, bias included, for one step or for all of them."""
        geometry = self.strides, self.padding.upper(), format_of(self), self.dilation_rate
        gates = self._convolved(inputs, self.kernel, factors, *geometry)
        if self.bias is None:
            return gates
        first = self.data_format == "channels_first"
        return gates + (ops.reshape(self.bias, (-1, *[1] * self.rank)) if first else self.bias)

    def step(self, projected, states, training=False):
        """(h, [h, c]) of one step, given `project` of its inputs."""
        state, carry = states
        geometry = 1, "SAME", format_of(self)
        factors = self._state_factors(state, training)
        gates = projected + self._convolved(state, self.recurrent_kernel, factors, *geometry)
        return self.gated(ops.split(gates, 4, axis=self._channels_from_the_end()), carry)


class _ConvLSTM(OverCell):
    """Long short-term memory of pictures: LSTM whose products are convolutions.

    Args:
      filters: the number of channels of the outputs and of each state.
      kernel_size: the window of both convolutions, an int or one for each axis.
      strides, padding, data_format, dilation_rate: of the convolution of the inputs, as for Conv2D;
        that of the state has strides of 1 and keeps the size.

    The other arguments up to `seed` are those of `LSTMCell`, the rest those of `RNN`. Sequences are
    (batch, time, *sizes, channels), or (batch, time, channels, *sizes) with "channels_first"; sizes
    must be known.
    """

    cell_class, _cell_name = ConvLSTMCell, "conv_lstm_cell"
    _rank = None

    def __init__(
        self,
        filters,
        kernel_size,
        strides=1,
        padding="valid",
        data_format=None,
        dilation_rate=1,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        unit_forget_bias=True,
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        **kwargs,
    ):
        self._make(locals() | {"rank": self._rank})


class ConvLSTM1D(_ConvLSTM):
    """`ConvLSTM2D` over sequences of rows: (batch, time, size, channels).

    Example:
    >>> tf.keras.layers.ConvLSTM1D(4, 3)(tf.ones([2, 5, 8, 1])).shape
    TensorShape([2, 6, 4])
    """

    _rank, _ndim = 1, 4


class ConvLSTM2D(_ConvLSTM):
    __doc__ = f"""{_ConvLSTM.__doc__}
    Example:
    >>> tf.keras.layers.ConvLSTM2D(4, 3, padding="same")(tf.ones([2, 5, 8, 8, 1])).shape
    TensorShape([2, 8, 8, 4])
    """

    _rank, _ndim = 2, 5


class ConvLSTM3D(_ConvLSTM):
    """`ConvLSTM2D` over sequences of volumes: (batch, time, *3 sizes, channels).

    Example:
    >>> tf.keras.layers.ConvLSTM3D(4, 3)(tf.ones([2, 2, 4, 4, 4, 1])).shape
    TensorShape([2, 2, 2, 2, 4])
    """

    _rank, _ndim = 3, 6
