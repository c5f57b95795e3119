"""The area under the ROC curve, the precision-recall curve and the precision-recall-gain curve."""

import numpy as np

from ... import ops
from ...base.config import settings
from ...base.errors import unknown_name
from ...core.tensor import convert_to_tensor
from .confusion import COUNTS, ConfusionMetric, count_confusions, evenly_spaced


def _choice(kind, value, choices):
    """The choice of that name in any case; also of an enum member that holds it."""
    text = str(getattr(value, "value", value))
    for choice in choices:
        if text.lower() == choice.lower():
            return choice
    raise ValueError(unknown_name(f"AUC {kind}", text, choices))


class AUC(ConfusionMetric):
    """The area under a curve of classification, summed up over thresholds.

    Args:
      num_thresholds: how many thresholds from 0 to 1 are used.
      curve: "ROC" (true over false positive rate), "PR" (precision over recall) or "PRGAIN".
      summation_method: "interpolation" (trapezoids; for PR the interpolation of Davis and
        Goadrich, 2006), "minoring" (lower sum) or "majoring" (upper sum).
      thresholds: the inner thresholds themselves, instead of `num_thresholds`.
      multi_label: whether each column is a problem of its own whose areas are averaged.
      num_labels: the number of columns; found at the first update when None.
      label_weights: the weights of the columns.
      from_logits: whether predictions still need a sigmoid.

    Raises:
      ValueError: an unknown curve or method, fewer than 2 thresholds, thresholds outside of
        [0, 1], `num_labels` without `multi_label`.

    Example:
    >>> metric = tf.keras.metrics.AUC(num_thresholds=3)
    >>> float(metric([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]))
    0.75
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
        multi_label=False,
        num_labels=None,
        label_weights=None,
        from_logits=False,
    ):
        super().__init__(dtype, name)
        self.curve = _choice("curve", curve, ("ROC", "PR", "PRGAIN"))
        methods = ("interpolation", "majoring", "minoring")
        self.summation_method = _choice("summation method", summation_method, methods)
        self.init_thresholds = thresholds
        if thresholds is not None:
            inner = sorted(float(t) for t in thresholds)
            if inner and not 0 <= inner[0] <= inner[-1] <= 1:
                raise ValueError(f"Threshold values must be in [0, 1]. Received: {thresholds}")
        elif num_thresholds <= 1:
            raise ValueError(
                f"Argument `num_thresholds` must be an integer > 1. Received: {num_thresholds}"
            )
        else:
            inner = evenly_spaced(num_thresholds)[1:-1]
        self.num_thresholds = len(inner) + 2
        self.thresholds = [0.0 - settings.epsilon, *inner, 1.0 + settings.epsilon]
        if num_labels and not multi_label:
            raise ValueError("[AUC] num_labels needs multi_label=True.")
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else np.asarray(label_weights).tolist()
        self.from_logits = from_logits
        if num_labels or not multi_label:
            self._build(num_labels)

    def get_config(self):
        """The constructor's arguments; thresholds only where they were given, as in Keras."""
        config = super().get_config()
        if config["thresholds"] is None:
            del config["thresholds"]
        return config

    def _build(self, columns):
        shape = (self.num_thresholds, columns) if self.multi_label else (self.num_thresholds,)
        self._add_counts(COUNTS, shape)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch's counts at each threshold."""
        y_pred = convert_to_tensor(y_pred)
        if self.multi_label and len(y_pred._shape) != 2:
            raise ValueError(f"[AUC] multi_label needs y_pred of rank 2, got {y_pred.shape}.")
        if not self.variables:
            self._build(y_pred._shape[1])
        count_confusions(
            self,
            y_true,
            ops.sigmoid(y_pred) if self.from_logits else y_pred,
            self.thresholds,
            sample_weight,
            multi_label=self.multi_label,
            label_weights=None if self.multi_label else self.label_weights,
        )

    def result(self):
        """The area so far; 0 before the first batch of an AUC that waits for its columns."""
        if not self.variables:
            return ops.cast(0.0, self.dtype)
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = self._interpolated_pr()
        else:
            x, y = self._points()
            heights = {
                "interpolation": (y[:-1] + y[1:]) / 2.0,
                "minoring": ops.minimum(y[:-1], y[1:]),
                "majoring": ops.maximum(y[:-1], y[1:]),
            }[self.summation_method]
            areas = (x[:-1] - x[1:]) * heights
        if not self.multi_label:
            return ops.reduce_sum(areas)
        areas = ops.reduce_sum(areas, axis=0)
        if self.label_weights is None:
            return ops.reduce_mean(areas)
        weights = ops.cast(self.label_weights, areas.dtype)
        return ops.divide_no_nan(ops.reduce_sum(areas * weights), ops.reduce_sum(weights))

    def _points(self):
        """The curve's points x and y, one per threshold."""
        recall = self._ratio("true_positives", "false_negatives")
        if self.curve == "ROC":
            return self._ratio("false_positives", "true_negatives"), recall
        if self.curve == "PR":
            return recall, self._ratio("true_positives", "false_positives")
        right, wrong, none, missed = (getattr(self, name).value for name in COUNTS)
        odds = ops.divide_no_nan(right + missed, none + wrong)
        recall_gain = 1.0 - odds * ops.divide_no_nan(missed, right)
        precision_gain = 1.0 - odds * ops.divide_no_nan(wrong, right)
        nothing = ops.equal(right, 0.0)
        recall_gain = ops.where(nothing, ops.zeros_like(right), recall_gain)
        precision_gain = ops.where(nothing, ops.ones_like(right), precision_gain)
        return ops.maximum(recall_gain, 0.0), precision_gain

    def _interpolated_pr(self):
        """Areas between neighbouring thresholds, positives taken as linear in predicted positives.

        With slope = d tp / d p and tp = intercept + slope p, the integral of tp / p over recall is
        slope (d tp + intercept log(p_a / p_b)) / all positives.
        """
        right, wrong, _, missed = (getattr(self, name).value for name in COUNTS)
        predicted = right + wrong
        upper, lower = predicted[:-1], predicted[1:]
        gained = right[:-1] - right[1:]
        slope = ops.divide_no_nan(gained, ops.maximum(upper - lower, 0.0))
        intercept = right[1:] - slope * lower
        both = ops.logical_and(upper > 0.0, lower > 0.0)
        ratio = ops.where(both, ops.divide_no_nan(upper, lower), ops.ones_like(lower))
        increment = slope * (gained + intercept * ops.log(ratio))
        return ops.divide_no_nan(increment, ops.maximum(right[1:] + missed[1:], 0.0))
