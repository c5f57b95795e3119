"""Decoders of labels in time, whose results are sparse; distances of sparse sequences."""

import numpy as np

from ..base.dims import maximum as larger
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec
from .cast import cast
from .elementwise import maximum
from .join import stack
from .reduce import reduce_max, reduce_sum
from .scatter import gather_nd
from .select import where
from .sequence import ctc_decoded
from .shape import shape, transpose
from .sparse import SparseTensor, sparse_of


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


# -- distances -------------------------------------------------------------------------------------


def _rows(indices, values):
    """The sequence of each place: the values that only their last coordinate tells apart."""
    found = {}
    for place, value in zip(map(tuple, indices[:, :-1].tolist()), values.tolist()):
        found.setdefault(place, []).append(value)
    return found


def _distance(a, b):
    """The least number of insertions, deletions and replacements that make `b` of `a`."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        last, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            last, row[j + 1] = row[j + 1], min(row[j] + 1, row[j + 1] + 1, last + (x != y))
    return row[-1]


def _edit_kernel(indices, values, true_indices, true_values, shape, normalize):
    out = np.zeros(shape, np.float32)
    given, true = _rows(indices, values), _rows(true_indices, true_values)
    for place in given.keys() | true.keys():
        a, b = given.get(place, []), true.get(place, [])
        distance = _distance(a, b)
        if normalize:
            distance = distance / len(b) if b else np.inf
        out[place] = distance
    return out


_edit = Op(
    "edit_distance",
    _edit_kernel,
    lambda *parts, shape, normalize: Spec(shape, np.dtype("float32")),
    samples=lambda rng: [
        (
            (np.array([[0, 0], [1, 0]]), np.array([5, 6]), np.array([[0, 0]]), np.array([5])),
            {"shape": (2,), "normalize": normalize},
        )
        for normalize in (False, True)
    ],
    doc="The Levenshtein distances of sequences.",
    why_no_gradient="it counts changes",
)


@public("edit_distance", composites=True)
def edit_distance(hypothesis, truth, normalize=True, name="edit_distance"):
    """The Levenshtein distance of each sequence to the true one, along the last axis.

    Args:
      hypothesis, truth: SparseTensors of one dtype and rank.
      normalize: divide by the true sequence's length; an empty one gives infinity.

    Returns:
      float32, of the shape of both without the last axis.

    Raises:
      TypeError: they are not sparse.

    Example:
    >>> given = tf.SparseTensor([[0, 0], [0, 1]], ["a", "b"], [1, 2])
    >>> true = tf.SparseTensor([[0, 0], [0, 1]], ["a", "c"], [1, 2])
    >>> tf.edit_distance(given, true).numpy()
    array([0.5], dtype=float32)
    """
    a, b = sparse_of(hypothesis, "edit_distance"), sparse_of(truth, "edit_distance")
    shape = tuple(larger(m, n) for m, n in zip(a._sizes[:-1], b._sizes[:-1]))
    attrs = {"shape": shape, "normalize": bool(normalize)}
    return apply(_edit, (a.indices, a.values, b.indices, b.values), attrs)
