"""Loops and branches as native code: equal to NumPy's, without NumPy steps, without copies."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available
from tensorbrook.graph.interp import run_once
from tensorbrook.graph.passes import optimize

pytestmark = pytest.mark.skipif(not available(), reason="llvmlite is not installed")

if available():
    from tensorbrook.compiler.program import Program


def both(function, *arrays, threads=1):
    """(the native program of a function, its results after they were compared to NumPy's)."""
    arrays = [np.asarray(a) for a in arrays]
    specs = [tf.TensorSpec(a.shape, a.dtype) for a in arrays]
    graph = optimize(tf.function(function).get_concrete_function(*specs).graph)
    program = Program(graph, threads=threads)
    found = program(*arrays)
    for got, want in zip(found, run_once(graph, arrays), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-6)
    again = program(*arrays)
    assert all(np.array_equal(a, b) for a, b in zip(found, again))
    return program, found


def fallbacks(program):
    """The names of the primitives that run their NumPy kernel."""
    return [s.node.op.name for s in program.steps if s.kernel is None and not s.parts]


def kernels(part):
    """The kernels of a list of steps, by primitive or "fused"."""
    return [s.node.op.name if s.node else "fused" for s in part]


def loop(program):
    """The step that is a loop."""
    (found,) = [s for s in program.steps if s.parts]
    return found


ROWS = np.random.default_rng(1).uniform(-0.5, 0.5, (5, 4, 3)).astype(np.float32)
SQUARE = np.random.default_rng(2).uniform(-0.5, 0.5, (3, 3)).astype(np.float32)


def test_a_recurrence_is_one_loop_without_numpy():
    def recur(xs, w):
        return tf.scan(lambda h, x: tf.tanh(h @ w + x), xs, tf.zeros([4, 3]))

    program, (states,) = both(recur, ROWS, SQUARE)
    assert not fallbacks(program) and loop(program).kind == "loop"
    state = np.zeros((4, 3), np.float32)
    for x, got in zip(ROWS, states):
        state = np.tanh(state @ SQUARE + x)
        np.testing.assert_allclose(got, state, rtol=1e-5, atol=1e-6)


def test_a_loop_of_1000_rounds_has_the_steps_of_one_of_10():
    def power(x):
        for _ in tf.range(tf.constant(10)):
            x = x * 1.5
        return x

    def power1000(x):
        for _ in tf.range(tf.constant(1000)):
            x = x * 1.001
        return x

    x = np.float32([1, 2])
    short, (result,) = both(power, x)
    np.testing.assert_allclose(result, x * 1.5**10, rtol=1e-6)
    long, (result,) = both(power1000, x)
    np.testing.assert_allclose(result, x * 1.001**1000, rtol=1e-4)
    assert len(short.steps) == len(long.steps)


def test_what_does_not_change_runs_once():
    def recur(xs, w):
        return tf.scan(lambda h, x: tf.matmul(h + x, tf.exp(w), transpose_b=True), xs, xs[0])

    program, _ = both(recur, ROWS, SQUARE)
    # the exponential, and the transposed copy that the product needs, are made before the loop
    assert kernels(loop(program).parts[0]) == ["fused", "matmul", "fused"]
    before = program.steps[: program.steps.index(loop(program))]
    assert sum("exp" in s.kernel.key for s in before) == 1


def test_what_changes_in_part_is_computed_in_each_round():
    def recur(xs, w):
        def step(h, x):
            both = tf.concat([tf.exp(w[:1]), tf.tanh(h[:1] + x[:1])], 0)
            return tf.pad(both, [[0, 2], [0, 0]]) + h * 0.5

        return tf.scan(step, xs, tf.zeros([4, 3]))

    _, (states,) = both(recur, ROWS, SQUARE)
    state = np.zeros((4, 3))
    for x, got in zip(ROWS, states):
        first, second = np.exp(SQUARE[0]), np.tanh(state[0] + x[0])
        state = np.stack([first, second, 0 * first, 0 * first]) + 0.5 * state
        np.testing.assert_allclose(got, state, rtol=1e-5, atol=1e-6)


def test_states_are_updated_in_place():
    def count(x, n):
        i = tf.constant(0)
        while i < n:
            i, x = i + 1, x * 0.5 + 1.0
        return x

    program, (result,) = both(count, np.float32([4, 8]), np.int32(3))
    np.testing.assert_allclose(result, [2.25, 2.75])
    assert loop(program).kind == "while"
    assert len(loop(program).parts[1]) == 2  # one kernel a state, no copy


def test_states_that_change_places():
    def fibonacci(n):
        a, b, i = tf.constant(0), tf.constant(1), tf.constant(0)
        while i < n:
            a, b, i = b, a + b, i + 1
        return a, b

    _, (a, b) = both(fibonacci, np.int32(30))
    assert (a, b) == (832040, 1346269)


def test_two_states_of_one_value():
    def twice(x, n):
        a, b, i = x, x, tf.constant(0)
        while i < n:
            y = a * 2.0
            a, b, i = y, y, i + 1
        return a, b

    _, (a, b) = both(twice, np.float32([1, 3]), np.int32(4))
    assert np.array_equal(a, [16, 48]) and np.array_equal(b, a)


def test_states_that_begin_as_one_turned_view():
    def change(x):
        turned = tf.transpose(x)  # large enough to be turned around once for all who read it
        a = b = turned
        for _ in tf.range(3):
            a, b = a * 2.0, b + 1.0
        return a, b, tf.exp(turned)

    x = np.random.default_rng(4).uniform(-1, 1, (64, 48)).astype(np.float32)
    _, (a, b, c) = both(change, x)
    np.testing.assert_array_equal(a, x.T * 8)
    np.testing.assert_allclose(b, x.T + 3, rtol=1e-6)
    np.testing.assert_allclose(c, np.exp(x.T), rtol=1e-6)


def test_two_variables_of_one_value():
    a, b = tf.Variable([1.0, 2.0]), tf.Variable([0.0, 0.0])

    @tf.function
    def assign(x):
        y = x * 3.0
        a.assign(y)
        b.assign(y)

    assign(tf.constant([1.0, 2.0]))
    assert np.array_equal(a, [3, 6]) and np.array_equal(b, [3, 6])


@pytest.mark.parametrize("condition", [True, False])
def test_one_branch_runs(condition):
    def choose(pred, x, w):
        return tf.cond(pred, lambda: tf.exp(x) @ w, lambda: x - 1.0)

    program, _ = both(choose, np.bool_(condition), ROWS[0], SQUARE)
    assert not fallbacks(program)


def test_loops_within_loops_and_branches():
    def sums(xs):
        total = tf.zeros([4])
        for row in xs:
            for column in tf.transpose(row):
                if tf.reduce_sum(column) > 0.0:
                    total += column
                else:
                    total -= 0.5 * column
        return total

    program, (total,) = both(sums, ROWS, threads=2)
    columns = ROWS.transpose(0, 2, 1).reshape(-1, 4)
    want = sum(c if c.sum() > 0 else -0.5 * c for c in columns)
    np.testing.assert_allclose(total, want, rtol=1e-5)
    assert not fallbacks(program)
    assert [s.kind for s in program.steps if s.parts] == ["loop", "loop", "branch"]


def test_the_gradient_of_a_recurrence_is_native():
    def loss(xs, w):
        with tf.GradientTape() as tape:
            tape.watch([xs, w])
            states = tf.scan(lambda h, x: tf.tanh(h @ w + x), xs, tf.zeros([4, 3]))
            total = tf.reduce_sum(states[-1] ** 2)
        return tape.gradient(total, [xs, w])

    program, (_, d_w) = both(loss, ROWS, SQUARE)
    assert not fallbacks(program)

    def total(w):
        state = np.zeros((4, 3))
        for x in ROWS.astype(float):
            state = np.tanh(state @ w + x)
        return (state**2).sum()

    for i, j in ((0, 0), (1, 2)):
        step = np.zeros((3, 3))
        step[i, j] = 1e-6
        slope = (total(SQUARE + step) - total(SQUARE - step)) / 2e-6
        np.testing.assert_allclose(d_w[i, j], slope, rtol=1e-4)


def test_a_refusal_within_a_loop_raises_the_primitives_own_error():
    table = tf.constant([[1.0], [2.0]])

    @tf.function
    def look_up(indices):
        return tf.scan(lambda s, i: s + tf.gather(table, i), indices, tf.zeros([1]))

    np.testing.assert_allclose(look_up(tf.constant([0, 1, 1]))[:, 0], [1, 3, 5])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"gather.*7"):
        look_up(tf.constant([0, 7, 1]))


def test_a_loop_that_does_not_run_refuses_nothing():
    @tf.function
    def add_rows(table, index, times):
        total, i = tf.zeros([1]), tf.constant(0)
        while i < times:
            total, i = total + tf.gather(table, index), i + 1
        return total

    table = tf.constant([[1.0], [2.0]])
    assert add_rows(table, tf.constant(7), tf.constant(0)).numpy() == [0]
    assert add_rows(table, tf.constant(1), tf.constant(3)).numpy() == [6]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"gather.*7"):
        add_rows(table, tf.constant(7), tf.constant(1))


def test_a_numpy_kernel_within_a_loop():
    def solve(xs, w):
        return tf.scan(lambda h, x: tf.linalg.inv(h) + x, xs, w)

    matrices = ROWS[:, :3] + 3 * np.eye(3, dtype=np.float32)
    program, _ = both(solve, matrices, SQUARE)
    assert fallbacks(program) == ["inv"]


def test_prints_in_a_loop_keep_their_order(capfd):
    @tf.function
    def show(xs):
        for x in xs:
            tf.print("first", x)
            tf.print("second", x * 2.0)

    show(tf.constant([1.0, 2.0]))
    assert capfd.readouterr().err == "first 1\nsecond 2\nfirst 2\nsecond 4\n"
