"""Loops of known length in traces, and tf.TensorArray, against NumPy, eager runs, differences."""

import numpy as np
import pytest
from tracing import differences, graph_of, names, node_count, traced

import tensorbrook as tf
from tensorbrook.core.tensor import wrap
from tensorbrook.graph.interp import run_once
from tensorbrook.graph.passes import optimize

# -- scans -----------------------------------------------------------------------------------------


def cell(h, x, w):
    return tf.tanh(tf.linalg.matvec(w, h) + x)


def rnn_scan(xs, w):
    return tf.scan(lambda h, x: cell(h, x, w), xs, tf.zeros([3], w.dtype))


def rnn_while(xs, w):
    def step(t, h, kept):
        h = cell(h, xs[t], w)
        return t + 1, h, kept.write(t, h)

    start = (0, tf.zeros([3], w.dtype), tf.TensorArray(w.dtype, size=xs.shape[0]))
    return tf.while_loop(lambda t, h, kept: t < xs.shape[0], step, start)[2].stack()


def rnn_numpy(xs, w):
    h, kept = np.zeros(3), []
    for x in xs:
        h = np.tanh(w @ h + x)
        kept.append(h)
    return np.stack(kept)


def loss_and_gradients(rnn):
    def f(xs, w):
        with tf.GradientTape() as tape:
            tape.watch([xs, w])
            loss = tf.reduce_sum(rnn(xs, w) ** 2)
        return [loss, *tape.gradient(loss, [xs, w])]

    return f


@pytest.mark.parametrize("rnn", [rnn_scan, rnn_while])
@pytest.mark.parametrize("length", [10, 1000])
def test_an_rnn_is_as_eager_and_as_small_for_any_length(rnn, length):
    rng = np.random.default_rng(1)
    xs, w = rng.normal(size=(length, 3)), rng.normal(size=(3, 3)) / 2
    np.testing.assert_allclose(traced(rnn)(wrap(xs), wrap(w)), rnn_numpy(xs, w), atol=1e-12)
    f = loss_and_gradients(rnn)
    for a, b in zip(f(wrap(xs), wrap(w)), traced(f)(wrap(xs), wrap(w))):
        np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-12)
    sizes = {
        node_count(
            graph_of(f, tf.TensorSpec([n, 3], tf.float64), tf.TensorSpec([3, 3], tf.float64))
        )
        for n in (10, length)
    }
    assert len(sizes) == 1 and max(sizes) < 120


def test_reads_and_writes_at_the_counter_become_rows():
    specs = tf.TensorSpec([7, 3], tf.float64), tf.TensorSpec([3, 3], tf.float64)
    node = graph_of(rnn_while, *specs).nodes[-1]
    assert (node.attrs["length"], node.attrs["n_xs"]) == (7, 1)
    assert not {"gather", "update_row"} & set(names(node.attrs["body_graph"]))


def test_rows_of_a_part_and_along_another_axis():
    def f(x):
        def step(i, kept):
            return i + 1, kept.write(i, x[:, i] * tf.reduce_sum(x * x))

        kept = tf.TensorArray(x.dtype, size=5).unstack(tf.ones([5, 2], x.dtype))
        return tf.while_loop(lambda i, kept: i < 4, step, (1, kept))[1].stack()

    x = np.random.default_rng(4).normal(size=(2, 5))
    want = np.ones((5, 2))
    want[1:4] = x.T[1:4] * np.sum(x * x)
    np.testing.assert_allclose(traced(f)(wrap(x)), want)
    differences(f, x, order=2)


@pytest.mark.parametrize("rnn", [rnn_scan, rnn_while])
def test_gradients_of_an_rnn(rnn):
    rng = np.random.default_rng(1)
    differences(rnn, rng.normal(size=(5, 3)), rng.normal(size=(3, 3)) / 2, order=2)


def test_map_and_folds_are_as_eager():
    def f(x, w):
        return [
            tf.map_fn(lambda row: row * w, x),
            tf.map_fn(lambda pair: pair[0] - pair[1], (x, x * 2.0), fn_output_signature=x.dtype),
            tf.vectorized_map(lambda row: tf.reduce_sum(row), x),
            tf.foldl(lambda a, row: a * 0.5 + row, x),
            tf.foldr(lambda a, row: a * 0.5 + row, x, initializer=w),
            tf.scan(lambda a, row: a * row, x),
            tf.scan(lambda a, row: a - row, x, initializer=w, reverse=True),
            tf.scan(lambda a, row: a - row, x, reverse=True),
        ]

    x, w = np.random.default_rng(2).normal(size=(4, 2)), np.array([0.5, -1.5])
    for a, b in zip(traced(f)(wrap(x), wrap(w)), f(wrap(x), wrap(w))):
        np.testing.assert_allclose(a, b, rtol=1e-14)
    differences(lambda x, w: tf.add_n([tf.reduce_sum(t) for t in f(x, w)]), x, w)


def test_a_fold_that_changes_shapes_is_unrolled():
    @traced
    def f(x):
        return tf.foldl(lambda a, row: tf.concat([a, [row]], 0), x, tf.zeros([0]))

    np.testing.assert_array_equal(f(tf.constant([1.0, 2.0])), [1.0, 2.0])


def test_strings_and_integers_are_scanned():
    @traced
    def f(words, n):
        return tf.map_fn(lambda pair: (pair[0], pair[1] + 1), (words, n))

    words, n = f(tf.constant(["a", "bc"]), tf.constant([1, 2]))
    assert words.numpy().tolist() == [b"a", b"bc"] and n.numpy().tolist() == [2, 3]


def test_variables_in_scans():
    total = tf.Variable(0.0)

    def add(x):
        total.assign_add(x)
        return total * 2.0

    f = traced(lambda x: tf.map_fn(add, x))
    np.testing.assert_array_equal(f(tf.constant([1.0, 2.0, 3.0])), [2.0, 6.0, 12.0])
    assert float(total) == 6.0


# -- TensorArray -----------------------------------------------------------------------------------


def test_a_tensor_array_in_loops_branches_and_both():
    def f(x, n):
        def step(i, array):
            array = tf.cond(
                i % 2 == 0, lambda: array.write(i, x * tf.cast(i, x.dtype)), lambda: array
            )
            return i + 1, array

        array = tf.TensorArray(x.dtype, size=5)
        array = tf.while_loop(lambda i, array: i < n, step, (0, array))[1]
        return array.stack() + array.read(n - 1)

    x = np.array([1.0, -2.0])
    want = np.zeros((5, 2)) + x * 4
    want[[2, 4]] += np.outer([2, 4], x)
    np.testing.assert_allclose(traced(f)(wrap(x), tf.constant(5)), want)
    differences(lambda x: f(x, tf.cast(x[0] * 0.0, tf.int32) + 5), x)


def test_a_tensor_array_is_read_in_a_loop():
    def f(x, y):
        left = tf.TensorArray(x.dtype, size=3).unstack(x)

        def step(i, left, total):
            return i + 1, left, total * y + left.read(i)

        return tf.while_loop(lambda i, *_: i < 3, step, (0, left, tf.zeros_like(y)))[2]

    differences(f, [1.0, -2.0, 0.5], 0.3)
    # 1 * 0.09 - 2 * 0.3 + 0.5
    got = traced(f)(tf.constant([1.0, -2.0, 0.5]), tf.constant(0.3))
    np.testing.assert_allclose(got, -0.01, atol=1e-6)


def test_a_tensor_array_without_a_known_size_runs_eagerly():
    def f(n):
        def step(i, array):
            return i + 1, array.write(i, i * i)

        array = tf.TensorArray(tf.int32, size=0, dynamic_size=True)
        return tf.while_loop(lambda i, array: i < n, step, (0, array))[1].stack()

    f = tf.function(f, autograph=False)
    with pytest.warns(UserWarning, match="dynamic_size=True"):
        assert f(tf.constant(4)).numpy().tolist() == [0, 1, 4, 9]


def test_a_tensor_array_that_nothing_is_written_to_has_the_shape_of_what_might_have_been():
    @tf.function
    def f(y):
        rows, n = tf.TensorArray(tf.float32, 1, dynamic_size=True), 0
        for i in tf.range(tf.shape(y)[0]):
            if y[i] > 0:
                rows = rows.write(n, [y[i], 1.0])
                n += 1
        return rows.stack()

    with pytest.warns(UserWarning, match="runs eagerly"):
        assert f(tf.constant([-1.0, 0.0])).numpy().tolist() == [[0.0, 0.0]]  # as in TensorFlow
    assert f(tf.constant([2.0, 3.0])).numpy().tolist() == [[2.0, 1.0], [3.0, 1.0]]


def test_a_tensor_array_eagerly():
    array = tf.TensorArray(tf.float32, size=3, clear_after_read=False)
    assert array.write(0, [1.0, 2.0]) is array
    array.write(2, [5.0, 6.0])
    assert array.stack().numpy().tolist() == [[1, 2], [0, 0], [5, 6]]
    assert array.gather([2, 0]).numpy().tolist() == [[5, 6], [1, 2]]
    assert (int(array.size()), tuple(array.element_shape)) == (3, (2,))
    assert array.read(0).numpy().tolist() == array.read(0).numpy().tolist() == [1, 2]
    parts = tf.TensorArray(tf.float32, size=2).split([1.0, 2.0, 3.0], [1, 2])
    assert parts.concat().numpy().tolist() == [1, 2, 3]
    assert parts.read(1).numpy().tolist() == [2, 3]
    scattered = tf.TensorArray(tf.int32, size=3).scatter([2, 0], [7, 8])
    assert scattered.stack().numpy().tolist() == [8, 0, 7]
    grown = tf.TensorArray(tf.int32, size=0, dynamic_size=True).write(3, 1)
    assert grown.stack().numpy().tolist() == [0, 0, 0, 1]


def test_a_tensor_array_refuses():
    array = tf.TensorArray(tf.float32, size=2)
    array.write(0, 1.0)
    array.read(0)
    with pytest.raises(tf.errors.InvalidArgumentError, match="cleared after a previous read"):
        array.read(0)
    with pytest.raises(tf.errors.OutOfRangeError, match="array size is: 2"):
        array.read(2)
    with pytest.raises(tf.errors.OutOfRangeError, match="not resizeable and size is: 2"):
        array.write(2, 1.0)
    with pytest.raises(ValueError, match=r"Incompatible shape for value \(\(2,\)\)"):
        array.write(1, [1.0, 2.0])
    with pytest.raises(ValueError, match="never written"):
        tf.TensorArray(tf.float32, size=1).read(0)
    with pytest.raises(ValueError, match="dtype int32"):
        array.write(1, tf.constant(1))
    with pytest.raises(ValueError, match="Cannot unstack 3 tensors"):
        tf.TensorArray(tf.int32, size=2).unstack([1, 2, 3])
    with pytest.raises(ValueError, match="size must be given"):
        tf.TensorArray(tf.int32)


def test_gradients_through_a_tensor_array():
    x = tf.Variable([2.0, 3.0])
    with tf.GradientTape() as tape:
        array = tf.TensorArray(tf.float32, size=2)
        for i in range(2):
            array = array.write(i, x[i] * x[i])
        y = tf.reduce_sum(array.stack() * [1.0, 10.0])
    np.testing.assert_array_equal(tape.gradient(y, x), [4.0, 60.0])


def test_a_gradient_reads_what_the_scan_has_computed():
    def gradient(xs, w):
        with tf.GradientTape() as tape:
            tape.watch([xs, w])
            states = tf.scan(lambda h, x: tf.tanh(h @ w + x) * tf.exp(x), xs, tf.zeros([4, 3]))
            loss = tf.reduce_sum(states**2)
        return tape.gradient(loss, [xs, w])

    rng = np.random.default_rng(3)
    xs = rng.uniform(-1, 1, (5, 4, 3)).astype(np.float32)
    w = rng.uniform(-1, 1, (3, 3)).astype(np.float32)
    specs = tf.TensorSpec(xs.shape), tf.TensorSpec(w.shape)
    graph = tf.function(gradient).get_concrete_function(*specs).graph
    better = optimize(graph)
    forward, backward = [
        [node.op.name for node in n.attrs["body_graph"].nodes]
        for n in better.nodes
        if n.op.name == "scan"
    ]
    assert forward.count("matmul") == 1 and forward.count("tanh") == forward.count("exp") == 1
    assert backward.count("matmul") == 2 and not {"tanh", "exp"} & set(backward)
    for got, want in zip(run_once(better, [xs, w]), run_once(graph, [xs, w])):
        np.testing.assert_allclose(got, want, rtol=1e-6)
