"""tf.nn's decoders of labels in time, whose results are sparse."""

from ..core.dispatch import public, tensor_of
from .cast import cast
from .elementwise import maximum
from .join import stack
from .reduce import reduce_max, reduce_sum
from .scatter import gather_nd
from .select import where
from .sequence import ctc_decoded
from .shape import shape, transpose
from .sparse import SparseTensor


def _decoded(inputs, sequence_length, width, paths, merge_repeated, blank):
    logits = transpose(tensor_of(inputs), [1, 0, 2])
    lengths = cast(tensor_of(sequence_length), "int32")
    labels, scores = ctc_decoded(logits, lengths, width, paths, merge_repeated, blank)
    found = []
    for path in range(paths):
        kept = labels[path] >= 0
        places = where(kept)
        longest = reduce_max(reduce_sum(cast(kept, "int64"), 1))
        sizes = stack([shape(logits, "int64")[0], maximum(longest, 0)])
        values = cast(gather_nd(labels[path], places), "int64")
        found.append(SparseTensor(places, values, sizes))
    return found, scores


@public("nn.ctc_greedy_decoder")
def ctc_greedy_decoder(inputs, sequence_length, merge_repeated=True, blank_index=None):
    """([labels], minus the sum of the logits taken): the greatest logit of each time.

    Args:
      inputs: logits (time, batch, classes).
      sequence_length: how much of each sample counts: integers (batch,).
      merge_repeated: whether equal labels that follow each other are one.
      blank_index: the class that stands for no label, by default the last.

    Returns:
      A list with one SparseTensor (batch, labels) of int64, and (batch, 1).

    Example:
    >>> logits = tf.constant([[[0.0, 9.0, 0.0]], [[0.0, 9.0, 0.0]], [[7.0, 0.0, 0.0]]])
    >>> labels, scores = tf.nn.ctc_greedy_decoder(logits, [3])
    >>> labels[0].values.numpy(), scores.numpy()
    (array([1, 0]), array([[-25.]], dtype=float32))
    """
    blank = -1 if blank_index is None else blank_index
    return _decoded(inputs, sequence_length, None, 1, merge_repeated, blank)


@public("nn.ctc_beam_search_decoder")
def ctc_beam_search_decoder(inputs, sequence_length, beam_width=100, top_paths=1):
    """([labels, ...], log probabilities): the likeliest labels, by a beam search.

    Args:
      inputs: logits (time, batch, classes); the last class stands for no label.
      sequence_length: how much of each sample counts: integers (batch,).
      beam_width: how many beginnings are kept.
      top_paths: how many results there are.

    Returns:
      A list with `top_paths` SparseTensors (batch, labels) of int64, and (batch, top_paths).

    Example:
    >>> logits = tf.constant([[[0.0, 9.0, 0.0]], [[0.0, 9.0, 0.0]], [[7.0, 0.0, 0.0]]])
    >>> tf.nn.ctc_beam_search_decoder(logits, [3])[0][0].values.numpy()
    array([1, 0])
    """
    return _decoded(inputs, sequence_length, beam_width, top_paths, False, -1)
