"""keras.utils.PyDataset: batches from a class."""

import threading
import warnings

import pytest

import tensorbrook as tf


class Numbers(tf.keras.utils.PyDataset):
    """Does not call super().__init__, which Keras warns about."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, index):
        return [index]


def test_no_warning_without_super():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = Numbers(3)
        assert list(data) == [[0], [1], [2]]
        assert (data.workers, data.use_multiprocessing, data.max_queue_size) == (1, False, 10)
        assert data.num_batches == 3


def test_sequence_is_the_same_class():
    assert tf.keras.utils.Sequence is tf.keras.utils.PyDataset


def test_workers_are_threads_and_keep_the_order():
    barrier = threading.Barrier(3, timeout=10)

    class Meeting(Numbers):
        workers = 3

        def __getitem__(self, index):
            barrier.wait()
            return index

    assert list(Meeting(6)) == list(range(6))
    assert list(Meeting(6).read([5, 0, 3])) == [5, 0, 3]


def test_endless():
    class Endless(tf.keras.utils.PyDataset):
        num_batches = None

        def __getitem__(self, index):
            return index

    iterator = iter(Endless())
    assert [next(iterator) for _ in range(3)] == [0, 1, 2]


def test_what_a_subclass_must_define():
    with pytest.raises(NotImplementedError, match="__getitem__"):
        tf.keras.utils.PyDataset()[0]
    with pytest.raises(NotImplementedError, match="__len__"):
        tf.keras.utils.PyDataset().num_batches  # noqa: B018
