"""Record figures of `keras.utils`, `keras.preprocessing` and the text data sets.

Usage: `python tests/oracles/make_utils.py` in an environment with tensorflow 2.21; writes
`tests/oracles/golden/utils.json`. The data sets' loaders run on small made-up files.
"""

import json
import os
import pathlib
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from keras.src.datasets import boston_housing, imdb, reuters

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden" / "utils.json"
SEQUENCES = [[1], [2, 3], [4, 5, 6], []]
TEXTS = ["The cat sat on the mat.", "The dog; the CAT, the end", "a cat\tand a dog!"]
MATRIX = [[3.0, -4.0, 0.0], [1.0, 2.0, 2.0], [0.0, 0.0, 0.0]]


def plain(value):
    """The value as JSON holds it."""
    if isinstance(value, (np.ndarray, tf.Tensor)):
        return plain(np.asarray(value).tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def paddings():
    cases = [
        {},
        {"maxlen": 2},
        {"maxlen": 2, "truncating": "post"},
        {"maxlen": 4, "padding": "post", "value": -1},
        {"dtype": "float32", "value": 0.5, "maxlen": 1, "padding": "post"},
    ]
    return [[case, plain(keras.utils.pad_sequences(SEQUENCES, **case))] for case in cases]


def categories():
    cases = [[[0, 2, 1], None], [[[1], [0]], 3], [[[0, 1], [2, 2]], 4], [3, None], [[0.0, 1.9], 2]]
    return [[x, n, plain(keras.utils.to_categorical(x, n))] for x, n in cases]


def normalized():
    table = []
    for axis, order in ((-1, 2), (0, 2), (1, 1), (-1, 3)):
        x = np.array(MATRIX)
        table.append([axis, order, plain(keras.utils.normalize(x, axis, order))])
    return table


def tokenized():
    text = tf.keras.preprocessing.text
    table = []
    for options in ({}, {"num_words": 4}, {"num_words": 5, "oov_token": "?"}, {"char_level": True}):
        tokenizer = text.Tokenizer(**options)
        tokenizer.fit_on_texts(TEXTS)
        sequences = tokenizer.texts_to_sequences([*TEXTS, "unseen cat"])
        table.append(
            {
                "options": options,
                "word_index": tokenizer.word_index,
                "word_counts": dict(tokenizer.word_counts),
                "index_docs": sorted(map(list, tokenizer.index_docs.items())),
                "sequences": sequences,
                "texts": tokenizer.sequences_to_texts(sequences),
                **{
                    mode: plain(tokenizer.texts_to_matrix(TEXTS, mode))
                    for mode in ("binary", "count", "freq", "tfidf")
                },
            }
        )
    words = text.text_to_word_sequence("A-b c_d, E f", lower=False, split=" ")
    hashed = text.hashing_trick(TEXTS[0], 10, "md5")
    return {"tokenizers": table, "words": words, "hashed": hashed}


def texts_of(count, rng):
    array = np.empty(count, dtype=object)
    for row in range(count):
        array[row] = rng.integers(1, 40, rng.integers(2, 9)).tolist()
    return array


def text_sets(folder):
    rng = np.random.default_rng(5)
    halves = {f"x_{part}": texts_of(12, rng) for part in ("train", "test")}
    halves |= {f"y_{part}": rng.integers(0, 2, 12) for part in ("train", "test")}
    np.savez(folder / "imdb.npz", **halves)
    wires = {"x": texts_of(15, rng), "y": rng.integers(0, 46, 15)}
    np.savez(folder / "reuters.npz", **wires)
    table = []
    for options in (
        {},
        {"num_words": 20, "skip_top": 5},
        {"maxlen": 7, "start_char": None},
        {"oov_char": None, "num_words": 25, "index_from": None, "start_char": None, "seed": 3},
    ):
        row = {"options": options}
        for name, module in (("imdb", imdb), ("reuters", reuters)):
            module.get_file = lambda *args, name=name, **kwargs: str(folder / f"{name}.npz")
            row[name] = plain(module.load_data(**options))
        table.append(row)
    inputs = {name: plain(array) for name, array in (halves | wires).items()}
    return {"inputs": inputs, "table": table}


def houses(folder):
    x, y = np.arange(14.0).reshape(7, 2), np.arange(7.0)
    np.savez(folder / "boston.npz", x=x, y=y)
    boston_housing.get_file = lambda *args, **kwargs: str(folder / "boston.npz")
    return [
        [s, seed, plain(boston_housing.load_data("b", s, seed))]
        for s, seed in ((0.2, 113), (0.5, 7))
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        golden = {
            "pad_sequences": {"sequences": SEQUENCES, "cases": paddings()},
            "to_categorical": categories(),
            "normalize": {"x": MATRIX, "cases": normalized()},
            "text": {"texts": TEXTS, **tokenized()},
            "text_sets": text_sets(pathlib.Path(name)),
            "houses": houses(pathlib.Path(name)),
        }
    GOLDEN.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
    print(GOLDEN.stat().st_size, "bytes")
