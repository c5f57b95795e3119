"""`keras.preprocessing.sequence`: Keras 2's windows of series and pairs of words."""

import json
import random

import numpy as np

from ..utils.dataset_utils import PyDataset
from ..utils.numerical import pad_sequences

__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]


class TimeseriesGenerator(PyDataset):
    """Batches of windows of a series, with the value that follows each.

    Args:
      data: an array whose first axis is time.
      targets: one for each time; row i belongs to the window that ends before time i.
      length: the span of a window.
      sampling_rate: distance between the time steps of a window.
      stride: distance between windows.
      start_index, end_index: the part of `data` to use; the end is the last time, included.
      shuffle: whether to draw windows at random.
      reverse: whether windows run backwards.
      batch_size: windows in a batch.

    Raises:
      ValueError: data and targets of different lengths, or no window.

    Example:
    >>> series = tf.keras.preprocessing.sequence.TimeseriesGenerator(
    ...     np.arange(5), np.arange(5) * 10, length=3)
    >>> windows, targets = series[0]
    >>> windows.tolist(), targets.tolist()
    ([[0, 1, 2], [1, 2, 3]], [30, 40])
    """

    def __init__(
        self,
        data,
        targets,
        length,
        sampling_rate=1,
        stride=1,
        start_index=0,
        end_index=None,
        shuffle=False,
        reverse=False,
        batch_size=128,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if len(data) != len(targets):
            raise ValueError(
                f"Data and targets have to be of same length. Data length is {len(data)} while "
                f"target length is {len(targets)}"
            )
        self.data, self.targets, self.length = data, targets, length
        self.sampling_rate, self.stride = sampling_rate, stride
        self.start_index = start_index + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse, self.batch_size = shuffle, reverse, batch_size
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index+length={self.start_index} > end_index={self.end_index}` is "
                "disallowed, as no part of the sequence would be left to be used as current step."
            )

    def __len__(self):
        step = self.batch_size * self.stride
        return (self.end_index - self.start_index + step) // step

    def __getitem__(self, index):
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            last = min(first + self.batch_size * self.stride, self.end_index + 1)
            rows = np.arange(first, last, self.stride)
        windows = [self.data[row - self.length : row : self.sampling_rate] for row in rows]
        windows, targets = np.array(windows), np.array([self.targets[row] for row in rows])
        return (windows[:, ::-1] if self.reverse else windows), targets

    def get_config(self):
        """The arguments, with data as JSON."""
        names = ("length", "sampling_rate", "stride", "start_index", "end_index")
        names += ("shuffle", "reverse", "batch_size")
        texts = {k: json.dumps(np.asarray(getattr(self, k)).tolist()) for k in ("data", "targets")}
        return {**texts, **{name: getattr(self, name) for name in names}}

    def to_json(self, **kwargs):
        """The configuration as JSON."""
        config = {"class_name": type(self).__name__, "config": self.get_config()}
        return json.dumps(config, **kwargs)


def make_sampling_table(size, sampling_factor=1e-5):
    """For each word by rank the probability to keep it, rarer ones more often (word2vec's).

    Args:
      size: the number of words, the most frequent first.
      sampling_factor: word2vec's factor.

    Example:
    >>> tf.keras.preprocessing.sequence.make_sampling_table(3, 0.1).round(3)
    array([0.315, 0.315, 0.548])
    """
    rank = np.arange(size)
    rank[0] = 1
    # by Zipf's law; the sum of 1 / k up to n is about log n + 0.577
    frequency = 1 / (rank * (np.log(rank) + 0.577) + 0.5 - 1.0 / (12.0 * rank))
    share = sampling_factor / frequency
    return np.minimum(1.0, share / np.sqrt(share))


def skipgrams(
    sequence,
    vocabulary_size,
    window_size=4,
    negative_samples=1.0,
    shuffle=True,
    categorical=False,
    sampling_table=None,
    seed=None,
):
    """Pairs of words that stand near each other, label 1, and pairs drawn at random, label 0.

    Args:
      sequence: the numbers of words; 0 is no word.
      vocabulary_size: one more than the greatest of them.
      window_size: how far apart words may stand.
      negative_samples: how many pairs are drawn, for each found.
      shuffle: whether to mix the pairs; `seed` fixes their order.
      categorical: labels [0, 1] and [1, 0].
      sampling_table: for each word the probability to keep it.

    Returns:
      (pairs, labels), two lists.

    Example:
    >>> tf.keras.preprocessing.sequence.skipgrams(
    ...     [1, 2], 3, negative_samples=0, shuffle=False)
    ([[1, 2], [2, 1]], [1, 1])
    """
    pairs = []
    for place, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < random.random()):
            continue
        for other in range(max(0, place - window_size), place + window_size + 1):
            if other != place and other < len(sequence) and sequence[other]:
                pairs.append([word, sequence[other]])
    labels = [[0, 1] if categorical else 1] * len(pairs)
    if negative_samples > 0:
        words = [pair[0] for pair in pairs]
        count = int(len(labels) * negative_samples)
        random.shuffle(words)
        pairs += [
            [words[i % len(words)], random.randint(1, vocabulary_size - 1)] for i in range(count)
        ]
        labels += [[1, 0] if categorical else 0] * count
    if shuffle:
        seed = random.randint(0, 10_000_000) if seed is None else seed
        for part in (pairs, labels):
            random.seed(seed)
            random.shuffle(part)
    return pairs, labels
