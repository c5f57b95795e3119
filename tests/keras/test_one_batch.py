"""One batch: predict and the `_on_batch` methods run nothing but the program; memory stays flat."""

import contextlib
import gc
import io
import warnings

import numpy as np
import pytest
from fits import X, Y, keras, names_of_calls, network

import tensorbrook as tf
from tensorbrook.function import function


@pytest.fixture
def calls(monkeypatch):
    return names_of_calls(monkeypatch)


def test_predict_of_one_batch_is_one_call_and_no_copy(calls):
    model = network()
    expected = model(X[:5]).numpy()
    for predict in (model.predict_on_batch, lambda x: model.predict(x, verbose=0)):
        for data in (X[:5], tf.constant(X[:5]), X[:5].astype(float)):
            calls.clear()
            found = predict(data)
            assert calls == ["predict_step"]
            np.testing.assert_allclose(found, expected, rtol=1e-6)
            assert found.base is None
            assert found.flags.writeable
            assert type(found) is np.ndarray
    again = predict(X[:5])
    assert not np.shares_memory(again, found)
    np.testing.assert_array_equal(model.predict(X[:5], batch_size=2, verbose=0), found)


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("run", ["predict", "predict_on_batch"])
def test_predictions_never_share_memory_with_anything(run, eager):
    """A model that returns its input and its weights as they are, and keeps what it returns."""

    class Same(keras.Model):
        def __init__(self):
            super().__init__()
            self.kept = self.add_weight(shape=(5, 6), initializer="ones")

        def call(self, x):
            self.last = x + 1.0
            return {"x": x, "kept": self.kept.value, "last": self.last, "again": self.last}

    model = Same()
    if eager:
        model.compile(run_eagerly=True)
    arguments = {"verbose": 0} if run == "predict" else {}
    x = X[:5].copy()
    found = getattr(model, run)(x, **arguments)
    for array in found.values():
        array[:] = 7.0
    assert len({id(array) for array in found.values()}) == 4
    np.testing.assert_array_equal(getattr(model, run)(x, **arguments)["last"], X[:5] + 1.0)
    if eager:
        np.testing.assert_array_equal(model.last.numpy(), X[:5] + 1.0)
    np.testing.assert_array_equal(x, X[:5])
    np.testing.assert_array_equal(model.kept.numpy(), np.ones((5, 6)))


def test_predict_of_one_sample_with_callbacks_and_a_bar():
    log = []
    callback = keras.callbacks.LambdaCallback()
    callback.on_predict_batch_end = lambda batch, logs: log.append(np.asarray(logs["outputs"]))
    model, output = network(), io.StringIO()
    found = model.predict(X[:1], verbose=0, callbacks=[callback])
    np.testing.assert_array_equal(found, log[0])
    with contextlib.redirect_stdout(output):
        np.testing.assert_array_equal(model.predict(X[:1]), found)
    assert output.getvalue().startswith("1/1 ")


def test_predict_refuses_what_it_refused():
    model = network()
    with pytest.raises(ValueError, match="no data"):
        model.predict(X[:0], verbose=0)
    with pytest.raises(ValueError, match="batch_size must be positive"):
        model.predict(X[:2], batch_size=0, verbose=0)
    with pytest.raises(ValueError, match="first axis of samples"):
        model.predict(np.float32(1.0), verbose=0)


def test_one_trace_serves_many_batch_sizes():
    model = network()
    expected = model(X).numpy()
    for _ in range(2):
        for size in range(1, 31):
            np.testing.assert_allclose(
                model.predict(X[:size], verbose=0), expected[:size], rtol=1e-5, atol=1e-6
            )
    assert model.make_predict_function().experimental_get_tracing_count() == 1


def test_of_many_signatures_the_latest_are_kept(monkeypatch):
    monkeypatch.setattr(function, "_REMEMBERED", 3)
    times = tf.function(lambda x, n: x * n)
    for _ in range(2):
        for n in range(1, 6):
            assert times(tf.constant(2.0), n).numpy() == 2 * n
    assert len(times._traces) == 3 and times.experimental_get_tracing_count() == 10
    assert "many other signatures" in times.explain()


def test_random_numbers_go_on_however_many_signatures_there_are(monkeypatch):
    monkeypatch.setattr(function, "_REMEMBERED", 1)
    draw = tf.function(lambda x: x + tf.random.uniform(x.shape, seed=1))
    numbers = [float(draw(tf.zeros([1]))[0])]
    for size in range(2, 7):
        draw(tf.zeros([size]))
    numbers.append(float(draw(tf.zeros([1]))[0]))
    assert len(set(numbers)) == 2


def test_memory_stays_flat_over_thousands_of_calls():
    """R19: what is left of a call is counted in Python's objects, after the garbage is gone."""
    model = network()

    def rounds(count):
        for i in range(count):
            size = 1 + i % 20
            model.predict(X[:size], verbose=0)
            model.train_on_batch(X[:4], Y[:4])
        model.fit(X, Y, verbose=0)
        gc.collect()
        return len(gc.get_objects())

    rounds(1000)  # sizes that come that often get programs of their own
    before = rounds(40)
    assert rounds(1000) - before < 200


def test_a_function_tells_the_trace_of_a_call():
    double = tf.function(lambda x: x + x)
    trace = double.concrete(tf.constant(1.0))
    assert trace is double.concrete(tf.constant(2.0))
    assert float(trace.flat([tf.constant(3.0)])[0]) == 6.0
    assert trace is not double.concrete(tf.constant([1.0]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert tf.function(lambda x: x.numpy()).concrete(tf.constant(1.0)) is None


def test_a_function_that_runs_eagerly_once_does_so_after_a_look():
    made = []

    @tf.function
    def step(x):
        if not made:
            made.append(tf.Variable(x * 2.0))  # its value is not known to a trace
        return made[0] + x

    assert step.concrete(tf.constant(1.0)) is None
    assert float(step(tf.constant(1.0))) == 3.0
    assert step.concrete(tf.constant(1.0)) is not None
    assert float(step(tf.constant(2.0))) == 4.0
