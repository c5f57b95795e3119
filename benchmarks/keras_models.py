"""The models in Keras's words: one text for tensorbrook, TensorFlow and Keras on JAX."""

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


def mobilenet(keras, k):
    return keras.applications.MobileNetV2(
        (96, 96, 3), weights=None, classes=10, classifier_activation=None
    )


def unet(keras, k):
    def pair(x, filters):
        for _ in range(2):
            x = k.Conv2D(filters, 3, padding="same", activation="relu")(x)
        return x

    inputs = keras.Input((64, 64, 3))
    high = pair(inputs, 32)
    middle = pair(k.MaxPooling2D(2)(high), 64)
    x = pair(k.MaxPooling2D(2)(middle), 128)
    x = pair(k.Concatenate()([k.UpSampling2D(2)(x), middle]), 64)
    x = pair(k.Concatenate()([k.UpSampling2D(2)(x), high]), 32)
    return keras.Model(inputs, k.Conv2D(1, 1, activation="sigmoid")(x))


def wavenet(keras, k):
    inputs = keras.Input((1000, 1))
    x = k.Conv1D(32, 2, padding="causal", activation="relu")(inputs)
    for i in range(1, 10):
        new = k.Conv1D(32, 2, dilation_rate=2**i, padding="causal", activation="relu")(x)
        x = k.Add()([x, new])
    return keras.Model(inputs, k.Dense(1)(x))


def gru(keras, k):
    return keras.Sequential(
        [
            keras.Input((200, 32)),
            k.Bidirectional(k.GRU(64)),
            k.Dense(1, activation="sigmoid"),
        ]
    )


def gpt(keras, k):
    class Position(k.Layer):
        """Adds a learnt vector for each place."""

        def build(self, input_shape):
            self.table = self.add_weight(
                name="table", shape=tuple(input_shape)[1:], initializer="uniform"
            )

        def call(self, inputs):
            return inputs + self.table

    inputs = keras.Input((128,), dtype="int32")
    x = Position()(k.Embedding(1000, 256)(inputs))
    for _ in range(4):
        y = k.LayerNormalization()(x)
        x = k.Add()([x, k.MultiHeadAttention(8, 32)(y, y, use_causal_mask=True)])
        hidden = k.Dense(1024, activation="gelu")(k.LayerNormalization()(x))
        x = k.Add()([x, k.Dense(256)(hidden)])
    return keras.Model(inputs, k.Dense(1000)(k.LayerNormalization()(x)))


def recommender(keras, k):
    return keras.Sequential(
        [
            keras.Input((2,), dtype="int32"),
            k.Embedding(1_000_000, 64),
            k.Flatten(),
            k.Dense(64, activation="relu"),
            k.Dense(1, activation="sigmoid"),
        ]
    )


MODELS = {
    "tiny": partial(dense, features=2, hidden=5, units=1),
    "predict": partial(dense, features=10, hidden=32, units=1),
    "mlp": partial(dense, features=784, hidden=128, units=10),
    "cnn": cnn,
    "resnet": resnet,
    "lstm": lstm,
    "transformer": transformer,
    "mobilenet": mobilenet,
    "unet": unet,
    "wavenet": wavenet,
    "gru": gru,
    "gpt": gpt,
    "recommender": recommender,
}
BINARY = dict.fromkeys(("lstm", "unet", "gru", "recommender"), "binary_crossentropy")


def trainer(name, framework):
    """fit(x, y, batch, epochs) -> the losses of the epochs, of a new model."""
    _, keras = load(framework)
    keras.utils.set_random_seed(13)
    model = MODELS[name](keras, keras.layers)
    losses = {"tiny": "mse", "wavenet": "mse", **BINARY}
    loss = losses.get(name) or keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    # Adam moves all rows of a table at each step; what has a large one takes Adagrad.
    rule = keras.optimizers.Adagrad if name == "recommender" else keras.optimizers.Adam
    model.compile(optimizer=rule(1e-3), loss=loss)

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


def by_hand(tf, keras):
    """A step of `cnn` written out, and not compiled: tape, gradients, Adam."""
    x, y = map(tf.constant, samples.training("cnn", 128))
    model, optimizer = cnn(keras, keras.layers), keras.optimizers.Adam(1e-3)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def step():
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        weights = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return loss

    return step


def call(name, framework):
    """The function that the workload `name` calls over and over."""
    tf, keras = load(framework)
    if name == "eager_cnn":
        return by_hand(tf, keras)
    if name == "predict":
        model, x = MODELS[name](keras, keras.layers), samples.one_sample()
        return lambda: model.predict(x, verbose=0)
    if name == "pictures":
        model, x = cnn(keras, keras.layers), samples.pictures(10_000, 28, 1)
        return lambda: model.predict(x, batch_size=256, verbose=0)
    if name == "picture":
        model, x = mobilenet(keras, keras.layers), samples.pictures(1, 96, 3)
        return lambda: model.predict(x, verbose=0)
    makers = {"add": tf_add, "eager": tf_step, "function": lambda tf: tf.function(tf_step(tf))}
    return makers[name](tf)
