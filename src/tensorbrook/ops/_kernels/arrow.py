"""Texts in one buffer, with where each begins: Arrow's arrays, by pyarrow where it is installed.

To make and free an object of Python for each text takes longer than most functions of texts
compute. Functions whose op has a rule "arrow" hand many texts from one to the next without. Its
regular expressions are RE2 itself, as TensorFlow's are.
"""

from functools import cache
from importlib.util import find_spec

import numpy as np

MANY = 1000  # texts from which on they are packed


@cache
def is_here():
    """Whether pyarrow is installed; importing it takes as long as some functions of many texts."""
    return find_spec("pyarrow") is not None


@cache
def _compute():
    import pyarrow
    import pyarrow.compute

    return pyarrow, pyarrow.compute


class Texts:
    """An array of texts of which Arrow's form and NumPy's, of objects, are made when asked for.

    Args:
      shape: the shape.
      values: the texts one after the other, a pyarrow.LargeStringArray of whatever bytes.
      objects: NumPy's array; either may be None.
    """

    __slots__ = ("_objects", "_values", "shape")
    dtype = np.dtype(object)

    def __init__(self, shape, values=None, objects=None):
        self.shape, self._values, self._objects = shape, values, objects

    @property
    def values(self):
        """Arrow's array."""
        if self._values is None:
            pyarrow, _ = _compute()
            flat = np.ascontiguousarray(self._objects).reshape(-1)
            values = pyarrow.array(flat, pyarrow.large_binary())
            self._values = values.view(pyarrow.large_string())
        return self._values

    def __array__(self, dtype=None, copy=None):
        if self._objects is None:
            pyarrow, _ = _compute()
            binary = self._values.view(pyarrow.large_binary())
            self._objects = binary.to_numpy(zero_copy_only=False).reshape(self.shape)
        return self._objects.copy() if copy else self._objects


def many(array):
    """An array of texts as Texts; None where it is short, or pyarrow is not installed."""
    if array.__class__ is Texts:
        return array
    is_worth_it = array.size >= MANY and array.dtype == Texts.dtype and is_here()
    return Texts(array.shape, objects=array) if is_worth_it else None


def plain(array):
    """Texts as NumPy's array of objects; other arrays as they are."""
    return np.asarray(array) if array.__class__ is Texts else array


def run(op, arrays, attrs):
    """What a primitive's rule makes of Texts, all of one shape, and of NumPy's arrays.

    Returns:
      Texts or an array, or a tuple of two; None where the kernel has to run.
    """
    pyarrow, _ = _compute()
    texts = next(a for a in arrays if a.__class__ is Texts)
    values = [a.values if a.__class__ is Texts else a for a in arrays]
    if not len(texts.values):
        return None
    try:
        found = op.rules["arrow"].lower(*values, **attrs)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowNotImplementedError):
        found = None  # the kernel says what is wrong
    if found is None:
        return None
    if type(found) is not tuple:
        return _shaped(found, texts.shape)
    return _shaped(found[0], (len(found[0]),)), _shaped(found[1], texts.shape)


def _shaped(found, shape):
    if isinstance(found, np.ndarray):
        return found.reshape(shape)
    if found.type == _compute()[0].large_string():
        return Texts(shape, found)
    return found.to_numpy(zero_copy_only=False).reshape(shape)


def _bytes(values):
    """(where texts begin in the buffer and the last one's end, the bytes of the buffer)."""
    _, offsets, data = values.buffers()
    ends = np.frombuffer(offsets, np.int64)[values.offset :][: len(values) + 1]
    return ends, np.frombuffer(data or b"", np.uint8)


def _is_ascii(values):
    ends, data = _bytes(values)
    return not (data[ends[0] : ends[-1]] & 0x80).any()


# -- rules: (*operands, **attrs) -> an array; or all parts, and how many each text has ---


def lower(values, encoding):
    return _compute()[1].ascii_lower(values) if not encoding or _is_ascii(values) else None


def upper(values, encoding):
    return _compute()[1].ascii_upper(values) if not encoding or _is_ascii(values) else None


def strip(values):
    return _compute()[1].ascii_trim_whitespace(values)


def length(values, unit):
    if unit == "UTF8_CHAR":
        return _compute()[1].utf8_length(values).to_numpy().astype(np.int32)
    return np.diff(_bytes(values)[0]).astype(np.int32)


def substr(values, pos, len, unit):
    if unit != "BYTE" or pos.ndim or len.ndim or len < 0:
        return None
    pyarrow, compute = _compute()
    if abs(pos) > np.diff(_bytes(values)[0]).min():
        return None
    end = pos + len if pos >= 0 or pos + len < 0 else None
    found = compute.binary_slice(values.view(pyarrow.large_binary()), int(pos), end and int(end))
    return found.view(pyarrow.large_string())


def to_number(values, dtype):
    if dtype.kind != "f" and (_bytes(values)[1] == ord("x")).any():  # Arrow reads 0x1 as well
        return None
    pyarrow, compute = _compute()
    return compute.cast(values, pyarrow.from_numpy_dtype(dtype))


def regex_replace(values, pattern, rewrite, everywhere):
    count = None if everywhere else 1
    return _compute()[1].replace_substring_regex(values, pattern, rewrite, max_replacements=count)


def regex_full_match(values, pattern):
    return _compute()[1].match_substring_regex(values, rb"\A(?:" + pattern + rb")\z")


def split(values, sep, maxsplit):
    if not sep and maxsplit >= 0:
        return None
    pyarrow, compute = _compute()
    if sep:
        found = compute.split_pattern(values, sep, max_splits=None if maxsplit < 0 else maxsplit)
        return found.flatten(), found.value_lengths()
    found = compute.ascii_split_whitespace(values)  # with an empty text at an end of white space
    parts, begins = found.flatten(), np.cumsum(found.value_lengths().to_numpy())
    is_word = np.diff(_bytes(parts)[0]) > 0
    if is_word.all():
        return parts, np.diff(begins, prepend=0)
    words = np.concatenate([[0], np.cumsum(is_word)])[begins]
    return parts.filter(pyarrow.array(is_word)), np.diff(words, prepend=0)


def join(*parts, separator):
    pyarrow, compute = _compute()
    kind = pyarrow.large_binary()
    parts = [  # arrays of NumPy are single texts here: all others have one shape
        pyarrow.scalar(p[()], kind) if isinstance(p, np.ndarray) else p.view(kind) for p in parts
    ]
    found = compute.binary_join_element_wise(*parts, pyarrow.scalar(separator, kind))
    return found.view(pyarrow.large_string())
