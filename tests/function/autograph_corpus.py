"""Functions for test_autograph.py: each with arguments that take it through all of its ways.

`case(*arguments)` enters a function; an argument is a list of what to call it with. Numbers become
float32 tensors, lists tensors, everything else is given as it is.
"""

# ruff: noqa: SIM300, F842

import tensorbrook as tf

CASES = []


def case(*calls):
    """Enters the function decorated, with tuples of arguments."""

    def enter(function):
        CASES.append((function, calls))
        return function

    return enter


def helper(x):
    """A user function that is called by others."""
    if x > 1.0:
        return x * 10.0
    return x


def power(x, n=2):
    """Recursion that Python's numbers end."""
    if n == 0:
        return x * 0.0 + 1.0
    return x * power(x, n - 1)


class Scaler:
    """Methods, attributes, private names, super()."""

    def __init__(self, factor):
        self.factor, self.__hidden = factor, 3.0

    def scale(self, x):
        """An ordinary method."""
        if x > 0.0:
            return x * self.factor
        return x - self.__hidden

    def __call__(self, x):
        return -self.scale(x) if x < 2.0 else self.scale(x)


class Twice(Scaler):
    """A subclass whose method calls the base's."""

    def scale(self, x):
        """super() inside a branch."""
        if x > -5.0:
            y = super().scale(x) * 2.0
        else:
            y = x
        return y


SCALER, TWICE = Scaler(4.0), Twice(0.5)


# -- if --------------------------------------------------------------------------------------------


@case((1.0,), (-1.0,))
def if_else(x):
    if x > 0:
        y = x * 2
    else:
        y = x - 1
    return y


@case((1.0,), (-1.0,))
def if_alone(x):
    if x > 0:
        x = x * 2
    return x


@case((3.0,), (0.5,), (-0.5,), (-3.0,))
def elif_chain(x):
    if x > 2:
        y = 1.0
    elif x > 0:
        y = 2.0
    elif x > -2:
        y = x
    else:
        y = 4.0
    return y


@case((3.0, 1.0), (3.0, -1.0), (-3.0, 1.0), (-3.0, -1.0))
def nested_if(x, y):
    if x > 0:
        a = y
        if y > 0:
            b = a + x
        else:
            b = a - x
    else:
        a, b = x, x
        if y > 0:
            a += 5
    return a, b


@case((3.0,), (-3.0,))
def temporary_in_one_branch(x):
    if x > 0:
        t = x * x
        y = t + 1
    else:
        y = x
    t = y + 1
    return t


@case((3.0,), (-3.0,))
def structures(x):
    if x > 0:
        pair = {"a": x, "b": (x + 1, 2)}
    else:
        pair = {"a": -x, "b": (x - 1, 3)}
    return pair


@case((3.0,), (-3.0,))
def number_or_tensor(x):
    if x > 0:
        y = 0
    else:
        y = x
    return y


@case((3.0, True), (3.0, False), (-3.0, None))
def python_condition(x, training):
    if training:
        x = x * 2
    elif training is None:
        x = x - 1
    if not training and x > 0:
        x = x + 0.5
    return x


@case((3.0,), (-3.0,), (0.5,))
def early_returns(x):
    if x > 1:
        return x
    y = x * x
    if x < 0:
        return y
    return y + 100


@case((3.0, 1.0), (3.0, -1.0), (-3.0, 1.0), (-3.0, -1.0))
def nested_returns(x, y):
    if x > 0:
        if y > 0:
            return x + y
        x = x - 1
    else:
        y = y * 2
        if y < 0:
            return y
    return x * y


@case((3.0,), (-3.0,))
def return_at_the_end_of_both(x):
    if x > 0:
        return x, 1.0
    else:
        return -x, 2.0


# -- expressions -----------------------------------------------------------------------------------


@case((3.0, 1.0), (3.0, -1.0), (-3.0, 1.0))
def boolean_operators(x, y):
    return (x > 0 and y > 0), (x > 0 or y > 0), not x > 0


@case((3.0,), (0.5,), (-3.0,))
def comparison_chain(x):
    return -1 < x < 1, 0 <= x < 2 <= 5, -5 < x


@case((3.0,), (-3.0,))
def conditional_expression(x):
    return x if x > 0 else -x * 2


@case((3.0, 0.0), (3.0, 2.0), (0.0, 2.0))
def values_of_and_or(x, y):
    return (x and y), (x or y)


@case((3.0,), (-3.0,))
def walrus(x):
    if (y := x * 2) > 1:
        z = y
    else:
        z = y - 1
    return z, y


@case((3.0,), (-3.0,))
def comprehension(x):
    return sum([helper(x * i) if x > 0 else x for i in range(3)])


# -- functions -------------------------------------------------------------------------------------


@case((3.0,), (0.5,))
def calls_helper(x):
    return helper(x) + helper(x - 1.0)


@case((3.0,), (0.5,), (-1.0,), (-9.0,))
def methods(x):
    return SCALER.scale(x), SCALER(x), TWICE.scale(x)


@case((3.0,))
def recursion(x):
    return power(x, 3) + power(x)


@case((3.0,), (-3.0,))
def closures(x):
    k = 2.0

    def inner(v, scale=k):
        nonlocal k
        k = 5.0
        if v > 0:
            return v * scale
        return v

    y = inner(x)
    return y + k, (lambda v: v if v > 1 else -v)(x)


@case((3.0,), (-3.0,))
def map_fn_converts(x):
    return tf.map_fn(helper, tf.stack([x, x + 4.0, -x]))


def _all_kinds(x, /, y, *rest, z=3.0, **others):
    if x > 0:
        x = x + y + sum(rest)
    for name in sorted(others):
        x = x * others[name]
    return x + z


@case((3.0,), (-3.0,))
def parameters(x):
    return _all_kinds(x, 1.0), _all_kinds(x, 1.0, 2.0, 3.0, z=x, w=2.0)


@case((3.0,), (-3.0,))
def generator_is_left_alone(x):
    def numbers(n):
        for i in range(n):
            if i != 1:
                yield i * 2.0

    return sum(numbers(4)) * x if x > 0 else x


@case((3.0,), (-3.0,))
def partial_and_lambda(x):
    import functools

    f = functools.partial(lambda a, b: a if a > b else b, 1.0)
    return f(x)


# -- other statements ------------------------------------------------------------------------------


@case((3.0,), (-3.0,))
def inside_with(x):
    with tf.name_scope("a"):
        if x > 0:
            return x
        x = x * 2
    return x


@case((3.0,), (-3.0,))
def inside_try(x):
    try:
        if x > 0:
            y = x + 1
        else:
            y = x
        {}["missing"]
    except KeyError as error:
        y = y * len(error.args)
        if y > 0:
            y = y + 7
    else:
        y = 0.0
    finally:
        y = y - 1
    return y


@case((3.0,), (-3.0,))
def return_in_try(x):
    try:
        if x > 0:
            return x
        y = x
    finally:
        z = x * 2
    return y + z


@case((3.0, "double"), (-3.0, "negate"), (3.0, "?"))
def match_statement(x, how):
    match how:
        case "double":
            if x > 0:
                return x * 2
        case "negate":
            x = -x
        case other:
            x = x + len(other)
    return x


@case((3.0,), (-3.0,))
def deletes(x):
    y = x * 2
    if x > 0:
        z = y
        del y
        y = z + 1
    return y


@case((3.0,), (-3.0,))
def gradient(x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        if x > 0:
            y = x * x
        else:
            y = x * 3.0
        for _ in tf.range(2):
            y = y * x
    return tape.gradient(y, x)


@case((3.0,))
def asserts(x):
    assert x > 0, "positive"
    assert True
    return x


@case((3.0,), (-3.0,))
def annotated(x):
    if x > 0:
        y: float = x * 2
    else:
        y = x
    z: int
    return y


@case((4.0,), (-1.0,))
def none_until_found(x):
    found = None
    for i in range(3):
        if found is None:
            found = x * i
    return found
