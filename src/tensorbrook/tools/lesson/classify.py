"""Chapters on telling two classes apart: perceptron, optimizers, Keras models, losses."""

import numpy as np

import tensorbrook as tf
from tensorbrook.charts import chart
from tensorbrook.keras.utils.plot import plot_model

from .chapter import Chapter


def two_classes():
    random = np.random.default_rng(0)
    n = 300
    y = random.integers(0, 2, size=n)
    x = random.normal(size=(n, 2)) * [1.6, 0.9] @ [[1, 0.5], [-0.6, 1]] + [40, 7]
    x += np.where(y == 1, 1.9, -1.9)[:, None] * [-0.6, 1.0]
    y = np.where(random.random(n) < 0.03, 1 - y, y)  # a few labels are wrong, as in life

    train_x, valid_x, test_x = np.split(x.astype("float32"), [210, 255])
    train_y, valid_y, test_y = np.split(y.astype("float32"), [210, 255])

    # The scale is learned from the training part alone, and then used for all three.
    low, high = train_x.min(axis=0), train_x.max(axis=0)
    scaled = [(part - low) / (high - low) for part in (train_x, valid_x, test_x)]
    print("before:", train_x.min(axis=0).round(1), "to", train_x.max(axis=0).round(1))
    print("after: ", scaled[0].min(axis=0), "to", scaled[0].max(axis=0))
    train, valid, test = zip(scaled, [train_y, valid_y, test_y])
    return {"raw_x": train_x, "train": train, "valid": valid, "test": test}


def perceptron(train, valid, test):
    tf.random.set_seed(42)
    W = tf.Variable(tf.random.normal(shape=(2, 1)))
    b = tf.Variable(tf.zeros(shape=(1,)))

    def loss_of(x, y):
        z = tf.matmul(x, W) + b
        labels = y[:, tf.newaxis]
        return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, z))

    @tf.function
    def train_on_batch(x, y):
        with tf.GradientTape() as tape:
            loss = loss_of(x, y)
        dW, db = tape.gradient(loss, [W, b])
        W.assign_sub(0.5 * dW)
        b.assign_sub(0.5 * db)

    def accuracy(x, y):
        says = tf.cast(tf.matmul(x, W)[:, 0] + b > 0, tf.float32)
        return float(tf.reduce_mean(tf.cast(says == y, tf.float32)))

    batches = tf.data.Dataset.from_tensor_slices(train).shuffle(256, seed=1).batch(8)
    history = {"loss": [], "val_loss": []}
    for _ in range(20):
        for x, y in batches:
            train_on_batch(x, y)
        history["loss"].append(float(loss_of(*train)))
        history["val_loss"].append(float(loss_of(*valid)))
    test_accuracy = accuracy(*test)
    print(f"loss {history['loss'][-1]:.4f}, accuracy on unseen data {test_accuracy:.3f}")
    return {
        "perceptron_history": history,
        "perceptron_accuracy": test_accuracy,
        "plane": (W.numpy()[:, 0], float(b[0])),
    }


def optimizers(train):
    x, y = train[0], train[1].reshape(-1, 1)
    contestants = {
        "SGD": tf.keras.optimizers.SGD(0.1),
        "SGD with momentum": tf.keras.optimizers.SGD(0.1, momentum=0.9),
        "RMSprop": tf.keras.optimizers.RMSprop(0.05),
        "Adam": tf.keras.optimizers.Adam(0.1),
    }
    races = {}
    for name, optimizer in contestants.items():
        W, b = tf.Variable(tf.zeros((2, 1))), tf.Variable(tf.zeros((1,)))
        losses = []
        for _ in range(60):
            with tf.GradientTape() as tape:
                p = tf.sigmoid(tf.matmul(x, W) + b)
                loss = tf.reduce_mean(tf.keras.losses.binary_crossentropy(y, p))
            gradients = tape.gradient(loss, [W, b])
            optimizer.apply_gradients(zip(gradients, [W, b]))
            losses.append(float(loss))
        races[name] = losses
        print(f"{name:18s} loss after 60 steps {losses[-1]:.4f}")
    return {"races": races}


def functional(train, valid, test):
    tf.keras.utils.set_random_seed(7)
    inputs = tf.keras.Input(shape=(2,))
    outputs = tf.keras.layers.Dense(1, activation="sigmoid")(inputs)
    model = tf.keras.Model(inputs, outputs)

    adam = tf.keras.optimizers.Adam(learning_rate=0.1)
    model.compile(adam, "binary_crossentropy", metrics=["accuracy"])
    model.summary()
    history = model.fit(*train, batch_size=8, epochs=10, validation_data=valid)
    _, accuracy = model.evaluate(*test, verbose=0)
    print(f"accuracy on unseen data {accuracy:.3f}")
    return {
        "functional_model": model,
        "functional_history": history.history,
        "functional_accuracy": accuracy,
    }


def sequential():
    # Two half moons: no straight line tells them apart.
    random = np.random.default_rng(5)
    y = np.repeat([0, 1], 300)
    turn = random.uniform(0, np.pi, size=600)
    x = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    x = np.where(y[:, None] == 0, x, [1, 0.45] - x)
    x += random.normal(scale=0.16, size=x.shape)
    order = random.permutation(600)
    x, y = x[order].astype("float32"), y[order].astype("float32")

    accuracies = {}
    for hidden in (0, 16):
        tf.keras.utils.set_random_seed(1)
        model = tf.keras.Sequential([tf.keras.Input(shape=(2,))])
        if hidden:
            model.add(tf.keras.layers.Dense(hidden, activation="tanh"))
        model.add(tf.keras.layers.Dense(1, activation="sigmoid"))
        adam = tf.keras.optimizers.Adam(learning_rate=0.03)
        model.compile(adam, "binary_crossentropy", metrics=["accuracy"])
        history = model.fit(
            x[:400],
            y[:400],
            validation_data=(x[400:], y[400:]),
            batch_size=16,
            epochs=40,
            verbose=0,
        )
        accuracies[hidden] = history.history["val_accuracy"][-1]
        print(f"{hidden:2d} hidden units: validation accuracy {accuracies[hidden]:.3f}")
    model.summary()
    return {
        "moons": (x, y),
        "moon_model": model,
        "moon_history": history.history,
        "moon_accuracies": accuracies,
    }


def losses():
    # Yes or no: one probability.
    y, p = tf.constant([1.0, 0.0, 1.0]), tf.constant([0.9, 0.2, 0.6])
    binary = tf.keras.losses.BinaryCrossentropy()(y, p)
    by_hand = tf.reduce_mean(-y * tf.math.log(p) - (1 - y) * tf.math.log(1 - p))
    print("binary     ", float(binary), float(by_hand))

    # One of several classes: logits for each, the class as a number.
    logits = tf.constant([[2.0, 1.0, 0.1], [0.5, 2.5, 0.3]])
    classes = tf.constant([0, 1])
    loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    multi_class = loss_of(classes, logits)
    chances = tf.nn.softmax(logits)
    chosen = tf.gather(chances, classes, batch_dims=1)
    by_hand_2 = tf.reduce_mean(-tf.math.log(chosen))
    print("multi-class", float(multi_class), float(by_hand_2))

    # Any number of labels at once: a yes or no for each of them.
    tags = tf.constant([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    multi_label = tf.keras.losses.BinaryCrossentropy(from_logits=True)(tags, logits)
    p = tf.sigmoid(logits)
    by_hand_3 = tf.reduce_mean(-tags * tf.math.log(p) - (1 - tags) * tf.math.log(1 - p))
    print("multi-label", float(multi_label), float(by_hand_3))

    pairs = [(binary, by_hand), (multi_class, by_hand_2), (multi_label, by_hand_3)]
    return {"loss_error": max(abs(float(a) - float(b)) for a, b in pairs)}


def _line_of(plane):
    (w0, w1), b = plane
    return lambda at: 1 / (1 + np.exp(-(at @ np.array([w0, w1]) + b)))


def _network_of(model):
    return lambda at: np.asarray(model.predict(at.astype("float32"), verbose=0))[:, 0]


DRAWN = {
    "to_file": None,
    "rankdir": "LR",
    "show_shapes": True,
    "show_layer_names": True,
    "show_layer_activations": True,
}
AXES = {"x_label": "feature 1", "y_label": "feature 2", "names": {0: "class 0", 1: "class 1"}}

CHAPTERS = [
    Chapter(
        "Two classes",
        two_classes,
        """Points of two kinds, described by two numbers of very different size. They are split
        into three parts: one to learn from, one to watch while learning, one to be looked at
        once, at the end. Then both numbers are brought to the range from 0 to 1, so that one
        learning rate suits both.""",
        figures=lambda s: [
            chart.scatter_chart(
                s["raw_x"],
                s["train"][1].astype(int),
                title="The training data, as measured",
                **AXES,
            )
        ],
        facts=lambda s: [
            f"{len(s['train'][1])} points to train, {len(s['valid'][1])} to validate, "
            f"{len(s['test'][1])} to test."
        ],
    ),
    Chapter(
        "Perceptron",
        perceptron,
        """One weighted sum and a sigmoid: a line that splits the plane, with a probability on
        either side. The loss compares log-odds with labels. It is also measured on the validation
        part, which is never trained on: as long as both curves fall together, the model learns
        and does not memorise.""",
        figures=lambda s: [
            chart.decision_chart(
                _line_of(s["plane"]),
                s["train"][0],
                s["train"][1].astype(int),
                title="What the perceptron says",
                **AXES,
            ),
            chart.history_chart(s["perceptron_history"], across=1),
        ],
        facts=lambda s: [
            f"Accuracy on the {len(s['test'][1])} test points: {s['perceptron_accuracy']:.3f}; "
            "3% of the labels are wrong on purpose."
        ],
    ),
    Chapter(
        "Optimizers",
        optimizers,
        """Plain descent follows the slope of the moment. Momentum keeps some of the last
        direction; RMSprop and Adam give each variable a step of its own size. All four start at
        zero and see the same data.""",
        figures=lambda s: [
            chart.line_chart(
                s["races"], title="Four optimizers, one task", x_label="step", y_label="loss"
            )
        ],
        facts=lambda s: [
            "After 60 steps: "
            + ", ".join(f"{name} {curve[-1]:.3f}" for name, curve in s["races"].items())
            + "."
        ],
    ),
    Chapter(
        "Functional API",
        functional,
        """The same perceptron in Keras. Layers are called on a symbolic input, the model is what
        lies between input and output, and compile and fit replace the loop that was written by
        hand.""",
        figures=lambda s: [
            plot_model(s["functional_model"], **DRAWN).picture(),
            chart.history_chart(s["functional_history"], across=1),
        ],
        facts=lambda s: [f"Accuracy on the test points: {s['functional_accuracy']:.3f}."],
    ),
    Chapter(
        "Sequential API",
        sequential,
        """Half moons that interlock cannot be split by a line, so a perceptron stays wrong about
        some of them. A hidden layer of 16 units bends the boundary. A chain of layers needs no
        more than a list: Sequential.""",
        figures=lambda s: [
            chart.decision_chart(
                _network_of(s["moon_model"]),
                s["moons"][0],
                s["moons"][1].astype(int),
                title="What the network with 16 hidden units says",
                **AXES,
            ),
            chart.history_chart(s["moon_history"], across=1),
            plot_model(s["moon_model"], **DRAWN).picture(),
        ],
        facts=lambda s: [
            f"Validation accuracy without a hidden layer {s['moon_accuracies'][0]:.3f}, with one "
            f"{s['moon_accuracies'][16]:.3f}."
        ],
    ),
    Chapter(
        "Losses",
        losses,
        """Which loss belongs to which question? Yes or no: binary cross-entropy. One class out of
        many: softmax and categorical cross-entropy. Several labels at once: a sigmoid and a
        binary cross-entropy for each. Each is written out by hand beside Keras's own.""",
        figures=lambda s: [
            chart.line_chart(
                {
                    "the truth is 1": (_PERCENT, -np.log(_PERCENT)),
                    "the truth is 0": (_PERCENT, -np.log(1 - _PERCENT)),
                },
                title="Binary cross-entropy: being sure and wrong is dear",
                x_label="predicted probability of class 1",
                y_label="loss",
            )
        ],
        facts=lambda s: [f"Keras's three losses and the formulas agree to {s['loss_error']:.0e}."],
    ),
]
_PERCENT = np.linspace(0.01, 0.99, 99)
