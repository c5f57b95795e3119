"""The product of a sparse matrix with a dense one."""

import itertools

import numpy as np

from .halves import rounded_once

_AT_ONCE = 1 << 17  # numbers of the dense matrix


def _order_of(numbers, limit):
    """The stable order of numbers from 0 to `limit`; NumPy sorts 16 bits at a time by counting."""
    order, shift = np.argsort(numbers.astype(np.uint16), kind="stable"), 16
    while limit >> shift:
        digits = (numbers[order] >> shift).astype(np.uint16)
        order, shift = order[np.argsort(digits, kind="stable")], shift + 16
    return order


@rounded_once
def product(values, b, rows, columns, size):
    """(size, width): the rows of `b` at `columns`, times the values, added up at `rows`.

    Rows with equally many values are multiplied together, as many as the cache holds.
    """
    if (rows[1:] < rows[:-1]).any():
        order = _order_of(rows, size)
        rows, columns, values = rows[order], columns[order], values[order]
    width = b.shape[1]
    out = np.zeros((size, width), values.dtype)
    begins = np.flatnonzero(np.diff(rows, prepend=-1))
    counts = np.diff(begins, append=len(rows))
    order = np.argsort(counts, kind="stable")
    begins, counts = begins[order], counts[order]
    edges = [*np.flatnonzero(np.diff(counts, prepend=0)).tolist(), len(counts)]
    for first, last in itertools.pairwise(edges):
        count = int(counts[first])
        step = max(1, _AT_ONCE // max(count * width, 1))
        for at in range(first, last, step):
            some = begins[at : min(at + step, last)]
            places = some[:, None] + np.arange(count)
            found = np.matmul(values[places][:, None], b.take(columns[places], axis=0))
            out[rows[some]] = found[:, 0]
    return out
