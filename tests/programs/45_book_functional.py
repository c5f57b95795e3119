"""Functional models: wide and deep, several inputs and outputs, crossed and bucketed features."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(45)
rng = np.random.default_rng(45)
count = 40
data = {
    "age": rng.uniform(18, 80, (count, 1)).astype("float32"),
    "income": rng.lognormal(3, 0.5, (count, 1)).astype("float32"),
    "city": rng.choice(["Paris", "Oslo", "Rome"], (count, 1)),
    "visits": rng.integers(0, 5, (count, 1)),
}
buys = ((data["age"] > 40) & (data["city"] != "Oslo")).astype("float32")
spends = data["income"] * 0.1 * buys

age = keras.Input((1,), name="age")
income = keras.Input((1,), name="income")
city = keras.Input((1,), dtype="string", name="city")
visits = keras.Input((1,), dtype="int64", name="visits")
normal = layers.Normalization(axis=None)
normal.adapt(data["income"])
buckets = layers.Discretization(bin_boundaries=[30.0, 50.0, 65.0], output_mode="one_hot")
cities = layers.StringLookup(output_mode="one_hot")
cities.adapt(data["city"])
crossed = layers.HashedCrossing(num_bins=8, output_mode="one_hot")
numbers = layers.CategoryEncoding(num_tokens=5, output_mode="one_hot")
print(
    " ".join(cities.get_vocabulary()),
    normal.mean.numpy().round(3),
    normal.variance.numpy().round(3),
)
wide = layers.Concatenate()([buckets(age), cities(city), crossed((city, visits)), numbers(visits)])
deep = layers.Concatenate()([normal(income), layers.Rescaling(1 / 80)(age)])
for units in (8, 8):
    deep = layers.Dense(units, activation="selu", kernel_initializer="lecun_normal")(deep)
both = layers.Concatenate()([wide, deep])
purchase = layers.Dense(1, activation="sigmoid", name="purchase")(both)
amount = layers.Dense(1, name="amount")(deep)
model = keras.Model([age, income, city, visits], [purchase, amount])
model.compile(
    "nadam",
    loss=["binary_crossentropy", keras.losses.Huber()],
    loss_weights=[1.0, 0.3],
    metrics=[["accuracy", "AUC"], ["mae", "RootMeanSquaredError"]],
)
dataset = tf.data.Dataset.from_tensor_slices((data, (buys, spends))).batch(10)
history = model.fit(dataset, epochs=2, verbose=0)
for key, values in sorted(history.history.items()):
    print(key, [round(float(v), 3) for v in values])
one = tf.data.Dataset.from_tensor_slices({k: v[:2] for k, v in data.items()}).batch(2)
predicted = model.predict(one, verbose=0)
print([p.shape for p in predicted], predicted[0].round(3).ravel())
print([tuple(o.shape) for o in model.outputs], model.count_params())
half = keras.Model(model.inputs, model.get_layer("purchase").output)
print(half.predict(one, verbose=0).round(3).ravel())
