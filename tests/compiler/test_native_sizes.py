"""Programs whose sizes are open: one of them gives for every size what the kernels give."""

import sys
from pathlib import Path

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.base.dims import Dim
from tensorbrook.compiler.target import available
from tensorbrook.graph.check import check
from tensorbrook.graph.trace import Trace

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
from programs import ILL_CONDITIONED, REFUSALS, opened, programs, run_in_order
from test_native import EXAMPLES, nearly

from tensorbrook.compiler import engine
from tensorbrook.compiler.program import OpenProgram
from tensorbrook.graph.passes import optimize

FLOAT = np.dtype(np.float32)
SIZES = [(3, 7), (1, 1), (2, 16), (5, 33), (64, 64), (17, 100), (1, 40), (128, 3)]


def compilations():
    return engine.statistics["modules"] + engine.statistics["cached"]


def of_gradient(function):
    def run(*tensors):
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            y = function(*tensors)
        return [y, *tape.gradient(y, tensors)]

    return run


def attention(x, w):
    s = tf.shape(x)
    q = tf.transpose(tf.reshape(x @ w, [s[0], s[1], 4, 8]), [0, 2, 1, 3])
    scores = tf.nn.softmax(tf.matmul(q, q, transpose_b=True) / 8.0)
    out = tf.transpose(tf.matmul(scores, q), [0, 2, 1, 3])
    return tf.reduce_mean(tf.reshape(out, [s[0], s[1], 32]) ** 2)


def normalised(x):
    mean = tf.reduce_mean(x, -1, keepdims=True)
    variance = tf.reduce_mean((x - mean) ** 2, -1, keepdims=True)
    return tf.reduce_sum((x - mean) / tf.sqrt(variance + 1e-3) * tf.range(32, dtype=tf.float32))


def convolved(strides, padding):
    return lambda x, w: tf.reduce_sum(tf.nn.conv2d(x, w, strides, padding) ** 2)


CASES = {
    "elementwise": (lambda x: tf.exp(x) * 2 + 1, [("b", 5)]),
    "broadcast": (lambda x, y: x + y, [("b", "t"), ("t",)]),
    "sum of rows": (lambda x: tf.reduce_sum(x, 1), [("b", "t")]),
    "mean of columns": (lambda x: tf.reduce_mean(x, 0), [("b", "t")]),
    "maximum": (lambda x: tf.reduce_max(x), [("b", "t", 3)]),
    "softmax": (tf.nn.softmax, [("b", "t")]),
    "transpose": (lambda x: tf.transpose(x, [1, 0]), [("b", "t")]),
    "heads": (lambda x: tf.transpose(x, [0, 2, 1, 3]) + 1, [("b", "t", 4, 8)]),
    "rows of a product": (lambda x, w: x @ w, [("b", 20), (20, 30)]),
    "depth of a product": (
        lambda x, w: tf.matmul(x, w, transpose_a=True),
        [("b", 20), ("b", 30)],
    ),
    "columns of a product": (
        lambda x, w: tf.matmul(x, w, transpose_b=True),
        [("b", "t", 16), ("b", "t", 16)],
    ),
    "reshape": (lambda x: tf.reshape(x, [-1, 8]), [("b", "t", 16)]),
    "concat": (lambda x: tf.concat([x, x * 2], 1), [("b", "t", 4)]),
    "pad": (lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 0]]), [("b", "t", 4)]),
    "range": (lambda x: tf.cast(tf.range(tf.shape(x)[1]), "float32") + x, [("b", "t")]),
    "running sum": (lambda x: tf.cumsum(x, 1), [("b", "t")]),
    "argmax": (lambda x: tf.argmax(x, 1), [("b", "t")]),
    "sort": (lambda x: tf.sort(x, 1), [("b", "t")]),
    "dense, gradient": (
        of_gradient(lambda x, w: tf.reduce_mean(tf.nn.relu(x @ w) ** 2)),
        [("b", 20), (20, 30)],
    ),
    "attention, gradient": (of_gradient(attention), [("b", "t", 32), (32, 32)]),
    "layer normalisation, gradient": (of_gradient(normalised), [("b", "t", 32)]),
    "convolution, gradient": (
        of_gradient(convolved(1, "SAME")),
        [("b", 9, 9, 2), (3, 3, 2, 4)],
    ),
    "strided convolution, gradient": (
        of_gradient(convolved(2, "VALID")),
        [("b", 9, 9, 2), (3, 3, 2, 4)],
    ),
    "maximum pooling, gradient": (
        of_gradient(lambda x: tf.reduce_sum(tf.nn.max_pool2d(x, 2, 2, "VALID") ** 2)),
        [("b", 9, 9, 2)],
    ),
    "mean pooling, gradient": (
        of_gradient(lambda x: tf.reduce_sum(tf.nn.avg_pool2d(x, 3, 2, "SAME") ** 2)),
        [("b", 9, 9, 2)],
    ),
    "gather, gradient": (
        of_gradient(lambda x: tf.reduce_sum(tf.gather(x, [0, 0], axis=1) ** 2)),
        [("b", "t", 3)],
    ),
}


def open_graph(function, shapes):
    with Trace("open") as trace:
        tensors = [
            trace.argument(tuple(Dim.symbol(d) if isinstance(d, str) else d for d in s), FLOAT)
            for s in shapes
        ]
        results = function(*tensors)
        results = results if isinstance(results, list | tuple) else [results]
        graph = trace.finish([tf.convert_to_tensor(r) for r in results])[0]
    check(graph)
    return optimize(graph)


@pytest.mark.parametrize("name", CASES)
def test_one_program_serves_all_sizes(name, monkeypatch):
    monkeypatch.setenv("TENSORBROOK_BACKEND", "reference")  # for the eager results
    function, shapes = CASES[name]
    program, rng = OpenProgram(open_graph(function, shapes)), np.random.default_rng(0)
    before = compilations()
    for b, t in SIZES:
        of = {"b": b, "t": t}
        arrays = [rng.standard_normal([of.get(d, d) for d in s]).astype(FLOAT) for s in shapes]
        want = function(*map(tf.constant, arrays))
        want = want if isinstance(want, list | tuple) else [want]
        for got, right in zip(program(*arrays), want, strict=True):
            right = tf.convert_to_tensor(right).numpy()
            assert got.shape == right.shape and got.dtype == right.dtype
            np.testing.assert_allclose(got, right, rtol=1e-4, atol=1e-5, err_msg=f"{of}")
    assert compilations() - before <= 2  # a comparison may split the sizes, but seldom


def network(x, w):
    x = tf.nn.relu(tf.nn.conv2d(tf.pad(x, [[0, 0], [1, 1], [0, 0], [0, 0]]), w, 1, "VALID") + 1.0)
    x = tf.nn.avg_pool2d(tf.nn.max_pool2d(x, 2, 2, "VALID"), 2, 1, "SAME")
    flat = tf.reshape(x, [-1, 4]) * tf.range(4.0)
    x = (
        tf.reshape(flat @ tf.ones([4, 6]), [-1, 4, 3, 6])[:, 1:]
        - tf.reduce_max(x, [1, 2, 3])[:, None, None, None]
    )
    q = tf.transpose(x, [0, 3, 1, 2])
    return tf.concat([q, tf.nn.softmax(tf.matmul(q, q, transpose_b=True), 1)], 3), flat


BY_ROWS = {"network": (network, [("b", 9, 8, 2), (3, 3, 2, 4)])}
BY_ROWS |= {
    name: CASES[name]
    for name in ("elementwise", "rows of a product")
}  # fmt: skip
BY_ROWS["lookup"] = (
    lambda t, x: tf.gather(t, tf.cast(tf.abs(x), tf.int32)) + t[0],
    [(9, 3), ("b", 2)],
)
TOGETHER = {
    "mean of columns": (lambda x: x - tf.reduce_mean(x, 0), [("b", 5)]),
    "depth of a product": (lambda x: tf.matmul(x, x, transpose_a=True), [("b", 5)]),
    "all with all": (lambda x: tf.matmul(x, x, transpose_b=True), [("b", 5)]),
    "turned": (lambda x: tf.transpose(x), [("b", 5)]),
    "reversed": (lambda x: tf.reverse(x, [0]), [("b", 5)]),
    "below": (lambda x: tf.concat([x, x], 0), [("b", 5)]),
    "padded": (lambda x: tf.pad(x, [[1, 0], [0, 0]]), [("b", 5)]),
    "without the first": (lambda x: x[1:], [("b", 5)]),
    "size": (lambda x: x / tf.cast(tf.shape(x)[0], tf.float32), [("b", 5)]),
    "numbers": (lambda x: x + tf.cast(tf.range(tf.shape(x)[0]), "float32")[:, None], [("b", 5)]),
    "normalised": (lambda x: tf.nn.softmax(x, 0), [("b", 5)]),
    "running": (lambda x: tf.cumsum(x, 0), [("b", 5)]),
    "picked": (lambda x: tf.gather(x, [0, 0]), [("b", 5)]),
}


@pytest.mark.parametrize("name", [*BY_ROWS, *TOGETHER])
def test_rows_are_taken_a_few_at_a_time_where_they_do_not_meet(name):
    function, shapes = (BY_ROWS | TOGETHER)[name]
    program, rng = OpenProgram(open_graph(function, shapes)), np.random.default_rng(0)
    assert (program._by_rows is not None) == (name in BY_ROWS)
    if name in BY_ROWS:
        program._by_rows.rows, program._by_rows.pays = 3, True
        assert [program._by_rows.size(n) for n in (5, 6, 8, 9, 13)] == [5, 3, 2, 3, 3]
    for b in (7, 12, 1, 13, 6):
        arrays = [rng.standard_normal([b if d == "b" else d for d in s]) for s in shapes]
        arrays = [a.astype(FLOAT) for a in arrays]
        want = function(*map(tf.constant, arrays))
        for got, right in zip(program(*arrays), want if isinstance(want, tuple) else [want]):
            np.testing.assert_allclose(got, right.numpy(), rtol=1e-4, atol=1e-5)


def test_large_batches_of_pictures_are_cut_and_small_ones_are_not():
    def convolved(x, *filters):
        for filter in filters:
            x = tf.nn.relu(tf.nn.conv2d(x, filter, 1, "SAME"))
        return x

    program = OpenProgram(
        open_graph(convolved, [("b", 64, 64, 8), (3, 3, 8, 8), (3, 3, 8, 8)])
    )  # fmt: skip
    assert [program._by_rows.size(n) for n in (1, 32, 64, 128)] == [1, 32, 32, 32]
    heavy = OpenProgram(open_graph(lambda x, w: x @ w, [("b", 8), (8, 1 << 20)]))
    assert heavy._by_rows.size(64) == 64  # the matrix would be read again for each part


def test_results_do_not_depend_on_the_number_of_threads():
    graph = open_graph(of_gradient(attention), [("b", "t", 32), (32, 32)])
    one, two = (OpenProgram(graph, threads=n) for n in (1, 2))
    rng = np.random.default_rng(0)
    for b, t in ((4, 90), (1, 3), (16, 150)):
        arrays = [rng.standard_normal(s).astype(FLOAT) for s in ((b, t, 32), (32, 32))]
        for x, y in zip(one(*arrays), two(*arrays)):
            assert x.tobytes() == y.tobytes()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    programs(max_nodes=8, special=False, left_out=ILL_CONDITIONED),
    st.sampled_from((2, 3, 4)),
    st.booleans(),
)
def test_random_programs_at_three_sizes(drawn, size, in_parts):
    """Where a dimension of some inputs is open, results are those of the graph for given sizes."""
    graph, arrays = drawn
    made = opened(graph, size)
    assume(made is not None)
    program = OpenProgram(optimize(made))
    if in_parts and program._by_rows is not None:
        program._by_rows.rows, program._by_rows.pays = 2, True
    for now in (size, 1, 7):
        fixed = made.at_sizes({"n": now})
        given_ = [np.resize(a, v.shape) for a, v in zip(arrays, fixed.inputs)]
        try:
            want = run_in_order(fixed, given_)
        except REFUSALS:  # what fits at one size may not at another
            continue
        if any(np.shape(a) != v.shape for a, v in zip(want, fixed.outputs)):
            continue  # nor where NumPy repeats what its rule would refuse
        for a, b in zip(program(*given_), map(np.asarray, want), strict=True):
            assert a.shape == b.shape and a.dtype == b.dtype
            if b.dtype.kind != "f" or np.isfinite(b).all():
                assert nearly(a, b), (now, a, b)


# -- Keras -----------------------------------------------------------------------------------------


def small_model(**options):
    tf.keras.utils.set_random_seed(1)
    model = tf.keras.Sequential(
        [tf.keras.Input((20,)), tf.keras.layers.Dense(32, "relu"), tf.keras.layers.Dense(3)]
    )
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"], **options)
    return model


def data(count):
    x = np.random.default_rng(0).standard_normal((count, 20)).astype(FLOAT)
    return x, (x[:, 0] > 0).astype(np.int64) + (x[:, 1] > 0)


def test_fit_with_a_smaller_last_batch_is_one_trace_and_one_compilation():
    model, before = small_model(), compilations()
    history = model.fit(*data(1000), batch_size=128, epochs=3, verbose=0).history
    assert compilations() - before == 1
    assert model.make_train_function().experimental_get_tracing_count() == 1
    eager = small_model(run_eagerly=True)
    want = eager.fit(*data(1000), batch_size=128, epochs=3, verbose=0).history
    np.testing.assert_allclose(history["loss"], want["loss"], rtol=1e-5)
    assert history["accuracy"] == pytest.approx(want["accuracy"])


def test_predict_of_all_sizes_is_one_compilation():
    model, (x, _) = small_model(), data(200)
    want, before = model(x).numpy(), compilations()
    for count in np.random.default_rng(1).permutation(200) + 1:
        got = model.predict(x[:count], batch_size=256, verbose=0)
        np.testing.assert_allclose(got, want[:count], rtol=1e-4, atol=1e-5)
    assert compilations() - before == 1
    assert model.make_predict_function().experimental_get_tracing_count() == 1
