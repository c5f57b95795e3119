"""A worker's part of the data, where several processes train together."""

from ...base import nest
from ...distribute.values import shares
from .adapters import Adapter, ArrayAdapter, DatasetAdapter


def for_worker(adapter, strategy):
    """An adapter of global batches as one of a worker's rows of them.

    A data set is divided as its options say; of other data each batch is cut into parts.
    """
    if strategy._group.size == 1:
        return adapter
    if isinstance(adapter, DatasetAdapter):
        own = strategy._worker_dataset(adapter._dataset)
        return DatasetAdapter(own, adapter._class_weights)
    return PartAdapter(adapter, strategy._group)


class PartAdapter(Adapter):
    """The rows of another adapter's batches that fall to one of several workers.

    Args:
      whole: the other adapter, whose batches are the same in all workers.
      group: the workers.
    """

    def __init__(self, whole, group):
        self._whole, self._group = whole, group
        self.num_batches, self.once = whole.num_batches, getattr(whole, "once", False)
        self.set_random_state(group.agree(whole.random_state()))

    def random_state(self):
        """Where the other adapter's randomness is."""
        return self._whole.random_state()

    def set_random_state(self, found):
        """Goes to where `random_state` was."""
        self._whole.set_random_state(found)

    def epoch(self):
        """The parts of the batches of one pass."""
        if isinstance(self._whole, ArrayAdapter):
            return self._rows(self._whole, self._whole.epoch())
        return map(self._part, self._whole.epoch())

    def peek(self):
        """The next batch's part, which remains the next one."""
        return self._part(self._whole.peek())

    def _rows(self, whole, passing):
        order, size = passing.order(), whole.batch_size
        for at in range(whole.num_batches):
            first = at * size
            mine = self._mine(min(size, whole.num_samples - first))
            pick = slice(first + mine.start, first + mine.stop)
            yield whole.batch(pick if order is None else order[pick])

    def _mine(self, count):
        """Which of so many rows are this worker's."""
        share = shares(count, self._group.size)[self._group.rank]
        return slice(*share.indices(count)[:2])

    def _part(self, batch):
        def cut(leaf):
            return leaf[self._mine(leaf.shape[0])] if leaf is not None and leaf.shape.rank else leaf

        return nest.map_structure(cut, batch)
