"""Checkpoints that TensorFlow wrote load here, and ours load there."""

import base64
import json
import os
import pathlib
import subprocess
import sys
import zlib

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parents[1] / "oracles"
sys.path.insert(0, str(ORACLES))
import checkpoint_cases  # noqa: E402

GOLDEN = json.loads((ORACLES / "golden" / "checkpoints.json").read_text())
ORACLE = os.environ.get("TENSORBROOK_ORACLE")


def unpack(files, folder):
    for name, data in files.items():
        (folder / name).write_bytes(zlib.decompress(base64.b64decode(data)))


def close(found, wanted, tolerance):
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize("name", checkpoint_cases.CASES)
def test_tensorflows_checkpoints(name, built, tmp_path):
    golden = GOLDEN["cases"][name]
    unpack(golden["files"], tmp_path)
    case = checkpoint_cases.CASES[name](tf)
    if built:
        case.build()
    checkpoint = tf.train.Checkpoint(**case.objects)
    status = checkpoint.restore(tf.train.latest_checkpoint(tmp_path))
    if not built:
        case.build()
    status.assert_consumed()
    assert int(checkpoint.save_counter) == 1
    close(case.result(), golden["result"], checkpoint_cases.LOOSE.get(name, 1e-6))
    case.go_on()
    close(case.result(), golden["later"], checkpoint_cases.LOOSE.get(name, 1e-5))


@pytest.mark.parametrize("name", checkpoint_cases.CASES)
def test_our_own(name, tmp_path):
    case = checkpoint_cases.make(tf, name)
    path = tf.train.Checkpoint(**case.objects).save(tmp_path / "ck")
    result = case.result()
    case.go_on()
    later = case.result()
    again = checkpoint_cases.CASES[name](tf)
    status = tf.train.Checkpoint(**again.objects).restore(path)
    again.build()
    status.assert_consumed()
    assert again.result() == result
    again.go_on()
    assert again.result() == later


def test_several_files_and_parts(tmp_path):
    unpack(GOLDEN["sharded"], tmp_path)
    assert len(list(tmp_path.glob("*.data-*"))) > 2
    v, w = tf.Variable(np.zeros((20, 30), "float32")), tf.Variable(0.0)
    tf.train.Checkpoint(v=v, w=w).read(tmp_path / "sharded").assert_consumed()
    assert v.numpy().tolist() == np.arange(600).reshape(20, 30).tolist()
    assert w.numpy() == 3.0


def test_variables_by_their_names(tmp_path):
    unpack(GOLDEN["tensorflow 1"], tmp_path)
    prefix = tmp_path / "old"
    assert tf.train.list_variables(prefix) == [("parts", [7, 2]), ("scope/w", [3])]
    assert tf.train.load_variable(prefix, "parts").tolist() == [[0.25, 0.25]] * 7
    module = tf.Module()
    module.w = tf.Variable([0.0, 0.0, 0.0], name="scope/w")
    module.parts = tf.Variable(np.zeros((7, 2), "float32"), name="parts")
    tf.train.Checkpoint(module=module).restore(prefix).assert_consumed()
    assert module.w.numpy().tolist() == [0.0, 1.0, 2.0]
    assert module.parts.numpy().tolist() == [[0.25, 0.25]] * 7


@pytest.mark.parametrize("name", ["momentum", "adam"])
@pytest.mark.parametrize("built", [True, False])
def test_slots_of_old_optimizers(name, built, tmp_path):
    golden = GOLDEN["slots"][name]
    unpack(golden["files"], tmp_path)
    v = tf.Variable([0.0, 0.0])
    optimizers = tf.keras.optimizers
    optimizer = optimizers.SGD(0.1, 0.9) if name == "momentum" else optimizers.Adam(0.1)
    if built:
        optimizer.build([v])
    tf.train.Checkpoint(v=v, optimizer=optimizer).restore(tmp_path / "old").expect_partial()
    optimizer.build([v])
    assert v.numpy().tolist() == golden["v"]
    slots = [variable.numpy().tolist() for variable in optimizer.variables[2:]]
    assert slots == golden["slots"]


class Net(tf.keras.Model):
    def __init__(self):
        super().__init__()
        layers = tf.keras.layers
        self.blocks = [layers.Dense(3, activation="tanh"), layers.Dense(3)]
        self.last = layers.Dense(1)

    def call(self, x):
        for block in self.blocks:
            x = block(x)
        return self.last(x)


@pytest.mark.parametrize("name", ["sequential", "subclassed"])
def test_keras_2s_weights(name, tmp_path):
    unpack(GOLDEN["keras 2"]["files"], tmp_path)
    results = GOLDEN["keras 2"]["results"]
    layers, x = tf.keras.layers, checkpoint_cases.X
    sequential = tf.keras.Sequential([layers.Dense(4, activation="tanh"), layers.Dense(1)])
    model = sequential if name == "sequential" else Net()
    model.compile(tf.keras.optimizers.Adam(0.01), "mse")
    tf.train.Checkpoint(model).read(tmp_path / name).expect_partial()
    close(model(x).numpy().ravel(), results[name], 1e-6)
    model.fit(x, checkpoint_cases.Y, verbose=0, shuffle=False)
    close(model(x).numpy().ravel(), results[f"{name} later"], 1e-5)


@pytest.mark.skipif(not ORACLE, reason="TENSORBROOK_ORACLE names no Python with TensorFlow")
def test_tensorflow_reads_ours(tmp_path):
    wanted = {}
    for name in checkpoint_cases.CASES:
        case = checkpoint_cases.make(tf, name)
        tf.train.Checkpoint(**case.objects).save(tmp_path / name / "ck")
        wanted[name] = {"result": case.result()}
        case.go_on()
        wanted[name]["later"] = case.result()
    (tmp_path / "wanted.json").write_text(json.dumps(wanted))
    command = [ORACLE, ORACLES / "check_checkpoints.py", tmp_path]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
