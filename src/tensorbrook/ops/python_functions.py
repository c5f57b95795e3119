"""tf.py_function and its kin: Python called from functions of tensors; the time of day."""

import time

import numpy as np

from ..base import nest
from ..base.context import context
from ..base.dtypes import as_dtype
from ..base.errors import InvalidArgumentError, TraceBreak
from ..core.composite import TypeSpec
from ..core.dispatch import apply, current_trace, init_scope, public
from ..core.op import Op, Spec
from ..core.tensor import Tensor, convert_to_tensor, wrap

_run = Op(
    "python_call",
    lambda *arrays, call: call(*[wrap(np.array(a)) for a in arrays]),  # programs write theirs again
    lambda *specs, call: (),
    samples=lambda rng: [((np.array(1.0),), {"call": lambda x: ()})],
    doc="Calls a Python function for what it does besides giving a result.",
    why_no_gradient="it has no result",
    effect=True,
)


def _without_result(function, inputs):
    """Calls `function` now, or at each run of the graph being made."""
    inputs = list(inputs)
    leaves = nest.flatten(inputs, expand_composites=True)

    def call(*tensors):
        with init_scope():
            function(*nest.pack_sequence_as(inputs, tensors, expand_composites=True))
        return ()

    apply(_run, tuple(map(convert_to_tensor, leaves)), {"call": call})


def _no_trace(name):
    """Ends a trace that meets a function whose results have shapes that nobody knows."""
    if current_trace() is not None:
        raise TraceBreak(f"{name} gives results whose shapes are known when it has run")


def _as(value, wanted, name):
    """A result of a function as its entry of Tout says."""
    if isinstance(wanted, TypeSpec) and wanted.value_type is not Tensor:
        if not wanted.is_compatible_with(value):
            raise InvalidArgumentError(f"[{name}] the function returned {value!r}, not a {wanted}.")
        return value
    dtype = as_dtype(getattr(wanted, "dtype", wanted))
    try:
        return convert_to_tensor(value, dtype)
    except (TypeError, ValueError) as fault:
        raise InvalidArgumentError(
            f"[{name}] the function returned {value!r}, Tout says {dtype.name}: {fault}"
        ) from None


@public("py_function", composites=True)
def py_function(func=None, inp=None, Tout=None, name=None):
    """Calls a Python function on eager tensors; gradients flow through what it does.

    Args:
      func: a function of tensors; without it, a decorator of one is returned.
      inp: a list of its arguments.
      Tout: the dtype (or TypeSpec) of its result, a list of them for several, [] for none.

    In a `tf.function` a function without result is called at each run of the graph; one with
    results makes the `tf.function` run eagerly, since nobody knows their shapes before.

    Raises:
      InvalidArgumentError: the function returned what Tout does not say.

    Example:
    >>> tf.py_function(lambda x: x.numpy() ** 2, [tf.constant(3.0)], tf.float32).numpy()
    np.float32(9.0)
    """
    if func is None:
        return lambda func: lambda *inp: py_function(func, inp, Tout)
    inputs = [_argument(x) for x in inp]
    several = isinstance(Tout, list | tuple)
    if several and not Tout:
        _without_result(func, inputs)
        return []
    _no_trace("tf.py_function")
    found = func(*inputs)
    count = len(Tout) if several else 1
    results = list(found) if isinstance(found, list | tuple) else [found]
    if found is None or len(results) != count:
        raise InvalidArgumentError(
            f"[py_function] {getattr(func, '__name__', func)} returns "
            f"{0 if found is None else len(results)} values, but expects to see {count} values: "
            "Tout says how many."
        )
    wanted = Tout if several else [Tout]
    results = [_as(value, want, "py_function") for value, want in zip(results, wanted)]
    return results if several else results[0]


def _argument(value):
    """An argument as a tensor; composites as they are."""
    return value if getattr(value, "_type_spec", None) is not None else convert_to_tensor(value)


@public("numpy_function")
def numpy_function(func=None, inp=None, Tout=None, stateful=True, name=None):
    """Calls a Python function on NumPy arrays; no gradient flows through it.

    Args:
      func: a function of arrays that returns an array or several; without it, a decorator of one
        is returned.
      inp: a list of its arguments.
      Tout: the dtype of its result, a list of them for several, [] for none. As in TensorFlow's
        eager mode, the array's own dtype counts.
      stateful: of no effect: the function is called whenever it is met.

    In a `tf.function`: as `tf.py_function`.

    Example:
    >>> tf.numpy_function(np.cumsum, [tf.constant([1.0, 2.0])], tf.float32).numpy()
    array([1., 3.], dtype=float32)
    """
    if func is None:
        return lambda func: lambda *inp: numpy_function(func, inp, Tout)
    if isinstance(Tout, list | tuple) and not Tout:
        _without_result(lambda *xs: func(*map(np.asarray, xs)), map(convert_to_tensor, inp))
        return None
    _no_trace("tf.numpy_function")
    outer, context.tapes = context.tapes, []
    try:
        found = func(*map(np.asarray, inp))
    finally:
        context.tapes = outer
    if isinstance(found, list | tuple):
        return [None if y is None else convert_to_tensor(y) for y in found]
    return None if found is None else convert_to_tensor(found)


_now = Op(
    "timestamp",
    lambda clock: np.array(clock()),
    lambda clock: Spec((), np.dtype("float64")),
    samples=lambda rng: [((), {"clock": lambda: 1.5})],
    doc="Seconds since 1970.",
    why_no_gradient="time goes by itself",
    effect=True,
)


@public("timestamp")
def timestamp(name=None):
    """Seconds since 1970 as float64; in a graph those of the run.

    Example:
    >>> bool(tf.timestamp() > 1.6e9)
    True
    """
    return apply(_now, (), {"clock": time.time})
