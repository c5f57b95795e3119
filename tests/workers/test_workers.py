"""Several processes that train together: they come to what one comes to, and end together."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ORACLES = HERE.parent / "oracles"
QUIET = {"OPENBLAS_NUM_THREADS": "1", "TENSORBROOK_THREADS": "1"}


def run(*arguments, status=0, **environment):
    """What `tensorbrook` says with these arguments; it ends with `status`."""
    command = [sys.executable, "-m", "tensorbrook", *map(str, arguments)]
    environment = {**os.environ, **QUIET, **environment}
    environment.pop("TF_CONFIG", None)
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == status, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def launch(count, *arguments, **more):
    return run("launch", "-n", count, *arguments, **more)


def found(out, count=1):
    return [json.loads(Path(f"{out}.{rank}").read_text()) for rank in range(count)]


def check_close(got, want, where="", tolerance=1e-5):
    if isinstance(want, dict):
        assert got.keys() == want.keys(), where
        for key in want:
            check_close(got[key], want[key], f"{where}/{key}", tolerance)
    elif isinstance(want, list):
        assert len(got) == len(want), where
        for number, (a, b) in enumerate(zip(got, want)):
            check_close(a, b, f"{where}/{number}", tolerance)
    elif isinstance(want, float):
        assert abs(got - want) <= tolerance * max(1, abs(want)), (where, got, want)
    else:
        assert got == want, where


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What one process comes to."""
    out = tmp_path_factory.mktemp("alone") / "out"
    run("run", HERE / "program.py", out)
    return found(out)[0]


def test_two_workers_see_and_compute_what_tensorflow_s_do(tmp_path):
    for i in range(3):
        (tmp_path / f"{i}.txt").write_text("".join(f"{4 * i + k}\n" for k in range(4)))
    launch(2, ORACLES / "workers_program.py", tmp_path / "out", tmp_path)
    golden = json.loads((ORACLES / "golden" / "workers.json").read_text())
    for got, want in zip(found(tmp_path / "out", 2), golden):
        assert got.keys() == want.keys()
        for name in want:
            if "/" in name:  # the elements of a data set
                assert got[name] == want[name], name
            else:
                check_close(got[name], want[name], name)


@pytest.mark.parametrize(("workers", "devices"), [(2, 1), (4, 2)])
def test_workers_come_to_what_one_process_comes_to(alone, tmp_path, workers, devices):
    launch(workers, HERE / "program.py", tmp_path / "out", "--devices", devices)
    several = found(tmp_path / "out", workers)
    assert several[0].pop("replicas") == workers * devices
    for other in several[1:]:
        assert other.pop("replicas") == workers * devices
        assert other == several[0]  # the same bits in all
    check_close(several[0], {k: v for k, v in alone.items() if k != "replicas"})
    assert [p.name for p in (tmp_path / "checkpoint").iterdir()] == ["weights.weights.h5"]


def test_a_killed_worker_ends_the_others_and_any_number_goes_on(alone, tmp_path):
    backup, begun = tmp_path / "backup", time.monotonic()
    arguments = HERE / "program.py", tmp_path / "out", "--backup", backup
    said = launch(2, *arguments, "--die", 9, status=128 + 9)
    assert time.monotonic() - begun < 60
    words = (
        r"^\[0\] .*UnavailableError: worker 1 \(127\.0\.0\.1:\d+\) is gone: its process was killed"
    )
    assert re.search(words, said, re.MULTILINE), said
    assert "tensorbrook launch: process 1 ended with signal SIGKILL" in said
    state = (backup / "latest.state").read_bytes()
    for workers in (1, 2):
        backup.mkdir(exist_ok=True)
        (backup / "latest.state").write_bytes(state)
        launch(workers, *arguments)
        for one in found(tmp_path / "out", workers):
            assert one["epochs"] == [1, 2]
            check_close(one["weights"], alone["weights"], tolerance=1e-6)
        assert not backup.exists()  # the training has ended
