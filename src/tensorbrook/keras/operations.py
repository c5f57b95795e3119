"""keras.Operation and keras.Function: computations of Keras tensors; and computing again what the
backward pass needs."""

from ..autodiff.custom import recompute_grad
from ..base import nest
from ..core.tensor import convert_to_tensor
from .layers.calls import Node
from .layers.input import InputLayer
from .layers.layer import Layer
from .layers.symbolic import KerasTensor, has_symbolic
from .models.functional import LayerGraph
from .tree import map_structure_up_to


class Operation(Layer):
    """A computation without weights: on tensors it runs, on Keras inputs it is a layer of a model.

    Subclasses write `call`; `compute_output_spec` follows from it.

    Example:
    >>> class Times(tf.keras.Operation):
    ...     def __init__(self, factor, name=None):
    ...         super().__init__(name=name)
    ...         self.factor = factor
    ...     def call(self, x):
    ...         return x * self.factor
    >>> Times(3)(tf.constant([1.0, 2.0])).numpy()
    array([3., 6.], dtype=float32)
    >>> Times(3)(tf.keras.Input((2,))).shape
    TensorShape([None, 2])
    """

    def __init__(self, name=None):
        super().__init__(name=name, autocast=False)

    def get_config(self):
        """The arguments of the constructor."""
        config = super().get_config()
        return {key: config[key] for key in config if key not in ("trainable", "dtype")}


class Function:
    """The computation that leads from some Keras tensors to others, to be run on values.

    It is like a model without weights of its own, training or files.

    Args:
      inputs: a KerasTensor, or a structure of them.
      outputs: a KerasTensor, or a structure of them, that can be computed from the inputs.
      name: its name.

    Raises:
      ValueError: an output depends on more than the inputs, or there are none of either.

    Example:
    >>> a, b = tf.keras.KerasTensor((None, 2)), tf.keras.KerasTensor((None, 2))
    >>> total = tf.keras.Function([a, b], tf.keras.ops.add(a, b) * 2.0)
    >>> total([tf.ones([1, 2]), tf.ones([1, 2])]).numpy()
    array([[4., 4.]], dtype=float32)
    """

    def __init__(self, inputs, outputs, name=None):
        self.name = name or "function"
        for what, given in (("inputs", inputs), ("outputs", outputs)):
            if not nest.flatten(given):
                raise ValueError(f"`{what}` argument cannot be empty. Received: {what}={given}")
        for tensor in nest.flatten(inputs):
            if isinstance(tensor, KerasTensor) and tensor._keras_history is None:
                Node(InputLayer(batch_shape=tensor.shape, dtype=tensor.dtype), (), {}, tensor)
        self._graph = LayerGraph(inputs, outputs)

    inputs = property(lambda self: self._graph.inputs, doc="The inputs as a list.")
    outputs = property(lambda self: self._graph.outputs, doc="The outputs as a list.")
    operations = property(lambda self: self._graph.layers, doc="The layers on the way.")

    def __call__(self, inputs):
        """The outputs for values of the inputs, which may be Keras tensors."""
        given = nest.flatten(inputs)
        if len(given) != len(self.inputs):
            raise ValueError(
                f"Function '{self.name}' takes {len(self.inputs)} tensors, received {len(given)}."
            )
        if not has_symbolic(given):
            given = [convert_to_tensor(value) for value in given]
        found = nest.flatten(self._graph.run(given))
        return nest.pack_sequence_as(self._graph.outputs_structure, found)

    call = symbolic_call = compute_output_spec = __call__

    def compute_output_shape(self, input_shape):
        """The shapes of the outputs for shapes of the inputs, in the outputs' structure."""
        shapes = []
        map_structure_up_to(self._graph.inputs_structure, shapes.append, input_shape)
        given = [KerasTensor(shape, x.dtype) for shape, x in zip(shapes, self.inputs)]
        return nest.map_structure(lambda y: tuple(y.shape), self(given))


def remat(f):
    """`f`, computed again in the backward pass, so that nothing within it is kept until then.

    Example:
    >>> square = tf.keras.remat(lambda x: x * x)
    >>> square(tf.constant(3.0)).numpy()
    np.float32(9.0)
    """
    return recompute_grad(f)


class RematScope:
    """A context that asks for layers to be computed again in the backward pass; it changes nothing
    here, as programs decide by themselves what they keep. `keras.remat` makes a function be.

    Args:
      mode: "full", "activations", "larger_than", "list_of_layers" or None.
      output_size_threshold: of "larger_than".
      layer_names: of "list_of_layers".

    Raises:
      ValueError: another mode.

    Example:
    >>> with tf.keras.RematScope("full"):
    ...     layer = tf.keras.layers.Dense(1)
    """

    def __init__(self, mode="full", output_size_threshold=1024, layer_names=None):
        if mode not in ("full", "activations", "larger_than", "list_of_layers", None):
            raise ValueError(
                f"Invalid mode '{mode}'. Supported modes are: 'full', 'activations', "
                "'larger_than', 'list_of_layers', and None."
            )
        self.mode, self.output_size_threshold = mode, output_size_threshold
        self.layer_names = layer_names or []

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None
