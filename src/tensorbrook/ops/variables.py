"""Methods of tf.Variable that change some of its elements, written with tensor functions."""

import numpy as np

from ..base.errors import OutOfRangeError
from ..core.dispatch import tensor_of
from ..core.tensor import wrap
from ..core.variable import Variable
from .cast import cast
from .debugging import assert_
from .join import concat
from .segments import unsorted_segment_prod
from .shape import broadcast_to, expand_dims, reshape


def _factors(variable, sparse_delta):
    """By what each row is multiplied: 1 where the slices do not name it."""
    rows = variable._shape[0]
    return unsorted_segment_prod(sparse_delta.values, sparse_delta.indices, rows)


def scatter_mul(self, sparse_delta, use_locking=False, name=None):
    """Multiplies the rows named by an IndexedSlices; returns the variable.

    Example:
    >>> v = tf.Variable([1.0, 2.0])
    >>> v.scatter_mul(tf.IndexedSlices(tf.constant([3.0]), tf.constant([1]))).numpy()
    array([1., 6.], dtype=float32)
    """
    return self.assign(self * _factors(self, sparse_delta))


def scatter_div(self, sparse_delta, use_locking=False, name=None):
    """Divides the rows named by an IndexedSlices; returns the variable.

    Example:
    >>> v = tf.Variable([1.0, 6.0])
    >>> v.scatter_div(tf.IndexedSlices(tf.constant([3.0]), tf.constant([1]))).numpy()
    array([1., 2.], dtype=float32)
    """
    return self.assign(self / _factors(self, sparse_delta))


def scatter_nd_max(self, indices, updates, name=None):
    """Takes the larger of `updates` and the slices at `indices`; returns the variable.

    Example:
    >>> tf.Variable([1.0, 6.0]).scatter_nd_max([[0], [1]], [2.0, 5.0]).numpy()
    array([2., 6.], dtype=float32)
    """
    return self._scatter("tensor_scatter_max", indices, updates)


def scatter_nd_min(self, indices, updates, name=None):
    """Takes the smaller of `updates` and the slices at `indices`; returns the variable.

    Example:
    >>> tf.Variable([1.0, 6.0]).scatter_nd_min([[0], [1]], [2.0, 5.0]).numpy()
    array([1., 5.], dtype=float32)
    """
    return self._scatter("tensor_scatter_min", indices, updates)


def batch_scatter_update(self, sparse_delta, use_locking=False, name=None):
    """Replaces, in each entry of the leading axes, the rows that the last axis of the indices
    names; returns the variable.

    Example:
    >>> v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    >>> slices = tf.IndexedSlices(tf.constant([[7.0], [8.0]]), tf.constant([[0], [1]]))
    >>> v.batch_scatter_update(slices).numpy()
    array([[7., 2.],
           [3., 8.]], dtype=float32)
    """
    indices, values = tensor_of(sparse_delta.indices), tensor_of(sparse_delta.values)
    shape, parts = indices._shape, []
    for axis, size in enumerate(shape[:-1]):
        places = wrap(np.arange(size).astype(indices._dtype))
        places = reshape(places, (*[1] * axis, size, *[1] * (len(shape) - axis)))
        parts.append(broadcast_to(places, (*shape, 1)))
    return self.scatter_nd_update(concat([*parts, expand_dims(indices, -1)], -1), values)


def count_up_to(self, limit):
    """The value, after adding 1 to the variable.

    Raises:
      OutOfRangeError: the value has reached `limit`.

    Example:
    >>> v = tf.Variable(1)
    >>> v.count_up_to(2).numpy(), v.numpy()
    (np.int32(1), np.int32(2))
    """
    value = self.value()
    if value.is_eager and int(value) >= limit:
        raise OutOfRangeError(f"[count_up_to] Reached limit of {limit}: '{self.name}' is {value}.")
    assert_(value < limit, [f"[count_up_to] Reached limit of {limit}:", value])
    self.assign_add(cast(1, self.dtype))
    return value


for _method in (
    scatter_mul, scatter_div, scatter_nd_max, scatter_nd_min, batch_scatter_update, count_up_to,
):  # fmt: skip
    setattr(Variable, _method.__name__, _method)
