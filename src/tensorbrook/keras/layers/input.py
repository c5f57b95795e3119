"""Input and InputLayer: where a functional model begins."""

from ...base.config import settings
from ...base.dtypes import as_dtype
from ...base.shapes import TensorShape
from ...core.spec import TensorSpec
from ..registry import unique_name
from .calls import Node
from .layer import Layer
from .symbolic import KerasTensor


class InputLayer(Layer):
    """The layer that stands for an input of a model.

    Args:
      shape: the shape of one example; an int stands for a vector's length.
      batch_size: the size of batches, None for any.
      dtype: by default `keras.config.floatx()`, whatever the policy is.
      batch_shape: the shape of a batch, in place of `shape`.
      name: the input's name.

    Example:
    >>> tf.keras.layers.InputLayer(shape=(4,)).batch_shape
    (None, 4)
    """

    def __init__(
        self,
        shape=None,
        batch_size=None,
        dtype=None,
        sparse=None,
        ragged=None,
        batch_shape=None,
        input_tensor=None,
        optional=False,
        name=None,
        **kwargs,
    ):
        if input_tensor is not None:
            _check_tensor(input_tensor, shape, batch_size, batch_shape, dtype)
            shape, batch_shape, dtype = None, tuple(input_tensor.shape), input_tensor.dtype
            sparse, ragged = input_tensor.sparse, input_tensor.ragged
        self.ragged = bool(ragged)
        self.optional = bool(optional)
        self.sparse = bool(sparse)
        declared = kwargs.pop("input_shape", None)
        shape = declared if shape is None else shape
        batch_shape = kwargs.pop("batch_input_shape", batch_shape)
        if kwargs:
            raise ValueError(f"Unrecognized keyword arguments passed to InputLayer: {kwargs}")
        if (shape is None) == (batch_shape is None):
            what = "You must pass a `shape` argument."
            if shape is not None:
                what = "You cannot pass both `shape` and `batch_shape` at the same time."
            raise ValueError(
                f"{what} Input takes either `shape` (of one example) or `batch_shape` (with the "
                f"batch), got shape={shape}, batch_shape={batch_shape}."
            )
        if batch_shape is None:
            dims = shape if hasattr(shape, "__iter__") else (shape,)
            batch_shape = (batch_size, *dims)
        self.batch_shape = tuple(TensorShape(batch_shape))
        super().__init__(name=name, dtype=None)
        self._input_dtype = as_dtype(dtype or settings.floatx).name
        self.built = True
        tensor = input_tensor
        if tensor is None or tensor._keras_history is not None:
            tensor = KerasTensor(
                self.batch_shape,
                self._input_dtype,
                sparse=self.sparse,
                ragged=self.ragged,
                name=name or unique_name("keras_tensor"),
            )
        self._node = Node(self, (), {}, tensor)

    dtype = property(lambda self: self._input_dtype, doc="The input's dtype.")

    def _default_name(self):
        return unique_name("input_layer")

    def call(self):
        """None: an input has no computation."""

    def __reduce__(self):
        return type(self).from_config, (self.get_config(),)

    def get_config(self):
        """The arguments that make an equal layer."""
        return {
            "batch_shape": list(self.batch_shape),
            "dtype": self._input_dtype,
            "sparse": self.sparse,
            "ragged": self.ragged,
            "optional": self.optional,
            "name": self.name,
        }


def _check_tensor(tensor, shape, batch_size, batch_shape, dtype):
    """Raises ValueError where the other arguments say something else than `tensor`."""
    if not isinstance(tensor, KerasTensor):
        raise ValueError(
            "Argument `input_tensor` must be a KerasTensor, from which a model may begin. Received "
            f"invalid type: input_tensor={tensor!r} (of type {type(tensor)}). Call the model on it."
        )
    own = tuple(tensor.shape)
    found = {
        "shape": (shape, own[1:]),
        "batch_size": (batch_size, own[0] if own else None),
        "batch_shape": (batch_shape, own),
        "dtype": (dtype if dtype is None else as_dtype(dtype), as_dtype(tensor.dtype)),
    }
    for name, (given, wanted) in found.items():
        given = tuple(given) if isinstance(given, (list, tuple)) else given
        if given is not None and given != wanted:
            raise ValueError(
                f"When providing the `input_tensor` argument, you cannot provide an incompatible "
                f"`{name}` argument: {given} is not {wanted}."
            )


def Input(
    shape=None,
    batch_size=None,
    dtype=None,
    sparse=None,
    ragged=None,
    batch_shape=None,
    name=None,
    tensor=None,
    optional=False,
    type_spec=None,
):
    """The symbolic tensor from which a functional model is built.

    Args:
      shape: the shape of one example, None for unknown dimensions; an int for a vector's length.
      batch_size: the size of batches, None for any.
      dtype: by default `keras.config.floatx()`, whatever the policy is.
      sparse: whether data may be sparse, which then reach the layers as SparseTensors.
      ragged: whether data are RaggedTensors, whose second dimension is ragged.
      tensor: a KerasTensor whose shape and dtype the input has: a model may begin there.
      optional: whether None may be given, which layers then get in its place.
      batch_shape: the shape of a batch, in place of `shape`.
      name: the input's name.
      type_spec: Keras 2's: a TensorSpec of a batch, in place of shape and dtype.

    Returns:
      A KerasTensor.

    Example:
    >>> x = tf.keras.Input((4,))
    >>> model = tf.keras.Model(x, tf.keras.layers.Dense(1)(x))
    >>> model.output_shape
    (None, 1)
    """
    if type_spec is not None:
        if not isinstance(type_spec, TensorSpec):
            raise NotImplementedError(
                f"Input(type_spec={type_spec!r}): only a tf.TensorSpec is built."
            )
        batch_shape, dtype = tuple(type_spec.shape), type_spec.dtype
        name = name or type_spec.name
    layer = InputLayer(
        shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name
    )
    return layer.output
