"""The models in Keras's words: one text for tensorbrook, TensorFlow and Keras on JAX.

What tensorbrook's Keras does not have yet comes from `layers.py`.
"""

import importlib
import os
from functools import partial

import samples


def load(framework):
    """(tf or None, keras) of "tensorbrook", "tensorflow" or "jax"."""
    if framework == "jax":
        os.environ["KERAS_BACKEND"] = "jax"
        return None, importlib.import_module("keras")
    tf = importlib.import_module(framework)
    return tf, tf.keras


class Layers:
    """`keras.layers`, and where it lacks a name, `layers.py`."""

    def __init__(self, keras):
        self.keras = keras

    def __getattr__(self, name):
        found = getattr(self.keras.layers, name, None)
        return found or getattr(importlib.import_module("layers"), name)


def dense(keras, k, features, hidden, units):
    return keras.Sequential(
        [keras.Input((features,)), k.Dense(hidden, activation="relu"), k.Dense(units)]
    )


def cnn(keras, k):
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            k.Conv2D(32, 3, activation="relu"),
            k.MaxPooling2D(2),
            k.Conv2D(64, 3, activation="relu"),
            k.MaxPooling2D(2),
            k.Flatten(),
            k.Dense(10),
        ]
    )


def resnet(keras, k):
    def convolved(x):
        return k.BatchNormalization()(k.Conv2D(32, 3, padding="same", use_bias=False)(x))

    relu = k.Activation("relu")
    inputs = keras.Input((32, 32, 3))
    x = relu(convolved(inputs))
    for _ in range(2):
        x = relu(k.Add()([x, convolved(relu(convolved(x)))]))
    return keras.Model(inputs, k.Dense(10)(k.GlobalAveragePooling2D()(x)))


def lstm(keras, k):
    return keras.Sequential(
        [
            keras.Input((80,), dtype="int32"),
            k.Embedding(samples.WORDS, 64),
            k.LSTM(64),
            k.Dense(1, activation="sigmoid"),
        ]
    )


def gru(keras, k):
    return keras.Sequential(
        [
            keras.Input((200, 32)),
            k.Bidirectional(k.GRU(64)),
            k.Dense(1, activation="sigmoid"),
        ]
    )


def transformer(keras, k):
    class Position(k.Layer):
        """Adds a learnt vector for each place."""

        def build(self, input_shape):
            self.table = self.add_weight(
                name="table", shape=tuple(input_shape)[1:], initializer="uniform"
            )

        def call(self, inputs):
            return inputs + self.table

    inputs = keras.Input((64,), dtype="int32")
    x = Position()(k.Embedding(samples.WORDS, 128)(inputs))
    for _ in range(2):
        x = k.LayerNormalization()(k.Add()([x, k.MultiHeadAttention(4, 32)(x, x)]))
        hidden = k.Dense(512, activation="gelu")(x)
        x = k.LayerNormalization()(k.Add()([x, k.Dense(128)(hidden)]))
    return keras.Model(inputs, k.Dense(10)(k.GlobalAveragePooling1D()(x)))


MODELS = {
    "tiny": partial(dense, features=2, hidden=5, units=1),
    "predict": partial(dense, features=10, hidden=32, units=1),
    "mlp": partial(dense, features=784, hidden=128, units=10),
    "cnn": cnn,
    "resnet": resnet,
    "lstm": lstm,
    "gru": gru,
    "transformer": transformer,
}


def trainer(name, framework):
    """fit(x, y, batch, epochs) -> the losses of the epochs, of a new model."""
    _, keras = load(framework)
    keras.utils.set_random_seed(13)
    model = MODELS[name](keras, Layers(keras))
    losses = {"tiny": "mse", "lstm": "binary_crossentropy", "gru": "binary_crossentropy"}
    loss = losses.get(name) or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss)

    return lambda x, y, batch, epochs: model.fit(
        x, y, batch_size=batch, epochs=epochs, verbose=0
    ).history["loss"]


def tf_add(tf):
    a, b = map(tf.constant, samples.line())
    return lambda: tf.add(a, b)


def tf_step(tf):
    """The lesson's `train_on_batch`: batch of 4, tape, two gradients, two updates."""
    x, y = map(tf.constant, samples.line())
    w, b = tf.Variable([[100.0]]), tf.Variable(tf.zeros(shape=(1,)))

    def step():
        with tf.GradientTape() as tape:
            predictions = tf.matmul(x, w) + b
            loss = tf.reduce_mean(tf.square(y - predictions))
            dloss_dw, dloss_db = tape.gradient(loss, [w, b])
        w.assign_sub(0.1 * dloss_dw)
        b.assign_sub(0.1 * dloss_db)
        return loss

    return step


def call(name, framework):
    """The function that the workload `name` calls over and over."""
    tf, keras = load(framework)
    if name == "predict":
        model, x = MODELS[name](keras, Layers(keras)), samples.one_sample()
        return lambda: model.predict(x, verbose=0)
    makers = {"add": tf_add, "eager": tf_step, "function": lambda tf: tf.function(tf_step(tf))}
    return makers[name](tf)
