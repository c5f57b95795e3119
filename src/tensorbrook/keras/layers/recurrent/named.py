"""SimpleRNN, LSTM and GRU: RNN over the cell of that name, which takes the layer's arguments."""

from ...registry import init_parameters
from ..spec import InputSpec
from .cells import GRUCell, LSTMCell, SimpleRNNCell
from .rnn import RNN

_OF_CELL = ("name", "trainable", "dtype", "activity_regularizer", "autocast")


class OverCell(RNN):
    """An RNN that makes its cell of its own arguments; they are the cell's attributes."""

    cell_class = None
    _ndim = 3
    _not_in_config = (*RNN._not_in_config, "cell", "use_cudnn")

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "cell_class" in vars(cls):
            for name in init_parameters(cls.cell_class):
                if name not in _OF_CELL and not hasattr(cls, name):
                    setattr(cls, name, _of_cell(name))

    def _make(self, arguments):
        """Takes a constructor's variables: those that the cell takes make the cell."""
        for name in ("self", "__class__"):
            arguments.pop(name, None)
        arguments |= arguments.pop("kwargs")
        for_cell = {k: arguments.pop(k) for k in init_parameters(self.cell_class)
                    if k in arguments and k not in _OF_CELL}  # fmt: skip
        if "implementation" in arguments:
            for_cell["implementation"] = arguments.pop("implementation")
        self.use_cudnn = _checked_cudnn(arguments.pop("use_cudnn", "auto"))
        common = {k: arguments[k] for k in ("dtype", "trainable") if arguments.get(k) is not None}
        cell = self.cell_class(**for_cell, **common, name=self._cell_name)
        RNN.__init__(self, cell, **arguments)
        self.input_spec = InputSpec(ndim=self._ndim)


def _of_cell(name):
    return property(lambda self: getattr(self.cell, name), doc="The cell's.")


def _checked_cudnn(use_cudnn):
    if use_cudnn not in ("auto", True, False):
        raise ValueError(
            "Invalid value received for argument `use_cudnn`. Expected 'auto', True or False, none "
            f"of which changes anything here. Received: use_cudnn={use_cudnn!r}"
        )
    return use_cudnn


class SimpleRNN(OverCell):
    """activation(inputs @ kernel + state @ recurrent_kernel + bias) at each time step.

    The arguments up to `seed` are those of `SimpleRNNCell`, the others those of `RNN`.

    Example:
    >>> tf.keras.layers.SimpleRNN(4)(tf.ones([2, 5, 3])).shape
    TensorShape([2, 4])
    """

    cell_class, _cell_name = SimpleRNNCell, "simple_rnn_cell"

    def __init__(
        self,
        units,
        activation="tanh",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
        kernel_regularizer=None,
        recurrent_regularizer=None,
        bias_regularizer=None,
        activity_regularizer=None,
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        seed=None,
        **kwargs,
    ):
        self._make(locals())


class LSTM(OverCell):
    """Long short-term memory: `LSTMCell` at each time step.

    The arguments up to `seed` are those of `LSTMCell`, the others those of `RNN`.

    Args:
      use_cudnn: "auto", True or False: changes nothing, since there is one implementation, a native
        loop. Keras refuses True on a CPU.

    Example:
    >>> layer = tf.keras.layers.LSTM(4, return_sequences=True, return_state=True)
    >>> outputs, h, c = layer(tf.ones([2, 5, 3]))
    >>> outputs.shape, h.shape, c.shape
    (TensorShape([2, 5, 4]), TensorShape([2, 4]), TensorShape([2, 4]))
    """

    cell_class, _cell_name = LSTMCell, "lstm_cell"

    def __init__(
        self,
        units,
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
        unroll=False,
        use_cudnn="auto",
        **kwargs,
    ):
        self._make(locals())


class GRU(OverCell):
    """Gated recurrent units: `GRUCell` at each time step.

    The arguments up to `seed`, and `reset_after`, are those of `GRUCell`, the others of `RNN`.

    Args:
      use_cudnn: "auto", True or False: changes nothing, since there is one implementation, a native
        loop. Keras refuses True on a CPU.

    Example:
    >>> tf.keras.layers.GRU(4, return_sequences=True)(tf.ones([2, 5, 3])).shape
    TensorShape([2, 5, 4])
    """

    cell_class, _cell_name = GRUCell, "gru_cell"

    def __init__(
        self,
        units,
        activation="tanh",
        recurrent_activation="sigmoid",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        recurrent_initializer="orthogonal",
        bias_initializer="zeros",
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
        unroll=False,
        reset_after=True,
        use_cudnn="auto",
        **kwargs,
    ):
        self._make(locals())
