"""Connectionist temporal classification: sequences of labels without their places in time."""

import math
from itertools import groupby

import numpy as np

from ..base.errors import InvalidArgumentError
from ..core.dispatch import apply, public, tensor_of
from ..core.op import Op, Spec
from ._families import draw
from .cast import cast
from .compare import equal, less, logical_and, logical_or, not_equal
from .create import fill, range_
from .index import one_hot
from .join import pad, stack
from .matmul import matmul
from .nn import log_softmax
from .reduce import reduce_logsumexp
from .select import where
from .shape import expand_dims, reshape, static_int, transpose

IMPOSSIBLE = -1e30  # the log of a probability of 0: finite, so that gradients stay numbers
UNFINISHED = math.log(1e-307)  # that of the end of time before the end of dense labels


def _shifted(x, steps):
    """`x` moved right along its last axis, filled with IMPOSSIBLE."""
    kept = x._shape[-1] - steps
    return pad(x[:, :kept], [[0, 0], [steps, 0]], constant_values=IMPOSSIBLE)


def ctc_path_loss(labels, logits, label_length, logit_length, blank, unfinished=IMPOSSIBLE):
    """The loss of logits (batch, time, classes); `logit_length` None means all of the time."""
    pairs = stack([labels, fill(labels._shape, blank)], axis=-1)
    between = reshape(pairs, (labels._shape[0], -1))
    path = pad(between, [[0, 0], [1, 0]], constant_values=blank)  # blanks between and around
    length = expand_dims(cast(label_length, "int32"), 1)
    place = range_(path._shape[1])
    classes = one_hot(path, logits._shape[-1], dtype=logits.dtype)
    # (batch, time, place in the path): the log-probability of that place's class at that time
    emitted = matmul(log_softmax(logits), classes, transpose_b=True)
    before_last = pad(path[:, :-2], [[0, 0], [2, 0]], constant_values=blank)
    # a label that is the blank's class is a label all the same
    skips = logical_and(equal(place % 2, 1), not_equal(path, before_last))
    impossible = cast(IMPOSSIBLE, logits.dtype)
    state = where(place < 2, emitted[:, 0], impossible)
    for time in range(1, logits._shape[1]):
        skipped = where(skips, _shifted(state, 2), impossible)
        ways = stack([state, _shifted(state, 1), skipped])
        new = reduce_logsumexp(ways, axis=0) + emitted[:, time]
        goes_on = None if logit_length is None else expand_dims(less(time, logit_length), 1)
        state = new if goes_on is None else where(goes_on, new, state)
    ends = logical_or(equal(place, 2 * length), equal(place, 2 * length - 1))
    loss = -reduce_logsumexp(state + where(ends, cast(0, state.dtype), unfinished), axis=-1)
    return where(loss > -IMPOSSIBLE / 2, cast(math.inf, loss.dtype), loss)


@public("nn.ctc_loss")
def ctc_loss(
    labels,
    logits,
    label_length,
    logit_length,
    logits_time_major=True,
    unique=None,
    blank_index=None,
    name=None,
):
    """-log of the probability of the labels, summed over all their placements in time.

    Args:
      labels: integers (batch, most labels), or a SparseTensor of them, which says by its places
        how many there are and needs a blank_index.
      logits: floats (time, batch, classes), or (batch, time, classes) without logits_time_major.
      label_length, logit_length: how much of each sample counts: integers (batch,).
      unique: ignored: it only saves time in TensorFlow.
      blank_index: the class that stands for no label, 0 by default; -1 is the last one.

    Returns:
      One loss per sample; where time is too short for the labels above 706, infinite for a
      SparseTensor.

    Raises:
      InvalidArgumentError: other ranks or batch sizes.

    Example:
    >>> tf.nn.ctc_loss([[1]], [[[0.0, 0.0]], [[0.0, 0.0]]], [1], [2]).numpy()
    array([0.287682...], dtype=float32)
    """
    lengths = label_length, logit_length
    return ctc_of(labels, logits, *lengths, logits_time_major, blank_index, UNFINISHED)


def ctc_of(labels, logits, label_length, logit_length, logits_time_major, blank_index, unfinished):
    """`ctc_loss`, by the log of the probability that time ends before the labels do."""
    labels, logits = cast(labels, "int32"), tensor_of(logits)
    if len(logits._shape) == 3 and logits_time_major:
        logits = transpose(logits, (1, 0, 2))
    if len(labels._shape) != 2 or len(logits._shape) != 3 or labels._shape[0] != logits._shape[0]:
        raise InvalidArgumentError(
            f"[ctc_loss] labels have shape {labels.shape} and logits, batch first, {logits.shape}: "
            "expected integers (batch, labels) and floats (batch, time, classes)."
        )
    blank = 0 if blank_index is None else static_int(blank_index, "blank_index")
    blank = blank % logits._shape[2] if blank < 0 else blank
    logit_length = cast(logit_length, "int32")
    return ctc_path_loss(labels, logits, label_length, logit_length, blank, unfinished)


# -- decoding --------------------------------------------------------------------------------------


def _greedy(logits, merge_repeated, blank):
    """(labels, minus the sum of the greatest logits) of one sample."""
    best = np.argmax(logits, -1)
    score = -np.sum(np.max(logits, -1))
    fresh = np.r_[True, best[1:] != best[:-1]] if merge_repeated else np.ones(len(best), bool)
    return [(best[fresh & (best != blank)].tolist(), score)]


def _log_add(a, b):
    return np.logaddexp(a, b) if max(a, b) > -np.inf else -np.inf


def _beam_search(logits, width, paths, blank):
    """[(labels, log probability)], the likeliest first, of one sample (Graves, 2012).

    A beginning keeps two log probabilities: of ending in a blank and of ending in its last label.
    """
    logits = logits.astype(np.float64)
    emitted = logits - np.logaddexp.reduce(logits, -1, keepdims=True)
    beams = {(): (0.0, -np.inf)}
    for row in emitted:
        new = {}
        for labels, (in_blank, in_label) in beams.items():
            total = _log_add(in_blank, in_label)
            there = new.get(labels, (-np.inf, -np.inf))
            repeated = in_label + row[labels[-1]] if labels else -np.inf
            new[labels] = _log_add(there[0], total + row[blank]), _log_add(there[1], repeated)
            for label in range(len(row)):
                if label == blank:
                    continue
                start = in_blank if labels and labels[-1] == label else total
                there = new.get((*labels, label), (-np.inf, -np.inf))
                new[*labels, label] = there[0], _log_add(there[1], start + row[label])
        best = sorted(new, key=lambda labels: -_log_add(*new[labels]))[:width]
        beams = {labels: new[labels] for labels in best}
    ranked = sorted(beams, key=lambda labels: -_log_add(*beams[labels]))[:paths]
    return [(list(labels), _log_add(*beams[labels])) for labels in ranked]


def _decode_kernel(logits, lengths, width, paths, merge_repeated, blank):
    batch, time, _ = logits.shape
    labels = np.full((paths, batch, time), -1, np.int32)
    scores = np.full((batch, paths), -np.inf, logits.dtype)
    for sample in range(batch):
        rows = logits[sample, : lengths[sample]]
        if width is None:
            found = _greedy(rows, merge_repeated, blank)
        else:
            found = _beam_search(rows, width, paths, blank)
            if merge_repeated:
                found = [([k for k, _ in groupby(labels)], score) for labels, score in found]
        for path, (sequence, score) in enumerate(found):
            labels[path, sample, : len(sequence)] = sequence
            scores[sample, path] = score
    return labels, scores


_decode = Op(
    "ctc_decode",
    _decode_kernel,
    lambda logits, lengths, width, paths, merge_repeated, blank: (
        Spec((paths, *logits.shape[:2]), np.dtype("int32")),
        Spec((logits.shape[0], paths), logits.dtype),
    ),
    samples=lambda rng: [
        (
            (draw(rng, (2, 4, 3), (-2, 2)), np.array([4, 2])),
            {"width": width, "paths": paths, "merge_repeated": True, "blank": 0},
        )
        for width, paths in ((None, 1), (5, 2))
    ],
    doc="The likeliest labels behind logits in time.",
    why_no_gradient="its result is labels and the score of a search",
    constants=(1,),
)


def ctc_decoded(logits, lengths, width, paths, merge_repeated, blank):
    """(labels (paths, batch, time), -1 after the last one; scores (batch, paths)).

    Args:
      logits: (batch, time, classes).
      lengths: how much of each sample counts.
      width: how many beginnings a beam search keeps; None takes the greatest logit of each time.
      paths: how many results there are.
      merge_repeated: whether equal labels that follow each other are one; in a beam search also
        those that stand on both sides of a blank, as TensorFlow 1 has it.
      blank: the class that stands for no label.

    Example:
    >>> from tensorbrook.ops.sequence import ctc_decoded
    >>> ctc_decoded(tf.constant([[[0.0, 9.0]]]), tf.constant([1]), None, 1, True, 0)[0].numpy()
    array([[[1]]], dtype=int32)
    """
    classes = logits._shape[-1]
    attrs = {"width": width, "paths": paths, "merge_repeated": bool(merge_repeated)}
    attrs["blank"] = blank % classes if blank < 0 else blank
    return apply(_decode, (logits, lengths), attrs)
