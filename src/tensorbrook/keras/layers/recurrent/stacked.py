"""StackedRNNCells: cells on top of each other as one cell."""

import inspect

from .... import ops
from ....base import nest
from ....base.shapes import TensorShape
from ..calls import signature_of
from ..layer import Layer


class StackedRNNCells(Layer):
    """One step of several cells, each of which takes the outputs of the one before it.

    Args:
      cells: a list of cells, as RNN takes them.

    Raises:
      ValueError: a cell without `call` or `state_size`.

    Example:
    >>> cells = [tf.keras.layers.LSTMCell(4), tf.keras.layers.GRUCell(2)]
    >>> stacked = tf.keras.layers.StackedRNNCells(cells)
    >>> stacked.state_size
    [[4, 4], 2]
    >>> tf.keras.layers.RNN(stacked)(tf.ones([3, 5, 6])).shape
    TensorShape([3, 2])
    """

    def __init__(self, cells, **kwargs):
        super().__init__(**kwargs)
        for cell in cells:
            for name, kind in (("call", "method"), ("state_size", "attribute")):
                if not hasattr(cell, name):
                    raise ValueError(
                        f"All cells must have a `{name}` {kind}. Received cell without a `{name}`: "
                        f"{cell}"
                    )
        self.cells = list(cells)

    @property
    def state_size(self):
        """The cells' state sizes: a list."""
        sizes = [cell.state_size for cell in self.cells]
        return [list(size) if isinstance(size, tuple) else size for size in sizes]

    @property
    def output_size(self):
        """The size of the last cell's outputs."""
        return output_size_of(self.cells[-1])

    def get_initial_state(self, batch_size=None, inputs=None, dtype=None):
        """The cells' states to begin with: a list of what each cell has, a tensor or several.

        Args:
          batch_size: the number of samples.
          inputs: tells the number where `batch_size` does not.
          dtype: of cells that tell none; the compute dtype by default.
        """
        batch_size, states = inputs._shape[0] if batch_size is None else batch_size, []
        for cell in self.cells:
            state = first_states(cell, batch_size, dtype or self.compute_dtype)
            alone = not (hasattr(cell, "get_initial_state") or nest.is_nested(cell.state_size))
            states.append(state[0] if alone else state)
        return states

    def build(self, input_shape):
        """Builds the cells."""
        for cell in self.cells:
            if isinstance(cell, Layer) and not cell.built:
                cell.build(input_shape)
            input_shape = (input_shape[0], *_as_shape(output_size_of(cell)))

    def call(self, inputs, states, training=False, constants=None):
        """(outputs of the last cell, the new states of each)."""
        new = []
        for cell, own in zip(self.cells, states):
            alone = not isinstance(own, (list, tuple))
            own = [own] if alone else list(own)
            function = cell if callable(cell) else cell.call
            inputs, own = function(inputs, own, **arguments_for(cell, training, constants))
            own = own if nest.is_nested(own) else [own]
            new.append(own[0] if alone and len(own) == 1 else own)
        return inputs, new


class AbstractRNNCell(Layer):
    """The base of cells of one's own in Keras 2: a subclass has `call(inputs, states)`, which gives
    the outputs and the new states, `state_size` and `output_size`.

    Example:
    >>> class Adds(tf.keras.layers.AbstractRNNCell):
    ...     state_size = output_size = 2
    ...     def call(self, inputs, states):
    ...         return (inputs + states[0],) * 2
    >>> tf.keras.layers.RNN(Adds())(tf.ones([1, 3, 2])).numpy()
    array([[3., 3.]], dtype=float32)
    """

    def get_initial_state(self, inputs=None, batch_size=None, dtype=None):
        """Zeros for the states of so many samples, by default as many as `inputs` has."""
        batch_size = inputs._shape[0] if batch_size is None else batch_size
        states = zero_states(self.state_size, batch_size, dtype or self.compute_dtype)
        return states[0] if isinstance(self.state_size, (int, TensorShape)) else states


def arguments_for(cell, training, constants=None):
    """What a cell's `call` takes of these, by name."""
    taken = signature_of(type(cell).call).parameters
    given = {"training": training} | ({} if constants is None else {"constants": constants})
    return {name: value for name, value in given.items() if name in taken}


def output_size_of(cell):
    """The size of a cell's outputs: `output_size`, or else that of its first state."""
    size = getattr(cell, "output_size", None)
    return nest.flatten(cell.state_size)[0] if size is None else size


def _as_shape(size):
    return (size,) if isinstance(size, int) else tuple(size)


def first_states(cell, batch_size, dtype):
    """The states that a cell begins with: its own, or else zeros."""
    made, dtype = getattr(cell, "get_initial_state", None), getattr(cell, "compute_dtype", dtype)
    if made is None:
        return zero_states(cell.state_size, batch_size, dtype)
    asks = "dtype" in inspect.signature(made).parameters  # as Keras 2's cells do
    return made(batch_size=batch_size, **({"dtype": dtype} if asks else {}))


def zero_states(sizes, batch_size, dtype):
    """Zeros for states of these sizes: integers or shapes, in any structure; at least a list."""

    def zeros(size):
        shape = tuple(size) if isinstance(size, TensorShape) else (size,)
        return ops.zeros((batch_size, *shape), dtype)

    if isinstance(sizes, (int, TensorShape)):
        return [zeros(sizes)]
    if isinstance(sizes, dict):
        return {key: zero_states(size, batch_size, dtype) for key, size in sizes.items()}
    return [
        zeros(s) if isinstance(s, (int, TensorShape)) else zero_states(s, batch_size, dtype)
        for s in sizes
    ]
