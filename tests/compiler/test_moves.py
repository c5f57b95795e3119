"""Native joining, padding, gathering and scattering, at sizes that several chunks share."""

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.compiler.target import available

if not available():
    pytest.skip("llvmlite is not installed", allow_module_level=True)

from tensorbrook.compiler.boxes import Boxes
from tensorbrook.compiler.lower import Lowering
from tensorbrook.compiler.program import Program


def run(function, *arrays):
    """The result of a traced function of one result, equal for any number of threads."""
    specs = [tf.TensorSpec(a.shape, a.dtype) for a in arrays]
    graph = tf.function(function).get_concrete_function(*specs).graph
    programs = [Program(graph, threads=n) for n in (1, 2, 3)]
    assert all(s.kernel is not None for s in programs[0].steps), "fell back"
    results = [p(*arrays)[0] for p in programs]
    for other in results[1:]:
        assert results[0].tobytes() == other.tobytes()
    return results[0]


def numbers(shape, dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "b":
        return rng.integers(0, 2, shape).astype(bool)
    return (rng.normal(size=shape) * 100).astype(dtype)


DTYPES = (np.float32, np.float64, np.int8, np.int16, np.int64, bool)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("shapes", "axis"),
    [
        ([(300, 70), (300, 33), (300, 1)], 1),
        ([(30000,), (7,), (1001,)], 0),
        ([(5, 4000), (1, 4000)], 0),
        ([(2, 3, 5)] * 20, 1),
        ([(200, 3, 50)] * 7, 1),
        ([(1, 3)] * 9, 0),
    ],
)
def test_concat(dtype, shapes, axis):
    arrays = [numbers(s, dtype, k) for k, s in enumerate(shapes)]
    got = run(lambda *xs: tf.concat(xs, axis), *arrays)
    np.testing.assert_array_equal(got, np.concatenate(arrays, axis))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("shape", "perm"),
    [
        ((300, 500), (1, 0)),
        ((17, 9), (1, 0)),
        ((64, 40, 36), (0, 2, 1)),
        ((30, 41, 52), (2, 0, 1)),
        ((30, 41, 52), (1, 0, 2)),
        ((20, 21, 22, 23), (0, 3, 1, 2)),
        ((3, 5000), (1, 0)),
        ((5000, 3), (1, 0)),
        ((1100, 1100), (1, 0)),
    ],
)
def test_concat_of_transposed(dtype, shape, perm):
    x = numbers(shape, dtype)
    tail = numbers((2, *[shape[p] for p in perm][1:]), dtype, 1)
    got = run(lambda x, y: tf.concat([tf.transpose(x, perm), y], 0), x, tail)
    np.testing.assert_array_equal(got, np.concatenate([x.transpose(perm), tail], 0))


def test_concat_of_what_is_computed_and_transposed():
    x = numbers((64, 48))

    def joined(x):
        y = x * 2.0
        return tf.concat([tf.transpose(y), tf.transpose(y + 1.0)], 0)

    np.testing.assert_array_equal(run(joined, x), np.concatenate([x.T * 2, x.T * 2 + 1]))


@pytest.mark.parametrize("mode", ["constant", "reflect", "symmetric"])
@pytest.mark.parametrize(
    ("shape", "paddings"),
    [
        ((300, 200), ((3, 4), (5, 0))),
        ((8, 40, 40, 3), ((0, 0), (1, 1), (2, 3), (0, 0))),
        ((50000,), ((1, 2),)),
        ((4, 4, 4, 4), ((1, 1), (1, 1), (1, 1), (0, 0))),
        ((2, 3), ((0, 0), (0, 0))),
    ],
)
def test_pad(mode, shape, paddings):
    x = numbers(shape)
    value = {"constant_values": -2.5} if mode == "constant" else {}
    got = run(lambda x: tf.pad(x, paddings, mode, **value) + 0.0, x)
    np.testing.assert_array_equal(got, np.pad(x, paddings, mode, **value))


@pytest.mark.parametrize(
    "key",
    [
        (slice(3, 90),),
        (slice(None, None, -1), slice(4, 30)),
        (slice(None, None, 3),),
        (5, slice(None), 2),
        (Ellipsis, slice(1, 7)),
    ],
)
def test_gradients_of_slices(key):
    x, g = numbers((100, 60, 9)), numbers((100, 60, 9), seed=1)

    def f(x, g):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(tf.square(x[key]) * g[key])
        return tape.gradient(y, x)

    want = np.zeros_like(x)
    want[key] = 2 * x[key] * g[key]
    np.testing.assert_allclose(run(f, x, g), want, rtol=1e-6)


@pytest.mark.parametrize("index_dtype", [np.int32, np.int64, np.uint8])
@pytest.mark.parametrize(
    ("shape", "indices", "axis", "batch"),
    [
        ((100, 64), (64, 80), 0, 0),
        ((50, 90, 7), (300,), 1, 0),
        ((200, 90), (31,), 1, 0),
        ((1, 90, 40), (5, 6), 1, 0),
        ((40, 60), (40, 50), 1, 1),
        ((6, 20, 30, 5), (6, 70), 2, 1),
        ((6, 20, 30), (6, 20, 30), 2, 2),
        ((9, 4), (), 0, 0),
        ((9, 40000), (), 0, 0),
        ((30, 9), (), 1, 0),
        ((5000, 64), (700,), 0, 0),  # tables of more than a mebibyte: rows are prefetched
        ((3, 2000, 70), (40, 9), 1, 0),
        ((3, 200, 900), (3, 40), 1, 1),
    ],
)
def test_gather_and_its_gradient(index_dtype, shape, indices, axis, batch):
    x = numbers(shape)
    i = np.random.default_rng(1).integers(0, shape[axis], indices).astype(index_dtype)
    got = run(lambda x, i: tf.gather(x, i, axis=axis, batch_dims=batch), x, i)
    want = tf.gather(x, i, axis=axis, batch_dims=batch).numpy()
    np.testing.assert_array_equal(got, want)
    g = numbers(want.shape, seed=2)

    def gradient(g, i):
        x = tf.zeros(shape)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(tf.gather(x, i, axis=axis, batch_dims=batch) * g)
        return tf.convert_to_tensor(tape.gradient(y, x))  # slices are sums of rows

    np.testing.assert_array_equal(run(gradient, g, i), gradient(tf.constant(g), tf.constant(i)))


@pytest.mark.parametrize("name", ["update", "add", "sub", "max", "min"])
def test_scatter_into_a_tensor(name):
    x, updates = numbers((500, 70)), numbers((90, 70), seed=1)
    rows = np.random.default_rng(0).permutation(500)[:90].astype(np.int32)
    if name != "update":
        rows[7:20] = 3  # repeated
    function = getattr(tf, f"tensor_scatter_nd_{name}")
    got = run(function, x, rows[:, None], updates)
    want = x.copy()
    if name == "update":
        want[rows] = updates
    else:
        kinds = {"add": np.add, "sub": np.subtract, "max": np.maximum, "min": np.minimum}
        kinds[name].at(want, rows, updates)
    np.testing.assert_array_equal(got, want)


def test_gather_nd_and_scatter_nd():
    x = numbers((30, 40, 50))
    at = np.random.default_rng(0).integers(0, 30, (60, 70, 2)).astype(np.int32)
    np.testing.assert_array_equal(run(tf.gather_nd, x, at), x[at[..., 0], at[..., 1]])
    updates = numbers((60, 70, 50), seed=1)
    want = np.zeros_like(x)
    np.add.at(want, (at[..., 0], at[..., 1]), updates)
    got = run(lambda at, updates: tf.scatter_nd(at, updates, x.shape), at, updates)
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("bad", [-1, 7])
def test_an_index_out_of_range_raises_numpys_error(bad):
    x, i = numbers((7, 3)), np.array([0, bad], np.int32)
    for f in (
        lambda x, i: tf.gather(x, i),
        lambda x, i: tf.tensor_scatter_nd_add(x, i[:, None], x[:2]),
        lambda x, i: tf.TensorArray(tf.float32, 7).unstack(x).write(i[1], x[0]).stack(),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=rf"{bad} is not in \[0, 7\)"):
            tf.function(f)(x, i)


def test_update_row_writes_the_row_alone_in_place():
    x, row, at = numbers((6, 5)), numbers((5,), seed=1), np.array(4, np.int32)

    def f(x, at, row):
        return tf.TensorArray(tf.float32, 6).unstack(x).write(at, row).stack()

    want = x.copy()
    want[4] = row
    np.testing.assert_array_equal(run(f, x, at, row), want)
    specs = [tf.TensorSpec(a.shape, a.dtype) for a in (x, at, row)]
    graph = tf.function(f).get_concrete_function(*specs).graph
    lowered = Lowering(graph)
    kernels = [u.step.kernel for u in lowered.fusion.units if hasattr(u, "step")]
    assert [k.in_place for k in kernels if not isinstance(k, Boxes)] == [0]
