"""One turn: measures one workload in one framework in this process, prints a line of JSON.

For example: python benchmarks/measure.py mlp tensorflow
"""

import importlib
import json
import math
import resource
import sys
import time
from pathlib import Path

from workloads import BY_NAME

SECONDS = 1.5  # of measuring in one turn, after the warm-up
FIRST_OP = {
    "tensorbrook": "import tensorbrook as tf; tf.constant([1.0, 2.0]) + 1.0",
    "tensorflow": "import tensorflow as tf; tf.constant([1.0, 2.0]) + 1.0",
    "jax": "import jax.numpy as jnp; (jnp.asarray([1.0, 2.0]) + 1.0).block_until_ready()",
    "torch": "import torch; torch.tensor([1.0, 2.0]) + 1.0",
}
CALLS = {"torch": "torch_models", "jax": "jax_step", "onnx": "onnx_models"}


def start(workload, framework):
    """Seconds from nothing to the first result."""
    before = time.perf_counter()
    exec(FIRST_OP[framework], {})
    return {"seconds": time.perf_counter() - before}


def call(workload, framework):
    """Seconds a call: the median of batches of calls."""
    import numpy as np  # not before: `start` counts its import

    module = importlib.import_module(CALLS.get(framework, "keras_models"))
    if hasattr(module, "load"):
        module.load(framework)
    before = time.perf_counter()
    function = module.call(workload.name, framework)
    value = np.asarray(function())
    first = time.perf_counter() - before

    def batch(calls):
        start = time.perf_counter()
        for _ in range(calls):
            result = function()
        result = np.asarray(result)  # JAX may still be at work until here
        return (time.perf_counter() - start) / calls, result

    once, _ = batch(1)
    quick, _ = batch(min(50, max(1, int(SECONDS / once))))
    calls = max(1, int(SECONDS / 10 / quick))
    times, last = zip(*(batch(calls) for _ in range(10)))
    losses = [float(value), float(last[-1])] if workload.kind == "step" else []
    if not np.isfinite(last[-1]).all():
        raise SystemExit(f"{workload.name}: the result is {last[-1]}")
    return {"seconds": sorted(times)[len(times) // 2], "first": first, "losses": losses}


def fit(workload, framework):
    """Seconds a step of `fit` over several epochs, after a first step and an epoch to warm up."""
    import samples

    module = importlib.import_module("torch_models" if framework == "torch" else "keras_models")
    if hasattr(module, "load"):
        module.load(framework)
    size = workload.batch
    x, y = samples.training(workload.name, size * workload.batches)
    before = time.perf_counter()
    train = module.trainer(workload.name, framework)
    train(x[:size], y[:size], size, 1)
    first = time.perf_counter() - before
    before = time.perf_counter()
    losses = train(x, y, size, 1)
    epochs = max(2, round(SECONDS / (time.perf_counter() - before)))
    before = time.perf_counter()
    losses += train(x, y, size, epochs)
    steps = epochs * workload.batches
    seconds = (time.perf_counter() - before) / steps
    return {"seconds": seconds, "first": first, "losses": [losses[0], losses[-1]], "steps": steps}


def peak_mib():
    """The most memory that this process has had, in MiB."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    # getrusage would count the process that started this one as well
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main():
    name, framework = sys.argv[1:]
    workload = BY_NAME[name]
    kinds = {"start": start, "call": call, "step": call, "fit": fit}
    result = kinds[workload.kind](workload, framework)
    before, after = result.pop("losses", None) or (1.0, 0.0)
    if not (math.isfinite(after) and after < before):
        raise SystemExit(f"{name}: the loss did not fall: {before} at first, {after} at the end")
    print(json.dumps({"workload": name, "framework": framework, "memory": peak_mib(), **result}))


if __name__ == "__main__":
    main()
