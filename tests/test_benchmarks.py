"""The benchmarks' driver: its table from canned results, its file writer, its choices; no times."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]

TURNS = [
    # workload, framework, seconds of the turns, first step, memory
    ("start", "tensorbrook", [0.1, 0.3, 0.2], None, 50.0),
    ("start", "torch", [2.0], None, 220.0),
    ("mlp", "tensorbrook", [0.0005], 0.25, 100.0),
    ("mlp", "tensorflow", [0.0025], 0.75, 600.0),
    ("mlp", "jax", [0.001, 0.001], 1.5, 400.0),
]


@pytest.fixture
def run(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    before = set(sys.modules)
    yield importlib.import_module("run")
    for name in set(sys.modules) - before:
        if (ROOT / "benchmarks" / f"{name}.py").exists():
            del sys.modules[name]


@pytest.fixture
def results():
    turns = []
    for workload, framework, seconds, first, memory in TURNS:
        for value in seconds:
            result = {"workload": workload, "framework": framework, "seconds": value}
            result |= {"memory": memory} | ({} if first is None else {"first": first})
            turns.append(result)
    turns.append({"workload": "mlp", "framework": "torch", "error": "ImportError: no torch"})
    peak = {"gflops": 200.0, "how": "FMA loop", "cores": 2}
    return {"machine": "a machine", "rounds": 3, "load": 0.1, "peak": peak, "turns": turns}


def rows(text, title):
    return [line for line in text.splitlines() if line.startswith(f"| {title}")]


def test_table_from_canned_results(run, results):
    text = run.render(results)
    assert text.startswith("a machine; float32 peak 200 GFLOP/s (FMA loop). Medians of 3 ")
    assert rows(text, " |") == [
        "|  | tensorbrook | TensorFlow | Keras on JAX | PyTorch | fastest peer | share of peak |",
        "|  | tensorbrook | TensorFlow | Keras on JAX | PyTorch |",
    ]
    assert rows(text, "import") == [
        "| import and first op | 200 ms |  |  | 2000 ms (10x) | 10x |  |",
        "| import and first op | 50 MiB |  |  | 220 MiB |",
    ]
    # 52.36 MFLOP a step: in 0.5 ms at 200 GFLOP/s 52 %, in 1 ms 26 %.
    assert rows(text, "`fit` of MLP") == [
        "| `fit` of MLP 784-128-10, batch 128 | 0.5 ms | 2.5 ms (5x) | 1 ms (2x) | failed "
        "| 2x | 52% / 26% |",
        "| `fit` of MLP 784-128-10, batch 128 | 0.25 s, 100 MiB | 0.75 s, 600 MiB "
        "| 1.5 s, 400 MiB |  |",
    ]


def test_a_busy_machine_is_owned_up_to(run, results):
    assert "busy" not in run.render(results)
    results["load"] = 1.5
    assert "`fit` is the time of one step. **The machine was busy (load 1.50).**" in run.render(
        results
    )


def test_table_without_tensorbrook_has_no_ratios(run, results):
    results["turns"] = [t for t in results["turns"] if t["framework"] != "tensorbrook"]
    assert rows(run.render(results), "`fit` of MLP")[0] == (
        "| `fit` of MLP 784-128-10, batch 128 | 2.5 ms | 1 ms | failed |  | - / 26% |"
    )


def test_operations_of_the_workloads(run):
    # By hand from the layers' sizes: products of matrices forward, and for the gradients.
    flop = {name: workload.flop for name, workload in run.BY_NAME.items()}
    assert flop["mlp"] == 2 * 128 * (2 * 784 * 128 + 3 * 128 * 10)
    forward = 64 * 80 * 2 * 128 * 256 + 64 * 2 * 64
    assert flop["lstm"] == 3 * forward
    inputs, states = (2 * 32 * 200 * 2 * size * 192 for size in (32, 64))
    assert flop["gru"] == 2 * inputs + 3 * states + 3 * 32 * 2 * 128
    tokens = 32 * 64
    block = tokens * 2 * (4 * 128**2 + 2 * 128 * 512) + 2 * (32 * 4) * 2 * 64 * 64 * 32
    assert flop["transformer"] == 3 * (2 * block + 32 * 2 * 128 * 10)
    products = 2048 * 2 * (4 * 256**2 + 2 * 256 * 1024) + 2 * (16 * 8) * 2 * 128 * 128 * 32
    assert flop["gpt"] == 3 * (4 * products + 2048 * 2 * 256 * 1000)
    assert flop["recommender"] == 3 * 1024 * 2 * (128 * 64 + 64)
    stack = 16 * 1000 * 2 * (9 * 2 * 32 * 32 + 32)
    assert flop["wavenet"] == 3 * stack + 2 * 16 * 1000 * 2 * 2 * 32
    counted = {"mlp", "cnn", "resnet", "lstm", "gru", "transformer", "gpt", "recommender",
               "wavenet", "unet", "mobilenet"}  # fmt: skip
    assert flop["eager_cnn"] == flop["cnn"]
    assert {name for name in flop if flop[name]} == {*counted, "eager_cnn"}


def test_operations_of_the_convolutional_models(run):
    import keras_models

    import tensorbrook as tf

    for name, batch in (("mobilenet", 32), ("unet", 16)):
        model, products = keras_models.MODELS[name](tf.keras, tf.keras.layers), []
        for layer in model.layers:
            if layer.weights and "Normalization" not in type(layer).__name__:
                of_pixel = layer.weights[0].shape
                of_pixel = of_pixel[:2] if "Depthwise" in type(layer).__name__ else of_pixel[:-1]
                products.append(int(np.prod(of_pixel)) * int(np.prod(layer.output.shape[1:])))
        wanted = 2 * batch * (2 * products[0] + 3 * sum(products[1:]))
        assert run.BY_NAME[name].flop == wanted


def test_write_between_the_marks(run, results, tmp_path, capsys):
    saved, readme = tmp_path / "results.json", tmp_path / "README.md"
    saved.write_text(json.dumps(results))
    readme.write_text("before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n")
    run.main(["--read", str(saved), "--write", str(readme)])
    text = run.render(results)
    assert readme.read_text() == f"before\n<!-- bench -->\n{text}\n<!-- /bench -->\nafter\n"
    assert capsys.readouterr().out == text + "\n"
    readme.write_text("no marks")
    with pytest.raises(SystemExit, match="has not each of <!-- bench --> and <!-- /bench -->"):
        run.write(readme, text)


def test_choices(run):
    assert run.chosen("cnn, mlp", run.BY_NAME, "workload") == ["cnn", "mlp"]
    assert run.chosen("", run.TITLES, "framework") == list(run.TITLES)
    with pytest.raises(SystemExit, match=r"no workload \['bert'\]; there are: start, add"):
        run.chosen("bert", run.BY_NAME, "workload")


def test_processes_run_with_default_threads(run, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert not [key for key in run.environment() if key.endswith("NUM_THREADS")]


def test_a_failed_turn_is_reported(run, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("raise ValueError('because')")
    assert run.turn(sys.executable, script) == {"error": "ValueError: because"}
    script.write_text("import sys; print('noise'); print('{\"seconds\": 1}')")
    assert run.turn(sys.executable, script) == {"seconds": 1}
