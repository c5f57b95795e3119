"""What fused groups store and compute anew, and where they write what they compute."""

import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from hypothesis import HealthCheck, given, settings

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
from programs import ILL_CONDITIONED, programs, run_in_order

from tensorbrook.compiler import fuse
from tensorbrook.compiler.program import Program
from tensorbrook.graph.passes import optimize
from tensorbrook.graph.subgraphs import floats, vjp_graph


def program(function, *tensors):
    return Program(optimize(tf.function(function).get_concrete_function(*tensors).graph))


def floats_written(compiled, size):
    """How many float tensors of so many elements the program's steps write."""
    views = [v for step in compiled.steps for v in step.writes]
    return sum(v.dtype.kind == "f" and np.prod(v.shape) == size for v in views)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(max_nodes=8, special=False, left_out=ILL_CONDITIONED))
def test_random_gradients_are_the_same_where_values_are_computed_anew(drawn):
    graph, arrays = drawn
    wanted, given_ = floats(graph.inputs), floats(graph.outputs)
    if not wanted or not given_:
        return
    gradient, flags = vjp_graph(graph, wanted, given_)
    if not any(flags):
        return
    arrays = [*arrays, *(np.ones(graph.outputs[i].shape, graph.outputs[i].dtype) for i in given_)]
    want = run_in_order(gradient, arrays)
    with mock.patch.object(fuse, "ANEW_FROM", 0):
        found = Program(optimize(gradient))(*arrays)
    for a, b in zip(found, map(np.asarray, want), strict=True):
        scale = np.abs(b[np.isfinite(b)]).max(initial=1.0)
        close = 1e-4 if b.dtype == np.float32 else 1e-10
        assert np.allclose(a, b, rtol=close, atol=close * scale, equal_nan=True)


def test_cheap_values_are_computed_by_each_reader():
    x = tf.constant(np.linspace(-1, 1, 1 << 16, dtype=np.float32).reshape(1024, 64))

    def f(x):
        small = x * 2.0 + 1.0
        return tf.reduce_sum(tf.matmul(x, x[:64]) * small), tf.reduce_max(small * x, 0)

    compiled = program(f, x)
    assert floats_written(compiled, x.numpy().size) == 1  # the product alone
    a = x.numpy().astype(np.float64)
    np.testing.assert_allclose(compiled(x.numpy())[0], (a @ a[:64] * (a * 2 + 1)).sum(), rtol=1e-3)
    np.testing.assert_allclose(compiled(x.numpy())[1], ((a * 2 + 1) * a).max(0), rtol=1e-6)


def test_costly_values_are_stored():
    x = tf.constant(np.linspace(-1, 1, 1 << 16, dtype=np.float32).reshape(1024, 64))

    def f(x):
        costly = tf.exp(x)
        return tf.reduce_sum(tf.matmul(x, costly[:64])), tf.reduce_sum(
            tf.matmul(costly, x[:64]) * costly, 0
        )

    assert floats_written(program(f, x), x.numpy().size) == 3


def test_moments_have_all_derivatives():
    x = tf.constant([[1.0, -2.0, 4.0, 0.5]], tf.float64)
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            _, variance = tf.nn.moments(x, [1])
        first = inner.gradient(variance, x)
    n, a = 4, x.numpy()
    np.testing.assert_allclose(variance, [a.var()])
    np.testing.assert_allclose(first, 2 * (a - a.mean()) / n)
    second = outer.jacobian(first, x).numpy().reshape(n, n)
    np.testing.assert_allclose(second, 2 / n * (np.eye(n) - 1 / n), atol=1e-15)


def test_what_is_convolved_is_computed_between_the_zeros_around_it():
    rng = np.random.default_rng(3)
    x = tf.constant(rng.normal(size=(4, 9, 9, 16)))
    w = tf.constant(rng.normal(size=(3, 3, 16, 16)))

    def f(x, w):
        with tf.GradientTape() as tape:
            tape.watch([x, w])
            y = tf.nn.relu(tf.nn.conv2d(tf.nn.relu(x) * 2.0, w, 1, "SAME"))
            loss = tf.reduce_sum(tf.nn.conv2d(y, w, 1, "SAME") ** 2)
        return tape.gradient(loss, [x, w])

    compiled = program(f, x, w)
    padded = [s for s in compiled.steps if any(v.shape == (4, 11, 11, 16) for v in s.writes)]
    assert all(s.writes[0].buffer is s.reads[0].buffer for s in padded)  # none copies
    for a, b in zip(compiled(x.numpy(), w.numpy()), f(x, w), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-6)


def test_a_joined_tensor_of_which_a_loop_changes_a_part():
    a = tf.constant(np.arange(10.0, dtype=np.float32) / 10)

    def f(x, a):
        def step(c, t):
            both = tf.reshape(tf.concat([tf.exp(a), c + t], 0), (4, 5))
            return tf.matmul(both, tf.ones((5, 2)))[3, 0] * 1e-2 + c

        return tf.scan(step, tf.range(3.0), x)

    np.testing.assert_allclose(tf.function(f)(a, a), f(a, a), rtol=1e-6)
