"""keras.ops: one-hot labels, cross entropies, CTC."""

from .... import ops
from ....base.config import settings
from ....base.shapes import differs
from ....ops.sequence import ctc_decoded
from ....ops.shape import check_axis
from ....ops.sparse_counts import sparse_category_rows
from ...losses.entropy import binary_entropy, categorical_entropy, clipped, logits_behind
from ..declare import as_tensor, floating, op, promote


@op("nn.one_hot")
def one_hot(x, num_classes, axis=-1, dtype=None, sparse=False):
    """1 at the place of each integer along a new axis, 0 elsewhere.

    Args:
      x: integers; those outside of [0, num_classes) give zeros.
      num_classes: the new axis's size.
      axis: where it stands.
      dtype: of the result; Keras's default float dtype if not given.
      sparse: whether the result is a SparseTensor.

    Example:
    >>> tf.keras.ops.one_hot([0, 2], 3).numpy()
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    x = ops.cast(as_tensor(x), "int64")
    if sparse:
        rows = ops.expand_dims(x, -1)
        found = sparse_category_rows(rows, num_classes, "one_hot", dtype or settings.floatx)
        axes = list(range(len(x._shape)))
        axes.insert(axis % len(found.shape), len(x._shape))
        return found if axis == -1 else ops.sparse_transpose(found, axes)
    return ops.one_hot(x, num_classes, axis=axis, dtype=dtype or settings.floatx)


@op("nn.multi_hot")
def multi_hot(inputs, num_classes=None, axis=-1, dtype=None, sparse=False, **kwargs):
    """1 at the place of each integer of an axis, 0 elsewhere.

    Args:
      inputs: integers (..., n).
      num_classes: the axis's new size.
      axis: which axis holds the classes in the result.
      dtype: of the result; Keras's default float dtype if not given.
      sparse: whether the result is a SparseTensor.

    Example:
    >>> tf.keras.ops.multi_hot([0, 2], 3).numpy()
    array([1., 0., 1.], dtype=float32)
    """
    num_classes = kwargs.pop("num_tokens", num_classes)
    if kwargs or num_classes is None:
        raise ValueError(f"[multi_hot] takes num_classes, got num_classes={num_classes}, {kwargs}.")
    x = as_tensor(inputs)
    # the axis of the integers themselves: the first after the batch, or the only one
    places = 1 if len(x._shape) > 1 else 0
    if sparse:
        if axis not in (-1, len(x._shape)):
            raise NotImplementedError(
                f"[multi_hot] sparse=True with axis={axis} is not built: leave one of them out."
            )
        return sparse_category_rows(x, num_classes, "multi_hot", dtype or settings.floatx)
    there = ops.reduce_any(one_hot(x, num_classes, axis=axis, dtype="bool"), places)
    return ops.cast(there, dtype or settings.floatx)


def _pair(name, target, output):
    target, output = promote(target, output, also=(float,), weak=False)
    if differs(target._shape, output._shape):
        raise ValueError(
            f"[{name}] Arguments `target` and `output` must have the same shape. Received: "
            f"target.shape={target.shape}, output.shape={output.shape}"
        )
    return target, output


@op("nn.binary_crossentropy")
def binary_crossentropy(target, output, from_logits=False):
    """-(target log(output) + (1 - target) log(1 - output)) of each element.

    Args:
      target: labels 0 and 1, or probabilities.
      output: probabilities of the same shape, clipped to [epsilon, 1 - epsilon]; or logits.
      from_logits: whether they are logits.

    Example:
    >>> tf.keras.ops.binary_crossentropy([0.0, 1.0], [0.5, 0.5]).numpy()
    array([0.6931472, 0.6931472], dtype=float32)
    """
    name = "binary_crossentropy"
    behind, from_logits = logits_behind(name, output, from_logits)
    return binary_entropy(*_pair(name, target, behind), from_logits)


@op("nn.categorical_crossentropy")
def categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """-sum(target log(output)) over the classes.

    Args:
      target: one-hot labels, or probabilities.
      output: probabilities of the same shape, divided by their sum and clipped; or logits.
      from_logits: whether they are logits.
      axis: the axis of the classes.

    Example:
    >>> tf.keras.ops.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]]).numpy()
    array([0.6931472], dtype=float32)
    """
    name = "categorical_crossentropy"
    behind, from_logits = logits_behind(name, output, from_logits)
    return categorical_entropy(*_pair(name, target, behind), from_logits, axis)


@op("nn.sparse_categorical_crossentropy")
def sparse_categorical_crossentropy(target, output, from_logits=False, axis=-1):
    """-log of the probability given to the true class.

    Args:
      target: integer labels, of the shape of `output` without the axis of the classes; a last axis
        of size 1 is squeezed.
      output: probabilities, clipped to [epsilon, 1 - epsilon]; or logits.
      from_logits: whether they are logits.
      axis: the axis of the classes.

    Example:
    >>> tf.keras.ops.sparse_categorical_crossentropy([1], [[0.5, 0.5]]).numpy()
    array([0.6931472], dtype=float32)
    """
    name = "sparse_categorical_crossentropy"
    behind, from_logits = logits_behind(name, output, from_logits)
    target, output = as_tensor(target), floating(behind)
    if len(target._shape) == len(output._shape) and target._shape[-1] == 1:
        target = ops.squeeze(target, -1)
    if len(output._shape) < 1 or len(target._shape) != len(output._shape) - 1:
        raise ValueError(
            f"[{name}] Argument `output` must have one axis more than `target`. Received: "
            f"target.shape={target.shape}, output.shape={output.shape}"
        )
    last = len(output._shape) - 1
    axis = check_axis(name, axis, last + 1)
    if axis != last:
        rest = [a for a in range(last + 1) if a != axis]
        output = ops.transpose(output, [*rest, axis])
    if not from_logits:
        output = ops.log(clipped(output))
    labels = ops.cast(target, "int64")
    return ops.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=output)


@op("nn.ctc_loss", layer="CTCLoss")
def ctc_loss(target, output, target_length, output_length, mask_index=0):
    """-log of the probability of the labels, summed over all their placements in time.

    Args:
      target: integers (batch, most labels).
      output: logits (batch, time, classes).
      target_length, output_length: how much of each sample counts: integers (batch,).
      mask_index: the class that stands for no label.

    Example:
    >>> tf.keras.ops.ctc_loss([[1]], tf.zeros([1, 2, 2]), [1], [2]).numpy().round(4)
    array([0.2877], dtype=float32)
    """
    return ops.ctc_loss(
        as_tensor(target),
        _at_least_float32(output),
        as_tensor(target_length),
        as_tensor(output_length),
        logits_time_major=False,
        blank_index=mask_index,
    )


def _at_least_float32(x):
    x = floating(x)
    return x if x._dtype.itemsize > 2 else ops.cast(x, "float32")


@op("nn.ctc_decode", layer="CTCDecode")
def ctc_decode(
    inputs,
    sequence_lengths,
    strategy="greedy",
    beam_width=100,
    top_paths=1,
    merge_repeated=True,
    mask_index=0,
):
    """(labels, scores): the likeliest labels behind logits in time.

    Args:
      inputs: logits (batch, time, classes).
      sequence_lengths: how much of each sample counts: integers (batch,).
      strategy: "greedy", or "beam_search".
      beam_width: how many beginnings a beam search keeps.
      top_paths: how many results a beam search returns.
      merge_repeated: whether equal labels that follow each other are one.
      mask_index: the class that stands for no label.

    Returns:
      Labels (paths, batch, time), -1 after the last one; scores (batch, paths): minus the sum of
      the logits of a greedy search, log probabilities of a beam search.

    Example:
    >>> logits = tf.constant([[[0.0, 9.0], [9.0, 0.0], [0.0, 9.0]]])
    >>> tf.keras.ops.nn.ctc_decode(logits, [3])[0].numpy()
    array([[[ 1,  1, -1]]], dtype=int32)
    """
    if strategy not in ("greedy", "beam_search"):
        raise ValueError(
            f"Invalid strategy {strategy}. Supported values are 'greedy' and 'beam_search'."
        )
    inputs = _at_least_float32(inputs)
    width, paths = (None, 1) if strategy == "greedy" else (beam_width, top_paths)
    lengths = ops.cast(as_tensor(sequence_lengths), "int32")
    merge = merge_repeated and width is None
    return ctc_decoded(inputs, lengths, width, paths, merge, mask_index)
