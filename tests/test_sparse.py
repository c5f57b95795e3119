"""Sparse tensors, tf.sets and their neighbours: TensorFlow's figures, eager and compiled."""

import builtins
import json
import pathlib
import sys

import numpy as np
import pytest

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parent / "oracles"
sys.path.insert(0, str(ORACLES))
from sparse_cases import gradients, names, plain  # noqa: E402

GOLDEN = json.loads((ORACLES / "golden" / "sparse.json").read_text())


def same(found, wanted):
    """Raises unless two plain values are the same but for the last digits of floats."""
    if isinstance(wanted, list):
        assert len(found) == len(wanted)
        for a, b in zip(found, wanted):
            same(a, b)
        return
    assert found.keys() == wanted.keys()
    kind = next(iter(wanted))
    assert found[kind] == wanted[kind]
    for a, b in zip(found["parts"], wanted["parts"], strict=True):
        if wanted[kind].startswith("float"):
            np.testing.assert_allclose(np.array(a, float), np.array(b, float), 1e-5, 1e-6)
        else:
            assert a == b


def evaluated(expression, wanted):
    """The names of an expression whose value is as wanted; None where an error is, and comes."""
    given = names(tf, np)
    if isinstance(wanted, str):
        with pytest.raises(getattr(tf.errors, wanted, None) or getattr(builtins, wanted)):
            eval(expression, given)
        return None
    same(plain(eval(expression, given)), wanted)
    return given


def cases(kind):
    return pytest.mark.parametrize(
        ("expression", "wanted"), GOLDEN[kind], ids=[row[0] for row in GOLDEN[kind]]
    )


@cases("values")
def test_figures_are_tensorflow_s(expression, wanted):
    given = evaluated(expression, wanted)
    if given is None:
        return
    sparse = {k: v for k, v in given.items() if isinstance(v, tf.SparseTensor)}

    def function(values):
        return eval(expression, {"tf": tf, "np": np, **values})

    same(plain(tf.function(function)(sparse)), wanted)
    specs = {
        name: tf.SparseTensorSpec([None] * len(value.shape), value.dtype)
        for name, value in sparse.items()
    }
    same(plain(tf.function(function, input_signature=[specs])(sparse)), wanted)


@cases("ragged")
@pytest.mark.filterwarnings("ignore:tf.function")
def test_ragged_figures_are_tensorflow_s(expression, wanted):
    given = evaluated(expression, wanted)
    if given is None:
        return
    ragged = {k: v for k, v in given.items() if isinstance(v, tf.RaggedTensor)}
    compiled = tf.function(lambda values: eval(expression, {"tf": tf, "np": np, **values}))
    same(plain(compiled(ragged)), wanted)


@cases("shown")
def test_texts_are_tensorflow_s(expression, wanted):
    assert str(eval(expression, names(tf, np))) == wanted


@cases("gradients")
def test_gradients_are_tensorflow_s(expression, wanted):
    same(plain(gradients(tf, np, expression)), wanted)
    compiled = tf.function(lambda: gradients(tf, np, expression))
    same(plain(compiled()), wanted)


@pytest.mark.parametrize("turn", ["", "transpose_a", "adjoint_a", "transpose_b", "adjoint_b"])
@pytest.mark.parametrize("held", ["ab", "a", "b"])
def test_products_turn_as_those_of_dense_matrices(turn, held):
    a, b = np.array([[[1, 2j], [0, 3]], [[0, 1j], [2, 4]]], "complex64")
    given = {"a": a, "b": b, **({turn: True} if turn else {})}
    wanted = tf.matmul(**given).numpy()
    given |= {name: tf.sparse.from_dense(given[name]) for name in held}
    found = tf.matmul(**given)
    found = tf.sparse.to_dense(found) if held == "ab" else found
    np.testing.assert_allclose(found, wanted, 1e-6)


def test_ranks_are_found_by_keyword():
    ragged = tf.ragged.constant([[1], [2, 3]])
    assert tf.rank(input=ragged) == tf.rank(input=tf.sparse.from_dense([[1]])) == 2


def test_rows_are_parted_by_numbers_within_the_range():
    ragged = tf.ragged.constant([[1], [2, 3]])
    assert [p.to_list() for p in tf.dynamic_partition(ragged, [1, 0], 2)] == [[[2, 3]], [[1]]]
    with pytest.raises(tf.errors.InvalidArgumentError, match="not all within"):
        tf.dynamic_partition(ragged, [0, 5], 2)


def test_fingerprints_of_no_rows():
    for empty in (tf.zeros([0, 3]), tf.zeros([0], tf.string)):
        assert tf.fingerprint(empty).shape == (0, 8)


def test_rows_are_serialized_in_any_order_of_places():
    x = tf.SparseTensor([[1, 0], [0, 1]], [1, 2], [2, 2])
    back = tf.io.deserialize_many_sparse(tf.io.serialize_many_sparse(x), tf.int32)
    np.testing.assert_array_equal(tf.sparse.to_dense(back), [[0, 2], [1, 0]])


@pytest.mark.parametrize("lengths", [[-1, 2], [-1]])
def test_partitions_have_no_negative_lengths(lengths):
    with pytest.raises(tf.errors.InvalidArgumentError, match="not sorted"):
        tf.experimental.RowPartition.from_row_lengths(lengths)


def test_shapes_and_sizes_of_no_dtype_are_int32():
    for x in (tf.ones([2]), tf.sparse.from_dense([1, 0])):
        for found in (tf.shape(x, None), tf.size(x, None), *tf.shape_n([x], None)):
            assert found.dtype == tf.int32


def test_ragged_rows_split_into_sizes_that_make_them_up():
    ragged = tf.ragged.constant([[1], [2, 3]])
    assert [p.to_list() for p in tf.split(ragged, [0, 2])] == [[], [[1], [2, 3]]]
    for sizes in ([1, -1], [1, 5], [3, -1]):
        with pytest.raises(tf.errors.InvalidArgumentError, match="2 elements"):
            tf.split(ragged, sizes)


def test_no_flag_of_a_product_is_passed_over():
    sparse, eye = tf.sparse.from_dense([[1.0, 2.0], [0.0, 3.0]]), tf.eye(2)
    for b in (eye, sparse):
        assert tf.matmul(sparse, b, output_type=tf.float32).dtype == tf.float32
        with pytest.raises(NotImplementedError, match="output_type"):
            tf.matmul(sparse, b, output_type=tf.float64)
        with pytest.raises(ValueError, match="Only one of transpose_a"):
            tf.matmul(sparse, b, transpose_a=True, adjoint_a=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.int32, np.float16])
@pytest.mark.parametrize(("size", "count"), [(3, 0), (40, 25), (7, 300), (70_000, 60)])
def test_products_of_rows_of_all_lengths(dtype, size, count):
    rng = np.random.default_rng(count)
    rows, columns = rng.integers(0, size, count), rng.integers(0, 9, count)
    values, b = rng.integers(-8, 9, count).astype(dtype), rng.integers(-8, 9, (9, 5)).astype(dtype)
    expected = np.zeros((size, 5), dtype)
    np.add.at(expected, rows, values[:, None] * b[columns])
    sparse = tf.SparseTensor(np.stack([rows, columns], 1).astype(np.int64), values, [size, 9])
    np.testing.assert_array_equal(tf.sparse.sparse_dense_matmul(sparse, b), expected)
    turned = tf.SparseTensor(np.stack([columns, rows], 1).astype(np.int64), values, [9, size])
    found = tf.sparse.sparse_dense_matmul(turned, tf.constant(b), adjoint_a=True)
    np.testing.assert_array_equal(found, expected)


def test_a_sparse_tensor_value_stands_for_a_sparse_tensor():
    value = tf.compat.v1.SparseTensorValue([[0, 1]], [5], [1, 2])
    assert tf.sparse.to_dense(value).numpy().tolist() == [[0, 5]]
    assert tf.SparseTensor.from_value(value).values.numpy().tolist() == [5]
