"""Ragged and sparse tensors and types of one's own as elements: the figures are TensorFlow's."""

import pytest

import tensorbrook as tf

Dataset = tf.data.Dataset


class Masked(tf.experimental.BatchableExtensionType):
    values: tf.Tensor
    mask: tf.Tensor


class Plain(tf.experimental.ExtensionType):
    values: tf.Tensor


def _plain(value):
    if isinstance(value, tf.RaggedTensor):
        return value.to_list()
    if isinstance(value, tf.SparseTensor):
        return tf.sparse.to_dense(value).numpy().tolist()
    return (value.mask if isinstance(value, Masked) else value).numpy().tolist()


ROWS = {
    "ragged": ([[1], [2, 3], [], [4], [5, 6, 7]], tf.ragged.constant),
    "sparse": ([[1, 0], [0, 2], [3, 0], [0, 0], [4, 5]], tf.sparse.from_dense),
    "own": (
        [True, False, True, False, True],
        lambda m: Masked(tf.reshape(tf.range(10), [5, 2]), m),
    ),
}


@pytest.mark.parametrize("kind", ROWS)
def test_composites_pass_through_steps_that_pack(kind):
    rows, make = ROWS[kind]
    source = Dataset.from_tensor_slices(make(rows))
    batches = source.batch(4)

    def shown(dataset):
        return [_plain(element) for element in dataset]

    assert shown(source) == rows
    assert shown(batches) == [rows[:4], rows[4:]]
    assert shown(batches.rebatch(3)) == [rows[:3], rows[3:]]
    assert shown(batches.rebatch(3, drop_remainder=True)) == [rows[:3]]
    assert shown(batches.rebatch([1, 2])) == [rows[:1], rows[1:3], rows[3:4], rows[4:]]
    assert batches.rebatch(3).element_spec == batches.element_spec
    assert shown(batches.unbatch()) == rows
    assert [shown(window) for window in source.window(2)] == [rows[:2], rows[2:4], rows[4:]]
    assert source.window(2).element_spec == tf.data.DatasetSpec(source.element_spec)
    again = source.window(2).flat_map(lambda window: window.batch(2))
    assert shown(again) == [rows[:2], rows[2:4], rows[4:]]
    pairs = Dataset.from_tensor_slices((make(rows), tf.range(5))).window(2)
    assert [(shown(a), shown(b)) for a, b in pairs][1] == (rows[2:4], [2, 3])
    with pytest.raises(TypeError, match="padded_batch"):
        list(source.padded_batch(2))
    assert int(tf.function(lambda d: d.reduce(0, lambda n, _: n + 1))(source)) == 5


def test_fields_of_a_type_of_ones_own():
    made = Dataset.range(3).map(lambda i: Masked(i, i > 1)).batch(2)
    assert [_plain(e) for e in made] == [[False, False], [True]]
    spec = made.element_spec
    assert spec.values == tf.TensorSpec([None], tf.int64) and spec.mask.dtype == tf.bool
    assert [int(e.values) for e in made.unbatch()] == [0, 1, 2]
    ragged = Dataset.range(3).map(lambda i: Masked(tf.range(i), i > 1))
    with pytest.raises(tf.errors.InvalidArgumentError, match="several shapes"):
        list(ragged.batch(3))
    uneven = Masked(tf.range(3), [True])
    with pytest.raises(tf.errors.InvalidArgumentError, match="numbers of rows"):
        list(Dataset.from_tensor_slices(uneven))
    with pytest.raises(TypeError, match="Plain"):
        list(Dataset.range(3).map(Plain).batch(2))


def test_unique_takes_one_component():
    for value in (tf.sparse.from_dense([[1, 0], [0, 2]]), (tf.range(3), tf.range(3))):
        with pytest.raises(tf.errors.InvalidArgumentError, match="unique"):
            list(Dataset.from_tensor_slices(value).unique())


def test_choosing_goes_on_or_stops_as_tensorflow_does():
    choices = Dataset.from_tensor_slices([0, 0, 1, 1]).map(lambda k: tf.cast(k, tf.int64))
    sources = [Dataset.range(1), Dataset.range(10, 12)]
    shown = [
        [int(x) for x in choose(sources, choices)]
        for choose in (
            Dataset.choose_from_datasets,
            tf.data.experimental.choose_from_datasets,
        )
    ]
    assert shown == [[0], [0, 10, 11]]
