"""Which sizes the traces of a tf.function leave open, and which tensors a trace takes."""

from ..base.dims import Dim, bind, evaluate, same

_WARNS_AT = 6  # shapes: where TensorFlow begins to warn of retracing
_LETTERS = "btnm"  # names of sizes by their axis


def open_shapes(shapes, groups=None):
    """Shapes with Dims in place of None, or of what `groups` puts together.

    Args:
      groups: lists of (number of the shape, axis) that are of one size each; by default each None
        is a size of its own.
    """
    if groups is None:
        groups = [[(i, a)] for i, s in enumerate(shapes) for a, d in enumerate(s) if d is None]
    made, taken = [list(s) for s in shapes], {}
    for group in groups:
        axis = group[0][1]
        letter = _LETTERS[min(axis, len(_LETTERS) - 1)]
        count = taken[letter] = taken.get(letter, 0) + 1
        dim = Dim.symbol(letter if count == 1 else f"{letter}{count}")
        for i, a in group:
            made[i][a] = dim
    return [tuple(s) for s in made]


def takes(patterns, shapes):
    """True when shapes of ints fit shapes with Dims: sizes of one name are equal, and none is 0."""
    sizes = {}
    for pattern, shape in zip(patterns, shapes):
        if len(pattern) != len(shape):
            return False
        bind(pattern, shape, sizes)
    if any(d.__class__ is int and d < 1 for d in sizes.values()):
        return False
    return all(
        same(d, evaluate(p, sizes))
        for pattern, shape in zip(patterns, shapes)
        for p, d in zip(pattern, shape)
    )


class Family:
    """The calls of a function that differ in nothing but sizes.

    Attributes:
      seen: lists of the tensors' shapes, one list a signature.
      traces: those that leave sizes open.
      closed: why there will be none; None while there may.
    """

    def __init__(self):
        self.seen, self.traces, self.closed, self._open = [], [], None, set()

    def declare(self, places):
        """Notes (number of the tensor, axis) of sizes that are open from the start."""
        self._open.update(places)

    def find(self, shapes):
        """The trace that takes such tensors, or None."""
        return next((trace for trace in self.traces if trace.takes(shapes)), None)

    def note(self, shapes):
        """Notes a new signature's shapes."""
        self.seen.append(shapes)
        first = self.seen[0]
        for i, (old, new) in enumerate(zip(first, shapes)):
            self._open.update((i, a) for a in range(len(old)) if old[a] != new[a])

    def is_due(self, soon):
        """True when the next trace should leave sizes open."""
        if len(self.seen) == 1:
            return bool(self._open)
        return soon or bool(self.traces) or len(self.seen) >= _WARNS_AT

    def pattern(self):
        """Shapes in which the open sizes are Dims; those that were always equal have one name."""
        groups = {}
        for i, a in sorted(self._open):
            groups.setdefault(tuple(shapes[i][a] for shapes in self.seen), []).append((i, a))
        return open_shapes(self.seen[-1], list(groups.values()))
