"""Chapters on handwritten digits (or clothes): a tape loop and fit, on the same network."""

import numpy as np

import tensorbrook as tf
from tensorbrook.charts import chart

from .chapter import Chapter


def look_at_digits(images, classes):
    print(len(images), "pictures of", images.shape[1:], images.dtype)
    print("values from", images.min(), "to", images.max())
    counts = np.bincount(classes)
    print("pictures of each class:", counts)

    order = np.random.default_rng(3).permutation(len(images))
    x = (images[order] / images.max()).astype("float32")
    y = classes[order].astype("int64")
    parts = np.array([0.7, 0.85]) * len(x)
    x_train, x_valid, x_test = np.split(x, parts.astype(int))
    y_train, y_valid, y_test = np.split(y, parts.astype(int))
    return {
        "x_train": x_train,
        "y_train": y_train,
        "digits_valid": (x_valid, y_valid),
        "digits_test": (x_test, y_test),
    }


def digits_by_tape(x_train, y_train, digits_valid, digits_test, epochs, batch_size):
    tf.keras.utils.set_random_seed(11)
    model = tf.keras.Sequential(
        [
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(128, activation="relu"),
            tf.keras.layers.Dense(10),
        ]
    )
    loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = tf.keras.optimizers.Adam()
    mean_loss = tf.keras.metrics.Mean()
    hits = tf.keras.metrics.SparseCategoricalAccuracy()

    @tf.function
    def train_step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        mean_loss.update_state(loss)

    def accuracy(x, y):
        hits.reset_state()
        hits.update_state(y, model(x, training=False))
        return float(hits.result())

    batches = tf.data.Dataset.from_tensor_slices((x_train, y_train))
    batches = batches.shuffle(len(x_train), seed=2).batch(batch_size)
    history = {"loss": [], "val_loss": []}
    for epoch in range(epochs):
        mean_loss.reset_state()
        for x, y in batches:
            train_step(x, y)
        history["loss"].append(float(mean_loss.result()))
        x, y = digits_valid
        history["val_loss"].append(float(loss_of(y, model(x, training=False))))
        print(
            f"epoch {epoch + 1:2d}: loss {history['loss'][-1]:.4f}, "
            f"validation loss {history['val_loss'][-1]:.4f}"
        )
    tape_accuracy = accuracy(*digits_test)
    print(f"accuracy on unseen pictures {tape_accuracy:.4f}")
    return {"tape_history": history, "tape_accuracy": tape_accuracy}


def digits_by_fit(x_train, y_train, digits_valid, digits_test, epochs, batch_size):
    tf.keras.utils.set_random_seed(12)
    model = tf.keras.Sequential(
        [
            tf.keras.Input(shape=x_train.shape[1:]),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(128, activation="relu"),
            tf.keras.layers.Dropout(0.2),
            tf.keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.summary()
    history = model.fit(
        x_train,
        y_train,
        validation_data=digits_valid,
        batch_size=batch_size,
        epochs=epochs,
    )
    _, accuracy = model.evaluate(*digits_test, verbose=0)
    chances = model.predict(digits_test[0], verbose=0)
    print(f"accuracy on unseen pictures {accuracy:.4f}")
    return {"fit_history": history.history, "fit_accuracy": accuracy, "chances": chances}


def _confusion(results):
    truth, said = results["digits_test"][1], results["chances"].argmax(axis=1)
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (truth, said), 1)
    return chart.matrix_chart(
        matrix,
        rows=results["names"],
        columns=results["names"] if max(map(len, results["names"])) < 3 else None,
        title="Confusion matrix of the test pictures",
        x_label="said",
        y_label="truth",
    )


def _samples(results):
    (x, y), said = results["digits_test"], results["chances"].argmax(axis=1)
    wrong = said != y
    # The mistakes first: they teach more than the rest.
    order = np.argsort(~wrong, kind="stable")[:24]
    names = results["names"]
    captions = [f"{names[y[i]]}, said {names[said[i]]}" if wrong[i] else names[y[i]] for i in order]
    wide = max(map(len, names)) > 3
    return chart.image_grid(
        x[order],
        captions,
        wrong=wrong[order],
        columns=5 if wide else 8,
        tile=96 if wide else 60,
        title="Test pictures: the mistakes first",
    )


CHAPTERS = [
    Chapter(
        "Pictures",
        look_at_digits,
        """Real data at last: grey pictures, each with the class that a person gave it. They are
        shuffled, scaled to the range from 0 to 1 and split, as before, into a part to train, one
        to validate and one to test.""",
        figures=lambda s: [
            chart.image_grid(
                s["x_train"][:24],
                [s["names"][c] for c in s["y_train"][:24]],
                columns=8,
                title="Pictures of the training part",
            )
        ],
        facts=lambda s: [
            f"{s['set_name']}: {len(s['images'])} pictures of {s['images'].shape[1]} x "
            f"{s['images'].shape[2]} pixels; {len(s['x_train'])} train the model, "
            f"{len(s['digits_test'][1])} test it."
        ],
    ),
    Chapter(
        "A network and a loop of one's own",
        digits_by_tape,
        """Keras layers, but the loop is ours: a step under tf.function, batches from tf.data, an
        optimizer, and metrics that add up what happens. Whatever a research idea needs to change,
        it can be changed here.""",
        figures=lambda s: [chart.history_chart(s["tape_history"], across=1)],
        facts=lambda s: [f"Accuracy on the test pictures: {s['tape_accuracy']:.4f}."],
    ),
    Chapter(
        "The same with fit",
        digits_by_fit,
        """The same network with Dropout, trained by fit. Its history holds the loss and the
        accuracy of each epoch, for the training and the validation part. The confusion matrix
        says which classes are taken for which.""",
        figures=lambda s: [
            chart.history_chart(s["fit_history"], across=1),
            chart.bar_chart(
                {
                    "loop of one's own": round(s["tape_accuracy"], 4),
                    "fit": round(float(s["fit_accuracy"]), 4),
                },
                title="Accuracy on the test pictures",
            ),
            _confusion(s),
            _samples(s),
        ],
        facts=lambda s: [
            f"Accuracy on the test pictures: {s['fit_accuracy']:.4f}; "
            f"{int((s['chances'].argmax(axis=1) != s['digits_test'][1]).sum())} of "
            f"{len(s['digits_test'][1])} are taken for something else."
        ],
    ),
]
