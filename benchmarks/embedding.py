"""Times a train step on an embedding, for a small and a large table: a table's size is no matter.

    python benchmarks/embedding.py [optimizer ...]

Prints, for each optimizer, the time of a step in a tf.function and in fit, and the ratio of the
large table's to the small one's. SGD and Adagrad touch the rows looked up alone; Adam's moments
decay for all rows, in TensorFlow as here, so that its steps take as long as the table is.
"""

import sys
import time

import numpy as np

import tensorbrook as tf

SMALL, LARGE, WIDTH, BATCH, STEPS, TURNS = 10_000, 1_000_000, 64, 1024, 20, 15


def step_timer(rows, optimizer):
    """A function that gives the seconds of one step: lookup, loss, gradient and update."""
    table = tf.Variable(tf.random.normal([rows, WIDTH], seed=1))
    optimizer = getattr(tf.keras.optimizers, optimizer)(0.1)
    optimizer.build([table])

    @tf.function
    def step(ids, targets):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(tf.gather(table, ids) - targets))
        optimizer.apply_gradients([(tape.gradient(loss, table), table)])
        return loss

    rng = np.random.default_rng(0)
    targets = tf.constant(rng.normal(size=(BATCH, WIDTH)), tf.float32)
    batches = [tf.constant(rng.integers(0, rows, BATCH)) for _ in range(STEPS)]
    return timer(lambda: [step(ids, targets) for ids in batches])


def fit_timer(rows, optimizer):
    """A function that gives the seconds of one step of fit."""
    model = tf.keras.Sequential([tf.keras.Input((), dtype="int32"),
                                 tf.keras.layers.Embedding(rows, WIDTH)])  # fmt: skip
    model.compile(getattr(tf.keras.optimizers, optimizer)(0.1), "mse")
    rng = np.random.default_rng(0)
    x = rng.integers(0, rows, BATCH * STEPS).astype(np.int32)
    y = rng.normal(size=(BATCH * STEPS, WIDTH)).astype(np.float32)
    return timer(lambda: model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0))


def timer(run):
    """A function that gives the seconds of a step, where `run` runs STEPS of them."""
    for _ in range(3):
        run()

    def seconds():
        start = time.perf_counter()
        run()
        return (time.perf_counter() - start) / STEPS

    return seconds


def main(optimizers):
    for optimizer in optimizers:
        for name, make in (("tf.function", step_timer), ("fit", fit_timer)):
            timers = [make(rows, optimizer) for rows in (SMALL, LARGE)]
            turns = [[seconds() for seconds in timers] for _ in range(TURNS)]  # alternating
            small, large = (min(column) * 1e6 for column in zip(*turns))
            print(
                f"{optimizer:8} {name:12} {SMALL:,} rows: {small:9.1f} us, "
                f"{LARGE:,} rows: {large:9.1f} us, ratio {large / small:.2f}"
            )


if __name__ == "__main__":
    main(sys.argv[1:] or ["SGD", "Adagrad", "Adam"])
