"""K.placeholder, K.function and K.gradients: computing with the tensors of a model directly."""

import numpy as np

from ..autodiff.tape import GradientTape
from ..base import nest
from ..base.dtypes import is_differentiable
from ..core.tensor import convert_to_tensor
from ..core.variable import Variable
from .layers.calls import Scope
from .layers.input import Input, InputLayer
from .layers.layer import Layer
from .layers.symbolic import KerasTensor
from .models.functional import LayerGraph


def placeholder(shape=None, ndim=None, dtype=None, sparse=False, name=None, ragged=False):
    """A Keras input of a shape, the batch included.

    Args:
      shape: the shape, None for unknown sizes.
      ndim: the number of axes, all unknown, in place of `shape`.
      dtype: floatx by default.
      sparse, ragged: as in `keras.Input`.
      name: its name.
    """
    if shape is None:
        shape = (None,) * (ndim or 0)
    return Input(batch_shape=shape, dtype=dtype, sparse=sparse, name=name, ragged=ragged)


class function:
    """A function that computes tensors of a model from others.

    Args:
      inputs: a list of KerasTensors to give values for, which may lie within a model; also
        `K.learning_phase()`, for a value that says whether layers are in training.
      outputs: a KerasTensor, or a list of them, to compute.
      updates, name: only None and any name are taken.

    Returns:
      What is called with the list of values and returns arrays in the structure of `outputs`.

    Example:
    >>> K = tf.keras.backend
    >>> x = K.placeholder((None, 2))
    >>> K.function([x], [K.sum(x)])([np.ones((3, 2))])
    [np.float32(6.0)]
    """

    def __init__(self, inputs, outputs, updates=None, name=None, **kwargs):
        if updates or kwargs:
            raise NotImplementedError(
                f"K.function(updates=, {', '.join(kwargs)}): write a tf.function that assigns to "
                "variables."
            )
        self._inputs, self._outputs = nest.flatten(inputs), outputs
        given = [x for x in self._inputs if isinstance(x, KerasTensor)]
        wanted = [x for x in nest.flatten(outputs) if isinstance(x, KerasTensor)]
        self._graph = LayerGraph(given, wanted)
        self._layer = Layer(name=name)

    def __call__(self, inputs):
        values = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        if len(values) != len(self._inputs):
            raise ValueError(
                f"This K.function takes {len(self._inputs)} inputs, {len(values)} were given."
            )
        pairs = list(zip(self._inputs, values))
        training = [v for x, v in pairs if not isinstance(x, KerasTensor)]
        given = [convert_to_tensor(v, x.dtype) for x, v in pairs if isinstance(x, KerasTensor)]
        with Scope(self._layer, bool(training[0]) if training else None):
            found = iter(nest.flatten(self._graph.run(given)))

        def value(leaf):
            tensor = next(found) if isinstance(leaf, KerasTensor) else leaf
            return np.asarray(convert_to_tensor(tensor).numpy())[()]

        return nest.map_structure(value, self._outputs)


def gradients(loss, variables):
    """The gradients of a tensor of a model by others of it, or by weights.

    Args:
      loss: a KerasTensor.
      variables: KerasTensors on the way to it, or variables; one or a list.

    Returns:
      The list of gradients, which are KerasTensors, too.

    Example:
    >>> K = tf.keras.backend
    >>> x = K.placeholder((None, 2))
    >>> K.function([x], K.gradients(K.sum(x * x), x))([np.ones((1, 2))])
    [array([[2., 2.]], dtype=float32)]
    """
    if not isinstance(loss, KerasTensor):
        raise RuntimeError(
            "K.gradients is for the tensors of a model, and `loss` is none. Compute it within "
            "`with tf.GradientTape() as tape:`, and call tape.gradient(loss, variables)."
        )
    starts = source_inputs([loss])
    found = _Gradients(loss, nest.flatten(variables), starts)(starts)
    return found if isinstance(found, list) else [found]


def source_inputs(tensors):
    """The inputs of models, each once, that KerasTensors are computed from."""
    found, seen, stack = {}, set(), list(tensors)[::-1]
    while stack:
        tensor = stack.pop()
        operation, index, _ = tensor._keras_history
        node = operation._inbound_nodes[index]
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(operation, InputLayer):
            found[id(tensor)] = tensor
        stack += node.input_tensors[::-1]
    return list(found.values())


class _Gradients(Layer):
    """The gradients of a KerasTensor as a layer of the inputs that it is computed from."""

    def __init__(self, loss, sources, starts):
        super().__init__()
        self._sources = sources
        tensors = [s for s in sources if isinstance(s, KerasTensor)]
        self._whole = LayerGraph(starts, [loss, *tensors])

    def call(self, inputs):
        """The gradients, in the order of the sources."""
        starts = nest.flatten(inputs)
        with GradientTape() as tape:
            tape.watch([x for x in starts if is_differentiable(x._dtype)])
            loss, *tensors = nest.flatten(self._whole.run(starts))
        tensors = iter(tensors)
        values = [s if isinstance(s, Variable) else next(tensors) for s in self._sources]
        return tape.gradient(loss, values)
