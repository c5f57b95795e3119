"""keras.ops beyond test_keras_ops.py: what fails in Keras on TensorFlow, and wrong calls."""

import json
import subprocess
import sys

import numpy as np
import pytest

import tensorbrook as tf

ops = tf.keras.ops
A = np.arange(6, dtype="float32").reshape(2, 3)
I = np.arange(6, dtype="int32").reshape(2, 3)
INF = np.array([np.inf, -np.inf, np.nan, 1.0], "float32")


def same(found, wanted):
    """Asserts that results are NumPy's."""
    for y, z in zip(tf.nest.flatten(found), tf.nest.flatten(wanted), strict=True):
        np.testing.assert_allclose(np.asarray(y), z, rtol=1e-6)


# What is as in NumPy, whose names and rules keras.ops has, where TensorFlow's Keras errs or fails.
AS_NUMPY = {
    "rot90 by 180 degrees": (ops.rot90(A, 2), np.rot90(A, 2)),
    "vstack of vectors": (ops.vstack([A[0], A[1]]), np.vstack([A[0], A[1]])),
    "unravel_index": (ops.unravel_index([3, 7], (2, 5)), np.unravel_index([3, 7], (2, 5))),
    "prod in a dtype": (ops.prod(I + 1, dtype="float64"), np.prod(I + 1, dtype="float64")),
    "infinities are close": (ops.isclose(INF, INF), np.isclose(INF, INF)),
    "histogram of integers": (ops.histogram(I, 4), np.histogram(I, 4)),
    "histogram in a range": (ops.histogram(A, 3, (1, 4)), np.histogram(A, 3, (1, 4))),
    "meshgrid of dtypes": (ops.meshgrid(A[0], I[1]), np.meshgrid(A[0], I[1])),
    "searchsorted of a number": (ops.searchsorted([1, 3, 5], 4), np.searchsorted([1, 3, 5], 4)),
    "searchsorted of dtypes": (ops.searchsorted([1, 3], [2.5]), np.searchsorted([1, 3], [2.5])),
    "correlate, the second longer": (
        ops.correlate([0.0, 1.0], [1.0, 2.0, 3.0]),
        np.correlate([0.0, 1.0], [1.0, 2.0, 3.0]),
    ),
    "several quantiles beside NaN": (
        ops.nanquantile(np.where(A > 4, np.nan, A), [0.2, 0.5], axis=1),
        np.nanquantile(np.where(A > 4, np.nan, A), [0.2, 0.5], axis=1),
    ),
    "sort puts NaN last": (ops.sort(INF), np.sort(INF)),
    "unique of NaN": (ops.unique(INF), np.unique(INF)),
    "argmax finds NaN": (ops.argmax(INF), np.argmax(INF)),
    "pad by one number": (ops.pad(A, 1), np.pad(A, 1)),
    "pad by a pair": (ops.pad(A, (1, 2)), np.pad(A, (1, 2))),
    "pad by one pair of all": (ops.pad(A, ((1, 2),)), np.pad(A, ((1, 2),))),
    "linspace of lists": (ops.linspace([0, 1], [2, 3], 3), np.linspace([0, 1], [2, 3], 3)),
    "geomspace of lists": (
        ops.geomspace([1, 2], [8, 16], 4, axis=-1),
        np.geomspace([1, 2], [8, 16], 4, axis=-1),
    ),
    "corrcoef of a vector": (ops.corrcoef(A[1]), np.corrcoef(A[1])),
    "vander of a list": (ops.vander([1, 2, 3]), np.vander([1, 2, 3])),
    "hstack of lists": (ops.hstack([[1, 2], [3.0]]), np.hstack([[1, 2], [3.0]])),
    "round of a list": (ops.round([15, 25, -15], -1), np.round([15, 25, -15], -1)),
    "negative of unsigned": (ops.negative(np.uint8(3)), np.negative(np.uint8(3))),
    "median of an even axis": (ops.median(A[:, :2], axis=1), np.median(A[:, :2], axis=1)),
}


@pytest.mark.parametrize("name", AS_NUMPY)
def test_is_as_numpy(name):
    same(*AS_NUMPY[name])


def test_argpartition_puts_one_element_in_its_place():
    x = np.random.default_rng(0).normal(size=(4, 9))
    places = np.asarray(ops.argpartition(x, 3, axis=1))
    parted = np.take_along_axis(x, places, 1)
    assert (parted[:, :3] <= parted[:, 3:4]).all() and (parted[:, 3:] >= parted[:, 3:4]).all()


# -- vectorize -------------------------------------------------------------------------------------


def test_vectorize_calls_a_function_for_each_element():
    moved = ops.vectorize(lambda a, b: ops.where(a > b, a - b, a + b))
    same(moved(A, [1.0, 2.0, 3.0]), np.where(A[0] + 1 < A, A - A[0] - 1, A + A[0] + 1))
    same(ops.vectorize(lambda a, b: (a + b, a))(A, 1.0), (A + 1, A))
    same(ops.vectorize(lambda a, scale: a * scale["k"], excluded={1})(A, {"k": 2.0}), A * 2)
    same(ops.vectorize(lambda a, b=0: a - b)(A, b=A), A - A)
    assert ops.vectorize(lambda a: a)(3).shape == ()


def test_vectorize_by_a_signature():
    product = ops.vectorize(lambda m, v: ops.matmul(m, v), signature="(m,n),(n)->(m)")
    m, v = np.ones((4, 2, 3), "float32"), A[1]
    same(product(m, v), m @ v)
    same(tf.function(product)(m, v), m @ v)


# -- dtypes, Keras inputs --------------------------------------------------------------------------


def test_integers_become_the_default_float_dtype():
    before = tf.keras.config.floatx()
    tf.keras.config.set_floatx("float64")
    try:
        assert ops.exp(1).dtype == ops.zeros(2).dtype == ops.add(I, 0.5).dtype == "float64"
        assert ops.add(A, 0.5).dtype == "float32"
    finally:
        tf.keras.config.set_floatx(before)


def test_variables_and_lists_are_operands():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = ops.sum(ops.multiply(v, [3, 4]))
    same(tape.gradient(y, v), np.array([3.0, 4.0]))


def test_operators_on_keras_inputs_promote_as_keras_does():
    x, i = tf.keras.Input((3,)), tf.keras.Input((3,), dtype="int32")
    results = {"add": i + 1.5, "true_divide": 2 / i, "multiply": i * x, "get_item": x[:, 0]}
    results |= {"floor_divide": i // 2, "power": 2**i, "absolute": abs(x), "mod": 5 % i}
    dtypes = [y.dtype for y in results.values()]
    assert dtypes == ["float32"] * 4 + ["int32", "int32", "float32", "int32"]
    names = [y._keras_history.operation.name for y in results.values()]
    assert [name.rstrip("_0123456789") for name in names] == list(results)
    found = tf.keras.Model([x, i], list(results.values()))([A[1:], I[1:]])
    a, b = A[1:], I[1:]
    same(found, [b + 1.5, 2 / b, b * a, a[:, 0], b // 2, 2**b, abs(a), 5 % b])


LOADS = """
import json, sys
import numpy as np
import tensorbrook as tf
model = tf.keras.Model.from_config(json.loads(sys.stdin.read()))
print(model(np.ones((1, 3), "float32")).numpy().tolist())
"""


def test_a_model_of_ops_comes_back_where_they_were_not_used_yet():
    x = tf.keras.Input((3,))
    config = json.dumps(tf.keras.Model(x, ops.cumsum(ops.add(x, 1), axis=1)).get_config())
    found = subprocess.run([sys.executable, "-c", LOADS], input=config, text=True, stdout=-1)
    assert found.stdout.strip() == "[[2.0, 4.0, 6.0]]"


def test_a_compiled_program_may_have_results_whose_size_the_data_tell():
    @tf.function
    def counts(x):
        return ops.bincount(x), ops.unique(x) * 2, ops.nonzero(x)[0]

    for x in ([1, 1, 3], [0, 5, 5]):
        x = np.array(x, "int32")
        same(counts(x), (np.bincount(x), np.unique(x) * 2, np.nonzero(x)[0]))


# -- wrong calls -----------------------------------------------------------------------------------

WRONG = [
    (lambda: ops.add(A, "text"), ValueError, "float32, string have no dtype in common"),
    (lambda: ops.matmul(2.0, A), ValueError, "[matmul] x1 and x2 must have axes, got shapes ()"),
    (lambda: ops.quantile(A, 0.5, method="best"), ValueError, "method must be one of ('linear'"),
    (lambda: ops.percentile(A, [50, 101]), ValueError, "[percentile] q must lie between 0 and 100"),
    (lambda: ops.pad(A, 1, mode="edge"), NotImplementedError, "keras.ops.concatenate"),
    (
        lambda: ops.pad(A, 1, mode="reflect", constant_values=3),
        ValueError,
        "`constant_values` can only be provided when `mode == 'constant'`",
    ),
    (lambda: ops.where(A > 0, A), ValueError, "either both should be `None`"),
    (lambda: ops.select([A > 0], [A, A]), ValueError, "lists of one length, got 1 and 2"),
    (lambda: ops.searchsorted(A, A), ValueError, "only supports 1-D sorted sequences"),
    (lambda: ops.histogram(A, bins=0), ValueError, "`bins` should be a positive integer"),
    (lambda: ops.argpartition(A, 3), ValueError, "kth = 3 is no place of an axis of length 3"),
    (lambda: ops.correlate(A, A), ValueError, "must be vectors, got shapes (2, 3) and (2, 3)"),
    (lambda: ops.correlate(A[0], A[0], "all"), ValueError, "mode must be 'valid', 'same' or"),
    (lambda: ops.cross(A[:, :1], A), ValueError, "vectors have 2 or 3 components"),
    (lambda: ops.ldexp(A, A), TypeError, "x2 must be integers, got dtype float32"),
    (lambda: ops.rot90(A, axes=(0, 0)), ValueError, "axes must be two different ones"),
    (lambda: ops.diag(A[None]), ValueError, "1d or 2d"),
    (lambda: ops.split(A, 0), ValueError, "The number of parts must be positive, got 0"),
    (lambda: ops.take_along_axis(A, [0], 0), ValueError, "as many axes as x"),
    (lambda: ops.take_along_axis(A, [[0]] * 3, 1), ValueError, "do not broadcast but for axis 1"),
    (lambda: ops.take(A, 3, axis=1), ValueError, "indices[0] = 3 is not in [0, 3)"),
    (lambda: ops.vectorize(3), ValueError, "pyfunc must be a function, got 3"),
    (
        lambda: ops.vectorize(abs, signature="n->n")(A),
        ValueError,
        "'n->n' is no signature, such as '(m,n),(n)->(m)'",
    ),
    (lambda: ops.vectorize(max, signature="(),()->()")(A), TypeError, "takes 2 arguments, got 1"),
    (
        lambda: ops.vectorize(max)(A, A[:, :2]),
        ValueError,
        "the shapes [(2, 3), (2, 2)] do not broadcast",
    ),
    (lambda: ops.sum(A, axis=2), ValueError, "axis must lie in [-2, 2)"),
    (lambda: ops.bitwise_and(A, 1), ValueError, "bitwise_and"),
]


@pytest.mark.parametrize(("call", "error", "message"), WRONG, ids=[m for _, _, m in WRONG])
def test_wrong_calls_are_refused(call, error, message):
    with pytest.raises(error) as fault:
        call()
    assert message in str(fault.value)
