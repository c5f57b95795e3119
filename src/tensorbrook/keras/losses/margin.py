"""Losses of maximum-margin classification."""

from ... import ops
from ...core.dispatch import public
from .base import LossFunctionWrapper, prepare


def _signs(y_true):
    """Labels as -1 and 1: those that are all 0 or 1 are converted, others left."""
    is_binary = ops.reduce_all(ops.logical_or(ops.equal(y_true, 0.0), ops.equal(y_true, 1.0)))
    return ops.where(is_binary, 2.0 * y_true - 1.0, y_true)


@public("keras.losses.hinge")
def hinge(y_true, y_pred):
    """mean(max(1 - y_true y_pred, 0)) over the last axis; labels -1 and 1, or 0 and 1.

    Example:
    >>> tf.keras.losses.hinge([[-1.0, 1.0]], [[0.5, 0.5]]).numpy()
    array([1.], dtype=float32)
    """
    y_true, y_pred = prepare("hinge", y_true, y_pred)
    return ops.reduce_mean(ops.maximum(1.0 - _signs(y_true) * y_pred, 0.0), axis=-1)


@public("keras.losses.squared_hinge")
def squared_hinge(y_true, y_pred):
    """mean(max(1 - y_true y_pred, 0)^2) over the last axis; labels -1 and 1, or 0 and 1.

    Example:
    >>> tf.keras.losses.squared_hinge([[-1.0, 1.0]], [[0.5, 0.5]]).numpy()
    array([1.25], dtype=float32)
    """
    y_true, y_pred = prepare("squared_hinge", y_true, y_pred)
    margin = ops.maximum(1.0 - _signs(y_true) * y_pred, 0.0)
    return ops.reduce_mean(ops.square(margin), axis=-1)


@public("keras.losses.categorical_hinge")
def categorical_hinge(y_true, y_pred):
    """max(neg - pos + 1, 0): pos the score of the true class, neg the best of the others.

    Args:
      y_true: one-hot labels.
      y_pred: scores of the same shape.

    Example:
    >>> tf.keras.losses.categorical_hinge([[0.0, 1.0]], [[0.6, 0.4]]).numpy()
    array([1.2], dtype=float32)
    """
    y_true, y_pred = prepare("categorical_hinge", y_true, y_pred)
    positive = ops.reduce_sum(y_true * y_pred, axis=-1)
    negative = ops.reduce_max((1.0 - y_true) * y_pred, axis=-1)
    return ops.maximum(negative - positive + 1.0, 0.0)


class Hinge(LossFunctionWrapper):
    """The mean of max(1 - y_true y_pred, 0).

    Example:
    >>> tf.keras.losses.Hinge()([[-1.0, 1.0]], [[0.5, 0.5]]).numpy()
    np.float32(1.0)
    """

    def __init__(self, reduction="sum_over_batch_size", name="hinge", dtype=None):
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(LossFunctionWrapper):
    """The mean of max(1 - y_true y_pred, 0)^2.

    Example:
    >>> tf.keras.losses.SquaredHinge()([[-1.0, 1.0]], [[0.5, 0.5]]).numpy()
    np.float32(1.25)
    """

    def __init__(self, reduction="sum_over_batch_size", name="squared_hinge", dtype=None):
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(LossFunctionWrapper):
    """The mean of max(neg - pos + 1, 0) on one-hot labels.

    Example:
    >>> tf.keras.losses.CategoricalHinge()([[0.0, 1.0]], [[0.6, 0.4]]).numpy()
    np.float32(1.2)
    """

    def __init__(self, reduction="sum_over_batch_size", name="categorical_hinge", dtype=None):
        super().__init__(categorical_hinge, reduction, name, dtype)
