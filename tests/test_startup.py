"""`import tensorbrook` is quick, silent, and loads nothing that a program has not asked for."""

import os
import statistics
import subprocess
import sys

import pytest

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


def test_import_brings_few_modules():
    code = "import sys, tensorbrook; print(sum(n.startswith('tensorbrook') for n in sys.modules))"
    assert int(python(code).stdout) <= 90  # each takes some 0.3 ms


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


FIRST_USES = {
    "of a function, in a trace": (
        "f = tf.function(lambda x: tf.sort(x) * 2.0); t = tf.function(lambda x: tf.cond(x > 0.0,"
        "lambda: x, lambda: -x))\nprint(f([3.0, 1.0]).numpy(), t(-2.0).numpy())",
        "[2. 6.] 2.0",
    ),
    "of all names": (
        "from tensorbrook import *\ndel print  # TensorFlow's\n"
        "print(argsort([3.0, 1.0]).numpy(), unique([2, 2])[0].numpy())",
        "[1 0] [2]",
    ),
    "by a data set": (
        "rows = tf.data.Dataset.range(3).map(lambda n: tf.range(n)).ragged_batch(3)\n"
        "print([tf.concat([r, r], 1).to_list() for r in rows])",
        "[[[], [0, 0], [0, 1, 0, 1]]]",
    ),
    "by threads at once": (
        "from concurrent.futures import ThreadPoolExecutor as Pool\n"
        "call = lambda i: float(tf.norm(tf.nn.relu(tf.constant([3.0, -4.0 * i]))))\n"
        "print([*Pool(4).map(call, [-1, 0, -1, 0])])",
        "[5.0, 3.0, 5.0, 3.0]",
    ),
}


@pytest.mark.parametrize("use", FIRST_USES)
def test_operations_are_imported_on_first_use(use):
    program, want = FIRST_USES[use]
    late = "tensorbrook.ops.strings"  # one of them
    before = f"import sys, tensorbrook as tf\nassert {late!r} not in sys.modules\n"
    done = python(f"{before}{program}\nassert {late!r} in sys.modules")
    assert done.stdout.strip() == want


LAYER_USES = {
    "of a name": "print(tf.keras.layers.RandomFlip().mode)",
    "from a file": (
        "config = {'module': 'keras.layers', 'class_name': 'RandomFlip', 'config': {'seed': 1}}\n"
        "print(tf.keras.layers.deserialize(config).mode)"
    ),
    "from a file of Keras 2": (
        "print(tf.keras.layers.deserialize({'class_name': 'RandomFlip', 'config': {}}).mode)"
    ),
    "of all names": "from tensorbrook.keras.layers import *; print(RandomFlip().mode)",
    "below the old name of its module": (
        "from tensorbrook.keras.layers.preprocessing.image_preprocessing import RandomFlip\n"
        "print(RandomFlip().mode)"
    ),
}


@pytest.mark.parametrize("use", LAYER_USES)
def test_layers_are_imported_on_first_use(use):
    late = "tensorbrook.keras.layers.images"
    before = f"import sys, tensorbrook as tf; tf.keras.Input\nassert {late!r} not in sys.modules\n"
    assert python(before + LAYER_USES[use]).stdout.strip() == "horizontal_and_vertical"
