"""tf.strings, tf.ragged and layers of texts against TensorFlow's results (oracles/make_text.py)."""

import json
import pathlib
import sys

import numpy as np
import pytest

import tensorbrook as tf

sys.path.insert(0, str(pathlib.Path(__file__).parent / "oracles"))
from make_text import HERE, outcome

golden = {}
for file in ("text", "text_layer"):
    golden |= json.loads((HERE / "golden" / f"{file}.json").read_text())


def same(ours, theirs):
    if isinstance(theirs, list) and theirs and isinstance(theirs[0], list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if ours == theirs or not isinstance(ours, list):
        return ours == theirs
    number = {"nan": np.nan, "inf": np.inf}
    many = 1 if len(theirs) > 2 and theirs[2].startswith("(") else len(theirs)
    values = [tf.nest.flatten([eval(v, number) for v in text[:many]]) for text in (ours, theirs)]
    if ours[many:] != theirs[many:] or any(isinstance(v, bytes | str) for v in values[0]):
        return False
    return np.allclose(*values, rtol=1e-5, equal_nan=True)


@pytest.mark.parametrize("expression", golden)
def test_expression_gives_what_tensorflow_s_does(expression):
    ours, theirs = outcome(expression, tf), golden[expression]
    if "raises" in theirs:
        assert "raises" in ours, ours
    else:
        assert "gives" in ours, ours
        assert same(ours["gives"], theirs["gives"]), (ours, theirs)


TRACED = [
    lambda x: tf.strings.lower(x),
    lambda x: tf.strings.split(x),
    lambda x: tf.strings.split(x).to_tensor(),
    lambda x: tf.strings.split(x).to_tensor(shape=[None, 2]),
    lambda x: tf.reduce_sum(tf.strings.length(tf.strings.split(x)), axis=1),
    lambda x: tf.strings.ngrams(tf.strings.split(x), 2),
    lambda x: tf.strings.reduce_join(tf.strings.split(x), axis=1, separator="_"),
    lambda x: tf.strings.unicode_split(x, "UTF-8")[:, 1:],
    lambda x: tf.strings.regex_replace(x, "[^a-z ]", ""),
    lambda x: tf.strings.to_hash_bucket_fast(tf.strings.split(x), 10) + 1,
    lambda x: tf.concat([tf.strings.split(x), tf.strings.split(x)], axis=1),
    lambda x: tf.strings.split(x).row_lengths(),
    lambda x: tf.strings.split(x)[0],
    lambda x: tf.gather(tf.strings.split(x), [2, 0]),
    lambda x: tf.strings.join([x, "!"]),
]


@pytest.mark.parametrize("function", TRACED, ids=range(len(TRACED)))
@pytest.mark.parametrize("shape", [[None], [3]])
def test_a_trace_gives_what_an_eager_run_does(function, shape):
    texts = tf.constant(["Some words", "", "and many more of them"])
    traced = tf.function(function, input_signature=[tf.TensorSpec(shape, tf.string)])
    assert repr(traced(texts)) == repr(function(texts))
    assert "eagerly" not in traced.explain()


def test_ragged_values_have_gradients():
    x = tf.Variable([1.0, 2.0, 3.0])

    def loss():
        rows = tf.RaggedTensor.from_row_splits(tf.square(x), [0, 2, 3])
        mean = tf.reduce_sum(tf.reduce_mean(rows, axis=1))
        return mean + tf.reduce_sum(rows.to_tensor() * [[1.0, 10.0], [100.0, 1000.0]])

    with tf.GradientTape() as tape:
        value = loss()
    np.testing.assert_allclose(tape.gradient(value, x), [1 + 2, 2 + 40, 6 + 600])


def test_a_function_takes_and_gives_ragged_tensors():
    @tf.function
    def doubled(rows):
        return {"rows": rows * 2, "sums": tf.reduce_sum(rows, axis=1)}

    for data in ([[1, 2], []], [[1], [2, 3]], [[4], [5], [6, 7]]):
        rows = tf.ragged.constant(data, dtype="int32")
        found = doubled(rows)
        assert found["rows"].to_list() == [[2 * v for v in row] for row in data]
        assert found["sums"].numpy().tolist() == [sum(row) for row in data]


def test_data_sets_map_texts():
    texts = tf.data.Dataset.from_tensor_slices(["a b", "c d e"])
    words = texts.map(lambda x: tf.strings.split(tf.strings.upper(x)))
    assert [w.numpy().tolist() for w in words] == [[b"A", b"B"], [b"C", b"D", b"E"]]
    assert words.element_spec == tf.TensorSpec([None], tf.string)
    rows = texts.batch(2).map(tf.strings.split)
    assert next(iter(rows)).to_list() == [[b"a", b"b"], [b"c", b"d", b"e"]]


def test_batches_of_rows():
    counts = tf.data.Dataset.range(3)
    pairs = counts.map(lambda i: (tf.range(i), i)).ragged_batch(2, row_splits_dtype=tf.int32)
    assert [(x.to_list(), y.numpy().tolist()) for x, y in pairs] == [
        ([[], [0]], [0, 1]), ([[0, 1]], [2]),
    ]  # fmt: skip
    assert pairs.element_spec[0] == tf.RaggedTensorSpec([None, None], tf.int64, 1, tf.int32)
    squares = counts.map(lambda i: tf.ones([i, i])).ragged_batch(2, drop_remainder=True)
    assert squares.element_spec == tf.RaggedTensorSpec([2, None, None], tf.float32, 2)
    assert [x.to_list() for x in squares] == [[[], [[1.0]]]]
    vectors = counts.map(lambda i: tf.ones([i, 2]))
    made = vectors.apply(tf.data.experimental.dense_to_ragged_batch(3))
    assert made.element_spec.shape.as_list() == [None, None, 2]
    assert next(iter(made)).to_list() == [[], [[1, 1]], [[1, 1], [1, 1]]]
    plain = tf.data.Dataset.from_tensor_slices([1, 2, 3]).ragged_batch(2)
    assert [x.numpy().tolist() for x in plain] == [[1, 2], [3]]
    words = tf.data.Dataset.from_tensor_slices(["a b", "c"]).batch(2).map(tf.strings.split)
    assert [x.numpy().tolist() for x in words.unbatch()] == [[b"a", b"b"], [b"c"]]


@pytest.mark.parametrize("sep", [b"", b" ", b"a", b"aa", b"aba", b"\xff", b"\xfe\xfe"])
@pytest.mark.parametrize("odd", [[], [b"\xff"], [b"a\xfea"], [b"\xfe\xfe"]])
def test_texts_are_cut_together_as_one_by_one(sep, odd):
    rng = np.random.default_rng(0)
    drawn = [bytes(rng.choice(list(b"ab \t\n\0"), rng.integers(0, 9)).tolist()) for _ in range(99)]
    for texts in (drawn + odd, [b"", *odd], odd, [b"a", b"a", *odd], [b" ", b"  a "]):
        found = tf.strings.split(np.array(texts, object), sep or None)
        assert found.to_list() == [text.split(sep or None) for text in texts]


A = tf.ragged.constant([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]], ragged_rank=1)
B = tf.ragged.constant([[[1.0, 2.0], [3.0, 3.0]], [[5.0, 6.0, 7.0], [6.0, 5.0, 4.0]]])
DENSE = tf.reshape(tf.range(12.0), [2, 2, 3])


@pytest.mark.parametrize(
    ("operands", "flags", "expected", "shape"),
    [  # TensorFlow's values and shapes
        ((A, DENSE), {}, [[[6, 9, 12], [12, 19, 26]], [[84, 95, 106]]], [2, None, 3]),
        ((A, B), {}, [[[7, 8], [15, 18]], [[61, 60, 59]]], [2, None, None]),
        ((tf.ones([2, 1, 2]), B), {}, [[[4, 5]], [[11, 11, 11]]], [2, 1, None]),
        ((A, A), {"transpose_a": True}, [[[10, 14], [14, 20]], [[25, 30], [30, 36]]], [2, 2, 2]),
        ((A, A), {"adjoint_b": True}, [[[5, 11], [11, 25]], [[61]]], [2, None, None]),
        (
            (B, B),
            {"transpose_b": True},
            [[[5, 9], [9, 18]], [[110, 88], [88, 77]]],
            [2, None, None],
        ),
    ],
)
def test_products_of_ragged_matrices(operands, flags, expected, shape):
    for function in (tf.matmul, tf.function(tf.matmul)):
        found = function(*operands, **flags)
        assert found.to_list() == expected
    assert tf.matmul(*operands, **flags).shape.as_list() == shape


def test_products_of_ragged_matrices_differentiated_and_refused():
    with tf.GradientTape() as tape:
        tape.watch(DENSE)
        total = tf.reduce_sum(tf.matmul(A, DENSE).flat_values ** 2)
    expected = [[[84, 132, 180], [120, 188, 256]], [[840, 950, 1060], [1008, 1140, 1272]]]
    assert tape.gradient(total, DENSE).numpy().tolist() == expected
    deep = tf.ragged.constant([[[[1.0, 2.0]], [[3.0, 4.0]]], [[[5.0, 6.0]]]], ragged_rank=2)
    assert tf.matmul(deep, deep, transpose_b=True).to_list() == [[[[5]], [[25]]], [[[61]]]]
    assert tf.matmul(tf.ragged.constant([[1, 2], [3, 4]]), [[1], [1]]).numpy().tolist() == [
        [3],
        [7],
    ]
    with pytest.raises(ValueError, match="same rank"):
        tf.matmul(A, tf.ones([2, 2]))
    uneven = tf.ragged.constant([[[1.0], [3.0, 4.0]], [[5.0, 6.0]]])
    for a, b, told in (
        (uneven, DENSE, "innermost axis"),
        (B, B, "differ in number"),
        (A, tf.ones([2, 3, 2]), "size-incompatible"),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match=told):
            tf.matmul(a, b)


@pytest.mark.parametrize(
    "texts",
    [["né", "", "字a😀"], [""], [], ["a\0b", "é"], ["", "", "\x01\n"], ["\ufeffa"]],
    ids=["mixed", "empty", "none", "NUL", "control", "BOM"],
)
def test_codes_and_offsets_are_those_of_each_text(texts):
    data = tf.constant([t.encode() for t in texts], tf.string)
    codes, offsets = tf.strings.unicode_decode_with_offsets(data, "UTF-8")
    assert codes.to_list() == [[ord(c) for c in t] for t in texts]
    assert offsets.to_list() == [[len(t[:k].encode()) for k in range(len(t))] for t in texts]
    assert tf.strings.bytes_split(data).to_list() == [
        [bytes([b]) for b in t.encode()] for t in texts
    ]
