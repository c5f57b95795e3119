"""Regularizers and constraints against Keras's figures (oracles/make_keras_parts.py)."""

import json
import pathlib

import numpy as np
import pytest

import tensorbrook as tf

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden"
regularizers, constraints = tf.keras.regularizers, tf.keras.constraints
CASES = [
    pytest.param(module, c, recorded["input"], id=f"{c['class_name']}-{c['config']}")
    for module, name in [(regularizers, "regularizers"), (constraints, "constraints")]
    for recorded in [json.loads((GOLDEN / f"{name}.json").read_text())]
    for c in recorded["cases"]
]


@pytest.mark.parametrize(("module", "case", "given"), CASES)
def test_value_equals_keras(module, case, given):
    part = getattr(module, case["class_name"])(**case["config"])
    for x in (tf.constant(given, tf.float32), tf.Variable(given, dtype=tf.float32)):
        np.testing.assert_allclose(part(x).numpy(), case["value"], rtol=2e-6, atol=1e-7)


@pytest.mark.parametrize(("module", "case", "given"), CASES)
def test_config_equals_keras_and_round_trips(module, case, given):
    part = getattr(module, case["class_name"])(**case["config"])
    config = part.get_config()
    assert set(config) == set(case["full_config"])
    for name, value in case["full_config"].items():
        # Keras gives back some strengths through float32.
        assert config[name] == (pytest.approx(value) if isinstance(value, float) else value)
    again = module.deserialize(module.serialize(part))
    assert type(again) is type(part) and again.get_config() == config


def test_get_by_name_and_nearest_names():
    assert regularizers.get("l2").l2 == 0.01
    assert regularizers.get("L1").l1 == 0.01
    assert isinstance(regularizers.get("l1_l2"), regularizers.L1L2)
    assert regularizers.l2 is regularizers.L2 and regularizers.l2(0.5).l2 == 0.5
    assert isinstance(constraints.get("max_norm"), constraints.MaxNorm)
    assert isinstance(constraints.get("NonNeg"), constraints.NonNeg)
    assert constraints.unit_norm is constraints.UnitNorm
    assert regularizers.get(None) is constraints.get(None) is None
    function = np.abs
    assert regularizers.get(function) is function
    with pytest.raises(ValueError, match=r"'l3'.*'l1'"):
        regularizers.get("l3")
    with pytest.raises(ValueError, match=r"'maxnorm'.*'max_norm'"):
        constraints.get("maxnorm")


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf"), "0.1"])
def test_impossible_strengths(bad):
    for make in (regularizers.L1, regularizers.L2, regularizers.OrthogonalRegularizer):
        with pytest.raises(ValueError, match="non-negative"):
            make(bad)


def test_orthogonal_regularizer_wants_matrices():
    with pytest.raises(ValueError, match="rank 2"):
        regularizers.OrthogonalRegularizer()(tf.zeros(3))
    with pytest.raises(ValueError, match="mode=rowwise"):
        regularizers.OrthogonalRegularizer(mode="rowwise")


@pytest.mark.parametrize("size", [3, 4, 5])
def test_filters_alike_along_rings(size):
    rings = {3: [4, 0], 4: [15, 5], 5: [18, 12, 6]}[size]  # Keras 2.15's, from outside
    w = np.arange(size**2 * 2.0).reshape(size, size, 1, 2)
    found = constraints.get("radial_constraint")(tf.constant(w)).numpy()[..., 0, :]
    for i, value in enumerate(rings):
        np.testing.assert_array_equal(
            found[i, i : size - i], [[2 * value, 2 * value + 1]] * (size - 2 * i)
        )
    np.testing.assert_array_equal(found, np.rot90(found))
    with pytest.raises(ValueError, match="rank 4"):
        constraints.radial_constraint()(tf.ones((3, 3)))
