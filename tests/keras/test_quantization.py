"""Weights and activations of few bits, and LoRA, against Keras's figures; wrong calls."""

import json
import pathlib

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.keras import dtype_policies, layers, quantizers

GOLDEN = pathlib.Path(__file__).parents[1] / "oracles" / "golden" / "quantization.json"
golden = json.loads(GOLDEN.read_text())
CONFIGS = {
    "int8": {},
    "int8 weights": {"activation_quantizer": None},
    "int4": {},
    "int4/2": {"block_size": 2},
    "int4/-1": {"block_size": -1},
}


BACK = {"reverse": True}


def array(stored):
    return np.array(stored["data"], stored["dtype"]).reshape(stored["shape"])


def case_id(case):
    kind = case["config"].get("equation", case["config"].get("tie_weights", ""))
    lora = "-lora" if case["factors"] else ""
    return f"{case['layer']}({kind})-{case['mode']}{lora}{'-back' if case['call'] else ''}"


def layer_of(case):
    layer = getattr(layers, case["layer"])(**case["config"])
    layer(array(case["inputs"]), **case["call"])
    layer.set_weights([array(w) for w in case["floats"]])
    is_int8 = "int8" in case["mode"]
    cls = quantizers.Int8QuantizationConfig if is_int8 else quantizers.Int4QuantizationConfig
    layer.quantize(config=cls(**CONFIGS[case["mode"]]))
    if case["factors"]:
        layer.enable_lora(2, lora_alpha=3)
        factors = [w for w in layer.trainable_weights if w.name.startswith("lora_")]
        for factor, value in zip(factors, case["factors"], strict=True):
            factor.assign(array(value))
    return layer


@pytest.mark.parametrize("case", golden["cases"], ids=case_id)
def test_quantized_layers_equal_keras_s(case):
    layer, x = layer_of(case), tf.constant(array(case["inputs"]))
    assert layer.dtype_policy.name == case["policy"]
    assert [w.name for w in layer.weights] == case["names"]

    def gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, **case["call"])
        return y, tape.gradient(y, x)

    for call in (gradient, tf.function(gradient)):
        y, slope = call(x)
        np.testing.assert_allclose(y.numpy(), array(case["outputs"]), rtol=3e-6, atol=3e-6)
        # Keras's ReversibleEmbedding differentiates what rounds the inputs, ours passes over it
        if case["gradient"] is not None and (case["call"], case["mode"]) != (BACK, "int8"):
            wanted = array(case["gradient"])
            np.testing.assert_allclose(slope.numpy(), wanted, rtol=3e-6, atol=3e-6)
    files = {}
    layer.save_own_variables(files)
    for i, stored in enumerate(case["files"]):
        assert files[str(i)].dtype == stored["dtype"]
        wanted = array(stored)
        if case["factors"] and wanted.dtype == np.int8:  # of sums, which may round the other way
            assert np.abs(files[str(i)].astype(int) - wanted).max() <= 1
        else:
            np.testing.assert_allclose(files[str(i)], wanted, rtol=1e-6)


@pytest.mark.parametrize("case", golden["cases"], ids=case_id)
def test_a_layer_of_the_config_takes_the_files(case):
    layer, x = layer_of(case), array(case["inputs"])
    twin = type(layer).from_config(json.loads(json.dumps(layer.get_config())))
    twin(x, **case["call"])
    files = {}
    layer.save_own_variables(files)
    twin.load_own_variables(files)
    assert twin.dtype_policy == layer.dtype_policy
    again = {}
    twin.save_own_variables(again)
    for name, value in files.items():  # what LoRA adds is rounded once more
        atol = 0 if not case["factors"] else 1 if value.dtype == np.int8 else 0.5
        np.testing.assert_allclose(again[name].astype(float), value, rtol=0, atol=atol)
    if not case["factors"]:
        np.testing.assert_array_equal(twin(x, **case["call"]), layer(x, **case["call"]))


@pytest.mark.parametrize("run_eagerly", [True, False])
def test_training_in_float8_equals_keras_s(run_eagerly):
    case = golden["float8"]
    model = tf.keras.Sequential([tf.keras.Input((5,)), layers.Dense(4)])
    model.set_weights([array(case["kernel"]), np.zeros(4, "float32")])
    model.quantize("float8")
    model.compile(tf.keras.optimizers.SGD(0.1), "mse", run_eagerly=run_eagerly)
    x, y = array(case["x"]), array(case["y"])
    losses = model.fit(x, y, epochs=4, verbose=0, shuffle=False).history["loss"]
    np.testing.assert_allclose(losses, case["losses"], rtol=1e-5)
    assert [w.name for w in model.weights] == case["names"]
    for weight, stored in zip(model.get_weights(), case["weights"], strict=True):
        wanted = array(stored)
        found = weight[:6] if weight.ndim == 1 else weight
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2"])
def test_compiled_programs_round_to_float8_as_eager_ones(dtype):
    def rounded(x):
        return quantizers.quantize_and_dequantize(x * 3, 2.0, dtype, "float32") + 1

    x = tf.constant(np.linspace(-500, 500, 99, dtype="float32"))
    np.testing.assert_array_equal(tf.function(rounded)(x), rounded(x))


@pytest.mark.parametrize("row", golden["fake"]["rows"], ids=lambda row: str(row["more"]))
def test_quantization_while_training_equals_keras_s(row):
    x = array(golden["fake"]["x"])
    tensors = [tf.constant(v, "float32") for v in (x, row["low"], row["high"])]

    def call(*tensors):
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            y = quantizers.fake_quant_with_min_max_vars(*tensors, **row["more"])
        return [y, *tape.gradient(y, list(tensors))]

    for function in (call, tf.function(call)):
        for found, stored in zip(function(*tensors), row["results"], strict=True):
            np.testing.assert_allclose(found.numpy(), array(stored), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("shape", [(3, 2), (4, 5), (1, 3)])
def test_packed_numbers_come_back(dtype, axis, shape):
    low = -8 if dtype == "int8" else 0
    x = np.random.default_rng(0).integers(low, low + 16, size=shape).astype(dtype)
    packed, packed_shape, count = quantizers.pack_int4(x, axis, dtype)
    assert packed.shape == packed_shape and count == shape[axis]
    assert packed_shape[axis] == (shape[axis] + 1) // 2
    np.testing.assert_array_equal(quantizers.unpack_int4(packed, count, axis, dtype), x)


# -- LoRA ------------------------------------------------------------------------------------------


def test_lora_trains_the_factors_alone():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(64, 5)), rng.normal(size=(64, 3))
    model = tf.keras.Sequential([tf.keras.Input((5,)), layers.Dense(3, name="dense")])
    (dense,) = model.layers
    before = model.predict(x, verbose=0)
    frozen = dense._kernel.numpy()
    dense.enable_lora(2)
    np.testing.assert_allclose(model.predict(x, verbose=0), before, rtol=1e-6)
    model.compile("sgd", "mse")
    losses = model.fit(x, y, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and dense.lora_kernel_b.numpy().any()
    np.testing.assert_array_equal(dense._kernel.numpy(), frozen)
    whole = frozen + dense.lora_kernel_a.numpy() @ dense.lora_kernel_b.numpy()
    np.testing.assert_allclose(dense.kernel, whole, rtol=1e-6)
    files = {}
    dense.save_own_variables(files)
    np.testing.assert_allclose(files["0"], whole, rtol=1e-6)
    dense.load_own_variables(files)
    np.testing.assert_allclose(dense.kernel, whole, rtol=1e-6)
    place = dense.bias.path.removesuffix("bias")
    names = ("bias", "lora_kernel_a", "lora_kernel_b")
    assert [w.path for w in dense.trainable_weights] == [place + name for name in names]


# -- models and policies ---------------------------------------------------------------------------


def small():
    parts = [layers.Dense(4, "relu", name="a"), layers.Dropout(0.1), layers.Dense(2, name="b")]
    return tf.keras.Sequential([tf.keras.Input((5,)), *parts])


def test_a_model_quantizes_the_layers_that_filters_choose():
    x = np.random.default_rng(2).normal(size=(4, 5)).astype("float32")
    for filters, wanted in (
        ("a", [True, False]),
        (["^b$"], [False, True]),
        (lambda layer: True, [True] * 2),
    ):
        model = small()
        model.compile("sgd", "mse")
        before = model.predict(x, verbose=0)
        model.quantize("int8", filters=filters)
        found = [model.get_layer(n).quantization_mode == "int8" for n in "ab"]
        assert found == wanted
        np.testing.assert_allclose(model.predict(x, verbose=0), before, atol=0.05)


def test_heads_of_attention_are_quantized_one_by_one():
    x = tf.keras.Input((3, 4))
    attention = layers.MultiHeadAttention(2, 2, name="mha")
    model = tf.keras.Model(x, attention(x, x))
    model.quantize("int8")
    kernels = [w.path for w in model.weights if w.dtype == tf.int8]
    names = ("query", "key", "value", "attention_output")
    assert kernels == [f"mha/{name}/kernel" for name in names]


def test_layers_are_made_with_quantized_policies():
    layer = layers.Dense(4, dtype="int4/2_from_float32")
    layer.build((None, 5))
    assert [w.name for w in layer.weights] == [
        *("bias", "kernel", "kernel_scale", "kernel_zero", "g_idx")
    ]
    policy = dtype_policies.QuantizedFloat8DTypePolicy("float8", amax_history_length=3)
    layer = layers.Dense(4, dtype=policy)
    layer.build((None, 5))
    assert layer.kernel_amax_history.shape == (3,)
    twin = layers.Dense.from_config(json.loads(json.dumps(layer.get_config())))
    assert twin.dtype_policy == policy != dtype_policies.get("float8_from_float32")


def test_a_map_of_policies_comes_back_from_its_config():
    policies = dtype_policies.DTypePolicyMap("float16", {"a/b": "bfloat16", "a/.*": "float64"})
    twin = dtype_policies.deserialize(json.loads(json.dumps(dtype_policies.serialize(policies))))
    for path, name in (("a/b", "bfloat16"), ("a/c", "float64"), ("z", "float16")):
        assert policies[path].name == twin[path].name == name
    assert len(twin) == 2 and list(twin) == ["a/b", "a/.*"]
    del twin["a/b"]
    twin[".*/c"] = "float32"
    with pytest.raises(ValueError, match="multiple dtype policy specification keys"):
        twin["a/c"]


def test_a_layer_gives_the_layers_within_the_policies_at_their_paths():
    x = tf.keras.Input((3, 4))
    model = tf.keras.Model(x, layers.MultiHeadAttention(2, 2, name="mha")(x, x))
    model.quantize("int8")
    (mha,) = model.layers[1:]
    policies = dtype_policies.DTypePolicyMap()
    for part in ("query", "key", "value", "attention_output"):
        policies[f"mha/{part}"] = "int8_from_float32"
    config = {**mha.get_config(), "dtype": dtype_policies.serialize(policies)}
    twin = layers.MultiHeadAttention.from_config(json.loads(json.dumps(config)))
    x = np.random.default_rng(3).normal(size=(2, 3, 4)).astype("float32")
    twin(x, x)
    twin.set_weights(mha.get_weights())
    np.testing.assert_array_equal(twin(x, x), mha(x, x))
    assert [layer.quantization_mode for layer in (twin, twin.query_dense)] == [None, "int8"]


def built(name="Dense", *args):
    layer = getattr(layers, name)(*(args or (2,)))
    layer.build((None, 3))
    return layer


def quantized():
    layer = built()
    layer.quantize("int8")
    return layer


class Own(layers.Dense):
    """A program's subclass, whose call may be another."""


def own():
    layer = Own(2)
    layer.build((None, 3))
    return layer


int4 = quantizers.Int4QuantizationConfig
WRONG = [
    (lambda: layers.Dense(2).quantize("int8"), ValueError, "a layer that isn't yet built"),
    (lambda: layers.Dense(2).enable_lora(2), ValueError, "a layer that isn't yet built"),
    (lambda: built().quantize("int3"), ValueError, "Invalid quantization mode"),
    (lambda: built().quantize(), ValueError, "either `mode` or `config`"),
    (lambda: built().quantize("int8", config=int4()), ValueError, "Contradictory arguments"),
    (lambda: built().quantize("int8", config=3), ValueError, "instance of `QuantizationConfig`"),
    (lambda: quantized().quantize("int4"), ValueError, "is already quantized with dtype_policy="),
    (lambda: built().quantize("gptq"), ValueError, "pass a `GPTQConfig` object"),
    (lambda: built("Embedding", 3, 2).quantize("float8"), NotImplementedError, "('int8', 'int4')"),
    (lambda: own().quantize("int8"), NotImplementedError, "Layer Own does not have a `quantize`"),
    (
        lambda: built("Flatten", "channels_last").quantize("int8"),
        NotImplementedError,
        "Layer Flatten does not",
    ),
    (lambda: small().quantize("int8", filters=3), ValueError, "The `filters` argument must be"),
    (
        lambda: tf.keras.Sequential([layers.Dense(2)]).quantize("int8"),
        ValueError,
        "isn't yet built",
    ),
    (
        lambda: int4(quantizers.AbsMaxQuantizer(0, (-127, 127)), block_size=None),
        ValueError,
        "a weight_quantizer of value_range=(-8, 7)",
    ),
    (lambda: int4(block_size=0), ValueError, "block_size must be None, -1, or a positive integer"),
    (
        lambda: int4(weight_quantizer=quantizers.AbsMaxQuantizer(0)),
        ValueError,
        "does not support custom quantizers",
    ),
    (
        lambda: quantizers.AbsMaxQuantizer(0, (-200, 200)),
        ValueError,
        "to be within the interval [-128, 127]",
    ),
    (lambda: quantizers.get("foo"), ValueError, "Could not interpret quantizer identifier: foo"),
    (lambda: quantizers.pack_int4(np.ones((2, 2))), TypeError, "Expected int8 tensor for packing"),
    (lambda: quantizers.pack_int4([1], dtype="int16"), ValueError, "to be 'int8' or 'uint8'"),
    (
        lambda: quantizers.GPTQConfig([], None, weight_bits=5),
        ValueError,
        "Unsupported weight_bits 5",
    ),
    (lambda: dtype_policies.get("int8"), ValueError, "'int8_from_float32'"),
    (lambda: dtype_policies.get(3), ValueError, "Cannot interpret `dtype` argument"),
    (lambda: dtype_policies.DTypePolicy("foo"), ValueError, "Cannot convert 'foo' to a mixed"),
    (lambda: dtype_policies.DTypePolicy(3), TypeError, "'name' must be a string"),
    (lambda: dtype_policies.Int4DTypePolicy("int4"), ValueError, "format 'int4/<block_size>'"),
    (lambda: dtype_policies.Int4DTypePolicy("int4/0"), ValueError, "Invalid block_size in mode"),
    (lambda: dtype_policies.GPTQDTypePolicy("gptq/5/1"), ValueError, "2, 3, 4, and 8, but got 5"),
    (
        lambda: dtype_policies.QuantizedDTypePolicy("int8", "mixed_float16"),
        ValueError,
        "doesn't work well with compute_dtype='float16'",
    ),
    (
        lambda: dtype_policies.QuantizedFloat8DTypePolicy("float8", amax_history_length="a"),
        TypeError,
        "`amax_history_length` must be an integer",
    ),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=[row[2][:40] for row in WRONG])
def test_wrong_calls(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
