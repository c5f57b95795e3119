"""What rewritten code calls, as `ag__`: Python's statements and operators, also on tensors.

On values that are known everything here does what Python does. On the tensors of a trace, branches
and loops become tf.cond and tf.while_loop.
"""

import builtins
import functools
import operator
import sys
import types
import warnings
from collections.abc import MutableMapping, MutableSequence, MutableSet

from ...base.context import context
from ...base.errors import OpError, TraceBreak
from ...core.dispatch import PUBLIC, current_trace, tensor_of
from ...core.tensor import Tensor
from ...core.variable import Variable
from ...ops.cast import cast
from ...ops.compare import logical_and, logical_not, logical_or
from ...ops.debugging import assert_ as tensor_assert
from ...ops.debugging import print_ as tensor_print
from .source import HIGHER_ORDER, convert, is_users, path_of
from .state import EMPTY, NUMBER, DataLoop, Loop, Names, merged, symbolic, truth

_UNROLLED_AT_MOST = 1000
_RUNTIME = sys.modules[__name__]

# -- calls -----------------------------------------------------------------------------------------


def call(function):
    """The function to call where the user's code calls `function`: its twin where it has one."""
    kind = type(function)
    if kind is types.FunctionType:
        if is_users(function):
            return convert(function, _RUNTIME)
        if hasattr(function, "_autograph_twin"):  # a method that tf.function bound by hand
            return function._autograph_twin(call(function.__wrapped__))
        return _with_twins(function) if path_of(function) in HIGHER_ORDER else function
    if kind is types.MethodType:
        twin = call(function.__func__)
        return function if twin is function.__func__ else types.MethodType(twin, function.__self__)
    if kind is functools.partial:
        twin = call(function.func)
        if twin is function.func:
            return function
        return functools.partial(twin, *function.args, **function.keywords)
    if isinstance(function, (type, types.BuiltinFunctionType)):
        return _OVERLOADS.get(function, function)
    method = kind.__call__ if callable(function) else None
    if type(method) is types.FunctionType and is_users(method):
        return types.MethodType(convert(method, _RUNTIME), function)
    return function


def _with_twins(function):
    """A function that takes functions, such as tf.map_fn, given the twins of those."""

    def twin(value):
        if isinstance(value, (types.FunctionType, types.MethodType, functools.partial)):
            return call(value)
        if isinstance(value, (list, tuple)) and type(value) in (list, tuple):
            return type(value)(map(twin, value))
        return value

    def with_twins(*args, **kwargs):
        return function(*map(twin, args), **{k: twin(v) for k, v in kwargs.items()})

    return with_twins


def _lost_in(fault):
    """Why a trace failed where eager mode may not; None where it would fail as well."""
    if isinstance(fault, RecursionError):
        return "a recursion that does not end in a trace: a tensor's value ends it"
    if not isinstance(fault, NameError):
        reason = context.lost.get(NUMBER)
        return reason and f"{NUMBER} {reason}: {fault}"
    for name, reason in context.lost.items():
        if f"'{name}'" in str(fault):
            return f"{'the value to return' if name.startswith('ag__') else repr(name)} {reason}"
    return None


def run(function, args, kwargs, convert=True):
    """Calls a function in a trace, converted; reading a name that was lost there ends the trace."""
    outer, context.lost = context.lost, {}
    try:
        return (call(function) if convert else function)(*args, **kwargs)
    except TraceBreak:
        raise
    except (NameError, RecursionError, TypeError, ValueError, OpError) as fault:
        reason = _lost_in(fault)
        if reason is None:
            raise
        raise TraceBreak(reason).with_traceback(fault.__traceback__) from None
    finally:
        context.lost = outer


# -- expressions -----------------------------------------------------------------------------------


def any_of(*flags):
    """Whether one of the flags, bools or boolean tensors, is set."""
    unknown = [f for f in flags if symbolic(f)]
    if not unknown or any(f for f in flags if not symbolic(f)):
        return any(f for f in flags if not symbolic(f))
    return functools.reduce(logical_or, unknown)


def not_(value):
    """`not value`."""
    return logical_not(truth(value)) if symbolic(value) else not value


def _joined(value, careful, other, kind):
    """`value and other()` or `value or other()`, for a symbolic value."""
    if not careful:
        other_value = other()
        if isinstance(other_value, (bool, Tensor)):
            tensor = tensor_of(other_value)
            if not tensor._shape and tensor._dtype == bool == tensor_of(value)._dtype:
                return kind(truth(value), tensor)
        other = lambda: other_value  # noqa: E731
    branches = [other, lambda: value]
    return if_exp(value, *(branches if kind is logical_and else branches[::-1]))


def and_(careful, value, *others):
    """`value and ...`; `careful`: the others are evaluated only where they must be."""
    for other in others:
        if symbolic(value):
            value = _joined(value, careful, other, logical_and)
        elif not value:
            return value
        else:
            value = other()
    return value


def or_(careful, value, *others):
    """`value or ...`; `careful`: the others are evaluated only where they must be."""
    for other in others:
        if symbolic(value):
            value = _joined(value, careful, other, logical_or)
        elif value:
            return value
        else:
            value = other()
    return value


def chain(value, *links):
    """`a < b < c`, from operators' names and functions that give the operands."""
    holds, unknown = True, None
    for name, operand in zip(links[::2], links[1::2]):
        other = operand()
        holds = _COMPARISONS[name](value, other)
        value = other
        if symbolic(holds):
            unknown = truth(holds) if unknown is None else logical_and(unknown, truth(holds))
        elif not holds:
            return holds
    return holds if unknown is None else unknown


_COMPARISONS = {
    "Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge,
    "Eq": operator.eq, "NotEq": operator.ne, "Is": operator.is_, "IsNot": operator.is_not,
    "In": lambda a, b: a in b, "NotIn": lambda a, b: a not in b,
}  # fmt: skip


def if_exp(test, then, orelse):
    """`then() if test else orelse()`."""
    if not symbolic(test):
        return then() if test else orelse()
    name = "the value of a conditional expression"
    found = merged(truth(test), lambda: {name: then()}, lambda: {name: orelse()})[name]
    if found is EMPTY:
        raise TraceBreak(f"{name} or of `and`, `or` has another shape, dtype or type by branch")
    return found


def asserted(test, message):
    """The value that an `assert` goes by; a symbolic one is checked when the graph runs."""
    if not symbolic(test):
        return test
    shown = "assertion failed" if message is None else message()
    tensor_assert(truth(test), [shown if isinstance(shown, (str, Tensor)) else str(shown)])
    return True


def once(what, value, owner=None):
    """`value`, by which a statement changes what outlives the function: that runs only in a trace.

    A tensor of the trace is of no use there, so a warning names the place; for what else does not
    run at each call `Function.explain()` does. An `owner` of ours, such as a lookup table, is
    changed at each call; what is no container does with `value` what its method says.
    """
    trace = current_trace()
    ours = type(owner).__module__.split(".")[0] == __name__.split(".")[0]
    keeps = owner is None or isinstance(owner, MutableSequence | MutableMapping | MutableSet)
    if not hasattr(trace, "notes") or isinstance(value, Variable) or ours or not keeps:
        return value
    frame = sys._getframe(1)
    where = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    if not symbolic(value):
        context.traces[0].notes.append(f"{what} ({where})")
    elif where not in _told:
        _told.add(where)
        warnings.warn(
            f"`{what}` ({where}) runs when tf.function traces, not at each call, and keeps a "
            "tensor without a value. Return the tensor, or assign it to a tf.Variable.",
            stacklevel=2,
        )
    return value


_told = set()  # the places that were warned about


# -- builtin functions -----------------------------------------------------------------------------


def _print(*values, sep=" ", end="\n", file=None, flush=False):
    if not any(map(symbolic, values)):
        builtins.print(*values, sep=sep, end=end, file=file, flush=flush)
        return
    stream = "sys.stdout" if file is None or file is sys.stdout else file
    gap, last = (" " if sep is None else sep), ("\n" if end is None else end)
    tensor_print(*values, output_stream=stream, sep=gap, end=last)


def _cast_or(python, dtype):
    def converted(*args, **kwargs):
        if len(args) == 1 and symbolic(args[0]):
            truth(args[0])  # it must be one number
            return cast(tensor_of(args[0]), dtype)
        return python(*args, **kwargs)

    return converted


def _makes_iterator(args):
    return len(args) == 1 and current_trace() is not None and hasattr(args[0], "_traced_iterator")


def _next(iterator, *default):
    if not (default and _is_data(iterator) and hasattr(iterator, "get_next_as_optional")):
        return next(iterator, *default)
    found = iterator.get_next_as_optional()
    return if_exp(found.has_value(), found.get_value, lambda: default[0])


_OVERLOADS = {
    print: _print,
    int: _cast_or(int, "int32"),
    float: _cast_or(float, "float32"),
    iter: lambda *args: args[0]._traced_iterator() if _makes_iterator(args) else iter(*args),
    next: _next,
    bool: lambda *args: truth(args[0]) if args and symbolic(args[0]) else bool(*args),
}


class Steps:
    """What a `for` goes over by number: `item(k)` for k below `count`, an int or a tensor."""

    def __init__(self, count, item):
        self.count, self.item = count, item

    def __iter__(self):
        if not isinstance(self.count, int):
            raise TraceBreak("a range that depends on a tensor, used as a Python sequence")
        return map(self.item, range(self.count))


def _steps(value):
    """The Steps of what a trace loops over; None for what Python does."""
    if isinstance(value, Steps):
        return value
    if isinstance(value, (Tensor, Variable)) and current_trace() is not None:
        tensor = tensor_of(value)
        if tensor._shape:
            return Steps(tensor._shape[0], lambda k: tensor[k])
    return None


def _range_of(otherwise):
    """range or tf.range, over tensors too."""

    def ranged(*args):
        counted = otherwise is not range and current_trace() and all(type(a) is int for a in args)
        if not (counted or any(map(symbolic, args))) or not 1 <= len(args) <= 3:
            return otherwise(*args)
        start, stop, step = (0, args[0], 1) if len(args) == 1 else (*args, 1)[:3]
        whole = all(isinstance(a, int) or tensor_of(a)._dtype.kind in "iu" for a in (start, stop))
        if not whole or type(step) is not int or step == 0:
            return otherwise(*args)
        count = (stop - start + step - (1 if step > 0 else -1)) // step
        if counted and not (count > 0 and -(2**31) <= min(args) <= max(args) < 2**31):
            return otherwise(*args)
        dtype = "int32" if counted else count.dtype
        return Steps(count, lambda k: start + cast(k, dtype) * step)

    return ranged


class Numbered:
    """`enumerate` of a data set in a trace."""

    def __init__(self, data, start):
        self.data, self.start = data, start

    def __iter__(self):
        return enumerate(self.data, self.start)


def _is_data(value):
    """Whether it is a data set or an iterator, met in a trace."""
    return current_trace() is not None and hasattr(value, "_trace_rounds")


def _enumerate(values, start=0):
    if _is_data(values):
        return Numbered(values, start)
    steps = _steps(values)
    if steps is None:
        return enumerate(values, start)
    return Steps(steps.count, lambda k: (k + start, steps.item(k)))


def _zip(*values, **kwargs):
    if values and not kwargs and all(_is_data(v) and hasattr(v, "zip") for v in values):
        return values[0].zip(values)
    all_steps = [_steps(v) for v in values]
    counts = [s.count for s in all_steps if s is not None and isinstance(s.count, int)]
    if not values or kwargs or len(counts) < len(values):
        return zip(*values, **kwargs)
    return Steps(min(counts), lambda k: tuple(s.item(k) for s in all_steps))


def iterated(function):
    """Like `call`, for what a `for` goes over."""
    if function is PUBLIC["range"]:
        return _range_of(function)
    return _ITERATED.get(function) or call(function)


_ITERATED = {range: _range_of(range), enumerate: _enumerate, zip: _zip}


# -- statements ------------------------------------------------------------------------------------


def if_stmt(test, then, orelse, live, effects):
    """`if`: the branches are functions or None; `live` are names that they set and that count.

    Args:
      effects: what they change besides, in words, or None.
    """
    if symbolic(test):
        _traced_if(truth(test), then, orelse, Names((then, orelse), live), effects)
        return
    branch = then if test else orelse
    if branch is not None:
        branch()


def _traced_if(pred, then, orelse, names, effects):
    if effects:
        raise TraceBreak(f"{effects} under a condition on a tensor")

    def branch(block):
        def values():
            names.restore()
            return names.run(block)

        return values

    found = merged(pred, branch(then), branch(orelse))
    names.leave(found, "has not the same shape, dtype or type in both branches of an `if`")


def limit_of(
    parallel_iterations=None, swap_memory=None, maximum_iterations=None, shape_invariants=None
):
    """What set_loop_options says of the number of rounds."""
    return maximum_iterations


def while_stmt(test, body, stop, live, effects, limit):
    """`while`: `stop` gives the flag that a break or return sets, if there is one; at most `limit`
    rounds where a trace loops."""
    while True:
        stopped = stop is not None and stop()
        if not symbolic(stopped):
            if stopped:
                return
            going = test()
            if not symbolic(going):
                if not going:
                    return
                body()
                continue
        break
    if effects:
        raise TraceBreak(f"{effects} in a loop that a tensor's value governs")
    names = Names((body, test), live)
    Loop(names, lambda _: _going(stop, test), lambda _: body(), limit=limit).run()


def _going(stop, test):
    """The condition of a traced loop's round."""
    holds = test()
    holds = truth(holds) if symbolic(holds) else tensor_of(bool(holds))
    stopped = False if stop is None else stop()
    if symbolic(stopped):
        return logical_and(logical_not(stopped), holds)
    return tensor_of(False) if stopped else holds


def for_stmt(iterable, body, stop, live, effects, limit):
    """`for`: `body` takes the item; `limit` as in `while_stmt`."""
    steps = _steps(iterable)
    if steps is None:
        if _is_data(iterable) or isinstance(iterable, Numbered):
            _data_for(iterable, body, stop, live, effects, limit)
        else:
            _python_for(iterable, body, stop, live, effects)
        return
    count = steps.count
    known = isinstance(count, int)
    if known and count < 2 and limit is None:
        _python_for(steps, body, stop, live, effects)
        return
    names = Names((body,), live)
    try:
        if effects:
            raise TraceBreak(f"{effects} in a loop over a tensor")
        _traced_for(steps, body, stop, names, known, limit)
    except (TraceBreak, TypeError, ValueError, OpError) as fault:
        if not isinstance(fault, TraceBreak) and NUMBER not in context.lost:
            raise
        if not known or count > _UNROLLED_AT_MOST or limit is not None:
            raise
        # what one graph for all rounds cannot hold, round after round may
        names.undo()
        _python_for(steps, body, stop, live, effects)


def _data_for(data, body, stop, live, effects, limit):
    """A loop over a data set, an iterator, or one of them numbered."""
    if limit is not None:
        raise NotImplementedError(
            "[autograph] set_loop_options(maximum_iterations=) of a loop over a data set: use "
            "dataset.take(n)."
        )
    if effects:
        raise TraceBreak(f"{effects} in a loop over a data set")
    run = lambda number, item: body(item)  # noqa: E731
    if isinstance(data, Numbered):
        start, data = data.start, data.data
        run = lambda number, item: body((cast(number, "int64") + start, item))  # noqa: E731
    DataLoop(Names((body,), live), lambda _: _going(stop, lambda: True), run, data).run()


def _traced_for(steps, body, stop, names, known, limit):
    count = steps.count

    def test(number):
        going = number < (count if known else cast(count, number.dtype))
        return going if stop is None else _going(stop, lambda: going)

    Loop(names, test, lambda number: body(steps.item(number)), known, limit).run()


def _python_for(iterable, body, stop, live, effects):
    if stop is None:
        for item in iterable:
            body(item)
        return
    items = iter(iterable)
    for item in items:
        body(item)
        stopped = stop()
        if symbolic(stopped):
            break
        if stopped:
            return
    else:
        return
    if not isinstance(iterable, Steps) and not hasattr(iterable, "__len__"):
        raise TraceBreak("a tensor's value ends a loop over an iterator of unknown length")
    for item in items:
        names = Names((body,), live)
        going = not_(stop())
        if not symbolic(going):
            if not going:
                return
            body(item)
            continue
        _traced_if(going, functools.partial(body, item), None, names, effects)
