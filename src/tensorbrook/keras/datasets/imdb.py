"""IMDB: 50,000 film reviews as lists of word ranks, good or bad."""

import json

import numpy as np

from ..utils.files import get_file
from .npz import read_npz
from .source import FOLDER_URL
from .words import limited, marked, ragged, shorter

SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
WORDS_MD5 = "bfafd718b763782e994055a2d397834f"
NAMES = ["x_train", "y_train", "x_test", "y_test"]


def load_data(
    path="imdb.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
    **kwargs,
):
    """Load IMDB's reviews, words numbered by how often they occur.

    0 is left for padding. The rank of a word is that of `get_word_index` plus `index_from`.

    Args:
        path: name of the file in the cache folder's `datasets`.
        num_words: ranks from here on are replaced by `oov_char`.
        skip_top: so many of the most frequent ranks are replaced too.
        maxlen: longer reviews (of `maxlen` words and more) are left out.
        seed: of the shuffle.
        start_char: number put before each review, None for none.
        oov_char: number for a word that is not kept, None to leave such words out.
        index_from: added to every rank.
        **kwargs: `nb_words`, the oldest spelling of `num_words`.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of 25,000 lists, and labels 0 bad or 1 good.

    Raises:
        ValueError: `maxlen` leaves nothing.
        ConnectionError: not in the cache and not to be fetched; says where to put it by hand.

    Example:
        >>> (x_train, _), _ = tf.keras.datasets.imdb.load_data(num_words=100)  # doctest: +SKIP
        >>> x_train[0][:5]  # doctest: +SKIP
        [1, 14, 22, 16, 43]
    """
    num_words = kwargs.pop("nb_words", num_words)
    if kwargs:
        raise TypeError(f"imdb.load_data() does not know the arguments {sorted(kwargs)}.")
    file = get_file(path, FOLDER_URL + "imdb.npz", file_hash=SHA256)
    x_train, y_train, x_test, y_test = read_npz(file, NAMES)
    # One generator for both halves: the second order follows from the first.
    generator = np.random.RandomState(seed)
    parts = []
    for x, y in ((x_train, y_train), (x_test, y_test)):
        order = np.arange(len(x))
        generator.shuffle(order)
        parts.append(shorter(marked(x[order], start_char, index_from), y[order], maxlen))
    (x_train, y_train), (x_test, y_test) = parts
    texts = limited([*x_train, *x_test], num_words, skip_top, oov_char)
    border = len(x_train)
    return (ragged(texts[:border]), y_train), (ragged(texts[border:]), y_test)


def get_word_index(path="imdb_word_index.json"):
    """The dictionary from a word to its rank, 1 for the most frequent.

    Args:
        path: name of the file in the cache folder's `datasets`.

    Raises:
        ConnectionError: not in the cache and not to be fetched; says where to put it by hand.

    Example:
        >>> tf.keras.datasets.imdb.get_word_index()["the"]  # doctest: +SKIP
        1
    """
    file = get_file(path, FOLDER_URL + "imdb_word_index.json", file_hash=WORDS_MD5)
    with open(file, encoding="utf-8") as text:
        return json.load(text)
