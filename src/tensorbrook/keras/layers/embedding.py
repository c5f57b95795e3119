"""Embedding and ReversibleEmbedding: a vector for each integer, and back."""

from ... import ops
from .. import policy
from .adapted import Adaptable, AdaptedWeight
from .core import check_size


class Embedding(Adaptable):
    """Rows of a matrix of weights, one for each integer of the inputs.

    Args:
      input_dim: the number of rows: the largest integer + 1.
      output_dim: the size of a row.
      embeddings_initializer, embeddings_regularizer, embeddings_constraint: of the weights.
      mask_zero: the integer 0 stands for padding: later layers get a mask without it.
      weights: the matrix to begin with.
      lora_rank, lora_alpha: as of `enable_lora`, which is then called when the layer is built.
      quantization_config: what `quantize` was asked for.
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

    _modes = ("int8", "int4")
    embeddings = AdaptedWeight(
        lambda layer, _: (layer.input_dim, layer.output_dim), summed=1, by_rows=True
    )

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
        super().__init__(
            autocast=False,
            lora_rank=lora_rank,
            lora_alpha=lora_alpha,
            quantization_config=quantization_config,
            **kwargs,
        )
        self.input_dim = check_size(self, "input_dim", input_dim)
        self.output_dim = check_size(self, "output_dim", output_dim)
        self.supports_masking = mask_zero
        if weights is not None:
            self._initial_weights = weights if isinstance(weights, list) else [weights]
            self.build()

    def call(self, inputs):
        """The rows; negative integers count from the end."""
        inputs = inputs._densified() if isinstance(inputs, ops.SparseTensor) else inputs
        x = inputs if inputs.dtype.name in ("int32", "int64") else ops.cast(inputs, "int32")
        rows = self.product(_rows, ops.where(x < 0, x + self.input_dim, x))
        return ops.cast(rows, self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        """Where the integer is not 0, if `mask_zero`."""
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def compute_output_shape(self, input_shape):
        """The inputs' shape with `output_dim` at its end."""
        return (*input_shape, self.output_dim)


def _rows(numbers, table):
    return ops.gather(table, numbers)


class ReversibleEmbedding(Embedding):
    """Embedding whose calls with `reverse=True` go back: from vectors to a score for each integer.

    Args:
      input_dim: the number of rows: the largest integer + 1.
      output_dim: the size of a row.
      tie_weights: both ways use one matrix; else there is another one for the way back.
      embeddings_initializer, embeddings_regularizer, embeddings_constraint: of the weights.
      mask_zero: the integer 0 stands for padding: later layers get a mask without it.
      reverse_dtype: in which scores are computed; the layer's compute dtype by default.
      logit_soft_cap: scores are cap * tanh(scores / cap).

    Example:
    >>> table = np.array([[1, 0], [0, 1], [1, 1]])
    >>> layer = tf.keras.layers.ReversibleEmbedding(3, 2, weights=table)
    >>> layer(tf.constant([[2.0, 1.0]]), reverse=True).numpy()
    array([[2., 1., 3.]], dtype=float32)
    """

    reverse_embeddings = AdaptedWeight(
        lambda layer, _: None if layer.tie_weights else (layer.output_dim, layer.input_dim),
        summed=0,
        packed=0,
    )

    def __init__(
        self,
        input_dim,
        output_dim,
        tie_weights=True,
        embeddings_initializer="uniform",
        embeddings_regularizer=None,
        embeddings_constraint=None,
        mask_zero=False,
        reverse_dtype=None,
        logit_soft_cap=None,
        **kwargs,
    ):
        super().__init__(
            input_dim,
            output_dim,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
            mask_zero=mask_zero,
            **kwargs,
        )

    def build(self, input_shape=None):
        """Makes the weights; those of the way back begin as the embeddings do."""
        self.reverse_embeddings_initializer = self.embeddings_initializer
        super().build(input_shape)

    def call(self, inputs, reverse=False):
        """The rows; in reverse, the product of vectors with all rows."""
        if not reverse:
            return super().call(inputs)
        dtype = self.compute_dtype if self.reverse_dtype is None else self.reverse_dtype
        x = ops.cast(inputs, policy.get(dtype).compute_dtype)
        if self.tie_weights:
            table = ops.transpose(self.whole())
            scores = _scores(self._rounded(type(self).reverse_embeddings, x), table)
        else:
            scores = self.product(_scores, x, weight=type(self).reverse_embeddings)
        cap = self.logit_soft_cap
        return scores if cap is None else cap * ops.tanh(scores / cap)

    def compute_mask(self, inputs, mask=None):
        """Where the integer is not 0, if `mask_zero`; vectors have no mask."""
        return None if inputs.dtype.is_floating else super().compute_mask(inputs, mask)

    def compute_output_shape(self, input_shape, reverse=False):
        """The inputs' shape with `output_dim` at its end; in reverse, `input_dim` there."""
        return (*input_shape[:-1], self.input_dim) if reverse else (*input_shape, self.output_dim)


def _scores(x, table):
    return ops.tensordot(x, ops.cast(table, x.dtype), 1)
