"""tf.data: shuffling with seeds, epochs, and feeding a model."""

import tensorflow as tf

tf.random.set_seed(42)
ds = tf.data.Dataset.range(10).shuffle(buffer_size=10, seed=7)
print("epoch 1:", [int(x) for x in ds])
print("epoch 2:", [int(x) for x in ds])

tf.random.set_seed(42)
fixed = tf.data.Dataset.range(10).shuffle(10, seed=7, reshuffle_each_iteration=False)
first = [int(x) for x in fixed]
print("fixed:", first, first == [int(x) for x in fixed])

tf.random.set_seed(1)
small = tf.data.Dataset.range(8).shuffle(3, seed=5)
print("small buffer:", [int(x) for x in small])
tf.random.set_seed(1)
print(
    "shuffle then repeat:", [int(x) for x in tf.data.Dataset.range(4).shuffle(4, seed=2).repeat(3)]
)
print(
    "repeat then shuffle:",
    sorted(int(x) for x in tf.data.Dataset.range(4).repeat(2).shuffle(8, seed=2)),
)

tf.random.set_seed(3)
x = tf.random.normal((32, 3), seed=1)
y = tf.reduce_sum(x, axis=1, keepdims=True)
train = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(32, seed=1).batch(8)
for features, labels in train.take(1):
    print(features.shape, labels.shape, features[0].numpy())
with_weights = tf.data.Dataset.from_tensor_slices((x, y, tf.ones(32))).batch(16)

tf.keras.utils.set_random_seed(0)
model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(1)])
model.compile(tf.keras.optimizers.SGD(0.1), "mse")
history = model.fit(train, epochs=3, verbose=0)
print([round(v, 4) for v in history.history["loss"]])
history = model.fit(train.repeat(), epochs=2, steps_per_epoch=3, verbose=0)
print([round(v, 5) for v in history.history["loss"]])
print(round(model.evaluate(with_weights, verbose=0), 5))
print(model.predict(train.map(lambda a, b: a), verbose=0).shape)
left, right = tf.keras.utils.split_dataset(tf.data.Dataset.range(10), left_size=0.8)
print([int(v) for v in left], [int(v) for v in right])
