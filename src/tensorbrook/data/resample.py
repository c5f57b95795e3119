"""Dataset.rejection_resample: elements kept or left out so that classes come as often as wanted.

Of each element the class is known. With r = wanted / found shares of the classes, m the least and M
the largest r, a class is kept with probability (r - m) / (M - m); and with probability m an element
is taken without such a choice, since m of the wanted shares is in the data as they are.
"""

from __future__ import annotations

import numpy as np

from .. import ops
from ..core.tensor import convert_to_tensor
from ..ops.random import uniform

_ROWS_AN_ESTIMATE = 32
_FIRST_COUNT = 10  # of each class, before any is seen
_TAKEN_AHEAD = 3


def resample(dataset, class_func, target_dist, initial_dist, seed):
    """The data set of (class, element), resampled; arguments as `Dataset.rejection_resample`'s."""
    wanted = convert_to_tensor(target_dist, "float32")
    share = None
    if initial_dist is None:
        found = _estimated(dataset.map(class_func), wanted)
        chances = found.map(lambda shares: _chances(shares, wanted))
    else:
        chance, share = _chances(convert_to_tensor(initial_dist, "float32"), wanted)
        chances = dataset.from_tensors((chance, share)).repeat()
    plain = dataset.map(lambda *element: _with_class(class_func, element))
    if share is not None and float(share) == 1.0:
        return plain
    kept = _filtered(dataset, class_func, chances.map(lambda chance, _: chance), seed)
    if share is not None and float(share) == 0.0:
        return kept
    weights = chances.map(lambda _, share: ops.stack([share, 1.0 - share]))
    return dataset.sample_from_datasets(
        [plain, kept], weights=weights, seed=seed, stop_on_empty_dataset=True
    )


def _with_class(class_func, element):
    return class_func(*element), element if len(element) > 1 else element[0]


def _chances(found, wanted):
    """(for each class the chance to be kept, the share of elements taken as they are)."""
    tiny = np.finfo(found.dtype.numpy_dtype).tiny
    ratios = wanted / ops.where(found == 0, tiny, found)
    least, most = ops.reduce_min(ratios), ops.reduce_max(ratios)
    return (ratios - least) / (most - least), least


def _estimated(classes, wanted):
    """How often each class came so far: new for every 32 elements, and given for each."""
    first = ops.fill([wanted.shape[0]], np.int64(_FIRST_COUNT))

    def count(before, some):
        now = before + ops.reduce_sum(ops.one_hot(some, wanted.shape[0], dtype="int64"), 0)
        shares = ops.cast(now / ops.reduce_sum(now), wanted.dtype)
        return now, ops.tile(shares[None], [_ROWS_AN_ESTIMATE, 1])

    return classes.batch(_ROWS_AN_ESTIMATE).scan(first, count).unbatch()


def _filtered(dataset, class_func, chances, seed):
    def prepared(chance, element):
        element = element if type(element) is tuple else (element,)
        kind, element = _with_class(class_func, element)
        return kind, ops.gather(chance, kind), element

    both = chances.zip(chances, dataset).map(prepared)
    kept = both.filter(lambda kind, chance, element: uniform([], seed=seed) < chance)
    return kept.map(lambda kind, chance, element: (kind, element)).prefetch(_TAKEN_AHEAD)
