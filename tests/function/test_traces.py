"""tf.function: when it traces, what it keeps, and what it runs eagerly."""

import gc
import warnings
import weakref

import numpy as np
import pytest

import tensorbrook as tf


def test_one_trace_a_signature():
    f = tf.function(lambda x: x * 2)
    for shape in ((2,), (2,), (3,), (2,)):
        f(tf.ones(shape))
    f(tf.ones((2,), tf.int32))
    assert f.experimental_get_tracing_count() == 3


def test_assignments_and_reads_keep_their_order():
    v = tf.Variable(1.0)

    @tf.function
    def f():
        before = v + 0.0
        v.assign_add(2.0)
        middle = v * 10.0
        v.assign(middle)
        return before, middle

    assert [float(t) for t in f()] == [1.0, 30.0]
    assert [float(t) for t in f()] == [30.0, 320.0]
    assert float(v) == 320.0


def test_gradients_do_not_pass_through_assignments():
    v = tf.Variable(3.0)

    def gradients(a):
        with tf.GradientTape() as tape:
            tape.watch(a)
            v.assign(v * v * a)
            loss = v * v * v
        return tape.gradient(loss, [v, a], unconnected_gradients="zero")

    for function in (gradients, tf.function(gradients)):
        v.assign(3.0)
        assert [float(g) for g in function(tf.constant(1.0))] == [3 * 9.0**2, 0.0]


@pytest.mark.parametrize("trainable", [True, False])
def test_gradients_around_a_function_do_not_pass_through_its_assignments(trainable):
    v = tf.Variable(3.0, trainable=trainable)

    @tf.function
    def f(a):
        before = v * a
        v.assign(v * v * a)
        return before + v * v * v

    a = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch([a, v])
        y = f(a)
    # TensorFlow's: by v what is read before and after, by a what is `before` alone
    assert [float(g) for g in tape.gradient(y, [v, a])] == [1.0 + 3 * 9.0**2, 3.0]
    assert float(y) == 3.0 + 9.0**3


def test_variables_are_made_on_the_first_call_only():
    class Owner:
        v = None

        @tf.function
        def once(self, x):
            if self.v is None:
                self.v = tf.Variable(tf.random.normal((2,)))
            return self.v * x

        @tf.function
        def always(self, x):
            return tf.Variable(1.0) * x

    owner = Owner()
    first = owner.once(tf.ones((2,)))
    np.testing.assert_array_equal(first, owner.once(tf.ones((2,))))
    with pytest.raises(ValueError, match="singleton"):
        owner.always(tf.constant(1.0))


def test_a_method_does_not_keep_its_object_alive():
    class Owner:
        @tf.function
        def method(self, x):
            return x + 1

    owner = Owner()
    owner.method(tf.constant(1))
    reference = weakref.ref(owner)
    del owner
    gc.collect()
    assert reference() is None


def test_what_cannot_be_traced_runs_eagerly_and_says_where():
    @tf.function
    def absolute(x):
        if x.numpy() > 0:
            return x
        return -x

    with pytest.warns(UserWarning, match="runs eagerly"):
        assert float(absolute(tf.constant(-3.0))) == 3.0
    assert float(absolute(tf.constant(2.0))) == 2.0
    assert __file__ in absolute.explain()


def _powers(x):
    product = tf.constant(1.0)
    for _ in tf.range(2):
        product = product * x
    return product


OUTSIDE = {  # functions of a number and a tensor from outside; TensorFlow's gradients at 3
    "alone": (lambda _, x: x * x, 6.0),
    "with an argument": (lambda a, x: a * x, 2.0),
    "in a loop": (lambda a, x: a * _powers(x), 12.0),
    "returned": (lambda _, x: x, 1.0),
    "computed before": (lambda a, x: x * 4.0 + a * x, 6.0),
}


@pytest.mark.parametrize(("function", "wanted"), OUTSIDE.values(), ids=OUTSIDE)
@pytest.mark.parametrize("traced_before", [False, True])
def test_gradients_by_what_a_function_takes_from_outside(function, wanted, traced_before):
    x, a = tf.constant(3.0), tf.constant(2.0)
    compiled = tf.function(lambda a: function(a, x))
    if traced_before:
        compiled(a)
    for _ in range(2):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = compiled(a)
        assert float(tape.gradient(y, x)) == wanted
    with tf.GradientTape() as tape:  # what is computed of it outside counts as well
        tape.watch(x)
        twice = 2.0 * x
        y = tf.function(lambda: twice * twice)()
    assert float(tape.gradient(y, x)) == 24.0


def test_gradients_within_a_function_by_what_it_takes_from_outside():
    x, w = tf.constant([3.0, 4.0]), tf.constant(2.0)

    @tf.function
    def gradients():
        with tf.GradientTape() as tape:
            tape.watch([x, w])
            y = tf.map_fn(lambda row: row * row * w, x)
        return tape.gradient(y, [x, w])

    by_x, by_w = gradients()
    assert by_x.numpy().tolist() == [12.0, 16.0] and float(by_w) == 25.0


def test_gradients_through_a_function_equal_the_eager_ones():
    w = tf.Variable([[1.0, -2.0]])

    def f(x):
        return tf.reduce_sum(tf.tanh(tf.matmul(w, x)) ** 2)

    x = tf.constant([[0.3], [0.7]])
    results = []
    for g in (f, tf.function(f)):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = g(x)
            dx = inner.gradient(y, x)
            total = tf.reduce_sum(dx**2)
        results.append((y, dx, *outer.gradient(total, [x, w])))
    for eager, traced in zip(*results):
        np.testing.assert_array_equal(eager, traced)


def test_input_signature_is_enforced():
    f = tf.function(lambda x: x + 1.0, input_signature=[tf.TensorSpec([None], tf.float32)])
    assert f([1, 2]).numpy().tolist() == [2.0, 3.0]
    with pytest.raises(TypeError, match="input_signature"):
        f(tf.ones((2, 2)))


def test_random_numbers_are_new_at_each_run():
    f = tf.function(lambda: tf.random.normal((4,)))
    assert not np.array_equal(f(), f())


@pytest.mark.parametrize(
    "use",
    [
        lambda x: x + 1,
        lambda x: x.numpy(),
        float,
        lambda x: 1 if x else 2,
        lambda x: tf.stack([x, x]),
        lambda x: tf.function(lambda y: y * x)(tf.constant(1.0)),
    ],
)
def test_a_tensor_that_leaked_out_of_a_trace_says_so(use):
    kept = []

    @tf.function
    def f(x):
        kept.append(2.0 * x)
        return x

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        f(tf.constant(1.0))
        with pytest.raises(TypeError, match="out of scope"):
            use(kept[0])
