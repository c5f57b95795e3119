"""Cross entropies of many classes: one-hot and integer labels, focal and generalized."""

import warnings

from ... import ops
from ...core.dispatch import public
from ...core.tensor import convert_to_tensor
from .base import LossFunctionWrapper, as_float, mismatch, prepare
from .entropy import categorical_entropy, clipped, logits_behind


def _one_hot_pair(name, y_true, y_pred, label_smoothing, axis):
    """Checked labels, smoothed, and predictions."""
    if isinstance(axis, bool):
        raise ValueError(f"[{name}] axis must be an int, got {axis!r}.")
    y_pred = as_float(y_pred)
    if y_pred._shape[-1] == 1:
        warnings.warn(
            f"{name} expects y_pred of shape (batch, classes) with more than one class, got "
            f"{y_pred.shape}. Use 'binary_crossentropy' for two classes with one output.",
            SyntaxWarning,
            stacklevel=4,
        )
    y_true = convert_to_tensor(y_true)
    if len(y_true._shape) == len(y_pred._shape) - 1:
        sparse = (
            "they must have the same shape. For integer labels use sparse_categorical_crossentropy."
        )
        raise mismatch(name, y_true, y_pred, sparse)
    y_true, y_pred = prepare(name, y_true, y_pred, same_shape=True)
    if label_smoothing:
        y_true = y_true * (1.0 - label_smoothing) + label_smoothing / y_true._shape[-1]
    return y_true, y_pred


@public("keras.losses.categorical_crossentropy")
def categorical_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """-sum(y_true log(y_pred)) over the classes.

    Args:
      y_true: one-hot labels, or probabilities.
      y_pred: probabilities of the same shape, divided by their sum and clipped to
        [epsilon, 1 - epsilon]; logits with `from_logits`.
      from_logits: whether `y_pred` was not yet put through a softmax.
      label_smoothing: the part of each label that is spread evenly over the classes.
      axis: the axis of the classes.

    Raises:
      InvalidArgumentError: the shapes differ.

    Example:
    >>> tf.keras.losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
    array([0.693147...], dtype=float32)
    """
    name = "categorical_crossentropy"
    y_true, y_pred = _one_hot_pair(name, y_true, y_pred, label_smoothing, axis)
    y_pred, from_logits = logits_behind(name, y_pred, from_logits)
    return categorical_entropy(y_true, y_pred, from_logits, axis)


@public("keras.losses.categorical_focal_crossentropy")
def categorical_focal_crossentropy(
    y_true, y_pred, alpha=0.25, gamma=2.0, from_logits=False, label_smoothing=0.0, axis=-1
):
    """-sum(alpha (1 - y_pred)^gamma y_true log(y_pred)) over the classes: easy samples count less.

    Other arguments: `categorical_crossentropy`.  `alpha` may be a list, one weight per class.

    Example:
    >>> tf.keras.losses.categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
    array([0.0433217], dtype=float32)
    """
    name = "categorical_focal_crossentropy"
    y_true, y_pred = _one_hot_pair(name, y_true, y_pred, label_smoothing, axis)
    if from_logits:
        y_pred = ops.softmax(y_pred, axis=axis)
    y_pred = clipped(y_pred / ops.reduce_sum(y_pred, axis=axis, keepdims=True))
    weight = ops.pow(1.0 - y_pred, gamma) * alpha
    return ops.reduce_sum(-y_true * ops.log(y_pred) * weight, axis=axis)


@public("keras.losses.sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(y_true, y_pred, from_logits=False, ignore_class=None, axis=-1):
    """-log of the probability given to the true class.

    Args:
      y_true: integer labels in [0, classes), of the shape of `y_pred` without its last axis; a last
        axis of size 1 is squeezed.
      y_pred: probabilities, clipped to [epsilon, 1 - epsilon] and normalized; logits with
        `from_logits`.
      from_logits: whether `y_pred` was not yet put through a softmax.
      ignore_class: a label whose samples have no loss and, in a mean, no weight.
      axis: the axis of the classes; only the last one is built.

    Raises:
      InvalidArgumentError: a label outside of [0, classes), or shapes that do not match.

    Example:
    >>> tf.keras.losses.sparse_categorical_crossentropy([1, 0], [[0.5, 0.5], [1.0, 0.0]]).numpy()
    array([6.931471...e-01, ...e-07], dtype=float32)
    """
    name = "sparse_categorical_crossentropy"
    y_pred, y_true = as_float(y_pred), convert_to_tensor(y_true)
    if axis not in (-1, len(y_pred._shape) - 1):
        raise ValueError(
            f"[{name}] Only axis=-1 is currently supported. Received: axis={axis}. Move the axis "
            "of the classes there with tf.transpose."
        )
    if len(y_true._shape) == len(y_pred._shape) and y_true._shape[-1] == 1:
        y_true = ops.squeeze(y_true, -1)
    labels = tuple(y_pred._shape)[:-1]
    if len(y_true._shape) != len(labels) or any(
        a != b and None not in (a, b) for a, b in zip(y_true._shape, labels)
    ):
        needed = f"integer labels have the shape of y_pred without its last axis, {labels}."
        raise mismatch(name, y_true, y_pred, needed)
    y_true = ops.cast(y_true, "int64")
    valid = None
    if ignore_class is not None:
        valid = ops.not_equal(y_true, ops.cast(ignore_class, "int64"))
        y_true = ops.where(valid, y_true, ops.zeros_like(y_true))
        y_pred = ops.where(ops.expand_dims(valid, -1), y_pred, ops.zeros_like(y_pred))
    y_pred, from_logits = logits_behind(name, y_pred, from_logits)
    if not from_logits:
        y_pred = ops.log(clipped(y_pred))
    loss = ops.sparse_softmax_cross_entropy_with_logits(labels=y_true, logits=y_pred)
    if valid is not None:
        loss = ops.where(valid, loss, ops.zeros_like(loss))
        loss._keras_mask = valid
    return loss


@public("keras.losses.categorical_generalized_cross_entropy")
def categorical_generalized_cross_entropy(y_true, y_pred, q):
    """(1 - p^q) / q, p the probability given to the true class: robust to wrong labels.

    Between cross entropy (q towards 0) and absolute error (q = 1); https://arxiv.org/abs/1805.07836.

    Example:
    >>> tf.keras.losses.categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5).numpy()
    array([1.], dtype=float32)
    """
    y_pred = as_float(y_pred)
    true = ops.one_hot(ops.cast(y_true, "int32"), y_pred._shape[-1], dtype=y_pred.dtype)
    of_true_class = ops.reduce_sum(y_pred * true, axis=-1)
    return (1.0 - ops.pow(of_true_class, q)) / q


class CategoricalCrossentropy(LossFunctionWrapper):
    """Cross entropy of one-hot labels.

    Args:
      from_logits: whether predictions are logits; probabilities otherwise.
      label_smoothing: the part of each label that is spread evenly over the classes.
      axis: the axis of the classes.

    Example:
    >>> tf.keras.losses.CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
    np.float32(0.693147...)
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(
            categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """Cross entropy of one-hot labels in which easy samples count for less.

    Args:
      alpha: a weight, or one per class.
      gamma: the power of (1 - probability); 0 is plain cross entropy times alpha.
      from_logits, label_smoothing, axis: as in CategoricalCrossentropy.

    Example:
    >>> tf.keras.losses.CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
    np.float32(0.0433217)
    """

    def __init__(
        self,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="categorical_focal_crossentropy",
        dtype=None,
    ):
        super().__init__(
            categorical_focal_crossentropy,
            reduction,
            name,
            dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Cross entropy of integer labels.

    Args:
      from_logits: whether predictions are logits; probabilities otherwise.
      ignore_class: a label whose samples have no loss and, in a mean, no weight.
      axis: the axis of the classes; only the last one is built.

    Example:
    >>> loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    >>> loss([1, 0], [[0.0, 0.0], [0.0, 0.0]]).numpy()
    np.float32(0.693147...)
    """

    def __init__(
        self,
        from_logits=False,
        ignore_class=None,
        reduction="sum_over_batch_size",
        axis=-1,
        name="sparse_categorical_crossentropy",
        dtype=None,
    ):
        if isinstance(ignore_class, str):  # the second place was reduction's before Keras 2.10
            ignore_class, reduction = None, ignore_class
        super().__init__(
            sparse_categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """(1 - p^q) / q of integer labels, robust to wrong ones; `q` lies between 0 and 1.

    Raises:
      ValueError: `q` is not between 0 and 1.

    Example:
    >>> tf.keras.losses.CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]]).numpy()
    np.float32(1.0)
    """

    def __init__(
        self,
        q=0.5,
        reduction="sum_over_batch_size",
        name="categorical_generalized_cross_entropy",
        dtype=None,
    ):
        if not 0 < q < 1:
            raise ValueError(f"[{name}] q must lie between 0 and 1, got {q!r}.")
        super().__init__(categorical_generalized_cross_entropy, reduction, name, dtype, q=q)
