"""tf.compat: text and bytes, and the names of TensorFlow's versions; `tf.compat.v2` is `tf`."""

import contextlib
import numbers
import os

import numpy as np

import tensorbrook as v2

bytes_or_text_types = (bytes, str)
complex_types = (numbers.Complex, np.number)
integral_types = (numbers.Integral, np.integer)
real_types = (numbers.Real, np.integer, np.floating)


def as_bytes(bytes_or_text, encoding="utf-8"):
    """Text as bytes; bytes as they are.

    Raises:
      TypeError: neither text nor bytes.

    Example:
    >>> tf.compat.as_bytes("é"), tf.compat.as_text(b"abc")
    (b'\\xc3\\xa9', 'abc')
    """
    if isinstance(bytes_or_text, str):
        return bytes_or_text.encode(encoding)
    if isinstance(bytes_or_text, (bytes, bytearray)):
        return bytes(bytes_or_text)
    raise TypeError(f"Expected binary or unicode string, got {bytes_or_text!r}")


def as_text(bytes_or_text, encoding="utf-8"):
    """Bytes as text; text as it is.

    Raises:
      TypeError: neither text nor bytes.
    """
    return as_bytes(bytes_or_text, encoding).decode(encoding)


as_str = as_text


def as_str_any(value, encoding="utf-8"):
    """`as_str` of bytes, `str` of anything else."""
    return as_str(value, encoding) if isinstance(value, bytes) else str(value)


def path_to_str(path):
    """A path object as text."""
    return as_str_any(os.fspath(path)) if hasattr(path, "__fspath__") else path


def dimension_value(dimension):
    """A dimension as an int or None, which it is already in TensorFlow 2."""
    return dimension


def dimension_at_index(shape, index):
    """A dimension of a shape, an int or None; None of an unknown shape.

    Example:
    >>> tf.compat.dimension_at_index(tf.TensorShape([2, None]), 0)
    2
    """
    return None if shape.rank is None else shape[index]


def forward_compatibility_horizon(year, month, day):
    """A context that changes nothing: tensorbrook has no older readers."""
    return contextlib.nullcontext()


def forward_compatible(year, month, day):
    """True: tensorbrook has no older readers to be compatible with."""
    return True


def __getattr__(name):
    if name == "v1":
        raise AttributeError(
            "tf.compat.v1 is not built: tensorbrook has no sessions, placeholders or graphs of "
            "TensorFlow 1. Use the functions of `tf` itself."
        )
    raise AttributeError(f"module 'tensorbrook.compat' has no attribute {name!r}")
