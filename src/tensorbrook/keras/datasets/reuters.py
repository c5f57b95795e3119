"""Reuters: 11,228 newswires of 1987 as lists of word ranks, of 46 topics."""

import json

from ..utils.files import get_file
from .npz import read_npz
from .source import FOLDER_URL, shuffled
from .words import limited, marked, ragged, shorter

SHA256 = "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
WORDS_MD5 = "4d44cc38712099c9e383dc6e5f11a921"
TOPICS = """
cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade
reserves ship cotton carcass crude nat-gas cpi money-fx interest gnp meal-feed alum
oilseed gold tin strategic-metal livestock retail ipi iron-steel rubber heat jobs lei bop
zinc orange pet-chem dlr gas silver wpi hog lead
"""


def load_data(
    path="reuters.npz",
    num_words=None,
    skip_top=0,
    maxlen=None,
    test_split=0.2,
    seed=113,
    start_char=1,
    oov_char=2,
    index_from=3,
):
    """Load Reuters's newswires, words numbered by how often they occur.

    0 is left for padding. The rank of a word is that of `get_word_index` plus `index_from`.

    Args:
        path: name of the file in the cache folder's `datasets`.
        num_words: ranks from here on are replaced by `oov_char`.
        skip_top: so many of the most frequent ranks are replaced too.
        maxlen: longer newswires (of `maxlen` words and more) are left out.
        test_split: share of the newswires to test with.
        seed: of the shuffle.
        start_char: number put before each newswire, None for none.
        oov_char: number for a word that is not kept, None to leave such words out.
        index_from: added to every rank.

    Returns:
        `(x_train, y_train), (x_test, y_test)`: arrays of lists, and topics from 0 to 45.

    Raises:
        ValueError: `maxlen` leaves nothing.
        ConnectionError: not in the cache and not to be fetched; says where to put it by hand.

    Example:
        >>> (x_train, y_train), _ = tf.keras.datasets.reuters.load_data()  # doctest: +SKIP
        >>> len(x_train), y_train[0]  # doctest: +SKIP
        (8982, np.int64(3))
    """
    file = get_file(path, FOLDER_URL + "reuters.npz", file_hash=SHA256)
    texts, labels = shuffled(seed, *read_npz(file, ["x", "y"]))
    texts, labels = shorter(marked(texts, start_char, index_from), labels, maxlen)
    texts = ragged(limited(texts, num_words, skip_top, oov_char))
    border = int(len(texts) * (1 - test_split))
    return (texts[:border], labels[:border]), (texts[border:], labels[border:])


def get_word_index(path="reuters_word_index.json"):
    """The dictionary from a word to its rank, 1 for the most frequent.

    Args:
        path: name of the file in the cache folder's `datasets`.

    Raises:
        ConnectionError: not in the cache and not to be fetched; says where to put it by hand.

    Example:
        >>> tf.keras.datasets.reuters.get_word_index()["the"]  # doctest: +SKIP
        1
    """
    file = get_file(path, FOLDER_URL + "reuters_word_index.json", file_hash=WORDS_MD5)
    with open(file, encoding="utf-8") as text:
        return json.load(text)


def get_label_names():
    """The names of the 46 topics, in the order of the labels.

    Example:
        >>> tf.keras.datasets.reuters.get_label_names()[:4]
        ('cocoa', 'grain', 'veg-oil', 'earn')
    """
    return tuple(TOPICS.split())
