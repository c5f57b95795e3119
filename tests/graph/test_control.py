"""cond and while in traces: values and gradients against closed forms, eager runs, differences."""

import numpy as np
import pytest
from tracing import differences, graph_of, names, traced

import tensorbrook as tf
from tensorbrook.core.tensor import wrap
from tensorbrook.graph.check import GraphError, check

# -- cond ------------------------------------------------------------------------------------------


def branches(x, w):
    return tf.cond(tf.reduce_sum(x) > 0, lambda: tf.sin(x) * w, lambda: w * w + x)


@pytest.mark.parametrize("sign", [1, -1])
def test_cond_and_its_gradients(sign):
    x, w = sign * np.array([0.5, 1.5]), np.array([2.0, -3.0])
    want = np.sin(x) * w if sign > 0 else w * w + x
    np.testing.assert_allclose(traced(branches)(wrap(x), wrap(w)), want)
    differences(branches, x, w, order=2)


def test_a_branch_may_ignore_what_the_other_uses():
    def f(x, w):
        return tf.cond(x > 0, lambda: x * x, lambda: w * 1.0)

    for x, gradients in ((3.0, [6.0, 0.0]), (-3.0, [0.0, 1.0])):
        tensors = [tf.constant(x), tf.constant(5.0)]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            y = traced(f)(*tensors)
        assert [float(g) for g in tape.gradient(y, tensors)] == gradients


def test_what_no_branch_depends_on_has_no_gradient():
    x, w = tf.constant(1.0), tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch([x, w])
        y = traced(lambda x, w: tf.cond(w > 0, lambda: x * x, lambda: x))(x, w)
    dx, dw = tape.gradient(y, [x, w])
    assert float(dx) == 2.0 and dw is None


def test_branches_nest_and_return_structures():
    @traced
    def f(x):
        def small():
            return {"a": x, "b": [tf.cond(x < -1, lambda: x - 1, lambda: x + 1), None]}

        return tf.cond(x < 0, small, lambda: {"a": 2 * x, "b": [x * x, None]})

    for x, a, b in ((3.0, 6.0, 9.0), (-0.5, -0.5, 0.5), (-2.0, -2.0, -3.0)):
        got = f(tf.constant(x))
        assert (float(got["a"]), float(got["b"][0]), got["b"][1]) == (a, b, None)


@pytest.mark.parametrize(
    ("true", "false", "words"),
    [
        (lambda: 1, lambda: 2.0, "dtypes int32 and float32"),
        (lambda: (1, 2), lambda: [1, 2], "sequence type"),
        (lambda: 1, lambda: None, "None"),
        (lambda: {"a": 1}, lambda: {"b": 1}, "keys"),
    ],
)
def test_branches_must_be_alike(true, false, words):
    with pytest.raises(TypeError, match=f"(?s)true_fn and false_fn arguments.*{words}"):
        tf.function(lambda x: tf.cond(x > 0, true, false), autograph=False)(tf.constant(1.0))


def test_branches_of_two_shapes_run_eagerly():
    f = tf.function(lambda x: tf.cond(x > 0, lambda: [x], lambda: [x + tf.zeros(2)]))
    with pytest.warns(UserWarning, match="static shapes"):
        assert f(tf.constant(1.0))[0].shape == ()
    assert f(tf.constant(-1.0))[0].shape == (2,)


def test_the_condition_is_a_scalar():
    with pytest.raises(ValueError, match="reduce_any"):
        tf.function(lambda x: tf.cond(x > 0, lambda: 1, lambda: 2), autograph=False)(tf.ones(2))


def test_variables_written_in_branches():
    v, w, reads = tf.Variable(1.0), tf.Variable(10.0), []

    def up():
        v.assign_add(w)
        return v.read_value()

    def down():
        w.assign(v * 2.0)
        return v * 0.0

    @traced
    def f(x):
        y = tf.cond(x > 0, up, down)
        reads.append(None)
        return y, v + w

    assert [float(t) for t in f(tf.constant(1.0))] == [11.0, 21.0]
    assert (float(v), float(w)) == (11.0, 10.0)
    assert [float(t) for t in f(tf.constant(-1.0))] == [0.0, 33.0]
    assert (float(v), float(w)) == (11.0, 22.0)
    assert len(reads) == 1


@pytest.mark.parametrize("where", ["inside", "outside"])
def test_gradients_by_variables_read_in_a_branch(where):
    v = tf.Variable(3.0)

    def f(x):
        return tf.cond(x > 0, lambda: v * v * x, lambda: -v)

    def inside(x):
        with tf.GradientTape() as tape:
            y = f(x)
        return tape.gradient(y, v)

    def outside(x):
        with tf.GradientTape() as tape:
            y = outer(x)
        return tape.gradient(y, v)

    outer = traced(f)
    run = traced(inside) if where == "inside" else outside
    assert float(run(tf.constant(2.0))) == 12.0
    assert float(run(tf.constant(-2.0))) == -1.0


def test_case_and_switch_case():
    def choose(x):
        pairs = [(x < 0, lambda: tf.constant(-1)), (x > 10, lambda: tf.constant(10))]
        return tf.case(pairs, default=lambda: tf.constant(0))

    def number(i):
        return tf.switch_case(i, [lambda: 10, lambda: 20, lambda: 30])

    assert [int(traced(choose)(tf.constant(x))) for x in (-3, 5, 11)] == [-1, 0, 10]
    assert [int(traced(number)(tf.constant(i))) for i in (0, 1, 2, 7, -1)] == [10, 20, 30, 30, 30]


@pytest.mark.parametrize("x", [np.array(2), np.float32(0.5), tf.constant(0.5)])
def test_an_eager_loop_hands_python_s_numbers_on_as_they_are(x):
    i, found = tf.while_loop(lambda i, x: i < 4, lambda i, x: (i + 1, x + i), (0, x))
    assert (i.dtype, found.dtype, found.numpy()) == (tf.int32, tf.constant(x).dtype, x + 6)


def test_case_checks_its_conditions_at_run_time():
    def none(x):
        return tf.case([(x < 0, lambda: x)])

    def both(x):
        return tf.case([(x > 0, lambda: x), (x > 1, lambda: -x)], lambda: x, exclusive=True)

    assert int(traced(none)(tf.constant(-2))) == -2
    assert int(traced(both)(tf.constant(1))) == 1
    for f in (none, both):
        with pytest.raises(tf.errors.InvalidArgumentError, match="case"):
            traced(f)(tf.constant(2))


# -- while -----------------------------------------------------------------------------------------


def collatz(n):
    def step(n, count):
        return tf.cond(n % 2 == 0, lambda: n // 2, lambda: 3 * n + 1), count + 1

    return tf.while_loop(lambda n, count: n > 1, step, (n, 0))[1]


def test_a_loop_as_long_as_the_data_say():
    for n, steps in ((1, 0), (6, 8), (27, 111)):
        assert int(traced(collatz)(tf.constant(n))) == steps


def newton(a):
    def step(x):
        return (x + a / x) / 2.0

    return tf.while_loop(lambda x: tf.abs(x * x - a) > 1e-12, step, [a])[0]


def test_newtons_root_and_its_derivatives():
    a = tf.constant(7.0, tf.float64)
    with tf.GradientTape() as outer:
        outer.watch(a)
        with tf.GradientTape() as tape:
            tape.watch(a)
            y = traced(newton)(a)
        first = tape.gradient(y, a)
    np.testing.assert_allclose(y, np.sqrt(7.0), rtol=1e-12)
    np.testing.assert_allclose(first, 0.5 / np.sqrt(7.0), rtol=1e-9)
    np.testing.assert_allclose(outer.gradient(first, a), -0.25 * 7.0**-1.5, rtol=1e-6)


def growth(x, w):
    def step(i, y):
        return i + 1, tf.cond(tf.reduce_sum(y) > 0, lambda: y * w, lambda: y + w)

    last = tf.cast(tf.reduce_sum(x) * 0.0, tf.int32) + 4  # not known to the trace
    return tf.while_loop(lambda i, y: i < last, step, (0, x))[1]


def test_gradients_of_a_loop_with_a_branch():
    assert "while" in names(graph_of(growth, *[tf.TensorSpec([2], tf.float64)] * 2))
    differences(growth, [0.5, -0.2], [1.5, 0.7], order=2)
    differences(growth, [-2.5, -0.2], [1.5, 0.7])


def test_a_loop_that_does_not_run_passes_its_variables_on():
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = traced(lambda x: tf.while_loop(lambda y: y < x, lambda y: y * 2.0, [x])[0])(x)
    assert (float(y), float(tape.gradient(y, x))) == (2.0, 1.0)


def test_known_counts_become_scans():
    def count(start, holds, step):
        def f(x):
            return tf.while_loop(holds, lambda i, s: (step(i), s + x), (start, 0.0))

        graph = graph_of(f, tf.TensorSpec([]))
        i, total = tf.function(f, autograph=False)(tf.constant(1.0))
        eager = tf.while_loop(holds, lambda i, s: (step(i), s + 1.0), (start, 0.0))
        assert (int(i), float(total)) == (int(eager[0]), float(eager[1]))
        (node,) = graph.nodes
        return node.attrs.get("length")

    assert count(0, lambda i, s: i < 7, lambda i: i + 2) == 4
    assert count(0, lambda i, s: i <= 8, lambda i: i + 2) == 5
    assert count(9, lambda i, s: i > 0, lambda i: i - 2) == 5
    assert count(9, lambda i, s: i >= 0, lambda i: -2 + i) == 5
    assert count(3, lambda i, s: i != 9, lambda i: i + 3) == 2
    assert count(8, lambda i, s: i < 3, lambda i: i + 1) == 0
    assert count(1, lambda i, s: i < 9, lambda i: i * 2) is None


def test_maximum_iterations():
    def f(x, n):
        known = tf.while_loop(lambda i: i < 10, lambda i: i + 1, [0], maximum_iterations=4)
        endless = tf.while_loop(lambda x: True, lambda x: x * 2.0, [x], maximum_iterations=3)
        given = tf.while_loop(lambda x: x < 100.0, lambda x: x * 2.0, [x], maximum_iterations=n)
        return known[0], endless[0], given[0]

    assert [float(t) for t in traced(f)(tf.constant(1.0), tf.constant(5))] == [4.0, 8.0, 32.0]
    assert [float(t) for t in traced(f)(tf.constant(1.0), tf.constant(50))] == [4.0, 8.0, 128.0]


def test_loop_variables_keep_their_structure():
    @traced
    def f(x):
        def step(state, i):
            return {"a": state["b"], "b": state["a"] + state["b"]}, i + 1

        return tf.while_loop(lambda state, i: i < 10, step, ({"a": x, "b": x}, 0))

    state, i = f(tf.constant(1))
    assert (int(state["a"]), int(state["b"]), int(i)) == (89, 144, 10)


def test_loop_variables_keep_dtype_and_structure_or_it_says_so():
    def loop(body):
        return tf.function(lambda x: tf.while_loop(lambda x: x < 3, body, [x]), autograph=False)(
            tf.constant(1)
        )

    with pytest.raises(TypeError, match=r"Loop var 0 enters the loop with type tf\.int32 but"):
        loop(lambda x: tf.cast(x, tf.float32))
    with pytest.raises(ValueError, match="same number of elements"):
        loop(lambda x: (x, x))


def test_a_shape_that_changes():
    def doubled(x, times):
        step = lambda i, x: (i + 1, tf.concat([x, x], 0))  # noqa: E731
        return tf.while_loop(lambda i, x: i < times, step, (0, x))[1]

    # a known condition unrolls, an unknown one runs eagerly
    assert traced(lambda x: doubled(x, 3))(tf.ones(1)).shape == (8,)
    f = tf.function(doubled, autograph=False)
    with pytest.warns(UserWarning, match="variable 1 of tf.while_loop has shape"):
        assert f(tf.ones(1), tf.constant(2)).shape == (4,)


def test_variables_in_loops():
    total, steps, factor = tf.Variable(0.0), tf.Variable(0), tf.Variable(2.0)

    def step(i):
        total.assign_add(factor * tf.cast(i, tf.float32))
        tf.cond(i > 1, lambda: steps.assign_add(1), lambda: steps.value())
        return i + 1

    @traced
    def f(n):
        tf.while_loop(lambda i: i < n, step, [0])
        return total + 0.5

    assert float(f(tf.constant(4))) == 12.5
    assert (float(total), int(steps)) == (12.0, 2)
    f(tf.constant(4))
    assert (float(total), int(steps)) == (24.0, 4)


def test_a_condition_that_assigns():
    tried = tf.Variable(0)

    def holds(x):
        tried.assign_add(1)
        return x < 100

    @traced
    def f(x):
        return tf.while_loop(holds, lambda x: x * 2, [x])[0]

    assert (int(f(tf.constant(30))), int(tried)) == (120, 3)


def test_random_numbers_are_new_in_each_iteration():
    def f(n):
        def step(i, kept):
            return i + 1, tf.concat([kept[1:], tf.random.uniform([1])], 0)

        return tf.while_loop(lambda i, kept: i < n, step, (0, tf.zeros(4)))[1]

    tf.random.set_seed(5)
    f = traced(f)
    first, second = f(tf.constant(4)).numpy(), f(tf.constant(4)).numpy()
    assert len({*first, *second}) == 8
    tf.random.set_seed(5)
    np.testing.assert_array_equal(f(tf.constant(4)), first)


def test_prints_and_checks_happen_as_often_as_they_run(capsys):
    @traced
    def f(x):
        def step(i, y):
            tf.cond(i % 2 == 0, lambda: tf.print("even", i), lambda: None)
            tf.debugging.assert_less(y, 100.0)
            return i + 1, y * x

        with tf.GradientTape() as tape:
            tape.watch(x)
            tf.cond(x > 0, lambda: tf.print("positive"), lambda: tf.print("negative"))
            y = tf.while_loop(lambda i, y: i < 4, step, (0, x))[1]
        return tape.gradient(y, x)

    assert float(f(tf.constant(2.0))) == 5 * 2.0**4
    assert capsys.readouterr().err == "positive\neven 0\neven 2\n"
    with pytest.raises(tf.errors.InvalidArgumentError, match="assert_less"):
        f(tf.constant(10.0))


def test_a_tape_within_a_body():
    @traced
    def descend(x, n):
        def step(i, x):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = (x - 3.0) ** 2
            return i + 1, x - 0.25 * tape.gradient(y, x)

        return tf.while_loop(lambda i, x: i < n, step, (0, x))[1]

    np.testing.assert_allclose(descend(tf.constant(11.0), tf.constant(3)), 4.0)


def test_graphs_are_printed_and_checked_within():
    concrete = tf.function(branches, autograph=False).get_concrete_function(
        *[tf.TensorSpec([2], tf.float64)] * 2
    )
    assert "    then_graph true_fn(" in concrete.graph_text()
    from_branch = concrete.graph.nodes[-1].attrs["then_graph"].nodes
    from_branch.reverse()
    with pytest.raises(GraphError):
        check(concrete.graph)
    from_branch.reverse()
