"""Data that are slow to make are made by a thread while the step runs, with the same numbers."""

import threading
import traceback

import numpy as np
import pytest
from fits import X, Y, keras, network, state

import tensorbrook as tf
from tensorbrook.keras.train import ahead


def readers():
    return [t for t in threading.enumerate() if t.name == ahead.NAME]


@pytest.fixture
def threaded(monkeypatch):
    """Counts the threads that are started; every batch counts as slow."""
    monkeypatch.setattr(ahead, "_SECONDS_WORTH_A_THREAD", 0.0)
    started, start = [], ahead.Reader._start

    def counted(self):
        start(self)
        started.append(self._thread)

    monkeypatch.setattr(ahead.Reader, "_start", counted)
    yield started
    assert not readers()


def stream(log, stop=1000):
    for i in range(stop):
        log.append((i, threading.current_thread().name))
        yield X[i : i + 8], Y[i : i + 8]


def test_a_generator_is_read_ahead_and_not_too_far(threaded):
    expected = network()
    for i in range(40):
        expected.train_on_batch(X[i : i + 8], Y[i : i + 8])
    log, model = [], network()
    data = stream(log)
    model.fit(data, steps_per_epoch=20, epochs=2, verbose=0)
    assert len(threaded) == 2
    assert [i for i, _ in log] == list(range(40))  # no batch more than the steps need
    assert {name for _, name in log} == {"MainThread", ahead.NAME}
    np.testing.assert_array_equal(next(data)[0], X[40:48])
    assert int(model.optimizer.iterations) == 40
    for a, b in zip(model.get_weights(), expected.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_data_sets_are_read_ahead_in_the_same_order(threaded, monkeypatch):
    def run():
        model = network(metrics=["mae"])
        data = tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(64).batch(8)
        data = data.map(lambda x, y: (x + tf.random.normal(x.shape, stddev=0.01), y))
        history = model.fit(data, epochs=3, verbose=0, validation_data=data.take(9)).history
        return history, state(model)

    found = run()
    assert len(threaded) == 6
    monkeypatch.setattr(ahead, "_SECONDS_WORTH_A_THREAD", 1e9)
    assert run() == found
    assert len(threaded) == 6


def test_the_end_of_data_is_met_after_the_last_step(threaded):
    class Data(keras.utils.PyDataset):
        def __len__(self):
            return 20

        def __getitem__(self, index):
            return X[index : index + 8], Y[index : index + 8]

        def on_epoch_end(self):
            ends.append((threading.current_thread().name, int(model.optimizer.iterations)))

    ends, model = [], network()
    model.fit(Data(), epochs=2, verbose=0)
    assert len(threaded) == 2
    assert ends == [("MainThread", 20), ("MainThread", 40)]


def test_an_error_of_the_data_comes_in_its_turn_with_its_lines(threaded):
    def broken():
        yield from stream([], 10)
        raise KeyError("the eleventh batch")

    model = network()
    with pytest.raises(KeyError, match="the eleventh batch") as caught:
        model.fit(broken(), steps_per_epoch=20, verbose=0)
    assert len(threaded) == 1
    assert int(model.optimizer.iterations) == 10
    lines = "".join(traceback.format_tb(caught.value.__traceback__))
    assert 'raise KeyError("the eleventh batch")' in lines
    assert "model.fit(broken()" in lines


def test_an_error_of_a_step_ends_the_thread(threaded):
    def misfit():
        yield from stream([], 10)
        yield X[:8, :3], Y[:8]
        while True:
            yield X[:8], Y[:8]

    with pytest.raises(ValueError, match="incompatible"):
        network().fit(misfit(), steps_per_epoch=30, verbose=0)
    assert len(threaded) == 1
    assert not readers()


def test_data_that_end_too_early_are_told(threaded):
    with pytest.warns(UserWarning, match="30 steps x 1 epoch.s. need 30 batches, the data gave 12"):
        network().fit(stream([], 12), steps_per_epoch=30, verbose=0)
    assert len(threaded) == 1


def test_no_thread_where_python_runs_beside_it(threaded):
    """Callbacks at each batch may end the run, and eager steps draw from the same streams."""
    log = []

    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = batch == 11

    network().fit(stream(log), steps_per_epoch=40, verbose=0, callbacks=[Stop()])
    assert len(log) == 12
    network(run_eagerly=True).fit(stream(log), steps_per_epoch=12, verbose=0)
    assert not threaded
    assert {name for _, name in log} == {"MainThread"}


def test_quick_data_start_no_thread(monkeypatch):
    monkeypatch.setattr(ahead.Reader, "_start", None)
    network().fit(stream([]), steps_per_epoch=50, verbose=0)
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(8)
    network().fit(data, epochs=2, verbose=0)


def test_a_step_overlaps_with_making_the_next_batches(threaded):
    """Each step ends only when a batch more is made, which takes a thread."""
    log, changed = [], threading.Condition()

    def data():
        for batch in stream(log):
            with changed:
                changed.notify()
            yield batch

    reader = ahead.Reader(data(), 40, lambda batch: True)
    for i in range(20):
        reader.next()
        with changed:
            assert not threaded or changed.wait_for(lambda i=i: len(log) > i + 1, timeout=60)
    reader.close()
    assert len(threaded) == 1
    assert len(log) <= 20 + ahead.AHEAD + 1  # it waits where it is far enough ahead


def test_enqueuers_of_keras_2():
    class Tens(tf.keras.utils.Sequence):
        epoch = 0

        def __len__(self):
            return 3

        def __getitem__(self, index):
            return 10 * index + self.epoch

        def on_epoch_end(self):
            self.epoch += 1

    enqueuer = tf.keras.utils.OrderedEnqueuer(Tens())
    enqueuer.start(workers=2, max_queue_size=4)
    batches = enqueuer.get()
    assert [next(batches) for _ in range(7)] == [0, 10, 20, 1, 11, 21, 2]
    assert enqueuer.is_running()
    enqueuer.stop()
    assert not enqueuer.is_running() and list(batches) == []
    enqueuer = tf.keras.utils.GeneratorEnqueuer(iter([1, None, 2]))
    enqueuer.start()
    assert list(enqueuer.get()) == [1, 2]
