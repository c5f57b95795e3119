"""Reading ahead: batches that are slow to make are made by a thread while the step runs."""

import itertools
import threading
import time

from ...data.prefetch import Channel, produce

AHEAD = 2  # batches kept ready
NAME = "tensorbrook-fit"
_TRIED = 3
_SECONDS_WORTH_A_THREAD = 5e-4
_PATIENCE = 10.0  # seconds that the end of a run waits for a batch in the making


class Reader:
    """Reads the batches of an epoch, first in the caller's thread.

    Where the last few were slow to make, and the steps between them left time for it, a thread of
    its own makes the rest. It never makes more than the epoch needs.

    Args:
      items: an iterator over batches.
      limit: how many of them the epoch needs; None for all.
      may: a function of a batch that tells whether a thread may make the others.
    """

    def __init__(self, items, limit, may):
        self._items, self._limit, self._may = items, limit, may
        self._read, self._times, self._returned = 0, [], None
        self._channel = self._thread = None

    def next(self):
        """The next batch; None at the end."""
        if self._channel is None:
            return self._read_here()
        batch, end = self._channel.get()
        if end is None:
            return batch
        self.close()
        try:
            if isinstance(end, BaseException):
                raise end
        finally:
            del end  # the error must not refer to itself through this frame
        # What happens at the end of the data happens in the caller's thread, after the last step.
        return next(self._items, None)

    def _read_here(self):
        begin = time.perf_counter()
        batch = next(self._items, None)
        end = time.perf_counter()
        self._read += 1
        if self._returned is not None:
            self._times.append(min(end - begin, begin - self._returned))
        self._returned = end
        if len(self._times) == _TRIED and batch is not None:
            if min(self._times) > _SECONDS_WORTH_A_THREAD and self._may(batch):
                self._start()
            self._times.clear()
        return batch

    def _start(self):
        limit = None if self._limit is None else self._limit - self._read
        if limit is not None and limit < 1:
            return
        self._channel = Channel(AHEAD)
        items = itertools.islice(self._items, limit)
        self._thread = threading.Thread(
            target=produce, args=(items, self._channel), name=NAME, daemon=True
        )
        self._thread.start()

    def close(self):
        """Ends the thread, once the batch that it is at is made."""
        if self._thread is not None:
            self._channel.close()
            self._thread.join(_PATIENCE)
            self._channel = self._thread = None
