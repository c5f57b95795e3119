"""Initializers against Keras's figures (oracles/make_keras_parts.py), and their manners."""

import json
import pathlib

import numpy as np
import pytest

import tensorbrook as tf

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden"
golden = json.loads((GOLDEN / "initializers.json").read_text())
initializers = tf.keras.initializers
CASES = [pytest.param(c, id=f"{c['class_name']}-{i}") for i, c in enumerate(golden["cases"])]


@pytest.mark.parametrize("case", CASES)
def test_values_equal_keras(case):
    value = getattr(initializers, case["class_name"])(**case["config"])(case["shape"])
    assert value.dtype == tf.float32
    np.testing.assert_allclose(value.numpy(), case["value"], rtol=3e-6, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_config_equals_keras_and_round_trips(case):
    initializer = getattr(initializers, case["class_name"])(**case["config"])
    if case["class_name"] != "Identity":  # Keras's forgets its gain
        assert initializer.get_config() == case["full_config"]
    again = initializers.deserialize(initializers.serialize(initializer))
    shape = tuple(case["shape"])
    np.testing.assert_array_equal(again(shape).numpy(), initializer(shape).numpy())
    np.testing.assert_array_equal(initializer.clone()(shape).numpy(), again(shape).numpy())


def test_get():
    for name in ("glorot_uniform", "GlorotUniform"):
        assert isinstance(initializers.get(name), initializers.GlorotUniform)
    assert isinstance(initializers.get("normal"), initializers.RandomNormal)
    assert isinstance(initializers.get("zero"), initializers.Zeros)
    assert isinstance(initializers.get(initializers.Ones), initializers.Ones)
    assert initializers.glorot_uniform is initializers.GlorotUniform
    assert initializers.get(None) is None
    config = {"class_name": "Constant", "config": {"value": 3.0}}
    assert initializers.get(config)((1,)).numpy() == 3.0
    with pytest.raises(ValueError, match=r"'glorot'.*'glorot_"):
        initializers.get("glorot")
    with pytest.raises(ValueError, match="3"):
        initializers.get(3)


def test_functions_and_arrays_are_initializers():
    assert initializers.get(np.ones)((2,)).tolist() == [1.0, 1.0]
    layer = tf.keras.layers.Dense(2, kernel_initializer=lambda shape, dtype: np.ones(shape, dtype))
    layer.build((None, 3))  # the dtype is a name, which NumPy knows as well
    np.testing.assert_array_equal(layer.kernel, np.ones((3, 2)))
    given = initializers.get(np.array([1, 2]))
    assert given((2,)).numpy().dtype == np.float32
    with pytest.raises(ValueError, match=r"\(3,\)"):
        given((3,))


def test_seeds():
    shape = (3,)
    fixed = initializers.RandomNormal(seed=5)
    np.testing.assert_array_equal(fixed(shape).numpy(), fixed(shape).numpy())
    unseeded = initializers.RandomNormal()
    np.testing.assert_array_equal(unseeded(shape).numpy(), unseeded(shape).numpy())
    assert (unseeded(shape).numpy() != initializers.RandomNormal()(shape).numpy()).all()
    moving = initializers.RandomNormal(seed=tf.keras.random.SeedGenerator(5))
    first = moving(shape).numpy()
    np.testing.assert_array_equal(first, fixed(shape).numpy())
    assert (first != moving(shape).numpy()).all()
    with pytest.raises(ValueError, match=r"seed=0\.5"):
        initializers.RandomNormal(seed=0.5)


@pytest.mark.parametrize("name", ["HeNormal", "RandomUniform", "Orthogonal", "Ones", "Constant"])
def test_dtypes(name):
    assert getattr(initializers, name)()((2, 2), dtype="float64").dtype == tf.float64
    assert getattr(initializers, name)()((2, 2), dtype=tf.float64).dtype == tf.float64


def test_wrong_arguments():
    for call, message in [
        (lambda: initializers.VarianceScaling(scale=0.0), "scale=0.0"),
        (lambda: initializers.VarianceScaling(mode="fan"), "fan"),
        (lambda: initializers.VarianceScaling(distribution="gamma"), "gamma"),
        (lambda: initializers.Orthogonal()((3,)), "two-dimensional"),
        (lambda: initializers.Identity()((3,)), "2D"),
        (lambda: initializers.STFT(side="left"), "left"),
        (lambda: initializers.STFT(scaling="left"), "left"),
        (lambda: initializers.STFT(window=np.ones(3))((4, 1, 3)), "frame_length=4"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(NotImplementedError, match="kaiser"):
        initializers.STFT(window="kaiser")
