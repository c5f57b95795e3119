"""Native convolutions and their gradients against the NumPy kernels: groups, steps, paddings."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tensorbrook as tf
from tensorbrook.compiler.target import available

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from tensorbrook.compiler import contract
from tensorbrook.compiler.program import Program
from tensorbrook.compiler.rules import conv
from tensorbrook.graph.passes import optimize


def gradients(x, w, **attrs):
    with tf.GradientTape() as tape:
        tape.watch([x, w])
        y = tf.nn.conv2d(tf.nn.relu(x) * 2.0, w, **attrs)
        loss = tf.reduce_sum(tf.square(y))
    return (y, *tape.gradient(loss, [x, w]))


# channels, channels of a group, filters
@pytest.mark.parametrize(
    "sizes", [(3, 3, 5), (16, 16, 16), (4, 2, 6), (16, 4, 32), (6, 1, 6), (3, 1, 9), (16, 1, 32)]
)
@pytest.mark.parametrize("window", [(3, 3), (1, 2), (6, 5)])
@pytest.mark.parametrize("steps", [(1, 1), (2, 1), (1, 2)])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_convolutions_and_gradients_are_the_kernels(sizes, window, steps, padding):
    check(sizes, window, steps, padding)


@pytest.mark.parametrize("sizes", [(3, 3, 5), (16, 4, 32), (6, 1, 6), (3, 1, 9)])
@pytest.mark.parametrize("window", [(3, 3), (1, 2), (6, 5)])
@pytest.mark.parametrize("steps", [(2, 1), (3, 1), (2, 3), (4, 2)])
@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_gradients_in_parts_by_the_remainder_of_places(sizes, window, steps, padding, monkeypatch):
    monkeypatch.setattr(conv, "_WORTH_PARTS", 0)
    check(sizes, window, steps, padding)


@pytest.mark.parametrize("sizes", [(3, 3, 5), (16, 16, 16), (16, 4, 32), (9, 9, 70)])
@pytest.mark.parametrize("steps", [(1, 1), (2, 1), (1, 2)])
@pytest.mark.parametrize("run", [1, 1 << 8, 1 << 11, 1 << 13])
def test_sums_that_wait_between_runs_of_k(sizes, steps, run, monkeypatch):
    monkeypatch.setattr(contract, "LONG", 0)
    monkeypatch.setattr(contract, "RUN", run)
    check(sizes, (3, 2), steps, "SAME")


@pytest.mark.parametrize("rows", [50, 1003, 4099])
def test_runs_of_k_where_rows_are_cut_into_chunks(rows, monkeypatch):
    monkeypatch.setattr(contract, "LONG", 0)
    monkeypatch.setattr(contract, "RUN", 1 << 11)
    rng = np.random.default_rng(rows)
    x, w = rng.normal(size=(rows, 190)), rng.normal(size=(190, 19))
    for transposed in (False, True):
        found = tf.function(tf.matmul)(x.T.copy() if transposed else x, w, transpose_a=transposed)
        np.testing.assert_allclose(found.numpy(), x @ w, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("run", [1, 1 << 9, 1 << 12])
def test_runs_of_k_with_an_open_batch(run, monkeypatch):
    monkeypatch.setattr(contract, "LONG", 0)
    monkeypatch.setattr(contract, "RUN", run)
    w = np.random.default_rng(1).normal(size=(3, 3, 4, 18))
    specs = [tf.TensorSpec([None, 7, 9, 4], "float64"), tf.TensorSpec(w.shape, "float64")]
    function = tf.function(
        lambda x, w: gradients(x, w, strides=1, padding="SAME"), input_signature=specs
    )
    for batch in (1, 2, 5, 33):
        x = np.random.default_rng(batch).normal(size=(batch, 7, 9, 4))
        want = gradients(tf.constant(x), tf.constant(w), strides=1, padding="SAME")
        for a, b in zip(function(x, w), want, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-11 * np.abs(b.numpy()).max())
    assert "traced for each" not in function.explain()


def check(sizes, window, steps, padding):
    (channels, depth, filters), (stride, dilation) = sizes, steps
    rng = np.random.default_rng(channels)
    x, w = rng.normal(size=(5, 12, 11, channels)), rng.normal(size=(*window, depth, filters))
    attrs = {"strides": stride, "padding": padding, "dilations": dilation}
    if min((k - 1) * -dilation + n for k, n in zip(window, (12, 11), strict=True)) < 1:
        pytest.skip("the window is larger than the image")
    graph = (
        tf.function(lambda x, w: gradients(x, w, **attrs))
        .get_concrete_function(tf.constant(x), tf.constant(w))
        .graph
    )
    program = Program(optimize(graph))
    assert all(step.kernel is not None for step in program.steps)
    want = gradients(tf.constant(x), tf.constant(w), **attrs)
    for a, b in zip(program(x, w), want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12 * np.abs(b.numpy()).max())


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.tuples(st.integers(1, 9), st.integers(3, 18), st.integers(3, 18)),
    st.sampled_from([1, 3, 16, 19, 40]),
    st.sampled_from([1, 2, 16, 35, 70]),
    st.sampled_from(["SAME", "VALID", [[0, 0], [3, 1], [0, 2], [0, 0]]]),
)
def test_winograd_is_the_convolution_for_any_threads(sizes, channels, filters, padding):
    before = conv._WINOGRAD, conv._MOST_MORE
    conv._WINOGRAD, conv._MOST_MORE = 1, 4.0
    try:
        check_winograd(sizes, channels, filters, padding)
    finally:
        conv._WINOGRAD, conv._MOST_MORE = before


def check_winograd(sizes, channels, filters, padding):
    images, rows, columns = sizes
    rng = np.random.default_rng(channels)
    x = rng.normal(size=(images, rows, columns, channels)).astype("float32")
    w = rng.normal(size=(3, 3, channels, filters)).astype("float32")
    attrs = {"strides": 1, "padding": padding}
    graph = (
        tf.function(lambda x, w: gradients(x, w, **attrs))
        .get_concrete_function(tf.constant(x), tf.constant(w))
        .graph
    )
    programs = [Program(optimize(graph), threads=n) for n in (1, 2)]
    found, again = (program(x, w) for program in programs)
    want = gradients(tf.constant(x, tf.float64), tf.constant(w, tf.float64), **attrs)
    assert all(a.tobytes() == b.tobytes() for a, b in zip(found, again, strict=True))
    for a, b in zip(found, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=4e-6 * np.abs(b.numpy()).max())


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("space", [(16, 12), (15, 11)])
def test_winograd_with_an_open_batch_and_of_halves(dtype, space):
    w = np.random.default_rng(1).normal(size=(3, 3, 16, 33)) / 12
    specs = [tf.TensorSpec([None, *space, 16], dtype), tf.TensorSpec(w.shape, dtype)]
    function = tf.function(
        lambda x, w: gradients(x, w, strides=1, padding="SAME"), input_signature=specs
    )
    w = tf.cast(w, dtype)
    for batch in (1, 2, 5, 33):
        x = tf.cast(np.random.default_rng(batch).normal(size=(batch, *space, 16)), dtype)
        exact = [tf.cast(t, tf.float64) for t in (x, w)]
        want = gradients(*exact, strides=1, padding="SAME")
        near = {"float32": 4e-6, "float16": 3e-3, "bfloat16": 2e-2}[dtype]
        for a, b in zip(function(x, w), want, strict=True):
            a = tf.cast(a, tf.float64).numpy()
            np.testing.assert_allclose(a, b, rtol=0, atol=near * np.abs(b.numpy()).max())
    assert " 6 winograd" in function.explain()


@pytest.mark.parametrize("depth", [4, 1])
@pytest.mark.parametrize("steps", [(3, 2), (5, 3)])  # window, strides
def test_same_with_strides_over_open_sizes_is_traced_once(depth, steps):
    w = np.random.default_rng(depth).normal(size=(steps[0], steps[0], depth, 4))

    def both(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.nn.convolution(tf.sin(x), w, steps[1], "SAME")
            loss = tf.reduce_sum(tf.square(y))
        return y, tape.gradient(loss, x)

    specs = [tf.TensorSpec([None, None, None, 4], "float64")]
    function = tf.function(both, input_signature=specs)
    for rows, columns in ((8, 9), (9, 7), (4, 5), (1, 2), (13, 6)):
        x = tf.constant(np.random.default_rng(rows).normal(size=(2, rows, columns, 4)))
        for a, b in zip(function(x), both(x), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-11)
    assert "traced for each" not in function.explain()
