"""Native code against the reference backend: random programs, threads, variables, memory."""

import os
import subprocess
import sys

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.base.config import scoped
from tensorbrook.compiler import cache
from tensorbrook.compiler.target import available

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
from programs import ILL_CONDITIONED, programs, run_in_order

from tensorbrook.compiler.program import Program
from tensorbrook.graph.passes import optimize
from tensorbrook.graph.subgraphs import floats, vjp_graph

EXAMPLES = int(os.environ.get("TENSORBROOK_FUZZ", "500"))  # more in a nightly run


def nearly(a, b):
    """Equal but for the last bits; where values are huge or not finite, only where both are."""
    if a.dtype.kind not in "fc":
        return a.dtype == b.dtype and np.array_equal(a, b)
    return np.allclose(
        a, b, rtol=1e-4 if a.dtype == np.float32 else 1e-10, atol=1e-5, equal_nan=True
    )


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(max_nodes=8, special=False, left_out=ILL_CONDITIONED))
def test_random_programs_give_what_the_kernels_give_for_any_threads(drawn):
    graph, arrays = drawn
    if any(v.dtype == object for n in graph.nodes for v in n.outputs):
        return
    with np.errstate(all="ignore"):
        want = run_in_order(graph, arrays)
    one = Program(optimize(graph), threads=1)(*arrays)
    two = Program(optimize(graph), threads=2)(*arrays)
    for a, b in zip(one, two):
        assert a.tobytes() == b.tobytes()
    for node_value, a, b in zip(graph.outputs, one, want):
        b = np.asarray(b)
        assert a.shape == b.shape and a.dtype == b.dtype, node_value
        if np.isfinite(b).all() if b.dtype.kind == "f" else True:
            assert nearly(a, b), (a, b)


def gradients(graph, arrays, seed):
    """(native, wished) of the sum of all float outputs, each weighted at random, by float inputs.

    On one thread and on two it is the same to the bit.
    """
    wanted, given_ = floats(graph.inputs), floats(graph.outputs)
    gradient, flags = vjp_graph(graph, wanted, given_) if wanted and given_ else (None, ())
    if not any(flags):
        return
    rng = np.random.default_rng(seed)
    for i in given_:
        value = graph.outputs[i]
        arrays.append(np.asarray(rng.uniform(-1, 1, value.shape)).astype(value.dtype))
    want = run_in_order(gradient, arrays)
    one = Program(optimize(gradient), threads=1)(*arrays)
    two = Program(optimize(gradient), threads=2)(*arrays)
    for a, b, wished in zip(one, two, want, strict=True):
        assert a.tobytes() == b.tobytes()
        assert a.shape == wished.shape and a.dtype == wished.dtype
        yield a, np.asarray(wished)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(max_nodes=8, special=False, left_out=ILL_CONDITIONED), st.integers(0, 99))
def test_gradients_of_random_programs_are_the_kernels_for_any_threads(drawn, seed):
    for a, wished in gradients(*drawn, seed):
        assert nearly_to_scale(a, wished), (a, wished)


def nearly_to_scale(a, b):
    """As `nearly`, of values as large as the tensor's: they may be what large terms left over."""
    close = 1e-4 if a.dtype == np.float32 else 1e-10
    scale = np.abs(b[np.isfinite(b)]).max(initial=1.0)
    return np.allclose(a, b, rtol=close, atol=close * scale, equal_nan=True)


def test_results_do_not_depend_on_the_threads():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(700, 300)).astype(np.float32)
    w = rng.normal(size=(300, 200)).astype(np.float32)

    def f(x, w):
        y = tf.nn.softmax(tf.matmul(x, w))
        return y, tf.reduce_sum(y, 0), tf.reduce_mean(tf.square(x))

    graph = tf.function(f).get_concrete_function(tf.constant(x), tf.constant(w)).graph
    results = [Program(graph, threads=n)(x, w) for n in (1, 2, 3)]
    for other in results[1:]:
        for a, b in zip(results[0], other):
            assert a.tobytes() == b.tobytes()
    y, total, mean = results[0]
    z = x.astype(np.float64) @ w
    z = np.exp(z - z.max(1, keepdims=True))
    z /= z.sum(1, keepdims=True)
    np.testing.assert_allclose(y, z, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(total, z.sum(0), rtol=1e-3)
    np.testing.assert_allclose(mean, np.square(x.astype(np.float64)).mean(), rtol=1e-5)


@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize(
    "shape",
    [(1, 1, 1), (3, 5, 7), (65, 33, 17), (7, 100, 129), (30, 2, 64), (1100, 2100, 33)],
)
def test_matmul_of_every_remainder(shape, transposed):
    m, k, n = shape
    rng = np.random.default_rng(m)
    a, b = rng.normal(size=(m, k)), rng.normal(size=(k, n))
    f = tf.function(lambda a, b: tf.matmul(a, b, *transposed))
    left = tf.constant(a.T if transposed[0] else a)
    right = tf.constant(b.T if transposed[1] else b)
    np.testing.assert_allclose(f(left, right), a @ b, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("transposed", [(False, False), (True, False), (False, True)])
@pytest.mark.parametrize(
    "shape",
    [(130, 520, 200), (260, 1100, 130), (500, 300, 140), (131, 2100, 257), (2, 70, 600, 90)],
)
def test_matmul_of_packed_panels(shape, transposed):
    *lead, m, k, n = shape
    rng = np.random.default_rng(m)
    a, b = rng.normal(size=(*lead, m, k)), rng.normal(size=(k, n))
    left = a.swapaxes(-1, -2) if transposed[0] else a
    arrays = [np.ascontiguousarray(x) for x in (left, b.T if transposed[1] else b)]
    f = tf.function(lambda a, b: tf.matmul(a, b, *transposed) + 1.0)
    specs = [tf.TensorSpec(x.shape, tf.float64) for x in arrays]
    graph = optimize(f.get_concrete_function(*specs).graph)
    results = [Program(graph, threads=threads)(*arrays)[0] for threads in (1, 2)]
    assert results[0].tobytes() == results[1].tobytes()
    np.testing.assert_allclose(results[0], a @ b + 1.0, rtol=1e-12, atol=1e-11)


def test_a_value_read_before_an_assignment_does_not_change():
    v = tf.Variable([1.0, 2.0])

    @tf.function
    def double():
        v.assign(v * 2.0)
        return v.read_value()

    before, array = v.value(), v.numpy()
    kept = v._read()
    assert double().numpy().tolist() == [2.0, 4.0]
    assert double().numpy().tolist() == [4.0, 8.0]
    assert before.numpy().tolist() == kept.numpy().tolist() == array.tolist() == [1.0, 2.0]


def test_variables_that_change_places():
    a, b = tf.Variable([1.0, 2.0, 3.0]), tf.Variable([10.0, 20.0, 30.0])

    @tf.function
    def swap():
        old = a.read_value()
        a.assign(b)
        b.assign(old + 1.0)
        return old

    assert swap().numpy().tolist() == [1.0, 2.0, 3.0]
    assert a.numpy().tolist() == [10.0, 20.0, 30.0] and b.numpy().tolist() == [2.0, 3.0, 4.0]


def test_labels_out_of_range_raise_the_kernels_own_words_and_keep_variables():
    v = tf.Variable(tf.zeros([4, 3]))

    @tf.function
    def step(labels):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=v * 1.0)
            )
        v.assign_sub(tape.gradient(loss, v))
        return loss

    with pytest.raises(tf.errors.InvalidArgumentError, match="label value of 7"):
        step(tf.constant([0, 1, 7, 2]))
    assert not v.numpy().any()
    step(tf.constant([0, 1, 2, 2]))
    assert v.numpy().any()


def test_memory_is_shared_and_flat_over_calls():
    f = tf.function(lambda x: tf.reduce_sum(tf.matmul(tf.matmul(tf.matmul(x, x), x), x)))
    x = tf.ones([64, 64])
    f(x)
    (concrete,) = f._traces.values()
    assert (
        concrete.executable().program.arena_bytes <= 3 * 64 * 64 * 4
    )  # three products, two alive at a time


def test_a_damaged_or_foreign_cache_entry_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("TENSORBROOK_CACHE_DIR", str(tmp_path))
    cache.store("key", b"code")
    assert cache.load("key") == b"code"
    (path,) = tmp_path.glob("*.o")
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:-1] + b"x", b"", whole[10:]):
        path.write_bytes(damaged)
        assert cache.load("key") is None
    path.write_bytes(whole)
    (tmp_path / cache._name("other")).write_bytes(whole)
    assert cache.load("other") is None


def test_the_cache_stays_within_its_limit(tmp_path, monkeypatch):
    monkeypatch.setenv("TENSORBROOK_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("TENSORBROOK_CACHE_MB", "0.01")
    for i in range(10):
        cache.store(f"key {i}", bytes(3000))
        os.utime(tmp_path / cache._name(f"key {i}"), (i, i))
    last = next(k for k in map(str, range(999)) if cache._name(k)[0] == "0")  # one that looks
    cache.store(last, bytes(3000))
    assert sum(p.stat().st_size for p in tmp_path.glob("*.o")) <= 10_000
    assert cache.load(last) is not None and cache.load("key 0") is None


def test_a_second_process_compiles_nothing(tmp_path):
    program = (
        "import tensorbrook as tf\n"
        "from tensorbrook.compiler import engine\n"
        "print(tf.function(lambda x: tf.exp(x) + 1.0)(tf.ones([3])).numpy()[0])\n"
        "print(engine.statistics['modules'], engine.statistics['cached'])\n"
    )
    environment = {**os.environ, "TENSORBROOK_CACHE_DIR": str(tmp_path)}
    environment.pop("TENSORBROOK_BACKEND", None)
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, check=True
        ).stdout.split()
        for _ in range(2)
    ]
    assert outputs[0][0] == outputs[1][0]
    assert outputs[0][1:] == [b"1", b"0"] and outputs[1][1:] == [b"0", b"1"]
    assert len(list(tmp_path.glob("*.o"))) == 2  # the program's kernels, and the driver


def test_the_number_of_threads_is_what_the_program_was_told_before_it_was_compiled(monkeypatch):
    monkeypatch.setenv("TENSORBROOK_THREADS", "2")
    threading = tf.config.threading

    def threads():
        f = tf.function(lambda x: x + 1.0)
        f(tf.ones([2]))
        (concrete,) = f._traces.values()
        return concrete.executable().program._pool.threads

    with scoped():
        assert threading.get_intra_op_parallelism_threads() == 0 and threads() == 2
        threading.set_intra_op_parallelism_threads(3)
        threading.set_inter_op_parallelism_threads(1)
        assert threading.get_intra_op_parallelism_threads() == 3 and threads() == 3
        assert threading.get_inter_op_parallelism_threads() == 1
        threading.set_intra_op_parallelism_threads(0)
        assert threads() == 2
        for wrong in (2.5, "2", True):
            with pytest.raises(TypeError):
                threading.set_intra_op_parallelism_threads(wrong)


def test_a_chunk_of_a_product_computes_its_own_rows_only():
    x = np.random.default_rng(0).standard_normal((80, 64, 96)).astype(np.float32)
    w = np.random.default_rng(1).standard_normal((64, 96)).astype(np.float32)

    def product(x, w):  # rows along two axes that no stride walks as one
        return tf.matmul(tf.transpose(x, (1, 0, 2)), w, transpose_b=True)

    specs = tf.TensorSpec(x.shape), tf.TensorSpec(w.shape)
    program = Program(optimize(tf.function(product).get_concrete_function(*specs).graph), threads=1)
    (row,) = [k for k, s in enumerate(program.steps) if s.node and s.kernel.chunks > 1]
    program._table.rows[row, 3] = 1
    result = np.full((64, 80, 64), np.nan, np.float32)
    program._execute(program._head, x, w, result)
    chunks = program.steps[row].kernel.chunks
    assert np.isfinite(result).mean() <= 1.5 / chunks
