"""Functions of data sets that run on many rows at once: only where plain Python gives the same."""

import functools
import os
import random

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.base.config import scoped
from tensorbrook.data.purity import Doubt, Purity
from tensorbrook.data.rowwise import Single

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


# -- streams of files, and texts -------------------------------------------------------------------

FEATURES = {
    "x": tf.io.FixedLenFeature([2], tf.float32),
    "n": tf.io.FixedLenFeature([], tf.int64, default_value=-1),
    "s": tf.io.FixedLenFeature([], tf.string),
}


def _example(n):
    train = tf.train
    features = {
        "x": train.Feature(float_list=train.FloatList(value=[n, n / 2])),
        "s": train.Feature(bytes_list=train.BytesList(value=[b"Row %d" % n])),
    }
    if n % 3:
        features["n"] = train.Feature(int64_list=train.Int64List(value=[n * 1000]))
    return train.Example(features=train.Features(feature=features)).SerializeToString()


@pytest.fixture
def records(tmp_path):
    path = str(tmp_path / "records")

    def write(contents):
        with tf.io.TFRecordWriter(path) as writer:
            for record in contents:
                writer.write(record)
        return tf.data.TFRecordDataset(path)

    return write


def _parsed(record):
    return tf.io.parse_single_example(record, FEATURES)


def _parsed_further(record):
    row = tf.io.parse_single_example(record, FEATURES)
    words = tf.strings.lower(tf.strings.regex_replace(row["s"], "R", "B"))
    return tf.reduce_sum(row["x"]) * 2.0, words, tf.cast(row["n"], tf.float32)


STREAMS = {
    "batch": lambda d: d.map(_parsed).batch(100),
    "further": lambda d: d.map(_parsed_further, num_parallel_calls=2).batch(64),
    "shuffled": lambda d: d.shuffle(300, seed=4).map(_parsed).repeat(2).batch(64),
    "two": lambda d: d.map(_parsed).map(lambda row: (row["x"] * 2.0, row["s"])).take(1700),
    "few": lambda d: d.skip(2500).map(_parsed),
}


@pytest.mark.parametrize("pipeline", STREAMS)
def test_records_read_ahead_are_as_one_after_the_other(records, pipeline):
    made = STREAMS[pipeline](records([_example(n) for n in range(2600)]))
    at_once = values(made)
    again = values(made)
    with scoped(debug_data=True):
        wanted = values(made)
    if pipeline != "shuffled":
        _assert_equal(at_once, wanted)
        _assert_equal(at_once, again)
    else:
        rows = sorted(s for batch in at_once for s in batch["s"])
        assert rows == sorted([b"Row %d" % n for n in range(2600)] * 2)


def _assert_equal(found, wanted):
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted):
        tf.nest.map_structure(np.testing.assert_array_equal, one, other)


def test_a_wrong_record_ahead_is_told_when_it_comes(records):
    contents = [_example(n) for n in range(1800)]
    contents[1500] = b"no example"
    iterator = iter(records(contents).map(_parsed))
    seen = []
    with pytest.raises(tf.errors.InvalidArgumentError) as fault:
        for row in iterator:
            seen.append(row["s"].numpy())
    assert len(seen) == 1500 and "at element 1500" in fault.value.__notes__[0]
    assert next(iterator)["s"].numpy() == b"Row 1501"
    kept = records(contents).map(_parsed).ignore_errors()
    assert sum(1 for _ in kept) == 1799


def test_lines_are_decoded_many_at_once(tmp_path):
    path = str(tmp_path / "lines")
    tf.io.write_file(path, "".join(f"{n},{n / 4},text {n}\n" for n in range(1600)))
    made = tf.data.TextLineDataset(path).map(lambda x: tf.io.decode_csv(x, [0, 0.0, ""]))
    rows = values(made)
    assert made._node._program
    assert rows == [(n, n / 4, b"text %d" % n) for n in range(1600)]


def test_functions_that_do_more_take_no_record_ahead(records):
    taken, seen = [], []

    def read(record):
        taken.append(record)
        return _parsed(record)

    data = records([_example(n) for n in range(1500)])
    for row in data.map(read):
        seen.append(row)
        assert len(taken) == len(seen)
    generated = Dataset.from_generator(
        lambda: (taken.append(1) or _example(n) for n in range(1500)),
        output_signature=tf.TensorSpec([], tf.string),
    )
    taken.clear()
    for count, _ in enumerate(generated.map(_parsed), 1):
        assert len(taken) == count


def test_what_a_dict_says_may_change_between_passes(records):
    wanted = {"x": tf.io.FixedLenFeature([2], tf.float32)}
    data = records([_example(n) for n in range(1500)]).map(
        lambda record: tf.io.parse_single_example(record, wanted)["x"]
    )
    assert values(data)[1499].tolist() == [1499.0, 749.5]
    wanted["x"] = tf.io.FixedLenFeature([3], tf.float32, default_value=[0.0, 0.0, 1.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match="output shape"):
        values(data)


def test_texts_in_memory_are_changed_together():
    texts = np.array([b"A b %d" % n for n in range(1500)], object)

    def changed(text):
        return tf.strings.length(text), tf.strings.to_number(tf.strings.substr(text, 4, 9))

    made = Dataset.from_tensor_slices(texts).map(changed)
    assert made._node.table() is not None
    found = values(made.batch(100))
    assert found[14][1].tolist() == list(range(1400, 1500))
    assert found[14][0].tolist() == [8] * 100


@pytest.mark.parametrize(
    "function",
    [
        lambda x: tf.strings.as_string(tf.strings.length(x)),
        lambda x: tf.strings.join([x, tf.strings.upper(x), "!"], "+"),
        lambda x: tf.strings.to_hash_bucket_fast(x, 10),
        lambda x: tf.strings.regex_full_match(x, "A.*"),
        lambda x: (tf.strings.strip(x), tf.strings.unicode_transcode(x, "UTF-8", "UTF-16-BE")),
        lambda x: tf.io.decode_raw(tf.strings.substr(x, 0, 4), tf.uint8),
        lambda x: x == "A b 7",
        lambda x: tf.strings.split(x)[1],
    ],
)
def test_functions_of_texts_at_once_are_as_one_by_one(function):
    texts = np.array([b"A b %d" % n for n in range(1100)], object)
    made = Dataset.from_tensor_slices(texts).map(function).batch(110)
    found = values(made)
    with scoped(debug_data=True):
        _assert_equal(found, values(made))


# -- one by one ------------------------------------------------------------------------------------

SCALE = 2.0


def _picture(name):
    picture = tf.io.decode_png(tf.io.read_file(name), channels=1)
    return tf.image.resize(picture, (4, 3)) * SCALE, tf.strings.length(name)


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """The names of files of pictures of different sizes; programs are made at the second."""
    monkeypatch.setattr("tensorbrook.data.rowwise._SECONDS_WORTH_A_PROGRAM", 0.0)
    monkeypatch.setattr("tensorbrook.data.prefetch._SECONDS_WORTH_A_THREAD", 0.0)
    vars(_picture).pop("_programs", None)
    for number in range(40):
        pixels = np.full((2 + number % 5, 3 + number % 4, 1), number, np.uint8)
        tf.io.write_file(str(tmp_path / f"{number:02}.png"), tf.io.encode_png(pixels))
    return Dataset.list_files(str(tmp_path / "*.png"), shuffle=False)


@pytest.mark.parametrize("calls", [None, 3, tf.data.AUTOTUNE])
def test_a_function_that_reads_files_runs_as_a_program_for_each(pictures, calls):
    found = pictures.map(_picture, num_parallel_calls=calls)
    for _ in range(2):
        for number, (picture, length) in enumerate(found):
            np.testing.assert_array_equal(picture, np.full((4, 3, 1), 2.0 * number, np.float32))
            assert length == len(next(iter(pictures)).numpy())
    assert any(isinstance(p, Single) for p in _picture._programs.values())
    with scoped(debug_data=True):
        assert_same(values(found), values(pictures.map(_picture)))


def test_a_program_for_each_goes_by_what_names_mean_now(pictures, monkeypatch):
    found = pictures.map(_picture)
    values(found)
    assert any(isinstance(p, Single) for p in _picture._programs.values())
    monkeypatch.setitem(_picture.__globals__, "SCALE", 3.0)
    for number, (picture, _) in enumerate(found):
        np.testing.assert_array_equal(picture, np.full((4, 3, 1), 3.0 * number, np.float32))


@pytest.mark.parametrize("calls", [None, 2])
def test_an_error_within_a_program_for_one_is_the_function_s_own(pictures, tmp_path, calls):
    values(pictures.map(_picture))  # programs are there
    names = [str(tmp_path / f"{number:02}.png") for number in (*range(9), 99, *range(9, 20))]
    found = Dataset.from_tensor_slices(names).map(_picture, num_parallel_calls=calls)
    seen = []
    with pytest.raises(tf.errors.NotFoundError) as fault:
        for picture, _ in found:
            seen.append(float(picture[0, 0, 0]))
    assert seen == [2.0 * number for number in range(9)]
    assert "at element 9" in fault.value.__notes__[0]
    rest = [float(picture[0, 0, 0]) for picture, _ in found.ignore_errors()]
    assert rest == [2.0 * number for number in range(20)]


def test_what_no_trace_holds_stays_plain_python(pictures):
    def sizes(name):
        return int(tf.io.decode_png(tf.io.read_file(name)).shape[0]) * 2

    assert [int(n) for n in pictures.map(sizes)] == [2 * (2 + n % 5) for n in range(40)]


def test_programs_of_a_pool_s_thread_leave_the_cores_to_the_others(pictures, monkeypatch):
    runtime = pytest.importorskip("tensorbrook.compiler.runtime")
    asked, pool = [], runtime.pool
    monkeypatch.setattr(
        runtime, "pool", lambda threads=None: asked.append(threads) or pool(threads)
    )
    values(pictures.map(_picture, num_parallel_calls=os.cpu_count()))
    assert set(asked) == {1}
