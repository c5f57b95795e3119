"""BackupAndRestore: a training that was killed comes to the same weights, bit for bit."""

import functools
import os
import random
import subprocess
import sys

import backed_up
import numpy as np
import pytest
from backed_up import KINDS, Killed, Killer, train

import tensorbrook as tf

keras = tf.keras


@functools.cache
def undisturbed(kind):
    return train(kind)[0]


def killed(kind, folder, save_freq, hook, count, first=False, **arguments):
    """Trains until the program is killed; `first` tells whether before the backup, or after it."""
    killer = [Killer(hook, count)]
    where = {"before": killer} if first else {"after": killer}
    with pytest.raises(Killed):
        train(kind, folder, save_freq, **where, **arguments)


# In the middle of an epoch, of a validation, at the end of an epoch: before the backup or after it.
MOMENTS = [
    ("on_train_batch_end", 9, False),
    ("on_test_batch_end", 2, True),
    ("on_train_batch_end", 4, True),
    ("on_epoch_end", 1, False),
]


@pytest.mark.parametrize("save_freq", ["epoch", 3])
@pytest.mark.parametrize("kind", KINDS)
def test_goes_on_to_the_same_weights(kind, save_freq, tmp_path):
    folder = str(tmp_path / "backup")
    for moment in MOMENTS:
        killed(kind, folder, save_freq, *moment)
    found, history = train(kind, folder, save_freq)
    assert found == undisturbed(kind)
    assert history.epoch[0] > 0
    assert not os.path.exists(folder)


def test_the_order_of_samples_goes_on_without_a_seed_too(tmp_path, monkeypatch):
    def system_gives(seed):
        make = np.random.PCG64
        monkeypatch.setattr(np.random, "default_rng", lambda: np.random.Generator(make(seed)))

    system_gives(1)
    want = train("arrays", seed=None)[0]
    killed("arrays", str(tmp_path), 3, "on_train_batch_end", 16, seed=None)
    system_gives(2)
    assert train("arrays", str(tmp_path), 3, seed=None)[0] == want


def test_a_killed_process_goes_on(tmp_path):
    """TENSORBROOK_KILLS tells how often, if not 3 times."""
    kills, rng = int(os.environ.get("TENSORBROOK_KILLS", 3)), random.Random()
    for kind, save_freq in (("arrays", "2"), ("dataset", "epoch")):
        want = run(kind, "", save_freq).communicate()[0]
        done, latest = 0, 2.0
        while done < kills:
            process = run(kind, tmp_path / kind, save_freq, 0.02)
            process.stdout.readline()
            try:
                process.wait(rng.uniform(0.1, latest))
                latest *= 0.8  # it came to its end: begin anew, and kill earlier
            except subprocess.TimeoutExpired:
                process.kill()
                done += 1
            process.communicate()
        found = run(kind, tmp_path / kind, save_freq).communicate()[0]
        assert found == want, kind


def run(kind, folder, save_freq, seconds=0.0):
    command = [sys.executable, backed_up.__file__, kind, folder, save_freq, seconds]
    return subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)


# -- the file --------------------------------------------------------------------------------------


def small(units=1, optimizer="adam"):
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(units)])
    model.compile(optimizer, "mse")
    return model


X, Y = np.ones((8, 64), "float32"), np.ones((8, 1), "float32")


def fit(model, folder, epochs, **arguments):
    backup = keras.callbacks.BackupAndRestore(str(folder), delete_checkpoint=False, **arguments)
    return model.fit(X, Y, epochs=epochs, verbose=0, callbacks=[backup]).epoch


def limited(size):
    resource = pytest.importorskip("resource")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


def test_a_full_disk_leaves_the_old_backup(tmp_path):
    limited(-1)
    model = small()
    fit(model, tmp_path, 2)
    before = (tmp_path / "latest.state").read_bytes()
    try:
        limited(len(before) // 2)
        with pytest.raises((OSError, tf.errors.OpError), match=r"latest.state"):
            fit(model, tmp_path, 4)
    finally:
        limited(-1)
    assert (tmp_path / "latest.state").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["latest.state"]
    assert fit(small(), tmp_path, 4) == [2, 3]


def test_a_folder_that_takes_no_files(tmp_path):
    folder = tmp_path / "backup"
    folder.write_text("a file")
    with pytest.raises(tf.errors.OpError, match="backup"):
        fit(small(), folder, 1)


def test_a_damaged_backup_is_refused_or_the_one_before_taken(tmp_path):
    fit(small(), tmp_path / "one", 3)
    fit(small(), tmp_path / "two", 3, double_checkpoint=True)
    for folder in ("one", "two"):
        path = tmp_path / folder / "latest.state"
        data = bytearray(path.read_bytes())
        data[-20] ^= 4
        path.write_bytes(data)
    with pytest.raises(tf.errors.DataLossError, match=r"latest.state.*Delete .*one to begin anew"):
        fit(small(), tmp_path / "one", 5)
    with pytest.warns(UserWarning, match="The state before it is taken"):
        assert fit(small(), tmp_path / "two", 5, double_checkpoint=True) == [2, 3, 4]


@pytest.mark.parametrize("length", [0, 5, 40, 3000])
def test_a_torn_backup_is_refused(length, tmp_path):
    fit(small(), tmp_path, 1)
    path = tmp_path / "latest.state"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(tf.errors.DataLossError, match=r"latest.state"):
        fit(small(), tmp_path, 2)


def test_a_backup_of_another_model_is_refused_before_anything_changes(tmp_path):
    fit(small(), tmp_path, 1)
    for model, words in ((small(2), r"\[64, 2\]"), (small(1, "sgd"), "variables")):
        before = model.get_weights()
        with pytest.raises(ValueError, match=words):
            fit(model, tmp_path, 2)
        assert all(map(np.array_equal, model.get_weights(), before))


def test_a_model_without_shapes_is_built_for_the_data(tmp_path):
    def lazy():
        model = keras.Sequential([keras.layers.Dense(3, activation="relu"), keras.layers.Dense(1)])
        model.compile("adam", "mse", metrics=["mae"])
        return model

    first = lazy()
    fit(first, tmp_path, 2)
    second = lazy()
    assert fit(second, tmp_path, 2) == []
    assert all(map(np.array_equal, second.get_weights(), first.get_weights()))


def test_a_training_that_was_stopped_stays_stopped(tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = epoch == 1

    backup = keras.callbacks.BackupAndRestore(str(tmp_path), delete_checkpoint=False)
    for epochs in ([0, 1], []):
        history = small().fit(X, Y, epochs=5, verbose=0, callbacks=[backup, Stop()])
        assert history.epoch == epochs


def test_save_freq_false_never_saves(tmp_path):
    fit(small(), tmp_path / "never", 2, save_freq=False)
    assert list((tmp_path / "never").iterdir()) == []
    assert keras.callbacks.experimental.BackupAndRestore is keras.callbacks.BackupAndRestore


def test_interrupted_in_one_program_as_in_keras_own_example(tmp_path):
    class Interrupt(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 4:
                raise RuntimeError("Interrupting!")

    callback, model = keras.callbacks.BackupAndRestore(tmp_path / "backup"), small()
    with pytest.raises(RuntimeError):
        model.fit(X, Y, epochs=10, callbacks=[callback, Interrupt()], verbose=0)
    history = model.fit(X, Y, epochs=10, callbacks=[callback], verbose=0)
    assert len(history.history["loss"]) == 6
