"""Embedding: a vector for each integer."""

from ... import ops
from .core import check_size, refuse_adapters
from .declared import Weight
from .layer import Layer


class Embedding(Layer):
    """Rows of a matrix of weights, one for each integer of the inputs.

    Args:
      input_dim: the number of rows: the largest integer + 1.
      output_dim: the size of a row.
      embeddings_initializer, embeddings_regularizer, embeddings_constraint: of the weights.
      mask_zero: the integer 0 stands for padding: later layers get a mask without it.
      weights: the matrix to begin with.
      input_length: the number of integers of an input: Keras 2's `input_shape`.

    Raises:
      ValueError: input_dim or output_dim is no positive integer.
      InvalidArgumentError: in a call, an integer outside of [-input_dim, input_dim).

    Example:
    >>> layer = tf.keras.layers.Embedding(3, 2, weights=np.array([[0, 0], [1, 2], [3, 4]]))
    >>> layer(tf.constant([2, 1])).numpy()
    array([[3., 4.],
           [1., 2.]], dtype=float32)
    """

    embeddings = Weight(lambda layer, _: (layer.input_dim, layer.output_dim))

    def __init__(
        self,
        input_dim,
        output_dim,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        weights=None,
        lora_rank=None,
        lora_alpha=None,
        quantization_config=None,
        **kwargs,
    ):
        length = kwargs.pop("input_length", None)
        if length is not None and not kwargs.keys() & {"input_shape", "batch_input_shape"}:
            kwargs["input_shape"] = (length,)  # a model that begins with it is built at once
        super().__init__(autocast=False, **kwargs)
        refuse_adapters(self)
        self.input_dim = check_size(self, "input_dim", input_dim)
        self.output_dim = check_size(self, "output_dim", output_dim)
        self.supports_masking = mask_zero
        if weights is not None:
            self._initial_weights = weights if isinstance(weights, list) else [weights]
            self.build()

    def call(self, inputs):
        """The rows; negative integers count from the end."""
        x = inputs if inputs.dtype.name in ("int32", "int64") else ops.cast(inputs, "int32")
        rows = ops.gather(self.embeddings, ops.where(x < 0, x + self.input_dim, x))
        return ops.cast(rows, self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        """Where the integer is not 0, if `mask_zero`."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape):
        """The inputs' shape with `output_dim` at its end."""
        return (*input_shape, self.output_dim)
