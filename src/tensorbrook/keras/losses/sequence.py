"""Connectionist temporal classification: sequences of labels without their places in time."""

from ... import ops
from ...base.errors import InvalidArgumentError
from ...core.dispatch import public
from ...core.tensor import convert_to_tensor
from ...ops.sequence import UNFINISHED, ctc_path_loss
from .base import LossFunctionWrapper, as_float


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
    length = ops.reduce_sum(ops.cast(ops.not_equal(y_true, 0), "int32"), axis=-1)
    return ctc_path_loss(ops.cast(y_true, "int32"), y_pred, length, None, 0, UNFINISHED)


class CTC(LossFunctionWrapper):
    """The CTC loss of logits (batch, time, classes) and labels padded with 0, which is the blank.

    Example:
    >>> tf.keras.losses.CTC()([[1, 0]], [[[0.0, 0.0], [0.0, 0.0]]]).numpy()
    np.float32(0.287682...)
    """

    def __init__(self, reduction="sum_over_batch_size", name="ctc", dtype=None):
        super().__init__(ctc, reduction, name, dtype)
