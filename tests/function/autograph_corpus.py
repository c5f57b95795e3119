"""Functions for test_autograph.py: each with arguments that take it through all of its ways.

`case(*arguments)` enters a function; an argument is a list of what to call it with. Numbers become
float32 tensors, lists tensors, everything else is given as it is.
"""

# ruff: noqa: SIM102, SIM103, SIM108, RET, E501

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


# -- while -----------------------------------------------------------------------------------------


@case((5.0,), (0.0,))
def while_counts(x):
    n = 0
    while x > 0:
        x = x - 1
        n += 1
    return x, n


@case((7.0,), (100.0,), (0.0,))
def while_break(x):
    while x > 0:
        x = x - 1
        if x < 4:
            break
        x = x - 2
    return x


@case((7.0,), (100.0,), (0.0,))
def while_continue(x):
    total = 0.0
    while x > 0:
        x = x - 1
        if x > 50:
            continue
        total += x
    return total


@case((7.0,), (2.0,), (0.0,))
def while_else(x):
    y = 0.0
    while x > 0:
        x = x - 1
        if x == 5.0:
            break
    else:
        y = 10.0
    return x, y


@case((7.0,), (1.0,))
def while_true(x):
    while True:
        x = x * 2
        if x > 20:
            break
    return x


@case((7.0,), (1.0,), (30.0,))
def while_return(x):
    n = 0
    while x < 25:
        x = x + n
        if x > 20:
            return x, n
        n += 1
    return -x, n


@case((4.0, 3.0), (0.0, 3.0), (4.0, 0.0))
def nested_while(x, y):
    total = 0.0
    while x > 0:
        z = y
        while z > 0:
            total = total + z * x
            z -= 1
        x -= 1
    return total


@case((4.0, 3.0), (9.0, 5.0))
def nested_while_with_jumps(x, y):
    total = 0.0
    while x > 0:
        x -= 1
        z = y
        while True:
            z -= 1
            if z < 0:
                break
            if z == 2:
                continue
            total += z
            if total > 30:
                return total, x
        if x == 3:
            continue
        total += 0.5
    return -total, x


@case((5.0, 3.0))
def while_with_and(x, y):
    n = 0
    while x > 0 and (y > 1 or n < 4):
        x, y, n = x - 1, y - 0.5, n + 1
    return x, y, n


# -- for -------------------------------------------------------------------------------------------


@case(([1.0, 2.0, 3.0],), ([1.0],))
def for_rows(x):
    total = 0
    for row in x:
        total = total + row
    return total


@case((3.0,))
def for_tf_range(x):
    for i in tf.range(5):
        x = x + tf.cast(i, tf.float32)
    return x


@case((tf.constant(4), 1.0), (tf.constant(0), 1.0))
def for_dynamic_range(n, x):
    for i in range(n):
        x = x * 2 + tf.cast(i, tf.float32)
    for j in tf.range(1, n, 2):
        x = x - tf.cast(j, tf.float32)
    return x


@case((3.0,), (-1.0,))
def for_break(x):
    for i in tf.range(10):
        x = x + 1.0
        if x > 5.0:
            break
    return x, i


@case(([1.0, -2.0, 3.0, 4.0],))
def for_continue(x):
    total = 0.0
    for v in x:
        if v < 0:
            continue
        total += v
    return total


@case(([1.0, 2.0, 3.0, 4.0],), ([1.0, 1.0],), ([9.0, 1.0],))
def for_return(x):
    total = 0.0
    for v in x:
        total += v
        if total > 5:
            return total
    return -total


@case(([1.0, 2.0, 3.0],), ([1.0, -1.0, 3.0],))
def for_else(x):
    y = x[0]
    for v in x:
        y += v
        if v < 0:
            break
    else:
        y = y * 100
    return y


@case(([[1.0, 2.0], [3.0, 4.0]],), ([[1.0, 20.0], [3.0, 4.0]],))
def nested_for_with_jumps(x):
    total = 0.0
    for row in x:
        for v in row:
            if v > 10:
                break
            if v == 3:
                continue
            total += v
        else:
            total += 100
    return total


@case((3.0,), (-3.0,), (0.5,))
def python_loop_with_symbolic_break(x):
    for i in range(4):
        if x > 5:
            break
        x = x + i
    return x


@case((3.0,), (-3.0,), (0.5,))
def python_loop_with_symbolic_return(x):
    for factor in [1.0, 2.0, 4.0]:
        if x * factor > 2:
            return x * factor
    return x


@case(([1.0, 2.0, 3.0],))
def for_enumerate_zip(x):
    total = 0.0
    for i, v in enumerate(x):
        total += v * tf.cast(i, tf.float32)
    for a, b in zip(x, x * 2):
        total += a * b
    return total


@case(([1.0, 2.0, 3.0],))
def first_value_in_the_loop(x):
    for v in x:
        y = v * 2
        z = (y, v)
    return y, z


@case(([1.0, 2.0, 3.0],))
def append_in_a_loop(x):
    parts = []
    for v in x:
        parts.append(v * 2)
    return tf.stack(parts)


@case(([1.0, 2.0, 3.0],))
def grows_in_a_loop(x):
    y = x[:1]
    for v in x:
        y = tf.concat([y, [v]], 0)
    return y


@case(([1.0, 2.0, 3.0],))
def tensor_array(x):
    out = tf.TensorArray(tf.float32, size=3)
    for i in tf.range(3):
        out = out.write(i, x[i] * 2)
    return out.stack()


@case(([1.0, 2.0, 3.0],))
def layers_by_index(x):
    weights = [1.0, 10.0, 100.0]
    y = 0.0
    for i in tf.range(3):
        y += x[i] * weights[int(i)]
    return y


@case((3.0,), (-3.0,))
def dict_and_tuple_targets(x):
    a = b = x
    for name, (p, q) in {"u": (1.0, 2.0), "v": (3.0, 4.0)}.items():
        if x > 0:
            a, b = a + p, b * q
        else:
            b += len(name)
    return a, b


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


@case((5.0,), (0.0,))
def walrus_in_while(x):
    total = 0.0
    while (y := x - 1) > 0:
        total += y
        x = y
    return total, y


@case((4.0,), (-1.0,))
def none_until_found(x):
    found = None
    for i in range(3):
        if found is None:
            found = x * i
    return found


@case(([4.0, 1.0, 7.0, -2.0],))
def largest(x):
    best, where = x[0], 0
    for i in tf.range(1, 4):
        if x[i] > best:
            best, where = x[i], i
    return best, where


@case((5.0,), (8.0,))
def collatz(x):
    steps = 0
    while x != 1:
        x = x / 2 if x % 2 == 0 else 3 * x + 1
        steps += 1
    return steps


@case((tf.constant(10),), (tf.constant(1),))
def fibonacci(n):
    a, b = 0, 1
    while n > 0:
        a, b = b, a + b
        n -= 1
    return a
