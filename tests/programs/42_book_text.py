"""Text: a vocabulary, bags of words with TF-IDF, embeddings, and a model that takes raw strings."""

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

keras.utils.set_random_seed(42)
good = ["A wonderful film, truly moving!", "great acting and a great story", "I loved every minute"]
bad = ["A dull, dreadful film.", "terrible acting; boring story", "I hated every minute of it"]
texts = (good + bad) * 4
labels = ([1, 1, 1, 0, 0, 0]) * 4

vectorize = layers.TextVectorization(max_tokens=30, output_mode="int", output_sequence_length=8)
vectorize.adapt(texts)
print(" ".join(vectorize.get_vocabulary()[2:10]), vectorize.vocabulary_size())
print(vectorize(["A great film that I loved", "unknown words here"]).numpy())

bags = layers.TextVectorization(ngrams=2, max_tokens=20, output_mode="tf_idf")
bags.adapt(texts)
print(" ".join(bags.get_vocabulary()[:6]))
print(bags(["great great story"]).numpy().round(4))
counts = layers.TextVectorization(
    max_tokens=12, output_mode="multi_hot", standardize="lower", split="whitespace"
)
counts.adapt(texts)
print(counts(good[:2]).numpy().astype(int))

inputs = keras.Input(shape=(8,), dtype="int64")
x = layers.Embedding(30, 8, mask_zero=True)(inputs)
x = layers.Bidirectional(layers.LSTM(6))(x)
x = layers.Dropout(0.5)(x)
model = keras.Model(inputs, layers.Dense(1, activation="sigmoid")(x))
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
dataset = tf.data.Dataset.from_tensor_slices((texts, labels)).batch(6)
vectors = dataset.map(lambda text, label: (vectorize(text), label)).cache()
history = model.fit(vectors, epochs=3, verbose=0)
print([round(v, 4) for v in history.history["loss"]])

start = keras.Input(shape=(1,), dtype="string")
whole = keras.Model(start, model(vectorize(start)))
print(whole.predict(tf.constant([["a wonderful story"], ["dull and boring"]]), verbose=0).round(3))
print(
    np.argsort(
        -keras.Model(start, vectorize(start)).predict(tf.constant([["film film a"]]), verbose=0)
    )
)

lookup = layers.StringLookup(vocabulary=["red", "green", "blue"], output_mode="one_hot")
print(lookup(["green", "violet"]).numpy().astype(int), len(lookup.get_vocabulary()))
