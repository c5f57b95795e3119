"""Class weights, sample weights and weighted metrics."""

import numpy as np
import tensorflow as tf
from tensorflow import keras

rng = np.random.default_rng(9)
x = rng.normal(size=(100, 4)).astype("float32")
y = (x.sum(axis=1) > 1.2).astype("int32")
print("positives:", int(y.sum()))


def new_model():
    keras.utils.set_random_seed(77)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(6, activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.02),
        loss="sparse_categorical_crossentropy",
        weighted_metrics=["accuracy"],
    )
    return model


def show(label, history):
    print(label, {k: [round(float(v), 4) for v in vs] for k, vs in sorted(history.history.items())})


options = dict(batch_size=25, epochs=2, shuffle=False, verbose=0)
show("plain:", new_model().fit(x, y, **options))
show("class weights:", new_model().fit(x, y, class_weight={0: 1.0, 1: 5.0}, **options))
sample_weight = np.ones(100)
sample_weight[y == 1] = 5.0
show("sample weights:", new_model().fit(x, y, sample_weight=sample_weight, **options))
show(
    "half of them:",
    new_model().fit(x, y, sample_weight=(np.arange(100) < 50).astype("float32"), **options),
)

dataset = tf.data.Dataset.from_tensor_slices((x, y, sample_weight.astype("float32"))).batch(25)
show("from a dataset:", new_model().fit(dataset, epochs=2, verbose=0))
show(
    "with validation:",
    new_model().fit(x, y, validation_data=(x[:40], y[:40], sample_weight[:40]), **options),
)

model = new_model()
model.fit(x, y, **options)
print([round(v, 4) for v in model.evaluate(x, y, sample_weight=sample_weight, verbose=0)])
print([round(v, 4) for v in model.evaluate(x, y, verbose=0)])
logs = model.train_on_batch(x[:10], y[:10], sample_weight=sample_weight[:10], return_dict=True)
print({k: round(float(v), 4) for k, v in sorted(logs.items())})
print([round(float(v), 4) for v in model.test_on_batch(x[:10], y[:10])])
print(model.predict_on_batch(x[:2]).tolist())

mse = keras.losses.MeanSquaredError()
true, pred = [[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]]
print(float(mse(true, pred)), float(mse(true, pred, sample_weight=[0.7, 0.3])))
print(float(keras.losses.MeanSquaredError(reduction="sum")(true, pred)))
print(keras.losses.MeanSquaredError(reduction=None)(true, pred).numpy())
