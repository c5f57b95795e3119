"""Eager operations that run as programs of one node: the same values, few compilations."""

import ctypes
import resource
import threading

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available
from tensorbrook.core.op import OPS

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from tensorbrook.compiler import eager, program


@pytest.fixture(autouse=True)
def afresh():
    eager._kept.programs.clear()
    eager._kept.kinds.clear()


@pytest.fixture
def made(monkeypatch):
    """The programs that are made meanwhile."""
    found, make = [], program.Program._make
    monkeypatch.setattr(
        program.Program, "_make", lambda self, *args: (found.append(self), make(self, *args))[1]
    )
    return found


def draw(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def images(size=32):
    return tf.constant(draw(4, size, size, 8))


def test_the_same_values_as_numpy():
    x, w = images(), tf.constant(draw(3, 3, 8, 16))
    rows = tf.constant(draw(4096, 32))
    places = tf.constant(np.random.default_rng(1).integers(0, 99, 4096))
    calls = {
        "conv_general": lambda: tf.nn.conv2d(x, w, 2, "SAME"),
        "max_pool": lambda: tf.nn.max_pool2d(x, 2, 2, "VALID"),
        "window_sum": lambda: tf.nn.avg_pool2d(x, 3, 2, "SAME"),
        "sample_pictures": lambda: tf.image.resize(x, (20, 50)),
        "softmax": lambda: tf.nn.softmax(rows),
        "log_softmax": lambda: tf.nn.log_softmax(rows, 0),
        "reduce_sum": lambda: tf.reduce_sum(rows, 0),
        "reduce_max": lambda: tf.reduce_max(rows, 1),
        "where": lambda: tf.where(rows > 0, rows, 0.0),
        "argsort": lambda: tf.argsort(rows, 0, direction="DESCENDING"),
        "cumsum": lambda: tf.cumsum(rows, 1, exclusive=True),
        "scatter_nd": lambda: tf.scatter_nd(places[:, None], rows, (99, 32)),
        "tensor_scatter_max": lambda: tf.tensor_scatter_nd_max(
            rows[:99], places[:, None], rows
        ),
        "gather_transpose": lambda: _gradient(lambda r: tf.gather(r, places), rows[:99]),
        "conv_filter_gradient": lambda: _gradient(lambda f: tf.nn.conv2d(x, f, 1, "VALID"), w),
    }  # fmt: skip
    for name, call in calls.items():
        by_program = call().numpy()
        assert any(key[0] is OPS[name] and p for key, p in eager._kept.programs.items()), name
        eager._kept.busy = True  # so that NumPy's kernels run
        try:
            expected = call().numpy()
        finally:
            eager._kept.busy = False
        largest = np.abs(expected).max()
        np.testing.assert_allclose(by_program, expected, 1e-5, 3e-6 * largest, err_msg=name)


def _gradient(function, x):
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(function(x) ** 2)
    return tf.convert_to_tensor(tape.gradient(y, x))


def test_small_work_strings_and_nothing_are_numpys(made):
    tf.nn.softmax(draw(8, 8))
    texts = tf.fill([1 << 16], "a")
    assert tf.where(texts == "a", texts, "b").shape == (1 << 16,)
    assert tf.nn.conv2d(np.zeros((0, 9, 9, 8), "f"), draw(9, 9, 8, 99), 1, "SAME").shape[0] == 0
    assert not made


def test_sizes_that_change_are_compiled_a_few_times(made):
    sizes = [*range(40, 60), *range(40, 60)]
    for size in sizes:
        found = tf.image.resize(images(size), (16, 24))
        assert found.shape == (4, 16, 24, 8)
    assert len(made) == eager._MOST_SHAPES + 1


def test_sizes_that_were_equal_may_differ_later(made):
    for height, width in [*((n, n) for n in range(40, 50)), (90, 41), (41, 90), (300, 47)]:
        x = draw(2, height, width, 8)
        found = tf.image.resize(x, (16, 24)).numpy()
        eager._kept.busy = True
        np.testing.assert_allclose(found, tf.image.resize(x, (16, 24)).numpy(), 1e-5, 1e-5)
        eager._kept.busy = False
    assert len(made) == eager._MOST_SHAPES + 2


def test_the_same_bits_from_the_first_call_on():
    x, w = images(), tf.constant(draw(3, 3, 8, 16))
    first = tf.nn.conv2d(x, w, 1, "SAME").numpy()
    for _ in range(3):
        tf.nn.conv2d(images(48), w, 1, "SAME")  # needs more scratch memory, which all share
        assert (tf.nn.conv2d(x, w, 1, "SAME").numpy() == first).all()


def test_threads_do_not_meet():
    w = tf.constant(draw(3, 3, 8, 16))
    inputs = [tf.constant(draw(4, 32, 32, 8) + k) for k in range(4)]
    expected = [tf.nn.conv2d(x, w, 1, "SAME").numpy() for x in inputs]
    wrong = []

    def work(k):
        for _ in range(50):
            if not (tf.nn.conv2d(inputs[k], w, 1, "SAME").numpy() == expected[k]).all():
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not wrong


def test_bad_places_are_told_as_numpys_kernel_tells_them():
    rows = tf.constant(draw(4096, 32))
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices.*4096"):
        tf.tensor_scatter_nd_add(rows, [[4096]], rows[:1])


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="not glibc")
def test_what_is_freed_is_kept_for_the_next_result():
    x = tf.constant(draw(2 << 20))  # 8 MB: 2,048 pages
    tf.nn.softmax(tf.reshape(x, [-1, 32]))  # by a program, with which the keeping begins
    for _ in range(3):
        x + 1.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        x + 1.0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 20 * 200
