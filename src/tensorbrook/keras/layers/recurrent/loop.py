"""The loop over time steps: `keras.backend.rnn`, which all recurrent layers run."""

from .... import ops
from ....base import nest
from ....core.dispatch import current_trace
from ....core.hooks import hooks
from ....core.tensor import convert_to_tensor
from ....ops.control import loop_over_rows


def rnn(
    step_function,
    inputs,
    initial_states,
    go_backwards=False,
    mask=None,
    constants=None,
    unroll=False,
    input_length=None,
    time_major=False,
    zero_output_for_mask=False,
    return_all_outputs=True,
):
    """Calls a function for each time step, with the states that it returned for the one before.

    In a trace this is one loop of the program, as is its gradient.

    Args:
      step_function: takes the inputs of one step (batch, ...) and a tuple of states and constants;
        returns the step's outputs and the new states.
      inputs: a tensor (batch, time, ...), or a structure of them.
      initial_states: the states before the first step, in any structure.
      go_backwards: begin with the last step, and return the outputs in the order computed.
      mask: booleans (batch, time) or (batch, time, 1). Where it is False a step changes no state,
        and its output is that of the step before, or zeros.
      constants: what the step function gets after the states at each step.
      unroll: let a program repeat the step instead of a loop, where the number of steps is known.
      input_length: integers (batch,), how many steps count; used where there is no mask.
      time_major: inputs, mask and outputs begin with time instead of the batch.
      zero_output_for_mask: outputs of masked steps are zeros.
      return_all_outputs: False for those of the last step only.

    Returns:
      (outputs of the last step; all outputs, or the last ones with a time axis of 1; last states).

    Raises:
      ValueError: inputs of no steps, or whose numbers of steps differ.

    Example:
    >>> def add(x, states):
    ...     return x + states[0], [x + states[0]]
    >>> last, outputs, states = tf.keras.backend.rnn(add, tf.ones([1, 3, 2]), [tf.zeros([1, 2])])
    >>> outputs.numpy()[0, :, 0], last.numpy()
    (array([1., 2., 3.], dtype=float32), array([[3., 3.]], dtype=float32))
    """
    rows = nest.map_structure(convert_to_tensor, inputs)
    rows = rows if time_major else nest.map_structure(swapped, rows)
    first = nest.flatten(rows)[0]
    if first._shape[0].__class__ is int and first._shape[0] == 0:
        raise ValueError(f"[rnn] there must be a time step at least, got shape {first.shape}.")
    if mask is not None:
        mask = _mask_rows(convert_to_tensor(mask), time_major)
    elif input_length is not None and not isinstance(input_length, int):
        steps = ops.expand_dims(ops.range(first._shape[0]), 1)
        mask = steps < ops.cast(input_length, steps.dtype)
    states = nest.map_structure(convert_to_tensor, initial_states)
    step = _Step(step_function, states, tuple(constants or ()), mask is not None)
    step.zero_output, step.collect = zero_output_for_mask, return_all_outputs
    elems, start = [rows], [states]
    if mask is not None:
        elems.append(mask)
        if not zero_output_for_mask:
            start.append(step.first_outputs(rows))
    end, outputs = loop_over_rows("rnn", step, start, elems, go_backwards, unroll)
    return step.results(end, outputs, go_backwards, time_major)


def swapped(x):
    """A tensor with its first two axes exchanged."""
    return ops.transpose(x, (1, 0, *range(2, len(x._shape))))


def _mask_rows(mask, time_major):
    """A mask as booleans (time, batch)."""
    if len(mask._shape) == 3:
        mask = ops.squeeze(mask, -1)
    mask = mask if mask.dtype.name == "bool" else ops.cast(mask, "bool")
    return mask if time_major else ops.transpose(mask, (1, 0))


def _choose(keep, new, old):
    """`new` for the samples to keep, `old` for others; `keep` is (batch,)."""
    keep = ops.reshape(keep, (*keep._shape, *[1] * (len(new._shape) - 1)))
    return ops.where(keep, new, old)


class _Step:
    """The body of the loop: the step function, the mask, and what of the outputs is collected."""

    def __init__(self, function, states, constants, masked):
        self.function, self.states, self.constants = function, states, constants
        self.masked = masked
        self.output_is_state = None  # the number of the state that the outputs are, if they are one

    def call(self, x, states):
        """(outputs, new states) of one step, the states in the structure they began with."""
        outputs, new = self.function(x, (*states, *self.constants))
        return outputs, nest.pack_sequence_as(self.states, nest.flatten(new))

    def first_outputs(self, rows):
        """The outputs before the first step, zeros: None until a step has told their shape."""
        if current_trace() is None:
            return None
        row = nest.map_structure(lambda x: x[0], rows)
        return hooks.trace_zeros(lambda: self.call(row, self.states)[0])

    def __call__(self, carried, row):
        before = carried[0]
        outputs, states = self.call(row[0], before)
        if self.masked:
            keep = row[1]
            states = nest.map_structure(lambda new, old: _choose(keep, new, old), states, before)
            previous = None if self.zero_output else carried[1]
            if previous is None:
                previous = nest.map_structure(ops.zeros_like, outputs)
            outputs = nest.map_structure(lambda y, old: _choose(keep, y, old), outputs, previous)
        carried = [states] if self.masked is False or self.zero_output else [states, outputs]
        if self.collect:
            return carried, outputs
        if len(carried) == 2:
            return carried, ()
        for i, state in enumerate(nest.flatten(states)):
            if state is outputs:
                self.output_is_state = i
                return carried, ()
        return carried, outputs

    def results(self, end, outputs, go_backwards, time_major):
        """(last outputs, outputs, last states) from what the loop returned."""
        if len(end) == 2:
            last = end[1]
        elif self.output_is_state is not None:
            last = nest.flatten(end[0])[self.output_is_state]
        else:
            last = nest.map_structure(lambda y: y[0 if go_backwards else -1], outputs)
        if not self.collect:
            axis = 0 if time_major else 1
            return last, nest.map_structure(lambda y: ops.expand_dims(y, axis), last), end[0]
        if go_backwards:
            outputs = nest.map_structure(lambda y: ops.reverse(y, [0]), outputs)
        if not time_major:
            outputs = nest.map_structure(swapped, outputs)
        return last, outputs, end[0]
