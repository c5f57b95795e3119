"""tf.data beside TensorFlow's: shuffle, map and batch of 20,000 rows, and loops within tf.function.

    python benchmarks/data.py [PYTHON_WITH_TENSORFLOW] [ROUNDS]

As `text.py` prints it, in microseconds an element. "compute" is a map of some operations; "python"
one that calls NumPy, in TensorFlow through tf.numpy_function; "rows" the same pipeline without a
map; "cached" its second pass behind a cache; "loop" sums batches of 32 in the graph of a
tf.function.
"""

import sys
import time

from text import start

ROWS, REPEATS = 20_000, 3


def run(tf):
    """Microseconds an element of each task."""
    import numpy as np

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(ROWS, 16)).astype(np.float32), np.arange(ROWS) % 10
    rows = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(ROWS, seed=1)

    def compute(a, b):
        return (a - tf.reduce_mean(a)) / 2.0, tf.one_hot(b, 10)

    def double(a):
        return np.asarray(a) * np.float32(2)

    def python(a, b):
        if "tensorflow" in sys.modules:
            return tf.numpy_function(double, [a], tf.float32), b
        return double(a), b

    @tf.function
    def total(data):
        found = 0.0
        for a, _ in data:
            found += tf.reduce_sum(a)
        return found

    pipelines = {
        "compute": rows.map(compute).batch(32),
        "compute ahead": rows.map(compute, num_parallel_calls=tf.data.AUTOTUNE).batch(32),
        "python": rows.map(python).batch(32),
        "rows": rows.batch(32),
        "cached": rows.map(python).cache().batch(32),
        "loop": rows.batch(32),
    }
    seconds = {}
    for name, data in pipelines.items():
        for _ in range(REPEATS):
            begin = time.perf_counter()
            if name == "loop":
                total(data)
            else:
                for _ in data:
                    pass
            taken = 1e6 * (time.perf_counter() - begin) / ROWS
            seconds[name] = min(taken, seconds.get(name, taken))
    return seconds


if __name__ == "__main__":
    start(run, __file__, "us")
