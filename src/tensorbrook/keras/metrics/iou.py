"""Intersection over union of predicted and true regions."""

import warnings

from ... import ops
from ...base.config import settings
from ...core.tensor import convert_to_tensor
from ..losses.base import mismatch
from .base import Metric


class IoU(Metric):
    """The mean intersection over union of the classes `target_class_ids`.

    true positives / (true positives + false positives + false negatives) of each class, which
    counts only if it occurs among labels or predictions.

    Args:
      num_classes: the number of classes; labels and predictions outside of it are left out.
      target_class_ids: the classes to average.
      dtype: the dtype of the counts; int64 when None.
      ignore_class: a label left out.
      sparse_y_true, sparse_y_pred: whether labels and predictions are class ids, rather than one
        score per class.
      axis: the axis of those scores.

    Raises:
      ValueError: a target class that is not in [0, num_classes).

    Example:
    >>> metric = tf.keras.metrics.IoU(num_classes=2, target_class_ids=[0])
    >>> round(float(metric([0, 0, 1, 1], [0, 1, 0, 1])), 5)
    0.33333
    """

    _direction = "up"

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(dtype or "int64", name)
        self.num_classes = num_classes
        self.target_class_ids = list(target_class_ids)
        self.ignore_class = ignore_class
        self.sparse_y_true = sparse_y_true
        self.sparse_y_pred = sparse_y_pred
        self.axis = axis
        if not 0 <= min(self.target_class_ids) <= max(self.target_class_ids) < num_classes:
            raise ValueError(
                f"[{type(self).__name__}] target_class_ids {self.target_class_ids} must lie in "
                f"[0, {num_classes})."
            )
        self.total_cm = self.add_variable(
            (num_classes, num_classes), "zeros", self.dtype, name="total_confusion_matrix"
        )

    def _classes(self, y, sparse):
        y = convert_to_tensor(y)
        y = y if sparse else ops.argmax(y, axis=self.axis)
        return ops.cast(ops.reshape(y, (-1,)), "int64")

    def _weights(self, sample_weight, shape):
        if sample_weight is None:
            return ops.ones(shape, self.dtype)
        sample_weight = convert_to_tensor(sample_weight)
        if sample_weight.dtype.is_floating and "int" in self.dtype:
            warnings.warn(
                f"[{type(self).__name__}] sample_weight is {sample_weight.dtype.name}, the counts "
                f"are {self.dtype}: fractions are cut off by casting. Use dtype='float32'.",
                stacklevel=3,
            )
        sample_weight = ops.cast(sample_weight, self.dtype)
        if len(sample_weight._shape) > 1:
            sample_weight = ops.reshape(sample_weight, (-1,))
        return ops.broadcast_to(sample_weight, shape)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch to the confusion matrix."""
        true, pred = (
            self._classes(y_true, self.sparse_y_true),
            self._classes(y_pred, self.sparse_y_pred),
        )
        if true._shape != pred._shape:
            raise mismatch(type(self).__name__, true, pred, "one prediction is needed per label.")
        weight = self._weights(sample_weight, true._shape)
        counted = ops.ones_like(true, dtype="bool")
        for side in (true, pred):
            inside = ops.logical_and(side >= 0, side < self.num_classes)
            counted = ops.logical_and(counted, inside)
        if self.ignore_class is not None:
            ignored = ops.cast(self.ignore_class, "int64")
            counted = ops.logical_and(counted, ops.not_equal(true, ignored))
        place = ops.stack([true, pred], axis=-1)
        place = ops.where(ops.expand_dims(counted, -1), place, ops.zeros_like(place))
        weight = ops.where(counted, weight, ops.zeros_like(weight))
        self.total_cm.assign_add(ops.scatter_nd(place, weight, self.total_cm.shape))

    def result(self):
        """The mean so far."""
        matrix = ops.cast(self.total_cm, "float32")
        right = ops.diag_part(matrix)
        union = ops.reduce_sum(matrix, axis=0) + ops.reduce_sum(matrix, axis=1) - right
        right, union = (ops.gather(x, self.target_class_ids) for x in (right, union))
        occurs = ops.cast(union > 1e-9, "float32")
        each = occurs * right / (union + settings.epsilon)
        return ops.reduce_sum(each) / (ops.reduce_sum(occurs) + settings.epsilon)


class BinaryIoU(IoU):
    """The mean intersection over union of classes 0 and 1, predictions >= `threshold` being 1.

    Example:
    >>> metric = tf.keras.metrics.BinaryIoU(target_class_ids=[0, 1], threshold=0.3)
    >>> round(float(metric([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])), 5)
    0.33333
    """

    def __init__(self, target_class_ids=(0, 1), threshold=0.5, name=None, dtype=None):
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = threshold

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds a batch of labels and probabilities."""
        positive = ops.cast(y_pred, "float32") >= self.threshold
        super().update_state(y_true, ops.cast(positive, "int64"), sample_weight)


class MeanIoU(IoU):
    """The mean intersection over union of all classes; arguments as of IoU.

    Example:
    >>> metric = tf.keras.metrics.MeanIoU(num_classes=2)
    >>> round(float(metric([0, 0, 1, 1], [0, 1, 0, 1])), 5)
    0.33333
    """

    def __init__(
        self,
        num_classes,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_true=True,
        sparse_y_pred=True,
        axis=-1,
    ):
        super().__init__(
            num_classes,
            range(num_classes),
            name,
            dtype,
            ignore_class,
            sparse_y_true,
            sparse_y_pred,
            axis,
        )


class OneHotIoU(IoU):
    """IoU of one-hot labels and, unless `sparse_y_pred`, one score per class.

    Example:
    >>> metric = tf.keras.metrics.OneHotIoU(num_classes=2, target_class_ids=[1])
    >>> round(float(metric([[0, 1], [0, 1]], [[0.2, 0.8], [0.6, 0.4]])), 5)
    0.5
    """

    def __init__(
        self,
        num_classes,
        target_class_ids,
        name=None,
        dtype=None,
        ignore_class=None,
        sparse_y_pred=False,
        axis=-1,
    ):
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )


class OneHotMeanIoU(MeanIoU):
    """MeanIoU of one-hot labels and, unless `sparse_y_pred`, one score per class.

    Example:
    >>> metric = tf.keras.metrics.OneHotMeanIoU(num_classes=2)
    >>> round(float(metric([[0, 1], [0, 1]], [[0.2, 0.8], [0.6, 0.4]])), 5)
    0.25
    """

    def __init__(
        self, num_classes, name=None, dtype=None, ignore_class=None, sparse_y_pred=False, axis=-1
    ):
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
