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
