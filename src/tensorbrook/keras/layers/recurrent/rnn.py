"""RNN, the base of recurrent layers: a cell, its states, and the loop over the time steps."""

from .... import ops
from ....base import nest
from ....base.shapes import TensorShape
from ....core.dispatch import init_scope
from ....core.tensor import convert_to_tensor
from ...tree import map_shape_structure
from ...variables import Variable
from ..calls import holds_arrays
from ..layer import Layer
from ..spatial import floats
from ..symbolic import KerasTensor
from .cells import Cell, DropoutRNNCell
from .loop import rnn
from .stacked import StackedRNNCells, arguments_for, first_states


class RNN(Layer):
    """Calls a cell for each step of sequences.

    In a compiled program the loop is one loop of machine code, and its gradient another.

    Args:
      cell: a layer with an attribute `state_size`, an integer or a list of them, whose
        `call(inputs, states)` returns the outputs of one step and the new states. It may have
        `get_initial_state(batch_size)`; the states begin as zeros without. A list of cells is
        stacked.
      return_sequences: return the outputs of all steps instead of the last ones.
      return_state: return the last states as well.
      go_backwards: begin with the last step, and return the outputs in the order computed.
      stateful: let each sample's states begin as those that the sample in its place in the batch
        before ended with. The batch size must then be known: Input(..., batch_size=n).
      unroll: let programs repeat the step instead of a loop, where the number of steps is known.
      zero_output_for_mask: outputs of masked steps are zeros, and not those of the step before.
      time_major: Keras 2's: inputs and outputs begin with time instead of the batch.

    Call arguments:
      sequences: (batch, time, ...); for a cell of one's own also a tuple or dict of such, as in
        Keras 2.
      initial_state: the states to begin with: a list of tensors, or a tensor where there is one.
      mask: booleans (batch, time), where False a step changes no state.
      training: passed to the cell; dropout drops in training.
      constants: Keras 2's: tensors that each step's call of a cell of one's own is given, as
        `constants`. States and constants may also stand behind the sequences, in one list.

    Returns:
      The outputs; or a list of them and the states, as in Keras 2 (Keras 3 has a tuple).

    Raises:
      ValueError: a cell without `call` or `state_size`; in a call, states that do not fit, or,
        where the layer is stateful, a batch of unknown or other size.

    Example:
    >>> class Sum(tf.keras.layers.Layer):
    ...     state_size = 2
    ...     def call(self, inputs, states):
    ...         return inputs + states[0], [inputs + states[0]]
    >>> tf.keras.layers.RNN(Sum(), return_sequences=True)(tf.ones([1, 3, 2])).numpy()[0, :, 0]
    array([1., 2., 3.], dtype=float32)
    """

    _ragged = "padded"

    supports_masking = True

    def __init__(
        self,
        cell,
        return_sequences=False,
        return_state=False,
        go_backwards=False,
        stateful=False,
        unroll=False,
        zero_output_for_mask=False,
        **kwargs,
    ):
        self.time_major = bool(kwargs.pop("time_major", False))
        self._num_constants = kwargs.pop("num_constants", 0)
        super().__init__(**kwargs)
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell, dtype=self.dtype_policy)
        self.cell = _checked(cell)
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self._states = None

    _time_axis = property(lambda self: 0 if self.time_major else 1)
    state_size = property(lambda self: self.cell.state_size, doc="The cell's: of the states.")

    @property
    def states(self):
        """Where the layer is stateful and built, the variables of its states; else None."""
        return None if self._states is None else tuple(self._states.value)

    def _track_children(self):
        states = self.states  # one state, or several
        kept = {} if states is None else {"states": list(states)}
        return super()._track_children() | kept

    def build(self, sequences_shape, initial_state_shape=None, constants_shape=None):
        """Builds the cell, and makes the states' variables where the layer is stateful."""
        axis = 1 - self._time_axis
        of_step = map_shape_structure(lambda shape: (shape[axis], *shape[2:]), sequences_shape)
        batch = nest.flatten(of_step)[0]
        if isinstance(self.cell, Layer) and not self.cell.built:
            self.cell.build(of_step)
        if self.stateful:
            if batch is None:
                raise ValueError(
                    f"Layer {self.name!r}: with stateful=True the batch size must be known, got "
                    f"sequences of shape {tuple(sequences_shape)}. Give it, as in "
                    "Input((time, features), batch_size=32)."
                )
            self._states = _Untracked(
                nest.map_structure(self._state_variable, self.get_initial_state(batch))
            )

    def _state_variable(self, value):
        path = "/".join((*self._path(), "rnn_state"))
        with init_scope():
            return Variable.made(value, False, "rnn_state", path)

    def get_initial_state(self, batch_size):
        """The states to begin with for so many samples: the cell's own, or zeros.

        Args:
          batch_size: the number of samples; or the sequences, as Keras 2 has it.
        """
        if isinstance(batch_size, KerasTensor):
            batch_size = ops.shape(batch_size)[1 - self._time_axis]
        elif len(getattr(batch_size, "shape", ())):
            batch_size = convert_to_tensor(batch_size)._shape[1 - self._time_axis]
        state = first_states(self.cell, batch_size, self.compute_dtype)
        return state if nest.is_nested(state) else [state]

    # -- calling -----------------------------------------------------------------------------------

    def __call__(self, sequences, *args, **kwargs):
        several = isinstance(self.cell, (Cell, StackedRNNCells)) and isinstance(sequences, tuple)
        if (several or isinstance(sequences, list)) and holds_arrays(sequences):
            sequences, *states = sequences
            end = len(states) - self._num_constants
            states, constants = states[:end], states[end:]
            kwargs |= {"initial_state": states} if states else {}
            kwargs |= {"constants": constants} if constants else {}
        if kwargs.get("constants") is not None:
            kwargs["constants"] = nest.flatten(kwargs["constants"])
            self._num_constants = len(kwargs["constants"])
        return super().__call__(sequences, *args, **kwargs)

    def call(self, sequences, initial_state=None, mask=None, training=False, constants=None):
        """The outputs, with the states if asked for."""
        if self.autocast:
            sequences = nest.map_structure(lambda x: floats(self, x), sequences)
        batch = nest.flatten(sequences)[0]._shape[1 - self._time_axis]
        states = self._first_states(initial_state, batch)
        rows, step = self._step(sequences, states, training, constants)
        last, outputs, states = rnn(
            step,
            rows,
            states,
            go_backwards=self.go_backwards,
            mask=mask[0] if isinstance(mask, (list, tuple)) else mask,
            unroll=self.unroll,
            time_major=self.time_major,
            zero_output_for_mask=self.zero_output_for_mask,
            return_all_outputs=self.return_sequences,
        )
        for cell in self._cells():
            cell.reset_dropout_mask()
            cell.reset_recurrent_dropout_mask()
        if self.stateful:
            for variable, state in zip(nest.flatten(self._states.value), nest.flatten(states)):
                variable.assign(ops.cast(state, variable.dtype))
        output = outputs if self.return_sequences else last
        return [output, *states] if self.return_state else output

    def _first_states(self, given, batch):
        """The states to begin with, as a tuple."""
        if given is not None:
            states = given if nest.is_nested(given) else [given]
        elif self.stateful:
            states = nest.map_structure(lambda v: v.value, self._states.value)
        else:
            return tuple(self.get_initial_state(batch))
        wanted = self.get_initial_state(batch)
        flat, flat_wanted = nest.flatten(states), nest.flatten(wanted)
        shapes = [tuple(TensorShape(s._shape)) for s in flat_wanted]
        fits = len(flat) == len(flat_wanted) and all(
            map(_same_size, map(convert_to_tensor, flat), flat_wanted)
        )
        if not fits:
            what = "the states kept from the batch before" if given is None else "initial_state"
            fix = (
                "Give batches of the size of the first one, or call reset_states() and build anew."
                if given is None
                else "Give a list of them, in the order in which return_state=True returns them."
            )
            raise ValueError(
                f"Layer {self.name!r}: {what} must have the shapes {shapes}, got "
                f"{[tuple(s.shape) for s in flat]}. {fix}"
            )
        return tuple(nest.pack_sequence_as(wanted, flat))

    def _step(self, sequences, states, training, constants):
        """(what the loop takes the rows of, the function of one step).

        Our own cells compute the inputs' share of all steps at once.
        """
        cell = self.cell
        first = nest.map_structure(lambda x: ops.gather(x, 0, axis=self._time_axis), sequences)
        for own, inputs, own_states in cells_within(cell, first, states):
            own.get_dropout_mask(inputs)
            own.get_recurrent_dropout_mask(own_states[0])
        if splits(cell) and cell.compute_dtype == self.compute_dtype and not constants:
            factors = cell.get_dropout_mask(first) if training else None
            if factors is not None:
                factors = [ops.expand_dims(f, self._time_axis) for f in factors]
            projected = cell.project(sequences, factors)
            return projected, lambda x, states: cell.step(x, states, training)
        arguments = arguments_for(cell, training, constants)
        cells = getattr(cell, "cells", [cell])
        if constants and not any("constants" in arguments_for(c, 0, constants) for c in cells):
            raise ValueError(f"Layer {self.name!r}: no cell's call takes `constants`.")
        function = cell if callable(cell) else cell.call  # a cell that is no layer
        return sequences, lambda x, states: function(x, states, **arguments)

    def _cells(self):
        """The cells that keep choices of dropout."""
        cells = self.cell.cells if isinstance(self.cell, StackedRNNCells) else [self.cell]
        return [cell for cell in cells if isinstance(cell, DropoutRNNCell)]

    def compute_mask(self, sequences, previous_mask=None):
        """The inputs' mask for the outputs of all steps; none for the last ones and the states."""
        mask = previous_mask[0] if isinstance(previous_mask, list) else previous_mask
        mask = mask if self.return_sequences else None
        return [mask, *[None for _ in nest.flatten(self.state_size)]] if self.return_state else mask

    # -- states ------------------------------------------------------------------------------------

    def reset_state(self, states=None):
        """Sets the states of a stateful layer to those it begins with.

        Args:
          states: arrays to set them to instead: one, or a list.
        """
        if self._states is None:
            return
        variables = nest.flatten(self._states.value)
        batch = variables[0].shape[0]
        values = self.get_initial_state(batch) if states is None else states
        self._assign(variables, [convert_to_tensor(v).numpy() for v in nest.flatten(values)])

    reset_states = reset_state

    def get_config(self):
        """The constructor's arguments, as plain data."""
        config = super().get_config()
        old = {"time_major": self.time_major, "num_constants": self._num_constants}
        return config | {name: value for name, value in old.items() if value}


class _Untracked:
    """Holds variables that are no weights: the states of a stateful layer."""

    def __init__(self, value):
        self.value = value


def _checked(cell):
    """A cell, or ValueError for what is none."""
    if not callable(getattr(cell, "call", None)):
        raise ValueError(f"Argument `cell` should have a `call` method. Received: cell={cell}")
    if not hasattr(cell, "state_size"):
        raise ValueError(
            "The RNN cell should have a `state_size` attribute (single integer or list of "
            f"integers, one integer per RNN state). Received: cell={cell}"
        )
    return cell


def _same_size(state, wanted):
    """Whether a state has the shape wanted; an open size fits any."""
    pairs = zip(state._shape, wanted._shape)
    return len(state._shape) == len(wanted._shape) and all(
        a == b for a, b in pairs if isinstance(a, int) and isinstance(b, int)
    )


def splits(cell):
    """Whether a cell's `call` is ours: `step` of `project`."""
    ours = isinstance(cell, Cell) and type(cell).call is Cell.call
    return ours and cell.activity_regularizer is None


def cells_within(cell, inputs, states):
    """(cell, a step's inputs, the cell's states) of the cells that draw dropout.

    Each cell of a stack takes what the one before it returns; only its shape counts here.
    """
    if isinstance(cell, StackedRNNCells):
        for one, own in zip(cell.cells, states):
            own = own if nest.is_nested(own) else [own]
            yield from cells_within(one, inputs, own)
            inputs = own[0]
    elif isinstance(cell, DropoutRNNCell):
        yield cell, inputs, states
