"""Records what TensorFlow's MirroredStrategy does on logical CPUs: golden/distribute.json.

    /path/to/tensorflow/bin/python make_distribute.py

Programs run on 2 and 4 of them, calls of `fit` on 2; each group in a process of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"


def figures(what):
    """The results of all programs on so many CPUs, or those of `fit`."""
    import tensorflow as tf
    from distribute_cases import CASES, FITS, fit

    count = 2 if what == "fit" else int(what)
    cpu = tf.config.list_physical_devices("CPU")[0]
    one = tf.config.LogicalDeviceConfiguration()
    tf.config.set_logical_device_configuration(cpu, [one] * count)
    strategy = tf.distribute.MirroredStrategy([f"CPU:{i}" for i in range(count)])
    if what == "fit":
        return {name: fit(tf, strategy, name) for name in FITS}
    return {case.__name__: case(tf, strategy) for case in CASES}


def rounded(value):
    """Floats with 7 digits."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [rounded(v) for v in value]
    return float(f"{value:.7g}") if isinstance(value, float) else value


if len(sys.argv) > 1:
    print("\n" + json.dumps(rounded(figures(sys.argv[1]))))
else:
    found = {}
    for what in ("2", "4", "fit"):
        made = subprocess.run([sys.executable, __file__, what], stdout=-1, check=True)
        found[what] = json.loads(made.stdout.decode().splitlines()[-1])
    target = Path(__file__).with_name("golden") / "distribute.json"
    target.write_text(json.dumps(found, separators=(",", ":")) + "\n")
