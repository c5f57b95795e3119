"""Slices: an epoch of fit or evaluate on arrays as few calls of one program.

The oracle of a slice is the same training step by step, which a callback that wants to see each
batch brings about; that of the steps is NumPy, and TensorFlow's figures in tests/programs.
"""

import contextlib
import io

import numpy as np
import pytest
from fits import C, Each, W, X, Y, keras, layers, names_of_calls, network, state

import tensorbrook as tf
from tensorbrook.core.backend import host
from tensorbrook.keras.seeds import EpochOrder
from tensorbrook.keras.train import slices

native = pytest.mark.skipif(
    not host.backend.loops, reason="the reference backend goes step by step"
)


@pytest.fixture
def calls(monkeypatch):
    monkeypatch.setattr(slices, "SECONDS", 1e9)  # a slice takes all there is
    return names_of_calls(monkeypatch)


CASES = {
    "adam": ({}, {}),
    "in order": ({}, {"shuffle": False}),
    "within batches": ({}, {"shuffle": "batch"}),
    "momentum": ({"optimizer": keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True)}, {}),
    "rmsprop": ({"optimizer": "rmsprop", "metrics": ["mae", "mse"]}, {}),
    "weights": ({"weighted_metrics": ["mae"]}, {"sample_weight": W}),
    "clipped": ({"optimizer": keras.optimizers.Adam(0.01, clipnorm=0.5, use_ema=True)}, {}),
    "accumulated": ({"optimizer": keras.optimizers.Adam(gradient_accumulation_steps=3)}, {}),
    "steps": ({}, {"steps_per_epoch": 6, "epochs": 2}),
    "no full batch": ({}, {"batch_size": 300}),
    "validation": ({"metrics": ["mae"]}, {"validation_split": 0.3, "validation_freq": 2}),
    "later": ({}, {"initial_epoch": 1}),
}


def trained(options, arguments, callbacks=()):
    options = {
        k: type(v).from_config(v.get_config()) if k == "optimizer" and v != str(v) else v
        for k, v in options.items()
    }
    model = network(**options)
    arguments = {"batch_size": 16, "epochs": 3, "verbose": 0} | arguments
    history = model.fit(X, Y, callbacks=list(callbacks), **arguments).history
    return history, state(model)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_slices_give_the_bits_of_single_steps(case):
    assert trained(*case) == trained(*case, callbacks=[Each()])


def test_a_slice_of_batches_of_one_size_gives_nearly_the_same():
    """Its program knows the size, that of the single steps does not: sums differ in their order."""
    case = {}, {"batch_size": 203}
    (history, values), (expected, wanted) = trained(*case), trained(*case, callbacks=[Each()])
    np.testing.assert_allclose(history["loss"], expected["loss"], rtol=1e-6)
    for value, want in zip(values, wanted, strict=True):
        value, want = np.frombuffer(value, np.float32), np.frombuffer(want, np.float32)
        np.testing.assert_allclose(value, want, rtol=1e-4, atol=1e-6)


def test_dropout_draws_the_same_in_a_slice():
    def run(*callbacks):
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model = network(3, 0.5, loss=loss, metrics=["accuracy"])
        history = model.fit(X, C, 20, 4, verbose=0, callbacks=list(callbacks)).history
        return history, state(model), model.evaluate(X, C, 7, verbose=0)

    assert run() == run(Each())


def test_structures_of_arrays_of_any_layout():
    def run(*callbacks):
        keras.utils.set_random_seed(4)
        a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
        shared = layers.Concatenate()([a, b])
        outputs = {"u": layers.Dense(1, name="u")(shared), "v": layers.Dense(3, name="v")(shared)}
        model = keras.Model({"a": a, "b": b}, outputs)
        losses = {"u": "mse", "v": keras.losses.SparseCategoricalCrossentropy(from_logits=True)}
        model.compile("adam", losses, metrics={"u": "mae"})
        data = {"a": X[:, ::2], "b": np.asfortranarray(X[:, 1:3])}, {"u": Y[::-1], "v": C}
        history = model.fit(*data, batch_size=16, epochs=2, verbose=0, callbacks=list(callbacks))
        return history.history, state(model)

    assert run() == run(Each())


def halved(x):
    while tf.reduce_sum(tf.abs(x)) > 3.0:
        x = x * 0.5
    return x


def rolled(x):
    start = tf.zeros(tf.shape(x)[:1])
    return tf.transpose(tf.scan(lambda a, row: tf.tanh(a + row), tf.transpose(x), start))


def forked(x):
    return tf.cond(tf.reduce_sum(x) > 0, lambda: 2.0 * x, lambda: x - 1.0)


FUNCTIONS = {
    "on NumPy": lambda x: tf.cast(tf.cast(tf.sort(x), "float16"), "float32"),
    "while": halved,
    "scan": rolled,
    "cond": forked,
    "random": lambda x: x + tf.random.normal([6]),
    "bytes": lambda x: tf.cast(tf.cast(10.0 * tf.abs(x), "uint8"), "float32"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_steps_of_all_kinds_within_a_slice(name):
    class Applies(layers.Layer):
        def call(self, x):
            return FUNCTIONS[name](x)

    def run(*callbacks):
        keras.utils.set_random_seed(7)
        stack = [keras.Input((6,)), Applies(), layers.BatchNormalization(), layers.Dense(1)]
        model = keras.Sequential(stack)
        model.compile("adam", "mse", metrics=["mae"])
        history = model.fit(X, Y, 20, 2, verbose=0, callbacks=list(callbacks)).history
        assert callbacks or not host.backend.loops or None not in sliced(model)
        return history, state(model)

    assert run() == run(Each())


def sliced(model):
    """The programs of the model's slices, None where a loop could not hold a step."""
    (made,) = model._slices.values()
    return made._programs.values()


@pytest.mark.parametrize("kind", ["labels", "images", "flags", "words"])
def test_data_of_all_dtypes_within_a_slice(kind):
    data, inputs, act = {
        "labels": (C.astype(np.int64), keras.Input((), dtype="int64"), lambda x: tf.one_hot(x, 3)),
        "images": ((99 * np.abs(X)).astype(np.uint8), keras.Input((6,)), lambda x: x / 255.0),
        "flags": (X > 0, keras.Input((6,), dtype="bool"), lambda x: tf.cast(x, "float32")),
        "words": (
            np.where(X[:, :1] > 0, "yes", "no"),
            keras.Input((1,), dtype="string"),
            lambda x: tf.cast(tf.equal(x, "yes"), "float32"),
        ),
    }[kind]

    class Applies(layers.Layer):
        def call(self, x):
            return act(x)

    def run(*callbacks):
        keras.utils.set_random_seed(7)
        model = keras.Model(inputs, layers.Dense(1)(Applies()(inputs)))
        model.compile("adam", "mse")
        history = model.fit(data, Y, 20, 2, verbose=0, callbacks=list(callbacks)).history
        return history, state(model), model.evaluate(data, Y, verbose=0)

    assert run() == run(Each())


def test_fit_is_gradient_descent():
    """Oracle: the same few lines in NumPy, in float64."""
    keras.utils.set_random_seed(5)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1, use_bias=False)])
    w = model.get_weights()[0].astype(float)
    model.compile(keras.optimizers.SGD(0.05), "mse")
    history = model.fit(X, Y, batch_size=20, epochs=4, verbose=0, shuffle=False).history
    losses = []
    for _ in range(4):
        total = 0.0
        for start in range(0, 203, 20):
            x, y = X[start : start + 20].astype(float), Y[start : start + 20].astype(float)
            fault = x @ w - y
            total += (fault**2).sum()
            w = w - 0.05 * 2 * x.T @ fault / len(x)
        losses.append(total / 203)
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-5)
    np.testing.assert_allclose(model.get_weights()[0], w, rtol=1e-4, atol=1e-6)


@native
def test_an_epoch_is_one_call_and_one_for_the_rest(calls):
    model = network()
    model.fit(X, Y, batch_size=16, epochs=1, verbose=0)  # 12 full batches and a smaller one
    # one step that compiles, one that is timed, all the others
    assert calls == ["train_step_slice"] * 4
    calls.clear()
    model.fit(X, Y, batch_size=16, epochs=3, verbose=0, validation_data=(X[:32], Y[:32]))
    epoch = ["train_step_slice"] * 2  # the full batches, and the smaller one in the same program
    assert calls == [*epoch, "test_step_slice", "test_step_slice", *(epoch * 2)[:2],
                     "test_step_slice", *epoch, "test_step_slice"]  # fmt: skip
    calls.clear()
    model.evaluate(X[:160], Y[:160], batch_size=16, verbose=0)
    assert calls == ["test_step_slice"]
    assert int(model.optimizer.iterations) == 4 * 13


@native
def test_slices_are_as_long_as_the_time_allows(calls, monkeypatch):
    monkeypatch.setattr(slices, "SECONDS", 0.0)
    network().fit(X, Y, batch_size=16, epochs=2, verbose=0)
    assert calls == ["train_step_slice"] * 13 * 2


@native
def test_two_programs_serve_data_of_all_sizes(calls):
    model = network()
    for size in (16, 32, 203, 64, 48):
        model.fit(X[:size], Y[:size], batch_size=16, verbose=0)
    assert len(sliced(model)) == 2  # for batches of 16, and for those of any size
    assert model.make_train_function().experimental_get_tracing_count() == 1


@native
def test_more_data_than_the_program_was_made_for(calls, monkeypatch):
    """It is made for rows in a number that goes up by powers of two; each serves all up to it."""
    monkeypatch.setattr(slices, "_ROWS", 64)
    expected, model = network(), network()
    for size in (64, 32, 203, 129):
        model.fit(X[:size], Y[:size], batch_size=16, verbose=0)
        expected.fit(X[:size], Y[:size], batch_size=16, verbose=0, callbacks=[Each()])
    assert [rows for _, rows, _ in next(iter(model._slices.values()))._programs] == [64, 256]
    assert state(model) == state(expected)


def test_who_wants_to_see_each_batch_sees_it(calls):
    seen, model = [], network()

    class Bar(keras.callbacks.ProgbarLogger):
        def on_train_batch_end(self, batch, logs=None):
            seen.append(batch)

    beginning = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda b, _: seen.append(b))
    given = keras.callbacks.CallbackList([Bar()], model=model, epochs=1, verbose=0, steps=13)
    for callbacks in ([Bar()], [beginning], given):
        seen.clear()
        model.fit(X, Y, batch_size=16, verbose=0, callbacks=callbacks)
        assert seen == list(range(13))
    assert set(calls) == {"train_step"}


@native
def test_a_progress_bar_does_not_need_each_batch(calls):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        history = network().fit(X, Y, batch_size=16, verbose=1).history
    assert calls == ["train_step_slice"] * 4
    assert output.getvalue().startswith("13/13 ")
    assert f"loss: {history['loss'][0]:.4f}" in output.getvalue()


@native
@pytest.mark.parametrize("place", [0, 1, 60, 202])
def test_the_loss_is_watched_within_a_slice(calls, place):
    bad = Y.copy()
    bad[place] = np.nan
    batch = place // 16
    model = network()
    with pytest.warns(UserWarning, match=f"became nan at epoch 1, batch {batch + 1}:"):
        model.fit(X, bad, batch_size=16, epochs=2, verbose=0, shuffle=False)
    assert int(model.optimizer.iterations) == 26
    model = network()
    with contextlib.redirect_stdout(io.StringIO()), pytest.warns(UserWarning, match="became nan"):
        stop = [keras.callbacks.TerminateOnNaN()]
        model.fit(X, bad, batch_size=16, epochs=2, verbose=0, shuffle=False, callbacks=stop)
    assert int(model.optimizer.iterations) == batch + 1


@native
def test_no_slices_where_python_has_to_see_the_steps(calls):
    expected = trained({}, {})
    calls.clear()
    tf.config.run_functions_eagerly(True)
    try:
        eager = trained({}, {})
    finally:
        tf.config.run_functions_eagerly(False)
    assert not calls
    with tf.GradientTape():
        taped = trained({}, {})
    assert set(calls) == {"train_step"}
    for found in (eager, taped):
        np.testing.assert_allclose(found[0]["loss"], expected[0]["loss"], rtol=1e-5)


class Own(keras.Model):
    """A step of its own, with logs of many kinds."""

    def __init__(self, reads_values=False):
        super().__init__()
        self.reads_values, self.dense = reads_values, layers.Dense(1)
        self.mean = keras.metrics.Mean(name="mean")

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            noise = tf.random.normal(tf.shape(x), stddev=0.1)
            loss = tf.reduce_mean((self(x + noise) - y) ** 2)
        gradients = tape.gradient(loss, self.trainable_weights)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
        self.mean.update_state(loss)
        if self.reads_values:
            loss = tf.constant(loss.numpy())
        return {"mean": self.mean.result(), "both": tf.stack([loss, 2 * loss]), "loss": loss}


def own(*callbacks, **options):
    keras.utils.set_random_seed(6)
    model = Own(**options)
    model.compile("sgd")
    history = model.fit(X, Y, batch_size=20, epochs=2, verbose=0, callbacks=list(callbacks)).history
    return {k: np.array(v).tolist() for k, v in history.items()}, state(model)


def test_a_step_of_ones_own():
    expected = own()
    assert expected == own(Each())
    np.testing.assert_array_equal(expected[0]["both"], [[x, 2 * x] for x in expected[0]["loss"]])


def test_weights_made_by_the_first_step_cost_no_second_trace():
    model = Own()
    model.compile("sgd")
    for _ in range(2):
        model.fit(X, Y, batch_size=len(X), epochs=2, verbose=0)
    assert model.train_function.experimental_get_tracing_count() == 1


def test_layers_frozen_between_epochs_keep_their_weights():
    model = network()
    first, second = (layer for layer in model.layers if layer.weights)
    at_epochs = []

    def freeze(epoch, logs):
        first.trainable = False
        at_epochs.append([layer.get_weights()[0] for layer in (first, second)])

    callback = keras.callbacks.LambdaCallback(on_epoch_end=freeze)
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[callback])
    frozen, trained = zip(*at_epochs)
    np.testing.assert_array_equal(*frozen)
    assert np.abs(np.subtract(*trained)).max() > 0


def test_each_epoch_has_an_order_of_its_own_where_no_seed_is_set():
    orders = EpochOrder(1000, True, 32), EpochOrder(1000, "batch", 32)
    for order in orders:
        draws = [order.indices() for _ in range(2)]
        assert not np.array_equal(*draws)
        for drawn in draws:
            assert np.array_equal(np.sort(drawn), np.arange(1000))
    assert {*draws[0][:32]} == {*range(32)}  # within batches


def test_a_step_that_no_trace_can_hold_runs_as_before(calls):
    with pytest.warns(UserWarning, match=r"'own.*train_step' runs eagerly"):
        history, _ = own(reads_values=True)
    assert not any(name.startswith("train_step") for name in calls)
    np.testing.assert_allclose(history["loss"], own()[0]["loss"], rtol=1e-5)


def test_noise_in_the_shape_of_an_open_batch_is_tensorflow_s():
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(50, k)).astype("float32") for k in (3, 1))
    keras.utils.set_random_seed(6)
    model = Own()
    model.compile("sgd")
    means = model.fit(x, y, batch_size=20, epochs=2, verbose=0, shuffle=False).history["mean"]
    # this program's, by TensorFlow 2.21 with Keras 3.15.1
    np.testing.assert_allclose(means, [2.8136167526245117, 2.566620111465454], rtol=1e-6)


def test_a_step_must_return_logs():
    class Silent(Own):
        def train_step(self, data):
            return super().train_step(data)["loss"]

    model = Silent()
    model.compile("sgd")
    with pytest.raises(ValueError, match="must return a dict of logs, got Tensor"):
        model.fit(X, Y, batch_size=16, verbose=0)


@pytest.mark.parametrize(
    ("known", "read"), [(True, [0, 2, 4]), (False, [0, 1, 2])], ids=["known", "unknown"]
)
def test_the_passes_of_a_data_set_that_fit_reads(known, read):
    def shuffled():
        return tf.data.Dataset.range(6).shuffle(6, seed=42)

    class Model(tf.keras.Sequential):
        def train_step(self, data):
            seen.extend(data[0].numpy().ravel().astype(int).tolist())
            return super().train_step(data)

    tf.keras.utils.set_random_seed(1)
    passes = shuffled()
    passes = [[int(number) for number in passes] for _ in range(5)]
    tf.keras.utils.set_random_seed(1)
    dataset, seen = shuffled(), []
    if not known:
        dataset = dataset.filter(lambda number: number >= 0)
    dataset = dataset.map(lambda number: (tf.cast(number, tf.float32)[None],) * 2).batch(2)
    model = Model([tf.keras.layers.Dense(1)])
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(dataset, epochs=3, verbose=0)
    assert [seen[i : i + 6] for i in (0, 6, 12)] == [passes[i] for i in read]  # as in Keras 3.15


# The shapes are TensorFlow's: what comes in batches of other sizes is a RaggedTensor.
@pytest.mark.parametrize(
    ("sizes", "shape", "ragged_rank"),
    [
        ([(2, 3, 4), (1, 3, 4)], (3, 3, 4), None),
        ([(2, 3, 4), (1, 6, 4)], (3, None, 4), 1),
        ([(2, 3, 4), (1, 3, 5)], (3, None, None), 2),
    ],
)
def test_predictions_of_batches_of_other_sizes(sizes, shape, ragged_rank):
    x = keras.Input((None, None))
    model = keras.Model(x, {"twice": 2.0 * x, "sum": keras.ops.sum(x, (1, 2))})
    batches = [np.random.random(size).astype("float32") for size in sizes]
    found = model.predict(((batch,) for batch in batches), verbose=0)
    assert found["sum"].shape == (3,) and isinstance(found["sum"], np.ndarray)
    twice = found["twice"]
    assert tuple(twice.shape) == shape and getattr(twice, "ragged_rank", None) == ragged_rank
    for row, wanted in zip(twice, [row for batch in batches for row in batch], strict=True):
        row = row.to_tensor() if ragged_rank == 2 else row
        np.testing.assert_array_equal(row, 2 * wanted)


@pytest.mark.parametrize("batch_size", [None, 2])
def test_predictions_that_are_composites_or_numbers(batch_size):
    rows = keras.Input((None,), dtype="int32", ragged=True)
    found = keras.Model(rows, layers.Embedding(9, 2)(rows)).predict(
        tf.ragged.constant([[1, 2, 3], [4], [5, 6]]), batch_size=batch_size, verbose=0
    )
    assert isinstance(found, tf.RaggedTensor) and found.shape == (3, None, 2)

    class Sizes(keras.Model):
        def predict_step(self, data):
            return tf.shape(data)[0]

    assert Sizes().predict(np.ones((4, 3)), batch_size=2, verbose=0).tolist() == [2, 2]
