"""Models that Keras 2 saves in folders, besides those of keras_files_cases.py."""

import keras_files_cases as files
import numpy as np

MODELS = dict(files.MODELS)


def case(function):
    MODELS[function.__name__] = function
    return function


def custom(keras):
    """The classes of a program's own that the models use."""

    class Named(keras.Model):
        def __init__(self, units=2, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.table = keras.layers.Embedding(5, 3)
            self.blocks = [keras.layers.Dense(3, "tanh"), keras.layers.LayerNormalization()]
            self.last = keras.layers.Dense(units)

        def call(self, inputs, training=False):
            x = keras.layers.Flatten()(self.table(inputs["ids"])[:, :1]) * inputs["x"]
            for block in self.blocks:
                x = block(x)
            return self.last(x)

        def get_config(self):
            return {"units": self.units, "name": self.name}

    return {**files.custom(keras), "Named": Named}


@case
def named(keras, own):
    given = {"ids": np.array([[1, 2], [4, 0]], "int32"), "x": files.numbers(2, 3)}
    model = own["Named"](3)
    model(given)
    return model, [given]


@case
def frozen(keras, own):
    layers = keras.layers
    first = layers.Dense(4, "tanh", trainable=False)
    model = keras.Sequential([keras.Input((3,)), first, layers.Dense(4), own["Scale"](2.0)])
    return model, [files.numbers(6, 3)]


@case
def plain(keras, own):
    return files.classes(keras, own)


for _name in ("legacy.Adam", "legacy.SGD", "legacy.RMSprop"):
    MODELS[f"with_{_name}"] = files.optimized(_name)


def optimizer_of(keras, name):
    """The optimizer of a case."""
    kind = name.removeprefix("with_legacy.")
    if kind == name:
        return files.optimizer_of(keras, name)
    more = {} if kind == "Adam" else {"momentum": 0.9}
    return getattr(keras.optimizers.legacy, kind)(learning_rate=0.01, **more)


def trained(keras, name, own):
    """(model, inputs) of a case, compiled with metrics and trained."""
    model, given = MODELS[name](keras, own)
    outputs = getattr(model, "outputs", None) or [None]
    loss = "mse" if len(outputs) < 2 else ["mse"] * len(outputs)
    more = {"metrics": ["mae"]} if len(outputs) < 2 else {}
    model.compile(optimizer_of(keras, name), loss, **more)
    if name not in files.UNTRAINED:
        files.train(model, given)
    return model, given
