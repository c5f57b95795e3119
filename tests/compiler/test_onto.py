"""Products onto what they are added to: one kernel, and the sums of float64 arithmetic."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.core.backend import host

native = pytest.mark.skipif(host.backend.name != "native", reason="asks for native code")
SHAPES = [((7,), 5, 9), ((64,), 64, 256), ((4, 33), 17, 50), ((3,), 4000, 70), ((700,), 300, 300)]
CASES = {
    "a row": lambda x, w, row, all_of_it: tf.matmul(x, w) + row,
    "a row first": lambda x, w, row, all_of_it: row + tf.matmul(x, w),
    "all": lambda x, w, row, all_of_it: all_of_it + tf.matmul(x, w),
    "another product": lambda x, w, row, all_of_it: tf.matmul(x, w) + tf.matmul(2.0 * x, w),
    "used again": lambda x, w, row, all_of_it: [p := tf.matmul(x, w), p + row][1] * p,
    "a result": lambda x, w, row, all_of_it: tf.reduce_sum(tf.matmul(x, w) + row, -1),
}


def arrays(lead, depth, n, dtype):
    rng = np.random.default_rng(len(lead))
    return [
        rng.normal(size=shape).astype(dtype)
        for shape in [(*lead, depth), (depth, n), (n,), (*lead, n)]
    ]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("is_open", [False, True])
@pytest.mark.parametrize("sizes", SHAPES, ids=str)
def test_sums_that_begin_at_another_array(name, dtype, is_open, sizes):
    given, function = arrays(*sizes, dtype), CASES[name]
    shapes = [a.shape if i in (1, 2) else (None, *a.shape[1:]) for i, a in enumerate(given)]
    specs = [tf.TensorSpec(s, dtype) for s in shapes] if is_open else None
    found = tf.function(function, input_signature=specs)(*map(tf.constant, given)).numpy()
    x, w, row, all_of_it = (a.astype(np.float64) for a in given)
    product = x @ w
    expected = {
        "a row": product + row,
        "a row first": row + product,
        "all": all_of_it + product,
        "another product": 3 * product,
        "used again": (product + row) * product,
        "a result": (product + row).sum(-1),
    }[name]
    most = np.abs(expected).max()
    np.testing.assert_allclose(found, expected, atol=most * (1e-5 if dtype == "float32" else 1e-13))


@native
@pytest.mark.parametrize(
    ("name", "kernels"),
    [("a row", 1), ("a row first", 1), ("all", 1), ("used again", 2), ("a result", 2)],
)
def test_how_many_kernels_that_takes(name, kernels):
    given = list(map(tf.constant, arrays((64,), 64, 256, "float32")))
    concrete = tf.function(CASES[name]).get_concrete_function(*given)
    assert len(concrete.executable().program.steps) == kernels


@native
def test_a_variable_grows_in_its_own_memory():
    x, w, _, start = arrays((40,), 30, 20, "float32")
    total = tf.Variable(start)

    @tf.function
    def grow(x, w):
        total.assign(total + tf.matmul(x, w))

    before = total._tensor._array.ctypes.data
    for _ in range(3):
        grow(tf.constant(x), tf.constant(w))
    assert total._tensor._array.ctypes.data == before
    np.testing.assert_allclose(total, start + 3 * (x.astype(np.float64) @ w), rtol=1e-5, atol=1e-5)


def test_a_square_that_is_added_to_what_it_reads():
    start = np.random.default_rng(0).normal(size=(50, 50)).astype(np.float32) / 8
    v = tf.Variable(start)

    @tf.function
    def step():
        v.assign(v + tf.matmul(v, v))

    step()
    wide = start.astype(np.float64)
    np.testing.assert_allclose(v, wide + wide @ wide, rtol=1e-5, atol=1e-5)
