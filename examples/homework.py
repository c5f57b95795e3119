"""The lesson's homework: clothes told apart by a network of two layers, trained twice.

Once by a loop of one's own with a GradientTape, once by `fit`: 784-128-10, Adam, batches of 128,
5 epochs. Run it with `python examples/homework.py`, or with `--data digits` where Fashion-MNIST is
not at hand.
"""

import argparse
import time

import numpy as np

import tensorbrook as tf

CLASSES = 10


def load(name):
    """Return (x, y), (x_test, y_test), the pictures scaled to 0 to 1."""
    if name == "digits":
        from sklearn.datasets import load_digits

        digits = load_digits()
        # They lie in the order of their writers: the test must not be other people's hands only.
        order = np.random.default_rng(0).permutation(len(digits.target))
        pairs = [(digits.images[part], digits.target[part]) for part in np.split(order, [1500])]
    elif name in ("fashion-mnist", "mnist"):
        module = {"fashion-mnist": "fashion_mnist", "mnist": "mnist"}[name]
        pairs = getattr(tf.keras.datasets, module).load_data()
    else:
        pairs = tf.keras.datasets.idx.load_folder(name)
    largest = pairs[0][0].max()
    return [((x / largest).astype("float32"), y.astype("int64")) for x, y in pairs]


def network(shape):
    return tf.keras.Sequential(
        [
            tf.keras.Input(shape),
            tf.keras.layers.Flatten(),
            tf.keras.layers.Dense(128, activation="relu"),
            tf.keras.layers.Dense(CLASSES),
        ]
    )


def by_tape(train, test, epochs, batch_size):
    """Train with a hand-written loop; return the accuracy on `test`."""
    model = network(train[0].shape[1:])
    loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    optimizer = tf.keras.optimizers.Adam()

    @tf.function
    def train_step(x, y):
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        return loss

    batches = tf.data.Dataset.from_tensor_slices(train).shuffle(len(train[0])).batch(batch_size)
    for epoch in range(epochs):
        losses = [train_step(x, y) for x, y in batches]
        print(f"epoch {epoch + 1}/{epochs}: loss {float(tf.reduce_mean(losses)):.4f}")
    x, y = test
    said = tf.argmax(model(x, training=False), axis=1)
    return float(tf.reduce_mean(tf.cast(said == y, tf.float32)))


def by_fit(train, test, epochs, batch_size):
    """Train with `fit`; return the accuracy on `test`."""
    model = network(train[0].shape[1:])
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    model.fit(*train, batch_size=batch_size, epochs=epochs)
    return model.evaluate(*test, verbose=0)[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="fashion-mnist", help="or mnist, digits, a folder")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=128)
    given = parser.parse_args()
    train, test = load(given.data)
    for name, run in (("tape", by_tape), ("fit", by_fit)):
        tf.keras.utils.set_random_seed(3)
        started = time.perf_counter()
        accuracy = run(train, test, given.epochs, given.batch_size)
        seconds = time.perf_counter() - started
        print(f"by {name}: test accuracy {accuracy:.4f} after {seconds:.1f} s")


if __name__ == "__main__":
    main()
