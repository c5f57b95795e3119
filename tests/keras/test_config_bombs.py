"""Configurations made to exhaust whoever reads them are refused soon, and nothing is touched."""

import gc
import json
import time

import audit
import pytest

import tensorbrook as tf

keras = tf.keras


def nested(levels):
    config = keras.layers.serialize(keras.layers.Dense(1))
    for _ in range(levels):
        outer = keras.layers.serialize(keras.layers.TimeDistributed(keras.layers.Dense(1)))
        outer["config"]["layer"] = config
        config = outer
    return config


def of_lists(levels):
    config, value = keras.layers.serialize(keras.layers.Dense(1)), []
    for _ in range(levels):
        value = [value]
    config["config"]["units"] = value
    return config


def round_about():
    config = nested(1)
    config["config"]["layer"] = config
    return config


BOMBS = {"layers in layers": nested(400), "lists in lists": of_lists(900), "itself": round_about()}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.parametrize(
    "read",
    [
        keras.saving.deserialize_keras_object,
        keras.layers.deserialize,
        lambda config: keras.layers.TimeDistributed.from_config(config["config"]),
        lambda config: keras.models.model_from_json(json.dumps(config)),
    ],
)
def test_what_is_nested_without_end(name, read):
    gc.collect()  # a search through what other tests left is not its time
    start = time.process_time()
    with pytest.raises(ValueError), audit.only():
        read(BOMBS[name])
    assert time.process_time() - start < 1


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" + "1," * 3_000_000 + "1]"])
def test_texts_that_are_bombs(text):
    with pytest.raises(ValueError), audit.only():
        keras.models.model_from_json(text)
    with pytest.raises(ValueError), audit.only():
        keras.preprocessing.text.tokenizer_from_json(text)


def test_metrics_of_any_number_of_thresholds():
    config = keras.metrics.serialize(keras.metrics.AUC())
    config["config"]["num_thresholds"] = 10**12
    with pytest.raises(ValueError, match="at most 1,000,000"):
        keras.metrics.deserialize(config)
