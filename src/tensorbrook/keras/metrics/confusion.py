"""Counts of right and wrong positives and negatives, precision, recall, points of curves."""

from functools import lru_cache

import numpy as np

from ... import ops
from ...base.config import settings
from ..losses.base import align, mismatch
from .base import Metric

NOTHING = -1e10  # the score of what is not among the top k
COUNTS = ("true_positives", "false_positives", "true_negatives", "false_negatives")


def checked_thresholds(thresholds, default):
    """Thresholds as a list of floats in [0, 1]; the default alone for None."""
    if thresholds is None:
        return [default]
    many = list(thresholds) if isinstance(thresholds, (list, tuple, np.ndarray)) else [thresholds]
    wrong = [t for t in many if t is None or t < 0 or t > 1]
    if wrong:
        raise ValueError(f"Threshold values must be in [0, 1]. Received: {wrong}")
    return many


def evenly_spaced(count):
    """`count` thresholds from 0 to 1; one alone is 0.5."""
    if count > 1_000_000:  # float32 tells hardly more apart, and a file may ask for any number
        raise ValueError(f"num_thresholds must be at most 1,000,000. Received: {count}")
    return [0.5] if count == 1 else [i / (count - 1) for i in range(count)]


@lru_cache
def _are_even(thresholds):
    count = len(thresholds)
    even = np.arange(count, dtype=np.float32) / max(count - 1, 1)
    return count >= 3 and np.allclose(thresholds, even, atol=settings.epsilon)


def _top_k_only(scores, k):
    """Scores with all but the k largest of each row (of equals, the first) made NOTHING."""
    chosen = ops.top_k(scores, k).indices
    kept = ops.reduce_sum(ops.one_hot(chosen, scores._shape[-1], dtype=scores.dtype), axis=-2)
    return scores * kept + NOTHING * (1.0 - kept)


def _positives_even(count, y_pred, columns, has_margin):
    """Sums, per threshold and column, of what predictions above evenly spaced thresholds carry.

    The bucket of a prediction is the last threshold it exceeds; adding buckets up from the top
    gives all thresholds at once, in time linear in predictions and thresholds.
    """
    y_pred = ops.clip_by_value(y_pred, 0.0, 1.0)
    bucket = ops.cast(ops.ceil(y_pred * (count - 1.0)) - 1.0, "int32")
    inside = ops.cast(bucket >= 0, y_pred.dtype)
    bucket = ops.maximum(bucket, 0)
    width = y_pred._shape[1]
    place = ops.reshape(bucket * width + ops.range(width), (-1, 1))

    def total(values):
        values = values if has_margin else values * inside
        sums = ops.scatter_nd(place, ops.reshape(values, (-1,)), [count * width])
        return ops.cumsum(ops.reshape(sums, (count, width)), axis=0, reverse=True)

    return [total(values) for values in columns]


def _positives(thresholds, y_pred, columns):
    """The same for any thresholds, by comparing each with each."""
    limits = ops.reshape(ops.cast(thresholds, y_pred.dtype), (-1, 1, 1))
    above = ops.cast(y_pred > limits, y_pred.dtype)
    return [ops.reduce_sum(above * values, axis=1) for values in columns]


def _weighted(y_true, y_pred, sample_weight, label_weights):
    """The weight of each element: of its sample times of its label."""
    weight = ops.ones_like(y_pred)
    if sample_weight is not None:
        sample_weight = ops.expand_dims(ops.cast(sample_weight, y_pred.dtype), -1)
        _, sample_weight = align(y_true, sample_weight, expand_rank_1=False)
        weight = weight * sample_weight
    if label_weights is not None:
        weight = weight * ops.cast(label_weights, y_pred.dtype)
    return weight


def count_confusions(
    metric,
    y_true,
    y_pred,
    thresholds,
    sample_weight=None,
    top_k=None,
    class_id=None,
    multi_label=False,
    label_weights=None,
):
    """Adds a batch's confusions to those of COUNTS that are variables of `metric`.

    A prediction is positive at a threshold it exceeds.  The variables have one row per threshold;
    with `multi_label`, one column per label as well.
    """
    variables = {name: getattr(metric, name) for name in COUNTS if hasattr(metric, name)}
    dtype = next(iter(variables.values())).dtype
    y_pred, y_true = align(ops.cast(y_pred, dtype), ops.cast(y_true, dtype))
    if tuple(y_true._shape) != tuple(y_pred._shape):
        raise mismatch(type(metric).__name__, y_true, y_pred, "they must have the same shape.")
    if top_k is not None:
        y_pred = _top_k_only(y_pred, top_k)
    weight = _weighted(y_true, y_pred, sample_weight, label_weights)
    if class_id is not None:
        if len(y_pred._shape) == 1 or not 0 <= class_id < y_pred._shape[-1]:
            raise ValueError(
                f"[{type(metric).__name__}] When class_id is provided, y_pred must be a 2D array "
                "with shape (num_samples, num_classes), found shape: "
                f"{tuple(y_pred.shape)}, where class_id={class_id} is to be."
            )
        y_true, y_pred = y_true[..., class_id], y_pred[..., class_id]
        weight = weight[..., class_id]
    true = ops.cast(ops.not_equal(y_true, 0.0), dtype)
    shape = y_pred._shape if multi_label else (-1, 1)
    columns = [ops.reshape(true * weight, shape), ops.reshape((1.0 - true) * weight, shape)]
    y_pred = ops.reshape(y_pred, shape)
    if _are_even(tuple(thresholds)):
        margin = thresholds[0] < 0.0
        positives = _positives_even(len(thresholds), y_pred, columns, margin)
    else:
        positives = _positives(thresholds, y_pred, columns)
    all_true, all_false = (ops.reduce_sum(values, axis=0, keepdims=True) for values in columns)
    negatives = all_false - positives[1], all_true - positives[0]
    for name, counted in zip(COUNTS, (*positives, *negatives)):
        if name in variables:
            variables[name].assign_add(ops.reshape(counted, variables[name].shape))


class ConfusionMetric(Metric):
    """The base of metrics with one counter per threshold."""

    def get_config(self):
        """The constructor's arguments; thresholds as they were given."""
        config = super().get_config()
        if "thresholds" in config:
            config["thresholds"] = self.init_thresholds
        return config

    def _add_counts(self, names, shape):
        for name in names:
            setattr(self, name, self.add_variable(shape, "zeros", name=name))

    def _ratio(self, part, rest):
        """part / (part + rest) at each threshold, 0 where both are 0."""
        part, rest = getattr(self, part).value, getattr(self, rest).value
        return ops.divide_no_nan(part, part + rest)


class _Counter(ConfusionMetric):
    """The base of the metrics that count one kind of right or wrong."""

    _counted = None

    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__(dtype, name)
        self.init_thresholds = thresholds
        self.thresholds = checked_thresholds(thresholds, 0.5)
        self.accumulator = self.add_variable((len(self.thresholds),), "zeros", name="accumulator")
        super().__setattr__(self._counted, self.accumulator)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch's count."""
        count_confusions(self, y_true, y_pred, self.thresholds, sample_weight)

    def result(self):
        """The count so far: a scalar, or one per threshold when there are several."""
        return self.accumulator[0] if len(self.thresholds) == 1 else self.accumulator.value


class TruePositives(_Counter):
    """The weighted number of labels 1 with a prediction above the threshold.

    Args:
      thresholds: a float in [0, 1], or a list of them for one count each; 0.5 when None.

    Example:
    >>> float(tf.keras.metrics.TruePositives()([0, 1, 1, 1], [0.9, 0.2, 0.6, 0.7]))
    2.0
    """

    _counted = "true_positives"


class TrueNegatives(_Counter):
    """The weighted number of labels 0 with a prediction not above the threshold.

    Args:
      thresholds: a float in [0, 1], or a list of them for one count each; 0.5 when None.

    Example:
    >>> float(tf.keras.metrics.TrueNegatives()([0, 1, 0, 0], [0.9, 0.2, 0.1, 0.4]))
    2.0
    """

    _counted = "true_negatives"


class FalsePositives(_Counter):
    """The weighted number of labels 0 with a prediction above the threshold.

    Args:
      thresholds: a float in [0, 1], or a list of them for one count each; 0.5 when None.

    Example:
    >>> float(tf.keras.metrics.FalsePositives()([0, 1, 0, 0], [0.9, 0.2, 0.1, 0.4]))
    1.0
    """

    _counted = "false_positives"


class FalseNegatives(_Counter):
    """The weighted number of labels 1 with a prediction not above the threshold.

    Args:
      thresholds: a float in [0, 1], or a list of them for one count each; 0.5 when None.

    Example:
    >>> float(tf.keras.metrics.FalseNegatives()([0, 1, 1, 1], [0.9, 0.2, 0.6, 0.7]))
    1.0
    """

    _counted = "false_negatives"


class _Share(ConfusionMetric):
    """The base of precision and recall."""

    _direction = "up"
    _rest = None

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        super().__init__(dtype, name)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self.thresholds = checked_thresholds(thresholds, 0.5 if top_k is None else NOTHING)
        self._add_counts(("true_positives", self._rest), (len(self.thresholds),))

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch's counts."""
        count_confusions(
            self, y_true, y_pred, self.thresholds, sample_weight, self.top_k, self.class_id
        )

    def result(self):
        """The share so far: a scalar, or one per threshold when there are several."""
        share = self._ratio("true_positives", self._rest)
        return share[0] if len(self.thresholds) == 1 else share


class Precision(_Share):
    """How many of the predictions above the threshold have label 1; 0 when there are none.

    Args:
      thresholds: a float in [0, 1], or a list of them for one value each; 0.5 when None.
      top_k: only the k largest predictions of a sample count (without `thresholds`, they are all
        positive).
      class_id: only this column of labels and predictions counts.

    Raises:
      ValueError: a threshold outside of [0, 1], or a class_id that is no column.

    Example:
    >>> float(tf.keras.metrics.Precision()([0, 1, 1, 1], [0.9, 0.2, 0.6, 0.7]))
    0.666666...
    """

    _rest = "false_positives"


class Recall(_Share):
    """How many of the labels 1 have a prediction above the threshold; 0 when there are none.

    Arguments as of Precision.

    Example:
    >>> float(tf.keras.metrics.Recall()([0, 1, 1, 1], [0.9, 0.2, 0.6, 0.7]))
    0.666666...
    """

    _rest = "false_negatives"


_RATES = {
    "sensitivity": ("true_positives", "false_negatives"),
    "specificity": ("true_negatives", "false_positives"),
    "precision": ("true_positives", "false_positives"),
    "recall": ("true_positives", "false_negatives"),
}


class _BestWhere(ConfusionMetric):
    """The base of: the largest of one rate at thresholds where another is at least a value."""

    _direction = "up"
    _best = _given = None

    def _setup(self, value, num_thresholds, class_id, name, dtype):
        super().__init__(dtype, name)
        if not 0 <= value <= 1:
            raise ValueError(
                f"[{type(self).__name__}] Argument `{self._given}` must be in the range [0, 1]. "
                f"Received: {self._given}={value!r}"
            )
        if num_thresholds <= 0:
            raise ValueError(
                f"[{type(self).__name__}] Argument `num_thresholds` must be an integer > 0. "
                f"Received: num_thresholds={num_thresholds!r}"
            )
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        self.thresholds = evenly_spaced(num_thresholds)
        self._add_counts(COUNTS, (num_thresholds,))

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch's counts."""
        count_confusions(
            self, y_true, y_pred, self.thresholds, sample_weight, class_id=self.class_id
        )

    def result(self):
        """The best so far; 0 where no threshold reaches the value."""
        best, given = self._ratio(*_RATES[self._best]), self._ratio(*_RATES[self._given])
        good = given >= getattr(self, self._given)
        return ops.maximum(ops.reduce_max(ops.where(good, best, ops.zeros_like(best))), 0.0)


class SensitivityAtSpecificity(_BestWhere):
    """The best sensitivity at thresholds with at least the `specificity`.

    Sensitivity is tp / (tp + fn), specificity tn / (tn + fp).

    Args:
      specificity: that value, in [0, 1].
      num_thresholds: how many thresholds from 0 to 1 are tried.
      class_id: only this column of labels and predictions counts.

    Raises:
      ValueError: an argument outside of its range.

    Example:
    >>> metric = tf.keras.metrics.SensitivityAtSpecificity(0.5)
    >>> float(metric([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    _best, _given = "sensitivity", "specificity"

    def __init__(self, specificity, num_thresholds=200, class_id=None, name=None, dtype=None):
        self._setup(specificity, num_thresholds, class_id, name, dtype)
        self.specificity = specificity


class SpecificityAtSensitivity(_BestWhere):
    """The best specificity at thresholds with at least the `sensitivity`.

    Arguments as of SensitivityAtSpecificity.

    Example:
    >>> metric = tf.keras.metrics.SpecificityAtSensitivity(0.5)
    >>> float(metric([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
    0.666666...
    """

    _best, _given = "specificity", "sensitivity"

    def __init__(self, sensitivity, num_thresholds=200, class_id=None, name=None, dtype=None):
        self._setup(sensitivity, num_thresholds, class_id, name, dtype)
        self.sensitivity = sensitivity


class PrecisionAtRecall(_BestWhere):
    """The best precision at thresholds with at least the `recall`.

    Arguments as of SensitivityAtSpecificity.

    Example:
    >>> metric = tf.keras.metrics.PrecisionAtRecall(0.5)
    >>> float(metric([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    _best, _given = "precision", "recall"

    def __init__(self, recall, num_thresholds=200, class_id=None, name=None, dtype=None):
        self._setup(recall, num_thresholds, class_id, name, dtype)
        self.recall = recall


class RecallAtPrecision(_BestWhere):
    """The best recall at thresholds with at least the `precision`.

    Arguments as of SensitivityAtSpecificity.

    Example:
    >>> metric = tf.keras.metrics.RecallAtPrecision(0.8)
    >>> float(metric([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]))
    0.5
    """

    _best, _given = "recall", "precision"

    def __init__(self, precision, num_thresholds=200, class_id=None, name=None, dtype=None):
        self._setup(precision, num_thresholds, class_id, name, dtype)
        self.precision = precision
