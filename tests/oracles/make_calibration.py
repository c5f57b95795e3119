"""Records what Keras makes of layers that GPTQ and AWQ quantize: run with Keras's Python.

Keras 3.15's `Model.quantize` shows neither what the layers are given; its classes do, when told.
"""

import json
import pathlib

import numpy as np
from keras import layers, quantizers
from keras.src.quantizers.awq import AWQ
from keras.src.quantizers.gptq import GPTQ

OUT = pathlib.Path(__file__).parent / "golden" / "calibration.json"
ABDE = "abc,cde->abde"
LAYERS = [
    ["Dense", {"units": 3}, [7, 24]],
    [
        "EinsumDense",
        {"equation": ABDE, "output_shape": [None, 2, 3], "bias_axes": "de"},
        [2, 3, 24],
    ],
    ["EinsumDense", {"equation": "abde,dec->abc", "output_shape": [None, 3]}, [2, 3, 2, 12]],
]
CASES = [
    ["gptq", {"group_size": -1}],
    ["gptq", {"group_size": 12, "weight_bits": 8}],
    ["gptq", {"group_size": 12, "activation_order": True, "hessian_damping": 0.1}],
    ["gptq", {"group_size": -1, "weight_bits": 3, "symmetric": True, "per_channel": False}],
    ["awq", {"group_size": -1}],
    ["awq", {"group_size": 12, "num_grid_points": 7}],
]


def array(value):
    value = np.asarray(value)
    return {"shape": value.shape, "dtype": value.dtype.name, "data": value.ravel().tolist()}


def record(rng, layer, mode, arguments):
    name, config, shape = layer
    layer = getattr(layers, name)(**config)
    x = (rng.normal(size=shape) * np.linspace(0.2, 3, shape[-1])).astype("float32").round(3)
    layer(x)
    floats = [rng.normal(size=w.shape).astype("float32").round(3) for w in layer.weights]
    layer.set_weights(floats)
    asked = {"gptq": quantizers.GPTQConfig, "awq": quantizers.AWQConfig}[mode](
        None, None, **arguments
    )
    layer.quantize(mode, config=asked)
    found = {"gptq": GPTQ, "awq": AWQ}[mode](layer, asked)
    if mode == "gptq":
        for half in np.split(x.reshape(-1, found.rows), [3]):
            found.update_hessian_with_batch(half)
        found.quantize_and_correct_layer()
    else:
        found.update_activation_magnitudes(x.reshape(-1, found.rows))
        found.quantize_layer()
    # what Keras reads from files; those it writes lack the zeros
    parts = [getattr(layer, part) for part in layer.variable_serialization_spec[mode]]
    return {
        "mode": mode,
        "arguments": arguments,
        "layer": name,
        "config": config,
        "x": array(x),
        "floats": [array(w) for w in floats],
        "policy": layer.dtype_policy.name,
        "files": [array(part) for part in parts if part is not None],
        "outputs": array(layer(x)),
    }


if __name__ == "__main__":
    rng = np.random.default_rng(3)
    cases = [record(rng, layer, *case) for layer in LAYERS for case in CASES]
    OUT.write_text(json.dumps(cases).replace('{"mode"', '\n{"mode"') + "\n")
