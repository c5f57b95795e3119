"""keras.utils' array tools and keras.preprocessing, against figures recorded from Keras 3."""

import json
import pathlib

import numpy as np
import pytest

import tensorbrook as tf
from tensorbrook.keras.preprocessing import text
from tensorbrook.keras.utils.numerical import normalize, pad_sequences, to_categorical

GOLDEN = json.loads(
    (pathlib.Path(__file__).parents[1] / "oracles" / "golden" / "utils.json").read_text()
)


@pytest.mark.parametrize(("options", "expected"), GOLDEN["pad_sequences"]["cases"])
def test_pad_sequences(options, expected):
    padded = pad_sequences(GOLDEN["pad_sequences"]["sequences"], **options)
    assert padded.dtype == options.get("dtype", "int32")
    np.testing.assert_array_equal(padded, expected)


def test_pad_sequences_of_vectors_and_words():
    vectors = pad_sequences([np.ones((1, 2)), np.full((3, 2), 2.0)], maxlen=2, dtype="float64")
    np.testing.assert_array_equal(vectors, [[[0, 0], [1, 1]], [[2, 2], [2, 2]]])
    words = pad_sequences([["a"], ["b", "cd"]], dtype=object, value="-", padding="post")
    assert words.tolist() == [["a", "-"], ["b", "cd"]]
    assert pad_sequences([[1, 2]], maxlen=0).shape == (1, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1], 2],), "list of sequences"),
        (([[1]], None, "int32", "before"), "padding must be"),
        (([[1]], None, "int32", "pre", "after"), "truncating must be"),
        (([[1]], None, "int32", "pre", "pre", "x"), "use dtype=object"),
        (([np.ones((1, 2)), np.ones((1, 3))],), "shapes differ"),
    ],
)
def test_pad_sequences_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        pad_sequences(*arguments)


@pytest.mark.parametrize(("x", "num_classes", "expected"), GOLDEN["to_categorical"])
def test_to_categorical(x, num_classes, expected):
    rows = to_categorical(x, num_classes)
    assert rows.dtype == "float64"
    np.testing.assert_array_equal(rows, expected)
    if x != 3:  # a tensor gives a tensor
        tensor = to_categorical(tf.constant(x), num_classes)
        assert tensor.dtype == tf.float32
        np.testing.assert_array_equal(tensor.numpy(), expected)


@pytest.mark.parametrize("classes", [[0, 3], [-1, 0]])
def test_to_categorical_refuses_labels_outside_the_classes(classes):
    with pytest.raises(ValueError, match=r"classes must be from 0 to 2 .*got (3|-1)\."):
        to_categorical(classes, 3)


@pytest.mark.parametrize(
    ("axis", "order", "expected"), [row for row in GOLDEN["normalize"]["cases"] if row[0]]
)
def test_normalize(axis, order, expected):
    # axis=0 is not compared: Keras 3 divides rows by the columns' norms there (Keras 2 did not).
    x = np.array(GOLDEN["normalize"]["x"])
    np.testing.assert_allclose(normalize(x, axis, order), expected, rtol=1e-15)
    np.testing.assert_allclose(normalize(x.tolist(), axis, order).numpy(), expected, rtol=1e-6)


def test_normalize_columns():
    columns = normalize(np.array([[3.0, 0.0], [4.0, 2.0]]), axis=0)
    np.testing.assert_allclose(columns, [[0.6, 0.0], [0.8, 1.0]])


@pytest.mark.parametrize("expected", GOLDEN["text"]["tokenizers"])
def test_tokenizer(expected):
    texts = GOLDEN["text"]["texts"]
    tokenizer = text.Tokenizer(**expected["options"])
    tokenizer.fit_on_texts(texts)
    assert tokenizer.word_index == expected["word_index"]
    assert tokenizer.word_counts == expected["word_counts"]
    assert sorted(map(list, tokenizer.index_docs.items())) == expected["index_docs"]
    sequences = tokenizer.texts_to_sequences([*texts, "unseen cat"])
    assert sequences == expected["sequences"]
    assert tokenizer.sequences_to_texts(sequences) == expected["texts"]
    again = text.tokenizer_from_json(tokenizer.to_json())
    for mode in text.MODES:
        for one in (tokenizer, again):
            matrix = one.texts_to_matrix(texts, mode)
            np.testing.assert_allclose(matrix, expected[mode], rtol=1e-14)


def test_words_and_hashes():
    words = text.text_to_word_sequence("A-b c_d, E f", lower=False, split=" ")
    assert words == GOLDEN["text"]["words"]
    hashed = text.hashing_trick(GOLDEN["text"]["texts"][0], 10, "md5")
    assert hashed == GOLDEN["text"]["hashed"]


def test_tokenizer_refuses():
    with pytest.raises(ValueError, match="num_words"):
        text.Tokenizer().sequences_to_matrix([[1]])
    with pytest.raises(ValueError, match="before mode 'tfidf'"):
        text.Tokenizer(num_words=3).sequences_to_matrix([[1]], "tfidf")
    with pytest.raises(ValueError, match="mode must be one of"):
        text.Tokenizer(num_words=3).sequences_to_matrix([[1]], "tf")
    with pytest.raises(TypeError, match="words"):
        text.Tokenizer(words=3)
