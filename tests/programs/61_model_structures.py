"""Models of several inputs and outputs: nested losses, names in the logs, slices, clones."""

import copy
import json
import pickle

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x = np.linspace(0, 1, 24).reshape(8, 3).astype("float32")
y, z = 2 * x[:, :1], x[:, 1:2]


def logs(history):
    return {k: np.round(v, 4).tolist() for k, v in sorted(history.history.items())}


def two(outputs, names=("a", "b")):
    start = keras.Input((3,), name="x")
    a, b = [layers.Dense(1, kernel_initializer="ones", name=n)(start) for n in names]
    return keras.Model(start, outputs(a, b))


CASES = [
    (lambda a, b: [a, b], ["mse", "mae"], [["mae"], ["mse"]], [1.0, 0.5], [y, z]),
    (lambda a, b: [a, b], {"a": "mse", "b": "mae"}, {"a": ["mae"]}, None, {"a": y, "b": z}),
    (lambda a, b: (a, b), "mse", None, None, [y, z]),
    (lambda a, b: {"p": a, "q": b}, {"p": "mse", "q": "mae"}, {"q": "mse"}, None, {"p": y, "q": z}),
    (lambda a, b: {"p": a, "q": [b, a]}, "mse", None, None, {"p": y, "q": [z, y]}),
    (lambda a, b: [a, [b, a]], ["mse", ["mae", "mse"]], None, None, [y, [z, y]]),
    (lambda a, b: {"u": {"v": a, "w": b}}, "mae", None, None, {"u": {"v": y, "w": z}}),
]
for outputs, loss, metrics, weights, targets in CASES:
    model = two(outputs)
    model.compile("sgd", loss, metrics=metrics, loss_weights=weights)
    print(logs(model.fit(x, targets, epochs=2, verbose=0, shuffle=False)), model.output_names)


class Plain(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(1, kernel_initializer="ones")

    def call(self, inputs):
        return [self.dense(inputs), 2 * self.dense(inputs)]


plain = Plain()
plain.compile("sgd", ["mse", "mae"], metrics=[["mae"], ["mse"]])
print(logs(plain.fit(x, [y, z], verbose=0, shuffle=False)))

model = two(lambda a, b: {"p": a, "q": [b, a]})
found = model.predict(x, verbose=0)
print(sorted(found), type(found["q"]).__name__, found["q"][1].shape, model.count_params())
print(type(two(lambda a, b: (a, b)).predict(x, verbose=0)).__name__)

base = keras.Sequential([layers.Dense(4, name="d1"), layers.Dense(2, name="d2")], name="base")
start = keras.Input((3,))
whole = keras.Model(start, layers.Dense(1, name="head")(base(start)), name="whole")
inner = keras.Model(base.inputs, base.get_layer("d1").output)
print(inner(x).shape, [layer.name for layer in whole.layers[1:]], whole.get_layer(index=2).name)
base.trainable = False
print([len(m.trainable_weights) for m in (base, whole)], base.layers[0].kernel.trainable)
base.layers[0].trainable = True
print([len(m.trainable_weights) for m in (base, whole)], whole.trainable, base.trainable)
base.trainable = True
print([len(m.trainable_weights) for m in (base, whole)], [w.path for w in whole.weights])

whole.compile("adam", "mse", metrics=["mae"])
whole.fit(x, y, verbose=0)
for other in (pickle.loads(pickle.dumps(whole)), copy.deepcopy(whole)):
    print(np.allclose(other.predict(x, verbose=0), whole.predict(x, verbose=0)), other.compiled)
clone = keras.models.clone_model(whole)
print(clone.count_params(), clone.get_layer("head") is whole.get_layer("head"))
print(keras.models.model_from_json(whole.to_json()).optimizer.name)
print(sorted(json.loads(whole.to_json())), whole.get_build_config(), base.get_build_config())
tree = whole.get_state_tree("numpy_array")
print(sorted(tree), sorted(tree["trainable_variables"]), sorted(tree["metrics_variables"]))
before = [v.numpy() for v in whole.trainable_variables]
zeros = [0 * v for v in before]
out, others = whole.stateless_call(zeros, [], x)
print(float(tf.reduce_sum(out)), len(others), np.allclose(before[0], whole.get_weights()[0]))
