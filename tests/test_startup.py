"""`import tensorbrook` is quick, silent, and loads nothing that a program has not asked for."""

import os
import statistics
import subprocess
import sys

UNASKED = "keras tensorflow jax torch h5py matplotlib pandas sklearn scipy rich optree ml_dtypes"
TIMED = "import time; t = time.perf_counter(); import {}; print(time.perf_counter() - t)"
LIMIT, PAIRS, ROUNDS = 2.5, 5, 4


def python(code):
    # a second start has the modules compiled, whatever this process may write
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    program = [sys.executable, "-c", code]
    return subprocess.run(program, capture_output=True, text=True, check=True, timeout=60, env=env)


def test_import_is_silent_and_loads_nothing_unasked():
    code = f"import sys, tensorbrook; print(*{{*sys.modules}} & {{*{UNASKED.split()}}}, end='')"
    done = python(code)
    assert (done.stdout, done.stderr) == ("", "")


def test_import_time_against_numpy():
    # Other work on the machine only ever slows a run down: one quiet round of four is enough.
    ratios = []
    for _ in range(ROUNDS):
        pairs = [
            [float(python(TIMED.format(name)).stdout) for name in ("numpy", "tensorbrook")]
            for _ in range(PAIRS)
        ]
        numpy, own = (statistics.median(column) for column in zip(*pairs))
        ratios.append(own / numpy)
        if ratios[-1] <= LIMIT:
            return
    raise AssertionError(f"import takes {ratios} times as long as NumPy's own; limit {LIMIT}")
