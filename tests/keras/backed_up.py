"""Trainings that are killed and go on: `train(kind, ...)` is the program that is started again.

As a program: python backed_up.py KIND FOLDER SAVE_FREQ SECONDS_A_BATCH; it prints a digest of the
weights and of the optimizer's state.
"""

import hashlib
import random
import sys
import time

import numpy as np

import tensorbrook as tf

keras = tf.keras
ROWS, BATCH, EPOCHS = 50, 8, 5


class Killed(BaseException):
    """In the place of a signal that nobody can catch."""


class Killer(keras.callbacks.Callback):
    """Ends the program at the n-th call of a hook."""

    def __init__(self, hook, count):
        self.left = count
        setattr(self, hook, self.strike)

    def strike(self, *args):
        self.left -= 1
        if self.left == 0:
            raise Killed


class Slow(keras.callbacks.Callback):
    """Makes batches take some time, so that there is some to be killed in."""

    def __init__(self, seconds):
        self.seconds = seconds

    def on_train_batch_end(self, batch, logs=None):
        time.sleep(self.seconds)


class Noisy(keras.Sequential):
    """Draws with tf.random in a step of its own."""

    def train_step(self, data):
        x, y = data
        return super().train_step((x + tf.random.normal(tf.shape(x), stddev=0.1), y))


class Batches(keras.utils.PyDataset):
    """Batches with NumPy's noise."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y = x, y

    def __len__(self):
        return -(-ROWS // BATCH)

    def __getitem__(self, i):
        x = self.x[i * BATCH : (i + 1) * BATCH]
        return x + np.random.normal(size=x.shape).astype("float32"), self.y[i * BATCH :][: len(x)]


def endless(x, y):
    while True:
        picked = np.random.randint(0, ROWS, BATCH)
        yield x[picked] + random.random(), y[picked]


class Loader:
    """Something that makes batches whenever it is iterated over, shuffled by NumPy."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __iter__(self):
        order = np.random.permutation(ROWS)
        for i in range(0, ROWS, BATCH):
            yield self.x[order[i : i + BATCH]], self.y[order[i : i + BATCH]]

    def __len__(self):
        return -(-ROWS // BATCH)


def dataset(x, y):
    rows = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(ROWS)
    noise = rows.map(lambda a, b: (a + tf.random.normal([5], stddev=0.1), b))
    return noise.batch(BATCH)


def filtered(x, y):
    return dataset(x, y).unbatch().filter(lambda a, b: b[0] > -2).batch(BATCH)


def augmented(x, y):
    layer = keras.layers.GaussianNoise(0.1)
    rows = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH)
    return rows.map(lambda a, b: (layer(a, training=True), b))


# kind -> (data of x and y, further arguments of fit, of compile)
STEPS = {"steps_per_epoch": 5}
KINDS = {
    "arrays": (lambda x, y: (x, y), {"batch_size": BATCH}, {}),
    "steps of arrays": (lambda x, y: (x, y), {"batch_size": 2, **STEPS}, {}),
    "executions": (lambda x, y: (x, y), {"batch_size": BATCH}, {"steps_per_execution": 3}),
    "eager": (lambda x, y: (x, y), {"batch_size": BATCH}, {"run_eagerly": True}),
    "noisy": (lambda x, y: (x, y), {"batch_size": BATCH}, {}),
    "dataset": (lambda x, y: (dataset(x, y),), {}, {}),
    "of unknown length": (
        lambda x, y: (dataset(x, y).unbatch().filter(lambda a, b: b[0] > -2).batch(BATCH),),
        {},
        {},
    ),
    "repeated": (lambda x, y: (dataset(x, y).repeat().prefetch(2),), STEPS, {}),
    "augmented": (lambda x, y: (augmented(x, y),), {}, {}),
    "generator": (lambda x, y: (endless(x, y),), STEPS, {}),
    "PyDataset": (lambda x, y: (Batches(x, y),), {}, {}),
    "loader": (lambda x, y: (Loader(x, y),), {}, {}),
}


def network(kind):
    layers = [keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(0.3)]
    layers += [keras.layers.BatchNormalization(), keras.layers.Dense(1)]
    return Noisy(layers) if kind == "noisy" else keras.Sequential(layers)


def train(kind, folder=None, save_freq="epoch", before=(), after=(), seed=3, **arguments):
    """Trains as a program does that begins; `before` and `after` are callbacks beside the backup's.

    Returns:
      The weights and the optimizer's state, as bytes; and the History.
    """
    keras.backend.clear_session()
    keras.utils.set_random_seed(3)
    tf.random.set_seed(seed)
    rng = np.random.RandomState(0)
    x = rng.normal(size=(ROWS, 5)).astype("float32")
    y = np.tanh(x.sum(1, keepdims=True))
    make, fit, compiled = KINDS[kind]
    model = network(kind)
    model.compile(keras.optimizers.Adam(0.02), "mse", metrics=["mae"], **compiled)
    plateau = keras.callbacks.ReduceLROnPlateau("loss", 0.5, 1, min_delta=0.05, cooldown=1)
    decay = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.97)
    stop = keras.callbacks.EarlyStopping("val_loss", patience=2, restore_best_weights=True)
    callbacks = [*before, plateau, decay, stop, *after]
    if folder is not None:
        backup = keras.callbacks.BackupAndRestore(folder, save_freq, **arguments)
        callbacks.insert(len(before), backup)
    validation = tf.data.Dataset.from_tensor_slices((x[:20], y[:20])).shuffle(20).batch(10)
    history = model.fit(
        *make(x, y),
        epochs=EPOCHS,
        validation_data=validation,
        callbacks=callbacks,
        verbose=0,
        **fit,
    )
    arrays = [*model.get_weights(), *(v.numpy() for v in model.optimizer.variables)]
    return b"".join(a.tobytes() for a in arrays), history


if __name__ == "__main__":
    kind, folder, freq, seconds = sys.argv[1:]
    freq = freq if freq == "epoch" else int(freq)
    print("begins", flush=True)
    found, _ = train(kind, folder or None, freq, before=[Slow(float(seconds))])
    print(hashlib.sha256(found).hexdigest())
