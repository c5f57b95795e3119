"""Rows: gradients that are IndexedSlices, with the arithmetic of Keras's optimizers on TensorFlow.

An update rule is written once, for dense gradients. Given rows, what multiplies or divides them
concerns these rows alone, and so does adding them to a tensor. Where a row is named several times,
squares are of each part, not of their sum: Keras's numbers.
"""

from ... import ops
from ...ops.indexed_slices import IndexedSlices
from ...ops.operators import attach
from ..variables import LEGACY

_ON_VALUES = {"abs", "negative", "sign", "square"}
_BY_ROW = {"divide": ops.divide, "multiply": ops.multiply}
_ONTO = {"add": ops.tensor_scatter_nd_add, "subtract": ops.tensor_scatter_nd_sub}


class Rows(IndexedSlices):
    """IndexedSlices within an optimizer."""

    def _call(self, function, args, kwargs):
        name = function.__name__
        if name in _ON_VALUES:
            return self._with_values(function(self.values))
        if name in _BY_ROW and not (name == "divide" and args[1] is self):
            return self._with_values(_BY_ROW[name](*[self._beside(a) for a in args]))
        if name in _ONTO and getattr(args[0], "shape", ()) == self.shape and args[1] is self:
            return _ONTO[name](args[0], ops.expand_dims(self.indices, 1), self.values)
        return super()._call(function, args, kwargs)

    def _beside(self, other):
        """What of another operand stands beside the values."""
        if isinstance(other, Rows):
            return other.values
        return ops.gather(other, self.indices) if len(getattr(other, "shape", ())) else other


attach(Rows)


def summed(gradient):
    """The IndexedSlices in which each row is named once."""
    rows, place = ops.unique(gradient.indices)
    sums = ops.unsorted_segment_sum(gradient.values, place, ops.size(rows))
    return IndexedSlices(sums, rows, gradient.dense_shape)


def as_rows(gradient, sums=LEGACY):
    """A gradient as update rules take it; where it `sums` a row has the sum of its parts, as with
    TF_USE_LEGACY_KERAS=1."""
    if isinstance(gradient, IndexedSlices):
        once = summed(gradient) if sums else gradient
        return Rows._make(once.values, once.indices, gradient.dense_shape, gradient._dims)
    return gradient


def where_touched(gradient, function, state):
    """`function` of a state of the variable's shape; only of the rows that the gradient has."""
    if not isinstance(gradient, Rows):
        return function(state)
    return gradient._with_values(function(ops.gather(state, gradient.indices)))
