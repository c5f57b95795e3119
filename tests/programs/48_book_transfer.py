"""Transfer: a frozen base, its features once and for all, then fine-tuning of its last part."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(48)
rng = np.random.default_rng(48)
images = rng.uniform(0, 255, (24, 32, 32, 3)).astype("float32")
labels = rng.integers(0, 2, 24)
images[labels == 1, :16] += 60

base = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, include_top=False, weights=None)
base.trainable = False
print(
    base.name, len(base.layers), base.count_params(), len(base.trainable_weights), base.output_shape
)

inputs = keras.Input((32, 32, 3))
x = keras.applications.mobilenet_v2.preprocess_input(inputs)
x = base(x, training=False)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dropout(0.2)(x)
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid", name="head")(x))
model.compile(keras.optimizers.Adam(1e-2), "binary_crossentropy", metrics=["accuracy"])
print(len(model.trainable_weights), model.count_params())
before = [w.numpy().copy() for w in base.weights]
history = model.fit(images, labels, epochs=2, batch_size=8, verbose=0)
print([round(v, 3) for v in history.history["loss"]])
print(all((a == b.numpy()).all() for a, b in zip(before, base.weights)))

features = keras.Model(
    inputs, base(keras.applications.mobilenet_v2.preprocess_input(inputs), training=False)
)
found = features.predict(images, batch_size=8, verbose=0)
print(found.shape, np.abs(found).mean().round(4))
probe = keras.Sequential(
    [keras.Input(found.shape[1:]), layers.Flatten(), layers.Dense(1, "sigmoid")]
)
probe.compile("rmsprop", "binary_crossentropy")
print(
    [
        round(v, 3)
        for v in probe.fit(found, labels, epochs=2, batch_size=8, verbose=0).history["loss"]
    ]
)

base.trainable = True
for layer in base.layers[:-9]:
    layer.trainable = False
model.compile(keras.optimizers.RMSprop(1e-4), "binary_crossentropy", metrics=["accuracy"])
print([w.path.split("/")[-2] for w in base.trainable_weights])
model.fit(images, labels, epochs=1, batch_size=8, verbose=0)
changed = [not (a == b.numpy()).all() for a, b in zip(before, base.weights)]
print(any(changed), any(changed[:100]), len(changed))
cut = keras.Model(base.input, base.get_layer("block_3_project_BN").output)
print(cut.output_shape, len(cut.layers))
copy = keras.models.clone_model(probe)
copy.set_weights(probe.get_weights())
print(np.allclose(copy.predict(found, verbose=0), probe.predict(found, verbose=0), atol=1e-6))
