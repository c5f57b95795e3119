"""Iterating: threads and generators end with their iterator, nothing leaks, copies are safe."""

import gc
import threading
import time
import weakref

import numpy as np
import pytest

import tensorbrook as tf

Dataset = tf.data.Dataset


@pytest.fixture(autouse=True)
def _nothing_left_from_other_tests():
    gc.collect()  # errors that pytest caught hold their iterators until then


def own_threads():
    return [t for t in threading.enumerate() if t.name.startswith("tensorbrook")]


def assert_threads_end():
    deadline = time.monotonic() + 5
    while own_threads() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert own_threads() == []


def slow(x):
    time.sleep(0.001)
    return x


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d.map(slow).prefetch(2),
        lambda d: d.map(slow).prefetch(2).map(slow).prefetch(tf.data.AUTOTUNE),
        lambda d: d.map(slow, num_parallel_calls=3),
        lambda d: d.map(slow, num_parallel_calls=2).batch(2).prefetch(1),
        lambda d: d.interleave(
            lambda x: Dataset.from_tensors(x).repeat(9).map(slow),
            cycle_length=2,
            num_parallel_calls=2,
        ),
    ],
)
def test_threads_end_when_the_iterator_is_dropped(make):
    iterator = iter(make(Dataset.range(1000)))
    next(iterator)
    assert own_threads()
    del iterator
    assert_threads_end()
    for _ in make(Dataset.range(1000)):
        break
    assert_threads_end()


def test_threads_end_with_the_data_and_with_an_error():
    assert len(list(Dataset.range(20).map(slow).prefetch(4))) == 20
    assert_threads_end()
    dataset = Dataset.range(20).map(lambda x: 1 // (3 - int(x))).prefetch(2)
    found = []
    with pytest.raises(ZeroDivisionError):
        for x in dataset:
            found.append(int(x))
    assert found == [0, 0, 1]
    assert_threads_end()


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d.map(lambda x: slow(1 // (3 - int(x))), num_parallel_calls=2),
        lambda d: d.map(lambda x: slow(1 // (3 - int(x)))).prefetch(2),
    ],
)
def test_threads_end_after_an_error_without_the_collector(make):
    gc.disable()
    try:
        try:
            list(make(Dataset.range(1000)))
        except ZeroDivisionError as error:
            assert error.__notes__
        assert_threads_end()
    finally:
        gc.enable()


def test_prefetch_works_ahead_of_the_consumer_but_not_further_than_its_buffer():
    made = []
    reached = threading.Event()

    def count(x):
        made.append(int(x))
        if len(made) == 4:
            reached.set()
        return x

    iterator = iter(Dataset.range(100).map(count).prefetch(2))
    next(iterator)
    assert reached.wait(5)  # one taken, two in the buffer, one waiting for room
    time.sleep(0.02)
    assert made == [0, 1, 2, 3]
    del iterator
    assert_threads_end()


def test_a_generator_is_closed_when_the_iterator_is_dropped():
    closed = []

    def numbers():
        try:
            yield from range(1000)
        finally:
            closed.append(True)

    signature = tf.TensorSpec((), tf.int32)
    for make in (lambda d: d, lambda d: d.batch(2).prefetch(1), lambda d: d.shuffle(3).repeat()):
        iterator = iter(make(Dataset.from_generator(numbers, output_signature=signature)))
        next(iterator)
        del iterator
        assert_threads_end()
        gc.collect()
        assert closed == [True]
        closed.clear()


def test_iterators_are_freed_without_the_collector():
    gc.disable()
    try:
        iterator = iter(Dataset.range(9).map(lambda x: x).shuffle(3).batch(2))
        next(iterator)
        watched = weakref.ref(iterator)
        del iterator
        assert watched() is None
    finally:
        gc.enable()


def test_many_passes_do_not_grow():
    dataset = Dataset.range(8).shuffle(8).map(lambda x: x + 1).batch(3).prefetch(1)
    list(dataset)
    assert_threads_end()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(20):
        list(dataset)
    assert_threads_end()
    gc.collect()
    assert len(gc.get_objects()) - before < 50


def test_the_data_sets_values_are_its_own():
    array = np.zeros(3, np.float32)
    dataset = Dataset.from_tensor_slices(array)
    array[:] = 7
    assert [float(x) for x in dataset] == [0, 0, 0]
    next(iter(dataset.batch(3))).numpy()[:] = 5
    assert [float(x) for x in dataset] == [0, 0, 0]

    def reused():
        buffer = np.zeros(1, np.int32)
        for i in range(3):
            buffer[0] = i
            yield buffer

    generated = Dataset.from_generator(reused, output_signature=tf.TensorSpec((1,), tf.int32))
    assert [x.tolist() for x in generated.batch(3).as_numpy_iterator()] == [[[0], [1], [2]]]


@pytest.mark.parametrize(
    ("element", "signature", "wanted"),
    [
        ((7,), tf.TensorSpec((1,), tf.int64), [7]),
        ({"a": (1, 2)}, {"a": tf.TensorSpec((2,), tf.int64)}, {"a": [1, 2]}),
        (((1, 2), 3), (tf.TensorSpec((2,)), tf.TensorSpec(())), ([1, 2], 3)),
    ],
)
def test_generators_may_yield_tuples_for_arrays(element, signature, wanted):
    dataset = Dataset.from_generator(lambda: [element], output_signature=signature)
    (found,) = dataset
    assert tf.nest.map_structure(lambda x: x.numpy().tolist(), found) == wanted


def test_a_pass_goes_on_after_an_element_that_does_not_fit():
    signature = tf.TensorSpec((), tf.int32)
    dataset = Dataset.from_generator(lambda: [1, "x", [2], {}, 3], output_signature=signature)
    iterator = iter(dataset.map(lambda x: x + 1))
    assert next(iterator).numpy() == 2
    for number in range(1, 4):
        with pytest.raises(tf.errors.InvalidArgumentError, match="yielded an element") as error:
            next(iterator)
        assert f"at element {number}" in error.value.__notes__[0]
    assert next(iterator).numpy() == 4
    assert list(dataset.ignore_errors().as_numpy_iterator()) == [1, 3]


@pytest.mark.parametrize("parallel", [None, 2, tf.data.AUTOTUNE])
@pytest.mark.parametrize(
    ("steps", "wanted"),
    [
        (lambda d: d.prefetch(2), [0, 1, 2, 4, 5, 6]),
        (lambda d: d.batch(2), [[0, 1], [4, 5], [6]]),  # as TensorFlow's: 2 goes with 3
        (lambda d: d.batch(2, drop_remainder=True).prefetch(1), [[0, 1], [4, 5]]),
        (lambda d: d.padded_batch(1).prefetch(-1), [[0], [1], [2], [4], [5], [6]]),
        (lambda d: d.map(lambda x: 2 * x, num_parallel_calls=2), [0, 2, 4, 8, 10, 12]),
    ],
)
def test_what_follows_an_error_is_not_lost(parallel, steps, wanted):
    def check(x):
        tf.debugging.assert_none_equal(x, tf.constant(3, tf.int64))
        return x

    dataset = steps(Dataset.range(7).map(check, num_parallel_calls=parallel))
    found = [x.tolist() for x in dataset.ignore_errors().as_numpy_iterator()]
    assert found == wanted
    assert_threads_end()


def failing(*wrong):
    def check(x):
        for value in wrong:
            tf.debugging.assert_none_equal(x, tf.constant(value, tf.int64))
        return x

    return check


def tens(x):
    return Dataset.range(x * 10, x * 10 + 3)


@pytest.mark.parametrize(
    ("steps", "wanted"),  # TensorFlow's figures; the element 3 of ten cannot be made
    [
        (lambda d: d.take(6), [0, 1, 2, 4, 5, 6]),
        (lambda d: d.skip(2), [2, 4, 5, 6, 7, 8, 9]),
        (lambda d: d.shard(2, 1), [1, 4, 6, 8]),
        (lambda d: d.take(5).repeat(2), [0, 1, 2, 4, 5] * 2),
        (lambda d: d.take(4).enumerate(), [(0, 0), (1, 1), (2, 2), (4, 4)]),
        (lambda d: Dataset.zip(d, Dataset.range(10, 15)), [(0, 10), (1, 11), (2, 12), (4, 14)]),
        (lambda d: d.cache(), [0, 1, 2, 4, 5, 6, 7, 8, 9]),
        (lambda d: d.map(lambda x: tf.stack([x, -x])).unbatch().take(7), [0, 0, 1, -1, 2, -2, 4]),
        (lambda d: d.window(3, 2).flat_map(lambda w: w.batch(3)),
         [[0, 1, 2], [4, 5, 6], [6, 7, 8], [8, 9]]),
        (lambda d: d.window(2, 2, 2).flat_map(lambda w: w.batch(2)),
         [[0, 2], [2, 4], [4, 6], [6, 8], [8]]),
        (lambda d: d.scan(np.int64(0), lambda s, x: (s + x, s + x)),
         [0, 1, 3, 7, 12, 18, 25, 33, 42]),
        (lambda d: d.map(lambda x: x // 2).unique(), [0, 1, 2, 3, 4]),
        (lambda d: d.take(4).flat_map(Dataset.range), [0, 0, 1, 0, 1, 2, 3]),
        (lambda d: Dataset.range(2).flat_map(lambda x: d.take(4)), [0, 1, 2, 4] * 2),
        (lambda d: Dataset.range(5).flat_map(lambda x: Dataset.range(failing(3)(x))),
         [0, 0, 1, 0, 1, 2, 3]),
        (lambda d: d.take(4).concatenate(Dataset.range(2)), [0, 1, 2, 4, 0, 1]),
        (lambda d: d.take(4).interleave(tens, 2), [0, 10, 1, 11, 2, 12, 20, 40, 21, 41, 22, 42]),
        (lambda d: d.shuffle(100, seed=3), [7, 8, 6, 4, 1, 5, 0, 2, 9]),
        (lambda d: d.batch(5), [[5, 6, 7, 8, 9]]),  # map and batch are one step, which takes all
        (lambda d: d.filter(lambda x: True).batch(5), [[4, 5, 6, 7, 8], [9]]),
        (lambda d: d.group_by_window(lambda x: x % 2, lambda k, w: w.batch(2), window_size=2),
         [[0, 2], [1, 5], [4, 6], [7, 9], [8]]),
        (lambda d: d.choose_from_datasets([d, Dataset.range(20, 30)], Dataset.range(2).repeat(5)),
         [0, 20, 1, 21, 2, 22, 23, 4, 24]),
    ],
)  # fmt: skip
def test_any_step_goes_on_after_an_error(steps, wanted):
    dataset = steps(Dataset.range(10).map(failing(3))).ignore_errors()
    found = [
        tf.nest.map_structure(lambda leaf: leaf.tolist(), x) for x in dataset.as_numpy_iterator()
    ]
    assert found == wanted


def test_a_damaged_file_does_not_end_the_others(tmp_path):
    good, bad = str(tmp_path / "good"), str(tmp_path / "bad")
    with tf.io.TFRecordWriter(good) as writer:
        for number in range(3):
            writer.write(b"%d" % number)
    data = bytearray((tmp_path / "good").read_bytes())
    data[len(data) // 2] ^= 255
    (tmp_path / "bad").write_bytes(data)
    for reads in (None, 2):
        dataset = tf.data.TFRecordDataset([good, bad, good], num_parallel_reads=reads)
        found = list(dataset.ignore_errors().as_numpy_iterator())
        assert sorted(found) == [b"0"] * 3 + [b"1"] * 2 + [b"2"] * 2


def test_numpy_iterators_arrays_are_read_only():
    (array,) = Dataset.from_tensors([1, 2]).as_numpy_iterator()
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 5


def test_the_end_is_silent_for_loops_and_an_error_for_get_next(capfd):
    iterator = iter(Dataset.range(1))
    assert int(iterator.get_next()) == 0
    with pytest.raises(tf.errors.OutOfRangeError, match="End of sequence"):
        iterator.get_next()
    assert list(iterator) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("buffer_size", [1, 2, 7, 36, 37, 38, 500])
@pytest.mark.parametrize("make", [lambda d: d, lambda d: d.repeat(2), lambda d: d.skip(3).take(30)])
def test_rows_of_arrays_and_single_elements_take_the_same_order(buffer_size, make):
    rows = (np.arange(74).reshape(37, 2), np.arange(37.0))
    arrays = Dataset.from_tensor_slices(rows)
    signature = (tf.TensorSpec((2,), tf.int64), tf.TensorSpec((), tf.float64))
    single = Dataset.from_generator(lambda: zip(*rows), output_signature=signature)
    found = [
        [(x.tolist(), y.tolist()) for x, y in dataset.as_numpy_iterator()]
        for dataset in (
            make(source).shuffle(buffer_size, seed=3).shuffle(5, seed=4).batch(4)
            for source in (arrays, single)
        )
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("buffer_size", [1, 5, 40])
def test_shuffle_loses_nothing_and_looks_no_further_than_its_buffer(buffer_size):
    order = [int(x) for x in Dataset.range(40).shuffle(buffer_size)]
    assert sorted(order) == list(range(40))
    assert all(x < place + buffer_size for place, x in enumerate(order))


def test_zip_of_arrays_batches_both():
    data = Dataset.zip(Dataset.from_tensor_slices([1, 2, 3]), Dataset.from_tensor_slices([4, 5]))
    found = [(x.tolist(), y.tolist()) for x, y in data.batch(2).as_numpy_iterator()]
    assert found == [([1, 2], [4, 5])]
    mixed = data.shuffle(2, seed=1).batch(1).as_numpy_iterator()
    assert sorted((x.item(), y.item()) for x, y in mixed) == [(1, 4), (2, 5)]


def test_cache_keeps_a_whole_pass_only():
    calls = []
    dataset = Dataset.range(3).map(lambda x: calls.append(int(x)) or x).cache()
    next(iter(dataset))
    assert calls == [0]
    assert [int(x) for x in dataset] == [int(x) for x in dataset] == [0, 1, 2]
    assert calls == [0, 0, 1, 2]


def test_get_single_element_stops_after_two():
    with pytest.raises(tf.errors.InvalidArgumentError, match="more than one"):
        Dataset.counter().get_single_element()


def test_a_subclass_made_as_the_guides_do():
    class Own(tf.data.Dataset):
        def _numbers(count):
            yield from range(count)

        def __new__(cls, count=3):
            signature = tf.TensorSpec((), tf.int64)
            return tf.data.Dataset.from_generator(
                cls._numbers, output_signature=signature, args=(count,)
            )

    assert [int(x) for x in Own()] == [0, 1, 2]


def test_options_merge_and_are_fixed_once_given():
    first, second = tf.data.Options(), tf.data.Options()
    first.deterministic = False
    first.threading.private_threadpool_size = 3
    second.deterministic = True
    second.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    found = Dataset.range(2).with_options(first).batch(2).with_options(second).options()
    assert found.deterministic is True
    assert found.threading.private_threadpool_size == 3
    assert found.experimental_distribute.auto_shard_policy == -1
    with pytest.raises(ValueError, match="with_options"):
        found.deterministic = False
    with pytest.raises(AttributeError, match="determinism"):
        first.determinism = True


@pytest.mark.parametrize(
    "make, way",
    [
        (lambda d: d.fingerprint(), "as_numpy_iterator"),
        (lambda d: d.window(2).batch(2).get_single_element(), "flat_map"),
        (lambda d: d.save("folder", compression="SNAPPY"), "GZIP"),
    ],
)
def test_what_is_not_built_says_so_and_names_a_way(make, way):
    with pytest.raises(NotImplementedError, match=way):
        make(Dataset.range(4))


PIPELINES_WITH_A_PLACE = [
    lambda: Dataset.range(9),
    lambda: Dataset.range(9).shuffle(4).repeat(3).batch(2),
    lambda: Dataset.range(9).shuffle(9, seed=3).map(lambda x: x * 2).prefetch(2),
    lambda: Dataset.from_generator(lambda: range(7), tf.int64).shuffle(
        3, reshuffle_each_iteration=True
    ),
    lambda: Dataset.range(6).map(lambda x: x + int(tf.random.uniform([], 0, 99, tf.int32, seed=1))),
    lambda: Dataset.sample_from_datasets([Dataset.range(5), Dataset.range(10, 15).shuffle(5)]),
    lambda: Dataset.random().take(6),
    lambda: Dataset.range(2000).shuffle(2000).map(lambda x: x * 3).batch(400),
]


@pytest.mark.parametrize("make", PIPELINES_WITH_A_PLACE)
def test_an_iterator_goes_on_where_another_one_was(make, tmp_path):
    dataset = make()
    list(dataset)  # the streams have moved on
    iterator = iter(dataset)
    for _ in range(3):
        next(iterator)
    np.savez(tmp_path / "place.npz", **iterator.state())
    rest = [x.numpy().tolist() for x in iterator]
    again = [x.numpy().tolist() for x in iter(dataset)]

    with np.load(tmp_path / "place.npz") as state:
        fresh = make()  # as in another program: what was drawn from the system differs
        other = iter(fresh)
        other.restore(state)
    assert [x.numpy().tolist() for x in other] == rest
    assert int(other.state()["taken"]) == 3 + len(rest)
    assert [x.numpy().tolist() for x in iter(fresh)] == again


def test_a_place_of_another_pipeline_is_refused():
    state = iter(Dataset.range(3).shuffle(3)).state()
    with pytest.raises(ValueError, match="another data set"):
        iter(Dataset.range(3)).restore(state)


def test_cached_elements_of_equal_shapes_become_rows():
    calls = []

    def make(x):
        calls.append(int(x))
        return {"x": tf.fill([3], x), "text": tf.strings.as_string(x)}

    dataset = Dataset.range(7).map(make).cache()
    first = [x["x"].numpy().tolist() for x in dataset]
    assert dataset._node.table() is not None
    for _ in range(2):
        batches = list(dataset.shuffle(7, seed=1).batch(3))
        rows = [row for batch in batches for row in batch["x"].numpy().tolist()]
        assert sorted(rows) == first
        assert [t for b in batches for t in b["text"].numpy()] == [b"%d" % row[0] for row in rows]
    assert calls == list(range(7))

    uneven = Dataset.range(4).map(lambda x: tf.range(x)).cache()
    assert [len(x) for x in uneven] == [len(x) for x in uneven] == [0, 1, 2, 3]
    assert uneven._node.table() is None
    nothing = Dataset.range(0).map(lambda x: x).cache()
    assert list(nothing) == list(nothing) == []
