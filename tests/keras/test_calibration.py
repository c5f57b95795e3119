"""Weights that GPTQ and AWQ quantize, against Keras's figures, and their files."""

import json
import pathlib

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.keras import layers, quantizers

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden" / "calibration.json"
golden = json.loads(GOLDEN.read_text())
CONFIGS = {"gptq": quantizers.GPTQConfig, "awq": quantizers.AWQConfig}


def array(stored):
    return np.array(stored["data"], stored["dtype"]).reshape(stored["shape"])


def layer_of(case, **more):
    layer = getattr(layers, case["layer"])(**case["config"], **more)
    layer(array(case["x"]))
    return layer


@pytest.mark.parametrize("case", golden, ids=lambda c: f"{c['layer']}-{c['mode']}{c['arguments']}")
def test_what_data_chooses_equals_keras_s(case, tmp_path):
    layer, x = layer_of(case), array(case["x"])
    layer.set_weights([array(w) for w in case["floats"]])
    config = CONFIGS[case["mode"]](None, None, **case["arguments"])
    layer.quantize(case["mode"], config=config)
    assert layer.dtype_policy.name == case["policy"]
    layer.watch_inputs(config)
    layer(x)
    layer.calibrate()
    store = {}
    layer.save_own_variables(store)
    for i, stored in enumerate(case["files"][:-1]):
        assert store[str(i)].dtype == stored["dtype"]
        np.testing.assert_allclose(store[str(i)], array(stored), rtol=1e-4, atol=1e-6)
    # Keras stores the quotients of which these are the whole parts
    last = len(case["files"]) - 1
    assert list(store) == [str(i) for i in range(last + 1)]
    np.testing.assert_array_equal(store[str(last)], np.floor(array(case["files"][-1])))
    outputs = array(case["outputs"])
    for call in (layer, tf.function(layer)):
        np.testing.assert_allclose(call(x).numpy(), outputs, rtol=1e-4, atol=1e-4)
    twin = layer_of(case, dtype=layer.dtype_policy)
    twin.load_own_variables(store)
    np.testing.assert_array_equal(twin(x), layer(x))


class Tokenizer:
    """Digits are tokens."""

    def tokenize(self, text):
        """Their numbers."""
        return np.array([int(c) for c in text])


def model_of():
    tf.keras.utils.set_random_seed(2)
    embedding = layers.Embedding(10, 8, embeddings_initializer="normal")
    blocks = [
        layers.Dense(6, "tanh"),
        tf.keras.Sequential(
            [
                layers.EinsumDense("abc,cde->abde", (None, 2, 3)),
                layers.EinsumDense("abde,dec->abc", (None, 5)),
            ]
        ),
    ]
    model = tf.keras.Sequential(
        [tf.keras.Input((None,), dtype="int32"), embedding, *blocks, layers.Dense(2)]
    )
    return model, {"pre_block_layers": [embedding], "sequential_blocks": blocks}


@pytest.mark.parametrize("mode", ["gptq", "awq"])
def test_a_model_is_quantized_by_texts_and_saved(mode, tmp_path):
    model, structure = model_of()
    config = CONFIGS[mode](
        ["0123", "45678"], Tokenizer(), num_samples=2, sequence_length=4, group_size=4
    )
    config.quantization_layer_structure = structure
    x = np.array([[0, 1, 2, 3], [3, 4, 5, 6]])  # the windows
    before, first, twin = model(x).numpy(), model.layers[1], layers.Dense(6, "tanh")
    inputs = model.layers[0](x)
    twin(inputs)
    twin.set_weights(first.get_weights())
    with pytest.warns(UserWarning, match="Invalid quantization mode"):
        model.quantize(config=config, filters=lambda layer: layer is not model.layers[-1])
    assert np.abs(model(x).numpy() - before).max() < 0.2 * np.abs(before).max()
    assert model.layers[-1].quantization_mode is None

    twin.quantize(config=config)
    twin.watch_inputs(config)
    for row in inputs:
        twin(row)
    twin.calibrate()
    np.testing.assert_array_equal(twin.quantized_kernel, first.quantized_kernel)

    after = model(x)
    np.testing.assert_allclose(model.predict(x, verbose=0), after, rtol=1e-5, atol=1e-6)
    model.save(tmp_path / "m.keras")
    again = tf.keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again(x), after)
    assert again.layers[1].dtype_policy.name == f"{mode}/4/4_from_float32"


def test_layers_keep_their_floats_until_data_came():
    layer = layers.Dense(3)
    x = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    before = layer(x).numpy()
    layer.quantize("gptq", config=quantizers.GPTQConfig(None, None))
    np.testing.assert_array_equal(layer(x), before)
    assert not layer.is_gptq_calibrated and layer.kernel.dtype == "float32"


@pytest.mark.parametrize("mode", ["gptq", "awq"])
def test_wrong_ways_to_quantize_by_data_say_so(mode):
    model, structure = model_of()
    before = [w.numpy() for w in model.weights]
    name = CONFIGS[mode].__name__
    with pytest.raises(ValueError, match=f"pass an? `{name}` object in the `config` argument"):
        model.quantize(mode)
    cls = CONFIGS[mode]
    with pytest.raises(ValueError, match="valid quantization structure must be provided"):
        model.quantize(mode, cls([[1, 2]], object()))
    with pytest.raises(ValueError, match="requires a dataset and a tokenizer"):
        model.quantize(mode, cls(None, None, quantization_layer_structure=structure))
    with pytest.raises(ValueError, match="dataset is empty"):
        model.quantize(mode, cls([], object(), quantization_layer_structure=structure))
    with pytest.raises(TypeError, match="must be an iterable"):
        model.quantize(mode, cls("a.txt", object(), quantization_layer_structure=structure))
    with pytest.raises(ValueError, match="No sequential blocks"):
        model.quantize(mode, cls([[1]], object(), quantization_layer_structure={"a": 1}))
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight, value)


def test_config_comes_back_without_its_data():
    config = quantizers.GPTQConfig(["0123"], Tokenizer(), group_size=2)
    again = quantizers.GPTQConfig.from_config(config.get_config())
    assert again.dataset is None and again.group_size == 2 and again.mode == "gptq"
