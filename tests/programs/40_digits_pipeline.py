"""A whole small project: drawn digits, normalization, a network, its report."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

GLYPHS = {
    0: "###|#.#|#.#|#.#|###",
    1: ".#.|##.|.#.|.#.|###",
    2: "###|..#|###|#..|###",
    3: "###|..#|.##|..#|###",
    4: "#.#|#.#|###|..#|..#",
}
rng = np.random.default_rng(123)
labels = rng.integers(0, 5, size=300)
drawn = {k: np.array([[c == "#" for c in row] for row in v.split("|")]) for k, v in GLYPHS.items()}
images = np.stack([drawn[k] * 200.0 + rng.normal(size=(5, 3)) * 60.0 for k in labels]).astype(
    "float32"
)
x_train, x_test, y_train, y_test = images[:240], images[240:], labels[:240], labels[240:]
print(x_train.shape, x_test.shape, np.bincount(y_train).tolist())

normalizer = layers.Normalization(axis=None)
normalizer.adapt(x_train)
scaled = np.array(normalizer(x_train))
print(
    f"mean {scaled.mean():.3f} std {scaled.std():.3f}", round(np.array(normalizer.mean).item(), 3)
)
by_column = layers.Normalization(axis=-1, mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 9.0])
print(np.array(by_column(tf.constant([[2.0, 4.0, 0.0]]))).tolist())

keras.utils.set_random_seed(2024)
model = keras.Sequential(
    [
        keras.Input((5, 3)),
        normalizer,
        layers.Flatten(),
        layers.Dense(24, activation="relu"),
        layers.Dropout(0.1),
        layers.Dense(5),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(0.01),
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
)
history = model.fit(x_train, y_train, batch_size=32, epochs=4, validation_split=0.2, verbose=0)
print({k: [round(v, 3) for v in vs] for k, vs in sorted(history.history.items())})
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(f"test loss {loss:.3f} accuracy {accuracy:.3f}")

probability_model = keras.Sequential([model, layers.Activation("softmax")])
predictions = probability_model.predict(x_test, verbose=0)
print(predictions[0].tolist(), float(predictions.sum(axis=1).min()))
confusion = tf.math.confusion_matrix(y_test, predictions.argmax(axis=1), num_classes=5)
print(confusion.numpy().tolist(), int(tf.linalg.trace(confusion)))

precision, recall = keras.metrics.Precision(), keras.metrics.Recall()
is_three, says_three = (y_test == 3).astype("float32"), predictions[:, 3]
precision.update_state(is_three, says_three)
recall.update_state(is_three, says_three)
auc = keras.metrics.AUC()
auc.update_state(is_three, says_three)
print(f"{precision.result():.3f} {recall.result():.3f} {auc.result():.3f}")
model.summary()
