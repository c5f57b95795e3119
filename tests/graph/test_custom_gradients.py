"""tf.custom_gradient wherever it stands: eager, in traces, branches, loops, from in- and outside.

The functions here claim a gradient that is not their own, so that using the ordinary one shows.
"""

import numpy as np
import pytest

import tensorbrook as tf


@tf.custom_gradient
def softplus(x):
    e = tf.exp(x)
    return tf.math.log(1.0 + e), lambda g: 7.0 * g * (1.0 - 1.0 / (1.0 + e))


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def in_branch(x):
    return tf.cond(x > 0.0, lambda: softplus(x), lambda: x)


def in_scan(x):
    for _ in tf.range(3):
        x = softplus(x)
    return x


def in_while(x):
    i = 0.0 * x
    while i < x:
        i += 10.0
        x = softplus(x)
    return x


def three_times(x):
    first, second, total = 1.0, 0.0, np.float64(x)
    for _ in range(3):
        slope, bend = 7.0 * sigmoid(total), 7.0 * sigmoid(total) * (1.0 - sigmoid(total))
        second = bend * first**2 + slope * second
        first, total = first * slope, np.log1p(np.exp(total))
    return first, second


ONCE = 7.0 * sigmoid(0.5), 7.0 * sigmoid(0.5) * sigmoid(-0.5)
CASES = {
    "plain": (softplus, ONCE),
    "called": (lambda x: tf.function(softplus)(x), ONCE),
    "branch": (in_branch, ONCE),
    "scan": (in_scan, three_times(0.5)),
    "while": (in_while, ONCE),
    "recomputed": (tf.recompute_grad(softplus), ONCE),
}


def derivatives(f, x):
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = f(x)
        g = inner.gradient(y, x)
    return g, outer.gradient(g, x)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("where", ["eager", "tape outside", "tape inside", "in another's trace"])
def test_first_and_second_derivatives_are_those_given(case, where):
    f, want = CASES[case]
    traced = tf.function(f)
    x = tf.constant(0.5, tf.float64)
    found = {
        "eager": lambda: derivatives(f, x),
        "tape outside": lambda: derivatives(traced, x),
        "tape inside": lambda: tf.function(lambda x: derivatives(f, x))(x),
        "in another's trace": lambda: tf.function(lambda x: derivatives(traced, x))(x),
    }[where]()
    np.testing.assert_allclose([g.numpy() for g in found], want, rtol=1e-12)
    assert "eagerly" not in traced.explain()


def test_what_is_run_only_does_without_the_node():
    traced = tf.function(softplus)
    assert traced(tf.constant(0.5)).numpy() == pytest.approx(np.log1p(np.exp(0.5)), rel=1e-6)
    (concrete,) = traced._traces.values()
    assert "custom_gradient" in concrete.graph_text()
    assert "custom_gradient" not in concrete.explain()[-1]


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "traced"])
def test_variables_have_the_gradients_given(wrap):
    w = tf.Variable(2.0)

    @tf.custom_gradient
    def scaled(x):
        def gradient(g, variables=None):
            assert [v is w for v in variables] == [True]
            return 10.0 * g * w, [100.0 * g * x]

        return x * w, gradient

    x, f = tf.constant(3.0), wrap(scaled)
    for value in (2.0, 5.0):
        w.assign(value)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = f(x)
        assert y.numpy() == 3.0 * value
        assert [g.numpy() for g in tape.gradient(y, [x, w])] == [10.0 * value, 300.0]


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "traced"])
def test_several_arguments_and_results(wrap):
    @tf.custom_gradient
    def both(x, n, y):
        return [x * y, n, x], lambda gx, gn, gy: (2.0 * gx + gy, None, 3.0 * gx)

    x, n, y = tf.constant([1.0, 2.0]), tf.constant([5, 6]), tf.constant([3.0, 4.0])
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        product, whole, same = wrap(both)(x, n, y)
        total = tf.reduce_sum(product) + 10.0 * tf.reduce_sum(same)
    assert whole.numpy().tolist() == [5, 6] and product.numpy().tolist() == [3.0, 8.0]
    found = tape.gradient(total, [x, y])
    assert [g.numpy().tolist() for g in found] == [[12.0, 12.0], [3.0, 3.0]]


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "traced"])
def test_a_gradient_that_fails_does_so_when_it_is_wanted(wrap):
    @tf.custom_gradient
    def only_forward(x):
        def gradient(g):
            raise RuntimeError("no gradient of this")

        return 2.0 * x, gradient

    @tf.custom_gradient
    def too_many(x):
        return 2.0 * x, lambda g: (g, g)

    x = tf.constant(3.0)
    assert wrap(only_forward)(x).numpy() == 6.0
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = wrap(only_forward)(x), wrap(too_many)(x)
    with pytest.raises(RuntimeError, match="no gradient of this"):
        tape.gradient(y, x)
    with pytest.raises(ValueError, match="expected to return 1 gradients, but returned 2"):
        tape.gradient(z, x)


def test_in_a_functional_keras_model_it_counts():
    inputs = tf.keras.Input((2,))
    model = tf.keras.Model(inputs, softplus(inputs))
    x = tf.constant([[0.5, -1.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = model(x)
    np.testing.assert_allclose(tape.gradient(y, x), 7.0 * sigmoid(x.numpy()), rtol=1e-6)


@pytest.mark.parametrize("wrap", [tf.recompute_grad, tf.keras.remat])
def test_variables_of_a_function_that_is_computed_again_have_gradients(wrap):
    layer = tf.keras.layers.Dense(3, kernel_initializer="ones")
    x = tf.ones([1, 2])  # which no tape watches
    layer.build((None, 2))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(wrap(layer)(x) ** 2)
    kernel, bias = tape.gradient(loss, layer.trainable_weights)  # TensorFlow's figures
    assert kernel.numpy().tolist() == [[4.0] * 3] * 2 and bias.numpy().tolist() == [4.0] * 3


@tf.custom_gradient
def of_nests(both, more):
    def gradient(g):
        return {"b": 3.0 * g, "a": (2.0 * g, None)}, 5.0 * g

    return both["a"][0] + both["b"] + more, gradient


class Scaled:
    @tf.custom_gradient
    def __call__(self, x):
        return x, lambda g: 7.0 * g

    @tf.custom_gradient
    def method(self, x):
        return x, lambda g: 9.0 * g


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function])
def test_arguments_may_be_nested_and_functions_methods(wrap):
    def gradients(both, more):
        with tf.GradientTape() as tape:
            tape.watch([both, more])
            y = of_nests(both, more)
        return tape.gradient(y, (both, more))

    one = tf.constant(1.0)
    both, more = wrap(gradients)({"a": (one, tf.constant(4.0)), "b": one + 1.0}, one + 2.0)
    assert both["a"][1] is None
    assert (float(both["a"][0]), float(both["b"]), float(more)) == (2.0, 3.0, 5.0)
    with tf.GradientTape() as tape:
        tape.watch(one)
        y = Scaled()(one) + Scaled().method(one)
    assert float(tape.gradient(y, one)) == 16.0
