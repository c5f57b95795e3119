"""keras.distribution on 8 virtual devices: weights are those of one device."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax")
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    path = tmp_path_factory.mktemp("spread") / "figures.npz"
    environ = os.environ | {
        "XLA_FLAGS": "--xla_force_host_platform_device_count=8",
        "TENSORBROOK_BACKEND": "xla",
        "JAX_PLATFORMS": "cpu",
    }
    command = [sys.executable, str(HERE / "distributed_programs.py"), str(path)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    with np.load(path) as found:
        return dict(found)


@pytest.mark.parametrize("way", ["data", "model"])
def test_training_is_that_of_one_device(figures, way):
    names = [name for name in figures if name.startswith(way) and "collectives" not in name]
    assert len(names) > 20
    for name in names:
        expected = figures[name.replace(way, "one", 1)]
        np.testing.assert_allclose(figures[name], expected, rtol=1e-5, atol=1e-5, err_msg=name)
    assert figures[f"{way} collectives"].sum() > 0


def test_processes_have_their_devices_together(figures, tmp_path):
    environ = os.environ | {
        "XLA_FLAGS": "--xla_force_host_platform_device_count=4",
        "TENSORBROOK_BACKEND": "xla",
        "JAX_PLATFORMS": "cpu",
    }
    program = [str(HERE / "distributed_programs.py"), str(tmp_path / "of"), "--processes"]
    command = [sys.executable, "-m", "tensorbrook", "launch", "-n", "2", *program]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    for rank in range(2):
        with np.load(tmp_path / f"of.{rank}.npz") as found:
            assert len(found.files) > 40
            for name in found.files:
                expected = figures[f"one {name.split()[1]}"]
                np.testing.assert_allclose(found[name], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("way", ["data", "zero", "tensor"])
def test_the_cost_model_says_what_xla_says(figures, way):
    flops, size, flops_of_xla, size_of_xla = figures[f"scaling {way}"]
    assert 0.85 < flops / flops_of_xla < 1.05
    assert 0.95 < size / size_of_xla < 1.2
