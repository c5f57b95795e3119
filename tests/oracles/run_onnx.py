"""Runs models in ONNX Runtime, for tests: a JSON line of [model, inputs.npz, outputs.npz] each.

It runs in an environment with onnx and onnxruntime; tests find it by TENSORBROOK_ONNX, the path of
its python. The answer to each line is a JSON text: "" where all is well, or the fault.
"""

import json
import sys

import numpy as np
import onnx
import onnxruntime

options = onnxruntime.SessionOptions()
options.log_severity_level = 3
options.intra_op_num_threads = 1
loaded = {}


def run(path, given, results):
    if path not in loaded:
        onnx.checker.check_model(path, full_check=True)
        loaded.clear()
        loaded[path] = onnxruntime.InferenceSession(path, options)
    with np.load(given, allow_pickle=False) as arrays:
        feed = {k: a.astype(object) if a.dtype.kind == "U" else a for k, a in arrays.items()}
    found = loaded[path].run(None, feed)
    np.savez(results, *[a.astype(str) if a.dtype == object else a for a in found])


for line in sys.stdin:
    try:
        run(*json.loads(line))
        fault = ""
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"
    print(json.dumps(fault), flush=True)
