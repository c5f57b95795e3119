"""Derivatives along directions, tf.gradients, tf.hessians: against closed forms and differences."""

import numpy as np
import pytest

import tensorbrook as tf

X = np.array([0.3, -1.2, 2.0])
V = np.array([1.0, -0.5, 2.0])


def jvp(function, x, v):
    with tf.autodiff.ForwardAccumulator(x, v) as accumulator:
        y = function(x)
    return accumulator.jvp(y)


def cubes(x):
    return x**3 + tf.reduce_sum(x)


def test_derivative_along_a_direction():
    x, v = tf.constant(X), tf.constant(V)
    np.testing.assert_allclose(jvp(cubes, x, v), 3 * X**2 * V + V.sum())
    np.testing.assert_allclose(tf.function(jvp)(cubes, x, v), 3 * X**2 * V + V.sum())
    np.testing.assert_allclose(jvp(tf.function(cubes), x, v), 3 * X**2 * V + V.sum())


def test_within_and_after_the_scope_and_of_structures():
    x, w = tf.constant(X), tf.Variable(2.0, dtype=tf.float64)
    with tf.autodiff.ForwardAccumulator((x, w), (tf.constant(V), 3.0)) as accumulator:
        y = x * w
        first = accumulator.jvp(y)
        z = tf.sin(y)
    np.testing.assert_allclose(first, 2 * V + 3 * X)
    found = accumulator.jvp({"z": z, "x": x, "n": tf.constant(1.0)})
    np.testing.assert_allclose(found["z"], np.cos(2 * X) * (2 * V + 3 * X))
    np.testing.assert_allclose(found["x"], V)
    assert found["n"] is None
    assert accumulator.jvp(tf.constant(1.0), unconnected_gradients="zero") == 0.0


def test_any_order_of_forward_and_reverse():
    x, v = tf.constant(X), tf.constant(V)
    with tf.autodiff.ForwardAccumulator(x, v) as accumulator:  # forward over reverse
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(cubes(x))
        gradient = tape.gradient(y, x)
    np.testing.assert_allclose(accumulator.jvp(gradient), 6 * X * V)
    with tf.GradientTape() as tape:  # reverse over forward
        tape.watch(x)
        y = tf.reduce_sum(jvp(cubes, x, v))
    np.testing.assert_allclose(tape.gradient(y, x), 6 * X * V)
    twice = jvp(lambda x: jvp(cubes, x, v), x, v)  # forward over forward
    np.testing.assert_allclose(twice, 6 * X * V**2)
    for kind in (lambda: tf.autodiff.ForwardAccumulator(x, v), tf.GradientTape):
        with kind() as outer:  # derivatives that are asked for after all scopes
            if kind is tf.GradientTape:
                outer.watch(x)
            with tf.autodiff.ForwardAccumulator(x, v) as inner:
                y = cubes(x)
        along = inner.jvp(y)
        found = outer.gradient(along, x) * V if kind is tf.GradientTape else outer.jvp(along)
        np.testing.assert_allclose(found, 6 * X * V**2)
    rows = tf.vectorized_map(lambda v: jvp(cubes, x, v), tf.eye(3, dtype=tf.float64))
    np.testing.assert_allclose(rows, np.diag(3 * X**2) + 1)


def test_complex_numbers():
    z, v = tf.constant([1 + 2j, 3 - 1j]), tf.constant([1j, 2 + 1j])
    np.testing.assert_allclose(jvp(lambda z: z * z, z, v), 2 * z.numpy() * v.numpy())
    np.testing.assert_allclose(jvp(tf.math.conj, z, v), np.conj(v))
    np.testing.assert_allclose(jvp(tf.math.real, z, v), np.real(v))
    np.testing.assert_allclose(
        jvp(lambda x: tf.complex(x, 2 * x), tf.constant([1.0]), tf.constant([3.0])), [3 + 6j]
    )


def test_gradients_by_a_constant_of_a_function():
    @tf.function
    def slope():
        x = tf.constant(3.0)
        if tf.executing_eagerly():  # as libraries for both modes ask
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = x * x
            return tape.gradient(y, x)
        return tf.gradients(x * x, x)[0]

    with pytest.warns(UserWarning, match="tf.gradients of what was computed before"):
        assert slope() == 6.0


def test_gradients_in_a_function():
    w = tf.Variable([1.0, 2.0])

    @tf.function
    def both(x):
        y = w * x**2
        first = tf.gradients(y, [x, w], grad_ys=tf.constant([1.0, 10.0]))
        second = tf.gradients(first[0], x)
        none = tf.gradients(y, tf.constant(1.0))
        assert none == [None]
        zero = tf.gradients(y, tf.constant(1.0), unconnected_gradients="zero")
        stopped = tf.gradients(y * tf.reduce_sum(y), x, stop_gradients=[y])
        return first, second, zero, stopped[0] is None, tf.hessians(tf.reduce_sum(y * x), [x, w])

    first, second, zero, cut, (by_x, by_w) = both(tf.constant([3.0, 4.0]))
    np.testing.assert_allclose(first[0], [6, 160])
    np.testing.assert_allclose(first[1], [9, 160])
    np.testing.assert_allclose(second[0], [2, 40])
    assert zero[0] == 0.0 and cut
    np.testing.assert_allclose(by_x, np.diag([18, 48]))
    np.testing.assert_allclose(by_w, np.zeros([2, 2]))


def test_gradients_in_a_layer_of_a_model():
    x = tf.keras.Input((2,))
    y = tf.keras.layers.Dense(1, kernel_initializer="ones")(x)
    slope = tf.keras.layers.Lambda(
        lambda pair: tf.gradients(*pair, unconnected_gradients="zero")[0]
    )([y**2, x])
    assert slope.shape == (None, 2)
    found = tf.keras.Model(x, slope).predict(np.array([[1.0, 2.0]]), verbose=0)
    np.testing.assert_allclose(found, [[6.0, 6.0]])


@pytest.mark.parametrize(
    ("call", "fault", "match"),
    [
        (lambda: tf.gradients(1.0, 1.0), RuntimeError, "GradientTape"),
        (lambda: tf.hessians(1.0, 1.0), RuntimeError, "GradientTape"),
        (lambda: tf.autodiff.ForwardAccumulator(tf.ones(2), tf.ones(3)), ValueError, "tangent"),
        (lambda: jvp(cubes, tf.ones(2), [tf.ones(2)]), ValueError, "structure"),
    ],
)
def test_wrong_calls(call, fault, match):
    with pytest.raises(fault, match=match):
        call()


def test_jacobians_walk_back_once_for_all_elements():
    x, w = tf.constant(X), tf.Variable(V)
    unused = tf.Variable(1.0)

    def values(x):
        return tf.stack([tf.reduce_sum(x * w), x[0] * x[1], tf.sin(x[2])])

    want = [V, [X[1], X[0], 0], [0, 0, np.cos(X[2])]]
    for at_once in (True, False):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = values(x)
        by_x, by_w, none = tape.jacobian(y, [x, w, unused], experimental_use_pfor=at_once)
        np.testing.assert_allclose(by_x, want)
        np.testing.assert_allclose(by_w, [X, 0 * X, 0 * X])
        assert none is None
        rows = tf.constant(np.stack([X, 2 * X]))
        with tf.GradientTape() as tape:
            tape.watch(rows)
            y = tf.stack([rows[:, 0] ** 2, rows[:, 1] * rows[:, 2]], 1)
        found = tape.batch_jacobian(y, rows, experimental_use_pfor=at_once)
        np.testing.assert_allclose(found[0], [[2 * X[0], 0, 0], [0, X[2], X[1]]])
        np.testing.assert_allclose(found[1], 2 * found[0].numpy())


def test_a_jacobian_of_an_unknown_size():
    @tf.function(input_signature=[tf.TensorSpec([None])])
    def squares(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = x * x
        return tape.jacobian(y, x)

    np.testing.assert_allclose(squares(tf.constant([1.0, 3.0])), [[2, 0], [0, 6]])
    np.testing.assert_allclose(squares(tf.constant([2.0])), [[4]])


def test_gradients_of_jacobians_and_of_maps_of_what_is_computed_within():
    x = tf.Variable([1.0, 2.0, 3.0], dtype=tf.float64)

    def size(at_once):
        with tf.GradientTape() as tape:
            y = x**3 * tf.reduce_sum(x)
        return tf.reduce_sum(tape.jacobian(y, x, experimental_use_pfor=at_once) ** 2)

    found = []
    for at_once in (True, False):
        for function in (size, tf.function(size)):
            with tf.GradientTape() as outer:
                value = function(at_once)
            found.append(outer.gradient(value, x).numpy())
    np.testing.assert_allclose(found, [[13734, 26064, 66186]] * 4)
    w = tf.constant([0.5, 1.0])
    with tf.GradientTape() as tape:
        tape.watch(w)
        rows = tf.vectorized_map(lambda a: a * tf.exp(w) + tf.square(w), tf.constant([1.0, 2.0]))
    want = 3 * np.exp(w) + 4 * w.numpy()
    np.testing.assert_allclose(tape.gradient(rows, w), want, rtol=1e-6)


def test_a_target_among_the_sources_has_a_gradient_watched_or_not():  # TensorFlow's figures
    x, y = tf.ones(3), tf.constant([2.0])
    with tf.GradientTape() as tape:
        z = x * 2
    gradients = tape.gradient([z, x], [x, z, y])
    assert [g is None for g in gradients] == [False, False, True]
    np.testing.assert_array_equal(gradients[:2], np.ones((2, 3)))


def test_a_method_with_a_gradient_of_its_own():
    class Scaled:
        factor = tf.constant(3.0)

        @tf.custom_gradient
        def call(self, x):
            return x * self.factor, lambda upstream: upstream * 10.0

    x = tf.Variable(2.0)
    for method in (Scaled().call, tf.function(Scaled().call)):
        with tf.GradientTape() as tape:
            y = method(x)
        assert (y.numpy(), tape.gradient(y, x).numpy()) == (6.0, 10.0)


def test_rows_of_a_variable_get_one_number():
    v = tf.Variable(tf.zeros([3, 2]))

    @tf.function
    def put(rows):
        return v.scatter_update(tf.IndexedSlices(tf.constant(2.0), rows)).op

    put(tf.constant([0, 2]))
    assert v.numpy().tolist() == [[2, 2], [0, 0], [2, 2]]
