"""Keras's older tools for text: Tokenizer, pad_sequences, and a bag of words model."""

import numpy as np
from keras.preprocessing.sequence import pad_sequences
from keras.preprocessing.text import Tokenizer, text_to_word_sequence
from tensorflow import keras
from tensorflow.keras.utils import normalize, to_categorical

texts = [
    "The river runs quickly to the sea.",
    "A slow river, a quiet sea!",
    "Machines learn quickly; machines forget nothing.",
    "Learn to forget the quiet machines",
    "the sea, the sea",
]
labels = np.array([0, 0, 1, 1, 0])
print(text_to_word_sequence(texts[1]))
tokenizer = Tokenizer(num_words=12, oov_token="<OOV>")
tokenizer.fit_on_texts(texts)
print(
    dict(list(tokenizer.word_index.items())[:8]),
    len(tokenizer.word_index),
    tokenizer.document_count,
)
sequences = tokenizer.texts_to_sequences(texts)
print(sequences)
print(tokenizer.sequences_to_texts(sequences[:1]))
print(pad_sequences(sequences, maxlen=6).tolist())
print(pad_sequences(sequences, maxlen=4, padding="post", truncating="post", value=-1).tolist())
print(pad_sequences([[0.5], [1.5, 2.5]], dtype="float32").tolist())
for mode in ("binary", "count", "freq", "tfidf"):
    matrix = tokenizer.texts_to_matrix(texts, mode=mode)
    print(mode, matrix.shape, matrix[4].tolist())
letters = Tokenizer(char_level=True)
letters.fit_on_texts(["abba", "cab"])
print(letters.word_index, letters.texts_to_sequences(["abc"]))

print(to_categorical([0, 2, 1]).tolist(), to_categorical([[1], [0]], num_classes=3).shape)
print(
    normalize(np.array([[3.0, 4.0], [1.0, 0.0]])).tolist(),
    np.array(normalize([[3.0, 1.0]], order=1)).tolist(),
)

features = tokenizer.texts_to_matrix(texts, mode="count").astype("float32")
keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.Input((12,)),
        keras.layers.Dense(6, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(0.05), loss="binary_crossentropy", metrics=["accuracy"]
)
history = model.fit(features, labels, epochs=10, verbose=0, shuffle=False)
print(
    round(history.history["loss"][0], 4),
    round(history.history["loss"][-1], 4),
    history.history["accuracy"][-1],
)
