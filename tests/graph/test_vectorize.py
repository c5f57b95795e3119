"""tf.vectorized_map: each primitive on a batch as example by example; gradients, loops."""

import warnings
import zlib

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.core.dispatch import apply, specs_of
from tensorbrook.core.op import OPS
from tensorbrook.core.tensor import wrap

MAPPED = [op for op in OPS.values() if not op.effect]
DTYPES = (None, "int32", "bool")  # of the samples, those of integers and conditions too


def taken(op, arrays, attrs):
    """A sample in a dtype that the primitive takes."""
    for dtype in DTYPES:
        given = [np.asarray(a) if dtype is None else np.abs(a).astype(dtype) for a in arrays]
        try:
            op.infer(*specs_of(list(map(wrap, given))), **attrs)
        except tf.errors.InvalidArgumentError:
            continue
        return given
    raise AssertionError(f"{op.name} takes none of its samples")


def rows_of(op, arrays, attrs, rng):
    """Three variations of a sample, stacked; integers and booleans stay as they are."""
    stacked = []
    for i, a in enumerate(taken(op, arrays, attrs)):
        rows = np.stack([a] * 3)
        if a.dtype.kind == "f" and i not in op.constants:
            rows = rows * rng.uniform(0.9, 1.0, (3, *[1] * a.ndim))
        stacked.append(wrap(rows))
    return stacked


@pytest.mark.parametrize("op", MAPPED, ids=lambda op: op.name)
def test_a_batch_is_example_by_example(op):
    rng = np.random.default_rng(zlib.crc32(op.name.encode()))
    for arrays, attrs in op.samples(rng):
        if not arrays:
            continue
        rows = rows_of(op, arrays, attrs, rng)
        for moving in {tuple(range(len(rows))), (0,), (len(rows) - 1,)}:

            def function(given, rows=rows, moving=moving, attrs=attrs):
                given = dict(zip(moving, given))
                every = [given.get(i, x[0]) for i, x in enumerate(rows)]
                return apply(op, tuple(every), attrs)

            elems = [rows[i] for i in moving]
            found = tf.nest.flatten(tf.vectorized_map(function, elems))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                want = [tf.nest.flatten(function([x[i] for x in elems])) for i in range(3)]
            for tensor, examples in zip(found, zip(*want), strict=True):
                whole = np.stack([y.numpy() for y in examples])
                assert tensor.shape == whole.shape
                assert tensor.dtype == examples[0].dtype
                if whole.dtype.kind in "fc":
                    np.testing.assert_allclose(tensor, whole, rtol=1e-5, atol=1e-6)
                else:
                    np.testing.assert_array_equal(tensor, whole)


X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


def slope(function):
    """The gradient of the sum of a function's values."""

    def of(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(function(x))
        return tape.gradient(y, x)

    return of


def looped(x):
    return tf.while_loop(lambda y: tf.reduce_sum(tf.abs(y)) < 50.0, lambda y: [y * 1.7], [x])[0]


def branched(x):
    return tf.cond(tf.reduce_sum(x) > 0, lambda: tf.sin(x), lambda: x * x)


def scanned(x):
    return tf.scan(lambda a, b: tf.tanh(a * b + x[0]), x, 1.0)


def inner(x):
    return tf.vectorized_map(lambda y: tf.exp(y) * x, x)


FUNCTIONS = {
    "loop": looped,
    "branch": branched,
    "scan": scanned,
    "map within": inner,
    "slope": slope(lambda x: tf.sin(x) * x[::-1]),
    "slope of slope": slope(slope(lambda x: x**3 * x[0])),
    "slope of branch": slope(branched),
    "slope of scan": slope(scanned),
    "slope of map": slope(inner),
    "slope of loop": slope(looped),
    "sorted": lambda x: tf.sort(x) + tf.cast(tf.argmax(x), "float32"),
    "indexed": lambda x: x[tf.argmax(x)] + tf.gather([10.0, 20.0, 30.0], tf.argmin(x)),
    "constant": lambda x: tf.constant([1, 2]),
    "structure": lambda x: {"a": x, "b": [x[0], tf.norm(x)]},
    "factors": lambda x: tf.linalg.cholesky(tf.tensordot(x, x, 0) + tf.eye(3)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_as_in_a_loop(name):
    function = FUNCTIONS[name]
    with tf.init_scope():
        want = [tf.nest.flatten(function(tf.constant(x))) for x in X]
    want = [np.stack([y.numpy() for y in column]) for column in zip(*want)]
    map_all = lambda x: tf.vectorized_map(function, x)  # noqa: E731
    any_batch = tf.function(map_all, input_signature=[tf.TensorSpec([None, 3])])
    for whole in (map_all, tf.function(map_all), any_batch):
        found = tf.nest.flatten(whole(tf.constant(X)))
        for y, wanted in zip(found, want, strict=True):
            np.testing.assert_allclose(y, wanted, rtol=2e-5, atol=1e-5)


def test_gradients_of_a_map_reach_what_it_uses():
    w = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.vectorized_map(slope(lambda x: w * x**2), tf.constant(X)))
    np.testing.assert_allclose(tape.gradient(y, w), 2 * X.sum(0), rtol=1e-5)


def test_gradients_of_an_lstm_for_each_example():
    layer, head = tf.keras.layers.LSTM(4), tf.keras.layers.Dense(1)
    x = tf.constant(np.random.default_rng(1).normal(size=(3, 5, 2)).astype("float32"))
    weights = (head(layer(x)), layer.trainable_variables + head.trainable_variables)[1]

    def of_one(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(head(layer(x[None])) ** 2)
        return tape.gradient(loss, weights)

    want = [of_one(row) for row in x]
    for found, column in zip(tf.vectorized_map(of_one, x), zip(*want), strict=True):
        np.testing.assert_allclose(found, np.stack(column), rtol=1e-4, atol=1e-6)


def test_random_numbers_differ_between_examples_and_runs():
    tf.random.set_seed(1)
    draw = tf.function(lambda x: tf.vectorized_map(lambda y: y + tf.random.normal([2]), x))
    numbers = np.concatenate([draw(tf.zeros(3)), draw(tf.zeros(3))])
    assert len(np.unique(numbers)) == 12
    same = tf.vectorized_map(lambda y: tf.random.stateless_normal([2], [1, 2]) + y, tf.zeros(3))
    assert len(np.unique(same)) == 2


def test_what_needs_values_runs_slice_by_slice():
    function = lambda x: tf.constant(x.numpy() * 2)  # noqa: E731
    with pytest.warns(UserWarning, match="slice by slice"):
        np.testing.assert_allclose(tf.vectorized_map(function, tf.constant(X)), X * 2)
    with pytest.raises(ValueError, match="fallback_to_while_loop"):
        tf.vectorized_map(function, tf.constant(X), fallback_to_while_loop=False)


def test_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="equal first dimensions"):
        tf.vectorized_map(lambda x: x[0] + x[1], (tf.ones([2]), tf.ones([3])))
