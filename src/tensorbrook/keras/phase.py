"""Keras 2's ways to run parts of models: K.function, K.gradients, K.learning_phase."""

import numpy as np

from ..autodiff.tape import GradientTape
from ..base import nest
from ..base.context import context
from ..core.hooks import hooks
from ..core.tensor import Tensor, convert_to_tensor
from .layers import Input
from .layers.input import InputLayer
from .layers.symbolic import KerasTensor, has_symbolic
from .models import Model


class LearningPhase:
    """Whether layers are called in training where nobody says; among the inputs of K.function it
    stands for the number given there."""

    def __index__(self):
        return int(bool(context.training))

    __int__ = __index__

    def __bool__(self):
        return bool(context.training)

    def __eq__(self, other):
        return int(self) == other

    __hash__ = object.__hash__

    def __repr__(self):
        return str(int(self))


_PHASE = LearningPhase()


def learning_phase():
    """1 in training, else 0: as `set_learning_phase` or the call of a model around it said.

    Example:
    >>> int(tf.keras.backend.learning_phase())
    0
    """
    return _PHASE


def set_learning_phase(value):
    """Says whether layers and models are called in training where `training` is not given.

    Args:
      value: 1 or 0; None for the defaults, as before.

    Raises:
      ValueError: another value.

    Example:
    >>> tf.keras.backend.set_learning_phase(1)
    >>> float(tf.reduce_max(tf.keras.layers.Dropout(0.5)(tf.ones([100]))))
    2.0
    >>> tf.keras.backend.set_learning_phase(None)
    """
    if value not in (0, 1, None):
        raise ValueError("Expected learning phase to be 0 or 1.")
    context.training = None if value is None else bool(value)


def placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None, ragged=False):
    """A Keras input of a shape, its batch included.

    Args:
      shape: the shape, None for unknown sizes.
      ndim: how many axes of unknown size there are, where no shape is given.
      dtype: its dtype.
      sparse, ragged: whether it is.
      name: its name.

    Example:
    >>> tf.keras.backend.placeholder((None, 4)).shape
    TensorShape([None, 4])
    """
    shape = (None,) * (ndim or 0) if shape is None else tuple(shape)
    return Input(batch_shape=shape, dtype=dtype, sparse=sparse, ragged=ragged, name=name)


def function(inputs, outputs, updates=None, name=None, **kwargs):
    """A function of arrays that computes tensors of a model from others.

    Args:
      inputs: a list of Keras inputs, or of tensors within a model; `learning_phase()` among them
        takes 1 for training and 0.
      outputs: a tensor that depends on them, or a list of those.
      updates: not built; None.

    Returns:
      A function of a list of arrays that returns a list of arrays, or one where `outputs` is one.

    Example:
    >>> x = tf.keras.Input((2,))
    >>> double = tf.keras.backend.function([x], [x * 2.0])
    >>> double([np.array([[1.0, 2.0]])])
    [array([[2., 4.]], dtype=float32)]
    """
    if updates:
        raise NotImplementedError(
            "keras.backend.function(updates=...): assign to variables in a tf.function instead."
        )
    inputs = nest.flatten(inputs)
    given = [x for x in inputs if not isinstance(x, LearningPhase)]
    model = Model(given, nest.flatten(outputs))

    def run(values):
        values, training = nest.flatten(values), None
        if len(values) != len(inputs):
            raise ValueError(f"The function takes {len(inputs)} arrays, received {len(values)}.")
        arrays = []
        for x, value in zip(inputs, values):
            if isinstance(x, LearningPhase):
                training = bool(value)
            else:
                arrays.append(convert_to_tensor(np.asarray(value).astype(x._dtype)))
        found = [y.numpy() for y in nest.flatten(model(arrays, training=training))]
        return found if nest.is_nested(outputs) else found[0]

    return run


def gradients(loss, variables):
    """The gradients of a tensor of a model by others that it depends on: Keras tensors again.

    Args:
      loss: a Keras tensor, or a list of them, whose sum is meant.
      variables: a Keras tensor or variable, or a list of those.

    Raises:
      RuntimeError: `loss` is a value: nobody knows what it was computed from.

    Example:
    >>> x = tf.keras.Input((2,))
    >>> (slope,) = tf.keras.backend.gradients(tf.reduce_sum(x * x), [x])
    >>> tf.keras.backend.function([x], [slope])([np.array([[1.0, 2.0]])])
    [array([[2., 4.]], dtype=float32)]
    """
    losses, sources = nest.flatten(loss), nest.flatten(variables)
    if not has_symbolic(losses):
        raise RuntimeError(
            "keras.backend.gradients takes tensors of a model to come. Of values, compute within a "
            "tf.GradientTape: tape.gradient(loss, variables)."
        )
    symbolic = [x for x in sources if isinstance(x, KerasTensor)]
    roots = _roots(losses, symbolic)
    model = Model([*symbolic, *roots], losses)

    def slopes(*tensors):
        wanted = iter(tensors)
        points = [next(wanted) if isinstance(x, KerasTensor) else x for x in sources]
        with GradientTape() as tape:
            tape.watch([p for p in points if isinstance(p, Tensor)])
            found = nest.flatten(model(list(tensors)))
        return tape.gradient(found, points, unconnected_gradients="zero")

    return nest.flatten(hooks.function_layer(slopes)(*symbolic, *roots))


def _roots(outputs, given):
    """The inputs that outputs depend on, but through the given tensors."""
    known, roots, stack = {id(x) for x in given}, [], list(outputs)
    while stack:
        tensor = stack.pop()
        if id(tensor) in known:
            continue
        known.add(id(tensor))
        layer, index, _ = tensor._keras_history
        node = layer._inbound_nodes[index]
        if isinstance(layer, InputLayer):
            roots.append(tensor)
        stack.extend(node.input_tensors)
    return roots
