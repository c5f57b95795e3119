"""TensorSpec: shape, dtype and name of a tensor to come."""

from ..base import dtypes
from ..base.shapes import TensorShape
from .composite import TypeSpec
from .tensor import Tensor, as_array, wrap


class TensorSpec(TypeSpec):
    """Describes a tensor: for signatures of functions and elements of datasets.

    Example:
    >>> spec = tf.TensorSpec([None, 3], tf.float32)
    >>> spec
    TensorSpec(shape=(None, 3), dtype=tf.float32, name=None)
    >>> spec.is_compatible_with(tf.zeros([2, 3]))
    True
    """

    __slots__ = ("_name", "_shape", "_type")
    value_type = Tensor

    def __init__(self, shape, dtype=dtypes.float32, name=None):
        self._shape, self._type, self._name = TensorShape(shape), dtypes.as_dtype(dtype), name

    shape = property(lambda self: self._shape, doc="The TensorShape, possibly partly unknown.")
    dtype = property(lambda self: self._type, doc="The DType.")
    name = property(lambda self: self._name, doc="The name, or None.")

    @classmethod
    def from_tensor(cls, tensor, name=None):
        """The spec of a tensor."""
        return cls(tensor.shape, tensor.dtype, name)

    @classmethod
    def from_spec(cls, spec, name=None):
        """A copy of a spec, with another name if given."""
        return cls(spec.shape, spec.dtype, name or spec.name)

    def is_compatible_with(self, spec_or_tensor):
        """True when a tensor (or every tensor of a spec) fits this one."""
        dtype = getattr(spec_or_tensor, "dtype", None)
        return self.dtype == dtype and self.shape.is_compatible_with(spec_or_tensor.shape)

    def most_specific_compatible_type(self, other):
        """The spec that both fit."""
        if self.dtype != other.dtype:
            raise ValueError(f"{self} and {other} have no common spec: their dtypes differ.")
        return TensorSpec(self.shape.most_specific_compatible_shape(other.shape), self.dtype)

    def _serialize(self):
        return self._shape, self._type, self._name

    def __repr__(self):
        return f"TensorSpec(shape={self.shape}, dtype={self.dtype!r}, name={self.name!r})"


def type_spec_from_value(value):
    """The TypeSpec of a value: of a tensor, a composite, or what can become a tensor.

    Raises:
      TypeError: it is none of these.

    Example:
    >>> tf.type_spec_from_value(tf.constant([1, 2]))
    TensorSpec(shape=(2,), dtype=tf.int32, name=None)
    """
    found = getattr(value, "_type_spec", None)
    if found is not None:
        return found
    try:
        return TensorSpec.from_tensor(value if hasattr(value, "_shape") else wrap(as_array(value)))
    except (TypeError, ValueError):
        raise TypeError(f"Could not build a TypeSpec for {value!r} ({type(value)}).") from None
