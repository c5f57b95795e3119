"""NumPy's rules of dtypes, and how functions under them are declared."""

import inspect
import re

import numpy as np

from .. import ops
from ..base import dtypes, nest
from ..base.context import context
from ..core.dispatch import find_override, public, tensor_of
from ..core.tensor import CONVERTERS, Tensor
from ..keras.ops.declare import functions

_NUMBERS = (bool, int, float, complex)
_KERAS = functions("ops.numpy")


class Behavior:
    """What `experimental_enable_numpy_behavior` sets.

    Attributes:
      prefer_float32: Python's floats are float32 instead of float64.
    """

    prefer_float32 = False


def enter(name):
    """Decorates a function that is to be `tf.experimental.numpy.<name>`."""

    def decorate(function):
        function.__name__ = function.__qualname__ = name.rpartition(".")[2]
        return public(f"experimental.numpy.{name}")(function)

    return decorate


def asarray(a, dtype=None):
    """A value as a tensor, as NumPy would make an array of it.

    Args:
      a: a tensor, an array, a number, or nested lists of these.
      dtype: of the tensor; by default that of the elements together, with Python's integers as
        int64 and its floats as float64.

    Example:
    >>> tf.experimental.numpy.asarray([1, 2.5]).dtype
    tf.float64
    """
    if not _is_tensor(a):
        if isinstance(a, list | tuple) and any(map(_is_tensor, nest.flatten(a))):
            a = ops.stack(together(*a))
        else:
            array = np.asarray(a)
            inferred = not isinstance(a, np.ndarray | np.generic)
            if inferred and array.dtype == np.float64 and Behavior.prefer_float32:
                array = array.astype(np.float32)
            a = array
    a = tensor_of(a)
    return a if dtype is None else ops.cast(a, dtype_of(dtype))


def dtype_of(dtype):
    """A dtype as NumPy reads it: `float` is float64, `int` int64."""
    wide = {float: "float64", int: "int64", complex: "complex128"}
    return dtypes.as_dtype(wide.get(dtype, dtype) if isinstance(dtype, type) else dtype)


def _is_tensor(a):
    return isinstance(a, Tensor) or a.__class__ in CONVERTERS or find_override(a) is not None


def result_type(*arrays_and_dtypes):
    """The dtype that values have together: NumPy's, with Python's numbers as wide as they must be.

    Args:
      arrays_and_dtypes: tensors, arrays, numbers, dtypes.

    Example:
    >>> tnp = tf.experimental.numpy
    >>> tnp.result_type(tf.constant([1]), 2.0), tnp.result_type(tnp.float32, 1.5)
    (tf.float64, tf.float32)
    """
    return dtypes.as_dtype(_joined(*arrays_and_dtypes))


def _joined(*values):
    kinds = []
    for value in values:
        if value.__class__ in _NUMBERS:
            kinds.append(value)
        elif isinstance(value, dtypes.DType):
            kinds.append(value.numpy_dtype)
        elif isinstance(value, type | np.dtype | str):
            kinds.append(np.dtype(value))
        else:
            kinds.append(asarray(value)._dtype)
    found = np.result_type(*kinds)
    literal = all(k.__class__ in _NUMBERS for k in kinds)
    return np.dtype("float32") if literal and found == "f8" and Behavior.prefer_float32 else found


def together(*values):
    """Values as tensors of the dtype that they have together."""
    read = [v if v.__class__ in _NUMBERS else asarray(v) for v in values]
    dtype = dtypes.from_numpy(_joined(*read))
    return [ops.cast(asarray(v), dtype) for v in read]


def floating(x, narrow="float64"):
    """A tensor of floats: integers and booleans as float64."""
    if x._dtype.kind not in "biu":
        return x
    return ops.cast(x, narrow if x._dtype.itemsize <= 2 else "float64")


def widened(x):
    """A tensor as sums take it: small integers and booleans as int64, unsigned ones as uint64."""
    if x._dtype.kind in "bi":
        return ops.cast(x, "int64")
    return ops.cast(x, "uint64") if x._dtype.kind == "u" else x


_CHANGES = {
    "f": floating,  # functions of floats
    "t": lambda x: floating(x, "float32"),  # divisions
    "i": widened,  # sums
    "b": lambda x: ops.cast(x, "bool"),
}
_CALL = re.compile(r"(\w*) (\w+)\((.*)\)")
# Arguments of NumPy's that tensors have no use for, with the values that change nothing.
_IDLE = {"out": (None,), "kind": ("quicksort", "stable"), "order": (None, "C", "K")}


def declare(line, keras=None):
    """Enters a function that is one of keras.ops under NumPy's rules.

    Args:
      line: "letters name(arguments)". Arguments that end in * are arrays, which get one dtype; in
        ** lists of arrays. Letters: f for floats, t for quotients, i for sums (small integers are
        widened), b for truth values, l where the results are int64.
      keras: its name in keras.ops, where that is another.
    """
    letters, name, arguments = _CALL.fullmatch(line).groups()
    stars = {n: n.count("*") for n in re.findall(r"\w+\*+", arguments)}
    arrays = {n.rstrip("*"): count for n, count in stars.items()}
    blank = re.sub(r"(\w)\*+", r"\1", arguments)
    signature = inspect.signature(eval(f"lambda {blank}: 0"))  # a text of this package's
    function = _KERAS[keras or name]

    def call(*args, **kwargs):
        given = _bound(signature, name, args, kwargs)
        dtype = given.pop("dtype", None)
        operands = _operands(given, arrays, letters)
        if dtype is not None:
            operands = [ops.cast(x, dtype_of(dtype)) for x in operands]
        context.by_numpy = True
        try:
            result = function(*operands, **{k: v for k, v in given.items() if k not in arrays})
        finally:
            context.by_numpy = False
        if "l" in letters:
            result = nest.map_structure(lambda y: ops.cast(y, "int64"), result)
        return result if dtype is None else ops.cast(result, dtype_of(dtype))

    call.__signature__ = signature
    call.__doc__ = f"`numpy.{name}` on tensors.\n\n    Args:\n      {blank}: as of NumPy's.\n    "
    return enter(name)(call)


def _bound(signature, name, args, kwargs):
    """The arguments of a call by name; those that are not given have their defaults."""
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as fault:
        raise TypeError(f"{name}(): {fault}; it takes {signature}.") from None
    bound.apply_defaults()
    given = dict(bound.arguments)
    for key, idle in _IDLE.items():
        if key in given and given.pop(key) not in idle:
            raise NotImplementedError(f"[{name}] {key} takes the values {idle} alone.")
    if given.get("keepdims", 0) is None:
        given["keepdims"] = False
    return given


def _operands(given, arrays, letters):
    """The arrays among the arguments as tensors of one dtype."""
    values = [v for n, count in arrays.items() for v in (given[n] if count == 2 else [given[n]])]
    tensors = together(*values) if len(values) > 1 else [asarray(v) for v in values]
    for letter in letters:
        if letter in _CHANGES:
            tensors = list(map(_CHANGES[letter], tensors))
    taken = iter(tensors)
    return [
        [next(taken) for _ in given[n]] if count == 2 else next(taken)
        for n, count in arrays.items()
    ]
