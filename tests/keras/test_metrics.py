"""Every metric against the figures Keras gave (oracles/make_losses_metrics.py), and wrong calls."""

import json
import math
import pathlib

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.keras import registry

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden"
golden = json.loads((GOLDEN / "metrics.json").read_text())
metrics = tf.keras.metrics
TOLERANCE = {"rtol": 3e-6, "atol": 1e-6}


def numbers(value, dtype="float32"):
    return np.array(value, dtype) if value is not None else None


def case_id(case):
    kwargs = ",".join(f"{k}={v}" for k, v in case["kwargs"].items())
    weights = case["weights"]
    kind = "" if weights is None else "-weighted" if np.any(weights) else "-zero_weights"
    return f"{case['class']}-{case['inputs']}-{kwargs}{kind}"


def updates(case):
    """The arguments of each update, and the result after it."""
    integer = "IoU" in case["class"]
    for number, (y_true, y_pred) in enumerate(zip(*golden["inputs"][case["inputs"]])):
        arguments = [numbers(y_true), numbers(y_pred)]
        weight = None
        if case["weights"] is not None:
            weight = numbers(case["weights"][number], "int32" if integer else "float32")
        if case["class"] in ("Sum", "Mean"):
            arguments = arguments[1:]
        yield arguments, weight, numbers(case["results"][number])


@pytest.mark.parametrize("case", golden["cases"], ids=case_id)
def test_metric_equals_keras_after_each_update_and_after_reset(case):
    metric = getattr(metrics, case["class"])(**case["kwargs"])
    for _ in range(2):
        for arguments, weight, expected in updates(case):
            metric.update_state(*arguments, sample_weight=weight)
            np.testing.assert_allclose(metric.result().numpy(), expected, **TOLERANCE)
        assert [v.name for v in metric.variables] == case["variables"]
        assert [list(v.shape) for v in metric.variables] == case["shapes"]
        metric.reset_state()
        assert all(not np.any(v.numpy()) for v in metric.variables)


@pytest.mark.parametrize("case", golden["cases"][::3], ids=case_id)
def test_compiled_update_equals_keras(case):
    metric = getattr(metrics, case["class"])(**case["kwargs"])

    @tf.function
    def step(arguments, weight):
        metric.update_state(*arguments, sample_weight=weight)
        return metric.result()

    for arguments, weight, expected in updates(case):
        arguments = [tf.constant(x) for x in arguments]
        result = step(arguments, None if weight is None else tf.constant(weight))
        np.testing.assert_allclose(result.numpy(), expected, **TOLERANCE)
    np.testing.assert_allclose(metric.result().numpy(), expected, **TOLERANCE)


@pytest.mark.parametrize("name", sorted(golden["configs"]))
def test_config_holds_keras_s_and_makes_the_same_metric(name):
    row = golden["configs"][name]
    metric = getattr(metrics, name)(**row["kwargs"])
    config = metric.get_config()
    expected = {k: v for k, v in row["config"].items() if k != "name"}
    assert expected.items() <= config.items()
    # Keras numbers the names it makes by itself
    assert row["config"]["name"].startswith(config["name"].rstrip("_0123456789"))
    assert type(metric).from_config(config).get_config() == config
    assert metrics.deserialize(metrics.serialize(metric)).get_config() == config


def test_wrapped_functions_are_found_again_by_name():
    wrapper = metrics.MeanMetricWrapper(metrics.binary_accuracy, name="b", threshold=0.2)
    again = metrics.deserialize(metrics.serialize(wrapper))
    assert again.fn is metrics.binary_accuracy and (again.threshold, again.name) == (0.2, "b")


def test_every_class_of_the_table_has_a_golden_figure():
    classes = {case["class"] for case in golden["cases"]}
    bases = {"Metric", "MeanMetricWrapper", "ConfusionMetric"}
    bases |= {"MeanTensor", "MeanRelativeError"}  # Keras 2's: below
    assert set(registry.family(metrics.Metric, also=str)) - bases == classes


@pytest.mark.parametrize("row", golden["resolved"], ids=str)
def test_accuracy_and_its_kin_are_resolved_as_compile_does(row):
    name, true_shape, pred_shape, expected, given = row
    if name in ("ce", "crossentropy"):
        expected = "".join(part.capitalize() for part in expected.split("_"))
    metric = metrics.resolve(name, true_shape, pred_shape)
    assert (type(metric).__name__, metric.name) == (expected, given)


def test_resolve_keeps_names_as_given():
    assert metrics.resolve("mse", (8, 1), (8, 1)).name == "mse"
    assert metrics.resolve("AUC", (8, 1), (8, 1)).name == "AUC"
    assert metrics.resolve(metrics.AUC(name="area"), (8, 1), (8, 1)).name == "area"

    def error_of_mine(y_true, y_pred):
        return tf.abs(y_true - y_pred)

    metric = metrics.resolve(error_of_mine, (8, 1), (8, 1))
    assert metric.name == "error_of_mine"
    assert float(metric(tf.constant([1.0]), tf.constant([3.0]))) == 2.0
    assert metrics.resolve("huber", (8, 1), (8, 1)).name == "huber"


def test_get_takes_names_classes_configs_functions():
    assert metrics.get(None) is None
    assert isinstance(metrics.get("mean_absolute_error"), metrics.MeanAbsoluteError)
    assert isinstance(metrics.get("kullback_leibler_divergence"), metrics.KLDivergence)
    assert isinstance(metrics.get("TopKCategoricalAccuracy"), metrics.TopKCategoricalAccuracy)
    assert isinstance(metrics.get(metrics.AUC), metrics.AUC)
    assert metrics.get({"class_name": "Recall", "config": {"top_k": 2}}).top_k == 2


def test_a_metric_of_one_s_own_in_keras_2_and_3_spelling():
    class Old(metrics.Metric):
        def __init__(self, name="old", **kwargs):
            super().__init__(name=name, **kwargs)
            self.total = self.add_weight("total", initializer="zeros")
            self.pair = self.add_weight("pair", (2,), initializer="ones")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(tf.reduce_sum(tf.abs(y_true - y_pred)))

        def result(self):
            return self.total

        def reset_states(self):
            self.total.assign(-1.0)

    metric = Old()
    assert [(v.name, v.shape, v.trainable) for v in metric.variables] == [
        ("total", (), False),
        ("pair", (2,), False),
    ]
    assert float(metric(tf.constant([1.0]), tf.constant([4.0]))) == 3.0
    metric.reset_state()
    assert float(metric.result()) == -1.0

    class New(metrics.Metric):
        def __init__(self):
            super().__init__(name="new")
            self.inner = metrics.Mean()
            self.own = self.add_variable(shape=(), initializer="ones", name="own")

    new = New()
    assert [v.name for v in new.variables] == ["own", "total", "count"]
    new.reset_states()
    assert float(new.own) == 0.0


def test_variables_set_as_attributes_belong_to_the_state():
    class Direct(metrics.Metric):
        def __init__(self):
            super().__init__()
            self.count = tf.Variable(2.0, trainable=False)

    metric = Direct()
    assert len(metric.variables) == 1 and metric.name == "direct"
    metric.reset_state()
    assert float(metric.count) == 0.0


def test_stateless_functions_leave_the_metric_alone():
    mean = metrics.Mean()
    mean.update_state([10.0])
    state = mean.stateless_update_state([1.0, 1.0], [3.0, 5.0])
    assert [float(v) for v in state] == [9.0, 3.0]
    assert float(mean.stateless_result(state)) == 3.0
    assert [float(v) for v in mean.stateless_reset_state()] == [0.0, 0.0]
    assert float(mean.result()) == 10.0


def test_masks_on_predictions_take_samples_out():
    y_pred = tf.constant([[1.0], [2.0], [30.0]])
    y_pred._keras_mask = tf.constant([True, True, False])
    assert float(metrics.MeanAbsoluteError()([[0.0]] * 3, y_pred)) == 1.5
    weighted = metrics.MeanAbsoluteError()([[0.0]] * 3, y_pred, [3.0, 1.0, 1.0])
    assert float(weighted) == 1.25


def test_vector_and_column_are_compared_row_by_row():
    true, pred = np.array([0, 1, 1, 0]), np.array([[0.1], [0.9], [0.4], [0.2]])
    assert float(metrics.BinaryAccuracy()(true, pred)) == 0.75
    assert float(metrics.MeanSquaredError()(true.astype("float32"), true[:, None])) == 0.0
    assert float(metrics.RootMeanSquaredError()(true, true[:, None])) == 0.0
    assert float(metrics.AUC()(true[:, None], pred[:, 0])) == 1.0


def test_auc_equals_the_share_of_ordered_pairs():
    rng = np.random.default_rng(3)
    scores = rng.integers(0, 200, 60) / 199
    labels = (rng.uniform(size=60) < scores).astype("float32")
    positive, negative = scores[labels == 1], scores[labels == 0]
    pairs = np.sign(positive[:, None] - negative[None, :]) * 0.5 + 0.5
    area = float(metrics.AUC(num_thresholds=2000)(labels, scores))
    assert math.isclose(area, pairs.mean(), abs_tol=1e-5)


def test_directions_tell_callbacks_what_is_better():
    up = [metrics.AUC, metrics.BinaryAccuracy, metrics.Recall, metrics.CosineSimilarity]
    down = [metrics.MeanSquaredError, metrics.Hinge, metrics.BinaryCrossentropy]
    assert [m()._direction for m in up] == ["up"] * 4
    assert [m()._direction for m in down] == ["down"] * 3
    assert metrics.MeanMetricWrapper(tf.keras.losses.huber)._direction == "down"
    assert metrics.MeanMetricWrapper(len)._direction is None


def test_float_weights_of_integer_counts_warn():
    with pytest.warns(UserWarning, match="float32.*int64.*cut off by casting"):
        metrics.MeanIoU(2).update_state([0, 1], [0, 1], sample_weight=[0.5, 1.5])


def test_r2_with_too_many_regressors_warns_and_is_not_adjusted():
    metric = metrics.R2Score(num_regressors=9)
    metric.update_state([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])
    with pytest.warns(UserWarning, match="9 regressors need more than 10 values"):
        assert math.isclose(float(metric.result()), 4 / 7, rel_tol=1e-6)


EMPTY = np.zeros((4, 2), "float32")
WRONG = [
    (lambda: metrics.get("mean_square_error"), ValueError, "Unknown metric.*mean_squared_error"),
    (lambda: metrics.resolve("acuracy", (1,), (1, 1)), ValueError, "'accuracy'"),
    (lambda: metrics.resolve(None, (1,), (1, 1)), ValueError, "metric is expected"),
    (lambda: metrics.Precision(thresholds=[0.2, 2.0]), ValueError, r"in \[0, 1\]. Received: \[2.0"),
    (
        lambda: metrics.Precision(class_id=2)(EMPTY, EMPTY),
        ValueError,
        "When class_id is provided, y_pred must be a 2D array",
    ),
    (lambda: metrics.AUC(curve="ROX"), ValueError, "Unknown AUC curve: 'ROX'"),
    (lambda: metrics.AUC(num_thresholds=1), ValueError, "`num_thresholds` must be"),
    (lambda: metrics.AUC(num_labels=2), ValueError, "needs multi_label"),
    (lambda: metrics.AUC(multi_label=True)([1.0], [0.5]), ValueError, "rank 2"),
    (lambda: metrics.RecallAtPrecision(1.5), ValueError, r"precision` must be in the range"),
    (lambda: metrics.F1Score()([0.0], [0.5]), ValueError, "expects 2D inputs with shape"),
    (
        lambda: metrics.FBetaScore(beta=1),
        ValueError,
        "Invalid `beta` argument value. It should be a Python float",
    ),
    (lambda: metrics.FBetaScore(average="mean"), ValueError, "Invalid `average` argument value"),
    (lambda: metrics.F1Score(threshold=2.0), ValueError, "Invalid `threshold` argument value"),
    (lambda: metrics.R2Score("mean"), ValueError, "`class_aggregation`: expected one of"),
    (lambda: metrics.IoU(2, [2]), ValueError, r"target_class_ids \[2\] must lie in \[0, 2\)"),
    (lambda: metrics.MeanIoU(2)([0, 1], [0]), ValueError, r"\[MeanIoU\] The shapes of y_true"),
    (lambda: metrics.Accuracy()([1, 2], [1, 2, 3]), ValueError, r"\(2,\) and y_pred \(3,\)"),
    (lambda: metrics.Recall()(EMPTY, EMPTY[:3]), ValueError, r"\[Recall\].*\(4, 2\)"),
    (
        lambda: metrics.SparseCategoricalAccuracy()([1, 2, 0], EMPTY),
        tf.errors.InvalidArgumentError,
        r"\[sparse_categorical_accuracy\].*y_true \(3,\)",
    ),
    (
        lambda: metrics.SparseTopKCategoricalAccuracy()([1, 2, 0], EMPTY),
        tf.errors.InvalidArgumentError,
        "labels have the shape of y_pred without its last axis",
    ),
    (
        lambda: metrics.SparseCategoricalCrossentropy()([0, 1, 2, 0], EMPTY + 0.5),
        tf.errors.InvalidArgumentError,
        r"2.*\[0, 2\)",
    ),
    (lambda: metrics.MeanSquaredError()(EMPTY, EMPTY[:3]), ValueError, r"\[mean_squared_error\]"),
    (lambda: metrics.Mean().stateless_result([1.0]), ValueError, "one value for each of Mean's 2"),
    (lambda: metrics.Metric().result(), NotImplementedError, "Metric has no result"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG)
def test_wrong_calls_say_what_is_wrong(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_forgetting_super_init_is_explained():
    class Forgot(metrics.Metric):
        def __init__(self):
            self.total = tf.Variable(0.0)

    with pytest.raises(RuntimeError, match=r"call super\(\).__init__\(\) first"):
        Forgot()


def test_means_at_each_place_of_keras_2():
    mean = metrics.MeanTensor()
    mean.update_state([0, 1, 2, 3])
    mean.update_state([4, 5, 6, 7])
    mean.update_state([12, 10, 8, 6], sample_weight=[0, 0.2, 0.5, 1])
    wanted = [2, 3.6363635, 4.8, 5.3333335]  # Keras 2.15's figures, also below
    np.testing.assert_allclose(mean.result(), wanted, rtol=1e-6)
    mean.reset_state()
    np.testing.assert_array_equal(mean([2, 2, 2, 2]), [2, 2, 2, 2])
    with pytest.raises(ValueError, match="shape"):
        mean([1, 2])
    with pytest.raises(ValueError, match="any value"):
        metrics.MeanTensor().result()
    empty = metrics.MeanTensor.from_config(metrics.MeanTensor(shape=(1, 2)).get_config())
    assert empty.result().numpy().tolist() == [[0, 0]]


@pytest.mark.parametrize("given", [([1, 3, 2, 3], [[1, 3, 2, 3], [2, 4, 6, 8]], 1.25)])
def test_mean_relative_error_of_keras_2(given):
    normalizer, pair, wanted = given
    error = metrics.MeanRelativeError(normalizer)
    assert float(error(*pair)) == pytest.approx(wanted)
    assert float(type(error).from_config(error.get_config())(*pair)) == pytest.approx(wanted)
