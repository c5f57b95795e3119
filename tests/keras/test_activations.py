"""Activations against Keras's figures (oracles/make_keras_parts.py), and finding them by name."""

import json
import pathlib

import numpy as np
import pytest

import tensorbrook as tf

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden"
golden = json.loads((GOLDEN / "activations.json").read_text())
activations = tf.keras.activations
CASES = [pytest.param(c, id=f"{c['name']}-{c['config']}-{c['input']}") for c in golden["cases"]]


@pytest.mark.parametrize("case", CASES)
def test_value_and_gradient_equal_keras(case):
    x = tf.constant(golden["inputs"][case["input"]], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = getattr(activations, case["name"])(x, **case["config"])
        weights = np.arange(np.size(y)).reshape(y.shape).astype("float32")
        total = tf.reduce_sum(y * weights)
    assert y.dtype == tf.float32
    np.testing.assert_allclose(y.numpy(), case["output"], rtol=3e-6, atol=3e-7)
    if "gradient" in case:
        gradient = tape.gradient(total, x).numpy()
        np.testing.assert_allclose(gradient, case["gradient"], rtol=1e-5, atol=2e-5)


def test_all_of_keras_are_there():
    assert {c["name"] for c in golden["cases"]} | {"sparsemax"} == set(activations.TABLE) - {
        "swish",
        "hard_swish",
        "hard_sigmoid_of_keras_2",
    }
    for name in {c["name"] for c in golden["cases"]}:
        assert activations.get(name) is getattr(activations, name)


def test_get():
    assert activations.get(None) is activations.linear
    assert activations.get("swish") is activations.silu
    assert activations.get("hard_swish") is activations.hard_silu

    def own(x):
        return 2 * x

    assert activations.get(own) is own
    assert activations.get(tf.nn.relu) is tf.nn.relu
    with pytest.raises(ValueError, match=r"'rellu'.*'relu'"):
        activations.get("rellu")
    with pytest.raises(ValueError, match="3"):
        activations.get(3)


def test_serialize_is_the_name():
    for name in ("relu", "silu", "log_softmax"):
        assert activations.serialize(activations.get(name)) == name
        assert activations.deserialize(name) is activations.get(name)


def test_softmax_over_all_axes_or_several():
    x = tf.constant(golden["inputs"]["random"], tf.float32)
    exponentials = np.exp(x.numpy().astype("float64"))
    for axis in (None, (0, 1), [1, 0]):
        np.testing.assert_allclose(
            activations.softmax(x, axis=axis).numpy(), exponentials / exponentials.sum(), rtol=1e-5
        )
    np.testing.assert_allclose(
        activations.log_softmax(x, axis=None).numpy(),
        np.log(exponentials / exponentials.sum()),
        rtol=1e-5,
    )


@pytest.mark.parametrize("axis", [0, 1])
def test_sparsemax_is_the_nearest_point_of_the_simplex(axis):
    x = np.array(golden["inputs"]["random"]) / 3
    low, high = x.min(axis, keepdims=True) - 1, x.max(axis, keepdims=True)
    for _ in range(100):  # bisection for the shift that makes the positive parts sum up to 1
        middle = (low + high) / 2
        large = np.maximum(x - middle, 0).sum(axis, keepdims=True) > 1
        low, high = np.where(large, middle, low), np.where(large, high, middle)
    want = np.maximum(x - low, 0)
    assert ((want > 0).sum(axis) > 1).any()
    given = tf.Variable(x)
    with tf.GradientTape() as tape:
        y = activations.sparsemax(given, axis=axis)
    np.testing.assert_allclose(y.numpy(), want, rtol=1e-9, atol=1e-12)
    # The gradient of a projection: centred over what is left, and nothing elsewhere.
    g = np.random.default_rng(0).normal(size=x.shape)
    kept = want > 0
    mean = (g * kept).sum(axis, keepdims=True) / kept.sum(axis, keepdims=True)
    gradient = tape.gradient(y, given, output_gradients=tf.constant(g))
    np.testing.assert_allclose(gradient.numpy(), np.where(kept, g - mean, 0), atol=1e-12)


def test_glu_needs_an_even_axis():
    with pytest.raises(ValueError, match="divisible by 2"):
        activations.glu(tf.zeros((2, 3)))


def test_float64_stays_float64():
    x = tf.constant([[-2.0, 0.3, 1.5, 4.0]], tf.float64)
    for case in golden["cases"]:
        if case["input"] == "random" and case["config"].get("axis") != 0:
            assert getattr(activations, case["name"])(x, **case["config"]).dtype == tf.float64
