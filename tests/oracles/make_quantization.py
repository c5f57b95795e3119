"""Record what Keras makes of weights that it quantizes, and of training in float8.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1:

    python tests/oracles/make_quantization.py

It writes golden/quantization.json. The tests read that file only.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from make_layers import stored

GOLDEN = pathlib.Path(__file__).parent / "golden"
rng = np.random.default_rng(11)
layers, quantizers = keras.layers, keras.quantizers
EINSUM = (("abc,cde->abde", [None, 2, 3], (2, 4)), ("abcd,cde->abe", [None, 3], (2, 2, 3)))
EINSUM += (("abc,dc->abd", [None, 5], (2, 3)), ("abc,acd->abd", [None, 3], (2, 3)))
CONFIGS = {
    "int8": {},
    "int8 weights": {"activation_quantizer": None},
    "int4": {},
    "int4/2": {"block_size": 2},
    "int4/-1": {"block_size": -1},
}


def subjects():
    """(class, arguments, inputs, further arguments of the call) of each layer."""
    yield "Dense", {"units": 3}, rng.normal(size=(2, 5)), {}
    for equation, output_shape, shape in EINSUM:
        config = {"equation": equation, "output_shape": output_shape}
        yield "EinsumDense", config, rng.normal(size=(2, *shape)), {}
    numbers, back = np.array([[1, 5, 0]]), {"reverse": True}
    config = {"input_dim": 6, "output_dim": 4}
    yield "Embedding", config, numbers, {}
    for tied in (True, False):
        config = {**config, "tie_weights": tied}
        yield "ReversibleEmbedding", config, numbers, {}
        yield "ReversibleEmbedding", config, rng.normal(size=(2, 4)), back


def quantized(name, config, inputs, call, mode, lora=False):
    """What a layer computes and holds once it is quantized."""
    layer = getattr(layers, name)(**config)
    inputs = inputs.astype("int32" if inputs.dtype.kind == "i" else "float32")
    layer(inputs, **call)
    floats = [rng.normal(size=w.shape).astype("float32") for w in layer.weights]
    layer.set_weights(floats)
    cls = quantizers.Int8QuantizationConfig if "int8" in mode else quantizers.Int4QuantizationConfig
    layer.quantize(config=cls(**CONFIGS[mode]))
    factors = []
    if lora:
        layer.enable_lora(2, lora_alpha=3)
        names = [n for n in dir(layer) if n.startswith("lora_") and n[-2:] in ("_a", "_b")]
        for factor in sorted(names):
            variable = getattr(layer, factor)
            factors.append(rng.normal(size=variable.shape).astype("float32"))
            variable.assign(factors[-1])
    tensor, files = tf.constant(inputs), {}
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        outputs = layer(tensor, **call)
    gradient = tape.gradient(outputs, tensor)
    layer.save_own_variables(files)
    return {
        "layer": name,
        "config": config,
        "call": call,
        "mode": mode,
        "policy": layer.dtype_policy.name,
        "inputs": stored(inputs),
        "floats": [stored(w) for w in floats],
        "factors": [stored(f) for f in factors],
        "outputs": stored(outputs),
        "gradient": None if gradient is None else stored(gradient),
        "names": [w.name for w in layer.weights],
        "files": [stored(files[str(i)]) for i in range(len(files))],
    }


def float8():
    """Training in float8, a step an epoch."""
    x, y = (rng.normal(size=(2, n)).astype("float32") for n in (5, 4))
    model = keras.Sequential([keras.Input((5,)), layers.Dense(4)])
    kernel = rng.normal(size=(5, 4)).astype("float32")
    model.layers[0].set_weights([kernel, np.zeros(4, "float32")])
    model.quantize("float8")
    model.compile(keras.optimizers.SGD(0.1), "mse")
    losses = model.fit(x, y, epochs=4, verbose=0, shuffle=False).history["loss"]
    weights = [stored(w[:6] if w.ndim == 1 else w) for w in model.get_weights()]
    names = [w.name for w in model.weights]
    arrays = {"x": stored(x), "y": stored(y), "kernel": stored(kernel)}
    return {**arrays, "losses": losses, "weights": weights, "names": names}


def fake():
    """Quantization while training: results and gradients."""
    rows = []
    x = rng.normal(size=(3, 4)).astype("float32") * 3
    for low, high, more in (
        (-1.0, 2.0, {}),
        (0.5, 2.0, {"num_bits": 4}),
        (-1.0, 1.0, {"narrow_range": True, "num_bits": 3}),
        ([-1.0, -2.0, -3.0, 0.0], [1.0, 2.0, 3.0, 1.0], {"axis": 1}),
    ):
        tensors = [tf.constant(v, "float32") for v in (x, low, high)]
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            y = quantizers.fake_quant_with_min_max_vars(*tensors, **more)
        results = [y, *tape.gradient(y, tensors)]
        rows.append({"low": low, "high": high, "more": more, "results": list(map(stored, results))})
    return {"x": stored(x), "rows": rows}


def main():
    cases = [quantized(*s, mode) for mode in CONFIGS for s in subjects()]
    for subject in subjects():  # Keras adds LoRA to the last axis of the outputs alone
        if not subject[3] and subject[1].get("equation") != "abc,dc->abd":
            cases.append(quantized(*subject, "int8", lora=True))
    table = {"cases": cases, "float8": float8(), "fake": fake()}
    path = GOLDEN / "quantization.json"
    path.write_text(json.dumps(table, separators=(",", ":")) + "\n")
    print(len(cases), "cases,", path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
