"""Record the configs that Keras gives its functional models, and what the models compute.

Run with a Python that has TensorFlow 2.21 and Keras 3.15.1:

    python tests/oracles/make_functional.py

It writes golden/functional.json beside itself. The tests read that file only.
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras import layers

GOLDEN = pathlib.Path(__file__).parent / "golden" / "functional.json"


def shared_and_nested():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    dense = layers.Dense(2, "tanh", name="shared")
    joined = layers.Concatenate(name="joined")([dense(a), dense(b)])
    start = keras.Input((4,), name="start")
    inner = keras.Model(start, layers.Dense(3, name="inside")(start), name="inner")
    hidden = inner(joined)
    again = inner(layers.Dropout(0.5, name="drop")(joined))
    added = layers.Add(name="added")((hidden, again))
    return keras.Model([a, b], [layers.Dense(1, name="last")(added), again], name="both")


def masked():
    words = keras.Input((5,), dtype="int32", name="words")
    vectors = layers.Embedding(4, 2, mask_zero=True, name="vectors")(words)
    mean = layers.Average(name="mean")([vectors, vectors])
    return keras.Model({"words": words}, {"mean": mean, "vectors": vectors}, name="masked")


def stacked_within():
    x = keras.Input((3,), name="x")
    stack = keras.Sequential(
        [keras.Input((3,), name="y"), layers.Dense(2, name="first"), layers.ReLU(name="cut")],
        name="stack",
    )
    return keras.Model(x, [stack(x)], name="around")


def record(make, *inputs):
    model = make()
    rng = np.random.default_rng(3)
    weights = [rng.normal(size=w.shape).astype("float32") for w in model.weights]
    model.set_weights(weights)
    outputs = keras.tree.flatten(model(inputs[0] if len(inputs) == 1 else list(inputs)))
    return {
        "config": model.get_config(),
        "weights": [w.tolist() for w in weights],
        "paths": [w.path for w in model.weights],
        "inputs": [x.tolist() for x in inputs],
        "outputs": [np.asarray(y).tolist() for y in outputs],
    }


def main():
    x = np.random.default_rng(5).normal(size=(2, 4)).astype("float32")
    words = np.array([[1, 2, 0, 0, 0], [3, 1, 2, 3, 0]], "int32")
    cases = {
        "shared_and_nested": record(shared_and_nested, x, 2 * x),
        "masked": record(lambda: keras.Model.from_config(masked().get_config()), words),
        "stacked_within": record(stacked_within, x[:, :3]),
    }
    GOLDEN.write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()
