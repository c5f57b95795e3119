"""Keras 2's enqueuers, which give the batches of sequences and generators to loops of one's own."""

import random

from ...data.prefetch import parallel_map


class OrderedEnqueuer:
    """The batches of a PyDataset over and over, in their order or shuffled.

    Args:
      sequence: the PyDataset.
      use_multiprocessing: workers are threads here in any case.
      shuffle: whether each epoch has another order, drawn by Python's `random`.

    Example:
    >>> class Squares(tf.keras.utils.Sequence):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, index):
    ...         return index * index
    >>> enqueuer = tf.keras.utils.OrderedEnqueuer(Squares())
    >>> enqueuer.start()
    >>> batches = enqueuer.get()
    >>> [next(batches) for _ in range(3)]
    [0, 1, 0]
    """

    _running = False

    def __init__(self, sequence, use_multiprocessing=False, shuffle=False):
        self.sequence, self.shuffle = sequence, shuffle

    def is_running(self) -> bool:
        """Whether it was started, and not stopped since."""
        return self._running

    def start(self, workers=1, max_queue_size=10):
        """Begins; several `workers` make batches ahead, one each."""
        self.workers, self._running = workers, True

    def stop(self, timeout=None):
        """Ends what `get` gives."""
        self._running = False

    def get(self):
        """The batches, as a generator; those that are None are left out."""
        for batch in self._batches():
            if not self._running:
                return
            if batch is not None:
                yield batch

    def _batches(self):
        order = list(range(len(self.sequence)))
        while True:
            if self.shuffle:
                random.shuffle(order)
            yield from parallel_map(lambda i, _: self.sequence[i], iter(order), self.workers or 1)
            self.sequence.on_epoch_end()


class GeneratorEnqueuer(OrderedEnqueuer):
    """The batches of a generator, which is read in the thread that asks for them.

    Args:
      generator: the generator.
      use_multiprocessing, random_seed: of no effect.
    """

    def __init__(self, generator, use_multiprocessing=False, random_seed=None):
        super().__init__(generator)

    def _batches(self):
        return self.sequence
