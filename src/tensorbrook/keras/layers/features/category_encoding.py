"""CategoryEncoding: integers as rows of zeros and ones."""

from .... import ops
from .encoding import MODES, FeatureLayer, check_mode, encoded, encoded_shape, values_of


class CategoryEncoding(FeatureLayer):
    """Integers from 0 to num_tokens - 1 as rows of so many numbers.

    Args:
      num_tokens: the number of categories.
      output_mode: "one_hot": one row for each integer; "multi_hot": one for each row, with a 1 for
        whatever occurs in it; "count": how often it does.
      sparse: whether the rows come as a SparseTensor.

    Raises:
      ValueError: an unknown mode, no positive number of categories.
      InvalidArgumentError: negative integers.

    Example:
    >>> tf.keras.layers.CategoryEncoding(4)([[0, 1], [3, 3]]).numpy()
    array([[1., 1., 0., 0.],
           [0., 0., 0., 1.]], dtype=float32)
    """

    _not_in_config = (*FeatureLayer._not_in_config, "sparse")

    def __init__(self, num_tokens=None, output_mode="multi_hot", sparse=False, **kwargs):
        super().__init__(**kwargs)
        if output_mode == "binary":
            output_mode = "multi_hot"
        check_mode(self, output_mode, sparse, MODES)
        if num_tokens is None:
            raise ValueError(
                "num_tokens must be set to use this layer. If the number of tokens is not known "
                "beforehand, use the IntegerLookup layer instead."
            )
        if num_tokens < 1:
            raise ValueError(f"`num_tokens` must be >= 1. Received: num_tokens={num_tokens}.")
        self.num_tokens, self.output_mode, self.sparse = num_tokens, output_mode, sparse

    def call(self, inputs, count_weights=None):
        """The rows; `count_weights` tells for "count" how much each integer counts."""
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(
                "`count_weights` is not used when `output_mode` is not `'count'`. Received "
                f"`count_weights={count_weights}`."
            )
        x = inputs if inputs.dtype.is_integer else ops.cast(inputs, "int64")
        ops.debugging_assert_non_negative(
            values_of(x), f"Layer {self.name!r}: the integers must lie in [0, {self.num_tokens})."
        )
        mode, dtype = self.output_mode, self.compute_dtype
        return encoded(x, self.num_tokens, mode, dtype, count_weights, self.sparse)

    def compute_output_shape(self, input_shape):
        """The shape of the rows."""
        return encoded_shape(input_shape, self.num_tokens, self.output_mode)
