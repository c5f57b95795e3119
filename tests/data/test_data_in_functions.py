"""Data sets and iterators within tf.function: loops of the graph."""

import gc
import warnings

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.core.op import Spec
from tensorbrook.data import given, rounds

Dataset = tf.data.Dataset
FLOATS = np.arange(10, dtype=np.float32).reshape(5, 2)


@pytest.fixture(autouse=True)
def _no_warning_of_eager_runs():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def _sum(data):
    total = tf.constant(0, tf.int64)
    for x in data:
        total += x
    return total


def _stops(data):
    count = 0
    for x in data:
        if x > 2:
            break
        if x == 1:
            continue
        count += 1
    return count


def _returns(data):
    for x in data:
        if x == 3:
            return x * 10
    return tf.constant(-1, tf.int64)


def _numbered(data):
    total = tf.constant(0, tf.int64)
    for i, x in enumerate(data, start=1):
        total += i * x
    return total


def _nested(data):
    total = tf.constant(0, tf.int64)
    for x in data:
        for y in data:
            total += x * y
    return total


def _changed(data):
    total = tf.constant(0, tf.int64)
    for x in Dataset.range(6).skip(1).map(lambda v: v * 2).batch(2):
        total += tf.reduce_sum(x)
    for x in data:
        total += x
    return total


def _texts(data):
    found = tf.constant("")
    for x in data:
        found += tf.strings.as_string(x)
    return found


def _begun(data):
    iterator = iter(data)
    first = next(iterator)
    rest = tf.constant(0, tf.int64)
    for x in iterator:
        rest += x
    return first, rest


def value_of(x):
    return x.numpy() if tf.is_tensor(x) else x


FUNCTIONS = [_sum, _stops, _returns, _numbered, _nested, _changed, _texts, _begun]


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_loop_of_the_graph_gives_what_eager_code_gives(function):
    graph = tf.function(function)
    for count in (5, 2, 1):
        data = Dataset.range(count)
        found, wanted = graph(data), function(data)
        assert tf.nest.map_structure(value_of, found) == tf.nest.map_structure(value_of, wanted)
    assert graph.experimental_get_tracing_count() == 1
    assert "for_each" in graph.get_concrete_function(Dataset.range(2)).graph_text()


@pytest.mark.parametrize("function", [_sum, _stops, _returns], ids=lambda f: f.__name__)
def test_a_loop_over_no_elements(function):
    assert value_of(tf.function(function)(Dataset.range(0))) == value_of(function(Dataset.range(0)))


def _first_ones(data, other):
    total = tf.constant(0, tf.int64)
    for i, x in data.map(lambda x: x * 2).take(2).enumerate(1):
        total += i * x
    for x, y in Dataset.zip(data, other.skip(1)):
        total += 100 * x * y
    for batch in data.concatenate(other).repeat(2).batch(3):
        total += tf.reduce_max(batch) * 10000
    return total


def test_data_sets_made_of_the_arguments():
    graph = tf.function(_first_ones)
    for n in (2, 5, 3):
        one, other = Dataset.range(n), Dataset.range(n, 9)
        assert int(graph(one, other)) == int(_first_ones(one, other))
    assert graph.experimental_get_tracing_count() == 1


def test_python_runs_once_and_the_loop_each_time():
    traced, seen = [], []

    @tf.function
    def total(data):
        traced.append(1)
        result = tf.constant(0, tf.int64)
        for x in data:
            result += x
        return result

    def spy(x):
        seen.append(int(x))
        return x

    data = Dataset.range(4).map(spy)
    data.element_spec  # noqa: B018
    seen.clear()
    assert [int(total(data)) for _ in range(3)] == [6, 6, 6]
    assert traced == [1]
    assert seen == [0, 1, 2, 3] * 3


def test_each_run_is_a_pass_of_its_own():
    data = Dataset.range(20).shuffle(20, seed=3)

    @tf.function
    def code():
        found = tf.constant(0, tf.int64)
        for x in data:
            found = found * 3 + x
        return found

    assert int(code()) != int(code())


def test_next_goes_on_from_call_to_call():
    iterator = iter(Dataset.range(7))

    @tf.function
    def both():
        return next(iterator), iterator.get_next()

    assert [tuple(map(int, both())) for _ in range(3)] == [(0, 1), (2, 3), (4, 5)]
    with pytest.raises(tf.errors.OutOfRangeError):
        both()

    @tf.function
    def one(it):
        return next(it)

    first, second = iter(Dataset.range(3)), iter(Dataset.range(10, 13))
    assert [int(one(it)) for it in (first, second, first, second)] == [0, 10, 1, 11]
    assert one.experimental_get_tracing_count() == 1


def test_next_with_a_default():
    @tf.function
    def two(data, it):
        begun = iter(data)
        return next(begun, -1), next(begun, -1), next(it, -2), next(iter([3]), 4)

    iterator = iter(Dataset.range(5, 6))
    found = [two(Dataset.range(n), iterator) for n in (1, 2, 0)]
    assert [tuple(map(int, f)) for f in found] == [(0, -1, 5, 3), (0, 1, -2, 3), (-1, -1, -2, 3)]
    assert two.experimental_get_tracing_count() == 1
    assert next(iter(Dataset.range(0)), "none") == "none"


def test_zip_of_one_data_set_gives_tuples():
    @tf.function
    def total(data):
        found = tf.constant(0, tf.int64)
        for (x,) in zip(data):
            found += x
        return found

    assert int(total(Dataset.range(4))) == 6


def test_a_loop_over_an_iterator_takes_what_is_left():
    total = tf.function(_sum)
    iterator = iter(Dataset.range(6))
    next(iterator)
    assert int(total(iterator)) == 15
    assert int(total(iterator)) == 0

    iterator = iter(Dataset.range(6))
    assert int(tf.function(_stops)(iterator)) == 2
    assert int(next(iterator)) == 4


def test_optionals_in_a_graph():
    @tf.function
    def next_or(it):
        found = it.get_next_as_optional()
        if found.has_value():
            return found.get_value()
        return tf.constant(-7, tf.int64)

    @tf.function
    def without_looking(it):
        return it.get_next_as_optional().get_value()

    iterator = iter(Dataset.range(2))
    assert [int(next_or(iterator)) for _ in range(4)] == [0, 1, -7, -7]
    with pytest.raises(tf.errors.InvalidArgumentError, match="does not have a value"):
        without_looking(iterator)


def test_an_empty_optional_of_ragged_tensors_is_an_argument():
    empty = tf.data.experimental.Optional.empty(tf.RaggedTensorSpec([None, None], tf.int32))
    assert not bool(tf.function(lambda optional: optional.has_value())(empty))


def test_a_training_loop_over_batches():
    weights = tf.Variable(tf.ones([2, 1]))
    optimizer = tf.keras.optimizers.Adam(0.1)
    targets = np.arange(5, dtype=np.float32)
    data = Dataset.from_tensor_slices((FLOATS, targets)).batch(2)  # the last one is smaller

    def epoch(data):
        total, rows = 0.0, 0
        for x, y in data:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(tf.squeeze(x @ weights, -1) - y))
            optimizer.apply_gradients([(tape.gradient(loss, weights), weights)])
            total += loss
            rows += tf.shape(x)[0]
        return total, rows

    graph = tf.function(epoch)
    found = [tuple(map(value_of, graph(data))) for _ in range(2)], weights.numpy()
    assert int(optimizer.iterations) == 6
    weights.assign(tf.ones([2, 1]))
    optimizer = tf.keras.optimizers.Adam(0.1)
    wanted = [tuple(map(value_of, epoch(data))) for _ in range(2)], weights.numpy()
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-5)
    np.testing.assert_allclose(found[1], wanted[1], rtol=1e-5)


def test_components_of_different_lengths():
    rows = [([1, 2, 3], [1]), ([1], [1, 2, 3, 4])]
    spec = tf.TensorSpec([None], tf.int32)
    data = Dataset.from_generator(lambda: rows, output_signature=(spec, spec))

    @tf.function
    def area(data):
        total = 0
        for a, b in data:
            total += tf.shape(a)[0] * tf.shape(b)[0] + tf.reduce_sum(a)
        return total

    assert int(area(data)) == 14

    uneven = Dataset.range(4).batch(4).map(lambda x: (x, x[1:]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="equal names stand for equal sizes"):
        area(uneven.map(lambda a, b: (tf.cast(a, tf.int32), tf.cast(b, tf.int32))))


def test_ragged_elements():
    data = Dataset.from_tensor_slices(["a b", "c", "d e f"]).map(tf.strings.split).ragged_batch(2)

    @tf.function
    def words(data):
        count = tf.constant(0, tf.int64)
        for row in data:
            count += tf.reduce_sum(row.row_lengths())
        return count

    assert int(words(data)) == 6


def test_a_tape_around_the_call_sees_the_rounds():
    scale = tf.Variable(2.0)

    @tf.function
    def total(data):
        result = 0.0
        for x in data:
            result += tf.square(scale) * tf.cast(x, tf.float32)
        return result

    with tf.GradientTape() as tape:
        loss = total(Dataset.range(5))
    assert float(loss) == 40.0
    assert float(tape.gradient(loss, scale)) == 40.0


def test_effects_happen_in_each_round(capsys):
    seen = tf.Variable(0)

    @tf.function
    def show(data):
        for x in data:
            tf.print("x", x, output_stream="sys.stdout")
            seen.assign_add(1)

    show(Dataset.range(2))
    show(Dataset.range(3))
    assert capsys.readouterr().out == "x 0\nx 1\nx 0\nx 1\nx 2\n"
    assert int(seen) == 5


def test_an_error_in_the_data_comes_through():
    def fails(x):
        if int(x) == 2:
            raise KeyError("two")
        return x

    with pytest.raises(KeyError, match="two"):
        tf.function(_sum)(Dataset.range(4).map(fails))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_a_graph_cannot_hold_runs_eagerly_with_the_same_results():
    def collects(data):
        found = []
        for x in data:
            found.append(x)
        return found

    def differentiates(data):
        scale = tf.constant(3.0)
        with tf.GradientTape() as tape:
            tape.watch(scale)
            total = 0.0
            for x in data:
                total += scale * tf.cast(x, tf.float32)
        return tape.gradient(total, scale)

    def uses_an_argument(data, n):
        total = tf.constant(0, tf.int64)
        for x in Dataset.range(3).map(lambda v: v + n):
            total += x
        return total

    warnings.simplefilter("ignore")
    assert [int(x) for x in tf.function(collects)(Dataset.range(3))] == [0, 1, 2]
    assert float(tf.function(differentiates)(Dataset.range(5))) == 10.0
    assert int(tf.function(uses_an_argument)(Dataset.range(2), tf.constant(5, tf.int64))) == 18


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_data_sets_and_iterators_as_results_are_made_anew():
    warnings.simplefilter("ignore")
    doubled = tf.function(lambda data: {"data": data.map(lambda x: x * 2)})
    same = tf.function(lambda data: data)
    begun = tf.function(lambda data: iter(data))
    shifted = tf.function(lambda n: Dataset.range(2).map(lambda x: x + n))
    for n in (3, 2):
        data = Dataset.range(n)
        assert [int(x) for x in doubled(data)["data"]] == [2 * k for k in range(n)]
        assert [int(x) for x in same(data)] == list(range(n))
        assert [int(x) for x in begun(data)] == list(range(n))
        assert [int(x) for x in shifted(tf.constant(n, tf.int64))] == [n, n + 1]
        iterator = iter(Dataset.range(n, 9))
        assert int(next(same(iterator))) == n
        assert int(next(iterator)) == n + 1


def test_data_sets_are_let_go():
    total = tf.function(_sum)
    for count in range(5):
        total(Dataset.range(count + 1))
    gc.collect()
    before = len(rounds._by_number)
    for count in range(5):
        total(Dataset.range(count + 1))
    gc.collect()
    assert len(rounds._by_number) == before


def test_the_records_of_the_primitives():
    for op in (rounds.next_op, rounds.rounds_op, rounds.begin_op, given.derive_op):
        for arrays, attrs in op.samples(np.random.default_rng(0)):
            found = op.kernel(*arrays, **attrs)
            wanted = op.infer(*[Spec(np.shape(a), a.dtype) for a in arrays], **attrs)
            found = found if type(found) is tuple else (found,)
            wanted = wanted if type(wanted) is tuple else (wanted,)
            assert [(np.shape(a), a.dtype) for a in found] == [tuple(s) for s in wanted]


def test_next_in_a_loop_over_a_range():
    @tf.function
    def total(iterator, n):
        found = 0.0
        for _ in tf.range(n):
            x, y = next(iterator)
            found += tf.reduce_sum(x) * tf.cast(tf.shape(y)[0], tf.float32)
        return found

    data = Dataset.from_tensor_slices((FLOATS, np.arange(5))).batch(2).repeat()
    assert float(total(iter(data), tf.constant(3))) == 2 * 6 + 2 * 22 + 17
    assert float(total(iter(data), tf.constant(1))) == 2 * 6


def test_a_model_trained_in_the_graph_as_batch_by_batch():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 4)).astype("f"), np.arange(50) % 3
    data = Dataset.from_tensor_slices((x, y)).batch(16)

    def trained(decorate):
        tf.keras.utils.set_random_seed(1)
        layers = [
            tf.keras.layers.Dense(8, activation="relu"),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.Dense(3),
        ]
        model = tf.keras.Sequential(layers)
        optimizer, metric = tf.keras.optimizers.Adam(0.01), tf.keras.metrics.Mean()
        loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)

        @decorate
        def epoch(data):
            for a, b in data:
                with tf.GradientTape() as tape:
                    loss = loss_of(b, model(a, training=True))
                weights = model.trainable_variables
                optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
                metric.update_state(loss)
            return metric.result()

        return [float(epoch(data)) for _ in range(3)]

    np.testing.assert_allclose(trained(tf.function), trained(lambda f: f), rtol=1e-4)


def test_signatures_and_other_places():
    @tf.function(input_signature=[tf.data.DatasetSpec(tf.TensorSpec([], tf.int64))])
    def total(data):
        return _sum(data)

    @tf.function(
        input_signature=[tf.data.IteratorSpec(tf.TensorSpec([], tf.int64)), tf.TensorSpec([None])]
    )
    def following(iterator, x):
        return tf.cast(next(iterator), tf.float32) * x

    @tf.function
    def side_by_side(parts):
        found = tf.constant(0, tf.int64)
        for x, y in zip(parts["a"], parts["b"]):
            found += x * y
        return found

    @tf.function
    def where(data, flag):
        found = tf.constant(0, tf.int64)
        if flag:
            found = _sum(data)
        return found

    assert [int(total(Dataset.range(n))) for n in (3, 5)] == [3, 10]
    with pytest.raises(TypeError, match="does not fit"):
        total(Dataset.from_tensor_slices([1.0]))
    iterator = iter(Dataset.range(2, 5))
    assert following(iterator, [1.0]).numpy().tolist() == [2.0]
    assert following(iterator, [1.0, 2.0]).numpy().tolist() == [3.0, 6.0]
    assert int(side_by_side({"a": Dataset.range(3), "b": Dataset.range(1, 9)})) == 8
    assert [int(where(Dataset.range(4), tf.constant(flag))) for flag in (True, False)] == [6, 0]


def test_a_loop_that_finds_its_batches_sizes_keeps_what_has_them():
    rows = np.arange(40, dtype=np.float32).reshape(10, 4) / 40

    def trained(wrapped):
        w, b = tf.Variable(tf.ones((4, 3))), tf.Variable(tf.zeros(3))

        @wrapped
        def train(iterator):
            total = 0.0
            for _ in tf.range(3):
                x = next(iterator)
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(tf.tanh(x @ w + b) ** 2)
                for v, g in zip((w, b), tape.gradient(loss, [w, b])):
                    v.assign_sub(0.1 * g)
                total += loss
            return total

        total = train(iter(tf.data.Dataset.from_tensor_slices(rows).batch(4)))
        return total, w, b

    for got, want in zip(trained(tf.function), trained(lambda f: f)):
        np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-5, atol=1e-6)
