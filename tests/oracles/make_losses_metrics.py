"""Record Keras's own figures for every loss and metric: golden/losses.json and golden/metrics.json.

Run with a Python that has tensorflow 2.21 and keras 3.15: `python tests/oracles/make_losses_metrics.py`.
The tests read the JSON only. Inputs are drawn once, rounded to 6 digits and stored beside the
figures, so that both sides see the same float32 numbers.
"""

import json
import pathlib

import keras
import numpy as np
import tensorflow as tf
from keras.src.losses import losses as keras_losses
from keras.src.metrics import metrics_utils

GOLDEN = pathlib.Path(__file__).parent / "golden"
RNG = np.random.default_rng(20)


def normal(*shape):
    return RNG.normal(size=shape)


def binary(*shape):
    return RNG.integers(0, 2, size=shape).astype(float)


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def one_hot(labels, classes):
    return np.eye(classes)[labels]


def clean(value):
    """Nested lists of floats as short as float32 allows; NaN and infinities as strings."""
    if isinstance(value, dict):
        return {k: clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(v) for v in value]
    if value is None or isinstance(value, (str, bool, int)):
        return value
    array = np.asarray(value)
    if array.ndim:
        return [clean(v) for v in array]
    if array.dtype == bool:
        return bool(array)
    if array.dtype.kind in "iu":
        return int(array)
    return float(str(array)) if np.isfinite(array) else str(float(array))


def dump(name, content):
    text = json.dumps(clean(content), separators=(",", ":"))
    text = text.replace('],"', '],\n"').replace("},{", "},\n{")
    (GOLDEN / name).write_text(text + "\n")
    print(name, len(text), "characters")


def rounded(pairs):
    return {
        name: [np.round(np.asarray(side, "float64"), 6).astype("float32") for side in pair]
        for name, pair in pairs.items()
    }


def loss_inputs():
    probabilities = softmax(normal(4, 5) * 2)
    labels = np.array([3, 0, 4, 1])
    edge = RNG.uniform(size=(4, 3))
    edge[0, :2] = 0.0, 1.0
    edge[1, :2] = 1.0, 0.0
    embeddings = normal(6, 4)
    embeddings /= np.linalg.norm(embeddings, axis=-1, keepdims=True)
    real = normal(4, 3)
    real[1, 1] = 0.0
    return rounded(
        {
            "real": (real, normal(4, 3)),
            "far": (normal(4, 3), normal(4, 3) * 30),
            "rank1": (normal(5), normal(5)),
            "rank3": (normal(2, 3, 4), normal(2, 3, 4)),
            "row_column": (normal(5), normal(5, 1)),
            "column_row": (normal(5, 1), normal(5)),
            "positive": (RNG.uniform(0, 4, (4, 3)), RNG.uniform(0.1, 3, (4, 3))),
            "counts": (RNG.integers(0, 5, (4, 3)), RNG.uniform(0.1, 3, (4, 3))),
            "signs": (binary(4, 3) * 2 - 1, normal(4, 3)),
            "binary_scores": (binary(4, 3), normal(4, 3)),
            "binary": (binary(4, 3), edge),
            "binary_logits": (binary(4, 3), normal(4, 3) * 4),
            "binary_column": (binary(6, 1), RNG.uniform(size=(6, 1))),
            "one_hot": (one_hot(labels, 5), probabilities),
            "one_hot_unnormalized": (one_hot(labels, 5), RNG.uniform(size=(4, 5))),
            "one_hot_logits": (one_hot(labels, 5), normal(4, 5) * 3),
            "one_hot_rank3": (
                one_hot(RNG.integers(0, 4, (2, 3)), 4),
                softmax(normal(2, 3, 4)),
            ),
            "distributions": (softmax(normal(4, 5)), probabilities),
            "sparse": (labels, probabilities),
            "sparse_unnormalized": (labels, RNG.uniform(size=(4, 5))),
            "sparse_column": (labels[:, None], probabilities),
            "sparse_logits": (labels, normal(4, 5) * 3),
            "sparse_rank3": (RNG.integers(0, 4, (2, 3)), softmax(normal(2, 3, 4))),
            "sparse_ignored": (np.array([3, -1, 4, 1]), probabilities),
            "sparse_ignored_rank3": (
                np.array([[3, 255, 0], [255, 1, 2]]),
                normal(2, 3, 4),
            ),
            "segmentation": (binary(2, 3, 3, 1), RNG.uniform(size=(2, 3, 3, 1))),
            "embeddings": (np.array([0, 1, 0, 2, 1, 0]), embeddings),
            "sequences": (np.array([[1, 2, 2], [3, 1, 0]]), normal(2, 7, 5)),
        }
    )


FUNCTIONS = [
    *[
        (name, {}, inputs)
        for name in (
            "mean_squared_error",
            "mean_absolute_error",
            "mean_absolute_percentage_error",
            "cosine_similarity",
            "huber",
            "log_cosh",
        )
        for inputs in ("real", "far", "rank1", "rank3", "row_column", "column_row")
    ],
    ("huber", {"delta": 0.3}, "real"),
    ("cosine_similarity", {"axis": 0}, "real"),
    ("cosine_similarity", {"axis": 1}, "rank3"),
    ("mean_squared_logarithmic_error", {}, "positive"),
    ("mean_squared_logarithmic_error", {}, "real"),
    ("poisson", {}, "counts"),
    ("kl_divergence", {}, "distributions"),
    ("kl_divergence", {}, "one_hot"),
    *[
        (name, {}, inputs)
        for name in ("hinge", "squared_hinge", "categorical_hinge")
        for inputs in ("signs", "binary_scores", "real", "one_hot_rank3")
    ],
    ("binary_crossentropy", {}, "binary"),
    ("binary_crossentropy", {}, "binary_column"),
    ("binary_crossentropy", {"label_smoothing": 0.2}, "binary"),
    ("binary_crossentropy", {"axis": 0}, "binary"),
    ("binary_crossentropy", {"from_logits": True}, "binary_logits"),
    ("binary_crossentropy", {"from_logits": True, "label_smoothing": 0.1}, "binary_logits"),
    ("binary_focal_crossentropy", {}, "binary"),
    ("binary_focal_crossentropy", {"gamma": 3.0, "apply_class_balancing": True}, "binary"),
    ("binary_focal_crossentropy", {"from_logits": True, "alpha": 0.4}, "binary_logits"),
    ("binary_focal_crossentropy", {"label_smoothing": 0.1, "axis": 0}, "binary"),
    *[
        (f"categorical_{kind}crossentropy", kwargs, inputs)
        for kind in ("", "focal_")
        for kwargs, inputs in [
            ({}, "one_hot"),
            ({}, "one_hot_unnormalized"),
            ({}, "one_hot_rank3"),
            ({"axis": 1}, "one_hot_rank3"),
            ({"label_smoothing": 0.2}, "one_hot"),
            ({"from_logits": True}, "one_hot_logits"),
            ({"from_logits": True, "label_smoothing": 0.1}, "one_hot_logits"),
        ]
    ],
    ("categorical_focal_crossentropy", {"alpha": 0.5, "gamma": 1.0}, "one_hot"),
    ("sparse_categorical_crossentropy", {}, "sparse"),
    ("sparse_categorical_crossentropy", {}, "sparse_unnormalized"),
    ("sparse_categorical_crossentropy", {}, "sparse_column"),
    ("sparse_categorical_crossentropy", {}, "sparse_rank3"),
    ("sparse_categorical_crossentropy", {"from_logits": True}, "sparse_logits"),
    ("sparse_categorical_crossentropy", {"ignore_class": -1}, "sparse_ignored"),
    (
        "sparse_categorical_crossentropy",
        {"ignore_class": 255, "from_logits": True},
        "sparse_ignored_rank3",
    ),
    ("dice", {}, "segmentation"),
    ("dice", {"axis": [1, 2, 3]}, "segmentation"),
    ("tversky", {}, "segmentation"),
    ("tversky", {"alpha": 0.3, "beta": 0.7, "axis": [1, 2, 3]}, "segmentation"),
    ("circle", {}, "embeddings"),
    ("circle", {"gamma": 4.0, "margin": 0.2, "remove_diagonal": False}, "embeddings"),
    ("categorical_generalized_cross_entropy", {"q": 0.7}, "sparse"),
    ("ctc", {}, "sequences"),
]

CLASSES = [
    ("MeanSquaredError", {}, "real"),
    ("MeanSquaredError", {}, "row_column"),
    ("MeanSquaredError", {}, "rank3"),
    ("MeanAbsoluteError", {}, "real"),
    ("MeanAbsolutePercentageError", {}, "real"),
    ("MeanSquaredLogarithmicError", {}, "positive"),
    ("CosineSimilarity", {"axis": 1}, "real"),
    ("Huber", {"delta": 0.5}, "real"),
    ("LogCosh", {}, "real"),
    ("Hinge", {}, "signs"),
    ("SquaredHinge", {}, "signs"),
    ("CategoricalHinge", {}, "binary_scores"),
    ("KLDivergence", {}, "distributions"),
    ("Poisson", {}, "counts"),
    ("BinaryCrossentropy", {}, "binary"),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "binary_logits"),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True}, "binary"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "one_hot"),
    ("CategoricalFocalCrossentropy", {"gamma": 1.5}, "one_hot"),
    ("SparseCategoricalCrossentropy", {}, "sparse"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "sparse_logits"),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1}, "sparse_ignored"),
    (
        "SparseCategoricalCrossentropy",
        {"ignore_class": 255, "from_logits": True},
        "sparse_ignored_rank3",
    ),
    ("Dice", {"axis": [1, 2, 3]}, "segmentation"),
    ("Tversky", {"alpha": 0.2, "beta": 0.8, "axis": [1, 2, 3]}, "segmentation"),
    ("Circle", {}, "embeddings"),
    ("Circle", {"gamma": 2.0}, "embeddings"),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.3}, "sparse"),
    ("CTC", {}, "sequences"),
]

REDUCTIONS = ["sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"]


def with_mask(y_pred, mask):
    """A tensor that carries a Keras mask, as one that left an Embedding layer does."""
    y_pred = tf.constant(y_pred)
    if mask is not None:
        y_pred._keras_mask = tf.constant(mask)
    return y_pred


def class_cases(name, kwargs, inputs, y_true, y_pred):
    function = getattr(keras.losses, name)(reduction=None, **kwargs)
    rank = len(function(y_true, y_pred).shape)
    batch = y_true.shape[0]
    weights = [None]
    if rank:
        weights.append(np.round(RNG.uniform(0, 2, batch), 3).astype("float32"))
        weights.append(np.zeros(batch, "float32"))
    for reduction in REDUCTIONS:
        loss = getattr(keras.losses, name)(reduction=reduction, **kwargs)
        for weight in weights:
            if len(weights) > 1 and weight is weights[2] and "weight" not in reduction:
                continue
            if rank > 1 and weight is not None:
                weight = np.outer(weight, np.ones(y_pred.shape[1], "float32"))
            yield {
                "class": name,
                "kwargs": {**kwargs, "reduction": reduction},
                "inputs": inputs,
                "sample_weight": weight,
                "value": loss(y_true, y_pred, sample_weight=weight),
            }


def masked_cases(data):
    mask = {"real": [True, False, True, True], "rank3": [[1, 0, 1], [0, 0, 1]]}
    mask = {key: np.array(value, bool) for key, value in mask.items()}
    for inputs in mask:
        y_true, y_pred = data[inputs]
        for empty in (False, True):
            chosen = mask[inputs] & False if empty else mask[inputs]
            weight = np.arange(1, 1 + chosen.size, dtype="float32").reshape(chosen.shape)
            for reduction in REDUCTIONS:
                for sample_weight in (None, weight):
                    loss = keras.losses.MeanSquaredError(reduction=reduction)
                    yield {
                        "class": "MeanSquaredError",
                        "kwargs": {"reduction": reduction},
                        "inputs": inputs,
                        "mask": chosen,
                        "sample_weight": sample_weight,
                        "value": loss(y_true, with_mask(y_pred, chosen), sample_weight),
                    }


def all_losses():
    data = loss_inputs()
    functions, classes, configs = [], [], {}
    for name, kwargs, inputs in FUNCTIONS:
        y_true, y_pred = (tf.constant(side) for side in data[inputs])
        cotangent = None
        with tf.GradientTape() as tape:
            tape.watch(y_pred)
            function = getattr(keras_losses, name)
            value = function(y_true, y_pred, **kwargs)
            cotangent = np.round(normal(*value.shape), 3).astype("float32")
            total = tf.reduce_sum(value * cotangent)
        functions.append(
            {
                "name": name,
                "kwargs": kwargs,
                "inputs": inputs,
                "value": value,
                "cotangent": cotangent,
                "gradient": tape.gradient(total, y_pred),
            }
        )
    for name, kwargs, inputs in CLASSES:
        classes += class_cases(name, kwargs, inputs, *data[inputs])
        configs[name] = getattr(keras.losses, name)().get_config()
    classes += masked_cases(data)
    dump(
        "losses.json",
        {"inputs": data, "functions": functions, "classes": classes, "configs": configs},
    )


def metric_inputs():
    """Named streams: each a list of updates (y_true, y_pred) of one shape."""
    labels = RNG.integers(0, 5, (2, 6))
    many = RNG.uniform(size=(2, 40))
    real = normal(2, 6, 3)
    streams = {
        "values": (np.zeros((2, 4)), normal(2, 4)),
        "real": (real, real + normal(2, 6, 3) * 0.5),
        "column": (normal(2, 6), normal(2, 6, 1)),
        "real_rank3": (normal(2, 2, 3, 4), normal(2, 2, 3, 4)),
        "positive": (RNG.uniform(0, 4, (2, 6, 3)), RNG.uniform(0.1, 3, (2, 6, 3))),
        "labels": (labels, RNG.integers(0, 5, (2, 6))),
        "labels_column": (labels[..., None], RNG.integers(0, 5, (2, 6))),
        "binary": (binary(2, 6, 3), np.round(RNG.uniform(size=(2, 6, 3)), 1)),
        "binary_column": (binary(2, 6, 1), RNG.uniform(size=(2, 6, 1))),
        "binary_row_column": (binary(2, 6), RNG.uniform(size=(2, 6, 1))),
        "binary_logits": (binary(2, 6, 3), normal(2, 6, 3) * 2),
        "ranking": ((RNG.uniform(size=(2, 40)) < many * 0.8).astype(float), many),
        "all_negative": (np.zeros((2, 6)), RNG.uniform(size=(2, 6))),
        "one_hot": (one_hot(labels, 5), softmax(normal(2, 6, 5))),
        "one_hot_rank3": (
            one_hot(RNG.integers(0, 4, (2, 2, 3)), 4),
            softmax(normal(2, 2, 3, 4)),
        ),
        "sparse": (labels, softmax(normal(2, 6, 5))),
        "sparse_column": (labels[..., None], softmax(normal(2, 6, 5))),
        "sparse_logits": (labels, normal(2, 6, 5) * 2),
        "sparse_rank3": (RNG.integers(0, 4, (2, 2, 3)), softmax(normal(2, 2, 3, 4))),
        "sparse_ignored": (
            np.where(np.arange(6) % 3 == 1, -1, labels),
            softmax(normal(2, 6, 5)),
        ),
        "top_ids": (labels, np.argsort(-normal(2, 6, 5), -1)),
        "tied": (labels, np.round(softmax(normal(2, 6, 5)), 1)),
        "multi_hot": (binary(2, 6, 4), RNG.uniform(size=(2, 6, 4))),
        "signs": (binary(2, 6, 3) * 2 - 1, normal(2, 6, 3)),
        "distributions": (softmax(normal(2, 6, 5)), softmax(normal(2, 6, 5))),
        "series": (normal(2, 3, 8), normal(2, 3, 8)),
        "class_map": (RNG.integers(0, 3, (2, 2, 5)), RNG.integers(0, 3, (2, 2, 5))),
        "class_map_odd": (RNG.integers(-1, 5, (2, 2, 5)), RNG.integers(-1, 5, (2, 2, 5))),
        "missing_class": (np.zeros((2, 6)), np.array([[0, 0, 1, 0, 1, 0]] * 2)),
        "one_hot_map": (
            one_hot(RNG.integers(0, 3, (2, 4)), 3),
            softmax(normal(2, 4, 3)),
        ),
    }
    return rounded(streams)


THRESHOLDS = [0.0, 0.3, 0.5, 1.0]
EVEN = [i / 10 for i in range(11)]

METRICS = [
    ("Sum", {}, "values"),
    ("Mean", {}, "values"),
    ("Mean", {}, "real"),
    *[
        (name, {}, inputs)
        for name in (
            "MeanSquaredError",
            "RootMeanSquaredError",
            "MeanAbsoluteError",
            "MeanAbsolutePercentageError",
            "LogCoshError",
            "CosineSimilarity",
        )
        for inputs in ("real", "column", "real_rank3")
    ],
    ("MeanSquaredLogarithmicError", {}, "positive"),
    ("CosineSimilarity", {"axis": 1}, "real_rank3"),
    *[
        ("R2Score", {"class_aggregation": mode, "num_regressors": count}, "real")
        for mode in (None, "uniform_average", "variance_weighted_average")
        for count in (0, 2)
    ],
    ("Accuracy", {}, "labels"),
    ("Accuracy", {}, "labels_column"),
    ("BinaryAccuracy", {}, "binary"),
    ("BinaryAccuracy", {"threshold": 0.3}, "binary"),
    ("BinaryAccuracy", {}, "binary_column"),
    ("BinaryAccuracy", {}, "binary_row_column"),
    ("CategoricalAccuracy", {}, "one_hot"),
    ("CategoricalAccuracy", {}, "one_hot_rank3"),
    ("SparseCategoricalAccuracy", {}, "sparse"),
    ("SparseCategoricalAccuracy", {}, "sparse_column"),
    ("SparseCategoricalAccuracy", {}, "sparse_rank3"),
    ("TopKCategoricalAccuracy", {"k": 2}, "one_hot"),
    ("TopKCategoricalAccuracy", {}, "one_hot"),
    ("TopKCategoricalAccuracy", {"k": 2}, "one_hot_rank3"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "sparse"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "tied"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "sparse_rank3"),
    ("SparseTopKCategoricalAccuracy", {"k": 3, "from_sorted_ids": True}, "top_ids"),
    *[
        (name, kwargs, inputs)
        for name in ("TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives")
        for kwargs, inputs in [
            ({}, "binary"),
            ({"thresholds": 0.7}, "binary_row_column"),
            ({"thresholds": THRESHOLDS}, "binary"),
            ({"thresholds": EVEN}, "binary"),
        ]
    ],
    *[
        (name, kwargs, inputs)
        for name in ("Precision", "Recall")
        for kwargs, inputs in [
            ({}, "binary"),
            ({}, "all_negative"),
            ({"thresholds": 0.7}, "binary_column"),
            ({"thresholds": THRESHOLDS}, "binary"),
            ({"thresholds": EVEN}, "binary"),
            ({"class_id": 2}, "multi_hot"),
            ({"top_k": 2}, "multi_hot"),
            ({"top_k": 2, "class_id": 1}, "multi_hot"),
            ({"top_k": 2, "thresholds": 0.6}, "multi_hot"),
        ]
    ],
    *[
        (name, {argument: value, **kwargs}, inputs)
        for name, argument in [
            ("SensitivityAtSpecificity", "specificity"),
            ("SpecificityAtSensitivity", "sensitivity"),
            ("PrecisionAtRecall", "recall"),
            ("RecallAtPrecision", "precision"),
        ]
        for value, kwargs, inputs in [
            (0.5, {}, "ranking"),
            (0.7, {"num_thresholds": 11}, "ranking"),
            (0.4, {"num_thresholds": 1}, "ranking"),
            (1.0, {}, "ranking"),
            (0.5, {"class_id": 1}, "multi_hot"),
            (0.5, {}, "all_negative"),
        ]
    ],
    *[
        ("AUC", {"curve": curve, "summation_method": method, "num_thresholds": 21}, "ranking")
        for curve in ("ROC", "PR", "PRGAIN")
        for method in ("interpolation", "minoring", "majoring")
    ],
    ("AUC", {}, "ranking"),
    ("AUC", {}, "binary"),
    ("AUC", {}, "binary_row_column"),
    ("AUC", {}, "all_negative"),
    ("AUC", {"curve": "PR"}, "all_negative"),
    ("AUC", {"from_logits": True}, "binary_logits"),
    ("AUC", {"thresholds": [0.1, 0.4, 0.45, 0.9]}, "ranking"),
    ("AUC", {"thresholds": [0.25, 0.5, 0.75]}, "ranking"),
    ("AUC", {"multi_label": True}, "multi_hot"),
    ("AUC", {"multi_label": True, "num_labels": 4, "curve": "PR"}, "multi_hot"),
    ("AUC", {"multi_label": True, "label_weights": [1.0, 0.0, 2.0, 0.5]}, "multi_hot"),
    (
        "AUC",
        {"multi_label": True, "curve": "PR", "label_weights": [1.0, 0.0, 2.0, 0.5]},
        "multi_hot",
    ),
    ("AUC", {"multi_label": True, "thresholds": [0.2, 0.3, 0.9]}, "multi_hot"),
    ("AUC", {"label_weights": [1.0, 0.0, 2.0, 0.5]}, "multi_hot"),
    ("AUC", {"label_weights": [1.0, 0.5, 2.0, 0.5], "thresholds": [0.2, 0.9]}, "multi_hot"),
    *[
        ("FBetaScore", {"average": average, "beta": beta, "threshold": threshold}, "multi_hot")
        for average in (None, "micro", "macro", "weighted")
        for beta, threshold in ((2.0, 0.5), (1.0, None))
    ],
    *[
        ("F1Score", {"average": average, "threshold": 0.5}, "multi_hot")
        for average in (None, "micro", "macro", "weighted")
    ],
    ("F1Score", {"average": "macro"}, "one_hot"),
    ("IoU", {"num_classes": 3, "target_class_ids": [0, 2]}, "class_map"),
    ("IoU", {"num_classes": 5, "target_class_ids": [0], "ignore_class": 1}, "class_map_odd"),
    ("BinaryIoU", {}, "binary"),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, "binary"),
    ("MeanIoU", {"num_classes": 3}, "class_map"),
    ("MeanIoU", {"num_classes": 3}, "class_map_odd"),
    ("MeanIoU", {"num_classes": 3, "ignore_class": 0}, "class_map"),
    ("MeanIoU", {"num_classes": 3, "ignore_class": -1}, "class_map_odd"),
    ("MeanIoU", {"num_classes": 4}, "missing_class"),
    ("MeanIoU", {"num_classes": 3, "sparse_y_pred": False, "sparse_y_true": False}, "one_hot_map"),
    ("OneHotIoU", {"num_classes": 3, "target_class_ids": [0, 2]}, "one_hot_map"),
    ("OneHotMeanIoU", {"num_classes": 3}, "one_hot_map"),
    ("Hinge", {}, "signs"),
    ("Hinge", {}, "binary"),
    ("SquaredHinge", {}, "signs"),
    ("CategoricalHinge", {}, "multi_hot"),
    ("KLDivergence", {}, "distributions"),
    ("Poisson", {}, "positive"),
    ("BinaryCrossentropy", {}, "binary"),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, "binary_logits"),
    ("CategoricalCrossentropy", {}, "one_hot"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "one_hot_rank3"),
    ("SparseCategoricalCrossentropy", {}, "sparse"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "sparse_logits"),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1}, "sparse_ignored"),
    ("PearsonCorrelation", {}, "series"),
    ("ConcordanceCorrelation", {}, "series"),
    ("ConcordanceCorrelation", {"axis": 0}, "series"),
]


def run_metric(name, kwargs, stream, weights):
    """The result before, and after each update; a second pass after reset must repeat it."""
    metric = getattr(keras.metrics, name)(**kwargs)
    results = []
    for number, (y_true, y_pred) in enumerate(zip(*stream)):
        arguments = (y_pred,) if name in ("Sum", "Mean") else (y_true, y_pred)
        weight = None if weights is None else weights[number]
        metric.update_state(*arguments, sample_weight=weight)
        results.append(np.array(metric.result()))  # a copy: some results are the variable itself
    return results, metric.variables, metric.get_config()


def all_metrics():
    data = metric_inputs()
    cases, configs = [], {}
    for name, kwargs, inputs in METRICS:
        y_true = data[inputs][0]
        batch_weights = np.round(RNG.uniform(0, 2, y_true.shape[:2]), 2).astype("float32")
        if "IoU" in name:
            batch_weights = RNG.integers(0, 4, data[inputs][1].shape).astype("int32")
            if name.startswith("OneHot") or not kwargs.get("sparse_y_pred", True):
                batch_weights = batch_weights[..., 0]
        zero_weights = np.zeros_like(batch_weights)
        kinds = [None, batch_weights, zero_weights]
        if inputs.endswith("rank3") or (inputs == "binary" and "IoU" not in name):
            kinds.append(np.round(RNG.uniform(0, 2, y_true.shape[:3]), 2).astype("float32"))
        for weights in kinds:
            if weights is zero_weights and name not in ("Mean", "Precision", "AUC", "MeanIoU"):
                continue
            try:
                results, variables, config = run_metric(name, kwargs, data[inputs], weights)
            except Exception as error:
                print("left out:", name, kwargs, inputs, weights is not None, repr(error)[:150])
                continue
            configs[name] = {"kwargs": kwargs, "config": config}
            cases.append(
                {
                    "class": name,
                    "kwargs": kwargs,
                    "inputs": inputs,
                    "weights": weights,
                    "results": results,
                    "variables": [v.name for v in variables],
                    "shapes": [list(v.shape) for v in variables],
                }
            )
    dump(
        "metrics.json",
        {"inputs": data, "cases": cases, "configs": configs, "resolved": resolved()},
    )


def resolved():
    """Which class "accuracy" and its kin become, by the shapes of labels and outputs."""
    from keras.src.trainers.compile_utils import get_loss, get_metric

    shapes = [((8,), (8, 1)), ((8, 1), (8, 1)), ((8,), (8, 4)), ((8, 1), (8, 4))]
    shapes += [((8, 4), (8, 4)), ((8, 5), (8, 5, 4)), ((8, 5, 4), (8, 5, 4)), ((8, 5), (8, 5, 1))]
    rows = []
    for true_shape, pred_shape in shapes:
        y_true, y_pred = np.zeros(true_shape, "float32"), np.zeros(pred_shape, "float32")
        for name in ("accuracy", "acc"):
            metric = get_metric(name, y_true, y_pred)
            rows.append([name, true_shape, pred_shape, type(metric).__name__, metric.name])
        for name in ("crossentropy", "ce"):
            loss = get_loss(name, y_true, y_pred)
            rows.append([name, true_shape, pred_shape, loss.fn.__name__, loss.name])
    return rows


if __name__ == "__main__":
    keras.utils.set_random_seed(1)
    all_losses()
    all_metrics()
    print("thresholds of top_k metrics start at", metrics_utils.NEG_INF)
