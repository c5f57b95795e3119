"""LiteRT models: what TensorFlow's converter is given; with one at hand, what it makes of it."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import tensorbrook as tf

ORACLE = os.environ.get("TENSORBROOK_ORACLE")
RUN = """
import sys, numpy as np, tensorflow as tf
interpreter = tf.lite.Interpreter(sys.argv[1])
interpreter.allocate_tensors()
interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.load(sys.argv[2]))
interpreter.invoke()
np.save(sys.argv[3], interpreter.get_tensor(interpreter.get_output_details()[0]["index"]))
"""


def network():
    tf.keras.utils.set_random_seed(0)
    return tf.keras.Sequential(
        [
            tf.keras.Input((8, 8, 1)),
            tf.keras.layers.Conv2D(4, 3, activation="relu"),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(3, activation="softmax"),
        ]
    )


def test_without_tensorflow_the_error_says_where_to_get_it(monkeypatch, tmp_path):
    monkeypatch.delenv("TENSORBROOK_TENSORFLOW", raising=False)
    with pytest.raises(NotImplementedError, match="TENSORBROOK_TENSORFLOW=/path"):
        network().export(tmp_path / "model.tflite", format="litert")
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="has no 'optimisations'"):
        network().export(tmp_path / "model.tflite", format="litert", optimisations=[])


def test_the_converter_is_told_all_of_it(monkeypatch, tmp_path):
    # a Python that answers with what it was given
    script = tmp_path / "python"
    echo = "import json, sys; given = json.loads(sys.argv[2]); open(given['result'], 'w').write("
    echo += "json.dumps({**given, 'examples': bool(given['examples'])}))"
    script.write_text(f"#!{sys.executable}\nimport sys\nsys.argv[0:2] = []\n{echo}\n")
    script.chmod(0o755)
    monkeypatch.setenv("TENSORBROOK_TENSORFLOW", str(script))
    converter = tf.lite.TFLiteConverter.from_saved_model("somewhere", ["serve"])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.target_spec.supported_types = [tf.float16]
    converter.inference_input_type = tf.uint8
    converter.representative_dataset = lambda: ([np.ones((1, 2))] for _ in range(3))
    told = json.loads(converter.convert())
    assert told["optimizations"] == ["DEFAULT"] and told["types"] == ["float16"]
    assert told["input"] == "uint8" and told["examples"] and told["signature_keys"] == ["serve"]


@pytest.mark.skipif(not ORACLE, reason="TENSORBROOK_ORACLE names no Python with TensorFlow")
def test_a_converted_network_predicts_the_same(monkeypatch, tmp_path):
    monkeypatch.setenv("TENSORBROOK_TENSORFLOW", ORACLE)
    model, x = network(), np.random.default_rng(0).random((1, 8, 8, 1), np.float32)
    model.export(tmp_path / "m.tflite", format="litert")
    np.save(tmp_path / "x.npy", x)
    paths = [str(tmp_path / name) for name in ("m.tflite", "x.npy", "y.npy")]
    subprocess.run([ORACLE, "-c", RUN, *paths], check=True, capture_output=True)
    np.testing.assert_allclose(np.load(paths[2]), model.predict(x, verbose=0), atol=1e-6)
