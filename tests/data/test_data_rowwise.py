"""Functions of data sets that run on many rows at once: only where plain Python gives the same."""

import functools
import random

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.base.config import scoped
from tensorbrook.data.purity import Doubt, Purity

ROWS = np.random.default_rng(0).normal(size=(1200, 4)).astype("f")
LABELS = np.arange(1200) % 3
Dataset = tf.data.Dataset
MEAN = 0.5
STEPS = np.array([1.0, 2.0, 3.0, 4.0], np.float32)


def source():
    return Dataset.from_tensor_slices((ROWS, LABELS))


def _scaled(x, y):
    return (x - MEAN) * STEPS, y


def _by_label(x, y):
    if y == 1:
        x = -x
    return {"x": x, "hot": tf.one_hot(y, 3), "twice": [x[0], x[1]]}


def _named(x, y, factor=2.0):
    parts = {"x": x * factor}
    parts["y"] = y
    return parts, tf.reduce_max(x)


@tf.function
def _graph(x, y):
    return tf.nn.softmax(x), tf.cast(y, tf.float32) / 7.0


PURE = [_scaled, _by_label, _named, _graph, functools.partial(_named, factor=3.0)]
PIPELINES = {
    "batch": lambda d, f: d.map(f).batch(32),
    "shuffle": lambda d, f: d.shuffle(1200, seed=3).map(f).batch(50, drop_remainder=True),
    "after": lambda d, f: d.map(f, num_parallel_calls=2).shuffle(100, seed=5).repeat(2).batch(64),
    "single": lambda d, f: d.map(f).skip(3).take(40),
    "cache": lambda d, f: d.map(f).cache().batch(7).take(3),
    "shard": lambda d, f: d.shard(2, 1).map(f).prefetch(2).batch(100),
}


def values(dataset):
    return [tf.nest.map_structure(lambda t: t.numpy(), e) for e in dataset]


def assert_same(found, wanted):
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted):
        tf.nest.map_structure(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6), one, other
        )


@pytest.mark.parametrize("function", PURE, ids=lambda f: getattr(f, "__name__", "partial"))
@pytest.mark.parametrize("pipeline", PIPELINES)
def test_many_rows_at_once_are_as_one_after_the_other(pipeline, function):
    make = PIPELINES[pipeline]
    found = make(source(), function)
    at_once, spec = values(found), found.element_spec
    again = values(found)
    with scoped(debug_data=True):
        plain = make(source(), function)
        wanted = values(plain)
        assert plain.element_spec == spec
        assert_same(at_once, wanted)
        assert_same(again, values(plain))


def test_maps_after_one_another_run_at_once():
    dataset = source().map(_scaled).map(lambda x, y: x + 1.0)
    assert dataset._node.table() is not None
    np.testing.assert_array_equal(
        next(iter(dataset.batch(1200))), (ROWS - np.float32(MEAN)) * STEPS + 1
    )


class _Counter:
    def __init__(self):
        self.count = 0

    def __call__(self, x, y):
        self.count += 1
        return x, y

    method = __call__


_seen = []


def _impure():
    count, counter, variable = 0, _Counter(), tf.Variable(1.0)

    def closes_over(x, y):
        nonlocal count
        count += 1
        return x, count

    def writes_an_attribute(x, y):
        counter.count = y
        return x

    def imports(x, y):
        import math

        return x * math.pi

    return [
        closes_over,
        writes_an_attribute,
        imports,
        counter,
        counter.method,
        lambda x, y: print(end="") or x,
        lambda x, y: _seen.append(1) or x,
        lambda x, y: x * random.random(),
        lambda x, y: x + np.random.normal(size=4).astype("f"),
        lambda x, y: x + tf.random.uniform([4]),
        lambda x, y: x * variable,
        lambda x, y: vars(tf) and x,
        lambda x, y: tf.print(end="") or x,
        lambda x, y: x.numpy() * 2,
        lambda x, y: tf.nn.dropout(x, 0.5),
        lambda x, y: tf.strings.as_string(y),
        lambda x, y: Dataset.range(y),
        lambda x, y: x[:y],
        lambda x, y: tf.numpy_function(lambda a: a * 2, [x], tf.float32),
        lambda x, y: tf.py_function(lambda a: a * 2, [x], tf.float32),
    ]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("number", range(len(_impure())))
def test_a_doubt_leaves_a_function_to_python(number):
    assert source().map(_impure()[number])._node.table() is None


def test_functions_with_effects_run_once_for_each_element():
    calls = []
    dataset = source().map(lambda x, y: calls.append(int(y)) or x).batch(100)
    assert len(list(dataset)) == 12
    assert calls == LABELS.tolist()


def test_a_function_that_writes_into_an_array_is_left_to_python():
    calls, order = np.zeros(2), np.array([np.nan, 3.0, 1.0])
    makers = [
        lambda x: calls.__setitem__(0, calls[0] + 1) or x,
        lambda x: np.add(calls, 1, out=calls)[0] * 0 + x,
        lambda x: order.sort() or x,
    ]
    for function in makers:
        before = order.copy()
        dataset = Dataset.range(2000).map(function)
        assert dataset._node.table() is None
        np.testing.assert_array_equal(order, before)
    assert calls.tolist() == [0, 0]
    dataset = Dataset.range(2000).map(makers[0])
    for count in (2000, 4000):
        list(dataset)
        assert calls[0] == count


def test_few_rows_and_other_sources_are_left_to_python():
    assert source().take(999).map(_scaled)._node.table() is None
    assert source().filter(lambda x, y: True).map(_scaled)._node.table() is None
    assert source().map(_scaled)._node.table() is not None


def test_rows_that_come_with_a_cache_are_mapped_at_once():
    dataset = source().filter(lambda x, y: True).map(lambda x, y: (x, y)).cache()
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(1200)).map(_scaled)
    first = values(dataset)
    assert dataset._node.table() is not None
    assert_same(values(dataset), first)


def test_names_that_get_another_value_count(monkeypatch):
    dataset = source().map(_scaled).batch(1200)
    first = next(iter(dataset))[0].numpy()
    iterator = iter(source().map(_scaled).batch(600))
    next(iterator)
    monkeypatch.setitem(globals(), "MEAN", 1.5)
    np.testing.assert_allclose(next(iter(dataset))[0], first - STEPS, rtol=1e-5)
    np.testing.assert_allclose(next(iterator)[0], (first - STEPS)[600:], rtol=1e-5)
    STEPS[0] = 5.0
    try:
        assert next(iter(dataset))[0][0, 0] == (ROWS[0, 0] - np.float32(1.5)) * 5
    finally:
        STEPS[0] = 1.0


def test_an_error_names_the_element_and_the_others_remain():
    def checked(x, y):
        tf.debugging.assert_less(y, tf.constant(1100, tf.int64))
        return x

    numbers = Dataset.from_tensor_slices((ROWS, np.arange(1200)))
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        list(numbers.map(checked).batch(100))
    assert "at element 1100" in str(caught.value.__notes__)
    assert len(list(numbers.map(checked).ignore_errors())) == 1100

    divided = Dataset.range(2000).map(lambda x: 10 // (x - 1500))
    with pytest.raises(Exception) as caught:
        list(divided)
    assert "at element 1500" in str(caught.value.__notes__)
    assert len(list(divided.ignore_errors())) == 1999


def test_purity_says_what_it_doubts():
    with pytest.raises(Doubt, match="_seen"):
        Purity(lambda x: _seen.append(x))
    with pytest.raises(Doubt, match=r"np\.random|random"):
        Purity(lambda x: np.random.normal())
    assert Purity(lambda x: tf.nn.relu(x) + np.pi + max(1, 2)).holds()
