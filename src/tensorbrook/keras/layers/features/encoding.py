"""What layers of features share: their inputs as tensors, and categories as rows of numbers."""

import numpy as np

from .... import ops
from ....core.composite import CompositeTensor
from ....core.tensor import Tensor, convert_to_tensor
from ....core.variable import Variable
from ....ops.lookup import category_rows
from ....ops.ragged import is_ragged
from ....ops.sparse import SparseTensor, to_dense
from ....ops.sparse_counts import sparse_category_rows
from ..layer import Layer
from ..symbolic import KerasTensor

MODES = ("one_hot", "multi_hot", "count")


class FeatureLayer(Layer):
    """A layer whose inputs may be texts, lists and scalars, and are not cast."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.autocast = False

    def _convert(self, value):
        if isinstance(value, Tensor | KerasTensor | CompositeTensor):
            return value
        if isinstance(value, Variable):
            return value._read()
        if isinstance(value, str | bytes | np.ndarray | np.generic | int | float | list):
            if isinstance(value, bool):
                return value
            return convert_to_tensor(value)
        return super()._convert(value)


def check_mode(layer, output_mode, sparse, modes):
    """Raises ValueError for an output mode that there is not, or that is not sparse."""
    if output_mode not in modes:
        raise ValueError(
            f"Invalid value for argument `output_mode` of {type(layer).__name__}. Expected one of "
            f"{modes}. Received: output_mode={output_mode}"
        )
    if sparse and output_mode == "int":
        raise ValueError(
            "`sparse` may only be true if `output_mode` is one of "
            f"{tuple(m for m in modes if m != 'int')}. Received: sparse={sparse} and "
            f"output_mode={output_mode}"
        )


def values_of(x):
    """A tensor's values; of a ragged or sparse one those that it has."""
    return x.values if isinstance(x, SparseTensor) else getattr(x, "flat_values", x)


def of_values(x, values):
    """A tensor as `x`, of other values."""
    if isinstance(x, SparseTensor):
        return x.with_values(values)
    return x.with_flat_values(values) if is_ragged(x) else values


def encoded(x, depth, mode, dtype, weights=None, sparse=False):
    """Categories as rows of `depth` numbers.

    Args:
      x: integers, ragged or sparse maybe; those outside of [0, depth) stand for nothing.
      depth: the number of categories.
      mode: "one_hot": a row for each, in place of a last axis of size 1 or behind it. "multi_hot",
        "count": a row for each row of `x`, which tells what occurs there, or how often.
      dtype: of the result.
      weights: of the shape of `x`: how much each counts, for "count".
      sparse: whether the result is a SparseTensor.
    """
    if is_ragged(x):
        x = x.to_tensor(ops.cast(-1, x.dtype))
    elif isinstance(x, SparseTensor):
        x = to_dense(x, ops.cast(-1, x.dtype))
    if mode == "one_hot":
        if len(x._shape) > 1 and x._shape[-1] == 1:
            x = ops.squeeze(x, -1)
        if sparse:
            return sparse_category_rows(ops.expand_dims(x, -1), depth, mode, dtype)
        return ops.one_hot(x, depth, dtype=dtype)
    if not x._shape:
        x = ops.reshape(x, (1,))
    if sparse:
        return sparse_category_rows(x, depth, mode, dtype, weights)
    if weights is None:
        return category_rows(x, depth, dtype, mode == "count")
    lead = x._shape[:-1]
    rows = 1
    for size in lead:
        rows = rows * size
    flat = ops.cast(ops.reshape(x, (rows, x._shape[-1])), "int64")
    # a last column takes what is outside
    flat = ops.where(ops.logical_or(flat < 0, flat >= depth), depth, flat)
    places = flat + ops.expand_dims(ops.range(rows, dtype="int64"), 1) * (depth + 1)
    shape = (rows * x._shape[-1],)
    amounts = ops.reshape(ops.cast(weights, dtype), shape)
    table = ops.scatter_nd(ops.reshape(places, (*shape, 1)), amounts, (rows * (depth + 1),))
    return ops.reshape(ops.reshape(table, (rows, depth + 1))[:, :depth], (*lead, depth))


def encoded_shape(shape, depth, mode):
    """The shape of `encoded`, for categories of a shape."""
    if mode == "int":
        return tuple(shape)
    if mode == "one_hot":
        return (*(shape[:-1] if len(shape) > 1 and shape[-1] == 1 else shape), depth)
    return (*shape[:-1], depth)
