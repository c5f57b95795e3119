"""What changes, as an argument of tf.function: variables and iterators. The figures are
TensorFlow's, but for a variable that is both given and used, where it is those of eager code."""

import numpy as np
import pytest

import tensorbrook as tf


def test_one_trace_serves_variables_of_one_shape_and_dtype():
    @tf.function
    def f(a, b):
        a.assign_add(1)
        return a + b

    v, w = tf.Variable(1), tf.Variable(10)
    assert [int(f(v, w)), int(f(w, v)), int(v), int(w)] == [12, 13, 2, 11]
    assert f.experimental_get_tracing_count() == 1
    assert int(f(v, v)) == 6  # one variable twice is another pattern
    f(tf.Variable(1.0), tf.Variable(2.0))
    assert f.experimental_get_tracing_count() == 3


def test_a_variable_that_is_given_and_used_besides():
    v, w = tf.Variable(3), tf.Variable(11)

    @tf.function
    def f(a):
        v.assign_add(1)
        return a + v

    assert [int(f(x)) for x in (v, w, v, w)] == [8, 16, 12, 18]


def test_gradients_with_respect_to_variables_given():
    @tf.function
    def inside(a):
        with tf.GradientTape() as tape:
            y = a * a
        return tape.gradient(y, a)

    @tf.function
    def square(a):
        return a * a

    v, w = tf.Variable(3.0), tf.Variable(7.0)
    assert float(inside(v)) == 6 and float(inside(w)) == 14
    for x in (v, w):
        with tf.GradientTape() as tape:
            y = square(x)
        assert float(tape.gradient(y, x)) == 2 * float(x)
    assert inside.experimental_get_tracing_count() == square.experimental_get_tracing_count() == 1
    assert float(square.get_concrete_function(v)(tf.Variable(8.0))) == 64


def test_variables_in_structures():
    @tf.function
    def f(pair):
        pair["a"].assign(pair["b"] * 2)
        return pair["a"]

    for start in (1.0, 5.0):
        pair = {"a": tf.Variable(0.0), "b": tf.Variable(start)}
        assert float(f(pair)) == float(pair["a"]) == 2 * start
    assert f.experimental_get_tracing_count() == 1


def test_one_trace_serves_iterators_of_one_element_spec():
    @tf.function
    def f(iterator):
        return next(iterator)

    first, second = (iter(tf.data.Dataset.from_tensor_slices(x)) for x in ([1, 2], [5, 6]))
    assert [int(f(x)) for x in (first, second, first, second)] == [1, 5, 2, 6]
    assert f.experimental_get_tracing_count() == 1
    with pytest.raises(tf.errors.OutOfRangeError, match="End of sequence"):
        f(first)


def test_an_iterator_of_outside():
    iterator = iter(tf.data.Dataset.from_tensor_slices({"a": [1, 2, 3], "b": [1.0, 2.0, 3.0]}))
    f = tf.function(lambda: (next(iterator)["a"], iterator.get_next()["b"]))
    assert [float(x) for x in f()] == [1, 2] and int(next(iterator)["a"]) == 3


def test_an_iterator_in_a_loop():
    v = tf.Variable(0, dtype=tf.int64)

    @tf.function
    def f(iterator):
        for _ in tf.range(3):
            v.assign_add(next(iterator))

    iterator = iter(tf.data.Dataset.range(10))
    f(iterator), f(iterator)
    assert int(v) == 15 and int(next(iterator)) == 6


def test_slices_of_variables_are_assigned_to_at_indices_known_when_it_runs():
    v = tf.Variable(np.zeros((2, 3), "float32"))

    @tf.function
    def f(i, x):
        v[i, 1:].assign(x)
        v[0, 0].assign(7.0)
        return v[:, i]

    assert f(tf.constant(-1), tf.constant([1.0, 2.0])).numpy().tolist() == [0, 2]
    assert v.numpy().tolist() == [[7, 0, 0], [0, 1, 2]]
    assert f.experimental_get_tracing_count() == 1
    with pytest.raises(TypeError, match=r"slice of 'Variable:0'.*'a'"):
        v[0].assign("a")


@pytest.mark.parametrize("i, j", [(0, 1), (-1, -2)])
def test_indices_that_are_tensors_of_a_trace(i, j):
    a = np.arange(24).reshape(2, 3, 4)

    @tf.function
    def f(x, i, j):
        return x[i], x[i, j], x[..., i], x[1, ..., i], x[:, j, None], x[None, i, -1, j], x[i, ::2]

    got = f(a, tf.constant(i), tf.constant(j))
    want = a[i], a[i, j], a[..., i], a[1, ..., i], a[:, j, None], a[None, i, -1, j], a[i, ::2]
    for g, w in zip(got, want):
        np.testing.assert_array_equal(g, w)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"gather.*\[0, 2\)"):
        f(a, tf.constant(2), tf.constant(0))


def test_an_iterator_whose_elements_differ_in_size():
    @tf.function
    def f(iterator):
        return 2 * next(iterator)

    iterator = iter(tf.data.Dataset.range(5).batch(2))
    assert [f(iterator).numpy().tolist() for _ in range(3)] == [[0, 2], [4, 6], [8]]
    assert f.experimental_get_tracing_count() == 1


def test_a_concrete_function_makes_variables_of_what_no_argument_decides():
    class Linear(tf.Module):
        @tf.function
        def __call__(self, x):
            if not hasattr(self, "w"):
                self.w = tf.Variable(tf.random.normal([x.shape[-1], 2]) * tf.sqrt(2.0))
            return x @ self.w

    tf.random.set_seed(1)
    linear = Linear()
    concrete = linear.__call__.get_concrete_function(tf.TensorSpec([None, 3]))
    np.testing.assert_allclose(
        concrete(tf.ones([1, 3])), [[0.08981121, -2.059472]], rtol=1e-5
    )  # TF
    assert concrete.output_shapes == [None, 2] and concrete.output_dtypes == tf.float32
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"takes float32\[.*3\], got int32"):
        concrete(tf.ones([1, 3], tf.int32))
    of_argument = tf.function(lambda x: tf.Variable(x + 1.0))
    with pytest.raises(ValueError, match="initial value is computed inside"):
        of_argument.get_concrete_function(tf.TensorSpec([]))


def test_texts_that_a_function_returns_are_tensors():
    found = tf.function(lambda x: ("a", None, x))(1)
    assert found[0].numpy() == b"a" and found[1] is None


def test_an_argument_may_say_its_trace_type():
    class Kind(tf.types.experimental.TraceType):
        def is_subtype_of(self, other):
            return other == self

        def most_specific_common_supertype(self, others):
            return self

        def placeholder_value(self, placeholder_context):
            return None

        def __eq__(self, other):
            return isinstance(other, Kind)

        def __hash__(self):
            return 1

    class Thing:
        def __tf_tracing_type__(self, context):
            return Kind()

    f = tf.function(lambda thing: tf.constant(1))
    f(Thing())
    f(Thing())
    assert f.experimental_get_tracing_count() == 1


def test_a_concrete_function_finds_its_arguments_by_parameter():
    def f(x, scale, a, b=True):
        return (x - a[0]) * scale if b else x

    one, spec = tf.constant(1.0), tf.TensorSpec([], tf.float32)
    for made in (
        tf.function(f).get_concrete_function(one, 2, [one]),
        tf.function(f).get_concrete_function(a=[spec], x=spec, scale=2),
    ):
        calls = [
            ((5.0, 2, [1.0]), {}),
            ((), {"a": [1.0], "x": 5.0}),
            ((5.0,), {"a": [1.0], "b": True}),
        ]
        calls += [((tf.constant(5.0), one), {}), ((5.0,), {"a": 1.0})]
        assert [float(made(*args, **kwargs)) for args, kwargs in calls] == [8.0] * 5
        for args in ((5.0, 3, [1.0]), (5.0, 2, [1.0], False), (5.0,), (5.0, 2, 1.0)):
            with pytest.raises(TypeError, match="Binding inputs to"):
                made(*args)


def test_tensors_of_a_concrete_function_by_the_names_of_their_specs():
    @tf.function
    def f(pair, *rest, **more):
        return pair[0] - pair[1] + 10 * rest[0] + more["z"]

    spec = tf.TensorSpec([], tf.float32)
    made = f.get_concrete_function((spec, spec), tf.TensorSpec([], name="q"), z=spec)
    assert float(made(pair=1.0, z=4.0, q=3.0, pair_1=2.0)) == 33.0
    assert float(made(1.0, 2.0, 3.0, 4.0)) == float(made((1.0, 2.0), 3.0, z=4.0)) == 33.0


def test_defaults_fill_an_input_signature():
    signature = [tf.TensorSpec([], tf.float32), tf.TensorSpec([], tf.bool)]

    @tf.function(input_signature=signature)
    def f(x, up=True):
        return x if up else -x

    assert [float(y) for y in (f(2.0), f(2.0, up=False), f(x=2.0))] == [2.0, -2.0, 2.0]
    with pytest.raises(TypeError, match="missing a required argument: 'x'"):
        f()
    with pytest.raises(TypeError, match="not a callable"):
        tf.function(1)


def test_a_spec_is_no_tensor_to_call_with():
    f = tf.function(lambda x: x + 1.0)
    for given in (tf.TensorSpec([1]), [tf.TensorSpec([1])]):
        with pytest.raises(ValueError, match="get_concrete_function"):
            f(given)
    assert f.get_concrete_function(tf.TensorSpec([1]))(tf.ones([1])).numpy() == [2.0]
