"""What IMDB and Reuters share: texts as lists of word ranks, cut to a vocabulary."""

from __future__ import annotations

import numpy as np


def ragged(sequences: list[list[int]]) -> np.ndarray:
    """A one-dimensional array of lists, also where all have one length."""
    array = np.empty(len(sequences), dtype=object)
    for position, sequence in enumerate(sequences):
        array[position] = sequence
    return array


def marked(sequences, start_char: int | None, index_from: int | None) -> list[list[int]]:
    """Ranks moved up by `index_from`, with `start_char` before each text where there is one."""
    if start_char is not None:
        return [[start_char, *(word + index_from for word in text)] for text in sequences]
    return [[word + (index_from or 0) for word in text] for text in sequences]


def shorter(sequences, labels: np.ndarray, maxlen: int | None):
    """The texts of fewer than `maxlen` words with their labels; all of them without `maxlen`.

    Raises:
        ValueError: none is left.
    """
    if not maxlen:
        return sequences, labels
    kept = [position for position, text in enumerate(sequences) if len(text) < maxlen]
    if not kept:
        raise ValueError(f"No text has fewer than maxlen={maxlen} words. Increase maxlen.")
    return [sequences[position] for position in kept], labels[kept]


def limited(sequences, num_words: int | None, skip_top: int, oov_char: int | None):
    """Words outside of `skip_top <= rank < num_words` replaced by `oov_char`, or left out.

    Without `num_words` the border is the greatest rank there is, which is itself left out, as
    Keras has it.

    Example:
        >>> from tensorbrook.keras.datasets.words import limited
        >>> limited([[1, 4, 9]], num_words=9, skip_top=2, oov_char=2)
        [[2, 4, 2]]
        >>> limited([[1, 4, 9]], num_words=None, skip_top=0, oov_char=None)
        [[1, 4]]
    """
    top = num_words or max(max(text) for text in sequences)
    if oov_char is None:
        return [[word for word in text if skip_top <= word < top] for text in sequences]
    return [[word if skip_top <= word < top else oov_char for word in text] for text in sequences]
