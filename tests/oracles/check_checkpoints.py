"""Whether TensorFlow loads the checkpoints that tensorbrook wrote: what they compute, and go on to.

tests/checkpoint/test_checkpoint_interchange.py writes them into a folder, and calls this with a Python that
has TensorFlow 2.21 and Keras 3.15.1: python check_checkpoints.py FOLDER
"""

import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import checkpoint_cases
import numpy as np
import tensorflow as tf

NOT_LATER = ["subclassed"]  # Keras cannot restore recurrent layers before they are built


def check(name, folder, wanted):
    """Restores a case's checkpoint; built before, and after."""
    for built in (True,) if name in NOT_LATER else (True, False):
        case = checkpoint_cases.CASES[name](tf)
        if built:
            case.build()
        status = tf.train.Checkpoint(**case.objects).restore(tf.train.latest_checkpoint(folder))
        if not built:
            case.build()
        status.assert_consumed()
        loose = checkpoint_cases.LOOSE.get(name)
        for key, tolerance in (("result", loose or 1e-6), ("later", loose or 1e-5)):
            np.testing.assert_allclose(case.result(), wanted[key], rtol=tolerance, atol=tolerance)
            case.go_on()


if __name__ == "__main__":
    folder, faults = pathlib.Path(sys.argv[1]), []
    for name, wanted in json.loads((folder / "wanted.json").read_text()).items():
        try:
            check(name, folder / name, wanted)
        except Exception as fault:
            faults.append(f"{name}: {type(fault).__name__}: {fault}")
    print("\n\n".join(faults) or "all of them load in TensorFlow")
    sys.exit(bool(faults))
