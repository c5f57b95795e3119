"""ModelCheckpoint: what is saved when, under which name, and that it can be loaded."""

import re

import numpy as np
import pytest

import tensorbrook as tf

keras = tf.keras
X, Y = np.ones((8, 2), "float32"), np.ones((8, 1), "float32")


def model_of(units=1):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
    model.compile("sgd", "mse", metrics=["mae"])
    return model


def fit(folder, name, model=None, epochs=2, **arguments):
    keep = keras.callbacks.ModelCheckpoint(folder / name, **arguments)
    model = model or model_of()
    data = {"validation_data": (X, Y), "batch_size": 2, "verbose": 0}
    model.fit(X, Y, epochs=epochs, callbacks=[keep], **data)
    return keep, model


NAMES = [  # filepath, arguments, the files
    ("{epoch:02d}.keras", {}, ["01.keras", "02.keras"]),
    ("{epoch}-{batch}.weights.h5", {"save_freq": 3, "save_weights_only": True},
     ["1-3.weights.h5", "2-2.weights.h5"]),
    ("deep/er/m.keras", {}, ["m.keras"]),
    ("p{epoch}.weights.h5", {"period": 2, "save_weights_only": True}, ["p2.weights.h5"]),
    ("cp-{epoch:04d}.ckpt", {"save_weights_only": True, "period": 2},
     ["checkpoint", "cp-0002.ckpt.data-00000-of-00001", "cp-0002.ckpt.index"]),
    ("m.h5", {}, ["m.h5"]),
    ("m.hdf5", {}, ["m.hdf5"]),
    ("w.h5", {"save_weights_only": True}, ["w.h5"]),
    ("best.keras", {"save_best_only": True, "monitor": "mae", "initial_value_threshold": 0.0}, []),
    ("never.keras", {"save_freq": 0}, []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "files"), NAMES, ids=[row[0] for row in NAMES])
def test_names_of_files(name, arguments, files, tmp_path):
    fit(tmp_path, name, **arguments)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == files


def test_what_is_saved_is_the_model_at_that_time(tmp_path):
    _, model = fit(tmp_path, "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert all(map(np.array_equal, loaded.get_weights(), model.get_weights()))
    assert int(loaded.optimizer.iterations) == 8


@pytest.mark.parametrize("name", ["m.weights.h5", "checkpoint/prefix", "w.h5"])
def test_weights_are_loaded_again(name, tmp_path):
    _, model = fit(tmp_path, name, save_weights_only=True)
    other = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    path = tmp_path / name
    if name.startswith("checkpoint"):
        path = tf.train.latest_checkpoint(str(path.parent))
        assert path == str(tmp_path / name)
    other.load_weights(path)
    assert all(map(np.array_equal, other.get_weights(), model.get_weights()))


def test_only_the_best_is_kept(tmp_path, capsys):
    keep, model = fit(tmp_path, "b.weights.h5", monitor="val_loss", save_best_only=True,
                      save_weights_only=True, verbose=1)  # fmt: skip
    best = model.evaluate(X, Y, verbose=0)[0]
    assert keep.best == pytest.approx(best)
    model.set_weights([w + 1 for w in model.get_weights()])
    model.optimizer.learning_rate = 0.0
    model.fit(X, Y, validation_data=(X, Y), callbacks=[keep], verbose=0)
    assert keep.best == pytest.approx(best)
    told = capsys.readouterr().out
    shown = re.escape(str(tmp_path / "b.weights.h5"))
    improved = rf"\nEpoch 1: val_loss improved from None to 0\.\d{{5}}, saving model to {shown}\n"
    assert re.search(improved, told)
    assert f"\nEpoch 2: finished saving model to {tmp_path / 'b.weights.h5'}\n" in told
    assert told.endswith(f"\nEpoch 1: val_loss did not improve from {best:.5f}\n")


def test_without_its_metric_each_epoch_is_saved(tmp_path):
    # as in Keras 3.15, whose own test asks for the file; Keras 2 saved nothing
    keep = keras.callbacks.ModelCheckpoint(tmp_path / "b.keras", save_best_only=True)
    with pytest.warns(UserWarning, match="Can save best model only with `val_loss`"):
        model_of().fit(X, Y, callbacks=[keep], verbose=0)
    assert [path.name for path in tmp_path.iterdir()] == ["b.keras"]


def test_a_saving_that_fails_leaves_the_file_before(tmp_path):
    resource = pytest.importorskip("resource")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    fit(tmp_path, "m.keras")
    before = (tmp_path / "m.keras").read_bytes()
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
        with pytest.raises((OSError, tf.errors.OpError), match=r"m.keras"):
            fit(tmp_path, "m.keras")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (-1, hard))
    assert (tmp_path / "m.keras").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]


def test_unknown_names(tmp_path):
    with pytest.raises(KeyError, match=r"Failed to format this callback filepath.*nope"):
        fit(tmp_path, "{nope}.keras")
    with pytest.raises(ValueError, match="monitors 'nope'"):
        fit(tmp_path, "a.keras", monitor="nope", save_best_only=True)
