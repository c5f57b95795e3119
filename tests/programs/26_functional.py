"""The functional API: graphs of layers with several inputs and outputs."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(12)
inputs = keras.Input(shape=(8,), name="features")
x = layers.Dense(6, activation="relu")(inputs)
x = layers.Dense(6, activation="relu")(x)
outputs = layers.Dense(3, name="scores")(x)
model = keras.Model(inputs=inputs, outputs=outputs, name="toy")
print(model.name, inputs.shape, inputs.dtype, outputs.shape, len(model.layers))
print(model(np.ones((1, 8), "float32")).numpy())

title = keras.Input(shape=(5,), name="title")
body = keras.Input(shape=(7,), name="body")
tags = keras.Input(shape=(2,), name="tags")
merged = layers.concatenate([layers.Dense(4)(title), layers.Dense(4)(body), tags])
priority = layers.Dense(1, activation="sigmoid", name="priority")(merged)
department = layers.Dense(3, activation="softmax", name="department")(merged)
ticket = keras.Model([title, body, tags], {"priority": priority, "department": department})
rng = np.random.default_rng(0)
data = {
    name: rng.normal(size=(12, n)).astype("float32")
    for name, n in (("title", 5), ("body", 7), ("tags", 2))
}
targets = {"priority": rng.integers(0, 2, (12, 1)), "department": rng.integers(0, 3, (12,))}
ticket.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss={"priority": "binary_crossentropy", "department": "sparse_categorical_crossentropy"},
    loss_weights={"priority": 1.0, "department": 0.2},
)
history = ticket.fit(data, targets, epochs=2, batch_size=4, shuffle=False, verbose=0)
print([round(v, 4) for v in history.history["loss"]])
out = ticket.predict(data, verbose=0)
print(sorted(out), out["priority"].shape, out["department"][0])

a = keras.Input((4,))
h1 = layers.Dense(4, activation="relu")(a)
h2 = layers.add([h1, a])
h3 = layers.multiply([h2, h1])
h4 = layers.Concatenate(axis=-1)([h3, a])
residual = keras.Model(a, layers.Dropout(0.3)(h4))
print(residual(np.arange(4, dtype="float32")[None]).numpy())

shared = layers.Dense(3, name="shared")
left, right = keras.Input((5,)), keras.Input((5,))
siamese = keras.Model([left, right], shared(left) - shared(right))
print(len(siamese.trainable_weights), siamese([np.ones((1, 5)), np.ones((1, 5))]).numpy())
nested = keras.Model(a, model(layers.Dense(8)(residual(a))))
print(nested.output_shape, nested.count_params(), nested.get_layer("toy") is model)
encoder = keras.Model(model.input, model.layers[1].output)
print(encoder(np.ones((2, 8), "float32")).shape, model.get_layer("scores").output.shape)
doubled = keras.Model(a, layers.Lambda(lambda t: t * 2 + 1)(a))
print(doubled(np.ones((1, 4), "float32")).numpy())
