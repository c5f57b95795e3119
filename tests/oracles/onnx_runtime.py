"""ONNX Runtime in a process of its own: models run there, for tests and check_onnx.py."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import numpy as np


def python():
    """A python that has onnxruntime, or None."""
    if "TENSORBROOK_ONNX" in os.environ:
        return os.environ["TENSORBROOK_ONNX"]
    known = [importlib.util.find_spec(name) for name in ("onnx", "onnxruntime")]
    return sys.executable if all(known) else None


class Runtime:
    """A running process; `with Runtime(folder) as runtime: runtime(path, arrays)`."""

    def __init__(self, folder):
        self._folder = folder

    def __enter__(self):
        script = pathlib.Path(__file__).with_name("run_onnx.py")
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        self._process = subprocess.Popen(
            [python(), str(script)], stdin=-1, stdout=-1, text=True, env=environment
        )
        return self

    def __exit__(self, *fault):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def __call__(self, path, inputs):
        """The outputs of a model, for arrays by the names of its inputs."""
        given, results = (os.path.join(self._folder, n) for n in ("i.npz", "o.npz"))
        np.savez(given, **{name: np.char.decode(x.astype(bytes)) if x.dtype == object else x
                           for name, x in inputs.items()})  # fmt: skip
        print(json.dumps([str(path), given, results]), file=self._process.stdin, flush=True)
        fault = json.loads(self._process.stdout.readline())
        if fault:
            raise RuntimeError(fault)
        with np.load(results, allow_pickle=False) as arrays:
            return [np.char.encode(x).astype(object) if x.dtype.kind == "U" else x
                    for x in arrays.values()]  # fmt: skip
