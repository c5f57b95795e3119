"""tf.functions that leave sizes open: one trace for all of them, the values eager code gives."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available
from tensorbrook.function.opened import open_function

BACKENDS = ["reference", *(["native"] if available() else [])]


def counted(function, **options):
    """(the tf.function, list that grows with each trace)."""
    traces = []

    def run(*args):
        traces.append(1)
        return function(*args)

    return tf.function(run, **options), traces


def same_as_eager(function, made, *arrays):
    got, want = made(*map(tf.constant, arrays)), function(*map(tf.constant, arrays))
    for a, b in zip(tf.nest.flatten(got), tf.nest.flatten(want), strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5, atol=1e-6)


def test_a_signature_with_none_is_traced_once():
    double = lambda x: tf.reduce_sum(x * 2.0, axis=1)  # noqa: E731
    made, traces = counted(double, input_signature=[tf.TensorSpec([None, 3])])
    for n in (2, 5, 1, 7, 0):
        same_as_eager(double, made, np.ones((n, 3), np.float32))
    concrete = made.get_concrete_function()
    assert len(traces) == 2  # once for all sizes, once for none at all
    assert concrete.inputs == [tf.TensorSpec([None, 3])]
    assert concrete.outputs == [tf.TensorSpec([None])]
    assert concrete(tf.ones([4, 3])).numpy().tolist() == [6.0] * 4
    with pytest.raises(ValueError, match="takes"):
        concrete(tf.ones([4, 2]))


def test_random_numbers_of_several_unknown_sizes():
    draw = tf.function(lambda x: tf.random.uniform(tf.shape(x), minval=2.0, maxval=3.0, seed=1))
    concrete = draw.get_concrete_function(tf.TensorSpec([None, None]))
    for shape in ((7, 4), (3, 5)):
        drawn = concrete(tf.zeros(shape)).numpy()
        assert drawn.shape == shape and drawn.min() >= 2 and drawn.max() < 3
        assert len(np.unique(drawn)) == drawn.size


def test_what_is_returned_for_an_unknown_rank_is_not_known():
    made = tf.function(lambda x: x).get_concrete_function(tf.TensorSpec(None))
    with pytest.raises(ValueError, match="depends on ranks"):
        _ = made.output_shapes


def test_sizes_of_one_name_must_be_equal():
    made = tf.function(lambda x, y: x + y, reduce_retracing=True)
    for n in (2, 3):
        made(tf.ones([n, 3]), tf.ones([n, 3]))
    concrete = made.get_concrete_function(tf.TensorSpec([None, 3]), tf.TensorSpec([None, 3]))
    with pytest.raises(ValueError, match="must be equal"):
        concrete(tf.ones([2, 3]), tf.ones([1, 3]))
    assert made(tf.ones([2, 3]), tf.ones([1, 3])).shape == (2, 3)  # traced for itself


@pytest.mark.parametrize("soon, most", [(False, 6), (True, 2)])
def test_a_function_is_traced_once_more_for_all_sizes(soon, most):
    def loss(x, y):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.reduce_mean((tf.reduce_sum(tf.tanh(x), -1) - y) ** 2)
        return value, tape.gradient(value, x)

    made, traces = counted(loss, reduce_retracing=soon)
    rng = np.random.default_rng(0)
    for n in (3, 8, 1, 2, 5, 13, 21, 34, 55, 4):
        x, y = rng.standard_normal((n, 6)), rng.standard_normal(n)
        same_as_eager(loss, made, x.astype(np.float32), y.astype(np.float32))
    assert len(traces) == most
    assert "float32[b, 6], float32[b]" in made.explain()


def test_what_sizes_do_not_decide_is_traced_for_each_and_told():
    def odd(x):
        return tf.squeeze(x) if x.shape[0] is not None else tf.squeeze(x, axis=None)

    made, _ = counted(odd, reduce_retracing=True)
    for n in (3, 1, 4, 2):
        same_as_eager(odd, made, np.ones((n, 2), np.float32))
    text = made.explain()
    assert "for each shape of its own, since whether" in text and "test_open_sizes.py" in text


def test_tf_shape_stays_known_to_shapes():
    def pairs(x):
        s = tf.shape(x)
        flat = tf.reshape(x, [s[0] * s[1], s[2]])
        back = tf.reshape(flat, tf.stack([s[0], -1, s[2]]))
        grid = tf.zeros([s[1], s[0]]) + tf.cast(tf.range(s[0]), tf.float32)
        return flat, back, grid, tf.fill(s[:2], 2.0), tf.size(x), tf.eye(3), tf.one_hot([0], s[1])

    made, traces = counted(pairs, reduce_retracing=True)
    for shape in ((2, 3, 4), (5, 2, 4), (1, 1, 4), (4, 9, 4)):
        same_as_eager(pairs, made, np.arange(np.prod(shape), dtype=np.float32).reshape(shape))
    assert len(traces) == 2 and made.get_concrete_function(tf.TensorSpec([None, None, 4]))


def test_sizes_are_computed_with_as_integers():
    def parts(x):
        n = tf.shape(x)[0]
        return [tf.zeros([m]) for m in (n // 2, (n + 1) // 2, n % 3, 2 * n - n, 7 // (n + 1))]

    traced = tf.function(parts).get_concrete_function(tf.TensorSpec([None]))
    for n in (5, 8):
        want = [n // 2, (n + 1) // 2, n % 3, n, 7 // (n + 1)]
        assert [len(part) for part in traced(tf.zeros([n]))] == want


def test_quotients_of_sizes_are_sizes():
    def halves(x):
        half = tf.shape(x) // 2
        wide = tf.broadcast_dynamic_shape(tf.shape(x), [1, 8])
        eyes = tf.eye(tf.shape(x)[0]), tf.eye(3, half[0], dtype="int32")
        return (
            x[: half[0]],
            tf.broadcast_to(1.0, wide),
            *eyes,
            tf.range(half[1]),
            tf.zeros(half),
            tf.zeros([tf.shape(x)[1] // 3]),
        )

    made, traces = counted(halves, reduce_retracing=True)
    for rows in (4, 7, 2, 9):
        same_as_eager(halves, made, np.ones((rows, 8), np.float32))
    assert len(traces) == 2
    shapes = [tuple(o.shape) for o in made(np.ones((4, 8), np.float32))]
    assert shapes == [(2, 8), (4, 8), (4, 4), (3, 2), (4,), (2, 4), (2,)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_results_sized_by_data_stay_in_the_graph(backend, monkeypatch):
    monkeypatch.setenv("TENSORBROOK_BACKEND", backend)
    found = lambda x: (  # noqa: E731
        tf.boolean_mask(x, x > 0) * 2.0,
        tf.where(x > 0),
        tf.unique(tf.cast(x, "int32")),
        tf.reduce_sum(tf.cast(tf.range(tf.reduce_sum(tf.cast(x > 0, "int32"))), "float32")),
    )
    made, traces = counted(found)
    for values in ([1.0, -2.0, 3.0], [-1.0, -1.0, -1.0], [5.0, 5.0, 6.0]):
        same_as_eager(found, made, np.array(values, np.float32))
    assert len(traces) == 1 and "eagerly" not in made.explain()


def test_the_gradient_of_a_mask_is_that_of_tensorflow():
    @tf.function
    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(tf.boolean_mask(x, x > 1.0) ** 2)
        return tape.gradient(y, x)

    assert gradient(tf.constant([3.0, 0.5, 2.0])).numpy().tolist() == [6.0, 0.0, 4.0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_tape_outside_sees_results_sized_by_data(backend, monkeypatch):
    monkeypatch.setenv("TENSORBROOK_BACKEND", backend)
    chosen = lambda x: tf.reshape(tf.boolean_mask(x, x > 1.0), [-1, 1])  # noqa: E731
    total, x = tf.function(lambda x: tf.reduce_sum(chosen(x) ** 2)), tf.constant([3.0, 0.5, 2.0])
    total(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = total(x)
    assert float(y) == 13.0 and tape.gradient(y, x).numpy().tolist() == [6.0, 0.0, 4.0]


def test_strings_leave_the_rest_of_a_graph_native():
    made = tf.function(lambda s, x: (s + "!", tf.exp(x) * 2.0))
    text, numbers = made(tf.constant(["a", "b"]), tf.constant([0.0]))
    assert text.numpy().tolist() == [b"a!", b"b!"] and numbers.numpy().tolist() == [2.0]


def pooled(x, padding="SAME"):
    x = tf.nn.conv2d(x, tf.ones([3, 3, 2, 4]), 2, padding)
    x = tf.nn.max_pool2d(x, 2, 2, padding)
    return tf.nn.avg_pool2d(x, 2, 1, padding)


def test_pooling_leaves_the_sizes_of_pictures_open():
    made, traces = counted(pooled, input_signature=[tf.TensorSpec([None, None, None, 2])])
    for shape in ((1, 16, 13, 2), (2, 14, 23, 2)):
        same_as_eager(pooled, made, np.random.normal(size=shape).astype("float32"))
    assert len(traces) == 1


def test_what_is_exported_is_traced_as_for_large_sizes():
    made = open_function(lambda x: pooled(x, "VALID"), [tf.TensorSpec([None, None, None, 2])])
    assert [str(d) for d in made.graph.inputs[0].shape] == ["batch", "axis1_0", "axis2_0", "2"]
    two = [tf.TensorSpec([None]), tf.TensorSpec([None])]
    assert str(open_function(lambda x, y: x + y, two).graph.outputs[0].shape) == "(batch,)"
    with pytest.raises(ValueError, match="whether batch - 7 == 0 depends on sizes"):
        open_function(lambda x: tf.concat([x, tf.ones([7, 1])], 1), [tf.TensorSpec([None, 2])])


def test_a_concrete_function_of_unknown_rank_or_of_sizes_that_meet():
    double = tf.function(lambda x, times=2: x * times)
    made = double.get_concrete_function(tf.TensorSpec(None, tf.float32, name="q"))
    assert float(made(3.0)) == float(made(q=tf.constant(3.0))) == 6.0
    assert made(x=tf.ones([2, 1])).shape == (2, 1)
    assert made.inputs[0].shape.rank is None
    with pytest.raises(ValueError, match="signature takes"):
        made(tf.constant(1))
    spec = tf.TensorSpec([None, None])
    product = tf.function(tf.matmul).get_concrete_function(spec, b=spec)
    assert product(tf.ones([2, 3]), tf.ones([3, 4])).shape == (2, 4)
    assert product(b=tf.ones([1, 4]), a=tf.ones([5, 1])).shape == (5, 4)
