"""DType objects, named as in TensorFlow, each standing for one NumPy dtype."""

import numpy as np

from .errors import unknown_name


class DType:
    """The type of a tensor's elements.

    Equal to whatever `tf.as_dtype` turns into the same type: names, NumPy types, Python types.

    Example:
    >>> tf.float32
    tf.float32
    >>> tf.float32 == "float32", tf.float32 == np.float64, tf.int32.is_integer
    (True, False, True)
    """

    __slots__ = ("_numpy_dtype", "as_datatype_enum", "kind", "name")

    def __init__(self, name, kind, enum, numpy_dtype=None):
        self.name, self.kind, self.as_datatype_enum = name, kind, enum
        self._numpy_dtype = numpy_dtype

    @property
    def numpy_dtype(self):
        """The np.dtype of arrays of this type."""
        if self._numpy_dtype is None:  # ml_dtypes costs import time: only on first use
            import ml_dtypes

            self._numpy_dtype = np.dtype(getattr(ml_dtypes, self.name))
            _BY_NUMPY[self._numpy_dtype] = self
        return self._numpy_dtype

    @property
    def as_numpy_dtype(self):
        """The NumPy scalar type, such as `np.float32`; `np.object_` for strings."""
        return self.numpy_dtype.type

    is_floating = property(lambda self: self.kind == "f", doc="True for real floating types.")
    is_integer = property(lambda self: self.kind in "iu", doc="True for integer types.")
    is_unsigned = property(lambda self: self.kind == "u", doc="True for unsigned integers.")
    is_complex = property(lambda self: self.kind == "c", doc="True for complex types.")
    is_bool = property(lambda self: self.kind == "b", doc="True for bool.")
    is_quantized = property(lambda self: False, doc="False: no quantized types are built.")
    is_numeric = property(lambda self: self.kind in "fiuc", doc="True for numbers.")
    base_dtype = property(lambda self: self, doc="The type itself.")
    as_datatype = property(lambda self: self.as_datatype_enum, doc="TensorFlow's enum value.")
    size = property(lambda self: self.numpy_dtype.itemsize, doc="Bytes of one element.")

    @property
    def real_dtype(self):
        """The type of the real part."""
        return {"complex64": float32, "complex128": float64}.get(self.name, self)

    def _limits(self):
        if self.kind == "b":
            return 0, 1
        if self.kind == "f":
            import ml_dtypes

            return ml_dtypes.finfo(self.numpy_dtype).min, ml_dtypes.finfo(self.numpy_dtype).max
        if self.kind in "iu":
            return np.iinfo(self.numpy_dtype).min, np.iinfo(self.numpy_dtype).max
        raise TypeError(f"Cannot find the limits of {self}.")

    min = property(lambda self: self._limits()[0], doc="The smallest finite value.")
    max = property(lambda self: self._limits()[1], doc="The largest finite value.")
    limits = property(lambda self: self._limits(), doc="(min, max).")

    def is_compatible_with(self, other):
        """True when `other` is the same type."""
        return self == other

    def __eq__(self, other):
        if self is other:
            return True
        if other is None:
            return False
        try:
            return as_dtype(other) is self
        except TypeError:
            return False

    def __hash__(self):
        return hash(self.name)

    def __repr__(self):
        return f"tf.{self.name}"

    def __str__(self):
        return f"<dtype: {self.name!r}>"

    def __reduce__(self):
        return as_dtype, (self.name,)

    def __call__(self, *args, **kwargs):
        raise TypeError(f"{self!r} is a dtype, not a function: use tf.cast(x, {self!r}).")


_TABLE = [
    ("float32", "f", 1),
    ("float64", "f", 2),
    ("int32", "i", 3),
    ("uint8", "u", 4),
    ("int16", "i", 5),
    ("int8", "i", 6),
    ("complex64", "c", 8),
    ("int64", "i", 9),
    ("bool", "b", 10),
    ("uint16", "u", 17),
    ("complex128", "c", 18),
    ("float16", "f", 19),
    ("uint32", "u", 22),
    ("uint64", "u", 23),
]
_BY_NAME = {name: DType(name, kind, enum, np.dtype(name)) for name, kind, enum in _TABLE}
_BY_NUMPY = {dtype.numpy_dtype: dtype for dtype in _BY_NAME.values()}
_SMALL = (  # ml_dtypes has them
    ("bfloat16", 14),
    ("float8_e5m2", 24),
    ("float8_e4m3fn", 25),
    ("float8_e4m3fnuz", 26),
    ("float8_e4m3b11fnuz", 27),
    ("float8_e5m2fnuz", 28),
    ("float4_e2m1fn", 33),
)
for _name, _enum in _SMALL:
    _BY_NAME[_name] = DType(_name, "f", _enum)
string = _BY_NAME["string"] = DType("string", "O", 7, np.dtype(object))
_BY_NUMPY[np.dtype(object)] = string

float32, float64, float16, bfloat16 = (
    _BY_NAME[n] for n in ("float32", "float64", "float16", "bfloat16")
)
int8, int16, int32, int64 = (_BY_NAME[n] for n in ("int8", "int16", "int32", "int64"))
uint8, uint16, uint32, uint64 = (_BY_NAME[n] for n in ("uint8", "uint16", "uint32", "uint64"))
complex64, complex128, bool_ = (_BY_NAME[n] for n in ("complex64", "complex128", "bool"))
half, double = float16, float64
_BY_NAME.update(half=float16, double=float64, float=float32, int=int32, str=string, bool_=bool_)
_BY_PYTHON = {float: float32, int: int64, bool: bool_, complex: complex128, str: string}
_BY_PYTHON.update({bytes: string, object: string})
_BY_ENUM = {dtype.as_datatype_enum: dtype for dtype in _BY_NAME.values()}

FLOATS = frozenset(map(np.dtype, ("float16", "float32", "float64")))
COMPLEX = frozenset(map(np.dtype, ("complex64", "complex128")))
INTS = frozenset(d.numpy_dtype for d in _BY_NAME.values() if d._numpy_dtype and d.kind in "iu")
BOOL = frozenset((np.dtype(bool),))
STRING = frozenset((np.dtype(object),))


def from_numpy(numpy_dtype):
    """The DType of an array's `dtype`; raises TypeError for one TensorFlow has no word for."""
    dtype = _BY_NUMPY.get(numpy_dtype)
    if dtype is None:
        if numpy_dtype.kind in "US":
            return string
        dtype = _BY_NAME.get(numpy_dtype.name)
        if dtype is None or dtype.numpy_dtype != numpy_dtype:
            native = numpy_dtype.newbyteorder("=")
            if native in _BY_NUMPY:
                return _BY_NUMPY[native]
            raise TypeError(f"NumPy dtype {numpy_dtype} has no TensorFlow dtype.")
    return dtype


def as_dtype(value):
    """The DType that `value` names: a DType, a name, a NumPy type or array dtype, a Python type.

    Raises:
      TypeError: nothing of that name; the message gives the nearest names.

    Example:
    >>> tf.as_dtype("int64"), tf.as_dtype(np.float32), tf.as_dtype(float)
    (tf.int64, tf.float32, tf.float32)
    """
    if value.__class__ is DType:
        return value
    if isinstance(value, np.dtype):
        return from_numpy(value)
    if isinstance(value, str):
        dtype = _BY_NAME.get(value.removesuffix("_ref"))
        if dtype is not None:
            return dtype
        raise TypeError(unknown_name("dtype", value, _BY_NAME))
    if isinstance(value, int) and value in _BY_ENUM:
        return _BY_ENUM[value]
    if isinstance(value, type) and value in _BY_PYTHON:
        return _BY_PYTHON[value]
    if hasattr(value, "dtype") and isinstance(value.dtype, DType):
        return value.dtype
    try:
        return from_numpy(np.dtype(value))
    except TypeError:
        raise TypeError(f"Cannot convert {value!r} to a tensorbrook DType.") from None


def is_differentiable(numpy_dtype):
    """True for the element types gradients are defined on: real and complex floating point."""
    return numpy_dtype.kind in "fc" or (numpy_dtype.kind == "V" and numpy_dtype.names is None)
