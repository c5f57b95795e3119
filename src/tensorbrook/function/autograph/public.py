"""tf.autograph: conversion on demand, its exceptions, and looking at it."""

import ast
import enum
import functools
import types

from . import runtime
from .source import convert, rewritten_tree, verbosity


class Feature(enum.Enum):
    """What TensorFlow's conversion can leave to options; here all of it is always on."""

    ALL = "ALL"
    AUTO_CONTROL_DEPS = "AUTO_CONTROL_DEPS"
    ASSERT_STATEMENTS = "ASSERT_STATEMENTS"
    BUILTIN_FUNCTIONS = "BUILTIN_FUNCTIONS"
    EQUALITY_OPERATORS = "EQUALITY_OPERATORS"
    LISTS = "LISTS"
    NAME_SCOPES = "NAME_SCOPES"


def _plain_function(entity):
    function = getattr(entity, "__func__", entity)
    function = getattr(function, "python_function", function)
    if not isinstance(function, types.FunctionType):
        raise TypeError(
            f"[autograph] got {entity!r}, expected a Python function or method. Give a class's or "
            "object's method itself, such as obj.__call__."
        )
    return function


def _check_features(features):
    given = features if isinstance(features, list | tuple | set | frozenset) else [features]
    unknown = [f for f in given if f is not None and not isinstance(f, Feature)]
    if unknown:
        raise TypeError(
            f"[autograph] experimental_optional_features={features!r}: give members of "
            "tf.autograph.experimental.Feature, or leave it out: all are always on."
        )


def to_graph(entity, recursive=True, experimental_optional_features=None):
    """A function as tf.function calls it in a trace: its control flow may go by tensors.

    Args:
      entity: a Python function or method.
      recursive: whether functions that it calls are converted as well.
      experimental_optional_features: of no effect: all features are always on.

    Raises:
      TypeError: `entity` is no Python function.

    Example:
    >>> def magnitude(x):
    ...     return x if x > 0 else -x
    >>> tf.autograph.to_graph(magnitude)(tf.constant(-2)).numpy()
    np.int32(2)
    """
    _check_features(experimental_optional_features)
    twin = convert(_plain_function(entity), runtime, recursive)
    bound = getattr(entity, "__self__", None)
    return twin if bound is None else types.MethodType(twin, bound)


def to_code(entity, recursive=True, experimental_optional_features=None):
    """The converted function as text; the original's where there is nothing to convert.

    Args:
      entity: a Python function or method.
      recursive: whether functions that it calls are converted as well.
      experimental_optional_features: of no effect: all features are always on.

    Raises:
      ValueError: the source cannot be found.

    Example:
    >>> def f(x, y):
    ...     return x and y
    >>> print(tf.autograph.to_code(f))
    def f(x, y):
        return ag__.and_(False, x, lambda: y)
    """
    _check_features(experimental_optional_features)
    function = _plain_function(entity)
    tree = rewritten_tree(function, recursive, always=True)
    if tree is None:
        raise ValueError(f"[autograph] the source of {function!r} cannot be found.")
    return ast.unparse(ast.fix_missing_locations(tree))


def do_not_convert(func=None):
    """Marks a function to run as it is in traces too; a decorator with or without parentheses.

    Example:
    >>> @tf.autograph.experimental.do_not_convert
    ... def kind(x):
    ...     return "a tensor" if tf.is_tensor(x) else "none"
    >>> kind(1)
    'none'
    """
    if func is None:
        return do_not_convert
    target = getattr(func, "__func__", func)
    if isinstance(target, types.FunctionType):
        target._autograph_off = True
        return func

    @functools.wraps(func, updated=())
    def unconverted(*args, **kwargs):
        return func(*args, **kwargs)

    return unconverted


def set_loop_options(
    parallel_iterations=None, swap_memory=None, maximum_iterations=None, shape_invariants=None
):
    """Options of the loop in whose body it is called.

    Args:
      parallel_iterations, swap_memory, shape_invariants: change no result here: rounds run in
        order, and a loop whose values change shape is unrolled or runs eagerly.
      maximum_iterations: the most rounds of a loop that a tensor governs in a trace, an integer or
        a tensor that is known before the loop. Eager loops take no notice of it, as in TensorFlow.

    Example:
    >>> @tf.function
    ... def count(n):
    ...     i = 0
    ...     while i < n:
    ...         tf.autograph.experimental.set_loop_options(maximum_iterations=3)
    ...         i += 1
    ...     return i
    >>> int(count(tf.constant(10))), int(count(tf.constant(2)))
    (3, 2)
    """


def set_verbosity(level, alsologtostdout=False):
    """Says on standard error what is converted, and what cannot be.

    Args:
      level: 0 is silent; from 1 on each converted function is named.
      alsologtostdout: say it on standard output, too.

    Example:
    >>> tf.autograph.set_verbosity(0)
    """
    verbosity.level, verbosity.stdout = int(level), bool(alsologtostdout)


def trace(*args):
    """Prints `args` when the function is traced, and not when its graph runs.

    Example:
    >>> tf.autograph.trace("here")
    here
    """
    print(*args)
