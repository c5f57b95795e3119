"""Memory stays flat: thousands of calls, new models, new data sets, and code that nobody uses."""

import subprocess
import sys

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available

ROUNDS = """
import numpy as np
import tensorbrook as tf

x = np.linspace(0, 1, 256, dtype=np.float32).reshape(32, 8)


def made():
    layers = [tf.keras.layers.Dense(16, activation="relu"), tf.keras.layers.Dense(1)]
    model = tf.keras.Sequential(layers)
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], batch_size=8, verbose=0)
    return model


model, w = made(), tf.Variable(tf.zeros([8, 1]))


@tf.function
def step(x):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(tf.matmul(x, w) - 1.0))
    w.assign_sub(0.1 * tape.gradient(loss, w))
    return loss


def new_data_sets():
    for _ in tf.data.Dataset.from_tensor_slices(x).shuffle(16).batch(8):
        pass
    for _ in tf.data.Dataset.from_generator(lambda: iter(x), output_types=tf.float32):
        pass


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def new_function():
    f = tf.function(lambda x: tf.reduce_sum(tf.exp(x)))
    f(x)


for name, run, count in (
    ("step", lambda: step(tf.constant(x)), 4000),
    ("predict", lambda: model.predict(x[:2], verbose=0), 500),
    ("train_on_batch", lambda: model.train_on_batch(x, x[:, :1]), 1000),
    ("fit", lambda: model.fit(x, x[:, :1], batch_size=8, verbose=0), 200),
    ("new model", made, 200),
    ("new function", new_function, 500),
    ("new data sets", new_data_sets, 500),
):
    for _ in range(20):
        run()
    before = resident()
    for _ in range(count):
        run()
    print(name.replace(" ", "_"), resident() - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_rounds_of_everything_leave_the_process_as_large_as_it_was():
    found = subprocess.run(
        [sys.executable, "-c", ROUNDS], capture_output=True, text=True, check=True
    )
    grown = {name: int(size) for name, size in map(str.split, found.stdout.splitlines())}
    assert len(grown) == 7 and all(size < 5e6 for size in grown.values()), grown


@pytest.mark.skipif(not available(), reason="llvmlite is not installed")
def test_code_out_of_use_is_let_go_and_code_in_use_is_kept(monkeypatch):
    from tensorbrook.compiler import engine

    monkeypatch.setenv("TENSORBROOK_BACKEND", "native")
    monkeypatch.setattr(engine, "MOST_MODULES", 3)
    kept = tf.function(lambda x: tf.reduce_sum(tf.exp(x) * 3.0))
    x = tf.constant(np.linspace(-1, 1, 77))
    want = 3.0 * np.exp(x.numpy()).sum()
    np.testing.assert_allclose(kept(x), want)
    for size in range(300, 320):
        fresh = tf.function(lambda x: tf.reduce_sum(tf.exp(x) * 3.0))
        np.testing.assert_allclose(fresh(tf.zeros([size])), 3.0 * size, rtol=1e-5)
    assert len(engine._modules) == 3
    assert {k for keys in engine._modules.values() for k in keys} == set(engine._code)
    np.testing.assert_allclose(kept(x), want)  # its code is its own
    np.testing.assert_allclose(tf.function(kept.python_function)(x), want)  # compiled again


@pytest.mark.skipif(not available(), reason="llvmlite is not installed")
def test_a_result_is_written_over_an_operand_that_nothing_reads_again():
    x = np.linspace(-1, 1, 64 * 64, dtype=np.float32).reshape(64, 64)

    @tf.function
    def f(x):
        y = tf.matmul(x, x)
        for _ in range(3):
            y = tf.matmul(tf.tanh(y) * 0.1, x)
        return y

    y = x @ x
    for _ in range(3):
        y = np.tanh(y) * np.float32(0.1) @ x
    np.testing.assert_allclose(f(x), y, rtol=1e-4, atol=1e-5)
    (concrete,) = f._traces.values()
    assert (
        concrete.executable().program.arena_bytes == 2 * 64 * 64 * 4
    )  # a product, and the one made of it


def test_what_a_loop_reads_in_every_round_is_not_written_over():
    x = tf.constant(np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8))

    @tf.function
    def f(x):
        kept = tf.matmul(x, x)  # read by the loop's steps alone
        y = tf.zeros([8, 8])
        for _ in tf.range(3):
            y = tf.matmul(x, tf.nn.relu(y) + kept)
        return y

    y, kept = np.zeros((8, 8), np.float32), x.numpy() @ x.numpy()
    for _ in range(3):
        y = x.numpy() @ (np.maximum(y, 0) + kept)
    np.testing.assert_allclose(f(x), y, rtol=1e-4)


@pytest.mark.skipif(not available(), reason="llvmlite is not installed")
def test_what_is_scattered_into_an_intermediate_result_lies_where_that_lay():
    x, places = np.ones((100, 64), np.float32), tf.constant([[3], [7], [3]])
    f = tf.function(lambda x, u: tf.reduce_sum(tf.tensor_scatter_nd_add(tf.cumsum(x), places, u)))
    given = tf.constant(x), tf.constant(x[:3])
    assert f.get_concrete_function(*given).executable().program.arena_bytes == x.nbytes
    assert f(*given).numpy() == 64 * (100 * 101 / 2 + 3)
