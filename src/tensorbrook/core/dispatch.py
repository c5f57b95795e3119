"""apply(): runs a primitive in the interpreter its inputs call for, and tells the tapes."""

from functools import wraps

from ..base.context import context, open_tapes
from ..base.dims import Undecided
from ..base.errors import InvalidArgumentError, OpError
from ..base.shapes import TensorShape
from .backend import others, wanted_place
from .op import Spec
from .tables import Table
from .tensor import CONVERTERS, Deferred, Overrides, Tensor, convert_to_tensor, wrap

_new = object.__new__
PUBLIC = Table()  # "math.add" -> the public function, for layers made of functions


def apply(op, inputs, attrs):
    """Runs primitive `op` on a tuple of tensors.

    Eager tensors run the kernel at once; a tensor of another class (a trace's) brings its own
    interpreter, `_interpret(op, inputs, attrs)`. What has an effect (printing, a check) belongs to
    the trace being made whatever it is given: it happens when the graph runs.

    Returns:
      A tensor, or a tuple of them for primitives with several results.
    """
    placed = inputs
    if others and (place := wanted_place(inputs)) is not None:
        placed = tuple(map(place.put, inputs))
    for x in placed:
        if x.__class__ is not Tensor:
            out = x._interpret(op, placed, attrs)
            break
    else:
        if op.effect and context.traces:
            return context.traces[-1].record(op, inputs, attrs)
        try:
            out = op.eager(*[x._array for x in placed], **attrs)
        except OpError:
            raise
        except Undecided:  # an attribute holds sizes that the trace leaves open
            if current_trace() is None:
                raise
            out = current_trace().record(op, inputs, attrs)
            if open_tapes:
                record(op, inputs, out if out.__class__ is tuple else (out,), attrs)
            return out
        except (ValueError, TypeError, IndexError, ArithmeticError) as fault:
            raise explain(op, inputs, attrs, fault) from None
        if out.__class__ is tuple:
            out = tuple([wrap(o) for o in out])
        else:
            tensor = _new(Tensor)
            tensor._array = out
            out = tensor
    if open_tapes:
        for tape in context.tapes:
            tape.record(op, inputs, out if out.__class__ is tuple else (out,), attrs)
        if context.traces:
            context.traces[0].meets(inputs)
    return out


def current_trace():
    """The trace being made by this thread, or None."""
    traces = context.traces
    return traces[-1] if traces else None


class init_scope:
    """A context outside of all traces and tapes: what is made in it is made for good.

    Example:
    >>> @tf.function
    ... def f():
    ...     with tf.init_scope():
    ...         return tf.executing_eagerly()
    >>> bool(f())
    True
    """

    def __enter__(self):
        self._outer = context.traces, context.tapes
        context.traces, context.tapes = [], []

    def __exit__(self, *exc):
        context.traces, context.tapes = self._outer


def executing_eagerly():
    """True outside of traces.

    Example:
    >>> tf.executing_eagerly()
    True
    """
    return current_trace() is None


def record(op, inputs, outputs, attrs):
    """Tells the tapes that are on of one primitive that ran."""
    for tape in context.tapes:
        tape.record(op, inputs, outputs, attrs)


def specs_of(inputs):
    """The Specs of tensors."""
    return [Spec(x._shape, x._dtype) for x in inputs]


def explain(op, inputs, attrs, fault):
    """The error to raise when a kernel failed: the shape rule's own, else the kernel's words."""
    specs = specs_of(inputs)
    try:
        op.infer(*specs, **attrs)
    except (OpError, ValueError, TypeError) as clearer:
        return clearer
    shown = ", ".join(f"{s.dtype}{list(s.shape)}" for s in specs)
    return InvalidArgumentError(f"[{op.name}] {fault}: inputs {shown}, {attrs}.")


_PLAIN = {Tensor, int, float, bool, str, type(None), TensorShape, type(TensorShape(None))}


def find_override(value, kind=Overrides):
    """The first value of a kind within `value`, looking into lists, tuples and dicts; or None."""
    if isinstance(value, kind):
        return value
    if value.__class__ in _PLAIN:
        return None
    if isinstance(value, (list, tuple)):
        for v in value:
            if v.__class__ not in _PLAIN and (found := find_override(v, kind)) is not None:
                return found
    elif isinstance(value, dict):
        return find_override(list(value.values()), kind)
    elif isinstance(value, slice):
        return find_override((value.start, value.stop, value.step), kind)
    return None


def find_deferred(value):
    """The first Deferred within `value`; or None."""
    return find_override(value, Deferred)


def public(*paths, composites=False):
    """Makes a function part of the public namespace, as `tf.<path>` for each of `paths`.

    Such a function accepts Deferred arguments: the call then becomes a layer. Composites take the
    call over as well, unless it is said that the function handles `composites` by itself.
    """
    kind = Deferred if composites else Overrides

    def decorate(function):
        @wraps(function)
        def wrapper(*args, **kwargs):
            for a in args:
                if a.__class__ not in _PLAIN and (found := find_override(a, kind)) is not None:
                    return found._call(wrapper, args, kwargs)
            if kwargs:
                found = find_override(kwargs, kind)
                if found is not None:
                    return found._call(wrapper, args, kwargs)
            return function(*args, **kwargs)

        return register_public(wrapper, *paths)

    return decorate


def register_public(function, *paths):
    """Enters a function that handles Overrides among its arguments under its public paths."""
    for path in paths:
        if path in PUBLIC:
            raise ValueError(f"tf.{path} is declared already.")
        PUBLIC[path] = function
    function._public_path = paths[0]
    return function


def tensor_of(value, dtype_hint=None):
    """`value` as a tensor; quick where it is one."""
    cls = value.__class__
    if cls is Tensor:
        return value
    converter = CONVERTERS.get(cls)
    return converter(value) if converter else convert_to_tensor(value, dtype_hint=dtype_hint)
