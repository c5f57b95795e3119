"""custom_gradient and recompute_grad: functions that bring their own gradient."""

import functools
import types

from ..base import nest
from ..base.context import close_tape, context, open_tape
from ..core.dispatch import current_trace, find_deferred, record
from ..core.hooks import hooks, provide
from ..ops.cast import conj, identity
from ..ops.create import convert_to_tensor
from .tape import GradientTape


class _Watch:
    """A listener among the tapes that only notes which variables are read."""

    def __init__(self):
        self.variables = {}

    def read(self, variable, tensor):
        if variable.trainable:
            self.variables.setdefault(id(variable), (variable, tensor))

    def watches(self, tensor):
        """False: it takes no gradients."""
        return False

    def left(self, tensor):
        """Takes down nothing."""

    def record(self, op, inputs, outputs, attrs):
        """Takes down nothing."""


def custom_gradient(f=None):
    """Decorates a function that returns (result, gradient function).

    The gradient function takes one cotangent a result and returns one gradient an argument; if
    the function reads trainable variables, it also takes `variables=` and returns
    (gradients of the arguments, gradients of the variables).

    Example:
    >>> @tf.custom_gradient
    ... def log1pexp(x):
    ...     e = tf.exp(x)
    ...     return tf.math.log(1 + e), lambda upstream: upstream * (1 - 1 / (1 + e))
    >>> x = tf.constant(100.0)
    >>> with tf.GradientTape() as tape:
    ...     tape.watch(x)
    ...     y = log1pexp(x)
    >>> tape.gradient(y, x).numpy()
    np.float32(1.0)
    """
    if f is None:
        return custom_gradient

    name = getattr(f, "__name__", "custom_gradient")

    @functools.wraps(f)
    def decorated(*args, **kwargs):
        if args and any(vars(c).get(name) is decorated for c in type(args[0]).__mro__):  # a method
            return custom_gradient(types.MethodType(f, args[0]))(*args[1:], **kwargs)
        found = find_deferred((args, kwargs))
        if found is not None:
            return found._call(decorated, args, kwargs)
        trace = current_trace()
        if trace is None and not context.tapes:
            return f(*args, **kwargs)[0]
        flat = [convert_to_tensor(a) for a in nest.flatten(args)]
        listener = _Watch()
        tapes = context.tapes
        open_tape(listener, tapes)
        try:
            result, rule = f(*nest.pack_sequence_as(args, flat), **kwargs)
        finally:
            close_tape(listener, tapes)
        read = list(listener.variables.values())
        inputs = tuple(flat) + tuple(t for _, t in read)
        results = [convert_to_tensor(y) for y in nest.flatten(result)]
        pull = _rule(name, rule, len(flat), [v for v, _ in read])
        if trace is None:
            outputs = _recorded(name, inputs, results, pull)
        else:
            outputs = hooks.trace_custom_gradient(name, inputs, results, pull)
        return nest.pack_sequence_as(result, outputs) if nest.is_nested(result) else outputs[0]

    return decorated


def _recorded(name, inputs, results, pull):
    """The results as new tensors, of which the tapes know only the function's own gradient."""
    outer, context.tapes = context.tapes, []
    try:
        outputs = [identity(y) for y in results]
    finally:
        context.tapes = outer

    def vjp(g, y, inputs, attrs, needs):
        return pull(*(g if isinstance(g, tuple) else (g,)))

    op = types.SimpleNamespace(name=name, vjp=vjp, gradients=None, broadcasts=False)
    record(op, inputs, tuple(outputs), {})
    return outputs


def _rule(name, rule, count, variables):
    """The function from the results' cotangents to the gradients of arguments and variables."""

    def pull(*cotangents):
        cotangents = [conj(g) for g in cotangents]  # backprop.py says why
        if variables:
            try:
                grads, variable_grads = rule(*cotangents, variables=variables)
            except TypeError as fault:
                raise TypeError(
                    f"{name} reads variables {[v.name for v in variables]}: its gradient function "
                    f"must take `variables=` and return their gradients as well ({fault})."
                ) from fault
        else:
            grads, variable_grads = rule(*cotangents), []
        grads = nest.flatten(grads)
        if len(grads) != count:
            raise ValueError(
                f"custom_gradient function expected to return {count} gradients, but returned "
                f"{len(grads)} instead: one for each argument of {name}."
            )
        return [_tensor_or_none(v) for v in [*grads, *variable_grads]]

    return pull


def _tensor_or_none(value):
    return value if value is None else conj(convert_to_tensor(value))


@provide("recompute_grad")
def recompute_grad(f):
    """Decorates a function to be computed again in the backward pass, so as to keep no values.

    Example:
    >>> square = tf.recompute_grad(lambda x: x * x)
    >>> x = tf.Variable(3.0)
    >>> with tf.GradientTape() as tape:
    ...     y = square(x)
    >>> tape.gradient(y, x).numpy()
    np.float32(6.0)
    """

    @custom_gradient
    def decorated(*args, **kwargs):
        outer = context.tapes
        context.tapes = [t for t in outer if isinstance(t, _Watch)]
        try:
            result = f(*args, **kwargs)
        finally:
            hidden, context.tapes = context.tapes, outer
        for variable, tensor in [pair for t in hidden for pair in t.variables.values()]:
            for tape in outer:  # they watch the variables all the same
                tape.read(variable, tensor)

        def rule(*cotangents, variables=()):
            with GradientTape() as tape:
                tape.watch(list(args))
                again = f(*args, **kwargs)
            flat = list(cotangents)
            packed = nest.pack_sequence_as(again, flat) if nest.is_nested(again) else flat[0]
            grads = tape.gradient(again, [list(args), list(variables)], packed)
            return (grads[0], grads[1]) if variables else grads[0]

        return result, rule

    return functools.wraps(f)(decorated)


def grad_pass_through(f):
    """Decorates a function whose gradient is to be that of doing nothing.

    Example:
    >>> x = tf.Variable(1.3)
    >>> with tf.GradientTape() as tape:
    ...     y = tf.grad_pass_through(tf.round)(x) * 3.0
    >>> y.numpy(), tape.gradient(y, x).numpy()
    (np.float32(3.0), np.float32(3.0))
    """

    @custom_gradient
    def decorated(*args, **kwargs):
        def grad(*upstream, variables=None):
            found = upstream if len(upstream) > 1 else upstream[0]
            return found if variables is None else (found, [None] * len(variables))

        return f(*args, **kwargs), grad

    return decorated
