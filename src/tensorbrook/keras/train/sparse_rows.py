"""The rows of sparse matrices in memory, as data of fit, evaluate and predict."""

import numpy as np

from ...core.tensor import wrap
from ...ops.sparse import SparseTensor


class SparseRows:
    """A SparseTensor or a SciPy matrix whose rows are taken out batch by batch.

    Args:
      indices, values: places in the order of rows, and the values there.
      shape: the dense shape.
    """

    def __init__(self, indices, values, shape):
        self.indices, self.values, self.shape = indices, values, tuple(shape)
        self.dtype = values.dtype
        self.starts = np.searchsorted(indices[:, 0], np.arange(self.shape[0] + 1))

    @classmethod
    def of(cls, value, dtype):
        """The rows of a SparseTensor or SciPy matrix, floats in a dtype; None for other data."""
        if isinstance(value, SparseTensor):
            parts = value.indices.host(), value.values.host(), value.dense_shape.host().tolist()
        elif hasattr(value, "tocoo"):
            found = value.tocoo()
            parts = np.stack([found.row, found.col], 1).astype(np.int64), found.data, found.shape
        else:
            return None
        indices, values, shape = parts
        order = np.lexsort(indices.T[::-1])
        values = values[order]
        return cls(
            indices[order], values.astype(dtype) if values.dtype.kind == "f" else values, shape
        )

    def __len__(self):
        return self.shape[0]

    def __getitem__(self, rows):
        begin, end, _ = rows.indices(len(self))
        first, last = self.starts[begin], self.starts[end]
        indices = self.indices[first:last] - [begin, *[0] * (len(self.shape) - 1)]
        return SparseRows(indices, self.values[first:last], (end - begin, *self.shape[1:]))

    def take(self, numbers):
        """The rows with these numbers, in this order."""
        starts = self.starts[numbers]
        lengths = self.starts[np.asarray(numbers) + 1] - starts
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1]) + np.repeat(starts - ends + lengths, lengths)
        indices = self.indices[places]
        indices[:, 0] = np.repeat(np.arange(len(numbers)), lengths)
        return SparseRows(indices, self.values[places], (len(numbers), *self.shape[1:]))

    def tensor(self):
        """These rows as a SparseTensor."""
        return SparseTensor._make(wrap(self.indices), wrap(self.values), self.shape)
