"""Record what Keras's callbacks do on scripted logs.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1:

    python tests/oracles/make_callbacks.py

It writes golden/callbacks.json beside itself. The tests read that file only, and play the same
scripts with the same stand-in for a model.
"""

import contextlib
import io
import json
import os
import pathlib
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import tensorflow as tf

GOLDEN = pathlib.Path(__file__).parent / "golden" / "callbacks.json"
DOWN = [1.0, 0.8, 0.79, 0.7, 0.75, 0.71, 0.72, 0.69, 0.9, 0.9]
UP = [0.1, 0.3, 0.3, 0.5, 0.4, 0.45, 0.5, 0.2, 0.6, 0.1]
GAPS = [1.0, None, 0.9, 1.1, None, 1.2]


class Model:
    """Stands in for a model: its weights tell how many epochs they have seen."""

    stop_training = False

    def __init__(self, optimizer):
        self.optimizer, self.epochs = optimizer, 0

    def get_weights(self):
        return [self.epochs]

    def set_weights(self, weights):
        self.epochs = weights[0]


def logs_of(script, epoch):
    return {name: values[epoch] for name, values in script.items() if values[epoch] is not None}


def play(callback, model, script):
    """The state of callback and model after each epoch, and after the training."""
    callback.set_model(model)
    callback.set_params({"verbose": 0, "epochs": 10, "steps": 1})
    states = []
    callback.on_train_begin()
    for epoch in range(len(next(iter(script.values())))):
        callback.on_epoch_begin(epoch)
        model.epochs += 1
        logs = logs_of(script, epoch)
        callback.on_epoch_end(epoch, logs)
        states.append(
            {
                "logs": logs,
                "stop": model.stop_training,
                "rate": float(model.optimizer.learning_rate),
                "wait": getattr(callback, "wait", None),
                "best": getattr(callback, "best", None),
                "best_epoch": getattr(callback, "best_epoch", None),
            }
        )
        if model.stop_training:
            break
    callback.on_train_end()
    return {"epochs": states, "weights": model.epochs}


def monitors():
    """(class, arguments, script) of the callbacks that watch a metric."""
    down, up = {"loss": DOWN, "val_loss": DOWN}, {"loss": DOWN, "accuracy": UP}
    for arguments in (
        {},
        {"patience": 2},
        {"patience": 2, "min_delta": 0.05},
        {"patience": 3, "restore_best_weights": True, "verbose": 1},
        {"patience": 2, "baseline": 0.5, "restore_best_weights": True},
        {"patience": 2, "baseline": 0.75},
        {"patience": 1, "start_from_epoch": 4, "verbose": 1},
        {"patience": 20, "restore_best_weights": True, "verbose": 1},
        {"monitor": "loss", "mode": "max", "patience": 2},
    ):
        yield "EarlyStopping", arguments, down
    best = {"monitor": "accuracy", "mode": "max", "restore_best_weights": True}
    yield "EarlyStopping", {**best, "patience": 2}, up
    yield "EarlyStopping", {**best, "patience": 1, "min_delta": 0.15}, up
    gaps = {"loss": DOWN[: len(GAPS)], "val_loss": GAPS}
    yield "EarlyStopping", {"patience": 2}, gaps
    for arguments in (
        {},
        {"patience": 1, "verbose": 1},
        {"patience": 2, "factor": 0.5, "cooldown": 1, "verbose": 1},
        {"patience": 1, "factor": 0.1, "min_lr": 0.02, "verbose": 1},
        {"patience": 1, "min_delta": 0.05},
        {"monitor": "loss", "mode": "max", "patience": 2, "factor": 0.3},
    ):
        yield "ReduceLROnPlateau", arguments, down
    yield "ReduceLROnPlateau", {"patience": 1}, gaps


def monitored():
    for name, arguments, script in monitors():
        callback = getattr(keras.callbacks, name)(**arguments)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            result = play(callback, Model(keras.optimizers.SGD(0.5)), script)
        row = {"class": name, "arguments": arguments, "script": script}
        yield {**row, **result, "printed": printed.getvalue()}


def schedules():
    """LearningRateScheduler with functions that the tests write again."""
    functions = {
        "halve": lambda epoch, rate: rate / 2,
        "by_epoch": lambda epoch: 1.0 / (epoch + 1),
    }
    for name, function in functions.items():
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            callback = keras.callbacks.LearningRateScheduler(function, verbose=1)
            result = play(callback, Model(keras.optimizers.SGD(0.5)), {"loss": DOWN[:3]})
        yield {"function": name, **result, "printed": printed.getvalue()}


def files():
    """What CSVLogger writes; runs follow one another in one file."""
    runs = [
        ({}, [[{"loss": 0.5, "accuracy": 0.25}, {"loss": 0.125, "accuracy": 0.5}]]),
        ({}, [[{"val_loss": 2.0, "loss": 0.5}]]),
        ({"separator": ";"}, [[{"loss": 0.5, "val_loss": 1.0}, {"loss": 1e-07}]]),
        ({"append": True}, [[{"loss": 0.5}], [{"loss": 0.25}, {"loss": 0.125, "val_loss": 1.0}]]),
        ({}, [[{"loss": 0.5, "vector": [1, 2], "word": "a,b"}]]),
    ]
    for arguments, trainings in runs:
        path = pathlib.Path(tempfile.mkdtemp()) / "log.csv"
        for training in trainings:
            callback = keras.callbacks.CSVLogger(path, **arguments)
            callback.on_train_begin()
            for epoch, logs in enumerate(training):
                callback.on_epoch_end(epoch, dict(logs))
            callback.on_train_end()
        text = path.read_bytes().decode()
        yield {"arguments": arguments, "trainings": trainings, "text": text}


class Recorder(keras.callbacks.Callback):
    """Notes which hooks are called with which keys in the logs."""

    def __init__(self):
        super().__init__()
        self.seen = []


def _noted(hook):
    def method(self, *args, logs=None):
        *place, last = [*args, logs] if logs is not None or not args else [*args]
        given = last if isinstance(last, dict) else {}
        place = [p for p in [*place, last] if isinstance(p, int)]
        self.seen.append([hook, *place, sorted(given)])

    return method


HOOKS = [name for name in dir(keras.callbacks.Callback) if name.startswith("on_")]
for _hook in HOOKS:
    setattr(Recorder, _hook, _noted(_hook))


def sequences():
    """The order of hooks in fit, evaluate and predict."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    x, y = tf.ones([3, 2]), tf.ones([3, 1])
    recorder = Recorder()
    options = {"batch_size": 2, "verbose": 0, "callbacks": [recorder]}
    model.fit(x, y, epochs=2, validation_data=(x, y), **options)
    model.evaluate(x, y, **options)
    model.predict(x, **options)
    return recorder.seen


def directions():
    """Whether mode="auto" takes more or less of each metric for better."""
    found = {}
    names = ["accuracy", "AUC", "mae", "mse", "Precision", "Recall", "cosine_similarity", "F1Score"]
    for name in names:
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
        model.compile("sgd", "binary_crossentropy", metrics=[name])
        x, y = tf.ones([4, 2]), tf.constant([[0.0], [1.0], [1.0], [0.0]])
        key = next(k for k in model.fit(x, y, verbose=0).history if k != "loss")
        callback = keras.callbacks.EarlyStopping(monitor=key)
        callback.set_model(model)
        try:
            callback._set_monitor_op()
        except ValueError:
            found[name] = None
        else:
            found[name] = "up" if callback.monitor_op is keras.ops.greater else "down"
    return found


def main():
    golden = {
        "made_with": f"keras {keras.__version__}, tensorflow {tf.__version__}",
        "monitored": list(monitored()),
        "schedules": list(schedules()),
        "files": list(files()),
        "sequence": sequences(),
        "directions": directions(),
    }
    text = json.dumps(golden, separators=(",", ":")).replace("},{", "},\n{")
    GOLDEN.write_text(text + "\n")
    print(len(text), "bytes", golden["directions"])


if __name__ == "__main__":
    main()
