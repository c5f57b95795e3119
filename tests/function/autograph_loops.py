"""Functions with loops for test_autograph.py."""

# ruff: noqa: B007

from autograph_corpus import case

import tensorbrook as tf

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


@case((10.0,), (4.0,), (0.0,))
def while_continue_within_with(x):
    total = 0.0
    while x > 0:
        with tf.name_scope("round"):
            x = x - 1
            if x < 5:
                continue
            total += 1
    return total


@case((10.0,), (4.0,), (0.0,))
def while_break_within_try(x):
    total = 0.0
    while x > 0:
        x = x - 1
        try:
            if x < 5:
                break
            total += 1
        finally:
            total += 10
    return total


@case((tf.constant([1.0, 5.0, 9.0]),))
def for_with_assignments_within_with(x):
    total, last = 0.0, 0.0
    for item in x:
        with tf.name_scope("round"):
            if item > 6:
                break
            last = item
            total += item
    return total, last


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
        x = x + 2.0
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


@case((tf.constant(4), 1.0), (tf.constant(1), 1.0))
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


@case((5.0,), (0.0,))
def walrus_in_while(x):
    total = 0.0
    while (y := x - 1) > 0:
        total += y
        x = y
    return total, y


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
