"""R2 and the F scores of several classes: their state waits for the first batch's shape."""

import warnings

import numpy as np

from ... import ops
from ...base.config import settings
from ...base.errors import InvalidArgumentError
from ..losses.base import align
from .base import Metric


def _columns(metric, y_true, y_pred):
    """How many columns a batch has, which must be a matrix of one shape for both."""
    if len(y_pred._shape) != 2 or tuple(y_true._shape)[1:] != tuple(y_pred._shape)[1:]:
        raise InvalidArgumentError(
            f"{type(metric).__name__} expects 2D inputs with shape (batch_size, output_dim), the "
            f"same for both. Received: y_true of shape {y_true.shape}, y_pred {y_pred.shape}."
        )
    return y_pred._shape[-1]


class R2Score(Metric):
    """1 - squared error / squared distance of the labels from their mean: 1 is perfect.

    Args:
      class_aggregation: how the columns' scores become one: "uniform_average" their mean,
        "variance_weighted_average" their mean weighted by the labels' variance, None all of them.
      num_regressors: the number of independent variables, for the adjusted score; 0 for the
        plain one.

    Raises:
      ValueError: an unknown aggregation, or a negative number.
      InvalidArgumentError: labels and predictions are not matrices of one shape.

    Example:
    >>> float(tf.keras.metrics.R2Score()([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]]))
    0.571428...
    """

    _direction = "up"

    def __init__(
        self, class_aggregation="uniform_average", num_regressors=0, name="r2_score", dtype=None
    ):
        super().__init__(dtype, name)
        known = (None, "uniform_average", "variance_weighted_average")
        if class_aggregation not in known:
            raise ValueError(
                f"Invalid value for argument `class_aggregation`: expected one of {known}. "
                f"Received: class_aggregation={class_aggregation!r}"
            )
        if num_regressors < 0:
            raise ValueError(
                "[R2Score] Invalid value for argument `num_regressors`. Expected a value >= 0. "
                f"Received: num_regressors={num_regressors}"
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), "zeros", self.dtype, name="num_samples")
        self.squared_sum = None

    def _build(self, columns):
        self.squared_sum = self.add_variable((columns,), "zeros", self.dtype, name="squared_sum")
        self.sum = self.add_variable((columns,), "zeros", self.dtype, name="sum")
        self.total_mse = self.add_variable((columns,), "zeros", self.dtype, name="residual")
        self.count = self.add_variable((columns,), "zeros", self.dtype, name="count")

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch's weighted sums."""
        y_true, y_pred = align(ops.cast(y_true, self.dtype), ops.cast(y_pred, self.dtype))
        columns = _columns(self, y_true, y_pred)
        if self.squared_sum is None:
            self._build(columns)
        weight = ops.cast(1.0 if sample_weight is None else sample_weight, self.dtype)
        if len(weight._shape) == 1:
            weight = ops.expand_dims(weight, 1)
        weight = ops.broadcast_to(weight, y_true._shape)
        self.sum.assign_add(ops.reduce_sum(y_true * weight, axis=0))
        self.squared_sum.assign_add(ops.reduce_sum(y_true * (y_true * weight), axis=0))
        error = ops.square(y_true - y_pred) * weight
        self.total_mse.assign_add(ops.reduce_sum(error, axis=0))
        self.count.assign_add(ops.reduce_sum(weight, axis=0))
        self.num_samples.assign_add(ops.cast(ops.size(y_true), self.dtype))

    def result(self):
        """The score so far; 0 before the first batch."""
        if self.squared_sum is None:
            return ops.cast(0.0, self.dtype)
        mean = self.sum / self.count
        total = self.squared_sum - self.sum * mean
        scores = 1.0 - self.total_mse / total
        score = scores = ops.where(ops.is_inf(scores), ops.zeros_like(scores), scores)
        if self.class_aggregation == "uniform_average":
            score = ops.reduce_mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            score = ops.reduce_sum(total * scores) / ops.reduce_sum(total)
        return self._adjusted(score) if self.num_regressors else score

    def _adjusted(self, score):
        """The score that counts against itself the number of regressors."""
        freedom = self.num_samples - 1.0 - self.num_regressors
        enough = freedom > 0.0
        if getattr(enough, "is_eager", False) and not bool(enough):
            warnings.warn(
                f"[R2Score] {self.num_regressors} regressors need more than "
                f"{self.num_regressors + 1} values, there are {float(self.num_samples):g}: the "
                "score is not adjusted.",
                stacklevel=3,
            )
        adjusted = 1.0 - (1.0 - score) * (self.num_samples - 1.0) / freedom
        return ops.where(enough, adjusted, score)


class FBetaScore(Metric):
    """(1 + beta^2) precision recall / (beta^2 precision + recall), of each class or averaged.

    Args:
      average: None for one score per class; "micro" counts all classes together; "macro" is the
        mean of the classes' scores, "weighted" that mean weighted by the classes' labels.
      beta: how many times as important recall is as precision; a float.
      threshold: what a prediction must exceed to count as positive, a float in (0, 1]; None takes
        the largest of each row.

    Raises:
      ValueError: an argument outside of what is said above.
      InvalidArgumentError: labels and predictions are not matrices of one shape.

    Example:
    >>> metric = tf.keras.metrics.FBetaScore(beta=2.0, threshold=0.5)
    >>> y_true, y_pred = [[1, 1], [1, 0], [0, 0]], [[0.9, 0.2], [0.3, 0.1], [0.8, 0.7]]
    >>> metric(y_true, y_pred).numpy().round(3)
    array([0.5, 0. ], dtype=float32)
    """

    _direction = "up"

    def __init__(self, average=None, beta=1.0, threshold=None, name="fbeta_score", dtype=None):
        super().__init__(dtype, name)
        kind = type(self).__name__
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(
                f"[{kind}] Invalid `average` argument value. Expected one of: {{None, 'micro', "
                f"'macro', 'weighted'}}. Received: average={average}"
            )
        bounds = [("beta", beta, "be > 0", np.inf)]
        if threshold is not None:
            bounds.append(("threshold", threshold, "verify 0 < threshold <= 1", 1.0))
        for name, value, wanted, most in bounds:
            if not isinstance(value, float):
                raise ValueError(
                    f"[{kind}] Invalid `{name}` argument value. It should be a Python float. "
                    f"Received: {name}={value} of type '{type(value)}'"
                )
            if not 0.0 < value <= most:
                raise ValueError(
                    f"[{kind}] Invalid `{name}` argument value. It should {wanted}. Received: "
                    f"{name}={value}"
                )
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self.true_positives = None

    def _build(self, columns):
        shape = () if self.average == "micro" else (columns,)
        for name in ("true_positives", "false_positives", "false_negatives"):
            setattr(self, name, self.add_variable(shape, "zeros", self.dtype, name=name))
        self.intermediate_weights = self.add_variable(
            shape, "zeros", self.dtype, name="intermediate_weights"
        )

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch's counts."""
        y_true, y_pred = ops.cast(y_true, self.dtype), ops.cast(y_pred, self.dtype)
        columns = _columns(self, y_true, y_pred)
        if self.true_positives is None:
            self._build(columns)
        if self.threshold is None:
            largest = ops.reduce_max(y_pred, axis=-1, keepdims=True)
            positive = ops.logical_and(y_pred >= largest, ops.abs(y_pred) > 1e-9)
        else:
            positive = y_pred > self.threshold
        positive = ops.cast(positive, self.dtype)
        weight = 1.0
        if sample_weight is not None:
            weight = ops.reshape(ops.cast(sample_weight, self.dtype), (-1, 1))
        axis = None if self.average == "micro" else 0
        for variable, counted in (
            (self.true_positives, positive * y_true),
            (self.false_positives, positive * (1.0 - y_true)),
            (self.false_negatives, (1.0 - positive) * y_true),
            (self.intermediate_weights, y_true),
        ):
            variable.assign_add(ops.reduce_sum(counted * weight, axis=axis))

    def result(self):
        """The score so far; 0 before the first batch."""
        if self.true_positives is None:
            return ops.cast(0.0, self.dtype)
        right, epsilon = self.true_positives, settings.epsilon
        precision = right / (right + self.false_positives + epsilon)
        recall = right / (right + self.false_negatives + epsilon)
        mean = precision * recall / (self.beta**2 * precision + recall + epsilon)
        score = mean * (1.0 + self.beta**2)
        if self.average == "weighted":
            labels = self.intermediate_weights
            return ops.reduce_sum(score * (labels / (ops.reduce_sum(labels) + epsilon)))
        return score if self.average is None else ops.reduce_mean(score)


class F1Score(FBetaScore):
    """2 precision recall / (precision + recall), of each class or averaged; see FBetaScore.

    Example:
    >>> metric = tf.keras.metrics.F1Score(threshold=0.5)
    >>> y_true, y_pred = [[1, 1], [1, 0], [0, 0]], [[0.9, 0.2], [0.3, 0.1], [0.8, 0.7]]
    >>> metric(y_true, y_pred).numpy().round(3)
    array([0.5, 0. ], dtype=float32)
    """

    def __init__(self, average=None, threshold=None, name="f1_score", dtype=None):
        super().__init__(average, 1.0, threshold, name, dtype)
