"""Every loss against the figures Keras gave (oracles/make_losses_metrics.py), and wrong calls."""

import inspect
import json
import pathlib
import warnings

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.keras import registry

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden"
golden = json.loads((GOLDEN / "losses.json").read_text())
losses = tf.keras.losses
CLASSES = set(registry.family(losses.Loss, also=str)) - {"Loss", "LossFunctionWrapper"}
TOLERANCE = {"rtol": 3e-6, "atol": 1e-6}


def numbers(value, dtype="float32"):
    return np.array(value, dtype) if value is not None else None


def pair(inputs):
    return [numbers(side) for side in golden["inputs"][inputs]]


def tuples(kwargs):
    return {k: tuple(v) if isinstance(v, list) else v for k, v in kwargs.items()}


def case_id(case):
    kwargs = ",".join(f"{k}={v}" for k, v in case["kwargs"].items())
    extra = "".join(f"-{k}" for k in ("mask", "sample_weight") if case.get(k) is not None)
    return f"{case.get('name') or case['class']}-{case['inputs']}-{kwargs}{extra}"


@pytest.mark.parametrize("case", golden["functions"], ids=case_id)
def test_function_and_gradient_equal_keras(case):
    y_true, y_pred = (tf.constant(side) for side in pair(case["inputs"]))
    function = losses.get(case["name"])
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        value = function(y_true, y_pred, **tuples(case["kwargs"]))
        total = tf.reduce_sum(value * numbers(case["cotangent"]))
    np.testing.assert_allclose(value.numpy(), numbers(case["value"]), **TOLERANCE)
    gradient = tape.gradient(total, y_pred).numpy()
    expected = numbers(case["gradient"])
    scale = np.nanmax(np.abs(expected), initial=1.0)
    np.testing.assert_allclose(gradient, expected, rtol=1e-5, atol=2e-6 * scale)


@pytest.mark.parametrize("case", golden["functions"], ids=case_id)
def test_compiled_function_equals_eager(case):
    y_true, y_pred = (tf.constant(side) for side in pair(case["inputs"]))
    function = losses.get(case["name"])
    compiled = tf.function(lambda t, p: function(t, p, **tuples(case["kwargs"])))
    np.testing.assert_allclose(
        compiled(y_true, y_pred).numpy(), numbers(case["value"]), **TOLERANCE
    )


@pytest.mark.parametrize("case", golden["classes"], ids=case_id)
def test_class_equals_keras(case):
    y_true, y_pred = pair(case["inputs"])
    if case.get("mask") is not None:
        y_pred = tf.constant(y_pred)
        y_pred._keras_mask = tf.constant(numbers(case["mask"], bool))
    loss = getattr(losses, case["class"])(**tuples(case["kwargs"]))
    weight = numbers(case["sample_weight"])
    value = loss(y_true, y_pred, sample_weight=weight)
    np.testing.assert_allclose(value.numpy(), numbers(case["value"]), **TOLERANCE)


@pytest.mark.parametrize("name", sorted(golden["configs"]))
def test_config_holds_keras_s_and_makes_the_same_loss(name):
    loss = getattr(losses, name)()
    config = loss.get_config()
    assert golden["configs"][name].items() <= config.items()
    again = type(loss).from_config(config)
    assert again.get_config() == config
    assert losses.deserialize(losses.serialize(loss)).get_config() == config


def test_wrapped_functions_are_found_again_by_name():
    wrapper = losses.LossFunctionWrapper(losses.huber, name="h", delta=2.0)
    again = losses.deserialize(losses.serialize(wrapper))
    assert again.fn is losses.huber and (again.delta, again.name) == (2.0, "h")
    assert losses.deserialize(losses.serialize(losses.huber)) is losses.huber
    keras_s = {"class_name": "function", "config": "huber", "registered_name": "function"}
    assert losses.deserialize(keras_s) is losses.huber


def test_every_class_and_function_of_the_table_has_a_golden_figure():
    classes = {case["class"] for case in golden["classes"]}
    functions = {case["name"] for case in golden["functions"]}
    assert CLASSES == classes == set(golden["configs"])
    assert {f.__name__ for f in losses.FUNCTIONS} == functions


def test_arguments_reach_the_function():
    for cls in map(losses.TABLE.get, CLASSES):
        parameters = set(inspect.signature(cls).parameters) - {"name", "reduction", "dtype"}
        assert set(cls()._arguments) == parameters, cls


@pytest.mark.parametrize("reduction", ["auto", losses.Reduction.AUTO])
def test_keras_2_reduction_names(reduction):
    loss = losses.MeanSquaredError(reduction=reduction)
    assert loss.reduction == "sum_over_batch_size"
    assert losses.MeanSquaredError(losses.Reduction.NONE)([[1.0]], [[3.0]]).shape == (1,)
    assert (
        float(losses.MeanSquaredError(losses.Reduction.SUM)([[1.0], [1.0]], [[3.0], [4.0]])) == 13.0
    )


ELEMENTWISE = [
    f
    for f in losses.FUNCTIONS
    if f not in (losses.ctc, losses.circle) and "categ" not in f.__name__
]


@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda f: f.__name__)
def test_vector_and_column_never_form_a_square(function):
    true = np.array([0.0, 1.0, 1.0, 0.0], "float32")
    pred = np.array([0.1, 0.6, 0.8, 0.3], "float32")
    expected = np.asarray(function(true[:, None], pred[:, None]))
    np.testing.assert_allclose(function(true, pred[:, None]), expected, rtol=1e-6)
    np.testing.assert_allclose(function(true[:, None], pred), expected, rtol=1e-6)


def test_sequences_align_by_squeezing():
    true, pred = np.ones((2, 3), "float32"), np.zeros((2, 3, 1), "float32")
    assert losses.mean_squared_error(true, pred).shape == (2,)
    assert losses.MeanAbsoluteError(reduction=None)(true, pred).shape == (2,)


def test_a_weight_per_sample_weighs_all_its_steps():
    true, pred = np.zeros((3, 3, 1), "float32"), np.ones((3, 3, 1), "float32")
    value = losses.MeanSquaredError("none")(true, pred, np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(value.numpy(), np.outer([1.0, 2.0, 3.0], np.ones(3)))


def test_integers_and_lists_are_taken_as_floats():
    assert float(losses.mean_squared_error([0, 1], [1, 3])) == 2.5
    expected = -np.log(1e-7)
    np.testing.assert_allclose(losses.binary_crossentropy([0], [1]).numpy(), expected, rtol=2e-2)


def test_dtype_argument_sets_the_dtype_of_the_loss():
    loss = losses.MeanSquaredError(dtype="float64")([[1.0]], [[3.0]])
    assert loss.dtype == "float64" and float(loss) == 4.0


def test_logits_remembered_by_an_activation_are_used():
    logits = tf.constant([[1.0, 2.0, 30.0]])
    probabilities = tf.keras.activations.softmax(logits)
    exact = losses.categorical_crossentropy([[1.0, 0.0, 0.0]], probabilities)
    np.testing.assert_allclose(exact.numpy(), [29.0], rtol=1e-6)
    compiled = tf.function(
        lambda x: losses.CategoricalCrossentropy()(
            [[1.0, 0.0, 0.0]], tf.keras.activations.softmax(x)
        )
    )
    np.testing.assert_allclose(compiled(logits).numpy(), 29.0, rtol=1e-6)
    clipped = losses.categorical_crossentropy([[1.0, 0.0, 0.0]], probabilities.numpy())
    np.testing.assert_allclose(clipped.numpy(), [16.118095], rtol=1e-6)
    exact = losses.binary_crossentropy([[1.0, 0.0, 0.0]], tf.keras.activations.sigmoid(logits))
    np.testing.assert_allclose(exact.numpy(), [10.813396], rtol=1e-6)
    with pytest.warns(UserWarning, match="from_logits=True, but y_pred came out of a sigmoid"):
        losses.sparse_categorical_crossentropy([0], probabilities, from_logits=True)


def test_one_output_in_a_categorical_loss_warns():
    with pytest.warns(SyntaxWarning, match="more than one class"):
        losses.categorical_crossentropy([[1.0]], [[0.5]])


def test_a_loss_of_one_s_own():
    class Largest(losses.Loss):
        def call(self, y_true, y_pred):
            return tf.reduce_max(tf.abs(y_true - y_pred), axis=-1)

    loss = Largest()
    assert loss.name == "largest" and float(loss([[1.0, 2.0]], [[1, 5]])) == 3.0
    assert float(loss([[1.0, 2.0], [0.0, 0.0]], [[1.0, 5.0], [0.0, 1.0]], [1.0, 0.0])) == 1.5


def test_get_takes_names_classes_configs_functions():
    assert losses.get(None) is None
    assert losses.get("mse") is losses.MSE is losses.mean_squared_error
    assert losses.get("kullback_leibler_divergence") is losses.KLD
    assert isinstance(losses.get("Huber"), losses.Huber)
    assert isinstance(losses.get(losses.Huber), losses.Huber)
    assert losses.get(len) is len
    assert losses.get({"class_name": "Huber", "config": {"delta": 3.0}}).delta == 3.0
    wrapper = losses.LossFunctionWrapper(losses.huber, delta=2.0, name="h")
    assert float(wrapper([0.0], [3.0])) == 4.0


RESOLVED = json.loads((GOLDEN / "metrics.json").read_text())["resolved"]


@pytest.mark.parametrize("row", [row for row in RESOLVED if row[0] in ("ce", "crossentropy")])
def test_resolve_as_compile_does(row):
    name, true_shape, pred_shape, function, given = row
    loss = losses.resolve(name, true_shape, pred_shape)
    assert (loss.fn.__name__, loss.name) == (function, given)


SPARSE = np.array([[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]], "float32")
WRONG = [
    (
        lambda: losses.mean_squared_error(np.zeros((4, 2)), np.zeros((4, 3))),
        tf.errors.InvalidArgumentError,
        r"\[mean_squared_error\] The shapes of y_true \(4, 2\) and y_pred \(4, 3\)",
    ),
    (
        lambda: losses.MeanAbsoluteError()(np.zeros(4), np.zeros((5, 1))),
        tf.errors.InvalidArgumentError,
        r"\[mean_absolute_error\] The shapes of y_true \(4, 1\) and y_pred \(5, 1\)",
    ),
    (
        lambda: losses.BinaryCrossentropy()(np.zeros((4, 2)), np.zeros((4, 1))),
        ValueError,
        r"y_true \(4, 2\) and y_pred \(4, 1\) do not match: they must have the same shape",
    ),
    (
        lambda: losses.CategoricalCrossentropy()([0, 1], SPARSE),
        ValueError,
        "For integer labels use sparse_categorical_crossentropy",
    ),
    (
        lambda: losses.SparseCategoricalCrossentropy()([0, 1, 2], SPARSE),
        ValueError,
        r"y_true \(3,\) and y_pred \(2, 3\)",
    ),
    (
        lambda: losses.sparse_categorical_crossentropy([0, 5], SPARSE),
        tf.errors.InvalidArgumentError,
        r"5.*\[0, 3\)",
    ),
    (
        lambda: losses.sparse_categorical_crossentropy([0, -1], SPARSE, from_logits=True),
        tf.errors.InvalidArgumentError,
        r"-1.*\[0, 3\)",
    ),
    (
        lambda: tf.function(losses.sparse_categorical_crossentropy)(
            tf.constant([0, 3]), tf.constant(SPARSE)
        ),
        tf.errors.InvalidArgumentError,
        r"3.*\[0, 3\)",
    ),
    (
        lambda: losses.sparse_categorical_crossentropy([[0, 1]], SPARSE[None], axis=1),
        ValueError,
        r"Only axis=-1 is currently supported\. Received: axis=1",
    ),
    (
        lambda: losses.MeanSquaredError()(np.zeros((4, 2)), np.zeros((4, 2)), np.ones(3)),
        tf.errors.InvalidArgumentError,
        r"\[sample_weight\] The weights have shape \(3,\) and what they weigh \(4,\)",
    ),
    (lambda: losses.get("mean_square_error"), ValueError, "'mean_squared_error'"),
    (lambda: losses.get("CrossEntropy"), ValueError, "Unknown loss.*[Cc]rossentropy"),
    (lambda: losses.MeanSquaredError("total"), ValueError, "`reduction`: 'total'"),
    (lambda: losses.CategoricalGeneralizedCrossEntropy(1.5), ValueError, "q must lie between"),
    (lambda: losses.ctc([1], SPARSE), ValueError, r"\[ctc\] y_true has shape \(1,\)"),
    (lambda: losses.Loss()([1.0], [1.0]), NotImplementedError, "Loss has no call"),
    (
        lambda: losses.categorical_crossentropy(SPARSE, SPARSE, axis=True),
        ValueError,
        "axis must be an int",
    ),
    (lambda: losses.Reduction.validate("mean"), ValueError, "Invalid Reduction Key"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG)
def test_wrong_calls_say_what_is_wrong(call, error, message):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(error, match=message):
            call()


def test_reduction_in_the_place_that_it_had_before_keras_2_10():
    loss = tf.keras.losses.SparseCategoricalCrossentropy(True, "none")
    assert loss([0, 1], tf.zeros([2, 4])).numpy() == pytest.approx([np.log(4)] * 2)
