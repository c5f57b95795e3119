"""Hashing and HashedCrossing: features of any number of values as numbers of few bins."""

from .... import ops
from ....base.dtypes import as_dtype
from ....ops.sparse import SparseTensor
from ....ops.strings import crossed_hashes
from ..calls import shapes_of
from .encoding import MODES, FeatureLayer, check_mode, encoded, encoded_shape, of_values, values_of


def _policy_dtype(layer, dtype, output_mode):
    """The layer's dtype: int64 for numbers of bins unless it is another integer.

    Raises:
      ValueError: a dtype that does not go with the mode.
    """
    if dtype is not None:
        name = getattr(dtype, "name", None) or (
            dtype["config"]["name"] if isinstance(dtype, dict) else dtype
        )
        if as_dtype(name.removeprefix("mixed_")).kind == "O":
            raise ValueError(
                f"{layer.__name__}: `dtype` must be one of integers or floats, received {dtype}."
            )
        if output_mode != "int" or as_dtype(name.removeprefix("mixed_")).is_integer:
            return dtype
        raise ValueError(
            'When `output_mode="int"`, `dtype` should be an integer type, '
            f"'int64' by default. Received: dtype={dtype}"
        )
    return "int64" if output_mode == "int" else dtype


class Hashing(FeatureLayer):
    """The number of the bin that each text or integer falls in by its hash.

    Args:
      num_bins: how many bins; with `mask_value` bin 0 is kept for that.
      mask_value: a value that means nothing.
      salt: one or two integers, under which SipHash is taken instead of FarmHash.
      output_mode: "int"; or "one_hot", "multi_hot", "count" as in CategoryEncoding.
      sparse: whether the rows come as a SparseTensor.

    Raises:
      ValueError: no positive number of bins, another salt or mode.

    Example:
    >>> tf.keras.layers.Hashing(num_bins=3)([["A"], ["B"], ["C"]]).numpy().ravel()
    array([1, 0, 1])
    """

    def __init__(
        self,
        num_bins,
        mask_value=None,
        salt=None,
        output_mode="int",
        sparse=False,
        dtype=None,
        **kwargs,
    ):
        super().__init__(dtype=_policy_dtype(type(self), dtype, output_mode), **kwargs)
        if num_bins is None or num_bins <= 0:
            raise ValueError(
                "The `num_bins` for `Hashing` cannot be `None` or non-positive values. Received: "
                f"num_bins={num_bins}."
            )
        check_mode(self, output_mode, sparse, ("int", *MODES))
        self.num_bins, self.mask_value = num_bins, mask_value
        self.output_mode, self.sparse, self.salt = output_mode, sparse, salt_of(salt)

    def call(self, inputs):
        """The bins' numbers, or what `output_mode` makes of them."""
        values = values_of(inputs)
        texts = values if values.dtype.name == "string" else ops.strings_as_string(values)
        bins, offset = self.num_bins, 0
        if self.mask_value is not None and bins > 1:
            bins, offset = bins - 1, 1
        if self.salt is None:
            found = ops.strings_to_hash_bucket_fast(texts, bins)
        else:
            found = ops.strings_to_hash_bucket_strong(texts, bins, self.salt)
        found = found + offset
        if self.mask_value is not None:
            masked = ops.equal(values, ops.cast(self.mask_value, values.dtype))
            found = ops.where(masked, ops.zeros_like(found), found)
        if self.output_mode == "int":
            return of_values(inputs, ops.cast(found, self.compute_dtype))
        found = of_values(inputs, found)
        return encoded(
            found, self.num_bins, self.output_mode, self.compute_dtype, sparse=self.sparse
        )

    def compute_output_shape(self, input_shape):
        """The shape of what `call` gives."""
        return encoded_shape(input_shape, self.num_bins, self.output_mode)


def salt_of(salt):
    """A salt as a list of two integers; ValueError else."""
    if salt is None:
        return None
    if isinstance(salt, int):
        return [salt, salt]
    if isinstance(salt, tuple | list) and len(salt) == 2:
        return list(salt)
    raise ValueError(
        "The `salt` argument for `Hashing` can only be a tuple of size 2, of integers, or a single "
        f"integer. Received: salt={salt}."
    )


class HashedCrossing(FeatureLayer):
    """The number of the bin that each combination of features falls in by its hash.

    Args:
      num_bins: how many bins.
      output_mode: "int" or "one_hot".
      sparse: whether the rows come as a SparseTensor.

    Raises:
      ValueError: another mode; fewer than two features, features of floats or of several values.

    Example:
    >>> layer = tf.keras.layers.HashedCrossing(num_bins=5)
    >>> layer((np.array(["A", "B"]), np.array([101, 101]))).numpy()
    array([1, 4])
    """

    def __init__(self, num_bins, output_mode="int", sparse=False, name=None, dtype=None, **kwargs):
        dtype = _policy_dtype(type(self), dtype, output_mode)
        super().__init__(name=name, dtype=dtype, **kwargs)
        check_mode(self, output_mode, sparse, ("int", "one_hot"))
        self.num_bins, self.output_mode, self.sparse = num_bins, output_mode, sparse

    def _convert(self, value):
        if isinstance(value, list | tuple):
            return [super(HashedCrossing, self)._convert(v) for v in value]
        return super()._convert(value)

    def call(self, inputs):
        """The bins' numbers, or rows with a 1 for each."""
        self._check(inputs)
        flat = [ops.reshape(x, (-1,)) for x in inputs]
        flat = [x if x.dtype.name == "string" else ops.cast(x, "int64") for x in flat]
        found = ops.reshape(crossed_hashes(flat, self.num_bins), inputs[0]._shape)
        if self.output_mode == "int":
            return ops.cast(found, self.compute_dtype)
        if not found._shape:
            found = ops.reshape(found, (1,))
        return encoded(found, self.num_bins, "one_hot", self.compute_dtype, sparse=self.sparse)

    def _check(self, inputs):
        if not isinstance(inputs, list) or len(inputs) < 2:
            raise ValueError(
                "`HashedCrossing` should be called on a list or tuple of at least two inputs. "
                f"Received: {inputs!r}"
            )
        if any(isinstance(x, SparseTensor) for x in inputs):
            raise ValueError(
                "All `HashedCrossing` inputs should be dense tensors: give tf.sparse.to_dense(x). "
                f"Received: inputs={inputs}"
            )
        first = tuple(inputs[0].shape)
        if any(tuple(x.shape) != first for x in inputs):
            raise ValueError(
                f"All `HashedCrossing` inputs should have equal shape. Received: "
                f"{[tuple(x.shape) for x in inputs]}"
            )
        if len(first) > 2 or (len(first) == 2 and first[-1] != 1):
            raise ValueError(
                "All `HashedCrossing` inputs should have shape `()`, `(batch_size,)` or "
                f"`(batch_size, 1)`. Received: inputs={shapes_of(inputs)}"
            )
        if any(x.dtype.name != "string" and not x.dtype.is_integer for x in inputs):
            raise ValueError(
                "All `HashedCrossing` inputs should have an integer or string dtype. Received: "
                f"{[x.dtype.name for x in inputs]}"
            )

    def compute_output_shape(self, input_shape):
        """The shape of what `call` gives."""
        return encoded_shape(input_shape[0], self.num_bins, self.output_mode)
