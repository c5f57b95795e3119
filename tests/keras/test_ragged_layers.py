"""Layers on RaggedTensors give what they give for each row by itself."""

import numpy as np
import pytest

import tensorbrook as tf

layers = tf.keras.layers
ROWS = [np.array([[1.0, 2.0], [3.0, 4.0]], "float32"), np.array([[5.0, 6.0]], "float32")]
X = tf.ragged.constant([row.tolist() for row in ROWS], ragged_rank=1)
LAYERS = {
    "dense": lambda: layers.Dense(3),
    "relu": lambda: layers.Activation("relu"),
    "dropout": lambda: layers.Dropout(0.5),
    "time distributed": lambda: layers.TimeDistributed(layers.Dense(3)),
    "lstm": lambda: layers.LSTM(3),
    "gru sequences": lambda: layers.GRU(3, return_sequences=True),
    "both ways": lambda: layers.Bidirectional(layers.GRU(3)),
    "both ways, sequences": lambda: layers.Bidirectional(layers.LSTM(2, return_sequences=True)),
    "mean": lambda: layers.GlobalAveragePooling1D(),
}


@pytest.mark.parametrize("name", LAYERS)
def test_layers_treat_rows_alone(name):
    layer = LAYERS[name]()
    outputs = layer(X)
    for k, row in enumerate(ROWS):
        np.testing.assert_allclose(outputs[k], layer(row[None])[0], rtol=1e-5, atol=1e-6)
    placeholder = tf.keras.Input((None, 2), ragged=True)
    model = tf.keras.Model(placeholder, layer(placeholder))
    for k in range(len(ROWS)):
        np.testing.assert_allclose(model(X)[k], outputs[k], rtol=1e-5, atol=1e-6)


def test_backward_sequences_say_what_to_do():
    with pytest.raises(NotImplementedError, match="Bidirectional"):
        layers.LSTM(2, return_sequences=True, go_backwards=True)(X)


def test_models_train_on_ragged_arrays():
    x = tf.ragged.constant([[1, 2, 3], [4], [5, 6]])
    placeholder = tf.keras.Input((None,), dtype="int32", ragged=True)
    h = layers.Bidirectional(layers.GRU(3))(layers.Embedding(10, 4)(placeholder))
    model = tf.keras.Model(placeholder, layers.Dense(1)(h))
    model.compile("sgd", "mse")
    history = model.fit(x, np.ones((3, 1), "float32"), epochs=8, batch_size=2, verbose=0)
    assert history.history["loss"][-1] < history.history["loss"][0]
    np.testing.assert_allclose(model.predict(x, batch_size=2, verbose=0), model(x), rtol=1e-5)
    assert model.get_config()["layers"][0]["config"]["ragged"] is True


ROW_OPS = {  # what Keras 3.15.1 on TensorFlow 2.21 gives for [[1, 2], [3]]
    "sum(r, axis=1)": [3, 3],
    "mean(r)": 2,
    "max(r, axis=1, keepdims=True)": [[2], [3]],
    "var(r, axis=1)": [0.25, 0],
    "any(r > 2, axis=1)": [False, True],
    "take([5, 6, 7, 8], cast(r - 4, 'int32'))": [[6, 7], [8]],
    "convert_to_tensor(r, 'int32')": [[1, 2], [3]],
    "convert_to_tensor(r, ragged=False)": [[1, 2], [3, 0]],
    "convert_to_numpy(r)": [[1, 2], [3, 0]],
    "expand_dims(r, -1)": [[[1], [2]], [[3]]],
    "concatenate([r, r], axis=0)": [[1, 2], [3], [1, 2], [3]],
    "stack([r, r])": [[[1, 2], [3]], [[1, 2], [3]]],
    "flip(r, 1)": [[2, 1], [3]],
    "tile(r, [1, 2])": [[1, 2, 1, 2], [3, 3]],
    "one_hot(cast(r, 'int32'), 3)": [[[0, 1, 0], [0, 0, 1]], [[0, 0, 0]]],
    "zeros_like(r)": [[0, 0], [0]],
    "softmax(r * 0)": [[0.5, 0.5], [1]],
}


@pytest.mark.parametrize("expression", ROW_OPS)
def test_functions_of_keras_ops_on_rows(expression):
    r = tf.ragged.constant([[1.0, 2.0], [3.0]])
    found = eval(expression, {**vars(tf.keras.ops), "r": r})
    found = found.to_list() if isinstance(found, tf.RaggedTensor) else np.array(found).tolist()
    assert found == ROW_OPS[expression]
    assert tf.keras.ops.ndim(r) == 2


def test_losses_compare_rows():
    x = tf.ragged.constant([[1.0], [2.0, 3.0]])
    losses = tf.keras.losses
    np.testing.assert_array_equal(losses.mean_squared_error(x, x * 2.0), [1.0, 6.5])
    assert losses.MeanSquaredError()(x, x * 2.0).numpy() == 3.75
    assert losses.MeanAbsoluteError()(x, x * 2.0, sample_weight=[1.0, 2.0]).numpy() == 3.0
    placeholder = tf.keras.Input((None,), ragged=True)
    model = tf.keras.Model(placeholder, layers.Lambda(lambda rows: rows * 2.0)(placeholder))
    model.compile("sgd", "mse")
    assert model.evaluate(x, x, verbose=0) == 3.75


def test_models_that_declare_nothing_take_rows():
    class Twice(layers.Layer):
        def call(self, x):
            return x * 2

    x = tf.ragged.constant([[1], [2, 3]])
    placeholder = tf.keras.Input((None,))
    functional = tf.keras.Model(placeholder, Twice()(placeholder))
    for model in (tf.keras.Sequential([Twice()]), tf.keras.Sequential([functional]), functional):
        model.compile("sgd", lambda y_true, y_pred: tf.constant(0.0))
        with pytest.warns(UserWarning, match="trainable weights"):
            model.fit(x, x, verbose=0)
        assert model.predict(x, verbose=0).to_list() == [[2], [4, 6]]
