"""How often predictions are right."""

from ... import ops
from ...base.config import settings
from ...core.dispatch import public
from ...core.tensor import convert_to_tensor
from ..losses.base import align, as_float, mismatch
from .reduction import MeanMetricWrapper


def _matches(name, y_true, y_pred):
    """1.0 where the two are equal, 0.0 elsewhere; of equal dtypes and broadcasting shapes."""
    for a, b in zip(reversed(y_true._shape), reversed(y_pred._shape)):
        if a != b and 1 not in (a, b) and None not in (a, b):
            raise mismatch(name, y_true, y_pred, "one prediction is needed for each label.")
    return ops.cast(ops.equal(y_true, y_pred), settings.floatx)


def _accuracy(y_true, y_pred):
    y_pred = convert_to_tensor(y_pred)
    y_true, y_pred = align(ops.cast(y_true, y_pred.dtype), y_pred)
    return _matches("accuracy", y_true, y_pred)


@public("keras.metrics.binary_accuracy")
def binary_accuracy(y_true, y_pred, threshold=0.5):
    """1.0 where (y_pred > threshold) equals y_true, else 0.0.

    Example:
    >>> tf.keras.metrics.binary_accuracy([[1.0], [0.0]], [[0.9], [0.6]]).numpy()
    array([[1.],
           [0.]], dtype=float32)
    """
    y_true, y_pred = align(convert_to_tensor(y_true), as_float(y_pred))
    y_pred = ops.cast(y_pred > ops.cast(threshold, y_pred.dtype), y_true.dtype)
    return _matches("binary_accuracy", y_true, y_pred)


@public("keras.metrics.categorical_accuracy")
def categorical_accuracy(y_true, y_pred):
    """1.0 where the largest of y_pred is where that of the one-hot y_true is, else 0.0.

    Example:
    >>> tf.keras.metrics.categorical_accuracy([[0, 1]], [[0.2, 0.8]]).numpy()
    array([1.], dtype=float32)
    """
    y_true = ops.argmax(convert_to_tensor(y_true), axis=-1)
    y_pred = ops.argmax(convert_to_tensor(y_pred), axis=-1)
    return _matches("categorical_accuracy", y_true, y_pred)


@public("keras.metrics.sparse_categorical_accuracy")
def sparse_categorical_accuracy(y_true, y_pred):
    """1.0 where the largest of y_pred is at the integer label y_true, else 0.0.

    Example:
    >>> tf.keras.metrics.sparse_categorical_accuracy([1, 1], [[0.2, 0.8], [0.6, 0.4]]).numpy()
    array([1., 0.], dtype=float32)
    """
    y_true, y_pred = convert_to_tensor(y_true), convert_to_tensor(y_pred)
    if len(y_true._shape) == len(y_pred._shape) and y_true._shape[-1] == 1:
        y_true = ops.squeeze(y_true, -1)
    y_pred = ops.argmax(y_pred, axis=-1)
    return _matches("sparse_categorical_accuracy", ops.cast(y_true, y_pred.dtype), y_pred)


def _in_top_k(labels, y_pred, k):
    """Whether each label's score is among the `k` largest: ties with the k-th count as in."""
    if labels._shape != y_pred._shape[:-1]:
        needed = "labels have the shape of y_pred without its last axis."
        raise mismatch("top_k_categorical_accuracy", labels, y_pred, needed)
    classes = y_pred._shape[-1]
    known = ops.logical_and(labels >= 0, labels < classes)
    safe = ops.where(known, labels, ops.zeros_like(labels))
    own = ops.gather(y_pred, safe, axis=-1, batch_dims=len(safe._shape))
    better = ops.reduce_sum(ops.cast(y_pred > ops.expand_dims(own, -1), "int32"), axis=-1)
    good = ops.logical_and(known, ops.logical_and(better < k, ops.is_finite(own)))
    return ops.cast(good, settings.floatx)


@public("keras.metrics.top_k_categorical_accuracy")
def top_k_categorical_accuracy(y_true, y_pred, k=5):
    """1.0 where the class of the one-hot y_true is among the `k` best of y_pred, else 0.0.

    Example:
    >>> scores = [[0.1, 0.7, 0.2], [0.5, 0.4, 0.1]]
    >>> tf.keras.metrics.top_k_categorical_accuracy([[0, 0, 1], [0, 0, 1]], scores, k=2).numpy()
    array([1., 0.], dtype=float32)
    """
    labels = ops.argmax(convert_to_tensor(y_true), axis=-1, output_type="int32")
    return _in_top_k(labels, convert_to_tensor(y_pred), k)


@public("keras.metrics.sparse_top_k_categorical_accuracy")
def sparse_top_k_categorical_accuracy(y_true, y_pred, k=5, from_sorted_ids=False):
    """1.0 where the integer label y_true is among the `k` best of y_pred, else 0.0.

    With `from_sorted_ids`, y_pred holds not scores but class ids, best first.

    Example:
    >>> scores = [[0.1, 0.7, 0.2], [0.5, 0.4, 0.1]]
    >>> tf.keras.metrics.sparse_top_k_categorical_accuracy([2, 2], scores, k=2).numpy()
    array([1., 0.], dtype=float32)
    """
    y_pred = convert_to_tensor(y_pred)
    labels = ops.cast(y_true, y_pred.dtype if from_sorted_ids else "int32")
    if len(labels._shape) == len(y_pred._shape) and labels._shape[-1] == 1:
        labels = ops.squeeze(labels, -1)
    if not from_sorted_ids:
        return _in_top_k(labels, y_pred, k)
    found = ops.equal(ops.expand_dims(labels, -1), y_pred[..., :k])
    return ops.cast(ops.reduce_any(found, axis=-1), settings.floatx)


class Accuracy(MeanMetricWrapper):
    """How often predictions equal labels.

    Example:
    >>> float(tf.keras.metrics.Accuracy()([1, 2, 3, 4], [1, 2, 3, 0]))
    0.75
    """

    _direction = "up"

    def __init__(self, name="accuracy", dtype=None):
        super().__init__(_accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """How often predictions above `threshold` go with label 1, others with 0.

    Example:
    >>> float(tf.keras.metrics.BinaryAccuracy()([[1], [0]], [[0.9], [0.6]]))
    0.5
    """

    _direction = "up"

    def __init__(self, name="binary_accuracy", dtype=None, threshold=0.5):
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is at the class of the one-hot label.

    Example:
    >>> float(tf.keras.metrics.CategoricalAccuracy()([[0, 1], [1, 0]], [[0.2, 0.8], [0.4, 0.6]]))
    0.5
    """

    _direction = "up"

    def __init__(self, name="categorical_accuracy", dtype=None):
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """How often the largest prediction is at the integer label.

    Example:
    >>> float(tf.keras.metrics.SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.4, 0.6]]))
    0.5
    """

    _direction = "up"

    def __init__(self, name="sparse_categorical_accuracy", dtype=None):
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the class of the one-hot label is among the `k` largest predictions.

    Example:
    >>> metric = tf.keras.metrics.TopKCategoricalAccuracy(k=2)
    >>> float(metric([[0, 0, 1], [0, 0, 1]], [[0.1, 0.7, 0.2], [0.5, 0.4, 0.1]]))
    0.5
    """

    _direction = "up"

    def __init__(self, k=5, name="top_k_categorical_accuracy", dtype=None):
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """How often the integer label is among the `k` largest predictions.

    Args:
      k: how many predictions count.
      from_sorted_ids: whether predictions are class ids, best first, instead of scores.

    Example:
    >>> metric = tf.keras.metrics.SparseTopKCategoricalAccuracy(k=2)
    >>> float(metric([2, 2], [[0.1, 0.7, 0.2], [0.5, 0.4, 0.1]]))
    0.5
    """

    _direction = "up"

    def __init__(
        self, k=5, name="sparse_top_k_categorical_accuracy", dtype=None, from_sorted_ids=False
    ):
        super().__init__(
            sparse_top_k_categorical_accuracy, name, dtype, k=k, from_sorted_ids=from_sorted_ids
        )
