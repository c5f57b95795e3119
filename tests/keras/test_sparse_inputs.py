"""Keras on sparse tensors: its own figures, symbolic inputs, SciPy's matrices, wrong calls."""

import json
import pathlib
import sys

import numpy as np
import pytest
from scipy import sparse as scipy_sparse

import tensorbrook as tf

ORACLES = pathlib.Path(__file__).parents[1] / "oracles"
sys.path.insert(0, str(ORACLES))
from sparse_cases import fitted, names, plain  # noqa: E402

GOLDEN = json.loads((ORACLES / "golden" / "sparse.json").read_text())
layers = tf.keras.layers
A = tf.SparseTensor([[0, 1], [1, 0], [1, 2]], [1.0, 2.0, 3.0], [2, 3])


def close(found, wanted):
    assert found.keys() == wanted.keys()
    for key, value in wanted.items():
        if key == "parts":
            for a, b in zip(found[key], value, strict=True):
                np.testing.assert_allclose(np.array(a, float), np.array(b, float), 1e-5, 1e-6)
        else:
            assert found[key] == value


@pytest.mark.parametrize(("expression", "wanted"), GOLDEN["keras"], ids=lambda v: str(v)[:60])
def test_figures_are_keras_s(expression, wanted):
    close(plain(eval(expression, names(tf, np))), wanted)


@pytest.mark.parametrize(("kind", "losses"), GOLDEN["fit"])
def test_losses_are_keras_s(kind, losses):
    np.testing.assert_allclose(fitted(tf, np, kind), losses, 1e-5)


def test_symbolic_inputs_stay_sparse_as_in_keras():
    x = tf.keras.Input((3,), sparse=True, name="x")
    text = "<KerasTensor shape=(None, 3), dtype=float32, sparse=True, ragged=False, name=x>"
    assert repr(x) == text
    sparse = [x * 2, tf.keras.ops.add(x, x), layers.Concatenate()([x, x])]
    assert all(y.sparse for y in sparse)
    assert not any(y.sparse for y in (x + 1, layers.Dense(2)(x)))
    encoded = layers.CategoryEncoding(4, sparse=True)(tf.keras.Input((2,), dtype="int64"))
    assert encoded.sparse and encoded.shape == (None, 4)
    model = tf.keras.Model(x, layers.Dense(2, kernel_initializer="ones")(x))
    again = tf.keras.Model.from_config(model.get_config())
    assert again.inputs[0].sparse
    for given in (A, tf.sparse.to_dense(A)):
        np.testing.assert_array_equal(model(given), [[1, 1], [5, 5]])


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
def test_scipy_matrices_are_data(form):
    dense = np.array([[0, 1, 0], [2, 0, 3], [0, 0, 0], [4, 5, 6]], "float32")
    matrix = scipy_sparse.csr_matrix(dense).asformat(form)
    y = np.ones((4, 1), "float32")
    histories, predictions = [], []
    for data, sparse in ((matrix, True), (matrix, False), (dense, False)):
        tf.keras.utils.set_random_seed(3)
        model = tf.keras.Sequential([tf.keras.Input((3,), sparse=sparse), layers.Dense(1)])
        model.compile("sgd", "mse")
        histories.append(model.fit(data, y, 2, epochs=3, verbose=0).history["loss"])
        predictions.append(model.predict(data, verbose=0))
        assert model.evaluate(data, y, verbose=0) > 0
    np.testing.assert_allclose(histories[0], histories[2], 1e-6)
    np.testing.assert_allclose(histories[1], histories[2], 1e-6)
    np.testing.assert_allclose(predictions[0], predictions[2], 1e-5)


def test_steps_are_traced_a_few_times_for_any_number_of_values():
    rng = np.random.default_rng(0)
    x = tf.sparse.from_dense((rng.random((320, 8)) < 0.3).astype("float32"))
    model = tf.keras.Sequential([tf.keras.Input((8,), sparse=True), layers.Dense(1)])
    traces = []

    class Counting(layers.Layer):
        def call(self, inputs):
            traces.append(1)
            return inputs

    model.add(Counting())
    model.compile("sgd", "mse")
    model.fit(x, np.ones((320, 1)), batch_size=10, verbose=0)
    assert len(traces) < 6


@pytest.mark.parametrize(
    ("call", "fault", "match"),
    [
        (lambda: layers.CategoryEncoding(4, "none", sparse=True), ValueError, "output_mode"),
        (lambda: layers.StringLookup(sparse=True), ValueError, "`sparse` may only be true"),
        (lambda: layers.LayerNormalization()(A), ValueError, "tf.sparse.to_dense"),
    ],
)
def test_wrong_calls(call, fault, match):
    with pytest.raises(fault, match=match):
        call()


OF_SPARSE = {  # what Keras 3.15.1 on TensorFlow 2.21 gives for [[0, 1, 0], [2, 0, 3]]
    "sum(a)": 6.0,
    "round(a / 4, 1)": [[0, 0.2, 0], [0.5, 0, 0.8]],
    "copy(a)": [[0, 1, 0], [2, 0, 3]],
    "bincount(a)": [[0, 1, 0, 0], [0, 0, 1, 1]],
    "bincount(a, minlength=5, sparse=True)": [[0, 1, 0, 0, 0], [0, 0, 1, 1, 0]],
}


@pytest.mark.parametrize("expression", OF_SPARSE)
def test_functions_of_keras_ops_stay_sparse(expression):
    found = eval(expression, {**vars(tf.keras.ops), "a": A})
    assert isinstance(found, tf.SparseTensor)
    found = tf.sparse.to_dense(found).numpy()
    np.testing.assert_allclose(found, np.array(OF_SPARSE[expression]), rtol=1e-6)


def test_zeros_by_zeros_are_nan_and_batches_are_multiplied():
    nan, inf = np.nan, np.inf
    found = tf.keras.ops.divide(A, tf.sparse.from_dense([[0.0, 0, 2], [1, 0, 0]]))
    np.testing.assert_array_equal(found, [[nan, inf, 0], [2, nan, inf]])
    found = tf.keras.ops.matmul(tf.sparse.from_dense(np.ones((2, 2, 3))), np.ones((2, 3, 2)))
    np.testing.assert_array_equal(found, np.full((2, 2, 2), 3.0))


@pytest.mark.parametrize(
    ("layer", "dense", "wanted"),
    [
        (lambda L: L.StringLookup(vocabulary=["a", "b"]), [["a", "b"], ["", "q"]], [1, 2, 0]),
        (lambda L: L.IntegerLookup(vocabulary=[1, 2]), [[1, 2], [0, 3]], [1, 2, 0]),
        (lambda L: L.StringLookup(vocabulary=["a"], invert=True), [[1, 1]], [b"a", b"a"]),
        (lambda L: L.Discretization(bin_boundaries=[0.0, 1.0]), [[1.0, 2.0], [0, -3]], [2, 2, 0]),
        (
            lambda L: L.StringLookup(vocabulary=["a", "b"], output_mode="multi_hot"),
            [["a", "b"], ["", "q"]],
            [[0, 1, 1], [1, 0, 0]],
        ),
        (
            lambda L: L.CategoryEncoding(4, "count"),
            [[1, 1], [0, 3]],
            [[0, 2, 0, 0], [0, 0, 0, 1]],
        ),
    ],
)
def test_layers_of_features_take_sparse_tensors(layer, dense, wanted):
    # TensorFlow 2.15's figures; what the tensor leaves out is left out
    found = layer(tf.keras.layers)(tf.sparse.from_dense(dense))
    np.testing.assert_array_equal(getattr(found, "values", found), wanted)
    if hasattr(found, "indices"):
        np.testing.assert_array_equal(found.indices, tf.sparse.from_dense(dense).indices)
