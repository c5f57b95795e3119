"""IndexedSlices: rows of a large tensor whose other rows are zero, as gradients of tables are."""

from math import prod

import numpy as np

from ..base import dtypes
from ..base.shapes import TensorShape
from ..core.composite import CompositeTensor, TypeSpec
from ..core.dispatch import apply, register_public
from ..core.op import OPS
from ..core.spec import TensorSpec
from ..core.tensor import Tensor, register_converter, wrap
from ..core.variable import Variable
from .create import convert_to_tensor
from .shape import integers, reshape

_new = object.__new__
_ON_VALUES = {
    "cast", "clip_by_norm", "clip_by_value", "conj", "identity", "scalar_mul", "stop_gradient",
}  # fmt: skip


class IndexedSlices(CompositeTensor):
    """`values[i]` at row `indices[i]` of a tensor of zeros; rows named several times add up.

    The gradient by what `tf.gather` and embeddings look up in is one. Functions that know nothing
    of it get the dense tensor.

    Args:
      values: the slices, along their first axis.
      indices: a vector of integers: which rows they are.
      dense_shape: the shape of the dense tensor, as a vector of integers; None if unknown.

    Example:
    >>> rows = tf.IndexedSlices(tf.constant([[1.0], [2.0]]), tf.constant([2, 2]), [3, 1])
    >>> tf.convert_to_tensor(rows).numpy().ravel()
    array([0., 0., 3.], dtype=float32)
    """

    def __init__(self, values, indices, dense_shape=None):
        self._values, self._indices = convert_to_tensor(values), convert_to_tensor(indices)
        self._dense_shape, self._dims = dense_shape, None
        if dense_shape is not None:
            self._dense_shape = shape = convert_to_tensor(dense_shape)
            self._dims = (
                tuple(shape.host().tolist()) if shape.is_eager else (None,) * shape._shape[0]
            )

    @classmethod
    def _make(cls, values, indices, dense_shape, dims):
        """One of components as they are; `dims` is what is known of the dense shape, or None."""
        made = _new(cls)
        made._values, made._indices, made._dense_shape = values, indices, dense_shape
        made._dims = dims
        return made

    def _with_values(self, values):
        return self._make(values, self._indices, self._dense_shape, self._dims)

    values = property(lambda self: self._values, doc="The slices.")
    indices = property(lambda self: self._indices, doc="The rows that they are.")
    dense_shape = property(lambda self: self._dense_shape, doc="The dense shape, or None.")
    shape = property(lambda self: TensorShape(self._dims), doc="The dense TensorShape.")
    dtype = property(lambda self: self._values.dtype, doc="The DType of the values.")
    device = property(lambda self: self._values.device, doc="Where it lives.")
    name = property(lambda self: self._values.name, doc="The name of the values.")

    def get_shape(self):
        """The dense TensorShape; same as `shape`."""
        return self.shape

    def __neg__(self):
        return self._with_values(-self._values)

    def __str__(self):
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape!s}"
        return f"IndexedSlices(indices={self._indices!s}, values={self._values!s}{shape})"

    __repr__ = __str__

    # -- the protocol of composites ----------------------------------------------------------------

    @property
    def _type_spec(self):
        shape = self._dense_shape
        return IndexedSlicesSpec(
            self.shape,
            self._values.dtype,
            self._indices.dtype,
            None if shape is None else shape.dtype,
            self._indices.shape,
        )

    _differentiable = property(lambda self: (self._values,))

    def _with_gradients(self, gradients):
        return None if gradients[0] is None else self._with_values(gradients[0])

    def _plus(self, other):
        values = apply(OPS["concat"], (self._values, other._values), {"axis": 0})
        indices = [self._indices, other._indices]
        if indices[0]._dtype != indices[1]._dtype:
            indices = [apply(OPS["cast"], (i,), {"dtype": np.dtype("int64")}) for i in indices]
        indices = apply(OPS["concat"], tuple(indices), {"axis": 0})
        return self._make(values, indices, self._dense_shape, self._dims)

    def _call(self, function, args, kwargs):
        if function.__name__ not in _ON_VALUES:
            return super()._call(function, args, kwargs)
        args = [a._values if a is self else a for a in args]
        kwargs = {k: a._values if a is self else a for k, a in kwargs.items()}
        return self._with_values(function(*args, **kwargs))


class IndexedSlicesSpec(TypeSpec):
    """Describes an IndexedSlices.

    Args:
      shape, dtype: of the dense tensor.
      indices_dtype, indices_shape: of the indices.
      dense_shape_dtype: of the dense shape; None where there is none.

    Example:
    >>> tf.IndexedSlicesSpec([6, 2], tf.float32, tf.int32, tf.int32, [3])
    IndexedSlicesSpec(TensorShape([6, 2]), tf.float32, tf.int32, tf.int32, TensorShape([3]))
    """

    value_type = IndexedSlices
    __slots__ = ("_parts",)

    def __init__(
        self,
        shape=None,
        dtype=dtypes.float32,
        indices_dtype=dtypes.int64,
        dense_shape_dtype=None,
        indices_shape=None,
    ):
        of_shape = None if dense_shape_dtype is None else dtypes.as_dtype(dense_shape_dtype)
        types = dtypes.as_dtype(dtype), dtypes.as_dtype(indices_dtype), of_shape
        rows = TensorShape([None] if indices_shape is None else indices_shape)
        self._parts = (TensorShape(shape), *types, rows)

    shape = property(lambda self: self._parts[0], doc="The dense TensorShape.")
    dtype = property(lambda self: self._parts[1], doc="The DType of the values.")

    def _serialize(self):
        return self._parts

    @property
    def _component_specs(self):
        shape, dtype, indices_dtype, shape_dtype, rows = self._parts
        values = TensorShape(None) if shape.rank is None else rows.concatenate(shape[1:])
        specs = TensorSpec(values, dtype), TensorSpec(rows, indices_dtype)
        return specs if shape_dtype is None else (*specs, TensorSpec([shape.rank], shape_dtype))

    def _to_components(self, value):
        parts = value.values, value.indices
        return parts if value.dense_shape is None else (*parts, value.dense_shape)

    def _from_components(self, components):
        values, indices, *rest = components
        shape, dense_shape = self._parts[0], rest[0] if rest else None
        if not getattr(dense_shape, "is_eager", True) and shape.is_fully_defined():
            dense_shape = wrap(np.array(shape, dense_shape._dtype))  # a trace is of one shape
        dims = None if shape.rank is None else tuple(shape)
        if isinstance(dense_shape, Tensor) and dense_shape.is_eager:
            dims = tuple(dense_shape.host().tolist())
        return IndexedSlices._make(values, indices, dense_shape, dims)

    @property
    def _outline(self):
        return IndexedSlicesSpec(*self._parts[:4])


def rows_added(values, indices, shape):
    """The IndexedSlices of rows for all of `indices`, of any shape, in a tensor of `shape`."""
    if len(indices._shape) != 1:
        count = prod(indices._shape)
        values, indices = reshape(values, (count, *shape[1:])), reshape(indices, (count,))
    return IndexedSlices._make(values, indices, integers(shape, "int32"), shape)


def _dense(slices):
    dims = slices._dims
    if dims is None or dims[0] is None:
        raise ValueError(
            f"Tensor conversion requested for IndexedSlices without dense_shape: {slices}. Give "
            "its constructor dense_shape=."
        )
    attrs = {"axis": 0, "batch_dims": 0, "size": dims[0]}
    return apply(OPS["gather_transpose"], (slices._values, slices._indices), attrs)


register_converter(IndexedSlices, _dense)
register_public(IndexedSlices, "IndexedSlices")
register_public(IndexedSlicesSpec, "IndexedSlicesSpec")


# -- variables -------------------------------------------------------------------------------------


def _scatters(name, op_name, what):
    def scatter(self, sparse_delta, use_locking=False, name=None):
        values, indices = sparse_delta.values, sparse_delta.indices
        return self._scatter(op_name, indices[:, None], values)

    scatter.__name__, scatter.__qualname__ = name, f"Variable.{name}"
    scatter.__doc__ = f"{what} the rows named by an IndexedSlices; returns the variable."
    setattr(Variable, name, scatter)


_scatters("scatter_add", "tensor_scatter_add", "Adds to")
_scatters("scatter_sub", "tensor_scatter_sub", "Subtracts from")
_scatters("scatter_update", "tensor_scatter_update", "Replaces")
_scatters("scatter_max", "tensor_scatter_max", "Takes the larger, element by element, for")
_scatters("scatter_min", "tensor_scatter_min", "Takes the smaller, element by element, for")
