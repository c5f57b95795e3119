"""Means of losses and correlations: regression, margins, probabilities."""

from ... import ops
from ...base.config import settings
from ...core.dispatch import public
from ..losses import (
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    hinge,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from ..losses import cosine_similarity as negative_cosine
from ..losses.base import prepare
from .reduction import Mean, MeanMetricWrapper


def _cosine(y_true, y_pred, axis):
    return -negative_cosine(y_true, y_pred, axis)


@public("keras.metrics.pearson_correlation")
def pearson_correlation(y_true, y_pred, axis=-1):
    """The linear correlation of labels and predictions along `axis`, from -1 to 1.

    Example:
    >>> tf.keras.metrics.pearson_correlation([[0, 1, 0.5]], [[0.1, 0.9, 0.5]]).numpy()
    array([1.], dtype=float32)
    """
    y_true, y_pred = prepare("pearson_correlation", y_true, y_pred)
    centred = [x - ops.reduce_mean(x, axis=axis, keepdims=True) for x in (y_true, y_pred)]
    scaled = [x / ops.reduce_std(x, axis=axis, keepdims=True) for x in centred]
    return ops.reduce_mean(scaled[0] * scaled[1], axis=axis)


@public("keras.metrics.concordance_correlation")
def concordance_correlation(y_true, y_pred, axis=-1):
    """Lin's concordance along `axis`: how near to the line y_pred = y_true the points lie.

    2 cov / (var_true + var_pred + (mean_true - mean_pred)^2 + epsilon).

    Example:
    >>> tf.keras.metrics.concordance_correlation([[0.0, 1.0, 2.0]], [[0.0, 1.0, 2.0]]).numpy()
    array([0.99999...], dtype=float32)
    """
    y_true, y_pred = prepare("concordance_correlation", y_true, y_pred)
    true_mean, pred_mean = (ops.reduce_mean(x, axis=axis, keepdims=True) for x in (y_true, y_pred))
    variances = ops.reduce_variance(y_true - true_mean, axis=axis, keepdims=True)
    variances += ops.reduce_variance(y_pred - pred_mean, axis=axis, keepdims=True)
    # sum((y_true - c) (y_pred - pred_mean)) is the same for every c: Keras takes pred_mean
    products = (y_true - pred_mean) * (y_pred - pred_mean)
    norm = variances + ops.square(true_mean - pred_mean) + settings.epsilon
    return ops.reduce_mean(2.0 * products / norm, axis=axis)


class MeanSquaredError(MeanMetricWrapper):
    """The mean of squared errors.

    Example:
    >>> float(tf.keras.metrics.MeanSquaredError()([[0.0, 1.0]], [[1.0, 4.0]]))
    5.0
    """

    _direction = "down"

    def __init__(self, name="mean_squared_error", dtype=None):
        super().__init__(mean_squared_error, name, dtype)


class RootMeanSquaredError(Mean):
    """The root of the mean of squared errors.

    Example:
    >>> float(tf.keras.metrics.RootMeanSquaredError()([[0.0, 1.0]], [[3.0, 4.0]]))
    3.0
    """

    _direction = "down"

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(name, dtype)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds the squared errors of a batch."""
        y_true, y_pred = prepare("root_mean_squared_error", y_true, ops.cast(y_pred, self.dtype))
        super().update_state(ops.square(y_pred - y_true), sample_weight)

    def result(self):
        """The root so far."""
        return ops.sqrt(super().result())


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of absolute errors.

    Example:
    >>> float(tf.keras.metrics.MeanAbsoluteError()([[0.0, 1.0]], [[1.0, 4.0]]))
    2.0
    """

    _direction = "down"

    def __init__(self, name="mean_absolute_error", dtype=None):
        super().__init__(mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean of absolute errors in percent of the labels.

    Example:
    >>> float(tf.keras.metrics.MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 5.0]]))
    37.5
    """

    _direction = "down"

    def __init__(self, name="mean_absolute_percentage_error", dtype=None):
        super().__init__(mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean of squared differences of log(x + 1).

    Example:
    >>> round(float(tf.keras.metrics.MeanSquaredLogarithmicError()([[0.0]], [[np.e - 1]])), 5)
    1.0
    """

    _direction = "down"

    def __init__(self, name="mean_squared_logarithmic_error", dtype=None):
        super().__init__(mean_squared_logarithmic_error, name, dtype)


class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine of the angle between labels and predictions along `axis`: 1 same direction.

    Example:
    >>> float(tf.keras.metrics.CosineSimilarity()([[0.0, 1.0]], [[0.0, 3.0]]))
    1.0
    """

    _direction = "up"

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        super().__init__(_cosine, name, dtype, axis=axis)


class LogCoshError(MeanMetricWrapper):
    """The mean of log(cosh(error)).

    Example:
    >>> float(tf.keras.metrics.LogCoshError()([[0.0, 0.0]], [[0.0, 0.0]]))
    0.0
    """

    _direction = "down"

    def __init__(self, name="logcosh", dtype=None):
        super().__init__(log_cosh, name, dtype)


class PearsonCorrelation(MeanMetricWrapper):
    """The mean of the samples' linear correlations along `axis`.

    Example:
    >>> metric = tf.keras.metrics.PearsonCorrelation()
    >>> round(float(metric([[0.0, 1.0, 2.0]], [[0.0, 2.0, 1.0]])), 6)
    0.5
    """

    _direction = "up"

    def __init__(self, name="pearson_correlation", dtype=None, axis=-1):
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(MeanMetricWrapper):
    """The mean of the samples' concordances along `axis`.

    Example:
    >>> metric = tf.keras.metrics.ConcordanceCorrelation()
    >>> round(float(metric([[0.0, 1.0, 2.0]], [[0.0, 2.0, 1.0]])), 6)
    0.5
    """

    _direction = "up"

    def __init__(self, name="concordance_correlation", dtype=None, axis=-1):
        super().__init__(concordance_correlation, name, dtype, axis=axis)


class Hinge(MeanMetricWrapper):
    """The mean of max(1 - y_true y_pred, 0).

    Example:
    >>> float(tf.keras.metrics.Hinge()([[-1.0, 1.0]], [[0.5, 0.5]]))
    1.0
    """

    _direction = "down"

    def __init__(self, name="hinge", dtype=None):
        super().__init__(hinge, name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """The mean of max(1 - y_true y_pred, 0)^2.

    Example:
    >>> float(tf.keras.metrics.SquaredHinge()([[-1.0, 1.0]], [[0.5, 0.5]]))
    1.25
    """

    _direction = "down"

    def __init__(self, name="squared_hinge", dtype=None):
        super().__init__(squared_hinge, name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """The mean of the categorical hinge loss on one-hot labels.

    Example:
    >>> float(tf.keras.metrics.CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.25]]))
    1.25
    """

    _direction = "down"

    def __init__(self, name="categorical_hinge", dtype=None):
        super().__init__(categorical_hinge, name, dtype)


class KLDivergence(MeanMetricWrapper):
    """The mean Kullback-Leibler divergence of predictions from labels.

    Example:
    >>> float(tf.keras.metrics.KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
    0.0
    """

    _direction = "down"

    def __init__(self, name="kl_divergence", dtype=None):
        super().__init__(kl_divergence, name, dtype)


class Poisson(MeanMetricWrapper):
    """The mean of y_pred - y_true log(y_pred).

    Example:
    >>> round(float(tf.keras.metrics.Poisson()([[0.0, 2.0]], [[1.0, 1.0]])), 6)
    1.0
    """

    _direction = "down"

    def __init__(self, name="poisson", dtype=None):
        super().__init__(poisson, name, dtype)


class BinaryCrossentropy(MeanMetricWrapper):
    """The mean binary cross entropy; arguments as of the loss.

    Example:
    >>> metric = tf.keras.metrics.BinaryCrossentropy(from_logits=True)
    >>> round(float(metric([[0.0, 1.0]], [[0.0, 0.0]])), 6)
    0.693147
    """

    _direction = "down"

    def __init__(
        self, name="binary_crossentropy", dtype=None, from_logits=False, label_smoothing=0
    ):
        super().__init__(
            binary_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross entropy of one-hot labels; arguments as of the loss.

    Example:
    >>> metric = tf.keras.metrics.CategoricalCrossentropy()
    >>> round(float(metric([[0.0, 1.0]], [[0.5, 0.5]])), 6)
    0.693147
    """

    _direction = "down"

    def __init__(
        self,
        name="categorical_crossentropy",
        dtype=None,
        from_logits=False,
        label_smoothing=0,
        axis=-1,
    ):
        super().__init__(
            categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean cross entropy of integer labels; arguments as of the loss.

    Example:
    >>> metric = tf.keras.metrics.SparseCategoricalCrossentropy()
    >>> round(float(metric([1], [[0.5, 0.5]])), 6)
    0.693147
    """

    _direction = "down"

    def __init__(
        self,
        name="sparse_categorical_crossentropy",
        dtype=None,
        from_logits=False,
        ignore_class=None,
        axis=-1,
    ):
        super().__init__(
            sparse_categorical_crossentropy,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )
