"""Losses on real numbers: squared, absolute, relative, logarithmic, cosine, Huber, log-cosh."""

import math

from ... import ops
from ...base.config import settings
from ...core.dispatch import public
from .base import LossFunctionWrapper, prepare


@public("keras.losses.mean_squared_error", composites=True)
def mean_squared_error(y_true, y_pred):
    """mean((y_true - y_pred)^2) over the last axis.

    Example:
    >>> tf.keras.losses.mean_squared_error([[0.0, 1.0]], [[1.0, 4.0]]).numpy()
    array([5.], dtype=float32)
    """
    y_true, y_pred = prepare("mean_squared_error", y_true, y_pred)
    return ops.reduce_mean(ops.square(y_true - y_pred), axis=-1)


@public("keras.losses.mean_absolute_error", composites=True)
def mean_absolute_error(y_true, y_pred):
    """mean(|y_true - y_pred|) over the last axis.

    Example:
    >>> tf.keras.losses.mean_absolute_error([[0.0, 1.0]], [[1.0, 4.0]]).numpy()
    array([2.], dtype=float32)
    """
    y_true, y_pred = prepare("mean_absolute_error", y_true, y_pred)
    return ops.reduce_mean(ops.abs(y_true - y_pred), axis=-1)


@public("keras.losses.mean_absolute_percentage_error")
def mean_absolute_percentage_error(y_true, y_pred):
    """100 mean(|y_true - y_pred| / max(|y_true|, epsilon)) over the last axis.

    Example:
    >>> tf.keras.losses.mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 5.0]]).numpy()
    array([37.5], dtype=float32)
    """
    y_true, y_pred = prepare("mean_absolute_percentage_error", y_true, y_pred)
    relative = ops.abs((y_true - y_pred) / ops.maximum(ops.abs(y_true), settings.epsilon))
    return 100.0 * ops.reduce_mean(relative, axis=-1)


@public("keras.losses.mean_squared_logarithmic_error")
def mean_squared_logarithmic_error(y_true, y_pred):
    """mean((log(y_true + 1) - log(y_pred + 1))^2) over the last axis; negative values count as 0.

    Example:
    >>> loss = tf.keras.losses.mean_squared_logarithmic_error([[0.0, np.e - 1]], [[0.0, 0.0]])
    >>> loss.numpy().round(5)
    array([0.5], dtype=float32)
    """
    y_true, y_pred = prepare("mean_squared_logarithmic_error", y_true, y_pred)
    first = ops.log(ops.maximum(y_pred, settings.epsilon) + 1.0)
    second = ops.log(ops.maximum(y_true, settings.epsilon) + 1.0)
    return ops.reduce_mean(ops.square(first - second), axis=-1)


def normalized(x, axis):
    """`x` of length 1 along `axis`, the zero vector left as it is."""
    inverse = ops.rsqrt(ops.reduce_sum(ops.square(x), axis=axis, keepdims=True))
    return x * ops.minimum(inverse, 1.0 / settings.epsilon)


@public("keras.losses.cosine_similarity")
def cosine_similarity(y_true, y_pred, axis=-1):
    """Minus the cosine of the angle between labels and predictions: -1 same direction, 1 opposite.

    Example:
    >>> labels, predictions = [[0.0, 1.0], [1.0, 0.0]], [[0.0, 3.0], [0.0, 2.0]]
    >>> tf.keras.losses.cosine_similarity(labels, predictions).numpy()
    array([-1., -0.], dtype=float32)
    """
    y_true, y_pred = prepare("cosine_similarity", y_true, y_pred)
    return -ops.reduce_sum(normalized(y_true, axis) * normalized(y_pred, axis), axis=axis)


@public("keras.losses.huber")
def huber(y_true, y_pred, delta=1.0):
    """0.5 e^2 where |e| <= delta, delta |e| - 0.5 delta^2 beyond; mean over the last axis.

    Example:
    >>> tf.keras.losses.huber([[0.0, 0.0]], [[1.0, 3.0]]).numpy()
    array([1.5], dtype=float32)
    """
    y_true, y_pred = prepare("huber", y_true, y_pred)
    error = y_pred - y_true
    size = ops.abs(error)
    linear = delta * size - 0.5 * delta * delta
    return ops.reduce_mean(ops.where(size <= delta, 0.5 * ops.square(error), linear), axis=-1)


@public("keras.losses.log_cosh")
def log_cosh(y_true, y_pred):
    """mean(log(cosh(y_pred - y_true))) over the last axis, as x + softplus(-2x) - log 2.

    Example:
    >>> tf.keras.losses.log_cosh([[0.0, 0.0]], [[0.0, 2.0]]).numpy()
    array([0.66250...], dtype=float32)
    """
    y_true, y_pred = prepare("log_cosh", y_true, y_pred)
    error = y_pred - y_true
    return ops.reduce_mean(error + ops.softplus(-2.0 * error) - math.log(2.0), axis=-1)


class MeanSquaredError(LossFunctionWrapper):
    """The mean of squared errors.

    Example:
    >>> tf.keras.losses.MeanSquaredError()([[0.0, 1.0]], [[1.0, 4.0]]).numpy()
    np.float32(5.0)
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_squared_error", dtype=None):
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """The mean of absolute errors.

    Example:
    >>> tf.keras.losses.MeanAbsoluteError()([[0.0, 1.0]], [[1.0, 4.0]]).numpy()
    np.float32(2.0)
    """

    def __init__(self, reduction="sum_over_batch_size", name="mean_absolute_error", dtype=None):
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """The mean of absolute errors in percent of the labels.

    Example:
    >>> tf.keras.losses.MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 5.0]]).numpy()
    np.float32(37.5)
    """

    def __init__(
        self, reduction="sum_over_batch_size", name="mean_absolute_percentage_error", dtype=None
    ):
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """The mean of squared differences of log(x + 1).

    Example:
    >>> tf.keras.losses.MeanSquaredLogarithmicError()([[0.0, 0.0]], [[0.0, 0.0]]).numpy()
    np.float32(0.0)
    """

    def __init__(
        self, reduction="sum_over_batch_size", name="mean_squared_logarithmic_error", dtype=None
    ):
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class CosineSimilarity(LossFunctionWrapper):
    """Minus the cosine of the angle between labels and predictions along `axis`.

    Example:
    >>> tf.keras.losses.CosineSimilarity()([[0.0, 1.0]], [[0.0, 3.0]]).numpy()
    np.float32(-1.0)
    """

    def __init__(
        self, axis=-1, reduction="sum_over_batch_size", name="cosine_similarity", dtype=None
    ):
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


class Huber(LossFunctionWrapper):
    """Squared error up to `delta`, linear beyond it.

    Example:
    >>> tf.keras.losses.Huber()([[0.0, 0.0]], [[1.0, 3.0]]).numpy()
    np.float32(1.5)
    """

    def __init__(self, delta=1.0, reduction="sum_over_batch_size", name="huber_loss", dtype=None):
        super().__init__(huber, reduction, name, dtype, delta=delta)


class LogCosh(LossFunctionWrapper):
    """The mean of log(cosh(error)): squared near zero, absolute far from it.

    Example:
    >>> tf.keras.losses.LogCosh()([[0.0, 0.0]], [[0.0, 2.0]]).numpy()
    np.float32(0.66250...)
    """

    def __init__(self, reduction="sum_over_batch_size", name="log_cosh", dtype=None):
        super().__init__(log_cosh, reduction, name, dtype)
