"""Losses on overlaps of regions: Dice and Tversky."""

from ... import ops
from ...base.config import settings
from ...core.dispatch import public
from .base import LossFunctionWrapper, prepare


@public("keras.losses.dice")
def dice(y_true, y_pred, axis=None):
    """1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred) + epsilon), over `axis` (all if None).

    Example:
    >>> tf.keras.losses.dice([[1.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]]).numpy()
    np.float32(0.333333...)
    """
    y_true, y_pred = prepare("dice", y_true, y_pred)
    both = 2.0 * ops.reduce_sum(y_true * y_pred, axis=axis)
    either = ops.reduce_sum(y_true, axis=axis) + ops.reduce_sum(y_pred, axis=axis)
    return 1.0 - both / (either + settings.epsilon)


@public("keras.losses.tversky")
def tversky(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    """1 - both / (both + alpha missed + beta invented + epsilon), sums over `axis` (all if None).

    `both` is sum(y_true y_pred), `missed` sum(y_true (1 - y_pred)) and `invented`
    sum((1 - y_true) y_pred).  With alpha = beta = 0.5 it is the Dice loss.

    Example:
    >>> tf.keras.losses.tversky([[1.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]], alpha=1.0, beta=0.0).numpy()
    np.float32(0.5)
    """
    y_true, y_pred = prepare("tversky", y_true, y_pred)
    both = ops.reduce_sum(y_true * y_pred, axis=axis)
    missed = ops.reduce_sum((1.0 - y_pred) * y_true, axis=axis)
    invented = ops.reduce_sum(y_pred * (1.0 - y_true), axis=axis)
    return 1.0 - both / (both + missed * alpha + invented * beta + settings.epsilon)


class Dice(LossFunctionWrapper):
    """The Dice loss over `axis`, over everything when None.

    Example:
    >>> tf.keras.losses.Dice()([[1.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]]).numpy()
    np.float32(0.333333...)
    """

    def __init__(self, reduction="sum_over_batch_size", name="dice", axis=None, dtype=None):
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(LossFunctionWrapper):
    """The Tversky loss over `axis`; `alpha` weighs what was missed, `beta` what was invented.

    Example:
    >>> tf.keras.losses.Tversky(alpha=1.0, beta=0.0)([[1.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]]).numpy()
    np.float32(0.5)
    """

    def __init__(
        self,
        alpha=0.5,
        beta=0.5,
        reduction="sum_over_batch_size",
        name="tversky",
        axis=None,
        dtype=None,
    ):
        super().__init__(tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis)
