"""The group of one process, which most programs are."""

import numpy as np


class Alone:
    """The group of one process: nothing is sent.

    Example:
    >>> from tensorbrook.distribute.alone import Alone
    >>> Alone().all_reduce([np.array([1.0, 2.0])])
    [array([1., 2.])]
    """

    rank, size = 0, 1

    def all_reduce(self, arrays, op="SUM"):
        """The arrays."""
        return [np.asarray(a) for a in arrays]

    def all_gather(self, array, axis=0):
        """The array."""
        return np.asarray(array)

    def broadcast(self, arrays, root=0):
        """The arrays."""
        return [np.asarray(a) for a in arrays]

    def barrier(self):
        """Nothing."""

    def agree(self, value):
        """The value."""
        return value

    def close(self):
        """Nothing."""
