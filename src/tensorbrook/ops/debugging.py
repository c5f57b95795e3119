"""tf.print and tf.debugging: printing and checks that also happen at every run of a graph."""

import sys
from io import StringIO

import numpy as np

from ..base.config import settings
from ..base.context import close_tape, context, open_tape
from ..base.dtypes import as_dtype, float32
from ..base.errors import InvalidArgumentError
from ..base.shapes import TensorShape
from ..core.composite import CompositeTensor
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op
from ..core.tensor import Tensor
from ._families import draw
from .compare import equal, greater, greater_equal, is_finite, less, less_equal, not_equal
from .reduce import reduce_all

_NO_RESULT = "it has no result"


_ESCAPES = str.maketrans({c: "\\" + c for c in "\"'\\"} | {"\n": "\\n", "\t": "\\t", "\r": "\\r"})


def shown_value(value, summarize):
    """A value as tf.print writes it: arrays in brackets without commas, the middle elided."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "V":
            value = value.astype(np.float32)
        if value.ndim == 0:
            return shown_value(value[()], summarize)
        if summarize >= 0 and len(value) > 2 * summarize:
            parts = [shown_value(v, summarize) for v in value[:summarize]] + ["..."]
            parts += [shown_value(v, summarize) for v in value[len(value) - summarize :]]
        else:
            parts = [shown_value(v, summarize) for v in value]
        gap = "\n" * (value.ndim - 1) + " "
        parts = [p.replace("\n ", "\n  ") for p in parts]
        return f"[{gap.join(parts)}]"
    if isinstance(value, bytes):
        text = value.decode(errors="replace").translate(_ESCAPES)
        return f'"{text}"'
    if isinstance(value, np.bool_):
        return str(int(value))
    if isinstance(value, np.inexact) and value.dtype.kind != "c":
        digits, number = (15, value) if value.dtype == np.float64 else (6, np.float32(value))
        text = f"{number:.{digits}g}"  # as C++ does: more digits where these do not tell it
        return text if type(number)(text) == number else f"{number:.{17 if digits > 9 else 9}g}"
    return str(value)


def _print_kernel(*arrays, pieces, summarize, stream, end):
    if pieces == (None,) and arrays[0].dtype == object and not arrays[0].ndim:
        shown = [arrays[0][()].decode(errors="replace")]  # a string by itself, as it is
    else:
        values = map(np.asarray, arrays)
        shown = [p if p.__class__ is str else _shown(p, values, summarize) for p in pieces]
    _write(stream, "".join(shown) + end)
    return ()


def _shown(piece, values, summarize):
    """The next value as text; of a (function, count) the text that it makes of so many values."""
    if piece is None:
        return shown_value(next(values), summarize)
    function, count = piece
    return function([next(values) for _ in range(count)], summarize)


def _write(stream, text):
    if isinstance(stream, str) and stream.startswith("file://"):
        with open(stream.removeprefix("file://"), "a", encoding="utf-8") as file:
            file.write(text)
        return
    if stream is None:
        stream = sys.stderr
    (getattr(sys, stream.removeprefix("sys.")) if isinstance(stream, str) else stream).write(text)


_print = Op(
    "print",
    _print_kernel,
    lambda *xs, **attrs: (),
    samples=lambda rng: [
        (
            (draw(rng, (2, 3), (-2, 2)),),
            {
                "pieces": ("x = ", None),
                "summarize": 3,
                "stream": StringIO(),
                "end": "\n",
            },
        )
    ],
    doc="Writes values to a stream.",
    why_no_gradient=_NO_RESULT,
    effect=True,
)


@public("print", composites=True)
def print_(*inputs, output_stream=None, summarize=3, sep=" ", end="\n", name=None):
    """Writes tensors and other values to `output_stream`, standard error by default.

    Args:
      inputs: what to print; the middle of long axes is left out.
      output_stream: a stream such as sys.stdout, or "file://path" to append to.
      summarize: how many elements to keep at both ends of each axis; -1 keeps all.
      sep, end: between the values, and after them.

    Text by itself is written as it is, strings in tensors and structures are quoted.

    Example:
    >>> import sys
    >>> tf.print("x =", tf.constant([1, 2]), output_stream=sys.stdout)
    x = [1 2]
    """
    pieces = []
    for value in inputs:
        pieces += [sep, value] if value.__class__ is str else [sep, *_pieces(value)]
    tensors = []
    for k, piece in enumerate(pieces):
        if piece.__class__ is tuple:
            tensors += piece[1]
            pieces[k] = piece[0], len(piece[1])
        elif piece.__class__ is not str:
            tensors.append(tensor_of(piece))
            pieces[k] = None
    tensors, pieces = tuple(tensors), tuple(pieces[1:])
    attrs = {"summarize": summarize, "stream": output_stream, "end": end}
    apply(_print, tensors, {"pieces": pieces, **attrs})


def _pieces(value):
    """A value as text and tensors, in the order they are written."""
    if isinstance(value, Tensor) or hasattr(value, "_read"):
        yield value
    elif isinstance(value, CompositeTensor):
        yield from value._printed()
    elif value.__class__ in (list, tuple):
        first, last = "[]" if value.__class__ is list else "()"
        yield first
        for i, item in enumerate(value):
            yield from ([", "] if i else []) + list(_pieces(item))
        yield ("," if len(value) == 1 and last == ")" else "") + last
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        yield type(value).__name__ + "("
        for i, (name, item) in enumerate(zip(value._fields, value)):
            yield f"{', ' if i else ''}{name}="
            yield from _pieces(item)
        yield ")"
    elif value.__class__ is dict:
        yield "{"
        for i, key in enumerate(sorted(value)):
            yield f"{', ' if i else ''}{key!r}: "
            yield from _pieces(value[key])
        yield "}"
    else:
        yield repr(value)


# -- checks ----------------------------------------------------------------------------------------


def _assert_kernel(holds, *data, message):
    if not holds:
        shown = "; ".join(np.array2string(np.asarray(d), threshold=8) for d in data)
        raise InvalidArgumentError(f"{message} {shown}".strip())
    return ()


_assert = Op(
    "assert",
    _assert_kernel,
    lambda holds, *data, message: (),
    samples=lambda rng: [((np.array(True), draw(rng, (2,), (-2, 2))), {"message": "no:"})],
    doc="Raises InvalidArgumentError unless a truth value holds.",
    why_no_gradient=_NO_RESULT,
    effect=True,
)


@public("debugging.Assert", "Assert")
def assert_(condition, data, summarize=None, name=None):
    """Raises InvalidArgumentError with `data` unless `condition` is True.

    Example:
    >>> tf.debugging.Assert(tf.constant(True), [1])
    """
    tensors = tuple(tensor_of(d) for d in data)
    apply(_assert, (tensor_of(condition), *tensors), {"message": "assertion failed:"})


def _relation_check(name, relation, sign):
    def check(x, y, message=None, summarize=None, name=None):
        x, y = tensor_of(x), tensor_of(y)
        text = f"[{check.__name__}] {message or ''} Condition x {sign} y did not hold element-wise:"
        apply(_assert, (reduce_all(relation(x, y)), x, y), {"message": text})

    check.__name__ = name
    check.__doc__ = (
        f"Raises InvalidArgumentError unless x {sign} y for all elements; `message` is put first."
    )
    plain = (name,) if name in ("assert_equal", "assert_greater", "assert_less") else ()
    return public(f"debugging.{name}", *plain)(check)


assert_equal = _relation_check("assert_equal", equal, "==")
assert_none_equal = _relation_check("assert_none_equal", not_equal, "!=")
assert_less = _relation_check("assert_less", less, "<")
assert_less_equal = _relation_check("assert_less_equal", less_equal, "<=")
assert_greater = _relation_check("assert_greater", greater, ">")
assert_greater_equal = _relation_check("assert_greater_equal", greater_equal, ">=")


def _sign_check(name, relation, sign):
    def check(x, message=None, summarize=None, name=None):
        x = tensor_of(x)
        text = f"[{check.__name__}] {message or ''} Condition x {sign} 0 did not hold element-wise:"
        apply(_assert, (reduce_all(relation(x, 0)), x), {"message": text})

    check.__name__ = name
    check.__doc__ = f"Raises InvalidArgumentError unless x {sign} 0 for all elements."
    return public(f"debugging.{name}")(check)


assert_positive = _sign_check("assert_positive", greater, ">")
assert_non_negative = _sign_check("assert_non_negative", greater_equal, ">=")
assert_negative = _sign_check("assert_negative", less, "<")
assert_non_positive = _sign_check("assert_non_positive", less_equal, "<=")


@public("debugging.assert_near")
def assert_near(x, y, rtol=None, atol=None, message=None, summarize=None, name=None):
    """Raises InvalidArgumentError unless |x - y| <= atol + rtol |y| for all elements.

    Both tolerances are 10 times the dtype's machine epsilon by default.

    Example:
    >>> tf.debugging.assert_near(1.0, 1.0 + 1e-7)
    """
    x, y = tensor_of(x), tensor_of(y)
    epsilon = 10 * float(np.finfo(x._dtype).eps)
    rtol, atol = (epsilon if v is None else v for v in (rtol, atol))
    holds = reduce_all(less_equal(abs(x - y), atol + rtol * abs(y)))
    text = (
        f"[assert_near] {message or ''} x and y not equal to tolerance rtol = {rtol}, atol = {atol}"
    )
    apply(_assert, (holds, x, y), {"message": text})


@public("debugging.check_numerics")
def check_numerics(tensor, message, name=None):
    """`tensor`, after a check that no element is NaN or infinite.

    Raises:
      InvalidArgumentError: one is; it carries `message`.

    Example:
    >>> tf.debugging.check_numerics(tf.constant(1.0), "fine").numpy()
    np.float32(1.0)
    """
    x = tensor_of(tensor)
    text = f"[check_numerics] {message} : Tensor had NaN or Inf values:"
    apply(_assert, (reduce_all(is_finite(x)), x), {"message": text})
    return x


@public("debugging.assert_all_finite")
def assert_all_finite(x, message, name=None):
    """`tf.debugging.check_numerics` with the arguments' other name.

    Example:
    >>> tf.debugging.assert_all_finite([1.0], "fine").numpy()
    array([1.], dtype=float32)
    """
    return check_numerics(x, message)


@public("debugging.assert_shapes")
def assert_shapes(shapes, data=None, summarize=None, message=None, name=None):
    """Checks shapes against lists of sizes; a letter stands for one size throughout.

    Raises:
      ValueError: a shape differs.

    Example:
    >>> tf.debugging.assert_shapes([(tf.zeros([2, 3]), ("N", 3)), (tf.zeros([2]), ("N",))])
    """
    known = {}
    for x, want in shapes.items() if isinstance(shapes, dict) else shapes:
        got = tuple(tensor_of(x)._shape)
        want = tuple(want)
        if len(got) != len(want):
            raise ValueError(
                f"[assert_shapes] {message or ''} rank of {got} is not that of {want}."
            )
        for g, w in zip(got, want):
            expected = known.setdefault(w, g) if isinstance(w, str) else w
            if expected is not None and w != "." and expected != g:
                raise ValueError(
                    f"[assert_shapes] {message or ''} shape {got} does not fit {want}: {w!r} is "
                    f"{expected} elsewhere."
                )


@public("debugging.assert_rank", "assert_rank")
def assert_rank(x, rank, message=None, name=None):
    """Raises ValueError unless `x` has `rank` dimensions.

    Example:
    >>> tf.debugging.assert_rank([1], 1)
    """
    shape = TensorShape(tensor_of(x)._shape)
    if len(shape) != int(rank):
        raise ValueError(f"[assert_rank] {message or ''} shape {shape} must have rank {int(rank)}.")


@public("debugging.assert_type")
def assert_type(tensor, tf_type, message=None, name=None):
    """Raises TypeError unless `tensor` has dtype `tf_type`.

    Example:
    >>> tf.debugging.assert_type(tf.constant(1), tf.int32)
    """
    dtype = tensor_of(tensor).dtype
    if dtype != tf_type:
        raise TypeError(f"[assert_type] {message or ''} tensor must be {tf_type!r}, is {dtype!r}.")


@public("debugging.assert_scalar")
def assert_scalar(tensor, message=None, name=None):
    """`tensor`; raises ValueError unless it has rank 0.

    Example:
    >>> tf.debugging.assert_scalar(1).numpy()
    np.int32(1)
    """
    x = tensor_of(tensor)
    assert_rank(x, 0, message)
    return x


@public("debugging.assert_rank_at_least")
def assert_rank_at_least(x, rank, message=None, name=None):
    """Raises ValueError unless `x` has `rank` dimensions or more.

    Example:
    >>> tf.debugging.assert_rank_at_least([[1]], 1)
    """
    shape = TensorShape(tensor_of(x)._shape)
    if len(shape) < int(rank):
        raise ValueError(
            f"[assert_rank_at_least] {message or ''} shape {shape} must have rank at least "
            f"{int(rank)}."
        )


@public("debugging.assert_rank_in")
def assert_rank_in(x, ranks, message=None, name=None):
    """Raises ValueError unless the number of `x`'s dimensions is one of `ranks`.

    Example:
    >>> tf.debugging.assert_rank_in([[1]], [1, 2])
    """
    shape, ranks = TensorShape(tensor_of(x)._shape), tuple(map(int, ranks))
    if len(shape) not in ranks:
        raise ValueError(
            f"[assert_rank_in] {message or ''} shape {shape} must have rank in {ranks}."
        )


@public("debugging.assert_integer")
def assert_integer(x, message=None, name=None):
    """Raises TypeError unless `x` is of integers.

    Example:
    >>> tf.debugging.assert_integer([1])
    """
    dtype = tensor_of(x).dtype
    if not dtype.is_integer:
        raise TypeError(
            f'[assert_integer] {message or ""} Expected "x" to be integer type. Found: tensor of '
            f"dtype {dtype!r}."
        )


@public("debugging.assert_same_float_dtype")
def assert_same_float_dtype(tensors=None, dtype=None):
    """The one floating dtype of `tensors`, and `dtype` where given; float32 where nothing is.

    Raises:
      ValueError: two differ, or one is no float.

    Example:
    >>> tf.debugging.assert_same_float_dtype([tf.constant(1.0), None])
    tf.float32
    """
    found = None if dtype is None else as_dtype(dtype)
    for x in tensors or ():
        if x is not None:
            own = tensor_of(x).dtype
            found = found or own
            if own != found:
                raise ValueError(f"[assert_same_float_dtype] {x!r} must be {found!r}, is {own!r}.")
    if found is not None and not found.is_floating:
        raise ValueError(f"[assert_same_float_dtype] Expected floating point type, got {found!r}.")
    return found or float32


@public("debugging.is_numeric_tensor", composites=True)
def is_numeric_tensor(tensor):
    """True for a tensor or variable of numbers; a number itself is none.

    Example:
    >>> tf.debugging.is_numeric_tensor(tf.constant(1)), tf.debugging.is_numeric_tensor(1)
    (True, False)
    """
    return hasattr(tensor, "_shape") and as_dtype(tensor.dtype).is_numeric


@public("debugging.assert_proper_iterable", composites=True)
def assert_proper_iterable(values):
    """Raises TypeError unless `values` can be gone through, and is no tensor, array or string.

    Example:
    >>> tf.debugging.assert_proper_iterable([1])
    """
    if hasattr(values, "_shape") or isinstance(values, np.ndarray | bytes | str):
        raise TypeError(
            'Expected argument "values" to be a "proper" iterable. Found: '
            f"{type(values)}: put it into a list."
        )
    if not hasattr(values, "__iter__"):
        raise TypeError(f'Expected argument "values" to be iterable. Found: {type(values)}.')


# -- checks of everything --------------------------------------------------------------------------


class _Numerics:
    """A listener among the tapes that refuses results that are not finite."""

    busy = False

    def read(self, variable, tensor):
        """Takes down nothing."""

    def left(self, tensor):
        """Takes down nothing."""

    def watches(self, tensor):
        """False: it takes no gradients."""
        return False

    def record(self, op, inputs, outputs, attrs):
        """Checks the results of a primitive: now, or at each run of the graph being made."""
        if self.busy:
            return
        self.busy = True
        try:
            for k, y in enumerate(outputs):
                if y._dtype.kind == "f":
                    shown = ", ".join(f"{x.dtype.name}{list(x._shape)}" for x in inputs)
                    check_numerics(y, f"output {k} of {op.name} on ({shown})")
        finally:
            self.busy = False


@public("debugging.enable_check_numerics")
def enable_check_numerics(stack_height_limit=30, path_length_limit=50):
    """From now on any operation of this thread whose result holds NaN or infinity raises.

    Functions traced from now on are checked as well.

    Args:
      stack_height_limit, path_length_limit: of no effect: Python's traceback shows the line.

    Raises:
      InvalidArgumentError: raised by the operation, whose name and operands it says.

    Example:
    >>> tf.debugging.enable_check_numerics()
    >>> tf.math.log(-1.0)
    Traceback (most recent call last):
    tensorbrook.base.errors.InvalidArgumentError: ...output 0 of log on (float32[]) : Tensor had...
    >>> tf.debugging.disable_check_numerics()
    """
    if context.numerics is None:
        context.numerics = _Numerics(), context.tapes
        open_tape(*context.numerics)


@public("debugging.disable_check_numerics")
def disable_check_numerics():
    """Ends `enable_check_numerics`.

    Example:
    >>> tf.debugging.disable_check_numerics()
    """
    if context.numerics is not None:
        close_tape(*context.numerics)
        context.numerics = None


@public("debugging.enable_traceback_filtering")
def enable_traceback_filtering():
    """Errors show the user's frames (the default); see `disable_traceback_filtering`.

    Example:
    >>> tf.debugging.enable_traceback_filtering()
    """
    settings.traceback_filtering = True


@public("debugging.disable_traceback_filtering")
def disable_traceback_filtering():
    """Errors of Keras show all frames, also those within the package.

    Example:
    >>> tf.debugging.disable_traceback_filtering()
    >>> tf.debugging.is_traceback_filtering_enabled()
    False
    >>> tf.debugging.enable_traceback_filtering()
    """
    settings.traceback_filtering = False


@public("debugging.is_traceback_filtering_enabled")
def is_traceback_filtering_enabled():
    """Whether errors show the user's frames alone.

    Example:
    >>> tf.debugging.is_traceback_filtering_enabled()
    True
    """
    return settings.traceback_filtering


@public("debugging.set_log_device_placement")
def set_log_device_placement(enabled):
    """Takes down whether to log where operations run, which is the one CPU: nothing is logged.

    Example:
    >>> tf.debugging.set_log_device_placement(False)
    """
    settings.log_device_placement = bool(enabled)


@public("debugging.get_log_device_placement")
def get_log_device_placement():
    """What `set_log_device_placement` was given.

    Example:
    >>> tf.debugging.get_log_device_placement()
    False
    """
    return settings.log_device_placement


@public("debugging.experimental.enable_dump_debug_info")
def enable_dump_debug_info(
    dump_root,
    tensor_debug_mode="NO_TENSOR",
    circular_buffer_size=1000,
    op_regex=None,
    tensor_dtypes=None,
):
    """Not built.

    Raises:
      NotImplementedError: always, with the way around.
    """
    raise NotImplementedError(
        "[enable_dump_debug_info] files for TensorBoard's debugger are not written. Use "
        "tf.debugging.enable_check_numerics(), tf.print, or tf.config.run_functions_eagerly(True) "
        "and a Python debugger."
    )


@public("debugging.experimental.disable_dump_debug_info")
def disable_dump_debug_info():
    """Nothing to end: see `enable_dump_debug_info`.

    Example:
    >>> tf.debugging.experimental.disable_dump_debug_info()
    """
