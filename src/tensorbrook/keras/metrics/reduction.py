"""Sum and Mean of values, and the mean of what a function returns."""

import numpy as np

from ... import ops
from ...core.dispatch import init_scope
from ...function.autograph.gate import twin_in_trace
from .. import losses, registry
from ..losses.base import align, apply_mask, mask_of, weigh
from .base import Metric

KNOWN = {}  # name -> function or class: what configs of wrapped functions may name


def per_sample(values, sample_weight, reduce, dtype):
    """Values times weights, and the weights, both reduced to one number per sample."""
    mask = mask_of(values)
    values = ops.cast(values, dtype)
    if sample_weight is not None:
        sample_weight = apply_mask(ops.cast(sample_weight, dtype), mask, dtype, "sum")
        values, sample_weight = align(values, sample_weight)
        rank = len(sample_weight._shape)
        if len(values._shape) > rank:
            values = reduce(values, axis=list(range(rank, len(values._shape))))
        values, sample_weight = weigh(values, sample_weight)
        sample_weight = ops.broadcast_to(sample_weight, values._shape)
        if len(sample_weight._shape) > 1:
            sample_weight = reduce(sample_weight, axis=list(range(1, len(sample_weight._shape))))
    if len(values._shape) > 1:
        values = reduce(values, axis=list(range(1, len(values._shape))))
    return values, sample_weight


class Sum(Metric):
    """The weighted sum of all values.

    Example:
    >>> total = tf.keras.metrics.Sum()
    >>> total.update_state([1.0, 2.0]); float(total([3.0], sample_weight=[2.0]))
    9.0
    """

    def __init__(self, name="sum", dtype=None):
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", self.dtype, name="total")

    def update_state(self, values, sample_weight=None):
        """Adds the values times their weights."""
        values, _ = per_sample(values, sample_weight, ops.reduce_sum, self.dtype)
        self.total.assign_add(ops.reduce_sum(values))

    def result(self):
        """The sum so far."""
        return self.total.value


class Mean(Metric):
    """The weighted mean of all values; 0 as long as there are none.

    Example:
    >>> mean = tf.keras.metrics.Mean()
    >>> mean.update_state([1.0, 3.0]); float(mean([5.0], sample_weight=[2.0]))
    3.5
    """

    def __init__(self, name="mean", dtype=None):
        super().__init__(dtype, name)
        self.total = self.add_variable((), "zeros", self.dtype, name="total")
        self.count = self.add_variable((), "zeros", self.dtype, name="count")

    def update_state(self, values, sample_weight=None):
        """Adds the mean of each sample's values, times its weight."""
        values, sample_weight = per_sample(values, sample_weight, ops.reduce_mean, self.dtype)
        self.total.assign_add(ops.reduce_sum(values))
        if sample_weight is None:
            count = values._shape[0] if len(values._shape) else 1
        else:
            count = ops.reduce_sum(sample_weight)
        self.count.assign_add(count)

    def result(self):
        """The mean so far."""
        return ops.divide_no_nan(self.total, self.count)


class MeanTensor(Metric):
    """Keras 2's: the weighted mean at each place of tensors of one shape.

    Args:
      shape: their shape; that of the first ones by default.

    Raises:
      ValueError: tensors of another shape; a result before there are any.

    Example:
    >>> mean = tf.keras.metrics.MeanTensor()
    >>> mean.update_state([1.0, 2.0]); mean([3.0, 6.0]).numpy()
    array([2., 4.], dtype=float32)
    """

    total = count = None

    def __init__(self, name="mean_tensor", dtype=None, shape=None):
        super().__init__(dtype, name)
        self.shape = shape
        if shape is not None:
            self._make(shape)

    def _make(self, shape):
        with init_scope():
            for name in ("total", "count"):
                setattr(self, name, self.add_variable(shape, "zeros", self.dtype, name=name))

    def update_state(self, values, sample_weight=None):
        """Adds the values times their weights."""
        values = ops.cast(values, self.dtype)
        if self.total is None:
            self._make(values.shape)
        weight = ops.ones_like(values)
        if sample_weight is not None:
            values, weight = (weigh(x, sample_weight)[0] for x in (values, weight))
        self.total.assign_add(values)
        self.count.assign_add(weight)

    def result(self):
        """The means so far."""
        if self.total is None:
            raise ValueError("MeanTensor does not have any value yet: call it, or update_state.")
        return ops.divide_no_nan(self.total, self.count)


class MeanRelativeError(Mean):
    """Keras 2's: the mean of |y_true - y_pred| / normalizer; 0 where that is 0.

    Args:
      normalizer: numbers in the shape of predictions.

    Example:
    >>> error = tf.keras.metrics.MeanRelativeError([1.0, 3.0, 2.0, 3.0])
    >>> float(error([1.0, 3.0, 2.0, 3.0], [2.0, 4.0, 6.0, 8.0]))
    1.25
    """

    def __init__(self, normalizer, name=None, dtype=None):
        super().__init__(name or registry.auto_name(type(self).__name__), dtype)
        self.normalizer = np.asarray(normalizer)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds the relative errors of a batch."""
        y_true, y_pred = align(ops.cast(y_true, self.dtype), ops.cast(y_pred, self.dtype))
        y_pred, normalizer = align(y_pred, ops.cast(self.normalizer, self.dtype))
        errors = ops.divide_no_nan(ops.abs(y_true - y_pred), normalizer)
        super().update_state(errors, sample_weight)


class MeanMetricWrapper(Mean):
    """The mean of what `fn(y_true, y_pred, **kwargs)` returns.

    Keyword arguments beyond the base's go to `fn` at each call and are kept as attributes.

    Example:
    >>> error = tf.keras.metrics.MeanMetricWrapper(tf.keras.losses.huber, name="huber", delta=2.0)
    >>> float(error([0.0], [3.0]))
    4.0
    """

    def __init__(self, fn, name=None, dtype=None, **kwargs):
        super().__init__(name=name or registry.auto_name(type(self).__name__), dtype=dtype)
        self.fn = fn
        self._arguments = tuple(kwargs)
        vars(self).update(kwargs)
        if self._direction is None and (fn in losses.FUNCTIONS or isinstance(fn, losses.Loss)):
            self._direction = "down"

    def get_config(self):
        """The constructor's arguments, with those of the function."""
        arguments = {name: registry.encode(getattr(self, name)) for name in self._arguments}
        return super().get_config() | arguments

    @classmethod
    def from_config(cls, config):
        """A metric from what `get_config` returned."""
        if "fn" in config:
            config = config | {"fn": registry.deserialize(config["fn"], KNOWN, "metric")}
        return cls(**config)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Adds the function's value of a batch; a mask on `y_pred` takes its samples out."""
        arguments = {name: getattr(self, name) for name in self._arguments}
        values = twin_in_trace(self.fn)(y_true, y_pred, **arguments)
        sample_weight = apply_mask(sample_weight, mask_of(y_pred), self.dtype, "sum")
        super().update_state(values, sample_weight)
