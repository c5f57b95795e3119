"""`fit` in mixed precision beside float32: the models of run.py, in turns, medians in ms a step.

For example: python benchmarks/mixed.py mlp cnn
"""

import sys
import time
from statistics import median

import keras_models
import samples
from workloads import BY_NAME

POLICIES, ROUNDS = ("float32", "mixed_bfloat16", "mixed_float16"), 9


def main():
    _, keras = keras_models.load("tensorbrook")
    for name in sys.argv[1:] or ("mlp", "cnn"):
        load, train, times = BY_NAME[name], {}, {policy: [] for policy in POLICIES}
        x, y = samples.training(name, load.batch * load.batches)
        for policy in POLICIES:
            keras.config.set_dtype_policy(policy)
            train[policy] = keras_models.trainer(name, "tensorbrook")
            train[policy](x, y, load.batch, 1)
        for _ in range(ROUNDS):
            for policy in POLICIES:
                before = time.perf_counter()
                train[policy](x, y, load.batch, 2)
                times[policy].append((time.perf_counter() - before) / (2 * load.batches))
        base = median(times["float32"])
        for policy in POLICIES:
            found = median(times[policy])
            print(f"{name:12} {policy:16} {1e3 * found:8.3f} ms  {found / base:5.2f}x")


if __name__ == "__main__":
    main()
