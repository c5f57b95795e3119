"""tf.lookup: tables eagerly, in functions and in data sets; TensorFlow's results by hand."""

import numpy as np
import pytest

import tensorbrook as tf

L = tf.lookup
KV = L.KeyValueTensorInitializer


def int64(*values):
    return tf.constant(values, tf.int64)


def test_static_tables():
    table = L.StaticHashTable(KV(["a", "b"], [1, 2]), -1)
    assert (table.size().numpy(), table.key_dtype, table.value_dtype) == (2, tf.string, tf.int32)
    assert table[tf.constant("b")].numpy() == 2 and table.default_value.numpy() == -1
    rows = table.lookup(tf.ragged.constant([["a"], ["b", "q"]]))
    assert rows.to_list() == [[1], [2, -1]]
    sparse = table.lookup(tf.sparse.from_dense([["", "b"], ["q", ""]]))
    assert tf.sparse.to_dense(sparse).numpy().tolist() == [[0, 2], [-1, 0]]
    assert [x.numpy().tolist() for x in table.export()] == [[b"a", b"b"], [1, 2]]
    numbers = L.StaticHashTable(KV(list(range(20)), np.arange(20) / 2.0), -1.0)
    assert numbers.lookup([[3, 40], [0, -1]]).numpy().tolist() == [[1.5, -1], [0, -1]]
    assert L.StaticHashTable(KV(["a", "a"], [1, 1]), -1).size().numpy() == 1


def test_vocabulary_tables_hash_what_they_lack():
    table = L.StaticVocabularyTable(KV(["a", "b"], int64(0, 1)), 3)
    words = tf.constant(["a", "b", "c", "d", "e", "hello"])
    assert table.lookup(words).numpy().tolist() == [0, 1, 3, 4, 3, 3]  # TensorFlow's
    assert table.size().numpy() == 5
    assert table.lookup(tf.sparse.from_dense(words)).values.numpy().tolist() == [0, 1, 3, 4, 3, 3]
    assert L.StaticVocabularyTable(None, 3).lookup(words[:2]).numpy().tolist() == [0, 1]
    numbers = L.StaticVocabularyTable(KV(int64(5), int64(0)), 4)
    assert numbers.lookup(int64(5, 6, 7)).numpy().tolist() == [0, 4, 1]


def test_tables_of_files(tmp_path):
    words, pairs = tmp_path / "words.txt", tmp_path / "pairs.txt"
    words.write_text("foo\nbar\n baz \n")
    pairs.write_text("a 1\nb 2\n")
    index = L.TextFileIndex
    of_words = L.TextFileInitializer(
        str(words), tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER
    )
    table = L.StaticHashTable(of_words, -1)
    assert table.lookup(["bar", "baz", " baz ", ""]).numpy().tolist() == [1, -1, 2, -1]
    numbers = L.TextFileInitializer(
        str(words), tf.int64, index.LINE_NUMBER, tf.string, index.WHOLE_LINE, vocab_size=2
    )
    assert L.StaticHashTable(numbers, "?").lookup(int64(0, 2)).numpy().tolist() == [b"foo", b"?"]
    columns = L.TextFileInitializer(str(pairs), tf.string, 0, tf.int64, 1, delimiter=" ")
    assert L.StaticHashTable(columns, -1).lookup(["a", "b"]).numpy().tolist() == [1, 2]
    with pytest.raises(tf.errors.InvalidArgumentError, match="expected at least 2 got 1"):
        L.StaticHashTable(L.TextFileInitializer(str(pairs), tf.string, 0, tf.int64, 1), -1)
    with pytest.raises(tf.errors.NotFoundError, match="No such file"):
        L.TextFileInitializer(str(tmp_path / "no"), tf.string, 0, tf.int64, 1)


@pytest.mark.parametrize("dense", [False, True])
def test_tables_that_change(dense):
    if dense:
        table = L.experimental.DenseHashTable(tf.string, tf.int64, -1, "", "$")
    else:
        table = L.experimental.MutableHashTable(tf.string, tf.int64, -1)
    table.insert(["x", "y"], [1, 2])
    table.insert(["x"], [5])
    assert table.lookup(["x", "y", "z"]).numpy().tolist() == [5, 2, -1]
    given = table.lookup(["x", "q"], dynamic_default_values=int64(7, 8))
    assert given.numpy().tolist() == [5, 8]
    table.remove(["y", "w"])
    assert table.size().numpy() == 1
    vectors = L.experimental.MutableHashTable(tf.int64, tf.float32, [0.0, 0.0])
    vectors.insert([1], [[1.0, 2.0]])
    for keys, values in (([2], [1.0]), ([2], [[1.0, 2.0], [3.0, 4.0]])):
        with pytest.raises(
            tf.errors.InvalidArgumentError, match=r"Expected shape \[1, 2\] for value"
        ):
            vectors.insert(keys, values)
    assert vectors.lookup(int64(1, 3)).numpy().tolist() == [[1, 2], [0, 0]]


def test_functions_see_what_a_table_holds_now():
    table = L.experimental.MutableHashTable(tf.int64, tf.int64, -1)

    @tf.function
    def seen(keys):
        before = table.lookup(keys)
        table.insert(keys, keys * 10)
        return before, table.lookup(keys) + 1, table.size()

    first = [x.numpy().tolist() for x in seen(int64(1, 2))]
    second = [x.numpy().tolist() for x in seen(int64(2, 3))]
    assert first == [[-1, -1], [11, 21], 2]
    assert second == [[20, -1], [21, 31], 3]
    assert "eagerly" not in seen.explain()


def test_data_sets_look_up():
    table = L.StaticVocabularyTable(KV(["a", "b"], int64(0, 1)), 1)
    texts = tf.data.Dataset.from_tensor_slices(["a b", "c"])
    rows = texts.map(lambda t: table.lookup(tf.strings.split(t)))
    assert [r.numpy().tolist() for r in rows] == [[0, 1], [2]]


WRONG = [
    (
        lambda: L.StaticHashTable(KV(["a", "a"], [1, 2]), -1),
        tf.errors.FailedPreconditionError,
        "different value for same key. Key b'a' has 1",
    ),
    (lambda: KV(["a"], [1, 2]), tf.errors.InvalidArgumentError, "Expected shape [1] for values"),
    (lambda: L.StaticHashTable(KV(["a"], [1]), "x"), TypeError, "int32"),
    (lambda: L.StaticHashTable(KV(["a"], [1]), 0).lookup([1]), TypeError, "must be string"),
    (lambda: L.StaticVocabularyTable(KV(["a"], [0]), 3), TypeError, "expected tf.int64 but got"),
    (lambda: L.StaticVocabularyTable(None, 0), ValueError, "must be > 0; use StaticHashTable"),
    (
        lambda: L.experimental.DenseHashTable(tf.string, tf.int64, -1, "", "$").lookup([""]),
        tf.errors.InvalidArgumentError,
        "as a table key is not allowed",
    ),
    (
        lambda: L.experimental.MutableHashTable(tf.int64, tf.int64, -1).insert([1, 2], [1]),
        tf.errors.InvalidArgumentError,
        "Expected shape [2] for value, got [1]",
    ),
    (
        lambda: L.experimental.MutableHashTable(tf.int64, tf.int64, [0, 0]).insert([1, 2], [1, 2]),
        tf.errors.InvalidArgumentError,
        "Expected shape [2, 2] for value, got [2]",
    ),
]


@pytest.mark.parametrize(("call", "error", "words"), WRONG, ids=[row[2] for row in WRONG])
def test_wrong_calls(call, error, words):
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value)
