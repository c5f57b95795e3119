"""Functions given to pipelines: plain Python, called once for each element, debuggable."""

import threading
import time
import traceback

import numpy as np
import pytest

import tensorbrook as tf

Dataset = tf.data.Dataset


def test_functions_get_values_and_run_once_for_each_element():
    seen = []

    def remember(x):
        seen.append(int(x.numpy()))
        return x

    dataset = Dataset.range(4).map(remember)
    assert seen == []
    assert [int(x) for x in dataset] == [0, 1, 2, 3]
    assert seen == [0, 1, 2, 3]


def test_iterating_never_runs_a_function_for_its_spec():
    calls = []

    def double(x):
        calls.append(1)
        return x * 2

    dataset = Dataset.range(6).map(double).batch(2).shuffle(3).prefetch(1).map(lambda x: x)
    assert len(list(dataset)) == 3
    assert len(calls) == 6


def test_spec_needs_one_run_where_shapes_are_static_and_is_kept():
    calls = []

    def double(x):
        calls.append(1)
        return x * 2

    dataset = Dataset.from_tensor_slices(np.ones((4, 3), np.float32)).map(double)
    assert dataset.element_spec == tf.TensorSpec((3,), tf.float32)
    assert dataset.batch(2).element_spec == tf.TensorSpec((None, 3), tf.float32)
    assert len(calls) == 1


def test_spec_comes_from_real_elements_when_a_function_fails_on_examples():
    table = {1: [1.0, 2.0], 2: [3.0, 4.0]}
    dataset = Dataset.from_tensor_slices([1, 2]).map(lambda key: table[int(key)])
    assert dataset.element_spec == (tf.TensorSpec((), tf.float32),) * 2

    def lookup(keys):
        return tf.constant([table[int(key)] for key in keys])

    batched = Dataset.from_tensor_slices([1, 2, 1]).batch(2).map(lookup)
    assert batched.element_spec == tf.TensorSpec((None, 2), tf.float32)


class OwnError(Exception):
    pass


def faulty(x):
    if int(x) == 3:
        raise OwnError("no threes")
    return x


@pytest.mark.parametrize(
    "make, method",
    [
        (lambda d: d.map(faulty), "map"),
        (lambda d: d.map(faulty, num_parallel_calls=2), "map"),
        (lambda d: d.map(faulty).prefetch(2), "map"),
        (lambda d: d.filter(lambda x: faulty(x) > -1), "filter"),
        (lambda d: d.flat_map(lambda x: Dataset.from_tensors(faulty(x))), "flat_map"),
        (lambda d: d.scan(np.int64(0), lambda s, x: (s, faulty(x))), "scan"),
    ],
)
def test_an_error_keeps_its_class_and_names_the_element_and_the_line(make, method):
    with pytest.raises(OwnError, match="no threes") as caught:
        list(make(Dataset.range(5)))
    (note,) = caught.value.__notes__
    assert f"Dataset.{method}, at element 3" in note
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert last.name == "faulty"


def test_an_error_of_a_generator_names_the_element():
    def numbers():
        yield 1
        raise OwnError("dry")

    dataset = Dataset.from_generator(numbers, output_signature=tf.TensorSpec((), tf.int32))
    with pytest.raises(OwnError) as caught:
        list(dataset)
    assert "element 1" in caught.value.__notes__[0]


def test_stop_iteration_in_a_function_does_not_end_the_data_silently():
    with pytest.raises(RuntimeError, match="StopIteration"):
        list(Dataset.range(3).map(lambda x: next(iter(()))))


def test_map_goes_on_after_an_error_where_errors_are_ignored():
    for calls in (None, 2, tf.data.AUTOTUNE):
        dataset = Dataset.range(6).map(faulty, num_parallel_calls=calls).ignore_errors()
        assert [int(x) for x in dataset] == [0, 1, 2, 4, 5]
    with pytest.warns(UserWarning, match="no threes"):
        list(Dataset.range(6).map(faulty).ignore_errors(log_warning=True))


def test_parallel_calls_run_at_the_same_time_and_keep_the_order():
    barrier = threading.Barrier(3, timeout=10)

    def meet(x):
        barrier.wait()
        time.sleep(0.002 * (3 - int(x) % 3))
        return x

    dataset = Dataset.range(12).map(meet, num_parallel_calls=3)
    assert [int(x) for x in dataset] == list(range(12))


def test_parallel_calls_may_leave_the_order_only_when_allowed():
    another_came = threading.Event()

    def wait_for_another(x):
        if int(x) == 0:
            assert another_came.wait(10)
        return x

    dataset = Dataset.range(4).map(wait_for_another, num_parallel_calls=2, deterministic=False)
    found = []
    for x in dataset:
        found.append(int(x))
        another_came.set()
    assert found[0] == 1
    assert sorted(found) == [0, 1, 2, 3]


def test_short_calls_leave_the_threads_for_the_consumers_own():
    names = []
    dataset = Dataset.range(200).map(
        lambda x: names.append(threading.current_thread().name) or x, num_parallel_calls=2
    )
    assert [int(x) for x in dataset] == list(range(200))
    assert names[0].startswith("tensorbrook-map")
    assert names[-1] == threading.current_thread().name


def test_tuples_are_separate_arguments_and_dicts_are_one():
    pairs = Dataset.from_tensor_slices(([1], [2])).map(lambda *args: len(args))
    single = Dataset.from_tensor_slices({"a": [1], "b": [2]}).map(lambda *args: len(args))
    nested = Dataset.from_tensor_slices((([1], [2]),)).map(lambda pair: pair[0] + pair[1])
    assert [int(next(iter(d))) for d in (pairs, single, nested)] == [2, 1, 3]


@pytest.mark.parametrize(
    "make, error, words",
    [
        (lambda: Dataset.range(2).map(3), TypeError, "takes a function, got 3"),
        (lambda: Dataset.range(2).map(lambda x: x, num_parallel_calls=0), ValueError, "positive"),
        (
            lambda: Dataset.range(2).map(lambda x: x, num_parallel_calls=2, synchronous=True),
            ValueError,
            "not supported with `num_parallel_calls`",
        ),
        (lambda: Dataset.range(2).map(lambda x: object()), TypeError, "Unsupported return value"),
        (lambda: Dataset.range(2).map(lambda x: (x,) * (1 + int(x))), TypeError, "structure"),
        (lambda: Dataset.range(2).flat_map(lambda x: x), TypeError, "must return a `Dataset`"),
        (lambda: Dataset.range(2).scan(0, lambda s, x: s), TypeError, "return a pair"),
        (
            lambda: [Dataset.range(2).reduce(0, lambda s, x: x)],
            TypeError,
            "match the initial state. Expected tf.int32; got tf.int64",
        ),
        (
            lambda: Dataset.range(2).interleave(lambda x: Dataset.range(2), cycle_length=0),
            tf.errors.InvalidArgumentError,
            "cycle_length",
        ),
        (
            lambda: Dataset.range(2).group_by_window(lambda x: 0.5, lambda k, w: w, window_size=1),
            ValueError,
            "key_func",
        ),
    ],
)
def test_wrong_functions_and_arguments(make, error, words):
    with pytest.raises(error, match=words.replace("(", r"\(").replace(")", r"\)")):
        list(make())


def test_a_group_of_sparse_tensors_has_a_spec_that_fits_all():
    matrices = [tf.sparse.from_dense([[1, 0], [0, 2]]), tf.sparse.from_dense([[1, 0, 3]])]
    specs = []
    dataset = Dataset.range(2).map(lambda i: matrices[int(i)])
    groups = dataset.group_by_window(
        lambda x: np.int64(0), lambda k, d: specs.append(d.element_spec) or d, window_size=2
    )
    assert [x.shape.as_list() for x in groups] == [[2, 2], [1, 3]]
    assert specs == [tf.SparseTensorSpec([None, None], tf.int32)]


@pytest.mark.parametrize(("workers", "at_once"), [(None, 4), (1, 1), (2, 2), (tf.data.AUTOTUNE, 2)])
def test_interleave_has_as_many_open_as_in_tensorflow(workers, at_once, monkeypatch):
    # On two cores TensorFlow 2.21 has 2, 1, 2 and 1; of AUTOTUNE, a third of the cores.
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    again = Dataset.range(4).interleave(
        lambda x: Dataset.from_tensors(x).repeat(2), num_parallel_calls=workers
    )
    assert len(set(list(again.as_numpy_iterator())[:at_once])) == at_once
    assert len(set(list(again.as_numpy_iterator())[: at_once + 1])) == at_once


def test_interleave_gives_what_is_ready_first_when_that_is_allowed():
    waits = threading.Event()

    def rows(number):
        def generate():
            if int(number) == 0:
                waits.wait(5)
            yield from range(int(number) * 10, int(number) * 10 + 3)

        return Dataset.from_generator(generate, output_signature=tf.TensorSpec((), tf.int64))

    def made(**settings):
        found = []
        for x in Dataset.range(4).interleave(rows, 2, num_parallel_calls=2, **settings):
            found.append(int(x))
            if len(found) == 9:
                waits.set()
        return found

    found = made(deterministic=False)
    assert sorted(found) == [0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32]
    assert found[-3:] == [0, 1, 2]
    assert made() == [0, 10, 1, 11, 2, 12, 20, 30, 21, 31, 22, 32]


@pytest.mark.parametrize("deterministic", [True, False])
def test_interleave_calls_functions_once_for_each_element(deterministic):
    calls = []

    def rows(number):
        return Dataset.range(2).map(lambda x: calls.append(int(x)) or x + number)

    dataset = Dataset.range(3).interleave(
        rows, 2, num_parallel_calls=2, deterministic=deterministic
    )
    assert sorted(int(x) for x in dataset) == [0, 1, 1, 2, 2, 3]
    assert sorted(calls) == [0, 0, 0, 1, 1, 1]


def test_an_error_among_what_is_ready_is_raised_and_threads_end():
    def rows(number):
        return Dataset.range(5).map(lambda x: 6 // (int(x) - int(number)))

    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        list(Dataset.range(5).interleave(rows, 3, num_parallel_calls=3, deterministic=False))
    iterator = iter(
        Dataset.range(9).interleave(
            lambda x: Dataset.range(99), 3, num_parallel_calls=3, deterministic=False
        )
    )
    next(iterator)
    del iterator
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before
