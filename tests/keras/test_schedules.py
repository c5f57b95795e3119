"""Learning rate schedules against Keras's figures (oracles/make_keras_parts.py)."""

import json
import pathlib

import numpy as np
import pytest

import tensorbrook as tf

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden"
golden = json.loads((GOLDEN / "schedules.json").read_text())
schedules = tf.keras.optimizers.schedules
CASES = [pytest.param(c, id=f"{c['class_name']}-{i}") for i, c in enumerate(golden["cases"])]


def made(case):
    return getattr(schedules, case["class_name"])(**case["config"])


@pytest.mark.parametrize("case", CASES)
def test_every_step_equals_keras(case):
    schedule = made(case)
    values = [schedule(step).numpy() for step in golden["steps"]]
    np.testing.assert_allclose(values, case["values"], rtol=2e-6, atol=1e-8)
    assert {v.dtype for v in values} == {np.dtype("float32")}


@pytest.mark.parametrize("case", CASES)
def test_steps_as_tensor_variable_and_in_a_function(case):
    schedule = made(case)
    traced = tf.function(lambda step: schedule(step))
    for step, value in list(zip(golden["steps"], case["values"]))[::7]:
        for given in (tf.constant(step, tf.int64), tf.Variable(step, dtype=tf.int64)):
            np.testing.assert_allclose(schedule(given).numpy(), value, rtol=2e-6, atol=1e-8)
        result = traced(tf.constant(step, tf.int64))
        np.testing.assert_allclose(result.numpy(), value, rtol=2e-6, atol=1e-8)


@pytest.mark.parametrize("case", CASES)
def test_config_equals_keras_and_round_trips(case):
    schedule = made(case)
    assert schedule.get_config() == case["full_config"]
    again = schedules.deserialize(schedules.serialize(schedule))
    assert type(again) is type(schedule)
    assert again.get_config() == schedule.get_config()


def test_wrong_arguments():
    with pytest.raises(ValueError, match="decay_steps=0"):
        schedules.ExponentialDecay(0.1, 0, 0.5)
    with pytest.raises(ValueError, match="1 less"):
        schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2])
    with pytest.raises(NotImplementedError, match="must override"):
        schedules.LearningRateSchedule()(1)
