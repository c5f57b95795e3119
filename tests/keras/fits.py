"""What the tests of fit have in common: data, a small network, a callback that sees each batch."""

import numpy as np

import tensorbrook as tf
from tensorbrook.function import function

keras, layers = tf.keras, tf.keras.layers
rng = np.random.default_rng(0)
X = rng.normal(size=(203, 6)).astype(np.float32)
Y = (X @ rng.normal(size=(6, 1)) + 0.1 * rng.normal(size=(203, 1))).astype(np.float32)
C = (X @ rng.normal(size=(6, 3))).argmax(1).astype(np.int32)
W = rng.random(203).astype(np.float32)


class Each(keras.callbacks.Callback):
    """Wants to be called at each batch, and notes what it is told."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append((batch, logs["loss"]))

    def on_test_batch_end(self, batch, logs=None):
        self.seen.append((batch, logs["loss"]))


def network(units=1, dropout=0.0, **options):
    keras.utils.set_random_seed(3)
    stack = [keras.Input((6,)), layers.Dense(9, activation="relu")]
    stack += [layers.Dropout(dropout)] if dropout else []
    model = keras.Sequential([*stack, layers.Dense(units)])
    model.compile(**{"optimizer": "adam", "loss": "mse"} | options)
    return model


def state(model):
    """All that training changes, as bytes."""
    values = [v.numpy() for v in [*model.variables, *model.optimizer.variables]]
    return [np.asarray(v).tobytes() for v in values]


def names_of_calls(monkeypatch):
    """A list that takes the name of each trace that runs, such as "train_step", in order."""
    names = []

    def counting(method):
        def counted(self, tensors, *given):
            if all(t.is_eager for t in tensors):
                names.append(self.name.split(".")[-1])
            return method(self, tensors, *given)

        return counted

    for way in ("flat", "arrays"):
        method = getattr(function.ConcreteFunction, way)
        monkeypatch.setattr(function.ConcreteFunction, way, counting(method))
    return names
