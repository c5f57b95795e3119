"""Callbacks on the scripts that Keras's were played (oracles/make_callbacks.py), and wrong use."""

import contextlib
import http.server
import io
import json
import pathlib
import re
import threading
import urllib.parse
import warnings

import numpy as np
import pytest

import tensorbrook as tf

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden" / "callbacks.json"
golden = json.loads(GOLDEN.read_text())
callbacks = tf.keras.callbacks


class Model:
    """Stands in for a model: its weights tell how many epochs they have seen."""

    stop_training = False

    def __init__(self, optimizer=None):
        self.optimizer, self.epochs = optimizer, 0

    def get_weights(self):
        return [self.epochs]

    def set_weights(self, weights):
        self.epochs = weights[0]


def logs_of(script, epoch):
    return {name: values[epoch] for name, values in script.items() if values[epoch] is not None}


def play(callback, script):
    """The state of callback and model after each epoch, after the training; and the output."""
    model, states, printed = Model(tf.keras.optimizers.SGD(0.5)), [], io.StringIO()
    callback.set_model(model)
    callback.set_params({"verbose": 0, "epochs": 10, "steps": 1})
    with contextlib.redirect_stdout(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of metrics that are missing at some epochs
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
    return {"epochs": states, "weights": model.epochs, "printed": printed.getvalue()}


def monitored_id(row):
    return row["class"] + ",".join(f"{k}={v}" for k, v in row["arguments"].items())


@pytest.mark.parametrize("row", golden["monitored"], ids=monitored_id)
def test_callbacks_that_watch_a_metric_do_as_keras_s(row):
    result = play(getattr(callbacks, row["class"])(**row["arguments"]), row["script"])
    assert result == {name: row[name] for name in result}


@pytest.mark.parametrize("row", golden["schedules"], ids=lambda row: row["function"])
def test_learning_rate_scheduler(row):
    function = {
        "halve": lambda epoch, rate: rate / 2,
        "by_epoch": lambda epoch: 1.0 / (epoch + 1),
    }[row["function"]]
    scheduler = callbacks.LearningRateScheduler(function, verbose=1)
    result = play(scheduler, {"loss": [1.0, 0.8, 0.79]})
    assert result == {name: row[name] for name in result}


@pytest.mark.parametrize("row", golden["files"], ids=lambda row: str(row["arguments"]))
def test_csv_files_are_keras_s_to_the_byte(row, tmp_path):
    path = tmp_path / "log.csv"
    for training in row["trainings"]:
        logger = callbacks.CSVLogger(path, **row["arguments"])
        logger.on_train_begin()
        for epoch, logs in enumerate(training):
            logger.on_epoch_end(epoch, logs)
        logger.on_train_end()
    assert path.read_bytes().decode() == row["text"]


def test_a_line_that_a_killed_run_left_torn_is_ended(tmp_path):
    path = tmp_path / "log.csv"
    path.write_bytes(b"epoch,loss,val_loss\r\n0,0.5,0.7\r\n1,0.2")
    logger = callbacks.CSVLogger(path, append=True)
    logger.on_train_begin()
    logger.on_epoch_end(1, {"loss": 0.25, "val_loss": 0.5})
    logger.on_train_end()
    assert path.read_text().splitlines()[2:] == ["1,0.2", "1,0.25,0.5"]


class Recorder(callbacks.Callback):
    """Notes which hooks are called with which keys in the logs."""

    def __init__(self):
        self.seen = []


def noted(hook):
    def method(self, *args):
        *place, logs = args
        self.seen.append([hook, *place, sorted(logs or {})])

    return method


for _hook in [name for name in dir(callbacks.Callback) if name.startswith("on_")]:
    setattr(Recorder, _hook, noted(_hook))


def small_model(**compiled):
    model = tf.keras.Sequential([tf.keras.Input((2,)), tf.keras.layers.Dense(1)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return model


def test_hooks_come_in_keras_s_order_with_keras_s_logs():
    model, recorder = small_model(metrics=["mae"]), Recorder()
    x, y = tf.ones([3, 2]), tf.ones([3, 1])
    options = {"batch_size": 2, "verbose": 0, "callbacks": [recorder]}
    model.fit(x, y, epochs=2, validation_data=(x, y), **options)
    model.evaluate(x, y, **options)
    model.predict(x, **options)
    assert recorder.seen == golden["sequence"]


@pytest.mark.parametrize(("name", "wanted"), golden["directions"].items())
def test_direction_of_metrics(name, wanted):
    class Down(Model):
        metrics = tf.keras.metrics.get(name) if name != "accuracy" else None

    metric = Down.metrics or tf.keras.metrics.BinaryAccuracy(name="accuracy")
    if not hasattr(metric, "name"):
        metric = tf.keras.metrics.MeanMetricWrapper(metric, name=name)
    model = Down(tf.keras.optimizers.SGD(0.5))
    model.metrics = [metric]
    stop = callbacks.EarlyStopping(monitor="val_" + metric.name, restore_best_weights=True)
    stop.set_model(model)
    for epoch, value in enumerate([0.5, 0.9, 0.1]):
        model.epochs = epoch
        stop.on_epoch_end(epoch, {"val_" + metric.name: value})
    stop.on_train_end()
    assert model.epochs == {"up": 1, "down": 2}[wanted]


# -- names of metrics ------------------------------------------------------------------------------


def test_acc_and_accuracy_mean_the_same():
    stop = callbacks.EarlyStopping("val_acc", mode="max")
    assert stop.get_monitor_value({"loss": 1.0, "val_accuracy": 0.5}) == 0.5
    old = callbacks.EarlyStopping("accuracy", mode="max")
    assert old.get_monitor_value({"acc": 0.25}) == 0.25


@pytest.mark.parametrize("cls", [callbacks.EarlyStopping, callbacks.ReduceLROnPlateau])
def test_unknown_metric_raises_after_the_first_epoch(cls):
    x, y = np.ones((4, 2)), np.ones((4, 1))
    with pytest.raises(ValueError, match=r"monitors 'val_los', .* Did you mean 'val_loss'"):
        small_model().fit(
            x, y, epochs=3, validation_split=0.5, verbose=0, callbacks=[cls("val_los")]
        )
    with pytest.raises(ValueError, match="Available: 'loss'"):
        small_model().fit(x, y, verbose=0, callbacks=[cls("precision")])


def test_missing_validation_is_warned_of_as_in_keras():
    words = re.escape("Early stopping conditioned on metric `val_loss` which is not available.")
    with pytest.warns(UserWarning, match=words + ".*are: loss.*validation_data"):
        history = small_model().fit(
            np.ones((4, 2)),
            np.ones((4, 1)),
            epochs=2,
            verbose=0,
            callbacks=[callbacks.EarlyStopping()],
        )
    assert len(history.epoch) == 2


def test_metric_without_a_direction_needs_a_mode():
    stop = callbacks.EarlyStopping("mine")
    stop.set_model(Model())
    with pytest.raises(ValueError, match="Pass `mode='max'`"):
        stop.on_epoch_end(0, {"mine": 1.0})
    with pytest.warns(UserWarning, match="mode 'least' is unknown"):
        callbacks.EarlyStopping(mode="least")


# -- the others ------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_terminate_on_nan(loss, capsys):
    stop = callbacks.TerminateOnNaN()
    stop.set_model(Model())
    stop.on_train_batch_end(3, {"loss": 1.0})
    assert not stop.model.stop_training
    stop.on_train_batch_end(4, {"loss": loss})
    assert stop.model.stop_training
    assert capsys.readouterr().out == "Batch 4: Invalid loss, terminating training\n"
    with pytest.raises(RuntimeError, match="encountered at batch 5"):
        callbacks.TerminateOnNaN(raise_error=True).on_train_batch_end(5, {"loss": loss})


def test_lambda_callback_calls_what_it_was_given():
    seen = []
    hooks = {
        name: lambda *args, name=name: seen.append((name, *args))
        for name in ("on_epoch_end", "on_train_begin", "on_test_end", "on_batch_end")
    }
    calls = callbacks.CallbackList([callbacks.LambdaCallback(**hooks, note="kept")])
    assert calls.callbacks[0].note == "kept"
    calls.on_train_begin()
    calls.on_train_batch_end(0, {"loss": tf.constant(0.5)})
    calls.on_epoch_begin(0)
    calls.on_epoch_end(0, {"loss": 0.5})
    calls.on_test_end({"loss": 0.5})
    logs = {"loss": 0.5}
    assert seen == [
        ("on_train_begin", {}),
        ("on_batch_end", 0, logs),
        ("on_epoch_end", 0, logs),
        ("on_test_end", logs),
    ]
    with pytest.raises(TypeError, match="'on_epoch_end'"):
        callbacks.LambdaCallback(on_epoch_ends=print)


def test_list_calls_only_what_is_overridden_and_reads_logs_only_then():
    def never():
        raise RuntimeError("nobody reads these logs")

    calls = callbacks.CallbackList([callbacks.EarlyStopping()], add_history=True)
    assert calls.listens("on_epoch_end") and not calls.listens("on_train_batch_end")
    calls.on_train_batch_end(0, never)
    calls.append(callbacks.TerminateOnNaN())
    assert calls.listens("on_train_batch_end")
    with pytest.raises(RuntimeError, match="nobody reads"):
        calls.on_train_batch_end(0, never)


def test_what_a_callback_adds_to_logs_reaches_the_history():
    class Adds(callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["added"] = epoch * 2.0

    history = small_model().fit(
        np.ones((4, 2)), np.ones((4, 1)), epochs=3, verbose=0, callbacks=[Adds()]
    )
    assert history.history["added"] == [0.0, 2.0, 4.0] and history.epoch == [0, 1, 2]
    assert history.model.history is history


def test_history_as_a_table_and_a_picture(tmp_path):
    history = callbacks.History()
    history.on_train_begin()
    for epoch, logs in enumerate([{"loss": 2.0}, {"loss": 1.0, "val_loss": 1.5}]):
        history.on_epoch_end(epoch, logs)
    assert history.to_csv() == "epoch,loss,val_loss\n0,2.0,\n1,1.0,1.5\n"
    assert history.to_csv(tmp_path / "h.csv") is None
    assert (tmp_path / "h.csv").read_text() == history.to_csv()
    picture = history.plot(tmp_path / "h.svg", title="Run")
    assert (tmp_path / "h.svg").read_text() == picture.svg == history.plot(title="Run").svg
    assert "validation loss" in history._repr_html_() and "Run" in picture.svg
    assert callbacks.History()._repr_html_().startswith("<pre>")


def test_progress_of_two_epochs(capsys):
    small_model().fit(np.ones((4, 2)), np.ones((4, 1)), epochs=2, batch_size=2, verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "Epoch" in line] == ["Epoch 1/2", "Epoch 2/2"]
    assert re.fullmatch(r"2/2 - \d+s - \d+m?u?s/step - loss: [\d.e-]+", lines[1])


WRONG = [
    (lambda: callbacks.CallbackList([callbacks.EarlyStopping]), TypeError, "EarlyStopping(...)"),
    (lambda: callbacks.CallbackList([print]), TypeError, "LambdaCallback"),
    (lambda: callbacks.ReduceLROnPlateau(factor=1.0), ValueError, "factor >= 1.0"),
    (lambda: callbacks.ReduceLROnPlateau(patients=1), TypeError, "patients"),
    (
        lambda: play(callbacks.LearningRateScheduler(lambda epoch: "0.1"), {"loss": [1.0]}),
        ValueError,
        "should be a float. Got: 0.1",
    ),
    (lambda: callbacks.OrbaxCheckpoint("a"), NotImplementedError, "ModelCheckpoint("),
    (lambda: callbacks.ModelCheckpoint("a.h5", save_freq="x"), ValueError, "save_freq: x"),
    (lambda: callbacks.ModelCheckpoint("a.keras", save_weights_only=True), ValueError, "a.keras"),
    (lambda: callbacks.BackupAndRestore(""), ValueError, "Empty `backup_dir`"),
    (lambda: callbacks.BackupAndRestore("a", 1.5), ValueError, "save_freq=1.5"),
    (lambda: callbacks.BackupAndRestore("a", save_before_preemption=True), NotImplementedError, ""),
    (lambda: callbacks.TensorBoard(profile_batch=(3, 2)), ValueError, "Found: (3, 2)"),
    (lambda: callbacks.TensorBoard(profile_batch="a"), ValueError, "Found: a"),
    (lambda: callbacks.TensorBoard(update_freq=0), ValueError, "update_freq must be"),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=[row[2] for row in WRONG])
def test_wrong_use(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)


@pytest.mark.parametrize("send_as_json", [False, True])
def test_remote_monitor_sends_the_logs(send_as_json):
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.append((self.path, self.headers["Content-Type"], self.headers["Who"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}"
        monitor = callbacks.RemoteMonitor(
            root, "/logs", headers={"Who": "me"}, send_as_json=send_as_json
        )
        monitor.on_epoch_end(2, {"loss": np.float32(0.5)})
    path, kind, who, body = received[0]
    text = body if send_as_json else urllib.parse.parse_qs(body)["data"][0]
    assert (path, who, json.loads(text)) == ("/logs", "me", {"epoch": 2, "loss": 0.5})
    assert kind == f"application/{'json' if send_as_json else 'x-www-form-urlencoded'}"


def test_remote_monitor_warns_of_a_silent_server():
    with pytest.warns(UserWarning, match="Could not reach RemoteMonitor root server at .*:9"):
        callbacks.RemoteMonitor("http://127.0.0.1:9").on_epoch_end(0)
