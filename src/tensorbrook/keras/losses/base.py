"""Loss, the base of all losses: call, weight, mask and reduce; and the alignment of shapes."""

from math import prod

from ... import ops
from ...base import dtypes, nest
from ...base.config import settings
from ...base.context import replicas_in_sync
from ...base.errors import InvalidArgumentError
from ...core.tensor import convert_to_tensor
from ...function.autograph.gate import twin_in_trace
from ...ops.ragged import is_ragged
from .. import registry

KNOWN = {}  # name -> function or class: what configs of wrapped functions may name
REDUCTIONS = ("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None)


class Reduction:
    """Keras 2's names of the ways to reduce a loss; Keras 3 takes the strings themselves.

    Example:
    >>> tf.keras.losses.Reduction.SUM
    'sum'
    """

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls):
        """The four names.

        Example:
        >>> tf.keras.losses.Reduction.all()
        ('auto', 'none', 'sum', 'sum_over_batch_size')
        """
        return cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE

    @classmethod
    def validate(cls, key):
        """Raises ValueError unless `key` is one of the four names."""
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key: {key!r}. Expected one of {cls.all()}.")


def standardize_reduction(reduction):
    """The reduction of that name, Keras 2's "auto" as "sum_over_batch_size"."""
    if reduction == Reduction.AUTO:
        return Reduction.SUM_OVER_BATCH_SIZE
    if reduction not in REDUCTIONS:
        raise ValueError(
            f"Invalid value for argument `reduction`: {reduction!r}. Expected one of {REDUCTIONS}."
        )
    return reduction


def compute_dtype(dtype):
    """The name of the dtype computed in: of a name, a DType, a dtype policy, or floatx for None."""
    name = getattr(dtype, "compute_dtype", dtype) or settings.floatx
    return dtypes.as_dtype(name.removeprefix("mixed_") if isinstance(name, str) else name).name


def mask_of(x):
    """The mask a tensor carries, or None."""
    return getattr(x, "_keras_mask", None)


def holds_arrays(x):
    """True for a dict, list or tuple of arrays or tensors; not for nested lists of numbers."""
    return nest.is_nested(x) and any(len(getattr(leaf, "shape", ())) for leaf in nest.flatten(x))


def as_float(x):
    """`x` as a floating-point tensor: integers and bools become floatx."""
    x = x if is_ragged(x) else convert_to_tensor(x)
    return x if x.dtype.is_floating else ops.cast(x, settings.floatx)


def align(first, second, expand_rank_1=True):
    """Two tensors whose ranks differ by a last axis of size 1, brought to the same rank.

    A vector is expanded to meet a column; otherwise the longer one is squeezed.  So (N,) and (N, 1)
    meet row by row and never broadcast to (N, N).
    """
    if is_ragged(first) or is_ragged(second) or isinstance(second, (*registry.TENSOR_LIKE,)):
        return first, second
    if len(first._shape) == len(second._shape) + 1 and first._shape[-1] == 1:
        if len(second._shape) == 1 and expand_rank_1:
            return first, ops.expand_dims(second, -1)
        return ops.squeeze(first, -1), second
    if len(second._shape) == len(first._shape) + 1 and second._shape[-1] == 1:
        second, first = align(second, first, expand_rank_1)
    return first, second


def mismatch(name, y_true, y_pred, needed):
    """The error for shapes of labels and predictions that do not go together."""
    return InvalidArgumentError(
        f"[{name}] The shapes of y_true {y_true.shape} and y_pred {y_pred.shape} do not match: "
        f"{needed} Reshape y_true, or change the units of the model's last layer."
    )


def prepare(name, y_true, y_pred, same_shape=False):
    """Labels and predictions as aligned floating-point tensors of the predictions' dtype.

    Raises:
      InvalidArgumentError: the shapes do not broadcast (with `same_shape`: are not equal).
    """
    y_pred = as_float(y_pred)
    y_true, y_pred = align(ops.cast(y_true, y_pred.dtype), y_pred)
    if is_ragged(y_pred):  # its rows are compared when they are subtracted
        return y_true, y_pred
    if same_shape and len(y_true._shape) != len(y_pred._shape):
        raise mismatch(name, y_true, y_pred, "they must have the same shape.")
    for a, b in zip(reversed(y_true._shape), reversed(y_pred._shape)):
        if a != b and None not in (a, b) and (same_shape or 1 not in (a, b)):
            needed = "they must have the same shape." if same_shape else "they must broadcast."
            raise mismatch(name, y_true, y_pred, needed)
    return y_true, y_pred


def weigh(values, sample_weight):
    """Values times weights, and the weights, aligned: a weight per sample weighs all of it.

    Raises:
      InvalidArgumentError: the weights do not broadcast to the values.
    """
    values, weight = align(values, ops.cast(sample_weight, values.dtype))
    shape, wanted = tuple(weight._shape), tuple(values._shape)
    if 0 < len(shape) < len(wanted) and shape == wanted[: len(shape)]:
        weight = ops.reshape(weight, shape + (1,) * (len(wanted) - len(shape)))
    elif any(a not in (1, b, None) and b is not None for a, b in zip(shape[::-1], wanted[::-1])):
        raise InvalidArgumentError(
            f"[sample_weight] The weights have shape {shape} and what they weigh {wanted}: give "
            "one weight per sample, or one per value."
        )
    return values * weight, weight


def apply_mask(sample_weight, mask, dtype, reduction):
    """The mask merged into the weights; for a mean, what is left weighs as much as the whole."""
    if mask is None:
        return sample_weight
    weight = ops.cast(mask, dtype)
    if reduction in ("mean", "sum_over_batch_size"):
        total = ops.cast(ops.size(mask), dtype)
        weight = weight * ops.divide_no_nan(total, ops.reduce_sum(weight))
    if sample_weight is None:
        return weight
    return weigh(weight, sample_weight)[0]


def for_replica(value):
    """A mean on one replica, as its part of the mean over all of them, which are summed."""
    count = replicas_in_sync()
    return value * (1.0 / count) if count > 1 else value


def for_all(value):
    """`for_replica` undone."""
    count = replicas_in_sync()
    return value * float(count) if count > 1 else value


def reduce_weighted(values, sample_weight=None, mask=None, reduction="sum_over_batch_size"):
    """One loss out of the losses per sample, weighted and masked."""
    sample_weight = apply_mask(sample_weight, mask, values.dtype, reduction)
    if sample_weight is not None:
        values, sample_weight = weigh(values, sample_weight)
    shape = values._shape
    if reduction in (None, "none") or not shape:
        return values
    if len(shape) == 1 and shape[0].__class__ is int and not shape[0] and replicas_in_sync() == 1:
        return values
    total = ops.reduce_sum(values)
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and sample_weight is not None:
        return for_replica(ops.divide_no_nan(total, ops.reduce_sum(sample_weight)))
    size = None not in shape and prod(shape)  # None in a Keras input's
    if size:
        return for_replica(total / size)
    return for_replica(ops.divide_no_nan(total, ops.cast(ops.size(values), total.dtype)))


class Loss(registry.Configurable):
    """The base of losses: subclass it and write `call(y_true, y_pred)`, a loss per sample.

    Calling the loss multiplies what `call` returns by `sample_weight` and by the mask that `y_pred`
    carries, and reduces it:

    - "sum_over_batch_size" (or "mean", or Keras 2's "auto"): the sum by the number of losses,
    - "sum": the sum,
    - "mean_with_sample_weight": the sum by the sum of the weights,
    - "none" or None: no reduction, one loss per sample.

    Args:
      name: a name; made from the class when None.
      reduction: one of the above.
      dtype: what labels and predictions are cast to (a name or a dtype policy); floatx when None.

    Raises:
      ValueError: an unknown reduction.

    Example:
    >>> class Largest(tf.keras.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return tf.reduce_max(tf.abs(y_true - y_pred), axis=-1)
    >>> Largest()([[1.0, 2.0], [3.0, 4.0]], [[1.0, 1.0], [3.0, 1.0]]).numpy()
    np.float32(2.0)
    """

    def __init__(self, name=None, reduction="sum_over_batch_size", dtype=None):
        self.name = name or registry.auto_name(type(self).__name__)
        self.reduction = standardize_reduction(reduction)
        self.dtype = compute_dtype(dtype)

    def __call__(self, y_true, y_pred, sample_weight=None):
        mask = mask_of(y_pred)
        if holds_arrays(y_pred):
            y_pred = nest.map_structure(lambda x: ops.cast(x, self.dtype), y_pred)
            y_true = nest.map_structure(lambda x: ops.cast(x, self.dtype), y_true)
        else:
            y_true = ops.cast(y_true, self.dtype)
            if not isinstance(y_pred, (*registry.TENSOR_LIKE,)):
                y_pred = ops.cast(y_pred, self.dtype)
        losses = twin_in_trace(self.call)(y_true, y_pred)
        own_mask = mask_of(losses)
        if mask is None:
            mask = own_mask
        elif own_mask is not None:
            mask = ops.logical_and(mask, own_mask)
        losses = ops.cast(losses, self.dtype)
        return reduce_weighted(losses, sample_weight, mask, self.reduction)

    def get_config(self):
        """The constructor's arguments; of dtypes one that is not floatx alone, as in Keras."""
        config = super().get_config()
        return {k: v for k, v in config.items() if k != "dtype" or v != settings.floatx}

    def call(self, y_true, y_pred):
        """The loss of each sample; subclasses write it."""
        raise NotImplementedError(
            f"{type(self).__name__} has no call(y_true, y_pred): write it, to return one loss per "
            "sample."
        )


class LossFunctionWrapper(Loss):
    """A loss that calls a function `fn(y_true, y_pred, **kwargs)`.

    Keyword arguments beyond the base's go to `fn` at each call and are kept as attributes.

    Example:
    >>> loss = tf.keras.losses.LossFunctionWrapper(tf.keras.losses.huber, delta=2.0)
    >>> loss([0.0], [3.0]).numpy()
    np.float32(4.0)
    """

    def __init__(self, fn, reduction="sum_over_batch_size", name=None, dtype=None, **kwargs):
        super().__init__(name, reduction, dtype)
        self.fn = fn
        self._arguments = tuple(kwargs)
        vars(self).update(kwargs)

    def call(self, y_true, y_pred):
        """`fn` on the labels and predictions, brought to the same rank."""
        if not nest.is_nested(y_pred):
            y_true, y_pred = align(y_true, y_pred)
        arguments = {name: getattr(self, name) for name in self._arguments}
        return twin_in_trace(self.fn)(y_true, y_pred, **arguments)

    def get_config(self):
        """The constructor's arguments, with those of the function."""
        arguments = {name: registry.encode(getattr(self, name)) for name in self._arguments}
        return super().get_config() | arguments

    @classmethod
    def from_config(cls, config):
        """A loss from what `get_config` returned."""
        if "fn" in config:
            config = config | {"fn": registry.deserialize(config["fn"], KNOWN, "loss")}
        return cls(**config)

    def __repr__(self):
        arguments = {name: getattr(self, name) for name in self._arguments}
        return f"<{type(self).__name__} {self.name!r}: {self.fn.__name__}, {arguments}>"
