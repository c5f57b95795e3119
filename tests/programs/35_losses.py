"""The losses for two classes, many classes, many labels, and regression."""

import tensorflow as tf

losses = tf.keras.losses
logits = tf.constant([[2.0, -1.0, 0.5], [0.1, 0.2, 3.0]])
probabilities = tf.nn.softmax(logits)
one_hot = tf.constant([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
sparse = tf.constant([0, 2])
print(losses.CategoricalCrossentropy()(one_hot, probabilities).numpy())
print(losses.CategoricalCrossentropy(from_logits=True)(one_hot, logits).numpy())
print(
    losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)(one_hot, logits).numpy()
)
print(losses.SparseCategoricalCrossentropy()(sparse, probabilities).numpy())
print(
    losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")(sparse, logits).numpy()
)
print(tf.nn.softmax_cross_entropy_with_logits(one_hot, logits).numpy())
print(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=sparse, logits=logits).numpy())

binary = tf.constant([[1.0], [0.0], [1.0]])
scores = tf.constant([[1.5], [-0.5], [-2.0]])
print(losses.BinaryCrossentropy()(binary, tf.sigmoid(scores)).numpy())
print(losses.BinaryCrossentropy(from_logits=True)(binary, scores).numpy())
print(losses.BinaryFocalCrossentropy(gamma=2, from_logits=True)(binary, scores).numpy())
print(
    losses.Hinge()(2 * binary - 1, scores).numpy(),
    losses.SquaredHinge()(2 * binary - 1, scores).numpy(),
)
multi = tf.constant([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
print(losses.BinaryCrossentropy(from_logits=True, reduction="none")(multi, logits).numpy())
print(tf.nn.sigmoid_cross_entropy_with_logits(labels=multi, logits=logits).numpy().tolist())
print(tf.nn.weighted_cross_entropy_with_logits(multi, logits, pos_weight=3.0).numpy().tolist())

true, pred = tf.constant([[0.0, 1.0], [2.0, 0.5]]), tf.constant([[0.3, 0.6], [1.0, 1.5]])
for name in (
    "MeanSquaredError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredLogarithmicError",
):
    print(name, getattr(losses, name)()(true, pred).numpy())
for name in ("Huber", "LogCosh", "Poisson", "KLDivergence", "CosineSimilarity", "CategoricalHinge"):
    print(name, getattr(losses, name)()(true, pred).numpy())
print(
    losses.Huber(delta=0.5)(true, pred).numpy(),
    losses.mse(true, pred).numpy(),
    losses.MAE(true, pred).numpy(),
)
print(losses.get("mse")(true, pred).numpy(), losses.get("huber")(true, pred).numpy())
print(losses.MeanSquaredError(reduction="sum")(true, pred, sample_weight=[1.0, 0.5]).numpy())
print(
    losses.categorical_crossentropy(one_hot, probabilities).numpy(),
    losses.binary_crossentropy(binary, tf.sigmoid(scores)).numpy(),
)

x = tf.Variable(logits)
for name, function in (
    ("softmax", lambda: losses.SparseCategoricalCrossentropy(from_logits=True)(sparse, x)),
    ("sigmoid", lambda: losses.BinaryCrossentropy(from_logits=True)(multi, x)),
    ("clipped", lambda: losses.CategoricalCrossentropy()(one_hot, tf.nn.softmax(x))),
):
    with tf.GradientTape() as tape:
        value = function()
    print(name, tape.gradient(value, x).numpy().tolist())
print(losses.CategoricalFocalCrossentropy()(one_hot, probabilities).numpy())
