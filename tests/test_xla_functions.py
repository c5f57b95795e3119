"""Functions compiled by XLA: parts, the host's share, control flow, sizes, training."""

import numpy as np
import pytest

import tensorbrook as tf

jax = pytest.importorskip("jax")


@pytest.fixture(autouse=True)
def on_xla(monkeypatch):
    monkeypatch.setenv("TENSORBROOK_BACKEND", "xla")


def test_strings_run_between_programs():
    @tf.function
    def f(x):
        words = tf.strings.as_string(tf.cast(x * 2, tf.int32))
        return tf.strings.length(words) + 1, words

    lengths, words = f(tf.constant([1.0, 50.0, 7.0]))
    assert lengths.numpy().tolist() == [2, 4, 3] and words.numpy().tolist() == [b"2", b"100", b"14"]
    told = tf.function(f).get_concrete_function(tf.constant([1.0])).explain()
    assert "on NumPy: as_string, since it works on strings" in told and "XLA: a program" in told


def test_sizes_that_data_tell_are_found_between_programs():
    @tf.function
    def f(x):
        kept = tf.boolean_mask(x, x > 0) * 2
        values, places = tf.unique(tf.cast(kept, tf.int32))
        return kept, tf.reduce_sum(values), tf.shape(places)

    for x in ([1.0, -1.0, 3.0, 1.0], [2.0, 2.0, -7.0, -1.0]):
        found, total, size = f(tf.constant(x))
        wished = [2 * v for v in x if v > 0]
        assert found.numpy().tolist() == wished and int(total) == sum(set(wished))
        assert size.numpy().tolist() == [len(wished)]


def test_rounds_over_a_data_set_run_between_programs():
    data = tf.data.Dataset.range(4).map(lambda i: tf.cast(i, tf.float32))

    @tf.function
    def f(x):
        x = x * 2
        for row in data:
            x += row * tf.sin(x)
        return x * 2

    x = wished = np.array([0.5, 1.5])
    wished = wished * 2
    for i in range(4):
        wished = wished + i * np.sin(wished)
    np.testing.assert_allclose(f(tf.constant(x, tf.float32)), wished * 2, rtol=1e-5)


def test_what_has_no_rule_runs_on_the_host_in_full_precision():
    f = tf.function(lambda x: tf.math.special.bessel_j0(tf.math.special.dawsn(x) + 1))
    x = np.array([0.3, 1.7])
    assert f(x).numpy().dtype == np.float64
    eager = tf.math.special.bessel_j0(tf.math.special.dawsn(x) + 1)
    np.testing.assert_allclose(f(x), eager, rtol=1e-15)
    assert "on the host: bessel_j0, dawsn" in f.get_concrete_function(x).explain()


def test_assertions_raise_their_own_error_and_leave_variables_alone():
    v = tf.Variable(1.0)

    @tf.function
    def f(x):
        tf.debugging.assert_positive(x, "only positive ones")
        v.assign_add(tf.reduce_sum(x))

    f(tf.constant([1.0, 2.0]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="only positive ones"):
        f(tf.constant([1.0, -2.0]))
    assert float(v) == 4
    f(tf.constant([1.0, 2.0]))
    assert float(v) == 7


@pytest.mark.parametrize("rounds", [0, 1, 2, 7, 20])
def test_gradient_of_a_loop_of_unknown_length(rounds):
    def run(x, n):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y, i = x, 0
            while i < n:
                y, i = tf.sin(y) * x + 0.1 * y, i + 1
        return y, tape.gradient(y, x)

    x = tf.constant([0.3, 0.9], tf.float64)
    for a, b in zip(tf.function(run)(x, tf.constant(rounds)), run(x, rounds)):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_branches_scans_and_custom_gradients():
    @tf.custom_gradient
    def double(x):
        return 2 * x, lambda g: 5 * g

    def run(x, flag):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = double(x) if flag else x * x
            y += tf.scan(lambda a, b: a * b, y)
        return tape.gradient(y, x)

    x, f = tf.constant([1.0, 2.0, 3.0]), tf.function(run)
    for flag in (True, False):
        np.testing.assert_allclose(f(x, tf.constant(flag)), run(x, flag), rtol=1e-6)


def test_each_size_has_a_program_and_few_are_kept():
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def f(x):
        return tf.reduce_sum(x) / tf.cast(tf.shape(x)[0], tf.float32)

    for size in (1, 2, 3, 2, 1):
        assert float(f(tf.range(size, dtype=tf.float32))) == (size - 1) / 2
    assert f.experimental_get_tracing_count() == 1


def test_the_same_seeds_give_tensorflows_numbers():
    @tf.function
    def f():
        seed = [1, 2]
        return [
            tf.random.stateless_uniform([5], seed), tf.random.stateless_normal([5], seed),
            tf.random.stateless_gamma([5], seed, 2.0), tf.random.stateless_poisson([5], seed, 3.0),
        ]  # fmt: skip

    got = f()
    tf.config.run_functions_eagerly(True)
    try:
        wished = f()
    finally:
        tf.config.run_functions_eagerly(False)
    for a, b in zip(got, wished):
        np.testing.assert_allclose(a, b, rtol=2e-6)


def test_a_model_learns_as_on_the_host(monkeypatch):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 4)).astype("float32")
    y = (x.sum(1) > 0).astype("int32")

    def losses():
        tf.keras.utils.set_random_seed(0)
        layers = tf.keras.layers
        model = tf.keras.Sequential([layers.Dense(8, "relu"), layers.Dropout(0.2), layers.Dense(2)])
        loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss, metrics=["accuracy"])
        return model.fit(x, y, batch_size=16, epochs=3, verbose=0).history

    found = losses()
    monkeypatch.setenv("TENSORBROOK_BACKEND", "reference")
    for name, curve in losses().items():
        np.testing.assert_allclose(found[name], curve, rtol=1e-4)


def test_names_of_tf_xla():
    double = tf.xla.experimental.compile(lambda x: {"twice": x + x, "none": None}, [3])
    assert [int(y) for y in double] == [6]
    with pytest.raises(RuntimeError, match="inside tf"), tf.xla.experimental.jit_scope():
        pass


def test_equal_greatest_elements_of_windows_in_3d_and_pieces_of_nothing(monkeypatch):
    x = tf.constant(np.random.default_rng(0).integers(0, 3, (1, 4, 5, 3, 2)).astype("float32"))

    def gradients(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.nn.max_pool3d(x, (2, 3, 1), (1, 2, 2), "SAME")
            loss = tf.reduce_sum(y * tf.cast(tf.reshape(tf.range(tf.size(y)), y.shape), y.dtype))
        return tape.gradient(loss, x), tf.signal.overlap_and_add(tf.zeros([2, 0, 4]), 2)

    found, nothing = tf.function(gradients)(x)
    monkeypatch.setenv("TENSORBROOK_BACKEND", "reference")
    np.testing.assert_allclose(found, gradients(x)[0], rtol=1e-6)
    assert nothing.shape == (2, 0)


def test_tangents_of_equal_greatest_elements_are_the_first_one_s():
    x = np.resize(np.float32([3, 1, 0, 2]), 35).reshape(1, 7, 5, 1)
    tangent = np.arange(35, dtype=np.float32).reshape(x.shape)

    @tf.function
    def derivative(x, tangent):
        with tf.autodiff.ForwardAccumulator(x, tangent) as accumulator:
            y = tf.nn.max_pool2d(x, (2, 2), (3, 2), "SAME")
        return accumulator.jvp(y)

    windows = [(slice(i, i + 2), slice(j, j + 2)) for i in (0, 3, 6) for j in (0, 2, 4)]
    first = [tangent[0, i, j].ravel()[x[0, i, j].argmax()] for i, j in windows]
    assert derivative(tf.constant(x), tf.constant(tangent)).numpy().ravel().tolist() == first


@pytest.mark.parametrize("is_constant", [True, False])
def test_integer_division_by_zero_is_that_of_xla_in_tensorflow(is_constant):
    # XLA folds constants: the process died of SIGFPE where both operands were some
    x, y = np.int32([5, -5, 0, 7, -(2**31)]), np.int32([0, 0, 0, -2, -1])

    @tf.function
    def f(*given):
        none = tf.reduce_sum(given[0][:0])  # 0, as XLA alone knows
        a, b = (none + x, none + y) if is_constant else given
        ways = tf.math.floordiv, tf.truncatediv, tf.math.floormod, tf.truncatemod
        return [way(a, b) for way in ways] + [tf.reduce_mean(a[:0])]

    quotients, truncated, modulo, rest, mean = f(tf.constant(x), tf.constant(y))
    assert quotients.numpy().tolist() == [-1, -2, -1, -4, -(2**31)]
    assert truncated.numpy().tolist() == [-1, -1, -1, -3, -(2**31)]
    assert modulo.numpy().tolist() == [5, -5, 0, -1, 0]
    assert rest.numpy().tolist() == [5, -5, 0, 1, 0] and int(mean) == 0
