"""Circle loss on embeddings."""

import math

from ... import ops
from ...core.dispatch import public
from ...core.tensor import convert_to_tensor
from .base import LossFunctionWrapper, as_float


def _same_label(labels, others, remove_diagonal):
    """Two masks (queries, keys): pairs of one label, and pairs of two."""
    labels, others = (ops.reshape(side, (-1, 1)) for side in (labels, others))
    same = ops.equal(labels, ops.transpose(others))
    different = ops.logical_not(same)
    if remove_diagonal:
        diagonal = ops.eye(same._shape[0], same._shape[1], dtype="bool")
        same = ops.logical_and(same, ops.logical_not(diagonal))
    return same, different


@public("keras.losses.circle")
def circle(
    y_true,
    y_pred,
    ref_labels=None,
    ref_embeddings=None,
    remove_diagonal=True,
    gamma=80,
    margin=0.4,
):
    """Circle loss (https://arxiv.org/abs/2002.10857): equal labels near, others far apart.

    Args:
      y_true: integer labels (batch,).
      y_pred: embeddings (batch, size), each of length 1.
      ref_labels, ref_embeddings: what to compare with; the batch itself when None.
      remove_diagonal: whether a sample is not compared with itself.
      gamma: scale of the similarities.
      margin: distance at which a pair counts as near or far enough.

    Returns:
      A loss per sample; its Keras mask leaves out the samples whose loss is 0.

    Example:
    >>> tf.keras.losses.circle([0, 0, 1], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]).numpy().round(3)
    array([0., 0., 0.], dtype=float32)
    """
    y_pred, y_true = as_float(y_pred), ops.cast(y_true, "int32")
    keys = y_pred if ref_embeddings is None else convert_to_tensor(ref_embeddings)
    key_labels = y_true if ref_labels is None else ops.cast(ref_labels, "int32")
    distance = ops.maximum(1.0 - ops.matmul(y_pred, keys, transpose_b=True), 0.0)
    same, different = _same_label(y_true, key_labels, remove_diagonal)
    pull = ops.maximum((margin + distance) * ops.cast(same, distance.dtype), 0.0)
    push = ops.maximum((1.0 + margin - distance) * ops.cast(different, distance.dtype), 0.0)
    nothing = ops.cast(-math.inf, distance.dtype)
    near = ops.where(same, -gamma * pull * (margin - distance), nothing)
    far = ops.where(different, gamma * push * (1.0 - margin - distance), nothing)
    loss = ops.softplus(ops.reduce_logsumexp(near, axis=1) + ops.reduce_logsumexp(far, axis=1))
    loss._keras_mask = loss > 0
    return loss


class Circle(LossFunctionWrapper):
    """Circle loss between the embeddings of a batch; arguments as of `circle`.

    Example:
    >>> tf.keras.losses.Circle()([0, 0, 1], [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]).numpy().round(1)
    np.float32(94.4)
    """

    def __init__(
        self,
        gamma=80.0,
        margin=0.4,
        remove_diagonal=True,
        reduction="sum_over_batch_size",
        name="circle",
        dtype=None,
    ):
        super().__init__(
            circle,
            reduction,
            name,
            dtype,
            gamma=gamma,
            margin=margin,
            remove_diagonal=remove_diagonal,
        )
