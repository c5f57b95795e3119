"""Connectionist temporal classification: sequences of labels without their places in time."""

import math

from ... import ops
from ...base.errors import InvalidArgumentError
from ...core.dispatch import public
from ...core.tensor import convert_to_tensor
from .base import LossFunctionWrapper, as_float

BLANK = 0
IMPOSSIBLE = -1e30  # the log of a probability of 0: finite, so that gradients stay numbers


def _shifted(x, steps):
    """`x` moved right along its last axis, filled with IMPOSSIBLE."""
    kept = x._shape[-1] - steps
    return ops.pad(x[:, :kept], [[0, 0], [steps, 0]], constant_values=IMPOSSIBLE)


def _paths(labels):
    """Labels (batch, n) with blanks between and around them (batch, 2n + 1)."""
    pairs = ops.stack([labels, ops.zeros_like(labels)], axis=-1)
    between = ops.reshape(pairs, (labels._shape[0], -1))
    return ops.pad(between, [[0, 0], [1, 0]], constant_values=BLANK)


@public("keras.losses.ctc")
def ctc(y_true, y_pred):
    """-log of the probability of the labels, summed over all their placements in time.

    Args:
      y_true: integer labels (batch, most labels), 0 for padding.
      y_pred: logits (batch, time, classes); class 0 is the blank.

    Returns:
      One loss per sample; infinite where time is too short for the labels.

    Raises:
      InvalidArgumentError: other ranks.

    Example:
    >>> tf.keras.losses.ctc([[1, 0]], [[[0.0, 0.0], [0.0, 0.0]]]).numpy()
    array([0.287682...], dtype=float32)
    """
    y_pred, y_true = as_float(y_pred), convert_to_tensor(y_true)
    if len(y_true._shape) != 2 or len(y_pred._shape) != 3:
        raise InvalidArgumentError(
            f"[ctc] y_true has shape {y_true.shape} and y_pred {y_pred.shape}: expected (batch, "
            "labels) of integers, and logits (batch, time, classes)."
        )
    path = _paths(ops.cast(y_true, "int32"))
    length = ops.reduce_sum(ops.cast(ops.not_equal(y_true, BLANK), "int32"), axis=-1, keepdims=True)
    place = ops.range(path._shape[1])
    classes = ops.one_hot(path, y_pred._shape[-1], dtype=y_pred.dtype)
    # (batch, time, place in the path): the log-probability of that place's class at that time
    emitted = ops.matmul(ops.log_softmax(y_pred), classes, transpose_b=True)
    before_last = ops.pad(path[:, :-2], [[0, 0], [2, 0]], constant_values=BLANK)
    skips = ops.logical_and(ops.not_equal(path, BLANK), ops.not_equal(path, before_last))
    impossible = ops.cast(IMPOSSIBLE, y_pred.dtype)
    state = ops.where(place < 2, emitted[:, 0], impossible)
    for time in range(1, y_pred._shape[1]):
        skipped = ops.where(skips, _shifted(state, 2), impossible)
        ways = ops.stack([state, _shifted(state, 1), skipped])
        state = ops.reduce_logsumexp(ways, axis=0) + emitted[:, time]
    ends = ops.logical_or(ops.equal(place, 2 * length), ops.equal(place, 2 * length - 1))
    loss = -ops.reduce_logsumexp(ops.where(ends, state, impossible), axis=-1)
    return ops.where(loss > -IMPOSSIBLE / 2, ops.cast(math.inf, loss.dtype), loss)


class CTC(LossFunctionWrapper):
    """The CTC loss of logits (batch, time, classes) and labels padded with 0, which is the blank.

    Example:
    >>> tf.keras.losses.CTC()([[1, 0]], [[[0.0, 0.0], [0.0, 0.0]]]).numpy()
    np.float32(0.287682...)
    """

    def __init__(self, reduction="sum_over_batch_size", name="ctc", dtype=None):
        super().__init__(ctc, reduction, name, dtype)
