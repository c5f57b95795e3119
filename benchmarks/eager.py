"""What eager mode costs, as ratios to peers measured in alternation on the same machine.

    make bench                            PyTorch and TensorFlow are compared where installed
    python benchmarks/eager.py --rounds 30 --python OTHER_VENV/bin/python

Peers of another virtual environment are measured by its interpreter (`--python`, repeatable), one
process a turn. Prints a Markdown table.
"""

import argparse
import importlib
import os
import platform
import statistics
import subprocess
import sys
import time

IMPORT = "import time; t = time.perf_counter(); import {0}; print(time.perf_counter() - t)"
SCALE = {"us": 1e6, "ms": 1e3}


def data(n):
    """Inputs and labels of the lesson's linear regression, `n` of them, as float32 columns."""
    import numpy as np

    rng = np.random.default_rng(13)
    x = np.linspace(0, 3, n, dtype=np.float32).reshape(n, 1)
    return x, (2 * x + 0.9 + 0.5 * rng.standard_normal((n, 1))).astype(np.float32)


def numpy_add():
    import numpy as np

    a, b = data(4)
    return lambda: np.add(a, b)


def tf_add(module):
    a, b = map(module.constant, data(4))
    return lambda: module.add(a, b)


def torch_add():
    import torch

    a, b = map(torch.tensor, data(4))
    return lambda: torch.add(a, b)


def tf_step(module):
    """The lesson's `train_on_batch`: batch of 4, tape, two gradients, two updates."""
    tf, (x, y) = module, map(module.constant, data(4))
    w, b = tf.Variable([[100.0]]), tf.Variable(tf.zeros(shape=(1,)))

    def step():
        with tf.GradientTape() as tape:
            predictions = tf.matmul(x, w) + b
            loss = tf.reduce_mean(tf.square(y - predictions))
            dloss_dw, dloss_db = tape.gradient(loss, [w, b])
        w.assign_sub(0.1 * dloss_dw)
        b.assign_sub(0.1 * dloss_db)
        return loss

    return step


def torch_step():
    """The same in PyTorch's words: tensors, autograd.grad, an update in place."""
    import torch

    x, y = map(torch.tensor, data(4))
    w = torch.tensor([[100.0]], requires_grad=True)
    b = torch.zeros(1, requires_grad=True)

    def step():
        predictions = torch.matmul(x, w) + b
        loss = torch.mean(torch.square(y - predictions))
        dloss_dw, dloss_db = torch.autograd.grad(loss, [w, b])
        with torch.no_grad():
            w.sub_(0.1 * dloss_dw)
            b.sub_(0.1 * dloss_db)
        return loss

    return step


def by_import(name, make):
    return lambda: make(importlib.import_module(name))


WORK = {
    "add": {
        "numpy": numpy_add,
        "tensorbrook": by_import("tensorbrook", tf_add),
        "torch": torch_add,
        "tensorflow": by_import("tensorflow", tf_add),
    },
    "step": {
        "tensorbrook": by_import("tensorbrook", tf_step),
        "torch": torch_step,
        "tensorflow": by_import("tensorflow", tf_step),
    },
}


def seconds_a_call(function, budget=0.15):
    """The quickest of five batches, after a warm-up; other programs only ever add time."""
    deadline, calls = time.perf_counter() + budget, 0
    while time.perf_counter() < deadline:
        function()
        calls += 1
    batch = max(1, calls // 5)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(batch):
            function()
        times.append((time.perf_counter() - start) / batch)
    return min(times)


def measure(python, work, name):
    """One turn: seconds that a fresh process of `python` prints."""
    command = [python, "-c", IMPORT.format(name)]
    if work != "import":
        command = [python, __file__, "--turn", work, name]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OPENBLAS_")}
    environment |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout.split()[-1])


def has(python, module):
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return subprocess.run([python, "-c", code]).returncode == 0


def find_peers(pythons):
    """Which interpreter measures what; tensorbrook and NumPy by this one."""
    found = {"numpy": sys.executable, "tensorbrook": sys.executable}
    for name in ("torch", "tensorflow"):
        for python in (sys.executable, *pythons):
            if has(python, name):
                found.setdefault(name, python)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="turns of each peer")
    parser.add_argument("--python", action="append", default=[], help="an interpreter with peers")
    parser.add_argument("--turn", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.turn:
        work, name = given.turn
        print(seconds_a_call(WORK[work][name]()))
        return
    peers = find_peers(given.python)
    rows = [
        ("import", "`import`", "ms", ("tensorbrook", "numpy", "torch", "tensorflow")),
        ("add", "`add` of two 4x1 tensors", "us", ("tensorbrook", "numpy", "torch", "tensorflow")),
        ("step", "eager step, linear regression", "us", ("tensorbrook", "torch", "tensorflow")),
    ]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; ",
        end="",
    )
    print(f"medians of {given.rounds} alternating processes.\n")
    print("| | tensorbrook | NumPy | PyTorch | TensorFlow |\n|---|---|---|---|---|")
    for work, title, unit, names in rows:
        names = [name for name in names if name in peers]
        turns = [[measure(peers[n], work, n) for n in names] for _ in range(given.rounds)]
        medians = dict(zip(names, map(statistics.median, zip(*turns))))
        own, cells = medians["tensorbrook"], []
        for name in ("tensorbrook", "numpy", "torch", "tensorflow"):
            shown = f"{medians[name] * SCALE[unit]:.3g} {unit}" if name in medians else ""
            ratio = f" ({own / medians[name]:.2g}x)" if shown and name != "tensorbrook" else ""
            cells.append(shown + ratio)
        print(f"| {title} | " + " | ".join(cells) + " |", flush=True)
    print("\nIn brackets: tensorbrook's time as a multiple of the peer's; below 1, it is quicker.")


if __name__ == "__main__":
    main()
