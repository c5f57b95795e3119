"""Losses on probabilities: divergence, Poisson, and the binary cross entropies."""

import warnings

from ... import ops
from ...base.config import settings
from ...core.dispatch import public
from .base import LossFunctionWrapper, prepare


def logits_behind(name, y_pred, from_logits):
    """The logits to compute with and True, or the probabilities and False.

    Predictions that `keras.activations.sigmoid` or `softmax` made remember their logits, and the
    loss takes those: it stays exact where probabilities saturate at 0 and 1.
    """
    logits = getattr(y_pred, "_keras_logits", None)
    if logits is None:
        return y_pred, from_logits
    if from_logits:
        warnings.warn(
            f"{name} got from_logits=True, but y_pred came out of a sigmoid or softmax: these are "
            "probabilities. Remove that activation, or from_logits=True. The loss was computed "
            "from the logits before the activation.",
            stacklevel=4,
        )
    return logits, True


def clipped(probabilities):
    """Probabilities kept away from 0 and 1 by epsilon."""
    return ops.clip_by_value(probabilities, settings.epsilon, 1.0 - settings.epsilon)


@public("keras.losses.kl_divergence")
def kl_divergence(y_true, y_pred):
    """sum(y_true log(y_true / y_pred)) over the last axis, both clipped to [epsilon, 1].

    Example:
    >>> tf.keras.losses.kl_divergence([[0.5, 0.5]], [[0.25, 0.75]]).numpy()
    array([0.14384...], dtype=float32)
    """
    y_true, y_pred = prepare("kl_divergence", y_true, y_pred)
    y_true = ops.clip_by_value(y_true, settings.epsilon, 1.0)
    y_pred = ops.clip_by_value(y_pred, settings.epsilon, 1.0)
    return ops.reduce_sum(y_true * ops.log(y_true / y_pred), axis=-1)


@public("keras.losses.poisson")
def poisson(y_true, y_pred):
    """mean(y_pred - y_true log(y_pred + epsilon)) over the last axis.

    Example:
    >>> tf.keras.losses.poisson([[0.0, 2.0]], [[1.0, 1.0]]).numpy()
    array([0.99999...], dtype=float32)
    """
    y_true, y_pred = prepare("poisson", y_true, y_pred)
    return ops.reduce_mean(y_pred - y_true * ops.log(y_pred + settings.epsilon), axis=-1)


def _smoothed(y_true, label_smoothing):
    return y_true * (1.0 - label_smoothing) + 0.5 * label_smoothing if label_smoothing else y_true


def binary_entropy(y_true, y_pred, from_logits):
    """The cross entropy of each element of tensors of one shape and dtype."""
    if from_logits:
        return ops.sigmoid_cross_entropy_with_logits(labels=y_true, logits=y_pred)
    y_pred = clipped(y_pred)
    return -(y_true * ops.log(y_pred) + (1.0 - y_true) * ops.log(1.0 - y_pred))


def categorical_entropy(y_true, y_pred, from_logits, axis):
    """The cross entropy over the classes, of tensors of one shape and dtype."""
    if from_logits:
        return ops.softmax_cross_entropy_with_logits(labels=y_true, logits=y_pred, axis=axis)
    y_pred = clipped(y_pred / ops.reduce_sum(y_pred, axis=axis, keepdims=True))
    return -ops.reduce_sum(y_true * ops.log(y_pred), axis=axis)


@public("keras.losses.binary_crossentropy")
def binary_crossentropy(y_true, y_pred, from_logits=False, label_smoothing=0.0, axis=-1):
    """-mean(y_true log(y_pred) + (1 - y_true) log(1 - y_pred)) over `axis`.

    Args:
      y_true: labels 0 and 1 (or probabilities), of the shape of `y_pred`.
      y_pred: probabilities, clipped to [epsilon, 1 - epsilon]; logits with `from_logits`.
      from_logits: whether `y_pred` was not yet put through a sigmoid.
      label_smoothing: how far labels are drawn towards 0.5: 0 not at all, 1 wholly.
      axis: what the mean is over.

    Raises:
      InvalidArgumentError: the shapes differ by more than a last axis of size 1.

    Example:
    >>> tf.keras.losses.binary_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
    array([0.693147...], dtype=float32)
    """
    name = "binary_crossentropy"
    y_true, y_pred = prepare(name, y_true, y_pred, same_shape=True)
    y_true = _smoothed(y_true, label_smoothing)
    y_pred, from_logits = logits_behind(name, y_pred, from_logits)
    return ops.reduce_mean(binary_entropy(y_true, y_pred, from_logits), axis=axis)


@public("keras.losses.binary_focal_crossentropy")
def binary_focal_crossentropy(
    y_true,
    y_pred,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2.0,
    from_logits=False,
    label_smoothing=0.0,
    axis=-1,
):
    """Binary cross entropy times (1 - p)^gamma, p the probability given to the true class.

    Easy samples count for less (https://arxiv.org/abs/1708.02002).  With `apply_class_balancing`,
    class 1 is weighed by `alpha` and class 0 by 1 - alpha.  Other arguments: `binary_crossentropy`.

    Example:
    >>> tf.keras.losses.binary_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
    array([0.173286...], dtype=float32)
    """
    name = "binary_focal_crossentropy"
    y_true, y_pred = prepare(name, y_true, y_pred, same_shape=True)
    y_true = _smoothed(y_true, label_smoothing)
    if from_logits:
        y_pred = ops.sigmoid(y_pred)
    behind, from_logits = logits_behind(name, y_pred, False)
    entropy = binary_entropy(y_true, behind, from_logits)
    of_true_class = y_true * y_pred + (1.0 - y_true) * (1.0 - y_pred)
    loss = ops.pow(1.0 - of_true_class, gamma) * entropy
    if apply_class_balancing:
        loss = (y_true * alpha + (1.0 - y_true) * (1.0 - alpha)) * loss
    return ops.reduce_mean(loss, axis=axis)


class KLDivergence(LossFunctionWrapper):
    """The Kullback-Leibler divergence of `y_pred` from `y_true`.

    Example:
    >>> tf.keras.losses.KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]]).numpy()
    np.float32(0.14384...)
    """

    def __init__(self, reduction="sum_over_batch_size", name="kl_divergence", dtype=None):
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(LossFunctionWrapper):
    """The Poisson loss: y_pred - y_true log(y_pred).

    Example:
    >>> tf.keras.losses.Poisson()([[0.0, 2.0]], [[1.0, 1.0]]).numpy()
    np.float32(0.99999...)
    """

    def __init__(self, reduction="sum_over_batch_size", name="poisson", dtype=None):
        super().__init__(poisson, reduction, name, dtype)


class BinaryCrossentropy(LossFunctionWrapper):
    """Cross entropy of two classes, one output per sample or several independent ones.

    Args:
      from_logits: whether predictions are logits; probabilities otherwise.
      label_smoothing: how far labels are drawn towards 0.5.
      axis: what the mean of a sample is over.

    Example:
    >>> tf.keras.losses.BinaryCrossentropy(from_logits=True)([[0.0, 1.0]], [[0.0, 0.0]]).numpy()
    np.float32(0.693147...)
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_crossentropy",
        dtype=None,
    ):
        super().__init__(
            binary_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Binary cross entropy in which easy samples count for less.

    Args:
      apply_class_balancing: whether class 1 is weighed by `alpha` and class 0 by 1 - alpha.
      alpha: that weight.
      gamma: the power of (1 - probability of the true class); 0 is plain cross entropy.
      from_logits, label_smoothing, axis: as in BinaryCrossentropy.

    Example:
    >>> tf.keras.losses.BinaryFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
    np.float32(0.173286...)
    """

    def __init__(
        self,
        apply_class_balancing=False,
        alpha=0.25,
        gamma=2.0,
        from_logits=False,
        label_smoothing=0.0,
        axis=-1,
        reduction="sum_over_batch_size",
        name="binary_focal_crossentropy",
        dtype=None,
    ):
        super().__init__(
            binary_focal_crossentropy,
            reduction,
            name,
            dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )
