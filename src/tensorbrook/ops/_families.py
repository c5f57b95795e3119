"""Factories for the families of elementwise primitives.

Each returns the public function of one primitive. The first lines of those functions are the
quick path: eager operands of the right dtype and no tape on.
"""

import inspect

import numpy as np

from ..base.context import open_tapes
from ..base.dims import Dim
from ..base.dtypes import BOOL, COMPLEX, FLOATS, INTS, STRING, as_dtype
from ..base.errors import InvalidArgumentError
from ..base.shapes import broadcast
from ..core.dispatch import apply, find_override, register_public, tensor_of
from ..core.op import Op, Rule, Spec, check_dtype, fail, per_input, same_dtype
from ..core.tensor import CONVERTERS, Tensor, convert_to_tensor, wrap
from ..core.variable import PLAIN_VARIABLES

REAL = FLOATS | INTS
FLOAT = FLOATS | COMPLEX
NUMBER = FLOATS | COMPLEX | INTS
ANY = NUMBER | BOOL | STRING
_new = object.__new__
_NUMBERS = {int, float}
SHAPES = ((), (3,), (2, 3), (0, 2))


def draw(rng, shape, domain):
    """Uniform float64 values in `domain`."""
    return np.asarray(rng.uniform(*domain, size=shape))


def unary(
    path,
    ufunc,
    allowed,
    rule=None,
    *,
    doc,
    domain=(-2.0, 2.0),
    out=None,
    why=None,
    also=(),
    native=None,
    arguments=None,
    **facts,
):
    """Declares a primitive of one operand whose result has its shape.

    Args:
      path: public path, such as "math.sqrt"; its last part names the primitive.
      ufunc: the kernel.
      allowed: the NumPy dtypes it takes.
      rule: the gradient, `(g, y, x) -> cotangent`; or `why` it has none.
      domain: interval of the samples.
      out: NumPy dtype of the result when it is not the operand's, or a function of that.
      also: further public paths.
      arguments: the public names of the operands, where they are not x and y.
      native: what the native backend computes of one element: the `emit` of a Rule.
      facts: more of what `Op` takes, such as `tolerance`.
    """
    op_name = path.rsplit(".", 1)[-1]

    def infer(x):
        check_dtype(op_name, x, allowed)
        return Spec(x.shape, out(x.dtype) if callable(out) else out or x.dtype)

    def samples(rng):
        return [((draw(rng, shape, domain),), {}) for shape in SHAPES]

    vjp = per_input(rule) if rule else None
    facts |= {"samples": samples, "doc": doc, "why_no_gradient": why, "out": out}
    facts |= {"elementwise": True, "rules": _rules(native, allowed)}
    op = Op(op_name, ufunc, infer, vjp, **facts)
    kernel = op.eager

    def function(x, name=None):
        if x.__class__ is Tensor:
            array = x._array
            if array.dtype in allowed:
                if open_tapes:
                    return apply(op, (x,), {})
                tensor = _new(Tensor)
                tensor._array = kernel(array)
                return tensor
        elif (found := find_override(x)) is not None:
            return found._call(function, (x,), {})
        x = tensor_of(x)
        if x._dtype not in allowed:
            check_dtype(op_name, Spec(x._shape, x._dtype), allowed)
        return apply(op, (x,), {})

    text = "{0}: a tensor, or what becomes one."
    return _named(function, op_name, doc, path, also, text, arguments or ("x",))


def binary(
    path,
    ufunc,
    allowed,
    rules=None,
    *,
    doc,
    domain=(-2.0, 2.0),
    domain2=None,
    out=None,
    why=None,
    also=(),
    native=None,
    arguments=("x", "y"),
    **facts,
):
    """Declares a primitive of two operands of one dtype that broadcast together."""
    op_name = path.rsplit(".", 1)[-1]

    def infer(x, y):
        same_dtype(op_name, (x, y))
        check_dtype(op_name, x, allowed)
        shape = broadcast(x.shape, y.shape)
        if shape is None:
            fail(
                op_name,
                "Incompatible shapes",
                (x, y),
                "Shapes are aligned at their last axes, where dimensions must be equal or 1: "
                "tf.reshape, tf.expand_dims or tf.transpose one of them.",
            )
        return Spec(shape, out or x.dtype)

    second = domain2 or domain
    pairs = (((), ()), ((3,), (3,)), ((2, 3), (3,)), ((2, 1), (1, 3)), ((0, 2), (2,)))

    def samples(rng):
        return [((draw(rng, a, domain), draw(rng, b, second)), {}) for a, b in pairs]

    vjp = per_input(*rules) if rules else None
    facts |= {"samples": samples, "doc": doc, "why_no_gradient": why, "out": out}
    facts |= {"elementwise": True, "broadcasts": True, "rules": _rules(native, allowed)}
    kernel = _of_strings(ufunc) if allowed >= STRING else ufunc
    op = Op(op_name, kernel, infer, vjp, **facts)
    text = "{0}, {1}: tensors of one dtype that broadcast together; Python numbers take its dtype."
    return _named(_binary_function(op, ufunc, allowed), op_name, doc, path, also, text, arguments)


def _rules(native, dtypes):
    return {"native": Rule(native, {d.kind for d in dtypes})} if native else {}


def _binary_function(op, ufunc, allowed):
    quick = allowed - STRING  # of which NumPy gives no arrays of rank 0

    def function(x, y, name=None):
        if x.__class__ is not Tensor or y.__class__ is not Tensor:
            x, y = read_operands(x, y)
        if x.__class__ is Tensor and y.__class__ is Tensor:
            a, b = x._array, y._array
            if a.dtype is b.dtype and a.dtype in quick:
                if not open_tapes:
                    try:
                        tensor = _new(Tensor)
                        tensor._array = ufunc(a, b)
                        return tensor
                    except ValueError:  # apply words it
                        pass
                return apply(op, (x, y), {})
        else:
            found = find_override(x)
            if found is None:
                found = find_override(y)
            if found is not None:
                return found._call(function, (x, y), {})
            x, y = pair(op.name, x, y)
        if x._dtype != y._dtype or x._dtype not in allowed:
            op.infer(Spec(x._shape, x._dtype), Spec(y._shape, y._dtype))
        return apply(op, (x, y), {})

    return function


def _of_strings(ufunc):
    def kernel(x, y):
        out = ufunc(x, y)
        return np.array(out, object) if out.__class__ is bytes else out

    return kernel


def _named(function, op_name, doc, path, also, text, arguments):
    if arguments not in (("x",), ("x", "y")):
        # what hands a call over names the function inside
        function.__name__, function._public_path = op_name, path
        function = _renamed(function, arguments)
    function.__name__ = function.__qualname__ = op_name
    text = text.format(*arguments)
    function.__doc__ = (
        f"{doc}\n\n    Args:\n      {text}\n      name: ignored.\n\n    Raises:\n"
        "      InvalidArgumentError: dtypes or shapes that do not fit; it says which.\n    "
    )
    return register_public(function, path, *also)


def _renamed(function, names):
    """A function of x, or of x and y, with other names for them."""
    own = dict(zip(names, ("x", "y")))

    def call(*args, **kwargs):
        if not kwargs:
            return function(*args)
        return function(*args, **{own.get(k, k): v for k, v in kwargs.items()})

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, kind) for name in names]
    parameters.append(inspect.Parameter("name", kind, default=None))
    call.__signature__ = inspect.Signature(parameters)
    return call


def _is_tensor(x):
    return isinstance(x, Tensor) or (x.__class__ in CONVERTERS and x.__class__ is not Dim)


def read_operands(x, y):
    """The frequent cases of `pair`: variables read, a number beside a tensor of floats."""
    if x.__class__ in PLAIN_VARIABLES:
        x = x._read()
    if y.__class__ in PLAIN_VARIABLES:
        y = y._read()
    if x.__class__ is Tensor and y.__class__ in _NUMBERS and x._array.dtype.kind == "f":
        y = wrap(x._array.dtype.type(y))
    elif y.__class__ is Tensor and x.__class__ in _NUMBERS and y._array.dtype.kind == "f":
        x = wrap(y._array.dtype.type(x))
    return x, y


def pair(op_name, x, y):
    """Two operands as tensors: Python and NumPy values take the dtype of the tensor they meet."""
    if x.__class__ is Tensor or _is_tensor(x):
        x = tensor_of(x)
        return x, (tensor_of(y) if _is_tensor(y) else _like(op_name, y, x))
    if _is_tensor(y):
        y = tensor_of(y)
        return _like(op_name, x, y), y
    x_array, y_array = isinstance(x, np.ndarray), isinstance(y, np.ndarray)
    if y_array and not x_array:
        y = convert_to_tensor(y)
        return _like(op_name, x, y), y
    x = convert_to_tensor(x)
    if x_array and not y_array:
        return x, _like(op_name, y, x)
    y = convert_to_tensor(y)
    if x._dtype != y._dtype and {x._dtype.kind, y._dtype.kind} == {"i", "f"}:
        if x._dtype.kind == "i":
            x = wrap(x._array.astype(y._dtype))
        else:
            y = wrap(y._array.astype(x._dtype))
    return x, y


def _like(op_name, value, tensor):
    """A Python or NumPy value in the dtype of `tensor`, when nothing of it is lost thereby."""
    dtype = tensor._dtype
    cls = value.__class__
    if cls is Dim:
        return convert_to_tensor(value, dtype)
    if dtype.kind == "f" and (cls is float or cls is int):
        return wrap(np.asarray(value, dtype))
    if isinstance(value, (np.ndarray, np.generic)):
        if (value.dtype.kind in "fc" and dtype.kind in "iu") or dtype.kind == "b":
            cast = value.astype(dtype)
            if not np.array_equal(cast, value):
                raise TypeError(_lossy(op_name, f"a NumPy array of {value.dtype}", tensor))
            return wrap(cast)
        if value.dtype.kind in "biuf" and dtype.kind in "iufcV":
            return wrap(value.astype(dtype))
        return convert_to_tensor(value)
    if cls is complex and dtype.kind != "c":
        return convert_to_tensor(value)
    try:
        return convert_to_tensor(value, tensor.dtype)
    except (TypeError, ValueError) as fault:
        raise type(fault)(_lossy(op_name, repr(value), tensor)) from None


def _lossy(op_name, what, tensor):
    dtype = as_dtype(tensor._dtype)
    return (
        f"[{op_name}] Cannot convert {what} to a tensor of dtype {dtype.name}, that of the other "
        f"operand ({dtype.name}{list(tensor._shape)}). Cast that one: tf.cast(x, tf.float32)."
    )


def int_division_check(array):
    """Raises as TensorFlow does when an integer divisor holds a zero."""
    if array.dtype.kind in "iu" and not np.all(array):
        raise InvalidArgumentError(
            "[floordiv] Integer division by zero: the divisor holds a 0. Use tf.math.divide_no_nan "
            "on floats, or tf.where to avoid it."
        )
