"""Which dtype values of several dtypes have together: Keras's rule, which is JAX's.

Python numbers are weak: they say what kind of number they are, and take the width of what they
meet. The rule is a lattice: each dtype points to those just above it, and values have the lowest
dtype that all of theirs lead to.
"""

from functools import cache

from ..base import dtypes
from ..base.config import settings
from ..base.context import context

_ABOVE = {
    "bool": ("int",),
    "int": ("uint8", "int8"),
    "uint8": ("int16", "uint16"),
    "uint16": ("int32", "uint32"),
    "uint32": ("int64", "uint64"),
    "uint64": ("float",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("float",),
    "float": ("bfloat16", "float16"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64",),
    "float64": ("complex64",),
    "complex64": (),
    "string": (),
}
_READ_AS = {bool: "bool", int: "int", float: "float", complex: "complex64"}
# TensorFlow's Keras has no sums of uint64 and knows one complex dtype.
_WRITTEN_AS = {"uint64": "uint32", "complex128": "complex64", "int": "int32"}


def result_type(*dtypes):
    """The name of the dtype that values of the given dtypes have together.

    Args:
      dtypes: dtypes or their names; the types int and float for Python numbers, whose width the
        others decide; None for the default float dtype.

    Raises:
      ValueError: dtypes that have none in common.

    Example:
    >>> tf.keras.backend.result_type("int64", "float16"), tf.keras.backend.result_type("int8", int)
    ('float16', 'int8')
    >>> tf.keras.backend.result_type(int, float)
    'float32'
    """
    names = [v if v.__class__ is str and v in _ABOVE else _name(v) for v in dtypes or (None,)]
    if len(names) == 1 and names[0] not in _READ_AS.values():
        return names[0]
    if context.by_numpy and ("complex128" in names or {*names} == {"uint64"}):
        return "complex128" if "complex128" in names else "uint64"
    found = _joined(frozenset(names))
    return settings.floatx if found == "float" else found


def _name(value):
    if value is None:
        return settings.floatx
    name = _READ_AS.get(value) if value.__class__ is type else None
    return dtypes.as_dtype(value).name if name is None else name


@cache
def _joined(names):
    """The dtype of a set of names; "float" where it is the default one."""
    names = frozenset("complex64" if name == "complex128" else name for name in names)
    unknown = sorted(names - _ABOVE.keys())
    reached = [] if unknown else [_leads_to(name) for name in names]
    common = set.intersection(*reached) if reached else ()
    lowest = [name for name in common if common <= _leads_to(name)]
    if not lowest:
        raise ValueError(
            f"[result_type] {', '.join(sorted(names))} have no dtype in common: cast one of them, "
            "as in keras.ops.cast(x, 'float32')."
        )
    return _WRITTEN_AS.get(lowest[0], lowest[0])


def _leads_to(name):
    """`name` and all dtypes above it."""
    return {name}.union(*map(_leads_to, _ABOVE[name]))


# -- names of dtypes -------------------------------------------------------------------------------

_FLOATS = ("bfloat16", "float16", "float32", "float64", "float8_e4m3fn", "float8_e5m2")
_INTEGERS = tuple(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))
_NAMES = frozenset((*_FLOATS, *_INTEGERS, "bool", "string", "complex64", "complex128"))
_OF_PYTHON = {bool: "bool", int: "int64", float: "float32", complex: "complex128", str: "string"}


def standardize_dtype(dtype) -> str:
    """The name of a dtype; Keras's default float dtype for None.

    Raises:
      ValueError: not a dtype.

    Example:
    >>> tf.keras.backend.standardize_dtype(tf.int8), tf.keras.backend.standardize_dtype(int)
    ('int8', 'int64')
    """
    if dtype is None:
        return settings.floatx
    name = _OF_PYTHON.get(dtype) if isinstance(dtype, type) else None
    name = name or getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    name = {"object": "string", "int": "int64"}.get(name, name)
    if name not in _NAMES:
        raise ValueError(f"Invalid dtype: {dtype}")
    return name


def is_float_dtype(dtype):
    """Whether a dtype or its name is one of real floats.

    Example:
    >>> tf.keras.backend.is_float_dtype("bfloat16"), tf.keras.backend.is_float_dtype("int8")
    (True, False)
    """
    return standardize_dtype(dtype) in _FLOATS


def is_int_dtype(dtype):
    """Whether a dtype or its name is one of integers.

    Example:
    >>> tf.keras.backend.is_int_dtype("uint8"), tf.keras.backend.is_int_dtype("bool")
    (True, False)
    """
    return standardize_dtype(dtype) in _INTEGERS
