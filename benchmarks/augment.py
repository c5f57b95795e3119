"""Times layers that change pictures at random, beside TensorFlow's where there is one.

    python benchmarks/augment.py [PYTHON_WITH_TENSORFLOW]

A batch of 64 pictures of 224x224x3 goes through RandomFlip, RandomRotation and RandomZoom, in a
tf.function and as a map of a tf.data pipeline. Figures are the least of some runs, in
ms a batch; of the pipeline the mean.
"""

import subprocess
import sys
import time

import numpy as np

BATCH, SIZE, RUNS = 64, 224, 12


def timed(run):
    """The least time of a run, in ms."""
    run()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def measure(tf):
    """Prints a row for each kind of use."""
    layers = tf.keras.layers
    x = np.random.default_rng(0).integers(0, 255, (BATCH, SIZE, SIZE, 3)).astype("float32")

    def chain():
        return [layers.RandomFlip("horizontal", seed=1), layers.RandomRotation(0.1, seed=2),
                layers.RandomZoom(0.2, seed=3)]  # fmt: skip

    names = ("RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast", "RandomBrightness")
    for name, layer in zip(
        names, [*chain(), layers.RandomContrast(0.2, seed=4), layers.RandomBrightness(0.2, seed=5)]
    ):
        one = tf.function(lambda y, layer=layer: layer(y, training=True))
        batch = tf.constant(x)
        print(
            f"{name:16} {timed(lambda one=one, batch=batch: one(batch).numpy()[0, 0, 0, 0]):8.1f}"
        )
    pipeline = tf.keras.Sequential(chain())
    function = tf.function(lambda y: pipeline(y, training=True))
    batch = tf.constant(x)
    print(f"{'all in function':16} {timed(lambda: function(batch).numpy()[0, 0, 0, 0]):8.1f}")
    data = tf.data.Dataset.from_tensors(x).repeat()
    batches = iter(data.map(lambda y: pipeline(y, training=True), num_parallel_calls=2).prefetch(2))
    next(batches)
    start = time.perf_counter()
    for _ in range(RUNS):
        next(batches)
    print(f"{'all in tf.data':16} {1e3 * (time.perf_counter() - start) / RUNS:8.1f}")


if __name__ == "__main__":
    if sys.argv[1:] == ["tensorflow"]:
        import tensorflow

        measure(tensorflow)
    else:
        import tensorbrook

        print("tensorbrook, ms a batch")
        measure(tensorbrook)
        if sys.argv[1:]:
            print("TensorFlow, ms a batch", flush=True)
            subprocess.run([sys.argv[1], __file__, "tensorflow"], check=True)
