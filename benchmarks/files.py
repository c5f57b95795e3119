"""Saving and loading ResNet50 with its optimizer's state: time and memory, beside Keras's.

    python benchmarks/files.py                       # tensorbrook
    TENSORBROOK_PEERS=/tmp/peers python benchmarks/files.py   # and Keras, of a Python that has it

TENSORBROOK_PEERS is the folder of `make peers`, or the path of a Python. It prints, for each
format, the seconds of saving and of loading, and the largest memory beyond what was there before,
as a share of the file's size; each is measured in a process of its own, the best of three.
"""

import json
import os
import subprocess
import sys

FORMATS = (".keras", ".h5", ".weights.h5")
CHILD = """
import os, resource, sys, tempfile, time
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import gc, json, numpy as np
module, ending = sys.argv[1:]
tf = __import__(module)
keras = tf.keras

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def made():
    model = keras.applications.ResNet50(weights=None)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    return model

def timed(run):
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result

weights = ending == ".weights.h5"
with tempfile.TemporaryDirectory() as folder:
    path = f"{folder}/m{ending}"
    model = made()
    for v in model.optimizer.variables[2:]:
        v.assign(np.ones(tuple(v.shape), "float32"))
    for v in model.weights:
        v.assign(np.array(v))
    before = peak()
    save = model.save_weights if weights else model.save
    saved = min(timed(lambda: save(path))[0] for _ in range(3))
    save_memory = peak() - before
    size = os.path.getsize(path)
    before = peak()
    if weights:
        loaded = min(timed(lambda: model.load_weights(path))[0] for _ in range(3))
    else:
        loaded = float("inf")
        for _ in range(3):
            seconds, again = timed(lambda: keras.models.load_model(path))
            loaded = min(loaded, seconds)
            del again
            gc.collect()  # models are circles of objects
    print(json.dumps({"save": saved, "load": loaded, "size": size,
                      "save_memory": save_memory / size, "load_memory": (peak() - before) / size}))
"""


def measured(python, module, ending):
    """One process's figures: a dict."""
    command = [python, "-c", CHILD, module, ending]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def main():
    peers, runs = os.environ.get("TENSORBROOK_PEERS"), [("tensorbrook", sys.executable)]
    if peers:
        python = os.path.join(peers, "tf", "bin", "python")
        runs.append(("tensorflow", python if os.path.exists(python) else peers))
    print(
        f"{'format':<12} {'library':<12} {'save s':>8} {'load s':>8} {'memory of both / file':>24}"
    )
    for ending in FORMATS:
        for module, python in runs:
            found = measured(python, module, ending)
            print(
                f"{ending:<12} {module:<12} {found['save']:>8.2f} {found['load']:>8.2f} "
                f"{found['save_memory']:>12.2f} {found['load_memory']:>10.2f}"
            )


if __name__ == "__main__":
    main()
