"""What slices that share an id have together: sums, products, extremes, means (tf.math)."""

import numpy as np

from ..base.shapes import differs
from ..core.dispatch import apply, public, specs_of, tensor_of
from ..core.op import Op, Spec, fail, per_input
from ..core.tensor import convert_to_tensor
from ._families import draw
from .cast import cast
from .compare import equal
from .create import fill, ones, size_of, zeros, zeros_like
from .elementwise import maximum
from .index import gather
from .join import concat
from .reduce import reduce_max
from .scatter import scatter_nd, tensor_scatter_nd_max, tensor_scatter_nd_min
from .select import where
from .shape import expand_dims, reshape, squeeze, static_sizes


def _segments(data, segment_ids, num_segments):
    """The data, the rows' places (one past the last for negative ids) and the result's shape."""
    data, ids = tensor_of(data), cast(segment_ids, "int64")
    (count,) = static_sizes(num_segments, "num_segments")
    places = where(ids < 0, convert_to_tensor(count, "int64"), ids)
    return data, expand_dims(places, -1), (count + 1, *data._shape[len(ids._shape) :])


@public("math.unsorted_segment_sum")
def unsorted_segment_sum(data, segment_ids, num_segments, name=None):
    """Sums of the slices of `data` with one id; those with negative ids are left out.

    Args:
      data: a tensor.
      segment_ids: integers, of the first dimensions of `data`.
      num_segments: first dimension of the result.

    Example:
    >>> tf.math.unsorted_segment_sum([1.0, 2.0, 3.0], [0, 1, 0], 2).numpy()
    array([4., 2.], dtype=float32)
    """
    data, places, shape = _segments(data, segment_ids, num_segments)
    return scatter_nd(places, data, shape)[:-1]


@public("math.unsorted_segment_mean")
def unsorted_segment_mean(data, segment_ids, num_segments, name=None):
    """Means of the slices of `data` with one id; 0 for an id without any.

    Example:
    >>> tf.math.unsorted_segment_mean([1.0, 2.0, 3.0], [0, 2, 0], 3).numpy()
    array([2., 0., 2.], dtype=float32)
    """
    data = tensor_of(data)
    total = unsorted_segment_sum(data, segment_ids, num_segments)
    return total / slices_each(data, segment_ids, num_segments)


def slices_each(data, segment_ids, num_segments):
    """How many slices of `data` have each id, at least 1: what their sums are divided by."""
    ids = tensor_of(segment_ids)
    count = unsorted_segment_sum(ones(ids._shape, data.dtype), ids, num_segments)
    count = maximum(count, convert_to_tensor(1, data.dtype))
    return reshape(count, (-1, *[1] * (len(data._shape) - len(ids._shape))))


def _unsorted_extreme(name, scatter, start, doc):
    def function(data, segment_ids, num_segments, name=None):
        data, places, shape = _segments(data, segment_ids, num_segments)
        first = fill(shape, convert_to_tensor(getattr(data.dtype, start), data.dtype))
        return scatter(first, places, data)[:-1]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return public(f"math.{name}")(function)


unsorted_segment_max = _unsorted_extreme(
    "unsorted_segment_max",
    tensor_scatter_nd_max,
    "min",
    """The greatest of the slices of `data` with one id; the dtype's least for an id without any.

    Example:
    >>> tf.math.unsorted_segment_max([1.0, 2.0, 3.0], [0, 1, 0], 2).numpy()
    array([3., 2.], dtype=float32)
    """,
)
unsorted_segment_min = _unsorted_extreme(
    "unsorted_segment_min",
    tensor_scatter_nd_min,
    "max",
    """The least of the slices of `data` with one id; the dtype's greatest for an id without any.

    Example:
    >>> tf.math.unsorted_segment_min([1.0, 2.0, 3.0], [0, 1, 0], 2).numpy()
    array([1., 2.], dtype=float32)
    """,
)


def _segment_prod_kernel(data, places, count):
    out = np.ones((count, *data.shape[places.ndim :]), data.dtype)
    np.multiply.at(out, places, data)
    return out


def _segment_prod_infer(data, places, count):
    rank = len(places.shape)
    if len(data.shape) < rank or differs(data.shape[:rank], places.shape):
        fail(
            "unsorted_segment_prod",
            "segment_ids must have the shape of the first dimensions of data",
            (data, places),
            "Give each slice one id.",
            ("data", "segment_ids"),
        )
    return Spec((count, *data.shape[rank:]), data.dtype)


def _segment_prod_rule(g, y, data, places, count):
    """The product of the others: where one of them is 0, that of those that are not."""
    zero = equal(data, convert_to_tensor(0, data.dtype))
    one = convert_to_tensor(1, data.dtype)
    nonzero = where(zero, one, data)
    attrs = {"count": count}
    product = gather(apply(_segment_prod, (nonzero, places), attrs), places)
    shape = (count, *data._shape[len(places._shape) :])
    zeros_there = gather(scatter_nd(expand_dims(places, -1), cast(zero, "int32"), shape), places)
    others = where(zero, zeros_there - 1, zeros_there)
    found = where(equal(others, 0), product / nonzero, zeros_like(product))
    return gather(g, places) * found


_segment_prod = Op(
    "unsorted_segment_prod",
    _segment_prod_kernel,
    _segment_prod_infer,
    per_input(_segment_prod_rule, None),
    samples=lambda rng: [
        ((draw(rng, (5, 2), (0.5, 2)), np.array([1, 0, 1, 1, 3])), {"count": 4}),
        ((draw(rng, (2, 2), (0.5, 2)), np.array([[1, 0], [1, 1]])), {"count": 2}),
    ],
    doc="Products of the slices with one id; 1 for an id without any.",
    constants=(1,),
    tolerance="scale",
)


@public("math.unsorted_segment_prod")
def unsorted_segment_prod(data, segment_ids, num_segments, name=None):
    """Products of the slices of `data` with one id; those with negative ids are left out.

    Example:
    >>> tf.math.unsorted_segment_prod([1.0, 2.0, 3.0], [0, 1, 0], 3).numpy()
    array([3., 2., 1.], dtype=float32)
    """
    data, places, shape = _segments(data, segment_ids, num_segments)
    places, attrs = squeeze(places, -1), {"count": shape[0]}
    _segment_prod_infer(*specs_of((data, places)), **attrs)  # NumPy would read what lies behind
    return apply(_segment_prod, (data, places), attrs)[:-1]


def segment_count(ids):
    """How many segments sorted ids speak of: one more than the last."""
    return size_of(reduce_max(concat([zeros((1,), ids.dtype) - 1, ids], 0)) + 1)


def occupied(ids, count):
    """Which of `count` ids occur."""
    return unsorted_segment_sum(ones(ids._shape, "int32"), ids, count) > 0


def where_occupied(found, ids, empty=0):
    """What was found for each id, and `empty` for those that do not occur."""
    held = reshape(occupied(ids, found._shape[0]), (-1, *[1] * (len(found._shape) - 1)))
    return where(held, found, fill(found._shape, convert_to_tensor(empty, found.dtype)))


def _sorted_segments(name, function, doc, empty=0):
    def segment(data, segment_ids, name=None):
        ids = tensor_of(segment_ids)
        return where_occupied(function(data, ids, segment_count(ids)), ids, empty)

    segment.__name__ = segment.__qualname__ = name
    segment.__doc__ = doc
    return public(f"math.{name}")(segment)


segment_sum = _sorted_segments(
    "segment_sum",
    unsorted_segment_sum,
    """Sums of the slices of `data` with one id, ids sorted; as many as the last id says.

    Example:
    >>> tf.math.segment_sum([1.0, 2.0, 3.0], [0, 0, 1]).numpy()
    array([3., 3.], dtype=float32)
    """,
)
segment_mean = _sorted_segments(
    "segment_mean",
    lambda data, *where: cast(unsorted_segment_mean(data, *where), tensor_of(data).dtype),
    """Means of the slices of `data` with one id, ids sorted; 0 for an id that is skipped.

    Example:
    >>> tf.math.segment_mean([1.0, 2.0, 3.0], [0, 0, 1]).numpy()
    array([1.5, 3. ], dtype=float32)
    """,
)
segment_prod = _sorted_segments(
    "segment_prod",
    unsorted_segment_prod,
    """Products of the slices of `data` with one id, ids sorted; 1 for an id that is skipped.

    Example:
    >>> tf.math.segment_prod([1.0, 2.0, 3.0], [0, 0, 2]).numpy()
    array([2., 1., 3.], dtype=float32)
    """,
    empty=1,
)
segment_max = _sorted_segments(
    "segment_max",
    unsorted_segment_max,
    """The greatest of the slices of `data` with one id, ids sorted; 0 for an id that is skipped.

    Example:
    >>> tf.math.segment_max([1.0, 2.0, 3.0], [0, 0, 2]).numpy()
    array([2., 0., 3.], dtype=float32)
    """,
)
segment_min = _sorted_segments(
    "segment_min",
    unsorted_segment_min,
    """The least of the slices of `data` with one id, ids sorted; 0 for an id that is skipped.

    Example:
    >>> tf.math.segment_min([1.0, 2.0, 3.0], [0, 0, 1]).numpy()
    array([1., 3.], dtype=float32)
    """,
)
