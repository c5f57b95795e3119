"""A translator that writes word by word: its layers meet lengths that they were not built for."""

import contextlib

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(71)


class Block(layers.Layer):
    def __init__(self, width, heads):
        super().__init__()
        self.attend = layers.MultiHeadAttention(num_heads=heads, key_dim=width)
        self.look = layers.MultiHeadAttention(num_heads=heads, key_dim=width)
        self.norms = [layers.LayerNormalization() for _ in range(3)]
        self.feed = keras.Sequential([layers.Dense(12, activation="relu"), layers.Dense(width)])

    def call(self, x, context):
        x = self.norms[0](x + self.attend(x, x, use_causal_mask=True))
        x = self.norms[1](x + self.look(x, context))
        return self.norms[2](x + self.feed(x))


class Translator(keras.Model):
    def __init__(self, words, width=8):
        super().__init__()
        self.source = layers.Embedding(words, width, mask_zero=True)
        self.target = layers.Embedding(words, width, mask_zero=True)
        self.encode = layers.Bidirectional(layers.GRU(4, return_sequences=True))
        self.block = Block(width, 2)
        self.head = layers.Dense(words)

    def call(self, inputs):
        source, target = inputs
        context = self.encode(self.source(source))
        logits = self.head(self.block(self.target(target), context))
        with contextlib.suppress(AttributeError):
            del logits._keras_mask
        return logits


def masked_loss(label, pred):
    mask = label != 0
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")(
        label, pred
    )
    mask = tf.cast(mask, loss.dtype)
    return tf.reduce_sum(loss * mask) / tf.reduce_sum(mask)


class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, width, warmup_steps=20):
        super().__init__()
        self.width, self.warmup_steps = tf.cast(width, tf.float32), warmup_steps

    def __call__(self, step):
        step = tf.cast(step, tf.float32)
        slope = tf.math.minimum(tf.math.rsqrt(step), step * self.warmup_steps**-1.5)
        return tf.math.rsqrt(self.width) * slope


rng = np.random.default_rng(71)
source = rng.integers(3, 20, (24, 6))
source[::2, 4:] = 0
target = np.concatenate([np.ones((24, 1), int), source[:, ::-1], np.full((24, 1), 2)], axis=1)
model = Translator(20)
model.compile(keras.optimizers.Adam(Schedule(8), beta_2=0.98, epsilon=1e-9), masked_loss)
dataset = tf.data.Dataset.from_tensor_slices(((source, target[:, :-1]), target[:, 1:]))
dataset = dataset.shuffle(24, seed=5).batch(12)
history = model.fit(dataset, epochs=3, verbose=0)
print([round(v, 4) for v in history.history["loss"]])
model.summary()

written = [[1]]
for _ in range(5):
    logits = model((source[:1], tf.constant(written)))
    written[0].append(int(tf.argmax(logits[:, -1], axis=-1)[0]))
    print(len(written[0]), logits.shape)

stack = keras.Sequential([keras.Input((6, 8)), layers.Dense(3)])
print(stack(np.ones((2, 9, 8))).shape, stack.predict(np.ones((2, 1, 8)), verbose=0).shape)
start = keras.Input((4,))
states = layers.Dense(3, name="states")(start)
both = keras.Model(start, [layers.Dense(1, name="value")(states), states])
both.compile("adam", loss=["mse", None], metrics=[["mae"], None])
history = both.fit(np.ones((8, 4)), np.ones((8, 1)), epochs=2, verbose=0)
print(sorted(history.history), [round(v, 4) for v in history.history["value_mae"]])
print(both.name, len(both.predict(np.ones((2, 4)), verbose=0)))
