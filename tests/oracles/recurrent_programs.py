"""Short programs with recurrent layers. `make_recurrent.py` runs them in Keras, and
`tests/keras/test_recurrent.py` in tensorbrook: the same text, which gets the module `keras`.

Each returns numbers in lists.
"""

import numpy as np

SEQUENCES = (np.arange(40, dtype="float32").reshape(2, 4, 5) - 20) / 10
WORDS = np.array([[1, 2, 3, 0], [4, 5, 0, 0], [2, 2, 1, 1], [5, 0, 0, 0]])
ANSWERS = np.array([[1, 2, 0], [3, 4, 5], [2, 0, 0], [1, 1, 0]])
TARGETS = np.arange(4, dtype="float32").reshape(4, 1)


def _lists(values):
    return [np.asarray(v).tolist() for v in values]


def weights_of_seeds(keras):
    """The last element of each weight of layers made after a seed, and of a layer after them."""
    layers, found = keras.layers, []
    makers = (
        lambda: layers.LSTM(2),
        lambda: layers.GRU(2),
        lambda: layers.SimpleRNN(2),
        lambda: layers.RNN(layers.LSTMCell(2)),
        lambda: layers.RNN([layers.GRUCell(2), layers.LSTMCell(2)]),
        lambda: layers.Bidirectional(layers.GRU(2)),
        lambda: layers.Bidirectional(
            layers.GRU(2), backward_layer=layers.GRU(2, go_backwards=True)
        ),
        lambda: layers.LSTM(2, bias_initializer="random_normal"),
        lambda: layers.ConvLSTM1D(2, 2),
    )
    for make in makers:
        keras.utils.set_random_seed(5)
        layer, dense = make(), layers.Dense(1)
        layer(SEQUENCES[..., None] if type(layer).__name__ == "ConvLSTM1D" else SEQUENCES)
        dense(SEQUENCES)
        found.append([float(w.numpy().ravel()[-1]) for w in layer.weights + dense.weights])
    return found


def dropout_of_seeds(keras):
    """Results in training, in training again, and otherwise, after a seed."""
    found = []
    for name in ("LSTM", "GRU", "SimpleRNN"):
        for rates in ({"dropout": 0.5}, {"recurrent_dropout": 0.5, "dropout": 0.2}):
            keras.utils.set_random_seed(5)
            layer = getattr(keras.layers, name)(2, **rates)
            calls = ({"training": True}, {"training": True}, {})
            found.append(_lists([layer(SEQUENCES, **more) for more in calls]))
    return found


def cells_drop_the_same_until_reset(keras):
    """What a cell returns in training, step by step."""
    found = []
    for make in (keras.layers.LSTMCell, keras.layers.GRUCell, keras.layers.SimpleRNNCell):
        keras.utils.set_random_seed(5)
        cell = make(2, dropout=0.5, recurrent_dropout=0.5)
        states = cell.get_initial_state(batch_size=2)
        for t in range(3):
            output, states = cell(SEQUENCES[:, t], states, training=True)
            found.append(np.asarray(output).tolist())
            if t == 1:
                cell.reset_dropout_mask()
                cell.reset_recurrent_dropout_mask()
    return found


def stateful_fit(keras):
    """Losses, predictions, and the states at the end."""
    keras.utils.set_random_seed(5)
    lstm = keras.layers.LSTM(2, stateful=True)
    model = keras.Sequential([keras.Input((3, 2), batch_size=2), lstm, keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.arange(24, dtype="float32").reshape(4, 3, 2) / 24
    losses = model.fit(x, TARGETS, batch_size=2, epochs=2, shuffle=False, verbose=0)
    predicted = model.predict(x, batch_size=2, verbose=0)
    return _lists([losses.history["loss"], predicted, *lstm.states])


def encoder_and_decoder(keras):
    """Losses and predictions of a model whose decoder begins with the encoder's states."""
    keras.utils.set_random_seed(5)
    layers = keras.layers
    question = keras.Input((None,), dtype="int32")
    read = layers.Embedding(6, 3, mask_zero=True)(question)
    _, h, c = layers.LSTM(4, return_state=True)(read)
    answer = keras.Input((None,), dtype="int32")
    said = layers.Embedding(6, 3, mask_zero=True)(answer)
    said = layers.LSTM(4, return_sequences=True)(said, initial_state=[h, c])
    model = keras.Model([question, answer], layers.Dense(6, activation="softmax")(said))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    data = [WORDS, ANSWERS], np.roll(ANSWERS, -1, 1)
    history = model.fit(*data, batch_size=2, epochs=2, shuffle=False, verbose=0).history
    # Keras forgets a layer's mask where it is given states; see docs/compat.md.
    predicted = model.predict(data[0], verbose=0) * (ANSWERS != 0)[..., None]
    return _lists([history["loss"], history["accuracy"], predicted])


def masks_in_both_directions(keras):
    """Losses and predictions of masked words through dropout, both directions and a stack."""
    keras.utils.set_random_seed(5)
    layers = keras.layers
    rates = {"dropout": 0.3, "recurrent_dropout": 0.3}
    model = keras.Sequential(
        [
            layers.Embedding(6, 3, mask_zero=True),
            layers.Bidirectional(layers.GRU(3, return_sequences=True, **rates)),
            layers.GRU(2, dropout=0.2),
            layers.Dense(1),
        ]
    )
    model.compile("rmsprop", "mse")
    fit = model.fit(WORDS, TARGETS, batch_size=2, epochs=3, shuffle=False, verbose=0)
    return _lists([fit.history["loss"], model.predict(WORDS, verbose=0)])


def pictures_in_time(keras):
    """Losses and predictions of a ConvLSTM, and layers at each of its steps."""
    keras.utils.set_random_seed(5)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((3, 4, 4, 1)),
            layers.ConvLSTM2D(2, 2, return_sequences=True, padding="same"),
            layers.TimeDistributed(layers.Flatten()),
            layers.TimeDistributed(layers.Dense(2)),
            layers.SimpleRNN(1),
        ]
    )
    model.compile("adam", "mse")
    x = np.arange(4 * 48, dtype="float32").reshape(4, 3, 4, 4, 1) / 192
    fit = model.fit(x, TARGETS, batch_size=2, epochs=3, shuffle=False, verbose=0)
    return _lists([fit.history["loss"], model.predict(x, verbose=0)])


PROGRAMS = [
    weights_of_seeds,
    dropout_of_seeds,
    cells_drop_the_same_until_reset,
    stateful_fit,
    encoder_and_decoder,
    masks_in_both_directions,
    pictures_in_time,
]
