"""Sequences: an encoder and a decoder with attention, and a small Transformer."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(43)
rng = np.random.default_rng(43)
source = rng.integers(1, 10, (48, 6))
target = source[:, ::-1]
started = np.concatenate([np.zeros((48, 1), int), target[:, :-1]], axis=1)

encoder_inputs = keras.Input((None,), dtype="int64", name="source")
x = layers.Embedding(10, 12)(encoder_inputs)
encoded, state_h, state_c = layers.LSTM(16, return_sequences=True, return_state=True)(x)
decoder_inputs = keras.Input((None,), dtype="int64", name="target")
x = layers.Embedding(10, 12)(decoder_inputs)
x = layers.LSTM(16, return_sequences=True)(x, initial_state=[state_h, state_c])
context = layers.Attention()([x, encoded])
x = layers.Concatenate()([x, context])
outputs = layers.TimeDistributed(layers.Dense(10, activation="softmax"))(x)
model = keras.Model([encoder_inputs, decoder_inputs], outputs)
model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    {"source": source, "target": started}, target, batch_size=16, epochs=3, verbose=0
)
print([round(v, 4) for v in history.history["loss"]])
print(model.predict([source[:1], started[:1]], verbose=0).argmax(-1).shape)


class PositionalEmbedding(layers.Layer):
    def __init__(self, length, words, size, **kwargs):
        super().__init__(**kwargs)
        self.words = layers.Embedding(words, size)
        self.places = layers.Embedding(length, size)
        self.length, self.vocabulary, self.size = length, words, size

    def call(self, inputs):
        places = tf.range(start=0, limit=tf.shape(inputs)[-1], delta=1)
        return self.words(inputs) + self.places(places)

    def compute_mask(self, inputs, mask=None):
        return keras.ops.not_equal(inputs, 0)

    def get_config(self):
        config = super().get_config()
        config.update({"length": self.length, "words": self.vocabulary, "size": self.size})
        return config


class TransformerEncoder(layers.Layer):
    def __init__(self, size, hidden, heads, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True
        self.attention = layers.MultiHeadAttention(num_heads=heads, key_dim=size)
        self.hidden = keras.Sequential(
            [layers.Dense(hidden, activation="relu"), layers.Dense(size)]
        )
        self.first, self.second = layers.LayerNormalization(), layers.LayerNormalization()

    def call(self, inputs, mask=None):
        if mask is not None:
            mask = mask[:, tf.newaxis, :]
        x = self.first(inputs + self.attention(inputs, inputs, attention_mask=mask))
        return self.second(x + self.hidden(x))


inputs = keras.Input((None,), dtype="int64")
x = PositionalEmbedding(12, 10, 16)(inputs)
x = TransformerEncoder(16, 24, 2)(x)
x = layers.GlobalMaxPooling1D()(x)
classifier = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(layers.Dropout(0.5)(x)))
classifier.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
padded = source.copy()
padded[::3, 4:] = 0
history = classifier.fit(padded, (padded[:, 0] > 5).astype(int), epochs=2, batch_size=16, verbose=0)
print([round(v, 4) for v in history.history["loss"]])
print(classifier.predict(padded[:3], verbose=0).round(4).ravel(), classifier.count_params())
print(PositionalEmbedding.from_config(PositionalEmbedding(3, 4, 5).get_config()).size)
