"""What Keras's small parts are asked, of Keras and of tensorbrook alike: no import of either.

`make_part_cases.py` runs each case under Keras and records what it gives in golden/parts.json;
`tests/keras/test_part_cases.py` runs the same under tensorbrook. A case is a row of `CASES`: the
kind, the class, its arguments and, where it reads any, its inputs. `run` answers with a dict of
plain data. The older files (losses.json, metrics.json, optimizers.json, ...) hold the usual
settings with all reductions and weights; here is every argument that they leave at its default,
masks, gradients, and the configuration at each setting.
"""

import contextlib
import http.server
import io
import json
import pathlib
import tempfile
import threading
import urllib.parse
import warnings

import numpy as np


def waves(*shape, phase=0.0):
    """Numbers between -1 and 1, of three digits: the same in every version of NumPy."""
    turns = np.sin(np.arange(np.prod(shape, dtype=int)) * 1.37 + phase)
    return np.round(turns, 3).reshape(shape).astype("float32")


def _shares(*shape, phase=0.0, axis=-1):
    """Positive numbers that sum to about 1 along an axis, and not to it exactly."""
    x = np.exp(2 * waves(*shape, phase=phase).astype("float64"))
    return np.round(x / x.sum(axis, keepdims=True), 3).astype("float32")


def _bits(*shape, phase=0.0):
    return (waves(*shape, phase=phase) > 0).astype("float32")


def _one_hot(labels, classes, axis=-1):
    return np.moveaxis(np.eye(classes, dtype="float32")[np.array(labels)], -1, axis)


LABELS = [[0, 2, 1], [3, 3, 0]]


def pair(inputs, phase=0.0):
    """(y_true, y_pred) of a name; another phase gives another batch."""
    other = phase + 1.0
    pairs = {
        "real": lambda: (waves(4, 3, phase=phase), waves(4, 3, phase=other)),
        "rank3": lambda: (waves(2, 3, 4, phase=phase), waves(2, 3, 4, phase=other)),
        "positive": lambda: (1.5 + waves(4, 3, phase=phase), 1.2 + waves(4, 3, phase=other)),
        "rank3_bits": lambda: (
            _bits(2, 3, 4, phase=phase),
            0.5 + 0.5 * waves(2, 3, 4, phase=other),
        ),
        "signs": lambda: (2 * _bits(4, 3, phase=phase) - 1, waves(4, 3, phase=other)),
        "binary": lambda: (_bits(4, 3, phase=phase), 0.5 + 0.5 * waves(4, 3, phase=other)),
        "logits": lambda: (_bits(4, 3, phase=phase), 3 * waves(4, 3, phase=other)),
        "classes": lambda: (_one_hot([3, 0, 4, 1], 5), _shares(4, 5, phase=phase)),
        "class_logits": lambda: (_one_hot([3, 0, 4, 1], 5), 3 * waves(4, 5, phase=phase)),
        "middle": lambda: (_one_hot(LABELS, 4, 1), _shares(2, 4, 3, phase=phase, axis=1)),
        "middle_logits": lambda: (_one_hot(LABELS, 4, 1), 3 * waves(2, 4, 3, phase=phase)),
        "labels": lambda: (np.array([3, 0, 4, 1]), _shares(4, 5, phase=phase)),
        "label_logits": lambda: (np.array([3, 0, 4, 1]), 3 * waves(4, 5, phase=phase)),
        "label_steps": lambda: (np.array(LABELS), _shares(2, 3, 4, phase=phase)),
        "ids": lambda: (np.array(LABELS), np.array([[0, 1, 1], [3, 2, 0]])),
        "map": lambda: (_bits(2, 3, 3, 1, phase=phase), 0.5 + 0.5 * waves(2, 3, 3, 1, phase=other)),
        "several": lambda: (_bits(4, 3, phase=phase), 0.5 + 0.5 * waves(4, 3, phase=other)),
        "persons": lambda: (np.array([0, 1, 0, 2, 1, 0]), _unit(waves(6, 4, phase=phase))),
        "sequences": lambda: (np.array([[1, 2, 2], [3, 1, 0]]), 2 * waves(2, 7, 5, phase=phase)),
        "ranked": lambda: (np.array([3, 0, 4, 1]), np.argsort(waves(4, 5, phase=phase), -1)),
    }
    return pairs[inputs]()


def _unit(x):
    return np.round(x / np.linalg.norm(x, axis=-1, keepdims=True), 4)


def made(tf, value):
    """An argument as it is passed: {"make": "optimizers.SGD", "with": {...}} becomes the object."""
    if isinstance(value, dict) and "make" in value:
        found = tf.keras
        for name in value["make"].split("."):
            found = getattr(found, name)
        return found(**made(tf, value["with"])) if "with" in value else found
    if isinstance(value, dict):
        return {name: made(tf, item) for name, item in value.items()}
    return value


def make(name, /, **arguments):
    """What `made` makes an object of."""
    return {"make": name, "with": arguments}


# -- losses and metrics ----------------------------------------------------------------------------


def _weights(shape):
    return np.round(1 + 0.9 * waves(*shape, phase=4.0), 2).astype("float32")


def _masked(tf, y_pred, shape):
    """Predictions with a mask of this shape, as they leave a layer that masks."""
    y_pred = tf.constant(y_pred)
    y_pred._keras_mask = tf.constant(waves(*shape, phase=2.0) > -0.4)
    return y_pred


def run_loss(tf, wrap, name, arguments, inputs):
    """A loss without weights, with weights, masked; its gradient; its configuration."""
    y_true, y_pred = pair(inputs)
    loss = getattr(tf.keras.losses, name)(**arguments)
    each = getattr(tf.keras.losses, name)(**{**arguments, "reduction": None})(y_true, y_pred)
    rank, weights = len(each.shape), _weights(each.shape)

    def gradient():
        x = tf.constant(y_pred)
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = loss(y_true, x, sample_weight=weights if rank else None)
        return tape.gradient(value, x)

    found = {"value": wrap(lambda: loss(y_true, y_pred))(), "gradient": wrap(gradient)()}
    if rank:
        found["weighted"] = wrap(lambda: loss(y_true, y_pred, sample_weight=weights))()
        found["masked"] = loss(y_true, _masked(tf, y_pred, each.shape))
        found["masked_weighted"] = loss(y_true, _masked(tf, y_pred, each.shape), weights)
    return {**found, "config": loss.get_config()}


def run_loss_function(tf, wrap, name, arguments, inputs):
    """A function of labels and predictions, which losses and metrics have under one name."""
    y_true, y_pred = pair(inputs)
    module = tf.keras.metrics if hasattr(tf.keras.metrics, name) else tf.keras.losses
    return {"value": wrap(lambda: getattr(module, name)(y_true, y_pred, **arguments))()}


def run_metric(tf, wrap, name, arguments, inputs):
    """Results after each of two updates, after a reset and one with weights, and one masked."""
    metric = getattr(tf.keras.metrics, name)(**made(tf, arguments))
    single = name in ("Sum", "Mean")

    shape = _shape_of_weights(inputs, arguments.get("axis", -1))

    def update(phase, weights=None, masked=False):
        y_true, y_pred = pair(inputs, phase)
        y_pred = _masked(tf, y_pred, shape) if masked else y_pred
        given = (y_pred,) if single else (y_true, y_pred)
        step = wrap(lambda: metric.update_state(*given, sample_weight=weights))
        metric.update_state(*given) if masked else step()
        return np.array(metric.result())

    found = {"results": [update(0.0), update(1.0)], "state": _state(metric)}
    metric.reset_state()
    found["reset"] = _state(metric)
    weights = np.round(_weights(shape)).astype("int32") if "IoU" in name else _weights(shape)
    found["weighted"] = [update(0.0, weights), update(1.0, weights)]
    if name in _MASKABLE:
        metric.reset_state()
        found["masked"] = update(0.0, masked=True)
    return {**found, "config": metric.get_config()}


_MASKABLE = ("MeanSquaredError", "BinaryAccuracy", "CategoricalAccuracy", "Mean", "KLDivergence")


def _shape_of_weights(inputs, axis):
    """The shape of the predictions without their classes or features."""
    shape = list(pair(inputs)[1].shape)
    if inputs not in ("map", "ids"):
        del shape[axis]
    return shape


def _state(metric):
    return [np.array(variable) for variable in metric.variables]


# -- what touches weights --------------------------------------------------------------------------


def run_initializer(tf, wrap, name, arguments, shape):
    """The weights of a shape in two dtypes, the same again, and the configuration."""
    initializer = getattr(tf.keras.initializers, name)(**arguments)
    call = wrap(lambda: initializer(shape))
    found = {"value": call(), "float16": initializer(shape, dtype="float16")}
    return {**found, "config": initializer.get_config()}


def run_touch(module):
    """A runner of regularizers or constraints."""

    def run_of_module(tf, wrap, name, arguments, shape):
        part = getattr(getattr(tf.keras, module), name)(**arguments)
        found = {}
        for dtype in ("float32", "float64"):
            if dtype == "float64" and name == "OrthogonalRegularizer":
                continue  # Keras has it in float32 alone
            x = tf.constant(2 * waves(*shape), dtype)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = wrap(lambda x: part(x))(x)
                total = tf.reduce_sum(y * y)
            found |= {dtype: y, f"gradient_{dtype}": tape.gradient(total, x)}
        return {**found, "config": part.get_config()}

    return run_of_module


def run_schedule(tf, wrap, name, arguments, _):
    """The rates at some steps."""
    schedule = getattr(tf.keras.optimizers.schedules, name)(**arguments)
    steps = (0, 1, 4, 9, 10, 11, 25, 60)
    return {
        "rates": [wrap(lambda step=step: schedule(step))() for step in steps],
        "config": schedule.get_config(),
    }


def run_optimizer(tf, wrap, name, arguments, _):
    """Two variables after each of five steps, then the optimizer's own state."""
    optimizer = getattr(tf.keras.optimizers, name)(**made(tf, {"name": "own", **arguments}))
    shapes = {"kernel": (3, 2), "bias": (2,)}
    variables = [
        tf.keras.Variable(waves(*shape, phase=3.0), name=key) for key, shape in shapes.items()
    ]
    found = []
    # on TensorFlow Keras's ScheduleFreeAdamW reads its momentum too late from the second step on
    for step in range(1 if name == "ScheduleFreeAdamW" else 5):
        gradients = [waves(*v.shape, phase=step * 1.5) for v in variables]
        if name == "LossScaleOptimizer" and step == 2:
            gradients[1][0] = np.inf
        wrap(lambda g=gradients: optimizer.apply([tf.constant(x) for x in g], variables))()
        found.append([np.array(v) for v in variables])
    return {
        "weights": found,
        "iterations": int(optimizer.iterations),
        "state": [[v.path, np.array(v)] for v in optimizer.variables],
        "config": optimizer.get_config(),
    }


def run_optimizer_map(tf, wrap, name, arguments, keys):
    """Which optimizer a map gives for each path."""
    found = tf.keras.optimizers.OptimizerMap(**made(tf, arguments))
    chosen = [[key, type(found[key]).__name__, found[key].name] for key in keys]
    return {"chosen": chosen, "keys": sorted(found), "config": found.get_config()}


# -- callbacks -------------------------------------------------------------------------------------


def _small_model(tf, **compiled):
    layer = tf.keras.layers.Dense(1, kernel_initializer="ones", name="dense")
    model = tf.keras.Sequential([tf.keras.Input((2,)), layer])
    given = {"optimizer": tf.keras.optimizers.SGD(0.1), "loss": "mse", "metrics": ["mae"]}
    model.compile(**{**given, **compiled})
    return model


DATA = waves(6, 2), waves(6, 1, phase=2.0)


def _fit(tf, callbacks, model=None, data=DATA, **more):
    """The history of two epochs of three steps, the weights, and what was printed."""
    model = model or _small_model(tf)
    printed = io.StringIO()
    options = {"batch_size": 2, "epochs": 2, "shuffle": False, "verbose": 0, **more}
    with contextlib.redirect_stdout(printed):
        history = model.fit(*data, callbacks=callbacks, **options)
    found = {"history": history.history, "epochs": history.epoch, "params": history.params}
    return {
        **found,
        "weights": [np.array(w) for w in model.get_weights()],
        "printed": printed.getvalue(),
    }


def callback_terminate(tf, arguments):
    """A loss that is no number at the second step."""
    x, y = (np.array(part) for part in DATA)
    x[2, 0] = np.nan
    try:
        with warnings.catch_warnings(action="ignore"):
            found = _fit(tf, [tf.keras.callbacks.TerminateOnNaN(**arguments)], data=(x, y))
    except RuntimeError as error:
        return {"error": str(error)}
    return {name: found[name] for name in ("epochs", "printed")}


def callback_history(tf, arguments):
    """The history that fit makes, and one that is passed besides."""
    own = tf.keras.callbacks.History(**arguments)
    found = _fit(tf, [own], validation_data=DATA)
    return {**found, "own": own.history, "own_epochs": own.epoch}


def callback_lambda(tf, arguments):
    """Functions at the hooks named: what they are called with."""
    seen = []

    def noting(name):
        def hook(*place, logs=None):
            *place, logs = (*place, logs) if place in ((), (0,), (1,), (2,)) else place
            seen.append([name, *place, sorted(logs or {})])

        return hook

    hooks = {name: noting(name) for name in arguments}
    _fit(tf, [tf.keras.callbacks.LambdaCallback(**hooks)], validation_data=DATA)
    return {"seen": seen}


def callback_swap(tf, arguments):
    """Weights at the hooks that come after the swap, and after the training."""
    seen = []
    model = _small_model(tf, optimizer=tf.keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5))

    def note(*_):
        seen.append(np.array(model.get_weights()[0]))

    hooks = ("on_epoch_begin", "on_epoch_end", "on_test_begin", "on_test_end")
    after = tf.keras.callbacks.LambdaCallback(**dict.fromkeys(hooks, note))
    swap = tf.keras.callbacks.SwapEMAWeights(**arguments)
    return {**_fit(tf, [swap, after], model, validation_data=DATA), "seen": seen}


def callback_remote(tf, arguments):
    """What a server is sent at the ends of two epochs."""
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            kept = [self.headers[name] for name in ("Content-Type", "Who")]
            received.append([self.path, *kept, urllib.parse.parse_qs(body) or json.loads(body)])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:

        def answer():
            server.handle_request()
            server.handle_request()

        answering = threading.Thread(target=answer, daemon=True)
        answering.start()
        root = f"http://127.0.0.1:{server.server_port}"
        monitor = tf.keras.callbacks.RemoteMonitor(root=root, **arguments)
        monitor.on_epoch_end(0, {"loss": np.float32(0.5)})
        monitor.on_epoch_end(7, {"loss": 0.25, "count": 3})
        answering.join(10)
    return {"received": received}


def callback_list(tf, arguments):
    """Which callbacks a list holds, and what it passes on to them."""
    own = tf.keras.callbacks.LambdaCallback()
    model = _small_model(tf)
    calls = tf.keras.callbacks.CallbackList(
        [own], model=model, epochs=3, steps=2, verbose=1, **arguments
    )
    return {
        "classes": [type(c).__name__ for c in calls.callbacks],
        "params": own.params,
        "knows_model": own.model is model,
    }


def callback_csv(tf, arguments):
    """The file that a training writes, twice to one place."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        for _ in range(2):
            _fit(tf, [tf.keras.callbacks.CSVLogger(filename=file.name, **arguments)])
        lines = pathlib.Path(file.name).read_text().split("\n")
    # the last digits of the figures are left to the sums' order: names, lines, separators count
    return {"lines": len(lines), "heads": [line[:12] for line in lines]}


def callback_scheduler(tf, arguments):
    """Rates that a function gives for each epoch, in the logs and in the weights."""
    own = tf.keras.callbacks.LearningRateScheduler(
        schedule=lambda epoch, rate: rate / (epoch + 2), **arguments
    )
    return _fit(tf, [own])


def callback_base(tf, arguments):
    """A subclass: its params, and the model it is given."""

    class Own(tf.keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["twice"] = 2.0 * epoch

    own = Own()
    found = _fit(tf, [own])
    return {"params": own.params, "twice": found["history"]["twice"], "has": own.model is not None}


def run_callback(tf, wrap, name, arguments, _):
    """A callback in a training or in a script of its own."""
    return CALLBACKS[name](tf, arguments)


CALLBACKS = {
    "TerminateOnNaN": callback_terminate,
    "History": callback_history,
    "LambdaCallback": callback_lambda,
    "SwapEMAWeights": callback_swap,
    "RemoteMonitor": callback_remote,
    "CallbackList": callback_list,
    "CSVLogger": callback_csv,
    "LearningRateScheduler": callback_scheduler,
    "Callback": callback_base,
}

# -- the table -------------------------------------------------------------------------------------

_AXES = {"input_axes": [0], "output_axes": [1, 2]}
_HOOKS = [
    f"on_{part}_{end}"
    for part in ("epoch", "train", "train_batch", "test", "test_batch")
    for end in ("begin", "end")
]

LOSSES = [
    ("BinaryCrossentropy", {}, "binary"),
    ("BinaryCrossentropy", {"axis": 0}, "binary"),
    ("BinaryCrossentropy", {"axis": 1, "label_smoothing": 0.3}, "rank3_bits"),
    ("BinaryFocalCrossentropy", {"alpha": 0.4, "gamma": 3.0}, "binary"),
    (
        "BinaryFocalCrossentropy",
        {"alpha": 0.4, "apply_class_balancing": True, "from_logits": True},
        "logits",
    ),
    ("BinaryFocalCrossentropy", {"label_smoothing": 0.2, "axis": 0}, "binary"),
    ("CategoricalCrossentropy", {"from_logits": True}, "class_logits"),
    ("CategoricalCrossentropy", {"axis": 1}, "middle"),
    ("CategoricalCrossentropy", {"axis": 1, "from_logits": True}, "middle_logits"),
    ("CategoricalFocalCrossentropy", {"alpha": 0.6}, "classes"),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "class_logits"),
    ("CategoricalFocalCrossentropy", {"axis": 1}, "middle"),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.9}, "labels"),
    ("SparseCategoricalCrossentropy", {"axis": 1}, "labels"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 3, "from_logits": True}, "label_steps"),
    ("Circle", {"margin": 0.1, "remove_diagonal": False}, "persons"),
    ("Circle", {"gamma": 10.0, "reduction": "sum"}, "persons"),
    ("CosineSimilarity", {"axis": 0}, "real"),
    ("CosineSimilarity", {"axis": -2}, "rank3"),
    ("Huber", {"delta": 0.2, "reduction": "mean_with_sample_weight"}, "real"),
    ("LogCosh", {"reduction": "mean_with_sample_weight"}, "rank3"),
    ("MeanAbsoluteError", {}, "rank3"),
    ("MeanSquaredError", {"dtype": "float64"}, "real"),
    ("MeanAbsolutePercentageError", {"reduction": "sum"}, "rank3"),
    ("MeanSquaredLogarithmicError", {"reduction": "none"}, "positive"),
    ("Hinge", {}, "signs"),
    ("Hinge", {"reduction": "sum"}, "binary"),
    ("SquaredHinge", {}, "binary"),
    ("CategoricalHinge", {"reduction": "mean"}, "classes"),
    ("KLDivergence", {}, "middle"),
    ("Poisson", {}, "positive"),
    ("Dice", {}, "map"),
    ("Dice", {"axis": [1, 2], "reduction": "none"}, "map"),
    ("Tversky", {"alpha": 0.7, "beta": 0.4}, "map"),
    ("CTC", {"reduction": "none"}, "sequences"),
]
FUNCTIONS = [
    ("binary_accuracy", {}, "binary"),
    ("binary_accuracy", {"threshold": 0.2}, "binary"),
    ("categorical_accuracy", {}, "classes"),
    ("sparse_categorical_accuracy", {}, "labels"),
    ("sparse_categorical_accuracy", {}, "label_steps"),
    ("top_k_categorical_accuracy", {}, "classes"),
    ("top_k_categorical_accuracy", {"k": 2}, "classes"),
    ("sparse_top_k_categorical_accuracy", {"k": 2}, "labels"),
    ("sparse_top_k_categorical_accuracy", {"k": 3, "from_sorted_ids": True}, "ranked"),
    ("pearson_correlation", {}, "real"),
    ("pearson_correlation", {"axis": 0}, "real"),
    ("concordance_correlation", {}, "rank3"),
    ("concordance_correlation", {"axis": 1}, "rank3"),
    ("sparse_categorical_crossentropy", {"axis": 1}, "labels"),
]
METRICS = [
    ("CategoricalCrossentropy", {"from_logits": True}, "class_logits"),
    ("CategoricalCrossentropy", {"axis": 1}, "middle"),
    ("SparseCategoricalCrossentropy", {"axis": 1}, "labels"),
    ("SparseCategoricalCrossentropy", {}, "label_steps"),
    ("IoU", {"num_classes": 4, "target_class_ids": [1, 3], "sparse_y_pred": False}, "label_steps"),
    (
        "IoU",
        {
            "num_classes": 5,
            "target_class_ids": [0, 4],
            "sparse_y_true": False,
            "sparse_y_pred": False,
        },
        "classes",
    ),
    ("OneHotIoU", {"num_classes": 5, "target_class_ids": [0, 3], "ignore_class": 4}, "classes"),
    ("OneHotMeanIoU", {"num_classes": 5, "ignore_class": 1}, "classes"),
    ("OneHotMeanIoU", {"num_classes": 5, "sparse_y_pred": False}, "classes"),
    ("OneHotIoU", {"num_classes": 5, "target_class_ids": [1], "sparse_y_pred": False}, "classes"),
    ("BinaryIoU", {"target_class_ids": [0], "threshold": 0.7}, "map"),
    ("PearsonCorrelation", {}, "real"),
    ("PearsonCorrelation", {"axis": 0}, "real"),
    ("ConcordanceCorrelation", {"axis": 1}, "rank3"),
    ("MeanMetricWrapper", {"fn": {"make": "losses.huber"}, "delta": 0.3}, "real"),
    ("MeanMetricWrapper", {"fn": {"make": "losses.squared_hinge"}}, "signs"),
    ("MeanSquaredError", {}, "real"),
    ("MeanSquaredError", {"dtype": "float64"}, "rank3"),
    ("RootMeanSquaredError", {}, "rank3"),
    ("BinaryAccuracy", {"threshold": 0.6}, "several"),
    ("CategoricalAccuracy", {}, "classes"),
    ("KLDivergence", {}, "classes"),
    ("Mean", {}, "real"),
    ("Sum", {}, "rank3"),
    ("Accuracy", {}, "ids"),
    ("AUC", {"num_thresholds": 7, "curve": "PR", "summation_method": "majoring"}, "several"),
    ("AUC", {"multi_label": True, "num_labels": 3, "label_weights": [0.2, 0.3, 0.5]}, "several"),
    ("Precision", {"thresholds": [0.2, 0.6], "class_id": 1}, "several"),
    ("Recall", {"top_k": 1}, "several"),
    ("SensitivityAtSpecificity", {"specificity": 0.6, "num_thresholds": 5}, "several"),
    ("SpecificityAtSensitivity", {"sensitivity": 0.4, "class_id": 2}, "several"),
    ("PrecisionAtRecall", {"recall": 0.5, "num_thresholds": 9}, "several"),
    ("RecallAtPrecision", {"precision": 0.6, "num_thresholds": 9}, "several"),
    ("R2Score", {"class_aggregation": None}, "real"),
    ("FBetaScore", {"average": "weighted", "beta": 0.5, "threshold": 0.4}, "several"),
    ("F1Score", {"average": "micro"}, "classes"),
]
INITIALIZERS = [
    *[
        (name, {"seed": 11, **axes}, shape)
        for name in (
            "GlorotUniform",
            "GlorotNormal",
            "LecunUniform",
            "LecunNormal",
            "HeUniform",
            "HeNormal",
        )
        for axes, shape in (({}, [2, 3]), (_AXES, [2, 3, 2]))
    ],
    ("TruncatedNormal", {"mean": 0.5, "stddev": 0.2, "seed": 3}, [2, 3]),
    ("RandomNormal", {"mean": -1.0, "stddev": 0.1, "seed": 4}, [5]),
    ("RandomUniform", {"minval": 1.0, "maxval": 1.5, "seed": 4}, [2, 2]),
    ("VarianceScaling", {"scale": 0.5, "distribution": "normal", "seed": 2, **_AXES}, [2, 3, 2]),
    ("Orthogonal", {"gain": 0.5, "seed": 2}, [2, 3]),
    ("Constant", {"value": -1.5}, [2]),
    ("Constant", {"value": 7}, [1, 2]),
    ("Identity", {}, [3, 3]),
    ("Ones", {}, [2]),
    ("Zeros", {}, []),
    ("STFT", {"side": "real", "window": None, "scaling": "density"}, [4, 1, 3]),
]
REGULARIZERS = [
    ("L1", {"l1": 0.5}, [2, 3]),
    ("L2", {"l2": 0.2}, [2, 3, 2]),
    ("L1L2", {"l1": 0.5}, [4]),
    ("L1L2", {"l1": 0.0, "l2": 0.0}, [4]),
    ("OrthogonalRegularizer", {"factor": 0.1}, [3, 4]),
    ("OrthogonalRegularizer", {"factor": 2.0, "mode": "columns"}, [3, 2]),
]
CONSTRAINTS = [
    ("MaxNorm", {"max_value": 1, "axis": 0}, [3, 2]),
    ("MaxNorm", {"max_value": 0.7, "axis": [0, 1, 2]}, [2, 2, 2, 2]),
    ("NonNeg", {}, [2, 3]),
    ("UnitNorm", {"axis": [0, 1]}, [2, 3]),
    ("UnitNorm", {}, [4]),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 0.8, "rate": 0.3}, [3, 2]),
    ("MinMaxNorm", {"min_value": 3.0, "max_value": 4.0, "rate": 1.0, "axis": 1}, [3, 2]),
]
SCHEDULES = [
    ("ExponentialDecay", {"initial_learning_rate": 1.0, "decay_steps": 3, "decay_rate": 0.9}),
    ("PiecewiseConstantDecay", {"boundaries": [1, 10, 25], "values": [1.0, 0.5, 0.2, 0.1]}),
    (
        "PolynomialDecay",
        {"initial_learning_rate": 1.0, "decay_steps": 10, "end_learning_rate": 0.1, "cycle": True},
    ),
    (
        "InverseTimeDecay",
        {"initial_learning_rate": 1.0, "decay_steps": 4, "decay_rate": 0.5, "staircase": True},
    ),
    ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 10, "warmup_target": 0.5,
                     "warmup_steps": 9, "alpha": 0.3}),
    ("CosineDecayRestarts", {"initial_learning_rate": 1.0, "first_decay_steps": 4, "t_mul": 2.0,
                             "m_mul": 0.5, "alpha": 0.01}),
]  # fmt: skip
_SGD = make("optimizers.SGD", learning_rate=0.5, name="left")
_ADAM = make("optimizers.Adam", learning_rate=0.1, beta_1=0.5, name="right")
_MAP = {"default_optimizer": _SGD, "optimizer_map": {".*bias": _ADAM}}
OPTIMIZERS = [
    ("Adafactor", {"learning_rate": 0.1, "epsilon_1": 0.01, "epsilon_2": 0.1}),
    ("AdamW", {"learning_rate": 0.1, "beta_1": 0.7, "beta_2": 0.8, "epsilon": 0.01}),
    ("Adamax", {"learning_rate": 0.1, "epsilon": 0.1}),
    ("Nadam", {"learning_rate": 0.1, "epsilon": 0.1}),
    ("Lamb", {"learning_rate": 0.1, "beta_2": 0.7}),
    ("Muon", {"learning_rate": 0.1, "adam_beta_1": 0.6, "adam_beta_2": 0.7, "epsilon": 0.01}),
    ("Muon", {"learning_rate": 0.1, "muon_a": 2.0, "muon_b": -1.5, "muon_c": 0.5}),
    ("Muon", {"learning_rate": 0.1, "exclude_embeddings": False, "rms_rate": 0.5}),
    ("SGD", {"learning_rate": make("optimizers.schedules.CosineDecay", initial_learning_rate=0.5,
                                   decay_steps=4), "momentum": 0.5}),
    ("Adam", {"learning_rate": 0.1, "weight_decay": 0.2, "clipvalue": 0.4, "use_ema": True,
              "ema_momentum": 0.7, "ema_overwrite_frequency": 2}),
    ("Adam", {"learning_rate": 0.1, "gradient_accumulation_steps": 2, "loss_scale_factor": 2.0}),
    ("ScheduleFreeAdamW", {"learning_rate": 0.1, "beta_2": 0.7, "epsilon": 0.01}),
    ("LossScaleOptimizer", {"inner_optimizer": _SGD, "initial_scale": 8.0,
                            "dynamic_growth_steps": 1}),
    ("LossScaleOptimizer", {"inner_optimizer": _ADAM}),
    ("MultiOptimizer", {"optimizer_map": make("optimizers.OptimizerMap", **_MAP)}),
    ("MultiOptimizer", {"optimizer_map": make("optimizers.OptimizerMap", **_MAP),
                        "loss_scale_factor": 4.0}),
]  # fmt: skip
MAPS = [
    ("OptimizerMap", _MAP, ["dense/kernel", "dense/bias", "bias", "biases"]),
    ("OptimizerMap", {"default_optimizer": _ADAM}, ["dense/kernel"]),
]
CALLBACK_CASES = [
    ("TerminateOnNaN", {}),
    ("TerminateOnNaN", {"raise_error": True}),
    ("History", {}),
    ("LambdaCallback", dict.fromkeys(_HOOKS)),
    ("SwapEMAWeights", {}),
    ("SwapEMAWeights", {"swap_on_epoch": True}),
    ("RemoteMonitor", {}),
    ("RemoteMonitor", {"path": "/logs", "field": "of", "headers": {"Who": "me"}}),
    ("RemoteMonitor", {"path": "/logs", "send_as_json": True}),
    ("CallbackList", {}),
    ("CallbackList", {"add_history": True, "add_progbar": True}),
    ("CSVLogger", {"separator": ";"}),
    ("CSVLogger", {"append": True}),
    ("LearningRateScheduler", {"verbose": 1}),
    ("Callback", {}),
]

RUNNERS = {
    "losses": (run_loss, LOSSES),
    "functions": (run_loss_function, FUNCTIONS),
    "metrics": (run_metric, METRICS),
    "initializers": (run_initializer, INITIALIZERS),
    "regularizers": (run_touch("regularizers"), REGULARIZERS),
    "constraints": (run_touch("constraints"), CONSTRAINTS),
    "schedules": (run_schedule, SCHEDULES),
    "optimizers": (run_optimizer, OPTIMIZERS),
    "maps": (run_optimizer_map, MAPS),
    "callbacks": (run_callback, CALLBACK_CASES),
}


def cases():
    """(kind, class, arguments, inputs) of all cases."""
    for kind, (_, rows) in RUNNERS.items():
        for name, arguments, *inputs in rows:
            yield kind, name, arguments, inputs[0] if inputs else None


def run(tf, case, wrap=lambda function: function):
    """What a case gives, as plain data; `wrap` is put around calls, to compile them."""
    kind, *given = case
    return plain(RUNNERS[kind][0](tf, wrap, *given))


def plain(value):
    """Nested lists, dicts, numbers and words, with floats as short as their dtype allows."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    array = np.asarray(value)
    if array.ndim:
        return [plain(item) for item in array]
    if array.dtype.kind in "biu":
        return array.item()
    return float(str(array)) if np.isfinite(array) else str(float(array))
