"""`keras.preprocessing.text`: Keras 1's tools that number the words of texts.

New programs use `keras.layers.TextVectorization`; these stay for the many that do not.
"""

from __future__ import annotations

import collections
import hashlib
import json
import math

import numpy as np

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
MODES = ("binary", "count", "freq", "tfidf")


def text_to_word_sequence(input_text, filters=FILTERS, lower=True, split=" "):
    """Split a text into words.

    Args:
        input_text: the text.
        filters: characters that part words, as `split` does.
        lower: make all letters small first.
        split: what parts words.

    Example:
        >>> tf.keras.preprocessing.text.text_to_word_sequence("The cat, the DOG!")
        ['the', 'cat', 'the', 'dog']
    """
    text = input_text.lower() if lower else input_text
    words = text.translate(str.maketrans(dict.fromkeys(filters, split))).split(split)
    return [word for word in words if word]


def _md5_number(word):
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


def hashing_trick(
    text, n, hash_function=None, filters=FILTERS, lower=True, split=" ", analyzer=None
):
    """Number words by their hashes, from 1 to `n - 1`; two words may get one number.

    Args:
        text: the text.
        n: one more than the greatest number.
        hash_function: "md5" (the same in every run), a function of a word, or by default Python's
            `hash`, which differs from run to run.
        filters, lower, split: of `text_to_word_sequence`.
        analyzer: a function that splits the text instead.

    Example:
        >>> tf.keras.preprocessing.text.hashing_trick("the cat, the dog", 10, "md5")
        [6, 3, 6, 6]
    """
    hash_function = _md5_number if hash_function == "md5" else hash_function or hash
    if analyzer is None:
        words = text_to_word_sequence(text, filters, lower, split)
    else:
        words = analyzer(text)
    return [hash_function(word) % (n - 1) + 1 for word in words]


def one_hot(input_text, n, filters=FILTERS, lower=True, split=" ", analyzer=None):
    """`hashing_trick` with Python's `hash`: numbers from 1 to `n - 1`, other ones in each run.

    Example:
        >>> numbers = tf.keras.preprocessing.text.one_hot("the cat, the dog", 10)
        >>> numbers[0] == numbers[2], 1 <= min(numbers) <= max(numbers) <= 9
        (True, True)
    """
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


class Tokenizer:
    """Numbers words by how often they occur: 1 for the most frequent; 0 is never given.

    Args:
        num_words: only words with numbers below this are kept in sequences and matrices.
        filters, lower, split: of `text_to_word_sequence`.
        char_level: number characters instead of words.
        oov_token: stands for words that are not kept and gets number 1.
        analyzer: a function that splits a text instead of `text_to_word_sequence`.
        **kwargs: `document_count`, the texts seen so far; `nb_words`, older for `num_words`.

    Example:
        >>> tokenizer = tf.keras.preprocessing.text.Tokenizer(oov_token="?")
        >>> tokenizer.fit_on_texts(["the cat and the dog", "the end"])
        >>> tokenizer.word_index
        {'?': 1, 'the': 2, 'cat': 3, 'and': 4, 'dog': 5, 'end': 6}
        >>> tokenizer.texts_to_sequences(["the bird and the cat"])
        [[2, 1, 4, 2, 3]]
    """

    def __init__(
        self,
        num_words=None,
        filters=FILTERS,
        lower=True,
        split=" ",
        char_level=False,
        oov_token=None,
        analyzer=None,
        **kwargs,
    ):
        self.num_words = kwargs.pop("nb_words", num_words)
        self.document_count = kwargs.pop("document_count", 0)
        if kwargs:
            raise TypeError(f"Tokenizer does not know the arguments {sorted(kwargs)}.")
        self.filters = filters
        self.lower = lower
        self.split = split
        self.char_level = char_level
        self.oov_token = oov_token
        self.analyzer = analyzer
        self.word_counts: dict[str, int] = {}
        self.word_docs: dict[str, int] = {}
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}
        self.index_docs: dict[int, int] = {}

    def words_of(self, text):
        """The words (or characters) of a text; a list is taken as its words."""
        if self.char_level or isinstance(text, list):
            if not self.lower:
                return text
            return text.lower() if isinstance(text, str) else [part.lower() for part in text]
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    def fit_on_texts(self, texts):
        """Count the words of some texts, after those counted before, and number them anew."""
        counts, documents = collections.Counter(self.word_counts), collections.Counter()
        documents.update(self.word_docs)
        for text in texts:
            words = self.words_of(text)
            self.document_count += 1
            counts.update(words)
            documents.update(set(words))
        self.word_counts, self.word_docs = dict(counts), dict(documents)
        ranked = sorted(counts, key=counts.get, reverse=True)
        vocabulary = ranked if self.oov_token is None else [self.oov_token, *ranked]
        # A word that is the oov_token itself keeps its last number, as in Keras.
        self.word_index = {word: number for number, word in enumerate(vocabulary, start=1)}
        self.index_word = {number: word for word, number in self.word_index.items()}
        for word, count in documents.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences):
        """Count in how many sequences of numbers each number occurs, for `sequences_to_matrix`."""
        self.document_count += len(sequences)
        for sequence in sequences:
            for number in set(sequence):
                self.index_docs[number] = self.index_docs.get(number, 0) + 1

    def kept(self, number):
        """A number, the oov_token's for one that is not kept, None where there is no such."""
        if number is not None and not (self.num_words and number >= self.num_words):
            return number
        return self.word_index.get(self.oov_token)

    def texts_to_sequences(self, texts):
        """The numbers of the words of each text; words that are not kept are left out."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts):
        """`texts_to_sequences`, one text at a time."""
        for text in texts:
            numbers = [self.kept(self.word_index.get(word)) for word in self.words_of(text)]
            yield [number for number in numbers if number is not None]

    def sequences_to_texts(self, sequences):
        """The words of each sequence of numbers, with spaces between."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences):
        """`sequences_to_texts`, one sequence at a time."""
        for sequence in sequences:
            known = [number if number in self.index_word else None for number in sequence]
            numbers = [self.kept(number) for number in known]
            yield " ".join(self.index_word[number] for number in numbers if number is not None)

    def texts_to_matrix(self, texts, mode="binary"):
        """One row for each text with a figure for each word; see `sequences_to_matrix`."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode=mode)

    def sequences_to_matrix(self, sequences, mode="binary"):
        """One row for each sequence, and a column for each number below `num_words`.

        Args:
            sequences: lists of numbers.
            mode: "binary" 1 where the number occurs, "count" how often, "freq" its share, "tfidf"
                `(1 + log count) * log(1 + documents / (1 + documents with it))`.

        Raises:
            ValueError: unknown mode, or nothing was fitted that the mode needs.
        """
        if mode not in MODES:
            raise ValueError(f"Tokenizer: mode must be one of {MODES}, got {mode!r}.")
        if not self.num_words and not self.word_index:
            raise ValueError("Tokenizer: give num_words, or fit on some texts first.")
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Tokenizer: fit on some texts before mode 'tfidf'.")
        columns = self.num_words or len(self.word_index) + 1
        matrix = np.zeros((len(sequences), columns))
        for row, sequence in zip(matrix, sequences):
            for number, count in collections.Counter(sequence).items():
                if number < columns:
                    row[number] = self.figure(mode, number, count, len(sequence))
        return matrix

    def figure(self, mode, number, count, length):
        """What a matrix holds for a number that occurs `count` times among `length`."""
        if mode == "tfidf":
            rarity = self.document_count / (1 + self.index_docs.get(number, 0))
            return (1 + math.log(count)) * math.log(1 + rarity)
        return {"binary": 1.0, "count": count, "freq": count / length}[mode]

    def get_config(self):
        """The arguments and all counts; the dictionaries as JSON, as Keras has them."""
        plain = ("num_words", "filters", "lower", "split", "char_level", "oov_token")
        counted = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
        return {
            **{name: getattr(self, name) for name in (*plain, "document_count")},
            **{name: json.dumps(getattr(self, name)) for name in counted},
        }

    def to_json(self, **kwargs):
        """The tokenizer as JSON, for `tokenizer_from_json`; the arguments are `json.dumps`'s."""
        return json.dumps({"class_name": "Tokenizer", "config": self.get_config()}, **kwargs)


def tokenizer_from_json(json_string):
    """The tokenizer that `Tokenizer.to_json` wrote down.

    Raises:
        ValueError: it did not write that.

    Example:
        >>> text = tf.keras.preprocessing.text
        >>> tokenizer = text.Tokenizer()
        >>> tokenizer.fit_on_texts(["one two two"])
        >>> text.tokenizer_from_json(tokenizer.to_json()).texts_to_sequences(["two one"])
        [[1, 2]]
    """
    try:
        config = dict(json.loads(json_string)["config"])
        by_word = {name: json.loads(config.pop(name)) for name in ("word_counts", "word_docs")}
        by_number = {name: json.loads(config.pop(name)) for name in ("index_docs", "index_word")}
        by_word["word_index"] = json.loads(config.pop("word_index"))
        tokenizer = Tokenizer(**config)
        vars(tokenizer).update(by_word)
        for name, table in by_number.items():
            setattr(tokenizer, name, {int(number): value for number, value in table.items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise ValueError(f"The JSON is of no Tokenizer: {fault!r}.") from None
    return tokenizer
