"""The ways of giving fit its data: arrays, split, datasets, generators, dictionaries."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

rng = np.random.default_rng(33)
x = rng.uniform(-1, 1, size=(120, 3)).astype("float32")
y = (np.sin(3 * x[:, :1]) + x[:, 1:2] * x[:, 2:]).astype("float32")


def new_model():
    keras.utils.set_random_seed(4)
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(12, activation="tanh"), keras.layers.Dense(1)]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["mae"])
    return model


def show(label, history):
    print(label, {k: [round(float(v), 4) for v in vs] for k, vs in sorted(history.history.items())})


show(
    "validation_split",
    new_model().fit(x, y, validation_split=0.25, epochs=2, batch_size=30, shuffle=False, verbose=0),
)
show("shuffled", new_model().fit(x, y, epochs=2, batch_size=40, verbose=0))
show(
    "validation_data",
    new_model().fit(
        x[:80], y[:80], validation_data=(x[80:], y[80:]), epochs=2, shuffle=False, verbose=0
    ),
)
train = tf.data.Dataset.from_tensor_slices((x[:80], y[:80])).batch(16)
valid = tf.data.Dataset.from_tensor_slices((x[80:], y[80:])).batch(16)
show("datasets", new_model().fit(train, validation_data=valid, epochs=2, verbose=0))
show(
    "validation_steps",
    new_model().fit(train, validation_data=valid, validation_steps=1, epochs=1, verbose=0),
)
show(
    "validation_freq",
    new_model().fit(train, validation_data=valid, validation_freq=2, epochs=4, verbose=0),
)


def batches():
    while True:
        for start in range(0, 120, 24):
            yield x[start : start + 24], y[start : start + 24]


show("generator", new_model().fit(batches(), steps_per_epoch=5, epochs=2, verbose=0))
model = new_model()
history = model.fit(train, epochs=5, initial_epoch=3, verbose=0)
print(history.epoch, history.params["epochs"], history.params["steps"])
show("tensors", new_model().fit(tf.constant(x), tf.constant(y), epochs=1, shuffle=False, verbose=0))

a, b = keras.Input((3,), name="a"), keras.Input((1,), name="b")
keras.utils.set_random_seed(4)
two = keras.Model([a, b], keras.layers.Dense(1, name="out")(keras.layers.Concatenate()([a, b])))
two.compile("sgd", "mse")
show("list", two.fit([x, y], y, epochs=1, shuffle=False, verbose=0))
show("dictionary", two.fit({"a": x, "b": y}, y, epochs=1, shuffle=False, verbose=0))
print([round(v, 4) for v in model.evaluate(valid, verbose=0)])
print(model.predict(x[:3], verbose=0).tolist(), model.predict(x, batch_size=50, verbose=0).shape)
print(model.predict(batches(), steps=2, verbose=0).shape, model(x[:2], training=False).shape)
