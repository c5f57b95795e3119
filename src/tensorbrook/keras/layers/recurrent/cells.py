"""The cells of recurrent layers: one time step of SimpleRNN, LSTM and GRU."""

from .... import ops
from ....base.context import context
from ...random import dropout
from ...seeds import SeedGenerator
from ..core import check_size
from ..declared import Weight
from ..layer import Layer


class DropoutRNNCell:
    """Dropout for a cell, a base beside Layer: factors that are drawn once for all steps.

    The cell has `dropout`, `recurrent_dropout` and `seed_generator`; it may have
    `dropout_mask_count`: how many factors there are, in a list; one that is no list without.

    Example:
    >>> from tensorbrook.keras.layers.recurrent.cells import DropoutRNNCell
    >>> class Cell(DropoutRNNCell, tf.keras.layers.Layer):
    ...     dropout, recurrent_dropout = 0.5, 0.0
    ...     seed_generator = tf.keras.random.SeedGenerator(1)
    >>> Cell().get_dropout_mask(tf.ones([2, 3])).shape, Cell().get_recurrent_dropout_mask(None)
    (TensorShape([2, 3]), None)
    """

    _choices_of_inputs = _choices_of_states = seed_generator = dropout_mask_count = None

    def _draw(self, x, rate):
        # a cell of Keras 2 has no generator, and says in each step how many it wants
        count = self.dropout_mask_count or (None if self.seed_generator else 4)
        drawn = [
            dropout(ops.ones_like(x), rate, seed=self.seed_generator) for _ in range(count or 1)
        ]
        return drawn if count else drawn[0]

    def get_dropout_mask(self, step_input):
        """The factors of a step's inputs, or None."""
        if not self.dropout:
            return None
        if not _is_usable(self._choices_of_inputs):
            self._choices_of_inputs = self._draw(step_input, self.dropout)
        return self._choices_of_inputs

    def get_recurrent_dropout_mask(self, step_input):
        """The factors of the states, as `get_dropout_mask`."""
        if not self.recurrent_dropout:
            return None
        if not _is_usable(self._choices_of_states):
            self._choices_of_states = self._draw(step_input, self.recurrent_dropout)
        return self._choices_of_states

    def reset_dropout_mask(self):
        """Lets the next step draw new factors for its inputs."""
        self._choices_of_inputs = None

    def reset_recurrent_dropout_mask(self):
        """Lets the next step draw new factors for the states."""
        self._choices_of_states = None

    def get_dropout_mask_for_cell(self, inputs, training, count=1):
        """The factors of a step's inputs as in Keras 2: `count` of them, ones without training."""
        return self._for_cell(self.get_dropout_mask(inputs), training, count)

    def get_recurrent_dropout_mask_for_cell(self, inputs, training, count=1):
        """The factors of the states, as `get_dropout_mask_for_cell`."""
        return self._for_cell(self.get_recurrent_dropout_mask(inputs), training, count)

    def _for_cell(self, factors, training, count):
        if factors is None:
            return None
        factors = factors if isinstance(factors, list) else [factors]
        factors = factors if training else [ops.ones_like(f) for f in factors]
        return (factors * count)[:count] if count > 1 else factors[0]


DropoutRNNCellMixin = DropoutRNNCell


class Cell(DropoutRNNCell, Layer):
    """What our cells share: a step that takes the inputs' share of the gates, and dropout.

    `call` is `step` of `project`. Layers compute `project` for all time steps at once, before the
    loop. The choices of dropout are drawn once and kept for all steps: RNN draws them before the
    first one, and forgets them at the end.
    """

    gates = 1  # how many blocks of `units` columns the weights have
    _draws_seed_first = False  # before its initializers draw theirs, as Keras's cell of that name

    def _before_initializers(self, arguments):
        if self._draws_seed_first:
            self.seed_generator = SeedGenerator(arguments["seed"])

    def _check_arguments(self, size, kwargs):
        """Checks what all cells take; `size` is the name of the argument for the outputs' size."""
        self.implementation = kwargs.pop("implementation", 2)
        super().__init__(**kwargs)
        setattr(self, size, check_size(self, size, getattr(self, size)))
        self.dropout = min(1.0, max(0.0, self.dropout))
        self.recurrent_dropout = min(1.0, max(0.0, self.recurrent_dropout))
        if not self._draws_seed_first:
            self.seed_generator = SeedGenerator(self.seed)
        # Keras gives each gate choices of its own where the states are dropped from, too.
        separate = self.recurrent_dropout > 0 or self.implementation == 1
        self.dropout_mask_count = self.gates if separate else 1

    # -- one step ----------------------------------------------------------------------------------

    def call(self, inputs, states, training=False):
        """(outputs, [new states]) of one step."""
        factors = self.get_dropout_mask(inputs) if training else None
        listed = isinstance(states, (list, tuple))
        states = states if listed else [states]
        output, states = self.step(self.project(inputs, factors), states, training)
        return output, states if listed else states[0]

    def _state_factors(self, state, training):
        return self.get_recurrent_dropout_mask(state) if training else None

    def _product(self, x, kernel, factors):
        """`x` times a matrix; with factors for each gate, a product for each gate."""
        if factors is None:
            return ops.matmul(x, kernel)
        if len(factors) == 1:
            return ops.matmul(x * factors[0], kernel)
        parts = ops.split(kernel, self.gates, axis=-1)
        return ops.concat([ops.matmul(x * f, part) for f, part in zip(factors, parts)], -1)

    def get_initial_state(self, batch_size=None, inputs=None, dtype=None):
        """Zeros for the states of so many samples: a list.

        Args:
          batch_size: the number of samples.
          inputs: tells the number where `batch_size` does not.
          dtype: the layer's compute dtype by default.
        """
        batch_size = inputs._shape[0] if batch_size is None else batch_size
        sizes = self.state_size if isinstance(self.state_size, list) else [self.state_size]
        return [ops.zeros((batch_size, size), dtype or self.compute_dtype) for size in sizes]


class UnitsCell(Cell):
    """A cell whose products are those of matrices, with `units` columns for each gate."""

    kernel = Weight(lambda cell, shape: (shape[-1], cell.gates * cell.units))
    recurrent_kernel = Weight(
        lambda cell, _: (cell.units, cell.gates * cell.units), prefix="recurrent"
    )
    bias = Weight(lambda cell, _: cell._bias_shape() if cell.use_bias else None)

    output_size = property(lambda self: self.units, doc="The size of the outputs.")

    def _bias_shape(self):
        return (self.gates * self.units,)

    def project(self, inputs, factors):
        """The inputs' share of all gates, bias included, for one step or for all of them."""
        gates = self._product(inputs, self.kernel, factors)
        return gates if self.bias is None else gates + self.bias


class SimpleRNNCell(UnitsCell):
    """One step of SimpleRNN: activation(inputs @ kernel + state @ recurrent_kernel + bias).

    Args:
      units: the size of the outputs and of the state.
      activation: of the outputs.
      use_bias: whether there is a bias.
      kernel_initializer, recurrent_initializer, bias_initializer: how the weights begin.
      kernel_regularizer, recurrent_regularizer, bias_regularizer: what they add to the loss.
      kernel_constraint, recurrent_constraint, bias_constraint: applied to them after updates.
      dropout, recurrent_dropout: the shares of the inputs, of the states, that are set to 0 in
        training.
      seed: an integer for the same choices of dropout at each run.

    Example:
    >>> cell = tf.keras.layers.SimpleRNNCell(2, kernel_initializer="ones")
    >>> outputs, states = cell(tf.ones([1, 3]), cell.get_initial_state(1))
    >>> outputs.numpy()
    array([[0.9950548, 0.9950548]], dtype=float32)
    """

    _draws_seed_first = True
    state_size = property(lambda self: self.units, doc="The size of the state.")

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
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        self._check_arguments("units", kwargs)

    def step(self, projected, states, training=False):
        """(outputs, [new state]) of one step, given `project` of its inputs."""
        state = states[0]
        factors = self._state_factors(state, training)
        output = self.activation(projected + self._product(state, self.recurrent_kernel, factors))
        return output, [output]


class ForgetBias(Cell):
    """The part of a cell with LSTM's gates: the bias of the forget gate begins at 1."""

    gates = 4

    def build(self, input_shape):
        """Makes the weights."""
        super().build(input_shape)
        if self.bias is not None and self.unit_forget_bias:
            size = self.output_size
            dtype = self.variable_dtype
            begin = [self.bias_initializer((n * size,), dtype=dtype) for n in (1, 2)]
            ones = ops.ones((size,), dtype)
            self.bias.assign(ops.concat([begin[0], ones, begin[1]], 0))

    def _compute_carry_and_output_fused(self, z, c_tm1):
        """(new carry, output gate) of the four gates' sums; a name of Keras's, for subclasses."""
        enter, forget, candidate, leave = z
        carry = self.recurrent_activation(forget) * c_tm1 + self.recurrent_activation(
            enter
        ) * self.activation(candidate)
        return carry, self.recurrent_activation(leave)

    def gated(self, gates, carry):
        """(outputs, [outputs, new carry]) from the sums of the four gates."""
        carry, gate = self._compute_carry_and_output_fused(gates, carry)
        output = gate * self.activation(carry)
        return output, [output, carry]


class LSTMCell(ForgetBias, UnitsCell):
    """One step of LSTM.

    The states are the last outputs h and the carry c. With the four parts (i, f, g, o) of
    inputs @ kernel + h @ recurrent_kernel + bias: c' = s(f) * c + s(i) * a(g) and
    h' = s(o) * a(c'), where a is `activation` and s `recurrent_activation`.

    Args:
      units: the size of the outputs and of each state.
      activation: a, of what enters and leaves the carry.
      recurrent_activation: s, of the gates.
      use_bias: whether there is a bias.
      kernel_initializer, recurrent_initializer, bias_initializer: how the weights begin.
      unit_forget_bias: let the forget gate's bias begin at 1.
      kernel_regularizer, recurrent_regularizer, bias_regularizer: what they add to the loss.
      kernel_constraint, recurrent_constraint, bias_constraint: applied to them after updates.
      dropout, recurrent_dropout: the shares of the inputs, of h, that are set to 0 in training.
      seed: an integer for the same choices of dropout at each run.

    Example:
    >>> cell = tf.keras.layers.LSTMCell(4)
    >>> h, states = cell(tf.ones([2, 3]), cell.get_initial_state(2))
    >>> h.shape, [state.shape for state in states]
    (TensorShape([2, 4]), [TensorShape([2, 4]), TensorShape([2, 4])])
    """

    state_size = property(lambda self: [self.units, self.units], doc="The sizes of h and c.")

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
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        seed=None,
        **kwargs,
    ):
        self._check_arguments("units", kwargs)

    def step(self, projected, states, training=False):
        """(h, [h, c]) of one step, given `project` of its inputs."""
        state, carry = states
        factors = self._state_factors(state, training)
        gates = projected + self._product(state, self.recurrent_kernel, factors)
        return self.gated(ops.split(gates, 4, axis=-1), carry)


class GRUCell(UnitsCell):
    """One step of GRU.

    With the state h and s = `recurrent_activation`, z = s(x_z + h_z) and r = s(x_r + h_r) are made
    of parts of inputs @ kernel and of h @ recurrent_kernel, with their biases. The outputs and new
    state are z * h + (1 - z) * activation(x_h + r * h_h).

    Args:
      units: the size of the outputs and of the state.
      activation: of what is added to the state.
      recurrent_activation: of the gates z and r.
      use_bias: whether there is a bias.
      kernel_initializer, recurrent_initializer, bias_initializer: how the weights begin.
      kernel_regularizer, recurrent_regularizer, bias_regularizer: what they add to the loss.
      kernel_constraint, recurrent_constraint, bias_constraint: applied to them after updates.
      dropout, recurrent_dropout: the shares of the inputs, of the state, that are set to 0 in
        training.
      reset_after: True as above, with a bias for each of the two products; False for
        h_h = (r * h) @ recurrent_kernel, with one bias.
      seed: an integer for the same choices of dropout at each run.

    Example:
    >>> cell = tf.keras.layers.GRUCell(4)
    >>> outputs, states = cell(tf.ones([2, 3]), cell.get_initial_state(2))
    >>> outputs.shape, len(states), cell.bias.shape
    (TensorShape([2, 4]), 1, TensorShape([2, 12]))
    """

    gates = 3
    state_size = property(lambda self: self.units, doc="The size of the state.")

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
        kernel_constraint=None,
        recurrent_constraint=None,
        bias_constraint=None,
        dropout=0.0,
        recurrent_dropout=0.0,
        reset_after=True,
        seed=None,
        **kwargs,
    ):
        self._check_arguments("units", kwargs)

    def _bias_shape(self):
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def project(self, inputs, factors):
        """The inputs' share of all gates, bias included, for one step or for all of them."""
        gates = self._product(inputs, self.kernel, factors)
        if self.bias is None:
            return gates
        return gates + (self.bias[0] if self.reset_after else self.bias)

    def step(self, projected, states, training=False):
        """(outputs, [new state]) of one step, given `project` of its inputs."""
        state, kernel = states[0], self.recurrent_kernel
        factors = self._state_factors(state, training)
        x_z, x_r, x_h = ops.split(projected, 3, axis=-1)
        if self.reset_after:
            product = self._product(state, kernel, factors)
            product = product if self.bias is None else product + self.bias[1]
            h_z, h_r, h_h = ops.split(product, 3, axis=-1)
            update, reset = self._gates(x_z + h_z, x_r + h_r)
            h_h = reset * h_h
        else:
            of_gates, of_candidate = kernel[:, : 2 * self.units], kernel[:, 2 * self.units :]
            h_z, h_r = self._two_products(state, of_gates, factors)
            update, reset = self._gates(x_z + h_z, x_r + h_r)
            kept = reset * state if factors is None else reset * (state * factors[-1])
            h_h = ops.matmul(kept, of_candidate)
        output = update * state + (1 - update) * self.activation(x_h + h_h)
        return output, [output]

    def _gates(self, update, reset):
        return self.recurrent_activation(update), self.recurrent_activation(reset)

    def _two_products(self, state, kernel, factors):
        if factors is None:
            return ops.split(ops.matmul(state, kernel), 2, axis=-1)
        parts = ops.split(kernel, 2, axis=-1)
        return [ops.matmul(state * f, part) for f, part in zip(factors, parts)]


def _is_usable(choices):
    """Whether what was drawn is there, and no tensor of a trace that has ended."""
    if choices is None:
        return False
    first = choices[0] if isinstance(choices, list) else choices
    return first.is_eager or first._trace in context.traces
