"""Flatten, Reshape, Permute, RepeatVector."""

import math

from ... import ops
from ..config import standardize_data_format
from .calls import sizes_of
from .layer import Layer
from .spec import InputSpec


class Flatten(Layer):
    """All axes but the batch's as one.

    Args:
      data_format: "channels_first" moves the channels to the end before.

    Example:
    >>> tf.keras.layers.Flatten()(tf.zeros([5, 28, 28])).shape
    TensorShape([5, 784])
    """

    def __init__(self, data_format=None, **kwargs):
        super().__init__(**kwargs)
        self.data_format = standardize_data_format(data_format)
        self.input_spec = InputSpec(min_ndim=1)

    def call(self, inputs):
        """The inputs as a matrix."""
        if self.data_format == "channels_first" and inputs.ndim > 1:
            inputs = ops.transpose(inputs, (0, *range(2, inputs.ndim), 1))
        batch, *rest = sizes_of(inputs)
        return ops.reshape(inputs, (batch, math.prod(rest)))


class Reshape(Layer):
    """The elements of every sample in another shape.

    Args:
      target_shape: the shape without the batch's dimension; one may be -1.

    Raises:
      ValueError: the number of elements differs.

    Example:
    >>> tf.keras.layers.Reshape((2, -1))(tf.zeros([5, 6])).shape
    TensorShape([5, 2, 3])
    """

    def __init__(self, target_shape, **kwargs):
        super().__init__(**kwargs)
        self.target_shape = tuple(target_shape)
        if self.target_shape.count(-1) > 1 or any(d < -1 for d in self.target_shape):
            raise ValueError(
                "Sizes in `target_shape` must be non-negative integers, with at most one unknown "
                f"dimension, -1. Received: target_shape={self.target_shape}"
            )

    def build(self, input_shape):
        """Checks that the number of elements stays."""
        sizes = tuple(input_shape)[1:]
        known = math.prod(d for d in self.target_shape if d != -1)
        if None not in sizes:
            total = math.prod(sizes)
            fits = total % max(known, 1) == 0 if -1 in self.target_shape else total == known
            if not fits:
                raise ValueError(
                    f"Layer '{self.name}': the total size of the tensor must be unchanged. "
                    f"Received: input_shape={sizes} ({total} elements a sample), target_shape="
                    f"{self.target_shape}. Change target_shape; one dimension may be -1."
                )

    def call(self, inputs):
        """The inputs in the new shape."""
        batch, *rest = sizes_of(inputs)
        # With an empty batch a -1 could be anything: work it out from the other axes.
        known = math.prod(d for d in self.target_shape if d != -1)
        target = [math.prod(rest) // max(known, 1) if d == -1 else d for d in self.target_shape]
        return ops.reshape(inputs, (batch, *target))


class Permute(Layer):
    """The axes of every sample in another order.

    Args:
      dims: the axes, counted from 1, without the batch's.

    Raises:
      ValueError: dims is no permutation.

    Example:
    >>> tf.keras.layers.Permute((2, 1))(tf.zeros([5, 2, 3])).shape
    TensorShape([5, 3, 2])
    """

    def __init__(self, dims, **kwargs):
        super().__init__(**kwargs)
        self.dims = tuple(dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(
                "Invalid permutation argument `dims` for Permute Layer. The set of indices in "
                f"`dims` must be consecutive and start from 1. Received dims={dims}"
            )
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)

    def call(self, inputs):
        """The inputs with their axes in the new order."""
        return ops.transpose(inputs, (0, *self.dims))


class RepeatVector(Layer):
    """Every sample `n` times along a new axis 1.

    Raises:
      TypeError: n is no integer; ValueError: it is not positive.

    Example:
    >>> tf.keras.layers.RepeatVector(3)(tf.constant([[1.0, 2.0]])).numpy()
    array([[[1., 2.],
            [1., 2.],
            [1., 2.]]], dtype=float32)
    """

    def __init__(self, n, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(n, int) or isinstance(n, bool):
            raise TypeError(f"Expected an integer value for `n`, got {type(n)}.")
        if n <= 0:
            raise ValueError(f"Argument `n` should be a positive integer. Received: n={n}")
        self.n = n
        self.input_spec = InputSpec(ndim=2)

    def call(self, inputs):
        """The inputs, repeated."""
        return ops.tile(ops.expand_dims(inputs, 1), (1, self.n, 1))
